//! What is around a body: tokens, paths, queries, methods, headers.

use std::collections::BTreeSet;

use artipul_common::problem::ProblemCode;
use artipul_tests::{Answer, Backend, World, eventually, within};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, header::AUTHORIZATION};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{METHODS, Scene, refused};

/// Of these, the database makes no difference.
/// Where browsers come back to.
const CALLBACK: &str = "GET /v1/social/callback/{provider}";

fn run(settings: &[(&'static str, &str)], test: impl AsyncFnOnce(&World)) {
    World::run(Backend::Embedded, settings, test);
}

#[test]
fn without_a_good_token_nobody_is_let_in() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        let [header, claims, signature] =
            scene.artist.token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let unsigned = encode(r#"{"alg":"none","typ":"JWT"}"#);
        let others = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        let others = encode(
            &others
                .replace(&format!("\"{}\"", scene.artist.id), "\"1\"")
                .replace("\"exp\":", "\"exp\":9"),
        );
        let tokens = [
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer garbage".to_owned(),
            "Bearer a.b.c".to_owned(),
            format!("Basic {}", scene.artist.token),
            scene.artist.token.clone(),
            format!("Bearer {} {}", scene.artist.token, scene.artist.token),
            format!("Bearer {unsigned}.{claims}."),
            format!("Bearer {header}.{others}.{signature}"),
            format!("Bearer {header}.{claims}"),
            format!("Bearer {}", "x".repeat(10_000)),
        ];
        for operation in scene.operations().iter().filter(|operation| operation.takes_token()) {
            let path = scene.path(operation);
            let request = || {
                let request = world.request(operation.method.clone(), &path);
                match operation.body() {
                    Some(_) => request.json(&scene.body(operation)),
                    None => request,
                }
            };
            if operation.requires_token() {
                let answer = Answer::to(request()).await;
                let refusal = refused(operation, "no token", &answer);
                assert_eq!(refusal.code, ProblemCode::TokenMissing, "{}", operation.name());
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
            if operation.template == "/v1/sessions/current" {
                continue; // Whoever leaves is not asked who he is.
            }
            for token in &tokens {
                let answer = Answer::to(request().header(AUTHORIZATION, token)).await;
                let refusal = refused(operation, token, &answer);
                assert_eq!(refusal.code, ProblemCode::TokenInvalid, "{} {token}", operation.name());
            }
            let right = format!("Bearer {}", scene.artist.token);
            let twice = request().header(AUTHORIZATION, &right).header(AUTHORIZATION, &right);
            let refusal = refused(operation, "two tokens", &Answer::to(twice).await);
            assert_eq!(refusal.code, ProblemCode::TokenInvalid);
        }
        scene.end().await;
    });
}

#[test]
fn an_expired_token_lets_nobody_in() {
    run(&[("access-token-ttl", "2s")], async |world| {
        let scene = Scene::set(world).await;
        eventually("the token expires", async || {
            (scene.artist.send(Method::GET, "/v1/me").await.status == 401).then_some(())
        })
        .await;
        for operation in scene.operations() {
            if !operation.takes_token() || operation.template == "/v1/sessions/current" {
                continue;
            }
            let mut request = scene.request(&operation, &scene.path(&operation));
            if operation.body().is_some() {
                request = request.json(&scene.body(&operation));
            }
            let refusal = refused(&operation, "an expired token", &Answer::to(request).await);
            assert_eq!(refusal.code, ProblemCode::TokenExpired, "{}", operation.name());
        }
        scene.end().await;
    });
}

#[test]
fn what_is_no_id_is_not_there() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        for operation in scene.operations() {
            if operation.parameters("path").is_empty() {
                assert!(!operation.template.contains('{'), "{}", operation.name());
                continue;
            }
            let expected = match operation.template.split('/').nth(2).unwrap() {
                "auctions" => ProblemCode::AuctionNotFound,
                "artists" => ProblemCode::ArtistNotFound,
                "images" => ProblemCode::ImageNotFound,
                "me" | "admin" => match operation.template.split('/').nth(3).unwrap() {
                    "charges" => ProblemCode::ChargeNotFound,
                    "identities" => ProblemCode::IdentityNotFound,
                    "sessions" => ProblemCode::SessionNotFound,
                    "tokens" => ProblemCode::TokenNotFound,
                    "users" => ProblemCode::AccountNotFound,
                    "works" => ProblemCode::WorkNotFound,
                    "auctions" => ProblemCode::AuctionNotFound,
                    other => panic!("{other}"),
                },
                "social" if operation.template.contains("{id}") => ProblemCode::FlowNotFound,
                "social" => ProblemCode::ProviderNotFound,
                other => panic!("{other}"),
            };
            for id in [
                "abc",
                "0",
                "-1",
                "01",
                "+1",
                "1.0",
                "1e3",
                "99999999999999999999",
                "999999",
                "9223372036854775807",
                "%00",
                "1%00",
                "..%2fme",
                "1%2F",
                "%20",
                "1%20",
                "%ff",
                "%EF%BC%91",
                "null",
                "*",
                "'",
                "1;DROP",
                &"9".repeat(5_000),
            ] {
                let mut request = scene.request(&operation, &scene.path_with(&operation, id));
                if operation.body().is_some() {
                    request = request.json(&scene.body(&operation));
                }
                let refusal = refused(&operation, id, &Answer::to(request).await);
                assert_eq!(refusal.code, expected, "{} {id}", operation.name());
            }
        }
        scene.end().await;
    });
}

