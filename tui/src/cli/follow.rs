//! `artipul follow` and `artipul unfollow`: the list of auctions that the user follows without
//! bidding, who is told when they are about to end.

use artipul_common::AuctionId;
use serde_json::json;

use super::{Context, error::CliError, exit::Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
}

/// Puts an auction on the list, or takes it off.
pub(super) async fn run(context: &Context, args: Args, watching: bool) -> Result<Exit, CliError> {
    context.client.watch(args.auction, watching).await?;
    let words = context.lang.t(if watching { "toast.watched" } else { "toast.unwatched" });
    let data = json!({ "auction_id": args.auction, "watching": watching });
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
