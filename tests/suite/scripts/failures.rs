//! What scripts are told when something is wrong, and what they may then do.

use artipul_tests::{Fate, Person, Shell, Wire, World, on_every_backend};
use serde_json::json;

/// An address at which nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A wire to the world's server, and the shell of somebody at its other end.
async fn wired(world: &World, person: &Person) -> (Wire, Shell) {
    let wire = Wire::to(world.url().trim_start_matches("http://").to_owned()).await;
    let shell = Shell::of(person, &format!("http://{}", wire.address())).await;
    (wire, shell)
}

on_every_backend! {
    async fn a_token_that_is_refused_has_its_own_code(world: &World) {
        let id = world.artist().await.list(|_| {}).await.id.to_string();
        let nobody = Shell::new(&world.url());
        for command in [&["wallet"][..], &["bid", &id, "20000"], &["mine", "summary"], &["notices", "--live"]] {
            let (status, refused) = nobody.json(command).await;
            assert_eq!((status, &refused["error"]["code"]), (5, &json!("signed-out")), "{refused}");
        }
        let forged = Shell::new(&world.url()).with("ARTIPUL_TOKEN", "nonsense");
        assert_eq!(forged.json(&["bid", &id, "20000"]).await.0, 5);
        assert_eq!(forged.json(&["show", &id]).await.0, 0, "what is public needs no token");
        let anna = world.bidder(500).await;
        let given = Shell::new(&world.url()).with("ARTIPUL_TOKEN", &anna.token);
        assert_eq!(given.data(&["whoami"]).await["nickname"], anna.nickname.as_str());
        assert_eq!(given.data(&["bid", &id, "20000"]).await["result"], "leading");
        let wrong = ["login", "--email", &anna.email, "--password-stdin", "--json"];
        let said = nobody.run_with(&wrong, "a wrong password\n").await;
        assert_eq!((said.status, &said.document()["error"]["code"]), (Some(5), &json!("credentials-wrong")));
    }

    async fn what_there_is_not_has_its_own_code(world: &World) {
        let anna = Shell::of(&world.bidder(5).await, &world.url()).await;
        for command in [
            &["show", "999"][..], &["history", "999"], &["bid", "999", "20000"], &["artist", "999"],
            &["watch", "999"], &["follow", "999"], &["charge", "cancel", "999"],
        ] {
            let (status, missing) = anna.json(command).await;
            assert_eq!((status, &missing["error"]["status"]), (6, &json!(404)), "{command:?}: {missing}");
        }
    }

    async fn a_lost_answer_is_learnt_by_asking_again(world: &World) {
        let id = world.artist().await.list(|_| {}).await.id.to_string();
        let anna = world.bidder(500).await;
        let (wire, shell) = wired(world, &anna).await;
        wire.lose_connection_at(b"/bids", Fate::AnswerLost);
        let led = shell.data(&["bid", &id, "30000"]).await;
        assert!(wire.has_lost_it());
        assert_eq!(led["result"], "leading");
        assert_eq!(shell.data(&["history", &id]).await["items"].as_array().unwrap().len(), 1);
    }

    async fn an_outcome_that_cannot_be_learnt_is_unknown_until_the_same_key_is_sent(world: &World) {
        let id = world.artist().await.list(|_| {}).await.id.to_string();
        let anna = world.bidder(500).await;
        let (wire, shell) = wired(world, &anna).await;
        wire.lose_connection_at(b"/bids", Fate::AnswerLostForGood);
        let (status, unknown) = shell.json(&["bid", &id, "30000", "--retry-for", "0"]).await;
        assert_eq!((status, &unknown["error"]["code"]), (8, &json!("outcome-unknown")), "{unknown}");
        let key = unknown["error"]["idempotency_key"].as_str().unwrap();
        assert_eq!(shell.json(&["bid", &id, "30000"]).await.0, 7, "nothing is sent into the void");
        wire.mend();
        let learnt = shell.data(&["bid", &id, "30000", "--key", key]).await;
        assert_eq!((&learnt["result"], &learnt["price"]), (&json!("leading"), &json!(10_000)));
        assert_eq!(shell.data(&["history", &id]).await["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nothing_is_asked_where_there_is_no_terminal() {
    let shell = Shell::new(NOWHERE);
    for (command, flag) in [
        (&["login"][..], "--email"),
        (&["login", "--email", "a@b.cd"], "--password-stdin"),
        (&["login", "--password-stdin"], "--email"),
        (&["signup"], "--phone"),
        (&["signup", "--phone", "010-1234-5678"], "--code"),
    ] {
        let (status, missing) = shell.json(command).await;
        assert_eq!((status, &missing["error"]["flag"]), (2, &json!(flag)), "{missing}");
        let said = shell.run(command).await;
        assert!(said.out.is_empty() && said.err.contains(flag), "{said:?}");
    }
    assert_eq!(shell.json(&[]).await.0, 2, "the screens need a terminal");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_has_its_own_code() {
    let shell = Shell::new(NOWHERE).with("ARTIPUL_TOKEN", "t");
    for command in [&["browse"][..], &["bid", "1", "20000"], &["charge", "5000"], &["wallet"]] {
        let (status, offline) = shell.json(command).await;
        assert_eq!((status, &offline["error"]["code"]), (7, &json!("offline")), "{command:?}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_told_in_a_document_too() {
    let shell = Shell::new(NOWHERE);
    for command in [
        &["bid", "17"][..],
        &["bid", "17", "1.2m"],
        &["bid", "0", "1000"],
        &["nonsense"],
        &["browse", "--limit", "101"],
        &["watch"],
        &["notices", "read"],
        &["bid", "17", "1000", "--key", "a b"],
    ] {
        let (status, wrong) = shell.json(command).await;
        assert_eq!((status, &wrong["error"]["code"]), (2, &json!("usage")), "{command:?}: {wrong}");
    }
    let wrong = shell.run(&["bid", "17", "1.2m"]).await;
    assert!(wrong.out.is_empty() && wrong.err.contains("120만"), "{wrong:?}");
}
