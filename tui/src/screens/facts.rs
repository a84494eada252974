//! An auction in sentences: the work, its terms, and how the user stands.

use artipul_common::auctions::{Outcome, Phase};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::lot_row::{self, standing_mark};
use crate::{
    app::{
        lots::{Lot, Standing},
        model::Shared,
    },
    i18n::tr,
    ui::{
        money::won,
        table::fact,
        text,
        time::{Grain, grain},
    },
};

/// Columns of the labels of facts.
pub(crate) const LABEL: usize = 12;

/// Title and artist, wrapped; at most three lines of title.
pub(crate) fn heading(shared: &Shared, lot: &Lot, columns: usize) -> Vec<Line<'static>> {
    let mut title = text::wrap(&lot.auction.title, columns);
    if title.len() > 3 {
        title.truncate(3);
        title[2] = text::truncate(&format!("{}…", title[2]), columns);
    }
    let mut lines: Vec<Line> =
        title.into_iter().map(|line| Line::styled(line, shared.theme.heading)).collect();
    let mut by = lot.auction.artist.clone();
    if let Some(year) = &lot.auction.year {
        by = format!("{by} · {year}");
    }
    lines.push(Line::styled(text::truncate(&by, columns), shared.theme.accent));
    lines
}

/// What the work is: genre, medium, dimensions, tags, who sells it.
pub(crate) fn work(shared: &Shared, lot: &Lot, columns: usize) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let auction = &lot.auction;
    let value_columns = columns.saturating_sub(LABEL + 2);
    let mut lines = Vec::new();
    let mut push = |label: &'static str, value: &str| {
        for (index, part) in text::wrap(value, value_columns).into_iter().take(2).enumerate() {
            let label = if index == 0 { lang.t(label) } else { "".into() };
            // What is divided by a line needs no dot, least of all where the next one is cut off.
            let part = part.strip_suffix(" ·").unwrap_or(&part).to_owned();
            lines.push(fact(&label, LABEL, vec![Span::raw(part)], &shared.theme));
        }
    };
    push("work.genre", shared.genre_name(&auction.genre));
    if let Some(medium) = &auction.medium {
        push("work.medium", medium);
    }
    if let Some(dimensions) = &auction.dimensions {
        push("work.dimensions", dimensions);
    }
    if !auction.tags.is_empty() {
        push("work.tags", &auction.tags.join(" · "));
    }
    let seller = match &auction.seller.college {
        Some(college) => format!("{} · {college}", auction.seller.nickname),
        None => auction.seller.nickname.clone(),
    };
    push("work.seller", &seller);
    lines
}

/// The price, with the style of what it is.
fn price_spans(shared: &Shared, lot: &Lot) -> Vec<Span<'static>> {
    let theme = &shared.theme;
    let flashes = lot.flash_until.is_some_and(|until| until > shared.uptime);
    match lot.auction.price {
        Some(price) => {
            let style = match (flashes, shared.stale) {
                (true, _) => theme.flash,
                (false, true) => theme.muted,
                (false, false) => theme.money,
            };
            let mut spans = vec![Span::styled(won(price), style)];
            if shared.stale {
                spans.push(Span::styled(
                    format!("  {}", shared.lang.t("price.stale")),
                    theme.warning,
                ));
            }
            spans
        }
        None => vec![Span::styled(shared.lang.t("price.none"), theme.muted)],
    }
}

/// Price and time left in one line, for windows that hide the page below them.
pub(crate) fn glance(shared: &Shared, lot: &Lot) -> Line<'static> {
    let (left, style) = lot_row::time_left(shared, lot);
    let mut spans = price_spans(shared, lot);
    spans.push(Span::styled("  ·  ", shared.theme.muted));
    spans.push(Span::styled(left, style));
    Line::from(spans)
}

