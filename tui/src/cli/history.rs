//! `artipul history`: the public bids of an auction, newest first.

use artipul_common::{
    AuctionId,
    bids::{HistoryEntry, HistoryQuery},
};

use super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::ui::{money::won, time::Zone};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    /// Only what came after this sequence number.
    #[arg(long, value_name = "SEQ")]
    after_seq: Option<u64>,
    #[command(flatten)]
    page: page::Args,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let read = async |limit, cursor| {
        let query = HistoryQuery { after_seq: args.after_seq, limit, cursor };
        context.client.history(args.auction, &query).await
    };
    let found = args.page.read(read).await?;
    page::say(context, &found, |sheet, bids| table(sheet, context, bids))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, bids: &[HistoryEntry]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("#"),
        Column::words(lang.t("column.when")),
        Column::words(lang.t("column.bidder")),
        Column::numbers(lang.t("column.price")),
    ];
    let now = context.client.clock().now();
    let row = |bid: &HistoryEntry| {
        let when = Zone::Local.short(bid.placed_at, now);
        vec![bid.seq.to_string(), when, bid.bidder.clone(), won(bid.amount)]
    };
    sheet.table(&columns, &bids.iter().map(row).collect::<Vec<_>>());
}
