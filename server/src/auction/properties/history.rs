//! Random histories: auctions, purses, and steps that say what to do in words ("a bid two
//! thousand over the minimum, just before the end"), so that what matters happens often and a
//! failure shrinks well. Amounts are points, times microseconds after the opening.

use std::ops::RangeInclusive;

use proptest::{collection::vec, prelude::*};

use super::naive;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const THOUSAND: i64 = 1_000;
pub(super) const TRILLION: i64 = 1_000_000_000_000;

/// Users are 1 to this; the first is the seller of the first auction, the second of the second,
/// and either may bid on the other's.
pub(super) const USERS: i64 = 5;

#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub start_price: i64,
    pub reserve: Option<i64>,
    pub buy_now: Option<i64>,
    pub starts_at: i64,
    pub scheduled_end: i64,
}

#[derive(Debug, Clone)]
pub(super) struct History {
    pub soft_close: i64,
    pub max_extension: i64,
    pub offers: Vec<Offer>,
    pub first_is_draft: bool,
    /// Terms that edits may ask for.
    pub other_offers: Vec<Offer>,
    pub purses: Vec<i64>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub when: When,
    pub auction: usize,
    pub who: Who,
    pub deed: Deed,
}

/// Never earlier than the step before.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    After(i64),
    FromStart(i64),
    FromEnd(i64),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    Bid(Amount),
    Buy(Amount),
    Close {
        closers: i64,
    },
    Cancel,
    /// Asks for one of the other offers.
    Edit(i64),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    User(i64),
    Leader,
    Seller,
}

/// Thousands over something, but for the steps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    /// Increments over the minimum.
    StepsOverMinimum(i64),
    OverMinimum(i64),
    OverMaximum(i64),
    OverReserve(i64),
    OverBuyNow(i64),
    OverPurse(i64),
    Exactly(i64),
}

/// One line of a table of chances: a weight, and how to make something of a number in a range.
/// The simplest things come first: a failure shrinks towards them.
///
/// One draw from a table is much cheaper than a tree of `prop_oneof!`, and there are many.
type Chance<T> = (u64, fn(i64) -> T, RangeInclusive<i64>);

fn from_table<T: std::fmt::Debug + 'static>(
    table: &'static [Chance<T>],
) -> impl Strategy<Value = T> {
    let total: u64 = table.iter().map(|(weight, ..)| weight).sum();
    (0..total, 0..u64::MAX).prop_map(move |(mut ticket, dice)| {
        for (weight, make, range) in table {
            if ticket < *weight {
                let span = (range.end() - range.start()) as u64 + 1;
                return make(range.start() + (dice % span) as i64);
            }
            ticket -= weight;
        }
        unreachable!("a ticket is below the sum of the weights")
    })
}

/// Small, or near a price at which the increment changes.
const PRICES: &[Chance<i64>] = &[
    (4, |thousands| thousands * THOUSAND, 1..=60),
    (1, |thousands| 50_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 100_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 300_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 1_000_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 3_000_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 5_000_000 + thousands * THOUSAND, -3..=3),
    (1, |thousands| 10_000_000 + thousands * THOUSAND, -3..=3),
];

/// How far the reserve lies over the start price, or the buy-now price over what it must be.
const RESERVES: &[Chance<Option<i64>>] = &[
    (10, |_| None, 0..=0),
    (6, |thousands| Some(thousands * THOUSAND), 0..=8),
    (2, |thousands| Some(thousands * THOUSAND), 0..=60),
    (2, |thousands| Some(thousands * THOUSAND), 0..=2_000),
];
const BUY_NOWS: &[Chance<Option<i64>>] = &[
    (12, |_| None, 0..=0),
    (2, |thousands| Some(thousands * THOUSAND), 0..=8),
    (3, |thousands| Some(thousands * THOUSAND), 0..=60),
    (3, |thousands| Some(thousands * THOUSAND), 0..=2_000),
];

const STARTS: &[Chance<i64>] = &[(4, |micros| micros, 0..=0), (1, |micros| micros, 0..=5 * MINUTE)];
const DURATIONS: &[Chance<i64>] = &[
    (4, |micros| micros, 10 * MINUTE..=10 * MINUTE),
    (4, |micros| micros, 10 * MINUTE..=3 * 60 * MINUTE),
    (1, |days| days * 24 * 60 * MINUTE, 60..=60),
];

