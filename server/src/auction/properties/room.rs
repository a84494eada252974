//! The rules under test at work: auctions, and wallets that are kept by applying what the rules
//! say happens to them.

use std::collections::BTreeMap;

use artipul_common::{Money, Timestamp, UserId, auctions::Outcome};
use chrono::{DateTime, TimeDelta};

use super::history::{Amount, Deed, History, Offer, Step, THOUSAND, USERS, When, Who};
use crate::auction::{
    Accepted, Auction, Bid, House, Listing, Purchase, Refusal, Sale, Status, Terms, WalletEffect,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wallet {
    pub balance: Money,
    pub held: Money,
}

impl Wallet {
    pub(super) fn available(self) -> Money {
        self.balance - self.held
    }
}

pub(super) type Wallets = BTreeMap<UserId, Wallet>;

/// Everything there is between two commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room {
    pub house: House,
    pub auctions: Vec<Auction>,
    pub wallets: Wallets,
    pub sales: Vec<(usize, Sale)>,
}

/// What exactly somebody does, and when.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub at: i64,
    pub auction: usize,
    pub order: Order,
}

#[derive(Debug, Clone)]
pub(super) enum Order {
    Bid { bidder: UserId, maximum: Money },
    Buy { buyer: UserId, price: Money },
    Close { closers: i64 },
    Cancel { user: UserId },
    Edit { user: UserId, offer: Offer },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Accepted(Box<Accepted>),
    /// How many of the closers have closed it.
    ClosedBy(usize),
    Changed,
    Refused(Refusal),
    TermsRefused,
}

impl Reply {
    pub(super) fn accepted(&self) -> Option<&Accepted> {
        match self {
            Self::Accepted(accepted) => Some(accepted),
            _ => None,
        }
    }

    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::TermsRefused | Self::ClosedBy(0))
    }
}

/// One command and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub command: Command,
    pub before: Room,
    pub reply: Reply,
    pub effects: Vec<WalletEffect>,
    pub after: Room,
}

impl Moment {
    /// The auction that the command was for, before and after.
    pub(super) fn auction(&self) -> (&Auction, &Auction) {
        (&self.before.auctions[self.command.auction], &self.after.auctions[self.command.auction])
    }
}

pub(super) fn at(micros: i64) -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
}

pub(super) fn micros(time: Timestamp) -> i64 {
    time.timestamp_micros()
}

pub(super) fn terms(offer: &Offer) -> Terms {
    Terms {
        start_price: Money::new(offer.start_price),
        reserve: offer.reserve.map(Money::new),
        buy_now: offer.buy_now.map(Money::new),
        starts_at: at(offer.starts_at),
        scheduled_end: at(offer.scheduled_end),
    }
}

pub(super) fn apply(wallets: &mut Wallets, effect: WalletEffect) {
    let mut change = |user: UserId, balance: Money, held: Money| {
        let wallet = wallets.get_mut(&user).expect("a known user");
        wallet.balance += balance;
        wallet.held += held;
    };
    match effect {
        WalletEffect::Hold { user, amount } => change(user, Money::ZERO, amount),
        WalletEffect::Release { user, amount } => change(user, Money::ZERO, -amount),
        WalletEffect::Pay { from, to, amount } => {
            change(from, -amount, Money::ZERO);
            change(to, amount, Money::ZERO);
        }
    }
}

impl Room {
    /// Before the first step.
    pub(super) fn open(history: &History) -> Self {
        let house = House {
            soft_close: TimeDelta::microseconds(history.soft_close),
            max_extension: TimeDelta::microseconds(history.max_extension),
            ..House::default()
        };
        let auctions = (1..).zip(&history.offers).map(|(seller, offer)| {
            let is_draft = seller == 1 && history.first_is_draft;
            let status = if is_draft { Status::Draft } else { Status::Listed };
            Auction::new(UserId::new(seller), terms(offer), status)
        });
        let wallets = (1..=USERS).zip(&history.purses).map(|(user, purse)| {
            (UserId::new(user), Wallet { balance: Money::new(*purse), held: Money::ZERO })
        });
        Self { house, auctions: auctions.collect(), wallets: wallets.collect(), sales: Vec::new() }
    }

    /// What a step means here, `now` being the time of the command before it.
    fn resolve(&self, step: &Step, now: i64, other_offers: &[Offer]) -> Command {
        let auction = &self.auctions[step.auction];
        let at = match step.when {
            When::After(wait) => now + wait,
            When::FromStart(offset) => now.max(micros(auction.terms.starts_at) + offset),
            When::FromEnd(offset) => now.max(micros(auction.ends_at) + offset),
        };
        let user = match step.who {
            Who::User(user) => UserId::new(user),
            Who::Leader => auction.lead.map_or(UserId::new(USERS), |lead| lead.bidder),
            Who::Seller => auction.seller,
        };
        let order = match step.deed {
            Deed::Bid(amount) => {
                Order::Bid { bidder: user, maximum: self.amount(auction, user, amount) }
            }
            Deed::Buy(amount) => {
                Order::Buy { buyer: user, price: self.amount(auction, user, amount) }
            }
            Deed::Close { closers } => Order::Close { closers },
            Deed::Cancel => Order::Cancel { user },
            Deed::Edit(which) => {
                Order::Edit { user, offer: other_offers[which as usize].clone().later(at) }
            }
        };
        Command { at, auction: step.auction, order }
    }

