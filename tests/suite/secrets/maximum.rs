//! A maximum is its owner's as long as he leads, and so is the end of it; a reserve is the
//! seller's.

use artipul_common::{Money, auctions::Outcome};
use artipul_server::auction::Increments;
use artipul_tests::{Feed, Person, World, in_ms, on_every_backend};
use reqwest::Method;
use serde_json::Value;

use super::{Eyes, MAXIMUM, RESERVE, Seen, Watch, forms, hidden, hidden_in, hidden_in_attempts};

fn thousands(amount: Money) -> i64 {
    amount.points() / 1_000
}

/// Everybody but the leader.
fn others<'a>(world: &'a World, artist: &'a Person, bora: &'a Person) -> [Eyes<'a>; 3] {
    [Eyes::of(world, None), Eyes::of(world, artist), Eyes::of(world, bora)]
}

async fn in_redis_is_none(world: &World, secret: Money) {
    let found = world.in_redis().await;
    hidden("redis", &forms(secret), found.iter().map(|(key, value)| (key.as_str(), value.clone())));
}

/// The fields under which an amount stands.
fn fields(value: &Value, amount: Money, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let is_it = |value: &Value| value.as_i64() == Some(amount.points());
            let named = fields.iter().filter(|(_, value)| is_it(value));
            found.extend(named.map(|(name, _)| name.clone()));
            fields.values().for_each(|value| self::fields(value, amount, found));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, amount, found)),
        _ => {}
    }
}

