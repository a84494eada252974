//! `artipul show`: one auction.

use artipul_common::AuctionId;

use super::{Context, auction, error::CliError, exit::Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let found = context.client.auction(args.auction).await?;
    context.printer.done(&found, |sheet| auction::facts(sheet, context, &found))?;
    Ok(Exit::Done)
}
