//! A picture of the client at work, without a terminal: for the README.

use std::{io, time::Duration};

use artipul_common::client::Client;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{CrosstermBackend, TestBackend},
    layout::{Rect, Size},
};
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
    term::{
        answers::Answers,
        graphics::{Environment, Images},
        speech::Speech,
    },
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
    Environment {
        colorterm: "truecolor".to_owned(),
        cell: Some(svg::CELL),
        ..Environment::default()
    }
}

/// Runs the client without a terminal, presses keys, and gives the last frame as an SVG.
///
/// # Errors
/// The server does not answer in time.
pub async fn portrait(client: Client, options: Options, wanted: &Portrait) -> io::Result<String> {
    let (width, height) = wanted.size;
    let runtime = sit(client, options, wanted).await?;
    // On a fresh sheet: this backend keeps the hidden half of a cell under a wide letter, which a
    // terminal forgets, and would show it once the letter is gone.
    let mut sheet = Sheet::new(width, height);
    sheet.draw(&runtime.model)?;
    Ok(svg::picture(sheet.0.backend().buffer(), "artipul"))
}

/// Does the same, and tells how long a frame takes to be drawn and written, on average over so many
/// frames between which the selection moves.
///
/// # Errors
/// The server does not answer in time.
pub async fn time_frames(
    client: Client,
    options: Options,
    wanted: &Portrait,
    frames: u32,
) -> io::Result<Duration> {
    let (width, height) = wanted.size;
    let mut runtime = sit(client, options, wanted).await?;
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let backend = CrosstermBackend::new(io::sink());
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport })?;
    let mut drawing = Duration::ZERO;
    for frame in 0..frames {
        let key = if frame % 2 == 0 { KeyCode::Up } else { KeyCode::Down };
        runtime.take(Msg::Key(KeyEvent::from(key)));
        let began = Instant::now();
        terminal.draw(|frame| view(&runtime.model, frame))?;
        drawing += began.elapsed();
    }
    Ok(drawing / frames.max(1))
}

/// Runs the client and presses the keys.
async fn sit(client: Client, options: Options, wanted: &Portrait) -> io::Result<Runtime> {
    let (width, height) = wanted.size;
    let images = match options.images {
        // As files, which the drawing can hold as they are.
        Images::Auto => Images::Iterm2,
        chosen => chosen,
    };
    let options = Options { images, ..options };
    let setup = options.setup(&client, Size::new(width, height), environment());
    let mut runtime = Runtime::new(client, setup);
    let mut sheet = Sheet::new(width, height);
    runtime.take(Msg::Terminal(Answers::default()));
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
    Ok(runtime)
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
        let Ok(step) = time::timeout_at(deadline, runtime.step(sheet)).await else {
            let why = runtime.model.unrest();
            let why = format!("the screen never came to rest: {why}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
        };
        step?;
    }
    Ok(())
}

impl Model {
    /// What is waited for.
    fn unrest(&self) -> String {
        let (liveness, pictures) = (self.liveness(), self.shared.pictures.are_loading());
        let is_at_rest = self.browse.is_at_rest();
        format!("{liveness:?}, pictures on their way: {pictures}, list at rest: {is_at_rest}")
    }

    /// Whether all that is to be shown is there.
    fn is_settled(&self) -> bool {
        self.liveness() == Liveness::Live
            && !self.shared.pictures.are_loading()
            && self.browse.is_at_rest()
    }
}