fn all_fields(seen: &Seen, amount: Money) -> Vec<String> {
    let mut found = Vec::new();
    for (_, answer) in seen {
        if let Ok(value) = serde_json::from_slice(&answer.body) {
            fields(&value, amount, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

on_every_backend! {
    async fn nobody_else_sees_the_maximum_of_him_who_leads(world: &World) {
        let log = Watch::of(MAXIMUM);
        let artist = world.artist().await;
        let (anna, bora, poor) =
            (world.bidder(2_000).await, world.bidder(2_000).await, world.bidder(15).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(990_000))).await.id;
        let feeds = [
            Feed::of(world.request(Method::GET, &format!("/v1/auctions/{id}/events"))).await,
            Feed::of(world.request(Method::GET, &format!("/v1/events?auction={id}"))).await,
            Feed::of(world.request(Method::GET, "/v1/events?genre=painting")).await,
            Feed::of(bora.request(Method::GET, "/v1/me/events")).await,
            Feed::of(artist.request(Method::GET, "/v1/me/events")).await,
        ];
        bora.bid(id, 10).await;
        anna.bid(id, thousands(MAXIMUM)).await;
        bora.bid(id, 50).await;
        let price = artist.see(id).await.price.unwrap();
        for feed in &feeds[..3] {
            feed.until(&format!("\"price\":{}", price.points())).await;
        }
        feeds[3].until("event: outbid").await;

        for eyes in others(world, &artist, &bora).into_iter().chain([Eyes::of(world, &poor)]) {
            hidden_in(eyes.name(), &forms(MAXIMUM), &eyes.everything(id, &artist).await);
            let least = artist.see(id).await.min_next.unwrap();
            hidden_in_attempts(eyes.name(), MAXIMUM, eyes.attempts(id, least).await);
        }
        // Purchases that are refused: at another price, by the seller, without the points.
        let purchase = format!("/v1/auctions/{id}/purchase");
        for (who, price) in [(&bora, 980_000), (&artist, 990_000), (&poor, 990_000)] {
            let body = serde_json::json!({ "price": price });
            let answer = who.send_json(Method::POST, &purchase, &body).await;
            answer.problem();
            hidden_in(&who.nickname, &forms(MAXIMUM), &vec![(purchase.clone(), answer)]);
        }
        for feed in &feeds {
            hidden("a stream", &forms(MAXIMUM), [("events", format!("{:?} {}", feed.headers, feed.text()))]);
        }
        in_redis_is_none(world, MAXIMUM).await;
        assert_eq!(log.lines(), Vec::<String>::new());
        // He himself does see it.
        let own = Eyes::of(world, &anna).everything(id, &artist).await;
        assert_eq!(all_fields(&own, MAXIMUM), ["held", "maximum"]);
    }

    async fn whoever_tries_his_luck_learns_no_more_than_the_price(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, thousands(MAXIMUM)).await;
        let mut told = Vec::new();
        for around in [-1, 0, 1] {
            let tried = MAXIMUM + Money::new(around * 1_000);
            let forecast = bora.client.forecast_bid(id, tried).await.unwrap();
            assert_eq!(forecast.holds, tried);
            told.push((forecast.would_be_accepted, forecast.would_buy, forecast.would_extend));
        }
        assert!(told.iter().all(|forecast| *forecast == told[0]), "below, at and above it");
    }

    async fn a_maximum_that_was_reached_is_known_as_the_price_only(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, thousands(MAXIMUM)).await;
        let receipt = bora.bid(id, thousands(MAXIMUM) - 1).await;
        assert_eq!(receipt.price, MAXIMUM, "the rules make it the price");
        for eyes in others(world, &artist, &bora) {
            let seen = eyes.everything(id, &artist).await;
            assert_eq!(all_fields(&seen, MAXIMUM), ["amount", "price"], "{}", eyes.name());
        }
    }

    async fn of_a_maximum_that_was_outbid_the_price_tells_and_nothing_else(world: &World) {
        const BETTER: Money = Money::new(923_000);
        let log = Watch::of(BETTER);
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, thousands(MAXIMUM)).await;
        bora.bid(id, thousands(BETTER)).await;
        let price = MAXIMUM + Increments::default().over(MAXIMUM);
        assert_eq!(artist.see(id).await.price, Some(price));
        for eyes in [Eyes::of(world, None), Eyes::of(world, &artist), Eyes::of(world, &bora)] {
            let seen = eyes.everything(id, &artist).await;
            assert_eq!(all_fields(&seen, MAXIMUM), Vec::<String>::new(), "{}", eyes.name());
        }
        for eyes in [Eyes::of(world, None), Eyes::of(world, &artist), Eyes::of(world, &anna)] {
            hidden_in(eyes.name(), &forms(BETTER), &eyes.everything(id, &artist).await);
        }
        assert_eq!(log.lines(), Vec::<String>::new());
    }

    async fn the_winners_maximum_stays_his_after_the_end(world: &World) {
        let log = Watch::of(MAXIMUM);
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(9_000).await, world.bidder(9_000).await);
        let sold = artist.list(|work| work.ends_at = in_ms(1_500)).await.id;
        let unsold = artist.list(|work| {
            work.ends_at = in_ms(1_500);
            work.reserve_price = Some(RESERVE);
        }).await.id;
        let bought = artist.list(|work| work.buy_now_price = Some(Money::new(990_000))).await.id;
        for id in [sold, unsold, bought] {
            anna.bid(id, if id == unsold { thousands(MAXIMUM) - 10 } else { thousands(MAXIMUM) - 1 })
                .await;
        }
        anna.bid(sold, thousands(MAXIMUM)).await;
        bora.buy(bought, 990).await.unwrap();
        for (id, outcome) in
            [(sold, Outcome::Sold), (unsold, Outcome::Unsold), (bought, Outcome::Sold)]
        {
            assert_eq!(artist.settled(id).await.outcome, Some(outcome));
            let mut words = forms(MAXIMUM);
            words.extend(forms(MAXIMUM - Money::new(1_000)));
            words.extend(forms(MAXIMUM - Money::new(10_000)));
            for eyes in others(world, &artist, &bora) {
                hidden_in(eyes.name(), &words, &eyes.everything(id, &artist).await);
            }
        }
        in_redis_is_none(world, MAXIMUM).await;
        assert_eq!(log.lines(), Vec::<String>::new());
    }

    async fn the_reserve_is_the_sellers_alone(world: &World) {
        let log = Watch::of(RESERVE);
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let other = world.artist().await;
        let id = artist.list(|work| work.reserve_price = Some(RESERVE)).await.id;
        let feed = Feed::of(world.request(Method::GET, &format!("/v1/auctions/{id}/events"))).await;
        anna.bid(id, thousands(MAXIMUM)).await;
        bora.bid(id, 50).await;
        feed.until("\"bid_count\":2").await;
        let least = bora.see(id).await.min_next.unwrap();
        for who in [None, Some(&anna), Some(&bora), Some(&other)] {
            let eyes = Eyes::of(world, who);
            hidden_in(eyes.name(), &forms(RESERVE), &eyes.everything(id, &artist).await);
            hidden_in_attempts(eyes.name(), RESERVE, eyes.attempts(id, least).await);
        }
        hidden("a stream", &forms(RESERVE), [("events", feed.text())]);
        in_redis_is_none(world, RESERVE).await;
        assert_eq!(log.lines(), Vec::<String>::new());
        let own = Eyes::of(world, &artist).everything(id, &artist).await;
        assert_eq!(all_fields(&own, RESERVE), ["reserve_price"]);
    }
}
