//! `artipul login`: signs in and keeps the session for the next commands.

use artipul_common::accounts::{SignInRequest, User};

use super::{
    Context, ask,
    error::CliError,
    exit::Exit,
    output,
    social::{self, Newcomer},
};
use crate::{i18n::tr, ui::text};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The account's e-mail address; asked for unless given.
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
    /// Sign in with the account of this provider, in a browser.
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = ["email", "password_stdin"])]
    with: Option<String>,
    /// You list works: for the account that a first sign-in opens.
    #[arg(long, requires = "with")]
    artist: bool,
    /// Where you study: for the account that a first sign-in opens.
    #[arg(long, value_name = "TEXT", requires = "with")]
    college: Option<String>,
}

const HELP: &str = "\
The session is kept in a file that only you can read, until `artipul logout`. A script may set
ARTIPUL_TOKEN instead.

Examples:
  artipul login --email you@example.com --password-stdin < password.txt
  artipul login --with google";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    if let Some(provider) = args.with {
        let newcomer = Newcomer { is_artist: args.artist, college: args.college };
        return social::sign_in(context, &provider, newcomer).await;
    }
    if args.password_stdin && args.email.is_none() {
        return Err(CliError::Missing("--email"));
    }
    let email = ask::line_unless(args.email, "--email", &lang.t("account.email"))?;
    let password = ask::password(args.password_stdin, &lang.t("account.password"))?;
    let user = context.client.sign_in(&SignInRequest { email, password }).await?.user;
    signed_in(context, &user)
}

/// Says who is signed in.
pub(super) fn signed_in(context: &Context, user: &User) -> Result<Exit, CliError> {
    let lang = context.lang;
    let words = tr!(lang, "toast.signed-in", nickname = text::clean(&user.nickname));
    context.printer.done(user, |sheet| sheet.line(&words))?;
    if super::token_of_environment().is_some() {
        output::note(&lang.t("cli.token-stronger"));
    }
    Ok(Exit::Done)
}
