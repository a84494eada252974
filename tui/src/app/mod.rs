//! The interactive client: a model, messages that change it, effects that it asks for, and a view.
//!
//! [`update`](update::update) and [`view`](view::view) are pure; everything that touches the world
//! is in [`runtime`].

pub(crate) mod account;
pub(crate) mod alerts;
mod answers;
mod clean;
mod command;
pub(crate) mod effect;
pub(crate) mod files;
pub(crate) mod keeping;
pub(crate) mod links;
pub(crate) mod loading;
pub(crate) mod lots;
pub(crate) mod model;
pub(crate) mod mouse;
pub(crate) mod msg;
mod navigate;
pub(crate) mod office;
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

use std::{io, path::PathBuf, sync::Arc};

use artipul_common::client::Client;
use ratatui::layout::Size;

pub use self::portrait::{Portrait, portrait, time_frames};
use self::{
    model::{Display, Setup},
    runtime::Runtime,
};
use crate::{
    config::{Config, Notify},
    i18n::Lang,
    keymap::Keymap,
    term::{
        graphics::{Environment, Images},
        guard::{self, Guard},
        input::{self, Signals},
    },
    theme::GroundSetting,
    ui::time::Zone,
};

/// How the client is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The language it begins in.
    pub lang: Lang,
    /// How pictures are shown.
    pub images: Images,
    /// Whether the terminal's ground is dark or light.
    pub ground: GroundSetting,
    /// How a user who looks elsewhere is called.
    pub notify: Notify,
    /// Whether clicks and the wheel of the mouse are heard. Terminals still select text while
    /// Shift is held.
    pub mouse: bool,
    /// Whether addresses are opened in a browser, where there is one at hand.
    pub browser: bool,
    /// The file of what is remembered between runs, if anything is.
    pub state_path: Option<PathBuf>,
    /// Which key does what.
    pub(crate) keymap: Arc<Keymap>,
    /// Whether the server was named by a flag or the environment, so that a command line must
    /// name it as well.
    pub server_named: bool,
}

impl Options {
    /// What the settings say.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            lang: config.lang,
            images: config.images,
            ground: config.theme,
            notify: config.notify,
            mouse: config.mouse,
            browser: config.browser,
            state_path: Some(config.state_path.clone()),
            keymap: Arc::clone(&config.keymap),
            server_named: config.server_named,
        }
    }

    fn setup(&self, client: &Client, size: Size, environment: Environment) -> Setup {
        let display = Display { environment, images: self.images, ground: self.ground };
        Setup {
            lang: self.lang,
            display,
            zone: Zone::Local,
            size,
            server: client.base().to_owned(),
            notify: self.notify,
            mouse: self.mouse,
            keymap: Arc::clone(&self.keymap),
            server_named: self.server_named,
        }
    }
}

/// How long leaving may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// What is known of the terminal without asking it.
fn environment() -> Environment {
    let cell = crossterm::terminal::window_size().ok().and_then(|window| {
        let width = window.width.checked_div(window.columns)?;
        let height = window.height.checked_div(window.rows)?;
        (width > 0 && height > 0).then_some((width, height))
    });
    Environment { cell, ..Environment::read(|name| std::env::var(name).ok()) }
}

#[cfg(unix)]
use crate::term::query::ask;

#[cfg(not(unix))]
fn ask(_: bool) -> io::Result<()> {
    Ok(())
}

/// Runs the client on this terminal until the user leaves.
///
/// # Errors
/// The terminal cannot be taken over or drawn on.
pub async fn run(client: Client, options: Options) -> io::Result<()> {
    let (width, height) = crossterm::terminal::size()?;
    let environment = environment();
    let is_asked = cfg!(unix) && environment.can_be_asked();
    let in_tmux = environment.in_tmux;
    let setup = options.setup(&client, Size::new(width, height), environment);
    let mut runtime = Runtime::new(client.clone(), setup);
    if let Some(path) = options.state_path {
        runtime.remember_in(path);
    }
    // Before the terminal is taken over: whoever is ended by a signal does not give it back.
    let signals = Signals::hear()?;
    if options.browser {
        runtime.open_browser();
    }
    let mut guard = Guard::enter(options.mouse)?;
    if is_asked {
        ask(in_tmux)?;
    }
    let keys = tokio::spawn(input::keys(runtime.sender(), is_asked));
    let signals = tokio::spawn(signals.hand_on(runtime.sender()));
    input::hang_up(runtime.sender());
    runtime.start().await;
    let outcome = match runtime.run(&mut guard).await {
        // As if it had been asked to end.
        Err(error) if guard::is_gone(&error) => Ok(()),
        outcome => outcome,
    };
    keys.abort();
    signals.abort();
    drop(guard);
    // A session that is being renewed at this moment would be lost.
    let _ = tokio::time::timeout(PATIENCE, client.finish()).await;
    outcome
}
