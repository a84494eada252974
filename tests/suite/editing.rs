//! What a seller does with his auctions: listing, drafts, changes, withdrawing, offering again.

mod changes;
mod drafts;
mod relisting;

use artipul_common::{
    AuctionId, Money,
    auctions::{Auction, EditAuctionRequest},
    client::new_idempotency_key,
    problem::{Problem, ProblemCode},
};
use artipul_tests::{Answer, Person, code, draft, on_every_backend, problem};
use futures_util::future::join_all;
use reqwest::{Method, header::IF_MATCH};
use serde_json::Value;

/// An edit by hand, optionally of what was seen under an ETag.
async fn patch(person: &Person, id: AuctionId, body: &Value, tag: Option<&str>) -> Answer {
    let mut request = person.request(Method::PATCH, &format!("/v1/auctions/{id}")).json(body);
    if let Some(tag) = tag {
        request = request.header(IF_MATCH, tag);
    }
    Answer::to(request).await
}

/// An edit that is accepted.
async fn edited(person: &Person, id: AuctionId, body: Value) -> Auction {
    let answer = patch(person, id, &body, None).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.text());
    serde_json::from_value(answer.json()).unwrap()
}

async fn withdraw(person: &Person, id: AuctionId) {
    person.client.cancel_auction(id).await.unwrap();
}

/// The fields that are wrong, with the code of each.
fn wrong_fields(refusal: &Problem) -> Vec<(&str, &str)> {
    assert_eq!(refusal.code, ProblemCode::ValidationFailed);
    refusal.errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect()
}

