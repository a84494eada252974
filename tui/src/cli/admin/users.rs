//! `artipul admin users` and `artipul admin user`: accounts, as administrators see them.

use artipul_common::{
    UserId,
    admin::{ManagedUser, UserQuery},
};

use super::super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::{i18n::Lang, ui::time::Zone};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The whole e-mail address, nickname, phone or id; all accounts unless given.
    #[arg(short, long, value_name = "TEXT")]
    query: Option<String>,
    #[command(flatten)]
    page: page::Args,
}

#[derive(Debug, clap::Args)]
pub(super) struct UserArgs {
    /// The account.
    #[arg(value_name = "ID")]
    user: UserId,
}

pub(super) async fn find(context: &Context, args: Args) -> Result<Exit, CliError> {
    let read = async |limit, cursor| {
        let q = args.query.clone();
        context.client.admin_users(&UserQuery { q, limit, cursor }).await
    };
    let found = args.page.read(read).await?;
    page::say(context, &found, |sheet, users| table(sheet, context, users))?;
    Ok(Exit::Done)
}

pub(super) async fn show(context: &Context, args: UserArgs) -> Result<Exit, CliError> {
    let found = context.client.admin_user(args.user).await?;
    context.printer.done(&found, |sheet| facts(sheet, context, &found))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, users: &[ManagedUser]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("account.nickname")),
        Column::words(lang.t("account.email")),
        Column::words(lang.t("account.phone")),
        Column::words(lang.t("column.state")),
    ];
    let row = |found: &ManagedUser| {
        vec![
            found.user.id.to_string(),
            found.user.nickname.clone(),
            found.user.email.clone(),
            found.user.phone.clone(),
            state(lang, found),
        ]
    };
    sheet.table(&columns, &users.iter().map(row).collect::<Vec<_>>());
}

fn state(lang: Lang, found: &ManagedUser) -> String {
    let key = match found {
        ManagedUser { closed_at: Some(_), .. } => "office.closed",
        ManagedUser { suspended: Some(_), .. } => "office.suspended",
        ManagedUser { user, .. } if user.is_admin => "office.administrator",
        _ => return String::new(),
    };
    lang.t(key).into_owned()
}

/// An account in facts.
pub(super) fn facts(sheet: &mut Sheet, context: &Context, found: &ManagedUser) {
    let (lang, user) = (context.lang, &found.user);
    let now = context.client.clock().now();
    let at = |moment| Zone::Local.date_time(moment, now);
    let yes_or_no = lang.t(if user.is_artist { "form.yes" } else { "form.no" });
    sheet.facts(&[
        ("ID".into(), user.id.to_string()),
        (lang.t("account.nickname"), user.nickname.clone()),
        (lang.t("account.name"), user.name.clone()),
        (lang.t("account.email"), user.email.clone()),
        (lang.t("account.phone"), user.phone.clone()),
        (lang.t("account.is-artist"), yes_or_no.into_owned()),
        (lang.t("column.state"), state(lang, found)),
        (lang.t("cli.since"), at(user.created_at)),
    ]);
    if let Some(suspension) = &found.suspended {
        sheet.facts(&[
            (lang.t("office.suspended-since"), at(suspension.since)),
            (lang.t("office.reason"), suspension.reason.clone()),
        ]);
    }
    if let Some(closed_at) = found.closed_at {
        sheet.facts(&[(lang.t("office.closed-at"), at(closed_at))]);
    }
}
