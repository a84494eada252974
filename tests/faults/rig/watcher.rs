//! Somebody who follows auctions and remembers what he saw.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use artipul_common::{
    AuctionId,
    client::stream::{AuctionEvent, Item, Subscription},
    events::AuctionState,
};
use tokio::task::JoinHandle;

/// A stream that is read until it is dropped.
pub(crate) struct Watcher {
    auctions: Vec<AuctionId>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    last: HashMap<AuctionId, AuctionState>,
    /// How often the connection was lost.
    losses: usize,
    faults: Vec<String>,
}

impl Watcher {
    /// Reads a stream that carries these auctions.
    pub(crate) fn of(auctions: &[AuctionId], mut stream: Subscription<AuctionEvent>) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let remembered = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Some(item) = stream.next().await {
                remembered.lock().unwrap_or_else(PoisonError::into_inner).take(item);
            }
        });
        Self { auctions: auctions.to_vec(), seen, task }
    }

    fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The auctions that it carries.
    pub(crate) fn auctions(&self) -> &[AuctionId] {
        &self.auctions
    }

    /// The last state of an auction that came.
    pub(crate) fn last(&self, auction: AuctionId) -> Option<AuctionState> {
        self.seen(|seen| seen.last.get(&auction).cloned())
    }

    /// How often its connection was lost.
    pub(crate) fn losses(&self) -> usize {
        self.seen(|seen| seen.losses)
    }

    /// What should never have come.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.seen(|seen| seen.faults.clone())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Seen {
    fn take(&mut self, item: Item<AuctionEvent>) {
        match item {
            Item::Event(AuctionEvent { state, .. }) => self.compare(state),
            Item::Lost { .. } => self.losses += 1,
            Item::Live | Item::Ended => {}
            item @ (Item::Refused(_) | Item::SignedOut) => {
                self.faults.push(format!("a stream ended with {item:?}"));
            }
        }
    }

    fn compare(&mut self, state: AuctionState) {
        if let Some(last) = self.last.get(&state.auction_id) {
            let is_in_order = last.seq <= state.seq
                && last.price <= state.price
                && last.ends_at <= state.ends_at
                && last.bid_count <= state.bid_count
                && (last.outcome.is_none() || last.outcome == state.outcome)
                && (last.seq < state.seq || last.price == state.price);
            if !is_in_order {
                self.faults.push(format!("a stream went back: {last:?}, then {state:?}"));
            }
        }
        self.last.insert(state.auction_id, state);
    }
}
