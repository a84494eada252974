//! `artipul relist`: an artist offers the work of an auction again.

use artipul_common::{AuctionId, auctions::RelistRequest};

use super::{
    Context, auction,
    error::CliError,
    exit::Exit,
    once,
    terms::{Terms, moment, moment_if},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An auction of the work that ended without a sale.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    once: once::Args,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let terms = &args.terms;
    let request = RelistRequest {
        start_price: terms.start_price,
        reserve_price: terms.reserve_price,
        buy_now_price: terms.buy_now_price,
        starts_at: moment_if(context, "--starts", terms.starts.as_ref())?,
        ends_at: moment(context, "--ends", &terms.ends)?,
        draft: terms.draft,
    };
    let done = once::take(context, &args.once, async |key| {
        context.client.relist(args.auction, &request, key).await
    })
    .await?;
    context.printer.done(&done, |sheet| {
        let is_draft = request.draft;
        sheet.line(&context.lang.t(if is_draft { "sell.kept" } else { "sell.listed" }));
        auction::facts(sheet, context, &done.answer);
    })?;
    Ok(Exit::Done)
}
