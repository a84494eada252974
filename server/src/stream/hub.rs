//! The hub: knows who listens to what, and the newest state that it was told of each auction.
//!
//! It never passes an older state on than one that it has passed on, and leaves the taking to the
//! fan-out: whoever has news waits for no subscriber.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::{AuctionId, NotificationId, UserId, events::AuctionEventKind};

use super::{
    fanout::{Fanout, Job},
    mailbox::Mailbox,
    members::Members,
    sse::{Frame, Subject},
};
pub use super::{mailbox::Interest, subscription::Subscription};
use crate::live::{News, Snapshot};

/// Frames of an auction that are kept for those who come back.
const RECENT: usize = 64;
/// Nobody who has followed an auction comes back later for what he has missed; he begins anew.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(120);
/// Auctions whose newest state is remembered without anybody following them.
const REMEMBERED: usize = 20_000;
/// Notices that are remembered so that the same one is not told twice.
const REMEMBERED_NOTICES: usize = 8_192;
/// A connection hears something at least this often.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Heartbeats are spread over so many groups, one after the other.
const GROUPS: usize = 15;

/// Fans news out. Clones are the same hub.
#[derive(Clone)]
pub struct Hub {
    state: Arc<Mutex<State>>,
    fanout: Arc<Fanout>,
}

#[derive(Default)]
struct State {
    topics: HashMap<AuctionId, Topic>,
    genres: HashMap<i32, Members>,
    users: HashMap<UserId, Members>,
    /// Everybody, by turns of the heartbeat.
    groups: [Members; GROUPS],
    told: Told,
    subscribers: usize,
    /// Set while news of other instances may be missing.
    is_deaf: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Topic {
    /// The newest state that is known; its frame may still be on its way to the members.
    latest: Option<Arc<Snapshot>>,
    /// Whether nothing newer can have been missed.
    is_current: bool,
    /// The sequence number of the last frame that the members got.
    told: u64,
    /// Whether nothing can have been missed between that and the next one.
    is_unbroken: bool,
    /// The last frames, while somebody follows the auction, or may come back to it.
    recent: VecDeque<Arc<Frame>>,
    /// They are all that there was after this sequence number.
    recent_since: u64,
    members: Members,
    /// When somebody has gone last.
    left: Option<Instant>,
    touched: Option<Instant>,
}

impl Topic {
    /// Whether somebody follows it, or may come back to it.
    fn is_awaited(&self) -> bool {
        let comes_back = |left: Instant| left.elapsed() < COMES_BACK_WITHIN;
        !self.members.is_empty() || self.left.is_some_and(comes_back)
    }

    /// Keeps a frame for those who come back; before it there was none after this sequence number
    /// but those that are kept.
    fn keep(&mut self, frame: Arc<Frame>, since: u64) {
        if self.recent.is_empty() {
            self.recent_since = since;
        }
        self.recent.push_back(frame);
        if self.recent.len() > RECENT
            && let Some(Subject::Auction(_, seq)) = self.recent.pop_front().map(|old| old.subject)
        {
            self.recent_since = seq;
        }
    }
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
    /// A hub without subscribers.
    pub fn start() -> Self {
        Self { state: Arc::default(), fanout: Arc::new(Fanout::start()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of news that will be delivered in a moment: whoever asks from now on gets these
    /// states, or none if a leader's name is missing, so that nobody who was answered sees an older
    /// one afterwards.
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
                    state.deliver_auction(*kind, snapshot, &self.fanout);
                }
                News::Notice { user, kind, notice } => {
                    if state.told.first_time(notice.notification_id)
                        && let Some(members) = state.users.get(user)
                    {
                        let frame = Frame::notice(*kind, notice);
                        self.fanout.job(Job::Notice(frame, members.clone()));
                    }
                }
            }
        }
    }

    /// Whether one of these users follows his notices here.
    pub fn has_any(&self, mut users: impl Iterator<Item = UserId>) -> bool {
        let state = self.state();
        users.any(|user| state.users.contains_key(&user))
    }

    /// What a question to the newest state that was heard of an auction gives; the truth may be
    /// newer. Everybody waits until it is answered.
    pub fn heard<T>(&self, auction: AuctionId, ask: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        self.state().topics.get(&auction)?.latest.as_deref().map(ask)
    }

    /// The state of an auction, if it is known for certain.
    pub fn current(&self, auction: AuctionId) -> Option<Snapshot> {
        let state = self.state();
        let topic = state.topics.get(&auction).filter(|topic| topic.is_current)?;
        topic.latest.as_deref().cloned()
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
                topic.latest = Some(Arc::new(snapshot.clone()));
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
        let is_covered = topic.recent_since <= after
            && topic.recent.back().is_some_and(|newest| seq(newest) == latest);
        (after < latest && is_covered)
            .then(|| topic.recent.iter().filter(|frame| seq(frame) > after).cloned().collect())
    }

