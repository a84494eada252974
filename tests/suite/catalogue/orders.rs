//! The five orders, page by page, and cursors.

use artipul_common::{Money, Timestamp, auctions::Auction, problem::ProblemCode};
use artipul_tests::{Person, World, in_ms, on_every_backend};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;

use super::{found, ids, list_many, refusal};

const SORTS: [&str; 5] = ["ending", "newest", "price", "-price", "popular"];

/// How an auction sorts: by this first, then by its id, in the same direction.
fn key(sort: &str, auction: &Auction, closed_at: Option<Timestamp>) -> i64 {
    let micros = |time: Timestamp| time.timestamp_micros();
    let price = auction.price.unwrap_or(auction.start_price).points();
    match sort {
        "ending" => closed_at.map_or_else(|| micros(auction.ends_at), |closed| -micros(closed)),
        "newest" => -micros(auction.created_at),
        "price" => price,
        "-price" => -price,
        "popular" => -(auction.bid_count as i64),
        _ => unreachable!("one of the five"),
    }
}

/// The auctions of a list in an order, as it should be.
fn ordered<'a>(
    auctions: &'a [Auction],
    sort: &str,
    closed_at: impl Fn(&Auction) -> Option<Timestamp>,
) -> Vec<&'a Auction> {
    let mut auctions: Vec<_> = auctions.iter().collect();
    auctions.sort_by_key(|auction| {
        let closed_at = closed_at(auction);
        let ascending = sort == "price" || sort == "ending" && closed_at.is_none();
        let id = auction.id.get();
        (key(sort, auction, closed_at), if ascending { id } else { -id })
    });
    auctions
}

/// Sixty-four open auctions with few different ends, prices and numbers of bids, and of eight
/// listed at once.
async fn a_full_house(world: &World) -> Vec<Auction> {
    let artist = world.artist().await;
    let (anna, bora) = (world.bidder(9_000).await, world.bidder(9_000).await);
    let end = in_ms(3_600_000);
    let listed = list_many(&artist, 64, |number, work| {
        work.ends_at = end + TimeDelta::minutes(number as i64 * 7 % 9);
        work.start_price = Money::new(10_000 + 1_000 * (number as i64 * 5 % 7));
        work.genre = if number % 3 == 0 { "ceramics" } else { "painting" }.to_owned();
    })
    .await;
    let bids = listed.iter().step_by(3).enumerate().map(async |(number, auction)| {
        for (person, thousands) in [(&anna, 20), (&bora, 30), (&anna, 40)].iter().take(number % 4) {
            person.bid(auction.id, *thousands).await;
        }
    });
    join_all(bids).await;
    let same = "UPDATE auctions SET created_at = '2026-01-01 00:00:00' WHERE id % 8 = 3";
    world.sql(same).await;
    join_all(listed.iter().map(|auction| anna.see(auction.id))).await
}

async fn pages_of(person: &Person, query: &str, limit: usize) -> Vec<Value> {
    person.pages(&format!("/v1/auctions?{query}"), limit).await
}

