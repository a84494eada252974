//! Finding an account again, and changing what lets one into it.

use artipul_common::{
    accounts::{Secret, SignInRequest, User},
    client::{Client, Result, tokens::MemoryTokens},
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, FindEmailRequest,
        NewTokenRequest, ResetPasswordRequest, Scope,
    },
    problem::{FieldError, ProblemCode},
};
use artipul_tests::{World, code, on_every_backend, problem};

use super::{new_phone, newcomer, proof_of};

const PASSWORD: &str = "blue heron at dusk";
const ANOTHER: &str = "grey heron at dawn";

/// Somebody with a phone of his own, signed in.
struct Member {
    client: Client,
    user: User,
}

impl Member {
    async fn join(world: &World, nickname: &str) -> Self {
        let proof = proof_of(world, &new_phone()).await;
        world.client().sign_up(&newcomer(nickname, proof)).await.unwrap();
        let client = signed_in(world, &format!("{nickname}@example.com"), PASSWORD).await.unwrap();
        let user = client.me().await.unwrap();
        Self { client, user }
    }
}

async fn signed_in(world: &World, email: &str, password: &str) -> Result<Client> {
    let client = Client::new(&world.url(), MemoryTokens::default()).unwrap();
    let request = SignInRequest { email: email.to_owned(), password: Secret::new(password) };
    client.sign_in(&request).await.map(|_| client)
}

async fn reset(world: &World, email: &str, proof: &Secret, password: &str) -> Result<()> {
    let request = ResetPasswordRequest {
        email: email.to_owned(),
        phone_token: proof.clone(),
        password: Secret::new(password),
    };
    world.client().reset_password(&request).await
}

fn change(current: &str, password: &str) -> ChangePasswordRequest {
    ChangePasswordRequest {
        current_password: Secret::new(current),
        password: Secret::new(password),
    }
}

#[track_caller]
fn is_wrong_password<T: std::fmt::Debug>(outcome: Result<T>) {
    let refusal = problem(outcome);
    assert_eq!(refusal.code, ProblemCode::ValidationFailed);
    let [FieldError { field, code, .. }] = refusal.errors.as_slice() else { panic!("{refusal:?}") };
    assert_eq!((field.as_str(), code.as_str()), ("current_password", "wrong"));
}

