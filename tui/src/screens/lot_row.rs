//! An auction as a row of a table, the same in every list.

use artipul_common::auctions::{Outcome, Phase};
use chrono::TimeDelta;
use ratatui::style::Style;

use crate::{
    app::{
        lots::{Lot, Standing},
        model::Shared,
    },
    i18n::Lang,
    theme::Theme,
    ui::{
        money::won,
        table::{Cell, Column, Size},
        time::countdown,
    },
};

/// What the last column is called where nothing is counted down any more.
pub(crate) const OUTCOME: &str = "column.outcome";

/// The columns of a list of auctions. `until` names what is counted down to.
pub(crate) fn columns(lang: Lang, until: &'static str) -> Vec<Column> {
    let price = if until == OUTCOME { "price.hammer" } else { "column.price" };
    vec![
        Column::left("", Size::Fixed(3)),
        Column::left(lang.t("column.title"), Size::Share(3)),
        Column::left(lang.t("column.artist"), Size::Share(2)),
        Column::right(lang.t(price), Size::Fixed(13)),
        Column::right(lang.t("column.bids"), Size::Fixed(4)),
        Column::right(lang.t(until), Size::Fixed(11)),
    ]
}

/// The cells of one auction.
pub(crate) fn cells(shared: &Shared, lot: &Lot) -> Vec<Cell> {
    let theme = &shared.theme;
    let auction = &lot.auction;
    let (left, left_style) = time_left(shared, lot);
    vec![
        marks(shared, lot),
        Cell::new(auction.title.as_str(), theme.text),
        Cell::new(auction.artist.as_str(), theme.muted),
        price(shared, lot),
        Cell::new(auction.bid_count.to_string(), theme.muted),
        Cell::new(left, left_style),
    ]
}

/// The sign of how the user stands, and how it looks.
pub(crate) fn standing_mark(standing: Standing, theme: &Theme) -> (&'static str, Style) {
    match standing {
        Standing::Leading => ("★", theme.good),
        Standing::Outbid => ("!", theme.bad),
        Standing::Seller => ("◆", theme.accent),
        Standing::Watching => ("♥", theme.warning),
        Standing::Stranger => (" ", theme.text),
    }
}

/// The sign of a reserve that is not met.
pub(crate) const RESERVE_MARK: &str = "△";
/// The sign of a work that can be bought at once.
pub(crate) const BUY_NOW_MARK: &str = "»";

fn marks(shared: &Shared, lot: &Lot) -> Cell {
    let (standing, style) = standing_mark(shared.standing(lot), &shared.theme);
    let auction = &lot.auction;
    let reserve = if auction.has_reserve && !auction.reserve_met { RESERVE_MARK } else { " " };
    let buy_now = if lot.can_be_bought(shared.now) { BUY_NOW_MARK } else { " " };
    Cell::new(format!("{standing}{reserve}{buy_now}"), style)
}

/// The price, or the sign that nothing was paid.
pub(crate) fn price(shared: &Shared, lot: &Lot) -> Cell {
    if matches!(lot.auction.outcome, Some(Outcome::Unsold | Outcome::Cancelled)) {
        return Cell::new("–", shared.theme.muted);
    }
    let text = won(lot.shown_price());
    if lot.flash_until.is_some_and(|until| until > shared.uptime) {
        Cell::new(text, shared.theme.flash).loud()
    } else if lot.auction.price.is_some() && !shared.stale {
        Cell::new(text, shared.theme.money)
    } else {
        Cell::new(text, shared.theme.muted)
    }
}

/// What is left of an auction, or how it came out.
pub(crate) fn time_left(shared: &Shared, lot: &Lot) -> (String, Style) {
    let (lang, theme) = (shared.lang, &shared.theme);
    if let Some(left) = lot.left(shared.now) {
        let style = match lot.phase(shared.now) {
            Phase::Open if left < TimeDelta::minutes(1) => theme.bad,
            Phase::Open if left < TimeDelta::minutes(10) => theme.warning,
            _ => theme.text,
        };
        return (countdown(lang, left), style);
    }
    let (key, style) = match (lot.phase(shared.now), lot.auction.outcome) {
        (_, Some(Outcome::Sold)) => ("outcome.sold", theme.good),
        (_, Some(Outcome::Unsold)) => ("outcome.unsold", theme.muted),
        (_, Some(Outcome::Cancelled)) => ("outcome.cancelled", theme.muted),
        (Phase::Draft, None) => ("phase.draft", theme.muted),
        _ => ("outcome.closing", theme.warning),
    };
    (lang.t(key).into_owned(), style)
}
