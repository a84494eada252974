//! Changing and withdrawing what is listed.

use artipul_common::{
    AuctionId, Money,
    auctions::{Outcome, Phase},
    page::PageQuery,
    problem::ProblemCode,
};
use artipul_tests::{Answer, Person, code, in_ms, on_every_backend};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use reqwest::{Method, header::IF_MATCH};
use serde_json::json;

use super::{edited, patch, withdraw, wrong_fields};

async fn tag_of(person: &Person, id: AuctionId) -> String {
    let answer = person.send(Method::GET, &format!("/v1/auctions/{id}")).await;
    answer.header("etag").unwrap().to_owned()
}

on_every_backend! {
    async fn search_and_lists_follow_a_change(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|work| {
            work.title = "Blue heron".to_owned();
            work.tags = vec!["bird".to_owned(), "dusk".to_owned()];
            work.medium = Some("oil".to_owned());
        }).await;
        let id = listed.id;
        let finds = async |query: &str| {
            !world.pages(&format!("/v1/auctions?{query}"), 10).await.is_empty()
        };
        let title = edited(&artist, id, json!({ "title": " Red kite " })).await;
        assert_eq!((title.title.as_str(), title.seq), ("Red kite", listed.seq + 1));
        assert!(finds("q=kite+oil+bird").await && !finds("q=heron").await);
        let tags = edited(&artist, id, json!({ "tags": ["Dusk", "kite"] })).await;
        assert_eq!(tags.tags, ["dusk", "kite"], "a tag keeps its first spelling");
        assert!(finds("tag=kite&tag=dusk").await && !finds("tag=bird").await && !finds("q=bird").await);
        edited(&artist, id, json!({ "genre": "ceramics", "tags": [] })).await;
        assert!(finds("genre=ceramics").await && !finds("genre=painting").await && !finds("tag=kite").await);
        edited(&artist, id, json!({ "medium": null, "artist": "Somebody" })).await;
        assert!(finds("q=somebody+kite").await && !finds("q=oil").await);
        edited(&artist, id, json!({ "start_price": 40_000 })).await;
        assert!(finds("min_price=40000").await && !finds("max_price=39000").await);
    }

    async fn what_is_absent_stays_and_null_empties(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|work| {
            work.medium = Some("oil".to_owned());
            work.dimensions = Some("1 m".to_owned());
            work.year = Some("1999".to_owned());
            work.tags = vec!["sea".to_owned()];
            work.reserve_price = Some(Money::new(50_000));
            work.buy_now_price = Some(Money::new(90_000));
        }).await;
        let same = edited(&artist, listed.id, json!({})).await;
        assert_eq!(artipul_common::auctions::Auction { seq: listed.seq, ..same }, listed);
        let empty = json!({
            "medium": null, "dimensions": " ", "year": null, "reserve_price": null, "buy_now_price": null,
        });
        let emptied = edited(&artist, listed.id, empty).await;
        assert_eq!((emptied.medium, emptied.dimensions, emptied.year), (None, None, None));
        assert_eq!((emptied.reserve_price, emptied.buy_now_price, emptied.has_reserve), (None, None, false));
        assert_eq!((&emptied.title, &emptied.tags), (&listed.title, &listed.tags));
        let refilled = edited(&artist, listed.id, json!({ "year": 1805, "reserve_price": 60_000 })).await;
        assert_eq!((refilled.year.as_deref(), refilled.reserve_price), (Some("1805"), Some(Money::new(60_000))));
    }

    async fn changed_terms_are_checked_together(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|work| {
            work.reserve_price = Some(Money::new(50_000));
            work.buy_now_price = Some(Money::new(90_000));
        }).await;
        let before = world.tables().await;
        for (body, expected) in [
            (json!({ "start_price": 60_000 }), ("reserve_price", "too-small")),
            (json!({ "buy_now_price": 40_000 }), ("buy_now_price", "too-small")),
            (json!({ "reserve_price": 91_000 }), ("buy_now_price", "too-small")),
            (json!({ "start_price": 1_500 }), ("start_price", "not-multiple")),
            (json!({ "ends_at": in_ms(-1_000) }), ("ends_at", "in-past")),
            (json!({ "starts_at": in_ms(60_000) }), ("starts_at", "invalid")),
            (json!({ "draft": true }), ("draft", "invalid")),
            (json!({ "title": " " }), ("title", "required")),
            (json!({ "genre": "music" }), ("genre", "unknown")),
            (json!({ "tags": ["a", "b", "c", "d"] }), ("tags", "too-many")),
        ] {
            let refusal = patch(&artist, listed.id, &body, None).await.problem();
            assert_eq!(wrong_fields(&refusal), [expected], "{body}");
        }
        assert_eq!(artist.see(listed.id).await, listed);
        assert_eq!(world.tables().await, before);
        let all = json!({ "start_price": 60_000, "reserve_price": 70_000, "buy_now_price": 80_000 });
        assert_eq!(edited(&artist, listed.id, all).await.min_next, Some(Money::new(60_000)));
        let same = json!({ "starts_at": listed.starts_at });
        assert_eq!(edited(&artist, listed.id, same).await.starts_at, listed.starts_at);
    }

    async fn the_start_can_be_moved_until_it_has_come(world: &World) {
        let artist = world.artist().await;
        let tomorrow = Utc::now() + TimeDelta::days(1);
        let listed = artist.list(|work| {
            work.starts_at = Some(tomorrow);
            work.ends_at = tomorrow + TimeDelta::days(1);
        }).await;
        let later = edited(&artist, listed.id, json!({ "starts_at": tomorrow + TimeDelta::hours(1) })).await;
        assert_eq!((later.phase, later.starts_at - listed.starts_at), (Phase::Upcoming, TimeDelta::hours(1)));
        let at_once = edited(&artist, listed.id, json!({ "starts_at": "2020-01-01T00:00:00Z" })).await;
        assert_eq!(at_once.phase, Phase::Open);
        assert!(at_once.starts_at > Utc::now() - TimeDelta::minutes(1), "never before it was listed");
        let end = edited(&artist, listed.id, json!({ "ends_at": in_ms(300) })).await;
        assert_eq!(end.scheduled_end, end.ends_at);
        assert_eq!(artist.settled(listed.id).await.outcome, Some(Outcome::Unsold), "at its new end");
    }

    async fn a_change_of_what_has_changed_meanwhile_is_refused(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|_| ()).await;
        let (id, first) = (listed.id, tag_of(&artist, listed.id).await);
        assert_eq!(tag_of(&artist, id).await, first, "reading changes nothing");
        let answer = patch(&artist, id, &json!({ "title": "Second" }), Some(&first)).await;
        assert_eq!(answer.status, 200);
        let second = answer.header("etag").unwrap().to_owned();
        assert_ne!(second, first);
        assert_eq!(tag_of(&artist, id).await, second);
        let late = patch(&artist, id, &json!({ "title": "Late" }), Some(&first)).await;
        assert_eq!(late.problem().code, ProblemCode::PreconditionFailed);
        let request = artist.request(Method::DELETE, &format!("/v1/auctions/{id}"));
        let late = Answer::to(request.header(IF_MATCH, &first)).await;
        assert_eq!(late.problem().code, ProblemCode::PreconditionFailed);
        assert_eq!(artist.see(id).await.title, "Second");
        assert_eq!(patch(&artist, id, &json!({}), Some("*")).await.status, 200);

        let tag = tag_of(&artist, id).await;
        let bodies: Vec<_> = (0..10).map(|number| json!({ "title": format!("At once {number}") })).collect();
        let at_once = join_all(bodies.iter().map(|body| patch(&artist, id, body, Some(&tag)))).await;
        let (done, refused): (Vec<_>, Vec<_>) = at_once.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(done.len(), 1);
        assert_eq!(artist.see(id).await.title, done[0].json()["title"]);
        for answer in refused {
            assert_eq!(answer.problem().code, ProblemCode::PreconditionFailed);
        }
    }

    async fn terms_stand_as_soon_as_a_bid_stands(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, 50).await;
        let seen = artist.see(id).await;
        let before = world.tables().await;
        for body in [json!({}), json!({ "title": "Other" }), json!({ "start_price": 1_000 })] {
            let refusal = patch(&artist, id, &body, None).await.problem();
            assert_eq!(refusal.code, ProblemCode::AuctionHasBids);
        }
        assert_eq!(code(artist.client.cancel_auction(id).await), ProblemCode::AuctionHasBids);
        assert_eq!((artist.see(id).await, world.tables().await), (seen, before));
    }

    async fn a_withdrawn_auction_is_over(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        anna.client.watch(id, true).await.unwrap();
        withdraw(&artist, id).await;
        let seen = anna.see(id).await;
        assert_eq!((seen.phase, seen.outcome, seen.min_next), (Phase::Ended, Some(Outcome::Cancelled), None));
        assert_eq!(anna.refused(id, 50).await.code, ProblemCode::AuctionNotOpen);
        assert_eq!(code(anna.buy(id, 90).await), ProblemCode::AuctionNotOpen);
        let refusal = patch(&artist, id, &json!({}), None).await.problem();
        assert_eq!(refusal.code, ProblemCode::AuctionNotOpen);
        assert_eq!(code(artist.client.cancel_auction(id).await), ProblemCode::AuctionNotOpen);
        assert!(artist.notices().await.is_empty());
    }

    async fn what_is_over_cannot_be_changed(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let unsold = artist.list(|work| work.ends_at = in_ms(200)).await.id;
        let sold = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        anna.buy(sold, 90).await.unwrap();
        artist.settled(unsold).await;
        for id in [unsold, sold] {
            let refusal = patch(&artist, id, &json!({ "title": "Other" }), None).await.problem();
            assert_eq!(refusal.code, ProblemCode::AuctionEnded);
            assert_eq!(code(artist.client.cancel_auction(id).await), ProblemCode::AuctionEnded);
        }
    }

    async fn of_a_bid_and_a_change_at_once_each_is_told_the_truth(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(9_000).await);
        for _ in 0..15 {
            let id = artist.list(|_| ()).await.id;
            let body = json!({ "start_price": 20_000 });
            let (edit, bid) = tokio::join!(patch(&artist, id, &body, None), anna.try_bid(id, 10));
            let start_price = anna.see(id).await.start_price;
            match bid {
                Ok(receipt) => {
                    assert_eq!(edit.problem().code, ProblemCode::AuctionHasBids);
                    assert_eq!((receipt.price, start_price), (Money::new(10_000), Money::new(10_000)));
                }
                Err(error) => {
                    assert_eq!(error.code(), Some(ProblemCode::BidTooLow));
                    assert_eq!((edit.status, start_price), (200, Money::new(20_000)));
                }
            }
        }
    }

    async fn a_title_in_notices_is_that_of_the_time(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        edited(&artist, id, json!({ "title": "Red kite" })).await;
        anna.buy(id, 90).await.unwrap();
        let told = anna.client.notifications(&PageQuery::default()).await.unwrap().items;
        assert_eq!(told[0].title.as_deref(), Some("Red kite"));
    }
}
