//! The rules against the naive model, command by command.

use std::collections::BTreeMap;

use artipul_common::{
    Money, Timestamp,
    auctions::{Outcome, Phase},
    bids::BidResult,
    mine::SaleKind,
};
use chrono::TimeDelta;
use proptest::prelude::*;

use super::{
    cases,
    history::{self, History, Offer},
    naive,
    room::{self, Command, Moment, Order, Reply, Room},
};
use crate::auction::{Auction, House, Listing, Refusal, Sale};

/// All that there is to know of an auction, in numbers and words of neither side.
#[derive(Debug, PartialEq, Eq)]
struct Portrait {
    leader_and_maximum: Option<(i64, i64)>,
    list_price: i64,
    minimum: Option<i64>,
    reserve_met: bool,
    ends_at: i64,
    bid_count: u64,
    seq: u64,
    phase: Phase,
    outcome: Option<Outcome>,
}

impl Portrait {
    fn of_real(auction: &Auction, now: Timestamp, house: &House) -> Self {
        assert_eq!(auction.price(), auction.lead.map(|_| auction.list_price()));
        Self {
            leader_and_maximum: auction.lead.map(|lead| (lead.bidder.get(), lead.maximum.points())),
            list_price: auction.list_price().points(),
            minimum: auction.min_next(now, house).map(Money::points),
            reserve_met: auction.reserve_met(),
            ends_at: room::micros(auction.ends_at),
            bid_count: auction.bid_count,
            seq: auction.seq,
            phase: auction.phase(now),
            outcome: auction.outcome(),
        }
    }

    fn of_naive(auction: &naive::Auction, now: i64) -> Self {
        let standing = auction.standing();
        let phase = match auction.fate {
            naive::Fate::Draft => Phase::Draft,
            naive::Fate::Listed if now >= standing.ends_at => Phase::Ended,
            naive::Fate::Listed if now < auction.terms.starts_at => Phase::Upcoming,
            naive::Fate::Listed => Phase::Open,
            naive::Fate::Cancelled | naive::Fate::Sold(_) | naive::Fate::Unsold => Phase::Ended,
        };
        Self {
            leader_and_maximum: standing.lead,
            list_price: standing.price,
            minimum: (phase != Phase::Ended).then(|| auction.stranger_minimum(&standing)),
            reserve_met: auction.reserve_met(&standing),
            ends_at: standing.ends_at,
            bid_count: standing.seen_bids,
            seq: standing.seen_changes,
            phase,
            outcome: match auction.fate {
                naive::Fate::Draft | naive::Fate::Listed => None,
                naive::Fate::Cancelled => Some(Outcome::Cancelled),
                naive::Fate::Sold(_) => Some(Outcome::Sold),
                naive::Fate::Unsold => Some(Outcome::Unsold),
            },
        }
    }
}

fn naive_terms(seller: i64, offer: &Offer) -> naive::Terms {
    naive::Terms {
        seller,
        start_price: offer.start_price,
        reserve: offer.reserve,
        buy_now: offer.buy_now,
        starts_at: offer.starts_at,
        scheduled_end: offer.scheduled_end,
    }
}

fn naive_gallery(history: &History) -> naive::Gallery {
    let lengths =
        naive::Lengths { soft_close: history.soft_close, longest_extension: history.max_extension };
    let auctions = (1..).zip(&history.offers).map(|(seller, offer)| {
        let is_draft = seller == 1 && history.first_is_draft;
        let fate = if is_draft { naive::Fate::Draft } else { naive::Fate::Listed };
        naive::Auction::new(naive_terms(seller, offer), fate, lengths)
    });
    naive::Gallery {
        auctions: auctions.collect(),
        balances: (1..).zip(history.purses.iter().copied()).collect(),
    }
}

fn naive_answer(
    gallery: &mut naive::Gallery,
    command: &Command,
) -> Result<naive::Answer, naive::Refusal> {
    let (which, now) = (command.auction, command.at);
    match &command.order {
        Order::Bid { bidder, maximum } => {
            let (who, maximum) = (bidder.get(), maximum.points());
            gallery.bid(which, naive::Bid { at: now, who, maximum })
        }
        Order::Buy { buyer, price } => gallery.buy(which, buyer.get(), price.points(), now),
        Order::Close { closers } => Ok(gallery.close(which, *closers, now)),
        Order::Cancel { user } => gallery.cancel(which, user.get(), now),
        Order::Edit { user, offer } => {
            let seller = gallery.auctions[which].terms.seller;
            gallery.edit(which, user.get(), naive_terms(seller, offer), now)
        }
    }
}

