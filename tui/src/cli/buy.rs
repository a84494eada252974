//! `artipul buy`: buys at once, at a price that the command line agrees to.

use artipul_common::{
    AuctionId, Money,
    client::ClientError,
    problem::{Problem, ProblemCode},
};

use super::{Context, amount::amount, bid, error::CliError, exit::Exit, once};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    /// The buy-now price that you agree to; another one is refused.
    #[arg(long, value_parser = amount)]
    price: Option<Money>,
    #[command(flatten)]
    once: once::Args,
}

const HELP: &str = "\
Without --price nothing is bought, and you are told the price to name.

Example:
  artipul buy 17 --price 2,500,000";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let Some(price) = args.price else { return Err(unpriced(context, args.auction).await?) };
    let done = once::take(context, &args.once, async |key| {
        context.client.buy(args.auction, price, key).await
    })
    .await?;
    context.printer.done(&done, |sheet| bid::receipt(sheet, context.lang, &done.answer))?;
    Ok(bid::exit(done.answer.result))
}

/// What to say to somebody who has not named the price.
async fn unpriced(context: &Context, auction: AuctionId) -> Result<CliError, CliError> {
    let auction = context.client.auction(auction).await?;
    Ok(match auction.buy_now_price {
        Some(price) => CliError::PriceNeeded(price),
        None => {
            let problem = Problem::new(ProblemCode::BuyNowUnavailable, "there is no buy-now price");
            ClientError::Problem(Box::new(problem)).into()
        }
    })
}
