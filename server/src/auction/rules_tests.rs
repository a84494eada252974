//! Every clause of the rules, one by one.

use artipul_common::{
    Money, Timestamp, UserId, auctions::Outcome, bids::BidResult, mine::SaleKind,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::*;

const SELLER: UserId = UserId::new(1);
const ANNA: UserId = UserId::new(2);
const BORA: UserId = UserId::new(3);
const CHAN: UserId = UserId::new(4);
const RICH: i64 = 1_000_000_000;

fn at(minute: i64) -> Timestamp {
    let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    noon + TimeDelta::minutes(minute)
}

/// An auction from minute 0 to minute 60, starting at 10,000.
fn auction() -> Auction {
    let terms = Terms {
        start_price: Money::new(10_000),
        reserve: None,
        buy_now: None,
        starts_at: at(0),
        scheduled_end: at(60),
    };
    Auction::new(SELLER, terms, Status::Listed)
}

fn with_reserve(reserve: i64) -> Auction {
    let mut auction = auction();
    auction.terms.reserve = Some(Money::new(reserve));
    auction
}

fn with_buy_now(buy_now: i64) -> Auction {
    let mut auction = auction();
    auction.terms.buy_now = Some(Money::new(buy_now));
    auction
}

fn try_bid(auction: &Auction, bidder: UserId, maximum: i64) -> Result<Accepted, Refusal> {
    let bid = Bid { bidder, maximum: Money::new(maximum), available: Money::new(RICH) };
    auction.bid(bid, at(10), &House::default())
}

/// Bids at minute 10 with points enough.
fn bid(auction: &Auction, bidder: UserId, maximum: i64) -> Accepted {
    try_bid(auction, bidder, maximum).expect("the bid is accepted")
}

/// The auction after these bids.
fn after(auction: &Auction, bids: &[(UserId, i64)]) -> Auction {
    bids.iter().fold(auction.clone(), |auction, (bidder, maximum)| {
        bid(&auction, *bidder, *maximum).auction
    })
}

fn lead(auction: &Auction) -> (UserId, i64, i64) {
    let lead = auction.lead.expect("somebody leads");
    (lead.bidder, lead.maximum.points(), lead.price.points())
}

// Refusals, in their order.

#[test]
fn a_draft_does_not_exist_for_others() {
    let draft = Auction { status: Status::Draft, ..auction() };
    assert_eq!(try_bid(&draft, ANNA, 10_000), Err(Refusal::NotFound));
    assert_eq!(try_bid(&draft, SELLER, 10_000), Err(Refusal::NotOpen));
}

#[test]
fn a_cancelled_auction_is_not_open_and_a_sold_one_has_ended() {
    for (outcome, refusal) in [
        (Outcome::Cancelled, Refusal::NotOpen),
        (Outcome::Sold, Refusal::Ended),
        (Outcome::Unsold, Refusal::Ended),
    ] {
        let auction = Auction { status: Status::Ended(outcome), ..auction() };
        assert_eq!(try_bid(&auction, ANNA, 10_000), Err(refusal));
    }
}

#[test]
fn bidding_begins_with_the_start_and_is_over_at_the_end() {
    let bid_at = |now| {
        let bid = Bid { bidder: ANNA, maximum: Money::new(10_000), available: Money::new(RICH) };
        auction().bid(bid, now, &House::default()).map(|_| ())
    };
    let moment = TimeDelta::microseconds(1);
    assert_eq!(bid_at(at(0) - moment), Err(Refusal::NotStarted));
    assert_eq!(bid_at(at(0)), Ok(()));
    assert_eq!(bid_at(at(60) - moment), Ok(()));
    assert_eq!(bid_at(at(60)), Err(Refusal::Ended));
}

#[test]
fn a_seller_does_not_bid_on_his_own_work() {
    assert_eq!(try_bid(&auction(), SELLER, 10_000), Err(Refusal::OwnAuction));
    assert_eq!(try_bid(&auction(), SELLER, -5), Err(Refusal::OwnAuction), "told before the amount");
}

#[test]
fn an_amount_is_a_positive_multiple_of_the_unit_and_not_absurd() {
    for maximum in [0, -1_000, 10_500, 10_001, i64::MIN, i64::MAX, 1_000_000_001_000] {
        assert_eq!(try_bid(&auction(), ANNA, maximum), Err(Refusal::InvalidAmount), "{maximum}");
    }
}

#[test]
fn the_first_bid_is_at_least_the_start_price() {
    let refusal = Refusal::TooLow { min_next: Money::new(10_000), price: None };
    assert_eq!(try_bid(&auction(), ANNA, 9_000), Err(refusal));
    assert!(try_bid(&auction(), ANNA, 10_000).is_ok());
}

#[test]
fn a_challenger_goes_over_the_price_by_the_increment() {
    let auction = after(&auction(), &[(ANNA, 60_000), (BORA, 50_000)]);
    assert_eq!(lead(&auction), (ANNA, 60_000, 52_000));
    let refusal = Refusal::TooLow { min_next: Money::new(54_000), price: Some(Money::new(52_000)) };
    assert_eq!(try_bid(&auction, CHAN, 53_000), Err(refusal));
    assert!(try_bid(&auction, CHAN, 54_000).is_ok());
}

#[test]
fn a_leader_can_only_raise() {
    let auction = after(&auction(), &[(ANNA, 60_000)]);
    for maximum in [10_000, 59_000, 60_000] {
        let min_next = Money::new(61_000);
        let refusal = Refusal::TooLow { min_next, price: Some(Money::new(10_000)) };
        assert_eq!(try_bid(&auction, ANNA, maximum), Err(refusal));
    }
}

#[test]
fn points_must_cover_the_maximum() {
    let poor = |auction: &Auction, bidder, maximum, available| {
        let maximum = Money::new(maximum);
        let bid = Bid { bidder, maximum, available: Money::new(available) };
        auction.bid(bid, at(10), &House::default()).map(|_| ())
    };
    let short =
        Refusal::InsufficientPoints { available: Money::new(29_000), required: Money::new(30_000) };
    assert_eq!(poor(&auction(), ANNA, 30_000, 29_000), Err(short));
    assert_eq!(poor(&auction(), ANNA, 30_000, 30_000), Ok(()));
    // What a leader has on hold here counts for a raise here.
    let led = after(&auction(), &[(ANNA, 30_000)]);
    assert_eq!(poor(&led, ANNA, 50_000, 20_000), Ok(()));
    let short =
        Refusal::InsufficientPoints { available: Money::new(49_000), required: Money::new(50_000) };
    assert_eq!(poor(&led, ANNA, 50_000, 19_000), Err(short));
}

// Who leads, and at what price.

#[test]
fn the_first_bidder_leads_at_the_start_price() {
    let accepted = bid(&auction(), ANNA, 80_000);
    assert_eq!(lead(&accepted.auction), (ANNA, 80_000, 10_000));
    assert_eq!(accepted.result, BidResult::Leading);
    assert_eq!(accepted.effects, [WalletEffect::Hold { user: ANNA, amount: Money::new(80_000) }]);
}

#[test]
fn a_leader_does_not_bid_against_himself() {
    let before = after(&auction(), &[(ANNA, 30_000)]);
    let raised = bid(&before, ANNA, 90_000);
    assert_eq!(lead(&raised.auction), (ANNA, 90_000, 10_000));
    assert_eq!(
        raised.effects,
        [
            WalletEffect::Release { user: ANNA, amount: Money::new(30_000) },
            WalletEffect::Hold { user: ANNA, amount: Money::new(90_000) },
        ]
    );
}

#[test]
fn nobody_else_can_see_a_raise() {
    let before = after(&auction(), &[(ANNA, 30_000)]);
    let raised = bid(&before, ANNA, 90_000);
    assert!(!raised.is_public);
    assert_eq!(raised.auction.seq, before.seq);
    assert_eq!(raised.auction.bid_count, before.bid_count);
    assert_eq!(raised.auction.ends_at, before.ends_at);
}

#[test]
fn a_higher_maximum_leads_one_increment_over_the_old_one() {
    let before = after(&auction(), &[(ANNA, 50_000)]);
    let accepted = bid(&before, BORA, 90_000);
    assert_eq!(lead(&accepted.auction), (BORA, 90_000, 52_000));
    assert_eq!(accepted.result, BidResult::Leading);
    assert_eq!(
        accepted.effects,
        [
            WalletEffect::Release { user: ANNA, amount: Money::new(50_000) },
            WalletEffect::Hold { user: BORA, amount: Money::new(90_000) },
        ]
    );
}

#[test]
fn a_maximum_between_two_steps_is_paid_in_full() {
    let auction = after(&auction(), &[(ANNA, 50_000), (BORA, 51_000)]);
    assert_eq!(lead(&auction), (BORA, 51_000, 51_000));
}

#[test]
fn a_tie_goes_to_the_earlier_bidder() {
    let before = after(&auction(), &[(ANNA, 50_000)]);
    let accepted = bid(&before, BORA, 50_000);
    assert_eq!(lead(&accepted.auction), (ANNA, 50_000, 50_000));
    assert_eq!(accepted.result, BidResult::Outbid);
    assert_eq!(accepted.effects, []);
    assert!(accepted.is_public);
}

#[test]
fn a_lower_maximum_drives_the_price_up() {
    let auction = after(&auction(), &[(ANNA, 50_000), (BORA, 30_000)]);
    assert_eq!(lead(&auction), (ANNA, 50_000, 31_000));
    let auction = after(&auction, &[(BORA, 49_000)]);
    assert_eq!(lead(&auction), (ANNA, 50_000, 50_000), "never above the maximum");
}

#[test]
fn each_public_change_is_counted() {
    let auction = after(&auction(), &[(ANNA, 50_000), (ANNA, 60_000), (BORA, 30_000)]);
    assert_eq!((auction.seq, auction.bid_count), (3, 2));
}

// The reserve.

#[test]
fn a_maximum_over_the_reserve_brings_the_price_to_it() {
    let auction = with_reserve(40_000);
    let below = after(&auction, &[(ANNA, 39_000)]);
    assert_eq!(lead(&below), (ANNA, 39_000, 10_000));
    assert!(!below.reserve_met());
    let met = after(&auction, &[(ANNA, 40_000)]);
    assert_eq!(lead(&met), (ANNA, 40_000, 40_000));
    assert!(met.reserve_met());
    let met = after(&below, &[(BORA, 80_000)]);
    assert_eq!(lead(&met), (BORA, 80_000, 40_000));
}

#[test]
fn a_raise_that_meets_the_reserve_is_a_public_bid() {
    let before = after(&with_reserve(40_000), &[(ANNA, 20_000)]);
    let raised = bid(&before, ANNA, 50_000);
    assert_eq!(lead(&raised.auction), (ANNA, 50_000, 40_000));
    assert!(raised.is_public);
    assert_eq!(raised.auction.seq, before.seq + 1);
}

#[test]
fn a_price_over_the_reserve_stays() {
    let auction = after(&with_reserve(20_000), &[(ANNA, 50_000), (BORA, 30_000)]);
    assert_eq!(lead(&auction), (ANNA, 50_000, 31_000));
}

#[test]
fn without_a_reserve_it_is_met() {
    assert!(auction().reserve_met());
    assert!(!with_reserve(20_000).reserve_met());
}

// Buying at once.

#[test]
fn a_maximum_of_the_buy_now_price_buys_at_that_price() {
    for maximum in [70_000, 500_000] {
        let before = after(&with_buy_now(70_000), &[(ANNA, 50_000)]);
        let accepted = bid(&before, BORA, maximum);
        assert_eq!(accepted.result, BidResult::Bought);
        assert_eq!(accepted.auction.status, Status::Ended(Outcome::Sold));
        assert_eq!(accepted.auction.price(), Some(Money::new(70_000)));
        let price = Money::new(70_000);
        assert_eq!(accepted.sale, Some(Sale { buyer: BORA, price, kind: SaleKind::BuyNow }));
        assert_eq!(
            accepted.effects,
            [
                WalletEffect::Release { user: ANNA, amount: Money::new(50_000) },
                WalletEffect::Pay { from: BORA, to: SELLER, amount: price },
            ]
        );
    }
}

#[test]
fn the_buy_now_price_is_always_enough() {
    let before = after(&with_buy_now(101_000), &[(ANNA, 100_000), (BORA, 100_000)]);
    assert_eq!(before.min_next(at(10), &House::default()), Some(Money::new(101_000)));
    assert_eq!(bid(&before, CHAN, 101_000).result, BidResult::Bought);
}

#[test]
fn a_leader_may_buy_with_his_own_hold() {
    let before = after(&with_buy_now(70_000), &[(ANNA, 50_000)]);
    let price = Money::new(70_000);
    let buy = |available| {
        let purchase = Purchase { buyer: ANNA, price, available: Money::new(available) };
        before.buy(purchase, at(10))
    };
    assert_eq!(
        buy(20_000).unwrap().effects,
        [
            WalletEffect::Release { user: ANNA, amount: Money::new(50_000) },
            WalletEffect::Pay { from: ANNA, to: SELLER, amount: price },
        ]
    );
    assert_eq!(
        buy(19_000),
        Err(Refusal::InsufficientPoints { available: Money::new(69_000), required: price })
    );
}

#[test]
fn a_purchase_names_the_price() {
    let buy = |auction: &Auction, price| {
        let purchase =
            Purchase { buyer: ANNA, price: Money::new(price), available: Money::new(RICH) };
        auction.buy(purchase, at(10)).map(|accepted| accepted.result)
    };
    assert_eq!(buy(&with_buy_now(70_000), 70_000), Ok(BidResult::Bought));
    assert_eq!(buy(&with_buy_now(70_000), 60_000), Err(Refusal::BuyNowUnavailable));
    assert_eq!(buy(&auction(), 70_000), Err(Refusal::BuyNowUnavailable));
}

#[test]
fn after_a_purchase_nobody_bids() {
    let sold = after(&with_buy_now(70_000), &[(ANNA, 70_000)]);
    assert_eq!(try_bid(&sold, BORA, 90_000), Err(Refusal::Ended));
    let purchase = Purchase { buyer: BORA, price: Money::new(70_000), available: Money::new(RICH) };
    assert_eq!(sold.buy(purchase, at(10)), Err(Refusal::Ended));
    assert_eq!(sold.close(at(60)), None);
}

// The soft close.

fn ends_after(auction: &Auction, bidder: UserId, maximum: i64, now: Timestamp) -> Accepted {
    let bid = Bid { bidder, maximum: Money::new(maximum), available: Money::new(RICH) };
    auction.bid(bid, now, &House::default()).expect("the bid is accepted")
}

#[test]
fn a_late_bid_moves_the_end_to_three_minutes_after_itself() {
    let early = ends_after(&auction(), ANNA, 20_000, at(57));
    assert_eq!((early.auction.ends_at, early.extended), (at(60), false), "exactly three are left");
    let late = ends_after(&auction(), ANNA, 20_000, at(58));
    assert_eq!((late.auction.ends_at, late.extended), (at(61), true));
    assert_eq!(late.auction.seq, 3, "the bid and the extension are a change each");
    assert_eq!(late.auction.terms.scheduled_end, at(60));
}

#[test]
fn a_late_losing_bid_extends_too_since_it_moves_the_price() {
    let led = after(&auction(), &[(ANNA, 50_000)]);
    assert_eq!(ends_after(&led, BORA, 20_000, at(59)).auction.ends_at, at(62));
}

#[test]
fn a_late_raise_extends_nothing() {
    let led = after(&auction(), &[(ANNA, 50_000)]);
    assert_eq!(ends_after(&led, ANNA, 90_000, at(59)).auction.ends_at, at(60));
}

#[test]
fn the_end_moves_by_an_hour_at_most_and_never_back() {
    let mut auction = auction();
    let mut maximum = 20_000;
    while auction.ends_at < at(120) {
        let bidder = if maximum % 2_000 == 0 { ANNA } else { BORA };
        let before = auction.ends_at;
        auction = ends_after(&auction, bidder, maximum, before - TimeDelta::minutes(1)).auction;
        assert!(auction.ends_at >= before);
        maximum += 51_000;
    }
    assert_eq!(auction.ends_at, at(120));
    let last = ends_after(&auction, CHAN, maximum + 1_000_000, at(119));
    assert_eq!((last.auction.ends_at, last.extended), (at(120), false));
}

// The end.

#[test]
fn nothing_closes_before_its_end() {
    assert_eq!(auction().close(at(60) - TimeDelta::microseconds(1)), None);
    assert!(auction().close(at(60)).is_some());
}

#[test]
fn the_leader_has_bought_it_at_the_price() {
    let closed = after(&auction(), &[(ANNA, 50_000), (BORA, 30_000)]).close(at(60)).unwrap();
    let price = Money::new(31_000);
    assert_eq!(closed.sale, Some(Sale { buyer: ANNA, price, kind: SaleKind::HighestBid }));
    assert_eq!(
        closed.effects,
        [
            WalletEffect::Release { user: ANNA, amount: Money::new(50_000) },
            WalletEffect::Pay { from: ANNA, to: SELLER, amount: price },
        ]
    );
    assert_eq!(closed.auction.status, Status::Ended(Outcome::Sold));
}

#[test]
fn without_a_bid_it_is_unsold() {
    let closed = auction().close(at(60)).unwrap();
    assert_eq!((closed.sale, closed.effects), (None, vec![]));
    assert_eq!(closed.auction.status, Status::Ended(Outcome::Unsold));
}

#[test]
fn below_the_reserve_it_is_unsold_and_the_hold_released() {
    let closed = after(&with_reserve(90_000), &[(ANNA, 50_000)]).close(at(60)).unwrap();
    assert_eq!(closed.sale, None);
    assert_eq!(closed.effects, [WalletEffect::Release { user: ANNA, amount: Money::new(50_000) }]);
    assert_eq!(closed.auction.status, Status::Ended(Outcome::Unsold));
}

#[test]
fn it_closes_once() {
    let closed = after(&auction(), &[(ANNA, 50_000)]).close(at(60)).unwrap();
    assert_eq!(closed.auction.close(at(61)), None);
}

// Forecasts.

#[test]
fn a_forecast_tells_what_is_held_and_whether_it_buys() {
    let forecast = |auction: &Auction, maximum, now| {
        let bid = Bid { bidder: BORA, maximum: Money::new(maximum), available: Money::new(RICH) };
        auction.forecast(bid, now, &House::default()).unwrap()
    };
    let led = after(&with_buy_now(90_000), &[(ANNA, 50_000)]);
    let below = forecast(&led, 20_000, at(10));
    assert!(!below.would_buy && !below.would_extend);
    assert_eq!(below.holds, Money::new(20_000));
    assert_eq!(forecast(&led, 60_000, at(10)).would_extend, below.would_extend);
    assert!(forecast(&led, 20_000, at(59)).would_extend);
    let buys = forecast(&led, 200_000, at(59));
    assert!(buys.would_buy && !buys.would_extend);
    assert_eq!(buys.holds, Money::new(90_000));
}

#[test]
fn a_forecast_refuses_what_a_bid_would() {
    let bid = Bid { bidder: ANNA, maximum: Money::new(9_000), available: Money::new(RICH) };
    assert_eq!(
        auction().forecast(bid, at(10), &House::default()),
        Err(Refusal::TooLow { min_next: Money::new(10_000), price: None })
    );
}

// Terms.

fn listed(edit: impl FnOnce(&mut Terms)) -> Result<Terms, Vec<(String, String)>> {
    let mut terms = auction().terms;
    edit(&mut terms);
    terms
        .listed(Listing::Offer, at(0), &House::default())
        .map_err(|errors| errors.into_iter().map(|error| (error.field, error.code)).collect())
}

fn error(field: &str, code: &str) -> Result<Terms, Vec<(String, String)>> {
    Err(vec![(field.to_owned(), code.to_owned())])
}

#[test]
fn terms_keep_their_order() {
    assert!(listed(|_| ()).is_ok());
    assert_eq!(listed(|t| t.start_price = Money::new(0)), error("start_price", "too-small"));
    assert_eq!(listed(|t| t.start_price = Money::new(1_500)), error("start_price", "not-multiple"));
    assert_eq!(
        listed(|t| t.reserve = Some(Money::new(9_000))),
        error("reserve_price", "too-small")
    );
    assert!(listed(|t| t.reserve = Some(Money::new(10_000))).is_ok());
    assert_eq!(
        listed(|t| t.buy_now = Some(Money::new(10_000))),
        error("buy_now_price", "too-small")
    );
    assert!(listed(|t| t.buy_now = Some(Money::new(11_000))).is_ok());
    assert_eq!(
        listed(|t| {
            t.reserve = Some(Money::new(30_000));
            t.buy_now = Some(Money::new(29_000));
        }),
        error("buy_now_price", "too-small")
    );
}

#[test]
fn an_auction_lasts_ten_minutes_to_sixty_days() {
    let lasting = |length: TimeDelta| listed(|t| t.scheduled_end = at(0) + length).map(|_| ());
    let moment = TimeDelta::microseconds(1);
    let ends_at = |code: &str| error("ends_at", code).map(|_| ());
    assert_eq!(lasting(TimeDelta::minutes(10)), Ok(()));
    assert_eq!(lasting(TimeDelta::minutes(10) - moment), ends_at("too-soon"));
    assert_eq!(lasting(TimeDelta::days(60)), Ok(()));
    assert_eq!(lasting(TimeDelta::days(60) + moment), ends_at("too-late"));
    assert_eq!(lasting(-moment), ends_at("in-past"));
}

#[test]
fn a_value_past_a_bound_is_told_the_bound() {
    let house = House::default();
    let bounds = |edit: fn(&mut Terms)| {
        let mut terms = auction().terms;
        edit(&mut terms);
        let errors = terms.listed(Listing::Offer, at(0), &house).unwrap_err();
        errors.into_iter().map(|error| error.bound).collect::<Vec<_>>()
    };
    let start = auction().terms.start_price;
    let step = house.increments.over(start);
    assert_eq!(bounds(|t| t.reserve = Some(Money::new(1_000))), [Some(start.points())]);
    assert_eq!(bounds(|t| t.buy_now = Some(t.start_price)), [Some((start + step).points())]);
    let seconds = |length: TimeDelta| [Some(length.num_seconds())];
    assert_eq!(bounds(|t| t.scheduled_end = at(1)), seconds(house.min_duration));
    assert_eq!(bounds(|t| t.scheduled_end = at(100 * 24 * 60)), seconds(house.max_duration));
    assert_eq!(bounds(|t| t.scheduled_end = at(-1)), [None]);
}

#[test]
fn bidding_cannot_start_before_the_listing() {
    let terms = listed(|t| t.starts_at = at(-600)).unwrap();
    assert_eq!(terms.starts_at, at(0));
}

#[test]
fn a_draft_may_be_late_but_not_backwards() {
    let draft = |edit: fn(&mut Terms)| {
        let mut terms = auction().terms;
        edit(&mut terms);
        terms.listed(Listing::Draft, at(500), &House::default()).is_ok()
    };
    assert!(draft(|_| ()));
    assert!(!draft(|t| t.scheduled_end = at(-1)));
}

#[test]
fn terms_stand_as_soon_as_a_bid_stands() {
    let fresh = auction();
    let led = after(&fresh, &[(ANNA, 10_000)]);
    assert_eq!(fresh.check_changeable(SELLER, at(10)), Ok(()));
    assert_eq!(led.check_changeable(SELLER, at(10)), Err(Refusal::HasBids));
    assert_eq!(fresh.check_changeable(ANNA, at(10)), Err(Refusal::NotSeller));
    assert_eq!(fresh.check_changeable(SELLER, at(60)), Err(Refusal::Ended));
    let draft = Auction { status: Status::Draft, ..fresh.clone() };
    assert_eq!(draft.check_changeable(ANNA, at(10)), Err(Refusal::NotFound));
    assert_eq!(draft.check_changeable(SELLER, at(600)), Ok(()));
}

#[test]
fn a_cancelled_auction_takes_nothing_more() {
    let cancelled = auction().cancel(SELLER, at(10)).unwrap();
    assert_eq!(cancelled.status, Status::Ended(Outcome::Cancelled));
    assert_eq!(try_bid(&cancelled, ANNA, 10_000), Err(Refusal::NotOpen));
    assert_eq!(cancelled.cancel(SELLER, at(10)), Err(Refusal::NotOpen));
    assert_eq!(cancelled.close(at(60)), None);
}

// What the public sees.

#[test]
fn phases_follow_the_clock() {
    let moment = TimeDelta::microseconds(1);
    let auction = auction();
    assert_eq!(auction.phase(at(0) - moment), Phase::Upcoming);
    assert_eq!(auction.phase(at(0)), Phase::Open);
    assert_eq!(auction.phase(at(60) - moment), Phase::Open);
    assert_eq!(auction.phase(at(60)), Phase::Ended);
    assert_eq!(Auction { status: Status::Draft, ..auction }.phase(at(10)), Phase::Draft);
}

#[test]
fn the_least_next_bid_is_public_until_the_end() {
    let house = House::default();
    assert_eq!(auction().min_next(at(10), &house), Some(Money::new(10_000)));
    let led = after(&auction(), &[(ANNA, 99_000), (BORA, 50_000)]);
    assert_eq!(led.min_next(at(10), &house), Some(Money::new(54_000)));
    assert_eq!(led.min_next(at(60), &house), None);
}