    fn amount(&self, auction: &Auction, user: UserId, amount: Amount) -> Money {
        let start = auction.terms.start_price;
        let step = self.house.increments.over(auction.list_price());
        let minimum = auction.price().map_or(start, |price| price + step);
        let (base, points) = match amount {
            Amount::Exactly(points) => return Money::new(points),
            Amount::StepsOverMinimum(steps) => (minimum, steps * step.points()),
            Amount::OverMinimum(over) => (minimum, over * THOUSAND),
            Amount::OverMaximum(over) => {
                (auction.lead.map_or(start, |lead| lead.maximum), over * THOUSAND)
            }
            Amount::OverReserve(over) => (auction.terms.reserve.unwrap_or(start), over * THOUSAND),
            Amount::OverBuyNow(over) => (auction.terms.buy_now.unwrap_or(start), over * THOUSAND),
            Amount::OverPurse(over) => (self.purse(auction, user), over * THOUSAND),
        };
        base + Money::new(points)
    }

    /// The most that the user could bid here, in whole thousands.
    fn purse(&self, auction: &Auction, user: UserId) -> Money {
        let own = auction.lead.filter(|lead| lead.bidder == user);
        let all = self.available(user) + own.map_or(Money::ZERO, |lead| lead.maximum);
        Money::new(all.points() - all.points() % THOUSAND)
    }

    pub(super) fn available(&self, user: UserId) -> Money {
        self.wallets[&user].available()
    }

    /// Does what is asked, unless the rules refuse.
    pub(super) fn obey(&mut self, command: &Command) -> (Reply, Vec<WalletEffect>) {
        let now = at(command.at);
        let auction = &self.auctions[command.auction];
        match &command.order {
            Order::Bid { bidder, maximum } => {
                let (bidder, maximum) = (*bidder, *maximum);
                let bid = Bid { bidder, maximum, available: self.available(bidder) };
                let reply = auction.bid(bid, now, &self.house);
                self.accept(command.auction, reply)
            }
            Order::Buy { buyer, price } => {
                let (buyer, price) = (*buyer, *price);
                let purchase = Purchase { buyer, price, available: self.available(buyer) };
                let reply = auction.buy(purchase, now);
                self.accept(command.auction, reply)
            }
            Order::Close { closers } => self.close(command.auction, *closers, now),
            Order::Cancel { user } => {
                let reply = auction.cancel(*user, now);
                (self.change(command.auction, reply), Vec::new())
            }
            Order::Edit { user, offer } => {
                if let Err(refusal) = auction.check_changeable(*user, now) {
                    return (Reply::Refused(refusal), Vec::new());
                }
                let Ok(terms) = terms(offer).listed(Listing::Offer, now, &self.house) else {
                    return (Reply::TermsRefused, Vec::new());
                };
                let changed = auction.with_terms(terms, Status::Listed);
                (self.change(command.auction, Ok(changed)), Vec::new())
            }
        }
    }

    fn accept(
        &mut self,
        which: usize,
        reply: Result<Accepted, Refusal>,
    ) -> (Reply, Vec<WalletEffect>) {
        match reply {
            Err(refusal) => (Reply::Refused(refusal), Vec::new()),
            Ok(accepted) => {
                self.follow(which, &accepted.auction, &accepted.effects, accepted.sale);
                let effects = accepted.effects.clone();
                (Reply::Accepted(Box::new(accepted)), effects)
            }
        }
    }

    fn close(&mut self, which: usize, closers: i64, now: Timestamp) -> (Reply, Vec<WalletEffect>) {
        let mut effects = Vec::new();
        let mut closed_by = 0;
        for _ in 0..closers {
            if let Some(closed) = self.auctions[which].close(now) {
                self.follow(which, &closed.auction, &closed.effects, closed.sale);
                effects.extend(closed.effects);
                closed_by += 1;
            }
        }
        (Reply::ClosedBy(closed_by), effects)
    }

    fn change(&mut self, which: usize, reply: Result<Auction, Refusal>) -> Reply {
        match reply {
            Err(refusal) => Reply::Refused(refusal),
            Ok(auction) => {
                self.auctions[which] = auction;
                Reply::Changed
            }
        }
    }

    fn follow(
        &mut self,
        which: usize,
        auction: &Auction,
        effects: &[WalletEffect],
        sale: Option<Sale>,
    ) {
        self.auctions[which] = auction.clone();
        effects.iter().for_each(|effect| apply(&mut self.wallets, *effect));
        self.sales.extend(sale.map(|sale| (which, sale)));
    }

    pub(super) fn is_sold(&self, which: usize) -> bool {
        self.auctions[which].status == Status::Ended(Outcome::Sold)
    }
}

impl Offer {
    /// The same terms, so much later.
    fn later(mut self, micros: i64) -> Self {
        self.starts_at += micros;
        self.scheduled_end += micros;
        self
    }
}

/// Plays a history and tells it moment by moment.
pub(super) fn play(history: &History) -> Vec<Moment> {
    let mut room = Room::open(history);
    let mut now = 0;
    let mut moments = Vec::with_capacity(history.steps.len());
    for step in &history.steps {
        let command = room.resolve(step, now, &history.other_offers);
        now = command.at;
        let before = room.clone();
        let (reply, effects) = room.obey(&command);
        moments.push(Moment { command, before, reply, effects, after: room.clone() });
    }
    moments
}
