//! Signing in with a provider's account from a shell, and linking one: the browser is elsewhere.

use artipul_common::{accounts::Secret, social::Flow};
use artipul_tests::{
    Provider, Running, Shell, Terminal, World, beside_on_every_backend, eventually, phone_code,
};
use serde_json::{Value, json};

use super::{Browser, join, outcome};
use crate::accounts::new_phone;

/// The flow as the command tells of it: an address, and the words that the browser shows too.
async fn told(command: &Running) -> Flow {
    let line = |begin: &str| {
        command.err().into_iter().find_map(|line| line.strip_prefix(begin).map(str::to_owned))
    };
    let authorize_url =
        eventually("an address", async || line("http").map(|rest| format!("http{rest}"))).await;
    let phrase = eventually("two words", async || line(WORDS)).await;
    let (flow_id, flow_secret) = (String::new(), Secret::new(""));
    Flow { flow_id, flow_secret, authorize_url, phrase, expires_in: 600 }
}

const WORDS: &str = "At the end, the browser must show the same two words: ";

/// The same, of a command in a terminal, where an address is broken where the line ends.
async fn told_on(terminal: &Terminal) -> Flow {
    terminal.sees(&[WORDS]).await;
    let text = terminal.text();
    let (_, rest) = text.split_once("\nhttp").unwrap();
    let (address, rest) = rest.split_once(WORDS).unwrap();
    let address: String = address.split_whitespace().collect();
    let phrase = rest.lines().next().unwrap().trim().to_owned();
    let authorize_url = format!("http{address}");
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

    async fn somebody_new_is_asked_for_what_is_missing(world: &World, provider: &Provider) {
        provider.person("acme-9", Some(("dain@acme.example", true)));
        let mut terminal = Terminal::shell();
        terminal.sees(&["shell>"]).await;
        terminal.start_with(&world.url(), "login --with acme");
        let flow = told_on(&terminal).await;
        Browser::new(world).walk(&flow).await;
        let phone = new_phone();
        for (question, answer) in [
            ("Nickname", "dain"),
            ("Name", "Lee Dain"),
            ("Do you list works of your own?", "y"),
            ("Where you study", "Seorae College"),
            ("Phone", &phone),
        ] {
            terminal.sees(&[question]).await;
            terminal.press(&format!("{answer}\r"));
        }
        let code = phone_code(&phone).await;
        terminal.press(&format!("{code}\r"));
        terminal.sees(&["The account is open."]).await;
        terminal.press("clear\r");
        terminal.start_with(&world.url(), "whoami --json | tr , '\\n'");
        terminal
            .sees(&["\"nickname\":\"dain\"", "\"is_artist\":true", "\"college\":\"Seorae College\""])
            .await;
        terminal.press("exit\r");
        assert_eq!(terminal.left().await, 0);
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
