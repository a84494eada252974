//! A slow, obvious re-telling of the rules of an auction: it keeps every accepted bid and works
//! everything else out again, from the first bid on, whenever it is asked. It shares no code, no
//! constants and no types with the rules that it judges.

use std::collections::BTreeMap;

pub type User = i64;
pub type Won = i64;
/// Seconds from an arbitrary zero.
pub type Second = i64;

pub const MINUTE: Second = 60;
pub const STEP: Won = 1_000;
pub const LARGEST: Won = 1_000_000_000_000;
pub const SOFT_CLOSE: Second = 3 * MINUTE;
pub const LONGEST_EXTENSION: Second = 60 * MINUTE;
pub const SHORTEST_RUN: Second = 10 * MINUTE;
pub const LONGEST_RUN: Second = 60 * 24 * 60 * MINUTE;

/// "Below this price, this much": the last line has no upper bound.
const INCREMENTS: [(Won, Won); 7] = [
    (50_000, 1_000),
    (100_000, 2_000),
    (300_000, 5_000),
    (1_000_000, 10_000),
    (3_000_000, 50_000),
    (5_000_000, 100_000),
    (10_000_000, 200_000),
];

pub fn increment(price: Won) -> Won {
    for (below, step) in INCREMENTS {
        if price < below {
            return step;
        }
    }
    500_000
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub seller: User,
    pub start_price: Won,
    pub reserve: Option<Won>,
    pub buy_now: Option<Won>,
    pub starts_at: Second,
    pub scheduled_end: Second,
}

impl Terms {
    pub fn are_allowed(&self) -> bool {
        let whole = |amount: Won| amount % STEP == 0 && (STEP..=LARGEST).contains(&amount);
        let reserve_at_least_start = self.reserve.is_none_or(|r| whole(r) && r >= self.start_price);
        let buy_now_high_enough = self.buy_now.is_none_or(|n| {
            whole(n)
                && n >= self.start_price + increment(self.start_price)
                && self.reserve.is_none_or(|r| n >= r)
        });
        let run = self.scheduled_end - self.starts_at;
        whole(self.start_price)
            && reserve_at_least_start
            && buy_now_high_enough
            && (SHORTEST_RUN..=LONGEST_RUN).contains(&run)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    NotOpen,
    NotStarted,
    Ended,
    Seller,
    Amount,
    BelowMinimum(Won),
    Points,
    NotForSaleAtOnce,
    WrongPrice(Won),
    HasBids,
    NotYours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    pub at: Second,
    pub who: User,
    pub maximum: Won,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    pub buyer: User,
    pub price: Won,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Draft,
    Listed,
    Cancelled,
    Sold(Sale),
    Unsold,
}

/// What the bids so far amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The leader and his maximum.
    pub lead: Option<(User, Won)>,
    /// What is shown: the start price as long as nobody has bid.
    pub price: Won,
    pub ends_at: Second,
    /// Bids that a stranger could notice.
    pub seen_bids: u64,
    /// Changes that a stranger could notice, extensions counted apart.
    pub seen_changes: u64,
}

#[derive(Clone, Debug)]
pub struct Auction {
    pub terms: Terms,
    pub fate: Fate,
    pub bids: Vec<Bid>,
}

/// What an accepted bid turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    Leading,
    Outbid,
    Bought(Sale),
}

impl Auction {
    pub fn new(terms: Terms, fate: Fate) -> Self {
        Self { terms, fate, bids: Vec::new() }
    }

    /// The highest maximum, the earliest among equals.
    fn best(bids: &[Bid]) -> Option<Bid> {
        let highest = bids.iter().map(|bid| bid.maximum).max()?;
        bids.iter().copied().find(|bid| bid.maximum == highest)
    }

    /// The price after the last of `bids`, given the price before it.
    ///
    /// Two maxima of different bidders meet: the better one pays one increment over the other,
    /// but not more than itself.
    fn price_after(&self, bids: &[Bid], before: Won) -> Won {
        let Some((last, earlier)) = bids.split_last() else {
            return self.terms.start_price;
        };
        let contested = match Self::best(earlier) {
            None => self.terms.start_price,
            Some(best) if best.who == last.who => before,
            Some(best) => {
                let lower = best.maximum.min(last.maximum);
                let higher = best.maximum.max(last.maximum);
                before.max(higher.min(lower + increment(lower)))
            }
        };
        let highest = Self::best(bids).map_or(0, |bid| bid.maximum);
        match self.terms.reserve {
            Some(reserve) if reserve <= highest => contested.max(reserve),
            _ => contested,
        }
    }

    fn end_after(&self, before: Second, now: Second) -> Second {
        if before - now >= SOFT_CLOSE {
            return before;
        }
        let cap = self.terms.scheduled_end + LONGEST_EXTENSION;
        before.max(cap.min(now + SOFT_CLOSE))
    }

    pub fn standing(&self) -> Standing {
        let mut standing = Standing {
            lead: None,
            price: self.terms.start_price,
            ends_at: self.terms.scheduled_end,
            seen_bids: 0,
            seen_changes: 0,
        };
        for count in 1..=self.bids.len() {
            let bids = &self.bids[..count];
            let price = self.price_after(bids, standing.price);
            let lead = Self::best(bids).map(|bid| (bid.who, bid.maximum));
            let same_leader = lead.map(|(who, _)| who) == standing.lead.map(|(who, _)| who);
            let noticed = !same_leader || price != standing.price;
            if noticed {
                let ends_at = self.end_after(standing.ends_at, bids[count - 1].at);
                standing.seen_changes += if ends_at == standing.ends_at { 1 } else { 2 };
                standing.seen_bids += 1;
                standing.ends_at = ends_at;
            }
            standing.price = price;
            standing.lead = lead;
        }
        standing
    }

