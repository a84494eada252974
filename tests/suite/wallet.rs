//! Wallets: charges, what becomes of them, and the books.

use artipul_common::{
    ChargeId, Money,
    client::new_idempotency_key,
    events::NoticeKind,
    limits,
    page::PageQuery,
    problem::ProblemCode,
    wallet::{Charge, ChargeStatus, Entry, EntryKind, Wallet},
};
use artipul_tests::{Person, World, code, draft, on_every_backend, problem};
use futures_util::future::join_all;

async fn charge(person: &Person, thousands: i64) -> Charge {
    let amount = Money::new(thousands * 1_000);
    person.client.charge(amount, &new_idempotency_key()).await.unwrap()
}

/// A charge whose payment has yet to be confirmed, as a gateway other than the sandbox leaves it.
async fn pending_charge(world: &World, person: &Person, thousands: i64) -> ChargeId {
    let (user, points) = (person.id, thousands * 1_000);
    let insert = format!(
        "INSERT INTO charges (user_id, amount, status, gateway, created_at)
         VALUES ({user}, {points}, 'pending', 'sandbox', '2026-01-01 00:00:00')"
    );
    world.sql(&insert).await;
    ChargeId::new(world.number("SELECT MAX(id) AS number FROM charges").await)
}

async fn entries(person: &Person) -> Vec<Entry> {
    let page = PageQuery { limit: Some(100), cursor: None };
    person.client.wallet_entries(&page).await.unwrap().items
}

fn payment(charge: ChargeId) -> String {
    format!("sandbox-{charge}")
}

