//! Several instances on the same stores, and the wire between them.

use artipul_common::{
    AuctionId, Money,
    accounts::{Secret, SignInRequest},
    bids::BidResult,
    client::{
        Client, ClientError, new_idempotency_key,
        stream::{AuctionEvent, Item, Subscription},
        tokens::MemoryTokens,
    },
    problem::ProblemCode,
};
use artipul_server::{
    app::Server,
    db::{DbResult, accounts, bids, works},
};
use artipul_tests::{Backend, Fate, Feed, Wire, World, eventually, http, within};
use futures_util::future::join_all;
use reqwest::Method;

/// The rules, told a second time without looking at the first.
#[path = "../../server/src/auction/properties/naive.rs"]
#[allow(dead_code, unreachable_pub, reason = "another judge needs more of it")]
mod naive;

async fn next_price(stream: &mut Subscription<AuctionEvent>) -> Option<Money> {
    within("an event", async {
        loop {
            match stream.next().await {
                Some(Item::Event(event)) => return event.state.price,
                Some(_) => {}
                None => panic!("the stream ended"),
            }
        }
    })
    .await
}

#[test]
fn a_thousand_bids_through_two_instances_come_out_as_in_some_order() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let mut watchers: Vec<_> = Vec::new();
        for url in [world.url(), other.url()] {
            for _ in 0..3 {
                let client = Client::new(&url, MemoryTokens::default()).unwrap();
                watchers.push(client.follow_auction(id));
            }
        }
        for watcher in &mut watchers {
            assert_eq!(next_price(watcher).await, None);
        }
        let mut bidders = Vec::new();
        for number in 0..50 {
            let bidder = world.bidder(9_000).await;
            bidders.push(if number % 2 == 0 { bidder } else { bidder.at(&other.url()).await });
        }
        let receipts = join_all(bidders.iter().enumerate().map(|(number, bidder)| async move {
            let mut receipts = Vec::new();
            let mut least = 10;
            for round in 0..20 {
                // A little over what was last heard: some lead, some lose, some tie, some are late.
                let thousands = least + (number as i64 * 13 + round * 7) % 50 * 2;
                match bidder.try_bid(id, thousands).await {
                    Ok(receipt) => {
                        least = receipt.min_next.unwrap().points() / 1_000;
                        receipts.push((bidder.id.get(), receipt));
                    }
                    Err(ClientError::Problem(problem)) => {
                        assert_eq!(problem.code, ProblemCode::BidTooLow);
                        least = problem.min_next.unwrap().points() / 1_000;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            receipts
        }))
        .await;
        let receipts: Vec<_> = receipts.into_iter().flatten().collect();
        assert!(receipts.len() > 60, "only {} bids were accepted", receipts.len());

        let log = world.app().db.read(move |conn| bids::log(conn, id)).await.unwrap();
        let seen = artist.see(id).await;
        compare_with_the_naive_model(&log, &seen);
        // Every bid that was acknowledged is there, and no other.
        let mut told: Vec<(i64, i64)> =
            receipts.iter().map(|(who, receipt)| (*who, receipt.maximum.points())).collect();
        let mut logged: Vec<(i64, i64)> =
            log.iter().map(|bid| (bid.bidder_id.get(), bid.maximum.points())).collect();
        told.sort_unstable();
        logged.sort_unstable();
        assert_eq!(told, logged);
        for (who, receipt) in &receipts {
            let place = log
                .iter()
                .find(|bid| bid.bidder_id.get() == *who && bid.maximum == receipt.maximum);
            assert_eq!(place.map(|bid| bid.price), Some(receipt.price), "as he was told");
        }
        // The watchers of both instances saw prices rise, up to the last.
        for watcher in &mut watchers {
            let mut last = None;
            while last != seen.price {
                let price = next_price(watcher).await;
                assert!(price >= last, "{price:?} after {last:?}");
                last = price;
            }
        }
        other.stop().await;
    });
}

