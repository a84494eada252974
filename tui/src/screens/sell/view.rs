//! Draws the form about a work.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{Purpose, Sell};
use crate::{
    app::model::Shared,
    i18n::{self, tr},
    screens::{
        sending::{self, paragraph},
        sign_in::failure,
    },
    ui::{notice, text, time::countdown},
};

fn area(body: Rect) -> Rect {
    Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body }
}

/// Where the fields are in `body`.
pub(super) fn form_area(sell: &Sell, shared: &Shared, body: Rect) -> Rect {
    let area = area(body);
    let remarks = remarks(sell, shared, usize::from(area.width));
    let below = u16::try_from(remarks.len()).unwrap_or(0).min(area.height / 2);
    Rect { y: area.y + 2, height: area.height.saturating_sub(2 + below), ..area }
}

/// Draws the form into `body`.
pub(crate) fn view(sell: &Sell, shared: &Shared, frame: &mut Frame, body: Rect) {
    let area = area(body);
    let columns = usize::from(area.width);
    let heading = text::truncate(&heading(sell, shared), columns);
    frame.buffer_mut().set_string(area.x, area.y, heading, shared.theme.heading);
    let remarks = remarks(sell, shared, columns);
    let form = form_area(sell, shared, body);
    let cursor = sell.form.draw(frame, form, shared.lang, &shared.theme);
    for (line, y) in remarks.iter().zip(form.bottom()..area.bottom()) {
        frame.buffer_mut().set_line(area.x, y, line, area.width);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

fn heading(sell: &Sell, shared: &Shared) -> String {
    let lang = shared.lang;
    match &sell.purpose {
        Purpose::New => lang.t("sell.heading").into_owned(),
        Purpose::Edit(auction) => {
            tr!(lang, "sell.heading-edit", title = auction.title).into_owned()
        }
        Purpose::Relist(auction) => {
            tr!(lang, "sell.heading-relist", title = auction.title).into_owned()
        }
    }
}

/// What stands below the form: what is on its way, what is wrong, or when it will end.
fn remarks(sell: &Sell, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let lang = shared.lang;
    if let Some(key) = &sell.sent {
        return sending::lines(shared, key, columns);
    }
    if sell.saving.is_waiting() {
        return vec![notice::waiting(shared, "sending.now")];
    }
    let mut lines = match &sell.failed {
        Some(error) => failure(shared, error, columns),
        None => Vec::new(),
    };
    if sell.is_overtaken(shared) {
        let words = paragraph(&lang.t("sell.overtaken"), columns);
        lines.extend(words.into_iter().map(|line| line.style(shared.theme.warning)));
    }
    if sell.is_behind {
        let words = paragraph(&lang.t("sell.behind"), columns);
        lines.extend(words.into_iter().map(|line| line.style(shared.theme.warning)));
    }
    if !lines.is_empty() {
        return lines;
    }
    if let Some(error) = sell.strangers.first() {
        let words = i18n::field_error(lang, error);
        let words = format!("{}: {words}", text::clean(&error.field));
        return vec![Line::styled(text::truncate(&words, columns), shared.theme.bad)];
    }
    preview(sell, shared)
        .map(|words| Line::styled(text::truncate(&words, columns), shared.theme.muted))
        .into_iter()
        .collect()
}

/// When the auction would run, as far as that was typed.
fn preview(sell: &Sell, shared: &Shared) -> Option<String> {
    let lang = shared.lang;
    let end = sell.moment("ends_at", shared)?;
    let (at, left) = (shared.zone.date_time(end, shared.now), countdown(lang, end - shared.now));
    let start = sell.form.has("starts_at").then(|| sell.moment("starts_at", shared)).flatten();
    let words = match start.filter(|start| *start > shared.now) {
        Some(start) => {
            let start = shared.zone.date_time(start, shared.now);
            tr!(lang, "sell.preview-scheduled", start = start, end = at, left = left)
        }
        None => tr!(lang, "sell.preview", end = at, left = left),
    };
    Some(words.into_owned())
}
