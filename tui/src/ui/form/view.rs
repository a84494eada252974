//! Draws forms.

use artipul_common::auctions::Bilingual;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Modifier,
    text::{Line, Span},
};
use ratatui_textarea::TextArea;

use super::{Control, Field, Form, Note};
use crate::{
    i18n::{self, Lang},
    theme::Theme,
    ui::text,
};

/// Lines of a paragraph's box.
const PARAGRAPH_LINES: u16 = 4;
/// Columns of the widest label.
const LABEL_COLUMNS: usize = 18;
/// A line wider than this is no longer read as one.
const MAX_FIELD_COLUMNS: u16 = 72;

impl Form {
    /// Draws the form, scrolled so that the focused field is in sight. Returns where the cursor
    /// belongs, if a text has the focus.
    pub(crate) fn draw(
        &self,
        frame: &mut Frame,
        area: Rect,
        lang: Lang,
        theme: &Theme,
    ) -> Option<Position> {
        let label_columns = self
            .fields
            .iter()
            .filter(|field| !field.is_button())
            .map(|field| text::width(&lang.t(field.label)))
            .max()
            .unwrap_or(0)
            .min(LABEL_COLUMNS);
        let painter = Painter { lang, theme, label_columns, area };
        let mut lines = Vec::new();
        let mut y = 0;
        for (index, field) in self.fields.iter().enumerate() {
            let joins = index > 0 && field.is_button() && self.fields[index - 1].is_button();
            if field.is_button() && !joins {
                y += 1;
            }
            let focused = index == self.focus;
            let height = if joins { 0 } else { painter.height(field, focused) };
            let at = if joins { y - 1 } else { y };
            lines.push((at, height));
            y += height;
        }
        let (at, height) = lines[self.focus];
        let bottom = if self.fields[self.focus].is_button() { y } else { at + height };
        let top = bottom.saturating_sub(area.height).min(at);
        let mut cursor = None;
        let mut button_x = area.x;
        for (index, field) in self.fields.iter().enumerate() {
            let (at, height) = lines[index];
            if at < top || at - top >= area.height {
                continue;
            }
            let row = Rect {
                y: area.y + at - top,
                height: height.max(1).min(area.height - (at - top)),
                ..area
            };
            let focused = index == self.focus;
            if field.is_button() {
                button_x = painter.button(frame, row, button_x, field, focused);
            } else if let Some(position) = painter.field(frame, row, field, focused) {
                cursor = Some(position);
            }
        }
        cursor
    }
}

struct Painter<'a> {
    lang: Lang,
    theme: &'a Theme,
    label_columns: usize,
    area: Rect,
}

