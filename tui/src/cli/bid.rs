//! `artipul bid`: authorises a maximum, or asks what it would do.

use artipul_common::{
    AuctionId, Money,
    bids::{BidForecast, BidReceipt, BidResult},
};

use super::{Context, amount::amount, error::CliError, exit::Exit, once, output::Sheet};
use crate::{
    i18n::{Lang, tr},
    ui::money::won,
};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The auction.
    #[arg(value_name = "ID")]
    auction: AuctionId,
    /// The most that you will pay, a multiple of 1,000: 1200000, 1,200,000 or 120만.
    #[arg(value_parser = amount)]
    amount: Money,
    /// Only ask what it would do.
    #[arg(long, conflicts_with = "key")]
    dry_run: bool,
    #[command(flatten)]
    once: once::Args,
}

const HELP: &str = "\
You pay only what is needed to lead, up to your maximum, and nobody else sees it. From the buy-now
price on, the work is bought at that price at once.

Exit codes: 0 you lead or have bought it, 3 accepted but outbid, 4 refused, 8 the answer was lost.

Examples:
  artipul bid 17 1,200,000
  artipul bid 17 120만 --dry-run
  artipul bid 17 1200000 --json --key 2026-spring-17   # safe to repeat as it stands";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let Args { auction, amount, .. } = args;
    if args.dry_run {
        let forecast = context.client.forecast_bid(auction, amount).await?;
        context.printer.done(&forecast, |sheet| would(sheet, context.lang, &forecast))?;
        return Ok(Exit::Done);
    }
    let done =
        once::take(context, &args.once, async |key| context.client.bid(auction, amount, key).await)
            .await?;
    context.printer.done(&done, |sheet| receipt(sheet, context.lang, &done.answer))?;
    Ok(exit(done.answer.result))
}

/// How a bid or purchase that was accepted ends its command.
pub(super) fn exit(result: BidResult) -> Exit {
    match result {
        BidResult::Leading | BidResult::Bought => Exit::Done,
        BidResult::Outbid => Exit::Outbid,
    }
}

/// What came of a bid or a purchase.
pub(super) fn receipt(sheet: &mut Sheet, lang: Lang, receipt: &BidReceipt) {
    let (price, maximum) = (won(receipt.price), won(receipt.maximum));
    let (heading, means) = match receipt.result {
        BidResult::Leading => (
            lang.t("bid.leading"),
            tr!(lang, "bid.leading-means", price = price, maximum = maximum),
        ),
        BidResult::Outbid => {
            let min_next = won(receipt.min_next.unwrap_or_default());
            let means = tr!(lang, "bid.outbid-means", price = price, min_next = min_next);
            (lang.t("bid.outbid"), means)
        }
        BidResult::Bought => (lang.t("bid.bought"), tr!(lang, "bid.bought-means", price = price)),
    };
    sheet.heading(&heading);
    sheet.line(&means);
}

fn would(sheet: &mut Sheet, lang: Lang, forecast: &BidForecast) {
    sheet.heading(&lang.t("cli.would-be-accepted"));
    let holds = won(forecast.holds);
    sheet.line(&if forecast.would_buy {
        tr!(lang, "bid.would-buy", price = holds)
    } else {
        tr!(lang, "bid.would-hold", holds = holds)
    });
    if forecast.would_extend {
        sheet.line(&lang.t("bid.would-extend"));
    }
}
