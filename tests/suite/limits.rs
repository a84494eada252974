//! Limits: how often somebody may ask, bid, try to sign in, and how many streams he may have.

use std::time::{Duration, Instant};

use artipul_common::{
    Money,
    accounts::{Secret, SignInRequest},
    client::new_idempotency_key,
    problem::ProblemCode,
};
use artipul_tests::{
    Answer, Backend, Feed, PASSWORD, World, code, eventually, http2, on_every_backend, problem,
    within,
};
use futures_util::{StreamExt, future::join_all};
use reqwest::Method;
use serde_json::{Value, json};

/// What an answer says of its limit: how many, how many are left, and the policy.
fn allowance(answer: &Answer) -> (Option<&str>, Option<&str>, Option<&str>) {
    let header = |name| answer.header(name);
    (header("ratelimit-limit"), header("ratelimit-remaining"), header("ratelimit-policy"))
}

#[track_caller]
fn is_one_too_many(answer: &Answer) {
    let problem = answer.problem();
    assert_eq!(problem.code, ProblemCode::RateLimited);
    let wait = problem.retry_after.unwrap();
    assert_eq!(answer.header("retry-after"), Some(wait.to_string().as_str()));
    assert!((1..=3_600).contains(&wait), "{wait}");
}

/// A request of nobody, from an address behind a proxy.
async fn from(world: &World, address: &str, path: &str) -> Answer {
    Answer::to(world.request(Method::GET, path).header("x-forwarded-for", address)).await
}

/// The answer to an attempt to sign in from an address behind a proxy.
async fn sign_in_from(world: &World, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    let request = world.request(Method::POST, "/v1/sessions").json(&body);
    Answer::to(request.header("x-forwarded-for", address)).await
}

fn credentials(email: &str, password: &str) -> SignInRequest {
    SignInRequest { email: email.to_owned(), password: Secret::new(password) }
}

