//! Takes what the desk has committed to the subscribers here and to the other instances.

use std::collections::HashMap;

use artipul_common::AuctionId;
use tokio::sync::{mpsc, oneshot};

use super::hub::Hub;
use crate::live::{Away, Live, News, Snapshot};

/// Pieces of news after which only the newest of each auction is told to the others.
const BACKLOG: usize = 512;

/// Runs until it is stopped; what has been committed by then is still told.
pub async fn run(
    mut news: mpsc::UnboundedReceiver<Vec<News>>,
    hub: Hub,
    live: Live,
    mut stop: oneshot::Receiver<()>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let others = tokio::spawn(tell_others(receiver, live));
    loop {
        let news = tokio::select! {
            biased;
            news = news.recv() => news,
            _ = &mut stop => None,
        };
        let Some(news) = news else { break };
        hub.deliver(&news);
        let _ = sender.send(news);
    }
    drop(sender);
    let _ = others.await;
}

async fn tell_others(mut news: mpsc::UnboundedReceiver<Vec<News>>, live: Live) {
    while let Some(mut batch) = news.recv().await {
        while let Ok(more) = news.try_recv() {
            batch.extend(more);
        }
        if batch.len() > BACKLOG {
            batch = newest(batch);
        }
        if let Err(error) = tell(&live, &batch).await {
            // They will find it when they look into the database.
            tracing::debug!(%error, "the other instances were not told");
        }
    }
}

async fn tell(live: &Live, news: &[News]) -> Result<(), Away> {
    live.publish(news).await?;
    // Of several of one auction, the newest is kept.
    let mut newest: HashMap<AuctionId, &Snapshot> = HashMap::new();
    for news in news {
        if let News::Auction { snapshot, .. } = news {
            let known = newest.entry(snapshot.state.auction_id).or_insert(snapshot);
            if known.state.seq < snapshot.state.seq {
                *known = snapshot;
            }
        }
    }
    live.put_snapshots(&newest.into_values().collect::<Vec<_>>()).await
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
