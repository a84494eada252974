//! `artipul demo`: a house of its own, with works, robot bidders and a bidder to be.

use artipul_common::client::Client;

use super::{CliError, interact, picture::PictureArgs};
use crate::{app::Options, i18n::Lang};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    picture: PictureArgs,
}

/// Opens the client in a house that lives as long as it is looked at.
pub(super) async fn run(lang: Lang, args: Args) -> Result<(), CliError> {
    let client = start().await?;
    interact(client, Options { lang }, &args.picture).await
}

/// Starts the house. The client that it gives is signed in, and its session is kept in memory
/// only.
async fn start() -> Result<Client, CliError> {
    Err(CliError::NoDemo)
}
