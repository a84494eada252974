//! The proxy that `deploy/` tells to put in front of the servers, and the real one.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use artipul_common::{AuctionId, client::new_idempotency_key};
use artipul_tests::{Answer, Feed, Person, eventually};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::rig::{Haproxy, Site};

/// As in `deploy/server.toml.example`.
const BEHIND: [&str; 2] = ["--trusted-proxies=127.0.0.1", "--public-url=https://artipul.example"];

/// A bid of somebody through a proxy.
fn bid(client: &Client, url: &str, person: &Person, id: AuctionId, amount: i64) -> RequestBuilder {
    client
        .post(format!("{url}/v1/auctions/{id}/bids"))
        .bearer_auth(&person.token)
        .header("idempotency-key", new_idempotency_key())
        .json(&json!({ "amount": amount }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_real_proxy_bids_are_made_and_streamed_and_addresses_are_true() {
    let flags = [BEHIND.as_slice(), &["--limit-reads-per-address=40/10h"]].concat();
    let site = Site::shared_under(2, &[], &flags).await;
    let Some(proxy) = Haproxy::before(&site).await else { return };
    let (url, urls) = (proxy.url(), site.urls());
    let artist = site.people("artist", 1, &urls).await.remove(0);
    let bidders = site.people("bidder", 2, &urls).await;
    let id = artist.list(|_| ()).await.id;
    for builder in [proxy.authority.client(), proxy.authority.client().http1_only()] {
        let client = builder.build().unwrap();
        // Its events come while it is open: nobody collects them.
        let feed = Feed::of(client.get(format!("{url}/v1/auctions/{id}/events"))).await;
        feed.until("event: resync").await;
        let price = artist.see(id).await.min_next.unwrap();
        for (number, bidder) in bidders.iter().enumerate() {
            bidder.charge(500).await;
            let amount = price.points() + 10_000 * i64::try_from(number).unwrap();
            let answer = Answer::to(bid(&client, &url, bidder, id, amount)).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert!(answer.header("strict-transport-security").is_some());
        }
        feed.until("event: top-bid").await;
    }

    let client = proxy.authority.client().build().unwrap();
    let plain = client.post(format!("{}/v1/sessions?x=1", proxy.plain_url()));
    let redirect = Answer::to(plain).await;
    assert_eq!(redirect.status, 308);
    let location = redirect.header("location").unwrap();
    assert!(location.starts_with("https://127.0.0.1") && location.ends_with("/v1/sessions?x=1"));
    let metrics = client.get(format!("{url}/metrics")).send().await.unwrap();
    assert_eq!(metrics.status(), 404);

    // Whoever says that he is somebody else is who he is, at both servers together.
    let genres = |client: &Client| client.get(format!("{url}/v1/genres"));
    let mut number = 0_u32;
    eventually("the limit is reached", async || {
        number += 1;
        let said = Ipv4Addr::from_bits(number).to_string();
        let request = genres(&client).header("x-forwarded-for", &said);
        let answer = Answer::to(request.header("forwarded", format!("for={said}"))).await;
        (answer.status == 429).then_some(())
    })
    .await;
    assert!(number <= 2 * 40, "{number} requests of the same address");
    let neighbour = proxy.authority.client().local_address(IpAddr::from([127, 0, 0, 2]));
    let answer = genres(&neighbour.build().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 200, "another address has a limit of its own");
    site.audit().await;
}

/// Somebody who asks through the proxy without a pause; nothing is asked again by himself.
struct Asking {
    answered: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Asking {
    fn start(client: Client, url: String, person: Person, id: AuctionId) -> Self {
        let (answered, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (Arc::clone(&answered), Arc::clone(&is_over));
        let task = tokio::spawn(async move {
            let mut amount = 10_000;
            while !stop.load(Ordering::Relaxed) {
                amount += 1_000;
                let requests = [
                    client.request(Method::GET, format!("{url}/v1/auctions/{id}")),
                    bid(&client, &url, &person, id, amount),
                ];
                for request in requests {
                    let answer = Answer::to(request).await;
                    let is_answered = [200, 201, 402, 409].contains(&answer.status);
                    assert!(is_answered, "{}: {}", answer.status, answer.text());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { answered, is_over, task }
    }

    /// Waits until so many more were answered.
    async fn goes_on(&self, more: usize) {
        let enough = self.answered.load(Ordering::Relaxed) + more;
        eventually("it goes on", async || {
            let is_enough = self.answered.load(Ordering::Relaxed) >= enough;
            (is_enough || self.task.is_finished()).then_some(())
        })
        .await;
        assert!(!self.task.is_finished(), "a request failed");
    }

    async fn ends(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_real_proxy_servers_are_replaced_and_no_request_fails() {
    let mut site = Site::shared_under(2, &[], &BEHIND).await;
    let Some(proxy) = Haproxy::before(&site).await else { return };
    let (url, urls) = (proxy.url(), site.urls());
    let artist = site.people("artist", 1, &urls).await.remove(0);
    let id = artist.list(|_| ()).await.id;
    let mut asking = Vec::new();
    for bidder in site.people("bidder", 4, &urls).await {
        bidder.charge(5_000).await;
        let builder = proxy.authority.client();
        let is_old = asking.len() % 2 == 0;
        let builder = if is_old { builder.http1_only() } else { builder };
        asking.push(Asking::start(builder.build().unwrap(), url.clone(), bidder, id));
    }
    for number in 0..2 {
        for one in &asking {
            one.goes_on(20).await;
        }
        assert_eq!(site.servers[number].terminate().await, Some(0));
        for one in &asking {
            one.goes_on(50).await;
        }
        site.servers[number].restart().await;
        eventually("bids reach it again", async || {
            let commits = site.servers[number].metric("artipul_desk_commit_seconds_count").await;
            (commits > 10.0).then_some(())
        })
        .await;
    }
    for one in asking {
        one.ends().await;
    }
    site.audit().await;
}
