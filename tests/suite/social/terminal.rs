//! Signing in with a provider's account from a shell, and linking one: the browser is elsewhere.

use artipul_common::{accounts::Secret, social::Flow};
use artipul_tests::{Provider, Running, Shell, World, beside_on_every_backend, eventually};
use serde_json::{Value, json};

use super::{Browser, join, outcome};

/// The flow as the command tells of it: an address, and the words that the browser shows too.
async fn told(command: &Running) -> Flow {
    let line = |begin: &str| {
        command.err().into_iter().find_map(|line| line.strip_prefix(begin).map(str::to_owned))
    };
    let authorize_url =
        eventually("an address", async || line("http").map(|rest| format!("http{rest}"))).await;
    let words = "At the end, the browser must show the same two words: ";
    let phrase = eventually("two words", async || line(words)).await;
    let (flow_id, flow_secret) = (String::new(), Secret::new(""));
    Flow { flow_id, flow_secret, authorize_url, phrase, expires_in: 600 }
}

/// What a command came to whose user does in the browser what he should.
async fn walked(world: &World, shell: &Shell, arguments: &[&str]) -> Value {
    let mut command = shell.start(&[arguments, &["--json"]].concat());
    let flow = told(&command).await;
    Browser::new(world).walk(&flow).await;
    let line = command.says("\"ok\":").await;
    assert_eq!(command.ended().await, Some(0), "{line} {:?}", command.err());
    let document: Value = serde_json::from_str(&line).unwrap();
    document["data"].clone()
}

beside_on_every_backend! {
    async fn a_shell_signs_in_with_a_providers_account(world: &World, provider: &Provider) {
        let (_, session) = join(world, "mina").await;
        let shell = Shell::new(&world.url());
        let user = walked(world, &shell, &["sign-in", "--with", "acme"]).await;
        assert_eq!(user["id"], json!(session.user.id));
        assert_eq!(shell.data(&["whoami"]).await["nickname"], "mina", "the session is kept");
        let (status, none) = shell.json(&["login", "--with", "nobody"]).await;
        assert_eq!((status, &none["error"]["code"]), (6, &json!("provider-not-found")), "{none}");
        // Somebody new is asked for more, and that takes a terminal.
        provider.person("acme-8", Some(("bora@acme.example", true)));
        let command = Shell::new(&world.url());
        let mut command = command.start(&["login", "--with", "acme", "--json"]);
        let flow = told(&command).await;
        Browser::new(world).walk(&flow).await;
        assert_eq!(command.ended().await, Some(2));
        command.says("no-terminal").await;
    }

    async fn a_shell_links_a_providers_account_and_takes_it_off(world: &World, provider: &Provider) {
        let anna = world.bidder(0).await;
        provider.person("acme-7", Some(("a.kim@acme.example", true)));
        let shell = Shell::of(&anna, &world.url()).await;
        let linked = walked(world, &shell, &["account", "links", "add", "acme"]).await;
        assert_eq!((&linked["provider"], &linked["email"]), (&json!("acme"), &json!("a.kim@acme.example")));
        let links = shell.data(&["account", "links"]).await;
        assert_eq!(links["items"].as_array().unwrap().len(), 1, "{links}");
        assert!(outcome(world, &world.client(), "acme").await.is_ok());
        shell.data(&["account", "links", "remove", "acme"]).await;
        assert_eq!(shell.data(&["account", "links"]).await["items"], json!([]));
    }
}
