//! Sessions: signing in, renewing, signing out.

use std::time::{Duration, Instant};

use artipul_common::{
    accounts::{REFRESH_COOKIE, Secret, Session, SignInRequest},
    client::Result,
    problem::{Problem, ProblemCode},
};
use artipul_tests::{
    Answer, Backend, PASSWORD, World, eventually, http, on_every_backend, problem,
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

const REFRESH: &str = "/v1/sessions/refresh";
/// Attempts to sign in with known and with unknown addresses, whose times are compared.
const ATTEMPTS: usize = 9;

async fn sign_in(world: &World, email: &str, password: &str) -> Result<Session> {
    let request = SignInRequest { email: email.to_owned(), password: Secret::new(password) };
    world.client().sign_in(&request).await
}

/// A session by hand: the access token and the refresh token.
async fn session(world: &World, email: &str) -> (String, String) {
    let body = json!({ "email": email, "password": "a password" });
    let answer = world.send_json(Method::POST, "/v1/sessions", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    tokens(&answer)
}

fn tokens(answer: &Answer) -> (String, String) {
    let access = answer.json()["access_token"].as_str().unwrap().to_owned();
    (access, cookie(answer).0)
}

/// The refresh cookie: its value and its attributes.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let mut parts = answer.header("set-cookie").unwrap().split("; ");
    let value = parts.next().unwrap().strip_prefix(&format!("{REFRESH_COOKIE}=")).unwrap();
    (value.to_owned(), parts.map(str::to_owned).collect())
}

async fn refresh(url: &str, token: &str) -> Answer {
    let request = http().post(format!("{url}{REFRESH}"));
    Answer::to(request.header("cookie", format!("theme=dark; {REFRESH_COOKIE}={token}"))).await
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn me(url: &str, access: &str) -> Answer {
    Answer::to(http().get(format!("{url}/v1/me")).bearer_auth(access)).await
}

async fn me_sessions(url: &str, access: &str) -> Answer {
    Answer::to(http().get(format!("{url}/v1/me/sessions")).bearer_auth(access)).await
}

async fn sign_out(url: &str, access: Option<&str>, token: Option<&str>) -> Answer {
    let mut request = http().delete(format!("{url}/v1/sessions/current"));
    if let Some(access) = access {
        request = request.bearer_auth(access);
    }
    if let Some(token) = token {
        request = request.header("cookie", format!("{REFRESH_COOKIE}={token}"));
    }
    Answer::to(request).await
}

on_every_backend! {
    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(world: &World) {
        let anna = world.bidder(0).await;
        let told = |outcome: Result<Session>| Problem { request_id: None, ..problem(outcome) };
        let wrong = told(sign_in(world, &anna.email, "another password").await);
        assert_eq!(wrong.code, ProblemCode::CredentialsWrong);
        for (email, password) in [
            ("nobody@example.com", "a password"),
            ("", ""),
            (anna.email.as_str(), "a password\0"),
            (anna.email.as_str(), &"a password".repeat(100)),
            (&format!("{}\0", anna.email), "a password"),
        ] {
            assert_eq!(told(sign_in(world, email, password).await), wrong, "{email:?}");
        }
        assert_eq!(world.number("SELECT COUNT(*) AS number FROM sessions").await, 1);
    }

    async fn who_has_an_account_is_not_told_by_time(world: &World)
    with ["bcrypt-cost" = "10"]
    {
        let mut known = Vec::new();
        for _ in 0..ATTEMPTS {
            known.push(world.bidder(0).await.email.clone());
        }
        let attempt = async |email: &str| {
            let began = Instant::now();
            let refusal = problem(sign_in(world, email, "a guess").await);
            assert_eq!(refusal.code, ProblemCode::CredentialsWrong, "{email}");
            began.elapsed()
        };
        let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
        // In turns, so that whatever else the machine does slows both down.
        for (number, email) in known.iter().enumerate() {
            of_known.push(attempt(email).await);
            of_unknown.push(attempt(&format!("nobody-{number}@example.com")).await);
        }
        let ratio = median(of_unknown).as_secs_f64() / median(of_known).as_secs_f64();
        assert!((0.5..2.0).contains(&ratio), "unknown addresses take {ratio:.2} of the time");
    }

    async fn no_access_token_outlives_its_session(world: &World)
    with ["access-token-ttl" = "1h", "refresh-token-ttl" = "30m"]
    {
        let anna = world.bidder(0).await;
        let opened = sign_in(world, &anna.email, PASSWORD).await.unwrap();
        assert!(opened.expires_in <= 30 * 60, "{}", opened.expires_in);
        let (_, token) = session(world, &anna.email).await;
        let renewed = refresh(&world.url(), &token).await.json();
        assert!(renewed["expires_in"].as_u64().unwrap() <= 30 * 60, "{renewed}");
    }

    async fn somebody_has_so_many_sessions(world: &World)
    with ["limit-sign-ins" = "1000/1s"]
    {
        let anna = world.bidder(0).await;
        let (first, token) = session(world, &anna.email).await;
        // She is signed in once already.
        for _ in 0..48 {
            session(world, &anna.email).await;
        }
        refresh(&world.url(), &token).await;
        session(world, &anna.email).await;
        assert_eq!(me(&world.url(), &anna.token).await.status, 401, "it was used longest ago");
        assert_eq!(me(&world.url(), &first).await.status, 200);
        let list = me_sessions(&world.url(), &first).await;
        assert_eq!(list.json()["items"].as_array().unwrap().len(), 50);
    }

    async fn an_account_takes_so_many_attempts(world: &World)
    with ["limit-sign-ins" = "3/1h"]
    {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        for password in ["wrong", "wrong again"] {
            let refusal = problem(sign_in(world, &anna.email, password).await);
            assert_eq!(refusal.code, ProblemCode::CredentialsWrong);
        }
        let email = anna.email.to_uppercase();
        let refusal = problem(sign_in(world, &email, "a password").await);
        assert_eq!(refusal.code, ProblemCode::RateLimited, "the right one as well");
        assert!((1..=60 * 60).contains(&refusal.retry_after.unwrap()));
        sign_in(world, &bora.email, "a password").await.unwrap();
        // Whether there is an account is not told by its limit.
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(problem(sign_in(world, "nobody@example.com", "x").await).code);
        }
        let wrong = ProblemCode::CredentialsWrong;
        assert_eq!(codes, [wrong, wrong, wrong, ProblemCode::RateLimited]);
        assert_eq!(me(&world.url(), &anna.token).await.status, 200, "who is in stays in");
    }

    async fn an_address_takes_so_many_attempts(world: &World)
    with ["limit-sign-ins-per-address" = "4/1h"]
    {
        let people = [world.bidder(0).await, world.bidder(0).await];
        for person in &people {
            sign_in(world, &person.email, "wrong").await.unwrap_err();
        }
        let refusal = problem(sign_in(world, &people[0].email, "a password").await);
        assert_eq!(refusal.code, ProblemCode::RateLimited);
        assert!(refusal.retry_after.is_some());
    }

    async fn the_refresh_token_is_in_a_cookie_that_scripts_of_a_page_cannot_read(world: &World) {
        let anna = world.bidder(0).await;
        let body = json!({ "email": anna.email, "password": "a password" });
        let signed_in = world.send_json(Method::POST, "/v1/sessions", &body).await;
        let (token, attributes) = cookie(&signed_in);
        let max_age = |seconds: u64| format!("Max-Age={seconds}");
        let expected = |seconds| {
            ["Path=/v1/sessions".to_owned(), max_age(seconds), "HttpOnly".into(), "Secure".into(),
                "SameSite=Strict".into()]
        };
        let ttl = world.app().accounts.refresh_token_ttl().as_secs();
        assert_eq!(attributes, expected(ttl));
        assert_eq!(signed_in.header("cache-control"), Some("no-store"));
        assert!(!signed_in.text().contains(&token), "and nowhere else");

        let renewed = refresh(&world.url(), &token).await;
        assert_eq!((renewed.status, cookie(&renewed).1), (200, expected(ttl).to_vec()));
        assert_eq!(renewed.json()["user"], signed_in.json()["user"]);
        let (access, token) = tokens(&renewed);
        let left = sign_out(&world.url(), Some(&access), Some(&token)).await;
        assert_eq!((left.status, cookie(&left)), (204, (String::new(), expected(0).to_vec())));
    }

    async fn each_refresh_token_works_once(world: &World) {
        let anna = world.bidder(0).await;
        let url = world.url();
        let (_, first) = session(world, &anna.email).await;
        let (access, second) = tokens(&refresh(&url, &first).await);
        assert_ne!(first, second);
        assert_eq!(me(&url, &access).await.status, 200);
        let (_, third) = tokens(&refresh(&url, &second).await);
        // Somebody has a copy: the whole session is over, the thief's and the owner's.
        for token in [&first, &third, &second] {
            let refusal = refresh(&url, token).await.problem();
            assert_eq!(refusal.code, ProblemCode::RefreshTokenInvalid);
        }
        let (_, elsewhere) = session(world, &anna.email).await;
        assert_eq!(refresh(&url, &elsewhere).await.status, 200, "other sessions go on");
        for token in ["", "never given", "a=b"] {
            let refusal = refresh(&url, token).await.problem();
            assert_eq!(refusal.code, ProblemCode::RefreshTokenInvalid);
        }
        let without = world.send(Method::POST, REFRESH).await.problem();
        assert_eq!(without.code, ProblemCode::RefreshTokenInvalid);
    }

    async fn of_ten_renewals_at_once_one_works_and_the_session_ends(world: &World) {
        let anna = world.bidder(0).await;
        let (_, first) = session(world, &anna.email).await;
        let url = world.url();
        let answers = join_all((0..10).map(|_| refresh(&url, &first))).await;
        let (renewed, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(renewed.len(), 1);
        for answer in refused {
            assert_eq!(answer.problem().code, ProblemCode::RefreshTokenInvalid);
        }
        let (_, second) = tokens(&renewed[0]);
        assert_eq!(refresh(&url, &second).await.status, 401);
    }

    async fn after_signing_out_neither_token_works(world: &World) {
        let anna = world.bidder(0).await;
        let url = world.url();
        let other = match world.backend() {
            Backend::Embedded => None,
            Backend::Shared => Some(world.another_instance().await),
        };
        let elsewhere = other.as_ref().map_or(url.clone(), artipul_server::app::Server::url);
        let (access, token) = session(world, &anna.email).await;
        assert_eq!(me(&elsewhere, &access).await.status, 200);
        assert_eq!(sign_out(&url, Some(&access), Some(&token)).await.status, 204);
        for url in [&url, &elsewhere] {
            assert_eq!(me(url, &access).await.problem().code, ProblemCode::TokenRevoked);
            let refusal = refresh(url, &token).await.problem();
            assert_eq!(refusal.code, ProblemCode::RefreshTokenInvalid);
        }
        assert_eq!(me(&url, &anna.token).await.status, 200, "other sessions go on");

        // Either token is enough to leave, and nothing is refused.
        let (access, token) = session(world, &anna.email).await;
        assert_eq!(sign_out(&url, Some(&access), None).await.status, 204);
        assert_eq!(refresh(&elsewhere, &token).await.status, 401);
        let (_, token) = session(world, &anna.email).await;
        assert_eq!(sign_out(&elsewhere, Some("garbage"), Some(&token)).await.status, 204);
        assert_eq!(refresh(&url, &token).await.status, 401);
        let nobody = sign_out(&url, None, None).await.problem();
        assert_eq!(nobody.code, ProblemCode::TokenMissing);
        if let Some(other) = other {
            other.stop().await;
        }
    }

    async fn the_client_forgets_a_session_that_it_ends(world: &World) {
        let anna = world.bidder(0).await;
        anna.client.sign_out().await.unwrap();
        assert!(!anna.client.is_signed_in().await);
        assert_eq!(me(&world.url(), &anna.token).await.problem().code, ProblemCode::TokenRevoked);
        assert!(matches!(anna.client.me().await, Err(artipul_common::client::ClientError::SignedOut)));
        anna.client.sign_out().await.unwrap();
    }

    async fn an_access_token_expires_and_the_client_renews_it_once(world: &World)
    with ["access-token-ttl" = "2s"]
    {
        let anna = world.bidder(0).await;
        let url = world.url();
        let renewals = async || world.number("SELECT COUNT(*) AS number FROM refresh_tokens").await;
        let before = renewals().await;
        let refusal = eventually("the token expires", async || {
            Some(me(&url, &anna.token).await).filter(|answer| answer.status != 200)
        }).await;
        assert_eq!(refusal.problem().code, ProblemCode::TokenExpired);
        let (me, wallet, summary) =
            tokio::join!(anna.client.me(), anna.client.wallet(), anna.client.summary());
        assert_eq!(me.unwrap().id, anna.id);
        assert!(wallet.is_ok() && summary.is_ok());
        assert_eq!(renewals().await, before + 1, "three calls at once renew once");
    }

    async fn a_session_expires(world: &World)
    with ["refresh-token-ttl" = "400ms"]
    {
        let anna = world.bidder(0).await;
        let (_, token) = session(world, &anna.email).await;
        let opened = std::time::Instant::now();
        let ttl = world.app().accounts.refresh_token_ttl();
        eventually("its time is over", async || (opened.elapsed() > ttl).then_some(())).await;
        let refusal = refresh(&world.url(), &token).await.problem();
        assert_eq!(refusal.code, ProblemCode::RefreshTokenInvalid);
    }
}
