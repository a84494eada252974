//! The client with its runtime: a kept session, streams over a connection, and a picture of it.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use artipul_common::{
    accounts::{Secret, Session},
    auctions::Genres,
    client::{
        Client,
        tokens::{MemoryTokens, TokenStore},
    },
    mine::Summary,
    page::Page,
    wallet::Wallet,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::time;

use super::{
    fake::{Fake, Reply},
    render,
};
use crate::{
    app::{
        Options, Portrait,
        model::Model,
        msg::Msg,
        portrait,
        runtime::{Canvas, Runtime},
    },
    config::Notify,
    i18n::Lang,
    samples,
    session::FileTokens,
    term::speech::Speech,
};
use crate::{term::graphics::Images, theme::GroundSetting};

fn json(value: &impl serde::Serialize) -> Reply {
    Reply::Json(serde_json::to_string(value).unwrap())
}

fn house() -> HashMap<&'static str, Reply> {
    let session = Session {
        access_token: Secret::new("access"),
        token_type: "Bearer".into(),
        expires_in: 900,
        user: samples::user(),
    };
    let state = serde_json::to_string(&artipul_common::events::AuctionState {
        seq: 99,
        price: Some(artipul_common::Money::new(777_000)),
        ..samples::state(&samples::auctions()[0])
    })
    .unwrap();
    HashMap::from([
        ("/v1/genres", json(&Genres { items: samples::genres() })),
        ("/v1/auctions", json(&Page { items: samples::auctions(), next_cursor: None })),
        ("/v1/events", Reply::Stream(format!("event: top-bid\nid: 99\ndata: {state}\n\n"))),
        ("/v1/me/events", Reply::Stream(": hello\n\n".into())),
        ("/v1/me", json(&samples::user())),
        ("/v1/me/wallet", json(&Wallet::default())),
        ("/v1/me/summary", json(&Summary::default())),
        (
            "/v1/sessions/refresh",
            Reply::Session(serde_json::to_string(&session).unwrap(), "second"),
        ),
    ])
}

/// The longest that a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
fn options() -> Options {
    Options {
        lang: Lang::Ko,
        images: Images::Auto,
        ground: GroundSetting::Auto,
        browser: false,
        mouse: true,
        state_path: None,
        notify: Notify::Auto,
        server_named: false,
        keymap: Arc::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_session_is_renewed_once_and_its_new_token_kept() {
    let fake = Fake::start(house()).await;
    let folder = tempfile::tempdir().unwrap();
    let tokens = FileTokens::new(folder.path(), &fake.base);
    tokens.lock().await.unwrap().write(Some(&Secret::new("first"))).unwrap();
    let client = Client::new(&fake.base, tokens.clone()).unwrap();
    let wanted = Portrait { size: (100, 30), keys: "jj".into() };
    let svg = portrait(client, options(), &wanted).await.unwrap();
    assert!(svg.contains('달'), "the user's name is not in the picture");
    assert_eq!(fake.count("/v1/sessions/refresh"), 1);
    let kept = tokens.lock().await.unwrap().read().unwrap();
    assert_eq!(kept, Some(Secret::new("second")));
}

/// A canvas that keeps what it shows, and what was done with it.
#[derive(Default)]
struct Screen {
    text: String,
    done: Vec<&'static str>,
}

impl Canvas for Screen {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.text = render(model, 80, 24);
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.done.push("forgotten");
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.done.push("suspended");
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.done.push("taken back");
        Ok(())
    }

    fn say(&mut self, _speech: &Speech) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sees_prices_move_over_one_connection() {
    let fake = Fake::start(house()).await;
    let client = Client::new(&fake.base, MemoryTokens::default()).unwrap();
    let mut runtime = Runtime::new(client, samples::setup(Lang::En));
    let mut screen = Screen::default();
    runtime.start().await;
    let seen = async {
        while !(screen.text.contains("₩777,000") && screen.text.contains("● live")) {
            runtime.step(&mut screen).await.unwrap();
        }
    };
    time::timeout(PATIENCE, seen).await.expect("the event did not arrive");
    assert_eq!(fake.count("/v1/events"), 1);
    assert_eq!(fake.count("/v1/me"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_last_answer_hears_of_it() {
    let fake = Fake::start(house()).await;
    let client = Client::new(&fake.base, MemoryTokens::default()).unwrap();
    let mut runtime = Runtime::new(client, samples::setup(Lang::En));
    let mut screen = Screen::default();
    runtime.start().await;
    for round in 0..50 {
        runtime.take(Msg::Key(KeyEvent::from(KeyCode::Char('r'))));
        assert!(!runtime.is_idle());
        // Nothing else happens that would wake it.
        let rest = async {
            while !runtime.is_idle() {
                runtime.step(&mut screen).await.unwrap();
            }
        };
        time::timeout(PATIENCE, rest).await.unwrap_or_else(|_| panic!("round {round}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_ends_the_run() {
    let fake = Fake::start(house()).await;
    let client = Client::new(&fake.base, MemoryTokens::default()).unwrap();
    let mut runtime = Runtime::new(client, samples::setup(Lang::En));
    let sender = runtime.sender();
    runtime.start().await;
    sender.send(Msg::Key(KeyEvent::from(KeyCode::Char('q')))).await.unwrap();
    let run = time::timeout(PATIENCE, async { runtime.run(&mut Screen::default()).await });
    run.await.expect("it did not end").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_suspends_is_not_lost_among_what_happens_with_it() {
    let fake = Fake::start(house()).await;
    let client = Client::new(&fake.base, MemoryTokens::default()).unwrap();
    let mut runtime = Runtime::new(client, samples::setup(Lang::En));
    let mut screen = Screen::default();
    let control = |key| Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL));
    let happens = [
        vec![control('l')],
        vec![Msg::Continued(80, 24), control('l')],
        vec![control('z'), Msg::Continued(80, 24)],
        vec![control('l'), control('z'), control('l')],
    ];
    for msgs in happens {
        let before = screen.done.len();
        msgs.into_iter().for_each(|msg| runtime.take(msg));
        while screen.done.len() == before {
            time::timeout(PATIENCE, runtime.step(&mut screen)).await.unwrap().unwrap();
        }
    }
    assert_eq!(screen.done, ["forgotten", "taken back", "suspended", "suspended"]);
}
