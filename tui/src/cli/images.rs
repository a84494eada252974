//! `artipul images`: an artist adds pictures to a work, takes some away, or orders them.

use std::path::{Path, PathBuf};

use artipul_common::{
    AuctionId,
    auctions::{EditAuctionRequest, Image},
    client::ImageUpload,
    images::Images,
};

use super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Pictures can be changed while no bid stands. The first one is the main one; `artipul show ID --json`
has their names.

Examples:
  artipul images add 17 front.jpg detail.png
  artipul images order 17 NAME-OF-DETAIL NAME-OF-FRONT";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add pictures behind those that are there; one that is there is not added again.
    Add {
        /// The auction.
        #[arg(value_name = "ID")]
        auction: AuctionId,
        /// JPEG, PNG or WebP files.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Take pictures away.
    Remove {
        /// The auction.
        #[arg(value_name = "ID")]
        auction: AuctionId,
        /// The pictures, by their names.
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// Put the pictures into another order.
    Order {
        /// The auction.
        #[arg(value_name = "ID")]
        auction: AuctionId,
        /// All its pictures, by their names.
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let client = &context.client;
    let items = match args.command {
        Command::Add { auction, files } => {
            let uploads = files.iter().map(|file| upload(file)).collect::<Result<_, _>>()?;
            client.add_images(auction, uploads).await?;
            client.auction(auction).await?.images
        }
        Command::Remove { auction, names } => {
            for name in &names {
                client.remove_image(auction, name).await?;
            }
            client.auction(auction).await?.images
        }
        Command::Order { auction, names } => {
            let request = EditAuctionRequest { images: Some(names), ..Default::default() };
            client.edit_auction(auction, &request).await?.images
        }
    };
    let images = Images { items };
    context.printer.done(&images, |sheet| match &*images.items {
        [] => sheet.line(&context.lang.t("cli.nothing")),
        items => table(sheet, context, items),
    })?;
    Ok(Exit::Done)
}

fn upload(file: &Path) -> Result<ImageUpload, CliError> {
    let bytes = std::fs::read(file)
        .map_err(|error| CliError::File(format!("{}: {error}", file.display())))?;
    let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ImageUpload { file_name, bytes: bytes.into() })
}

fn table(sheet: &mut Sheet, context: &Context, images: &[Image]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("#"),
        Column::words(lang.t("cli.avatar")),
        Column::words(lang.t("work.dimensions")),
    ];
    let row = |(place, image): (usize, &Image)| {
        let size = format!("{} × {}", image.width, image.height);
        vec![(place + 1).to_string(), image.name.clone(), size]
    };
    sheet.table(&columns, &images.iter().enumerate().map(row).collect::<Vec<_>>());
}
