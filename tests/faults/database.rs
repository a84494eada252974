//! The database dies, hangs, hangs up, or has rows locked.

use std::time::{Duration, Instant};

use artipul_common::{Money, client::new_idempotency_key};
use artipul_tests::{http, patiently};
use tokio::time::sleep;

use crate::rig::{Crowd, Site, moment, rounds};

/// How long a client waits for an answer.
const CLIENTS_PATIENCE: Duration = Duration::from_secs(20);
/// A pause of a database that is long for a bidder.
const LONG: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_loses_no_bid() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.mariadb().kill().await;
        sleep(moment() / 2).await;
        site.mariadb().restart().await;
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_hangs_bids_are_put_off_and_none_is_lost() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        let frozen = Instant::now();
        site.mariadb().freeze().await;
        sleep(LONG).await;
        site.mariadb().thaw().await;
        crowd.carries_on().await;
        assert!(frozen.elapsed() < LONG * 2, "it goes on soon");
    }
    site.judges(crowd.goes_home().await).await;
}

/// What a server that is asked while the database hangs answers, and how soon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_holds_up_no_answer_and_no_shutdown() {
    let mut site = Site::shared(2).await;
    let urls = site.urls();
    let artist = site.people("artist", 1, &urls).await.remove(0);
    let anna = site.people("bidder", 1, &urls).await.remove(0);
    anna.charge(900).await;
    let id = artist.list(|_| ()).await.id;
    site.mariadb().freeze().await;
    let (key, key_of_charge) = (new_idempotency_key(), new_idempotency_key());
    let send = |path: String, key: &str, body: serde_json::Value| {
        let request = http()
            .post(format!("{}{path}", urls[0]))
            .bearer_auth(&anna.token)
            .header("Idempotency-Key", key)
            .json(&body);
        async move {
            let asked = Instant::now();
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
            assert!(asked.elapsed() < CLIENTS_PATIENCE, "after {:?}", asked.elapsed());
        }
    };
    let page = async {
        let asked = Instant::now();
        let page = http().get(format!("{}/v1/auctions/{id}", urls[0])).send().await.unwrap();
        assert_eq!(page.status(), 503);
        assert!(asked.elapsed() < CLIENTS_PATIENCE, "after {:?}", asked.elapsed());
    };
    let bid =
        send(format!("/v1/auctions/{id}/bids"), &key, serde_json::json!({ "amount": 20_000 }));
    let charge =
        send("/v1/me/charges".to_owned(), &key_of_charge, serde_json::json!({ "amount": 5_000 }));
    tokio::join!(bid, charge, page);
    let stopping = Instant::now();
    assert_eq!(site.servers[0].terminate().await, Some(0));
    assert!(stopping.elapsed() < CLIENTS_PATIENCE, "after {:?}", stopping.elapsed());
    site.mariadb().thaw().await;
    site.servers[0].restart().await;
    let receipt = anna.client.bid(id, Money::new(20_000), &key).await.unwrap();
    assert_eq!((receipt.price, anna.see(id).await.bid_count), (Money::new(10_000), 1));
    anna.client.charge(Money::new(5_000), &key_of_charge).await.unwrap();
    assert_eq!(anna.wallet().await, (905, 20));
    site.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_database_hangs_up_lose_no_bid() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() * 5 {
        site.mariadb().administer("KILL HARD USER artipul@127.0.0.1").await;
        sleep(moment() / 5).await;
    }
    crowd.carries_on().await;
    site.judges(crowd.goes_home().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlocks_are_sorted_out_unseen() {
    let site = Site::shared(1).await;
    let crowd = Crowd::at(&site).await;
    let id = crowd.busiest();
    // The desk locks auctions before wallets; who does it the other way round meets it halfway.
    // Rows that were read weigh in who has to give way.
    let crossed = format!(
        "BEGIN;
         SELECT COUNT(*) FROM bids WHERE auction_id <> {id} FOR UPDATE;
         SELECT COUNT(*) FROM wallets FOR UPDATE;
         DO SLEEP(0.05);
         SELECT COUNT(*) FROM auctions WHERE id = {id} FOR UPDATE;
         ROLLBACK"
    );
    let until = Instant::now() + moment() * rounds();
    let server = &site.servers[0];
    patiently(CLIENTS_PATIENCE * 4, "deadlocks", async || {
        // Whoever gives way is right.
        let _ = site.mariadb.as_ref().unwrap().try_administer(&crossed).await;
        let again = server.metric("artipul_desk_retries_total").await;
        (Instant::now() > until && again >= 1.0).then_some(())
    })
    .await;
    crowd.carries_on().await;
    let told = crowd.goes_home().await;
    assert_eq!(told.unanswered, 0, "nobody hears of a deadlock");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_locked_too_long_puts_bids_off_and_loses_none() {
    let site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    let id = crowd.busiest();
    for _ in 0..rounds() {
        // Longer than the servers' lock timeout.
        let hold = format!(
            "BEGIN; SELECT COUNT(*) FROM auctions WHERE id = {id} FOR UPDATE; DO SLEEP(12); ROLLBACK"
        );
        let mariadb = site.mariadb.as_ref().unwrap();
        mariadb.administer(&hold).await;
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}
