//! Server-sent events: what the streams carry.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AuctionId, Money, NotificationId,
    auctions::{Outcome, Phase},
};

/// What an event of an auction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AuctionEventKind {
    /// The price or the leader changed.
    TopBid,
    /// A late bid moved the end (and may have changed the price as well).
    Extended,
    /// The auction is over.
    Closed,
    /// The state as it is: at the start of a stream, after a gap, or when the seller edited it.
    Resync,
}

impl AuctionEventKind {
    /// The name in the stream's `event:` field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopBid => "top-bid",
            Self::Extended => "extended",
            Self::Closed => "closed",
            Self::Resync => "resync",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::TopBid, Self::Extended, Self::Closed, Self::Resync]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// The whole public state of an auction at one moment; each event of the auction carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuctionState {
    /// The auction.
    pub auction_id: AuctionId,
    /// Counts the public changes of this auction; also the event's `id:`.
    pub seq: u64,
    /// What the leader would pay now.
    pub price: Option<Money>,
    /// The least that a bid must be; null once nobody can bid.
    pub min_next: Option<Money>,
    /// Bids that anybody could see.
    pub bid_count: u64,
    /// The leader's masked nickname.
    pub leader: Option<String>,
    /// Whether the price has reached the reserve.
    pub reserve_met: bool,
    /// Where it stands in time.
    pub phase: Phase,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// The end that holds.
    pub ends_at: DateTime<Utc>,
    /// The server's clock when the event was made.
    pub server_time: DateTime<Utc>,
}

/// What a notice to a user is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NoticeKind {
    /// Somebody else leads now.
    Outbid,
    /// His bid leads now.
    Leading,
    /// He has bought the work.
    Won,
    /// An auction that he bid on went to somebody else, or to nobody.
    Lost,
    /// His work was sold.
    Sold,
    /// His work was not sold.
    Unsold,
    /// Points arrived in his wallet.
    Charged,
    /// An auction that he follows is about to end.
    EndingSoon,
    /// The seller changed an auction that he follows.
    Updated,
    /// An administrator ended an auction of his, or one that he follows, without a sale.
    Withdrawn,
    /// An administrator gave a charge of his back.
    Refunded,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Outbid,
        Self::Leading,
        Self::Won,
        Self::Lost,
        Self::Sold,
        Self::Unsold,
        Self::Charged,
        Self::EndingSoon,
        Self::Updated,
        Self::Withdrawn,
        Self::Refunded,
    ];

    /// The name in the stream's `event:` field and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbid => "outbid",
            Self::Leading => "leading",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Sold => "sold",
            Self::Unsold => "unsold",
            Self::Charged => "charged",
            Self::EndingSoon => "ending-soon",
            Self::Updated => "updated",
            Self::Withdrawn => "withdrawn",
            Self::Refunded => "refunded",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A notice as the user's own stream carries it. It is sent at least once; `notification_id`
/// tells repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// The notification; also the event's `id:`.
    pub notification_id: NotificationId,
    /// The auction it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auction_id: Option<AuctionId>,
    /// The work's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The public price, the hammer price, or the points charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Which auctions a stream carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct EventsQuery {
    /// An auction; repeatable, up to 200.
    #[serde(rename = "auction")]
    #[cfg_attr(feature = "openapi", param(rename = "auction", value_type = Vec<i64>))]
    pub auctions: Vec<AuctionId>,
    /// A genre's slug: all its open auctions; repeatable.
    #[serde(rename = "genre")]
    #[cfg_attr(feature = "openapi", param(rename = "genre", value_type = Vec<String>))]
    pub genres: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_name(kind.as_str()), Some(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.as_str()));
        }
        assert_eq!(AuctionEventKind::from_name("top-bid"), Some(AuctionEventKind::TopBid));
        assert_eq!(AuctionEventKind::from_name("nonsense"), None);
    }
}
