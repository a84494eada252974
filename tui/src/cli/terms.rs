//! What an artist says of an auction on the command line: its terms and its work.

use artipul_common::{Money, Timestamp};

use super::{Context, amount::amount, error::CliError};
use crate::ui::time::{Zone, parse_moment};

/// The terms of an auction that is offered.
#[derive(Debug, clap::Args)]
pub(super) struct Terms {
    /// Where bidding starts, a multiple of 1,000.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(super) start_price: Money,
    /// When bidding ends: a length of time (7d, 36h, 90m) or a moment (2026-12-01 18:00).
    #[arg(long, value_name = "WHEN")]
    pub(super) ends: String,
    /// When bidding starts, likewise; at once unless given.
    #[arg(long, value_name = "WHEN")]
    pub(super) starts: Option<String>,
    /// The secret price below which it is not sold.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(super) reserve_price: Option<Money>,
    /// The price at which it can be bought at once.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(super) buy_now_price: Option<Money>,
    /// Keep it as a draft that only you see, until `artipul publish`.
    #[arg(long)]
    pub(super) draft: bool,
}

/// The moment that a flag names: a length of time from now, a local moment, or one as in RFC 3339.
pub(super) fn moment(
    context: &Context,
    flag: &'static str,
    text: &str,
) -> Result<Timestamp, CliError> {
    let now = context.client.clock().now();
    parse_moment(text, now, Zone::Local).or_else(|| text.parse().ok()).ok_or_else(|| {
        CliError::BadValue {
            flag,
            detail: "must be like 7d, 36h, 90m, 2026-12-01 18:00 or 2026-12-01T09:00:00Z"
                .to_owned(),
        }
    })
}

/// As [`moment`], of a flag that may be absent.
pub(super) fn moment_if(
    context: &Context,
    flag: &'static str,
    text: Option<&String>,
) -> Result<Option<Timestamp>, CliError> {
    text.map(|text| moment(context, flag, text)).transpose()
}
