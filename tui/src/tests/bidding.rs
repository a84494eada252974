//! The bid: what is asked, what is shown before the server has spoken, and how it comes out.

use artipul_common::{
    AuctionId, Money,
    bids::{BidForecast, BidReceipt, BidResult},
    problem::Problem,
};

use super::*;
use crate::app::model::Dialog;

fn is_bid(call: &Call) -> bool {
    matches!(call, Call::Bid { .. })
}

fn is_forecast(call: &Call) -> bool {
    matches!(call, Call::Forecast(..))
}

fn forecast(holds: i64) -> Outcome {
    Ok(Answer::Forecast(BidForecast {
        would_be_accepted: true,
        would_buy: false,
        would_extend: false,
        holds: Money::new(holds),
    }))
}

fn receipt(result: BidResult) -> Outcome {
    Ok(Answer::Receipt(BidReceipt {
        result,
        auction_id: AuctionId::new(3),
        price: Money::new(300_000),
        min_next: Some(Money::new(310_000)),
        ends_at: samples::now(),
        seq: 9,
        maximum: Money::new(300_000),
        sale_id: None,
    }))
}

/// A bid on the third work, confirmed and on its way.
fn sending() -> Driven {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb\n");
    client.answer(is_forecast, forecast(300_000));
    client.shows("₩300,000 will be held");
    assert!(!client.has_asked(is_bid), "a bid was sent before it was confirmed");
    client.press("y");
    client
}

fn key(call: &Call) -> String {
    let Call::Bid { key, .. } = call else { panic!("{call:?} is no bid") };
    key.clone()
}

#[test]
fn nothing_is_accepted_before_the_server_says_so() {
    let mut client = sending();
    client.shows("Sending");
    client.hides("You lead");
    client.answer(is_bid, receipt(BidResult::Leading));
    client.shows("★ You lead");
}

#[test]
fn a_lost_answer_is_unknown_and_the_same_bid_is_sent_again() {
    let mut client = sending();
    let first = client.answer(is_bid, Err(lost()));
    client.shows("it is not known whether it was accepted");
    client.hides("You lead");
    assert!(!client.has_asked(is_bid), "it was sent again without a pause");
    client.wait(2);
    let second = client.answer(is_bid, Err(lost()));
    client.wait(5);
    let third = client.answer(is_bid, receipt(BidResult::Outbid));
    assert_eq!(key(&first), key(&second));
    assert_eq!(key(&first), key(&third));
    client.shows("Your bid was taken, but you do not lead");
}

#[test]
fn a_server_that_failed_inside_leaves_doubt() {
    let mut client = sending();
    client.answer(is_bid, Err(problem(ProblemCode::Internal)));
    client.shows("it is not known whether it was accepted");
    client.wait(2);
    client.answer(is_bid, receipt(BidResult::Leading));
    client.shows("★ You lead");
}

#[test]
fn a_busy_server_is_asked_again() {
    let mut client = sending();
    let first = client.answer(is_bid, Err(problem(ProblemCode::Busy)));
    client.shows("has not taken it yet");
    client.wait(2);
    assert_eq!(key(&first), key(&client.answer(is_bid, receipt(BidResult::Leading))));
}

#[test]
fn a_closed_window_does_not_stop_the_bid() {
    let mut client = sending();
    client.answer(is_bid, Err(lost()));
    client.key(KeyCode::Esc);
    client.press("q");
    assert!(!client.has_quit);
    client.shows("not answered yet");
    client.press("n");
    client.wait(2);
    client.answer(is_bid, receipt(BidResult::Outbid));
    client.shows("Your bid was taken, but you do not lead");
}

#[test]
fn two_bids_have_two_keys() {
    let mut client = sending();
    let first = client.answer(is_bid, receipt(BidResult::Outbid));
    client.press("b\n");
    client.answer(is_forecast, forecast(310_000));
    client.press("y");
    let (_, second) = client.take(is_bid).unwrap();
    assert_ne!(key(&first), key(&second));
}

#[test]
fn a_refusal_says_why_and_what_would_do() {
    let mut client = sending();
    let too_low =
        Problem { min_next: Some(Money::new(460_000)), ..Problem::new(ProblemCode::BidTooLow, "") };
    client.answer(is_bid, Err(ClientError::Problem(Box::new(too_low))));
    client.shows("must be at least ₩460,000");
    let mut client = sending();
    client.answer(is_bid, Err(problem(ProblemCode::AuctionEnded)));
    client.shows("The auction has ended");
}

