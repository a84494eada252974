//! Accounts that are opened with those of providers, and those that nobody gets into with them.

use artipul_common::{
    accounts::{Secret, SignInRequest},
    problem::ProblemCode,
    social::{Outcome, SignUpRequest},
    wallet::Wallet,
};
use artipul_tests::{Provider, beside_on_every_backend, code, problem};
use futures_util::future::join_all;
use serde_json::json;

use super::{counts, form, join, newcomer, outcome};

beside_on_every_backend! {
    async fn a_newcomer_is_asked_for_what_is_missing(world: &World, _provider: &Provider) {
        let client = world.client();
        let told = outcome(world, &client, "acme").await.unwrap();
        let Outcome::SignUpNeeded { sign_up_token, email, suggested_nickname, name, suggested_email, expires_in } = told
        else { panic!("{told:?}") };
        assert_eq!(email.as_deref(), Some("mina@example.com"));
        assert_eq!((suggested_nickname.as_deref(), name.as_deref()), (Some("미나"), Some("Kim Mina")));
        assert_eq!((suggested_email, expires_in), (None, 30 * 60));
        assert_eq!(counts(world).await, [0, 0, 0], "there is no account yet");

        let right = form(world, sign_up_token, "미나").await;
        let wrong = SignUpRequest { nickname: "a b".into(), name: " ".into(), ..right.clone() };
        let fields: Vec<_> = problem(client.social_sign_up(&wrong).await).errors
            .into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["nickname", "name"]);
        let no_phone = SignUpRequest { phone_token: Secret::new("none"), ..right.clone() };
        assert_eq!(code(client.social_sign_up(&no_phone).await), ProblemCode::PhoneTokenInvalid);
        let another = SignUpRequest { email: Some("other@example.com".into()), ..right.clone() };
        assert_eq!(problem(client.social_sign_up(&another).await).errors[0].field, "email");
        assert_eq!(counts(world).await, [0, 0, 0]);

        let request = SignUpRequest { is_artist: true, college: Some(" K-Arts ".into()), ..right };
        let session = client.social_sign_up(&request).await.unwrap();
        let user = session.user;
        assert_eq!((user.email.as_str(), user.nickname.as_str()), ("mina@example.com", "미나"));
        assert_eq!((user.is_artist, user.college.as_deref()), (true, Some("K-Arts")));
        assert_eq!(client.me().await.unwrap(), user, "the client has the session");
        assert_eq!(client.wallet().await.unwrap(), Wallet::default());
        assert_eq!(counts(world).await, [1, 1, 1]);
    }

    async fn a_sign_up_token_opens_one_account(world: &World, _provider: &Provider) {
        let (client, token) = newcomer(world, "acme").await;
        let forms = join_all((0..5).map(|n| form(world, token.clone(), ["a0", "a1", "a2", "a3", "a4"][n]))).await;
        let outcomes = join_all(forms.iter().map(|form| client.social_sign_up(form))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refusal in outcomes.into_iter().filter(Result::is_err).map(problem) {
            let expected = [ProblemCode::EmailTaken, ProblemCode::IdentityTaken, ProblemCode::SignUpTokenInvalid];
            assert!(expected.contains(&refusal.code), "{refusal}");
        }
        for token in [token, Secret::new(""), Secret::new("made-up")] {
            let refused = client.social_sign_up(&form(world, token, "again").await).await;
            assert_eq!(code(refused), ProblemCode::SignUpTokenInvalid);
        }
        assert_eq!(counts(world).await[..2], [1, 1]);
    }

    async fn two_tokens_of_one_person_open_one_account(world: &World, provider: &Provider) {
        provider.script().claims.insert("email_verified".to_owned(), json!(false));
        let ((client, first), (_, second)) =
            (newcomer(world, "acme").await, newcomer(world, "acme").await);
        let with_email = async |token: Secret, name: &str| SignUpRequest {
            email: Some(format!("{name}@example.com")),
            ..form(world, token, name).await
        };
        client.social_sign_up(&with_email(first, "mina").await).await.unwrap();
        let refused = client.social_sign_up(&with_email(second, "bora").await).await;
        assert_eq!(code(refused), ProblemCode::IdentityTaken);
        assert_eq!(counts(world).await[..2], [1, 1], "the other account is not there either");
    }

    async fn no_address_takes_an_account_over(world: &World, provider: &Provider) {
        let anna = world.bidder(0).await;
        // The provider has verified it: she is told to sign in and link.
        provider.person("acme-7", Some((&anna.email.to_uppercase(), true)));
        let refusal = problem(outcome(world, &world.client(), "acme").await);
        assert_eq!(refusal.code, ProblemCode::EmailTaken);
        assert!(refusal.detail.contains("link"), "{}", refusal.detail);
        // It has not: whoever it is may open an account, with another address.
        for verified in [json!(false), json!("false"), json!(null), json!("yes"), json!(0)] {
            provider.script().claims.insert("email_verified".to_owned(), verified.clone());
            let client = world.client();
            let told = outcome(world, &client, "acme").await;
            if verified == json!(0) {
                // What is no truth is no id token.
                assert_eq!(code(told), ProblemCode::SocialFailed);
                continue;
            }
            let Ok(Outcome::SignUpNeeded { sign_up_token, email, suggested_email, .. }) = told else {
                panic!("{verified}: {told:?}")
            };
            assert_eq!((email, suggested_email.as_deref()), (None, Some(anna.email.as_str())));
            let mut request = form(world, sign_up_token, "thief").await;
            assert_eq!(problem(client.social_sign_up(&request).await).errors[0].code, "required");
            request.email = Some(anna.email.clone());
            assert_eq!(code(client.social_sign_up(&request).await), ProblemCode::EmailTaken);
        }
        assert_eq!(counts(world).await, [1, 0, 1], "only Anna is there");
    }

    async fn an_account_without_a_password_has_none_that_is_right(world: &World, _provider: &Provider) {
        let (_, session) = join(world, "mina").await;
        for password in ["", "none", "*", "a password"] {
            let email = session.user.email.clone();
            let request = SignInRequest { email, password: Secret::new(password) };
            let refused = world.client().sign_in(&request).await;
            assert_eq!(code(refused), ProblemCode::CredentialsWrong, "{password}");
        }
    }
}
