//! A writer: a thread that runs one transaction after the other.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use artipul_common::Timestamp;
use chrono::TimeDelta;
use tokio::sync::mpsc;

use super::{
    Basis, DeskError, Item, Job, Outlet,
    batch::{self, Done},
    clock::Clock,
    memory::Memory,
};
use crate::db::{Conn, Db, DbError, DbResult, auctions, houses::Houses};

/// How often a batch that lost a race or its connection is run before it is split or refused.
const ATTEMPTS: u32 = 6;
/// The pause after the first failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// For how long the outcome of a commit whose answer was lost is looked for.
const INQUIRY: Duration = Duration::from_secs(15);

/// How long the database may take from a statement's beginning to its first lock.
const MARGIN: TimeDelta = TimeDelta::seconds(1);

pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) houses: Houses,
    pub(super) batch: usize,
    pub(super) outlet: Outlet,
    pub(super) clock: Clock,
    pub(super) memory: Arc<Memory>,
}

impl Writer {
    /// Works until it is told to stop.
    pub(super) fn run(self, mut queue: mpsc::Receiver<Item>) {
        while let Some(item) = queue.blocking_recv() {
            let (mut jobs, mut stopped) = (Vec::new(), None);
            let mut next = Some(item);
            while let Some(item) = next {
                match item {
                    Item::Job(job) => jobs.push(job),
                    Item::Stop(reply) => {
                        stopped = Some(reply);
                        break;
                    }
                }
                next = if jobs.len() < self.batch { queue.try_recv().ok() } else { None };
            }
            if !jobs.is_empty() {
                self.work(jobs);
            }
            if let Some(stopped) = stopped {
                // Whoever stops it may have stopped waiting.
                let _ = stopped.send(());
                return;
            }
        }
    }

    /// Does a batch. A defect in it must not take the writer along.
    fn work(&self, jobs: Vec<Job>) {
        metrics::histogram!("artipul_desk_batch_size").record(jobs.len() as f64);
        if catch_unwind(AssertUnwindSafe(|| self.handle(jobs))).is_err() {
            tracing::error!("a batch panicked; its commands were not done");
        }
    }

    /// Does a batch; if it fails as a whole, each half by itself, so that one defect does not
    /// take its neighbours along.
    fn handle(&self, mut jobs: Vec<Job>) {
        match self.commit(&mut jobs) {
            Ok(()) => {}
            Err(Failure::Refused(error)) if jobs.len() == 1 || error.is_passing() => {
                tracing::warn!(%error, commands = jobs.len(), "a batch failed");
                for job in jobs {
                    // Who no longer waits needs no answer.
                    let _ = job.reply.send(Err(refusal(&error)));
                }
            }
            Err(Failure::Refused(error)) => {
                tracing::warn!(%error, commands = jobs.len(), "a batch is split");
                let second = jobs.split_off(jobs.len() / 2);
                self.handle(jobs);
                self.handle(second);
            }
            Err(Failure::Unknown(error)) => {
                tracing::error!(%error, commands = jobs.len(), "the outcome of a commit is unknown");
                for job in jobs {
                    let _ = job.reply.send(Err(DeskError::Unknown(error.to_string())));
                }
            }
        }
    }

    /// Tells what was committed: to those who wait for it first, then to everybody. Over `conn`,
    /// the connection on which it was, with its epoch, what users are told gets its ids, if one of
    /// them may hear it; without it, the users find it in the database.
    fn tell(&self, jobs: &mut Vec<Job>, done: Done, conn: Option<(&mut Conn, u64)>) {
        let Done { answers, mut news, notices, ends, lesson, .. } = done;
        (self.outlet.remember)(&news);
        if let Some((_, epoch)) = conn {
            self.memory.learn(lesson, epoch);
        }
        for (job, answer) in jobs.drain(..).zip(answers) {
            let _ = job.reply.send(answer);
        }
        for (auction, ends_at) in ends {
            match ends_at {
                Some(ends_at) => self.clock.set(auction, ends_at),
                None => self.clock.forget(auction),
            }
        }
        let conn = conn.filter(|_| (self.outlet.audience)(&notices));
        match conn.map(|(conn, _)| notices.news(conn)) {
            Some(Ok(notices)) => news.extend(notices),
            Some(Err(error)) => tracing::debug!(%error, "notices without ids are not told"),
            None => {}
        }
        self.outlet.publish(news);
    }