/// Terms that are in order.
pub(super) fn offer() -> impl Strategy<Value = Offer> {
    (
        from_table(PRICES),
        from_table(RESERVES),
        from_table(BUY_NOWS),
        from_table(STARTS),
        from_table(DURATIONS),
    )
        .prop_map(|(start_price, reserve, buy_now, starts_at, duration)| {
            let reserve = reserve.map(|distance| start_price + distance);
            let least = reserve.unwrap_or(0).max(start_price + naive::increment(start_price));
            Offer {
                start_price,
                reserve,
                buy_now: buy_now.map(|distance| least + distance),
                starts_at,
                scheduled_end: starts_at + duration,
            }
        })
}

const ODDITIES: &[Chance<i64>] = &[
    (12, |_| 0, 0..=0),
    (1, |points| points, 1..=1),
    (1, |points| points, -1..=-1),
    (2, |half| half * 500, -1..=1),
    (4, |thousands| thousands * THOUSAND, -6..=2),
    (1, |thousands| thousands * THOUSAND, -60..=0),
    (1, |_| TRILLION, 0..=0),
];
const TIMES_OFF: &[Chance<i64>] =
    &[(6, |_| 0, 0..=0), (2, |micros| micros, -1..=1), (2, |minutes| minutes * MINUTE, -20..=1)];

/// Terms of any kind, near the limits.
pub(super) fn careless_offer() -> impl Strategy<Value = Offer> {
    let odd = || from_table(ODDITIES);
    let time_off = || from_table(TIMES_OFF);
    (offer(), [odd(), odd(), odd()], [time_off(), time_off()]).prop_map(|(offer, odd, time_off)| {
        Offer {
            start_price: offer.start_price + odd[0],
            reserve: offer.reserve.map(|reserve| reserve + odd[1]),
            buy_now: offer.buy_now.map(|buy_now| buy_now + odd[2]),
            starts_at: offer.starts_at + time_off[0],
            scheduled_end: offer.scheduled_end + time_off[1],
        }
    })
}

const WHENS: &[Chance<When>] = &[
    (10, When::After, 0..=0),
    (110, When::After, 0..=20 * SECOND),
    (10, When::FromStart, -1..=1),
    (5, When::FromEnd, -4 * MINUTE..=-1),
    (3, When::FromEnd, -3 * MINUTE - 1..=-3 * MINUTE + 1),
    (2, When::FromEnd, -1..=-1),
    (1, When::FromEnd, -1..=1),
    (1, When::FromEnd, 0..=10 * MINUTE),
];

/// Nearly always just before the end.
const LATE_WHENS: &[Chance<When>] = &[
    (1, When::After, 0..=SECOND),
    (16, When::FromEnd, -2 * SECOND..=-1),
    (3, When::FromEnd, -3 * MINUTE..=-1),
];

/// Amounts that are none, and the largest that is one.
const ABSURD: [i64; 8] =
    [0, -THOUSAND, 1, 10_500, TRILLION, TRILLION + THOUSAND, i64::MIN, i64::MAX];

/// What is done, and by whom, where it is not just anybody.
const DEEDS: &[Chance<(Option<Who>, Deed)>] = &[
    (14, |over| (None, Deed::Bid(Amount::OverMinimum(over))), 0..=6),
    (16, |steps| (None, Deed::Bid(Amount::StepsOverMinimum(steps))), 0..=12),
    (3, |over| (None, Deed::Bid(Amount::OverMinimum(over))), -1..=-1),
    (10, |over| (None, Deed::Bid(Amount::OverMaximum(over))), 0..=0),
    (10, |over| (None, Deed::Bid(Amount::OverMaximum(over))), -2..=2),
    (7, |over| (None, Deed::Bid(Amount::OverMaximum(over))), 0..=30),
    (3, |over| (None, Deed::Bid(Amount::OverReserve(over))), -1..=1),
    (1, |over| (None, Deed::Bid(Amount::OverBuyNow(over))), -3..=0),
    (3, |over| (None, Deed::Bid(Amount::OverPurse(over))), -1..=1),
    (2, |which| (None, Deed::Bid(Amount::Exactly(ABSURD[which as usize]))), 0..=7),
    (8, |over| (Some(Who::Leader), Deed::Bid(Amount::OverMaximum(over))), -1..=5),
    (3, |over| (Some(Who::Leader), Deed::Bid(Amount::OverReserve(over))), -1..=3),
    (2, |over| (Some(Who::Leader), Deed::Bid(Amount::OverPurse(over))), -1..=1),
    (3, |over| (None, Deed::Buy(Amount::OverBuyNow(over))), 0..=0),
    (1, |over| (None, Deed::Buy(Amount::OverBuyNow(over))), -1..=1),
    (4, |closers| (None, Deed::Close { closers }), 1..=4),
    (1, |_| (None, Deed::Cancel), 0..=0),
    (1, |_| (Some(Who::Seller), Deed::Cancel), 0..=0),
    (1, |which| (None, Deed::Edit(which)), 0..=1),
    (1, |which| (Some(Who::Seller), Deed::Edit(which)), 0..=1),
];

