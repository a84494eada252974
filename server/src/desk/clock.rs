//! The closing clock: sleeps until the next end that it knows and has what is due closed.
//!
//! It knows the ends of the near future: those that it reads now and then, and those that the
//! writers tell it. Time is the database's, as it was last read and went on since; that this
//! process's clock is set changes nothing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use artipul_common::{AuctionId, Timestamp};
use chrono::{TimeDelta, Utc};
use futures_util::StreamExt;
use tokio::{sync::Notify, time::Instant};

use super::Desk;
use crate::db::{Db, DbResult, auctions};

/// How often the ends of the near future are read.
const RELOAD: Duration = Duration::from_secs(20);
/// How far the near future reaches: safely beyond the next reading.
const HORIZON: TimeDelta = TimeDelta::seconds(90);
/// Ends that are read at once; of more, the rest is read as soon as these are handled.
const READ_LIMIT: i64 = 50_000;
/// Closings under way at once.
const CONCURRENCY: usize = 2_048;
/// The pause before a closing that failed is tried again.
const RETRY: TimeDelta = TimeDelta::seconds(1);
/// Sleeping a moment longer than needed spares the database a question that comes too early.
const MARGIN: Duration = Duration::from_millis(2);

/// The ends to wait for. Clones are the same clock.
#[derive(Clone, Default)]
pub(super) struct Clock {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    ends: Mutex<Ends>,
    changed: Notify,
    is_stopped: AtomicBool,
}

struct Ends {
    ordered: BTreeSet<(Timestamp, AuctionId)>,
    by_auction: HashMap<AuctionId, Timestamp>,
    /// The database's time, and when it was read.
    read: (Timestamp, Instant),
}

impl Default for Ends {
    /// This process's clock, until the database's is read.
    fn default() -> Self {
        let read = (Utc::now(), Instant::now());
        Self { ordered: BTreeSet::new(), by_auction: HashMap::new(), read }
    }
}

impl Ends {
    fn set(&mut self, auction: AuctionId, end: Timestamp) {
        self.forget(auction);
        self.ordered.insert((end, auction));
        self.by_auction.insert(auction, end);
    }

    fn forget(&mut self, auction: AuctionId) {
        if let Some(end) = self.by_auction.remove(&auction) {
            self.ordered.remove(&(end, auction));
        }
    }

    fn now(&self) -> Timestamp {
        let (time, read_at) = self.read;
        time + read_at.elapsed()
    }

    /// Takes what is due out.
    fn take_due(&mut self) -> Vec<AuctionId> {
        let now = self.now();
        let mut due = Vec::new();
        while let Some(&(end, auction)) = self.ordered.first()
            && end <= now
        {
            self.forget(auction);
            due.push(auction);
        }
        due
    }
}

impl Clock {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.inner.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for this end of the auction, instead of another.
    pub(super) fn set(&self, auction: AuctionId, end: Timestamp) {
        let mut ends = self.ends();
        if end > ends.now() + HORIZON {
            ends.forget(auction);
            return;
        }
        ends.set(auction, end);
        drop(ends);
        self.inner.changed.notify_one();
    }

    pub(super) fn forget(&self, auction: AuctionId) {
        self.ends().forget(auction);
    }

    /// Takes the auction for due now.
    pub(super) fn poke(&self, auction: AuctionId) {
        let mut ends = self.ends();
        let now = ends.now();
        ends.set(auction, now);
        drop(ends);
        self.inner.changed.notify_one();
    }

    pub(super) fn stop(&self) {
        self.inner.is_stopped.store(true, Ordering::Release);
        self.inner.changed.notify_one();
    }

    /// How long until the next end; as long as to the next reading where there is none.
    fn pause(&self) -> Duration {
        let ends = self.ends();
        let Some(&(end, _)) = ends.ordered.first() else { return RELOAD };
        // An end that has passed has no pause.
        (end - ends.now()).to_std().map_or(Duration::ZERO, |pause| pause + MARGIN)
    }

    async fn reload(&self, db: &Db) -> DbResult<()> {
        let (now, near) = db
            .read(|conn| {
                let now = conn.now()?;
                Ok((now, auctions::ending_before(conn, now + HORIZON, READ_LIMIT)?))
            })
            .await?;
        let mut ends = self.ends();
        ends.read = (now, Instant::now());
        for (auction, end) in near {
            ends.set(auction, end);
        }
        Ok(())
    }
}

/// Runs until the desk is closed.
pub(super) async fn run(clock: Clock, db: Db, desk: Desk) {
    let mut reload_at = Instant::now();
    while !clock.inner.is_stopped.load(Ordering::Acquire) {
        if Instant::now() >= reload_at {
            reload_at = Instant::now() + RELOAD;
            if let Err(error) = clock.reload(&db).await {
                tracing::warn!(%error, "the ends of auctions cannot be read");
                reload_at = Instant::now() + Duration::from_secs(1);
            }
        }
        let due = clock.ends().take_due();
        if due.is_empty() {
            let wake_at = reload_at.min(Instant::now() + clock.pause());
            let _ = tokio::time::timeout_at(wake_at, clock.inner.changed.notified()).await;
            continue;
        }
        if close(&clock, &desk, due).await == Timing::Early {
            reload_at = Instant::now();
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Timing {
    Right,
    /// By the database's clock, which was set, the end is still to come.
    Early,
}

async fn close(clock: &Clock, desk: &Desk, due: Vec<AuctionId>) -> Timing {
    let is_early = AtomicBool::new(false);
    let is_early = &is_early;
    futures_util::stream::iter(due)
        .for_each_concurrent(CONCURRENCY, |auction| async move {
            match desk.end(auction).await {
                Ok(None) => {}
                // It was extended, here or by another instance.
                Ok(Some(end)) => {
                    is_early.fetch_or(end <= clock.ends().now(), Ordering::Relaxed);
                    clock.set(auction, end);
                }
                Err(error) => {
                    tracing::warn!(%auction, %error, "the auction could not be closed yet");
                    let later = clock.ends().now() + RETRY;
                    clock.set(auction, later);
                }
            }
        })
        .await;
    if is_early.load(Ordering::Relaxed) { Timing::Early } else { Timing::Right }
}
