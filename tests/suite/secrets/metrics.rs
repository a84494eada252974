//! The metrics count what the public may not count, such as raises.

use artipul_common::problem::ProblemCode;
use artipul_tests::{Answer, on_every_backend};
use reqwest::{Method, header};

const TOKEN: &str = "a token that collectors of metrics have";

on_every_backend! {
    async fn whoever_has_the_operators_token_sees_the_metrics(world: &World)
    with ["metrics-token" = TOKEN]
    {
        let artist = world.artist().await;
        let with = |authorization: String| {
            world.request(Method::GET, "/metrics").header(header::AUTHORIZATION, authorization)
        };
        let nobody = Answer::to(world.request(Method::GET, "/metrics")).await;
        assert_eq!(nobody.problem().code, ProblemCode::TokenMissing);
        for token in [&TOKEN[1..], &artist.token] {
            let refused = Answer::to(with(format!("Bearer {token}"))).await;
            assert_eq!(refused.problem().code, ProblemCode::TokenInvalid);
        }
        let shown = Answer::to(with(format!("Bearer {TOKEN}"))).await;
        assert_eq!(shown.status, 200);
        assert!(shown.text().contains("artipul_http_requests_total"), "{}", shown.text());
    }

    async fn without_a_token_only_the_servers_own_machine_sees_the_metrics(world: &World) {
        let own = Answer::to(world.request(Method::GET, "/metrics")).await;
        assert_eq!(own.status, 200);
        for header in ["forwarded", "via", "x-forwarded-for", "x-real-ip"] {
            let request = world.request(Method::GET, "/metrics").header(header, "1.2.3.4");
            let refused = Answer::to(request).await;
            assert_eq!(refused.problem().code, ProblemCode::TokenMissing, "{header}");
        }
    }
}
