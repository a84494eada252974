//! One line that is typed: plain, secret, or an amount with its digits grouped.

use std::fmt;

use artipul_common::Money;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
};
use tui_input::{Input, InputRequest};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::text;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any line.
    Line,
    /// A line that nobody may look at.
    Secret,
    /// Digits.
    Digits,
    /// An amount in won.
    Amount,
}

/// A line being typed. Its text is always in the composed normal form.
#[derive(Clone)]
pub(crate) struct TextField {
    input: Input,
    kind: Kind,
    max_chars: usize,
    /// Whether the text was proposed and nobody has touched it: what is typed takes its place.
    proposed: bool,
}

impl fmt::Debug for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.kind == Kind::Secret { "<secret>" } else { self.value() };
        f.debug_struct("TextField").field("kind", &self.kind).field("text", &text).finish()
    }
}

impl TextField {
    pub(crate) fn new(kind: Kind, max_chars: usize) -> Self {
        Self { input: Input::default(), kind, max_chars, proposed: false }
    }

    pub(crate) fn amount() -> Self {
        Self::new(Kind::Amount, 13)
    }

    pub(crate) fn value(&self) -> &str {
        self.input.value()
    }

    pub(crate) fn set(&mut self, value: &str) {
        self.input = Input::new(value.nfc().collect());
        self.proposed = false;
    }

    /// Puts a text there that goes as soon as another one is typed.
    pub(crate) fn propose(&mut self, value: &str) {
        self.set(value);
        self.proposed = true;
    }

    /// Whether nobody has touched what was proposed.
    pub(crate) fn is_proposed(&self) -> bool {
        self.proposed
    }

    /// The amount that stands in the field.
    pub(crate) fn money(&self) -> Option<Money> {
        super::money::parse_won(self.value())
    }

    pub(crate) fn set_money(&mut self, amount: Money) {
        self.set(&amount.points().to_string());
    }

    pub(crate) fn propose_money(&mut self, amount: Money) {
        self.propose(&amount.points().to_string());
    }

    /// Takes a key. Returns whether the text changed.
    pub(crate) fn key(&mut self, event: KeyEvent) -> bool {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        let request = match event.code {
            KeyCode::Char(c) if !ctrl && !alt => return self.insert(&c.to_string()),
            KeyCode::Char('a') if ctrl => InputRequest::GoToStart,
            KeyCode::Char('e') if ctrl => InputRequest::GoToEnd,
            KeyCode::Char('w') if ctrl => InputRequest::DeletePrevWord,
            KeyCode::Char('u') if ctrl => InputRequest::DeleteFromStart,
            KeyCode::Char('k') if ctrl => InputRequest::DeleteTillEnd,
            KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
            KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
            KeyCode::Backspace if alt => InputRequest::DeletePrevWord,
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left if ctrl => InputRequest::GoToPrevWord,
            KeyCode::Right if ctrl => InputRequest::GoToNextWord,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return false,
        };
        self.proposed = false;
        self.input.handle(request).is_some_and(|changed| changed.value)
    }

    /// Takes a text as if it were typed. Returns whether the text changed.
    pub(crate) fn insert(&mut self, pasted: &str) -> bool {
        let allowed = |c: &char| match self.kind {
            Kind::Line | Kind::Secret => !c.is_control(),
            Kind::Digits | Kind::Amount => c.is_ascii_digit(),
        };
        // A full-width digit is a digit.
        let pasted: String = match self.kind {
            Kind::Digits | Kind::Amount => pasted.nfkc().filter(allowed).collect(),
            // One space stays one while a sentence is typed; `clean` would take it off the end.
            Kind::Line if pasted != " " => text::clean(pasted),
            _ => pasted.chars().filter(allowed).collect(),
        };
        if pasted.is_empty() {
            return false;
        }
        let (old, at) = match self.proposed {
            true => ("", 0),
            false => (self.value(), byte_at(self.value(), self.input.cursor())),
        };
        let before = old[..at].chars().chain(pasted.chars()).nfc().collect::<String>();
        let value = format!("{before}{}", &old[at..]);
        if value.chars().count() > self.max_chars {
            return false;
        }
        let cursor = before.chars().count();
        self.input = Input::new(value).with_cursor(cursor);
        self.proposed = false;
        if self.kind == Kind::Amount {
            self.drop_leading_zeros();
        }
        true
    }

    fn drop_leading_zeros(&mut self) {
        let zeros = self.value().len() - self.value().trim_start_matches('0').len();
        let zeros = zeros.min(self.value().len().saturating_sub(1));
        if zeros > 0 {
            let cursor = self.input.cursor().saturating_sub(zeros);
            self.input = Input::new(self.value()[zeros..].to_owned()).with_cursor(cursor);
        }
    }

    /// What is shown, and the column of the cursor in it.
    fn shown(&self) -> (String, usize) {
        let value = self.value();
        let before = &value[..byte_at(value, self.input.cursor())];
        match self.kind {
            Kind::Line | Kind::Digits => (value.to_owned(), text::width(before)),
            Kind::Secret => {
                let dots = |text: &str| text.graphemes(true).count();
                ("•".repeat(dots(value)), dots(before))
            }
            Kind::Amount => (group(value), group_columns(value.len(), before.len())),
        }
    }

