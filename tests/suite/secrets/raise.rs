//! A leader who raises his maximum leaves no trace that anybody else could see.

use artipul_common::{AuctionId, Money};
use artipul_tests::{Feed, Person, World, eventually, on_every_backend};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use super::{Eyes, MAXIMUM, RESERVE, Seen};

/// What an answer said, without what is different in each.
fn told(seen: Seen) -> Vec<(String, u16, HeaderMap, String)> {
    let told = |(path, answer): (String, artipul_tests::Answer)| {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        let mut body = answer.text();
        if let Some(id) = answer.header("x-request-id") {
            body = body.replace(id, "");
        }
        (path, answer.status, headers, body)
    };
    seen.into_iter().map(told).collect()
}

/// The events of a stream, without what only keeps it alive.
fn events(feed: &Feed) -> Vec<String> {
    let text = feed.text();
    text.split("\n\n").filter(|frame| frame.starts_with("event:")).map(str::to_owned).collect()
}

fn seq(event: &str) -> u64 {
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str::<Value>(data).unwrap()["seq"].as_u64().unwrap()
}

on_every_backend! {
    async fn all_that_others_can_read_is_the_same_before_and_after_it(world: &World)
    with ["soft-close" = "2h", "max-extension" = "9h"]
    {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let id = artist.list(|work| {
            work.reserve_price = Some(RESERVE);
            work.buy_now_price = Some(Money::new(990_000));
        }).await.id;
        bora.bid(id, 20).await;
        anna.bid(id, 60).await;
        bora.bid(id, 30).await;
        let look = async || {
            let mut all = Vec::new();
            for who in [None, Some(&artist), Some(&bora)] {
                let eyes = Eyes::of(world, who);
                let least = artist.see(id).await.min_next.unwrap();
                all.extend(told(eyes.everything(id, &artist).await));
                all.extend(told(eyes.attempts(id, least).await));
            }
            all
        };
        let before = look().await;
        for thousands in [61, 400, MAXIMUM.points() / 1_000] {
            anna.bid(id, thousands).await;
        }
        for (now, then) in look().await.into_iter().zip(before) {
            assert_eq!(now, then);
        }
        let ends_at = anna.see(id).await.ends_at;
        anna.bid(id, MAXIMUM.points() / 1_000 + 1).await;
        assert_eq!(anna.see(id).await.ends_at, ends_at, "it extends nothing");
    }

    async fn the_version_that_the_seller_holds_stays_good(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(2_000).await;
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, 20).await;
        let path = format!("/v1/auctions/{id}");
        let tag = artist.send(Method::GET, &path).await.header("etag").unwrap().to_owned();
        let change = async |method: Method| {
            let request = artist.request(method, &path).header("If-Match", &tag);
            artipul_tests::Answer::to(request.json(&json!({ "title": "Another" }))).await.problem().code
        };
        let before = (change(Method::PATCH).await, change(Method::DELETE).await);
        anna.bid(id, 50).await;
        assert_eq!((change(Method::PATCH).await, change(Method::DELETE).await), before);
        assert_eq!(artist.send(Method::GET, &path).await.header("etag"), Some(tag.as_str()));
    }

    async fn no_place_in_the_history_counts_it(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(9_000).await, world.bidder(9_000).await);
        // The same bids, once without and once with raises in between.
        let (quiet, busy) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        for thousands in [20, 40, 60] {
            for id in [quiet, busy] {
                anna.bid(id, thousands).await;
                if id == busy {
                    anna.bid(id, thousands + 1).await;
                    anna.bid(id, thousands + 2).await;
                }
                bora.bid(id, thousands + 10).await;
            }
        }
        let places = async |id| {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            let path = format!("/v1/auctions/{id}/bids?limit=1");
            let (mut page, mut places) = (bora.get(&path).await, Vec::new());
            while let Some(cursor) = page["next_cursor"].as_str() {
                let place = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
                // It begins with the name of its list.
                places.push(place.split_once('.').unwrap().1.to_owned());
                page = bora.get(&format!("{path}&cursor={cursor}")).await;
            }
            places
        };
        assert_eq!(places(busy).await, places(quiet).await);
        assert_eq!(places(busy).await.len(), 5);
    }

    async fn no_stream_tells_of_it(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(2_000).await, world.bidder(2_000).await);
        let id = artist.list(|_| ()).await.id;
        let follow = async |who: &Person, path: &str| Feed::of(who.request(Method::GET, path)).await;
        let public = [
            follow(&bora, &format!("/v1/auctions/{id}/events")).await,
            follow(&artist, &format!("/v1/events?auction={id}")).await,
            follow(&bora, "/v1/events?genre=painting").await,
        ];
        let own = [follow(&bora, "/v1/me/events").await, follow(&artist, "/v1/me/events").await];
        bora.bid(id, 10).await;
        anna.bid(id, 20).await;
        own[0].until("event: outbid").await;
        let notices = [events(&own[0]).len(), events(&own[1]).len()];
        for thousands in [30, 40, MAXIMUM.points() / 1_000] {
            anna.bid(id, thousands).await;
        }
        // The next that they hear of is the next bid.
        bora.bid(id, 50).await;
        let last = anna.see(id).await.seq;
        for feed in &public {
            feed.until(&format!("id: {last}\n")).await;
            let seqs: Vec<u64> = events(feed).iter().map(|event| seq(event)).collect();
            let first = seqs[0];
            assert_eq!(seqs, (first..=last).collect::<Vec<_>>());
            assert_eq!(last, first + 3, "three bids of which the public knows");
        }
        // A bid that does not lead is no news to its bidder: he has his answer.
        assert_eq!([events(&own[0]).len(), events(&own[1]).len()], notices);
    }
}

/// Without Redis an instance reads from the database what others have changed.
#[test]
fn an_instance_that_hears_no_others_does_not_tell_of_it_either() {
    World::run_wired(async |world, wire| {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let (id, beside) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        anna.bid(id, 20).await;
        let last = anna.see(id).await.seq;
        // It starts long after that, so it has told nobody anything yet.
        world.sql("UPDATE auctions SET changed_at = created_at - INTERVAL 1 HOUR").await;
        let other = world.another_instance().await;
        let there = bora.at(&other.url()).await;
        let follow =
            |id: AuctionId| there.request(Method::GET, &format!("/v1/auctions/{id}/events"));
        eventually("it hears the others", async || {
            Feed::of(follow(id)).await.until("event: ").await;
            other.app().hub.current(id)
        })
        .await;
        let returned = Feed::of(follow(id).header("Last-Event-ID", last)).await;
        let feed = Feed::of(follow(beside)).await;
        feed.until("event: ").await;
        wire.cut();
        anna.bid(id, 50).await;
        bora.bid(beside, 10).await;
        feed.until("\"bid_count\":1").await;
        assert_eq!(events(&returned), Vec::<String>::new(), "nothing has happened");
        bora.bid(id, 30).await;
        let text = returned.until("\"bid_count\":2").await;
        assert!(text.contains(&format!("id: {}\n", last + 1)), "{text}");
        wire.mend();
        other.stop().await;
    });
}
