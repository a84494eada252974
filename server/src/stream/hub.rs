//! The hub: fans news out to the subscribers of this process.
//!
//! Of each auction it knows the newest state that it was told, and never passes an older one on.
//! A subscriber that cannot keep up is skipped forward to the newest states; it never makes the
//! others wait.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use artipul_common::{AuctionId, NotificationId, Timestamp, UserId};
use bytes::Bytes;
use futures_util::{Stream, task::AtomicWaker};
use tokio::task::AbortHandle;

use super::sse::{Frame, Subject};
use crate::live::{News, Snapshot};

/// Frames of an auction that are kept for those who come back.
const RECENT: usize = 64;
/// Frames that wait for a subscriber before states are skipped.
const BACKLOG: usize = 32;
/// Notices that wait for a subscriber before his stream is ended; he gets the rest when he comes
/// back.
const NOTICE_BACKLOG: usize = 512;
/// Auctions whose newest state is remembered without anybody following them.
const REMEMBERED: usize = 20_000;
/// Notices that are remembered so that the same one is not told twice.
const REMEMBERED_NOTICES: usize = 8_192;
/// A connection hears something at least this often.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Heartbeats are spread over so many groups, one after the other.
const HEARTBEAT_GROUPS: u32 = 15;
/// On shutdown clients are asked to come back at random within this time.
const COME_BACK_WITHIN_MS: u64 = 3_000;

/// What a subscriber follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    /// Single auctions.
    pub auctions: Vec<AuctionId>,
    /// All auctions of genres.
    pub genres: Vec<i32>,
    /// The notices to a user.
    pub user: Option<UserId>,
    /// Whether the stream is over when its auction is.
    pub ends_with_auction: bool,
}

/// Fans news out. Clones are the same hub.
#[derive(Clone, Default)]
pub struct Hub {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    topics: HashMap<AuctionId, Topic>,
    genres: HashMap<i32, Members>,
    users: HashMap<UserId, Members>,
    told: Told,
    subscribers: u64,
    /// Set while news of other instances may be missing.
    is_deaf: bool,
    is_closed: bool,
}

type Members = Vec<Arc<Mailbox>>;

#[derive(Default)]
struct Topic {
    /// The newest state that is known; its frame may still be on its way to the members.
    latest: Option<Snapshot>,
    /// Whether nothing newer can have been missed.
    is_current: bool,
    /// The sequence number of the last frame that the members got.
    told: u64,
    recent: VecDeque<Arc<Frame>>,
    members: Members,
    touched: Option<Instant>,
}

/// The notices that were told last.
#[derive(Default)]
struct Told {
    ids: HashSet<NotificationId>,
    order: VecDeque<NotificationId>,
}

impl Told {
    /// Whether it is told for the first time.
    fn first_time(&mut self, id: NotificationId) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED_NOTICES
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of news that will be delivered in a moment: whoever asks from now on gets these
    /// states, so that nobody who was answered sees an older one afterwards.
    pub fn remember(&self, news: &[News]) {
        let mut state = self.state();
        for news in news {
            if let News::Auction { snapshot, .. } = news {
                state.remember(snapshot);
            }
        }
    }

    /// Tells the subscribers. What is older than what they know already is left out.
    pub fn deliver(&self, news: &[News]) {
        let mut state = self.state();
        for news in news {
            match news {
                News::Auction { kind, snapshot } => {
                    state.deliver_auction(Frame::auction(*kind, snapshot), snapshot);
                }
                News::Notice { user, kind, notice } => {
                    if state.told.first_time(notice.notification_id)
                        && let Some(members) = state.users.get(user)
                    {
                        let frame = Frame::notice(*kind, notice);
                        members.iter().for_each(|member| member.push(&frame));
                    }
                }
            }
        }
    }

    /// The newest state that was heard of an auction; the truth may be newer.
    pub fn heard(&self, auction: AuctionId) -> Option<Snapshot> {
        self.state().topics.get(&auction)?.latest.clone()
    }

    /// The state of an auction, if it is known for certain.
    pub fn current(&self, auction: AuctionId) -> Option<Snapshot> {
        self.state().topics.get(&auction).filter(|topic| topic.is_current)?.latest.clone()
    }

