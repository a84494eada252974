//! Takes what the desk has committed to the subscribers here and to the other instances.

use std::collections::HashMap;

use artipul_common::AuctionId;
use tokio::sync::mpsc;

use super::hub::Hub;
use crate::live::{Live, News};

/// Pieces of news after which only the newest of each auction is told to the others.
const BACKLOG: usize = 512;

/// Runs until the desk and everybody else who has news is gone.
pub async fn run(mut news: mpsc::UnboundedReceiver<Vec<News>>, hub: Hub, live: Live) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let others = tokio::spawn(tell_others(receiver, live));
    while let Some(news) = news.recv().await {
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
            // They will read it from the database.
            tracing::debug!(%error, "the other instances were not told");
        }
    }
}

async fn tell(live: &Live, news: &[News]) -> Result<(), crate::live::Away> {
    live.publish(news).await?;
    for news in news {
        if let News::Auction { snapshot, .. } = news {
            live.put_snapshot(snapshot).await?;
        }
    }
    Ok(())
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
