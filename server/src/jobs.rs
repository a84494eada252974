//! What runs on a schedule: sweeps for what was missed, and chores.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use artipul_common::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::{
    db::{DbResult, auctions, idempotency, sessions, tokens},
    parts::App,
    telemetry,
};

/// How often auctions are looked for that should be closed but are not.
const SWEEP: Duration = Duration::from_secs(2);
/// An auction so late was missed by the closing clock.
const LATE: TimeDelta = TimeDelta::milliseconds(800);
/// How often followers are told of auctions that end soon.
const REMIND: Duration = Duration::from_secs(5);
/// How often signed-out tokens are told to the live store again.
const SHARE_REVOKED: Duration = Duration::from_secs(2);
/// How far each telling reaches back before the last one: further than the live store's word that
/// its memory is whole.
const SHARE_OVERLAP: TimeDelta = TimeDelta::seconds(15);
/// How often what was measured is summed up, which nobody may ask for.
const KEEP_UP: Duration = Duration::from_secs(5);
/// How often what has expired is forgotten.
const FORGET: Duration = Duration::from_secs(600);
/// How often images are looked for that no work names.
const REMOVE_ORPHANS: Duration = Duration::from_secs(900);
/// How long the first answer to a request is kept for its retries.
const KEEP_ANSWERS: TimeDelta = TimeDelta::days(3);
/// Auctions of one look.
const LIMIT: i64 = 2_000;

/// The running schedule.
pub(crate) struct Jobs {
    scheduler: Option<JobScheduler>,
}

impl Jobs {
    /// Stops the schedule.
    pub(crate) async fn stop(self) {
        if let Some(mut scheduler) = self.scheduler
            && let Err(error) = scheduler.shutdown().await
        {
            tracing::debug!(%error, "the schedule did not stop");
        }
    }
}

/// Starts the schedule. A server without it still closes auctions by its clock, so a failure is
/// told and no more.
pub(crate) async fn start(app: &App) -> Jobs {
    match schedule(app).await {
        Ok(scheduler) => Jobs { scheduler: Some(scheduler) },
        Err(error) => {
            tracing::error!(%error, "the schedule did not start");
            Jobs { scheduler: None }
        }
    }
}

async fn schedule(app: &App) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let shared_until = Arc::new(Mutex::new(DateTime::UNIX_EPOCH));
    scheduler
        .add(every(SWEEP, app, |app| async move { report("sweep", sweep(&app).await) })?)
        .await?;
    scheduler
        .add(every(REMIND, app, |app| async move { report("remind", remind(&app).await) })?)
        .await?;
    scheduler
        .add(every(SHARE_REVOKED, app, move |app| share_revoked(app, Arc::clone(&shared_until)))?)
        .await?;
    scheduler.add(every(KEEP_UP, app, |_| async { telemetry::metrics().run_upkeep() })?).await?;
    scheduler
        .add(every(FORGET, app, |app| async move { report("forget", forget(&app).await) })?)
        .await?;
    scheduler
        .add(every(REMOVE_ORPHANS, app, |app| async move {
            report("remove orphans", app.media.remove_orphans().await);
        })?)
        .await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// A job that is left out while its last run is still under way.
fn every<F>(
    period: Duration,
    app: &App,
    work: impl Fn(App) -> F + Send + Sync + Clone + 'static,
) -> Result<Job, JobSchedulerError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    let is_running = Arc::new(AtomicBool::new(false));
    Job::new_repeated_async(period, move |_, _| {
        let (app, work, is_running) = (app.clone(), work.clone(), Arc::clone(&is_running));
        Box::pin(async move {
            if !is_running.swap(true, Ordering::AcqRel) {
                let _done = Done(is_running);
                work(app).await;
            }
        })
    })
}

/// Lets the next run of a job begin, also after a panic in this one.
struct Done(Arc<AtomicBool>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn report(job: &str, outcome: DbResult<()>) {
    if let Err(error) = outcome {
        tracing::warn!(job, %error, "a job failed");
    }
}

/// Finds auctions that nobody closed: of an instance that died, or that a clock does not know.
async fn sweep(app: &App) -> DbResult<()> {
    let late = app
        .db
        .read(|conn| {
            let now = conn.now()?;
            auctions::ending_before(conn, now - LATE, LIMIT)
        })
        .await?;
    for (auction, _) in late {
        app.desk.poke(auction);
    }
    Ok(())
}

async fn remind(app: &App) -> DbResult<()> {
    let soon = app.ending_soon;
    let ending = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            auctions::unreminded_before(conn, now, now + soon, LIMIT)
        })
        .await?;
    for auction in ending {
        if let Err(error) = app.desk.remind(auction).await {
            tracing::debug!(%auction, %error, "not reminded yet");
        }
    }
    Ok(())
}

async fn share_revoked(app: App, shared_until: Arc<Mutex<Timestamp>>) {
    let started = Utc::now();
    let since = *shared_until.lock().unwrap_or_else(PoisonError::into_inner);
    // The first run tells only what the next ones would: a store without memory fills itself.
    let since = since.max(started - KEEP_ANSWERS);
    if app.accounts.share_revoked(since).await {
        *shared_until.lock().unwrap_or_else(PoisonError::into_inner) = started - SHARE_OVERLAP;
    }
}

async fn forget(app: &App) -> DbResult<()> {
    app.db
        .write(|conn| {
            let now = conn.now()?;
            idempotency::forget(conn, now - KEEP_ANSWERS)?;
            sessions::forget_expired(conn, now)?;
            tokens::forget_expired(conn, now)?;
            DbResult::Ok(())
        })
        .await
}