fn in_naive_words(reply: &Reply) -> Result<naive::Answer, naive::Refusal> {
    match reply {
        Reply::Accepted(accepted) => Ok(match (accepted.result, accepted.sale) {
            (BidResult::Leading, None) => naive::Answer::Leading,
            (BidResult::Outbid, None) => naive::Answer::Outbid,
            (BidResult::Bought, Some(sale)) => naive::Answer::Bought(naive_sale(sale)),
            (result, sale) => panic!("{result:?} with {sale:?}"),
        }),
        Reply::ClosedBy(closed) => Ok(naive::Answer::ClosedBy(*closed)),
        Reply::Changed => Ok(naive::Answer::Changed),
        Reply::Refused(refusal) => Err(naive_refusal(refusal)),
        Reply::TermsRefused => Err(naive::Refusal::Terms),
    }
}

fn naive_refusal(refusal: &Refusal) -> naive::Refusal {
    match refusal {
        Refusal::NotFound => naive::Refusal::NotFound,
        Refusal::NotOpen => naive::Refusal::NotOpen,
        Refusal::NotStarted => naive::Refusal::NotStarted,
        Refusal::Ended => naive::Refusal::Ended,
        Refusal::OwnAuction => naive::Refusal::Seller,
        Refusal::InvalidAmount => naive::Refusal::Amount,
        Refusal::TooLow { min_next, price } => naive::Refusal::BelowMinimum {
            minimum: min_next.points(),
            price: price.map(Money::points),
        },
        Refusal::BuyNowUnavailable => naive::Refusal::NotForSaleAtThisPrice,
        Refusal::InsufficientPoints { available, required } => {
            naive::Refusal::Points { available: available.points(), required: required.points() }
        }
        Refusal::NotSeller => naive::Refusal::NotYours,
        Refusal::HasBids => naive::Refusal::HasBids,
    }
}

fn naive_sale(sale: Sale) -> naive::Sale {
    naive::Sale {
        buyer: sale.buyer.get(),
        price: sale.price.points(),
        at_once: sale.kind == SaleKind::BuyNow,
    }
}

type Purses = BTreeMap<i64, (i64, i64)>;

fn real_purses(room: &Room) -> Purses {
    let purse = |wallet: &room::Wallet| (wallet.balance.points(), wallet.held.points());
    room.wallets.iter().map(|(user, wallet)| (user.get(), purse(wallet))).collect()
}

fn naive_purses(gallery: &naive::Gallery) -> Purses {
    let held = gallery.held();
    gallery.balances.iter().map(|(user, balance)| (*user, (*balance, held[user]))).collect()
}

fn naive_sale_of(auction: &naive::Auction) -> Option<naive::Sale> {
    match auction.fate {
        naive::Fate::Sold(sale) => Some(sale),
        _ => None,
    }
}

fn agree(moment: &Moment, gallery: &mut naive::Gallery) -> Result<(), TestCaseError> {
    let Moment { command, reply, after, .. } = moment;
    prop_assert_eq!(in_naive_words(reply), naive_answer(gallery, command), "{:?}", command);
    for (which, (real, naive)) in after.auctions.iter().zip(&gallery.auctions).enumerate() {
        let real = Portrait::of_real(real, room::at(command.at), &after.house);
        prop_assert_eq!(real, Portrait::of_naive(naive, command.at), "after {:?}", command);
        let sales = after.sales.iter().filter(|(sold, _)| *sold == which);
        let sales: Vec<_> = sales.map(|(_, sale)| naive_sale(*sale)).collect();
        let naive_sales: Vec<_> = naive_sale_of(naive).into_iter().collect();
        prop_assert_eq!(sales, naive_sales, "after {:?}", command);
    }
    prop_assert_eq!(real_purses(after), naive_purses(gallery), "after {:?}", command);
    Ok(())
}

proptest! {
    #![proptest_config(cases(12_000))]

    #[test]
    fn the_rules_and_the_naive_model_agree_after_every_command(history in history::history()) {
        let mut gallery = naive_gallery(&history);
        for moment in room::play(&history) {
            agree(&moment, &mut gallery)?;
        }
    }
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn terms_are_taken_exactly_if_the_naive_model_allows_them(
        offer in history::careless_offer(),
        now in prop_oneof![Just(0), 0..=20 * history::MINUTE],
    ) {
        let real = room::terms(&offer).listed(Listing::Offer, room::at(now), &House::default());
        let mut naive = naive_terms(1, &offer);
        naive.starts_at = naive.starts_at.max(now);
        prop_assert_eq!(real.is_ok(), naive.are_allowed(), "{:?}", real);
        if let Ok(terms) = real {
            prop_assert_eq!(room::micros(terms.starts_at), naive.starts_at);
        }
    }

    #[test]
    fn the_increments_are_those_of_the_naive_model(price in 0..20_000_000i64) {
        let step = House::default().increments.over(Money::new(price)).points();
        prop_assert_eq!(step, naive::increment(price));
    }
}
#[test]
fn the_lengths_of_time_of_the_house_are_those_of_the_naive_model() {
    let House { soft_close, max_extension, .. } = House::default();
    let micros = |length: TimeDelta| length.num_microseconds();
    assert_eq!(micros(soft_close), Some(naive::SOFT_CLOSE));
    assert_eq!(micros(max_extension), Some(naive::LONGEST_EXTENSION));
}
