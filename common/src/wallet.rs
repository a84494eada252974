//! Wallets, their history, and charges.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AuctionId, ChargeId, EntryId, Money};

/// What a user has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wallet {
    /// All points.
    pub balance: Money,
    /// Of these, set aside for maxima that lead.
    pub held: Money,
    /// Of these, free to use: balance less held.
    pub available: Money,
}

/// Why points moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EntryKind {
    /// Topped up.
    Charge,
    /// A top-up was cancelled.
    ChargeCancelled,
    /// Paid for a work.
    Purchase,
    /// Earned with a work.
    Sale,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Charge, Self::ChargeCancelled, Self::Purchase, Self::Sale];

    /// The name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::ChargeCancelled => "charge-cancelled",
            Self::Purchase => "purchase",
            Self::Sale => "sale",
        }
    }
}

/// One movement of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Its id; later movements have greater ones.
    pub id: EntryId,
    /// Why.
    pub kind: EntryKind,
    /// How much; negative out of the wallet.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
    /// The auction it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auction_id: Option<AuctionId>,
    /// The charge it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_id: Option<ChargeId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Tops the wallet up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChargeRequest {
    /// 1,000 to 10,000,000 points.
    pub amount: Money,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChargeStatus {
    /// Waiting for the payment.
    Pending,
    /// Paid; the points are in the wallet.
    Paid,
    /// Cancelled; paid points were taken back.
    Cancelled,
    /// The gateway refused it.
    Failed,
}

/// A top-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// The points.
    pub amount: Money,
    /// Where it stands.
    pub status: ChargeStatus,
    /// The gateway: `sandbox` or `portone`.
    pub gateway: String,
    /// Where the payer pays; null where there is nothing to do.
    pub checkout_url: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// Says which payment at the gateway is the charge's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmChargeRequest {
    /// The gateway's id of the payment.
    pub payment_id: String,
}
