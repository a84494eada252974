//! A slow, obvious re-telling of the rules of an auction: it keeps every accepted bid and works
//! everything else out again, from the first bid on, whenever it is asked. It shares no code, no
//! constants and no types with the rules that it judges.

use std::collections::BTreeMap;

pub(super) type User = i64;
pub(super) type Won = i64;
/// Microseconds from an arbitrary zero.
pub(super) type Micros = i64;

const MINUTE: Micros = 60_000_000;
const STEP: Won = 1_000;
const LARGEST: Won = 1_000_000_000_000;
pub(super) const SOFT_CLOSE: Micros = 3 * MINUTE;
pub(super) const LONGEST_EXTENSION: Micros = 60 * MINUTE;
const SHORTEST_RUN: Micros = 10 * MINUTE;
const LONGEST_RUN: Micros = 60 * 24 * 60 * MINUTE;

/// The lengths of time that a house may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    pub soft_close: Micros,
    pub longest_extension: Micros,
}

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

pub(super) fn increment(price: Won) -> Won {
    for (below, step) in INCREMENTS {
        if price < below {
            return step;
        }
    }
    500_000
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub seller: User,
    pub start_price: Won,
    pub reserve: Option<Won>,
    pub buy_now: Option<Won>,
    pub starts_at: Micros,
    pub scheduled_end: Micros,
}

