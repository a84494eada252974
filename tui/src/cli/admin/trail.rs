//! `artipul admin trail`: what administrators did.

use artipul_common::{admin::AdminAction, page::PageQuery};

use super::super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::{screens::admin::deed_name, ui::time::Zone};

pub(super) async fn show(context: &Context, page: &page::Args) -> Result<Exit, CliError> {
    let read =
        async |limit, cursor| context.client.admin_actions(&PageQuery { limit, cursor }).await;
    let found = page.read(read).await?;
    page::say(context, &found, |sheet, actions| table(sheet, context, actions))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, actions: &[AdminAction]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.when")),
        Column::numbers(lang.t("office.administrator")),
        Column::words(lang.t("office.deed")),
        Column::numbers(lang.t("cli.of")),
        Column::words(lang.t("office.reason")),
    ];
    let now = context.client.clock().now();
    let row = |action: &AdminAction| {
        vec![
            action.id.to_string(),
            Zone::Local.short(action.at, now),
            action.admin_id.map_or_else(String::new, |id| id.to_string()),
            lang.t(deed_name(action.kind)).into_owned(),
            action.subject_id.to_string(),
            action.reason.clone(),
        ]
    };
    sheet.table(&columns, &actions.iter().map(row).collect::<Vec<_>>());
}
