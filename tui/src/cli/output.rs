//! What a command says, in the one place where it is said: one JSON document (or one per event),
//! or text for people.
//!
//! Text from outside is cleaned here, whoever composed it; a JSON string keeps it, with everything
//! escaped that a terminal might obey.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;

use super::error::CliError;
use crate::{i18n::Lang, ui::text};

/// Columns of a paragraph.
const PARAGRAPH: usize = 80;
/// Columns that a cell of a table takes at most.
const CELL: usize = 44;

/// What a command says that has done its work.
#[derive(Serialize)]
struct Success<'d, T> {
    ok: bool,
    data: &'d T,
}

/// What a command says that has not.
#[derive(Serialize)]
struct Failure<'d> {
    ok: bool,
    error: &'d serde_json::Value,
}

/// Where the words of a command go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    /// Documents instead of words.
    pub(super) json: bool,
    paints: bool,
}

impl Printer {
    /// A printer on the standard output. Only a terminal gets colours, unless `NO_COLOR` is set.
    pub(super) fn new(json: bool) -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
        let paints = io::stdout().is_terminal() && set("NO_COLOR").is_none() && !is_dumb;
        Self { json, paints }
    }

    /// The same one without colours.
    pub(super) fn plain(self) -> Self {
        Self { paints: false, ..self }
    }

    /// Says what a command has come to: `data` as JSON, or `words` as text. Whoever does not read
    /// it to its end has read enough.
    pub(super) fn done(
        self,
        data: &impl Serialize,
        words: impl FnOnce(&mut Sheet),
    ) -> Result<(), CliError> {
        match self.say(&Success { ok: true, data }, words) {
            Err(error) if error.is_broken_pipe() => Ok(()),
            outcome => outcome,
        }
    }

    /// Says one event of a stream, at once.
    pub(super) fn event(
        self,
        event: &impl Serialize,
        words: impl FnOnce(&mut Sheet),
    ) -> Result<(), CliError> {
        self.say(event, words)
    }

    /// Says words to people, where no documents are wanted.
    pub(super) fn words(self, words: impl FnOnce(&mut Sheet)) -> Result<(), CliError> {
        if self.json { Ok(()) } else { self.say(&(), words) }
    }

    /// Says why a command failed: to a script on the standard output, to people on the other.
    pub(super) fn failure(self, lang: Lang, error: &CliError) {
        if self.json {
            self.refusal(&error.document());
        }
        for line in error.words(lang).lines() {
            // If there is nowhere to complain to, the exit status has to do.
            let _ = writeln!(io::stderr(), "artipul: {}", text::clean(line));
        }
    }

    /// Says to a script why a command failed.
    pub(super) fn refusal(self, error: &serde_json::Value) {
        // If there is nowhere to complain to, the exit status has to do.
        let _ = print(&document_line(&Failure { ok: false, error }));
    }

    fn say(
        self,
        document: &impl Serialize,
        words: impl FnOnce(&mut Sheet),
    ) -> Result<(), CliError> {
        if self.json {
            return Ok(print(&document_line(document))?);
        }
        let mut sheet = Sheet { text: String::new(), paints: self.paints };
        words(&mut sheet);
        Ok(print(&sheet.text)?)
    }
}

