//! A script looks after an account: finds it again, changes it, makes tokens, closes it; and does
//! what administrators do.

use std::sync::atomic::{AtomicU32, Ordering};

use artipul_common::accounts::{Secret, SignInRequest};
use artipul_tests::{Mentions, Person, Shell, World, on_every_backend, phone_code};
use serde_json::json;

use super::typed;

const NEW: &str = "grey heron at dawn";

/// A phone that nobody has.
fn new_phone() -> String {
    static PHONES: AtomicU32 = AtomicU32::new(61_000_000);
    format!("+8210{}", PHONES.fetch_add(1, Ordering::Relaxed))
}

/// Whether a password lets somebody in.
async fn lets_in(world: &World, person: &Person, password: &str) -> bool {
    let password = Secret::new(password);
    let request = SignInRequest { email: person.email.clone(), password };
    world.client().sign_in(&request).await.is_ok()
}

/// Runs a command with what it reads from its standard input: how it ended, and its document.
async fn told(shell: &Shell, arguments: &[&str], input: &str) -> (i32, serde_json::Value) {
    let said = shell.run_with(&[arguments, &["--json"]].concat(), input).await;
    for secret in input.lines().filter(|line| line.len() > 6) {
        assert!(!said.out.contains(secret) && !said.err.contains(secret), "{said:?}");
    }
    (said.status.unwrap(), said.document())
}

/// A shell whose variables have a token that was made with these arguments.
async fn with_token(world: &World, shell: &Shell, arguments: &[&str]) -> (Shell, String) {
    let made = shell.data(&[&["account", "tokens", "make"], arguments].concat()).await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("artipul_pat_"), "{made}");
    (Shell::new(&world.url()).with("ARTIPUL_TOKEN", token), typed(&made["id"]))
}

