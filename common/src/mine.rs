//! What belongs to the signed-in user: participations, purchases, notifications, counts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AuctionId, Money, NotificationId,
    auctions::{Auction, Phase},
    events::NoticeKind,
};

/// How a bidder stands in an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Standing {
    /// It is open and he leads.
    Leading,
    /// It is open and somebody else leads.
    Outbid,
    /// He has bought the work.
    Won,
    /// It is over and he has not bought the work.
    Lost,
}

/// An auction on which the user has bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Participation {
    /// How he stands.
    pub state: Standing,
    /// The most he authorised.
    pub maximum: Money,
    /// The auction.
    pub auction: Auction,
}

/// Which participations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ParticipationQuery {
    /// Only those in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub state: Option<Standing>,
    /// Items of the page, 1 to 100; 20 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Which of the seller's own auctions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct MyAuctionsQuery {
    /// Only those in this phase; all unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub phase: Option<Phase>,
    /// Items of the page, 1 to 100; 20 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// How a work was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SaleKind {
    /// As the leader when the auction ended.
    HighestBid,
    /// At the buy-now price.
    BuyNow,
}

/// A work that the user has bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Purchase {
    /// The sale; one auction has at most one, so they share the number.
    pub sale_id: AuctionId,
    /// What was paid.
    pub price: Money,
    /// How it was bought.
    pub kind: SaleKind,
    /// When.
    pub sold_at: DateTime<Utc>,
    /// The auction.
    pub auction: Auction,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The auction it is about.
    pub auction_id: Option<AuctionId>,
    /// The work's title.
    pub title: Option<String>,
    /// The public price, the hammer price, or the points charged.
    pub price: Option<Money>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Whether the user has read it.
    pub read: bool,
}

/// Marks notifications as read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadRequest {
    /// Up to and including this one; all unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<NotificationId>,
    /// This one and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<NotificationId>,
}

/// How much there is of everything that is the user's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Open auctions that he leads.
    pub leading: u64,
    /// Open auctions in which he was outbid.
    pub outbid: u64,
    /// Auctions that he won.
    pub won: u64,
    /// Auctions that he lost.
    pub lost: u64,
    /// Works that he bought.
    pub purchases: u64,
    /// Auctions that he watches.
    pub watches: u64,
    /// His own drafts.
    pub drafts: u64,
    /// His own auctions that have not started.
    pub upcoming: u64,
    /// His own auctions that are open.
    pub selling: u64,
    /// His own works that were sold.
    pub sold: u64,
    /// His own auctions that ended without a sale.
    pub unsold: u64,
    /// His own auctions that he cancelled.
    pub cancelled: u64,
    /// Notifications not read.
    pub unread: u64,
}
