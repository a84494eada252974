//! Whether random histories get anywhere: how many of them reach what the properties are about.

use std::collections::{BTreeMap, BTreeSet};

use artipul_common::{Money, auctions::Outcome, bids::BidResult};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::{
    history,
    room::{self, Moment, Order, Reply},
};
use crate::auction::{Accepted, Auction, Refusal, Status};

const HISTORIES: usize = 1_000;

/// What a history may reach, and how many of a hundred reach it at least: about half of what they
/// do.
const EXPECTED: [(&str, usize); 31] = [
    ("first bid", 60),
    ("challenger above the maximum", 30),
    ("challenger below the maximum", 15),
    ("tie", 12),
    ("reserve met by a later bid", 9),
    ("raise that meets the reserve", 4),
    ("invisible raise", 25),
    ("late invisible raise", 12),
    ("bid of the last point", 2),
    ("extended", 25),
    ("extended to the cap", 2),
    ("sold by closing", 30),
    ("unsold below the reserve", 6),
    ("unsold without a bid", 20),
    ("closer in vain", 30),
    ("bought by a bid", 9),
    ("bought at the asking price", 3),
    ("cancelled", 2),
    ("edited", 1),
    ("refused: not found", 1),
    ("refused: not open", 3),
    ("refused: not started", 8),
    ("refused: ended", 30),
    ("refused: own auction", 25),
    ("refused: invalid amount", 15),
    ("refused: too low", 30),
    ("refused: not at this price", 8),
    ("refused: points", 20),
    ("refused: not the seller", 12),
    ("refused: has bids", 10),
    ("refused: terms", 1),
];

fn events_of_bid(moment: &Moment, accepted: &Accepted) -> Vec<&'static str> {
    let (before, after) = moment.auction();
    let Order::Bid { bidder, maximum } = moment.command.order else {
        return vec!["bought at the asking price"];
    };
    if accepted.result == BidResult::Bought {
        return vec!["bought by a bid"];
    }
    let mut events = Vec::new();
    let own = before.lead.filter(|lead| lead.bidder == bidder);
    let is_raise = own.is_some();
    if moment.before.available(bidder) + own.map_or(Money::ZERO, |lead| lead.maximum) == maximum {
        events.push("bid of the last point");
    }
    match before.lead {
        None => events.push("first bid"),
        Some(_) if is_raise && accepted.is_public => events.push("raise that meets the reserve"),
        Some(_) if is_raise => events.push("invisible raise"),
        Some(lead) if maximum == lead.maximum => events.push("tie"),
        Some(lead) if maximum < lead.maximum => events.push("challenger below the maximum"),
        Some(_) => events.push("challenger above the maximum"),
    }
    if accepted.extended {
        events.push("extended");
    }
    let cap = after.terms.scheduled_end + moment.after.house.max_extension;
    if accepted.extended && after.ends_at == cap {
        events.push("extended to the cap");
    }
    if is_raise && !accepted.is_public && is_late(moment, before) {
        events.push("late invisible raise");
    }
    if before.lead.is_some() && before.reserve_met() != after.reserve_met() {
        events.push("reserve met by a later bid");
    }
    events
}

fn is_late(moment: &Moment, auction: &Auction) -> bool {
    auction.ends_at - room::at(moment.command.at) < moment.before.house.soft_close
}

fn events_of_closing(auction: &Auction) -> Vec<&'static str> {
    match (auction.status, auction.lead) {
        (Status::Ended(Outcome::Sold), _) => vec!["sold by closing"],
        (_, Some(_)) => vec!["unsold below the reserve"],
        (_, None) => vec!["unsold without a bid"],
    }
}

fn event_of_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "refused: not found",
        Refusal::NotOpen => "refused: not open",
        Refusal::NotStarted => "refused: not started",
        Refusal::Ended => "refused: ended",
        Refusal::OwnAuction => "refused: own auction",
        Refusal::InvalidAmount => "refused: invalid amount",
        Refusal::TooLow { .. } => "refused: too low",
        Refusal::BuyNowUnavailable => "refused: not at this price",
        Refusal::InsufficientPoints { .. } => "refused: points",
        Refusal::NotSeller => "refused: not the seller",
        Refusal::HasBids => "refused: has bids",
    }
}

fn events(moment: &Moment) -> Vec<&'static str> {
    match &moment.reply {
        Reply::Accepted(accepted) => events_of_bid(moment, accepted),
        Reply::ClosedBy(0) => vec!["closer in vain"],
        Reply::ClosedBy(_) => events_of_closing(moment.auction().1),
        Reply::Changed if matches!(moment.command.order, Order::Cancel { .. }) => vec!["cancelled"],
        Reply::Changed => vec!["edited"],
        Reply::Refused(refusal) => vec![event_of_refusal(refusal)],
        Reply::TermsRefused => vec!["refused: terms"],
    }
}

#[test]
fn histories_reach_everything_that_can_happen() {
    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..HISTORIES {
        let history = history::history().new_tree(&mut runner).expect("a history").current();
        let moments = room::play(&history);
        for event in moments.iter().flat_map(events).collect::<BTreeSet<_>>() {
            *reached.entry(event).or_default() += 1;
        }
    }
    for (event, percent) in EXPECTED {
        let histories = reached.remove(event).unwrap_or_default();
        assert!(histories * 100 >= percent * HISTORIES, "{event}: {histories} of {HISTORIES}");
    }
    assert!(reached.is_empty(), "not expected: {reached:?}");
}