#[test]
fn too_few_points_lead_to_a_top_up_of_what_is_missing() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb\n");
    let too_few = Problem {
        available: Some(Money::new(256_000)),
        required: Some(Money::new(300_000)),
        ..Problem::new(ProblemCode::InsufficientPoints, "")
    };
    client.answer(is_forecast, Err(ClientError::Problem(Box::new(too_few))));
    client.shows("₩300,000 are needed, ₩256,000");
    client.press("t");
    client.shows("₩50,000");
}

#[test]
fn the_amount_follows_the_price_until_somebody_chooses_it() {
    use artipul_common::{
        client::stream::{AuctionEvent, Item},
        events::{AuctionEventKind, AuctionState},
    };
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb");
    let auction = samples::auctions().remove(2);
    let event = |seq, min_next| {
        let state =
            AuctionState { seq, min_next: Some(Money::new(min_next)), ..samples::state(&auction) };
        let event = AuctionEvent { kind: AuctionEventKind::TopBid, state };
        Msg::Live(crate::app::links::LinkName::List, Item::Event(event))
    };
    client.send(event(20, 340_000));
    client.shows("₩340,000");
    client.press("+");
    client.send(event(21, 360_000));
    client.shows("Maximum  ₩341,000");
    client.press("\n");
    client.shows("must be at least ₩360,000");
    assert!(!client.has_asked(is_forecast));
}

#[test]
fn a_typed_amount_takes_the_place_of_the_proposed_one() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb29");
    client.shows("Maximum  ₩29 ");
    client.key(KeyCode::Esc);
    client.press("b");
    client.send(Msg::Paste("290,000".into()));
    client.shows("Maximum  ₩290,000 ");
    client.key(KeyCode::Esc);
    client.press("b+0");
    client.shows("Maximum  ₩3,010,000 ");
    client.key(KeyCode::Esc);
    client.press("3t2");
    client.shows("Amount  ₩2 ");
}

#[test]
fn an_amount_in_which_the_cursor_was_moved_stays() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb");
    client.key(KeyCode::Left);
    client.key(KeyCode::Right);
    client.wait(1);
    client.press("0");
    client.shows("Maximum  ₩3,000,000 ");
}

#[test]
fn an_answer_to_a_changed_amount_is_dropped() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb\n");
    let (old, _) = client.take(is_forecast).unwrap();
    client.key(KeyCode::Esc);
    client.press("b");
    client.send(Msg::Answered(old, Box::new(forecast(300_000))));
    client.hides("Place this bid?");
}

#[test]
fn an_amount_far_above_the_least_is_asked_about_twice() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb");
    client.shows("300 thousand won");
    client.key(KeyCode::End);
    client.press("0\n");
    client.answer(is_forecast, forecast(3_000_000));
    client.press("\n");
    client.shows("three million won");
    client.shows("10 times the least that is needed now (₩300,000)");
    client.press("\n");
    assert!(!client.has_asked(is_bid), "one more Enter was enough");
    client.press("n");
    client.shows("Maximum  ₩3,000,000");
    client.press("\n");
    client.answer(is_forecast, forecast(3_000_000));
    client.press("\n");
    client.wait(1);
    client.press("y");
    client.answer(is_bid, receipt(BidResult::Leading));
    client.shows("You lead");
}

#[test]
fn a_key_that_is_held_or_pressed_twice_answers_one_question() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb3000000\n");
    client.answer(is_forecast, forecast(3_000_000));
    client.press("yy");
    client.shows("three million won");
    client.hides("y Yes");
    for _ in 0..4 {
        client.wait(0);
        client.press("y");
    }
    assert!(!client.has_asked(is_bid), "a burst of one key said yes twice");
    let due = client.model.shared.uptime + std::time::Duration::from_secs(1);
    let Some(Dialog::Bid(dialog)) = client.model.dialogs.last() else { panic!("it is gone") };
    assert_eq!(dialog.next_change(), Some(due), "the key would not come back");
    client.wait(1);
    client.shows("y Yes");
    client.press("y");
    assert!(client.has_asked(is_bid));
}

