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
use crate::ui::svg;

/// What the picture is to show.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// Keys to press first, one letter each; `\n` for Enter.
    pub keys: String,
    /// How long to watch after the last key, so that something happens.
    pub watch_for: Duration,
}

/// The longest that a picture may take to come.
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
}

/// Runs the client without a terminal, presses keys, and gives the last frame as an SVG.
///
/// # Errors
/// The server does not answer in time.
pub async fn portrait(client: Client, options: Options, wanted: &Portrait) -> io::Result<String> {
    let (width, height) = wanted.size;
    let setup = options.setup(&client, Size::new(width, height), None);
    let mut runtime = Runtime::new(client, setup);
    let mut sheet = Sheet::new(width, height);
    runtime.start().await;
    let deadline = Instant::now() + PATIENCE + wanted.watch_for;
    settle(&mut runtime, &mut sheet, deadline).await?;
    for key in wanted.keys.chars() {
        let code = if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) };
        runtime.take(Msg::Key(KeyEvent::from(code)));
        settle(&mut runtime, &mut sheet, deadline).await?;
    }
    let until = Instant::now() + wanted.watch_for;
    while let Ok(step) = time::timeout_at(until, runtime.step(&mut sheet)).await {
        step?;
    }
    settle(&mut runtime, &mut sheet, deadline).await?;
    // On a fresh sheet: this backend keeps the hidden half of a cell under a wide letter, which a
    // terminal forgets, and would show it once the letter is gone.
    let mut sheet = Sheet::new(width, height);
    sheet.draw(&runtime.model)?;
    Ok(svg::picture(sheet.0.backend().buffer(), "artipul"))
}

/// Runs until nothing is waited for.
async fn settle(
    runtime: &mut Runtime,
    sheet: &mut impl Canvas,
    deadline: Instant,
) -> io::Result<()> {
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
