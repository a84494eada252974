//! Accounts of providers that are linked with one's own, and taken off again.

use artipul_common::{
    accounts::Secret, credentials::ResetPasswordRequest, problem::ProblemCode, social::Outcome,
};
use artipul_tests::{Person, Provider, World, beside_on_every_backend, code};
use reqwest::Method;

use super::{Browser, collect, counts, join, link, outcome, ticket};

async fn linked(person: &Person) -> Vec<(String, Option<String>)> {
    let identities = person.client.identities().await.unwrap().items;
    identities.into_iter().map(|identity| (identity.provider, identity.email)).collect()
}

/// Whom the provider's account lets in.
async fn let_in(world: &World, provider: &str) -> Option<artipul_common::UserId> {
    match outcome(world, &world.client(), provider).await {
        Ok(Outcome::SignedIn { session }) => Some(session.user.id),
        Ok(Outcome::SignUpNeeded { .. }) => None,
        other => panic!("{other:?}"),
    }
}

beside_on_every_backend! {
    async fn whoever_is_signed_in_links_and_unlinks(world: &World, provider: &Provider) {
        let anna = world.bidder(0).await;
        provider.person("acme-7", Some(("a.kim@acme.example", true)));
        assert_eq!(linked(&anna).await, []);
        let Ok(Outcome::Linked { identity }) = link(world, &anna, "acme").await else { panic!() };
        assert_eq!((identity.provider.as_str(), identity.name.as_str()), ("acme", "Acme & Sons"));
        let email = Some("a.kim@acme.example".to_owned());
        assert_eq!(linked(&anna).await, [("acme".to_owned(), email)]);
        assert_eq!(let_in(world, "acme").await, Some(anna.id));
        // Once more changes nothing; a second one of the same provider is not taken.
        assert!(matches!(link(world, &anna, "acme").await, Ok(Outcome::Linked { .. })));
        provider.person("acme-8", None);
        assert_eq!(code(link(world, &anna, "acme").await), ProblemCode::ProviderLinked);
        link(world, &anna, "naver").await.unwrap();
        assert_eq!(linked(&anna).await.len(), 2);
        provider.person("acme-7", None);
        anna.client.unlink("acme").await.unwrap();
        assert_eq!(linked(&anna).await.len(), 1);
        assert_eq!(let_in(world, "acme").await, None);
        for none in ["acme", "google", "%00"] {
            assert_eq!(code(anna.client.unlink(none).await), ProblemCode::IdentityNotFound);
        }
        // She has a password.
        anna.client.unlink("naver").await.unwrap();
        assert_eq!(counts(world).await[1], 0);
    }

    async fn a_reset_password_takes_the_links_off(world: &World, provider: &Provider) {
        let anna = world.bidder(0).await;
        // Whoever has found her terminal open links an account of his own.
        provider.person("acme-7", Some(("stranger@acme.example", true)));
        link(world, &anna, "acme").await.unwrap();
        assert_eq!(let_in(world, "acme").await, Some(anna.id));
        let phone = anna.client.me().await.unwrap().phone;
        let reset = async || {
            let phone_token = crate::accounts::proof_of(world, &phone).await;
            let password = Secret::new("another password");
            let request = ResetPasswordRequest { email: anna.email.clone(), phone_token, password };
            world.client().reset_password(&request).await.unwrap();
        };
        reset().await;
        assert_eq!(let_in(world, "acme").await, None);
    }

    async fn the_first_password_takes_no_link_off(world: &World, _provider: &Provider) {
        let (client, session) = join(world, "mina").await;
        let user = client.me().await.unwrap();
        let phone_token = crate::accounts::proof_of(world, &user.phone).await;
        let password = Secret::new("a first password");
        let request = ResetPasswordRequest { email: user.email, phone_token, password };
        world.client().reset_password(&request).await.unwrap();
        assert_eq!(let_in(world, "acme").await, Some(session.user.id));
    }

    async fn the_page_says_with_whose_account_it_is_linked(world: &World, _provider: &Provider) {
        let anna = world.bidder(0).await;
        let flow = anna.client.begin_link("acme").await.unwrap();
        let mut browser = Browser::new(world);
        let location = browser.sign_in(&flow).await;
        let page = browser.come_back(&location).await.text();
        assert!(page.contains(&anna.nickname) && page.contains("mina@example.com"), "{page}");
    }

    async fn an_account_of_somebody_else_is_not_linked(world: &World, _provider: &Provider) {
        join(world, "mina").await;
        let anna = world.bidder(0).await;
        assert_eq!(code(link(world, &anna, "acme").await), ProblemCode::IdentityTaken);
        assert_eq!(linked(&anna).await, []);
    }

    async fn what_links_is_collected_by_who_began_it(world: &World, provider: &Provider) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        provider.person("acme-7", None);
        let flow = anna.client.begin_link("acme").await.unwrap();
        Browser::new(world).walk(&flow).await;
        let stranger = collect(world, &flow, flow.flow_secret.reveal()).await.problem();
        assert_eq!(stranger.code, ProblemCode::TokenMissing);
        assert_eq!(code(bora.client.collect_social(&flow).await), ProblemCode::FlowNotFound);
        assert_eq!(counts(world).await[1], 0);
        let collected = anna.client.collect_social(&flow).await;
        assert!(matches!(collected, Ok(Outcome::Linked { .. })));
        assert_eq!(let_in(world, "acme").await, Some(anna.id));
    }

    async fn whoever_has_signed_out_links_nothing(world: &World, _provider: &Provider) {
        let anna = world.bidder(0).await;
        let flow = anna.client.begin_link("acme").await.unwrap();
        Browser::new(world).walk(&flow).await;
        anna.client.sign_out().await.unwrap();
        let path = format!("/v1/social/flows/{}/collect", flow.flow_id);
        let body = serde_json::json!({ "flow_secret": flow.flow_secret });
        let refusal = anna.send_json(Method::POST, &path, &body).await.problem();
        assert_eq!(refusal.code, ProblemCode::TokenRevoked);
        assert_eq!(counts(world).await[1], 0);
    }

    async fn the_last_way_in_stays(world: &World, provider: &Provider) {
        let (client, session) = join(world, "mina").await;
        assert_eq!(code(client.unlink("acme").await), ProblemCode::LastWayIn);
        // One of a provider that is not there any more lets nobody in.
        let gone = format!(
            "INSERT INTO identities (user_id, provider, subject, created_at, last_used_at)
             VALUES ({}, 'gone', '1', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
            session.user.id
        );
        world.sql(&gone).await;
        assert_eq!(code(client.unlink("acme").await), ProblemCode::LastWayIn);
        client.unlink("gone").await.unwrap();
        // With another one, each of them may go, but not both, however fast one is.
        provider.person("naver-7", None);
        let flow = client.begin_link("naver").await.unwrap();
        let mut browser = Browser::new(world);
        let location = browser.sign_in(&flow).await;
        let page = browser.come_back(&location).await;
        browser.send(&ticket(&page), "same", "naver").await;
        client.collect_social(&flow).await.unwrap();
        let (first, second) = tokio::join!(client.unlink("acme"), client.unlink("naver"));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let refused = if first.is_ok() { second } else { first };
        assert_eq!(code(refused), ProblemCode::LastWayIn);
        assert_eq!(counts(world).await[1], 1);
        assert_eq!(client.me().await.unwrap(), session.user);
    }
}
