//! What the desk remembers of auctions, wallets and the database's clock.
//!
//! A bid on an auction that was bid on a moment ago is decided on this, and written under
//! conditions that hold only if it was right ([`crate::db::auctions::advance`]): nothing has to be
//! read and locked first, so it takes one round trip. Where a condition does not hold, nothing is
//! done; what was remembered is forgotten, and the bid is decided again under locks. Of strangers,
//! whose wallets are not remembered, it is one of the conditions that they have the points.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
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
#[derive(Debug)]
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
    /// When it was decided.
    pub(super) now: Timestamp,
    pub(super) auctions: Vec<Remembered>,
    pub(super) wallets: Wallets,
}

/// What the writers of a desk remember.
#[derive(Debug, Default)]
pub(super) struct Memory {
    state: Mutex<State>,
    right: AtomicU64,
    wrong: AtomicU64,
    presumed: AtomicU64,
    /// Whether there may be strangers: nobody has to wait for the state to learn that there are none.
    has_strangers: AtomicBool,
}

/// How often a desk has relied on what it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Transactions that were committed so.
    pub right: u64,
    /// Transactions that were done again under locks, since something was not as remembered.
    pub wrong: u64,
    /// Wallets of which nothing was known.
    pub presumed: u64,
}

#[derive(Debug, Default)]
struct State {
    /// The [epoch](crate::db::Db::epoch) of all this.
    epoch: u64,
    auctions: HashMap<AuctionId, Trust>,
    wallets: HashMap<UserId, (OwnedWallet, Instant)>,
    /// Of whom nothing was known when they bid, or lost the lead.
    strangers: BTreeSet<UserId>,
    /// What the database's clock said, and when that was heard.
    clock: Option<(Timestamp, Instant)>,
    /// The last moment that was given out.
    latest: Timestamp,
}

#[derive(Debug, Default)]
enum Trust {
    /// A batch has it.
    #[default]
    Taken,
    /// It is probably so.
    Likely {
        auction: Box<Remembered>,
        /// The moment of its last bid.
        at: Timestamp,
        /// When it was so.
        since: Instant,
    },
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

    /// Takes these auctions, and the moment of the last bid on any of them; none if one of them is
    /// not remembered. They are remembered again once what was done with them is learnt.
    pub(super) fn take_auctions(
        &self,
        ids: &BTreeSet<AuctionId>,
    ) -> Option<(Vec<Remembered>, Timestamp)> {
        let mut state = self.state();
        let now = Instant::now();
        let is_remembered = |id: &AuctionId| match state.auctions.get(id) {
            Some(Trust::Likely { since, .. }) => now.duration_since(*since) < LONGEST,
            _ => false,
        };
        if !ids.iter().all(is_remembered) {
            return None;
        }
        let mut latest = Timestamp::default();
        let take = |id| match state.auctions.get_mut(id).map(std::mem::take) {
            Some(Trust::Likely { auction, at, .. }) => {
                latest = latest.max(at);
                Some(*auction)
            }
            _ => None,
        };
        let auctions = ids.iter().map_while(take).collect();
        Some((auctions, latest))
    }

    /// Those of these wallets that are remembered, and whose are not.
    pub(super) fn wallets(&self, users: BTreeSet<UserId>) -> (Vec<OwnedWallet>, Vec<UserId>) {
        let state = self.state();
        let now = Instant::now();
        let (mut known, mut unknown) = (Vec::with_capacity(users.len()), Vec::new());
        for user in users {
            match state.wallets.get(&user) {
                Some((wallet, since)) if now.duration_since(*since) < LONGEST => {
                    known.push(wallet.clone());
                }
                _ => unknown.push(user),
            }
        }
        (known, unknown)
    }

