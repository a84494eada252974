//! `artipul account close`: the account is closed for good.

use artipul_common::credentials::CloseAccountRequest;
use serde_json::json;

use super::super::{Context, ask, error::CliError, exit::Exit, output};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Close it without asking whether that is meant.
    #[arg(long)]
    yes: bool,
    /// Read the account's password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

const HELP: &str = "\
This cannot be undone. It is refused while the account leads an auction, has a work on offer, or has
points.

Example:
  artipul account close --yes --password-stdin < password.txt";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    if !args.yes {
        if !ask::somebody_is_there() {
            return Err(CliError::Missing("--yes"));
        }
        let word = lang.t("keep.close-word");
        output::note(&lang.t("keep.close-means"));
        let said = ask::line_unless(None, "--yes", &lang.t("keep.close-type"))?;
        if said.trim() != word {
            output::note(&lang.t("keep.not-closed"));
            return Ok(Exit::Failed);
        }
    }
    let current_password = ask::password(args.password_stdin, &lang.t("account.password"))?;
    context.client.close_account(&CloseAccountRequest { current_password }).await?;
    let words = lang.t("keep.closed");
    context.printer.done(&json!({ "closed": true }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
