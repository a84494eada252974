//! Takes what the desk has committed to the subscribers here and to the other instances.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use artipul_common::AuctionId;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::hub::Hub;
use crate::{
    desk::Desk,
    live::{Live, News, Snapshot},
};

/// Pieces of news after which only the newest of each auction is told to the others.
const BACKLOG: usize = 512;
/// Snapshots of so long go into the live state by one command. Streams do not wait for it: they, and
/// the other instances, are told at once.
const TOGETHER: Duration = Duration::from_millis(250);

/// Runs until it is stopped; what has been committed by then is still told.
pub async fn run(
    mut news: mpsc::UnboundedReceiver<Vec<News>>,
    (hub, desk): (Hub, Desk),
    live: Live,
    mut stop: oneshot::Receiver<()>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let others = tokio::spawn(tell_others(receiver, live));
    loop {
        let batch = tokio::select! {
            biased;
            batch = news.recv() => batch,
            _ = &mut stop => None,
        };
        let Some(mut batch) = batch else { break };
        while let Ok(more) = news.try_recv() {
            batch.extend(more);
        }
        desk.introduce(&mut batch).await;
        hub.deliver(&batch);
        let _ = sender.send(batch);
    }
    drop(sender);
    let _ = others.await;
}

async fn tell_others(mut news: mpsc::UnboundedReceiver<Vec<News>>, live: Live) {
    let mut untold = Snapshots::default();
    loop {
        let batch = tokio::select! {
            batch = news.recv() => batch,
            () = untold.are_due() => {
                put(&live, untold.take()).await;
                continue;
            }
        };
        let Some(mut batch) = batch else { break };
        while let Ok(more) = news.try_recv() {
            batch.extend(more);
        }
        if batch.len() > BACKLOG {
            batch = newest(batch);
        }
        if !live.is_alone()
            && let Err(error) = live.publish(&batch).await
        {
            // They will find it when they look into the database.
            tracing::debug!(%error, "the other instances were not told");
        }
        untold.add(batch);
    }
    put(&live, untold.take()).await;
}

/// Snapshots that are kept in the live state in a moment: of each auction the newest.
#[derive(Default)]
struct Snapshots {
    newest: HashMap<AuctionId, Arc<Snapshot>>,
    due: Option<Instant>,
}

impl Snapshots {
    fn add(&mut self, news: Vec<News>) {
        for news in news {
            if let News::Auction { snapshot, .. } = news {
                match self.newest.entry(snapshot.state.auction_id) {
                    Entry::Occupied(known) if known.get().state.seq >= snapshot.state.seq => {}
                    Entry::Occupied(mut known) => *known.get_mut() = snapshot,
                    Entry::Vacant(place) => {
                        place.insert(snapshot);
                    }
                }
            }
        }
        if !self.newest.is_empty() {
            self.due.get_or_insert_with(|| Instant::now() + TOGETHER);
        }
    }

    async fn are_due(&self) {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    fn take(&mut self) -> HashMap<AuctionId, Arc<Snapshot>> {
        self.due = None;
        std::mem::take(&mut self.newest)
    }
}

async fn put(live: &Live, snapshots: HashMap<AuctionId, Arc<Snapshot>>) {
    let snapshots: Vec<&Snapshot> = snapshots.values().map(Arc::as_ref).collect();
    if let Err(error) = live.put_snapshots(&snapshots).await {
        // What is kept there may be forgotten at any moment.
        tracing::debug!(%error, "snapshots were not kept");
    }
}

fn newest(batch: Vec<News>) -> Vec<News> {
    let mut newest: HashMap<AuctionId, usize> = HashMap::new();
    for (place, news) in batch.iter().enumerate() {
        if let News::Auction { snapshot, .. } = news {
            newest.insert(snapshot.state.auction_id, place);
        }
    }
    batch
        .into_iter()
        .enumerate()
        .filter(|(place, news)| match news {
            News::Auction { snapshot, .. } => newest[&snapshot.state.auction_id] == *place,
            News::Notice { .. } => true,
        })
        .map(|(_, news)| news)
        .collect()
}