    /// Subscribes. Events are collected from now on, and given out once [`Subscription::begin`]
    /// has said what comes before them.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        let mut state = self.state();
        state.subscribers += 1;
        let mailbox = Arc::new(Mailbox::new(state.subscribers, interest));
        if state.is_closed {
            mailbox.end();
        }
        state.join(&mailbox);
        Subscription::new(self.clone(), mailbox)
    }

    pub(super) fn unsubscribe(&self, mailbox: &Arc<Mailbox>) {
        self.state().leave(mailbox);
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
            // What was told until it was noticed may lack something as well.
            topic.is_unbroken = false;
            topic.recent = VecDeque::new();
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
        self.fanout.job(Job::End(state.groups.to_vec()));
    }

    /// Keeps idle connections alive until the hub is closed.
    pub async fn beat(self) {
        let frame = Frame::heartbeat();
        for group in (0..GROUPS).cycle() {
            tokio::time::sleep(HEARTBEAT / GROUPS as u32).await;
            let state = self.state();
            if state.is_closed {
                return;
            }
            self.fanout.job(Job::Beat(Arc::clone(&frame), state.groups[group].clone()));
        }
    }
}

#[cfg(test)]
impl Hub {
    /// Waits until everything was taken to its subscribers.
    pub(super) fn settle(&self) {
        self.fanout.settle();
    }
}

impl State {
    fn join(&mut self, mailbox: &Arc<Mailbox>) {
        for auction in &mailbox.interest.auctions {
            self.topics.entry(*auction).or_default().members.join(mailbox);
        }
        for genre in &mailbox.interest.genres {
            self.genres.entry(*genre).or_default().join(mailbox);
        }
        if let Some(user) = mailbox.interest.user {
            self.users.entry(user).or_default().join(mailbox);
        }
        self.groups[mailbox.number % GROUPS].join(mailbox);
    }

    fn leave(&mut self, mailbox: &Arc<Mailbox>) {
        for auction in &mailbox.interest.auctions {
            if let Some(topic) = self.topics.get_mut(auction) {
                topic.members.leave(mailbox);
                topic.left = Some(Instant::now());
                topic.touched = topic.left;
                // There is no such auction, or it could not be read.
                if topic.latest.is_none() && topic.members.is_empty() {
                    self.topics.remove(auction);
                }
            }
        }
        for genre in &mailbox.interest.genres {
            if let Some(members) = self.genres.get_mut(genre) {
                members.leave(mailbox);
            }
        }
        if let Some(user) = mailbox.interest.user
            && let Some(members) = self.users.get_mut(&user)
        {
            members.leave(mailbox);
            if members.is_empty() {
                self.users.remove(&user);
            }
        }
        self.groups[mailbox.number % GROUPS].leave(mailbox);
    }

    fn deliver_auction(
        &mut self,
        kind: AuctionEventKind,
        snapshot: &Arc<Snapshot>,
        fanout: &Fanout,
    ) {
        let others = self.genres.get(&snapshot.genre).cloned().unwrap_or_default();
        let is_deaf = self.is_deaf;
        let topic = self.remember(snapshot);
        let seq = snapshot.state.seq;
        if topic.told >= seq {
            return;
        }
        let is_awaited = topic.is_awaited();
        let since = if topic.is_unbroken { topic.told } else { seq };
        if !(topic.is_unbroken && is_awaited) {
            topic.recent = VecDeque::new();
        }
        (topic.told, topic.is_unbroken) = (seq, !is_deaf);
        if !is_awaited && others.is_empty() {
            return;
        }
        let frame = Frame::auction(kind, snapshot);
        if is_awaited {
            topic.keep(Arc::clone(&frame), since);
        }
        let members = topic.members.clone();
        if !(members.is_empty() && others.is_empty()) {
            // Under the hub's lock, so that an auction's states are handed over in their order.
            fanout.state(snapshot.state.auction_id, frame, members, others);
        }
    }

    fn remember(&mut self, snapshot: &Arc<Snapshot>) -> &mut Topic {
        let id = snapshot.state.auction_id;
        if self.topics.len() >= REMEMBERED && !self.topics.contains_key(&id) {
            self.forget_idle_topics();
        }
        // Until the leader's name is known, the price is all that this is good for.
        let is_current = !self.is_deaf && snapshot.nameless_leader().is_none();
        let topic = self.topics.entry(id).or_default();
        let is_newer = topic.latest.as_ref().is_none_or(|latest| {
            latest.state.seq < snapshot.state.seq
                || (latest.state.seq == snapshot.state.seq && latest.nameless_leader().is_some())
        });
        if is_newer {
            topic.latest = Some(Arc::clone(snapshot));
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

#[cfg(test)]
#[path = "hub_tests.rs"]
pub(super) mod tests;
