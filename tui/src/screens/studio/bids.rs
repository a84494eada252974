//! The newest bids on the selected work. One request at a time, however fast the selection moves.

use std::time::Duration;

use artipul_common::{
    AuctionId,
    bids::{HistoryEntry, HistoryQuery},
};

use crate::app::{
    effect::{Answer, Call, Outcome, RequestId},
    loading::Loading,
    model::Cx,
};

/// Bids that are read.
const ENTRIES: u32 = 20;

#[derive(Debug, Clone, Default)]
pub(super) struct Bids {
    /// Whose bids these are, and how many there were when they were asked for.
    of: Option<(AuctionId, u64)>,
    entries: Vec<HistoryEntry>,
    reading: Loading,
}

impl Bids {
    /// The newest bids on an auction, as far as they are here.
    pub(super) fn on(&self, id: AuctionId) -> &[HistoryEntry] {
        if self.of.is_some_and(|(of, _)| of == id) { &self.entries } else { &[] }
    }

    /// Asks for the bids on an auction with so many, unless they are here.
    pub(super) fn settle(&mut self, id: AuctionId, bids: u64, cx: &mut Cx) {
        let wanted = (id, bids);
        let due = self.reading.is_due(cx.shared.uptime);
        if self.reading.is_waiting() || (self.of == Some(wanted) && !due) {
            return;
        }
        if self.of.is_none_or(|(of, _)| of != id) {
            self.entries.clear();
            self.reading.forget();
        }
        self.of = Some(wanted);
        if bids > 0 {
            let query = HistoryQuery { limit: Some(ENTRIES), ..HistoryQuery::default() };
            self.reading.wait_for(cx.call(Call::History(id, query)));
        }
    }

    pub(super) fn owns(&self, id: RequestId) -> bool {
        self.reading.owns(id)
    }

    pub(super) fn answered(&mut self, id: RequestId, outcome: Outcome, uptime: Duration) {
        let expected = self.reading.take(id, &outcome, uptime);
        if let (true, Ok(Answer::History(page))) = (expected, outcome) {
            self.entries = page.items;
        }
    }

    pub(super) fn next_change(&self) -> Option<Duration> {
        self.reading.next_change()
    }
}
