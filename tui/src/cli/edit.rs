//! `artipul edit` and `artipul publish`: an artist changes an auction while no bid stands.

use artipul_common::{
    AuctionId, Money,
    auctions::{Auction, EditAuctionRequest},
};

use super::{Context, amount::amount, auction, error::CliError, exit::Exit, terms::moment_if};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    #[command(flatten)]
    changes: Changes,
    /// Empty this; repeatable.
    #[arg(long, value_enum, value_name = "FIELD")]
    clear: Vec<Field>,
}

const HELP: &str = "\
What is not named stays as it is.

Examples:
  artipul edit 17 --start-price 80,000 --ends 3d
  artipul edit 17 --clear reserve-price --clear tags";

#[derive(Debug, clap::Args)]
#[group(multiple = true)]
struct Changes {
    /// The work's title.
    #[arg(long)]
    title: Option<String>,
    /// What you say of it.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The genre, by its slug.
    #[arg(long)]
    genre: Option<String>,
    /// A free tag; repeatable, replacing the old ones.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The artist's name.
    #[arg(long, value_name = "NAME")]
    artist: Option<String>,
    /// What it is made of.
    #[arg(long, value_name = "TEXT")]
    medium: Option<String>,
    /// How large it is.
    #[arg(long, value_name = "TEXT")]
    dimensions: Option<String>,
    /// When it was made.
    #[arg(long, value_name = "TEXT")]
    year: Option<String>,
    /// Where bidding starts.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    start_price: Option<Money>,
    /// The secret price below which it is not sold.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    reserve_price: Option<Money>,
    /// The price at which it can be bought at once.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    buy_now_price: Option<Money>,
    /// When bidding starts; only while it has not.
    #[arg(long, value_name = "WHEN")]
    starts: Option<String>,
    /// When bidding ends.
    #[arg(long, value_name = "WHEN")]
    ends: Option<String>,
}

/// What can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Field {
    ReservePrice,
    BuyNowPrice,
    Description,
    Tags,
    Medium,
    Dimensions,
    Year,
}

#[derive(Debug, clap::Args)]
pub(super) struct PublishArgs {
    /// The draft.
    #[arg(value_name = "ID")]
    auction: AuctionId,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let request = request(context, args.changes, &args.clear)?;
    let edited = context.client.edit_auction(args.auction, &request).await?;
    say(context, &edited)
}

/// Puts a draft on offer.
pub(super) async fn publish(context: &Context, args: PublishArgs) -> Result<Exit, CliError> {
    let request = EditAuctionRequest { draft: Some(false), ..EditAuctionRequest::default() };
    let published = context.client.edit_auction(args.auction, &request).await?;
    say(context, &published)
}

fn say(context: &Context, auction: &Auction) -> Result<Exit, CliError> {
    context.printer.done(auction, |sheet| auction::facts(sheet, context, auction))?;
    Ok(Exit::Done)
}

fn request(
    context: &Context,
    changes: Changes,
    clear: &[Field],
) -> Result<EditAuctionRequest, CliError> {
    let is_cleared = |field| clear.contains(&field);
    fn nullable<T>(value: Option<T>, is_cleared: bool) -> Option<Option<T>> {
        if is_cleared { Some(None) } else { value.map(Some) }
    }
    let tags = (is_cleared(Field::Tags) || !changes.tags.is_empty())
        .then(|| if is_cleared(Field::Tags) { Vec::new() } else { changes.tags.clone() });
    Ok(EditAuctionRequest {
        title: changes.title,
        description: if is_cleared(Field::Description) {
            Some(String::new())
        } else {
            changes.description
        },
        genre: changes.genre,
        tags,
        artist: changes.artist,
        medium: nullable(changes.medium, is_cleared(Field::Medium)),
        dimensions: nullable(changes.dimensions, is_cleared(Field::Dimensions)),
        year: nullable(changes.year, is_cleared(Field::Year)),
        start_price: changes.start_price,
        reserve_price: nullable(changes.reserve_price, is_cleared(Field::ReservePrice)),
        buy_now_price: nullable(changes.buy_now_price, is_cleared(Field::BuyNowPrice)),
        starts_at: moment_if(context, "--starts", changes.starts.as_ref())?,
        ends_at: moment_if(context, "--ends", changes.ends.as_ref())?,
        draft: None,
        images: None,
    })
}
