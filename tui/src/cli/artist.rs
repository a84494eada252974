//! `artipul artist`: an artist's public profile and works.

use artipul_common::{
    UserId,
    accounts::ArtistProfile,
    auctions::Auction,
    page::{Page, PageQuery},
};
use serde::Serialize;

use super::{Context, auction, error::CliError, exit::Exit, output::Sheet, page};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The artist.
    #[arg(value_name = "ID")]
    artist: UserId,
    #[command(flatten)]
    page: page::Args,
}

/// An artist with his works.
#[derive(Debug, Serialize)]
struct Found {
    artist: ArtistProfile,
    auctions: Page<Auction>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let artist = context.client.artist(args.artist).await?;
    let read = async |limit, cursor| {
        context.client.artist_auctions(args.artist, &PageQuery { limit, cursor }).await
    };
    let found = Found { artist, auctions: args.page.read(read).await? };
    context.printer.done(&found, |sheet| facts(sheet, context, &found))?;
    Ok(Exit::Done)
}

fn facts(sheet: &mut Sheet, context: &Context, found: &Found) {
    let (lang, artist) = (context.lang, &found.artist);
    sheet.heading(&artist.nickname);
    if let Some(college) = &artist.college {
        sheet.line(college);
    }
    sheet.facts(&[
        (lang.t("tab.selling"), artist.open_auctions.to_string()),
        (lang.t("tab.sold"), artist.sold.to_string()),
    ]);
    if let Some(introduction) = &artist.introduction {
        sheet.paragraph(introduction);
    }
    if !found.auctions.items.is_empty() {
        sheet.gap();
        auction::table(sheet, context, &found.auctions.items);
    }
}