#[test]
fn a_path_that_leads_nowhere_says_so() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v2/auctions",
            "/v1/auctions/",
            "/v1/auctions//bids",
            "//v1/me",
            "/v1/me/",
            "/v1/ME",
            "/v1/auctions/1/bids/1",
            "/v1/auctions/../me",
            "/../etc/passwd",
            "/v1/auctions/1/../../me",
            "/%76%31/me",
            "/v1/me%2Fwallet",
            "/v1/me;a=b",
            "/v1/me%00",
            "*",
            "/v1/auctions/{id}/{id}",
        ] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n");
            let answer = world.send_bytes(request.as_bytes()).await;
            assert_eq!(answer.problem().code, ProblemCode::NotFound, "{path}");
        }
        for id in ["..", "%2e%2e", ".", "%2E"] {
            let request = format!("GET /v1/auctions/{id} HTTP/1.1\r\nhost: h\r\n\r\n");
            let answer = world.send_bytes(request.as_bytes()).await;
            assert_eq!(answer.problem().code, ProblemCode::AuctionNotFound, "{id}");
        }
        scene.end().await;
    });
}

#[test]
fn an_unknown_parameter_of_the_query_is_refused() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        // Providers add to what they send a browser back with.
        let is_strict = |operation: &artipul_tests::Operation| operation.name() != CALLBACK;
        for operation in scene.operations().into_iter().filter(is_strict) {
            for query in ["nonsense=1", "nonsense", "%00=1", "LIMIT=5", "limit%00=5"] {
                let path = format!("{}?{query}", scene.path(&operation));
                let mut request = scene.request(&operation, &path);
                if operation.body().is_some() {
                    request = request.json(&scene.body(&operation));
                }
                let refusal = refused(&operation, query, &Answer::to(request).await);
                assert_eq!(refusal.code, ProblemCode::InvalidQuery, "{} {query}", operation.name());
            }
        }
        scene.end().await;
    });
}