impl Painter<'_> {
    fn field_area(&self, row: Rect) -> Rect {
        let indent = u16::try_from(self.label_columns).unwrap_or(0) + 2;
        let width = row.width.saturating_sub(indent).min(MAX_FIELD_COLUMNS);
        Rect { x: row.x + indent, width, height: 1, ..row }
    }

    /// What is written below a field.
    fn remarks(&self, field: &Field, focused: bool) -> Vec<Line<'static>> {
        let columns = usize::from(self.field_area(self.area).width);
        let mut lines = Vec::new();
        if let Some(error) = &field.error {
            let words = i18n::field_error(self.lang, error);
            for line in text::wrap(&words, columns.saturating_sub(2)) {
                lines.push(Line::styled(format!("! {line}"), self.theme.bad));
            }
        } else if let Some(note) = field.note {
            let (words, style) = match note {
                Note::Asking(key) => (self.lang.t(key), self.theme.muted),
                Note::Fine(key) => (self.lang.t(key), self.theme.good),
                Note::Wrong(key) => (self.lang.t(key), self.theme.bad),
            };
            lines.push(Line::styled(words, style));
        } else if focused && let Some(hint) = field.hint {
            for line in text::wrap(&self.lang.t(hint), columns) {
                lines.push(Line::styled(line, self.theme.muted));
            }
        }
        if focused && let Control::Choice { options, index } = &field.control {
            lines.extend(self.choices(options, *index, columns));
        }
        lines
    }

    /// All that can be chosen, the chosen one marked.
    fn choices(
        &self,
        options: &[(String, Bilingual)],
        chosen: usize,
        columns: usize,
    ) -> Vec<Line<'static>> {
        let mut lines = vec![Line::default()];
        for (index, (_, name)) in options.iter().enumerate() {
            let name = text::clean(self.lang.of(name));
            let style = if index == chosen { self.theme.accent } else { self.theme.muted };
            let line = lines.last_mut().expect("there is a first line");
            if line.width() > 0 && line.width() + text::width(&name) + 2 > columns {
                lines.push(Line::from(Span::styled(name, style)));
            } else {
                if line.width() > 0 {
                    line.push_span(Span::raw("  "));
                }
                line.push_span(Span::styled(name, style));
            }
        }
        lines
    }

    fn height(&self, field: &Field, focused: bool) -> u16 {
        let own = if matches!(field.control, Control::Paragraph(_)) { PARAGRAPH_LINES } else { 1 };
        own + u16::try_from(self.remarks(field, focused).len()).unwrap_or(0)
    }

    fn field(
        &self,
        frame: &mut Frame,
        row: Rect,
        field: &Field,
        focused: bool,
    ) -> Option<Position> {
        let theme = self.theme;
        let label = text::left(&self.lang.t(field.label), self.label_columns);
        let label_style = if focused { theme.accent } else { theme.muted };
        let buf = frame.buffer_mut();
        buf.set_string(row.x, row.y, label, label_style.remove_modifier(Modifier::BOLD));
        let area = self.field_area(row);
        let style = if focused { theme.field_focus } else { theme.field };
        let mut cursor = None;
        let mut own = 1;
        match &field.control {
            Control::Text(text) => {
                let position = text.draw(area, buf, style);
                cursor = focused.then_some(position);
            }
            Control::Paragraph(paragraph) => {
                own = PARAGRAPH_LINES.min(row.height);
                let area = Rect { height: own, ..area };
                cursor = draw_paragraph(frame, area, paragraph, style).filter(|_| focused);
            }
            Control::Toggle(on) => {
                let words = self.lang.t(if *on { "form.yes" } else { "form.no" });
                let mark = if *on { "[x]" } else { "[ ]" };
                let style = if focused { style } else { theme.text };
                buf.set_string(area.x, area.y, format!("{mark} {words}"), style);
            }
            Control::Choice { options, index } => {
                let name = options.get(*index).map_or("…", |(_, name)| self.lang.of(name));
                let name = text::clean(name);
                let style = if focused { style } else { theme.text };
                buf.set_string(area.x, area.y, format!("◂ {name} ▸"), style);
            }
            Control::Button => {}
        }
        let buf = frame.buffer_mut();
        for (line, y) in self.remarks(field, focused).iter().zip(row.y + own..row.bottom()) {
            buf.set_line(area.x, y, line, area.width);
        }
        cursor
    }

    fn button(&self, frame: &mut Frame, row: Rect, x: u16, field: &Field, focused: bool) -> u16 {
        let style = if focused { self.theme.selected } else { self.theme.key };
        let words = format!("[ {} ]", self.lang.t(field.label));
        let width = row.right().saturating_sub(x);
        let (end, _) = frame.buffer_mut().set_stringn(x, row.y, words, usize::from(width), style);
        end + 2
    }
}

fn draw_paragraph(
    frame: &mut Frame,
    area: Rect,
    paragraph: &TextArea<'static>,
    style: ratatui::style::Style,
) -> Option<Position> {
    let mut shown = paragraph.clone();
    shown.set_style(style);
    // The terminal's own cursor is put there instead: input methods follow it.
    shown.set_cursor_style(style);
    frame.render_widget(&shown, area);
    let at = shown.screen_cursor();
    let (top, left) = shown.scroll_offset();
    let row = u16::try_from(at.row).ok()?.checked_sub(top)?;
    let column = u16::try_from(at.col).ok()?.checked_sub(left)?;
    (row < area.height)
        .then(|| Position::new(area.x + column.min(area.width.saturating_sub(1)), area.y + row))
}
