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
    i18n::{self, Lang, tr},
    theme::Theme,
    ui::text,
};

/// Lines of a paragraph's box.
const PARAGRAPH_LINES: u16 = 4;
/// Columns of the widest label.
const LABEL_COLUMNS: usize = 18;
/// The line of the buttons and the one above it.
const BUTTON_LINES: u16 = 2;
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
        let painter = self.painter(area, lang, theme);
        let mut cursor = None;
        for (index, row) in self.places(&painter) {
            let (field, focused) = (&self.fields[index], index == self.focus);
            if field.is_button() {
                painter.button(frame, row, field, focused);
            } else if let Some(position) = painter.field(frame, row, field, focused) {
                cursor = Some(position);
            }
        }
        cursor
    }

    /// The field or button at a place of a form that is drawn into `area`.
    pub(crate) fn at(
        &self,
        at: Position,
        area: Rect,
        lang: Lang,
        theme: &Theme,
    ) -> Option<&'static str> {
        let places = self.places(&self.painter(area, lang, theme));
        let found = places.into_iter().find(|(_, row)| row.contains(at));
        found.map(|(index, _)| self.fields[index].id)
    }

    fn painter<'a>(&self, area: Rect, lang: Lang, theme: &'a Theme) -> Painter<'a> {
        let labels = self.fields.iter().filter(|field| !field.is_button());
        let columns = labels.map(|field| text::width(&lang.t(field.label))).max().unwrap_or(0);
        Painter { lang, theme, label_columns: columns.min(LABEL_COLUMNS), area }
    }

    /// Where each field stands that is in sight. The buttons stand below the fields, or at the foot
    /// where there are more fields than fit.
    fn places(&self, painter: &Painter) -> Vec<(usize, Rect)> {
        let area = painter.area;
        let is_field = |(_, field): &(usize, &Field)| !field.is_button();
        let fields: Vec<_> = self.fields.iter().enumerate().filter(is_field).collect();
        let heights =
            fields.iter().map(|(index, field)| painter.height(field, *index == self.focus));
        let heights: Vec<u16> = heights.collect();
        let total: u16 = heights.iter().sum();
        let buttons = painter.buttons(&self.fields);
        let foot = if buttons.is_empty() { 0 } else { BUTTON_LINES.min(area.height) };
        let room = area.height - foot;
        let before = |count: usize| heights[..count].iter().sum::<u16>();
        let focus = fields.iter().position(|(index, _)| *index == self.focus);
        let top = match focus {
            Some(focus) => before(focus + 1).saturating_sub(room).min(before(focus)),
            None => total.saturating_sub(room),
        };
        let mut places = Vec::new();
        for (order, (index, _)) in fields.iter().enumerate() {
            let at = before(order);
            if at >= top && at - top < room {
                let height = heights[order].min(room - (at - top));
                places.push((*index, Rect { y: area.y + at - top, height, ..area }));
            }
        }
        let y = (area.y + total.min(room) + foot).saturating_sub(1);
        places.extend(
            buttons
                .into_iter()
                .map(|(index, x, width)| (index, Rect { x, y, width, height: foot.min(1) })),
        );
        places
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
        if let Some(newer) = &field.newer {
            let words = tr!(self.lang, "form.newer", value = newer);
            let words = text::truncate(&words, columns);
            lines.push(Line::styled(words, self.theme.warning));
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
                if focused {
                    text.mark_proposed(area, buf, style);
                }
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

    /// The buttons, each with its column and its width.
    fn buttons(&self, fields: &[Field]) -> Vec<(usize, u16, u16)> {
        let mut x = self.area.x;
        let mut buttons = Vec::new();
        for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.is_button()) {
            let wide = u16::try_from(text::width(&self.button_words(field))).unwrap_or(u16::MAX);
            let width = wide.min(self.area.right().saturating_sub(x));
            buttons.push((index, x, width));
            x = x.saturating_add(width + 2).min(self.area.right());
        }
        buttons
    }

    fn button_words(&self, field: &Field) -> String {
        format!("[ {} ]", self.lang.t(field.label))
    }

    fn button(&self, frame: &mut Frame, row: Rect, field: &Field, focused: bool) {
        if row.is_empty() {
            return;
        }
        let style = if focused { self.theme.selected } else { self.theme.key };
        let words = self.button_words(field);
        frame.buffer_mut().set_stringn(row.x, row.y, words, usize::from(row.width), style);
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
    // The widget leaves lines without a text as they are.
    frame.buffer_mut().set_style(area, style);
    let at = shown.screen_cursor();
    let (top, left) = shown.scroll_offset();
    let row = u16::try_from(at.row).ok()?.checked_sub(top)?;
    let column = u16::try_from(at.col).ok()?.checked_sub(left)?;
    (row < area.height)
        .then(|| Position::new(area.x + column.min(area.width.saturating_sub(1)), area.y + row))
}