/// The state of the bidding: price, next bid, leader, time.
pub(crate) fn bidding(shared: &Shared, lot: &Lot) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let auction = &lot.auction;
    let mut lines = Vec::new();
    let mut push = |label: &'static str, value: Vec<Span<'static>>| {
        lines.push(fact(&lang.t(label), LABEL, value, theme));
    };
    let sold = lot.was_sold();
    push(if sold { "price.hammer" } else { "price.current" }, price_spans(shared, lot));
    if let Some(min_next) = auction.min_next
        && lot.takes_bids(shared.now)
    {
        push("price.min-next", vec![Span::raw(won(min_next))]);
    }
    if let Some(leader) = &auction.leader {
        let label = if sold { "price.winner" } else { "price.leader" };
        push(label, vec![Span::raw(leader.clone())]);
    }
    let maximum = auction.me.filter(|part| part.participating).and_then(|part| part.maximum);
    if let Some(maximum) = maximum {
        push("standing.maximum", vec![Span::raw(won(maximum))]);
    }
    let counts = tr!(lang, "price.counts", bids = auction.bid_count, watchers = auction.watchers);
    push("price.interest", vec![Span::raw(counts.into_owned())]);
    let (left, style) = lot_row::time_left(shared, lot);
    let (label, moment) = match lot.phase(shared.now) {
        Phase::Upcoming => ("time.starts-in", auction.starts_at),
        Phase::Ended => ("time.ended", auction.ends_at),
        Phase::Draft => ("time.would-end", auction.ends_at),
        Phase::Open => ("time.ends-in", auction.ends_at),
    };
    let seconds_count = lot.left(shared.now).is_some_and(|left| grain(left) == Grain::Second);
    // One that ended early has not reached the end that was set.
    let ended_early = lot.phase(shared.now) == Phase::Ended && moment > shared.now;
    let moment = match (ended_early, seconds_count) {
        (true, _) => String::new(),
        (false, true) => shared.zone.clock(moment),
        (false, false) => shared.zone.day_time(moment, shared.now),
    };
    let mut time = vec![
        Span::styled(left, style.patch(theme.heading)),
        Span::styled(format!("  {moment}"), theme.muted),
    ];
    if lot.extended_until.is_some_and(|until| until > shared.uptime) {
        time.push(Span::raw(" "));
        time.push(Span::styled(format!(" {} ", lang.t("time.extended")), theme.flash));
    } else if auction.ends_at > auction.scheduled_end {
        time.push(Span::styled(format!(" ({})", lang.t("time.was-extended")), theme.muted));
    }
    push(label, time);
    lines
}

/// The seller's terms.
pub(crate) fn terms(shared: &Shared, lot: &Lot) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let auction = &lot.auction;
    let row = |label: &'static str, text: String, style: Style| {
        fact(&lang.t(label), LABEL, vec![Span::styled(text, style)], theme)
    };
    let mut lines = vec![row("terms.start", won(auction.start_price), theme.text)];
    let (reserve, style) = match (auction.has_reserve, auction.reserve_met) {
        (false, _) => ("terms.no-reserve", theme.muted),
        (true, true) => ("terms.reserve-met", theme.good),
        (true, false) => ("terms.reserve-not-met", theme.warning),
    };
    let mut words = lang.t(reserve).into_owned();
    if let Some(reserve) = auction.reserve_price {
        words = format!("{words} ({})", won(reserve));
    }
    lines.push(row("terms.reserve", words, style));
    if let Some(buy_now) = auction.buy_now_price {
        lines.push(row("terms.buy-now", won(buy_now), theme.text));
    }
    lines
}

/// How the user stands, in one line; nothing for strangers.
pub(crate) fn standing(shared: &Shared, lot: &Lot) -> Option<Line<'static>> {
    let standing = shared.standing(lot);
    let (mark, style) = standing_mark(standing, &shared.theme);
    let lang = shared.lang;
    let ended = lot.phase(shared.now) == Phase::Ended;
    let settled = lot.auction.outcome.is_some();
    let key = match standing {
        Standing::Stranger => return None,
        Standing::Watching => "standing.watching",
        Standing::Seller => "standing.seller",
        Standing::Leading if lot.was_sold() => "standing.won",
        Standing::Leading if lot.auction.outcome == Some(Outcome::Unsold) => "standing.unsold",
        Standing::Leading => "standing.leading",
        Standing::Outbid if ended && settled => "standing.lost",
        Standing::Outbid => "standing.outbid",
    };
    let words = format!("{mark} {}", lang.t(key));
    Some(Line::styled(words, style))
}
