//! Robots that bid, and artists that offer their unsold works again, so that the gallery lives.

use std::{collections::HashMap, time::Duration};

use artipul_common::{
    AuctionId, Money, UserId,
    auctions::{Phase, RelistRequest, Sort},
    limits,
};
use chrono::{TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::seed::People;
use crate::{
    db::{
        auctions::AuctionRow,
        listings::{self, Filter},
        mine,
    },
    parts::App,
};

/// The pause between two bids, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 500..2_200;
/// How often a work is offered again.
const RELIST_EVERY: Duration = Duration::from_secs(20);
/// Attempts to bid before the guest comes in.
const EARLY_BIDS: usize = 160;
/// Auctions that end soon, among which the robots choose.
const NEAR: i64 = 30;

/// Runs until it is aborted.
pub(super) async fn run(app: App, people: People) {
    let artists = tokio::spawn(relist(app.clone(), people.clone()));
    let mut rng = StdRng::from_rng(&mut rand::rng());
    let mut budgets = HashMap::new();
    let _artists = AbortOnDrop(artists);
    loop {
        tokio::time::sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
        bid(&app, &people, &mut rng, &mut budgets).await;
    }
}

/// The evening has begun before the guest comes in: some bids stand already.
pub(super) async fn warm_up(app: &App, people: &People) {
    let mut rng = StdRng::from_rng(&mut rand::rng());
    let mut budgets = HashMap::new();
    for _ in 0..EARLY_BIDS {
        bid(app, people, &mut rng, &mut budgets).await;
    }
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One robot bids on an auction that ends soon or that the guest follows, as long as it finds it
/// worth the price.
async fn bid(
    app: &App,
    people: &People,
    rng: &mut StdRng,
    budgets: &mut HashMap<(UserId, AuctionId), Money>,
) {
    let guest = people.guest;
    let Ok(mut auctions) = app.db.read(move |conn| interesting(conn, guest)).await else { return };
    if auctions.is_empty() {
        return;
    }
    // The nearer the end, the more interest.
    let place = rng.random_range(0.0_f32..1.0).powi(2) * auctions.len() as f32;
    let row = auctions.swap_remove((place as usize).min(auctions.len() - 1));
    let robot = people.robots[rng.random_range(0..people.robots.len())];
    if row.leader_id == Some(robot) {
        return;
    }
    let budget = *budgets
        .entry((robot, row.id))
        .or_insert_with(|| rounded(row.start_price, rng.random_range(0.8..3.2)));
    let least = match row.price {
        None => row.start_price,
        Some(price) => price + app.houses.current().increments.over(price),
    };
    let generous = rounded(least, rng.random_range(1.0..1.25)).max(least);
    let maximum = generous.min(row.buy_now_price.map_or(generous, |now| now - limits::BID_UNIT));
    if maximum < least || maximum > budget {
        return;
    }
    if let Err(error) = app.desk.bid(row.id, robot, maximum, None).await {
        tracing::debug!(%error, "a robot's bid was refused");
    }
}

fn rounded(amount: Money, factor: f32) -> Money {
    let units = (amount.points() as f32 * factor / limits::BID_UNIT.points() as f32) as i64;
    Money::new(units * limits::BID_UNIT.points())
}

fn interesting(conn: &mut crate::db::Conn, guest: UserId) -> crate::db::DbResult<Vec<AuctionRow>> {
    let now = conn.now()?;
    let filter = Filter {
        genre: None,
        tags: Vec::new(),
        phase: Phase::Open,
        seller: None,
        min_price: None,
        max_price: None,
        words: Vec::new(),
        sort: Sort::Ending,
    };
    let near = listings::list(conn, &filter, None, now, NEAR)?;
    let followed = mine::participations(conn, guest, None, None, NEAR)?;
    let is_open = |row: &AuctionRow| row.status == "listed";
    let followed = followed.into_iter().map(|(_, row)| row).filter(is_open);
    Ok(followed.chain(near).collect())
}

/// Offers works again that were not sold, so that there is always one that ends soon.
async fn relist(app: App, people: People) {
    let mut rng = StdRng::from_rng(&mut rand::rng());
    loop {
        tokio::time::sleep(RELIST_EVERY).await;
        let artist = people.artists[rng.random_range(0..people.artists.len())];
        let ended = app.db.read(move |conn| {
            let now = conn.now()?;
            mine::auctions_of(conn, artist, Some(Phase::Ended), false, now, None, 50)
        });
        let Ok(ended) = ended.await else { continue };
        let unsold = ended.iter().find(|row| row.outcome.as_deref() == Some("unsold"));
        let Some(row) = unsold else { continue };
        let request = RelistRequest {
            start_price: row.start_price,
            reserve_price: None,
            buy_now_price: row.buy_now_price,
            starts_at: None,
            ends_at: Utc::now() + TimeDelta::seconds(rng.random_range(90..400)),
            draft: false,
        };
        if let Err(error) = app.desk.relist(artist, row.id, request, None).await {
            tracing::debug!(%error, "a work was not offered again");
        }
    }
}