    pub fn is_open(&self) -> bool {
        self.fate == Fate::Listed
    }

    /// What `user` must have set aside for this auction.
    pub fn hold_of(&self, user: User) -> Won {
        match self.standing().lead {
            Some((leader, maximum)) if self.is_open() && leader == user => maximum,
            _ => 0,
        }
    }

    pub fn reserve_met(&self) -> bool {
        let standing = self.standing();
        self.terms.reserve.is_none_or(|reserve| standing.lead.is_some() && standing.price >= reserve)
    }

    /// The least that somebody who does not lead may bid.
    pub fn stranger_minimum(&self) -> Won {
        let standing = self.standing();
        match standing.lead {
            None => self.terms.start_price,
            Some(_) => standing.price + increment(standing.price),
        }
    }

    pub fn minimum_for(&self, user: User) -> Won {
        match self.standing().lead {
            Some((leader, maximum)) if leader == user => maximum + STEP,
            _ => self.stranger_minimum(),
        }
    }

    fn may_take_part(&self, user: User, now: Second) -> Result<(), Refusal> {
        match self.fate {
            Fate::Draft if user != self.terms.seller => return Err(Refusal::NotFound),
            Fate::Draft | Fate::Cancelled => return Err(Refusal::NotOpen),
            Fate::Sold(_) | Fate::Unsold => return Err(Refusal::Ended),
            Fate::Listed => {}
        }
        if now < self.terms.starts_at {
            return Err(Refusal::NotStarted);
        }
        if now >= self.standing().ends_at {
            return Err(Refusal::Ended);
        }
        if user == self.terms.seller {
            return Err(Refusal::Seller);
        }
        Ok(())
    }
}

/// Auctions that share their bidders' wallets.
#[derive(Clone, Debug)]
pub struct Gallery {
    pub auctions: Vec<Auction>,
    pub balances: BTreeMap<User, Won>,
}

impl Gallery {
    pub fn held(&self, user: User) -> Won {
        self.auctions.iter().map(|auction| auction.hold_of(user)).sum()
    }

    fn can_spend(&self, which: usize, user: User) -> Won {
        let balance = self.balances.get(&user).copied().unwrap_or(0);
        balance - self.held(user) + self.auctions[which].hold_of(user)
    }

    fn sell(&mut self, which: usize, sale: Sale) {
        let seller = self.auctions[which].terms.seller;
        self.auctions[which].fate = Fate::Sold(sale);
        *self.balances.entry(sale.buyer).or_default() -= sale.price;
        *self.balances.entry(seller).or_default() += sale.price;
    }

    pub fn bid(&mut self, which: usize, bid: Bid) -> Result<Accepted, Refusal> {
        let auction = &self.auctions[which];
        auction.may_take_part(bid.who, bid.at)?;
        if bid.maximum <= 0 || bid.maximum % STEP != 0 || bid.maximum > LARGEST {
            return Err(Refusal::Amount);
        }
        let minimum = auction.minimum_for(bid.who);
        if bid.maximum < minimum {
            return Err(Refusal::BelowMinimum(minimum));
        }
        if self.can_spend(which, bid.who) < bid.maximum {
            return Err(Refusal::Points);
        }
        if let Some(price) = auction.terms.buy_now.filter(|&price| bid.maximum >= price) {
            let sale = Sale { buyer: bid.who, price };
            self.sell(which, sale);
            return Ok(Accepted::Bought(sale));
        }
        let auction = &mut self.auctions[which];
        auction.bids.push(bid);
        let leads = auction.standing().lead.is_some_and(|(leader, _)| leader == bid.who);
        Ok(if leads { Accepted::Leading } else { Accepted::Outbid })
    }

    pub fn buy(
        &mut self,
        which: usize,
        buyer: User,
        expected: Won,
        now: Second,
    ) -> Result<Sale, Refusal> {
        let auction = &self.auctions[which];
        auction.may_take_part(buyer, now)?;
        let price = auction.terms.buy_now.ok_or(Refusal::NotForSaleAtOnce)?;
        if price != expected {
            return Err(Refusal::WrongPrice(price));
        }
        if self.can_spend(which, buyer) < price {
            return Err(Refusal::Points);
        }
        let sale = Sale { buyer, price };
        self.sell(which, sale);
        Ok(sale)
    }

    /// Ends the auction if its time has come; says whether this call was the one that did it.
    pub fn close(&mut self, which: usize, now: Second) -> bool {
        let auction = &mut self.auctions[which];
        let standing = auction.standing();
        if !auction.is_open() || now < standing.ends_at {
            return false;
        }
        match standing.lead {
            Some((buyer, _)) if auction.reserve_met() => {
                let sale = Sale { buyer, price: standing.price };
                self.sell(which, sale);
            }
            _ => auction.fate = Fate::Unsold,
        }
        true
    }

    pub fn cancel(&mut self, which: usize, user: User) -> Result<(), Refusal> {
        let auction = &mut self.auctions[which];
        if user != auction.terms.seller {
            return Err(Refusal::NotYours);
        }
        match auction.fate {
            Fate::Cancelled => return Err(Refusal::NotOpen),
            Fate::Sold(_) | Fate::Unsold => return Err(Refusal::Ended),
            Fate::Draft | Fate::Listed => {}
        }
        if !auction.bids.is_empty() {
            return Err(Refusal::HasBids);
        }
        auction.fate = Fate::Cancelled;
        Ok(())
    }
}
