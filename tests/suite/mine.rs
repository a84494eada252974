//! What belongs to the signed-in user: participations, purchases, own auctions, watches,
//! notifications, and how many there are of each.

use std::collections::{BTreeMap, BTreeSet};

use artipul_common::{
    AuctionId, Money,
    auctions::Phase,
    client::new_idempotency_key,
    events::NoticeKind,
    mine::{ReadRequest, Summary},
    page::PageQuery,
    problem::ProblemCode,
};
use artipul_server::{
    db::{
        Conn,
        notifications::{self, NewNotice},
    },
    live::News,
};
use artipul_tests::{Answer, Person, code, in_ms, on_every_backend};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

/// The auctions of a list, which it shows whole or beside something else.
fn ids(items: &[Value]) -> Vec<AuctionId> {
    let id = |item: &Value| item.get("auction").unwrap_or(item)["id"].clone();
    items.iter().map(|item| serde_json::from_value(id(item)).unwrap()).collect()
}

/// A list in pages of any size is the same list; the newest auction is first.
async fn listed(person: &Person, path: &str) -> Vec<AuctionId> {
    let whole = person.pages(path, 100).await;
    assert_eq!(person.pages(path, 2).await, whole, "{path}");
    let ids = ids(&whole);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{path}: {ids:?}");
    ids
}

fn newest_first(ids: &[AuctionId]) -> Vec<AuctionId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.reverse();
    ids
}

/// The summary as the lists say it.
async fn counted(person: &Person) -> Summary {
    let count = async |path: &str| person.pages(path, 100).await.len() as u64;
    let state = async |state: &str| count(&format!("/v1/me/participations?state={state}")).await;
    let phase = async |phase: &str| count(&format!("/v1/me/auctions?phase={phase}")).await;
    let ended = person.pages("/v1/me/auctions?phase=ended", 100).await;
    let outcome = |outcome: &str| ended.iter().filter(|a| a["outcome"] == outcome).count() as u64;
    let notifications = person.pages("/v1/me/notifications", 100).await;
    Summary {
        leading: state("leading").await,
        outbid: state("outbid").await,
        won: state("won").await,
        lost: state("lost").await,
        purchases: count("/v1/me/purchases").await,
        watches: count("/v1/me/watches").await,
        drafts: phase("draft").await,
        upcoming: phase("upcoming").await,
        selling: phase("open").await,
        sold: outcome("sold"),
        unsold: outcome("unsold"),
        cancelled: outcome("cancelled"),
        unread: notifications.iter().filter(|notification| notification["read"] == false).count()
            as u64,
    }
}

async fn watch(person: &Person, id: impl std::fmt::Display, method: Method) -> Answer {
    person.send(method, &format!("/v1/auctions/{id}/watch")).await
}

/// Auctions of an artist, all of whose buy-now price is 100,000.
async fn offers(artist: &Person, count: usize) -> Vec<AuctionId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(artist.list(|work| work.buy_now_price = Some(Money::new(100_000))).await.id);
    }
    ids
}

