//! What was told of each auction already, so that no reconnection tells it again.

use std::collections::{HashMap, HashSet};

use artipul_common::{AuctionId, client::stream::AuctionEvent, events::AuctionEventKind};

/// The last that was told of each auction, and the auctions whose end is awaited.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    told: HashMap<AuctionId, u64>,
    open: HashSet<AuctionId>,
    awaits_none: bool,
}

impl Ledger {
    /// A ledger that is complete when all of these are closed; with none it never is.
    pub(super) fn new(awaited: &[AuctionId]) -> Self {
        let open: HashSet<_> = awaited.iter().copied().collect();
        Self { awaits_none: open.is_empty(), open, ..Self::default() }
    }

    /// Whether an event is news; it is entered. The sequence of an auction grows with each public
    /// change, so what is not greater was told, or is older than what was told.
    pub(super) fn is_news(&mut self, event: &AuctionEvent) -> bool {
        let (auction, seq) = (event.state.auction_id, event.state.seq);
        if event.kind == AuctionEventKind::Closed {
            self.open.remove(&auction);
        }
        if self.told.get(&auction).is_some_and(|told| *told >= seq) {
            return false;
        }
        self.told.insert(auction, seq);
        true
    }

    /// Whether nothing is awaited any more.
    pub(super) fn is_complete(&self) -> bool {
        !self.awaits_none && self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use artipul_common::{auctions::Phase, events::AuctionState};
    use chrono::Utc;

    use super::*;

    fn event(auction: i64, seq: u64, kind: AuctionEventKind) -> AuctionEvent {
        let state = AuctionState {
            auction_id: AuctionId::new(auction),
            seq,
            price: None,
            min_next: None,
            bid_count: 0,
            leader: None,
            reserve_met: true,
            phase: Phase::Open,
            outcome: None,
            ends_at: Utc::now(),
            server_time: Utc::now(),
        };
        AuctionEvent { kind, state }
    }

    #[test]
    fn nothing_is_told_twice_and_nothing_old_after_something_new() {
        use AuctionEventKind::{Resync, TopBid};
        let mut ledger = Ledger::new(&[]);
        assert!(ledger.is_news(&event(1, 3, Resync)));
        assert!(ledger.is_news(&event(1, 4, TopBid)));
        assert!(!ledger.is_news(&event(1, 4, Resync)));
        assert!(!ledger.is_news(&event(1, 3, TopBid)));
        assert!(ledger.is_news(&event(2, 1, Resync)), "another auction counts for itself");
        assert!(ledger.is_news(&event(1, 6, Resync)), "a gap is closed by the state");
    }

    #[test]
    fn it_is_complete_when_all_are_closed() {
        use AuctionEventKind::{Closed, Resync};
        let mut ledger = Ledger::new(&[AuctionId::new(1), AuctionId::new(2)]);
        assert!(ledger.is_news(&event(1, 3, Closed)) && !ledger.is_complete());
        assert!(ledger.is_news(&event(2, 3, Resync)) && !ledger.is_complete());
        assert!(ledger.is_news(&event(2, 4, Closed)) && ledger.is_complete());
        assert!(!Ledger::new(&[]).is_complete(), "a genre has no last auction");
    }
}