fn compare_with_the_naive_model(log: &[bids::BidRow], seen: &artipul_common::auctions::Auction) {
    let micros = |time: artipul_common::Timestamp| time.timestamp_micros();
    let terms = naive::Terms {
        seller: seen.seller.id.get(),
        start_price: seen.start_price.points(),
        reserve: None,
        buy_now: None,
        starts_at: micros(seen.starts_at),
        scheduled_end: micros(seen.scheduled_end),
    };
    let lengths = naive::Lengths { soft_close: 0, longest_extension: 0 };
    let mut auction = naive::Auction::new(terms, naive::Fate::Listed, lengths);
    for bid in log {
        auction.bids.push(naive::Bid {
            at: micros(bid.placed_at.and_utc()),
            who: bid.bidder_id.get(),
            maximum: bid.maximum.points(),
        });
        let standing = auction.standing();
        assert_eq!(bid.price.points(), standing.price, "bid {}", bid.number);
        assert_eq!(bid.seq.is_some(), standing.seen_bids > seen_before(log, bid.number));
    }
    let standing = auction.standing();
    assert_eq!(seen.price.map(Money::points), Some(standing.price));
    assert_eq!(seen.bid_count, standing.seen_bids);
}

fn seen_before(log: &[bids::BidRow], number: i64) -> u64 {
    log.iter().filter(|bid| bid.number < number && bid.seq.is_some()).count() as u64
}

#[test]
fn a_price_at_one_instance_is_seen_at_the_other() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let bora = world.bidder(900).await.at(&other.url()).await;
        let id = artist.list(|_| ()).await.id;
        let mut here = anna.client.follow_auction(id);
        let mut there = bora.client.follow_auction(id);
        let mut of_anna = anna.client.follow_me();
        assert_eq!(within("it is live", of_anna.next()).await, Some(Item::Live));
        for stream in [&mut here, &mut there] {
            assert_eq!(next_price(stream).await, None);
        }
        anna.bid(id, 20).await;
        for stream in [&mut here, &mut there] {
            assert_eq!(next_price(stream).await, Some(Money::new(10_000)));
        }
        assert_eq!(bora.bid(id, 90).await.result, BidResult::Leading);
        for stream in [&mut here, &mut there] {
            assert_eq!(next_price(stream).await, Some(Money::new(21_000)));
        }
        // The one who was outbid is told at his own instance.
        let kinds = within("both notices", async {
            let mut kinds = Vec::new();
            while kinds.len() < 2 {
                if let Some(Item::Event(event)) = of_anna.next().await {
                    kinds.push(event.kind);
                }
            }
            kinds
        })
        .await;
        use artipul_common::events::NoticeKind::{Leading, Outbid};
        assert_eq!(kinds, [Leading, Outbid]);
        other.stop().await;
    });
}

/// An instance on the same database that hears nothing from the others, nor they from it.
async fn deaf_instance(world: &World) -> Server {
    let prefix = format!("deaf{:016x}:", rand::random::<u64>());
    let sources = world.sources().set("redis-prefix", prefix);
    Server::start(sources.config().unwrap()).await.unwrap()
}

#[test]
fn what_an_instance_was_not_told_it_reads() {
    World::run(Backend::Shared, &[], async |world| {
        let other = deaf_instance(world).await;
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let bora = world.bidder(900).await.at(&other.url()).await;
        use artipul_common::events::NoticeKind::{Charged, Leading, Lost, Outbid};
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        let mut there = bora.client.follow_auction(id);
        assert_eq!(next_price(&mut there).await, None);
        let mut of_bora = bora.client.follow_me();
        assert_eq!(within("it is live", of_bora.next()).await, Some(Item::Live));
        bora.bid(id, 20).await;
        assert_eq!(next_price(&mut there).await, Some(Money::new(10_000)));
        anna.bid(id, 50).await;
        assert_eq!(next_price(&mut there).await, Some(Money::new(21_000)));
        anna.buy(id, 90).await.unwrap();
        assert_eq!(next_price(&mut there).await, Some(Money::new(90_000)));
        assert_eq!(within("its end", there.next()).await, Some(Item::Ended));
        let kinds = within("all notices", async {
            let mut kinds = Vec::new();
            while kinds.len() < 3 {
                // The points that he has just charged may be told as well.
                if let Some(Item::Event(event)) = of_bora.next().await
                    && event.kind != Charged
                {
                    kinds.push(event.kind);
                }
            }
            kinds
        })
        .await;
        assert_eq!(kinds, [Leading, Outbid, Lost]);
        other.stop().await;
    });
}

