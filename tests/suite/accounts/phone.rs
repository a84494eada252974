//! Phone codes, and accounts opened with them.

use std::time::{Duration, Instant};

use artipul_common::{
    accounts::{Secret, SignInRequest, SignUpRequest},
    problem::ProblemCode,
};
use artipul_tests::{Answer, code, eventually, on_every_backend, problem};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{another, code_for, new_phone, newcomer, proof_of, verify};

const CODE_TTL: &str = "400ms";

on_every_backend! {
    async fn a_newcomer_proves_his_phone_signs_up_and_signs_in(world: &World) {
        let phone = new_phone();
        let local = format!("0{}-{}-{}", &phone[3..5], &phone[5..9], &phone[9..]);
        let client = world.client();
        let sent = client.request_phone_code(&local).await.unwrap();
        assert_eq!(sent.expires_in, 3 * 60, "the default");
        let code = artipul_tests::phone_code(&phone).await;
        let token = verify(world, &phone, &format!(" {code} ")).await.unwrap();
        let request = SignUpRequest {
            email: " Mina@Example.COM".to_owned(),
            college: Some("  K-Arts ".to_owned()),
            is_artist: true,
            ..newcomer("mina", token)
        };
        let user = client.sign_up(&request).await.unwrap();
        assert_eq!((user.email.as_str(), user.nickname.as_str()), ("mina@example.com", "mina"));
        assert_eq!((user.phone, user.college), (phone, Some("K-Arts".to_owned())));
        assert!(user.is_artist);
        assert!(!client.is_signed_in().await, "signing up does not sign in");

        let credentials =
            SignInRequest { email: "MINA@example.com ".to_owned(), password: request.password };
        let session = client.sign_in(&credentials).await.unwrap();
        assert_eq!(session.user.id, user.id);
        assert_eq!(client.me().await.unwrap(), session.user);
        assert_eq!(client.wallet().await.unwrap(), artipul_common::wallet::Wallet::default());
    }

    async fn what_somebody_has_nobody_else_can_take(world: &World) {
        let client = world.client();
        let phone = new_phone();
        client.sign_up(&newcomer("mina", proof_of(world, &phone).await)).await.unwrap();
        let token = proof_of(world, &new_phone()).await;
        let refused = async |edit: fn(&mut SignUpRequest)| {
            let mut request = newcomer("bora", token.clone());
            edit(&mut request);
            code(client.sign_up(&request).await)
        };
        assert_eq!(refused(|r| r.email = "MINA@Example.com".into()).await, ProblemCode::EmailTaken);
        for nickname in ["mina", "MINA", "ｍｉｎａ", "Ｍina"] {
            let request = SignUpRequest { nickname: nickname.into(), ..newcomer("bora", token.clone()) };
            assert_eq!(code(client.sign_up(&request).await), ProblemCode::NicknameTaken, "{nickname}");
        }
        let same_phone = newcomer("bora", proof_of(world, &phone).await);
        assert_eq!(code(client.sign_up(&same_phone).await), ProblemCode::PhoneTaken);
        assert_eq!(world.number("SELECT COUNT(*) AS number FROM users").await, 1);
        // What was refused has not used the proof up.
        client.sign_up(&newcomer("bora", token)).await.unwrap();
    }

    async fn the_longest_texts_find_room(world: &World) {
        // One letter that stands for 18, so that these are 80 when they are compared.
        let nickname = format!("{}{}", "\u{fdfa}".repeat(4), "n".repeat(8));
        let request = SignUpRequest {
            email: format!("{}@{}.example.com", "l".repeat(64), "d".repeat(177)),
            password: Secret::new("가".repeat(23)),
            nickname: nickname.clone(),
            name: "\u{10ffff}".repeat(60),
            college: Some("\u{1f3a8}".repeat(80)),
            ..newcomer("mina", proof_of(world, &new_phone()).await)
        };
        let client = world.client();
        let longer = SignUpRequest { nickname: format!("{nickname}n"), ..request.clone() };
        let refusal = problem(client.sign_up(&longer).await);
        assert_eq!((refusal.errors[0].field.as_str(), &*refusal.errors[0].code), ("nickname", "too-long"));
        let user = client.sign_up(&request).await.unwrap();
        assert_eq!((user.email.len(), user.nickname), (254, nickname.clone()));
        assert!(!client.nickname_available(&nickname).await.unwrap());
        let credentials = SignInRequest { email: request.email, password: request.password };
        assert_eq!(client.sign_in(&credentials).await.unwrap().user.id, user.id);
    }

    async fn a_code_has_five_tries(world: &World) {
        let phone = new_phone();
        let code_now = code_for(world, &phone).await;
        for _ in 0..4 {
            let wrong = verify(world, &phone, &another(&code_now)).await;
            assert_eq!(code(wrong), ProblemCode::PhoneCodeWrong);
        }
        verify(world, &phone, &code_now).await.unwrap();

        let code_now = code_for(world, &phone).await;
        for _ in 0..5 {
            let wrong = verify(world, &phone, &another(&code_now)).await;
            assert_eq!(code(wrong), ProblemCode::PhoneCodeWrong);
        }
        let right = verify(world, &phone, &code_now).await;
        assert_eq!(code(right), ProblemCode::PhoneCodeWrong, "it came too late");
    }

    async fn a_stranger_does_not_use_up_the_tries_of_a_phones_owner(world: &World)
    with ["trusted-proxies" = "127.0.0.1"]
    {
        let phone = new_phone();
        let sent = code_for(world, &phone).await;
        let guess = async |address: String, code: &str| {
            let body = json!({ "phone": phone, "code": code });
            let request = world.request(Method::POST, "/v1/phone-codes/verify").json(&body);
            Answer::to(request.header("x-forwarded-for", address)).await.status
        };
        for _ in 0..8 {
            assert_eq!(guess("203.0.113.9".into(), &another(&sent)).await, 422);
        }
        assert_eq!(guess("203.0.113.9".into(), &sent).await, 422, "he has had his tries");
        assert_eq!(guess("198.51.100.7".into(), &sent).await, 200);
        // All of them together have so few that nobody finds a code by guessing.
        let sent = code_for(world, &phone).await;
        for number in 0..20 {
            assert_eq!(guess(format!("203.0.113.{number}"), &another(&sent)).await, 422);
        }
        assert_eq!(guess("198.51.100.7".into(), &sent).await, 422);
    }

    async fn attempts_to_sign_up_tell_little(world: &World)
    with ["limit-sign-ins" = "4/1h"]
    {
        let client = world.client();
        let phone = new_phone();
        client.sign_up(&newcomer("mina", proof_of(world, &phone).await)).await.unwrap();
        let token = proof_of(world, &phone).await;
        for email in ["mina@example.com", "nobody@example.com"] {
            let request = SignUpRequest { email: email.to_owned(), ..newcomer("bora", token.clone()) };
            assert_eq!(code(client.sign_up(&request).await), ProblemCode::PhoneTaken, "{email}");
        }
        let token = proof_of(world, &new_phone()).await;
        let taken = SignUpRequest {
            email: "mina@example.com".to_owned(),
            ..newcomer("bora", token.clone())
        };
        for _ in 0..4 {
            assert_eq!(code(client.sign_up(&taken).await), ProblemCode::EmailTaken);
        }
        assert_eq!(code(client.sign_up(&taken).await), ProblemCode::RateLimited);
    }

    async fn a_code_is_of_one_phone_and_one_use_and_the_newest(world: &World) {
        let (phone, other) = (new_phone(), new_phone());
        let code_now = code_for(world, &phone).await;
        code_for(world, &other).await;
        let elsewhere = verify(world, &other, &code_now).await;
        assert_eq!(code(elsewhere), ProblemCode::PhoneCodeWrong, "it is another phone's");
        verify(world, &phone, &code_now).await.unwrap();
        let again = verify(world, &phone, &code_now).await;
        assert_eq!(code(again), ProblemCode::PhoneCodeWrong, "it was used");

        let old = code_for(world, &phone).await;
        let new = code_for(world, &phone).await;
        if old != new {
            assert_eq!(code(verify(world, &phone, &old).await), ProblemCode::PhoneCodeWrong);
        }
        verify(world, &phone, &new).await.unwrap();
        let never_sent = verify(world, &new_phone(), "123456").await;
        assert_eq!(code(never_sent), ProblemCode::PhoneCodeWrong);
    }

    async fn twenty_at_once_use_a_code_once(world: &World) {
        let phone = new_phone();
        let code_now = code_for(world, &phone).await;
        let tries = (0..20).map(|_| verify(world, &phone, &code_now));
        let right: Vec<_> = join_all(tries).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(right.len(), 1);
        let client = world.client();
        let names: Vec<_> = (0..20).map(|number| format!("mina{number}")).collect();
        let requests: Vec<_> = names.iter().map(|name| newcomer(name, right[0].clone())).collect();
        let outcomes = join_all(requests.iter().map(|request| client.sign_up(request))).await;
        let opened = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(opened, 1, "a proof opens one account");
        for refusal in outcomes.into_iter().filter(Result::is_err).map(problem) {
            let expected = [ProblemCode::PhoneTaken, ProblemCode::PhoneTokenInvalid];
            assert!(expected.contains(&refusal.code), "{refusal}");
        }
    }

    async fn a_code_expires(world: &World)
    with ["phone-code-ttl" = CODE_TTL]
    {
        let phone = new_phone();
        let code_now = code_for(world, &phone).await;
        let sent = Instant::now();
        let ttl = artipul_server::config::duration(CODE_TTL).unwrap();
        eventually("its time is over", async || (sent.elapsed() > ttl).then_some(())).await;
        assert_eq!(code(verify(world, &phone, &code_now).await), ProblemCode::PhoneCodeWrong);
    }

    async fn a_phone_gets_so_many_codes(world: &World)
    with ["limit-phone-codes" = "2/1h"]
    {
        let (phone, client) = (new_phone(), world.client());
        for _ in 0..2 {
            code_for(world, &phone).await;
        }
        let spelled = format!("{} {}", &phone[..3], &phone[3..]);
        let refusal = problem(client.request_phone_code(&spelled).await);
        assert_eq!(refusal.code, ProblemCode::RateLimited, "however it is written");
        assert!((1..=60 * 60).contains(&refusal.retry_after.unwrap()), "{refusal:?}");
        let body = serde_json::json!({ "phone": phone });
        world.send_json(reqwest::Method::POST, "/v1/phone-codes", &body).await.problem();
        client.request_phone_code(&new_phone()).await.unwrap();
    }

    async fn an_address_gets_so_many_codes(world: &World)
    with ["limit-phone-codes-per-address" = "3/2s"]
    {
        let client = world.client();
        let phones = [new_phone(), new_phone(), new_phone(), new_phone()];
        for phone in &phones[..3] {
            client.request_phone_code(phone).await.unwrap();
        }
        let refusal = problem(client.request_phone_code(&phones[3]).await);
        assert_eq!(refusal.code, ProblemCode::RateLimited);
        let wait = Duration::from_secs(refusal.retry_after.unwrap());
        assert!(wait <= Duration::from_secs(2));
        // Whoever waits so long is let in.
        let refused = Instant::now();
        eventually("the time is over", async || (refused.elapsed() > wait).then_some(())).await;
        client.request_phone_code(&phones[3]).await.unwrap();
    }

    async fn a_phone_is_proven_for_one_account(world: &World) {
        let client = world.client();
        let token = proof_of(world, &new_phone()).await;
        client.sign_up(&newcomer("mina", token.clone())).await.unwrap();
        for token in [token, Secret::new("never given"), Secret::new("")] {
            let refused = client.sign_up(&newcomer("bora", token)).await;
            assert_eq!(code(refused), ProblemCode::PhoneTokenInvalid);
        }
    }

    async fn a_nickname_is_free_until_somebody_has_it(world: &World) {
        let client = world.client();
        assert!(client.nickname_available("달빛").await.unwrap());
        let token = proof_of(world, &new_phone()).await;
        let request = SignUpRequest { email: "moon@example.com".into(), ..newcomer("달빛", token) };
        client.sign_up(&request).await.unwrap();
        // Also as it is written letter by letter.
        for taken in ["달빛", "\u{1103}\u{1161}\u{11af}\u{1107}\u{1175}\u{11be}"] {
            assert!(!client.nickname_available(taken).await.unwrap());
        }
        for none in ["", "x", "two words", "a\u{1b}b", "twenty-one-characters"] {
            let refusal = problem(client.nickname_available(none).await);
            assert_eq!(refusal.code, ProblemCode::ValidationFailed, "{none:?}");
            assert!(refusal.errors.iter().all(|error| error.field == "nickname"));
        }
    }
}
