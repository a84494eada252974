//! What stands where there is nothing else to show: nothing yet, nothing at all, or an error.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::text;
use crate::app::{model::Shared, subs::SPIN};

const TURNS: [&str; 6] = ["⠷", "⠯", "⠟", "⠻", "⠽", "⠾"];

/// A spinner and what is waited for.
pub(crate) fn waiting(shared: &Shared, label: &'static str) -> Line<'static> {
    spinning(shared, shared.lang.t(label).into_owned())
}

/// A spinner and words.
pub(crate) fn spinning(shared: &Shared, words: String) -> Line<'static> {
    let turn = (shared.uptime.as_millis() / SPIN.as_millis()) as usize;
    let spinner = format!("{} ", TURNS[turn % TURNS.len()]);
    let spinner = Span::styled(spinner, shared.theme.accent);
    Line::from(vec![spinner, Span::styled(words, shared.theme.muted)])
}

/// [`waiting`], in the middle of an area.
pub(crate) fn draw_waiting(buf: &mut Buffer, area: Rect, shared: &Shared, label: &'static str) {
    centre(buf, area, &[waiting(shared, label)]);
}

/// A sentence and what can be done about it, in the middle of an area. The hint may have places
/// for the names of keys.
pub(crate) fn draw(
    buf: &mut Buffer,
    area: Rect,
    shared: &Shared,
    sentence: &str,
    hint: &str,
    style: Style,
) {
    let columns = usize::from(area.width.saturating_sub(4)).min(70);
    let hint = shared.keymap.fill(shared.lang, hint);
    let mut lines: Vec<Line> =
        text::wrap(sentence, columns).into_iter().map(|line| Line::styled(line, style)).collect();
    lines.push(Line::default());
    let hint = text::wrap(&hint, columns);
    lines.extend(hint.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    centre(buf, area, &lines);
}

fn centre(buf: &mut Buffer, area: Rect, lines: &[Line]) {
    let height = u16::try_from(lines.len()).unwrap_or(area.height);
    let top = area.y + area.height.saturating_sub(height) * 2 / 5;
    for (line, y) in lines.iter().zip(top..area.bottom()) {
        let width = u16::try_from(line.width()).unwrap_or(area.width).min(area.width);
        buf.set_line(area.x + (area.width - width) / 2, y, line, width);
    }
}
