//! One's own profile, and what others see of it.

use artipul_common::{
    accounts::EditProfileRequest, client::new_idempotency_key, problem::ProblemCode,
};
use artipul_tests::{code, draft, on_every_backend};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

on_every_backend! {
    async fn what_is_absent_stays_and_null_empties(world: &World) {
        let anna = world.bidder(0).await;
        let edit = async |body: Value| {
            let answer = anna.send_json(Method::PATCH, "/v1/me", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()
        };
        let before = anna.get("/v1/me").await;
        assert_eq!(edit(json!({})).await, before, "nothing was asked for");
        let full = json!({
            "name": "Anna Kim", "college": "K-Arts", "introduction": "Line one\r\nline two",
            "address": "Seoul", "avatar": "anna.png",
        });
        let edited = edit(full.clone()).await;
        for (field, value) in full.as_object().unwrap() {
            let normal = value.as_str().unwrap().replace("\r\n", "\n");
            assert_eq!(edited[field], normal, "{field}");
        }
        for field in ["id", "email", "phone", "nickname", "is_artist", "created_at"] {
            assert_eq!(edited[field], before[field], "{field}");
        }
        let emptied = edit(json!({ "college": null, "address": " " })).await;
        assert_eq!((&emptied["college"], &emptied["address"]), (&Value::Null, &Value::Null));
        assert_eq!(emptied["introduction"], "Line one\nline two");
        let emptied = edit(json!({ "introduction": null, "avatar": null })).await;
        assert_eq!(anna.get("/v1/me").await, emptied);
        assert_eq!(emptied["name"], "Anna Kim");
    }

    async fn a_profile_is_refused_as_a_whole(world: &World) {
        let anna = world.bidder(0).await;
        let before = anna.get("/v1/me").await;
        let body = json!({ "name": " ", "nickname": "a b", "college": "x".repeat(81), "address": "x" });
        let refusal = anna.send_json(Method::PATCH, "/v1/me", &body).await.problem();
        let fields: Vec<_> = refusal.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["nickname", "name", "college"]);
        assert_eq!(anna.get("/v1/me").await, before);
    }

    async fn a_nickname_is_one_persons(world: &World) {
        let (anna, bora) = (world.bidder(0).await, world.bidder(0).await);
        let rename = async |nickname: &str| {
            let request =
                EditProfileRequest { nickname: Some(nickname.to_owned()), ..Default::default() };
            anna.client.edit_profile(&request).await
        };
        let taken = bora.nickname.to_uppercase();
        assert_eq!(code(rename(&taken).await), ProblemCode::NicknameTaken);
        assert_eq!(anna.client.me().await.unwrap().nickname, anna.nickname);
        let louder = anna.nickname.to_uppercase();
        assert_eq!(rename(&louder).await.unwrap().nickname, louder, "one's own in other letters");
        assert_eq!(rename("달빛").await.unwrap().nickname, "달빛");
        let available = bora.client.nickname_available(&anna.nickname).await.unwrap();
        assert!(available, "the old one is free again");
    }

    async fn whoever_becomes_an_artist_lists_at_once(world: &World) {
        let anna = world.bidder(0).await;
        let list = async || anna.client.list_work(&draft(), &new_idempotency_key()).await;
        assert_eq!(code(list().await), ProblemCode::ArtistRequired);
        let profile = async || anna.client.artist(anna.id).await;
        assert_eq!(code(profile().await), ProblemCode::ArtistNotFound);
        let request = EditProfileRequest { is_artist: Some(true), ..Default::default() };
        assert!(anna.client.edit_profile(&request).await.unwrap().is_artist);
        let auction = list().await.unwrap();
        assert_eq!(auction.artist, anna.client.me().await.unwrap().name);
        assert_eq!(profile().await.unwrap().open_auctions, 1);
    }

    async fn changes_of_different_fields_do_not_undo_each_other(world: &World) {
        let anna = world.bidder(0).await;
        for round in 0..8 {
            let fields = ["name", "college", "introduction", "address", "avatar"];
            let bodies: Vec<_> =
                fields.iter().map(|field| json!({ *field: format!("{field} {round}") })).collect();
            let edits = bodies.iter().map(|body| anna.send_json(Method::PATCH, "/v1/me", body));
            for answer in join_all(edits).await {
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
            let profile = anna.get("/v1/me").await;
            for field in fields {
                assert_eq!(profile[field], format!("{field} {round}"));
            }
        }
    }

    async fn strangers_see_only_what_is_public(world: &World) {
        let artist = world.artist().await;
        let request = EditProfileRequest {
            introduction: Some(Some("I paint.".to_owned())),
            address: Some(Some("Seoul".to_owned())),
            ..Default::default()
        };
        let own = artist.client.edit_profile(&request).await.unwrap();
        let id = artist.list(|_| ()).await.id;
        let names = |value: &Value| {
            let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        let path = format!("/v1/artists/{}", artist.id);
        let profile = world.send(Method::GET, &path).await.json();
        assert_eq!(
            names(&profile),
            ["avatar", "college", "id", "introduction", "is_artist", "nickname", "open_auctions", "sold"]
        );
        let auction = world.send(Method::GET, &format!("/v1/auctions/{id}")).await;
        assert_eq!(names(&auction.json()["seller"]), ["college", "id", "is_artist", "nickname"]);
        for private in [&own.email, &own.phone, "Seoul"] {
            assert!(!auction.text().contains(private) && !profile.to_string().contains(private));
        }
    }

    async fn an_account_that_is_gone_lets_nobody_in(world: &World) {
        let anna = world.bidder(0).await;
        // Accounts are never deleted; a token of none is all the same refused, not a defect.
        world.is_damaged_on_purpose();
        for table in ["wallets WHERE user_id", "sessions WHERE user_id", "users WHERE id"] {
            world.sql(&format!("DELETE FROM {table} = {}", anna.id)).await;
        }
        let refusal = anna.send(Method::GET, "/v1/me").await.problem();
        assert_eq!(refusal.code, ProblemCode::TokenInvalid);
        let refused = anna.client.edit_profile(&EditProfileRequest::default()).await;
        assert!(matches!(refused, Err(artipul_common::client::ClientError::SignedOut)), "{refused:?}");
    }
}
