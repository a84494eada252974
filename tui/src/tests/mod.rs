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
mod prints;
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
        pictures::Key,
        update::update,
        view::view,
    },
    i18n::Lang,
    samples,
    term::speech::Speech,
    ui::picture::Order,
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
    /// Pictures to be loaded.
    pictures: Vec<(Key, Order)>,
    /// What was done with the terminal.
    terminal: Vec<Effect>,
    /// Addresses that were opened in a browser.
    opened: Vec<String>,
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
            pictures: Vec::new(),
            terminal: Vec::new(),
            opened: Vec::new(),
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
                Effect::OpenBrowser(address) => self.opened.push(address),
                Effect::LoadPicture(key, order) => self.pictures.push((key, order)),
                Effect::Redraw => {}
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
    text_of(&terminal(model, width, height))
}

/// The text of a terminal.
fn text_of(parser: &vt100::Parser) -> String {
    let (_, columns) = parser.screen().size();
    let rows = parser.screen().rows(0, columns.get());
    rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// How every cell looks, as a letter each, and what the letters stand for on each of the terminals.
/// Ordinary text is a dot, a picture is `#`.
fn looks<const N: usize>(screens: [&vt100::Screen; N]) -> String {
    let (lines, columns) = screens[0].size();
    // Ordinary text comes first.
    let mut known = vec![[const { String::new() }; N]];
    let mut rows = Vec::new();
    for y in 0..lines.get() {
        let mut row = String::new();
        for x in 0..columns.get() {
            let cells = screens.map(|screen| screen.cell(y, x).expect("it is on the screen"));
            if cells[0].contents() == "▀" {
                row.push('#');
                continue;
            }
            // The second half of a wide letter looks like the first, whatever the parser keeps of it.
            if let (true, Some(first)) = (cells[0].is_wide_continuation(), row.chars().last()) {
                row.push(first);
                continue;
            }
            let look = cells.map(vt100_look);
            let index = known.iter().position(|one| *one == look).unwrap_or_else(|| {
                known.push(look);
                known.len() - 1
            });
            row.push(LETTERS.chars().nth(index).expect("there are as many letters as looks"));
        }
        rows.push(row.trim_end_matches('.').to_owned());
    }
    let legend = known.iter().zip(LETTERS.chars()).skip(1);
    rows.extend(legend.map(|(look, letter)| format!("{letter} = {}", look.join(" | "))));
    rows.join("\n")
}

const LETTERS: &str = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How a cell looks, in words; nothing where it is ordinary.
fn vt100_look(cell: &vt100::Cell) -> String {
    let colour = |ground, colour| match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(format!("{ground}{index}")),
        vt100::Color::Rgb(r, g, b) => Some(format!("{ground}#{r:02x}{g:02x}{b:02x}")),
    };
    let mark = |has: bool, name: &str| has.then(|| name.to_owned());
    let parts = [
        colour("", cell.fgcolor()),
        colour("on ", cell.bgcolor()),
        mark(cell.bold(), "bold"),
        mark(cell.dim(), "dim"),
        mark(cell.underline(), "underlined"),
        mark(cell.inverse(), "reversed"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
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