    /// Remembers states that were read from the database after [`Hub::subscribe`], so that nothing
    /// can have been missed since.
    pub fn learn(&self, snapshots: &[Snapshot]) {
        let mut state = self.state();
        let is_current = !state.is_deaf;
        for snapshot in snapshots {
            let topic = state.topics.entry(snapshot.state.auction_id).or_default();
            let is_newest =
                topic.latest.as_ref().is_none_or(|latest| latest.state.seq <= snapshot.state.seq);
            if is_newest {
                topic.latest = Some(snapshot.clone());
                // Somebody has to be subscribed for news to be expected.
                topic.is_current = is_current;
            }
        }
    }

    /// The frames of an auction after a sequence number, if none of them is missing.
    pub fn missed(&self, auction: AuctionId, after: u64) -> Option<Vec<Arc<Frame>>> {
        let state = self.state();
        let topic = state.topics.get(&auction).filter(|topic| topic.is_current)?;
        let latest = topic.latest.as_ref()?.state.seq;
        let seq = |frame: &Arc<Frame>| match frame.subject {
            Subject::Auction(_, seq) => seq,
            _ => 0,
        };
        if after == latest {
            return Some(Vec::new());
        }
        let is_covered = topic.recent.front().is_some_and(|oldest| seq(oldest) <= after)
            && topic.recent.back().is_some_and(|newest| seq(newest) == latest);
        (after < latest && is_covered)
            .then(|| topic.recent.iter().filter(|frame| seq(frame) > after).cloned().collect())
    }

    /// Subscribes. Events are collected from now on, and given out once [`Subscription::begin`]
    /// has said what comes before them.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        let mut state = self.state();
        state.subscribers += 1;
        let mailbox = Arc::new(Mailbox::new(state.subscribers, &interest));
        if state.is_closed {
            mailbox.end();
        }
        for auction in &interest.auctions {
            state.topics.entry(*auction).or_default().members.push(Arc::clone(&mailbox));
        }
        for genre in &interest.genres {
            state.genres.entry(*genre).or_default().push(Arc::clone(&mailbox));
        }
        if let Some(user) = interest.user {
            state.users.entry(user).or_default().push(Arc::clone(&mailbox));
        }
        metrics::gauge!("artipul_streams").increment(1.0);
        Subscription { hub: self.clone(), mailbox, interest, limit: None }
    }

    /// Who is subscribed to notices, and for how long.
    pub fn users(&self) -> HashMap<UserId, Duration> {
        let state = self.state();
        let age = |members: &Members| members.iter().map(|member| member.since.elapsed()).max();
        state
            .users
            .iter()
            .map(|(user, members)| (*user, age(members).unwrap_or_default()))
            .collect()
    }

    /// News may be missing from now on.
    pub fn lose_hearing(&self) {
        let mut state = self.state();
        state.is_deaf = true;
        for topic in state.topics.values_mut() {
            topic.is_current = false;
        }
    }

    /// News arrive again; what was missed was delivered.
    pub fn regain_hearing(&self) {
        self.state().is_deaf = false;
    }

    /// Ends every stream, and every new one, with a hint when to come back.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        for mailbox in state.everybody() {
            mailbox.end();
        }
    }

    /// Keeps idle connections alive until the hub is closed.
    pub async fn beat(self) {
        let mut group = 0;
        let frame = Frame::heartbeat();
        loop {
            tokio::time::sleep(HEARTBEAT / HEARTBEAT_GROUPS).await;
            group = (group + 1) % u64::from(HEARTBEAT_GROUPS);
            let state = self.state();
            if state.is_closed {
                return;
            }
            let turn =
                |mailbox: &&Arc<Mailbox>| mailbox.number % u64::from(HEARTBEAT_GROUPS) == group;
            let mut beaten = HashSet::new();
            for mailbox in state.everybody().filter(turn) {
                if beaten.insert(mailbox.number) {
                    mailbox.push_if_idle(&frame);
                }
            }
        }
    }
}

impl State {
    fn everybody(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        let topics = self.topics.values().flat_map(|topic| &topic.members);
        topics.chain(self.genres.values().flatten()).chain(self.users.values().flatten())
    }

    fn deliver_auction(&mut self, frame: Arc<Frame>, snapshot: &Snapshot) {
        let topic = self.remember(snapshot);
        if topic.told >= snapshot.state.seq {
            return;
        }
        topic.told = snapshot.state.seq;
        topic.recent.push_back(Arc::clone(&frame));
        if topic.recent.len() > RECENT {
            topic.recent.pop_front();
        }
        topic.members.iter().for_each(|member| member.push(&frame));
        let topic = self.topics.get(&snapshot.state.auction_id);
        if let (Some(topic), Some(members)) = (topic, self.genres.get(&snapshot.genre)) {
            let is_told = |member: &Arc<Mailbox>| {
                member.follows_both && topic.members.iter().any(|told| Arc::ptr_eq(told, member))
            };
            let others = members.iter().filter(|member| !is_told(member));
            others.for_each(|member| member.push(&frame));
        }
    }

