//! `artipul account email`: another address to sign in with.

use artipul_common::credentials::ChangeEmailRequest;

use super::super::{Context, ask, error::CliError, exit::Exit};
use crate::i18n::tr;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The new address; asked for unless given.
    #[arg(long)]
    email: Option<String>,
    /// Read the account's password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    if args.password_stdin && args.email.is_none() {
        return Err(CliError::Missing("--email"));
    }
    let email = ask::line_unless(args.email, "--email", &lang.t("keep.new-email"))?;
    let current_password = ask::password(args.password_stdin, &lang.t("account.password"))?;
    let user = context.client.change_email(&ChangeEmailRequest { current_password, email }).await?;
    let words = tr!(lang, "keep.email-changed", email = user.email);
    context.printer.done(&user, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