#[test]
fn the_window_of_a_bid_follows_the_auction() {
    use artipul_common::{
        client::stream::{AuctionEvent, Item},
        events::{AuctionEventKind, AuctionState},
    };
    let mut client = sending();
    let spent = receipt(BidResult::Leading);
    client.answer(is_bid, spent);
    client.shows("★ You lead");
    client.shows("The price is ₩300,000, all of your maximum");
    client.hides("b Bid again");
    let auction = samples::auctions().remove(2);
    let state = AuctionState {
        seq: 99,
        price: Some(Money::new(310_000)),
        min_next: Some(Money::new(320_000)),
        leader: Some("z***".into()),
        ..samples::state(&auction)
    };
    let event = AuctionEvent { kind: AuctionEventKind::TopBid, state };
    client.send(Msg::Live(crate::app::links::LinkName::List, Item::Event(event)));
    client.hides("You lead");
    client.shows("You led, and were outbid since");
    client.shows("the next bid must be ₩320,000");
    client.shows("b Bid again");
    client.press("b");
    client.shows("Maximum  ₩320,000");
}

#[test]
fn what_is_left_of_a_maximum_keeps_bidding() {
    let mut client = sending();
    let Ok(Answer::Receipt(taken)) = receipt(BidResult::Leading) else { unreachable!() };
    let taken = BidReceipt { maximum: Money::new(400_000), ..taken };
    client.answer(is_bid, Ok(Answer::Receipt(taken)));
    client.shows("your maximum of ₩400,000");
    client.hides("all of your maximum");
}

#[test]
fn three_times_the_least_is_no_slip() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb900000\n");
    client.answer(is_forecast, forecast(900_000));
    client.press("y");
    client.answer(is_bid, receipt(BidResult::Leading));
}

#[test]
fn an_odd_amount_is_not_sent() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb5\n");
    client.shows("must be a multiple of 1,000");
    assert!(!client.has_asked(is_forecast));
}

#[test]
fn nobody_bids_on_his_own_work_or_too_late() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjjjjjb");
    client.shows("You cannot bid on your own work");
    let mut client = Driven::signed_in(Lang::En);
    client.wait(60);
    client.press("b");
    client.shows("The auction has ended");
}

#[test]
fn buying_at_once_is_confirmed_with_the_price_that_was_seen() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjn");
    client.shows("₩2,000,000");
    client.press("y");
    let call = client.answer(
        |call| matches!(call, Call::Buy { .. }),
        Err(problem(ProblemCode::BuyNowUnavailable)),
    );
    assert!(matches!(call, Call::Buy { price, .. } if price == Money::new(2_000_000)));
    client.shows("cannot be bought at this price");
}

#[test]
fn what_cannot_be_paid_is_not_bought_but_topped_up() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jn\n");
    assert!(!client.has_asked(|call| matches!(call, Call::Buy { .. })));
    client.press("n");
    client.shows("Your wallet lacks ₩16,500,000");
    client.press("t");
    client.shows("Top up");
}

#[test]
fn a_top_up_is_sent_by_a_key_of_that_name_and_within_its_limits() {
    let mut client = Driven::signed_in(Lang::En);
    let is_charge = |call: &Call| matches!(call, Call::Charge { .. });
    client.press("3t");
    client.shows("Enter Top up");
    client.hides("Check");
    client.press("999\n");
    client.shows("This is too little: ₩1,000 is the least");
    client.send(Msg::Paste("9999999999".into()));
    client.hides("too little");
    client.press("\n");
    client.shows("This is too much");
    client.key(KeyCode::Esc);
    client.press("t");
    client.key(KeyCode::End);
    for _ in 0..6 {
        client.key(KeyCode::Backspace);
    }
    client.press("\n");
    client.shows("Type an amount");
    assert!(!client.has_asked(is_charge));
    client.press("5000\n");
    assert!(client.has_asked(is_charge));
}

#[test]
fn where_the_reserve_is_not_met_it_is_said_what_reaching_it_does() {
    let mut told = Vec::new();
    for (row, auction) in samples::auctions().iter().take(4).enumerate() {
        let mut client = Driven::signed_in(Lang::En);
        client.press(&format!("{}b", "j".repeat(row)));
        let words = "reserve is not met yet";
        let is_open = auction.has_reserve && !auction.reserve_met;
        if is_open {
            client.shows(words);
        } else {
            client.hides(words);
        }
        told.push(is_open);
    }
    assert!(told.contains(&true) && told.contains(&false), "{told:?}");
}
