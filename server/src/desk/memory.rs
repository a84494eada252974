//! What the desk remembers of auctions, wallets and the database's clock.
//!
//! A bid on an auction that was bid on a moment ago is decided on this, and written under
//! conditions that hold only if it was right ([`crate::db::auctions::advance`]): nothing has to be
//! read and locked first, so it takes one round trip. Where a condition does not hold, nothing is
//! done; what was remembered is forgotten, and the bid is decided again under locks.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use artipul_common::{AuctionId, Timestamp, UserId, micros};

use super::{Basis, wallets::Wallets};
use crate::{
    auction::House,
    db::{
        auctions::{self, AuctionRow},
        wallets::{HoldChange, OwnedWallet},
    },
};

/// For how long a database's clock that was read is reckoned on.
const CLOCK: Duration = Duration::from_secs(10);
/// For how long an auction or a wallet is remembered. Other instances do not tell of a new nickname.
const LONGEST: Duration = Duration::from_secs(120);
/// For how long an auction is read and locked that was not as remembered: other instances take bids
/// on it as well.
const CONTESTED: Duration = Duration::from_secs(10);
/// Of more, all are forgotten: an auction takes about half a kilobyte, a wallet a quarter of that.
const MOST_AUCTIONS: usize = 20_000;
const MOST_WALLETS: usize = 100_000;

/// An auction after its last bid, as this desk wrote or read it.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) row: AuctionRow,
    /// The work's title.
    pub(super) title: String,
    /// The settings under which it runs.
    pub(super) house: Arc<House>,
}

/// What a batch has found out about auctions and wallets, if it was committed.
pub(super) struct Lesson {
    pub(super) basis: Basis,
    pub(super) auctions: Vec<Remembered>,
    pub(super) wallets: Wallets,
}

/// What the writers of a desk remember.
#[derive(Debug, Default)]
pub(super) struct Memory {
    state: Mutex<State>,
    right: AtomicU64,
    wrong: AtomicU64,
}

/// How often a desk has relied on what it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Transactions that were committed so.
    pub right: u64,
    /// Transactions that were done again under locks, since something was not as remembered.
    pub wrong: u64,
}

#[derive(Debug, Default)]
struct State {
    /// The [epoch](crate::db::Db::epoch) of all this.
    epoch: u64,
    auctions: HashMap<AuctionId, Trust>,
    wallets: HashMap<UserId, (OwnedWallet, Instant)>,
    /// What the database's clock said, and when that was heard.
    clock: Option<(Timestamp, Instant)>,
    /// The last moment that was given out.
    latest: Timestamp,
}

#[derive(Debug)]
enum Trust {
    /// It is probably so; then it was.
    Likely(Box<Remembered>, Instant),
    /// Others bid on it.
    ContestedSince(Instant),
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was found out before this epoch.
    pub(super) fn begin(&self, epoch: u64) {
        let mut state = self.state();
        if state.epoch != epoch {
            *state = State { epoch, ..State::default() };
        }
    }

    /// These auctions; none if one of them is not remembered.
    pub(super) fn auctions(&self, ids: &BTreeSet<AuctionId>) -> Option<Vec<Remembered>> {
        let state = self.state();
        let remembered = |id| match state.auctions.get(id)? {
            Trust::Likely(auction, since) if since.elapsed() < LONGEST => Some((**auction).clone()),
            Trust::Likely(..) | Trust::ContestedSince(_) => None,
        };
        ids.iter().map(remembered).collect()
    }

    /// Those of these wallets that are remembered, and whose are not.
    pub(super) fn wallets(&self, users: BTreeSet<UserId>) -> (Vec<OwnedWallet>, Vec<UserId>) {
        let state = self.state();
        let (mut known, mut unknown) = (Vec::with_capacity(users.len()), Vec::new());
        for user in users {
            match state.wallets.get(&user) {
                Some((wallet, since)) if since.elapsed() < LONGEST => known.push(wallet.clone()),
                _ => unknown.push(user),
            }
        }
        (known, unknown)
    }

