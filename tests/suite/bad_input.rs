//! Bad input at every operation of the OpenAPI document: it is answered with the documented
//! problem, never as a defect, and changes nothing.

mod bodies;
mod envelopes;
mod fields;

use std::collections::BTreeMap;

use artipul_common::{Money, problem::Problem};
use artipul_tests::{Answer, Document, Operation, Person, World, in_ms};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A world in which every operation could succeed, and somebody who could do it all.
struct Scene<'a> {
    world: &'a World,
    document: Document,
    /// An artist with points and an auction that nobody has bid on.
    artist: Person,
    /// What stands for the braces of each template.
    ids: Vec<(&'static str, String)>,
    before: BTreeMap<String, i64>,
}

impl<'a> Scene<'a> {
    async fn set(world: &'a World) -> Self {
        let artist = world.administrator().await;
        let anna = world.bidder(500).await;
        artist.charge(500).await;
        let listed = artist.list(|work| work.buy_now_price = Some(Money::new(90_000))).await.id;
        let bid_on = artist.list(|_| ()).await.id;
        anna.bid(bid_on, 50).await;
        let charge = world.number("SELECT MAX(id) AS number FROM charges").await;
        Person::sign_in(&world.url(), &artist.nickname).await;
        let session = world.number("SELECT MAX(id) AS number FROM sessions").await;
        let request = serde_json::from_value(a_token()).unwrap();
        let token = artist.client.make_token(&request).await.unwrap().about.id;
        let work = artist.see(listed).await.work_id;
        let ids = vec![
            ("/v1/auctions/{id}", listed.to_string()),
            ("/v1/artists/{id}", artist.id.to_string()),
            ("/v1/me/charges/{id}", charge.to_string()),
            ("/v1/images/{name}", "none.png".to_owned()),
            ("/v1/me/sessions/{id}", session.to_string()),
            ("/v1/me/tokens/{id}", token.to_string()),
            ("/v1/admin/users/{id}", anna.id.to_string()),
            ("/v1/admin/works/{id}", work.to_string()),
            ("/v1/admin/auctions/{id}", bid_on.to_string()),
            ("/v1/admin/charges/{id}", charge.to_string()),
            ("/v1/social/callback/{provider}", "acme".to_owned()),
            ("/v1/social/flows/{id}", "none".to_owned()),
            ("/v1/social/{provider}", "acme".to_owned()),
            ("/v1/me/identities/{provider}", "acme".to_owned()),
        ];
        let document = world.document().await;
        let before = world.tables().await;
        Self { world, document, artist, ids, before }
    }

    /// The operations, but those for operators, which probes call as they like.
    fn operations(&self) -> Vec<Operation> {
        let operations = self.document.operations();
        operations
            .into_iter()
            .filter(|operation| operation.said["tags"][0] != "Operations")
            .collect()
    }

    /// The operation's path with something in its first braces.
    fn path_with(&self, operation: &Operation, id: &str) -> String {
        operation.path(&[id, "none.png"])
    }

    /// A path at which the operation finds what it is for.
    fn path(&self, operation: &Operation) -> String {
        let id = self.ids.iter().find(|(prefix, _)| operation.template.starts_with(prefix));
        self.path_with(operation, id.map_or("", |(_, id)| id))
    }

    /// A request in the artist's name.
    fn request(&self, operation: &Operation, path: &str) -> RequestBuilder {
        self.artist.request(operation.method.clone(), path)
    }

    /// A body that nothing is wrong with.
    fn body(&self, operation: &Operation) -> Value {
        let ends_at = in_ms(3_600_000);
        match operation.template.as_str() {
            "/v1/auctions" => serde_json::to_value(artipul_tests::draft()).unwrap(),
            "/v1/auctions/{id}/relist" => json!({ "start_price": 10_000, "ends_at": ends_at }),
            "/v1/auctions/{id}/bids" => json!({ "amount": 50_000 }),
            "/v1/auctions/{id}/purchase" => json!({ "price": 90_000 }),
            "/v1/me/charges" => json!({ "amount": 50_000 }),
            "/v1/me/charges/{id}/confirm" => json!({ "payment_id": "sandbox-0" }),
            "/v1/phone-codes" => json!({ "phone": "010-9999-9999" }),
            "/v1/phone-codes/verify" => json!({ "phone": "010-9999-9999", "code": "123456" }),
            "/v1/sessions" => json!({ "email": "nobody@example.com", "password": "a password" }),
            "/v1/social/flows/{id}/collect" => json!({ "flow_secret": "x" }),
            "/v1/social/sign-up" => json!({
                "sign_up_token": "x", "phone_token": "x", "nickname": "new", "name": "New",
                "is_artist": false,
            }),
            "/v1/users" => json!({
                "email": "new@example.com", "password": "a password", "nickname": "new",
                "name": "New", "phone_token": "x", "is_artist": false,
            }),
            "/v1/users/find-email" => json!({ "phone_token": "x" }),
            "/v1/users/reset-password" => json!({
                "email": "new@example.com", "phone_token": "x", "password": "a password",
            }),
            "/v1/me/password" => json!({ "current_password": "x", "password": "a password" }),
            "/v1/me/email" => json!({ "current_password": "x", "email": "new@example.com" }),
            "/v1/me/phone" => json!({ "current_password": "x", "phone_token": "x" }),
            "/v1/me/close" => json!({ "current_password": "x" }),
            "/v1/me/tokens" => a_token(),
            template if template.starts_with("/v1/admin/") => json!({ "reason": "spam" }),
            "/v1/auctions/{id}" | "/v1/me" | "/v1/me/notifications/read" => json!({}),
            template => panic!("no body is known for {template}"),
        }
    }

    async fn end(self) {
        assert_eq!(self.world.tables().await, self.before, "nothing has changed");
    }
}

fn a_token() -> Value {
    json!({ "name": "cron", "scopes": ["read", "bid"], "expires_at": in_ms(3_600_000) })
}

/// The problem in an answer that must be a refusal as the operation documents it.
#[track_caller]
fn refused(operation: &Operation, what: &str, answer: &Answer) -> Problem {
    let name = operation.name();
    assert!((400..500).contains(&answer.status), "{name}, {what}: {}", answer.text());
    let documented = &operation.said["responses"]["4XX"]["content"];
    assert!(documented["application/problem+json"].is_object(), "{name} documents no refusal");
    answer.problem()
}

/// A request with a body of bytes that are said to be JSON.
fn with_json(request: RequestBuilder, body: impl Into<reqwest::Body>) -> RequestBuilder {
    request.header("content-type", "application/json").body(body)
}

/// The methods that there are.
const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
