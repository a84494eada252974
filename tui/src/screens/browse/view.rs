//! Draws the list of auctions.

use artipul_common::{
    auctions::{Image, Phase, Sort},
    client::ClientError,
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Browse, gallery, parts};
use crate::{
    app::{lots::Lot, model::Shared},
    i18n::{self, Lang, tr},
    keymap::{Action, When},
    screens::{facts, lot_row, wall},
    ui::{notice, table, tabs, text},
};

/// Draws the screen into `body`.
pub(crate) fn view(browse: &Browse, shared: &Shared, frame: &mut Frame, body: Rect) {
    let parts = parts(body, browse.is_gallery);
    genre_strip(browse, shared, frame.buffer_mut(), parts.genres);
    filter_line(browse, shared, frame, parts.filters);
    if browse.rows.is_empty() {
        let list = Rect { width: body.width, ..parts.list };
        return empty(browse, shared, frame.buffer_mut(), list);
    }
    if browse.is_gallery {
        return gallery::view(browse, shared, frame.buffer_mut(), parts.list);
    }
    list(browse, shared, frame.buffer_mut(), parts.list);
    if let Some(area) = parts.details
        && let Some(lot) = browse.selected().and_then(|id| shared.lots.get(id))
    {
        details(shared, lot, frame, area);
    }
}

fn list(browse: &Browse, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let until = match browse.phase {
        Phase::Upcoming => "column.starts",
        Phase::Ended => lot_row::OUTCOME,
        Phase::Open | Phase::Draft => "column.left",
    };
    let columns = lot_row::columns(shared.lang, until);
    table::draw(
        strip(area),
        buf,
        &shared.theme,
        &columns,
        &table::Shown::selecting(browse.cursor, browse.rows.len()),
        |index| {
            let lot = shared.lots.get(browse.rows[index]);
            lot.map(|lot| lot_row::cells(shared, lot)).unwrap_or_default()
        },
    );
}

/// An area without the columns at its edges.
pub(super) fn strip(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// All genres, and each of them.
pub(super) fn genre_names(shared: &Shared) -> Vec<String> {
    std::iter::once(shared.lang.t("browse.all-genres").into_owned())
        .chain(shared.genres.iter().map(|genre| shared.lang.of(&genre.name).to_owned()))
        .collect()
}

fn genre_strip(browse: &Browse, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let (area, names) = (strip(area), genre_names(shared));
    tabs::draw(buf, area, &shared.theme, &names, browse.genre_index(shared));
}

fn phase_name(lang: Lang, phase: Phase) -> String {
    let key = match phase {
        Phase::Draft => "phase.draft",
        Phase::Upcoming => "phase.upcoming",
        Phase::Open => "phase.open",
        Phase::Ended => "phase.ended",
    };
    lang.t(key).into_owned()
}

fn sort_name(lang: Lang, sort: Sort, phase: Phase) -> String {
    let ended = sort == Sort::Ending && phase == Phase::Ended;
    lang.t(if ended { "sort.ended" } else { sort_key(sort) }).into_owned()
}

/// The key of an order's name.
pub(crate) fn sort_key(sort: Sort) -> &'static str {
    match sort {
        Sort::Ending => "sort.ending",
        Sort::Newest => "sort.newest",
        Sort::Cheapest => "sort.cheapest",
        Sort::Dearest => "sort.dearest",
        Sort::Popular => "sort.popular",
    }
}

