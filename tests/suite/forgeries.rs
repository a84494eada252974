//! Tokens that are not what they seem: signed by somebody else, for something else, in another
//! way, or used where another kind belongs.

use artipul_common::{
    accounts::REFRESH_COOKIE,
    credentials::{NewTokenRequest, Scope},
    problem::ProblemCode,
};
use artipul_tests::{Answer, Person, World, http, on_every_backend};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};

/// What the server of these tests signs with.
const SECRET: &str = "a secret of these tests, long enough";

fn sign(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(algorithm), claims, &key).unwrap()
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

/// The claims with some of them changed; null takes one away.
fn changed(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

async fn shown(world: &World, token: &str) -> Answer {
    Answer::to(world.request(Method::GET, "/v1/me").bearer_auth(token)).await
}

/// The refresh token of a new session.
async fn refresh_token(world: &World, person: &Person) -> String {
    let body = json!({ "email": person.email, "password": "a password" });
    let answer = world.send_json(Method::POST, "/v1/sessions", &body).await;
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    cookie.split_once('=').unwrap().1.to_owned()
}

async fn refreshed(world: &World, token: &str) -> Answer {
    let request = http().post(format!("{}/v1/sessions/refresh", world.url()));
    Answer::to(request.header("cookie", format!("{REFRESH_COOKIE}={token}"))).await
}

on_every_backend! {
    async fn a_forged_access_token_lets_nobody_in(world: &World)
    with ["jwt-secret" = SECRET]
    {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let said = claims(&anna.token);
        let hour = |hours: i64| said["iat"].as_i64().unwrap() + hours * 3_600;
        let right = sign(Algorithm::HS256, SECRET, &said);
        assert_eq!(shown(world, &right).await.status, 200, "this is how it is signed");
        let signed = |changes: Value| sign(Algorithm::HS256, SECRET, &changed(&said, changes));
        let header = BASE64.encode(r#"{"alg":"none"}"#);
        let body = BASE64.encode(said.to_string());
        let mut forged = vec![
            ("of another secret", sign(Algorithm::HS256, &SECRET.replace('a', "b"), &said)),
            ("of an empty secret", sign(Algorithm::HS256, "", &said)),
            ("by HS384", sign(Algorithm::HS384, SECRET, &said)),
            ("by HS512", sign(Algorithm::HS512, SECRET, &said)),
            ("unsigned", format!("{header}.{body}.")),
            ("without a signature", format!("{header}.{body}")),
            ("for something else", signed(json!({ "aud": "another-api" }))),
            ("for everybody", signed(json!({ "aud": null }))),
            ("of another house", signed(json!({ "iss": "somebody" }))),
            ("of no house", signed(json!({ "iss": null }))),
            ("without an end", signed(json!({ "exp": null }))),
            ("of nobody", signed(json!({ "sub": null }))),
            ("of no number", signed(json!({ "sub": "anna" }))),
            ("of user 0", signed(json!({ "sub": "0" }))),
            ("of no session", signed(json!({ "sid": null }))),
            ("with an end that is none", signed(json!({ "exp": "tomorrow" }))),
        ];
        let [head, _, signature] =
            anna.token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let others = BASE64.encode(changed(&said, json!({ "sub": bora.id.to_string() })).to_string());
        forged.push(("with another's name in it", format!("{head}.{others}.{signature}")));
        for (what, token) in &forged {
            let refusal = shown(world, token).await.problem();
            assert_eq!(refusal.code, ProblemCode::TokenInvalid, "{what}");
        }
        let expired = signed(json!({ "iat": hour(-2), "exp": hour(-1) }));
        assert_eq!(shown(world, &expired).await.problem().code, ProblemCode::TokenExpired);
    }

    async fn no_kind_of_token_does_the_work_of_another(world: &World) {
        let anna = world.bidder(0).await;
        let refresh = refresh_token(world, &anna).await;
        let refused = shown(world, &refresh).await.problem();
        assert_eq!(refused.code, ProblemCode::TokenInvalid, "a refresh token as an access token");
        let request = NewTokenRequest {
            name: "cron".to_owned(),
            scopes: Scope::ALL.to_vec(),
            expires_at: None,
        };
        let personal = anna.client.make_token(&request).await.unwrap().token;
        for (what, token) in [
            ("an access token", anna.token.as_str()),
            ("a personal access token", personal.reveal()),
        ] {
            let refused = refreshed(world, token).await.problem();
            assert_eq!(refused.code, ProblemCode::RefreshTokenInvalid, "{what} as a refresh token");
        }
        let proof = json!({ "phone_token": personal.reveal() });
        let refused = world.send_json(Method::POST, "/v1/users/find-email", &proof).await.problem();
        assert_eq!(refused.code, ProblemCode::PhoneTokenInvalid);
        assert_eq!(refreshed(world, &refresh).await.status, 200, "each still does its own");
        assert_eq!(shown(world, personal.reveal()).await.status, 200);
    }

    async fn a_path_has_one_meaning(world: &World) {
        let (admin, anna) = (world.administrator().await, world.bidder(0).await);
        let before = world.tables().await;
        for path in [
            "/v1/me/../admin/users", "/v1/./admin/users", "//v1/admin/users", "/v1//admin/users",
            "/v1/admin%2fusers", "/v1/%61dmin/users", "/V1/ADMIN/USERS", "/v1/admin/users/",
            "/v1/admin/users;x=1", "/v1/admin/users%00", "/v1/admin/users%20", "/v1/admin/users/%2e%2e",
            "/v1/admin/users/..%2fusers", "/v1/admin\\users", "/%76%31/admin/users",
            "/v1/auctions/1%2f..%2f..%2fadmin", "/v1/images/..%2f..%2fsecret", "/v1/images/%2e%2e%2fsecret",
            "/v1/images/....//secret", "/v1/images/%c0%ae%c0%ae", "/../../etc/passwd", "*",
        ] {
            for (who, token) in [("a bidder", &anna.token), ("an administrator", &admin.token)] {
                let request = format!(
                    "GET {path} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
                );
                let answer = world.send_bytes(request.as_bytes()).await;
                let status = answer.status;
                assert!((400..500).contains(&status), "{path} as {who}: {status} {}", answer.text());
                assert!(!answer.text().contains("@example.com"), "{path} as {who}");
            }
        }
        // Headers by which proxies and frameworks are talked into another path or method.
        for (name, value) in [
            ("x-original-url", "/v1/admin/users"), ("x-rewrite-url", "/v1/admin/users"),
            ("x-http-method-override", "DELETE"), ("x-forwarded-prefix", "/v1/admin"),
            ("x-forwarded-user", "1"), ("x-user-id", "1"), ("forwarded", "for=127.0.0.1"),
        ] {
            let answer = Answer::to(anna.request(Method::GET, "/v1/me").header(name, value)).await;
            assert_eq!(answer.json()["id"], anna.id.get(), "{name}");
        }
        assert_eq!(world.tables().await, before);
    }

    async fn two_lengths_are_no_request(world: &World) {
        let anna = world.bidder(10).await;
        let before = world.tables().await;
        let head = format!(
            "POST /v1/me/charges HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n",
            anna.token
        );
        // Each hides a second request, if one of two who read it takes the other length.
        let hidden = format!(
            "POST /v1/me/charges HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{{\"amount\":9000}}",
            anna.token
        );
        for lengths in [
            "content-length: 4\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
            "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
            "transfer-encoding: identity, chunked, identity\r\n",
            "transfer-encoding : chunked\r\n",
            "content-length: 4\r\ncontent-length: 400\r\n",
            "content-length: 4, 400\r\n",
            "content-length: +4\r\n",
        ] {
            let request = format!("{head}{lengths}\r\n0\r\n\r\n{hidden}");
            let answer = world.send_bytes(request.as_bytes()).await;
            let (status, text) = (answer.status, answer.text());
            assert!((400..500).contains(&status), "{lengths:?}: {status} {text}");
        }
        assert_eq!(world.tables().await, before, "nothing that was hidden was done");
    }

    async fn what_sql_would_take_for_its_own_is_text(world: &World) {
        let anna = world.bidder(10).await;
        let before = world.tables().await;
        let texts = [
            "' OR '1'='1", "\" OR \"\"=\"", "'; DROP TABLE users; --", "1 OR 1=1", "1; SELECT SLEEP(5)",
            "%' UNION SELECT password_hash FROM users -- ", "\\", "\\'", "/*!50000 1*/", "%", "_", "?", ":1",
        ];
        let document = world.document().await;
        let mut tried = 0;
        for operation in document.operations() {
            if operation.template.ends_with("/events") || operation.said["tags"][0] == "Operations" {
                continue;
            }
            let ids = operation.template.matches('{').count();
            let queries = operation.parameters("query");
            let fields = document.fields(&operation);
            for text in texts {
                let encoded: String =
                    text.bytes().map(|byte| format!("%{byte:02x}")).collect();
                let mut requests = Vec::new();
                if ids > 0 {
                    let path = operation.path(&[&encoded, &encoded]);
                    requests.push((path, None));
                }
                let plain = operation.path(&["1", "none.png"]);
                for (name, _) in &queries {
                    requests.push((format!("{plain}?{name}={encoded}"), None));
                }
                for (name, _) in &fields {
                    let mut body = serde_json::Map::new();
                    body.insert(name.clone(), text.into());
                    requests.push((plain.clone(), Some(Value::Object(body))));
                }
                for (path, body) in requests {
                    let mut request = anna.request(operation.method.clone(), &path);
                    if let Some(body) = &body {
                        request = request.json(body);
                    }
                    let answer = Answer::to(request).await;
                    tried += 1;
                    let name = operation.name();
                    assert!(answer.status < 500, "{name} {path} {body:?}: {}", answer.text());
                    assert!(!answer.text().contains("$2b$"), "{name} {path} tells a hash");
                }
            }
        }
        assert!(tried > 500, "{tried}");
        // What a profile may say it has said; nothing else has changed.
        let after = world.tables().await;
        assert_eq!(after, before);
    }
}
