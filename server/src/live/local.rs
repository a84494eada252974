//! The live state within one process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::AuctionId;
use tokio::sync::mpsc;

use super::{
    Balance, CodeCheck, Count, Holder, Pace, Signal, Snapshot, Tries, buckets::Buckets,
    expiring::Expiring,
};
use crate::config::Limit;

/// How long a snapshot is kept.
pub(super) const SNAPSHOT_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The live state of a process that has no others beside it.
#[derive(Clone, Default)]
pub struct Local {
    state: Arc<Mutex<State>>,
    buckets: Arc<Buckets>,
}

#[derive(Default)]
struct State {
    snapshots: Expiring<AuctionId, Snapshot>,
    codes: Expiring<String, Code>,
    once: Expiring<String, String>,
    revoked: Expiring<String, ()>,
    remembers_revoked: bool,
    counters: Expiring<String, u64>,
    attempts: Expiring<String, Attempts>,
    /// Keeps the other end of [`Local::listen`] open, on which nothing ever comes.
    silence: Vec<mpsc::Sender<Signal>>,
}

struct Code {
    hash: String,
    /// By those who tried.
    tries: HashMap<String, u64>,
}

/// Attempts of which none has succeeded.
#[derive(Clone, Copy)]
struct Attempts {
    count: u64,
    /// When the next one may begin.
    next_at: Instant,
}

impl Local {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put_snapshots(&self, snapshots: &[&Snapshot]) {
        let mut state = self.state();
        for snapshot in snapshots {
            let id = snapshot.state.auction_id;
            let is_newer =
                state.snapshots.get(&id).is_none_or(|kept| kept.state.seq < snapshot.state.seq);
            if is_newer {
                state.snapshots.insert(id, (*snapshot).clone(), SNAPSHOT_TTL);
            }
        }
    }

    pub(super) fn snapshot(&self, auction: AuctionId) -> Option<Snapshot> {
        self.state().snapshots.get(&auction).cloned()
    }

    pub(super) fn listen(&self) -> mpsc::Receiver<Signal> {
        let (sender, receiver) = mpsc::channel(1);
        self.state().silence.push(sender);
        receiver
    }

    pub(super) fn put_code(&self, name: &str, hash: &str, ttl: Duration) {
        let code = Code { hash: hash.to_owned(), tries: HashMap::new() };
        self.state().codes.insert(name.to_owned(), code, ttl);
    }

    pub(super) fn check_code(&self, name: &str, hash: &str, from: &str, tries: Tries) -> CodeCheck {
        let mut state = self.state();
        let Some(code) = state.codes.get_mut(name) else { return CodeCheck::Absent };
        let own = code.tries.entry(from.to_owned()).or_default();
        if *own >= tries.each {
            return CodeCheck::Absent;
        }
        *own += 1;
        let is_right = code.hash == hash;
        if is_right || code.tries.values().sum::<u64>() >= tries.all {
            state.codes.remove(name);
        }
        if is_right { CodeCheck::Right } else { CodeCheck::Wrong }
    }

    pub(super) fn put_once(&self, name: &str, value: &str, ttl: Duration) {
        self.state().once.insert(name.to_owned(), value.to_owned(), ttl);
    }

    pub(super) fn peek_once(&self, name: &str) -> Option<String> {
        self.state().once.get(name).cloned()
    }

    pub(super) fn take_once(&self, name: &str) -> Option<String> {
        self.state().once.remove(name)
    }

    pub(super) fn revoke(&self, token_id: &str, ttl: Duration) {
        self.state().revoked.insert(token_id.to_owned(), (), ttl);
    }

    pub(super) fn is_any_revoked<'a>(
        &self,
        mut tokens: impl Iterator<Item = &'a str>,
    ) -> Option<bool> {
        let state = self.state();
        let is_revoked = tokens.any(|token| state.revoked.get(token).is_some());
        (is_revoked || state.remembers_revoked).then_some(is_revoked)
    }

    pub(super) fn revoke_again(&self, tokens: &[(String, Duration)]) -> bool {
        let mut state = self.state();
        for (token, ttl) in tokens {
            state.revoked.insert(token.clone(), (), *ttl);
        }
        state.remembers_revoked
    }

    pub(super) fn remember_revoked(&self, tokens: &[(String, Duration)]) {
        self.revoke_again(tokens);
        self.state().remembers_revoked = true;
    }

    pub(super) fn count(&self, name: &str, window: Duration) -> Count {
        let mut state = self.state();
        if let Some(count) = state.counters.get_mut(name) {
            *count += 1;
            let count = *count;
            let resets_in = state.counters.expires_in(name).unwrap_or(window);
            return Count { count, resets_in };
        }
        state.counters.insert(name.to_owned(), 1, window);
        Count { count: 1, resets_in: window }
    }

    pub(super) fn take(&self, holder: Holder, limit: Limit) -> Balance {
        self.buckets.take(holder, limit)
    }

    pub(super) fn attempt(&self, names: &[(&str, Pace)]) -> Result<(), Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let attempts = &mut state.attempts;
        let waits = names
            .iter()
            .filter_map(|(name, _)| attempts.get(*name))
            .map(|attempts| attempts.next_at.saturating_duration_since(now));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        for (name, pace) in names {
            let count = attempts.get(*name).map_or(0, |attempts| attempts.count) + 1;
            let next_at = now + pace.wait_after(count);
            attempts.insert((*name).to_owned(), Attempts { count, next_at }, pace.memory);
        }
        Ok(())
    }

    pub(super) fn forget_attempts(&self, names: &[&str]) {
        let mut state = self.state();
        for name in names {
            state.attempts.remove(*name);
        }
    }

    #[allow(clippy::unused_self, reason = "one of two implementations of a promise")]
    pub(super) fn ping(&self) {}
}
