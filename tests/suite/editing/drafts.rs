//! Drafts: the seller's own until they are put on offer.

use artipul_common::{
    Money,
    auctions::{Phase, RelistRequest},
    client::new_idempotency_key,
    problem::ProblemCode,
};
use artipul_tests::{Person, code, in_ms, on_every_backend};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::{edited, patch, withdraw, wrong_fields};

/// Everything that can be asked of an auction.
const REQUESTS: [(Method, &str, Option<&str>); 11] = [
    (Method::GET, "", None),
    (Method::PATCH, "", Some("{}")),
    (Method::DELETE, "", None),
    (Method::POST, "/relist", Some(r#"{"start_price":10000,"ends_at":"2099-01-01T00:00:00Z"}"#)),
    (Method::GET, "/bids", None),
    (Method::POST, "/bids", Some(r#"{"amount":50000}"#)),
    (Method::POST, "/bids?dry_run=true", Some(r#"{"amount":50000}"#)),
    (Method::POST, "/purchase", Some(r#"{"price":90000}"#)),
    (Method::PUT, "/watch", None),
    (Method::DELETE, "/watch", None),
    (Method::GET, "/events", None),
];

async fn asked(
    person: &Person,
    path: &str,
    (method, more, body): &(Method, &str, Option<&str>),
) -> ProblemCode {
    let path = format!("{path}{more}");
    let answer = match body {
        None => person.send(method.clone(), &path).await,
        Some(body) => {
            let body: Value = serde_json::from_str(body).unwrap();
            person.send_json(method.clone(), &path, &body).await
        }
    };
    answer.problem().code
}

on_every_backend! {
    async fn a_draft_is_its_sellers_secret(world: &World) {
        let (artist, anna, other) = (world.artist().await, world.bidder(500).await, world.artist().await);
        let draft = artist.list(|work| {
            work.draft = true;
            work.buy_now_price = Some(Money::new(90_000));
        }).await;
        let before = world.tables().await;
        let path = format!("/v1/auctions/{}", draft.id);
        let nowhere = format!("/v1/auctions/{}", draft.id.get() + 1);
        for person in [&anna, &other] {
            for request in &REQUESTS {
                let (told, of_none) = (asked(person, &path, request).await, asked(person, &nowhere, request).await);
                assert_eq!(told, of_none, "as if it were not there: {request:?}");
                let is_artist = person.id == other.id;
                assert!(!is_artist || told == ProblemCode::AuctionNotFound, "{request:?}: {told}");
            }
            let many = person.send(Method::GET, &format!("/v1/events?auction={}", draft.id)).await;
            assert_eq!(many.problem().code, ProblemCode::AuctionNotFound);
        }
        let stranger = world.send(Method::GET, &path).await.problem();
        assert_eq!(stranger.code, ProblemCode::AuctionNotFound);
        assert_eq!(world.tables().await, before);
    }

    async fn nobody_bids_on_a_draft(world: &World) {
        let artist = world.artist().await;
        artist.charge(500).await;
        let id = artist.list(|work| {
            work.draft = true;
            work.buy_now_price = Some(Money::new(90_000));
        }).await.id;
        assert_eq!(artist.refused(id, 50).await.code, ProblemCode::AuctionNotOpen);
        assert_eq!(code(artist.buy(id, 90).await), ProblemCode::AuctionNotOpen);
        let forecast = artist.client.forecast_bid(id, Money::new(50_000)).await;
        assert_eq!(code(forecast), ProblemCode::AuctionNotOpen);
    }

    async fn a_draft_that_is_put_on_offer_is_an_auction_like_any_other(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let draft = artist.list(|work| {
            work.draft = true;
            work.starts_at = Some(Utc::now() - TimeDelta::minutes(30));
            work.title = "Blue heron".to_owned();
        }).await;
        assert_eq!((draft.phase, draft.outcome), (Phase::Draft, None));
        let changed = edited(&artist, draft.id, json!({ "title": "Red kite", "draft": true })).await;
        assert_eq!(changed.phase, Phase::Draft);
        let listed = edited(&artist, draft.id, json!({ "draft": false, "start_price": 20_000 })).await;
        assert_eq!((listed.phase, listed.id), (Phase::Open, draft.id));
        assert!(listed.starts_at > draft.starts_at, "it starts when it is put on offer");
        assert_eq!(world.pages("/v1/auctions?q=kite", 5).await.len(), 1);
        assert_eq!(anna.bid(draft.id, 20).await.price, Money::new(20_000));
    }

    async fn the_times_of_a_draft_are_looked_at_when_it_is_put_on_offer(world: &World) {
        let artist = world.artist().await;
        let draft = artist.list(|work| {
            work.draft = true;
            work.starts_at = Some(in_ms(-7_200_000));
            work.ends_at = in_ms(-3_600_000);
        }).await;
        let publish = json!({ "draft": false });
        let refusal = patch(&artist, draft.id, &publish, None).await.problem();
        assert_eq!(wrong_fields(&refusal), [("ends_at", "in-past")]);
        assert_eq!(artist.see(draft.id).await, draft);
        let later = edited(&artist, draft.id, json!({ "draft": false, "ends_at": in_ms(3_600_000) })).await;
        assert_eq!(later.phase, Phase::Open);
    }

    async fn an_upcoming_draft_becomes_upcoming(world: &World) {
        let artist = world.artist().await;
        let tomorrow = Utc::now() + TimeDelta::days(1);
        let id = artist.list(|work| {
            work.draft = true;
            work.starts_at = Some(tomorrow);
            work.ends_at = tomorrow + TimeDelta::days(1);
        }).await.id;
        assert_eq!(edited(&artist, id, json!({ "draft": false })).await.phase, Phase::Upcoming);
    }

    async fn a_deleted_draft_leaves_nothing(world: &World) {
        let artist = world.artist().await;
        let before = world.tables().await;
        let mut work = artipul_tests::draft();
        (work.draft, work.reference) = (true, Some("A-1".to_owned()));
        let listed = artist.send_json(Method::POST, "/v1/auctions", &serde_json::to_value(&work).unwrap()).await;
        let id: artipul_common::AuctionId = serde_json::from_value(listed.json()["id"].clone()).unwrap();
        edited(&artist, id, json!({ "title": "Other" })).await;
        withdraw(&artist, id).await;
        assert_eq!(world.tables().await, before);
        assert_eq!(code(artist.client.auction(id).await), ProblemCode::AuctionNotFound);
        assert_eq!(code(artist.client.cancel_auction(id).await), ProblemCode::AuctionNotFound);
        artist.list(|work| work.reference = Some("A-1".to_owned())).await;
    }

    async fn a_watched_draft_can_be_deleted(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|work| work.draft = true).await.id;
        artist.client.watch(id, true).await.unwrap();
        withdraw(&artist, id).await;
        assert!(artist.pages("/v1/me/watches", 5).await.is_empty());
        assert_eq!(artist.client.summary().await.unwrap().watches, 0);
    }

    async fn a_deleted_draft_of_an_old_work_leaves_the_work(world: &World) {
        let artist = world.artist().await;
        let first = artist.list(|_| ()).await.id;
        withdraw(&artist, first).await;
        let again = RelistRequest {
            start_price: Money::new(20_000),
            reserve_price: None,
            buy_now_price: None,
            starts_at: None,
            ends_at: in_ms(3_600_000),
            draft: true,
        };
        let draft = artist.client.relist(first, &again, &new_idempotency_key()).await.unwrap();
        assert_eq!(draft.phase, Phase::Draft);
        withdraw(&artist, draft.id).await;
        assert_eq!(artist.see(first).await.work_id, draft.work_id);
        let listed = RelistRequest { draft: false, ..again };
        artist.client.relist(first, &listed, &new_idempotency_key()).await.unwrap();
    }
}
