//! Bid, buy, close: what each means.

use artipul_common::{
    Money, Timestamp, UserId,
    auctions::Outcome,
    bids::{BidForecast, BidResult},
    limits,
    mine::SaleKind,
};

use super::{
    Accepted, Auction, Bid, Closed, House, Lead, Purchase, Refusal, Sale, Status, WalletEffect,
};

impl Auction {
    /// A bid at `now`, the moment at which the desk handles it.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn bid(&self, bid: Bid, now: Timestamp, house: &House) -> Result<Accepted, Refusal> {
        self.check_bid(bid, now, house)?;
        if let Some(price) = self.purchase_price(bid.maximum) {
            return Ok(self.sell_now(bid.bidder, price));
        }
        Ok(self.with_lead(bid, self.lead_after(bid, house), now, house))
    }

    /// What a bid at `now` would do, without whether it would lead.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn forecast(
        &self,
        bid: Bid,
        now: Timestamp,
        house: &House,
    ) -> Result<BidForecast, Refusal> {
        self.check_bid(bid, now, house)?;
        let purchase_price = self.purchase_price(bid.maximum);
        let is_raise = self.lead.is_some_and(|lead| lead.bidder == bid.bidder);
        Ok(BidForecast {
            would_be_accepted: true,
            would_buy: purchase_price.is_some(),
            // Whether a raise meets the secret reserve, and so would extend, is not told.
            would_extend: purchase_price.is_none()
                && !is_raise
                && self.extended_end(now, house) > self.ends_at,
            holds: purchase_price.unwrap_or(bid.maximum),
        })
    }

    /// A purchase at the buy-now price at `now`.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn buy(&self, purchase: Purchase, now: Timestamp) -> Result<Accepted, Refusal> {
        self.check_open(purchase.buyer, now)?;
        if self.terms.buy_now != Some(purchase.price) {
            return Err(Refusal::BuyNowUnavailable);
        }
        self.check_points(purchase.buyer, purchase.price, purchase.available)?;
        Ok(self.sell_now(purchase.buyer, purchase.price))
    }

    /// The end of the auction, if it is due at `now`; `None` if it is not, or was handled before.
    pub fn close(&self, now: Timestamp) -> Option<Closed> {
        if self.status != Status::Listed || now < self.ends_at {
            return None;
        }
        let sale = self.lead.filter(|_| self.reserve_met()).map(|lead| Sale {
            buyer: lead.bidder,
            price: lead.price,
            kind: SaleKind::HighestBid,
        });
        let outcome = if sale.is_some() { Outcome::Sold } else { Outcome::Unsold };
        Some(Closed {
            effects: self.settle(sale),
            auction: Self { status: Status::Ended(outcome), seq: self.seq + 1, ..self.clone() },
            sale,
        })
    }

    fn check_open(&self, bidder: UserId, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            Status::Draft if bidder != self.seller => return Err(Refusal::NotFound),
            Status::Draft | Status::Ended(Outcome::Cancelled) => return Err(Refusal::NotOpen),
            Status::Ended(_) => return Err(Refusal::Ended),
            Status::Listed => {}
        }
        if now < self.terms.starts_at {
            return Err(Refusal::NotStarted);
        }
        if now >= self.ends_at {
            return Err(Refusal::Ended);
        }
        if bidder == self.seller {
            return Err(Refusal::OwnAuction);
        }
        Ok(())
    }

    fn check_bid(&self, bid: Bid, now: Timestamp, house: &House) -> Result<(), Refusal> {
        self.check_open(bid.bidder, now)?;
        let is_amount = bid.maximum > Money::ZERO
            && bid.maximum <= limits::MAX_AMOUNT
            && bid.maximum.is_multiple_of(limits::BID_UNIT);
        if !is_amount {
            return Err(Refusal::InvalidAmount);
        }
        let min_next = match self.lead {
            Some(lead) if lead.bidder == bid.bidder => lead.maximum + limits::BID_UNIT,
            _ => self.minimum(house),
        };
        if bid.maximum < min_next {
            return Err(Refusal::TooLow { min_next, price: self.price() });
        }
        self.check_points(bid.bidder, bid.maximum, bid.available)
    }

    /// A hold on this auction counts as available for this auction.
    fn check_points(
        &self,
        bidder: UserId,
        required: Money,
        available: Money,
    ) -> Result<(), Refusal> {
        let own_hold =
            self.lead.filter(|lead| lead.bidder == bidder).map_or(Money::ZERO, |lead| lead.maximum);
        let available = available + own_hold;
        if available < required {
            return Err(Refusal::InsufficientPoints { available, required });
        }
        Ok(())
    }

    /// The price at which a bid of this maximum buys at once, if it does.
    fn purchase_price(&self, maximum: Money) -> Option<Money> {
        self.terms.buy_now.filter(|buy_now| maximum >= *buy_now)
    }

    /// Who leads after a bid that does not buy, and at what price.
    fn lead_after(&self, bid: Bid, house: &House) -> Lead {
        let Bid { bidder, maximum, .. } = bid;
        let lead = match self.lead {
            None => Lead { bidder, maximum, price: self.terms.start_price },
            // Nobody bids against himself.
            Some(lead) if lead.bidder == bidder => Lead { maximum, ..lead },
            Some(lead) if maximum > lead.maximum => {
                let over = lead.maximum + house.increments.over(lead.maximum);
                Lead { bidder, maximum, price: lead.price.max(maximum.min(over)) }
            }
            // Of equal maxima the earlier wins; then the price is the maximum of both.
            Some(lead) => {
                let over = maximum + house.increments.over(maximum);
                Lead { price: lead.maximum.min(over), ..lead }
            }
        };
        match self.terms.reserve {
            Some(reserve) if reserve <= lead.maximum => {
                Lead { price: lead.price.max(reserve), ..lead }
            }
            _ => lead,
        }
    }

    fn with_lead(&self, bid: Bid, lead: Lead, now: Timestamp, house: &House) -> Accepted {
        let before = self.lead;
        // A raise that meets the reserve moves the price and is as public as any other change of
        // the price; a raise that does not is nobody's business.
        let is_public =
            before.is_none_or(|old| (old.bidder, old.price) != (lead.bidder, lead.price));
        let ends_at = if is_public { self.extended_end(now, house) } else { self.ends_at };
        let extended = ends_at > self.ends_at;
        let mut effects = Vec::with_capacity(2);
        if before.is_none_or(|old| (old.bidder, old.maximum) != (lead.bidder, lead.maximum)) {
            effects.extend(self.release());
            effects.push(WalletEffect::Hold { user: lead.bidder, amount: lead.maximum });
        }
        Accepted {
            auction: Self {
                ends_at,
                lead: Some(lead),
                bid_count: self.bid_count + u64::from(is_public),
                seq: self.seq + u64::from(is_public) + u64::from(extended),
                ..self.clone()
            },
            result: if lead.bidder == bid.bidder { BidResult::Leading } else { BidResult::Outbid },
            is_public,
            extended,
            effects,
            sale: None,
        }
    }

    /// The end after a change of price or leader at `now`.
    fn extended_end(&self, now: Timestamp, house: &House) -> Timestamp {
        if self.ends_at - now >= house.soft_close {
            return self.ends_at;
        }
        let latest = self.terms.scheduled_end + house.max_extension;
        self.ends_at.max(latest.min(now + house.soft_close))
    }

    /// Any maximum of at least the buy-now price buys, so no hidden maximum is passed over.
    fn sell_now(&self, buyer: UserId, price: Money) -> Accepted {
        let sale = Sale { buyer, price, kind: SaleKind::BuyNow };
        Accepted {
            effects: self.settle(Some(sale)),
            auction: Self {
                status: Status::Ended(Outcome::Sold),
                lead: Some(Lead { bidder: buyer, maximum: price, price }),
                bid_count: self.bid_count + 1,
                seq: self.seq + 1,
                ..self.clone()
            },
            result: BidResult::Bought,
            is_public: true,
            extended: false,
            sale: Some(sale),
        }
    }

    /// The leader's hold is released, and the buyer pays the seller.
    pub(super) fn settle(&self, sale: Option<Sale>) -> Vec<WalletEffect> {
        let payment = sale.map(|sale| WalletEffect::Pay {
            from: sale.buyer,
            to: self.seller,
            amount: sale.price,
        });
        self.release().into_iter().chain(payment).collect()
    }

    fn release(&self) -> Option<WalletEffect> {
        self.lead.map(|lead| WalletEffect::Release { user: lead.bidder, amount: lead.maximum })
    }
}