on_every_backend! {
    async fn each_participation_is_in_its_state(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let all = offers(&artist, 10).await;
        let expected: BTreeMap<&str, &[AuctionId]> = BTreeMap::from([
            ("leading", &all[..3]), ("outbid", &all[3..5]), ("won", &all[5..7]), ("lost", &all[7..]),
        ]);
        let unsold = artist.list(|work| {
            work.reserve_price = Some(Money::new(90_000));
            work.ends_at = in_ms(1_500);
        }).await.id;
        anna.bid(unsold, 20).await;
        for id in &all {
            anna.bid(*id, 20).await;
        }
        for id in expected["outbid"] {
            bora.bid(*id, 30).await;
        }
        for id in expected["won"] {
            anna.buy(*id, 100).await.unwrap();
        }
        for id in expected["lost"] {
            bora.buy(*id, 100).await.unwrap();
        }
        anna.settled(unsold).await;

        let mut everything = Vec::new();
        for (state, ids) in expected {
            let mut ids = ids.to_vec();
            if state == "lost" {
                // Nobody has bought it: its leader has not, either.
                ids.push(unsold);
            }
            let path = format!("/v1/me/participations?state={state}");
            assert_eq!(listed(&anna, &path).await, newest_first(&ids), "{state}");
            for part in anna.pages(&path, 100).await {
                assert_eq!(part["state"], state);
                let maximum = if state == "won" { 100_000 } else { 20_000 };
                assert_eq!(part["maximum"], maximum, "{state}");
                assert_eq!(part["auction"]["me"]["maximum"], maximum);
            }
            everything.extend(ids);
        }
        assert_eq!(listed(&anna, "/v1/me/participations").await, newest_first(&everything));
        for person in [&anna, &bora, &artist] {
            assert_eq!(person.client.summary().await.unwrap(), counted(person).await);
        }
        let summary = anna.client.summary().await.unwrap();
        assert_eq!((summary.leading, summary.outbid, summary.won, summary.lost), (3, 2, 2, 4));
        assert!(listed(&artist, "/v1/me/participations").await.is_empty());
    }

    async fn purchases_show_what_was_paid_and_how(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let at_once = offers(&artist, 3).await;
        let ended = artist.list(|work| work.ends_at = in_ms(1_200)).await.id;
        anna.bid(ended, 50).await;
        bora.bid(ended, 30).await;
        for id in &at_once {
            anna.buy(*id, 100).await.unwrap();
        }
        let price = anna.settled(ended).await.price.unwrap();
        let path = "/v1/me/purchases";
        let bought = [at_once, vec![ended]].concat();
        assert_eq!(listed(&anna, path).await, newest_first(&bought));
        for purchase in anna.pages(path, 100).await {
            let is_bid = purchase["sale_id"] == json!(ended);
            assert_eq!(purchase["sale_id"], purchase["auction"]["id"]);
            assert_eq!(purchase["kind"], if is_bid { "highest-bid" } else { "buy-now" });
            assert_eq!(purchase["price"], if is_bid { json!(price) } else { json!(100_000) });
            assert_eq!(purchase["auction"]["outcome"], "sold");
            let (sold, ends) = (&purchase["sold_at"], &purchase["auction"]["ends_at"]);
            let time = |value: &Value| value.as_str().unwrap().parse::<artipul_common::Timestamp>().unwrap();
            assert_eq!(is_bid, time(sold) >= time(ends));
        }
        assert!(listed(&bora, path).await.is_empty());
        assert_eq!(anna.client.summary().await.unwrap().purchases, 4);
    }

    async fn own_auctions_are_listed_by_phase_with_drafts(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(900).await);
        let tomorrow = Utc::now() + TimeDelta::days(1);
        let mut expected: BTreeMap<&str, Vec<AuctionId>> = BTreeMap::new();
        for _ in 0..3 {
            let draft = artist.list(|work| work.draft = true).await;
            assert_eq!(draft.phase, Phase::Draft);
            expected.entry("draft").or_default().push(draft.id);
            let upcoming = artist.list(|work| {
                work.starts_at = Some(tomorrow);
                work.ends_at = tomorrow + TimeDelta::days(1);
            }).await;
            assert_eq!(upcoming.phase, Phase::Upcoming);
            expected.entry("upcoming").or_default().push(upcoming.id);
            let open = artist.list(|_| ()).await;
            assert_eq!(open.phase, Phase::Open);
            expected.entry("open").or_default().push(open.id);
        }
        let sold = offers(&artist, 1).await[0];
        anna.buy(sold, 100).await.unwrap();
        let unsold = artist.list(|work| work.ends_at = in_ms(300)).await.id;
        let cancelled = artist.list(|_| ()).await.id;
        artist.client.cancel_auction(cancelled).await.unwrap();
        artist.settled(unsold).await;
        expected.insert("ended", vec![sold, unsold, cancelled]);

        for (phase, ids) in &expected {
            let path = format!("/v1/me/auctions?phase={phase}");
            assert_eq!(listed(&artist, &path).await, newest_first(ids), "{phase}");
            assert!(listed(&anna, &path).await.is_empty(), "{phase}");
        }
        let everything: Vec<_> = expected.values().flatten().copied().collect();
        assert_eq!(listed(&artist, "/v1/me/auctions").await, newest_first(&everything));
        let summary = artist.client.summary().await.unwrap();
        assert_eq!(summary, counted(&artist).await);
        assert_eq!((summary.drafts, summary.upcoming, summary.selling), (3, 3, 3));
        assert_eq!((summary.sold, summary.unsold, summary.cancelled), (1, 1, 1));
    }

    async fn watching_again_changes_nothing(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let mut auctions = Vec::new();
        for _ in 0..5 {
            auctions.push(artist.list(|_| ()).await.id);
        }
        for id in &auctions {
            for _ in 0..2 {
                assert_eq!(watch(&anna, id, Method::PUT).await.status, 204);
            }
        }
        watch(&bora, auctions[0], Method::PUT).await;
        assert_eq!(listed(&anna, "/v1/me/watches").await, newest_first(&auctions));
        let seen = anna.see(auctions[0]).await;
        assert_eq!((seen.watchers, seen.me.unwrap().watching), (2, true));
        let stranger = world.send(Method::GET, &format!("/v1/auctions/{}", auctions[0])).await.json();
        assert_eq!((&stranger["watchers"], stranger.get("me")), (&json!(2), None));
        for _ in 0..2 {
            assert_eq!(watch(&anna, auctions[0], Method::DELETE).await.status, 204);
        }
        assert_eq!(listed(&anna, "/v1/me/watches").await, newest_first(&auctions[1..]));
        let seen = anna.see(auctions[0]).await;
        assert_eq!((seen.watchers, seen.me.unwrap().watching), (1, false));
        // Followed to the end, and beyond.
        artist.client.cancel_auction(auctions[1]).await.unwrap();
        assert_eq!(watch(&anna, auctions[1], Method::PUT).await.status, 204);
        assert_eq!(anna.client.summary().await.unwrap(), counted(&anna).await);
        assert_eq!(listed(&bora, "/v1/me/watches").await, [auctions[0]]);
    }

    async fn what_is_not_there_cannot_be_watched(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(0).await);
        let draft = artist.list(|work| work.draft = true).await.id;
        for id in [draft.to_string(), (draft.get() + 1).to_string(), "0".to_owned()] {
            for method in [Method::PUT, Method::DELETE] {
                let refusal = watch(&anna, &id, method.clone()).await.problem();
                assert_eq!(refusal.code, ProblemCode::AuctionNotFound, "{method} {id}");
            }
        }
        assert_eq!(watch(&artist, draft, Method::PUT).await.status, 204, "his own draft");
        assert_eq!(listed(&artist, "/v1/me/watches").await, [draft]);
        assert!(listed(&anna, "/v1/me/watches").await.is_empty());
    }

    async fn notifications_are_read_one_by_one_or_up_to_one_or_all(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        for thousands in 1..=7 {
            for person in [&anna, &bora] {
                person.client.charge(Money::new(thousands * 1_000), &new_idempotency_key()).await.unwrap();
            }
        }
        let path = "/v1/me/notifications";
        let notifications = anna.pages(path, 100).await;
        assert_eq!(anna.pages(path, 3).await, notifications);
        let prices: Vec<_> = notifications.iter().map(|n| n["price"].as_i64().unwrap() / 1_000).collect();
        assert_eq!(prices, [7, 6, 5, 4, 3, 2, 1], "newest first");
        let unread = async |person: &Person| {
            let unread: Vec<_> = person.pages(path, 100).await.iter()
                .filter(|n| n["read"] == false)
                .map(|n| n["price"].as_i64().unwrap() / 1_000)
                .collect();
            assert_eq!(person.client.summary().await.unwrap().unread, unread.len() as u64);
            unread
        };
        let third = serde_json::from_value(notifications[4]["id"].clone()).unwrap();
        let sixth = serde_json::from_value(notifications[1]["id"].clone()).unwrap();
        let only = ReadRequest { only: Some(sixth), ..ReadRequest::default() };
        anna.client.read_notifications(&only).await.unwrap();
        assert_eq!(unread(&anna).await, [7, 5, 4, 3, 2, 1]);
        for _ in 0..2 {
            let up_to = ReadRequest { up_to: Some(third), ..ReadRequest::default() };
            anna.client.read_notifications(&up_to).await.unwrap();
            assert_eq!(unread(&anna).await, [7, 5, 4]);
        }
        let ids = |page: &[Value]| page.iter().map(|n| n["id"].clone()).collect::<Vec<_>>();
        let mixed = anna.pages(path, 2).await;
        assert_eq!(ids(&mixed), ids(&notifications), "read and unread ones in their order");
        assert_eq!(unread(&bora).await.len(), 7, "nobody reads for others");
        let read = format!("{path}/read");
        let empty = anna.send(Method::POST, &read).await;
        assert_eq!((empty.status, unread(&anna).await.len()), (204, 0), "without a body, all");
        let empty = bora.send_json(Method::POST, &read, &json!({})).await;
        assert_eq!((empty.status, unread(&bora).await.len()), (204, 0));
        anna.charge(8).await;
        assert_eq!(unread(&anna).await, [8], "what comes later is new");
    }

    async fn nobody_is_reminded_of_what_he_has_just_done(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, 20).await;
        bora.bid(id, 50).await;
        let page = anna.client.notifications(&PageQuery::default()).await.unwrap();
        let read = |kind| page.items.iter().find(|notice| notice.kind == kind).unwrap().read;
        assert!(read(NoticeKind::Leading) && !read(NoticeKind::Outbid) && !read(NoticeKind::Charged));
        assert_eq!(anna.client.summary().await.unwrap().unread, 2);
    }

    async fn more_notices_are_stored_than_the_database_takes_by_one_message(world: &World) {
        let anna = world.bidder(0).await;
        let (user, count) = (anna.id, 6_000);
        let notices = vec![
            NewNotice {
                user,
                kind: NoticeKind::Lost,
                auction: None,
                // Of the longest title that there can be: twenty megabytes in all.
                title: Some("\u{1f3a8}".repeat(400)),
                price: None,
            };
            count
        ];
        let tell = move |conn: &mut Conn| {
            let now = conn.now()?;
            notifications::tell(conn, notices.clone(), now)
        };
        let news = world.app().db.write(tell).await.unwrap();
        let stored = format!("SELECT COUNT(*) AS number FROM notifications WHERE user_id = {user}");
        assert_eq!(world.number(&stored).await, count as i64);
        let told: BTreeSet<_> = news.iter().map(|news| match news {
            News::Notice { notice, .. } => notice.notification_id,
            News::Auction { .. } => unreachable!("it is about no auction"),
        }).collect();
        // Each with its own id, or none.
        if let (Some(first), Some(last)) = (told.first(), told.last()) {
            let id = async |end| world.number(&stored.replace("COUNT(*)", end)).await;
            assert_eq!((first.get(), last.get()), (id("MIN(id)").await, id("MAX(id)").await));
            assert_eq!(told.len(), count);
        }
    }

    async fn lists_are_ones_own(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        for _ in 0..2 {
            anna.charge(1).await;
            bora.charge(1).await;
        }
        let page = PageQuery { limit: Some(1), cursor: None };
        let cursor = bora.client.notifications(&page).await.unwrap().next_cursor;
        let foreign = PageQuery { cursor, ..page };
        assert_eq!(code(anna.client.notifications(&foreign).await), ProblemCode::InvalidCursor);
        assert_eq!(code(bora.client.purchases(&foreign).await), ProblemCode::InvalidCursor);
        assert!(bora.client.notifications(&foreign).await.is_ok());
    }
}