on_every_backend! {
    async fn every_order_shows_every_auction_once(world: &World) {
        let auctions = a_full_house(world).await;
        let anna = world.bidder(0).await;
        for sort in SORTS {
            for genre in [None, Some("ceramics")] {
                let of_genre: Vec<_> = auctions
                    .iter()
                    .filter(|auction| genre.is_none_or(|genre| auction.genre == genre))
                    .cloned()
                    .collect();
                let genre = genre.map_or(String::new(), |genre| format!("&genre={genre}"));
                let expected: Vec<_> =
                    ordered(&of_genre, sort, |_| None).iter().map(|auction| auction.id).collect();
                for limit in [1, 7, 64, 100] {
                    if limit == 1 && genre.is_empty() {
                        continue;
                    }
                    let found = ids(&pages_of(&anna, &format!("sort={sort}{genre}"), limit).await);
                    assert_eq!(found, expected, "{sort}{genre} in pages of {limit}");
                }
            }
        }
        let unsaid = ids(&pages_of(&anna, "", 100).await);
        assert_eq!(unsaid, ids(&pages_of(&anna, "sort=ending", 100).await), "the next to end first");
    }

    async fn every_order_shows_what_has_ended(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(9_000).await);
        let listed = list_many(&artist, 12, |number, work| {
            work.buy_now_price = Some(Money::new(100_000 + 1_000 * (number as i64 % 3)));
        }).await;
        for (number, auction) in listed.iter().enumerate() {
            match number % 3 {
                0 => artist.client.cancel_auction(auction.id).await.unwrap(),
                more => drop(anna.buy(auction.id, 100 + more as i64).await.unwrap()),
            }
        }
        let same = "UPDATE auctions SET closed_at = '2026-01-01 00:00:00' WHERE id % 4 = 1";
        world.sql(same).await;
        let sold = "UPDATE sales SET sold_at = '2026-01-01 00:00:00' WHERE auction_id % 4 = 1";
        world.sql(sold).await;
        let ids_of_rows: Vec<_> = listed.iter().map(|auction| auction.id).collect();
        let rows = world.app().db.read(move |conn| {
            artipul_server::db::listings::rows(conn, ids_of_rows)
        }).await.unwrap();
        let closed_at = |auction: &Auction| {
            rows.iter().find(|row| row.id == auction.id).unwrap().closed_at.map(|time| time.and_utc())
        };
        let ended = join_all(listed.iter().map(|auction| anna.see(auction.id))).await;
        for sort in SORTS {
            let expected: Vec<_> =
                ordered(&ended, sort, closed_at).iter().map(|auction| auction.id).collect();
            for limit in [1, 5, 100] {
                let found = ids(&pages_of(&anna, &format!("phase=ended&sort={sort}"), limit).await);
                assert_eq!(found, expected, "{sort} in pages of {limit}");
            }
        }
    }

    async fn what_comes_meanwhile_moves_no_page(world: &World) {
        let artist = world.artist().await;
        list_many(&artist, 9, |_, _| ()).await;
        let before = found(world, "sort=newest").await;
        let path = "/v1/auctions?sort=newest&limit=4";
        let first = world.send(Method::GET, path).await.json();
        artist.list(|_| ()).await;
        artist.client.cancel_auction(ids(first["items"].as_array().unwrap())[3]).await.unwrap();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = world.send(Method::GET, &format!("{path}&cursor={cursor}")).await.json();
        let seen = [first, second].map(|page| ids(page["items"].as_array().unwrap())).concat();
        assert_eq!(seen, before[..8]);
    }

    async fn a_cursor_is_of_one_list(world: &World) {
        let artist = world.artist().await;
        list_many(&artist, 3, |_, _| ()).await;
        let first = world.send(Method::GET, "/v1/auctions?genre=painting&limit=1").await.json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let with = |query: &str| format!("/v1/auctions?{query}&cursor={cursor}");
        for query in ["genre=painting", "genre=painting&sort=ending&limit=2", "phase=open&genre=painting"] {
            assert_eq!(world.send(Method::GET, &with(query)).await.status, 200, "{query}");
        }
        for query in [
            "", "genre=ceramics", "genre=painting&sort=newest", "genre=painting&phase=ended",
            "genre=painting&q=work", "genre=painting&tag=a", "genre=painting&min_price=1",
            "genre=painting&max_price=9", "genre=painting&seller=1",
        ] {
            assert_eq!(refusal(world, &with(query)).await, ProblemCode::InvalidCursor, "{query}");
        }
        let of_artist = format!("/v1/artists/{}/auctions?cursor={cursor}", artist.id);
        assert_eq!(refusal(world, &of_artist).await, ProblemCode::InvalidCursor);
        for cursor in ["", "x", "%00", "a.b.c", &"A".repeat(5_000)] {
            let path = format!("/v1/auctions?cursor={cursor}");
            assert_eq!(refusal(world, &path).await, ProblemCode::InvalidCursor, "{cursor:?}");
        }
    }

    async fn a_made_up_place_is_a_place_or_refused(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let sold = list_many(&artist, 2, |_, work| work.buy_now_price = Some(Money::new(100_000))).await;
        for auction in sold {
            anna.buy(auction.id, 100).await.unwrap();
        }
        list_many(&artist, 2, |_, _| ()).await;
        let of_artist = format!("/v1/artists/{}/auctions?", artist.id);
        let lists = SORTS.iter().flat_map(|sort| {
            ["open", "ended"].map(|phase| format!("/v1/auctions?sort={sort}&phase={phase}&"))
        });
        for list in lists.chain([of_artist]) {
            let first = world.send(Method::GET, &format!("{list}limit=1")).await.json();
            let cursor = URL_SAFE_NO_PAD.decode(first["next_cursor"].as_str().unwrap()).unwrap();
            let cursor = String::from_utf8(cursor).unwrap();
            let name = cursor.split('.').next().unwrap();
            let seconds = |years: i64| (years - 1970) * 31_556_952;
            let years = [-200_000, -1, 0, 999, 9_999, 10_000, 200_000].map(|y| seconds(y) * 1_000_000);
            for key in [i64::MIN, -1, 0, 1, i64::MAX].into_iter().chain(years) {
                for id in [i64::MIN, 0, i64::MAX] {
                    let cursor = URL_SAFE_NO_PAD.encode(format!("{name}.{key}.{id}"));
                    let answer = world.send(Method::GET, &format!("{list}cursor={cursor}")).await;
                    if answer.status != 200 {
                        let code = answer.problem().code;
                        assert_eq!(code, ProblemCode::InvalidCursor, "{list} {key}.{id}");
                    }
                }
            }
        }
    }

    async fn a_page_has_one_to_a_hundred_items(world: &World) {
        let artist = world.artist().await;
        list_many(&artist, 21, |_, _| ()).await;
        let length = async |query: &str| {
            let page = world.send(Method::GET, &format!("/v1/auctions?{query}")).await.json();
            page["items"].as_array().unwrap().len()
        };
        assert_eq!((length("").await, length("limit=1").await, length("limit=100").await), (20, 1, 21));
        for limit in ["0", "101", "-1", "1.5", "4294967297", "+", "ten"] {
            let path = format!("/v1/auctions?limit={limit}");
            assert_eq!(refusal(world, &path).await, ProblemCode::InvalidQuery, "{limit}");
        }
    }
}
