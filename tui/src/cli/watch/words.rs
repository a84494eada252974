//! An event of an auction in words: as a line with columns, or as a sentence.

use std::collections::HashMap;

use artipul_common::{
    AuctionId,
    auctions::{AuctionQuery, Outcome, Phase},
    client::stream::AuctionEvent,
    events::{AuctionEventKind, EventsQuery},
};
use chrono::TimeDelta;

use crate::{
    cli::{Context, auction, error::CliError},
    i18n::{Lang, tr},
    ui::{
        money::won,
        text,
        time::{Zone, countdown},
    },
};

/// Columns of a title in a line.
const TITLE: usize = 28;
/// Columns of a price in a line.
const PRICE: usize = 14;

/// The titles of the auctions, which events do not carry.
#[derive(Debug, Default)]
pub(super) struct Titles(HashMap<AuctionId, String>);

impl Titles {
    /// Reads the titles of what is asked for.
    pub(super) async fn read(
        &mut self,
        context: &Context,
        query: &EventsQuery,
    ) -> Result<(), CliError> {
        for id in &query.auctions {
            let title = context.client.auction(*id).await?.title;
            self.0.insert(*id, title);
        }
        for genre in &query.genres {
            self.read_genre(context, genre).await?;
        }
        Ok(())
    }

    async fn read_genre(&mut self, context: &Context, genre: &str) -> Result<(), CliError> {
        let mut query = AuctionQuery {
            genre: Some(genre.to_owned()),
            phase: Some(Phase::Open),
            limit: Some(100),
            ..AuctionQuery::default()
        };
        loop {
            let page = context.client.auctions(&query).await?;
            self.0.extend(page.items.into_iter().map(|auction| (auction.id, auction.title)));
            if page.next_cursor.is_none() {
                return Ok(());
            }
            query.cursor = page.next_cursor;
        }
    }

    /// The title of an auction, or its number where it cannot be read now.
    pub(super) async fn of(&mut self, context: &Context, id: AuctionId) -> String {
        if let Some(title) = self.0.get(&id) {
            return title.clone();
        }
        match context.client.auction(id).await {
            Ok(auction) => self.0.entry(id).or_insert(auction.title).clone(),
            Err(_) => format!("#{id}"),
        }
    }
}

/// An event with its facts one under the other's, event after event.
pub(super) fn line(context: &Context, title: &str, event: &AuctionEvent) -> String {
    let (lang, state) = (context.lang, &event.state);
    let kind = match event.kind {
        AuctionEventKind::TopBid => lang.t("cli.event-top-bid"),
        AuctionEventKind::Extended => lang.t("cli.event-extended"),
        AuctionEventKind::Closed => auction::outcome(lang, state.outcome),
        AuctionEventKind::Resync => lang.t("cli.event-resync"),
    };
    let left = match state.phase {
        Phase::Ended => auction::NONE.to_owned(),
        _ => countdown(lang, state.ends_at - context.client.clock().now()),
    };
    [
        Zone::Local.clock(state.server_time),
        text::left(&text::clean(title), TITLE),
        text::right(&auction::amount(state.price), PRICE),
        bids(lang, state.bid_count),
        left,
        kind.into_owned(),
    ]
    .join("  ")
}

/// An event as somebody would say it.
pub(super) fn sentence(context: &Context, title: &str, event: &AuctionEvent) -> String {
    let (lang, state) = (context.lang, &event.state);
    let (title, bids) = (text::clean(title), bids(lang, state.bid_count));
    let left = in_words(lang, state.ends_at - context.client.clock().now());
    let price = state.price.map(won);
    let words = match (event.kind, price, state.outcome) {
        (AuctionEventKind::Closed, Some(price), Some(Outcome::Sold)) => {
            tr!(lang, "cli.says-sold", title = title, price = price, bids = bids)
        }
        (AuctionEventKind::Closed, _, Some(Outcome::Cancelled)) => {
            tr!(lang, "cli.says-cancelled", title = title)
        }
        (AuctionEventKind::Closed, ..) => tr!(lang, "cli.says-unsold", title = title),
        (_, Some(price), _) if state.phase == Phase::Ended => {
            tr!(lang, "cli.says-closing", title = title, price = price)
        }
        (AuctionEventKind::TopBid, Some(price), _) => {
            tr!(lang, "cli.says-top-bid", title = title, price = price, bids = bids, left = left)
        }
        (AuctionEventKind::Extended, Some(price), _) => {
            tr!(lang, "cli.says-extended", title = title, price = price, bids = bids, left = left)
        }
        (_, Some(price), _) => {
            tr!(lang, "cli.says-state", title = title, price = price, bids = bids, left = left)
        }
        (_, None, _) => tr!(lang, "cli.says-no-bid", title = title, left = left),
    };
    words.into_owned()
}

fn bids(lang: Lang, count: u64) -> String {
    match count {
        1 => lang.t("cli.bid-one"),
        _ => tr!(lang, "cli.bids", count = count),
    }
    .into_owned()
}

/// A length of time in its largest unit, as one says it.
fn in_words(lang: Lang, left: TimeDelta) -> String {
    let seconds = left.num_seconds().max(0);
    match seconds {
        172_800.. => tr!(lang, "length.days", count = seconds / 86_400),
        7_200.. => tr!(lang, "length.hours", count = seconds / 3_600),
        120.. => tr!(lang, "length.minutes", count = seconds / 60),
        _ => tr!(lang, "length.seconds", count = seconds),
    }
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_its_largest_unit() {
        let en = |seconds| in_words(Lang::En, TimeDelta::seconds(seconds));
        assert_eq!(en(-3), "0 seconds");
        assert_eq!(en(90), "90 seconds");
        assert_eq!(en(185), "3 minutes");
        assert_eq!(en(3 * 3_600 + 5), "3 hours");
        assert_eq!(en(5 * 86_400), "5 days");
    }
}
