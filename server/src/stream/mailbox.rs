//! What waits for one subscriber, and the way to him. Whoever has news writes them to his socket
//! himself, unless something waits already; then the subscriber's own task writes as the socket
//! takes it, and of each auction only the newest states are kept.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Instant,
};

use artipul_common::{AuctionId, UserId};
use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;

use super::{
    sse::{Frame, Subject},
    wire::Wire,
};

/// Frames that wait for a subscriber before states are skipped.
pub(super) const BACKLOG: usize = 32;
/// Notices that wait for a subscriber before his stream is ended; he gets the rest when he comes
/// back.
pub(super) const NOTICE_BACKLOG: usize = 512;
/// Waiting frames are written together up to so many bytes.
const PIECE: usize = 16 * 1_024;
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

/// What waits for one subscriber. In memory the queue comes first, and within it what every frame
/// touches: with thousands of subscribers, fetching it is most of what a frame costs besides writing.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Mailbox {
    queue: Mutex<Queue>,
    pub(super) number: usize,
    pub(super) interest: Interest,
    pub(super) since: Instant,
    /// Wakes the task that takes what waits.
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
#[repr(C)]
struct Queue {
    /// Set once it is known what comes first.
    has_begun: bool,
    is_ended: bool,
    /// The subscriber's socket, if frames go there at once.
    wire: Option<Wire>,
    frames: VecDeque<Arc<Frame>>,
    /// How many frames may wait before states are skipped; grows with what cannot be skipped.
    skip_at: usize,
    /// The states with which the stream began, by auction; their own frames may still arrive.
    begun_with: Vec<(AuctionId, u64)>,
    notices: usize,
}

/// How far a stream has come.
enum Progress {
    /// Nothing waits.
    Idle,
    /// The socket takes no more for now.
    Blocked,
    /// It has ended, or the client is gone.
    Over,
}

