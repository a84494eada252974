//! `artipul charge`: tops the wallet up.

use artipul_common::{
    ChargeId, Money,
    wallet::{Charge, ChargeStatus},
};

use super::{Context, amount::amount, error::CliError, exit::Exit, once, output::Sheet};
use crate::{i18n::Lang, ui::money::won};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Points, from 1,000 to 10,000,000; a point is a won.
    #[arg(required = true, value_parser = amount)]
    amount: Option<Money>,
    #[command(flatten)]
    once: once::Args,
}

const HELP: &str = "\
Where the payment is not made at once, the address to pay at is shown, and `artipul charge confirm`
has the payment looked up.

Examples:
  artipul charge 500,000
  artipul charge cancel 3";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take a top-up back whose points are all available.
    Cancel {
        /// The top-up.
        #[arg(value_name = "ID")]
        charge: ChargeId,
    },
    /// Have a payment looked up at the gateway.
    Confirm {
        /// The top-up.
        #[arg(value_name = "ID")]
        charge: ChargeId,
        /// The gateway's id of the payment.
        #[arg(value_name = "PAYMENT")]
        payment: String,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let client = &context.client;
    let settled = match (args.command, args.amount) {
        (Some(Command::Cancel { charge }), _) => client.cancel_charge(charge).await?,
        (Some(Command::Confirm { charge, payment }), _) => {
            client.confirm_charge(charge, &payment).await?
        }
        (None, Some(amount)) => return top_up(context, &args.once, amount).await,
        (None, None) => return Err(CliError::Missing("AMOUNT")),
    };
    context.printer.done(&settled, |sheet| facts(sheet, context.lang, &settled))?;
    Ok(Exit::Done)
}

async fn top_up(context: &Context, once: &once::Args, amount: Money) -> Result<Exit, CliError> {
    let done =
        once::take(context, once, async |key| context.client.charge(amount, key).await).await?;
    context.printer.done(&done, |sheet| facts(sheet, context.lang, &done.answer))?;
    Ok(Exit::Done)
}

fn facts(sheet: &mut Sheet, lang: Lang, charge: &Charge) {
    let status = match charge.status {
        ChargeStatus::Pending => lang.t("cli.charge-pending"),
        ChargeStatus::Paid => lang.t("top-up.paid"),
        ChargeStatus::Cancelled => lang.t("entry.charge-cancelled"),
        ChargeStatus::Failed => lang.t("top-up.not-paid"),
    };
    sheet.heading(&status);
    sheet.facts(&[
        ("ID".into(), charge.id.to_string()),
        (lang.t("top-up.amount"), won(charge.amount)),
    ]);
    if charge.gateway == "sandbox" {
        sheet.line(&lang.t("top-up.sandbox"));
    }
    if let Some(address) = &charge.checkout_url {
        sheet.line(&format!("{} {address}", lang.t("top-up.pay-at")));
    }
}
