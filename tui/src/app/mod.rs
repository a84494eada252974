//! The interactive client: a model, messages that change it, effects that it asks for, and a view.
//!
//! [`update`](update::update) and [`view`](view::view) are pure; everything that touches the world
//! is in [`runtime`].

pub(crate) mod account;
mod answers;
mod clean;
pub(crate) mod effect;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod loading;
pub(crate) mod lots;
pub(crate) mod model;
pub(crate) mod msg;
mod navigate;
pub(crate) mod outbox;
pub(crate) mod paged;
mod perform;
pub(crate) mod pictures;
mod portrait;
pub(crate) mod runtime;
mod streams;
pub(crate) mod subs;
pub(crate) mod toasts;
pub(crate) mod update;
pub(crate) mod view;

use std::io;

use artipul_common::client::Client;
use ratatui::layout::Size;

pub use self::portrait::{Portrait, portrait};
use self::{model::Setup, runtime::Runtime};
use crate::{
    i18n::Lang,
    term::{guard::Guard, input},
    theme::Theme,
    ui::time::Zone,
};

/// How the client is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The language it begins in.
    pub lang: Lang,
}

impl Options {
    fn setup(&self, client: &Client, size: Size, no_color: Option<String>) -> Setup {
        Setup {
            lang: self.lang,
            theme: Theme::for_environment(no_color),
            zone: Zone::Local,
            size,
            server: client.base().to_owned(),
        }
    }
}

/// How long leaving may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs the client on this terminal until the user leaves.
///
/// # Errors
/// The terminal cannot be taken over or drawn on.
pub async fn run(client: Client, options: Options) -> io::Result<()> {
    let (width, height) = crossterm::terminal::size()?;
    let no_color = std::env::var("NO_COLOR").ok();
    let setup = options.setup(&client, Size::new(width, height), no_color);
    let mut runtime = Runtime::new(client.clone(), setup);
    let mut guard = Guard::enter()?;
    let keys = tokio::spawn(input::keys(runtime.sender()));
    let signals = tokio::spawn(input::signals(runtime.sender()));
    runtime.start().await;
    let outcome = runtime.run(&mut guard).await;
    keys.abort();
    signals.abort();
    drop(guard);
    // A session that is being renewed at this moment would be lost.
    let _ = tokio::time::timeout(PATIENCE, client.finish()).await;
    outcome
}
