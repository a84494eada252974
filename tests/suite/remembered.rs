//! Bids that are decided on what the desk remembers, on MySQL, and what the others do meanwhile.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money, UserId,
    accounts::EditProfileRequest,
    bids::BidResult,
    client::{
        new_idempotency_key,
        stream::{AuctionEvent, Item, Subscription},
    },
    mine::SaleKind,
    problem::ProblemCode,
    text,
};
use artipul_server::{
    db::{
        Conn, DbResult, administer,
        auctions::{self, AuctionRow, Standing},
        bids::{self, Participation, ParticipationRow},
    },
    desk::Tally,
};
use artipul_tests::{Backend, Person, World, code, within};
use chrono::{TimeDelta, Utc};

fn tally(world: &World) -> Tally {
    world.app().desk.tally()
}

/// An auction on which anna and bora have bid here, so that this instance remembers it and them.
async fn bid_on(world: &World, anna: &Person, bora: &Person) -> AuctionId {
    let id = world.artist().await.list(|_| ()).await.id;
    anna.bid(id, 12).await;
    bora.bid(id, 14).await;
    assert_eq!(tally(world).wrong, 0);
    let desk = &world.app().desk;
    within("both are known", async {
        while !(desk.knows(anna.id) && desk.knows(bora.id)) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    id
}

/// Follows an auction, of which the first that is told has been told.
async fn follow(person: &Person, id: AuctionId) -> Subscription<AuctionEvent> {
    let mut events = person.client.follow_auction(id);
    within("the stream begins", async {
        while !matches!(events.next().await, Some(Item::Event(_))) {}
    })
    .await;
    events
}

#[test]
fn bids_that_follow_each_other_need_no_locks() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        let before = tally(world);
        for (person, thousands, price, result) in [
            (&anna, 50, 15, BidResult::Leading),
            (&bora, 40, 41, BidResult::Outbid),
            // A raise, which nobody else sees.
            (&anna, 60, 41, BidResult::Leading),
            (&bora, 60, 60, BidResult::Outbid),
            (&bora, 80, 62, BidResult::Leading),
        ] {
            let receipt = person.bid(id, thousands).await;
            assert_eq!((receipt.price, receipt.result), (Money::new(price * 1_000), result));
        }
        let after = tally(world);
        assert_eq!((after.right - before.right, after.wrong), (5, 0));
        assert_eq!((anna.wallet().await, bora.wallet().await), ((900, 0), (900, 80)));
        // What depends on the locks is left to them.
        assert_eq!(bora.refused(id, 70).await.code, ProblemCode::BidTooLow);
        assert_eq!(anna.refused(id, 9_000).await.code, ProblemCode::InsufficientPoints);
        let seen = anna.see(id).await;
        assert_eq!((seen.price, seen.bid_count), (Some(Money::new(62_000)), 6));
        assert_eq!(tally(world), after);
    });
}

#[test]
fn a_purchase_follows_bids_that_needed_no_locks() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let artist = world.artist().await;
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(100_000))).await.id;
        anna.bid(id, 12).await;
        bora.bid(id, 14).await;
        anna.bid(id, 20).await;
        let before = tally(world);
        let receipt = bora.bid(id, 100).await;
        assert_eq!((receipt.result, receipt.price), (BidResult::Bought, Money::new(100_000)));
        assert_eq!(tally(world), before, "a sale is made under locks");
        assert_eq!(anna.wallet().await, (900, 0));
        assert_eq!((bora.wallet().await, artist.wallet().await), ((800, 0), (100, 0)));
        let sale = &bora.client.purchases(&Default::default()).await.unwrap().items[0];
        assert_eq!(sale.kind, SaleKind::BuyNow);
        assert_eq!(anna.refused(id, 200).await.code, ProblemCode::AuctionEnded);
    });
}

#[test]
fn a_bid_that_another_instance_has_overtaken_is_decided_again() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let chul = world.bidder(900).await.at(&other.url()).await;
        let id = bid_on(world, &anna, &bora).await;
        assert_eq!(chul.bid(id, 100).await.result, BidResult::Leading);

        let receipt = anna.bid(id, 50).await;
        assert_eq!(receipt.result, BidResult::Outbid);
        assert_eq!(receipt.price, Money::new(52_000));
        assert_eq!(tally(world).wrong, 1);
        // Whoever shares an auction asks first, for a while.
        let before = tally(world);
        assert_eq!(bora.bid(id, 60).await.result, BidResult::Outbid);
        assert_eq!(tally(world), before);
        assert_eq!((bora.wallet().await, chul.wallet().await), ((900, 0), (900, 100)));
        other.stop().await;
    });
}

