//! `artipul account sessions`: where the account is signed in, and ending that.

use artipul_common::{
    SessionId,
    credentials::{SessionInfo, Sessions},
};
use serde_json::json;

use super::super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
};
use crate::{i18n::tr, ui::time::Zone};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// End one session.
    End {
        /// The session.
        #[arg(value_name = "ID")]
        session: SessionId,
    },
    /// End all sessions but this one.
    EndOthers,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    match args.command {
        Some(Command::End { session }) => return end(context, session).await,
        Some(Command::EndOthers) => context.client.end_other_sessions().await?,
        None => {}
    }
    let Sessions { items } = context.client.sessions().await?;
    context.printer.done(&json!({ "items": items }), |sheet| table(sheet, context, &items))?;
    Ok(Exit::Done)
}

async fn end(context: &Context, session: SessionId) -> Result<Exit, CliError> {
    context.client.end_session(session).await?;
    let words = tr!(context.lang, "keep.session-ended", id = session);
    context.printer.done(&json!({ "session_id": session }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, sessions: &[SessionInfo]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(""),
        Column::words(lang.t("keep.device")),
        Column::words(lang.t("keep.from")),
        Column::words(lang.t("keep.signed-in")),
        Column::words(lang.t("keep.last-used")),
    ];
    let now = context.client.clock().now();
    let row = |session: &SessionInfo| {
        vec![
            session.id.to_string(),
            if session.current { "*" } else { " " }.to_owned(),
            session.user_agent.clone().unwrap_or_default(),
            session.address.clone().unwrap_or_default(),
            Zone::Local.short(session.created_at, now),
            Zone::Local.short(session.last_used_at, now),
        ]
    };
    sheet.table(&columns, &sessions.iter().map(row).collect::<Vec<_>>());
}
