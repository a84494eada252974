//! How much somebody may still ask for: a bucket for each, from which every request takes one and
//! which fills up again evenly.
//!
//! Within a process a bucket is exact, and asking it costs no message. Instances tell each other
//! what was taken from their buckets, a few times a second and only where it is a part of the whole
//! that matters ([`PART`]), and take as much from their own. So of a limit of n requests, each
//! instance lets at most n/32 more through, and what comes between two tellings; one that hears
//! nothing counts for itself, and one that has just started finds the buckets full. Only lengths of
//! time are told, so the instances' clocks need not agree.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::UserId;
use serde::{Deserialize, Serialize};

use crate::{config::Limit, locality::Locality};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Requests that change nothing.
    Reads,
    /// Bids and purchases.
    Bids,
    /// Other changes.
    Writes,
}

impl Kind {
    /// Its name, for the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Bids => "bids",
            Self::Writes => "writes",
        }
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Who {
    /// Those of a user, wherever he is.
    User(UserId),
    /// Those from an address.
    At(Locality),
}

impl Who {
    /// What he is, for the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::At(_) => "address",
        }
    }
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holder {
    /// What for.
    pub kind: Kind,
    /// Whose.
    pub who: Who,
}

/// A bucket after somebody has asked for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// How long until there is one again, if there was none.
    pub wait: Option<Duration>,
    /// How many are left.
    pub left: u64,
    /// How long until the bucket is full.
    pub full_in: Duration,
}

/// What was taken from a bucket of another instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Taken {
    holder: Holder,
    /// How long it takes to fill up again, in nanoseconds.
    worth: u64,
}

/// A bucket is told of once this part of what it holds was taken.
const PART: u64 = 32;
/// Buckets after which full ones are looked for, which are as good as none; doubled while all are
/// in use.
const FIRST_SWEEP: usize = 256;
/// Parts that are locked on their own.
const SHARDS: usize = 16;

/// The buckets of a process.
pub(super) struct Buckets {
    began: Instant,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

struct Shard {
    buckets: HashMap<Holder, Bucket>,
    sweep_at: usize,
    /// Those of which the other instances have to be told.
    to_tell: Vec<Holder>,
}

/// Times are in nanoseconds since the buckets began.
#[derive(Default)]
struct Bucket {
    /// When it is full again.
    full_at: u64,
    /// What was taken and not told.
    untold: u64,
    is_to_tell: bool,
}

impl Default for Buckets {
    fn default() -> Self {
        let shard = || {
            let (buckets, to_tell) = (HashMap::new(), Vec::new());
            Mutex::new(Shard { buckets, sweep_at: FIRST_SWEEP, to_tell })
        };
        Self {
            began: Instant::now(),
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| shard()),
        }
    }
}

impl Buckets {
    fn now(&self) -> u64 {
        nanos(self.began.elapsed())
    }

    fn shard(&self, holder: &Holder) -> MutexGuard<'_, Shard> {
        let number = self.hasher.hash_one(holder) as usize % SHARDS;
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one from a bucket that holds as many as the limit says, and fills up within its
    /// window.
    pub(super) fn take(&self, holder: Holder, limit: Limit) -> Balance {
        self.take_at(holder, limit, self.now())
    }

    fn take_at(&self, holder: Holder, limit: Limit, now: u64) -> Balance {
        let window = nanos(limit.window);
        if limit.count == 0 {
            return Balance { wait: Some(limit.window), left: 0, full_in: limit.window };
        }
        let each = (window / limit.count).max(1);
        let whole = each.saturating_mul(limit.count);
        let mut shard = self.shard(&holder);
        let bucket = shard.bucket(holder, now);
        let missing = bucket.full_at.saturating_sub(now).min(whole);
        if missing + each > whole {
            let wait = Duration::from_nanos(missing + each - whole);
            return Balance { wait: Some(wait), left: 0, full_in: Duration::from_nanos(missing) };
        }
        let missing = missing + each;
        bucket.full_at = now + missing;
        bucket.untold += each;
        if bucket.untold >= whole / PART && !bucket.is_to_tell {
            bucket.is_to_tell = true;
            shard.to_tell.push(holder);
        }
        let left = (whole - missing) / each;
        Balance { wait: None, left, full_in: Duration::from_nanos(missing) }
    }