#[test]
fn whoever_comes_back_to_another_instance_is_shown_nothing_older() {
    World::run(Backend::Shared, &[], async |world| {
        let other = deaf_instance(world).await;
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let there = world.bidder(900).await.at(&other.url()).await;
        let id = artist.list(|_| ()).await.id;
        // Somebody follows it there, so that instance knows its state.
        let mut follower = there.client.follow_auction(id);
        assert_eq!(next_price(&mut follower).await, None);
        let mut seq = anna.bid(id, 20).await.seq;
        for path in [format!("/v1/events?auction={id}"), format!("/v1/auctions/{id}/events")] {
            let request =
                there.request(Method::GET, &path).header("Last-Event-ID", seq.to_string());
            let feed = Feed::of(request).await;
            let next = world.bidder(900).await.bid(id, 10 * i64::try_from(seq).unwrap()).await.seq;
            let text = feed.until("data: ").await;
            let known = [seq, next].map(|seq| format!("id: {seq}\n"));
            assert!(known.iter().any(|id| text.contains(id)), "{path}: {text}");
            seq = next;
        }
        other.stop().await;
    });
}

/// Profiles and works are changed by others than the desk.
#[test]
fn a_bid_waits_for_nobody_who_changes_a_work_or_an_account() {
    World::run(Backend::Shared, &[], async |world| {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let auction = artist.list(|_| ()).await;
        anna.bid(auction.id, 20).await;
        let (lock, mut is_locked) = tokio::sync::mpsc::channel(1);
        let (done, is_done) = std::sync::mpsc::channel();
        let (db, people) = (world.app().db.clone(), [artist.id, anna.id, bora.id]);
        let holding = tokio::spawn(async move {
            db.write(move |conn| {
                for person in people {
                    accounts::lock(conn, person)?;
                }
                works::lock(conn, auction.work_id)?;
                lock.blocking_send(()).unwrap();
                is_done.recv().unwrap();
                DbResult::Ok(())
            })
            .await
        });
        within("the locks", is_locked.recv()).await.unwrap();
        assert_eq!(bora.bid(auction.id, 40).await.result, BidResult::Leading);
        done.send(()).unwrap();
        holding.await.unwrap().unwrap();
    });
}

