//! Draws the studio: what was earned, the tabs, the works, and the selected one beside them.

use artipul_common::{auctions::Outcome, client::ClientError};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use super::{Studio, Tab, detail, is_artist, parts};
use crate::{
    app::{lots::Lot, model::Shared},
    i18n::{self, tr},
    screens::{batch, lot_row, sell},
    ui::{
        money::won,
        notice,
        table::{self, Cell, Column, Size},
        tabs,
    },
};

/// Draws the screen into `body`.
pub(crate) fn view(studio: &Studio, shared: &Shared, frame: &mut Frame, body: Rect) {
    let lang = shared.lang;
    if !is_artist(shared) {
        let (title, hint) = (lang.t("sell.artists-only"), lang.t("sell.become-artist"));
        let buf = frame.buffer_mut();
        return notice::draw(buf, body, shared, &title, &hint, shared.theme.heading);
    }
    if let Some(form) = &studio.form {
        return sell::view(form, shared, frame, body);
    }
    if let Some(file) = &studio.batch {
        return batch::view(file, shared, frame, body);
    }
    let parts = parts(body);
    let buf = frame.buffer_mut();
    buf.set_line(parts.head.x, parts.head.y, &earned(studio, shared), parts.head.width);
    tab_line(studio, shared, buf, parts.tabs);
    let whole = Rect { width: parts.tabs.width, ..parts.list };
    let list = studio.list();
    if let Some(error) = list.error()
        && list.rows().is_empty()
    {
        failed(error, shared, buf, whole);
    } else if !list.is_known() {
        notice::draw_waiting(buf, whole, shared, "mine.reading");
    } else if list.rows().is_empty() {
        empty(studio, shared, buf, whole);
    } else {
        rows(studio, shared, buf, parts.list);
        if let Some(area) = parts.detail {
            detail::draw(studio, shared, buf, area);
        }
    }
}

fn failed(error: &ClientError, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
    let words = i18n::failure(shared.lang, error);
    notice::draw(buf, area, shared, &words, &shared.lang.t(hint), shared.theme.bad);
}

fn empty(studio: &Studio, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let (title, hint) = match studio.tab {
        Tab::Open => ("studio.none-open", "studio.begin"),
        Tab::Upcoming => ("studio.none-upcoming", "studio.begin-upcoming"),
        Tab::Drafts => ("studio.none-drafts", "studio.begin-drafts"),
        Tab::Sold => ("studio.none-sold", "studio.begin-sold"),
        Tab::Unsold => ("studio.none-unsold", "studio.begin-unsold"),
    };
    let (title, hint) = (shared.lang.t(title), shared.lang.t(hint));
    notice::draw(buf, area, shared, &title, &hint, shared.theme.heading);
}

/// What the sold works earned, and from how many sales that is summed.
fn earned(studio: &Studio, shared: &Shared) -> Line<'static> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let label = Span::styled(format!("{}  ", lang.t("studio.proceeds")), theme.muted);
    let Some(sum) = studio.proceeds.sum() else {
        let failed = studio.proceeds.has_failed();
        let words = if failed { lang.t("studio.proceeds-unknown") } else { "…".into() };
        return Line::from(vec![label, Span::styled(words, theme.muted)]);
    };
    let sold = shared.account.summary.map_or(sum.sales, |summary| summary.sold);
    let from = if sum.sales < sold {
        tr!(lang, "studio.from-latest", count = sum.sales, sold = sold)
    } else {
        tr!(lang, "studio.from-sales", count = sum.sales)
    };
    Line::from(vec![
        label,
        Span::styled(won(sum.total), theme.money),
        Span::styled(format!("  {from}"), theme.muted),
    ])
}

/// The tabs with their counts.
fn tab_names(shared: &Shared) -> Vec<String> {
    let summary = shared.account.summary;
    Tab::ALL
        .into_iter()
        .map(|(tab, key)| {
            let count = summary.map(|summary| tab.count(&summary));
            let count = count.map_or(String::new(), |count| format!(" {count}"));
            format!("{}{count}", shared.lang.t(key))
        })
        .collect()
}

/// The names stand in line with what is above and below them.
fn tab_area(area: Rect) -> Rect {
    Rect { x: area.x.saturating_sub(3), width: area.width + 3, ..area }
}

fn tab_line(studio: &Studio, shared: &Shared, buf: &mut Buffer, area: Rect) {
    tabs::draw(buf, tab_area(area), &shared.theme, &tab_names(shared), studio.tab.index());
}