#[test]
fn a_stranger_s_bid_shows_as_well_that_an_auction_is_shared() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        anna.at(&other.url()).await.bid(id, 100).await;
        assert_eq!(world.bidder(900).await.bid(id, 50).await.result, BidResult::Outbid);
        assert_eq!(tally(world).wrong, 1);
        other.stop().await;
    });
}

#[test]
fn points_that_are_held_through_another_instance_are_not_bid_again() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(100).await);
        let (here, there) = (bid_on(world, &bora, &anna).await, bid_on(world, &anna, &bora).await);
        let elsewhere = bora.at(&other.url()).await;
        elsewhere.bid(there, 80).await;
        assert_eq!(bora.wallet().await, (100, 80));

        // As he is remembered, he has 86,000 that are free.
        let before = tally(world);
        let problem = bora.refused(here, 50).await;
        assert_eq!(problem.code, ProblemCode::InsufficientPoints);
        assert_eq!(problem.available, Some(Money::new(20_000)));
        assert_eq!(tally(world).wrong, before.wrong + 1);
        assert_eq!(anna.see(here).await.price, Some(Money::new(13_000)));
        other.stop().await;
    });
}

#[test]
fn points_that_another_instance_has_set_free_can_be_bid() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(100).await);
        let (here, there) = (bid_on(world, &bora, &anna).await, bid_on(world, &anna, &bora).await);
        bora.bid(there, 80).await;
        anna.at(&other.url()).await.bid(there, 90).await;
        assert_eq!(bora.wallet().await, (100, 0));

        let before = tally(world);
        assert_eq!(bora.bid(here, 50).await.result, BidResult::Leading);
        assert_eq!(tally(world), before, "what seems to be too little is looked at");
        other.stop().await;
    });
}

#[test]
fn whoever_would_not_lead_must_have_the_points_as_well() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(100).await);
        let (here, there) = (bid_on(world, &bora, &anna).await, bid_on(world, &anna, &bora).await);
        anna.bid(here, 500).await;
        bora.at(&other.url()).await.bid(there, 80).await;

        let before = tally(world);
        assert_eq!(bora.refused(here, 50).await.code, ProblemCode::InsufficientPoints);
        assert_eq!(tally(world).wrong, before.wrong + 1);
        assert_eq!(anna.see(here).await.price, Some(Money::new(13_000)), "not driven up");
        other.stop().await;
    });
}

#[test]
fn an_auction_that_another_instance_has_ended_takes_no_bids() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        let admin = world.administrator().await.at(&other.url()).await;
        admin.client.withdraw_auction(id, "for the test").await.unwrap();

        let there = anna.at(&other.url()).await.refused(id, 50).await.code;
        // The leader's raise changes nothing but the auction and what he holds.
        assert_eq!(bora.refused(id, 50).await.code, there);
        assert_eq!(anna.refused(id, 50).await.code, there);
        assert_eq!((anna.wallet().await, bora.wallet().await), ((900, 0), (900, 0)));
        other.stop().await;
    });
}

#[test]
fn a_new_nickname_shows_with_the_next_bid() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        let request =
            EditProfileRequest { nickname: Some("zebra".to_owned()), ..Default::default() };
        anna.client.edit_profile(&request).await.unwrap();
        let mut events = bora.client.follow_auction(id);
        anna.bid(id, 50).await;
        let leader = within("anna leads", async {
            loop {
                if let Some(Item::Event(event)) = events.next().await
                    && event.state.price == Some(Money::new(15_000))
                {
                    return event.state.leader;
                }
            }
        })
        .await;
        assert_eq!(leader, Some(text::mask_nickname("zebra")));
        assert_eq!(tally(world).wrong, 0);
    });
}

