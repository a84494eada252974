//! Personal access tokens: what they may do, and until when.

use artipul_common::{
    accounts::Secret,
    client::{Client, tokens::FixedToken},
    credentials::{NewTokenRequest, Scope},
    limits,
    problem::ProblemCode,
};
use artipul_tests::{
    Answer, Backend, Person, World, code, draft, eventually, in_ms, on_every_backend,
};
use reqwest::Method;
use serde_json::{Value, json};

fn request(scopes: &[Scope]) -> NewTokenRequest {
    NewTokenRequest { name: "cron".to_owned(), scopes: scopes.to_vec(), expires_at: None }
}

async fn token(person: &Person, scopes: &[Scope]) -> Secret {
    person.client.make_token(&request(scopes)).await.unwrap().token
}

async fn send(world: &World, token: &Secret, method: Method, path: &str, body: &Value) -> Answer {
    let request = world.request(method, path).bearer_auth(token.reveal());
    Answer::to(if body.is_null() { request } else { request.json(body) }).await
}

on_every_backend! {
    async fn a_token_does_what_its_scopes_allow_and_no_more(world: &World) {
        let (artist, anna) = (world.administrator().await, world.bidder(500).await);
        let auction = artist.list(|_| ()).await.id;
        let draft = serde_json::to_value(draft()).unwrap();
        let bid = json!({ "amount": 20_000 });
        let charge = json!({ "amount": 5_000 });
        let calls = [
            (Scope::Read, Method::GET, "/v1/me".to_owned(), Value::Null),
            (Scope::Read, Method::GET, "/v1/me/wallet".to_owned(), Value::Null),
            (Scope::Read, Method::GET, "/v1/me/summary".to_owned(), Value::Null),
            (Scope::Bid, Method::POST, format!("/v1/auctions/{auction}/bids"), bid),
            (Scope::Bid, Method::PUT, format!("/v1/auctions/{auction}/watch"), Value::Null),
            (Scope::Sell, Method::POST, "/v1/auctions".to_owned(), draft),
            (Scope::Wallet, Method::POST, "/v1/me/charges".to_owned(), charge),
        ];
        for scope in Scope::ALL {
            let (buyers, sellers) = (token(&anna, &[scope]).await, token(&artist, &[scope]).await);
            for (needed, method, path, body) in &calls {
                let token = if *needed == Scope::Sell { &sellers } else { &buyers };
                let answer = send(world, token, method.clone(), path, body).await;
                if scope == *needed {
                    assert!(answer.status < 300, "{scope:?} {path}: {}", answer.text());
                } else {
                    let refusal = answer.problem();
                    assert_eq!(refusal.code, ProblemCode::ScopeMissing, "{scope:?} {path}");
                }
            }
        }
        // Of an auction that everybody sees, it sees what is the user's own with `read` only.
        let path = format!("/v1/auctions/{auction}");
        let mine = async |scope| {
            let token = token(&anna, &[scope]).await;
            send(world, &token, Method::GET, &path, &Value::Null).await.json()["me"].clone()
        };
        assert_eq!(mine(Scope::Read).await["maximum"], 20_000);
        assert_eq!(mine(Scope::Bid).await, Value::Null);
    }

    async fn what_changes_the_account_needs_a_session(world: &World) {
        let admin = world.administrator().await;
        let token = token(&admin, &Scope::ALL).await;
        let mut tried = 0;
        for operation in world.document().await.operations() {
            let is_reserved = operation.template.starts_with("/v1/admin/")
                || operation.requires_token()
                    && ["Accounts", "Sessions"].iter().any(|tag| operation.said["tags"][0] == *tag);
            if !is_reserved || operation.name() == "GET /v1/me" {
                continue;
            }
            tried += 1;
            let path = operation.template.replace("{id}", "1");
            let answer = send(world, &token, operation.method, &path, &json!({})).await;
            assert_eq!(answer.problem().code, ProblemCode::SessionRequired, "{path}");
        }
        assert!(tried > 15, "{tried}");
        let answer = send(world, &token, Method::DELETE, "/v1/sessions/current", &Value::Null).await;
        assert_eq!(answer.problem().code, ProblemCode::SessionRequired);
    }

    async fn a_token_that_is_taken_back_is_refused_at_once_on_every_instance(world: &World) {
        let other = match world.backend() {
            Backend::Embedded => None,
            Backend::Shared => Some(world.another_instance().await),
        };
        let url = other.as_ref().map_or_else(|| world.url(), artipul_server::app::Server::url);
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let made = anna.client.make_token(&request(&[Scope::Read])).await.unwrap();
        let script = Client::new(&url, FixedToken(made.token.clone())).unwrap();
        assert_eq!(script.me().await.unwrap().id, anna.id);
        eventually("its use is noted", async || {
            let tokens = anna.client.personal_tokens().await.unwrap().items;
            tokens[0].last_used_at
        }).await;
        let others = bora.client.take_back_token(made.about.id).await;
        assert_eq!(code(others), ProblemCode::TokenNotFound);
        script.me().await.unwrap();
        anna.client.take_back_token(made.about.id).await.unwrap();
        let request = artipul_tests::http().get(format!("{url}/v1/me"));
        let refused = Answer::to(request.bearer_auth(made.token.reveal())).await.problem();
        assert_eq!(refused.code, ProblemCode::TokenRevoked);
        assert_eq!(anna.client.personal_tokens().await.unwrap().items, []);
        anna.client.me().await.unwrap();
        if let Some(other) = other {
            other.stop().await;
        }
    }

    async fn a_token_expires(world: &World) {
        let anna = world.bidder(0).await;
        let ends_at = in_ms(1_500);
        let body = NewTokenRequest { expires_at: Some(ends_at), ..request(&[Scope::Read]) };
        let made = anna.client.make_token(&body).await.unwrap();
        assert_eq!(send(world, &made.token, Method::GET, "/v1/me", &Value::Null).await.status, 200);
        let refusal = eventually("it expires", async || {
            let answer = send(world, &made.token, Method::GET, "/v1/me", &Value::Null).await;
            (answer.status != 200).then(|| answer.problem())
        }).await;
        assert_eq!(refusal.code, ProblemCode::TokenExpired);
    }

    async fn only_hashes_of_tokens_are_kept_and_only_so_many(world: &World) {
        let anna = world.bidder(0).await;
        let first = token(&anna, &[Scope::Read]).await;
        let hash = "SELECT COUNT(*) AS number FROM personal_tokens WHERE token_hash LIKE 'artipul%'";
        assert_eq!(world.number(hash).await, 0);
        for _ in 1..limits::MAX_TOKENS {
            token(&anna, &[Scope::Read]).await;
        }
        let more = anna.client.make_token(&request(&[Scope::Read])).await;
        assert_eq!(code(more), ProblemCode::TooManyTokens);
        let forged = format!("{}x", &first.reveal()[..first.reveal().len() - 1]);
        let refused = send(world, &Secret::new(forged), Method::GET, "/v1/me", &Value::Null).await;
        assert_eq!(refused.problem().code, ProblemCode::TokenInvalid);
    }
}
