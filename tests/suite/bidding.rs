//! The main job: bids, purchases, ends, and who pays whom.

use std::collections::BTreeSet;

use artipul_common::{
    Money,
    auctions::{Outcome, Phase},
    bids::{BidResult, HistoryQuery},
    client::new_idempotency_key,
    events::NoticeKind,
    mine::{ParticipationQuery, SaleKind, Standing},
    page::PageQuery,
    problem::ProblemCode,
};
use artipul_server::db::auctions;
use artipul_tests::{Person, code, eventually, on_every_backend, problem};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;

fn in_ms(ms: i64) -> artipul_common::Timestamp {
    Utc::now() + TimeDelta::milliseconds(ms)
}

async fn settled(
    person: &Person,
    id: artipul_common::AuctionId,
) -> artipul_common::auctions::Auction {
    eventually("the auction is settled", async || {
        Some(person.see(id).await).filter(|auction| auction.outcome.is_some())
    })
    .await
}

async fn notices(person: &Person) -> Vec<NoticeKind> {
    let page = person.client.notifications(&PageQuery::default()).await.unwrap();
    page.items.into_iter().rev().map(|notification| notification.kind).collect()
}

on_every_backend! {
    async fn the_highest_bidder_buys_the_work_and_pays_for_it(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| work.ends_at = in_ms(1_500)).await.id;

        assert_eq!(anna.bid(id, 20).await.result, BidResult::Leading);
        assert_eq!(anna.wallet().await, (500, 20));
        assert_eq!(bora.bid(id, 50).await.result, BidResult::Leading);
        assert_eq!(anna.wallet().await, (500, 0), "the loser's hold is released");
        let receipt = anna.bid(id, 30).await;
        assert_eq!((receipt.result, receipt.price), (BidResult::Outbid, Money::new(31_000)));

        let auction = settled(&anna, id).await;
        assert_eq!((auction.outcome, auction.phase), (Some(Outcome::Sold), Phase::Ended));
        assert_eq!(auction.price, Some(Money::new(31_000)));
        assert_eq!(bora.wallet().await, (469, 0), "the winner pays the price, not his maximum");
        assert_eq!(artist.wallet().await, (31, 0));
        assert_eq!(anna.wallet().await, (500, 0));

        use NoticeKind::{Charged, Leading, Lost, Outbid, Sold, Won};
        assert_eq!(notices(&bora).await, [Charged, Leading, Won]);
        assert_eq!(notices(&anna).await, [Charged, Leading, Outbid, Lost]);
        assert_eq!(notices(&artist).await, [Sold]);
        let won = ParticipationQuery { state: Some(Standing::Won), ..ParticipationQuery::default() };
        assert_eq!(bora.client.participations(&won).await.unwrap().items[0].auction.id, id);
        let purchases = bora.client.purchases(&PageQuery::default()).await.unwrap().items;
        assert_eq!((purchases[0].price, purchases[0].kind), (Money::new(31_000), SaleKind::HighestBid));
        let summary = anna.client.summary().await.unwrap();
        assert_eq!((summary.leading, summary.won, summary.lost), (0, 0, 1));
        assert_eq!(artist.client.summary().await.unwrap().sold, 1);
    }

    async fn a_purchase_ends_the_auction_and_passes_over_nobody(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(200_000))).await.id;
        anna.bid(id, 150).await;
        assert_eq!(code(bora.buy(id, 190).await), ProblemCode::BuyNowUnavailable);
        let receipt = bora.buy(id, 200).await.unwrap();
        assert_eq!((receipt.result, receipt.sale_id), (BidResult::Bought, Some(id)));
        assert_eq!((anna.wallet().await, bora.wallet().await), ((500, 0), (300, 0)));
        assert_eq!(artist.wallet().await, (200, 0));
        assert_eq!(anna.refused(id, 300).await.code, ProblemCode::AuctionEnded);
        assert_eq!(code(anna.buy(id, 200).await), ProblemCode::AuctionEnded);
        let purchases = bora.client.purchases(&PageQuery::default()).await.unwrap().items;
        assert_eq!(purchases[0].kind, SaleKind::BuyNow);
    }

    async fn a_maximum_of_the_buy_now_price_buys(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(200_000))).await.id;
        let receipt = anna.bid(id, 300).await;
        assert_eq!((receipt.result, receipt.price), (BidResult::Bought, Money::new(200_000)));
        assert_eq!(anna.wallet().await, (300, 0));
    }

    async fn of_a_bid_and_a_purchase_in_the_same_instant_each_is_told_the_truth(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(9_000).await, world.bidder(9_000).await);
        let mut bought_after_a_bid = 0;
        for _ in 0..20 {
            let id = artist.list(|work| work.buy_now_price = Some(Money::new(200_000))).await.id;
            let (bid, purchase) = tokio::join!(anna.try_bid(id, 100), bora.buy(id, 200));
            assert_eq!(purchase.unwrap().result, BidResult::Bought, "a bid never prevents it");
            match bid {
                Ok(receipt) => {
                    assert_eq!(receipt.result, BidResult::Leading);
                    bought_after_a_bid += 1;
                }
                Err(error) => assert_eq!(error.code(), Some(ProblemCode::AuctionEnded)),
            }
        }
        assert_eq!(anna.wallet().await, (9_000, 0), "{bought_after_a_bid} holds were released");
        assert_eq!(bora.wallet().await, (9_000 - 20 * 200, 0));
        assert_eq!(artist.wallet().await, (20 * 200, 0));
    }

    async fn bids_count_until_the_end_and_not_after(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(90_000).await;
        let bora = world.bidder(90_000).await;
        let id = artist.list(|work| work.ends_at = in_ms(900)).await.id;
        let mut accepted = Vec::new();
        let refusal = 'bidding: loop {
            for person in [&anna, &bora] {
                let min_next = person.see(id).await.min_next;
                let Some(amount) = min_next else { continue };
                match person.client.bid(id, amount, &new_idempotency_key()).await {
                    Ok(receipt) => accepted.push(receipt),
                    Err(error) if error.code() == Some(ProblemCode::BidTooLow) => {}
                    Err(error) => break 'bidding error.code(),
                }
            }
            if anna.see(id).await.phase == Phase::Ended {
                break anna.try_bid(id, 90_000).await.unwrap_err().code();
            }
        };
        assert_eq!(refusal, Some(ProblemCode::AuctionEnded));
        let auction = settled(&anna, id).await;
        let log = world.app().db.read(move |conn| artipul_server::db::bids::log(conn, id)).await.unwrap();
        assert!(log.iter().all(|bid| bid.placed_at.and_utc() < auction.ends_at));
        assert_eq!(log.len(), accepted.len(), "every accepted bid is there, and no other");
        assert_eq!(auction.price, accepted.last().map(|receipt| receipt.price));
    }

    async fn of_equal_maxima_the_earlier_leads(world: &World) {
        let artist = world.artist().await;
        let people = [world.bidder(500).await, world.bidder(500).await, world.bidder(500).await];
        for _ in 0..5 {
            let id = artist.list(|_| ()).await.id;
            let receipts = join_all(people.iter().map(|person| person.try_bid(id, 50))).await;
            // Those who come third find the price at their own maximum.
            let accepted: Vec<_> = receipts.iter().filter_map(|receipt| receipt.as_ref().ok()).collect();
            let leading = accepted.iter().filter(|receipt| receipt.result == BidResult::Leading);
            assert_eq!((accepted.len(), leading.count()), (2, 1));
            let log = world.app().db.read(move |conn| artipul_server::db::bids::log(conn, id)).await.unwrap();
            let row = world.app().db.read(move |conn| auctions::find(conn, id)).await.unwrap().unwrap();
            assert_eq!(row.leader_id, Some(log[0].bidder_id));
            assert_eq!(row.price, Some(Money::new(50_000)));
        }
    }

    async fn nobody_else_sees_a_raise(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| work.reserve_price = Some(Money::new(400_000))).await.id;
        anna.bid(id, 50).await;
        let seen = async || {
            let history = bora.client.history(id, &HistoryQuery::default()).await.unwrap();
            (bora.see(id).await, artist.see(id).await, history)
        };
        let before = seen().await;
        let receipt = anna.bid(id, 120).await;
        assert_eq!((receipt.result, receipt.price), (BidResult::Leading, Money::new(10_000)));
        assert_eq!(seen().await, before);
        assert_eq!(anna.see(id).await.me.unwrap().maximum, Some(Money::new(120_000)));
        assert_eq!(anna.wallet().await, (500, 120));
    }

    async fn points_that_are_held_cannot_be_held_twice(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(100).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(artist.list(|_| ()).await.id);
        }
        let outcomes = join_all(ids.iter().map(|id| anna.try_bid(*id, 30))).await;
        let held = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(held, 3, "three times 30 of 100");
        let refusal = problem(outcomes.into_iter().find(Result::is_err).unwrap());
        assert_eq!(refusal.code, ProblemCode::InsufficientPoints);
        assert!(refusal.available < refusal.required);
        assert_eq!(anna.wallet().await, (100, 90));
    }

    async fn a_repeated_request_gets_the_first_answer(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|_| ()).await.id;
        let key = new_idempotency_key();
        let first = anna.client.bid(id, Money::new(50_000), &key).await.unwrap();
        bora.bid(id, 90).await;
        assert_eq!(anna.client.bid(id, Money::new(50_000), &key).await.unwrap(), first);
        assert_eq!(anna.see(id).await.bid_count, 2, "it happened once");
        let other = anna.client.bid(id, Money::new(60_000), &key).await;
        assert_eq!(code(other), ProblemCode::IdempotencyKeyReused);
        assert!(bora.client.bid(id, Money::new(100_000), &key).await.is_ok(), "keys are one's own");
    }

    async fn a_repeated_refusal_stays_the_same(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(20).await;
        let id = artist.list(|_| ()).await.id;
        let key = new_idempotency_key();
        let bid = async || anna.client.bid(id, Money::new(50_000), &key).await;
        assert_eq!(code(bid().await), ProblemCode::InsufficientPoints);
        anna.charge(100).await;
        assert_eq!(code(bid().await), ProblemCode::InsufficientPoints);
        assert!(anna.try_bid(id, 50).await.is_ok(), "another key is another request");
    }

    async fn the_same_key_from_twenty_connections_bids_once(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|_| ()).await.id;
        let key = new_idempotency_key();
        let bids = (0..20).map(|_| anna.client.bid(id, Money::new(50_000), &key));
        let receipts: BTreeSet<String> = join_all(bids)
            .await
            .into_iter()
            .map(|receipt| format!("{:?}", receipt.unwrap()))
            .collect();
        assert_eq!(receipts.len(), 1);
        assert_eq!(anna.see(id).await.bid_count, 1);
        assert_eq!(anna.wallet().await, (500, 50));
    }

    async fn a_dry_run_changes_nothing_and_refuses_what_a_bid_would(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(30).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(200_000))).await.id;
        anna.bid(id, 50).await;
        let before = (anna.see(id).await, bora.wallet().await);
        let forecast = bora.client.forecast_bid(id, Money::new(20_000)).await.unwrap();
        assert!(forecast.would_be_accepted && !forecast.would_buy && !forecast.would_extend);
        assert_eq!(forecast.holds, Money::new(20_000));
        for (amount, refusal) in [
            (10_000, ProblemCode::BidTooLow),
            (10_500, ProblemCode::InvalidAmount),
            (40_000, ProblemCode::InsufficientPoints),
        ] {
            let forecast = bora.client.forecast_bid(id, Money::new(amount)).await;
            assert_eq!(code(forecast), refusal);
        }
        let buys = anna.client.forecast_bid(id, Money::new(300_000)).await.unwrap();
        assert!(buys.would_buy);
        assert_eq!(buys.holds, Money::new(200_000));
        assert_eq!((anna.see(id).await, bora.wallet().await), before);
    }

    async fn a_late_bid_moves_the_end(world: &World)
    with ["soft-close" = "600ms", "max-extension" = "1s"]
    {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(5_000).await, world.bidder(5_000).await);
        let listed = artist.list(|work| work.ends_at = in_ms(400)).await;
        let receipt = anna.bid(listed.id, 100).await;
        assert!(receipt.ends_at > listed.ends_at);
        assert_eq!(receipt.seq, listed.seq + 2, "the bid and the extension");
        let raise = anna.bid(listed.id, 200).await;
        assert_eq!(raise.ends_at, receipt.ends_at, "a raise extends nothing");
        // Each bid moves it further, up to the cap.
        let mut thousands = 10;
        let mut ends_at = receipt.ends_at;
        while let Ok(receipt) = bora.try_bid(listed.id, thousands).await {
            assert!(receipt.ends_at >= ends_at, "it never moves back");
            ends_at = receipt.ends_at;
            thousands += 5;
            if thousands > 190 {
                break;
            }
        }
        let auction = settled(&anna, listed.id).await;
        assert!(auction.ends_at <= listed.scheduled_end + TimeDelta::seconds(1));
        assert_eq!(auction.scheduled_end, listed.scheduled_end);
    }

    async fn an_auction_ends_while_nobody_looks(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let ends_at = in_ms(700);
        let id = artist.list(|work| work.ends_at = ends_at).await.id;
        anna.bid(id, 50).await;
        let db = &world.app().db;
        // Past the API, whose readers would have it closed.
        let row = eventually("it is settled", async || {
            let row = db.read(move |conn| auctions::find(conn, id)).await.unwrap();
            row.filter(|row| row.outcome.is_some())
        }).await;
        let closed_at = row.closed_at.unwrap().and_utc();
        assert!(closed_at >= row.ends_at.and_utc(), "never before its end");
        assert_eq!(anna.wallet().await, (490, 0));
    }

    async fn many_auctions_end_in_the_same_moment(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(9_000).await;
        let ends_at = in_ms(2_500);
        let listings = (0..60).map(|_| artist.list(|work| work.ends_at = ends_at));
        let ids: Vec<_> = join_all(listings).await.into_iter().map(|auction| auction.id).collect();
        join_all(ids.iter().step_by(2).map(|id| anna.bid(*id, 20))).await;
        for id in &ids {
            settled(&artist, *id).await;
        }
        let summary = artist.client.summary().await.unwrap();
        assert_eq!((summary.sold, summary.unsold), (30, 30));
        assert_eq!(artist.wallet().await, (300, 0));
        assert_eq!(notices(&artist).await.len(), 20, "the first page of sixty");
    }

    async fn without_the_reserve_it_is_unsold(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|work| {
            work.reserve_price = Some(Money::new(90_000));
            work.ends_at = in_ms(700);
        }).await.id;
        anna.bid(id, 50).await;
        assert!(!anna.see(id).await.reserve_met);
        let auction = settled(&anna, id).await;
        assert_eq!(auction.outcome, Some(Outcome::Unsold));
        assert_eq!(auction.reserve_price, None, "still the seller's secret");
        assert_eq!((anna.wallet().await, artist.wallet().await), ((500, 0), (0, 0)));
        assert_eq!(notices(&artist).await, [NoticeKind::Unsold]);
    }

    async fn followers_are_told_once_that_it_ends_soon(world: &World)
    with ["ending-soon" = "1h"]
    {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| work.ends_at = Utc::now() + TimeDelta::minutes(30)).await.id;
        bora.client.watch(id, true).await.unwrap();
        anna.bid(id, 50).await;
        for person in [&anna, &bora] {
            eventually("the notice comes", async || {
                notices(person).await.contains(&NoticeKind::EndingSoon).then_some(())
            }).await;
        }
        world.app().desk.remind(id).await.unwrap();
        let reminders = notices(&bora).await.into_iter().filter(|kind| *kind == NoticeKind::EndingSoon);
        assert_eq!(reminders.count(), 1);
    }

    async fn a_client_whose_clock_is_wrong_by_an_hour_bids_like_any_other(world: &World) {
        // No request carries a time, so what is shown is the client's only use of its clock.
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let listed = artist.list(|_| ()).await;
        let clock = anna.client.clock();
        clock.observe(Utc::now() + TimeDelta::hours(1));
        let remaining = listed.ends_at - clock.now();
        assert!(remaining < TimeDelta::minutes(1), "as if it were an hour later");
        assert_eq!(anna.bid(listed.id, 50).await.result, BidResult::Leading);
        let away = clock.ahead();
        assert!(away < TimeDelta::seconds(2), "the server's answer has set it right: {away}");
    }
}