#[test]
fn a_stranger_bids_without_locks_and_is_named_to_all() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        let chul = world.bidder(900).await;
        let before = tally(world);
        let mut events = follow(&anna, id).await;
        let receipt = chul.bid(id, 50).await;
        assert_eq!((receipt.price, receipt.result), (Money::new(15_000), BidResult::Leading));
        let leader = within("chul leads", async {
            loop {
                if let Some(Item::Event(event)) = events.next().await
                    && event.state.price == Some(receipt.price)
                {
                    return event.state.leader;
                }
            }
        })
        .await;
        assert_eq!(leader, Some(text::mask_nickname(&chul.nickname)));
        assert_eq!(anna.see(id).await.leader, leader);
        assert_eq!((bora.wallet().await, chul.wallet().await), ((900, 0), (900, 50)));
        // Known by now, and still with all that he has.
        assert_eq!(chul.bid(id, 900).await.result, BidResult::Leading);
        assert_eq!(anna.refused(id, 901).await.code, ProblemCode::InsufficientPoints);
        let after = tally(world);
        assert_eq!((after.right - before.right, after.wrong), (2, 0));
        assert_eq!(after.presumed, before.presumed + 1);
        assert_eq!(chul.wallet().await, (900, 900));
    });
}

#[test]
fn a_stranger_who_lacks_points_is_refused_and_harms_nobody() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let known = bid_on(world, &anna, &bora).await;
        let new = world.artist().await.list(|_| ()).await.id;
        for (id, price) in [(known, Some(Money::new(13_000))), (new, None)] {
            let poor = world.bidder(30).await;
            let problem = poor.refused(id, 50).await;
            assert_eq!(problem.code, ProblemCode::InsufficientPoints);
            assert_eq!(problem.available, Some(Money::new(30_000)));
            assert_eq!((anna.see(id).await.price, poor.wallet().await), (price, (30, 0)));
        }
        // The auction counts as nobody else's, so it is soon remembered again.
        anna.bid(known, 60).await;
        let before = tally(world);
        bora.bid(known, 70).await;
        assert_eq!(tally(world), Tally { right: before.right + 1, wrong: 0, ..before });
    });
}

#[test]
fn a_stranger_who_never_led_is_known_as_well() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        bora.bid(id, 100).await;
        let (chul, before) = (world.bidder(900).await, tally(world));
        assert_eq!(chul.bid(id, 20).await.result, BidResult::Outbid);
        within("he is known", async {
            while !world.app().desk.knows(chul.id) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(chul.bid(id, 30).await.result, BidResult::Outbid);
        assert_eq!(tally(world).presumed, before.presumed + 1);
    });
}

#[test]
fn a_stranger_whom_the_database_does_not_know_is_refused() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let known = bid_on(world, &anna, &bora).await;
        let new = world.artist().await.list(|_| ()).await.id;
        for (id, price) in [(known, Some(Money::new(13_000))), (new, None)] {
            let lost = world.bidder(900).await;
            // As after a failover to a replica that had not heard of him yet.
            world.sql(&format!("DELETE FROM wallets WHERE user_id = {}", lost.id)).await;
            let rows = [&anna, &lost]
                .map(|person| ParticipationRow::new(person.id, id, Money::new(12_000), Utc::now()));
            let write = move |conn: &mut Conn| {
                let rows = rows.each_ref().map(|row| Participation { row, is_stranger: true });
                bids::participate(conn, &rows)
            };
            assert!(world.app().db.write(write).await.is_err(), "not with others either");
            assert_eq!(lost.refused(id, 50).await.code, ProblemCode::InsufficientPoints);
            assert_eq!(anna.see(id).await.price, price);
            let of_his =
                format!("SELECT COUNT(*) AS number FROM bids WHERE bidder_id = {}", lost.id);
            assert_eq!(world.number(&of_his).await, 0);
            // Or the audit would miss it.
            world.sql(&format!("INSERT INTO wallets VALUES ({}, 900000, 0)", lost.id)).await;
        }
    });
}

#[test]
fn points_that_are_held_elsewhere_are_not_bid_on_a_shared_auction() {
    World::run(Backend::Shared, &[], async |world| {
        let other = world.another_instance().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(100).await);
        let (here, there) = (bid_on(world, &bora, &anna).await, bid_on(world, &anna, &bora).await);
        anna.at(&other.url()).await.bid(here, 20).await;
        anna.bid(here, 30).await;
        assert_eq!(tally(world).wrong, 1, "so the auction is locked");
        let elsewhere = bora.at(&other.url()).await;
        elsewhere.bid(there, 80).await;

        // As he is remembered, he has 86,000 that are free.
        let problem = bora.refused(here, 50).await;
        assert_eq!(problem.code, ProblemCode::InsufficientPoints);
        assert_eq!(problem.available, Some(Money::new(20_000)));
        assert_eq!(anna.see(here).await.price, Some(Money::new(13_000)));
        assert_eq!(bora.wallet().await, (100, 80));
        other.stop().await;
    });
}