/// The two sellers bid less often than the others.
const USERS_OR_SELLER: &[Chance<Who>] =
    &[(12, Who::User, 3..=USERS), (3, Who::User, 1..=2), (1, |_| Who::Seller, 0..=0)];
const AUCTIONS: &[Chance<usize>] = &[(5, |_| 0, 0..=0), (1, |_| 1, 0..=0)];

fn step(whens: &'static [Chance<When>]) -> impl Strategy<Value = Step> {
    let somebody = from_table(USERS_OR_SELLER);
    (from_table(whens), from_table(AUCTIONS), somebody, from_table(DEEDS)).prop_map(
        |(when, auction, somebody, (doer, deed))| Step {
            when,
            auction,
            who: doer.unwrap_or(somebody),
            deed,
        },
    )
}

/// The last to come, to both auctions: the closers.
fn sweep() -> impl Iterator<Item = Step> {
    [0, 1].into_iter().map(|auction| Step {
        when: When::FromEnd(0),
        auction,
        who: Who::Seller,
        deed: Deed::Close { closers: 2 },
    })
}

/// Purses that some bids exhaust, next to bottomless ones; in points over the start price.
const PURSES: &[Chance<i64>] = &[
    (7, |_| 2 * TRILLION, 0..=0),
    (1, |under| -under, 1..=60 * THOUSAND),
    (2, |over| over * THOUSAND, 0..=40),
    (1, |over| over * THOUSAND, 0..=3_000),
    (1, |over| over, 0..=40 * THOUSAND),
];

/// Soft close and longest extension.
const LENGTHS: &[Chance<(i64, i64)>] = &[
    (4, |_| (3 * MINUTE, 60 * MINUTE), 0..=0),
    (1, |extension| (3 * MINUTE, extension), 0..=4 * MINUTE),
    (1, |length| (length, 2 * length + 1), 0..=5 * MINUTE),
];

fn history_of(steps: impl Strategy<Value = Vec<Step>>) -> impl Strategy<Value = History> {
    let offers = (vec(offer(), 2), vec(careless_offer(), 2));
    let purses = vec(from_table(PURSES), USERS as usize);
    (from_table(LENGTHS), offers, prop::bool::weighted(0.05), purses, steps).prop_map(
        |((soft_close, max_extension), (offers, other_offers), first_is_draft, purses, steps)| {
            let start_price = offers[0].start_price;
            History {
                soft_close,
                max_extension,
                offers,
                first_is_draft,
                other_offers,
                purses: purses.iter().map(|over| (start_price + over).max(0)).collect(),
                steps,
            }
        },
    )
}

/// A whole history of at most 40 commands over two auctions, usually up to their ends.
pub(super) fn history() -> impl Strategy<Value = History> {
    let steps = prop_oneof![5 => vec(step(WHENS), 1..=38), 1 => vec(step(LATE_WHENS), 1..=38)];
    history_of((steps, prop::bool::weighted(0.7)).prop_map(|(mut steps, is_swept)| {
        steps.extend(sweep().filter(|_| is_swept));
        steps
    }))
}

const RUSH_WHENS: &[Chance<When>] = &[
    (3, When::After, 0..=0),
    (3, When::FromEnd, -1..=1),
    (2, When::FromEnd, -2 * SECOND..=2 * SECOND),
];
const CLOSERS_OR_OTHERS: &[Chance<Option<Deed>>] =
    &[(1, |closers| Some(Deed::Close { closers }), 1..=4), (1, |_| None, 0..=0)];

/// A history whose last steps throng around the end, closers among them.
pub(super) fn rush() -> impl Strategy<Value = History> {
    let rushed = (step(RUSH_WHENS), from_table(CLOSERS_OR_OTHERS))
        .prop_map(|(step, closers)| Step { deed: closers.unwrap_or(step.deed), ..step });
    let steps = (vec(step(WHENS), 1..=16), vec(rushed, 1..=16));
    history_of(steps.prop_map(|(calm, rushed)| [calm, rushed].concat()))
}
