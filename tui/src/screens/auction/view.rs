//! Draws the page of one auction.

use artipul_common::auctions::Image;
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{AuctionPage, parts};
use crate::{
    app::{
        lots::{Lot, Standing},
        model::Shared,
    },
    i18n,
    screens::{facts, wall},
    ui::{
        chart::{self, Labels, Step},
        money::won,
        notice,
        table::{self, Cell, Column, Shown, Size},
        text,
    },
};

/// Draws the page into `body`.
pub(crate) fn view(page: &AuctionPage, shared: &Shared, frame: &mut Frame, body: Rect) {
    let Some(lot) = page.lot(shared) else {
        return absent(page, shared, frame.buffer_mut(), body);
    };
    let parts = parts(body);
    let buf = frame.buffer_mut();
    for y in body.top()..body.bottom() {
        buf.set_string(parts.work.right(), y, "│", shared.theme.line);
    }
    work(shared, lot, buf, parts.work);
    info(shared, lot, buf, parts.info);
    price_chart(page, shared, lot, buf, parts.chart);
    history(page, shared, buf, parts.history);
}

/// What is shown as long as the auction is not known.
fn absent(page: &AuctionPage, shared: &Shared, buf: &mut Buffer, body: Rect) {
    let lang = shared.lang;
    match page.error() {
        Some(error) => {
            let hint = if error.is_passing() { "load.again-by-itself" } else { "load.back" };
            let words = i18n::failure(lang, error);
            notice::draw(buf, body, shared, &words, &lang.t(hint), shared.theme.bad);
        }
        None => notice::draw_waiting(buf, body, shared, "auction.reading"),
    }
}

/// The picture, what it is called and what it is.
fn work(shared: &Shared, lot: &Lot, buf: &mut Buffer, area: Rect) {
    let columns = usize::from(area.width).saturating_sub(1);
    let mut y = area.y;
    if let Some((image, place)) = picture(shared, lot, area) {
        wall::hang(shared, image, place, buf);
        y += place.height + 1;
    }
    let mut lines = facts::heading(shared, lot, columns);
    lines.push(Line::default());
    lines.extend(facts::work(shared, lot, columns));
    if !lot.auction.description.is_empty() {
        lines.push(Line::default());
        let words = text::wrap(&lot.auction.description, columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    }
    let room = usize::from(area.bottom().saturating_sub(y));
    if lines.len() > room && room > 0 {
        lines.truncate(room);
        let hint = shared.lang.t("auction.more-details");
        let hint = shared.keymap.fill(shared.lang, &hint);
        lines[room - 1] = Line::styled(text::truncate(&hint, columns), shared.theme.muted);
    }
    for (line, y) in lines.iter().zip(y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width - 1);
    }
}

/// The work's first picture and where it hangs, if there is room for it beside the words.
pub(super) fn picture<'l>(shared: &Shared, lot: &'l Lot, area: Rect) -> Option<(&'l Image, Rect)> {
    let image = lot.auction.images.first().filter(|_| shared.pictures.are_shown())?;
    let columns = usize::from(area.width).saturating_sub(1);
    let below =
        facts::heading(shared, lot, columns).len() + facts::work(shared, lot, columns).len() + 2;
    let below = u16::try_from(below).unwrap_or(u16::MAX);
    let room = area.height.saturating_sub(below).min(area.height * 3 / 5);
    let room = Rect { height: room, width: area.width.saturating_sub(1), ..area };
    (room.height >= 4).then(|| (image, wall::place(shared, image, room)))
}

fn info(shared: &Shared, lot: &Lot, buf: &mut Buffer, area: Rect) {
    let mut lines = Vec::new();
    lines.push(
        facts::standing(shared, lot).unwrap_or_else(|| {
            Line::styled(shared.lang.t("standing.stranger"), shared.theme.muted)
        }),
    );
    lines.extend(facts::bidding(shared, lot));
    lines.extend(facts::terms(shared, lot));
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}

fn price_chart(page: &AuctionPage, shared: &Shared, lot: &Lot, buf: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    title(shared, buf, area, shared.lang.t("auction.chart"));
    let plot = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let seconds = |time: artipul_common::Timestamp| time.timestamp_millis() as f64 / 1000.0;
    let steps: Vec<Step> = page
        .history
        .iter()
        .rev()
        .map(|entry| Step { at: seconds(entry.placed_at), price: entry.amount })
        .collect();
    let Some(first) = page.history.last() else {
        let may_bid = lot.takes_bids(shared.now) && shared.standing(lot) != Standing::Seller;
        let key = if may_bid { "auction.no-bids" } else { "price.none" };
        let words = text::wrap(&shared.lang.t(key), usize::from(plot.width));
        for (line, y) in words.iter().zip(plot.y..plot.bottom()) {
            buf.set_string(plot.x, y, line, shared.theme.muted);
        }
        return;
    };
    let until = shared.now.min(lot.auction.ends_at);
    let labels = Labels {
        from: shared.zone.short(first.placed_at, shared.now),
        to: shared.zone.short(until, shared.now),
    };
    chart::draw(plot, buf, &shared.theme, &steps, seconds(until), &labels);
}

fn history(page: &AuctionPage, shared: &Shared, buf: &mut Buffer, area: Rect) {
    if area.height < 2 || page.history.is_empty() {
        return;
    }
    let lang = shared.lang;
    let columns = [
        Column::left(lang.t("column.when"), Size::Fixed(11)),
        Column::left(lang.t("column.bidder"), Size::Share(1)),
        Column::right(lang.t("column.price"), Size::Fixed(14)),
    ];
    table::draw(
        area,
        buf,
        &shared.theme,
        &columns,
        &Shown::scrolled(page.cursor, page.history.len()),
        |index| {
            let entry = &page.history[index];
            let theme = &shared.theme;
            let amount = if index == 0 { theme.money } else { theme.text };
            vec![
                Cell::new(shared.zone.short(entry.placed_at, shared.now), theme.muted),
                Cell::new(entry.bidder.as_str(), theme.text),
                Cell::new(won(entry.amount), amount),
            ]
        },
    );
}

fn title(shared: &Shared, buf: &mut Buffer, area: Rect, words: impl Into<String>) {
    let words = words.into();
    let rule = usize::from(area.width).saturating_sub(text::width(&words) + 1);
    let line = Line::from(vec![
        Span::styled(words, shared.theme.muted),
        Span::styled(format!(" {}", "─".repeat(rule)), shared.theme.line),
    ]);
    buf.set_line(area.x, area.y, &line, area.width);
}
