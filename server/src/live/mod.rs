//! The fast, forgetful state that instances share: newest snapshots, events between instances,
//! one-time codes and tokens, signed-out access tokens, counters.
//!
//! It promises the same over an in-process and a Redis implementation, and it may forget
//! everything at any moment: nothing here is the only copy of what matters, except codes and
//! one-time tokens, whose owner then asks for another. It knows nothing of databases or HTTP.

mod buckets;
mod expiring;
pub mod local;
mod peers;
pub mod redis;
mod signed_out;

use std::{sync::Arc, time::Duration};

use artipul_common::{
    AuctionId, Timestamp, UserId,
    auctions::Phase,
    events::{AuctionEventKind, AuctionState, Notice, NoticeKind},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use self::buckets::{Balance, Holder, Kind, Who};
use self::{local::Local, redis::Redis};
use crate::config::Limit;

/// The store of the live state is away; what needs it cannot be done now.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the live store is away: {0}")]
pub struct Away(pub String);

/// What the live state gives.
pub type LiveResult<T> = Result<T, Away>;

/// The newest public state of an auction, with what the server itself needs to judge a bid early.
/// Of all this only `state` is for the public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Whose work it is.
    pub seller: UserId,
    /// Who leads; the public sees a mask of his nickname.
    pub leader: Option<UserId>,
    /// The genre's key.
    pub genre: i32,
    /// When bidding starts.
    pub starts_at: Timestamp,
    /// The public state.
    pub state: AuctionState,
}

impl Snapshot {
    /// Who leads, if the public part does not know his nickname yet.
    pub fn nameless_leader(&self) -> Option<UserId> {
        self.leader.filter(|_| self.state.leader.is_none())
    }

    /// The snapshot as it reads at `now`: the phase follows the clock.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.state.server_time = artipul_common::micros(now);
        if self.state.phase == Phase::Upcoming && now >= self.starts_at {
            self.state.phase = Phase::Open;
        }
        if matches!(self.state.phase, Phase::Upcoming | Phase::Open) && now >= self.state.ends_at {
            self.state.phase = Phase::Ended;
            self.state.min_next = None;
        }
        self
    }
}

/// Something that happened, as instances tell each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// An auction changed.
    Auction {
        /// What about it.
        kind: AuctionEventKind,
        /// Its state after it, which whoever takes note of it shares.
        snapshot: Arc<Snapshot>,
    },
    /// A user is told something.
    Notice {
        /// Whom it is for.
        user: UserId,
        /// What it is about.
        kind: NoticeKind,
        /// The notice.
        notice: Box<Notice>,
    },
}

impl News {
    /// An auction changed so that this is its state.
    pub fn auction(kind: AuctionEventKind, snapshot: Snapshot) -> Self {
        Self::Auction { kind, snapshot: Arc::new(snapshot) }
    }

    /// As [`Snapshot::nameless_leader`] says.
    pub fn nameless_leader(&self) -> Option<UserId> {
        match self {
            Self::Auction { snapshot, .. } => snapshot.nameless_leader(),
            Self::Notice { .. } => None,
        }
    }
}

/// What reaches an instance from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// News of another instance.
    News(Vec<News>),
    /// News may be missing from here on.
    Lost,
    /// News arrive again; those of the gap do not.
    Restored,
}

/// How often a code may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// By each who tries.
    pub each: u64,
    /// By all of them.
    pub all: u64,
}

/// How a code was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCheck {
    /// It is the one; it cannot be used again.
    Right,
    /// It is another one; one try less is left.
    Wrong,
    /// There is none: never sent, expired, used, or tried too often.
    Absent,
}

/// A counter after it was counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How often it was counted in this window.
    pub count: u64,
    /// How long until it begins anew.
    pub resets_in: Duration,
}

/// How attempts at something are slowed down, until one succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Attempts that need not wait.
    pub free: u64,
    /// How long the one after them waits; each next one waits twice as long.
    pub first_wait: Duration,
    /// The longest that one waits.
    pub longest_wait: Duration,
    /// Without an attempt for so long, all of them are forgotten.
    pub memory: Duration,
}