impl Terms {
    pub(super) fn are_allowed(&self) -> bool {
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
pub(super) enum Refusal {
    NotFound,
    NotOpen,
    NotStarted,
    Ended,
    Seller,
    Amount,
    BelowMinimum { minimum: Won, price: Option<Won> },
    Points { available: Won, required: Won },
    NotForSaleAtThisPrice,
    HasBids,
    NotYours,
    Terms,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bid {
    pub at: Micros,
    pub who: User,
    pub maximum: Won,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    pub buyer: User,
    pub price: Won,
    pub at_once: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Draft,
    Listed,
    Cancelled,
    Sold(Sale),
    Unsold,
}

/// What the bids so far amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The leader and his maximum.
    pub lead: Option<(User, Won)>,
    /// What is shown: the start price as long as nobody has bid.
    pub price: Won,
    pub ends_at: Micros,
    /// Bids that a stranger could notice.
    pub seen_bids: u64,
    /// Changes that a stranger could notice, extensions counted apart.
    pub seen_changes: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Auction {
    pub terms: Terms,
    pub fate: Fate,
    pub bids: Vec<Bid>,
    /// How often its seller has set other terms.
    pub edits: u64,
    pub lengths: Lengths,
}

/// What a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Leading,
    Outbid,
    Bought(Sale),
    /// How many of the closers that came at once have ended the auction.
    ClosedBy(usize),
    Changed,
}

impl Auction {
    pub(super) fn new(terms: Terms, fate: Fate, lengths: Lengths) -> Self {
        Self { terms, fate, bids: Vec::new(), edits: 0, lengths }
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

    fn end_after(&self, before: Micros, now: Micros) -> Micros {
        let Lengths { soft_close, longest_extension } = self.lengths;
        if before - now >= soft_close {
            return before;
        }
        let cap = self.terms.scheduled_end + longest_extension;
        before.max(cap.min(now + soft_close))
    }

    /// Where the auction stands. A purchase counts as the last bid, and is where it ends.
    pub(super) fn standing(&self) -> Standing {
        let mut standing = self.standing_of_bids();
        if self.is_over() {
            standing.seen_changes += 1;
        }
        if let Fate::Sold(Sale { buyer, price, at_once: true }) = self.fate {
            standing.lead = Some((buyer, price));
            standing.price = price;
            standing.seen_bids += 1;
        }
        standing
    }

    fn standing_of_bids(&self) -> Standing {
        let mut standing = Standing {
            lead: None,
            price: self.terms.start_price,
            ends_at: self.terms.scheduled_end,
            seen_bids: 0,
            // To be there at all is the first change.
            seen_changes: 1 + self.edits,
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

    pub(super) fn is_over(&self) -> bool {
        matches!(self.fate, Fate::Cancelled | Fate::Sold(_) | Fate::Unsold)
    }

    /// Who must have how much set aside for this auction.
    pub(super) fn hold(&self) -> Option<(User, Won)> {
        self.standing().lead.filter(|_| !self.is_over())
    }

    pub(super) fn reserve_met(&self, standing: &Standing) -> bool {
        self.terms
            .reserve
            .is_none_or(|reserve| standing.lead.is_some() && standing.price >= reserve)
    }

    /// The least that somebody who does not lead may bid: never more than what buys the work.
    pub(super) fn stranger_minimum(&self, standing: &Standing) -> Won {
        let minimum = match standing.lead {
            None => self.terms.start_price,
            Some(_) => standing.price + increment(standing.price),
        };
        match self.terms.buy_now {
            Some(buy_now) if buy_now < minimum => buy_now,
            _ => minimum,
        }
    }

    fn minimum_for(&self, user: User, standing: &Standing) -> Won {
        match standing.lead {
            Some((leader, maximum)) if leader == user => maximum + STEP,
            _ => self.stranger_minimum(standing),
        }
    }

    fn may_take_part(&self, user: User, now: Micros) -> Result<(), Refusal> {
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
pub(super) struct Gallery {
    pub auctions: Vec<Auction>,
    pub balances: BTreeMap<User, Won>,
}

impl Gallery {
    /// The points that each user must have set aside.
    pub(super) fn held(&self) -> BTreeMap<User, Won> {
        let mut held: BTreeMap<User, Won> = self.balances.keys().map(|user| (*user, 0)).collect();
        for (user, maximum) in self.auctions.iter().filter_map(Auction::hold) {
            *held.entry(user).or_default() += maximum;
        }
        held
    }

    fn must_afford(&self, which: usize, user: User, required: Won) -> Result<(), Refusal> {
        let held_here = self.auctions[which].hold().filter(|(holder, _)| *holder == user);
        let free = self.balances[&user] - self.held()[&user];
        let available = free + held_here.map_or(0, |(_, maximum)| maximum);
        if available < required {
            return Err(Refusal::Points { available, required });
        }
        Ok(())
    }

    fn sell(&mut self, which: usize, sale: Sale) {
        let seller = self.auctions[which].terms.seller;
        self.auctions[which].fate = Fate::Sold(sale);
        *self.balances.entry(sale.buyer).or_default() -= sale.price;
        *self.balances.entry(seller).or_default() += sale.price;
    }

    pub(super) fn bid(&mut self, which: usize, bid: Bid) -> Result<Answer, Refusal> {
        let auction = &self.auctions[which];
        auction.may_take_part(bid.who, bid.at)?;
        if bid.maximum <= 0 || bid.maximum % STEP != 0 || bid.maximum > LARGEST {
            return Err(Refusal::Amount);
        }
        let standing = auction.standing();
        let minimum = auction.minimum_for(bid.who, &standing);
        if bid.maximum < minimum {
            let price = standing.lead.map(|_| standing.price);
            return Err(Refusal::BelowMinimum { minimum, price });
        }
        self.must_afford(which, bid.who, bid.maximum)?;
        if let Some(price) = auction.terms.buy_now.filter(|&price| bid.maximum >= price) {
            return Ok(self.sell_at_once(which, bid.who, price));
        }
        let auction = &mut self.auctions[which];
        auction.bids.push(bid);
        let leads = auction.standing().lead.is_some_and(|(leader, _)| leader == bid.who);
        Ok(if leads { Answer::Leading } else { Answer::Outbid })
    }

    pub(super) fn buy(
        &mut self,
        which: usize,
        buyer: User,
        expected: Won,
        now: Micros,
    ) -> Result<Answer, Refusal> {
        let auction = &self.auctions[which];
        auction.may_take_part(buyer, now)?;
        if auction.terms.buy_now != Some(expected) {
            return Err(Refusal::NotForSaleAtThisPrice);
        }
        self.must_afford(which, buyer, expected)?;
        Ok(self.sell_at_once(which, buyer, expected))
    }

    fn sell_at_once(&mut self, which: usize, buyer: User, price: Won) -> Answer {
        let sale = Sale { buyer, price, at_once: true };
        self.sell(which, sale);
        Answer::Bought(sale)
    }

    /// Several closers come at once.
    pub(super) fn close(&mut self, which: usize, closers: i64, now: Micros) -> Answer {
        let closed = (0..closers).filter(|_| self.close_once(which, now)).count();
        Answer::ClosedBy(closed)
    }

    fn close_once(&mut self, which: usize, now: Micros) -> bool {
        let auction = &mut self.auctions[which];
        let standing = auction.standing();
        if auction.fate != Fate::Listed || now < standing.ends_at {
            return false;
        }
        match standing.lead {
            Some((buyer, _)) if auction.reserve_met(&standing) => {
                let sale = Sale { buyer, price: standing.price, at_once: false };
                self.sell(which, sale);
            }
            _ => auction.fate = Fate::Unsold,
        }
        true
    }

    /// The design says only "its seller" and "while there is no bid"; that an auction which is
    /// due to be closed is as good as closed, and the order of the reasons, are as in the rules.
    fn may_change(&self, which: usize, user: User, now: Micros) -> Result<(), Refusal> {
        let auction = &self.auctions[which];
        if user != auction.terms.seller {
            let is_draft = auction.fate == Fate::Draft;
            return Err(if is_draft { Refusal::NotFound } else { Refusal::NotYours });
        }
        match auction.fate {
            Fate::Cancelled => Err(Refusal::NotOpen),
            Fate::Sold(_) | Fate::Unsold => Err(Refusal::Ended),
            Fate::Draft => Ok(()),
            Fate::Listed if !auction.bids.is_empty() => Err(Refusal::HasBids),
            Fate::Listed if now >= auction.terms.scheduled_end => Err(Refusal::Ended),
            Fate::Listed => Ok(()),
        }
    }

    pub(super) fn cancel(
        &mut self,
        which: usize,
        user: User,
        now: Micros,
    ) -> Result<Answer, Refusal> {
        self.may_change(which, user, now)?;
        self.auctions[which].fate = Fate::Cancelled;
        Ok(Answer::Changed)
    }

    /// Sets other terms and puts the auction on offer if it was a draft.
    pub(super) fn edit(
        &mut self,
        which: usize,
        user: User,
        mut terms: Terms,
        now: Micros,
    ) -> Result<Answer, Refusal> {
        self.may_change(which, user, now)?;
        terms.starts_at = terms.starts_at.max(now);
        if !terms.are_allowed() {
            return Err(Refusal::Terms);
        }
        let auction = &mut self.auctions[which];
        auction.terms = terms;
        auction.fate = Fate::Listed;
        auction.edits += 1;
        Ok(Answer::Changed)
    }
}
