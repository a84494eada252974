//! Column types that both databases have, and how values of the domain stand in them.

use artipul_common::{
    Timestamp,
    admin::ActionKind,
    auctions::{Outcome, Phase},
    credentials::Scope,
    events::NoticeKind,
    micros,
    mine::SaleKind,
    wallet::{ChargeStatus, EntryKind},
};
use chrono::NaiveDateTime;

use super::{DbError, DbResult};

/// A time as a column takes it.
pub fn column(time: Timestamp) -> NaiveDateTime {
    micros(time).naive_utc()
}

/// Values that stand in a column by a name.
pub trait Named: Copy + Sized + 'static {
    /// What the column is, for errors.
    const WHAT: &str;

    /// Every value with its name.
    const NAMES: &[(Self, &str)];

    /// The name of the value.
    fn name(self) -> &'static str
    where
        Self: PartialEq,
    {
        let found = Self::NAMES.iter().find(|(value, _)| *value == self);
        found.expect("every value has a name").1
    }

    /// The value of the name.
    ///
    /// # Errors
    /// [`DbError::Defect`] if there is none: the row was written by something else.
    fn from_name(name: &str) -> DbResult<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value).ok_or_else(
            || DbError::Defect(format!("{name:?} in the database is no {}", Self::WHAT)),
        )
    }
}

impl Named for Outcome {
    const WHAT: &str = "outcome";
    const NAMES: &[(Self, &str)] =
        &[(Self::Sold, "sold"), (Self::Unsold, "unsold"), (Self::Cancelled, "cancelled")];
}

impl Named for Phase {
    const WHAT: &str = "phase";
    const NAMES: &[(Self, &str)] = &[
        (Self::Draft, "draft"),
        (Self::Upcoming, "upcoming"),
        (Self::Open, "open"),
        (Self::Ended, "ended"),
    ];
}

impl Named for SaleKind {
    const WHAT: &str = "kind of sale";
    const NAMES: &[(Self, &str)] = &[(Self::HighestBid, "highest-bid"), (Self::BuyNow, "buy-now")];
}

impl Named for ChargeStatus {
    const WHAT: &str = "status of a charge";
    const NAMES: &[(Self, &str)] = &[
        (Self::Pending, "pending"),
        (Self::Paid, "paid"),
        (Self::Cancelled, "cancelled"),
        (Self::Failed, "failed"),
    ];
}

impl Named for EntryKind {
    const WHAT: &str = "kind of entry";
    const NAMES: &[(Self, &str)] = &[
        (Self::Charge, Self::Charge.as_str()),
        (Self::ChargeCancelled, Self::ChargeCancelled.as_str()),
        (Self::Purchase, Self::Purchase.as_str()),
        (Self::Sale, Self::Sale.as_str()),
    ];
}

impl Named for NoticeKind {
    const WHAT: &str = "kind of notification";
    const NAMES: &[(Self, &str)] = &[
        (Self::Outbid, Self::Outbid.as_str()),
        (Self::Leading, Self::Leading.as_str()),
        (Self::Won, Self::Won.as_str()),
        (Self::Lost, Self::Lost.as_str()),
        (Self::Sold, Self::Sold.as_str()),
        (Self::Unsold, Self::Unsold.as_str()),
        (Self::Charged, Self::Charged.as_str()),
        (Self::EndingSoon, Self::EndingSoon.as_str()),
        (Self::Updated, Self::Updated.as_str()),
        (Self::Withdrawn, Self::Withdrawn.as_str()),
        (Self::Refunded, Self::Refunded.as_str()),
    ];
}

impl Named for ActionKind {
    const WHAT: &str = "kind of an administrator's action";
    const NAMES: &[(Self, &str)] = &[
        (Self::GrantAdmin, Self::GrantAdmin.as_str()),
        (Self::RevokeAdmin, Self::RevokeAdmin.as_str()),
        (Self::SuspendUser, Self::SuspendUser.as_str()),
        (Self::RestoreUser, Self::RestoreUser.as_str()),
        (Self::SuspendWork, Self::SuspendWork.as_str()),
        (Self::RestoreWork, Self::RestoreWork.as_str()),
        (Self::WithdrawAuction, Self::WithdrawAuction.as_str()),
        (Self::RefundCharge, Self::RefundCharge.as_str()),
    ];
}

impl Named for Scope {
    const WHAT: &str = "scope";
    const NAMES: &[(Self, &str)] = &[
        (Self::Read, Self::Read.as_str()),
        (Self::Bid, Self::Bid.as_str()),
        (Self::Sell, Self::Sell.as_str()),
        (Self::Wallet, Self::Wallet.as_str()),
    ];
}

/// What a row of `bids` records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BidKind {
    /// A bid (a raise by the leader, too).
    Bid,
    /// A purchase at the buy-now price, by whichever way.
    Purchase,
}

impl Named for BidKind {
    const WHAT: &str = "kind of bid";
    const NAMES: &[(Self, &str)] = &[(Self::Bid, "bid"), (Self::Purchase, "purchase")];
}