#[test]
fn a_bid_is_not_measured_by_a_start_price_that_was_lowered() {
    World::run(Backend::Shared, &[], async |world| {
        let other = deaf_instance(world).await;
        let artist = world.artist().await;
        let bora = world.bidder(900).await.at(&other.url()).await;
        let id = artist.list(|work| work.start_price = Money::new(50_000)).await.id;
        let mut there = bora.client.follow_auction(id);
        assert_eq!(next_price(&mut there).await, None);
        let lower = serde_json::json!({ "start_price": 5_000 });
        let path = format!("/v1/auctions/{id}");
        let edited = artist.request(Method::PATCH, &path).json(&lower).send().await.unwrap();
        assert_eq!(edited.status(), 200);
        // Without a key, so that it could be refused before the desk has seen it.
        let bid = bora.request(Method::POST, &format!("{path}/bids"));
        let answer = bid.json(&serde_json::json!({ "amount": 6_000 })).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        other.stop().await;
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_done_once_and_told_as_it_is() {
    World::run(Backend::Shared, &[], async |world| {
        let url = world.database_url();
        let place = url.rsplit('@').next().unwrap().to_owned();
        let (target, _) = place.split_once('/').unwrap();
        let wire = Wire::to(target.to_owned()).await;
        let wired = url.replace(target, &wire.address().to_string());
        let sources = world.sources().set("database-url", wired);
        let other = Server::start(sources.config().unwrap()).await.unwrap();
        let artist = world.artist().await;
        let anna = world.bidder(9_000).await.at(&other.url()).await;
        let bora = world.bidder(900).await.at(&other.url()).await;
        // Whether a late one is too late for a wrong question is luck, so there are several.
        let late = [Fate::ArrivesLate, Fate::ArrivesLater].into_iter().cycle().take(10);
        let fates: Vec<Fate> = [Fate::Arrives, Fate::Lost].into_iter().chain(late).collect();
        for fate in &fates {
            let bid_on = artist.list(|_| ()).await.id;
            let known = artist.list(|_| ()).await.id;
            let bought = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
            // Without keys, so that nothing but the desk itself can know of a repetition.
            let send = async |path: String, body: serde_json::Value, result: &str| {
                wire.lose_connection_at(b"COMMIT", *fate);
                let request = anna.request(Method::POST, &path).json(&body);
                let answer = within("an answer", request.send()).await.unwrap();
                assert!(wire.has_lost_it());
                let status = answer.status();
                let receipt: serde_json::Value = answer.json().await.unwrap();
                let answered = (status.as_u16(), receipt["result"].as_str());
                assert_eq!(answered, (201, Some(result)), "{fate:?}: {receipt}");
            };
            let lead = async |id: AuctionId| {
                let body = serde_json::json!({ "amount": 20_000 });
                send(format!("/v1/auctions/{id}/bids"), body, "leading").await;
            };
            lead(bid_on).await;
            // As the instance remembers it.
            anna.bid(known, 12).await;
            let before = other.app().desk.tally();
            bora.bid(known, 14).await;
            assert_eq!(other.app().desk.tally().right, before.right + 1);
            lead(known).await;
            assert_eq!(other.app().desk.tally().wrong, 0);
            assert_eq!(anna.see(known).await.bid_count, 3);
            let body = serde_json::json!({ "price": 50_000 });
            send(format!("/v1/auctions/{bought}/purchase"), body, "bought").await;
            assert_eq!(anna.see(bid_on).await.bid_count, 1);
        }
        let count = i64::try_from(fates.len()).unwrap();
        assert_eq!(anna.wallet().await, (9_000 - count * 50, count * 40));
        assert_eq!(bora.wallet().await, (900, 0));
        other.stop().await;
    });
}

#[test]
fn whoever_signs_out_is_out_everywhere_from_then_on() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let there = |token: &str| {
            let request = http().get(format!("{}/v1/me", other.url())).bearer_auth(token);
            async move { request.send().await.unwrap().status().as_u16() }
        };
        let sign_out = async || {
            let anna = world.bidder(5).await;
            assert_eq!(there(&anna.token).await, 200);
            anna.client.sign_out().await.unwrap();
            assert_eq!(there(&anna.token).await, 401);
        };
        // It asks Redis at first, and nobody once it has heard of all.
        sign_out().await;
        eventually("the other one knows who has signed out", async || {
            let knows = other.app().live.revocation_gap().is_none();
            knows.then_some(())
        })
        .await;
        for _ in 0..20 {
            sign_out().await;
        }
        other.stop().await;
    });
}

#[test]
fn two_instances_that_end_the_same_auctions_sell_each_once() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let artist = world.artist().await;
        let anna = world.bidder(9_000).await;
        let ends_at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(2_500);
        let mut ids: Vec<AuctionId> = Vec::new();
        for _ in 0..30 {
            ids.push(artist.list(|work| work.ends_at = ends_at).await.id);
        }
        join_all(ids.iter().map(|id| anna.bid(*id, 20))).await;
        for id in &ids {
            // The other instance's clock has heard of it, too.
            let client = Client::new(&other.url(), MemoryTokens::default()).unwrap();
            eventually("it is sold", async || client.auction(*id).await.unwrap().outcome).await;
        }
        assert_eq!(artist.wallet().await, (300, 0));
        assert_eq!(anna.wallet().await, (8_700, 0));
        other.stop().await;
    });
}

