//! `artipul wallet`: the user's points, and how they moved.

use artipul_common::{
    page::PageQuery,
    wallet::{Entry, EntryKind},
};

use super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::ui::{
    money::{signed_won, won},
    time::Zone,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Movements of the wallet, newest first.
    Entries(page::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    if let Some(Command::Entries(page)) = args.command {
        return entries(context, &page).await;
    }
    let lang = context.lang;
    let wallet = context.client.wallet().await?;
    context.printer.done(&wallet, |sheet| {
        sheet.facts(&[
            (lang.t("wallet.available"), won(wallet.available)),
            (lang.t("wallet.held"), won(wallet.held)),
            (lang.t("wallet.balance"), won(wallet.balance)),
        ]);
    })?;
    Ok(Exit::Done)
}

async fn entries(context: &Context, page: &page::Args) -> Result<Exit, CliError> {
    let read =
        async |limit, cursor| context.client.wallet_entries(&PageQuery { limit, cursor }).await;
    let found = page.read(read).await?;
    page::say(context, &found, |sheet, entries| table(sheet, context, entries))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, entries: &[Entry]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.when")),
        Column::words(lang.t("column.movement")),
        Column::numbers(lang.t("column.amount")),
        Column::numbers(lang.t("column.balance")),
        Column::words(lang.t("cli.of")),
    ];
    let now = context.client.clock().now();
    let row = |entry: &Entry| {
        let kind = match entry.kind {
            EntryKind::Charge => lang.t("entry.charge"),
            EntryKind::ChargeCancelled => lang.t("entry.charge-cancelled"),
            EntryKind::Purchase => lang.t("entry.purchase"),
            EntryKind::Sale => lang.t("entry.sale"),
        };
        let auction = entry.auction_id.map(|id| format!("#{id}"));
        let charge = entry.charge_id.map(|id| id.to_string());
        vec![
            entry.id.to_string(),
            Zone::Local.short(entry.created_at, now),
            kind.into_owned(),
            signed_won(entry.amount),
            won(entry.balance_after),
            auction.or(charge).unwrap_or_default(),
        ]
    };
    sheet.table(&columns, &entries.iter().map(row).collect::<Vec<_>>());
}
