//! A picture of the client at work, without a terminal: for the README.

use std::{io, time::Duration};

use artipul_common::client::Client;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{Terminal, backend::TestBackend, layout::Size};
use tokio::time::{self, Instant};

use super::{
    Options,
    links::Liveness,
    model::Model,
    msg::Msg,
    runtime::{Canvas, Runtime},
    view::view,
};
use crate::{
    term::{graphics::Environment, speech::Speech},
    ui::svg,
};

/// What the picture is to show.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// Keys to press first, one letter each; `\n` for Enter, `~` for a second of watching.
    pub keys: String,
}

/// Stands for a second of watching among the keys.
const WATCH: char = '~';
/// The longest that the screen may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);

struct Sheet(Terminal<TestBackend>);

impl Sheet {
    fn new(width: u16, height: u16) -> Self {
        let Ok(terminal) = Terminal::new(TestBackend::new(width, height));
        Self(terminal)
    }
}

impl Canvas for Sheet {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        match self.0.draw(|frame| view(model, frame)) {
            Ok(_) => Ok(()),
            Err(never) => match never {},
        }
    }

    fn forget(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn say(&mut self, _speech: &Speech) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal that the picture shows.
fn environment() -> Environment {
    Environment { colorterm: "truecolor".to_owned(), ..Environment::default() }
}

/// Runs the client without a terminal, presses keys, and gives the last frame as an SVG.
///
/// # Errors
/// The server does not answer in time.
pub async fn portrait(client: Client, options: Options, wanted: &Portrait) -> io::Result<String> {
    let (width, height) = wanted.size;
    let setup = options.setup(&client, Size::new(width, height), environment());
    let mut runtime = Runtime::new(client, setup);
    let mut sheet = Sheet::new(width, height);
    runtime.start().await;
    settle(&mut runtime, &mut sheet).await?;
    for key in wanted.keys.chars() {
        match key {
            WATCH => watch(&mut runtime, &mut sheet).await?,
            '\n' => runtime.take(Msg::Key(KeyEvent::from(KeyCode::Enter))),
            key => runtime.take(Msg::Key(KeyEvent::from(KeyCode::Char(key)))),
        }
        settle(&mut runtime, &mut sheet).await?;
    }
    // On a fresh sheet: this backend keeps the hidden half of a cell under a wide letter, which a
    // terminal forgets, and would show it once the letter is gone.
    let mut sheet = Sheet::new(width, height);
    sheet.draw(&runtime.model)?;
    Ok(svg::picture(sheet.0.backend().buffer(), "artipul"))
}

/// Lets a second pass, so that something happens.
async fn watch(runtime: &mut Runtime, sheet: &mut impl Canvas) -> io::Result<()> {
    let until = Instant::now() + Duration::from_secs(1);
    while let Ok(step) = time::timeout_at(until, runtime.step(sheet)).await {
        step?;
    }
    Ok(())
}

/// Runs until nothing is waited for.
async fn settle(runtime: &mut Runtime, sheet: &mut impl Canvas) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !(runtime.is_idle() && runtime.model.is_settled()) {
        time::timeout_at(deadline, runtime.step(sheet)).await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "the screen never came to rest")
        })??;
    }
    Ok(())
}

impl Model {
    /// Whether all that is to be shown is there.
    fn is_settled(&self) -> bool {
        self.liveness() == Liveness::Live
            && !self.shared.pictures.are_loading()
            && self.browse.is_at_rest()
    }
}