    /// A moment that the database's clock has passed a little while ago, and that no row that is
    /// remembered is younger than; none if that clock was not read lately.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let mut state = self.state();
        let (said, heard) = state.clock?;
        let since = heard.elapsed();
        if since >= CLOCK {
            return None;
        }
        state.latest = state.latest.max(micros(said + since));
        Some(state.latest)
    }

    /// Takes note of the database's clock, which has said this within a statement that has just
    /// been answered.
    pub(super) fn heard_clock(&self, said: Timestamp) {
        let mut state = self.state();
        // A statement that waited for a lock tells when it began: less than is known already.
        let is_old = state.clock.is_some_and(|(before, heard)| {
            heard.elapsed() < CLOCK && before + heard.elapsed() > said
        });
        if !is_old {
            state.clock = Some((said, Instant::now()));
        }
        state.latest = state.latest.max(said);
    }

    /// Takes note of wallets that were read.
    pub(super) fn read_wallets<'a>(&self, wallets: impl Iterator<Item = &'a OwnedWallet>) {
        let mut state = self.state();
        if state.wallets.len() > MOST_WALLETS {
            state.wallets.clear();
        }
        let now = Instant::now();
        state.wallets.extend(wallets.map(|wallet| (wallet.row.user_id, (wallet.clone(), now))));
    }

    /// Takes note of what a batch has found out in this epoch.
    pub(super) fn learn(&self, lesson: Lesson, epoch: u64) {
        if self.state().epoch != epoch {
            return;
        }
        let Lesson { basis, auctions, wallets } = lesson;
        match basis {
            Basis::Locks => self.read_wallets(wallets.iter()),
            Basis::Memory => {
                self.right.fetch_add(1, Ordering::Relaxed);
                metrics::counter!("artipul_desk_remembered_total").increment(1);
                // What it began with may have been changed meanwhile by another batch.
                self.changed_holds(&wallets.hold_changes());
            }
        }
        self.saw_auctions(auctions);
    }

    fn changed_holds(&self, changes: &[HoldChange]) {
        let mut state = self.state();
        for HoldChange { user, change, .. } in changes {
            if let Some((wallet, _)) = state.wallets.get_mut(user) {
                wallet.row.held += *change;
            }
        }
    }

    fn saw_auctions(&self, seen: Vec<Remembered>) {
        let mut state = self.state();
        if state.auctions.len() > MOST_AUCTIONS {
            state.auctions.clear();
        }
        let now = Instant::now();
        for auction in seen {
            let id = auction.row.id;
            let is_contested = match state.auctions.get(&id) {
                Some(Trust::ContestedSince(since)) => since.elapsed() < CONTESTED,
                _ => false,
            };
            if is_contested {
                continue;
            }
            // What is not on offer, or has no bid yet, can change in more ways than by a bid.
            if auction.row.status == auctions::LISTED && auction.row.leader_id.is_some() {
                state.auctions.insert(id, Trust::Likely(Box::new(auction), now));
            } else {
                state.auctions.remove(&id);
            }
        }
    }

    /// Takes note that one of these auctions, or a wallet, or the clock, was not as remembered. What
    /// is done under locks then gives everything but the auctions anew.
    pub(super) fn was_wrong(&self, auctions: impl Iterator<Item = AuctionId>) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("artipul_desk_misremembered_total").increment(1);
        let mut state = self.state();
        let now = Instant::now();
        state.auctions.extend(auctions.map(|id| (id, Trust::ContestedSince(now))));
        state.clock = None;
        state.latest = Timestamp::default();
    }

    /// How often it was relied on.
    pub(super) fn tally(&self) -> Tally {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally { right: count(&self.right), wrong: count(&self.wrong) }
    }

    /// Forgets a user, who has changed.
    pub(super) fn forget(&self, user: UserId) {
        self.state().wallets.remove(&user);
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use chrono::Utc;

    use super::*;

    #[test]
    fn a_clock_that_was_read_late_does_not_stop_the_reckoning() {
        let memory = Memory::default();
        assert_eq!(memory.now(), None);
        let (said, heard) = (Utc::now(), Instant::now());
        memory.heard_clock(said);
        memory.heard_clock(said - Duration::from_secs(5));
        while heard.elapsed() < Duration::from_millis(1) {}
        assert!(memory.now() > Some(said), "it goes on from the better one");
        memory.heard_clock(said + Duration::from_secs(5));
        assert!(
            memory.now() >= Some(said + Duration::from_secs(5)),
            "one that is ahead is believed"
        );
        memory.was_wrong(iter::empty());
        assert_eq!(memory.now(), None);
        memory.heard_clock(said - Duration::from_secs(5));
        assert!(memory.now() < Some(said), "whatever it says, once it was wrong");
    }
}
