//! The streams behind one command, merged into one.

use artipul_common::{
    client::{
        Client,
        stream::{AuctionEvent, Item, Subscription},
    },
    events::EventsQuery,
};
use tokio::{sync::mpsc, task::JoinSet};

/// Up to so many auctions have a stream each: such a stream tells after a gap all that was missed,
/// while one of many auctions goes on with their states.
const OWN_STREAMS: usize = 8;
/// Items that wait for a slow reader.
const BUFFER: usize = 64;

/// The merged streams; dropping it ends them.
pub(super) struct Source {
    items: mpsc::Receiver<(usize, Item<AuctionEvent>)>,
    streams: JoinSet<()>,
}

impl Source {
    /// Opens the streams of what is asked for.
    pub(super) fn open(client: &Client, query: &EventsQuery) -> Self {
        let mut auctions = query.auctions.clone();
        auctions.sort_unstable();
        auctions.dedup();
        let subscriptions = if query.genres.is_empty() && auctions.len() <= OWN_STREAMS {
            auctions.into_iter().map(|id| client.follow_auction(id)).collect()
        } else {
            vec![client.follow(query)]
        };
        let (sender, items) = mpsc::channel(BUFFER);
        let mut streams = JoinSet::new();
        for (number, subscription) in subscriptions.into_iter().enumerate() {
            streams.spawn(pass(number, subscription, sender.clone()));
        }
        Self { items, streams }
    }

    /// How many streams there are.
    pub(super) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// The next item and the number of its stream; `None` after the last of all streams.
    pub(super) async fn next(&mut self) -> Option<(usize, Item<AuctionEvent>)> {
        self.items.recv().await
    }
}

async fn pass(
    number: usize,
    mut subscription: Subscription<AuctionEvent>,
    sender: mpsc::Sender<(usize, Item<AuctionEvent>)>,
) {
    while let Some(item) = subscription.next().await {
        if sender.send((number, item)).await.is_err() {
            return;
        }
    }
}
