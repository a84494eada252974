//! `artipul cancel`: an artist withdraws an auction while no bid stands.

use artipul_common::AuctionId;
use serde_json::json;

use super::{Context, error::CliError, exit::Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    context.client.cancel_auction(args.auction).await?;
    let words = context.lang.t("auction.withdrawn");
    let data = json!({ "auction_id": args.auction, "outcome": "cancelled" });
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
