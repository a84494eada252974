//! `artipul browse`: auctions by genre, phase, price and words.

use artipul_common::{
    Money, UserId,
    auctions::{AuctionQuery, Phase, Sort},
    client::ClientError,
    problem::ProblemCode,
};

use super::{Context, amount::amount, auction, error::CliError, exit::Exit, page};
use crate::{
    i18n::{Lang, tr},
    ui::text,
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Only of this genre, by its slug (see `artipul genres`).
    #[arg(long)]
    genre: Option<String>,
    /// Only with this tag; repeatable, all must match.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Where they stand in time.
    #[arg(long, value_enum, default_value = "open")]
    phase: PublicPhase,
    /// Only this seller's, by his id.
    #[arg(long, value_name = "ID")]
    seller: Option<UserId>,
    /// Only from this price on.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    min_price: Option<Money>,
    /// Only up to this price.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    max_price: Option<Money>,
    /// Only with these words, or words that begin so, in title, artist, medium or tags.
    #[arg(long = "query", short = 'q', value_name = "WORDS")]
    words: Option<String>,
    /// The order.
    #[arg(long, value_enum, default_value = "ending", allow_hyphen_values = true)]
    sort: Order,
    #[command(flatten)]
    page: page::Args,
}

const HELP: &str = "\
Examples:
  artipul browse --genre painting --sort price
  artipul browse -q 'moon jar' --max-price 50만
  artipul browse --all --json | jq -r '.data.items[].title'";

/// The phases that everybody sees.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PublicPhase {
    Upcoming,
    Open,
    Ended,
}

impl From<PublicPhase> for Phase {
    fn from(phase: PublicPhase) -> Self {
        match phase {
            PublicPhase::Upcoming => Self::Upcoming,
            PublicPhase::Open => Self::Open,
            PublicPhase::Ended => Self::Ended,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Order {
    /// The next to end first; of ended ones the last.
    Ending,
    /// The last listed first.
    Newest,
    /// The cheapest first.
    Price,
    /// The dearest first.
    #[value(name = "-price")]
    Dearest,
    /// The most bids first.
    Popular,
}

impl From<Order> for Sort {
    fn from(order: Order) -> Self {
        match order {
            Order::Ending => Self::Ending,
            Order::Newest => Self::Newest,
            Order::Price => Self::Cheapest,
            Order::Dearest => Self::Dearest,
            Order::Popular => Self::Popular,
        }
    }
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let query = AuctionQuery {
        genre: args.genre,
        tags: args.tags,
        phase: Some(args.phase.into()),
        seller: args.seller,
        min_price: args.min_price,
        max_price: args.max_price,
        q: args.words,
        sort: Some(args.sort.into()),
        limit: None,
        cursor: None,
    };
    let read = async |limit, cursor| {
        context.client.auctions(&AuctionQuery { limit, cursor, ..query.clone() }).await
    };
    let found = match args.page.read(read).await {
        Ok(found) => found,
        Err(error) => return Err(explained(context, error, query.genre.as_deref()).await),
    };
    page::say(context, &found, |sheet, items| auction::table(sheet, context, items))?;
    Ok(Exit::Done)
}

/// Why nothing was read: that there is no such genre is worth saying.
async fn explained(context: &Context, error: ClientError, genre: Option<&str>) -> CliError {
    let is_refused = matches!(&error, ClientError::Problem(problem)
        if problem.code == ProblemCode::InvalidQuery);
    let Some(genre) = genre.filter(|_| is_refused) else { return error.into() };
    match context.client.genres().await {
        Ok(known) if known.items.iter().all(|known| known.slug != genre) => {
            let genre = text::clean(genre);
            // Documents have no language of their own.
            let lang = if context.printer.json { Lang::En } else { context.lang };
            let detail = tr!(lang, "cli.no-genre", genre = genre).into_owned();
            CliError::BadValue { flag: "--genre", detail }
        }
        _ => error.into(),
    }
}
