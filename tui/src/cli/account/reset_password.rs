//! `artipul account reset-password`: a new password by the account's phone.

use artipul_common::credentials::ResetPasswordRequest;
use serde_json::json;

use super::{
    super::{Context, ask, error::CliError, exit::Exit},
    proof::{self, Step},
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The account's e-mail address; asked for unless given.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    proof: proof::Args,
    /// Read the new password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

const HELP: &str = "\
All sessions end, and all personal access tokens.

Examples:
  artipul account reset-password --email you@example.com --phone 010-1234-5678
  artipul account reset-password --phone 010-1234-5678 --send-code    # without a terminal
  artipul account reset-password --email you@example.com --phone 010-1234-5678 \\
      --code-stdin --password-stdin < code-and-password.txt";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    let answered = match args.proof.ask(context).await? {
        Step::Sent(exit) => return Ok(exit),
        Step::Answered(answered) => answered,
    };
    let email = ask::line_unless(args.email, "--email", &lang.t("account.email"))?;
    let password = ask::password(args.password_stdin, &lang.t("keep.new-password"))?;
    let phone_token = answered.prove(context).await?;
    let request = ResetPasswordRequest { email: email.clone(), phone_token, password };
    context.client.reset_password(&request).await?;
    let words = lang.t("keep.password-reset");
    context.printer.done(&json!({ "email": email }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