#[test]
fn a_parameter_of_the_wrong_type_is_refused() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        let mut tried = 0;
        for operation in scene.operations() {
            for (name, schema) in operation.parameters("query") {
                let schema = schema["oneOf"].get(0).unwrap_or(&schema);
                let schema = scene.document.resolved(schema);
                let is = |kind: &str| {
                    let kinds = &schema["type"];
                    kinds == kind
                        || kinds.as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
                };
                let values: Vec<String> = if is("integer") || schema["items"]["type"] == "integer" {
                    [
                        "abc",
                        "1.5",
                        "1e3",
                        "0x10",
                        "99999999999999999999",
                        "-99999999999999999999",
                        "%00",
                        "1%202",
                    ]
                    .map(str::to_owned)
                    .to_vec()
                } else if schema["enum"].is_array() {
                    let first = schema["enum"][0].as_str().unwrap();
                    vec![
                        "nonsense".to_owned(),
                        first.to_uppercase(),
                        format!("{first}%00"),
                        format!("%20{first}"),
                    ]
                } else if is("boolean") {
                    ["maybe", "1", "TRUE", "%00"].map(str::to_owned).to_vec()
                } else {
                    Vec::new()
                };
                let is_repeatable = schema["type"] == "array";
                let twice = (!is_repeatable).then(|| format!("{name}=1&{name}=1"));
                let queries =
                    values.into_iter().map(|value| format!("{name}={value}")).chain(twice);
                for query in queries {
                    tried += 1;
                    let path = format!("{}?{query}", scene.path(&operation));
                    let mut request = scene.request(&operation, &path);
                    if operation.body().is_some() {
                        request = request.json(&scene.body(&operation));
                    }
                    let refusal = refused(&operation, &query, &Answer::to(request).await);
                    assert_eq!(
                        refusal.code,
                        ProblemCode::InvalidQuery,
                        "{} {query}",
                        operation.name()
                    );
                }
            }
        }
        assert!(tried > 100, "the document tells of the parameters: {tried}");
        scene.end().await;
    });
}

#[test]
fn a_method_that_a_path_has_not_is_refused_with_those_that_it_has() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        let operations = scene.document.operations();
        let templates: BTreeSet<_> =
            operations.iter().map(|operation| &operation.template).collect();
        for template in templates {
            let known: Vec<_> =
                operations.iter().filter(|operation| operation.template == *template).collect();
            let mut allowed: BTreeSet<_> =
                known.iter().map(|operation| operation.method.to_string()).collect();
            if allowed.contains("GET") {
                allowed.insert("HEAD".to_owned());
            }
            allowed.insert("OPTIONS".to_owned());
            let path = scene.path(known[0]);
            let others =
                ["TRACE", "PROPFIND", "get", "X"].map(|method| method.parse::<Method>().unwrap());
            for method in METHODS.into_iter().chain(others) {
                if allowed.contains(method.as_str()) {
                    continue;
                }
                let answer = Answer::to(scene.artist.request(method.clone(), &path)).await;
                let told: BTreeSet<_> =
                    answer.header("allow").unwrap().split(", ").map(str::to_owned).collect();
                assert_eq!(told, allowed, "{method} {template}");
                if method == Method::HEAD {
                    assert_eq!((answer.status, answer.body.len()), (405, 0));
                } else {
                    assert_eq!(
                        answer.problem().code,
                        ProblemCode::MethodNotAllowed,
                        "{method} {template}"
                    );
                }
            }
            let options = Answer::to(scene.artist.request(Method::OPTIONS, &path)).await;
            assert_eq!(options.status, 204, "{template}");
        }
        scene.end().await;
    });
}

#[test]
fn an_absurd_header_is_refused() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        let long = "k".repeat(101);
        let mut tried = BTreeSet::new();
        for operation in scene.operations() {
            for (name, _) in operation.parameters("header") {
                let values: &[&[u8]] = match name.as_str() {
                    "Idempotency-Key" => {
                        &[b"", b"a b", b"a\tb", "키".as_bytes(), b"\xff", long.as_bytes()]
                    }
                    "If-Match" => &[
                        b"",
                        b"1",
                        b"\"x\"",
                        b"W/\"1\"",
                        b"\"1\", \"2\"",
                        b"\"1",
                        b"\"99999999999999999999\"",
                        b"\xff",
                    ],
                    "Last-Event-ID" => {
                        &[b"", b"abc", b"-1", b"1.5", b"99999999999999999999", b"\xff"]
                    }
                    other => panic!("{other}"),
                };
                let request = || {
                    let request = scene.request(&operation, &scene.path(&operation));
                    match operation.body() {
                        Some(_) => request.json(&scene.body(&operation)),
                        None => request,
                    }
                };
                let mut requests: Vec<_> =
                    values.iter().map(|value| request().header(&name, *value)).collect();
                requests.push(request().header(&name, "1").header(&name, "2"));
                for (index, request) in requests.into_iter().enumerate() {
                    let refusal = refused(&operation, &name, &Answer::to(request).await);
                    assert_eq!(
                        refusal.code,
                        ProblemCode::InvalidHeader,
                        "{} {name} {index}",
                        operation.name()
                    );
                    assert!(
                        refusal.detail.to_lowercase().contains(&name.to_lowercase()),
                        "{refusal:?}"
                    );
                }
                tried.insert(name);
            }
        }
        assert_eq!(tried.len(), 3, "{tried:?}");
        scene.end().await;
    });
}

