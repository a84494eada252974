//! What is somebody's own, tried by somebody else: every path of the document that has an id in
//! it, with every id that there is.

use std::collections::BTreeMap;

use artipul_common::{
    Money,
    client::new_idempotency_key,
    credentials::{NewTokenRequest, Scope},
    wallet::ChargeStatus,
};
use artipul_tests::{Answer, Person, World, on_every_backend};
use reqwest::Method;
use serde_json::json;

/// Everything that somebody can have, of each kind one.
struct Belongings {
    ids: Vec<String>,
    /// What nobody else may read.
    secrets: Vec<String>,
}

async fn belongings(owner: &Person) -> Belongings {
    let draft = owner.list(|work| {
        work.draft = true;
        work.title = "An unseen draft".to_owned();
    });
    let (draft, listed) = (draft.await, owner.list(|_| ()).await);
    let (amount, key) = (Money::new(7_000), new_idempotency_key());
    let charge = owner.client.charge(amount, &key).await.unwrap();
    assert_eq!(charge.status, ChargeStatus::Paid);
    let request = NewTokenRequest {
        name: "An unseen token".to_owned(),
        scopes: vec![Scope::Read],
        expires_at: None,
    };
    let token = owner.client.make_token(&request).await.unwrap().about.id;
    let session = owner.client.sessions().await.unwrap().items[0].id;
    let me = owner.client.me().await.unwrap();
    let ids = [
        draft.id.to_string(),
        draft.work_id.to_string(),
        listed.id.to_string(),
        charge.id.to_string(),
        token.to_string(),
        session.to_string(),
        owner.id.to_string(),
    ];
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let secrets = vec![
        "An unseen draft".to_owned(),
        "An unseen token".to_owned(),
        me.email,
        me.phone,
        me.name,
    ];
    Belongings { ids, secrets }
}

/// What must not have changed: everything but what the stranger owns himself.
async fn state(world: &World, owner: &Person) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    let paths = [
        "/v1/me",
        "/v1/me/wallet",
        "/v1/me/wallet/entries",
        "/v1/me/auctions",
        "/v1/me/watches",
        "/v1/me/notifications",
        "/v1/me/participations",
        "/v1/me/purchases",
        "/v1/me/tokens",
        "/v1/me/sessions",
        "/v1/me/summary",
    ];
    for path in paths {
        state.insert(path.to_owned(), owner.get(path).await.to_string());
    }
    let charges = "SELECT SUM(amount) AS number FROM charges WHERE status = 'paid'";
    state.insert("charges".to_owned(), world.number(charges).await.to_string());
    state
}

on_every_backend! {
    async fn nobody_reads_or_changes_what_is_anothers(world: &World) {
        let owner = world.artist().await;
        let theirs = belongings(&owner).await;
        // An artist with points as well: only whose it is stands between him and it.
        let stranger = world.artist().await;
        let own = stranger.client.sessions().await.unwrap().items[0].id.to_string();
        let before = state(world, &owner).await;
        let mut tried = 0;
        for operation in world.document().await.operations() {
            let braces = operation.template.matches('{').count();
            let is_public_bid = operation.template.ends_with("/bids")
                || operation.template.ends_with("/purchase")
                || operation.template.ends_with("/watch");
            if braces == 0 || is_public_bid && operation.method != Method::GET {
                continue;
            }
            if operation.template.ends_with("/events") {
                continue; // Public, and without an end.
            }
            let is_own = |id: &&String| operation.template.contains("sessions") && **id == own;
            for id in theirs.ids.iter().filter(|id| !is_own(id)) {
                let path = operation.path(&[id, id]);
                let bodies = [
                    json!({}),
                    json!({ "title": "Taken over" }),
                    json!({ "reason": "mine" }),
                    json!({ "payment_id": "sandbox-1" }),
                    json!({ "start_price": 1_000, "ends_at": artipul_tests::in_ms(3_600_000) }),
                ];
                for body in bodies {
                    let answer = Answer::to(
                        stranger.request(operation.method.clone(), &path).json(&body),
                    ).await;
                    tried += 1;
                    assert!(answer.status < 500, "{} {path}: {}", operation.name(), answer.text());
                    let is_reading = operation.method == Method::GET;
                    assert!(
                        is_reading || answer.status >= 400,
                        "{} {path} {body}: {}",
                        operation.name(),
                        answer.text()
                    );
                    for secret in &theirs.secrets {
                        // The artist of a public work is named on it.
                        let is_named = *secret == format!("Name of {}", owner.nickname);
                        assert!(
                            is_named || !answer.text().contains(secret.as_str()),
                            "{} {path} tells {secret}",
                            operation.name()
                        );
                    }
                    if is_reading {
                        break;
                    }
                }
            }
        }
        assert!(tried > 150, "{tried}");
        assert_eq!(state(world, &owner).await, before);
    }

    async fn fields_that_are_not_the_users_to_set_are_refused(world: &World) {
        let anna = world.bidder(10).await;
        let before = world.tables().await;
        let me = anna.get("/v1/me").await;
        let fields = json!({
            "id": 1, "email": "a@b.co", "phone": "+821011111111", "is_admin": true, "role": "admin",
            "balance": 1_000_000, "held": 0, "available": 1, "created_at": "2020-01-01T00:00:00Z",
            "password": "x", "password_hash": "x", "seller": 1, "seller_id": 1, "leader": "x",
            "price": 1, "maximum": 1, "bid_count": 9, "outcome": "sold", "phase": "ended", "seq": 9,
            "status": "paid", "scopes": ["read"], "user_id": 1, "suspended": null,
        });
        let document = world.document().await;
        let mut tried = 0;
        for operation in document.operations() {
            if operation.body().is_none() {
                continue;
            }
            let known: Vec<String> =
                document.fields(&operation).into_iter().map(|(name, _)| name).collect();
            for (field, value) in fields.as_object().unwrap() {
                if known.contains(field) {
                    continue;
                }
                tried += 1;
                let path = operation.template.replace("{id}", "1");
                let body = json!({ field: value });
                let request = anna.request(operation.method.clone(), &path).json(&body);
                let answer = Answer::to(request).await;
                let name = operation.name();
                assert!((400..500).contains(&answer.status), "{name} {field}: {}", answer.text());
            }
        }
        assert!(tried > 300, "{tried}");
        assert_eq!(world.tables().await, before);
        assert_eq!(anna.get("/v1/me").await, me);
    }
}
