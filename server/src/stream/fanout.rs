//! The fan-out: a thread of its own that takes frames to their subscribers, one after the other, in
//! the order in which they were handed over. When it cannot keep up, auctions are skipped forward
//! to their newest states.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::AuctionId;

use super::{mailbox::Mailbox, members::Members, sse::Frame};

/// A state that has waited longer gives way to newer ones.
const LATE: Duration = Duration::from_millis(40);
/// States of an auction that may wait however late they are: the news of one bid are up to two.
const PATIENCE: usize = 2;

/// What is to be taken to subscribers.
pub(super) enum Job {
    /// A notice, to whom it is for.
    Notice(Arc<Frame>, Members),
    /// A heartbeat, to those to whom nothing else is under way.
    Beat(Arc<Frame>, Members),
    /// The end.
    End(Vec<Members>),
    /// Lets go of this when everything before it is done.
    #[cfg(test)]
    Settle(std::sync::mpsc::Sender<()>),
}

/// A state of an auction that waits.
struct State {
    frame: Arc<Frame>,
    /// The auction's own followers.
    members: Members,
    /// The followers of its genre.
    others: Members,
    since: Instant,
}

/// The door to the thread. It ends when the door is dropped.
pub(super) struct Fanout {
    shared: Arc<Shared>,
}

/// What the thread and those who give it work share.
#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    is_changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    turns: VecDeque<Turn>,
    states: HashMap<AuctionId, VecDeque<State>>,
    is_closed: bool,
}

enum Turn {
    /// A state of this auction, unless it was skipped.
    State(AuctionId),
    Job(Job),
}

enum Work {
    State(AuctionId, State),
    Job(Job),
}

impl Fanout {
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("fan-out".to_owned())
            .spawn(move || worker.run())
            .expect("a thread can be started");
        Self { shared }
    }

    /// Hands a state of an auction over.
    pub(super) fn state(
        &self,
        auction: AuctionId,
        frame: Arc<Frame>,
        members: Members,
        others: Members,
    ) {
        let state = State { frame, members, others, since: Instant::now() };
        let mut waiting = self.shared.waiting();
        waiting.states.entry(auction).or_default().push_back(state);
        waiting.turns.push_back(Turn::State(auction));
        drop(waiting);
        self.shared.is_changed.notify_one();
    }

    /// Hands another job over.
    pub(super) fn job(&self, job: Job) {
        self.shared.waiting().turns.push_back(Turn::Job(job));
        self.shared.is_changed.notify_one();
    }

    /// Waits until everything was taken to its subscribers.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        let (done, is_done) = std::sync::mpsc::channel();
        self.job(Job::Settle(done));
        let _ = is_done.recv();
    }
}

impl Drop for Fanout {
    fn drop(&mut self) {
        self.shared.waiting().is_closed = true;
        self.shared.is_changed.notify_one();
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(work) = self.take() {
            // Nobody would hear of anything any more if it ended here.
            if catch_unwind(AssertUnwindSafe(|| work.run())).is_err() {
                tracing::error!("news were not told to everybody");
            }
        }
    }

    fn take(&self) -> Option<Work> {
        let mut waiting = self.waiting();
        loop {
            if let Some(work) = waiting.take() {
                return Some(work);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.is_changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Work> {
        loop {
            match self.turns.pop_front()? {
                Turn::Job(job) => return Some(Work::Job(job)),
                Turn::State(auction) => {
                    if let Some(state) = self.next_state(auction) {
                        return Some(Work::State(auction, state));
                    }
                }
            }
        }
    }

    fn next_state(&mut self, auction: AuctionId) -> Option<State> {
        let states = self.states.get_mut(&auction)?;
        skip_forward(states);
        let state = states.pop_front();
        if states.is_empty() {
            self.states.remove(&auction);
        }
        state
    }
}

/// Leaves the newest state only, and an auction's last one, if the oldest is late.
fn skip_forward(states: &mut VecDeque<State>) {
    let is_late = states.front().is_some_and(|oldest| oldest.since.elapsed() > LATE);
    if is_late && states.len() > PATIENCE {
        let newest = states.len() - 1;
        let mut place = 0;
        states.retain(|state| {
            place += 1;
            state.frame.is_last || place > newest
        });
    }
}

impl Work {
    fn run(self) {
        match self {
            Self::State(auction, State { frame, members, others, .. }) => {
                members.each(|member| member.push(&frame));
                others.each(|other| {
                    if !other.follows(auction) {
                        other.push(&frame);
                    }
                });
            }
            Self::Job(Job::Notice(frame, members)) => {
                members.each(|member| member.push(&frame));
            }
            Self::Job(Job::Beat(frame, members)) => {
                members.each(|member| member.push_if_idle(&frame));
            }
            Self::Job(Job::End(groups)) => {
                groups.iter().for_each(|members| members.each(Mailbox::end));
            }
            #[cfg(test)]
            Self::Job(Job::Settle(done)) => drop(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{hub::tests::AUCTION, hub::tests::snapshot, sse::Subject};
    use artipul_common::events::AuctionEventKind;

    /// What is left of states with these kinds, the first of which has waited for so long.
    fn left(waited: Duration, kinds: &[AuctionEventKind]) -> Vec<u64> {
        let since = Instant::now().checked_sub(waited).unwrap();
        let states = kinds.iter().zip(1..).map(|(kind, seq)| State {
            frame: Frame::auction(*kind, &snapshot(AUCTION, seq)),
            members: Members::default(),
            others: Members::default(),
            since,
        });
        let mut states: VecDeque<State> = states.collect();
        skip_forward(&mut states);
        let seq = |state: &State| match state.frame.subject {
            Subject::Auction(_, seq) => seq,
            _ => 0,
        };
        states.iter().map(seq).collect()
    }

    #[test]
    fn late_states_give_way_to_the_newest() {
        assert_eq!(left(LATE * 2, &[AuctionEventKind::TopBid; 5]), [5]);
    }

    #[test]
    fn what_is_not_late_is_not_skipped_however_much_it_is() {
        assert_eq!(left(Duration::ZERO, &[AuctionEventKind::TopBid; 5]), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn the_news_of_one_bid_are_never_skipped() {
        let kinds = [AuctionEventKind::TopBid, AuctionEventKind::Extended];
        assert_eq!(left(LATE * 2, &kinds), [1, 2]);
    }

    #[test]
    fn the_end_of_an_auction_is_never_skipped() {
        use AuctionEventKind::{Closed, Resync, TopBid};
        assert_eq!(left(LATE * 2, &[TopBid, TopBid, Closed, Resync]), [3, 4]);
    }
}
