//! Offering a work again.

use artipul_common::{
    Money,
    auctions::{Outcome, RelistRequest},
    client::new_idempotency_key,
    problem::ProblemCode,
};
use artipul_tests::{Person, code, in_ms, on_every_backend, problem};
use futures_util::future::join_all;
use serde_json::json;

use super::{edited, withdraw, wrong_fields};

fn terms() -> RelistRequest {
    RelistRequest {
        start_price: Money::new(20_000),
        reserve_price: None,
        buy_now_price: Some(Money::new(90_000)),
        starts_at: None,
        ends_at: in_ms(3_600_000),
        draft: false,
    }
}

async fn relist(
    person: &Person,
    id: artipul_common::AuctionId,
) -> artipul_common::client::Result<artipul_common::auctions::Auction> {
    person.client.relist(id, &terms(), &new_idempotency_key()).await
}

on_every_backend! {
    async fn an_unsold_work_is_offered_again_as_another_auction(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let first = artist.list(|work| {
            work.ends_at = in_ms(700);
            work.reserve_price = Some(Money::new(50_000));
            work.title = "Blue heron".to_owned();
            work.tags = vec!["sea".to_owned()];
            work.reference = Some("A-1".to_owned());
        }).await;
        assert_eq!(code(relist(&artist, first.id).await), ProblemCode::WorkNotAvailable, "it is on offer");
        anna.bid(first.id, 20).await;
        let unsold = artist.settled(first.id).await;
        let second = relist(&artist, first.id).await.unwrap();
        assert_ne!(second.id, first.id);
        assert_eq!((second.work_id, &second.title), (first.work_id, &first.title));
        assert_eq!((&second.tags, &second.reference), (&first.tags, &first.reference));
        assert_eq!((second.start_price, second.has_reserve), (Money::new(20_000), false), "the new terms");
        assert_eq!((second.price, second.bid_count, second.seq), (None, 0, 1));
        assert_eq!(artist.see(first.id).await, unsold, "the old auction stays as it was");
        assert_eq!(code(relist(&artist, first.id).await), ProblemCode::WorkNotAvailable, "once at a time");
        assert_eq!(code(relist(&artist, second.id).await), ProblemCode::WorkNotAvailable);
        anna.buy(second.id, 90).await.unwrap();
        for id in [first.id, second.id] {
            assert_eq!(code(relist(&artist, id).await), ProblemCode::WorkNotAvailable, "it is sold");
        }
    }

    async fn a_withdrawn_work_is_offered_again_from_either_auction(world: &World) {
        let artist = world.artist().await;
        let first = artist.list(|_| ()).await.id;
        withdraw(&artist, first).await;
        let second = relist(&artist, first).await.unwrap().id;
        withdraw(&artist, second).await;
        let third = relist(&artist, first).await.unwrap().id;
        assert_eq!(artist.see(first).await.outcome, Some(Outcome::Cancelled));
        let auctions = artist.pages("/v1/me/auctions", 10).await;
        assert!(auctions.iter().all(|auction| auction["work_id"] == auctions[0]["work_id"]));
        assert_eq!((auctions.len(), &auctions[0]["id"]), (3, &json!(third)));
    }

    async fn a_work_is_offered_again_in_its_genre_of_now(world: &World) {
        let artist = world.artist().await;
        let first = artist.list(|_| ()).await.id;
        withdraw(&artist, first).await;
        let second = relist(&artist, first).await.unwrap().id;
        edited(&artist, second, json!({ "genre": "ceramics", "title": "A bowl" })).await;
        withdraw(&artist, second).await;
        let third = relist(&artist, first).await.unwrap();
        assert_eq!((third.title.as_str(), third.genre.as_str()), ("A bowl", "ceramics"));
        assert_eq!(world.pages("/v1/auctions?genre=ceramics", 5).await.len(), 1);
    }

    async fn of_ten_at_once_one_offers_the_work(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        withdraw(&artist, id).await;
        let outcomes = join_all((0..10).map(|_| relist(&artist, id))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), ProblemCode::WorkNotAvailable);
        }
    }

    async fn a_repeated_request_is_the_same_auction(world: &World) {
        let artist = world.artist().await;
        let (id, other) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        withdraw(&artist, id).await;
        withdraw(&artist, other).await;
        let (key, request) = (new_idempotency_key(), terms());
        let again = (0..5).map(|_| artist.client.relist(id, &request, &key));
        let again: Vec<_> = join_all(again).await.into_iter().map(Result::unwrap).collect();
        assert!(again.iter().all(|auction| *auction == again[0]));
        let reused = artist.client.relist(other, &request, &key).await;
        assert_eq!(code(reused), ProblemCode::IdempotencyKeyReused);
    }

    async fn only_the_seller_offers_again_what_is_over(world: &World) {
        let (artist, other, anna) = (world.artist().await, world.artist().await, world.bidder(0).await);
        let id = artist.list(|_| ()).await.id;
        withdraw(&artist, id).await;
        assert_eq!(code(relist(&other, id).await), ProblemCode::NotSeller);
        assert_eq!(code(relist(&anna, id).await), ProblemCode::ArtistRequired);
        let nowhere = artipul_common::AuctionId::new(id.get() + 1);
        assert_eq!(code(relist(&artist, nowhere).await), ProblemCode::AuctionNotFound);
        let draft = artist.list(|work| work.draft = true).await.id;
        assert_eq!(code(relist(&artist, draft).await), ProblemCode::WorkNotAvailable);
    }

    async fn new_terms_are_checked_like_the_first(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        withdraw(&artist, id).await;
        let before = world.tables().await;
        let huge = Money::new(i64::MAX / 1_000 * 1_000);
        type Edit<'a> = &'a dyn Fn(&mut RelistRequest);
        let wrong: [(Edit<'_>, &[(&str, &str)]); 6] = [
            (&|terms| terms.start_price = Money::ZERO, &[("start_price", "too-small")]),
            (&|terms| terms.start_price = Money::new(20_500), &[("start_price", "not-multiple")]),
            (&|terms| terms.reserve_price = Some(Money::new(i64::MIN)), &[("reserve_price", "too-small")]),
            (&|terms| terms.buy_now_price = Some(huge), &[("buy_now_price", "too-large")]),
            (&|terms| { terms.start_price = huge; terms.buy_now_price = Some(huge); },
                &[("start_price", "too-large"), ("buy_now_price", "too-large")]),
            (&|terms| terms.ends_at = in_ms(-1), &[("ends_at", "in-past")]),
        ];
        for (edit, expected) in wrong {
            let mut request = terms();
            edit(&mut request);
            let refused = artist.client.relist(id, &request, &new_idempotency_key()).await;
            let refusal = problem(refused);
            let told = wrong_fields(&refusal);
            assert!(expected.iter().all(|field| told.contains(field)), "{told:?}");
        }
        assert_eq!(world.tables().await, before);
    }
}