    /// Draws the field. Returns where the cursor belongs if the field has the focus.
    pub(crate) fn draw(&self, area: Rect, buf: &mut Buffer, style: Style) -> Position {
        buf.set_style(area, style);
        let (shown, cursor) = self.shown();
        // One column is kept free for the cursor behind the last letter.
        let columns = usize::from(area.width).saturating_sub(1).max(1);
        let skipped = cursor.saturating_sub(columns);
        let part = columns_of(&shown, skipped, usize::from(area.width));
        buf.set_string(area.x, area.y, part, style);
        let column = u16::try_from(cursor - skipped).unwrap_or(area.width);
        Position::new(area.x + column.min(area.width.saturating_sub(1)), area.y)
    }

    /// Shows a text that was proposed as selected, in a field that has the focus.
    pub(crate) fn mark_proposed(&self, area: Rect, buf: &mut Buffer, style: Style) {
        if self.proposed {
            let width = u16::try_from(text::width(&self.shown().0)).unwrap_or(area.width);
            let text = Rect { width: width.min(area.width), ..area };
            let is_reversed = style.add_modifier.contains(Modifier::REVERSED);
            buf.set_style(text, if is_reversed { style.not_reversed() } else { style.reversed() });
        }
    }
}

fn byte_at(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

/// Digits in groups of three.
fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The columns that the first `before` of `len` digits take when they are grouped.
fn group_columns(len: usize, before: usize) -> usize {
    let commas = (1..before).filter(|index| (len - index).is_multiple_of(3)).count();
    // The cursor stands behind a comma, before the digit that it would push away.
    let behind = usize::from(before > 0 && before < len && (len - before).is_multiple_of(3));
    before + commas + behind
}

/// The part of a text that begins at column `from`; half of a wide letter becomes a space.
fn columns_of(text: &str, from: usize, columns: usize) -> String {
    let mut part = String::new();
    let mut at = 0;
    for grapheme in text.graphemes(true) {
        let wide = text::width(grapheme);
        if at >= from && at + wide <= from + columns {
            part.push_str(grapheme);
        } else if at < from && at + wide > from {
            part.push(' ');
        }
        at += wide;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: Kind, text: &str) -> TextField {
        let mut field = TextField::new(kind, 20);
        for c in text.chars() {
            field.key(KeyEvent::from(KeyCode::Char(c)));
        }
        field
    }

    #[test]
    fn letters_that_arrive_in_parts_are_composed() {
        assert_eq!(typed(Kind::Line, "\u{1112}\u{1161}\u{11ab}").value(), "한");
        assert_eq!(typed(Kind::Line, "달빛 아래").value(), "달빛 아래");
    }

    #[test]
    fn a_pasted_text_stays_one_line() {
        let mut field = TextField::new(Kind::Line, 20);
        assert!(field.insert("a\nb\u{1b}[31m"));
        assert_eq!(field.value(), "a b [31m");
        assert!(!field.insert("\u{200b}"));
    }

    #[test]
    fn what_was_proposed_gives_way_to_what_is_typed() {
        let proposed = || {
            let mut field = TextField::amount();
            field.propose_money(Money::new(99_000));
            field
        };
        let after = |codes: &[KeyCode]| {
            let mut field = proposed();
            for code in codes {
                field.key(KeyEvent::from(*code));
            }
            field.value().to_owned()
        };
        let two = KeyCode::Char('2');
        assert_eq!(after(&[two, two]), "22");
        assert_eq!(after(&[KeyCode::Char('x')]), "99000");
        assert_eq!(after(&[KeyCode::End, two]), "990002");
        assert_eq!(after(&[KeyCode::Backspace, two]), "99002");
        let mut field = proposed();
        assert!(!field.insert("12345678901234"), "more was taken than fits");
        assert_eq!(field.value(), "99000");
        assert!(field.insert("290,000"));
        assert!(field.insert("1"));
        assert_eq!(field.value(), "2900001");
        let mut field = proposed();
        field.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert!(field.insert("5"));
        assert_eq!(field.value(), "5");
    }

    #[test]
    fn an_amount_takes_digits_and_groups_them() {
        let mut field = typed(Kind::Amount, "0012a3,4567");
        assert_eq!(field.money(), Some(Money::new(1_234_567)));
        assert_eq!(field.shown(), ("1,234,567".into(), 9));
        field.key(KeyEvent::from(KeyCode::Home));
        assert_eq!(field.shown().1, 0);
        field.key(KeyEvent::from(KeyCode::Right));
        assert_eq!(field.shown().1, 2);
        field.key(KeyEvent::from(KeyCode::Delete));
        assert_eq!(field.shown(), ("134,567".into(), 1));
        assert!(typed(Kind::Amount, "１２").insert("３"));
        assert_eq!(typed(Kind::Amount, "１２").value(), "12");
    }

    #[test]
    fn the_cursor_of_an_amount_is_where_the_next_digit_goes() {
        let columns: Vec<_> = (0..=7).map(|before| group_columns(7, before)).collect();
        assert_eq!(columns, [0, 2, 3, 4, 6, 7, 8, 9]);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let field = typed(Kind::Secret, "비밀 pw");
        assert_eq!(field.shown(), ("•••••".into(), 5));
        assert!(!format!("{field:?}").contains("pw"));
    }

    #[test]
    fn a_field_takes_no_more_than_it_may() {
        assert_eq!(typed(Kind::Line, &"가".repeat(30)).value().chars().count(), 20);
    }

    #[test]
    fn the_cursor_stays_in_a_field_that_is_too_narrow() {
        let field = typed(Kind::Line, "가나다라마바사");
        let area = Rect::new(3, 0, 8, 1);
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        let cursor = field.draw(area, &mut buf, Style::new());
        assert_eq!(cursor, Position::new(10, 0));
        assert_eq!(buf[(3, 0)].symbol(), " ", "half of a letter was drawn");
        assert_eq!(buf[(4, 0)].symbol(), "마");
    }
}