#[test]
fn without_redis_bids_go_on_and_others_see_them() {
    World::run_wired(async |world, wire| {
        let other = world.another_instance().await;
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let bora = world.bidder(900).await.at(&other.url()).await;
        let id = artist.list(|_| ()).await.id;
        let mut there = bora.client.follow_auction(id);
        let mut of_bora = bora.client.follow_me();
        assert_eq!(within("it is live", of_bora.next()).await, Some(Item::Live));
        assert_eq!(next_price(&mut there).await, None);
        bora.bid(id, 20).await;
        assert_eq!(next_price(&mut there).await, Some(Money::new(10_000)));

        wire.cut();
        assert_eq!(anna.bid(id, 50).await.result, BidResult::Leading);
        assert_eq!(next_price(&mut there).await, Some(Money::new(21_000)), "through the database");
        let outbid = within("his notice, through the database", async {
            loop {
                if let Some(Item::Event(event)) = of_bora.next().await
                    && event.kind == artipul_common::events::NoticeKind::Outbid
                {
                    return event;
                }
            }
        })
        .await;
        assert_eq!(outbid.notice.auction_id, Some(id));
        // A stream that begins now begins with the truth.
        let mut late = bora.client.follow_auction(id);
        assert_eq!(next_price(&mut late).await, Some(Money::new(21_000)));

        wire.mend();
        anna.bid(id, 120).await;
        bora.bid(id, 100).await;
        for stream in [&mut there, &mut late] {
            let mut last = None;
            while last < Some(Money::new(105_000)) {
                let price = next_price(stream).await;
                assert!(price >= last, "prices only rise");
                last = price;
            }
        }
        other.stop().await;
    });
}

#[test]
fn without_redis_nobody_gets_in_who_was_signed_out() {
    World::run_wired(async |world, wire| {
        let (anna, bora) = (world.bidder(5).await, world.bidder(5).await);
        let status = async |person: &artipul_tests::Person| {
            person.request(Method::GET, "/v1/me").send().await.unwrap().status().as_u16()
        };
        anna.client.sign_out().await.unwrap();
        wire.cut();
        assert_eq!(status(&anna).await, 401, "the database knows");
        assert_eq!(status(&bora).await, 200, "others stay in");
        bora.client.sign_out().await.unwrap();
        assert_eq!(status(&bora).await, 401, "signed out without Redis");
        wire.mend();
        assert_eq!(status(&anna).await, 401);
        eventually("Redis is told what it missed", async || {
            (status(&bora).await == 401).then_some(())
        })
        .await;
    });
}

#[test]
fn without_redis_codes_are_not_sent_and_limits_refuse() {
    World::run_wired(async |world, wire| {
        let anna = world.bidder(5).await;
        wire.cut();
        let client = Client::new(&world.url(), MemoryTokens::default()).unwrap();
        let sent = client.request_phone_code("010-1234-5678").await;
        assert_eq!(sent.unwrap_err().code(), Some(ProblemCode::Busy));
        // Signing in still works: its limits are counted here meanwhile.
        let request =
            SignInRequest { email: anna.email.clone(), password: Secret::new("a password") };
        assert!(client.sign_in(&request).await.is_ok());
        wire.mend();
        eventually("codes are sent again", async || {
            client.request_phone_code("010-1234-5678").await.ok()
        })
        .await;
    });
}

#[test]
fn an_instance_that_starts_without_redis_serves_and_finds_it_later() {
    World::run_wired(async |world, wire| {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let id = artist.list(|_| ()).await.id;
        wire.cut();
        let other = world.another_instance().await;
        let there = anna.at(&other.url()).await;
        let mut stream = there.client.follow_auction(id);
        assert_eq!(next_price(&mut stream).await, None);
        anna.client.bid(id, Money::new(20_000), &new_idempotency_key()).await.unwrap();
        assert_eq!(next_price(&mut stream).await, Some(Money::new(10_000)));
        let ready: serde_json::Value = http()
            .get(format!("{}/readyz", other.url()))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(ready, serde_json::json!({"database": true, "migrations": true, "live": false}));
        wire.mend();
        eventually("it finds Redis", async || {
            let ready: serde_json::Value = http()
                .get(format!("{}/readyz", other.url()))
                .send()
                .await
                .ok()?
                .json()
                .await
                .ok()?;
            (ready["live"] == true).then_some(())
        })
        .await;
        other.stop().await;
    });
}
