//! `artipul account phone`: another phone, proven with a code.

use artipul_common::credentials::ChangePhoneRequest;

use super::{
    super::{Context, ask, error::CliError, exit::Exit},
    proof::{self, Step},
};
use crate::i18n::tr;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    proof: proof::Args,
    /// Read the account's password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let lang = context.lang;
    let answered = match args.proof.ask(context).await? {
        Step::Sent(exit) => return Ok(exit),
        Step::Answered(answered) => answered,
    };
    let current_password = ask::password(args.password_stdin, &lang.t("account.password"))?;
    let phone_token = answered.prove(context).await?;
    let request = ChangePhoneRequest { current_password, phone_token };
    let user = context.client.change_phone(&request).await?;
    let words = tr!(lang, "keep.phone-changed", phone = user.phone);
    context.printer.done(&user, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
