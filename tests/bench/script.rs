//! What the load asks: bids, and pages.

use std::{rc::Rc, time::Instant};

use crate::{
    load::{Reply, Script},
    seed::{START_PRICE, STEP},
    wire,
};

/// A `GET`.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n").into_bytes()
}

/// A `GET` of somebody.
pub(crate) fn get_as(token: &str, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

/// Writes a bid.
pub(crate) fn bid(out: &mut Vec<u8>, token: &str, auction: i64, amount: i64) {
    use std::io::Write;
    let digits = amount.checked_ilog10().unwrap_or_default() as usize + 1;
    // Writing to a vector does not fail.
    let _ = write!(
        out,
        "POST /v1/auctions/{auction}/bids HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{{\"amount\":{amount}}}",
        digits + r#"{"amount":}"#.len()
    );
}

/// Which auctions are bid on, each as often as the others: so many, from one on, some apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Auctions {
    /// The first.
    pub(crate) first: i64,
    /// How many.
    pub(crate) count: i64,
    /// From one to the next.
    pub(crate) apart: i64,
}

impl Auctions {
    /// One alone.
    pub(crate) fn one(auction: i64) -> Self {
        Self { first: auction, count: 1, apart: 1 }
    }
}

/// Bids by one bidder after the other, each higher than all before.
pub(crate) struct Bids {
    tokens: Rc<[String]>,
    auctions: Auctions,
    next: i64,
    is_low: bool,
    /// What became of those that count.
    pub(crate) tally: Tally,
    /// The sequences that accepted ones brought about, and when they were sent, also outside the
    /// window.
    pub(crate) sent: Vec<(u64, Instant)>,
    notes_sent: bool,
}

/// What became of requests.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Answered with 200 or 201.
    pub(crate) accepted: u64,
    /// Answered with another 4xx than 429.
    pub(crate) refused: u64,
    /// Answered otherwise.
    pub(crate) failed: u64,
    /// The first of the failures.
    pub(crate) failure: Option<String>,
}

impl Tally {
    fn add(&mut self, reply: &Reply<'_>) {
        match reply.status {
            200 | 201 => self.accepted += 1,
            400..=428 => self.refused += 1,
            status => {
                self.failed += 1;
                let body = String::from_utf8_lossy(reply.body);
                self.failure.get_or_insert_with(|| format!("{status} {body}"));
            }
        }
    }

    /// Which share was accepted, and what failed.
    pub(crate) fn note(&self) -> String {
        let all = (self.accepted + self.refused + self.failed).max(1);
        let share = self.accepted as f64 / all as f64 * 100.0;
        let mut note = format!("{share:.1}% of {all} accepted");
        if let Some(failure) = &self.failure {
            note += &format!(", {} failed: {failure}", self.failed);
        }
        note
    }
}

impl Bids {
    /// Bids that rise from so many steps over the start price.
    pub(crate) fn rising(tokens: &Rc<[String]>, auctions: Auctions, from: i64) -> Self {
        Self {
            tokens: Rc::clone(tokens),
            auctions,
            next: from,
            is_low: false,
            tally: Tally::default(),
            sent: Vec::new(),
            notes_sent: false,
        }
    }

    /// Bids of the start price, which is too low where there is a price.
    pub(crate) fn too_low(tokens: &Rc<[String]>, auction: i64) -> Self {
        Self { is_low: true, ..Self::rising(tokens, Auctions::one(auction), 0) }
    }

    /// The same, noting when each accepted one was sent.
    pub(crate) fn noted(self) -> Self {
        Self { notes_sent: true, ..self }
    }
}

impl Script for Bids {
    fn ask(&mut self, out: &mut Vec<u8>) {
        let Auctions { first, count, apart } = self.auctions;
        let auction = first + apart * rand::random_range(0..count);
        let token = &self.tokens[self.next as usize % self.tokens.len()];
        let amount = if self.is_low { START_PRICE } else { START_PRICE + self.next * STEP };
        bid(out, token, auction, amount);
        self.next += 1;
    }

    fn take(&mut self, reply: &Reply<'_>) {
        if reply.counts {
            self.tally.add(reply);
        }
        if self.notes_sent
            && reply.status == 201
            && let Some(seq) = wire::number(reply.body, "seq")
        {
            self.sent.push((seq, reply.sent));
        }
    }
}

/// Pages, one after the other.
pub(crate) struct Pages {
    requests: Vec<Vec<u8>>,
    next: usize,
    /// What became of those that count.
    pub(crate) tally: Tally,
}

impl Pages {
    /// These, in turn.
    pub(crate) fn of(paths: impl IntoIterator<Item = String>) -> Self {
        let requests = paths.into_iter().map(|path| get(&path)).collect();
        Self { requests, next: 0, tally: Tally::default() }
    }
}

impl Script for Pages {
    fn ask(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.requests[self.next % self.requests.len()]);
        self.next += 1;
    }

    fn take(&mut self, reply: &Reply<'_>) {
        if reply.counts {
            self.tally.add(reply);
        }
    }
}
