//! What nobody but the leader learns: his maximum, that he raised it, and an unmet reserve.

use artipul_common::{
    Money, Timestamp, UserId,
    auctions::{Outcome, Phase},
    bids::{BidForecast, BidResult},
};
use proptest::prelude::*;

use super::{
    cases,
    history::{THOUSAND, TRILLION, USERS, history},
    room::{Moment, Order, Room, at, play},
};
use crate::auction::{Accepted, Auction, Bid, House, Lead, Purchase, Refusal, Status};

/// Everything of an auction that anybody may see.
#[derive(Debug, PartialEq, Eq)]
struct PublicView {
    price: Option<Money>,
    list_price: Money,
    min_next: Option<Money>,
    bid_count: u64,
    seq: u64,
    reserve_met: bool,
    ends_at: Timestamp,
    phase: Phase,
    outcome: Option<Outcome>,
    leader: Option<UserId>,
}

impl PublicView {
    fn of(auction: &Auction, now: Timestamp, house: &House) -> Self {
        Self {
            price: auction.price(),
            list_price: auction.list_price(),
            min_next: auction.min_next(now, house),
            bid_count: auction.bid_count,
            seq: auction.seq,
            reserve_met: auction.reserve_met(),
            ends_at: auction.ends_at,
            phase: auction.phase(now),
            outcome: auction.outcome(),
            leader: auction.lead.map(|lead| lead.bidder),
        }
    }
}

fn views(moment: &Moment) -> (PublicView, PublicView) {
    let (before, after) = moment.auction();
    let (now, house) = (at(moment.command.at), &moment.before.house);
    (PublicView::of(before, now, house), PublicView::of(after, now, house))
}

/// What somebody learns by asking, without changing anything.
fn answers(
    auction: &Auction,
    bid: Bid,
    now: Timestamp,
    house: &House,
) -> (Result<BidForecast, Refusal>, Option<Refusal>, Option<Refusal>) {
    let Bid { bidder: buyer, maximum: price, available } = bid;
    (
        auction.forecast(bid, now, house),
        auction.bid(bid, now, house).err(),
        auction.buy(Purchase { buyer, price, available }, now).err(),
    )
}

/// The same auction to a stranger's eyes: another hidden maximum, and another reserve that is
/// just as much met or not.
fn twin(auction: &Auction, lead: Lead, maximum: i64, reserve: i64) -> Auction {
    let mut twin = auction.clone();
    let room = |from: Money, to: Option<Money>| {
        let most = to.unwrap_or(from + Money::new(100 * THOUSAND));
        (most - from).points() / THOUSAND + 1
    };
    let over = |from: Money, to: Option<Money>, dice: i64| {
        from + Money::new(dice % room(from, to) * THOUSAND)
    };
    let unit = Money::new(THOUSAND);
    let buy_now = auction.terms.buy_now;
    let maximum = over(lead.price, buy_now.map(|price| price - unit), maximum);
    twin.lead = Some(Lead { maximum, ..lead });
    twin.terms.reserve = auction.terms.reserve.map(|_| {
        if auction.reserve_met() {
            over(auction.terms.start_price, Some(lead.price), reserve)
        } else {
            over(maximum + unit, buy_now, reserve)
        }
    });
    twin
}

/// Amounts around everything that one of the twins could give away.
fn telling_amounts(auction: &Auction, twin: &Auction) -> Vec<Money> {
    let of = |auction: &Auction| {
        let lead = auction.lead;
        [
            lead.map(|lead| lead.price),
            lead.map(|lead| lead.maximum),
            auction.terms.reserve,
            auction.terms.buy_now,
        ]
    };
    let points = of(auction).into_iter().chain(of(twin)).flatten();
    points.flat_map(|point| [-1, 0, 1].map(|over| point + Money::new(over * THOUSAND))).collect()
}

fn is_invisible_raise(moment: &Moment, accepted: &Accepted) -> bool {
    let price_and_leader = |auction: &Auction| auction.lead.map(|lead| (lead.price, lead.bidder));
    let (before, after) = moment.auction();
    accepted.result == BidResult::Leading && price_and_leader(before) == price_and_leader(after)
}

