//! The streams behind one command, merged into one.

use artipul_common::{
    AuctionId,
    client::{
        Client,
        stream::{AuctionEvent, Item, Subscription},
    },
    events::EventsQuery,
    limits,
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
        let subscriptions: Vec<_> = if auctions.len() <= OWN_STREAMS {
            let genres = parts(&[], &query.genres);
            let genres = genres.iter().map(|part| client.follow(part));
            auctions.into_iter().map(|id| client.follow_auction(id)).chain(genres).collect()
        } else {
            let parts = parts(&auctions, &query.genres);
            parts.iter().map(|part| client.follow(part)).collect()
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

/// What is asked for, in as many parts as it takes: a stream carries so many single auctions. The
/// genres have one of their own.
fn parts(auctions: &[AuctionId], genres: &[String]) -> Vec<EventsQuery> {
    let auctions = auctions.chunks(limits::MAX_STREAM_AUCTIONS);
    let auctions = auctions.map(|part| EventsQuery { auctions: part.to_vec(), genres: Vec::new() });
    let genres =
        (!genres.is_empty()).then(|| EventsQuery { auctions: Vec::new(), genres: genres.to_vec() });
    auctions.chain(genres).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_for_once_and_no_stream_is_asked_for_too_many() {
        let auctions: Vec<_> = (1..=401).map(AuctionId::new).collect();
        let all = parts(&auctions, &["painting".to_owned(), "craft".to_owned()]);
        assert!(all.iter().all(|part| part.auctions.len() <= limits::MAX_STREAM_AUCTIONS));
        assert_eq!(all.iter().flat_map(|part| part.auctions.clone()).collect::<Vec<_>>(), auctions);
        let genres: Vec<_> = all.iter().map(|part| part.genres.len()).collect();
        assert_eq!(genres, [0, 0, 0, 2]);
        assert!(parts(&[], &[]).is_empty());
    }
}
