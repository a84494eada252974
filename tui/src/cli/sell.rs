//! `artipul sell`: an artist offers a work.

use artipul_common::auctions::ListWorkRequest;

use super::{
    Context, auction,
    error::CliError,
    exit::Exit,
    once,
    terms::{Terms, moment, moment_if},
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The work's title.
    #[arg(long)]
    title: String,
    /// The genre, by its slug (see `artipul genres`).
    #[arg(long)]
    genre: String,
    #[command(flatten)]
    terms: Terms,
    /// What you say of it.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// A free tag; repeatable, up to three.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The artist's name on the label; yours unless given.
    #[arg(long, value_name = "NAME")]
    artist: Option<String>,
    /// What it is made of.
    #[arg(long, value_name = "TEXT")]
    medium: Option<String>,
    /// How large it is, with units.
    #[arg(long, value_name = "TEXT")]
    dimensions: Option<String>,
    /// When it was made, as catalogues say it.
    #[arg(long, value_name = "TEXT")]
    year: Option<String>,
    /// Your own number of the work; a second work with the same one is refused.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    #[command(flatten)]
    once: once::Args,
}

const HELP: &str = "\
Terms can be changed, or the auction cancelled, until somebody bids. For many works at once see
`artipul list`.

Example:
  artipul sell --title 'Sea at Night' --genre painting --start-price 100,000 --ends 7d \\
      --reserve-price 300,000 --medium 'oil on canvas' --tag sea";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let terms = &args.terms;
    let request = ListWorkRequest {
        title: args.title,
        description: args.description,
        genre: args.genre,
        tags: args.tags,
        artist: args.artist,
        medium: args.medium,
        dimensions: args.dimensions,
        year: args.year,
        reference: args.reference,
        start_price: terms.start_price,
        reserve_price: terms.reserve_price,
        buy_now_price: terms.buy_now_price,
        starts_at: moment_if(context, "--starts", terms.starts.as_ref())?,
        ends_at: moment(context, "--ends", &terms.ends)?,
        draft: terms.draft,
    };
    let done =
        once::take(context, &args.once, async |key| context.client.list_work(&request, key).await)
            .await?;
    context.printer.done(&done, |sheet| {
        let is_draft = request.draft;
        sheet.line(&context.lang.t(if is_draft { "sell.kept" } else { "sell.listed" }));
        auction::facts(sheet, context, &done.answer);
    })?;
    Ok(Exit::Done)
}