fn hold_of(room: &Room, user: UserId) -> Money {
    room.wallets[&user].held
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn an_invisible_raise_changes_nothing_that_a_stranger_sees(history in history()) {
        for moment in play(&history) {
            let Some(accepted) = moment.reply.accepted() else { continue };
            let (before, after) = views(&moment);
            if is_invisible_raise(&moment, accepted) {
                prop_assert_eq!(before, after);
                prop_assert!(!accepted.is_public && !accepted.extended);
            } else {
                prop_assert!(accepted.is_public);
                prop_assert!(after.seq > before.seq, "a change that no reader would notice");
                prop_assert_eq!(after.bid_count, before.bid_count + 1);
            }
        }
    }

    #[test]
    fn the_sequence_grows_by_each_public_change_and_by_each_extension(history in history()) {
        for moment in play(&history) {
            let (mut before, after) = views(&moment);
            let extended = moment.reply.accepted().is_some_and(|accepted| accepted.extended);
            let grown = after.seq - before.seq;
            before.seq = after.seq;
            let is_edit = matches!(moment.command.order, Order::Edit { .. });
            let changed = before != after || (is_edit && !moment.reply.is_refusal());
            prop_assert_eq!(grown, u64::from(changed) + u64::from(extended));
        }
    }

    #[test]
    fn a_forecast_and_the_bid_agree(history in history()) {
        for moment in play(&history) {
            let Order::Bid { bidder, maximum } = moment.command.order else { continue };
            let (auction, _) = moment.auction();
            let available = moment.before.available(bidder);
            let bid = Bid { bidder, maximum, available };
            let (now, house) = (at(moment.command.at), &moment.before.house);
            let forecast = auction.forecast(bid, now, house);
            let accepted = auction.bid(bid, now, house);
            let (Ok(forecast), Ok(accepted)) = (&forecast, &accepted) else {
                prop_assert_eq!(forecast.err(), accepted.err());
                continue;
            };
            prop_assert!(forecast.would_be_accepted);
            prop_assert_eq!(forecast.would_buy, accepted.sale.is_some());
            let is_raise = auction.lead.is_some_and(|lead| lead.bidder == bidder);
            // What a raise does to the end depends on the reserve, so it is not foretold.
            prop_assert_eq!(forecast.would_extend, !is_raise && accepted.extended);
            match accepted.sale {
                Some(sale) => prop_assert_eq!(forecast.holds, sale.price),
                None => prop_assert_eq!(forecast.holds, maximum),
            }
            if accepted.result == BidResult::Leading {
                let own = auction.lead.filter(|_| is_raise).map_or(Money::ZERO, |lead| lead.maximum);
                let held = hold_of(&moment.after, bidder) - hold_of(&moment.before, bidder);
                prop_assert_eq!(held, forecast.holds - own);
            }
        }
    }

    #[test]
    fn a_stranger_learns_nothing_of_a_hidden_maximum_or_an_unmet_reserve(
        history in history(),
        maximum in 0..1_000_000i64,
        reserve in 0..1_000_000i64,
        available in prop_oneof![Just(2 * TRILLION), 0..200 * THOUSAND],
    ) {
        for moment in play(&history) {
            let auction = moment.auction().1;
            let Some(lead) = auction.lead.filter(|_| auction.status == Status::Listed) else {
                continue;
            };
            let twin = twin(auction, lead, maximum, reserve);
            let (now, house) = (at(moment.command.at), &moment.after.house);
            prop_assert_eq!(
                PublicView::of(auction, now, house),
                PublicView::of(&twin, now, house)
            );
            let strangers = (1..=USERS).map(UserId::new).filter(|user| *user != lead.bidder);
            let available = lead.price + Money::new(available);
            for bidder in strangers.take(2) {
                for maximum in telling_amounts(auction, &twin) {
                    let bid = Bid { bidder, maximum, available };
                    prop_assert_eq!(
                        answers(auction, bid, now, house),
                        answers(&twin, bid, now, house),
                        "{:?}", bid
                    );
                }
            }
        }
    }
}
