//! The rules of an auction, pure: values in, values out. No I/O, no clock, no database.
//!
//! An [`Auction`] is the state of one offering. Each command is a method that either refuses
//! with the first reason that applies or returns what follows from it: the next state, what
//! happens to wallets, and what the public sees.

mod house;
mod increments;
mod rules;
mod terms;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules_tests;

use artipul_common::{
    Money, Timestamp, UserId,
    auctions::{Outcome, Phase},
    bids::BidResult,
    mine::SaleKind,
};
use serde::{Deserialize, Serialize};

pub use self::{
    house::House,
    increments::{Increments, InvalidIncrements},
    terms::{Listing, TermsError},
};

/// The seller's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Where bidding starts.
    pub start_price: Money,
    /// The secret price below which the work is not sold.
    pub reserve: Option<Money>,
    /// The price at which it can be bought at once.
    pub buy_now: Option<Money>,
    /// When bidding starts.
    pub starts_at: Timestamp,
    /// The end that the seller set; late bids may move the end that holds.
    pub scheduled_end: Timestamp,
}

/// Whether an auction is on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Seen by its seller only.
    Draft,
    /// On offer: upcoming, open, or due to be closed.
    Listed,
    /// Over.
    Ended(Outcome),
}

/// Who leads, and by how much. Price and leader come into being together, with the first bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// The leader.
    pub bidder: UserId,
    /// The most he authorised; secret.
    pub maximum: Money,
    /// What he would pay now; public.
    pub price: Money,
}

/// The state of one auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auction {
    /// Whose work it is.
    pub seller: UserId,
    /// The seller's terms.
    pub terms: Terms,
    /// The end that holds.
    pub ends_at: Timestamp,
    /// Whether it is on offer.
    pub status: Status,
    /// Who leads; in an ended auction, who led last.
    pub lead: Option<Lead>,
    /// Bids that anybody could see.
    pub bid_count: u64,
    /// Counts the public changes.
    pub seq: u64,
}

/// A bid, with what the rules need to know of its bidder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bid {
    /// Who bids.
    pub bidder: UserId,
    /// The most he authorises.
    pub maximum: Money,
    /// His points that are not held.
    pub available: Money,
}

/// A purchase at the buy-now price, with what the rules need to know of its buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// Who buys.
    pub buyer: UserId,
    /// The price that he saw.
    pub price: Money,
    /// His points that are not held.
    pub available: Money,
}

/// What happens to wallets, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletEffect {
    /// Points are set aside.
    Hold {
        /// Whose.
        user: UserId,
        /// How many.
        amount: Money,
    },
    /// Points set aside are free again.
    Release {
        /// Whose.
        user: UserId,
        /// How many.
        amount: Money,
    },
    /// The buyer pays the seller.
    Pay {
        /// The buyer.
        from: UserId,
        /// The seller.
        to: UserId,
        /// The hammer price.
        amount: Money,
    },
}

/// The settlement of a sold auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    /// Who has bought the work.
    pub buyer: UserId,
    /// The hammer price.
    pub price: Money,
    /// How.
    pub kind: SaleKind,
}

/// What follows from an accepted bid or purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The next state.
    pub auction: Auction,
    /// How it came out for the bidder.
    pub result: BidResult,
    /// Whether anybody else can see that something happened.
    pub is_public: bool,
    /// Whether it moved the end.
    pub extended: bool,
    /// What happens to wallets.
    pub effects: Vec<WalletEffect>,
    /// The sale, if it bought the work.
    pub sale: Option<Sale>,
}

/// What follows from the end of an auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The final state.
    pub auction: Auction,
    /// What happens to wallets.
    pub effects: Vec<WalletEffect>,
    /// The sale, if the work was sold.
    pub sale: Option<Sale>,
}

/// Why a command is refused; the first reason that applies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// There is none, or it is a draft of somebody else.
    #[error("there is no such auction")]
    NotFound,
    /// It is a draft or cancelled.
    #[error("the auction is not open")]
    NotOpen,
    /// It has not started.
    #[error("the auction has not started")]
    NotStarted,
    /// It is over.
    #[error("the auction has ended")]
    Ended,
    /// The bidder is its seller.
    #[error("sellers do not bid on their own works")]
    OwnAuction,
    /// The amount is no positive multiple of the unit, or absurdly large.
    #[error("the amount must be a positive multiple of 1,000")]
    InvalidAmount,
    /// The maximum is below the minimum.
    #[error("the bid must be at least {min_next}")]
    TooLow {
        /// The least that this bidder must offer.
        min_next: Money,
        /// The public price.
        price: Option<Money>,
    },
    /// There is no buy-now price, or it is another one.
    #[error("the work cannot be bought at this price")]
    BuyNowUnavailable,
    /// The points do not cover the maximum.
    #[error("{required} points are needed, {available} are available")]
    InsufficientPoints {
        /// What could be used for this, a hold on this auction included.
        available: Money,
        /// What would be needed.
        required: Money,
    },
    /// Somebody else's auction is to be changed.
    #[error("this is somebody else's auction")]
    NotSeller,
    /// Terms stand as soon as a bid stands.
    #[error("the auction has bids and cannot be changed")]
    HasBids,
}

impl Auction {
    /// A new auction on these terms.
    pub fn new(seller: UserId, terms: Terms, status: Status) -> Self {
        Self {
            seller,
            ends_at: terms.scheduled_end,
            terms,
            status,
            lead: None,
            bid_count: 0,
            seq: 1,
        }
    }

    /// The public price: what the leader would pay now.
    pub fn price(&self) -> Option<Money> {
        self.lead.map(|lead| lead.price)
    }

    /// The price to show and to sort by: the price, or the start price before the first bid.
    pub fn list_price(&self) -> Money {
        self.price().unwrap_or(self.terms.start_price)
    }

    /// Whether the price has reached the reserve; true where there is none.
    pub fn reserve_met(&self) -> bool {
        self.terms.reserve.is_none_or(|reserve| self.price().is_some_and(|price| price >= reserve))
    }

    /// Where it stands at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        match self.status {
            Status::Draft => Phase::Draft,
            Status::Ended(_) => Phase::Ended,
            Status::Listed if now >= self.ends_at => Phase::Ended,
            Status::Listed if now < self.terms.starts_at => Phase::Upcoming,
            Status::Listed => Phase::Open,
        }
    }

    /// How it came out; `None` until it is settled.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.status {
            Status::Ended(outcome) => Some(outcome),
            Status::Draft | Status::Listed => None,
        }
    }

    /// The least that a bid must be, for everybody but the leader; `None` once nobody can bid.
    pub fn min_next(&self, now: Timestamp, house: &House) -> Option<Money> {
        (self.phase(now) != Phase::Ended).then(|| self.minimum(house))
    }

    fn minimum(&self, house: &House) -> Money {
        match self.lead {
            None => self.terms.start_price,
            Some(lead) => {
                let over = lead.price + house.increments.over(lead.price);
                // Whoever offers the buy-now price buys, however near the price has come to it.
                self.terms.buy_now.map_or(over, |buy_now| buy_now.min(over))
            }
        }
    }
}