impl Pace {
    /// How long nobody may try again after so many attempts.
    fn wait_after(&self, attempts: u64) -> Duration {
        let Some(over) = attempts.checked_sub(self.free) else { return Duration::ZERO };
        let Some(doublings) = over.checked_sub(1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings.min(64) as u32).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

/// The live state of this instance.
#[derive(Clone)]
pub enum Live {
    /// Within the process, for one instance.
    Local(Local),
    /// Shared through Redis.
    Redis(Box<Redis>),
}

macro_rules! delegate {
    ($self:ident, $live:ident => $call:expr) => {
        match $self {
            Live::Local($live) => Ok($call),
            Live::Redis($live) => $call.await,
        }
    };
}

impl Live {
    /// Keeps snapshots, unless newer ones are kept already; they are forgotten after a day.
    ///
    /// # Errors
    /// [`Away`]; so for all below.
    pub async fn put_snapshots(&self, snapshots: &[&Snapshot]) -> LiveResult<()> {
        delegate!(self, live => live.put_snapshots(snapshots))
    }

    /// The newest snapshot of an auction, if one is kept. It may be older than the truth, so only
    /// what cannot change back may be concluded from it: the price never falls.
    pub async fn snapshot(&self, auction: AuctionId) -> LiveResult<Option<Snapshot>> {
        delegate!(self, live => live.snapshot(auction))
    }

    /// Whether there is certainly no other instance.
    pub fn is_alone(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Redis(live) => live.is_alone(),
        }
    }

    /// Tells the other instances.
    pub async fn publish(&self, news: &[News]) -> LiveResult<()> {
        match self {
            // There are no others.
            Self::Local(_) => Ok(()),
            Self::Redis(live) => live.publish(news).await,
        }
    }

    /// What the other instances tell, from now on. Called once.
    pub fn listen(&self) -> mpsc::Receiver<Signal> {
        match self {
            Self::Local(live) => live.listen(),
            Self::Redis(live) => live.as_ref().listen(),
        }
    }

    /// Keeps the hash of a code under a name, instead of an earlier one.
    pub async fn put_code(&self, name: &str, hash: &str, ttl: Duration) -> LiveResult<()> {
        delegate!(self, live => live.put_code(name, hash, ttl))
    }

    /// Compares a code's hash with the kept one. Each comparison is a try: there are so many for
    /// each who tries, and so many for all of them; after those, or when it was right, the code is
    /// gone.
    pub async fn check_code(
        &self,
        name: &str,
        hash: &str,
        from: &str,
        tries: Tries,
    ) -> LiveResult<CodeCheck> {
        delegate!(self, live => live.check_code(name, hash, from, tries))
    }

    /// Keeps a value under a name until it is taken or expires.
    pub async fn put_once(&self, name: &str, value: &str, ttl: Duration) -> LiveResult<()> {
        delegate!(self, live => live.put_once(name, value, ttl))
    }

    /// The value of a name, which stays.
    pub async fn peek_once(&self, name: &str) -> LiveResult<Option<String>> {
        delegate!(self, live => live.peek_once(name))
    }

    /// The value of a name, which is gone then: of many who take it, one gets it.
    pub async fn take_once(&self, name: &str) -> LiveResult<Option<String>> {
        delegate!(self, live => live.take_once(name))
    }

    /// Signs an access token out until it expires. When this returns, every instance that is there
    /// knows it, or asks.
    pub async fn revoke(&self, token_id: &str, ttl: Duration) -> LiveResult<()> {
        delegate!(self, live => live.revoke(token_id, ttl))
    }

    /// Whether any of these tokens was signed out; `None` from a store that has lost its memory,
    /// until [`Live::remember_revoked`] was called.
    pub async fn is_any_revoked(
        &self,
        tokens: impl IntoIterator<Item = &str, IntoIter: Clone>,
    ) -> LiveResult<Option<bool>> {
        delegate!(self, live => live.is_any_revoked(tokens.into_iter()))
    }

    /// Signs tokens out again, in case that was lost, and keeps the memory of signed-out tokens
    /// marked as whole for a while. `false` if it is not whole any more.
    pub async fn revoke_again(&self, tokens: &[(String, Duration)]) -> LiveResult<bool> {
        delegate!(self, live => live.revoke_again(tokens))
    }

    /// Fills the memory of signed-out tokens with these, and marks it as whole for a while.
    pub async fn remember_revoked(&self, tokens: &[(String, Duration)]) -> LiveResult<()> {
        delegate!(self, live => live.remember_revoked(tokens))
    }

    /// While the other instances are heard but what they signed out before is not known: the number
    /// of this gap, to be closed with [`Live::close_revocation_gap`].
    pub fn revocation_gap(&self) -> Option<u64> {
        match self {
            Self::Local(_) => None,
            Self::Redis(live) => live.revocation_gap(),
        }
    }

    /// Takes all tokens that were signed out, read after the gap's number was. From then on
    /// [`Live::is_any_revoked`] knows without asking, as long as the others are heard.
    pub fn close_revocation_gap(&self, gap: u64, tokens: &[(String, Duration)]) {
        if let Self::Redis(live) = self {
            live.close_revocation_gap(gap, tokens);
        }
    }

    /// Counts up a name; the count begins anew when the window is over. What is counted guards
    /// something, so while the store is away each process counts for itself.
    pub async fn count(&self, name: &str, window: Duration) -> Count {
        match self {
            Self::Local(live) => live.count(name, window),
            Self::Redis(live) => live.count(name, window).await,
        }
    }

    /// Takes one from a bucket, within this process; instances tell each other what was taken.
    pub fn take(&self, holder: Holder, limit: Limit) -> Balance {
        match self {
            Self::Local(live) => live.take(holder, limit),
            Self::Redis(live) => live.take_from(holder, limit),
        }
    }

    /// Begins an attempt under all of these names, or says how long none may begin. It counts as
    /// failed until [`Live::forget_attempts`], so that of many at once no more begin than may. While
    /// the store is away each process counts for itself.
    pub async fn attempt(&self, names: &[(&str, Pace)]) -> Result<(), Duration> {
        match self {
            Self::Local(live) => live.attempt(names),
            Self::Redis(live) => live.attempt(names).await,
        }
    }

    /// Forgets the attempts under these names: one has succeeded.
    pub async fn forget_attempts(&self, names: &[&str]) {
        match self {
            Self::Local(live) => live.forget_attempts(names),
            Self::Redis(live) => live.forget_attempts(names).await,
        }
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> LiveResult<()> {
        delegate!(self, live => live.ping())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_waits_twice_as_long_as_the_one_before() {
        let pace = Pace {
            free: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(900),
            memory: Duration::from_secs(86_400),
        };
        let waits: Vec<u64> =
            (4..=18).map(|attempts| pace.wait_after(attempts).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(pace.wait_after(u64::MAX), pace.longest_wait);
    }
}