impl Mailbox {
    pub(super) fn new(number: usize, interest: Interest) -> Self {
        Self {
            number,
            interest,
            since: Instant::now(),
            queue: Mutex::default(),
            waker: AtomicWaker::new(),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an auction of a genre reaches it by itself as well.
    pub(super) fn follows(&self, auction: AuctionId) -> bool {
        self.interest.auctions.contains(&auction)
    }

    /// Has the processor fetch what the next frame will touch, without waiting for it.
    pub(super) fn look_ahead(&self) {
        std::hint::black_box(self.queue.is_poisoned());
        std::hint::black_box(self.number);
    }

    /// Sends a frame as soon as the subscriber takes it.
    pub(super) fn push(&self, frame: &Arc<Frame>) {
        let mut queue = self.queue();
        if queue.is_ended || queue.knows(frame) {
            return;
        }
        let was_free = queue.is_free();
        if !(was_free && queue.send(frame)) {
            queue.keep(frame);
        }
        queue.is_ended |= frame.is_last && self.interest.ends_with_auction;
        // While something waits, the task waits for the socket.
        let has_work = queue.is_ended || queue.wire.is_none() || (was_free && !queue.is_free());
        drop(queue);
        if has_work {
            self.waker.wake();
        }
    }

    /// Sends a frame if nothing else is under way to the subscriber.
    pub(super) fn push_if_idle(&self, frame: &Arc<Frame>) {
        let queue = self.queue();
        let is_idle = queue.frames.is_empty() && queue.wire.as_ref().is_none_or(Wire::is_free);
        drop(queue);
        if is_idle {
            self.push(frame);
        }
    }

    /// Says what comes first, to a client who knows these states of auctions; what was collected
    /// meanwhile follows, without repeats.
    pub(super) fn begin(&self, first: Vec<Arc<Frame>>, known: &[(AuctionId, u64)]) {
        let is_last = |frame: &Arc<Frame>| frame.is_last;
        let is_over = self.interest.ends_with_auction && first.iter().any(is_last);
        let mut queue = self.queue();
        queue.begin(first, known);
        queue.is_ended |= is_over;
    }

    /// Ends the stream without a word.
    pub(super) fn close(&self) {
        self.queue().is_ended = true;
        self.waker.wake();
    }

    /// Ends the stream with a hint when to come back.
    pub(super) fn end(&self) {
        let mut queue = self.queue();
        if !queue.is_ended {
            let after = rand::random_range(0..COME_BACK_WITHIN_MS);
            queue.frames.push_back(Frame::come_back(after));
            queue.is_ended = true;
        }
        drop(queue);
        self.waker.wake();
    }

    /// Lets go of the subscriber; nothing is taken for him any more.
    pub(super) fn leave(&self) {
        let mut queue = self.queue();
        let wire = queue.wire.take();
        *queue = Queue { is_ended: true, ..Queue::default() };
        drop(queue);
        drop(wire);
    }

    /// The next frame for a task that writes by itself.
    pub(super) fn poll_frame(&self, context: &mut Context<'_>) -> Poll<Option<Arc<Frame>>> {
        self.waker.register(context.waker());
        let mut queue = self.queue();
        if !queue.has_begun && !queue.is_ended {
            return Poll::Pending;
        }
        match queue.next() {
            Some(frame) => Poll::Ready(Some(frame)),
            None if queue.is_ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Has frames written to a socket from now on; [`Mailbox::poll_over`] does what is left to do.
    pub(super) fn write_to(&self, wire: Wire) {
        self.queue().wire = Some(wire);
    }

    /// Writes what waits as the socket takes it, until the stream is over or the client is gone.
    pub(super) fn poll_over(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        let mut queue = self.queue();
        loop {
            match queue.flush() {
                Progress::Over => return Poll::Ready(()),
                Progress::Idle => return queue.poll_hung_up(context),
                Progress::Blocked if queue.poll_hung_up(context).is_ready() => {
                    return Poll::Ready(());
                }
                Progress::Blocked => {
                    if ready!(queue.poll_writable(context)).is_err() {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

impl Queue {
    /// Whether a frame may go to the socket at once.
    fn is_free(&self) -> bool {
        self.has_begun && self.frames.is_empty() && self.wire.as_ref().is_some_and(Wire::is_free)
    }

    /// Writes a frame; whether that was done, or will never be.
    fn send(&mut self, frame: &Frame) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        match wire.send(wire.bytes(frame)) {
            Ok(is_sent) => is_sent,
            Err(error) => self.lose(&error),
        }
    }

    /// Has a frame wait.
    fn keep(&mut self, frame: &Arc<Frame>) {
        self.frames.push_back(Arc::clone(frame));
        if matches!(frame.subject, Subject::Notice(_)) {
            self.notices += 1;
            self.is_ended |= self.notices > NOTICE_BACKLOG;
        }
        if self.frames.len() > self.skip_at.max(BACKLOG) {
            self.skip_forward();
        }
    }

    fn next(&mut self) -> Option<Arc<Frame>> {
        let frame = self.frames.pop_front()?;
        if matches!(frame.subject, Subject::Notice(_)) {
            self.notices = self.notices.saturating_sub(1);
        }
        Some(frame)
    }

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
        let Ok(place) = self.begun_with.binary_search_by_key(&id, |(id, _)| *id) else {
            return false;
        };
        if seq <= self.begun_with[place].1 {
            return true;
        }
        self.begun_with.remove(place);
        if self.begun_with.is_empty() {
            self.begun_with = Vec::new();
        }
        false
    }

    fn begin(&mut self, first: Vec<Arc<Frame>>, known: &[(AuctionId, u64)]) {
        let mut begun_with: HashMap<AuctionId, u64> = known.iter().copied().collect();
        let mut told = HashSet::new();
        for frame in &first {
            match frame.subject {
                Subject::Auction(id, seq) => {
                    let newest = begun_with.entry(id).or_default();
                    *newest = seq.max(*newest);
                }
                Subject::Notice(id) => {
                    told.insert(id);
                }
                Subject::Connection => {}
            }
        }
        self.frames.retain(|frame| match frame.subject {
            Subject::Auction(id, seq) => begun_with.get(&id).is_none_or(|known| seq > *known),
            Subject::Notice(id) => !told.contains(&id),
            Subject::Connection => true,
        });
        for frame in first.into_iter().rev() {
            self.frames.push_front(frame);
        }
        self.begun_with = begun_with.into_iter().collect();
        self.begun_with.sort_unstable();
        self.has_begun = true;
    }

    /// Writes what waits, as far as the socket takes it.
    fn flush(&mut self) -> Progress {
        loop {
            let Some(wire) = &mut self.wire else { return Progress::Over };
            match wire.go_on() {
                Ok(true) => {}
                Ok(false) => return Progress::Blocked,
                Err(error) => {
                    self.lose(&error);
                    return Progress::Over;
                }
            }
            if let Some(piece) = self.piece() {
                self.put(piece);
            } else if !self.is_ended {
                self.frames = VecDeque::new();
                return Progress::Idle;
            } else if self.wire.as_mut().is_none_or(Wire::finish) {
                return Progress::Over;
            }
        }
    }

    /// The next frames' bytes.
    fn piece(&mut self) -> Option<Bytes> {
        let first = self.next_bytes()?;
        if self.frames.is_empty() {
            return Some(first);
        }
        let mut piece = BytesMut::from(first);
        while piece.len() < PIECE
            && let Some(more) = self.next_bytes()
        {
            piece.extend_from_slice(&more);
        }
        Some(piece.freeze())
    }

    fn next_bytes(&mut self) -> Option<Bytes> {
        let frame = self.next()?;
        self.wire.as_ref().map(|wire| wire.bytes(&frame).clone())
    }

    fn put(&mut self, bytes: Bytes) {
        if let Some(wire) = &mut self.wire {
            wire.put(bytes);
        }
    }

    /// The client is gone: whatever there is for him counts as sent.
    fn lose(&mut self, error: &io::Error) -> bool {
        tracing::debug!(%error, "a stream's client is gone");
        self.wire = None;
        self.frames = VecDeque::new();
        self.is_ended = true;
        true
    }

    fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<()> {
        self.wire.as_ref().map_or(Poll::Ready(()), |wire| wire.poll_hung_up(context))
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.as_ref().map_or(Poll::Ready(Ok(())), |wire| wire.poll_writable(context))
    }
}
