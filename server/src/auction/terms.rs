//! Which terms a seller may set, and when he may change them.

use artipul_common::{
    Timestamp, UserId, auctions::Outcome, limits, micros, problem::FieldError, text::Checks,
};
use chrono::TimeDelta;

use super::{Auction, Closed, House, Refusal, Status, Terms};

/// What is wrong with terms: one error per field.
pub type TermsError = Vec<FieldError>;

/// What terms are for, which decides how their times are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Kept for later: its times are looked at when it is put on offer.
    Draft,
    /// Put on offer: bidding cannot start before the listing.
    Offer,
    /// Of an auction that has started: the start stands.
    Running,
}

impl Terms {
    /// The terms as they will stand at `now`, with times as they are kept.
    ///
    /// # Errors
    /// Start price below the unit, reserve below the start, a buy-now price below what the first
    /// challenger would pay or below the reserve, or times that are no auction.
    pub fn listed(
        mut self,
        listing: Listing,
        now: Timestamp,
        house: &House,
    ) -> Result<Self, TermsError> {
        let mut errors = self.check_prices(house).err().unwrap_or_default();
        self.starts_at = micros(self.starts_at);
        self.scheduled_end = micros(self.scheduled_end);
        if listing == Listing::Offer {
            self.starts_at = self.starts_at.max(now);
        }
        self.check_times(listing, now, house, &mut errors);
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    fn check_prices(&self, house: &House) -> Result<(), TermsError> {
        let (start, reserve) = (self.start_price, self.reserve.unwrap_or(self.start_price));
        let mut checks = Checks::default();
        checks.price("start_price", start);
        for (field, price) in [("reserve_price", self.reserve), ("buy_now_price", self.buy_now)] {
            if let Some(price) = price {
                checks.price(field, price);
            }
        }
        // Of amounts that are out of bounds there are no sums.
        checks.finish(())?;
        let mut checks = Checks::default();
        if reserve < start {
            checks.too_small("reserve_price", start);
        }
        if let Some(buy_now) = self.buy_now {
            let least = reserve.max(start + house.increments.over(start));
            if buy_now < least {
                // The reserve is the seller's own secret; he is the only one to see this.
                checks.too_small("buy_now_price", least);
            }
        }
        checks.finish(())
    }

    fn check_times(
        &self,
        listing: Listing,
        now: Timestamp,
        house: &House,
        errors: &mut TermsError,
    ) {
        for (field, time) in [("starts_at", self.starts_at), ("ends_at", self.scheduled_end)] {
            if !limits::TIMES.contains(&time) {
                let detail = "must be in the years 1970 to 9999";
                return errors.push(FieldError::new(field, "invalid", detail));
            }
        }
        let length = self.scheduled_end - self.starts_at;
        let (least, most) = (house.min_duration, house.max_duration);
        let error = |code, detail: String| FieldError::new("ends_at", code, detail);
        if listing != Listing::Draft && self.scheduled_end <= now {
            errors.push(error("in-past", "must be in the future".to_owned()));
        } else if length < least.max(TimeDelta::microseconds(1)) {
            let least = least.num_seconds();
            let detail = format!("the auction must last at least {least} seconds");
            errors.push(error("too-soon", detail).bounded(least));
        } else if length > most {
            let most = most.num_seconds();
            let detail = format!("the auction must last at most {most} seconds");
            errors.push(error("too-late", detail).bounded(most));
        }
    }
}

impl Auction {
    /// Whether its seller may still change or withdraw it: nobody has bid, and it is not over.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check_changeable(&self, user: UserId, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            Status::Draft if user != self.seller => return Err(Refusal::NotFound),
            _ if user != self.seller => return Err(Refusal::NotSeller),
            Status::Ended(Outcome::Cancelled) => return Err(Refusal::NotOpen),
            Status::Ended(_) => return Err(Refusal::Ended),
            Status::Draft | Status::Listed => {}
        }
        if self.lead.is_some() {
            return Err(Refusal::HasBids);
        }
        if self.status == Status::Listed && now >= self.ends_at {
            return Err(Refusal::Ended);
        }
        Ok(())
    }

    /// Withdraws it.
    ///
    /// # Errors
    /// As [`Self::check_changeable`].
    pub fn cancel(&self, user: UserId, now: Timestamp) -> Result<Self, Refusal> {
        self.check_changeable(user, now)?;
        Ok(Self { status: Status::Ended(Outcome::Cancelled), seq: self.seq + 1, ..self.clone() })
    }

    /// Ends it without a sale, whoever has bid: not its seller's decision, but the house's.
    ///
    /// # Errors
    /// It is a draft, or over.
    pub fn withdraw(&self, now: Timestamp) -> Result<Closed, Refusal> {
        match self.status {
            Status::Draft => Err(Refusal::NotFound),
            Status::Ended(Outcome::Cancelled) => Err(Refusal::NotOpen),
            Status::Ended(_) => Err(Refusal::Ended),
            Status::Listed if now >= self.ends_at => Err(Refusal::Ended),
            Status::Listed => Ok(Closed {
                effects: self.settle(None),
                auction: Self {
                    status: Status::Ended(Outcome::Cancelled),
                    seq: self.seq + 1,
                    ..self.clone()
                },
                sale: None,
            }),
        }
    }

    /// The same auction on other terms, which the caller has checked with [`Terms::listed`].
    pub fn with_terms(&self, terms: Terms, status: Status) -> Self {
        Self { ends_at: terms.scheduled_end, terms, status, seq: self.seq + 1, ..self.clone() }
    }

    /// The same auction of a work that shows itself differently.
    #[must_use]
    pub fn with_changed_work(&self) -> Self {
        Self { seq: self.seq + 1, ..self.clone() }
    }

    /// Whether bidding has begun, so that the start stands.
    pub fn has_started(&self, now: Timestamp) -> bool {
        self.status == Status::Listed && now >= self.terms.starts_at
    }
}