    /// A moment that the database's clock has passed a little while ago, and that is not before
    /// this one; none if that clock was not read lately, or is not known to have come so far.
    pub(super) fn now(&self, earliest: Timestamp) -> Option<Timestamp> {
        let mut state = self.state();
        let (said, heard) = state.clock?;
        let since = heard.elapsed();
        if since >= CLOCK {
            return None;
        }
        state.latest = state.latest.max(micros(said + since));
        (state.latest >= earliest).then_some(state.latest)
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

    /// Those of whom nothing is known but that they have bid, to be looked at.
    pub(super) fn take_strangers(&self) -> BTreeSet<UserId> {
        if !self.has_strangers.swap(false, Ordering::AcqRel) {
            return BTreeSet::new();
        }
        std::mem::take(&mut self.state().strangers)
    }

    /// Takes note of strangers who were looked at in this epoch. Whoever has bid since then without
    /// being known is looked at again, and whoever is known was looked at later.
    pub(super) fn met(&self, wallets: &[OwnedWallet], epoch: u64) {
        let mut state = self.state();
        if state.epoch != epoch {
            return;
        }
        let is_new = |wallet: &&OwnedWallet| {
            let user = &wallet.row.user_id;
            !state.strangers.contains(user) && !state.wallets.contains_key(user)
        };
        let new: Vec<&OwnedWallet> = wallets.iter().filter(is_new).collect();
        state.read_wallets(new.into_iter());
    }

    /// Whether a user's wallet is remembered.
    pub(super) fn knows(&self, user: UserId) -> bool {
        self.state().wallets.contains_key(&user)
    }

    /// Takes note of what a batch has found out in this epoch.
    pub(super) fn learn(&self, lesson: Lesson, epoch: u64) {
        let mut state = self.state();
        if state.epoch != epoch {
            return;
        }
        match lesson.basis {
            Basis::Locks => state.read_wallets(lesson.wallets.iter()),
            // What it began with may have been changed meanwhile by another batch.
            Basis::Memory | Basis::Auctions => {
                state.changed_holds(&lesson.wallets.hold_changes());
                let presumed = lesson.wallets.presumed();
                self.presumed.fetch_add(presumed.len() as u64, Ordering::Relaxed);
                if !presumed.is_empty() {
                    // Who is known by now was perhaps looked at before this.
                    for stranger in presumed {
                        state.wallets.remove(stranger);
                    }
                    state.strangers.extend(presumed);
                    self.has_strangers.store(true, Ordering::Release);
                }
            }
        }
        if lesson.basis == Basis::Memory {
            self.right.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("artipul_desk_remembered_total").increment(1);
        }
        state.saw_auctions(lesson.auctions, lesson.now);
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

    /// Forgets auctions with whose bids something was wrong: perhaps with them, perhaps only with
    /// the points of somebody of whom nothing was known.
    pub(super) fn doubt(&self, auctions: impl Iterator<Item = AuctionId>) {
        let mut state = self.state();
        for id in auctions {
            state.auctions.remove(&id);
        }
    }

    /// How often it was relied on.
    pub(super) fn tally(&self) -> Tally {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (right, wrong) = (count(&self.right), count(&self.wrong));
        Tally { right, wrong, presumed: count(&self.presumed) }
    }

    /// Forgets a user, who has changed.
    pub(super) fn forget(&self, user: UserId) {
        self.state().wallets.remove(&user);
    }
}

impl State {
    fn read_wallets<'a>(&mut self, wallets: impl Iterator<Item = &'a OwnedWallet>) {
        if self.wallets.len() > MOST_WALLETS {
            self.wallets.clear();
        }
        let now = Instant::now();
        self.wallets.extend(wallets.map(|wallet| (wallet.row.user_id, (wallet.clone(), now))));
    }

    fn changed_holds(&mut self, changes: &[HoldChange]) {
        for HoldChange { user, change, .. } in changes {
            if let Some((wallet, _)) = self.wallets.get_mut(user) {
                wallet.row.held += *change;
            }
        }
    }

    fn saw_auctions(&mut self, seen: Vec<Remembered>, at: Timestamp) {
        if self.auctions.len() > MOST_AUCTIONS {
            self.auctions.clear();
        }
        let since = Instant::now();
        for auction in seen {
            let id = auction.row.id;
            let is_contested = match self.auctions.get(&id) {
                Some(Trust::ContestedSince(since)) => since.elapsed() < CONTESTED,
                _ => false,
            };
            if is_contested {
                continue;
            }
            // What is not on offer, or has no bid yet, can change in more ways than by a bid.
            if auction.row.status == auctions::LISTED && auction.row.leader_id.is_some() {
                let auction = Box::new(auction);
                self.auctions.insert(id, Trust::Likely { auction, at, since });
            } else {
                self.auctions.remove(&id);
            }
        }
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
        let now = || memory.now(Timestamp::default());
        assert_eq!(now(), None);
        let (said, heard) = (Utc::now(), Instant::now());
        memory.heard_clock(said);
        memory.heard_clock(said - Duration::from_secs(5));
        while heard.elapsed() < Duration::from_millis(1) {}
        assert!(now() > Some(said), "it goes on from the better one");
        assert_eq!(memory.now(said + Duration::from_secs(5)), None, "a bid is later than that");
        memory.heard_clock(said + Duration::from_secs(5));
        assert!(now() >= Some(said + Duration::from_secs(5)), "one that is ahead is believed");
        memory.was_wrong(iter::empty());
        assert_eq!(now(), None);
        memory.heard_clock(said - Duration::from_secs(5));
        assert!(now() < Some(said), "whatever it says, once it was wrong");
    }
}