/// The tab at a place.
pub(super) fn tab_at(studio: &Studio, shared: &Shared, area: Rect, at: Position) -> Option<usize> {
    tabs::at(tab_area(area), &tab_names(shared), studio.tab.index(), at)
}

fn rows(studio: &Studio, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let columns = columns(studio.tab, shared);
    let list = studio.list();
    let shown = table::Shown::selecting(list.cursor(), list.rows().len());
    table::draw(area, buf, &shared.theme, &columns, &shown, |index| {
        let lot = shared.lots.get(list.rows()[index]);
        lot.map_or(Vec::new(), |lot| cells(studio.tab, shared, lot))
    });
}

const PRICE: Size = Size::Fixed(13);
const COUNT: Size = Size::Fixed(5);
const MOMENT: Size = Size::Fixed(11);

fn columns(tab: Tab, shared: &Shared) -> Vec<Column> {
    let lang = shared.lang;
    let right = |key, size| Column::right(lang.t(key), size);
    let work = Column::left(lang.t("column.title"), Size::Share(1));
    let rest = match tab {
        Tab::Open => vec![
            right("column.price", PRICE),
            right("column.bids", COUNT),
            right("terms.reserve", Size::Fixed(11)),
            right("column.left", MOMENT),
        ],
        Tab::Upcoming => vec![
            right("terms.start", PRICE),
            right("studio.watchers", Size::Fixed(8)),
            right("column.starts", MOMENT),
        ],
        Tab::Drafts => vec![
            right("terms.start", PRICE),
            right("studio.pictures", Size::Fixed(8)),
            right("time.would-end", MOMENT),
        ],
        Tab::Sold => vec![
            right("price.hammer", PRICE),
            right("column.bids", COUNT),
            right("price.winner", Size::Fixed(9)),
            right("time.ended", MOMENT),
        ],
        Tab::Unsold => vec![
            right("studio.why", Size::Fixed(15)),
            right("column.bids", COUNT),
            right("time.ended", MOMENT),
        ],
    };
    std::iter::once(work).chain(rest).collect()
}

fn cells(tab: Tab, shared: &Shared, lot: &Lot) -> Vec<Cell> {
    let theme = &shared.theme;
    let auction = &lot.auction;
    let muted = |text: String| Cell::new(text, theme.muted);
    let bids = || muted(auction.bid_count.to_string());
    let ended = || muted(shared.zone.short(auction.ends_at, shared.now));
    let (left, left_style) = lot_row::time_left(shared, lot);
    let rest = match tab {
        Tab::Open => {
            vec![
                lot_row::price(shared, lot),
                bids(),
                reserve(shared, lot),
                Cell::new(left, left_style),
            ]
        }
        Tab::Upcoming => vec![
            Cell::new(won(auction.start_price), theme.text),
            muted(auction.watchers.to_string()),
            Cell::new(left, left_style),
        ],
        Tab::Drafts => vec![
            Cell::new(won(auction.start_price), theme.text),
            pictures(shared, lot),
            muted(shared.zone.short(auction.ends_at, shared.now)),
        ],
        Tab::Sold => vec![
            lot_row::price(shared, lot),
            bids(),
            Cell::new(auction.leader.clone().unwrap_or_default(), theme.text),
            ended(),
        ],
        Tab::Unsold => vec![why_unsold(shared, lot), bids(), ended()],
    };
    std::iter::once(Cell::new(auction.title.as_str(), theme.text)).chain(rest).collect()
}

/// Whether the secret reserve is met.
fn reserve(shared: &Shared, lot: &Lot) -> Cell {
    let (lang, theme) = (shared.lang, &shared.theme);
    match (lot.auction.has_reserve, lot.auction.reserve_met) {
        (false, _) => Cell::new("–", theme.muted),
        (true, true) => Cell::new(lang.t("terms.reserve-met"), theme.good),
        (true, false) => Cell::new(lang.t("terms.reserve-not-met"), theme.warning),
    }
}

fn pictures(shared: &Shared, lot: &Lot) -> Cell {
    match lot.auction.images.len() {
        0 => Cell::new("–", shared.theme.warning),
        count => Cell::new(count.to_string(), shared.theme.muted),
    }
}

/// Why an auction ended without a sale.
fn why_unsold(shared: &Shared, lot: &Lot) -> Cell {
    let key = match (lot.auction.outcome, lot.auction.bid_count) {
        (Some(Outcome::Cancelled), _) => "studio.withdrawn",
        (None, _) => "outcome.closing",
        (_, 0) => "price.none",
        _ => "studio.below-reserve",
    };
    Cell::new(shared.lang.t(key), shared.theme.muted)
}