/// Phase, order and words, each behind its key; at the right how much there is.
fn filter_line(browse: &Browse, shared: &Shared, frame: &mut Frame, area: Rect) {
    let (lang, theme) = (shared.lang, &shared.theme);
    let mut spans = Vec::new();
    let pair = |action: Action, value: String| {
        let key = shared.keymap.name_of(lang, When::Browse, action);
        [Span::raw("  "), Span::styled(key, theme.key), Span::raw(format!(" {value}"))]
    };
    spans.extend(pair(Action::Phase, phase_name(lang, browse.phase)));
    spans.extend(pair(Action::Sort, sort_name(lang, browse.sort, browse.phase)));
    spans.extend(pair(Action::Search, String::new()));
    let line = Line::from(spans);
    let field_x = area.x + u16::try_from(line.width()).unwrap_or(0);
    frame.buffer_mut().set_line(area.x, area.y, &line, area.width);

    let count = count(browse, shared);
    let count_width = u16::try_from(count.width()).unwrap_or(0) + 2;
    let field = Rect {
        x: field_x,
        width: area.right().saturating_sub(field_x + count_width).min(40),
        ..area
    };
    if let Some(typing) = &browse.typing {
        let at = typing.draw(field, frame.buffer_mut(), theme.field_focus);
        frame.set_cursor_position(at);
    } else {
        let (words, style) = if browse.words.is_empty() {
            (lang.t("browse.no-words").into_owned(), theme.muted)
        } else {
            (text::clean(&browse.words), theme.accent)
        };
        let words = text::truncate(&words, usize::from(field.width));
        frame.buffer_mut().set_string(field.x, field.y, words, style);
    }
    let x = area.right().saturating_sub(count_width);
    frame.buffer_mut().set_line(x, area.y, &count, count_width);
}

fn count(browse: &Browse, shared: &Shared) -> Line<'static> {
    let lang = shared.lang;
    if browse.first.is_waiting() && !browse.current && !browse.rows.is_empty() {
        return notice::waiting(shared, "browse.reading");
    }
    if browse.rows.is_empty() {
        return Line::default();
    }
    let place = browse.cursor.selected() + 1;
    let more = if browse.next_page.is_some() { "+" } else { "" };
    let words = tr!(lang, "browse.count", place = place, count = browse.rows.len(), more = more);
    Line::styled(words.into_owned(), shared.theme.muted)
}

/// What stands where rows would be.
fn empty(browse: &Browse, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let lang = shared.lang;
    if let Some(error) = browse.first.error() {
        let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
        let (words, hint) = (i18n::failure(lang, error), lang.t(hint));
        if !matches!(error, ClientError::Offline(_)) {
            return notice::draw(buf, area, shared, &words, &hint, shared.theme.bad);
        }
        // Perhaps there is none, or it is elsewhere.
        let server = text::clean(&shared.server);
        let words = format!("{words} ({server})");
        let hint = format!("{hint}\n{}", lang.t("browse.no-server"));
        return notice::draw(buf, area, shared, &words, &hint, shared.theme.bad);
    }
    if !browse.current {
        return notice::draw_waiting(buf, area, shared, "browse.reading");
    }
    let (title, hint) = if browse.words.is_empty() {
        ("browse.empty", "browse.empty-hint")
    } else {
        ("browse.nothing-found", "browse.nothing-found-hint")
    };
    notice::draw(buf, area, shared, &lang.t(title), &lang.t(hint), shared.theme.heading);
}

fn within(details: Rect) -> Rect {
    Rect { x: details.x + 1, width: details.width.saturating_sub(2), ..details }
}

/// The selected work's first picture, and where it hangs beside the list.
pub(super) fn picture<'l>(
    shared: &Shared,
    lot: &'l Lot,
    details: Rect,
) -> Option<(&'l Image, Rect)> {
    let image = lot.auction.images.first().filter(|_| shared.pictures.are_shown())?;
    let room = within(Rect { height: details.height * 2 / 5, ..details });
    Some((image, wall::place(shared, image, room)))
}

/// The selected work beside the list.
fn details(shared: &Shared, lot: &Lot, frame: &mut Frame, area: Rect) {
    let buf = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        buf.set_string(area.x - 1, y, "│", shared.theme.line);
    }
    let outer = area;
    let area = within(area);
    let columns = usize::from(area.width);
    let mut y = area.y;
    if let Some((image, place)) = picture(shared, lot, outer) {
        wall::hang(shared, image, place, buf);
        y += place.height + 1;
    }
    let mut lines = facts::heading(shared, lot, columns);
    lines.push(Line::default());
    lines.extend(facts::standing(shared, lot));
    lines.extend(facts::bidding(shared, lot));
    lines.extend(facts::terms(shared, lot));
    lines.push(Line::default());
    lines.extend(facts::work(shared, lot, columns));
    if !lot.auction.description.is_empty() {
        lines.push(Line::default());
        let words = text::wrap(&lot.auction.description, columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    }
    for (line, y) in lines.iter().zip(y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}