#[test]
fn the_clock_is_read_after_auctions_are_locked() {
    World::run(Backend::Shared, &[], async |world| {
        let id = world.artist().await.list(|_| ()).await.id;
        let db = &world.app().db;
        let (locked, is_locked) = tokio::sync::oneshot::channel();
        let (go, going) = tokio::sync::oneshot::channel();
        let mut ends = Some((locked, going));
        let first = db.write(move |conn| {
            auctions::lock(conn, vec![id])?;
            let (locked, going) = ends.take().expect("it loses no race");
            locked.send(()).expect("the test waits");
            going.blocking_recv().expect("the test says so");
            conn.now()
        });
        let second = async {
            is_locked.await.unwrap();
            db.write(move |conn| auctions::lock(conn, vec![id]).map(|locked| locked.now)).await
        };
        let seen_waiting = async {
            within("the second one waits", async {
                let waiting = "SELECT COUNT(*) AS number FROM information_schema.processlist AS it
                    JOIN information_schema.innodb_trx AS waiting ON waiting.trx_mysql_thread_id = it.id
                    WHERE it.db = DATABASE() AND waiting.trx_state = 'LOCK WAIT'";
                // What InnoDB tells is as old as the last question, if that was just now.
                let mut looks = tokio::time::interval(Duration::from_millis(200));
                while world.number(waiting).await == 0 {
                    looks.tick().await;
                }
            })
            .await;
            go.send(()).unwrap();
        };
        let (first, second, ()) = tokio::join!(first, second, seen_waiting);
        let (end_of_first, second) = (first.unwrap(), second.unwrap().expect("the clock is live"));
        assert!(second >= end_of_first, "{second} before {end_of_first}");
    });
}

/// Cuts the server's connections to the database.
async fn cut_connections(world: &World) {
    let (mut ids, mut last) = (Vec::new(), i64::MAX);
    while last > 0 {
        let next = format!(
            "SELECT COALESCE(MAX(id), 0) AS number FROM information_schema.processlist
             WHERE db = DATABASE() AND id < {last}"
        );
        last = world.number(&next).await;
        ids.push(last);
    }
    let url = world.database_url();
    let cut = move || {
        for id in ids {
            // One of them may have ended by itself.
            let _ = administer(&url, &format!("KILL {id}"));
        }
    };
    tokio::task::spawn_blocking(cut).await.unwrap();
}

/// Reads until none of the connections that were cut is left.
async fn find_the_cut_connections(world: &World) {
    within("the connections are new", async {
        let mut whole = 0;
        while whole < 32 {
            let is_whole = world.app().db.read(Conn::now).await.is_ok();
            whole = if is_whole { whole + 1 } else { 0 };
        }
    })
    .await;
}

/// Has a database lose its last bid on each auction, as after a failover to a replica that had not
/// heard of it yet: `lost` bids, and then the database is as it was before.
async fn lose(world: &World, lost: impl AsyncFnOnce()) {
    let tables = ["auctions", "wallets", "participations"];
    for table in tables {
        world.sql(&format!("CREATE TABLE old_{table} AS SELECT * FROM {table}")).await;
    }
    world.sql("CREATE TABLE old_bids AS SELECT auction_id, number FROM bids").await;
    lost().await;
    world.sql("DELETE FROM bids WHERE (auction_id, number) NOT IN (SELECT * FROM old_bids)").await;
    world.sql("DROP TABLE old_bids").await;
    for (table, key, columns) in [
        (
            "auctions",
            "id",
            "leader_id maximum price list_price bid_count bids_logged seq version changed_at",
        ),
        ("wallets", "user_id", "held"),
        ("participations", "auction_id = old.auction_id AND it.user_id", "maximum"),
    ] {
        let key_of_old = key.rsplit(['.', ' ']).next().unwrap();
        let sets: Vec<_> =
            columns.split(' ').map(|column| format!("it.{column} = old.{column}")).collect();
        let join = format!("it.{key} = old.{key_of_old}");
        let sets = sets.join(", ");
        world.sql(&format!("UPDATE {table} it JOIN old_{table} old ON {join} SET {sets}")).await;
        world.sql(&format!("DROP TABLE old_{table}")).await;
    }
}

