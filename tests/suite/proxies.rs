//! Who asks, where proxies stand in between: those that are trusted are believed, nobody else.

use artipul_tests::{Answer, Backend, Person, World, on_every_backend};
use reqwest::Method;

/// A request with these lines of `X-Forwarded-For`.
async fn read(world: &World, lines: &[&str]) -> Answer {
    let request = lines.iter().fold(world.request(Method::GET, "/v1/genres"), |r, line| {
        r.header("x-forwarded-for", *line)
    });
    Answer::to(request).await
}

/// Whether a first request with these lines is counted for an address of its own.
async fn is_somebody_else(world: &World, lines: &[&str]) -> bool {
    read(world, lines).await.header("ratelimit-remaining") == Some("99")
}

on_every_backend! {
    async fn without_a_trusted_proxy_everybody_is_who_is_connected(world: &World)
    with ["limit-reads-per-address" = "100/10h"]
    {
        assert!(is_somebody_else(world, &[]).await);
        for line in ["203.0.113.1", "::1", "127.0.0.1", "garbage"] {
            assert!(!is_somebody_else(world, &[line]).await, "{line}");
        }
    }

    async fn a_proxy_that_is_not_trusted_is_not_believed(world: &World)
    with ["limit-reads-per-address" = "100/10h", "trusted-proxies" = "192.0.2.1, ::1"]
    {
        assert!(is_somebody_else(world, &["203.0.113.1"]).await);
        assert!(!is_somebody_else(world, &["203.0.113.2"]).await);
    }

    async fn a_trusted_proxy_says_who_asks_and_the_client_does_not(world: &World)
    with ["limit-reads-per-address" = "100/10h", "trusted-proxies" = "127.0.0.0/8, 10.0.0.0/8"]
    {
        assert!(is_somebody_else(world, &["203.0.113.1"]).await);
        for lines in [
            &["203.0.113.1"][..],
            &["198.51.100.1, 203.0.113.1"],
            &["198.51.100.2", "203.0.113.1"],
            &["127.0.0.1,203.0.113.1, 10.1.2.3"],
            &["10.0.0.9", "nonsense, 203.0.113.1:4711"],
            &["::ffff:203.0.113.1"],
        ] {
            assert!(!is_somebody_else(world, lines).await, "{lines:?}");
        }
        assert!(is_somebody_else(world, &["203.0.113.2"]).await);
        assert!(is_somebody_else(world, &["2001:db8:1:2::3"]).await);
        assert!(!is_somebody_else(world, &["[2001:db8:1:2::4]:4711"]).await, "of the same network");
        // The proxy itself, and whatever it says that is no address.
        assert!(is_somebody_else(world, &[]).await);
        for lines in [&["unknown"][..], &["203.0.113.3, _hidden"], &[""]] {
            assert!(!is_somebody_else(world, lines).await, "{lines:?}");
        }
    }

    async fn a_session_is_of_the_address_that_the_proxy_says(world: &World)
    with ["trusted-proxies" = "127.0.0.1"]
    {
        let anna = world.account(false).await;
        Person::sign_in(&world.url(), &anna).await;
        let body = serde_json::json!({
            "email": format!("{anna}@example.com"), "password": artipul_tests::PASSWORD,
        });
        let request = world.request(Method::POST, "/v1/sessions").json(&body);
        let answer = Answer::to(request.header("x-forwarded-for", "1.1.1.1, 203.0.113.7")).await;
        assert_eq!(answer.status, 201);
        let at = |address: &str| {
            format!("SELECT COUNT(*) AS number FROM sessions WHERE address = '{address}'")
        };
        assert_eq!(world.number(&at("203.0.113.7")).await, 1);
        assert_eq!(world.number(&at("127.0.0.1")).await, 1);
    }

    async fn the_metrics_are_not_told_through_a_proxy(world: &World)
    with ["trusted-proxies" = "127.0.0.1"]
    {
        let metrics = async |line: &str| {
            let request = world.request(Method::GET, "/metrics").header("x-forwarded-for", line);
            Answer::to(request).await.status
        };
        for line in ["203.0.113.1", "127.0.0.1", "::1", "127.0.0.1, 203.0.113.1", "garbage"] {
            assert_eq!(metrics(line).await, 401, "{line}");
        }
        assert_eq!(world.send(Method::GET, "/metrics").await.status, 200);
    }
}

#[test]
fn what_is_no_network_is_refused_at_start() {
    World::run(Backend::Embedded, &[], async |world| {
        for wrong in ["proxy.internal", "10.0.0.0/40", "*"] {
            let complaints = world.sources().set("trusted-proxies", wrong).config().unwrap_err();
            assert!(complaints.to_string().contains("trusted-proxies"), "{complaints}");
        }
    });
}
