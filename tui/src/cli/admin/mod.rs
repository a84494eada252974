//! `artipul admin`: what administrators see and do. Each deed has a reason, which is kept for good.

mod charges;
mod deeds;
mod trail;
mod users;

use super::{Context, error::CliError, exit::Exit, page};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Only administrators; `artipul-server grant-admin` makes them. A personal access token does not do this.

Examples:
  artipul admin users --query mina@example.com
  artipul admin suspend-user 17 --reason 'Stolen pictures'
  artipul admin withdraw 42 --reason 'The work is not the seller\\'s own'";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find accounts.
    Users(users::Args),
    /// Show an account.
    User(users::UserArgs),
    /// Lock a user out; bids and auctions stand.
    SuspendUser(deeds::UserDeed),
    /// Let a user in again.
    RestoreUser(deeds::UserArgs),
    /// Take a work off the market, with its auction.
    SuspendWork(deeds::WorkDeed),
    /// Let a work be listed again.
    RestoreWork(deeds::WorkArgs),
    /// End an auction without a sale; what is held is released.
    Withdraw(deeds::AuctionDeed),
    /// Find top-ups.
    Charges(charges::Args),
    /// Give a top-up's money back and take its points.
    Refund(charges::RefundArgs),
    /// Show what administrators did, newest first.
    Trail(page::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    match args.command {
        Command::Users(args) => users::find(context, args).await,
        Command::User(args) => users::show(context, args).await,
        Command::SuspendUser(args) => deeds::suspend_user(context, args).await,
        Command::RestoreUser(args) => deeds::restore_user(context, args).await,
        Command::SuspendWork(args) => deeds::suspend_work(context, args).await,
        Command::RestoreWork(args) => deeds::restore_work(context, args).await,
        Command::Withdraw(args) => deeds::withdraw(context, args).await,
        Command::Charges(args) => charges::find(context, args).await,
        Command::Refund(args) => charges::refund(context, args).await,
        Command::Trail(page) => trail::show(context, &page).await,
    }
}
