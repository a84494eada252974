//! Who people are: what proves it is theirs alone, and so is how they can be reached.

use std::collections::BTreeSet;

use artipul_common::{AuctionId, accounts::REFRESH_COOKIE};
use artipul_tests::{Answer, Feed, Mentions, Person, World, on_every_backend, phone_code};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Eyes, hidden, hidden_in};

/// Somebody whose secrets are all known here.
struct Mina {
    /// What nobody may see, anywhere.
    secrets: BTreeSet<String>,
    /// What only she herself may see.
    own: BTreeSet<String>,
    token: String,
    cookie: String,
}

const PASSWORD: &str = "blue heron at dusk";
const EMAIL: &str = "mina.of.the.lake@example.org";
const NAME: &str = "Kim Mina Seoyeon";
const NICKNAME: &str = "heronwatcher";
const ADDRESS: &str = "77 Lakeside Road, Chuncheon";

async fn post(world: &World, path: &str, body: Value) -> Answer {
    let answer = world.send_json(Method::POST, path, &body).await;
    assert!(answer.status < 300, "{path}: {}", answer.text());
    answer
}

impl Mina {
    /// Opens an account as anybody would, with a few mistakes on the way.
    async fn join(world: &World) -> Self {
        let digits: u32 = rand::random_range(10_000_000..100_000_000);
        let (phone, local) = (format!("+8210{digits}"), format!("010{digits}"));
        post(world, "/v1/phone-codes", json!({ "phone": local })).await;
        let code = phone_code(&phone).await;
        for wrong in ["0", "999999x"] {
            let body = json!({ "phone": phone, "code": wrong });
            world.send_json(Method::POST, "/v1/phone-codes/verify", &body).await.problem();
        }
        let proof = json!({ "phone": phone, "code": code });
        let proof = post(world, "/v1/phone-codes/verify", proof).await.json();
        let proof = proof["phone_token"].as_str().unwrap().to_owned();
        let account = |password: &str| {
            json!({
                "email": EMAIL, "password": password, "nickname": NICKNAME, "name": NAME,
                "phone_token": proof, "is_artist": false,
            })
        };
        let long = PASSWORD.repeat(9);
        world.send_json(Method::POST, "/v1/users", &account(&long)).await.problem();
        post(world, "/v1/users", account(PASSWORD)).await;
        let wrong = json!({ "email": EMAIL, "password": format!("{PASSWORD}!") });
        world.send_json(Method::POST, "/v1/sessions", &wrong).await.problem();
        let right = json!({ "email": EMAIL, "password": PASSWORD });
        let first = post(world, "/v1/sessions", right).await;
        let old = cookie(&first);
        let renew = world.request(Method::POST, "/v1/sessions/refresh");
        let session = Answer::to(renew.header("cookie", &old)).await;
        let (token, cookie) = (access(&session), cookie(&session));
        let profile = json!({ "address": ADDRESS });
        let edit = world.request(Method::PATCH, "/v1/me").bearer_auth(&token).json(&profile);
        assert_eq!(Answer::to(edit).await.status, 200);
        let bare = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
        let secrets = [PASSWORD.to_owned(), proof, access(&first), token.clone()];
        let secrets = secrets.into_iter().chain([bare(&old), bare(&cookie)]).collect();
        let own = [code, phone, local, EMAIL.to_owned(), NAME.to_owned(), ADDRESS.to_owned()];
        let own = own.into_iter().chain([NICKNAME.to_owned()]).collect();
        Self { secrets, own, token, cookie }
    }

    fn all(&self) -> BTreeSet<String> {
        self.secrets.union(&self.own).cloned().collect()
    }

    async fn send(&self, world: &World, method: Method, path: &str, body: &Value) -> Answer {
        Answer::to(world.request(method, path).bearer_auth(&self.token).json(body)).await
    }

    /// Bids, leads, raises, is outbid, watches.
    async fn live(&self, world: &World, id: AuctionId, rival: &Person) {
        let charge = json!({ "amount": 500_000 });
        let charge = self.send(world, Method::POST, "/v1/me/charges", &charge).await;
        assert_eq!(charge.status, 201);
        let bids = format!("/v1/auctions/{id}/bids");
        for amount in [50_000, 60_000] {
            let bid = self.send(world, Method::POST, &bids, &json!({ "amount": amount })).await;
            assert_eq!(bid.status, 201);
        }
        let watch = format!("/v1/auctions/{id}/watch");
        assert_eq!(self.send(world, Method::PUT, &watch, &json!({})).await.status, 204);
        rival.bid(id, 90).await;
        let bid = self.send(world, Method::POST, &bids, &json!({ "amount": 200_000 })).await;
        assert_eq!(bid.json()["result"], "leading");
    }