on_every_backend! {
    async fn a_listed_work_is_as_it_was_sent(world: &World) {
        let artist = world.artist().await;
        let body = serde_json::json!({
            "title": " Sea at dusk\u{202e} ", "description": "One\r\ntwo\tthree", "genre": "ceramics",
            "tags": ["Sea", " dusk "], "artist": "달빛", "medium": "oil", "dimensions": "30 × 40 cm",
            "year": 1999, "reference": "A-1", "start_price": 20_000, "reserve_price": 50_000,
            "buy_now_price": 90_000, "ends_at": artipul_tests::in_ms(3_600_000),
        });
        let answer = artist.send_json(Method::POST, "/v1/auctions", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let listed: Auction = serde_json::from_value(answer.json()).unwrap();
        assert_eq!(answer.header("location"), Some(&*format!("/v1/auctions/{}", listed.id)));
        assert_eq!(answer.header("etag"), Some("\"1\""));
        assert_eq!((listed.title.as_str(), listed.description.as_str()), ("Sea at dusk\u{202e}", "One\ntwo\tthree"));
        assert_eq!((listed.tags.as_slice(), listed.year.as_deref()), (["Sea".to_owned(), "dusk".to_owned()].as_slice(), Some("1999")));
        assert_eq!((listed.artist.as_str(), listed.medium.as_deref()), ("달빛", Some("oil")));
        assert_eq!((listed.genre.as_str(), listed.dimensions.as_deref()), ("ceramics", Some("30 × 40 cm")));
        assert_eq!((listed.start_price, listed.buy_now_price), (Money::new(20_000), Some(Money::new(90_000))));
        assert_eq!((listed.reserve_price, listed.reference.as_deref()), (Some(Money::new(50_000)), Some("A-1")));
        assert_eq!((listed.price, listed.min_next, listed.bid_count), (None, Some(listed.start_price), 0));
        assert_eq!(artist.see(listed.id).await, listed);
        let others = world.bidder(0).await.see(listed.id).await;
        assert!(others.reserve_price.is_none() && others.reference.is_none() && others.has_reserve);
    }

    async fn terms_that_are_none_are_refused(world: &World)
    with ["min-duration" = "10m", "max-duration" = "60d"]
    {
        let artist = world.artist().await;
        let before = world.tables().await;
        let offer = async |edit: &dyn Fn(&mut artipul_common::auctions::ListWorkRequest)| {
            let mut request = draft();
            edit(&mut request);
            artist.client.list_work(&request, &new_idempotency_key()).await
        };
        let points = |points| Some(Money::new(points));
        let minutes = |minutes: i64| artipul_tests::in_ms(minutes * 60_000);
        type Edit<'a> = &'a dyn Fn(&mut artipul_common::auctions::ListWorkRequest);
        let wrong: [(Edit<'_>, (&str, &str)); 13] = [
            (&|work| work.start_price = Money::ZERO, ("start_price", "too-small")),
            (&|work| work.start_price = Money::new(10_500), ("start_price", "not-multiple")),
            (&|work| work.start_price = Money::new(i64::MAX / 1_000 * 1_000), ("start_price", "too-large")),
            (&|work| work.reserve_price = points(9_000), ("reserve_price", "too-small")),
            (&|work| work.buy_now_price = points(10_000), ("buy_now_price", "too-small")),
            (&|work| { work.reserve_price = points(50_000); work.buy_now_price = points(49_000); }, ("buy_now_price", "too-small")),
            (&|work| work.ends_at = minutes(-1), ("ends_at", "in-past")),
            (&|work| work.ends_at = minutes(9), ("ends_at", "too-soon")),
            (&|work| work.ends_at = minutes(60 * 24 * 61), ("ends_at", "too-late")),
            (&|work| work.starts_at = Some(minutes(61)), ("ends_at", "too-soon")),
            (&|work| work.starts_at = Some(minutes(55)), ("ends_at", "too-soon")),
            (&|work| work.genre = "music".to_owned(), ("genre", "unknown")),
            (&|work| work.tags = vec!["a".into(), "A".into()], ("tags.1", "duplicate")),
        ];
        for (edit, expected) in wrong {
            let refusal = problem(offer(edit).await);
            assert_eq!(wrong_fields(&refusal), [expected]);
        }
        assert_eq!(world.tables().await, before);
        assert!(offer(&|work| work.starts_at = Some(minutes(-600))).await.is_ok(), "it starts at once");
        assert!(offer(&|work| work.reserve_price = Some(work.start_price)).await.is_ok());
        assert!(offer(&|work| work.buy_now_price = points(11_000)).await.is_ok());
    }

    async fn times_that_no_column_can_have_are_refused(world: &World)
    with ["max-duration" = "36500d"]
    {
        let artist = world.artist().await;
        for (starts_at, ends_at) in [
            ("+12000-01-01T00:00:00Z", "+12000-01-01T01:00:00Z"),
            ("9999-12-31T23:00:00Z", "+10000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "+262142-01-01T00:00:00Z"),
            ("-0001-01-01T00:00:00Z", "-0001-01-01T01:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T01:00:00Z"),
        ] {
            for is_draft in [false, true] {
                let mut body = serde_json::to_value(draft()).unwrap();
                body["starts_at"] = starts_at.into();
                body["ends_at"] = ends_at.into();
                body["draft"] = is_draft.into();
                let answer = artist.send_json(Method::POST, "/v1/auctions", &body).await;
                let refusal = answer.problem();
                assert_eq!(refusal.code, ProblemCode::ValidationFailed, "{starts_at} {ends_at} {is_draft}");
            }
        }
        assert_eq!(world.number("SELECT COUNT(*) AS number FROM auctions").await, 0);
    }

    async fn a_time_in_a_leap_second_is_a_time(world: &World) {
        let artist = world.artist().await;
        let mut body = serde_json::to_value(draft()).unwrap();
        let minute = artipul_tests::in_ms(3_600_000).format("%Y-%m-%dT%H:%M");
        body["ends_at"] = format!("{minute}:60.25Z").into();
        let answer = artist.send_json(Method::POST, "/v1/auctions", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let listed: Auction = serde_json::from_value(answer.json()).unwrap();
        assert_eq!(artist.see(listed.id).await.ends_at, listed.ends_at);
        let found = artist.pages("/v1/auctions", 1).await;
        assert_eq!(found.len(), 1);
    }

    async fn the_longest_texts_of_a_work_find_room(world: &World) {
        use artipul_common::limits;
        let artist = world.artist().await;
        let wide = |length: &std::ops::RangeInclusive<usize>| "\u{10ffff}".repeat(*length.end());
        // One letter that stands for 18.
        let tag = |letter: &str| format!("{}{}", "\u{fdfa}".repeat(22), letter.repeat(4));
        let listed = artist.list(|work| {
            work.title = wide(&limits::TITLE);
            work.description = wide(&limits::DESCRIPTION);
            work.artist = Some(wide(&limits::ARTIST));
            work.medium = Some("\u{fdfa}".repeat(*limits::MEDIUM.end()));
            work.dimensions = Some(wide(&limits::DIMENSIONS));
            work.year = Some(wide(&limits::YEAR));
            work.reference = Some(wide(&limits::REFERENCE));
            work.tags = vec![tag("a"), tag("b"), wide(&limits::TAG)];
            work.start_price = limits::MAX_AMOUNT;
            work.reserve_price = Some(limits::MAX_AMOUNT);
        }).await;
        assert_eq!(listed.description.chars().count(), *limits::DESCRIPTION.end());
        assert_eq!(artist.see(listed.id).await, listed);
        let longer = patch(&artist, listed.id, &serde_json::json!({ "tags": [tag("abc")] }), None).await;
        assert_eq!(wrong_fields(&longer.problem()), [("tags.0", "too-long")]);
    }

    async fn only_artists_list(world: &World) {
        let anna = world.bidder(0).await;
        let before = world.tables().await;
        let refused = anna.client.list_work(&draft(), &new_idempotency_key()).await;
        assert_eq!(code(refused), ProblemCode::ArtistRequired);
        assert_eq!(world.tables().await, before);
    }

    async fn a_reference_is_one_works_of_its_seller(world: &World) {
        let (artist, other) = (world.artist().await, world.artist().await);
        let list = async |person: &Person, reference: &str| {
            let mut request = draft();
            request.reference = Some(reference.to_owned());
            person.client.list_work(&request, &new_idempotency_key()).await
        };
        let first = list(&artist, "A-1").await.unwrap();
        let before = world.tables().await;
        for reference in ["A-1", " A-1 "] {
            assert_eq!(code(list(&artist, reference).await), ProblemCode::ReferenceTaken);
        }
        assert_eq!(world.tables().await, before);
        list(&artist, "a-1").await.unwrap();
        list(&other, "A-1").await.unwrap();
        withdraw(&artist, first.id).await;
        let after_all = code(list(&artist, "A-1").await);
        assert_eq!(after_all, ProblemCode::ReferenceTaken, "the work is still there to be offered again");
        let without = [artist.list(|_| ()).await.reference, artist.list(|_| ()).await.reference];
        assert_eq!(without, [None, None]);
        let at_once = join_all((0..10).map(|_| list(&artist, "B-1"))).await;
        assert_eq!(at_once.iter().filter(|listed| listed.is_ok()).count(), 1);
        for refused in at_once.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), ProblemCode::ReferenceTaken);
        }
    }

    async fn a_repeated_listing_is_the_same_auction(world: &World) {
        let (artist, other) = (world.artist().await, world.artist().await);
        let (key, mut request) = (new_idempotency_key(), draft());
        request.reference = Some("A-1".to_owned());
        let listings = join_all((0..10).map(|_| artist.client.list_work(&request, &key))).await;
        let listed: Vec<_> = listings.into_iter().map(Result::unwrap).collect();
        assert!(listed.iter().all(|auction| *auction == listed[0]));
        let first = &listed[0];
        edited(&artist, first.id, serde_json::json!({ "title": "Renamed" })).await;
        let again = artist.client.list_work(&request, &key).await.unwrap();
        assert_eq!((again.id, again.title.as_str()), (first.id, "Renamed"), "as it is now");
        let changed = artipul_common::auctions::ListWorkRequest { title: "Other".into(), ..request.clone() };
        let reused = artist.client.list_work(&changed, &key).await;
        assert_eq!(code(reused), ProblemCode::IdempotencyKeyReused);
        assert_ne!(other.client.list_work(&request, &key).await.unwrap().id, first.id);
        assert_eq!(world.number("SELECT COUNT(*) AS number FROM works").await, 2);
    }

    async fn nobody_else_changes_an_auction(world: &World) {
        let (artist, other, anna) = (world.artist().await, world.artist().await, world.bidder(0).await);
        let listed = artist.list(|_| ()).await;
        for person in [&other, &anna] {
            let edit = person.client.edit_auction(listed.id, &EditAuctionRequest::default()).await;
            assert_eq!(code(edit), ProblemCode::NotSeller);
            assert_eq!(code(person.client.cancel_auction(listed.id).await), ProblemCode::NotSeller);
        }
        assert_eq!(artist.see(listed.id).await, listed);
    }
}