/// Says something beside the result, to people only.
pub(super) fn note(words: &str) {
    // If nobody reads it, nothing is lost.
    let _ = writeln!(io::stderr(), "{}", text::clean(words));
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A document on one line. Outside of its strings JSON is ASCII without control characters, so
/// those can be escaped without looking where they stand.
fn document_line(document: &impl Serialize) -> String {
    let json = serde_json::to_string(document).expect("documents have string keys only");
    let mut line = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c.is_control() || turns_lines(c) {
            let _ = write!(line, "\\u{:04x}", u32::from(c));
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

/// Characters that turn the direction of a line, or end it.
fn turns_lines(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A page of text under way.
pub(super) struct Sheet {
    text: String,
    paints: bool,
}

/// A column of a table.
pub(super) struct Column {
    title: Cow<'static, str>,
    is_number: bool,
}

impl Column {
    /// A column of words.
    pub(super) fn words(title: impl Into<Cow<'static, str>>) -> Self {
        Self { title: title.into(), is_number: false }
    }

    /// A column of numbers, which stand at the right.
    pub(super) fn numbers(title: impl Into<Cow<'static, str>>) -> Self {
        Self { title: title.into(), is_number: true }
    }

    fn cell(&self, text: &str, columns: usize) -> String {
        if self.is_number { text::right(text, columns) } else { text::left(text, columns) }
    }
}

impl Sheet {
    /// One line of words.
    pub(super) fn line(&mut self, words: &str) {
        self.push(&text::clean(words));
    }

    /// A line that stands out.
    pub(super) fn heading(&mut self, words: &str) {
        let words = self.bold(&text::clean(words));
        self.push(&words);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Words that may be long and have line ends of their own.
    pub(super) fn paragraph(&mut self, words: &str) {
        for line in text::wrap(&text::clean_paragraphs(words), PARAGRAPH) {
            self.push(&line);
        }
    }

    /// Text of our own, as it stands.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Facts with their names before them, one per line.
    pub(super) fn facts(&mut self, facts: &[(Cow<'_, str>, String)]) {
        let columns = facts.iter().map(|(name, _)| text::width(name)).max().unwrap_or_default();
        for (name, value) in facts {
            self.push(&format!("{}  {}", text::left(name, columns), text::clean(value)));
        }
    }

    /// Rows under the titles of their columns. A column is as wide as what stands in it.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| text::truncate(&text::clean(cell), CELL)).collect())
            .collect();
        let widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let cells = rows.iter().filter_map(|row| row.get(place));
                cells.map(|cell| text::width(cell)).fold(text::width(&column.title), usize::max)
            })
            .collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells = cells.zip(columns.iter().zip(&widths));
            let cells: Vec<_> =
                cells.map(|(cell, (column, wide))| column.cell(cell, *wide)).collect();
            cells.join("  ").trim_end().to_owned()
        };
        let titles = line(&mut columns.iter().map(|column| &*column.title));
        let titles = self.bold(&titles);
        self.push(&titles);
        for row in &rows {
            self.push(&line(&mut row.iter().map(String::as_str)));
        }
    }

    fn bold(&self, words: &str) -> String {
        if self.paints { format!("\u{1b}[1m{words}\u{1b}[0m") } else { words.to_owned() }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sheet(paints: bool) -> Sheet {
        Sheet { text: String::new(), paints }
    }

    #[test]
    fn a_string_keeps_what_a_terminal_must_not_see() {
        let title = "a\u{1b}[2J\u{9b}1m\u{202e}b\u{7f} 달";
        let line = document_line(&json!({ "title": title }));
        assert!(line.trim_end().chars().all(|c| !c.is_control() && !turns_lines(c)), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["title"], title);
    }

    #[test]
    fn columns_stand_straight_whatever_is_in_them() {
        let mut sheet = sheet(false);
        let columns = [Column::words("Work"), Column::numbers("Price")];
        let row = |title: &str, price: &str| vec![title.to_owned(), price.to_owned()];
        sheet.table(&columns, &[row("달빛", "₩1,000"), row("A\u{1b}[2Jb", "₩12,000")]);
        assert_eq!(sheet.text, "Work      Price\n달빛     ₩1,000\nA [2Jb  ₩12,000\n");
    }

    #[test]
    fn words_from_outside_are_cleaned_wherever_they_stand() {
        let mut sheet = sheet(false);
        sheet.line("a\u{1b}b");
        sheet.heading("c\u{202e}d");
        sheet.paragraph("e\u{7}\nf");
        sheet.facts(&[("g".into(), "h\u{9b}".to_owned())]);
        assert_eq!(sheet.text, "a b\ncd\ne\nf\ng  h\n");
    }

    #[test]
    fn only_headings_have_colours_and_only_where_they_may() {
        let mut painted = sheet(true);
        painted.heading("x");
        assert_eq!(painted.text, "\u{1b}[1mx\u{1b}[0m\n");
    }
}
