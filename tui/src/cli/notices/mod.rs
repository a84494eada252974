//! `artipul notices`: what the house has told the user, and what it tells him as it happens.

mod live;

use artipul_common::{
    Money, NotificationId,
    client::Result as ClientResult,
    events::NoticeKind,
    mine::{Notification, ReadRequest},
    page::{Page, PageQuery},
};
use serde_json::json;

use super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::{
    i18n::{Lang, tr},
    ui::{money::won, time::Zone},
};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only those that you have not read, all of them.
    #[arg(long, conflicts_with_all = ["limit", "cursor", "all"])]
    unread: bool,
    /// What comes from now on, until interrupted; with --json one event per line.
    #[arg(long, conflicts_with_all = ["unread", "limit", "cursor", "all"])]
    live: bool,
    #[command(flatten)]
    page: page::Args,
}

const HELP: &str = "\
Examples:
  artipul notices --unread
  artipul notices read --all
  artipul notices --live --json | jq --unbuffered 'select(.event == \"outbid\")'";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Mark notices as read.
    Read(ReadArgs),
}

#[derive(Debug, clap::Args)]
struct ReadArgs {
    /// This notice and all before it.
    #[arg(value_name = "ID", required_unless_present = "every")]
    up_to: Option<NotificationId>,
    /// All notices.
    #[arg(long = "all", conflicts_with = "up_to")]
    every: bool,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    if let Some(Command::Read(args)) = args.command {
        return read(context, &args).await;
    }
    if args.live {
        return live::run(context).await;
    }
    let notices = if args.unread {
        unread(context).await?
    } else {
        args.page.read(async |limit, cursor| page_of(context, limit, cursor).await).await?
    };
    page::say(context, &notices, |sheet, items| table(sheet, context, items))?;
    Ok(Exit::Done)
}

async fn read(context: &Context, args: &ReadArgs) -> Result<Exit, CliError> {
    context.client.read_notifications(&ReadRequest { up_to: args.up_to, only: None }).await?;
    let words = context.lang.t("cli.notices-read");
    context.printer.done(&json!({ "up_to": args.up_to }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

async fn page_of(
    context: &Context,
    limit: Option<u32>,
    cursor: Option<String>,
) -> ClientResult<Page<Notification>> {
    context.client.notifications(&PageQuery { limit, cursor }).await
}

/// All that are not read. They can be anywhere, but it is known how many there are.
async fn unread(context: &Context) -> ClientResult<Page<Notification>> {
    let count = context.client.summary().await?.unread;
    let mut items = Vec::new();
    let mut cursor = None;
    while (items.len() as u64) < count {
        let page = page_of(context, None, cursor).await?;
        items.extend(page.items.into_iter().filter(|notice| !notice.read));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(Page { items, next_cursor: None })
}

fn table(sheet: &mut Sheet, context: &Context, notices: &[Notification]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.when")),
        Column::words(""),
        Column::words(lang.t("column.notice")),
    ];
    let now = context.client.clock().now();
    let row = |notice: &Notification| {
        let title = notice.title.as_deref().unwrap_or_default();
        vec![
            notice.id.to_string(),
            Zone::Local.short(notice.at, now),
            if notice.read { " " } else { "*" }.to_owned(),
            words(lang, notice.kind, title, notice.price),
        ]
    };
    sheet.table(&columns, &notices.iter().map(row).collect::<Vec<_>>());
}

/// A notice in a sentence.
fn words(lang: Lang, kind: NoticeKind, title: &str, price: Option<Money>) -> String {
    let price = won(price.unwrap_or_default());
    match kind {
        NoticeKind::Outbid => tr!(lang, "notice.outbid", title = title, price = price),
        NoticeKind::Leading => tr!(lang, "notice.leading", title = title, price = price),
        NoticeKind::Won => tr!(lang, "notice.won", title = title, price = price),
        NoticeKind::Lost => tr!(lang, "notice.lost", title = title),
        NoticeKind::Sold => tr!(lang, "notice.sold", title = title, price = price),
        NoticeKind::Unsold => tr!(lang, "notice.unsold", title = title),
        NoticeKind::Charged => tr!(lang, "notice.charged", price = price),
        NoticeKind::EndingSoon => tr!(lang, "notice.ending-soon", title = title),
        NoticeKind::Updated => tr!(lang, "notice.updated", title = title),
        NoticeKind::Withdrawn => tr!(lang, "notice.withdrawn", title = title),
        NoticeKind::Refunded => tr!(lang, "notice.refunded", price = price),
    }
    .into_owned()
}
