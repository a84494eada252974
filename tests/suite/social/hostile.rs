//! Providers, and those who play one, that do everything wrong.

use artipul_common::{problem::ProblemCode, social::Outcome};
use artipul_tests::{
    CLIENT_SECRET, Mentions, Provider, Signing, Told, beside_on_every_backend, code,
};
use chrono::Utc;
use serde_json::{Value, json};

use super::{counts, join, outcome, plain};

beside_on_every_backend! {
    async fn an_id_token_lets_in_only_as_it_should_be(world: &World, provider: &Provider) {
        join(world, "mina").await;
        let before = counts(world).await;
        let right = provider.script().claims.clone();
        let now = Utc::now().timestamp();
        let wrong: [(&str, Value); 19] = [
            ("nonce", json!("another")),
            ("nonce", json!(null)),
            ("nonce", json!("")),
            ("iss", json!("https://evil.example")),
            ("iss", json!(format!("{}/", provider.url()))),
            ("iss", json!(null)),
            ("aud", json!("somebody else")),
            ("aud", json!(["somebody else"])),
            ("aud", json!([])),
            ("aud", json!(null)),
            ("azp", json!("somebody else")),
            ("exp", json!(now - 3_600)),
            ("exp", json!("soon")),
            ("exp", json!(null)),
            ("sub", json!(null)),
            ("sub", json!("")),
            ("sub", json!("acme-1 ")),
            ("sub", json!("x".repeat(256))),
            ("sub", json!(1)),
        ];
        for (claim, value) in wrong {
            provider.script().claims.insert(claim.to_owned(), value.clone());
            let refused = outcome(world, &world.client(), "acme").await;
            assert_eq!(code(refused), ProblemCode::SocialFailed, "{claim}: {value}");
            provider.script().claims = right.clone();
        }
        // For several, without saying to whom it was given.
        let both = json!(["artipul at acme", "somebody else"]);
        provider.script().claims.insert("aud".to_owned(), both);
        provider.script().claims.insert("azp".to_owned(), json!(null));
        assert_eq!(code(outcome(world, &world.client(), "acme").await), ProblemCode::SocialFailed);
        provider.script().claims.insert("azp".to_owned(), json!("artipul at acme"));
        assert!(matches!(outcome(world, &world.client(), "acme").await, Ok(Outcome::SignedIn { .. })));
        provider.script().claims = right;
        assert!(matches!(outcome(world, &world.client(), "acme").await, Ok(Outcome::SignedIn { .. })));
        let [users, identities, sessions] = before;
        assert_eq!(counts(world).await, [users, identities, sessions + 2]);
    }

    async fn an_id_token_is_signed_by_its_provider(world: &World, provider: &Provider) {
        join(world, "mina").await;
        for signing in [Signing::None, Signing::PublicKeyAsSecret, Signing::InAnothersName, Signing::UnknownKey] {
            provider.script().signing = signing;
            let refused = outcome(world, &world.client(), "acme").await;
            assert_eq!(code(refused), ProblemCode::SocialFailed, "{signing:?}");
        }
        for signing in [Signing::Rsa(0), Signing::Ec] {
            provider.script().signing = signing;
            let outcome = outcome(world, &world.client(), "acme").await;
            assert!(matches!(outcome, Ok(Outcome::SignedIn { .. })), "{signing:?}");
        }
    }

    async fn keys_that_change_are_read_again_but_not_at_will(world: &World, provider: &Provider) {
        join(world, "mina").await;
        assert_eq!(provider.asked("/keys").len(), 1);
        provider.script().shown_keys = vec![1];
        provider.script().signing = Signing::Rsa(1);
        let signed_in = outcome(world, &world.client(), "acme").await;
        assert!(matches!(signed_in, Ok(Outcome::SignedIn { .. })));
        assert_eq!(provider.asked("/keys").len(), 2);
        // The old one is good no more, and an unknown one has nothing read for now.
        for signing in [Signing::Rsa(0), Signing::UnknownKey, Signing::UnknownKey] {
            provider.script().signing = signing;
            let refused = outcome(world, &world.client(), "acme").await;
            assert_eq!(code(refused), ProblemCode::SocialFailed);
        }
        assert_eq!(provider.asked("/keys").len(), 2);
    }

    async fn a_provider_that_fails_lets_nobody_in(world: &World, provider: &Provider)
    with ["provider-timeout" = "500ms"]
    {
        join(world, "mina").await;
        let tokens = json!({ "id_token": "a.b.c", "access_token": "x" });
        let elsewhere = format!("{}/userinfo", provider.url());
        for told in [
            Told::Json(500, json!({ "error": "server_error" })),
            Told::Json(400, json!({ "error": "<b>\u{1b}[31m" })),
            Told::Json(200, json!({})),
            Told::Json(200, tokens),
            Told::Bytes(200, b"no json".to_vec()),
            Told::Bytes(200, vec![b' '; 1_000_000]),
            Told::Elsewhere(elsewhere),
            Told::Nothing,
        ] {
            provider.script().instead.insert("/token", told.clone());
            let refused = outcome(world, &world.client(), "acme").await;
            assert_eq!(code(refused), ProblemCode::SocialFailed, "{told:.80?}");
        }
        plain(provider);
        assert_eq!(provider.asked("/userinfo").len(), 0, "nobody was led elsewhere");
        let signed_in = outcome(world, &world.client(), "acme").await;
        assert!(matches!(signed_in, Ok(Outcome::SignedIn { .. })));
    }

    async fn the_answer_of_another_provider_is_not_taken(world: &World, provider: &Provider) {
        join(world, "mina").await;
        for issuer in ["https://evil.example", ""] {
            provider.script().sent_back = [("iss", issuer.to_owned())].into();
            let refused = outcome(world, &world.client(), "acme").await;
            assert_eq!(code(refused), ProblemCode::SocialFailed, "{issuer}");
        }
        assert_eq!(provider.asked("/token").len(), 1, "the code was not shown to anybody");
    }

    async fn a_provider_that_is_away_is_told_apart(world: &World, provider: &Provider)
    with ["provider-timeout" = "500ms"]
    {
        let elsewhere = json!({
            "issuer": "https://evil.example", "authorization_endpoint": "https://evil.example",
            "token_endpoint": "https://evil.example", "jwks_uri": "https://evil.example",
        });
        let path = "/.well-known/openid-configuration";
        let mut in_the_clear = elsewhere.clone();
        in_the_clear["issuer"] = json!(provider.url());
        in_the_clear["authorization_endpoint"] = json!("http://acme.example/authorize");
        for told in [Told::Json(503, json!({})), Told::Json(200, elsewhere), Told::Nothing] {
            provider.script().instead.insert(path, told.clone());
            let refusal = artipul_tests::problem(world.client().begin_social("acme").await);
            assert_eq!(refusal.code, ProblemCode::Busy, "{told:.80?}");
            assert!(refusal.retry_after.is_some());
        }
        provider.script().instead.insert(path, Told::Json(200, in_the_clear));
        assert_eq!(code(world.client().begin_social("acme").await), ProblemCode::Busy);
    }

    async fn what_the_id_token_leaves_out_is_asked_for(world: &World, provider: &Provider) {
        let kept_short = ["email", "email_verified", "name", "nickname"];
        for claim in kept_short {
            provider.script().claims.insert(claim.to_owned(), json!(null));
        }
        provider.script().userinfo = json!({
            "sub": "acme-1", "email": "mina@example.com", "email_verified": "true", "name": "Kim",
        });
        let told = outcome(world, &world.client(), "acme").await.unwrap();
        let Outcome::SignUpNeeded { email, name, .. } = told else { panic!("{told:?}") };
        assert_eq!((email.as_deref(), name.as_deref()), (Some("mina@example.com"), Some("Kim")));
        assert_eq!(provider.asked("/userinfo")[0].header("authorization"), "Bearer acme-token");
        // Of somebody else nothing is taken, and nobody is kept out for it.
        provider.script().userinfo["sub"] = json!("acme-2");
        let told = outcome(world, &world.client(), "acme").await.unwrap();
        let Outcome::SignUpNeeded { email, suggested_email, name, .. } = told else { panic!() };
        assert_eq!((email, suggested_email, name), (None, None, None));
    }

    async fn no_secret_is_in_the_log(world: &World, provider: &Provider) {
        let tail = CLIENT_SECRET.rsplit('/').next().unwrap();
        let seen = Mentions::of(tail);
        join(world, "mina").await;
        provider.script().instead.insert("/token", Told::Json(401, json!({ "error": "invalid_client" })));
        assert_eq!(code(outcome(world, &world.client(), "acme").await), ProblemCode::SocialFailed);
        assert_eq!(seen.lines(), Vec::<String>::new());
    }
}
