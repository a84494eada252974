//! `artipul demo`: a house of its own, with works, robot bidders and a bidder to be.

use std::io::{self, Write};

use artipul_common::{
    accounts::SignInRequest,
    client::{Client, tokens::MemoryTokens},
};
use artipul_server::demo::Demo;

use super::{error::CliError, exit::Exit, interact, output::Printer, picture::PictureArgs};
use crate::{app::Options, term::input};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    picture: PictureArgs,
}

/// Opens the client in a house that lives as long as it is looked at, and leaves nothing behind.
pub(super) async fn run(options: Options, args: Args, printer: Printer) -> Result<Exit, CliError> {
    if printer.json {
        return Err(CliError::NoTerminal);
    }
    // Where nobody reads it, the house opens as well.
    let _ = writeln!(io::stderr(), "{}", options.lang.t("cli.demo-starts"));
    let demo = tokio::select! {
        demo = Demo::start() => demo?,
        _ = input::asked_to_end() => return Ok(Exit::Done),
    };
    let outcome = visit(&demo, options, &args.picture, printer).await;
    demo.stop().await;
    outcome
}

/// Signs in as the demo's bidder, with a session that is kept in memory only.
async fn visit(
    demo: &Demo,
    options: Options,
    picture: &PictureArgs,
    printer: Printer,
) -> Result<Exit, CliError> {
    let client = Client::new(&demo.url(), MemoryTokens::default())?;
    let (email, password) = demo.credentials();
    client.sign_in(&SignInRequest { email, password }).await?;
    // The house leaves nothing behind, nor does what was tried in it.
    let options = Options { state_path: None, ..options };
    interact(client, options, picture, printer).await
}