    fn remember(&mut self, snapshot: &Snapshot) -> &mut Topic {
        let id = snapshot.state.auction_id;
        if self.topics.len() >= REMEMBERED && !self.topics.contains_key(&id) {
            self.forget_idle_topics();
        }
        let is_current = !self.is_deaf;
        let topic = self.topics.entry(id).or_default();
        let is_newer =
            topic.latest.as_ref().is_none_or(|latest| latest.state.seq < snapshot.state.seq);
        if is_newer {
            topic.latest = Some(snapshot.clone());
            topic.is_current = is_current;
            topic.touched = Some(Instant::now());
        }
        topic
    }

    /// Forgets the older half of the auctions that nobody follows.
    fn forget_idle_topics(&mut self) {
        let idle = |topic: &Topic| topic.members.is_empty();
        let mut touched: Vec<Option<Instant>> =
            self.topics.values().filter(|topic| idle(topic)).map(|topic| topic.touched).collect();
        if touched.is_empty() {
            return;
        }
        let middle = touched.len() / 2;
        let (_, median, _) = touched.select_nth_unstable(middle);
        let median = *median;
        self.topics.retain(|_, topic| !idle(topic) || topic.touched > median);
    }
}

/// What waits for one subscriber.
#[derive(Debug)]
struct Mailbox {
    number: u64,
    ends_with_auction: bool,
    /// Whether an auction can reach it twice: by itself, and in its genre.
    follows_both: bool,
    since: Instant,
    queue: Mutex<Queue>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Arc<Frame>>,
    notices: usize,
    /// How many frames may wait before states are skipped; grows with what cannot be skipped.
    skip_at: usize,
    /// The states with which the stream began; their own frames may still arrive.
    begun_with: HashMap<AuctionId, u64>,
    /// Set once it is known what comes first.
    has_begun: bool,
    is_ended: bool,
}

impl Mailbox {
    fn new(number: u64, interest: &Interest) -> Self {
        Self {
            number,
            ends_with_auction: interest.ends_with_auction,
            follows_both: !interest.auctions.is_empty() && !interest.genres.is_empty(),
            since: Instant::now(),
            queue: Mutex::default(),
            waker: AtomicWaker::new(),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, frame: &Arc<Frame>) {
        let mut queue = self.queue();
        if queue.is_ended || queue.knows(frame) {
            return;
        }
        queue.frames.push_back(Arc::clone(frame));
        if matches!(frame.subject, Subject::Notice(_)) {
            queue.notices += 1;
            queue.is_ended |= queue.notices > NOTICE_BACKLOG;
        }
        if queue.frames.len() > queue.skip_at.max(BACKLOG) {
            queue.skip_forward();
        }
        queue.is_ended |= frame.is_last && self.ends_with_auction;
        drop(queue);
        self.waker.wake();
    }

    fn push_if_idle(&self, frame: &Arc<Frame>) {
        let mut queue = self.queue();
        if queue.frames.is_empty() && !queue.is_ended {
            queue.frames.push_back(Arc::clone(frame));
            drop(queue);
            self.waker.wake();
        }
    }

    /// Ends the stream without a word.
    fn close(&self) {
        self.queue().is_ended = true;
        self.waker.wake();
    }

    fn end(&self) {
        let mut queue = self.queue();
        if !queue.is_ended {
            let after = rand::random_range(0..COME_BACK_WITHIN_MS);
            queue.frames.push_back(Frame::come_back(after));
            queue.is_ended = true;
        }
        drop(queue);
        self.waker.wake();
    }
}

impl Queue {
    /// Of each auction only the newest state is left.
    fn skip_forward(&mut self) {
        let mut newest: HashMap<AuctionId, u64> = HashMap::new();
        for frame in &self.frames {
            if let Subject::Auction(id, seq) = frame.subject {
                newest.insert(id, seq);
            }
        }
        self.frames.retain(|frame| match frame.subject {
            Subject::Auction(id, seq) => newest[&id] == seq,
            Subject::Notice(_) | Subject::Connection => true,
        });
        self.skip_at = self.frames.len() * 2;
    }

