//! `artipul notices --live`: the user's own stream.

use std::collections::HashSet;

use artipul_common::{
    NotificationId, Timestamp,
    client::{
        ClientError,
        stream::{Item, UserEvent},
    },
    events::Notice,
};
use chrono::Utc;
use serde::Serialize;

use super::words;
use crate::{
    cli::{Context, connection::Connection, error::CliError, exit::Exit, signal},
    ui::{text, time::Zone},
};

/// A notice as a script reads it.
#[derive(Debug, Serialize)]
struct Line<'n> {
    event: &'static str,
    #[serde(flatten)]
    notice: &'n Notice,
    received_at: Timestamp,
}

/// Tells each notice once, until a signal comes.
pub(super) async fn run(context: &Context) -> Result<Exit, CliError> {
    tokio::select! {
        outcome = follow(context) => outcome,
        exit = signal::received() => Ok(exit),
    }
}

async fn follow(context: &Context) -> Result<Exit, CliError> {
    let mut stream = context.client.follow_me();
    let mut connection = Connection::new(context.lang, 1);
    let mut told: HashSet<NotificationId> = HashSet::new();
    while let Some(item) = stream.next().await {
        connection.note(0, &item);
        match item {
            // A notice is sent at least once.
            Item::Event(event) if told.insert(event.notice.notification_id) => {
                tell(context, &event)?;
            }
            Item::Refused(problem) => return Err(ClientError::Problem(problem).into()),
            Item::SignedOut => return Err(ClientError::SignedOut.into()),
            Item::Event(_) | Item::Live | Item::Lost { .. } | Item::Ended => {}
        }
    }
    Ok(Exit::Done)
}

fn tell(context: &Context, event: &UserEvent) -> Result<(), CliError> {
    let notice = &event.notice;
    let line = Line { event: event.kind.as_str(), notice, received_at: Utc::now() };
    context.printer.event(&line, |sheet| {
        let title = text::clean(notice.title.as_deref().unwrap_or_default());
        let words = words(context.lang, event.kind, &title, notice.price);
        sheet.line(&format!("{}  {words}", Zone::Local.clock(notice.at)));
    })
}
