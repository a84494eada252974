//! The deeds of administrators that concern users, works and auctions.

use artipul_common::{AuctionId, UserId, WorkId};
use serde_json::json;

use super::{
    super::{Context, error::CliError, exit::Exit},
    users,
};

/// Why it is done.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Why {
    /// Why, in at most 500 characters; kept for good.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct UserArgs {
    /// The account.
    #[arg(value_name = "ID")]
    user: UserId,
}

#[derive(Debug, clap::Args)]
pub(super) struct UserDeed {
    #[command(flatten)]
    of: UserArgs,
    #[command(flatten)]
    why: Why,
}

#[derive(Debug, clap::Args)]
pub(super) struct WorkArgs {
    /// The work: `work_id` of its auction, not the auction's own id.
    #[arg(value_name = "ID")]
    work: WorkId,
}

#[derive(Debug, clap::Args)]
pub(super) struct WorkDeed {
    #[command(flatten)]
    of: WorkArgs,
    #[command(flatten)]
    why: Why,
}

#[derive(Debug, clap::Args)]
pub(super) struct AuctionDeed {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    #[command(flatten)]
    why: Why,
}

pub(super) async fn suspend_user(context: &Context, deed: UserDeed) -> Result<Exit, CliError> {
    let found = context.client.suspend_user(deed.of.user, &deed.why.reason).await?;
    context.printer.done(&found, |sheet| users::facts(sheet, context, &found))?;
    Ok(Exit::Done)
}

pub(super) async fn restore_user(context: &Context, args: UserArgs) -> Result<Exit, CliError> {
    context.client.restore_user(args.user).await?;
    let data = json!({ "user_id": args.user, "suspended": false });
    let words = context.lang.t("office.user-restored");
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

pub(super) async fn suspend_work(context: &Context, deed: WorkDeed) -> Result<Exit, CliError> {
    context.client.suspend_work(deed.of.work, &deed.why.reason).await?;
    let data = json!({ "work_id": deed.of.work, "suspended": true });
    let words = context.lang.t("office.work-suspended");
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

pub(super) async fn restore_work(context: &Context, args: WorkArgs) -> Result<Exit, CliError> {
    context.client.restore_work(args.work).await?;
    let data = json!({ "work_id": args.work, "suspended": false });
    let words = context.lang.t("office.work-restored");
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

pub(super) async fn withdraw(context: &Context, deed: AuctionDeed) -> Result<Exit, CliError> {
    context.client.withdraw_auction(deed.auction, &deed.why.reason).await?;
    let data = json!({ "auction_id": deed.auction, "outcome": "cancelled" });
    let words = context.lang.t("office.auction-withdrawn");
    context.printer.done(&data, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