    /// Whether the stream began with the state of this frame, or a newer one.
    fn knows(&mut self, frame: &Frame) -> bool {
        let Subject::Auction(id, seq) = frame.subject else { return false };
        match self.begun_with.get(&id) {
            Some(begun_with) if seq <= *begun_with => true,
            Some(_) => {
                self.begun_with.remove(&id);
                false
            }
            None => false,
        }
    }

    fn begin(&mut self, first: Vec<Arc<Frame>>) {
        let mut told = HashSet::new();
        for frame in &first {
            match frame.subject {
                Subject::Auction(id, seq) => {
                    let newest = self.begun_with.entry(id).or_default();
                    *newest = seq.max(*newest);
                }
                Subject::Notice(id) => {
                    told.insert(id);
                }
                Subject::Connection => {}
            }
        }
        let begun_with = &self.begun_with;
        self.frames.retain(|frame| match frame.subject {
            Subject::Auction(id, seq) => begun_with.get(&id).is_none_or(|known| seq > *known),
            Subject::Notice(id) => !told.contains(&id),
            Subject::Connection => true,
        });
        for frame in first.into_iter().rev() {
            self.frames.push_front(frame);
        }
        self.has_begun = true;
    }
}

/// A running subscription: the body of a stream. Dropping it ends it.
pub struct Subscription {
    hub: Hub,
    mailbox: Arc<Mailbox>,
    interest: Interest,
    /// What ends it from outside.
    limit: Option<AbortHandle>,
}

impl Subscription {
    /// Ends the stream once `over` is ready.
    #[must_use]
    pub fn until(mut self, over: impl Future<Output = ()> + Send + 'static) -> Self {
        let mailbox = Arc::clone(&self.mailbox);
        let ending = tokio::spawn(async move {
            over.await;
            mailbox.close();
        });
        self.limit = Some(ending.abort_handle());
        self
    }

    /// Says what comes first; what was collected meanwhile follows, without repeats.
    #[must_use]
    pub fn begin(self, first: Vec<Arc<Frame>>) -> Self {
        let is_over = self.mailbox.ends_with_auction && first.iter().any(|frame| frame.is_last);
        let mut queue = self.mailbox.queue();
        queue.begin(first);
        queue.is_ended |= is_over;
        drop(queue);
        self
    }

    /// The states of single auctions that the hub knows for certain at `now`, and the ids of those
    /// that it does not. A state with a sequence number below `least`, of which the client has
    /// heard elsewhere, is not certain.
    pub fn known_states(&self, now: Timestamp, least: u64) -> (Vec<Snapshot>, Vec<AuctionId>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for auction in &self.interest.auctions {
            match self.hub.current(*auction).filter(|snapshot| snapshot.state.seq >= least) {
                Some(snapshot) => known.push(snapshot.at(now)),
                None => unknown.push(*auction),
            }
        }
        (known, unknown)
    }
}

impl Stream for Subscription {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.mailbox.waker.register(context.waker());
        let mut queue = self.mailbox.queue();
        if !queue.has_begun && !queue.is_ended {
            return Poll::Pending;
        }
        match queue.frames.pop_front() {
            Some(frame) => {
                if matches!(frame.subject, Subject::Notice(_)) {
                    queue.notices = queue.notices.saturating_sub(1);
                }
                Poll::Ready(Some(Ok(frame.bytes.clone())))
            }
            None if queue.is_ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        metrics::gauge!("artipul_streams").decrement(1.0);
        if let Some(limit) = &self.limit {
            limit.abort();
        }
        let mut state = self.hub.state();
        let leave = |members: &mut Members| {
            if let Some(place) =
                members.iter().position(|member| Arc::ptr_eq(member, &self.mailbox))
            {
                members.swap_remove(place);
            }
        };
        for auction in &self.interest.auctions {
            if let Some(topic) = state.topics.get_mut(auction) {
                leave(&mut topic.members);
                topic.touched = Some(Instant::now());
                // There is no such auction, or it could not be read.
                if topic.latest.is_none() && topic.members.is_empty() {
                    state.topics.remove(auction);
                }
            }
        }
        for genre in &self.interest.genres {
            if let Some(members) = state.genres.get_mut(genre) {
                leave(members);
            }
        }
        if let Some(user) = self.interest.user
            && let Some(members) = state.users.get_mut(&user)
        {
            leave(members);
            if members.is_empty() {
                state.users.remove(&user);
            }
        }
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
