//! Compares what everybody was told with what the database holds.

use std::{collections::HashMap, time::Duration};

use artipul_common::{
    AuctionId, Money, UserId,
    auctions::Auction,
    client::{Client, tokens::MemoryTokens},
};
use artipul_server::db::{
    auctions::{self, AuctionRow},
    bids::{self, BidRow},
};
use artipul_tests::patiently;

use super::{
    crowd::Told,
    ledger::{Attempt, Outcome},
    site::Site,
};

/// How long what was under way may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(45);

impl Site {
    /// Compares what a crowd was told with the truth.
    ///
    /// # Panics
    /// They differ.
    pub(crate) async fn judges(&self, told: Told) {
        let client = Client::new(&told.url, MemoryTokens::default()).unwrap();
        for id in &told.brief {
            patiently(PATIENCE, "what has ended is settled", async || {
                client.auction(*id).await.ok()?.outcome
            })
            .await;
        }
        let ids: Vec<AuctionId> =
            [&told.lasting, &told.brief, &told.shops].into_iter().flatten().copied().collect();
        let (rows, log) = {
            let ids = ids.clone();
            self.look(move |conn| {
                let (mut rows, mut log) = (Vec::new(), Vec::new());
                for id in ids {
                    rows.extend(auctions::find(conn, id)?);
                    log.extend(bids::log(conn, id)?);
                }
                Ok((rows, log))
            })
            .await
        };
        let is_accepted = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Accepted(_));
        println!(
            "{} bids and purchases, {} of them accepted, on {} works; {} requests sent again, \
             {} streams opened again",
            told.attempts.len(),
            told.attempts.iter().filter(is_accepted).count(),
            ids.len(),
            told.unanswered,
            told.losses,
        );
        let mut faults = told.strange.clone();
        faults.extend(compare(&told.attempts, &log));
        if rows.len() != ids.len() {
            faults.push(format!("of {} auctions, {} are there", ids.len(), rows.len()));
        }
        for row in &rows {
            let shown = client.auction(row.id).await.unwrap();
            faults.extend(differ(row, &shown));
        }
        for watcher in &told.watchers {
            for id in watcher.auctions() {
                let row = rows.iter().find(|row| row.id == *id).unwrap();
                patiently(PATIENCE, "a stream reaches the truth", async || {
                    watcher.last(*id).filter(|state| state.seq >= auctions::count(row.seq))
                })
                .await;
                let state = watcher.last(*id).unwrap();
                let last = (state.seq, state.price, state.bid_count, state.ends_at);
                let truth = (
                    auctions::count(row.seq),
                    row.price,
                    auctions::count(row.bid_count),
                    row.ends_at.and_utc(),
                );
                if last != truth {
                    faults.push(format!("a stream ended on {last:?}, the truth is {truth:?}"));
                }
            }
            faults.extend(watcher.faults());
        }
        assert_eq!(faults, Vec::<String>::new());
        self.audit().await;
    }
}

fn differ(row: &AuctionRow, shown: &Auction) -> Option<String> {
    let stored =
        (auctions::count(row.seq), row.price, auctions::count(row.bid_count), row.outcome.clone());
    let outcome = shown.outcome.map(|outcome| serde_json::to_value(outcome).unwrap());
    let outcome = outcome.map(|outcome| outcome.as_str().unwrap().to_owned());
    let told = (shown.seq, shown.price, shown.bid_count, outcome);
    (stored != told).then(|| format!("{}: {stored:?} is stored, {told:?} is shown", row.id))
}

/// What was told and is not so, and what is so and was not told.
fn compare(attempts: &[Attempt], log: &[BidRow]) -> Vec<String> {
    let mut rows: HashMap<(AuctionId, UserId, Money), Vec<&BidRow>> = HashMap::new();
    for row in log {
        rows.entry((row.auction_id, row.bidder_id, row.maximum)).or_default().push(row);
    }
    let mut faults = Vec::new();
    for attempt in attempts {
        let stored = rows.remove(&(attempt.auction, attempt.who, attempt.amount));
        let stored = stored.unwrap_or_default();
        let what = format!("{} of {} on {}", attempt.amount, attempt.who, attempt.auction);
        match (&attempt.outcome, stored.as_slice()) {
            (Outcome::Refused(_), []) => {}
            (Outcome::Refused(code), _) => faults.push(format!("{what} counts, though {code}")),
            (Outcome::Accepted(_), []) => faults.push(format!("{what} is lost")),
            (Outcome::Accepted(receipt), [row]) => {
                let is_told_seq = row.seq.is_none_or(|seq| auctions::count(seq) == receipt.seq);
                if row.price != receipt.price || !is_told_seq {
                    faults.push(format!("{what} was told {receipt:?}, but is {row:?}"));
                }
            }
            (Outcome::Accepted(_), many) => {
                faults.push(format!("{what} is there {} times", many.len()));
            }
        }
    }
    faults.extend(rows.into_values().flatten().map(|row| format!("nobody knows of {row:?}")));
    faults
}

#[cfg(test)]
mod tests {
    use artipul_common::{bids::BidReceipt, bids::BidResult, problem::ProblemCode};
    use chrono::DateTime;

    use super::*;

    fn row(number: i64, thousands: i64) -> BidRow {
        BidRow {
            auction_id: AuctionId::new(7),
            number,
            bidder_id: UserId::new(3),
            kind: "bid".to_owned(),
            maximum: Money::new(thousands * 1_000),
            price: Money::new(10_000),
            seq: Some(number),
            placed_at: DateTime::UNIX_EPOCH.naive_utc(),
        }
    }

    fn attempt(thousands: i64, outcome: Outcome) -> Attempt {
        let (auction, who) = (AuctionId::new(7), UserId::new(3));
        Attempt { auction, who, amount: Money::new(thousands * 1_000), outcome }
    }

    fn accepted(thousands: i64, price: i64) -> Attempt {
        let receipt = BidReceipt {
            result: BidResult::Leading,
            auction_id: AuctionId::new(7),
            price: Money::new(price),
            min_next: None,
            ends_at: DateTime::UNIX_EPOCH,
            seq: 1,
            maximum: Money::new(thousands * 1_000),
            sale_id: None,
        };
        attempt(thousands, Outcome::Accepted(receipt))
    }

    #[test]
    fn what_agrees_is_no_fault() {
        let refused = attempt(30, Outcome::Refused(ProblemCode::BidTooLow));
        let told = [accepted(20, 10_000), refused];
        assert_eq!(compare(&told, &[row(1, 20)]), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_a_fault() {
        let refused = || attempt(20, Outcome::Refused(ProblemCode::BidTooLow));
        for (told, stored, fault) in [
            (vec![accepted(20, 10_000)], vec![], "is lost"),
            (vec![accepted(20, 10_000)], vec![row(1, 20), row(2, 20)], "is there 2 times"),
            (vec![accepted(20, 11_000)], vec![row(1, 20)], "was told"),
            (vec![accepted(20, 10_000)], vec![row(10, 20)], "was told"),
            (vec![refused()], vec![row(1, 20)], "counts, though"),
            (vec![], vec![row(1, 20)], "nobody knows of"),
        ] {
            let found = compare(&told, &stored);
            assert!(found.len() == 1 && found[0].contains(fault), "{fault}: {found:?}");
        }
    }
}
