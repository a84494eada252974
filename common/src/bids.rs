//! Bids and purchases as the API shows and takes them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AuctionId, Money};

/// Bids: authorises a maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BidRequest {
    /// The most the bidder will pay, a multiple of 1,000.
    pub amount: Money,
}

/// Buys at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseRequest {
    /// The buy-now price as the buyer saw it; another one is refused.
    pub price: Money,
}

/// How an accepted bid or purchase came out for the one who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BidResult {
    /// He leads.
    Leading,
    /// An earlier maximum is at least as high.
    Outbid,
    /// He has bought the work.
    Bought,
}

/// An accepted bid or purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BidReceipt {
    /// How it came out.
    pub result: BidResult,
    /// The auction.
    pub auction_id: AuctionId,
    /// The public price after it.
    pub price: Money,
    /// The least that the next bid must be; null when the work is sold.
    pub min_next: Option<Money>,
    /// The end after it.
    pub ends_at: DateTime<Utc>,
    /// The auction's public sequence after it.
    pub seq: u64,
    /// The maximum that the caller has just authorised.
    pub maximum: Money,
    /// The sale, when he has bought the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_id: Option<AuctionId>,
}

/// What a bid would do; it never tells whether it would lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BidForecast {
    /// Always true; a bid that would be refused is answered with the refusal.
    pub would_be_accepted: bool,
    /// Whether it would buy the work at the buy-now price.
    pub would_buy: bool,
    /// Whether it would move the end, if it changed the price or the leader.
    pub would_extend: bool,
    /// Points that would be held while it leads, or paid if it buys.
    pub holds: Money,
}

/// One line of the public history of an auction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// The auction's public sequence after this bid.
    pub seq: u64,
    /// The bidder's masked nickname.
    pub bidder: String,
    /// The public price that this bid brought about; never a maximum.
    pub amount: Money,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
}

/// Which part of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct HistoryQuery {
    /// Only entries with a greater sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<u64>,
    /// Items of the page, 1 to 100; 20 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
