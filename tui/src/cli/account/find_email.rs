//! `artipul account find-email`: the address of the account that has a phone, most of it hidden.

use artipul_common::credentials::FindEmailRequest;

use super::{
    super::{Context, error::CliError, exit::Exit},
    proof::{self, Step},
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    proof: proof::Args,
}

const HELP: &str = "\
Examples:
  artipul account find-email                                      # asks for everything
  artipul account find-email --phone 010-1234-5678 --send-code    # without a terminal: first the code,
  artipul account find-email --phone 010-1234-5678 --code-stdin < code.txt";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let answered = match args.proof.ask(context).await? {
        Step::Sent(exit) => return Ok(exit),
        Step::Answered(answered) => answered,
    };
    let phone_token = answered.prove(context).await?;
    let found = context.client.find_email(&FindEmailRequest { phone_token }).await?;
    context.printer.done(&found, |sheet| sheet.line(&found.email))?;
    Ok(Exit::Done)
}
