//! Forms: fields with labels, errors beside them, and buttons.
//!
//! A form knows how to be filled in; what its fields mean is its screen's business.

mod view;

use artipul_common::{Money, auctions::Bilingual, problem::FieldError};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use unicode_normalization::UnicodeNormalization;

use super::{
    field::{Kind, TextField},
    text,
};
use crate::keymap::Action;

/// How a field is filled in.
#[derive(Debug, Clone)]
pub(crate) enum Control {
    Text(TextField),
    /// Several lines.
    Paragraph(Box<TextArea<'static>>),
    /// Yes or no.
    Toggle(bool),
    /// One of several, each with its value and its name.
    Choice {
        options: Vec<(String, Bilingual)>,
        index: usize,
    },
    Button,
}

/// Something that is known of a field's content and is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// A question is on its way.
    Asking(&'static str),
    /// It is fine.
    Fine(&'static str),
    /// It will not do.
    Wrong(&'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) id: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    pub(crate) control: Control,
    pub(crate) error: Option<FieldError>,
    pub(crate) note: Option<Note>,
    /// What stands on the server now, where something else was typed.
    pub(crate) newer: Option<String>,
}

impl Field {
    fn new(id: &'static str, label: &'static str, control: Control) -> Self {
        Self { id, label, hint: None, control, error: None, note: None, newer: None }
    }

    pub(crate) fn line(id: &'static str, label: &'static str, max_chars: usize) -> Self {
        Self::new(id, label, Control::Text(TextField::new(Kind::Line, max_chars)))
    }

    pub(crate) fn text(id: &'static str, label: &'static str, field: TextField) -> Self {
        Self::new(id, label, Control::Text(field))
    }

    pub(crate) fn paragraph(id: &'static str, label: &'static str) -> Self {
        let mut area = TextArea::default();
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_cursor_line_style(ratatui::style::Style::new());
        Self::new(id, label, Control::Paragraph(Box::new(area)))
    }

    pub(crate) fn toggle(id: &'static str, label: &'static str, on: bool) -> Self {
        Self::new(id, label, Control::Toggle(on))
    }

    pub(crate) fn choice(id: &'static str, label: &'static str) -> Self {
        Self::new(id, label, Control::Choice { options: Vec::new(), index: 0 })
    }

    pub(crate) fn button(id: &'static str, label: &'static str) -> Self {
        Self::new(id, label, Control::Button)
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    fn is_button(&self) -> bool {
        matches!(self.control, Control::Button)
    }
}

/// What a key did to a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Nothing,
    /// The content of this field changed.
    Changed(&'static str),
    /// This button was pressed.
    Pressed(&'static str),
    /// The form is to be sent: Ctrl-S, or Enter in the last field before the buttons.
    Submitted,
}

#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    focus: usize,
}

impl Form {
    pub(crate) fn new(fields: Vec<Field>) -> Self {
        Self { fields, focus: 0 }
    }

    #[cfg(test)]
    pub(crate) fn focused(&self) -> &'static str {
        self.fields[self.focus].id
    }

    pub(crate) fn focus(&mut self, id: &str) {
        if let Some(index) = self.fields.iter().position(|field| field.id == id) {
            self.focus = index;
        }
    }

    pub(crate) fn field(&self, id: &str) -> &Field {
        self.fields.iter().find(|field| field.id == id).expect("forms are asked for their fields")
    }

    pub(crate) fn field_mut(&mut self, id: &str) -> &mut Field {
        self.fields
            .iter_mut()
            .find(|field| field.id == id)
            .expect("forms are asked for their fields")
    }

    /// What was typed or chosen in a field.
    pub(crate) fn value(&self, id: &str) -> String {
        match &self.field(id).control {
            Control::Text(field) => field.value().to_owned(),
            Control::Paragraph(area) => area.lines().join("\n").nfc().collect(),
            Control::Choice { options, index } => {
                options.get(*index).map(|(value, _)| value.clone()).unwrap_or_default()
            }
            Control::Toggle(_) | Control::Button => String::new(),
        }
    }

    /// As [`Self::value`], where nothing typed means nothing said.
    pub(crate) fn optional(&self, id: &str) -> Option<String> {
        Some(self.value(id)).filter(|value| !value.trim().is_empty())
    }

    pub(crate) fn money(&self, id: &str) -> Option<Money> {
        crate::ui::money::parse_won(&self.value(id))
    }

    pub(crate) fn is_on(&self, id: &str) -> bool {
        matches!(self.field(id).control, Control::Toggle(true))
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.fields.iter().any(|field| field.id == id)
    }

    /// The content of every field, in their order: to see later whether something changed.
    pub(crate) fn values(&self) -> Vec<String> {
        self.fields
            .iter()
            .map(|field| match field.control {
                Control::Toggle(on) => on.to_string(),
                _ => self.value(field.id),
            })
            .collect()
    }

    /// Fills a field in, or chooses what is offered.
    pub(crate) fn set(&mut self, id: &str, value: &str) {
        match &mut self.field_mut(id).control {
            Control::Text(field) => field.set(value),
            Control::Paragraph(area) => {
                area.clear();
                area.insert_str(text::clean_paragraphs(value));
                area.move_cursor(CursorMove::Top);
            }
            Control::Choice { options, index } => {
                let chosen = options.iter().position(|(offered, _)| offered == value);
                *index = chosen.unwrap_or(*index);
            }
            Control::Toggle(_) | Control::Button => {}
        }
    }

    /// As [`Self::set`], with a text that goes as soon as another one is typed.
    pub(crate) fn propose(&mut self, id: &str, value: &str) {
        if let Control::Text(field) = &mut self.field_mut(id).control {
            field.propose(value);
        }
    }

    pub(crate) fn set_options(&mut self, id: &str, offered: Vec<(String, Bilingual)>) {
        if let Control::Choice { options, index } = &mut self.field_mut(id).control {
            *index = (*index).min(offered.len().saturating_sub(1));
            *options = offered;
        }
    }

    pub(crate) fn clear_errors(&mut self) {
        for field in &mut self.fields {
            field.error = None;
        }
    }

    /// Puts each error beside its field and the focus on the first. Returns those that belong to
    /// no field of this form.
    pub(crate) fn set_errors(&mut self, errors: &[FieldError]) -> Vec<FieldError> {
        self.clear_errors();
        let mut strangers = Vec::new();
        for error in errors {
            // "tags.1" is told beside "tags".
            let name = error.field.split('.').next().unwrap_or_default();
            match self.fields.iter_mut().find(|field| field.id == name) {
                Some(field) => {
                    field.error.get_or_insert_with(|| error.clone());
                }
                None => strangers.push(error.clone()),
            }
        }
        if let Some(first) = self.fields.iter().position(|field| field.error.is_some()) {
            self.focus = first;
        }
        strangers
    }

    /// Notes one error of our own.
    pub(crate) fn set_error(&mut self, id: &str, code: &str) {
        self.field_mut(id).error = Some(FieldError::new(id, code, ""));
    }

    /// Whether the focused field takes this key itself, whatever the key table says.
    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        let plain = !event.modifiers.contains(KeyModifiers::CONTROL);
        match &self.fields[self.focus].control {
            Control::Paragraph(area) => match event.code {
                KeyCode::Enter => plain,
                KeyCode::Up => area.screen_cursor().row > 0,
                KeyCode::Down => {
                    let before = area.screen_cursor();
                    let mut below = area.clone();
                    below.move_cursor(CursorMove::Down);
                    below.screen_cursor().row > before.row
                }
                _ => false,
            },
            _ => false,
        }
    }

    pub(crate) fn act(&mut self, action: Action) -> Event {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(self.fields.len() - 1),
            Action::Submit => return Event::Submitted,
            Action::Open => return self.activate(),
            _ => {}
        }
        Event::Nothing
    }

    /// Puts the focus on what was clicked; a button is pressed.
    pub(crate) fn click(&mut self, id: &'static str) -> Event {
        self.focus(id);
        match &mut self.fields[self.focus].control {
            Control::Button => Event::Pressed(id),
            Control::Toggle(on) => {
                *on = !*on;
                Event::Changed(id)
            }
            Control::Text(_) | Control::Paragraph(_) | Control::Choice { .. } => Event::Nothing,
        }
    }

    fn step(&mut self, by: usize) {
        self.focus = (self.focus + by) % self.fields.len();
    }

    fn activate(&mut self) -> Event {
        let next_is_button = self.fields.get(self.focus + 1).is_some_and(Field::is_button);
        let field = &mut self.fields[self.focus];
        match &mut field.control {
            Control::Button => Event::Pressed(field.id),
            _ if next_is_button => Event::Submitted,
            _ => {
                self.step(1);
                Event::Nothing
            }
        }
    }

    /// Takes a key that is no command.
    pub(crate) fn key(&mut self, event: KeyEvent) -> Event {
        let count = self.fields.len();
        let field = &mut self.fields[self.focus];
        let changed = match &mut field.control {
            Control::Text(text) => text.key(event),
            Control::Paragraph(area) => match event.code {
                KeyCode::Enter => {
                    area.insert_newline();
                    true
                }
                _ => area.input(event),
            },
            Control::Toggle(on) => {
                let flips =
                    matches!(event.code, KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right);
                *on ^= flips;
                flips
            }
            Control::Choice { options, index } => {
                let count = options.len().max(1);
                let step = match event.code {
                    KeyCode::Right | KeyCode::Char(' ') => 1,
                    KeyCode::Left => count - 1,
                    _ => 0,
                };
                *index = (*index + step) % count;
                step > 0
            }
            Control::Button => match event.code {
                KeyCode::Right if self.focus + 1 < count => {
                    self.focus += 1;
                    return Event::Nothing;
                }
                KeyCode::Left => {
                    self.focus = self.focus.saturating_sub(1);
                    return Event::Nothing;
                }
                KeyCode::Char(' ') => return Event::Pressed(field.id),
                _ => false,
            },
        };
        self.changed(changed)
    }

    pub(crate) fn paste(&mut self, pasted: &str) -> Event {
        let changed = match &mut self.fields[self.focus].control {
            Control::Text(field) => field.insert(pasted),
            Control::Paragraph(area) => area.insert_str(text::clean_paragraphs(pasted)),
            _ => false,
        };
        self.changed(changed)
    }

    fn changed(&mut self, changed: bool) -> Event {
        if !changed {
            return Event::Nothing;
        }
        let field = &mut self.fields[self.focus];
        field.error = None;
        field.note = None;
        Event::Changed(field.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form::new(vec![
            Field::line("title", "sell.title", 400),
            Field::paragraph("description", "sell.description"),
            Field::line("tags", "sell.tags", 400),
            Field::toggle("draft", "sell.keep", false),
            Field::button("send", "sell.send"),
        ])
    }

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::from(code)
    }

    #[test]
    fn errors_of_the_server_stand_beside_their_fields() {
        let error = |field: &str| FieldError::new(field, "too-long", "");
        let mut form = form();
        let strangers = form.set_errors(&[error("tags.1"), error("ends_at")]);
        assert!(form.field("tags").error.is_some());
        assert_eq!(form.focused(), "tags");
        assert_eq!(strangers, [error("ends_at")]);
        form.key(key(KeyCode::Char('x')));
        assert!(form.field("tags").error.is_none(), "an error outlived its field's content");
    }

    #[test]
    fn a_paragraph_takes_enter_and_gives_tab() {
        let mut form = form();
        form.focus("description");
        assert!(form.takes(key(KeyCode::Enter)));
        assert!(!form.takes(key(KeyCode::Tab)));
        assert!(!form.takes(key(KeyCode::Up)), "the first line is left upwards");
        form.key(key(KeyCode::Char('a')));
        form.key(key(KeyCode::Enter));
        form.key(key(KeyCode::Char('b')));
        assert_eq!(form.value("description"), "a\nb");
        assert!(form.takes(key(KeyCode::Up)));
    }

    #[test]
    fn a_form_is_filled_in_and_tells_what_changed() {
        let mut form = form();
        form.set("title", "달");
        form.set("description", "one\n\ntwo");
        assert_eq!(form.value("description"), "one\n\ntwo");
        let before = form.values();
        form.focus("draft");
        form.key(key(KeyCode::Char(' ')));
        let after = form.values();
        let changed: Vec<_> = (0..after.len()).filter(|at| before[*at] != after[*at]).collect();
        assert_eq!(changed, [3]);
    }

    #[test]
    fn enter_before_the_buttons_sends_the_form() {
        let mut form = form();
        assert_eq!(form.act(Action::Open), Event::Nothing);
        assert_eq!(form.focused(), "description");
        form.focus("draft");
        assert_eq!(form.act(Action::Open), Event::Submitted);
        form.focus("send");
        assert_eq!(form.act(Action::Open), Event::Pressed("send"));
    }

    #[test]
    fn the_focus_goes_round() {
        let mut form = form();
        form.act(Action::Up);
        assert_eq!(form.focused(), "send");
        form.act(Action::Down);
        assert_eq!(form.focused(), "title");
    }
}
