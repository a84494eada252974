//! Where an account is signed in, and how it is signed out there.

use artipul_common::problem::ProblemCode;
use artipul_tests::{Backend, Feed, Person, code, eventually, on_every_backend};
use reqwest::Method;

on_every_backend! {
    async fn a_session_that_is_ended_elsewhere_is_over_at_once_on_every_instance(world: &World) {
        let other = match world.backend() {
            Backend::Embedded => None,
            Backend::Shared => Some(world.another_instance().await),
        };
        let url = other.as_ref().map_or_else(|| world.url(), artipul_server::app::Server::url);
        let anna = world.bidder(0).await;
        let phone = anna.at(&url).await;
        phone.client.me().await.unwrap();
        let stream = Feed::of(phone.request(Method::GET, "/v1/me/events")).await;
        // An older access token of the same session.
        let old = phone.token.clone();
        let sessions = anna.client.sessions().await.unwrap().items;
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
        let found = sessions.iter().find(|session| !session.current).unwrap();
        assert!(found.address.is_some() && found.expires_at > found.created_at);
        anna.client.end_session(found.id).await.unwrap();
        let refused = phone.send(Method::GET, "/v1/me").await.problem();
        assert_eq!(refused.code, ProblemCode::TokenRevoked);
        assert_eq!(old, phone.token);
        assert!(phone.client.me().await.is_err(), "nor is it renewed");
        eventually("its stream ends", async || stream.is_over().then_some(())).await;
        anna.client.me().await.unwrap();
        let again = anna.client.end_session(found.id).await;
        assert_eq!(code(again), ProblemCode::SessionNotFound);
        if let Some(other) = other {
            other.stop().await;
        }
    }

    async fn all_other_sessions_end_together(world: &World) {
        let anna = world.bidder(0).await;
        let others = [anna.at(&world.url()).await, anna.at(&world.url()).await];
        anna.client.end_other_sessions().await.unwrap();
        for other in &others {
            let refused = other.send(Method::GET, "/v1/me").await.problem();
            assert_eq!(refused.code, ProblemCode::TokenRevoked);
        }
        let left = anna.client.sessions().await.unwrap().items;
        assert!(left.len() == 1 && left[0].current);
    }

    async fn nobody_ends_anothers_session(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let session = anna.client.sessions().await.unwrap().items[0].id;
        let refused = bora.client.end_session(session).await;
        assert_eq!(code(refused), ProblemCode::SessionNotFound);
        anna.client.me().await.unwrap();
    }

    async fn signing_out_ends_every_access_token_that_the_session_had(world: &World) {
        let anna = world.bidder(0).await;
        let first = anna.token.clone();
        let renewed = Person::sign_in(&world.url(), &anna.nickname).await;
        anna.client.sign_out().await.unwrap();
        let stale = world.request(Method::GET, "/v1/me").bearer_auth(&first);
        assert_eq!(artipul_tests::Answer::to(stale).await.status, 401);
        renewed.client.me().await.unwrap();
    }
}
