//! `artipul account`: finding one's account again, what lets one in, and closing it.
//!
//! Passwords and codes are asked for, or read from the standard input; never from the command
//! line, where others see them.

mod close;
mod email;
mod find_email;
mod links;
mod password;
mod phone;
pub(super) mod proof;
mod reset_password;
mod sessions;
mod tokens;

use super::{Context, error::CliError, exit::Exit};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Passwords and codes are never arguments, which others could read. In a terminal they are asked for.
Without one, each is a line of the standard input, in this order: the code, the password so far,
the new password.

Examples:
  artipul account reset-password --email you@example.com --phone 010-1234-5678
  artipul account tokens make --name backup --scope read --expires 90d
  artipul account sessions end-others";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find the e-mail address of your account by its phone.
    FindEmail(find_email::Args),
    /// Set a new password by the account's phone; all sessions and tokens end.
    ResetPassword(reset_password::Args),
    /// Set a new password by the old one; the other sessions end.
    Password(password::Args),
    /// Change the address to sign in with.
    Email(email::Args),
    /// Change the phone.
    Phone(phone::Args),
    /// Show where you are signed in, or end sessions.
    Sessions(sessions::Args),
    /// Show, make or take back personal access tokens.
    Tokens(tokens::Args),
    /// Show, add or take off the accounts of others that you can sign in with.
    Links(links::Args),
    /// Close the account for good.
    Close(close::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    match args.command {
        Command::FindEmail(args) => find_email::run(context, args).await,
        Command::ResetPassword(args) => reset_password::run(context, args).await,
        Command::Password(args) => password::run(context, args).await,
        Command::Email(args) => email::run(context, args).await,
        Command::Phone(args) => phone::run(context, args).await,
        Command::Sessions(args) => sessions::run(context, args).await,
        Command::Tokens(args) => tokens::run(context, args).await,
        Command::Links(args) => links::run(context, args).await,
        Command::Close(args) => close::run(context, args).await,
    }
}
