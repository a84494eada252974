//! Closing an account for good.

use artipul_common::{
    Money,
    accounts::Secret,
    client::new_idempotency_key,
    credentials::CloseAccountRequest,
    problem::{Problem, ProblemCode},
};
use artipul_tests::{Person, code, on_every_backend, problem};
use futures_util::future::join;
use reqwest::Method;

use super::{new_phone, newcomer, proof_of};

async fn close(person: &Person) -> artipul_common::client::Result<()> {
    let current_password = Secret::new("a password");
    person.client.close_account(&CloseAccountRequest { current_password }).await
}

/// What keeps the account from being closed.
fn ties(refusal: &Problem) -> Vec<&str> {
    assert_eq!(refusal.code, ProblemCode::AccountInUse);
    refusal.errors.iter().map(|error| error.code.as_str()).collect()
}

on_every_backend! {
    async fn whoever_leads_sells_or_has_points_stays(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(50).await);
        let auction = artist.list(|_| ()).await.id;
        assert_eq!(ties(&problem(close(&artist).await)), ["selling"]);
        anna.bid(auction, 20).await;
        assert_eq!(ties(&problem(close(&anna).await)), ["leading", "points"]);
        let wrong = CloseAccountRequest { current_password: Secret::new("another") };
        let refusal = problem(anna.client.close_account(&wrong).await);
        assert_eq!(refusal.errors[0].field, "current_password");
        anna.client.me().await.unwrap();
        assert_eq!(anna.wallet().await, (50, 20));
    }

    async fn nothing_of_the_person_is_left_and_the_books_are(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(30).await);
        let auction = artist.list(|work| work.buy_now_price = Some(Money::new(30_000))).await.id;
        let missed = artist.list(|_| ()).await.id;
        anna.client.watch(missed, true).await.unwrap();
        anna.buy(auction, 30).await.unwrap();
        let me = anna.client.me().await.unwrap();
        let draft = anna.client.charge(Money::new(5_000), &new_idempotency_key()).await.unwrap();
        anna.client.cancel_charge(draft.id).await.unwrap();
        close(&anna).await.unwrap();
        assert!(anna.client.me().await.is_err());
        let refused = anna.send(Method::GET, "/v1/me").await.problem();
        assert_eq!(refused.code, ProblemCode::TokenRevoked);
        // Whatever the database says, it does not say who that was.
        let person = [me.email.as_str(), &me.nickname, &me.name, &me.phone];
        let found = world.mentions(&person).await;
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(world.number("SELECT COUNT(*) AS number FROM sales").await, 1);
        let sold = artist.see(auction).await;
        assert_eq!((sold.price, sold.bid_count), (Some(Money::new(30_000)), 1));
        assert!(world.audit().await.faults.is_empty());
    }

    async fn what_was_the_persons_is_free_for_others(world: &World) {
        let phone = new_phone();
        let mina = newcomer("mina", proof_of(world, &phone).await);
        world.client().sign_up(&mina).await.unwrap();
        let client = world.client();
        let request = artipul_common::accounts::SignInRequest {
            email: mina.email.clone(),
            password: mina.password.clone(),
        };
        client.sign_in(&request).await.unwrap();
        let body = CloseAccountRequest { current_password: mina.password.clone() };
        client.close_account(&body).await.unwrap();
        assert_eq!(code(client.sign_in(&request).await.map(drop)), ProblemCode::CredentialsWrong);
        let again = newcomer("mina", proof_of(world, &phone).await);
        world.client().sign_up(&again).await.unwrap();
        client.sign_in(&request).await.unwrap();
        assert!(client.participations(&Default::default()).await.unwrap().items.is_empty());
    }

    async fn an_account_that_is_being_closed_lists_nothing(world: &World) {
        for round in 0..10 {
            let artist = world.artist().await;
            let draft = artist.list(|work| work.draft = true).await.id;
            let list = async {
                let publish = artipul_common::auctions::EditAuctionRequest {
                    draft: Some(false),
                    ..Default::default()
                };
                if round % 2 == 0 {
                    artist.client.edit_auction(draft, &publish).await.is_ok()
                } else {
                    let key = new_idempotency_key();
                    artist.client.list_work(&artipul_tests::draft(), &key).await.is_ok()
                }
            };
            let (closed, listed) = join(close(&artist), list).await;
            assert!(closed.is_ok() != listed, "round {round}: {closed:?} {listed}: one of them, not both");
            let listed_now = format!(
                "SELECT COUNT(*) AS number FROM auctions WHERE seller_id = {} AND status = 'listed'",
                artist.id
            );
            assert_eq!(world.number(&listed_now).await, i64::from(listed));
        }
    }
}
