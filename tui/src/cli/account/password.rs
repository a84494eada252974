//! `artipul account password`: a new password by the old one.

use artipul_common::credentials::ChangePasswordRequest;
use serde_json::json;

use super::super::{Context, ask, error::CliError, exit::Exit};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Read the password so far and, from the next line, the new one from standard input.
    #[arg(long)]
    password_stdin: bool,
}

const HELP: &str = "\
The other sessions end; personal access tokens stay.

Example:
  artipul account password --password-stdin < old-and-new.txt";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    let current_password = ask::password(args.password_stdin, &lang.t("keep.current-password"))?;
    let password = ask::password(args.password_stdin, &lang.t("keep.new-password"))?;
    let request = ChangePasswordRequest { current_password, password };
    context.client.change_password(&request).await?;
    let words = lang.t("keep.password-changed");
    context.printer.done(&json!({ "changed": true }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