    /// Signs out, and tries what is no good any more.
    async fn leave(&self, world: &World) {
        let out = world.request(Method::DELETE, "/v1/sessions/current").bearer_auth(&self.token);
        assert_eq!(Answer::to(out.header("cookie", &self.cookie)).await.status, 204);
        self.send(world, Method::GET, "/v1/me", &json!({})).await.problem();
        let renew = world.request(Method::POST, "/v1/sessions/refresh");
        Answer::to(renew.header("cookie", &self.cookie)).await.problem();
    }
}

fn access(session: &Answer) -> String {
    session.json()["access_token"].as_str().unwrap().to_owned()
}

/// The refresh cookie as it is sent back.
fn cookie(session: &Answer) -> String {
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap();
    assert!(cookie.starts_with(REFRESH_COOKIE));
    cookie.to_owned()
}

on_every_backend! {
    async fn nobody_else_learns_who_somebody_is(world: &World) {
        let (artist, rival) = (world.artist().await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let feeds = [
            Feed::of(world.request(Method::GET, "/v1/events?genre=painting")).await,
            Feed::of(artist.request(Method::GET, "/v1/me/events")).await,
            Feed::of(rival.request(Method::GET, "/v1/me/events")).await,
        ];
        let mina = Mina::join(world).await;
        mina.live(world, id, &rival).await;
        feeds[0].until("\"bid_count\":3").await;
        feeds[2].until("event: outbid").await;
        for who in [None, Some(&artist), Some(&rival)] {
            let eyes = Eyes::of(world, who);
            hidden_in(eyes.name(), &mina.all(), &eyes.everything(id, &artist).await);
            let least = artist.see(id).await.min_next.unwrap();
            hidden_in(eyes.name(), &mina.all(), &eyes.attempts(id, least).await);
        }
        for feed in &feeds {
            hidden("a stream", &mina.all(), [("events", feed.text())]);
        }
        let me = mina.send(world, Method::GET, "/v1/me", &json!({})).await;
        hidden_in("she herself", &mina.secrets, &vec![("/v1/me".to_owned(), me)]);
    }

    async fn the_log_knows_nobody(world: &World) {
        // Every line, since what to look for is not known yet.
        let log = Mentions::of("");
        let (artist, rival) = (world.artist().await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let mina = Mina::join(world).await;
        mina.live(world, id, &rival).await;
        mina.leave(world).await;
        let sender = "artipul_server::sms";
        let lines = log.lines();
        assert!(lines.iter().any(|line| line.contains(sender)), "the log is read");
        let lines = lines.into_iter().filter(|line| !line.contains(sender));
        hidden("the operator", &mina.all(), lines.map(|line| ("the log", line)));
    }

    async fn what_proves_somebody_is_kept_as_a_hash_only(world: &World) {
        let (artist, rival) = (world.artist().await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        // A code that still waits, and all that was used.
        let phone = format!("+8210{}", rand::random_range(10_000_000..100_000_000));
        post(world, "/v1/phone-codes", json!({ "phone": phone })).await;
        let waiting = phone_code(&phone).await;
        let mina = Mina::join(world).await;
        mina.live(world, id, &rival).await;
        mina.leave(world).await;
        let found = world.in_redis().await;
        // Codes and proofs are found by their phone, which alone is in the clear.
        let found: Vec<_> = found.iter()
            .map(|(name, value)| (name.as_str(), format!("{name} {value}").replace(&phone, "")))
            .collect();
        let mut words = mina.secrets.clone();
        words.extend([waiting, EMAIL.to_owned(), NAME.to_owned(), ADDRESS.to_owned()]);
        hidden("redis", &words, found);
        for secret in &mina.secrets {
            for column in [
                "password_hash FROM users", "token_hash FROM refresh_tokens",
                "token_id FROM revoked_tokens", "answer FROM idempotency_keys",
                "request_key FROM idempotency_keys",
            ] {
                let (name, table) = column.split_once(" FROM ").unwrap();
                let stored = format!("SELECT COUNT(*) AS number FROM {table} WHERE {name} LIKE '%{secret}%'");
                assert_eq!(world.number(&stored).await, 0, "{secret} is in {table}");
            }
        }
    }
}
