//! `artipul watch`: what happens in auctions, as it happens.
//!
//! [`ledger`] knows what was told already, [`source`] merges the streams, [`words`] says an event
//! in text.

mod ledger;
mod source;
mod words;

use artipul_common::{
    AuctionId, Timestamp,
    client::{
        ClientError,
        stream::{AuctionEvent, Item},
    },
    events::{AuctionState, EventsQuery},
};
use chrono::Utc;
use serde::Serialize;

use self::{ledger::Ledger, source::Source, words::Titles};
use super::{Context, connection::Connection, error::CliError, exit::Exit, signal};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Auctions to watch; it ends when all of them are closed.
    #[arg(value_name = "ID", required_unless_present = "genres")]
    auctions: Vec<AuctionId>,
    /// Watch all open auctions of this genre, until interrupted; repeatable.
    #[arg(long = "genre", value_name = "GENRE")]
    genres: Vec<String>,
    /// One sentence per event, without colours: for screen readers.
    #[arg(long, conflicts_with = "json")]
    plain: bool,
}

const HELP: &str = "\
With --json each event is one line; it carries the whole public state of its auction:
  {\"event\":\"top-bid\",\"auction_id\":17,\"seq\":42,\"price\":1200000,\"min_next\":1250000,
   \"bid_count\":14,\"leader\":\"m***\",\"reserve_met\":true,\"phase\":\"open\",\"outcome\":null,
   \"ends_at\":\"...\",\"server_time\":\"...\",\"received_at\":\"...\"}
Events: top-bid, extended, closed, and resync (the state as it is: at the start, after a gap, or
when the seller edited it). A lost connection is made again by itself; nothing is told twice.

Examples:
  artipul watch 17 18
  artipul watch 17 --plain
  artipul watch --genre painting --json | jq --unbuffered -r .price";

/// An event as a script reads it.
#[derive(Debug, Serialize)]
struct Line<'e> {
    event: &'static str,
    #[serde(flatten)]
    state: &'e AuctionState,
    received_at: Timestamp,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    tokio::select! {
        outcome = follow(context, args) => outcome,
        exit = signal::received() => Ok(exit),
    }
}

async fn follow(context: &Context, args: Args) -> Result<Exit, CliError> {
    let printer = if args.plain { context.printer.plain() } else { context.printer };
    let context = &Context { printer, ..context.clone() };
    let query = EventsQuery { auctions: args.auctions, genres: args.genres };
    let mut titles = Titles::default();
    if !printer.json {
        titles.read(context, &query).await?;
    }
    // An auction of a genre may follow another.
    let awaited = if query.genres.is_empty() { &*query.auctions } else { &[] };
    let mut ledger = Ledger::new(awaited);
    let mut source = Source::open(&context.client, &query);
    let mut connection = Connection::new(context.lang, source.streams());
    while let Some((stream, item)) = source.next().await {
        connection.note(stream, &item);
        match item {
            Item::Event(event) if ledger.is_news(&event) => {
                tell(context, &mut titles, args.plain, &event).await?;
                if ledger.is_complete() {
                    return Ok(Exit::Done);
                }
            }
            Item::Refused(problem) => return Err(ClientError::Problem(problem).into()),
            Item::SignedOut => return Err(ClientError::SignedOut.into()),
            Item::Event(_) | Item::Live | Item::Lost { .. } | Item::Ended => {}
        }
    }
    Ok(Exit::Done)
}

async fn tell(
    context: &Context,
    titles: &mut Titles,
    plain: bool,
    event: &AuctionEvent,
) -> Result<(), CliError> {
    let line = Line { event: event.kind.as_str(), state: &event.state, received_at: Utc::now() };
    if context.printer.json {
        return context.printer.event(&line, |_| {});
    }
    let title = titles.of(context, event.state.auction_id).await;
    context.printer.event(&line, |sheet| {
        sheet.line(&if plain {
            words::sentence(context, &title, event)
        } else {
            words::line(context, &title, event)
        });
    })
}
