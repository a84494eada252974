//! The same request comes more than once.

use artipul_common::{Money, bids::BidReceipt, client::new_idempotency_key};
use artipul_tests::{Fate, Wire, http};
use futures_util::future::join_all;

use crate::rig::{Crowd, Site, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_key_that_comes_over_twenty_connections_at_once_one_bid_is_made() {
    let site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    let urls = site.urls();
    let artist = site.people("seller", 1, &urls).await.remove(0);
    let anna = site.people("anna", 1, &urls).await.remove(0);
    anna.charge(90_000).await;
    for round in 0..10 * rounds() {
        let id = artist.list(|_| ()).await.id;
        let key = new_idempotency_key();
        let send = async |number: usize, amount: i64| {
            // A client of its own has a connection of its own.
            let request = http()
                .post(format!("{}/v1/auctions/{id}/bids", urls[number % 2]))
                .bearer_auth(&anna.token)
                .header("Idempotency-Key", &key)
                .json(&serde_json::json!({ "amount": amount }));
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let answers = join_all((0..20).map(|number| send(number, 20_000))).await;
        let first: BidReceipt = serde_json::from_str(&answers[0].1).unwrap();
        assert_eq!((first.maximum, first.price), (Money::new(20_000), Money::new(10_000)));
        for answer in &answers {
            assert_eq!((answer.0, &answer.1), (201, &answers[0].1), "round {round}");
        }
        assert_eq!(send(0, 30_000).await.0, 422, "another bid is not made under it");
        assert_eq!(anna.see(id).await.bid_count, 1);
    }
    site.judges(crowd.goes_home().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_a_lost_answer_gets_that_answer() {
    let site = Site::shared(1).await;
    let urls = site.urls();
    let artist = site.people("seller", 1, &urls).await.remove(0);
    let wire = Wire::to(site.servers[0].address()).await;
    let wired = [format!("http://{}", wire.address())];
    let anna = site.people("anna", 1, &wired).await.remove(0);
    anna.charge(90_000).await;
    let count = 10 * i64::from(rounds());
    for round in 0..count {
        let fate = if round % 2 == 0 { Fate::Arrives } else { Fate::Lost };
        let id = artist.list(|_| ()).await.id;
        wire.lose_connection_at(b"idempotency-key", fate);
        let receipt = anna.client.bid(id, Money::new(20_000), &new_idempotency_key()).await;
        assert_eq!(receipt.unwrap().price, Money::new(10_000), "{fate:?}");
        assert!(wire.has_lost_it());
        assert_eq!(anna.see(id).await.bid_count, 1);
    }
    assert_eq!(anna.wallet().await, (90_000, 20 * count));
    site.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_is_cut_again_and_again_loses_no_bid() {
    let site = Site::embedded().await;
    let wire = Wire::to(site.servers[0].address()).await;
    let crowd = Crowd::through(&site, &[format!("http://{}", wire.address())]).await;
    for _ in 0..5 * rounds() {
        wire.cut();
        wire.mend();
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert!(told.losses > 0, "streams were cut");
    site.judges(told).await;
}
