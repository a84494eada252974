//! A running subscription, as the body of a stream or straight to a socket. Dropping it ends it.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use artipul_common::{AuctionId, Timestamp};
use bytes::Bytes;
use futures_util::Stream;
use tokio::{net::TcpStream, task::AbortHandle};

pub use super::wire::Framing;
use super::{hub::Hub, mailbox::Mailbox, places::Place, sse::Frame, wire::Wire};
use crate::live::Snapshot;

/// A running subscription: the body of a stream. Dropping it ends it.
pub struct Subscription {
    hub: Hub,
    mailbox: Arc<Mailbox>,
    /// What ends it from outside.
    limit: Option<AbortHandle>,
    place: Option<Place>,
}

impl Subscription {
    pub(super) fn new(hub: Hub, mailbox: Arc<Mailbox>) -> Self {
        metrics::gauge!("artipul_streams").increment(1.0);
        Self { hub, mailbox, limit: None, place: None }
    }

    /// Takes a place until it ends.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

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
        self.mailbox.begin(first, &[]);
        self
    }

    /// Goes on for a client who knows an auction up to a sequence number, with what he missed.
    #[must_use]
    pub fn resume(self, auction: AuctionId, seq: u64, missed: Vec<Arc<Frame>>) -> Self {
        self.mailbox.begin(missed, &[(auction, seq)]);
        self
    }

    /// The states of single auctions that the hub knows for certain at `now`, and the ids of those
    /// that it does not. A state with a sequence number below `least`, of which the client has
    /// heard elsewhere, is not certain.
    pub fn known_states(&self, now: Timestamp, least: u64) -> (Vec<Snapshot>, Vec<AuctionId>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for auction in &self.mailbox.interest.auctions {
            match self.hub.current(*auction).filter(|snapshot| snapshot.state.seq >= least) {
                Some(snapshot) => known.push(snapshot.at(now)),
                None => unknown.push(*auction),
            }
        }
        (known, unknown)
    }

    /// Has the events written to a socket after these bytes, by whoever has them. The subscription
    /// has to have begun.
    #[must_use]
    pub fn write_to(self, socket: TcpStream, framing: Framing, head: Bytes) -> Direct {
        self.mailbox.write_to(Wire::new(socket, framing, head));
        Direct(self)
    }
}

impl Stream for Subscription {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.mailbox.poll_frame(context).map(|frame| frame.map(|frame| Ok(frame.plain().clone())))
    }
}

/// A subscription whose events are written to a socket. It is ready when the stream is over or the
/// client is gone.
pub struct Direct(Subscription);

impl Future for Direct {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.mailbox.poll_over(context)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        metrics::gauge!("artipul_streams").decrement(1.0);
        if let Some(limit) = &self.limit {
            limit.abort();
        }
        self.hub.unsubscribe(&self.mailbox);
        self.mailbox.leave();
    }
}