on_every_backend! {
    async fn a_user_reads_so_often_and_is_told_what_is_left(world: &World)
    with ["limit-reads" = "3/1h"]
    {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        for left in ["2", "1", "0"] {
            let answer = anna.send(Method::GET, "/v1/me").await;
            assert_eq!(allowance(&answer), (Some("3"), Some(left), Some("3;w=3600")));
            let reset: u64 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
            assert!((1_000..=3_600).contains(&reset), "{reset}");
        }
        let refused = anna.send(Method::GET, "/v1/auctions").await;
        is_one_too_many(&refused);
        assert_eq!(allowance(&refused), (Some("3"), Some("0"), Some("3;w=3600")));
        assert_eq!(bora.send(Method::GET, "/v1/me").await.status, 200);
        let stranger = world.send(Method::GET, "/v1/auctions").await;
        assert_eq!((stranger.status, allowance(&stranger)), (200, (None, None, None)));
        anna.charge(1).await;
    }

    async fn whoever_is_not_signed_in_counts_by_his_address(world: &World)
    with ["limit-reads-per-address" = "2/1h"]
    {
        let anna = world.bidder(0).await;
        for _ in 0..2 {
            assert_eq!(world.send(Method::GET, "/v1/auctions").await.status, 200);
        }
        is_one_too_many(&world.send(Method::GET, "/v1/genres").await);
        let forged = world.request(Method::GET, "/v1/auctions").bearer_auth("forged");
        is_one_too_many(&Answer::to(forged).await);
        // What nobody is behind cannot be said by whoever asks.
        is_one_too_many(&from(world, "203.0.113.9", "/v1/genres").await);
        assert_eq!(anna.send(Method::GET, "/v1/auctions").await.status, 200);
        for path in ["/healthz", "/readyz", "/metrics"] {
            let answer = world.send(Method::GET, path).await;
            assert_eq!((answer.status, allowance(&answer).0), (200, None), "{path}");
        }
    }

    async fn a_limit_fills_up_again(world: &World)
    with ["limit-reads-per-address" = "2/2s"]
    {
        let read = async || world.send(Method::GET, "/v1/genres").await;
        let refused = eventually("too many", async || Some(read().await).filter(|a| a.status == 429)).await;
        let wait = Duration::from_secs(refused.problem().retry_after.unwrap());
        let since = Instant::now();
        eventually("the time is over", async || (since.elapsed() > wait).then_some(())).await;
        assert_eq!(read().await.status, 200, "whoever waits so long is let in");
    }

    async fn a_user_bids_so_often(world: &World)
    with ["limit-bids" = "2/1h"]
    {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, 10).await;
        anna.bid(id, 20).await;
        assert_eq!(anna.refused(id, 30).await.code, ProblemCode::RateLimited);
        let purchase = problem(anna.buy(id, 100).await);
        assert_eq!(purchase.code, ProblemCode::RateLimited, "purchases count with them");
        bora.bid(id, 40).await;
        assert_eq!(anna.see(id).await.bid_count, 2);
    }

    async fn an_address_bids_so_often(world: &World)
    with ["limit-bids-per-address" = "2/1h"]
    {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        anna.bid(id, 10).await;
        bora.bid(id, 40).await;
        for person in [&anna, &bora] {
            assert_eq!(person.refused(id, 60).await.code, ProblemCode::RateLimited);
        }
    }

    async fn a_user_changes_so_much(world: &World)
    with ["limit-writes" = "2/1h", "limit-writes-per-address" = "3/1h"]
    {
        // Signing in counts by the address.
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        anna.charge(1).await;
        anna.charge(1).await;
        let one_more = anna.client.charge(Money::new(1_000), &new_idempotency_key()).await;
        assert_eq!(code(one_more), ProblemCode::RateLimited);
        bora.charge(1).await;
        let client = world.client();
        assert!(client.sign_in(&credentials(&anna.email, PASSWORD)).await.is_ok());
        let fourth = client.sign_in(&credentials(&anna.email, PASSWORD)).await;
        assert_eq!(code(fourth), ProblemCode::RateLimited);
    }

    async fn an_address_has_so_many_streams(world: &World)
    with ["limit-streams-per-address" = "3"]
    {
        let anna = world.bidder(0).await;
        let id = world.artist().await.list(|_| ()).await.id;
        let one = format!("/v1/auctions/{id}/events");
        let mut feeds = vec![Feed::of(world.request(Method::GET, &one)).await];
        // Over HTTP/2, a connection has many.
        let both = http2();
        for path in ["/v1/me/events", "/v1/events?genre=painting"] {
            let url = format!("{}{path}", world.url());
            feeds.push(Feed::of(both.get(url).bearer_auth(&anna.token)).await);
        }
        for path in [one.as_str(), "/v1/me/events"] {
            is_one_too_many(&within("a refusal", anna.send(Method::GET, path)).await);
        }
        // Each that ends makes room for one more.
        let mut held = Vec::new();
        for feed in feeds {
            drop(feed);
            held.push(eventually("there is room again", async || {
                let response = anna.request(Method::GET, &one).send().await.unwrap();
                Some(response).filter(|response| response.status() == 200)
            }).await);
        }
        is_one_too_many(&within("a refusal", anna.send(Method::GET, &one)).await);
    }

    async fn whoever_fails_waits_longer_and_longer(world: &World) {
        let anna = world.bidder(0).await;
        let client = world.client();
        let attempt = async |email: &str, password: &str| {
            client.sign_in(&credentials(email, password)).await
        };
        for email in [anna.email.as_str(), "nobody@example.com"] {
            let mut codes = Vec::new();
            for _ in 0..6 {
                codes.push(code(attempt(email, "wrong").await));
            }
            assert_eq!(codes, [ProblemCode::CredentialsWrong; 6], "{email}");
            // The next one has to wait, with the right password as well, and the one after it longer.
            let mut waits = Vec::new();
            for _ in 0..2 {
                let longest = waits.last().copied().unwrap_or_default();
                waits.push(eventually("a longer wait", async || {
                    let refusal = problem(attempt(email, "wrong").await);
                    refusal.retry_after.filter(|wait| *wait > longest)
                }).await);
            }
            assert_eq!(code(attempt(email, PASSWORD).await), ProblemCode::RateLimited);
        }
        // Whoever has waited is let in, and nothing is held against him.
        let session = eventually("he is let in", async || {
            attempt(&anna.email, PASSWORD).await.ok()
        })
        .await;
        assert_eq!(session.user.id, anna.id);
        for _ in 0..6 {
            assert_eq!(code(attempt(&anna.email, "wrong").await), ProblemCode::CredentialsWrong);
        }
    }

    async fn nobody_is_locked_out_where_he_was_let_in_before(world: &World)
    with ["trusted-proxies" = "127.0.0.1", "limit-sign-ins" = "6/1h"]
    {
        let email = format!("{}@example.com", world.account(false).await);
        let home = "203.0.113.9";
        assert_eq!(sign_in_from(world, home, &email, PASSWORD).await.status, 201);
        for number in 1..=5 {
            let elsewhere = format!("198.51.100.{number}");
            assert_eq!(sign_in_from(world, &elsewhere, &email, "wrong").await.status, 401);
        }
        is_one_too_many(&sign_in_from(world, "198.51.100.99", &email, PASSWORD).await);
        assert_eq!(sign_in_from(world, home, &email, PASSWORD).await.status, 201);
    }

    async fn many_who_guess_at_once_get_no_more_guesses(world: &World) {
        let email = format!("{}@example.com", world.account(false).await);
        let client = world.client();
        let request = credentials(&email, "wrong");
        let guesses = (0..30).map(|_| client.sign_in(&request));
        let codes: Vec<_> =
            join_all(guesses).await.into_iter().map(code).collect();
        let guessed = codes.iter().filter(|code| **code == ProblemCode::CredentialsWrong).count();
        assert!((6..=8).contains(&guessed), "{guessed}");
    }

    async fn a_phone_and_an_address_get_so_many_codes_a_day(world: &World)
    with ["limit-phone-codes-a-day" = "2/1d", "limit-phone-codes-per-address-a-day" = "3/1d"]
    {
        let client = world.client();
        for _ in 0..2 {
            client.request_phone_code("+821070000001").await.unwrap();
        }
        let refusal = problem(client.request_phone_code("+821070000001").await);
        assert_eq!(refusal.code, ProblemCode::RateLimited);
        assert!(refusal.retry_after.unwrap() > 60 * 60, "{refusal:?}");
        // The refused one counts for the address.
        let refusal = problem(client.request_phone_code("+821070000002").await);
        assert_eq!(refusal.code, ProblemCode::RateLimited);
    }
}