    /// Runs the jobs in one transaction, and tells what came of it, after which none is left.
    fn commit(&self, jobs: &mut Vec<Job>) -> Result<(), Failure> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let mut prepared = None;
            let mut basis = if attempt == 1 { Basis::Memory } else { Basis::Locks };
            let outcome = self.db.write_here(|conn| {
                let epoch = self.db.epoch();
                self.memory.begin(epoch);
                conn.transaction(|conn| {
                    let done = batch::run(conn, &self.houses, &self.memory, jobs, &mut basis)?;
                    prepared = Some(done);
                    DbResult::Ok(())
                })?;
                metrics::histogram!("artipul_desk_commit_seconds").record(started.elapsed());
                let done = prepared.take().expect("the transaction has run");
                self.tell(jobs, done, Some((conn, epoch)));
                Ok(())
            });
            let presumes = prepared.as_ref().is_none_or(Done::presumes);
            let error = match (outcome, prepared) {
                (Ok(()), _) => return Ok(()),
                (Err(DbError::Away(error)), Some(done)) => match self.was_committed(jobs, &done) {
                    Some(true) => {
                        self.tell(jobs, done, None);
                        return Ok(());
                    }
                    Some(false) => DbError::Away(error),
                    None => return Err(Failure::Unknown(DbError::Away(error))),
                },
                (Err(error), _) => error,
            };
            if basis < Basis::Locks && !matches!(error, DbError::Away(_)) {
                let concerned = jobs.iter().map(|job| job.auction);
                // A key that was answered before, or a race, says nothing about what is remembered.
                let is_of_the_batch = matches!(error, DbError::Duplicate(_) | DbError::Conflict(_));
                if basis == Basis::Memory && !is_of_the_batch {
                    tracing::debug!(%error, presumes, "what was remembered was wrong");
                    match presumes && !error.is_null_in(auctions::GUARD) {
                        true => self.memory.doubt(concerned),
                        false => self.memory.was_wrong(concerned),
                    }
                }
                continue;
            }
            // Somebody else may have stored an answer under the same key at the same time.
            let is_passing = error.is_passing() || matches!(error, DbError::Duplicate(_));
            if !is_passing || attempt >= ATTEMPTS {
                return Err(Failure::Refused(error));
            }
            metrics::counter!("artipul_desk_retries_total").increment(1);
            std::thread::sleep(pause.mul_f64(rand::random_range(0.5..1.5)));
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    /// Whether a commit whose answer was lost took place. Running it again without knowing would
    /// do it twice.
    fn was_committed(&self, jobs: &[Job], done: &Done) -> Option<bool> {
        let Some(trace) = &done.trace else { return Some(false) };
        let ids: BTreeSet<_> = jobs.iter().map(|job| job.auction).collect();
        // What was decided from memory held no locks before it was sent, and may only begin now.
        let last_begin = match done.lesson.basis {
            Basis::Auctions | Basis::Locks => Timestamp::default(),
            Basis::Memory => done.lesson.now + auctions::WITHIN + MARGIN,
        };
        let inquire = |conn: &mut Conn| {
            let cannot_begin = conn.now()? > last_begin;
            // The commit may still be under way; it holds these locks until it is done.
            auctions::lock(conn, ids.iter().copied().collect())?;
            Ok((trace.is_there(conn)?, cannot_begin))
        };
        let until = Instant::now() + INQUIRY;
        while Instant::now() < until {
            match self.db.write_here(|conn| conn.transaction(inquire)) {
                Ok((true, _)) => return Some(true),
                Ok((false, true)) => return Some(false),
                Ok((false, false)) => {}
                Err(error) => tracing::debug!(%error, "the inquiry failed"),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        None
    }
}

enum Failure {
    /// Nothing was done.
    Refused(DbError),
    /// It may have been done.
    Unknown(DbError),
}

fn refusal(error: &DbError) -> DeskError {
    if error.is_passing() {
        DeskError::Busy(error.to_string())
    } else {
        DeskError::Defect(error.to_string())
    }
}