#[test]
fn what_is_no_http_gets_no_answer_of_the_api() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        let token = &scene.artist.token;
        let head = format!(
            "POST /v1/me/charges HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        );
        for rest in [
            "content-length: 18\r\ncontent-length: 19\r\n\r\n",
            "content-length: -1\r\n\r\n",
            "content-length: abc\r\n\r\n",
            "transfer-encoding: gzip\r\n\r\n",
            "x: \0\r\n\r\n",
            "no colon\r\n\r\n",
        ] {
            let answer = world.send_bytes(format!("{head}{rest}").as_bytes()).await;
            assert!((400..500).contains(&answer.status), "{rest:?}: {}", answer.text());
        }
        let huge =
            format!("GET /v1/genres HTTP/1.1\r\nhost: h\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
        assert_eq!(world.send_bytes(huge.as_bytes()).await.status, 431);
        let long = format!("GET /v1/genres?{} HTTP/1.1\r\nhost: h\r\n\r\n", "x".repeat(1 << 17));
        assert_eq!(world.send_bytes(long.as_bytes()).await.status, 414);
        scene.end().await;
    });
}

#[test]
fn an_answer_without_a_body_is_one_to_head() {
    run(&[], async |world| {
        let scene = Scene::set(world).await;
        for path in ["/v1/genres", "/v1/auctions", "/v1/auctions/999", "/v1/me"] {
            let (get, head) = (
                scene.artist.send(Method::GET, path).await,
                scene.artist.send(Method::HEAD, path).await,
            );
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"));
        }
        scene.end().await;
    });
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    run(&[("header-timeout", "300ms")], async |world| {
        let scene = Scene::set(world).await;
        for body in [
            "content-length: 100\r\n\r\n{\"amount\":",
            "transfer-encoding: chunked\r\n\r\n5\r\n{\"amo",
        ] {
            let request = format!(
                "POST /v1/me/charges HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n{body}",
                scene.artist.token
            );
            let answer = world.send_bytes(request.as_bytes()).await;
            assert_eq!(answer.problem().code, ProblemCode::BodyUnreadable);
        }
        scene.end().await;
    });
}

#[test]
fn whoever_says_nothing_is_not_waited_for() {
    run(&[("header-timeout", "300ms")], async |world| {
        let address = world.url().strip_prefix("http://").unwrap().to_owned();
        for words in ["", "PRI * HTTP/2.0\r\n"] {
            let mut socket = TcpStream::connect(&address).await.unwrap();
            socket.write_all(words.as_bytes()).await.unwrap();
            let mut said = Vec::new();
            within("the end", socket.read_to_end(&mut said)).await.unwrap();
            assert!(said.is_empty(), "{words:?}");
        }
    });
}

#[test]
fn a_panic_is_answered_with_an_id_that_the_log_has() {
    use artipul_server::{
        http::{
            extract::nothing,
            router::{Router, Routes},
        },
        recent::Recent,
    };
    use warp::Filter;
    run(&[], async |_| {
        let logged = artipul_tests::Mentions::of("a handler panicked");
        let routes = Routes::default().get("/panic", nothing().then(async || panic!("on purpose")));
        let request = warp::http::Request::get("/panic").body(String::new()).unwrap();
        let answer = Router::new(routes, Recent::default())
            .answer(request, "127.0.0.1:1".parse().unwrap())
            .await;
        assert_eq!(answer.status(), 500);
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(!id.is_empty() && logged.lines().iter().any(|line| line.contains(&id)));
    });
}