    /// What was taken since it was asked last, as far as it matters.
    pub(super) fn untold(&self) -> Vec<Taken> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for holder in std::mem::take(&mut shard.to_tell) {
                if let Some(bucket) = shard.buckets.get_mut(&holder) {
                    bucket.is_to_tell = false;
                    let worth = std::mem::take(&mut bucket.untold);
                    taken.push(Taken { holder, worth });
                }
            }
        }
        taken
    }

    /// Takes what was taken from the buckets of another instance.
    pub(super) fn take_along(&self, taken: &[Taken]) {
        let now = self.now();
        for Taken { holder, worth } in taken {
            let mut shard = self.shard(holder);
            let bucket = shard.bucket(*holder, now);
            bucket.full_at = bucket.full_at.max(now).saturating_add(*worth);
        }
    }
}

impl Shard {
    fn bucket(&mut self, holder: Holder, now: u64) -> &mut Bucket {
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, bucket| bucket.full_at > now || bucket.is_to_tell);
            self.sweep_at = FIRST_SWEEP.max(self.buckets.len() * 2);
        }
        self.buckets.entry(holder).or_default()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const SIX_A_MINUTE: Limit = Limit { count: 6, window: Duration::from_secs(60) };

    fn user(number: i64) -> Holder {
        Holder { kind: Kind::Bids, who: Who::User(UserId::new(number)) }
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_then_what_flows_in() {
        let buckets = Buckets::default();
        let take = |second: u64| buckets.take_at(user(1), SIX_A_MINUTE, second * SECOND);
        for left in (0..6).rev() {
            let balance = take(0);
            assert_eq!((balance.wait, balance.left), (None, left));
        }
        assert_eq!(take(0).full_in, Duration::from_secs(60));
        assert_eq!(take(3).wait, Some(Duration::from_secs(7)));
        assert_eq!(take(10).wait, None);
        assert_eq!(take(10).wait, Some(Duration::from_secs(10)), "what is refused costs nothing");
        assert_eq!(take(200).left, 5, "it holds no more than it can");
    }

    #[test]
    fn each_has_a_bucket_of_his_own_for_each_kind() {
        let buckets = Buckets::default();
        let one = Limit { count: 1, window: Duration::from_secs(60) };
        let reads = Holder { kind: Kind::Reads, ..user(1) };
        for holder in [user(1), user(2), reads] {
            assert_eq!(buckets.take_at(holder, one, 0).wait, None);
            assert!(buckets.take_at(holder, one, 0).wait.is_some());
        }
    }

    #[test]
    fn a_limit_of_zero_allows_none() {
        let none = Limit { count: 0, window: Duration::from_secs(60) };
        assert!(Buckets::default().take(user(1), none).wait.is_some());
    }

    #[test]
    fn what_one_instance_gives_the_other_has_no_more() {
        let (one, other) = (Buckets::default(), Buckets::default());
        let limit = Limit { count: 64, window: Duration::from_secs(64_000) };
        for _ in 0..63 {
            assert_eq!(one.take(user(1), limit).wait, None);
        }
        other.take_along(&one.untold());
        assert_eq!(other.take(user(1), limit).wait, None);
        assert!(other.take(user(1), limit).wait.is_some());
        assert!(one.untold().is_empty(), "it is told once");
    }

    #[test]
    fn a_little_is_not_told_until_it_is_more() {
        let buckets = Buckets::default();
        let limit = Limit { count: 64, window: Duration::from_secs(64_000) };
        buckets.take(user(1), limit);
        assert!(buckets.untold().is_empty());
        buckets.take(user(1), limit);
        let worth = 2 * 1_000 * SECOND;
        assert_eq!(buckets.untold(), [Taken { holder: user(1), worth }]);
    }

    #[test]
    fn buckets_that_are_full_again_are_forgotten() {
        let buckets = Buckets::default();
        for number in 0..100_000 {
            let now = u64::try_from(number).unwrap() * SECOND;
            buckets.take_at(user(number), SIX_A_MINUTE, now);
            buckets.untold();
        }
        let kept: usize = buckets.shards.iter().map(|s| s.lock().unwrap().buckets.len()).sum();
        assert!(kept <= SHARDS * FIRST_SWEEP, "{kept}");
    }
}
