//! `artipul logout`: ends the kept session, at the server and here.

use std::io::{self, Write};

use artipul_common::client::Client;

use super::CliError;
use crate::i18n::Lang;

pub(super) async fn run(client: &Client, lang: Lang) -> Result<(), CliError> {
    let known = client.is_signed_in().await;
    if known {
        client.sign_out().await?;
    }
    let words = lang.t(if known { "toast.signed-out" } else { "cli.not-signed-in" });
    Ok(writeln!(io::stdout(), "{words}")?)
}
