//! Tests of the client as a whole, without a terminal and without a server: what it does with
//! keys, answers and events, and what it then shows.

mod account;
mod admin;
mod batch;
mod bidding;
mod browsing;
mod calling;
mod doors;
mod fake;
mod images;
mod keys;
mod live;
mod mouse;
mod running;
mod screens;
mod studio;

use std::num::NonZero;

use artipul_common::{
    client::ClientError,
    page::Page,
    problem::{Problem, ProblemCode},
};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};

use crate::{
    app::{
        effect::{Answer, Call, Effect, Outcome, RequestId},
        model::Model,
        msg::{Ctx, Msg},
        update::update,
        view::view,
    },
    i18n::Lang,
    samples,
    term::speech::Speech,
};

/// A client whose time, keys and answers the test decides.
struct Driven {
    model: Model,
    seconds: u64,
    updates: u128,
    /// Calls that were not answered yet.
    calls: Vec<(RequestId, Call)>,
    /// What was said to the terminal besides the screen.
    speeches: Vec<Speech>,
    /// What was done with the terminal.
    terminal: Vec<Effect>,
    has_quit: bool,
}

impl Driven {
    fn new(model: Model) -> Self {
        Self {
            model,
            seconds: 0,
            updates: 0,
            calls: Vec::new(),
            speeches: Vec::new(),
            terminal: Vec::new(),
            has_quit: false,
        }
    }

    /// Started, browsing, nobody signed in, with the sample works.
    fn browsing(lang: Lang) -> Self {
        let mut client = Self::new(samples::model(lang));
        client.send(Msg::Started { signed_in: false });
        client.fill();
        client
    }

    /// As [`Self::browsing`], with a user.
    fn signed_in(lang: Lang) -> Self {
        let mut client = Self::new(samples::signed_in(lang));
        client.send(Msg::Woken);
        client.fill();
        client
    }

    /// Answers the first reads.
    fn fill(&mut self) {
        let genres = artipul_common::auctions::Genres { items: samples::genres() };
        self.answer(|call| matches!(call, Call::Genres), Ok(Answer::Genres(genres)));
        let page = Page { items: samples::auctions(), next_cursor: None };
        self.answer(|call| matches!(call, Call::Auctions(_)), Ok(Answer::Auctions(page)));
    }

    fn send(&mut self, msg: Msg) {
        self.updates += 1;
        let ctx = Ctx { seed: self.updates, ..samples::ctx(self.seconds) };
        for effect in update(&mut self.model, msg, &ctx) {
            match effect {
                Effect::Call(id, call) => self.calls.push((id, call)),
                Effect::Say(speech) => self.speeches.push(speech),
                Effect::Quit => self.has_quit = true,
                other @ (Effect::Suspend | Effect::TakeBack | Effect::RememberLang(_)) => {
                    self.terminal.push(other);
                }
                Effect::LoadPicture(..) | Effect::Redraw => {}
            }
        }
    }

    /// Lets time pass.
    fn wait(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.send(Msg::Woken);
    }

    fn key(&mut self, code: KeyCode) {
        self.send(Msg::Key(KeyEvent::from(code)));
    }

    /// Presses keys; `\n` is Enter, `\t` Tab.
    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.key(match key {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{1b}' => KeyCode::Esc,
                other => KeyCode::Char(other),
            });
        }
    }

    /// The newest call of a kind that is not answered; the older ones of the kind stay.
    fn take(&mut self, kind: impl Fn(&Call) -> bool) -> Option<(RequestId, Call)> {
        let index = self.calls.iter().rposition(|(_, call)| kind(call))?;
        Some(self.calls.remove(index))
    }

    fn has_asked(&self, kind: impl Fn(&Call) -> bool) -> bool {
        self.calls.iter().any(|(_, call)| kind(call))
    }

    /// Answers the newest call of a kind.
    #[track_caller]
    fn answer(&mut self, kind: impl Fn(&Call) -> bool, outcome: Outcome) -> Call {
        let asked = format!("{:?}", self.calls);
        let (id, call) = self.take(kind).unwrap_or_else(|| panic!("nobody asked; but {asked}"));
        self.send(Msg::Answered(id, Box::new(outcome)));
        call
    }

    /// The screen as a terminal shows it.
    fn screen(&self) -> String {
        let size = self.model.shared.size;
        render(&self.model, size.width, size.height)
    }

    #[track_caller]
    fn shows(&self, words: &str) {
        let screen = self.screen();
        assert!(screen.contains(words), "{words:?} is not on\n{screen}");
    }

    #[track_caller]
    fn hides(&self, words: &str) {
        let screen = self.screen();
        assert!(!screen.contains(words), "{words:?} is on\n{screen}");
    }
}

/// Draws a model the way a real terminal would come to show it: through escape sequences.
fn render(model: &Model, width: u16, height: u16) -> String {
    let rows: Vec<String> = terminal(model, width, height)
        .screen()
        .rows(0, width)
        .map(|row| row.trim_end().to_owned())
        .collect();
    rows.join("\n")
}

/// How every cell of a screen looks, as a letter each, and what the letters stand for. Ordinary text
/// is a dot.
fn looks(model: &Model, width: u16, height: u16) -> String {
    let parser = terminal(model, width, height);
    // Ordinary text comes first.
    let mut known = vec![" on  ".to_owned()];
    let mut rows = Vec::new();
    for y in 0..height {
        let cells = (0..width).filter_map(|x| parser.screen().cell(y, x));
        let letters: String = cells
            .map(|cell| {
                let look = vt100_look(cell);
                let index = known.iter().position(|one| *one == look).unwrap_or_else(|| {
                    known.push(look);
                    known.len() - 1
                });
                LETTERS.chars().nth(index).unwrap_or('?')
            })
            .collect();
        rows.push(letters.trim_end_matches('.').to_owned());
    }
    let legend = known.iter().zip(LETTERS.chars()).skip(1);
    rows.extend(legend.map(|(look, letter)| format!("{letter} = {look}")));
    rows.join("\n")
}

const LETTERS: &str = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn vt100_look(cell: &vt100::Cell) -> String {
    let colour = |colour| match colour {
        vt100::Color::Default => String::new(),
        vt100::Color::Idx(index) => format!("{index}"),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    };
    let marks = [
        (cell.bold(), "bold"),
        (cell.dim(), "dim"),
        (cell.underline(), "underlined"),
        (cell.inverse(), "reversed"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    format!("{} on {} {}", colour(cell.fgcolor()), colour(cell.bgcolor()), marks.join(" "))
}

/// A terminal on which a model was drawn.
fn terminal(model: &Model, width: u16, height: u16) -> vt100::Parser {
    let mut bytes = Vec::new();
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let backend = CrosstermBackend::new(&mut bytes);
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    drop(terminal);
    let mut parser = vt100::Parser::new(at_least_one(height), at_least_one(width), 0);
    parser.process(&bytes);
    parser
}

fn at_least_one(size: u16) -> NonZero<u16> {
    NonZero::new(size).expect("a terminal has at least one line and column")
}

fn problem(code: ProblemCode) -> ClientError {
    ClientError::Problem(Box::new(Problem::new(code, "in the server's words")))
}

fn lost() -> ClientError {
    ClientError::Offline("connection reset".into())
}
