//! `artipul logout`: ends the kept session, at the server and here.

use serde_json::json;

use super::{Context, error::CliError, exit::Exit};

pub(super) async fn run(context: &Context) -> Result<Exit, CliError> {
    let known = context.client.is_signed_in().await;
    if known {
        context.client.sign_out().await?;
    }
    let words = context.lang.t(if known { "toast.signed-out" } else { "cli.not-signed-in" });
    context.printer.done(&json!({ "was_signed_in": known }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}