on_every_backend! {
    async fn an_account_is_found_again_by_its_phone(world: &World) {
        let anna = world.bidder(5).await;
        let phone = anna.client.me().await.unwrap().phone;
        let shell = Shell::new(&world.url());
        let find = ["account", "find-email", "--phone", &phone];
        let sent = shell.data(&[&find[..], &["--send-code"]].concat()).await;
        assert_eq!(sent["expires_in"], 180);
        let code = phone_code(&phone).await;
        let (status, found) = told(&shell, &[&find[..], &["--code-stdin"]].concat(), &code).await;
        assert_eq!(status, 0, "{found}");
        let masked = format!("{}***@example.com", &anna.email[..1]);
        assert_eq!(found["data"]["email"], masked.as_str());

        let reset = ["account", "reset-password", "--email", &anna.email, "--phone", &phone];
        shell.data(&[&reset[..], &["--send-code"]].concat()).await;
        let input = format!("{}\n{NEW}\n", phone_code(&phone).await);
        let log = Mentions::of(NEW);
        let (status, done) =
            told(&shell, &[&reset[..], &["--code-stdin", "--password-stdin"]].concat(), &input).await;
        assert_eq!((status, &done["data"]["email"]), (0, &json!(anna.email)), "{done}");
        assert!(lets_in(world, &anna, NEW).await && !lets_in(world, &anna, "a password").await);
        assert!(log.lines().is_empty(), "{:?}", log.lines());
    }

    async fn what_lets_one_in_is_changed(world: &World) {
        let anna = world.bidder(5).await;
        let shell = Shell::of(&anna, &world.url()).await;
        let wrong = format!("not it\n{NEW}\n");
        let change = ["account", "password", "--password-stdin"];
        let (status, refused) = told(&shell, &change, &wrong).await;
        assert_eq!((status, &refused["error"]["code"]), (4, &json!("validation-failed")), "{refused}");
        let (status, _) = told(&shell, &change, &format!("a password\n{NEW}\n")).await;
        assert_eq!(status, 0);
        assert!(lets_in(world, &anna, NEW).await);
        let email = ["account", "email", "--email", "Other@Example.com", "--password-stdin"];
        let (_, user) = told(&shell, &email, NEW).await;
        assert_eq!(user["data"]["email"], "other@example.com", "{user}");
        let phone = new_phone();
        let change = ["account", "phone", "--phone", &phone];
        shell.data(&[&change[..], &["--send-code"]].concat()).await;
        let input = format!("{}\n{NEW}\n", phone_code(&phone).await);
        let (_, user) =
            told(&shell, &[&change[..], &["--code-stdin", "--password-stdin"]].concat(), &input).await;
        assert_eq!(user["data"]["phone"], phone.as_str(), "{user}");
        assert_eq!(shell.data(&["whoami"]).await["phone"], phone.as_str(), "the session goes on");
    }

    async fn sessions_are_seen_and_ended(world: &World) {
        let anna = world.bidder(5).await;
        let (first, second) = (Shell::of(&anna, &world.url()).await, Shell::of(&anna, &world.url()).await);
        let sessions = first.data(&["account", "sessions"]).await["items"].clone();
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 3, "the test itself has one: {sessions:?}");
        let other = sessions.iter().find(|one| one["current"] == false).unwrap();
        let id = typed(&other["id"]);
        assert_eq!(first.data(&["account", "sessions", "end", &id]).await["session_id"], other["id"]);
        let (status, gone) = first.json(&["account", "sessions", "end", &id]).await;
        assert_eq!((status, &gone["error"]["code"]), (6, &json!("session-not-found")));
        let left = first.data(&["account", "sessions", "end-others"]).await;
        assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
        assert_eq!(second.json(&["whoami"]).await.0, 5);
        assert_eq!(first.json(&["whoami"]).await.0, 0);
    }

    async fn a_token_does_what_it_was_made_for_and_is_shown_once(world: &World) {
        let id = typed(&json!(world.artist().await.list(|_| {}).await.id));
        let anna = world.bidder(500).await;
        let shell = Shell::of(&anna, &world.url()).await;
        let (reader, _) = with_token(world, &shell, &["--name", "a", "--scope", "read"]).await;
        let scopes = ["--name", "b", "--scope", "read", "--scope", "bid", "--expires", "30d"];
        let (bidder, token) = with_token(world, &shell, &scopes).await;
        assert_eq!(reader.data(&["whoami"]).await["id"], json!(anna.id));
        let (status, refused) = reader.json(&["bid", &id, "20000"]).await;
        assert_eq!((status, &refused["error"]["code"]), (4, &json!("scope-missing")), "{refused}");
        assert_eq!(bidder.data(&["bid", &id, "20000"]).await["result"], "leading");
        for command in [&["account", "tokens"][..], &["account", "sessions"]] {
            let (status, refused) = bidder.json(command).await;
            assert_eq!((status, &refused["error"]["code"]), (4, &json!("session-required")), "{refused}");
        }
        let listed = shell.data(&["account", "tokens"]).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        assert!(!listed.to_string().contains("artipul_pat_"), "{listed}");
        assert!(listed["items"][0]["expires_at"].is_string() && listed["items"][1]["expires_at"].is_null());
        shell.data(&["account", "tokens", "revoke", &token]).await;
        assert_eq!(bidder.json(&["whoami"]).await.0, 5);

        // For people, the token stands alone on its line, and what goes with it elsewhere.
        let made = ["account", "tokens", "make", "--name", "c", "--scope", "wallet"];
        let said = shell.run(&made).await;
        let token = said.out.trim_end();
        assert!(token.starts_with("artipul_pat_") && !token.contains(char::is_whitespace), "{said:?}");
        assert!(said.err.contains("not shown again") && !said.err.contains(token), "{said:?}");
        let (status, wrong) = shell.json(&["account", "tokens", "make", "--name", "d", "--scope", "all"]).await;
        assert_eq!((status, &wrong["error"]["code"]), (2, &json!("usage")));
    }

    async fn an_account_is_closed_unless_something_ties_it(world: &World) {
        let (anna, bora) = (world.bidder(5).await, world.bidder(0).await);
        let close = ["account", "close", "--yes", "--password-stdin"];
        let shell = Shell::of(&anna, &world.url()).await;
        let (status, tied) = told(&shell, &close, "a password\n").await;
        assert_eq!((status, &tied["error"]["code"]), (4, &json!("account-in-use")), "{tied}");
        assert_eq!(tied["error"]["errors"][0]["code"], "points");
        let shell = Shell::of(&bora, &world.url()).await;
        let (status, unsure) = shell.json(&["account", "close", "--password-stdin"]).await;
        assert_eq!((status, &unsure["error"]["flag"]), (2, &json!("--yes")), "{unsure}");
        let (status, closed) = told(&shell, &close, "a password\n").await;
        assert_eq!((status, &closed["data"]["closed"]), (0, &json!(true)), "{closed}");
        assert_eq!(shell.json(&["whoami"]).await.0, 5);
        assert!(!lets_in(world, &bora, "a password").await);
    }

    async fn administrators_suspend_withdraw_and_refund_and_it_is_written_down(world: &World) {
        let office = Shell::of(&world.administrator().await, &world.url()).await;
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let shell = Shell::of(&anna, &world.url()).await;
        let user = anna.id.to_string();
        let found = office.data(&["admin", "users", "--query", &anna.email]).await;
        assert_eq!(found["items"][0]["id"], json!(anna.id), "{found}");
        let (first, second) = (artist.list(|_| {}).await, artist.list(|_| {}).await);
        anna.bid(first.id, 40).await;
        let id = first.id.to_string();
        let withdrawn = office.data(&["admin", "withdraw", &id, "--reason", "Not his own"]).await;
        assert_eq!(withdrawn["outcome"], "cancelled");
        assert_eq!(anna.wallet().await, (500, 0), "what was held is free");
        let work = second.work_id.to_string();
        office.data(&["admin", "suspend-work", &work, "--reason", "A copy"]).await;
        assert_eq!(shell.json(&["show", &second.id.to_string()]).await.0, 6);
        office.data(&["admin", "restore-work", &work]).await;

        let charges = office.data(&["admin", "charges", "--user", &user]).await;
        let charge = typed(&charges["items"][0]["id"]);
        let refunded = office.data(&["admin", "refund", &charge, "--reason", "Paid twice"]).await;
        assert_eq!((&refunded["status"], &refunded["user_id"]), (&json!("cancelled"), &json!(anna.id)));
        assert_eq!(anna.wallet().await, (0, 0));

        let suspended = office.data(&["admin", "suspend-user", &user, "--reason", "Spam"]).await;
        assert_eq!(suspended["suspended"]["reason"], "Spam");
        assert_eq!(shell.json(&["whoami"]).await.0, 5);
        assert_eq!(office.data(&["admin", "user", &user]).await["suspended"]["reason"], "Spam");
        office.data(&["admin", "restore-user", &user]).await;
        assert!(lets_in(world, &anna, "a password").await);

        let trail = office.data(&["admin", "trail", "--all"]).await;
        let kinds: Vec<_> =
            trail["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        let expected = [
            "restore-user", "suspend-user", "refund-charge", "restore-work", "withdraw-auction",
            "suspend-work", "withdraw-auction", "grant-admin",
        ];
        assert!(expected.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        let words = office.run(&["admin", "trail"]).await;
        assert!(words.out.contains("Paid twice"), "{words:?}");

        let bora = world.bidder(0).await;
        let nobody = Shell::of(&bora, &world.url()).await;
        for command in [&["admin", "users"][..], &["admin", "trail"], &["admin", "restore-user", &user]] {
            let (status, refused) = nobody.json(command).await;
            assert_eq!((status, &refused["error"]["code"]), (4, &json!("admin-required")), "{refused}");
        }
    }
}