#[test]
fn a_database_that_lost_what_is_remembered_is_believed() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let (first, second) =
            (bid_on(world, &anna, &bora).await, bid_on(world, &anna, &bora).await);
        lose(world, async || {
            anna.bid(second, 50).await;
        })
        .await;
        cut_connections(world).await;

        anna.bid(first, 50).await;
        let receipt = bora.bid(second, 60).await;
        assert_eq!(receipt.price, Money::new(13_000), "he raises the lead that he had before");
        assert_eq!(anna.bid(second, 70).await.price, Money::new(62_000));
        find_the_cut_connections(world).await;
    });
}

#[test]
fn a_database_that_lost_something_without_a_sign_is_believed() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let (id, other) = (bid_on(world, &anna, &bora).await, bid_on(world, &anna, &bora).await);
        // So there is something else that could be set free.
        anna.bid(other, 100).await;
        lose(world, async || {
            anna.bid(id, 50).await;
        })
        .await;
        let before = tally(world);
        let receipt = bora.bid(id, 60).await;
        assert_eq!(receipt.price, Money::new(13_000), "he raises the lead that he had before");
        assert_eq!(tally(world).wrong, before.wrong + 1);
        assert_eq!((anna.wallet().await, bora.wallet().await), ((900, 100), (900, 60)));
    });
}

#[test]
fn nothing_is_written_over_an_auction_that_stands_otherwise() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let ids = [bid_on(world, &anna, &bora).await, bid_on(world, &bora, &anna).await];
        let others: [fn(&mut Standing); 5] = [
            |_| (),
            |it| it.leader = UserId::new(it.leader.get() + 1),
            |it| it.maximum += Money::new(1),
            |it| it.price += Money::new(1),
            |it| it.bids_logged += 1,
        ];
        for (number, other) in others.into_iter().enumerate() {
            // Alone, and with one that stands as it should.
            for ids in [&ids[..1], &ids[..]] {
                let ids = ids.to_vec();
                let write = move |conn: &mut Conn| {
                    let (mut rows, now) = (found(conn, &ids)?, conn.now()?);
                    other(&mut rows[0].0);
                    auctions::advance(conn, &lent(&rows), now)
                };
                assert_eq!(world.app().db.write(write).await.is_ok(), number == 0, "{number}");
            }
        }
    });
}

/// These auctions, and how they stand.
fn found(conn: &mut Conn, ids: &[AuctionId]) -> DbResult<Vec<(Standing, AuctionRow)>> {
    let rows = ids.iter().filter_map(|id| auctions::find(conn, *id).transpose());
    rows.map(|row| row.map(|row| (Standing::of(&row).expect("somebody leads"), row))).collect()
}

fn lent(rows: &[(Standing, AuctionRow)]) -> Vec<(Standing, &AuctionRow)> {
    rows.iter().map(|(standing, row)| (*standing, row)).collect()
}

#[test]
fn a_repeated_key_does_not_make_an_auction_contested() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(30).await, world.bidder(900).await);
        let id = bid_on(world, &anna, &bora).await;
        let key = new_idempotency_key();
        let bid = async || code(anna.client.bid(id, Money::new(50_000), &key).await);
        assert_eq!(bid().await, ProblemCode::InsufficientPoints);
        anna.charge(100).await;
        // So it is remembered that she has them.
        anna.refused(id, 9_000).await;
        bora.bid(id, 20).await;
        let before = tally(world);
        assert_eq!(bid().await, ProblemCode::InsufficientPoints, "as it was answered before");
        assert_eq!(anna.bid(id, 50).await.result, BidResult::Leading);
        let after = tally(world);
        assert_eq!((after.right - before.right, after.wrong), (1, 0));
    });
}

#[test]
fn what_was_decided_too_long_ago_or_too_early_is_not_written() {
    World::run(Backend::Shared, &[], async |world| {
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let ids = [bid_on(world, &anna, &bora).await, bid_on(world, &bora, &anna).await];
        // Alone, and with another one.
        for ids in [&ids[..1], &ids[..]] {
            let write_at = async |milliseconds: i64| {
                let ids = ids.to_vec();
                let write = move |conn: &mut Conn| {
                    let rows = found(conn, &ids)?;
                    let now = conn.now()? + TimeDelta::milliseconds(milliseconds);
                    auctions::advance(conn, &lent(&rows), now)
                };
                world.app().db.write(write).await
            };
            assert!(write_at(-100).await.is_ok());
            assert!(write_at(-10_000).await.is_err());
            assert!(write_at(10_000).await.is_err());
        }
    });
}
