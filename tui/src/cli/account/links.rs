//! `artipul account links`: the accounts of providers that the user can sign in with.

use artipul_common::social::{Identities, Identity};
use serde_json::json;

use super::super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    social,
};
use crate::{i18n::tr, ui::time::Zone};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Link another one, in a browser.
    Add {
        /// Whose: google, kakao, naver, ... as the server has them.
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
    /// Take one off.
    Remove {
        /// Whose.
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    match args.command {
        None => list(context).await,
        Some(Command::Add { provider }) => add(context, &provider).await,
        Some(Command::Remove { provider }) => remove(context, &provider).await,
    }
}

async fn list(context: &Context) -> Result<Exit, CliError> {
    let Identities { items } = context.client.identities().await?;
    context.printer.done(&json!({ "items": items }), |sheet| match &*items {
        [] => sheet.line(&context.lang.t("cli.nothing")),
        items => table(sheet, context, items),
    })?;
    Ok(Exit::Done)
}

async fn add(context: &Context, provider: &str) -> Result<Exit, CliError> {
    let linked = social::link(context, provider).await?;
    let words = tr!(context.lang, "social.linked", provider = linked.name);
    context.printer.done(&linked, |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

async fn remove(context: &Context, provider: &str) -> Result<Exit, CliError> {
    context.client.unlink(provider).await?;
    let words = context.lang.t("social.unlinked");
    context.printer.done(&json!({ "provider": provider }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, links: &[Identity]) {
    let lang = context.lang;
    let columns = [
        Column::words("ID"),
        Column::words(lang.t("social.provider")),
        Column::words(lang.t("account.email")),
        Column::words(lang.t("social.since")),
        Column::words(lang.t("keep.last-used")),
    ];
    let now = context.client.clock().now();
    let row = |link: &Identity| {
        vec![
            link.provider.clone(),
            link.name.clone(),
            link.email.clone().unwrap_or_default(),
            Zone::Local.short(link.created_at, now),
            Zone::Local.short(link.last_used_at, now),
        ]
    };
    sheet.table(&columns, &links.iter().map(row).collect::<Vec<_>>());
}
