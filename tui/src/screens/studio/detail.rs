//! Draws the selected work beside the list: its picture, its terms, and the newest bids.

use artipul_common::{
    auctions::{Image, Phase},
    bids::HistoryEntry,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Studio, can_be_changed};
use crate::{
    app::{lots::Lot, model::Shared},
    screens::{facts, wall},
    ui::{
        list::ListCursor,
        money::won,
        table::{self, Cell, Column, Shown, Size},
        text,
    },
};

/// The lines that a picture leaves to what is below it.
const BELOW_PICTURE: u16 = 20;
/// Lines of bids that are worth a heading.
const LEAST_BIDS: u16 = 3;

/// Draws the selected work into `area`, with a line to the left of it.
pub(super) fn draw(studio: &Studio, shared: &Shared, buf: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom() {
        buf.set_string(area.x - 2, y, "│", shared.theme.line);
    }
    let Some(lot) = studio.selected_lot(shared) else { return };
    let mut y = area.y;
    if let Some((image, place)) = picture(shared, lot, area) {
        wall::hang(shared, image, place, buf);
        y += place.height + 1;
    }
    let lines = lines(shared, lot, area.width.into());
    for line in lines {
        if y >= area.bottom() {
            return;
        }
        buf.set_line(area.x, y, &line, area.width);
        y += 1;
    }
    let rest = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
    match studio.bids.on(lot.auction.id) {
        [] => describe(shared, lot, buf, rest),
        entries => bids(shared, entries, buf, rest),
    }
}

/// The selected work's first picture and where it hangs, if there is room for it.
pub(super) fn picture<'l>(shared: &Shared, lot: &'l Lot, area: Rect) -> Option<(&'l Image, Rect)> {
    let image = lot.auction.images.first().filter(|_| shared.pictures.are_shown())?;
    let room = Rect { height: area.height.saturating_sub(BELOW_PICTURE), ..area };
    (room.height >= 4).then(|| (image, wall::place(shared, image, room)))
}

fn lines(shared: &Shared, lot: &Lot, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let mut lines = facts::heading(shared, lot, columns);
    if lot.auction.images.is_empty() && can_be_changed(lot, shared) {
        lines.push(Line::styled(lang.t("studio.no-picture"), theme.warning));
    }
    lines.push(Line::default());
    lines.extend(facts::bidding(shared, lot));
    if lot.phase(shared.now) == Phase::Upcoming {
        let end = shared.zone.date_time(lot.auction.ends_at, shared.now);
        let label = lang.t("time.would-end");
        lines.push(table::fact(&label, facts::LABEL, vec![Span::raw(end)], theme));
    }
    lines.extend(facts::terms(shared, lot));
    if lot.auction.reserve_price.is_some() {
        let words = text::truncate(&lang.t("studio.reserve-is-secret"), columns);
        lines.push(Line::styled(words, theme.muted));
    }
    lines
}

/// What the work is, where nobody has bid.
fn describe(shared: &Shared, lot: &Lot, buf: &mut Buffer, area: Rect) {
    let columns = usize::from(area.width);
    let mut lines = facts::work(shared, lot, columns);
    if !lot.auction.description.is_empty() {
        lines.push(Line::default());
        let words = text::wrap(&lot.auction.description, columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    }
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}

/// The newest bids, as many as fit.
fn bids(shared: &Shared, entries: &[HistoryEntry], buf: &mut Buffer, area: Rect) {
    if area.height < LEAST_BIDS {
        return;
    }
    let lang = shared.lang;
    let columns = [
        Column::left(lang.t("studio.newest-bids"), Size::Fixed(14)),
        Column::left(lang.t("column.bidder"), Size::Share(1)),
        Column::right(lang.t("column.price"), Size::Fixed(14)),
    ];
    let shown = Shown::scrolled(ListCursor::default(), entries.len());
    table::draw(area, buf, &shared.theme, &columns, &shown, |index| {
        let (entry, theme) = (&entries[index], &shared.theme);
        let amount = if index == 0 { theme.money } else { theme.text };
        vec![
            Cell::new(shared.zone.short(entry.placed_at, shared.now), theme.muted),
            Cell::new(entry.bidder.as_str(), theme.text),
            Cell::new(won(entry.amount), amount),
        ]
    });
}
