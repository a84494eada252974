//! Flows, from their beginning to their end, and what somebody could try in between.

use artipul_common::{
    client::{Client, tokens::MemoryTokens},
    problem::ProblemCode,
    social::Outcome,
};
use artipul_tests::{Backend, Provider, World, beside_on_every_backend, code, pairs};
use reqwest::Method;
use serde_json::json;

use super::{
    Browser, collect, counts, form, join, newcomer, outcome, parameters, sent_back, ticket,
};

beside_on_every_backend! {
    async fn somebody_who_is_known_is_signed_in(world: &World, provider: &Provider) {
        let (_, first) = join(world, "mina").await;
        let before = counts(world).await;
        let client = world.client();
        let names: Vec<_> = client.social_providers().await.unwrap().items
            .into_iter().map(|provider| (provider.id, provider.name)).collect();
        assert_eq!(names, [("acme".into(), "Acme & Sons".into()), ("naver".into(), "Naver".into())]);
        let flow = client.begin_social("acme").await.unwrap();
        assert_eq!(flow.expires_in, 600);
        assert!(matches!(client.collect_social(&flow).await, Ok(Outcome::Pending {})));
        Browser::new(world).walk(&flow).await;
        let Ok(Outcome::SignedIn { session }) = client.collect_social(&flow).await else { panic!() };
        assert_eq!(session.user, first.user);
        assert_eq!(client.me().await.unwrap(), first.user, "the client has the session");
        let [users, identities, sessions] = before;
        assert_eq!(counts(world).await, [users, identities, sessions + 1]);

        // What was asked of the provider.
        let asked = &provider.asked("/authorize")[1].query;
        assert_eq!((asked["response_type"].as_str(), asked["scope"].as_str()), ("code", "openid email profile"));
        assert!(asked["nonce"].len() >= 43 && asked["state"].len() >= 43);
        let exchange = &provider.asked("/token")[1];
        assert!(exchange.header("authorization").starts_with("Basic "));
        assert_eq!(exchange.form().get("client_secret"), None);
        assert_eq!(provider.asked("/keys").len(), 1, "they are kept");
        assert_eq!(provider.asked("/.well-known/openid-configuration").len(), 1);
    }

    async fn the_page_asks_in_ones_language_and_loads_nothing(world: &World, provider: &Provider) {
        provider.script().claims.insert("email".to_owned(), json!(null));
        provider.script().claims.insert("name".to_owned(), json!("<script>alert(1)</script>"));
        let client = world.client();
        for (language, title) in [("ko-KR,ko;q=0.9", "터미널과 같은 말입니까?"), ("en", "Does your terminal say the same?")] {
            let flow = client.begin_social("acme").await.unwrap();
            let location = Browser::new(world).sign_in(&flow).await;
            let path = location.strip_prefix(artipul_tests::PUBLIC_URL).unwrap();
            let request = world.request(Method::GET, path).header("accept-language", language);
            let page = artipul_tests::Answer::to(request).await;
            let text = page.text();
            assert!(text.contains(title) && text.contains(&flow.phrase), "{text}");
            assert!(text.contains("Acme &amp; Sons") && text.contains("&lt;script&gt;alert(1)"), "{text}");
            assert!(!text.contains("<script"), "{text}");
            let policy = page.header("content-security-policy").unwrap();
            for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{policy}");
            }
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            let cookie = page.header("set-cookie").unwrap();
            for part in ["HttpOnly", "SameSite=Strict", "Secure"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains(&ticket(&page)), "two halves");
        }
    }

    async fn what_came_of_it_is_told_once_and_to_its_owner_alone(world: &World, provider: &Provider) {
        join(world, "mina").await;
        let client = world.client();
        let flow = client.begin_social("acme").await.unwrap();
        let other = client.begin_social("acme").await.unwrap();
        Browser::new(world).walk(&flow).await;
        for secret in ["", "wrong", other.flow_secret.reveal(), &flow.flow_id, &flow.phrase] {
            let refusal = collect(world, &flow, secret).await.problem();
            assert_eq!(refusal.code, ProblemCode::FlowNotFound, "{secret}");
        }
        let first = collect(world, &flow, flow.flow_secret.reveal()).await;
        assert_eq!((first.status, &first.json()["status"]), (200, &json!("signed-in")));
        let cookie = first.header("set-cookie").unwrap();
        assert!(cookie.contains("Path=/v1/sessions;") && cookie.contains("HttpOnly"), "{cookie}");
        let again = collect(world, &flow, flow.flow_secret.reveal()).await.problem();
        assert_eq!(again.code, ProblemCode::FlowNotFound);
        assert_eq!(provider.asked("/token").len(), 2);
    }

    async fn of_many_who_collect_at_once_one_gets_it(world: &World, provider: &Provider) {
        join(world, "mina").await;
        let sessions = counts(world).await[2];
        let flow = world.client().begin_social("acme").await.unwrap();
        Browser::new(world).walk(&flow).await;
        let tries = (0..10).map(|_| collect(world, &flow, flow.flow_secret.reveal()));
        let answers = futures_util::future::join_all(tries).await;
        let told = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(told, 1);
        assert_eq!(counts(world).await[2], sessions + 1);
        assert_eq!(provider.asked("/token").len(), 2);
    }

    async fn a_state_is_good_once(world: &World, provider: &Provider) {
        let flow = world.client().begin_social("acme").await.unwrap();
        let mut browser = Browser::new(world);
        let location = browser.sign_in(&flow).await;
        browser.come_back(&location).await;
        let again = browser.come_back(&location).await;
        assert!(again.text().contains("This sign-in is over"), "{}", again.text());
        assert_eq!(provider.asked("/token").len(), 1, "the code is not sent again");
    }

    async fn a_state_that_nobody_was_sent_off_with_leads_nowhere(world: &World, provider: &Provider) {
        let client = world.client();
        let flow = client.begin_social("acme").await.unwrap();
        let mut browser = Browser::new(world);
        for state in ["", "made-up", &flow.flow_id, flow.flow_secret.reveal()] {
            let location = sent_back(&browser, &flow, &[("state", state)]).await;
            let page = browser.come_back(&location).await;
            assert!(page.text().contains("This sign-in is over"), "{state}");
        }
        // Of a flow with another provider.
        let location = browser.sign_in(&flow).await.replace("/callback/acme", "/callback/naver");
        let page = browser.come_back(&location).await;
        assert!(page.text().contains("This sign-in is over"));
        assert_eq!((provider.asked("/token").len(), provider.asked("/naver/token").len()), (0, 0));
        assert!(matches!(client.collect_social(&flow).await, Ok(Outcome::Pending {})));
    }

    async fn a_code_of_one_flow_is_worth_nothing_in_another(world: &World, provider: &Provider) {
        let (client, mut browser) = (world.client(), Browser::new(world));
        let (own, others) =
            (client.begin_social("acme").await.unwrap(), client.begin_social("acme").await.unwrap());
        let stolen = parameters(&browser.sign_in(&others).await)["code"].clone();
        let location = sent_back(&browser, &own, &[("code", &stolen)]).await;
        let page = browser.come_back(&location).await;
        assert!(page.text().contains("Not confirmed"), "{}", page.text());
        assert_eq!(code(client.collect_social(&own).await), ProblemCode::SocialFailed);
        assert_eq!(provider.asked("/token").len(), 1, "its verifier is another");
    }

    async fn without_a_word_in_the_browser_nothing_is_collected(world: &World, _provider: &Provider) {
        join(world, "mina").await;
        // Somebody begins a flow and sends its address to Mina, whose browser is signed in at Acme.
        let stranger = world.client();
        let flow = stranger.begin_social("acme").await.unwrap();
        let mut browser = Browser::new(world);
        let location = browser.sign_in(&flow).await;
        let page = browser.come_back(&location).await;
        assert!(page.text().contains(&flow.phrase) && page.text().contains("mina@example.com"));
        assert!(matches!(stranger.collect_social(&flow).await, Ok(Outcome::Pending {})));
        // He cannot press the button: not without the page, and not without her cookie.
        let cookie = browser.cookie.take();
        for (ticket, provider) in [(ticket(&page).as_str(), "acme"), (&flow.flow_id, "acme"), (&flow.phrase, "acme")] {
            browser.send(ticket, "same", provider).await;
            let forged = Browser { world, cookie: Some("artipul_social=forged".to_owned()) };
            forged.send(ticket, "same", provider).await;
            assert!(matches!(stranger.collect_social(&flow).await, Ok(Outcome::Pending {})));
        }
        browser.cookie = cookie;
        browser.send(&ticket(&page), "same", "naver").await;
        assert!(matches!(stranger.collect_social(&flow).await, Ok(Outcome::Pending {})));
        // She has no terminal with these words, and says so.
        let cancelled = browser.press(&page, "other").await;
        assert!(cancelled.text().contains("Cancelled"), "{}", cancelled.text());
        assert_eq!(code(stranger.collect_social(&flow).await), ProblemCode::SocialDenied);
        let again = browser.press(&page, "same").await;
        assert!(again.text().contains("This sign-in is over"));
        assert_eq!(counts(world).await[2], 1);
    }

    async fn whoever_cancels_at_the_provider_is_told(world: &World, provider: &Provider) {
        let client = world.client();
        for (error, expected, title) in [
            ("access_denied", ProblemCode::SocialDenied, "Cancelled"),
            ("server_error", ProblemCode::SocialFailed, "Not confirmed"),
            ("<script>", ProblemCode::SocialFailed, "Not confirmed"),
        ] {
            let back = [("error", error.to_owned()), ("code", String::new())];
            provider.script().sent_back = back.into();
            let flow = client.begin_social("acme").await.unwrap();
            let mut browser = Browser::new(world);
            let location = browser.sign_in(&flow).await;
            let page = browser.come_back(&location).await;
            assert!(page.text().contains(title) && !page.text().contains("<script"), "{}", page.text());
            assert_eq!(code(client.collect_social(&flow).await), expected);
        }
        assert!(provider.asked("/token").is_empty());
    }

    async fn there_are_so_many_flows_for_one_address(world: &World, _provider: &Provider)
    with ["limit-sign-ins-per-address" = "2/1h"]
    {
        let client = world.client();
        client.begin_social("acme").await.unwrap();
        client.begin_social("naver").await.unwrap();
        assert_eq!(code(client.begin_social("acme").await), ProblemCode::RateLimited);
    }

    async fn there_is_no_other_provider(world: &World, _provider: &Provider) {
        assert_eq!(code(world.client().begin_social("google").await), ProblemCode::ProviderNotFound);
        let page = world.send(Method::GET, "/v1/social/callback/google?state=x&code=y").await;
        assert_eq!(page.problem().code, ProblemCode::ProviderNotFound);
    }

    async fn naver_signs_in_as_well(world: &World, provider: &Provider) {
        let (client, token) = newcomer(world, "naver").await;
        let request = form(world, token, "mina").await;
        // Naver has verified no address.
        let refusal = artipul_tests::problem(client.social_sign_up(&request).await);
        assert_eq!((refusal.errors[0].field.as_str(), refusal.errors[0].code.as_str()), ("email", "required"));
        let request = artipul_common::social::SignUpRequest { email: Some("mina@naver.com".into()), ..request };
        let user = client.social_sign_up(&request).await.unwrap().user;
        assert_eq!(user.email, "mina@naver.com");
        let again = outcome(world, &world.client(), "naver").await;
        assert!(matches!(again, Ok(Outcome::SignedIn { session }) if session.user.id == user.id));
        let exchange = provider.asked("/naver/token")[0].form();
        assert_eq!(exchange["state"], provider.asked("/naver/authorize")[0].query["state"]);
        provider.script().profile = json!({ "id": "" });
        let nobody = outcome(world, &world.client(), "naver").await;
        assert_eq!(code(nobody), ProblemCode::SocialFailed);
    }

    async fn what_is_under_way_is_kept_as_hashes(world: &World, _provider: &Provider) {
        let client = world.client();
        let flow = client.begin_social("acme").await.unwrap();
        let mut browser = Browser::new(world);
        let location = browser.sign_in(&flow).await;
        let page = browser.come_back(&location).await;
        let cookie = browser.cookie.clone().unwrap();
        let cookie = cookie.split_once('=').unwrap().1.to_owned();
        let code = pairs(location.split_once('?').unwrap().1)["code"].clone();
        let secrets = [flow.flow_secret.reveal().to_owned(), ticket(&page), cookie, code];
        for (name, value) in world.in_redis().await {
            for secret in &secrets {
                assert!(!name.contains(secret) && !value.contains(secret), "{name}: {value}");
            }
        }
    }
}

/// Every step of a flow may reach another instance.
#[test]
fn a_flow_goes_from_instance_to_instance() {
    World::run_beside(Backend::Shared, &[], async |world: &World, _: &Provider| {
        join(world, "mina").await;
        let other = world.another_instance().await;
        let client = Client::new(&other.url(), MemoryTokens::default()).unwrap();
        let flow = client.begin_social("acme").await.unwrap();
        // The browser reaches the first one, and who collects the other.
        Browser::new(world).walk(&flow).await;
        assert!(matches!(client.collect_social(&flow).await, Ok(Outcome::SignedIn { .. })));
        other.stop().await;
    });
}
