//! What an artist's works have earned: the hammer prices of those that were sold.
//!
//! No answer of the server has the sum, so it is made from the ended auctions, and it is said
//! where not all of them were read.

use std::time::Duration;

use artipul_common::{
    Money,
    auctions::{Auction, Outcome as Result},
};

use super::tab::Tab;
use crate::app::{
    effect::{Answer, Outcome, RequestId},
    loading::Loading,
    model::Cx,
};

/// Auctions that are read at once.
const PAGE: u32 = 100;
/// Pages that are read at most.
const PAGES: usize = 10;

/// A sum of hammer prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) total: Money,
    /// How many sales are in it.
    pub(super) sales: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Proceeds {
    sum: Option<Sum>,
    reading: Loading,
    /// What was summed of the pages that are here.
    part: Sum,
    pages: usize,
    /// How many sales there were when it was last read.
    read_for: Option<u64>,
}

impl Proceeds {
    /// The sum, once it was made.
    pub(super) fn sum(&self) -> Option<Sum> {
        self.sum
    }

    pub(super) fn has_failed(&self) -> bool {
        self.reading.error().is_some()
    }

    /// It is summed again.
    pub(super) fn touch(&mut self) {
        self.read_for = None;
    }

    /// Sums again where another work was sold.
    pub(super) fn settle(&mut self, cx: &mut Cx) {
        let Some(summary) = cx.shared.account.summary else { return };
        let changed = self.read_for != Some(summary.sold);
        if self.reading.is_waiting() || !(changed || self.reading.is_due(cx.shared.uptime)) {
            return;
        }
        self.read_for = Some(summary.sold);
        if summary.sold == 0 {
            self.reading.forget();
            self.sum = Some(Sum::default());
            return;
        }
        self.part = Sum::default();
        self.pages = 0;
        self.ask(None, cx);
    }

    fn ask(&mut self, cursor: Option<String>, cx: &mut Cx) {
        self.pages += 1;
        self.reading.wait_for(cx.call(Tab::Sold.call(PAGE, cursor)));
    }

    pub(super) fn owns(&self, id: RequestId) -> bool {
        self.reading.owns(id)
    }

    pub(super) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.reading.take(id, &outcome, cx.shared.uptime);
        let Ok(Answer::Auctions(page)) = outcome else { return };
        for auction in &page.items {
            self.add(auction);
        }
        match page.next_cursor {
            Some(cursor) if self.pages < PAGES => self.ask(Some(cursor), cx),
            _ => self.sum = Some(self.part),
        }
    }

    fn add(&mut self, auction: &Auction) {
        if auction.outcome == Some(Result::Sold)
            && let Some(price) = auction.price
        {
            self.part.total += price;
            self.part.sales += 1;
        }
    }

    pub(super) fn next_change(&self) -> Option<Duration> {
        self.reading.next_change()
    }
}