/// How much was taken from buckets, as a message between instances tells it.
fn told(message: &str) -> u64 {
    let message: Value = serde_json::from_str(&message[16..]).unwrap();
    let taken = message["Taken"].as_array().into_iter().flatten();
    taken.map(|taken| taken["worth"].as_u64().unwrap()).sum()
}

#[test]
fn what_somebody_asks_of_one_instance_counts_at_the_other() {
    let settings = [("limit-reads", "64/18h")];
    let each = 18 * 3_600 * 1_000_000_000 / 64;
    World::run(Backend::Shared, &settings, async |world| {
        let other = world.another_instance().await;
        let mut overheard = Box::pin(world.overheard().await);
        let anna = world.bidder(0).await;
        let there = anna.at(&other.url()).await;
        for _ in 0..64 {
            assert_eq!(anna.send(Method::GET, "/v1/me").await.status, 200);
        }
        within("it is told", async {
            let mut sum = 0;
            while sum < 60 * each {
                sum += told(&overheard.next().await.unwrap());
            }
        })
        .await;
        let mut answered = 0;
        eventually("nothing is left", async || {
            let answer = there.send(Method::GET, "/v1/me").await;
            answered += 1;
            (answer.status == 429).then_some(())
        })
        .await;
        assert!(answered < 32, "{answered} of 64 were answered once more");
        other.stop().await;
    });
}
