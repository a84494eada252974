//! What stands on every answer, whatever it is.

use artipul_tests::{Answer, Feed, World, http2, on_every_backend};
use reqwest::{Method, header::HeaderMap};

const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[track_caller]
fn are_guarded(headers: &HeaderMap) {
    for (name, value) in ALWAYS {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(headers.contains_key("cache-control"));
    assert!(!headers.contains_key("strict-transport-security"), "there is no TLS");
    assert!(!headers.contains_key("access-control-allow-origin"));
}

const APP: &str = "https://app.example";

async fn from(world: &World, origin: &str, method: Method, path: &str) -> Answer {
    Answer::to(world.request(method, path).header("origin", origin)).await
}

on_every_backend! {
    async fn answers_of_all_kinds_are_guarded(world: &World) {
        for (method, path, status) in [
            (Method::GET, "/v1/auctions", 200),
            (Method::GET, "/healthz", 200),
            (Method::GET, "/v1/auctions/7", 404),
            (Method::GET, "/nowhere", 404),
            (Method::PUT, "/v1/auctions", 405),
            (Method::OPTIONS, "/v1/auctions", 204),
            (Method::GET, "/v1/me", 401),
            (Method::GET, "/v1/auctions?unknown=1", 400),
            (Method::POST, "/v1/sessions", 415),
        ] {
            let answer = world.send(method.clone(), path).await;
            assert_eq!(answer.status, status, "{method} {path}");
            are_guarded(&answer.headers);
        }
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let path = format!("/v1/auctions/{id}/events");
        are_guarded(&Feed::of(world.request(Method::GET, &path)).await.headers);
        let stream = Feed::of(http2().get(format!("{}{path}", world.url()))).await;
        are_guarded(&stream.headers);
    }

    async fn what_is_somebodys_own_is_kept_by_no_cache(world: &World) {
        let anna = world.bidder(0).await;
        for path in ["/v1/me", "/v1/me/wallet", "/v1/me/summary", "/v1/auctions"] {
            let answer = anna.send(Method::GET, path).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        let public = world.send(Method::GET, "/v1/auctions").await;
        assert_eq!(public.header("cache-control"), Some("no-cache"), "prices change");
    }

    async fn no_page_of_another_origin_may_read_unless_it_is_named(world: &World) {
        let answer = from(world, APP, Method::GET, "/v1/auctions").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
        assert_eq!(answer.header("vary"), None);
    }

    async fn pages_of_the_named_origins_may_call_everything(world: &World)
    with ["cors-origins" = "https://app.example, https://other.example"]
    {
        let answer = from(world, APP, Method::GET, "/v1/auctions").await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert!(answer.header("access-control-expose-headers").unwrap().contains("retry-after"));
        assert_eq!(answer.header("vary"), Some("origin"));
        let refused = from(world, APP, Method::GET, "/v1/me").await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("access-control-allow-origin"), Some(APP), "errors as well");
        for stranger in ["https://evil.example", "http://app.example", "null"] {
            let answer = from(world, stranger, Method::GET, "/v1/auctions").await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{stranger}");
            assert_eq!(answer.header("vary"), Some("origin"));
        }
    }

    async fn a_browser_that_asks_first_is_told_what_it_may_send(world: &World)
    with ["cors-origins" = "https://app.example"]
    {
        let ask = async |origin: &str, path: &str| {
            let request = world.request(Method::OPTIONS, path).header("origin", origin);
            Answer::to(request.header("access-control-request-method", "POST")).await
        };
        let answer = ask(APP, "/v1/auctions/7/bids").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(APP)));
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert_eq!(methods, "GET, POST, HEAD, OPTIONS");
        let headers = answer.header("access-control-allow-headers").unwrap();
        for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
            assert!(headers.contains(name), "{name}");
        }
        let stranger = ask("https://evil.example", "/v1/auctions/7/bids").await;
        for name in ["access-control-allow-origin", "access-control-allow-methods"] {
            assert_eq!(stranger.header(name), None, "{name}");
        }
        assert_eq!(ask(APP, "/nowhere").await.status, 404);
    }

    async fn browsers_stay_with_tls_where_clients_reach_the_server_over_it(world: &World)
    with ["public-url" = "https://artipul.example", "hsts" = "365d"]
    {
        let answer = world.send(Method::GET, "/v1/genres").await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    }
}
