//! The catalogue: lists of auctions, their filters, orders, words and pages.

mod orders;
mod words;

use artipul_common::{
    AuctionId, Money,
    accounts::EditProfileRequest,
    auctions::{Auction, Genres, ListWorkRequest},
    client::new_idempotency_key,
    problem::ProblemCode,
};
use artipul_tests::{Person, World, draft, in_ms, on_every_backend};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;

/// Lists as many works as there are, each changed by its number.
async fn list_many(
    artist: &Person,
    count: usize,
    edit: impl Fn(usize, &mut ListWorkRequest),
) -> Vec<Auction> {
    let requests: Vec<_> = (0..count)
        .map(|number| {
            let mut request = draft();
            edit(number, &mut request);
            (request, new_idempotency_key())
        })
        .collect();
    let listed = requests.iter().map(|(request, key)| artist.client.list_work(request, key));
    join_all(listed).await.into_iter().map(Result::unwrap).collect()
}

/// The auctions that a stranger finds, in order.
async fn found(world: &World, query: &str) -> Vec<AuctionId> {
    ids(&world.pages(&format!("/v1/auctions?{query}"), 100).await)
}

fn ids(items: &[Value]) -> Vec<AuctionId> {
    items.iter().map(|item| serde_json::from_value(item["id"].clone()).unwrap()).collect()
}

fn sorted(mut ids: Vec<AuctionId>) -> Vec<AuctionId> {
    ids.sort();
    ids
}

/// Why a query is refused.
async fn refusal(world: &World, path: &str) -> ProblemCode {
    world.send(Method::GET, path).await.problem().code
}

