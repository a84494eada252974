//! Auctions in text: as rows of a table, and with all their facts.

use std::borrow::Cow;

use artipul_common::{
    Money, Timestamp,
    auctions::{Auction, Outcome, Phase},
};

use super::{
    Context,
    output::{Column, Sheet},
};
use crate::{
    i18n::{Lang, tr},
    ui::{
        money::won,
        time::{Zone, countdown},
    },
};

/// What stands for an amount that there is not.
pub(super) const NONE: &str = "-";

/// Auctions, one per line.
pub(super) fn table(sheet: &mut Sheet, context: &Context, auctions: &[Auction]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.title")),
        Column::words(lang.t("column.artist")),
        Column::numbers(lang.t("column.price")),
        Column::numbers(lang.t("column.bids")),
        Column::words(lang.t("column.left")),
        Column::words(lang.t("column.state")),
    ];
    let now = context.client.clock().now();
    let row = |auction: &Auction| {
        vec![
            auction.id.to_string(),
            auction.title.clone(),
            auction.artist.clone(),
            won(auction.price.unwrap_or(auction.start_price)),
            auction.bid_count.to_string(),
            left(lang, auction, now),
            state(lang, auction).into_owned(),
        ]
    };
    sheet.table(&columns, &auctions.iter().map(row).collect::<Vec<_>>());
}

fn left(lang: Lang, auction: &Auction, now: Timestamp) -> String {
    match auction.phase {
        Phase::Open => countdown(lang, auction.ends_at - now),
        Phase::Upcoming => {
            tr!(lang, "cli.starts-in", left = countdown(lang, auction.starts_at - now)).into_owned()
        }
        Phase::Draft | Phase::Ended => NONE.to_owned(),
    }
}

/// Where an auction stands, or how it came out, and what it is to the user.
pub(super) fn state(lang: Lang, auction: &Auction) -> Cow<'static, str> {
    let me = auction.me.as_ref();
    match auction.phase {
        Phase::Draft => lang.t("phase.draft"),
        Phase::Upcoming => lang.t("phase.upcoming"),
        Phase::Ended => outcome(lang, auction.outcome),
        Phase::Open if me.is_some_and(|me| me.leading) => lang.t("standing.leading"),
        Phase::Open if me.is_some_and(|me| me.participating) => lang.t("standing.outbid"),
        Phase::Open => lang.t("phase.open"),
    }
}

/// How an auction came out, as far as it is known.
pub(super) fn outcome(lang: Lang, outcome: Option<Outcome>) -> Cow<'static, str> {
    match outcome {
        Some(Outcome::Sold) => lang.t("outcome.sold"),
        Some(Outcome::Unsold) => lang.t("outcome.unsold"),
        Some(Outcome::Cancelled) => lang.t("outcome.cancelled"),
        None => lang.t("outcome.closing"),
    }
}

/// One auction with everything that is known of it.
pub(super) fn facts(sheet: &mut Sheet, context: &Context, auction: &Auction) {
    let lang = context.lang;
    let now = context.client.clock().now();
    let moment = |at| Zone::Local.date_time(at, now);
    sheet.heading(&format!("{} · {}", auction.title, auction.artist));
    let mut facts: Vec<(Cow<'static, str>, String)> = vec![
        ("ID".into(), auction.id.to_string()),
        (lang.t("column.state"), state(lang, auction).into_owned()),
        (lang.t("price.current"), amount(auction.price)),
        (lang.t("price.min-next"), amount(auction.min_next)),
        (lang.t("column.bids"), auction.bid_count.to_string()),
        (lang.t("price.leader"), auction.leader.clone().unwrap_or_else(|| NONE.to_owned())),
        (lang.t("terms.start"), won(auction.start_price)),
        (lang.t("terms.reserve"), reserve(lang, auction)),
        (lang.t("terms.buy-now"), amount(auction.buy_now_price)),
        (lang.t("sell.starts-at"), moment(auction.starts_at)),
        (lang.t("cli.ends"), moment(auction.ends_at)),
        (lang.t("time.ends-in"), left(lang, auction, now)),
        (lang.t("work.seller"), format!("{} ({})", auction.seller.nickname, auction.seller.id)),
        (lang.t("work.genre"), auction.genre.clone()),
    ];
    let optional = [
        (lang.t("work.medium"), auction.medium.clone()),
        (lang.t("work.dimensions"), auction.dimensions.clone()),
        (lang.t("sell.year"), auction.year.clone()),
        (lang.t("work.tags"), (!auction.tags.is_empty()).then(|| auction.tags.join(", "))),
        (lang.t("standing.maximum"), auction.me.and_then(|me| me.maximum).map(won)),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    sheet.facts(&facts);
    if !auction.description.is_empty() {
        sheet.gap();
        sheet.paragraph(&auction.description);
    }
}

/// An amount that there may not be.
pub(super) fn amount(amount: Option<Money>) -> String {
    amount.map_or_else(|| NONE.to_owned(), won)
}

fn reserve(lang: Lang, auction: &Auction) -> String {
    let state = match (auction.has_reserve, auction.reserve_met) {
        (false, _) => lang.t("terms.no-reserve"),
        (true, true) => lang.t("terms.reserve-met"),
        (true, false) => lang.t("terms.reserve-not-met"),
    };
    match auction.reserve_price {
        Some(price) => format!("{} ({state})", won(price)),
        None => state.into_owned(),
    }
}