on_every_backend! {
    async fn a_proven_phone_finds_the_address_once(world: &World) {
        let mina = Member::join(world, "mina").await;
        let phone_token = proof_of(world, &mina.user.phone).await;
        let request = FindEmailRequest { phone_token };
        let found = world.client().find_email(&request).await.unwrap();
        assert_eq!(found.email, "m***@example.com");
        let again = world.client().find_email(&request).await;
        assert_eq!(code(again), ProblemCode::PhoneTokenInvalid);
        let phone_token = proof_of(world, &new_phone()).await;
        let nobody = world.client().find_email(&FindEmailRequest { phone_token }).await;
        assert_eq!(code(nobody), ProblemCode::AccountNotFound);
    }

    async fn a_reset_password_ends_everything_that_the_old_one_opened(world: &World) {
        let mina = Member::join(world, "mina").await;
        let scopes = vec![Scope::Read];
        let request = NewTokenRequest { name: "cron".to_owned(), scopes, expires_at: None };
        let token = mina.client.make_token(&request).await.unwrap().token;
        let proof = proof_of(world, &mina.user.phone).await;
        reset(world, "MINA@example.com", &proof, ANOTHER).await.unwrap();
        assert!(mina.client.me().await.is_err(), "neither token works");
        let script = world.request(reqwest::Method::GET, "/v1/me").bearer_auth(token.reveal());
        assert_eq!(artipul_tests::Answer::to(script).await.status, 401);
        let old = signed_in(world, &mina.user.email, PASSWORD).await.map(drop);
        assert_eq!(code(old), ProblemCode::CredentialsWrong);
        let new = signed_in(world, &mina.user.email, ANOTHER).await.unwrap();
        assert_eq!(new.me().await.unwrap().id, mina.user.id);
        let again = reset(world, &mina.user.email, &proof, PASSWORD).await;
        assert_eq!(code(again), ProblemCode::PhoneTokenInvalid, "it proves once");
    }

    async fn an_address_that_is_not_the_phones_resets_nothing(world: &World) {
        let (mina, jun) = (Member::join(world, "mina").await, Member::join(world, "jun").await);
        let proof = proof_of(world, &jun.user.phone).await;
        let told = async |email: &str| {
            let refusal = problem(reset(world, email, &proof, ANOTHER).await);
            (refusal.code, refusal.detail)
        };
        let others = told(&mina.user.email).await;
        assert_eq!(others.0, ProblemCode::AccountNotFound);
        assert_eq!(told("nobody@example.com").await, others, "whether there is one is not told");
        signed_in(world, &mina.user.email, PASSWORD).await.unwrap();
        // The proof is not lost by a slip.
        reset(world, &jun.user.email, &proof, ANOTHER).await.unwrap();
    }

    async fn a_new_password_ends_the_other_sessions(world: &World) {
        let mina = Member::join(world, "mina").await;
        let other = signed_in(world, &mina.user.email, PASSWORD).await.unwrap();
        is_wrong_password(mina.client.change_password(&change(ANOTHER, ANOTHER)).await);
        let short = problem(mina.client.change_password(&change(PASSWORD, "short")).await);
        assert_eq!(short.errors[0].field, "password");
        other.me().await.unwrap();
        mina.client.change_password(&change(PASSWORD, ANOTHER)).await.unwrap();
        mina.client.me().await.unwrap();
        assert!(other.me().await.is_err());
        let old = signed_in(world, &mina.user.email, PASSWORD).await.map(drop);
        assert_eq!(code(old), ProblemCode::CredentialsWrong);
        signed_in(world, &mina.user.email, ANOTHER).await.unwrap();
    }

    async fn a_password_is_hashed_anew_when_it_is_to_be_more_work(world: &World)
    with ["bcrypt-cost" = "5"]
    {
        let anna = world.bidder(0).await;
        let of_cost = |cost: u32| {
            format!("SELECT COUNT(*) AS number FROM users WHERE password_hash LIKE '$2b$0{cost}$%'")
        };
        assert_eq!(world.number(&of_cost(4)).await, 0, "it was when she signed in");
        assert_eq!(world.number(&of_cost(5)).await, 1);
        anna.at(&world.url()).await.client.me().await.unwrap();
    }

    async fn an_open_session_is_no_place_to_guess_a_password(world: &World)
    with ["limit-sign-ins" = "3/1h"]
    {
        let mina = Member::join(world, "mina").await;
        for _ in 0..3 {
            is_wrong_password(mina.client.change_password(&change("a guess", ANOTHER)).await);
        }
        let right = problem(mina.client.change_password(&change(PASSWORD, ANOTHER)).await);
        assert_eq!(right.code, ProblemCode::RateLimited);
        assert!(right.retry_after.is_some());
    }

    async fn an_address_is_changed_with_the_password(world: &World) {
        let (mina, jun) = (Member::join(world, "mina").await, Member::join(world, "jun").await);
        let email = async |current: &str, email: &str| {
            let current_password = Secret::new(current);
            let request = ChangeEmailRequest { current_password, email: email.to_owned() };
            mina.client.change_email(&request).await
        };
        is_wrong_password(email(ANOTHER, "new@example.com").await);
        assert_eq!(code(email(PASSWORD, "no address").await), ProblemCode::ValidationFailed);
        assert_eq!(code(email(PASSWORD, &jun.user.email).await), ProblemCode::EmailTaken);
        assert_eq!(mina.client.me().await.unwrap(), mina.user);
        assert_eq!(email(PASSWORD, " New@Example.com").await.unwrap().email, "new@example.com");
        signed_in(world, "new@example.com", PASSWORD).await.unwrap();
        let old = signed_in(world, &mina.user.email, PASSWORD).await.map(drop);
        assert_eq!(code(old), ProblemCode::CredentialsWrong);
    }

    async fn a_phone_is_changed_to_one_that_is_proven(world: &World) {
        let (mina, jun) = (Member::join(world, "mina").await, Member::join(world, "jun").await);
        let to = async |current: &str, phone_token: &Secret| {
            let request = ChangePhoneRequest {
                current_password: Secret::new(current),
                phone_token: phone_token.clone(),
            };
            mina.client.change_phone(&request).await
        };
        let taken = proof_of(world, &jun.user.phone).await;
        assert_eq!(code(to(PASSWORD, &taken).await), ProblemCode::PhoneTaken);
        let phone = new_phone();
        let proof = proof_of(world, &phone).await;
        is_wrong_password(to(ANOTHER, &proof).await);
        let unproven = to(PASSWORD, &Secret::new("x")).await;
        assert_eq!(code(unproven), ProblemCode::PhoneTokenInvalid);
        assert_eq!(to(PASSWORD, &proof).await.unwrap().phone, phone);
        assert_eq!(code(to(PASSWORD, &proof).await), ProblemCode::PhoneTokenInvalid, "once");
    }
}
