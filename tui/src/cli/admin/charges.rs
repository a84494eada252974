//! `artipul admin charges` and `artipul admin refund`: top-ups, as administrators see them.

use artipul_common::{
    ChargeId, UserId,
    admin::{ChargesQuery, ManagedCharge},
    wallet::ChargeStatus,
};

use super::{
    super::{
        Context,
        error::CliError,
        exit::Exit,
        output::{Column, Sheet},
        page,
    },
    deeds::Why,
};
use crate::{
    i18n::Lang,
    ui::{money::won, time::Zone},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Those of one user.
    #[arg(long, value_name = "ID")]
    user: Option<UserId>,
    /// This one.
    #[arg(long, value_name = "ID")]
    charge: Option<ChargeId>,
    #[command(flatten)]
    page: page::Args,
}

#[derive(Debug, clap::Args)]
pub(super) struct RefundArgs {
    /// The top-up.
    #[arg(value_name = "ID")]
    charge: ChargeId,
    #[command(flatten)]
    why: Why,
}

pub(super) async fn find(context: &Context, args: Args) -> Result<Exit, CliError> {
    let read = async |limit, cursor| {
        let query = ChargesQuery { user: args.user, charge: args.charge, limit, cursor };
        context.client.admin_charges(&query).await
    };
    let found = args.page.read(read).await?;
    page::say(context, &found, |sheet, charges| table(sheet, context, charges))?;
    Ok(Exit::Done)
}

pub(super) async fn refund(context: &Context, args: RefundArgs) -> Result<Exit, CliError> {
    let refunded = context.client.refund_charge(args.charge, &args.why.reason).await?;
    let charges = std::slice::from_ref(&refunded);
    context.printer.done(&refunded, |sheet| table(sheet, context, charges))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, charges: &[ManagedCharge]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::numbers(lang.t("office.user")),
        Column::words(lang.t("column.when")),
        Column::numbers(lang.t("column.amount")),
        Column::words(lang.t("column.state")),
    ];
    let now = context.client.clock().now();
    let row = |found: &ManagedCharge| {
        vec![
            found.charge.id.to_string(),
            found.user_id.to_string(),
            Zone::Local.short(found.charge.created_at, now),
            won(found.charge.amount),
            state(lang, found.charge.status),
        ]
    };
    sheet.table(&columns, &charges.iter().map(row).collect::<Vec<_>>());
}

fn state(lang: Lang, status: ChargeStatus) -> String {
    let key = match status {
        ChargeStatus::Pending => "cli.charge-pending",
        ChargeStatus::Paid => "top-up.paid",
        ChargeStatus::Cancelled => "entry.charge-cancelled",
        ChargeStatus::Failed => "top-up.not-paid",
    };
    lang.t(key).into_owned()
}
