//! `artipul genres`: the genres, by the slugs that other commands take.

use artipul_common::auctions::Genre;

use super::{Context, error::CliError, exit::Exit, output::Column};

pub(super) async fn run(context: &Context) -> Result<Exit, CliError> {
    let lang = context.lang;
    let genres = context.client.genres().await?;
    context.printer.done(&genres, |sheet| {
        let columns = [Column::words(lang.t("cli.slug")), Column::words(lang.t("work.genre"))];
        let row = |genre: &Genre| vec![genre.slug.clone(), lang.of(&genre.name).to_owned()];
        sheet.table(&columns, &genres.items.iter().map(row).collect::<Vec<_>>());
    })?;
    Ok(Exit::Done)
}