on_every_backend! {
    async fn a_page_shows_a_change_to_whoever_looks_after_it(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let first = async || world.pages("/v1/auctions", 100).await;
        assert!(first().await.is_empty());
        let id = artist.list(|_| ()).await.id;
        assert_eq!(ids(&first().await), [id]);
        anna.bid(id, 20).await;
        assert_eq!(first().await[0]["bid_count"], 1);
        anna.send(Method::PUT, &format!("/v1/auctions/{id}/watch")).await;
        assert_eq!(first().await[0]["watchers"], 1);
        let college = Some(Some("K-Arts".to_owned()));
        let request = EditProfileRequest { college, ..Default::default() };
        artist.client.edit_profile(&request).await.unwrap();
        assert_eq!(first().await[0]["seller"]["college"], "K-Arts");
    }

    async fn filters_leave_what_matches_all_of_them(world: &World) {
        let (artist, other) = (world.artist().await, world.artist().await);
        let genres = ["painting", "ceramics", "oriental-painting"];
        let tags = ["Sea", "sky", "달빛"];
        let edit = |number: usize, work: &mut ListWorkRequest| {
            work.genre = genres[number % 3].to_owned();
            work.start_price = Money::new(10_000 + 5_000 * (number as i64 % 4));
            work.tags = (0..3).filter(|tag| number >> tag & 1 == 1).map(|tag| tags[tag].to_owned()).collect();
        };
        let mut all = list_many(&artist, 16, edit).await;
        all.extend(list_many(&other, 8, edit).await);
        let price = |auction: &Auction| auction.start_price.points();
        let tagged = |auction: &Auction, tag: &str| auction.tags.iter().any(|t| t == tag);
        type Matches<'a> = Box<dyn Fn(&Auction) -> bool + 'a>;
        let by_artist = format!("seller={}", artist.id);
        let parts: [(&str, Matches<'_>); 7] = [
            ("genre=painting", Box::new(|auction| auction.genre == "painting")),
            ("tag=sea", Box::new(|auction| tagged(auction, "Sea"))),
            ("tag=SKY", Box::new(|auction| tagged(auction, "sky"))),
            ("tag=%EB%8B%AC%EB%B9%9B", Box::new(|auction| tagged(auction, "달빛"))),
            ("min_price=15000", Box::new(|auction| price(auction) >= 15_000)),
            ("max_price=20000", Box::new(|auction| price(auction) <= 20_000)),
            (&by_artist, Box::new(|auction| auction.seller.id == artist.id)),
        ];
        // Every combination of filters.
        for chosen in 0..1_usize << parts.len() {
            let chosen: Vec<_> =
                parts.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, part)| part).collect();
            let query: Vec<&str> = chosen.iter().map(|(query, _)| *query).collect();
            let query = query.join("&");
            let expected = all.iter().filter(|auction| chosen.iter().all(|(_, matches)| matches(auction)));
            let expected = sorted(expected.map(|auction| auction.id).collect());
            assert_eq!(sorted(found(world, &query).await), expected, "{query}");
        }
        assert!(found(world, "tag=nowhere").await.is_empty());
        assert!(found(world, "min_price=20000&max_price=15000").await.is_empty());
        assert!(found(world, "phase=ended").await.is_empty());
    }

    async fn a_price_filter_follows_the_price(world: &World) {
        let (artist, anna, bora) =
            (world.artist().await, world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|_| ()).await.id;
        assert_eq!(found(world, "max_price=10000").await, [id]);
        anna.bid(id, 90).await;
        assert_eq!(found(world, "max_price=10000").await, [id], "the first bid moves no price");
        bora.bid(id, 50).await;
        assert!(found(world, "max_price=51000").await.is_empty());
        assert_eq!(found(world, "min_price=52000&max_price=52000").await, [id]);
    }

    async fn each_auction_is_in_the_list_of_its_phase(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let tomorrow = Utc::now() + TimeDelta::days(1);
        let upcoming = artist.list(|work| {
            work.starts_at = Some(tomorrow);
            work.ends_at = tomorrow + TimeDelta::days(1);
        }).await.id;
        let open = artist.list(|_| ()).await.id;
        let unsold = artist.list(|work| work.ends_at = in_ms(200)).await.id;
        anna.settled(unsold).await;
        let sold = artist.list(|work| work.buy_now_price = Some(Money::new(100_000))).await.id;
        anna.buy(sold, 100).await.unwrap();
        let cancelled = artist.list(|_| ()).await.id;
        artist.client.cancel_auction(cancelled).await.unwrap();
        artist.list(|work| work.draft = true).await;
        assert_eq!(found(world, "").await, [open], "the open ones unless said");
        assert_eq!(found(world, "phase=open").await, [open]);
        assert_eq!(found(world, "phase=upcoming").await, [upcoming]);
        let ended = [cancelled, sold, unsold];
        assert_eq!(found(world, "phase=ended").await, ended, "the last ended first");
        let public = [cancelled, sold, unsold, open, upcoming];
        let of_artist = ids(&world.pages(&format!("/v1/artists/{}/auctions", artist.id), 2).await);
        assert_eq!(of_artist, public, "all but drafts, newest first");
        assert_eq!(refusal(world, "/v1/auctions?phase=draft").await, ProblemCode::InvalidQuery);
    }

    async fn a_draft_is_in_no_list(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(0).await);
        let draft = artist.list(|work| {
            work.draft = true;
            work.title = "Unfinished".to_owned();
            work.tags = vec!["secret".to_owned()];
        }).await;
        for query in [
            "", "phase=upcoming", "phase=ended", "q=unfinished", "tag=secret", "sort=newest",
            &format!("seller={}", artist.id),
        ] {
            for person in [&anna, &artist] {
                let found = person.pages(&format!("/v1/auctions?{query}"), 100).await;
                assert!(found.is_empty(), "{query}");
            }
        }
        let of_artist = format!("/v1/artists/{}/auctions", artist.id);
        assert!(artist.pages(&of_artist, 100).await.is_empty());
        assert_eq!(anna.client.artist(artist.id).await.unwrap().open_auctions, 0);
        assert_eq!(artist.see(draft.id).await.title, "Unfinished");
    }

    async fn an_artists_profile_counts_what_is_open_and_what_was_sold(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let request = EditProfileRequest {
            introduction: Some(Some("I paint.".to_owned())),
            college: Some(Some("K-Arts".to_owned())),
            ..Default::default()
        };
        artist.client.edit_profile(&request).await.unwrap();
        let listed = list_many(&artist, 4, |_, work| work.buy_now_price = Some(Money::new(100_000))).await;
        anna.buy(listed[0].id, 100).await.unwrap();
        artist.client.cancel_auction(listed[1].id).await.unwrap();
        let profile = world.client().artist(artist.id).await.unwrap();
        assert_eq!((profile.open_auctions, profile.sold), (2, 1));
        assert_eq!((profile.nickname, profile.is_artist), (artist.nickname.clone(), true));
        assert_eq!((profile.introduction, profile.college), (Some("I paint.".into()), Some("K-Arts".into())));
        for id in [anna.id.to_string(), "999".into(), "0".into(), "x".into()] {
            for path in [format!("/v1/artists/{id}"), format!("/v1/artists/{id}/auctions")] {
                assert_eq!(refusal(world, &path).await, ProblemCode::ArtistNotFound, "{path}");
            }
        }
    }

    async fn genres_have_names_in_both_languages(world: &World) {
        let genres: Genres = serde_json::from_value(world.send(Method::GET, "/v1/genres").await.json()).unwrap();
        let slugs: Vec<&str> = genres.items.iter().map(|genre| genre.slug.as_str()).collect();
        assert_eq!(slugs, [
            "painting", "oriental-painting", "drawing", "printmaking", "sculpture", "ceramics", "craft",
            "photography", "illustration", "calligraphy", "design", "media", "installation",
        ]);
        for genre in &genres.items {
            assert!(genre.name.en.is_ascii() && genre.name.en.starts_with(char::is_uppercase), "{genre:?}");
            assert!(genre.name.ko.chars().all(|c| ('가'..='힣').contains(&c)), "{genre:?}");
        }
        let artist = world.artist().await;
        for slug in slugs {
            let id = artist.list(|work| work.genre = slug.to_owned()).await.id;
            assert_eq!(found(world, &format!("genre={slug}")).await, [id]);
        }
        assert_eq!(refusal(world, "/v1/auctions?genre=Painting").await, ProblemCode::InvalidQuery);
    }
}
