//! The words of the command line.

use clap::{Parser, Subcommand};

#[cfg(feature = "demo")]
use super::demo;
use super::{
    account, admin, artist, bid, browse, buy, cancel, charge, edit, follow, history, images, list,
    login, manual, mine, notices, picture::PictureArgs, profile, relist, sell, show, signup,
    wallet, watch,
};
use crate::{i18n::Lang, term::graphics::Images as ShownImages};

/// What every command takes.
const EVERYWHERE: &str = "Options of every command";

/// Artipul: art auctions in the terminal.
#[derive(Debug, Parser)]
#[command(name = "artipul", version, about, arg_required_else_help = false)]
pub(super) struct Cli {
    /// The server's address, e.g. `http://127.0.0.1:7410`.
    #[arg(long, env = "ARTIPUL_SERVER", global = true, value_name = "URL", help_heading = EVERYWHERE)]
    pub(super) server: Option<String>,
    /// The language of screens and messages.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(super) lang: Option<Lang>,
    /// Answer with one JSON document (of a stream: one per line) instead of text.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(super) json: bool,
    /// How pictures are shown; by default the best way that the terminal has.
    #[arg(long = "images", global = true, value_enum, help_heading = EVERYWHERE)]
    pub(super) images: Option<ShownImages>,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find auctions: by genre, phase, price and words.
    Browse(browse::Args),
    /// Show one auction.
    Show(show::Args),
    /// Show the bids of an auction.
    History(history::Args),
    /// Tell what happens in auctions, as it happens.
    Watch(watch::Args),
    /// Show the genres.
    Genres,
    /// Show an artist and the works.
    Artist(artist::Args),

    /// Bid: name the most that you will pay.
    Bid(bid::Args),
    /// Buy at once, at the buy-now price.
    Buy(buy::Args),
    /// Follow an auction without bidding (your list: `mine watches`; live: `watch`).
    Follow(follow::Args),
    /// Follow an auction no longer.
    Unfollow(follow::Args),
    /// Show what is yours: bids, purchases, works, followed auctions.
    Mine(mine::Args),
    /// Show what the house has told you, or tells you now.
    Notices(notices::Args),
    /// Show your points.
    Wallet(wallet::Args),
    /// Top your wallet up.
    Charge(charge::Args),

    /// Offer one work.
    Sell(Box<sell::Args>),
    /// Offer a batch of works from a file.
    List(Box<list::Args>),
    /// Change an auction that has no bid.
    Edit(Box<edit::Args>),
    /// Add, remove or order the pictures of a work.
    Images(images::Args),
    /// Put a draft on offer.
    Publish(edit::PublishArgs),
    /// Withdraw an auction that has no bid.
    Cancel(cancel::Args),
    /// Offer a work again that was not sold.
    Relist(relist::Args),

    /// Open an account.
    Signup(signup::Args),
    /// Sign in and keep the session.
    #[command(visible_alias = "sign-in")]
    Login(login::Args),
    /// Sign out and forget the session.
    Logout,
    /// Say who is signed in.
    Whoami,
    /// Show or change your profile.
    Profile(profile::Args),
    /// Change what lets you in; see sessions and tokens; find the account again, or close it.
    Account(account::Args),
    /// Suspend, withdraw, refund (administrators).
    Admin(admin::Args),

    /// Look at a living auction house without installing anything.
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Find out why something does not work.
    Doctor,
    /// Print what a shell needs to complete commands.
    Completions(manual::CompletionsArgs),
    /// Print the manual, or write its pages.
    Man(manual::ManArgs),
}