on_every_backend! {
    async fn a_charge_is_paid_at_once_and_told(world: &World) {
        let anna = world.bidder(0).await;
        let first = charge(&anna, 50).await;
        assert_eq!((first.status, first.gateway.as_str()), (ChargeStatus::Paid, "sandbox"));
        assert_eq!((first.amount, &first.checkout_url), (Money::new(50_000), &None));
        let second = charge(&anna, 7).await;
        let (balance, held) = (Money::new(57_000), Money::ZERO);
        assert_eq!(anna.client.wallet().await.unwrap(), Wallet { balance, held, available: balance });
        let booked: Vec<_> = entries(&anna)
            .await
            .into_iter()
            .map(|entry| (entry.kind, entry.amount, entry.balance_after, entry.charge_id, entry.auction_id))
            .collect();
        let line = |charge: &Charge, after| (EntryKind::Charge, charge.amount, after, Some(charge.id), None);
        assert_eq!(booked, [line(&second, balance), line(&first, first.amount)]);
        let notices = anna.client.notifications(&PageQuery::default()).await.unwrap().items;
        let told: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.price)).collect();
        let told_of = |charge: &Charge| (NoticeKind::Charged, Some(charge.amount));
        assert_eq!(told, [told_of(&second), told_of(&first)]);
    }

    async fn charges_have_bounds(world: &World) {
        let anna = world.bidder(0).await;
        let before = world.tables().await;
        let point = Money::new(1);
        for (amount, expected) in [
            (limits::MIN_CHARGE - point, "too-small"),
            (Money::ZERO, "too-small"),
            (-limits::MIN_CHARGE, "too-small"),
            (Money::new(i64::MIN), "too-small"),
            (limits::MAX_CHARGE + point, "too-large"),
            (Money::new(i64::MAX), "too-large"),
        ] {
            let refusal = problem(anna.client.charge(amount, &new_idempotency_key()).await);
            assert_eq!(refusal.code, ProblemCode::ValidationFailed);
            let [error] = refusal.errors.as_slice() else { panic!("{refusal:?}") };
            assert_eq!((error.field.as_str(), error.code.as_str()), ("amount", expected));
        }
        assert_eq!(world.tables().await, before);
        for amount in [limits::MIN_CHARGE, limits::MIN_CHARGE + point, limits::MAX_CHARGE] {
            anna.client.charge(amount, &new_idempotency_key()).await.unwrap();
        }
    }

    async fn a_repeated_charge_gets_the_first_answer(world: &World) {
        let (artist, bora) = (world.artist().await, world.bidder(0).await);
        let key = new_idempotency_key();
        let amount = Money::new(20_000);
        let first = artist.client.charge(amount, &key).await.unwrap();
        artist.client.cancel_charge(first.id).await.unwrap();
        let again = artist.client.charge(amount, &key).await.unwrap();
        assert_eq!(again, first, "as it was answered then");
        let other = artist.client.charge(Money::new(21_000), &key).await;
        assert_eq!(code(other), ProblemCode::IdempotencyKeyReused);
        let elsewhere = artist.client.list_work(&draft(), &key).await;
        assert_eq!(code(elsewhere), ProblemCode::IdempotencyKeyReused, "a key is of one request");
        assert_ne!(bora.client.charge(amount, &key).await.unwrap().id, first.id, "keys are one's own");
        assert_eq!((artist.wallet().await, bora.wallet().await), ((0, 0), (20, 0)));
        // Without a key, each request is one of its own.
        let body = serde_json::json!({ "amount": 1_000 });
        for _ in 0..2 {
            let answer = bora.send_json(reqwest::Method::POST, "/v1/me/charges", &body).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        assert_eq!(bora.wallet().await, (22, 0));
    }

    async fn the_same_key_from_twenty_connections_charges_once(world: &World) {
        let anna = world.bidder(0).await;
        let key = new_idempotency_key();
        let charges = (0..20).map(|_| anna.client.charge(Money::new(9_000), &key));
        let charges: Vec<_> = join_all(charges).await.into_iter().map(Result::unwrap).collect();
        assert!(charges.iter().all(|charge| *charge == charges[0]), "{charges:?}");
        assert_eq!((anna.wallet().await, entries(&anna).await.len()), ((9, 0), 1));
    }

    async fn a_payment_is_believed_only_if_the_gateway_confirms_it(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let id = pending_charge(world, &anna, 30).await;
        let others = pending_charge(world, &bora, 30).await;
        let confirm = async |person: &Person, id, payment: &str| {
            person.client.confirm_charge(id, payment).await
        };
        for wrong in [payment(others), format!("{}0", payment(id)), "x".to_owned()] {
            assert_eq!(code(confirm(&anna, id, &wrong).await), ProblemCode::PaymentNotConfirmed);
        }
        for no_id in ["", "결제", &"x".repeat(101)] {
            assert_eq!(code(confirm(&anna, id, no_id).await), ProblemCode::ValidationFailed);
        }
        let stranger = confirm(&bora, id, &payment(id)).await;
        assert_eq!(code(stranger), ProblemCode::ChargeNotFound);
        let nowhere = ChargeId::new(others.get() + 1);
        assert_eq!(code(confirm(&anna, nowhere, "x").await), ProblemCode::ChargeNotFound);
        assert_eq!((anna.wallet().await, bora.wallet().await), ((0, 0), (0, 0)));

        let right = payment(id);
        let confirmations = join_all((0..10).map(|_| confirm(&anna, id, &right))).await;
        for confirmed in confirmations {
            assert_eq!(confirmed.unwrap().status, ChargeStatus::Paid);
        }
        assert_eq!(anna.wallet().await, (30, 0), "credited once");
        assert_eq!(anna.notices().await, [NoticeKind::Charged]);
        let again = confirm(&anna, id, &payment(others)).await;
        assert_eq!(code(again), ProblemCode::ChargeNotPending, "it was paid by another payment");
    }

    async fn a_cancelled_charge_is_taken_back_once(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let (kept, id) = (charge(&anna, 40).await.id, charge(&anna, 60).await.id);
        assert_eq!(code(bora.client.cancel_charge(id).await), ProblemCode::ChargeNotFound);
        let cancellations = join_all((0..10).map(|_| anna.client.cancel_charge(id))).await;
        for cancelled in cancellations {
            assert_eq!(cancelled.unwrap().status, ChargeStatus::Cancelled);
        }
        assert_eq!(anna.wallet().await, (40, 0));
        let last = entries(&anna).await.remove(0);
        assert_eq!((last.kind, last.amount), (EntryKind::ChargeCancelled, Money::new(-60_000)));
        assert_eq!((last.balance_after, last.charge_id), (Money::new(40_000), Some(id)));
        let confirmed = anna.client.confirm_charge(id, &payment(id)).await;
        assert_eq!(code(confirmed), ProblemCode::ChargeNotPending, "it is over");

        let unpaid = pending_charge(world, &anna, 30).await;
        let cancelled = anna.client.cancel_charge(unpaid).await.unwrap();
        assert_eq!(cancelled.status, ChargeStatus::Cancelled);
        let late = anna.client.confirm_charge(unpaid, &payment(unpaid)).await;
        assert_eq!(code(late), ProblemCode::ChargeNotPending);
        anna.client.cancel_charge(kept).await.unwrap();
        assert_eq!((anna.wallet().await, entries(&anna).await.len()), ((0, 0), 4));
    }

    async fn points_that_are_held_or_spent_cannot_be_taken_back(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(0).await, world.bidder(500).await);
        let (small, large) = (charge(&anna, 20).await.id, charge(&anna, 80).await.id);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        anna.bid(id, 70).await;
        let refused = async |charge| code(anna.client.cancel_charge(charge).await);
        assert_eq!(refused(large).await, ProblemCode::ChargeNotCancellable, "70 of 100 are held");
        anna.client.cancel_charge(small).await.unwrap();
        assert_eq!(anna.wallet().await, (80, 70));
        bora.bid(id, 80).await;
        assert_eq!(anna.wallet().await, (80, 0));
        charge(&anna, 30).await;
        anna.buy(id, 90).await.unwrap();
        assert_eq!(anna.wallet().await, (20, 0));
        assert_eq!(refused(large).await, ProblemCode::ChargeNotCancellable, "they are spent");
    }

    async fn a_sale_is_in_both_books(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(100).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        anna.buy(id, 90).await.unwrap();
        let line = |entry: Entry| (entry.kind, entry.amount, entry.balance_after, entry.auction_id);
        let price = Money::new(90_000);
        let paid = line(entries(&anna).await.remove(0));
        assert_eq!(paid, (EntryKind::Purchase, -price, Money::new(10_000), Some(id)));
        let earned: Vec<_> = entries(&artist).await.into_iter().map(line).collect();
        assert_eq!(earned, [(EntryKind::Sale, price, price, Some(id))]);
    }

    async fn the_movements_come_in_pages_newest_first(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        for number in 1..=23 {
            let id = charge(&anna, number).await.id;
            if number % 5 == 0 {
                anna.client.cancel_charge(id).await.unwrap();
            }
        }
        for _ in 0..2 {
            charge(&bora, 1).await;
        }
        let path = "/v1/me/wallet/entries";
        let whole = anna.get(&format!("{path}?limit=100")).await["items"].clone();
        let whole: Vec<Entry> = serde_json::from_value(whole).unwrap();
        assert_eq!(whole.len(), 23 + 23 / 5);
        assert!(whole.is_sorted_by(|newer, older| newer.id > older.id));
        let oldest = whole.last().unwrap();
        assert_eq!(oldest.balance_after, oldest.amount);
        for pair in whole.windows(2) {
            assert_eq!(pair[0].balance_after, pair[1].balance_after + pair[0].amount);
        }
        assert_eq!(whole[0].balance_after, anna.client.wallet().await.unwrap().balance);
        for limit in [1, 9, 27, 28] {
            let paged = anna.pages(path, limit).await;
            let paged: Vec<Entry> = serde_json::from_value(paged.into()).unwrap();
            assert_eq!(paged, whole, "in pages of {limit}");
        }
        let page = PageQuery { limit: Some(1), cursor: None };
        let cursor = bora.client.wallet_entries(&page).await.unwrap().next_cursor;
        let foreign = anna.client.wallet_entries(&PageQuery { cursor, ..page }).await;
        assert_eq!(code(foreign), ProblemCode::InvalidCursor, "somebody else's");
    }

    async fn charges_and_bids_at_once_keep_the_books(world: &World) {
        let artist = world.artist().await;
        let people = [world.bidder(40).await, world.bidder(40).await, world.bidder(40).await];
        let ids = [artist.list(|_| ()).await.id, artist.list(|_| ()).await.id];
        let turns = people.iter().enumerate().map(async |(number, person)| {
            let mut charged = Money::new(40_000);
            for round in 0..8 {
                let amount = Money::new(10_000);
                let key = new_idempotency_key();
                let (charge, bid) = tokio::join!(
                    person.client.charge(amount, &key),
                    person.try_bid(ids[(number + round) % 2], 10 + 9 * i64::try_from(round).unwrap()),
                );
                let refused = [ProblemCode::BidTooLow, ProblemCode::InsufficientPoints];
                assert!(bid.is_ok() || refused.contains(&code(bid)));
                charged += amount;
                // Taken back while bids may hold it.
                match person.client.cancel_charge(charge.unwrap().id).await {
                    Ok(_) => charged -= amount,
                    Err(error) => assert_eq!(error.code(), Some(ProblemCode::ChargeNotCancellable)),
                }
            }
            charged
        });
        for (person, charged) in people.iter().zip(join_all(turns).await) {
            let wallet = person.client.wallet().await.unwrap();
            assert_eq!(wallet.balance, charged);
            let mut leads = Money::ZERO;
            for id in ids {
                let me = person.see(id).await.me.unwrap();
                leads += me.maximum.filter(|_| me.leading).unwrap_or_default();
            }
            assert_eq!((wallet.held, wallet.available), (leads, charged - leads));
        }
    }
}
