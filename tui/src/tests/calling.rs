//! Calling the user: bidding again from the message that he was outbid, notices that are read,
//! and what a terminal that nobody looks at is told.

use artipul_common::{
    AuctionId, Money, NotificationId,
    auctions::Auction,
    client::stream::Item,
    events::{AuctionEventKind, NoticeKind},
    mine::{Notification, ReadRequest},
    page::Page,
};

use super::{
    live::{event, notice, notice_of},
    *,
};
use crate::{
    app::{
        links::LinkName,
        subs::{self, Sub},
    },
    config::Notify,
};

/// One who was just outbid in the first auction.
fn outbid() -> Driven {
    let mut client = Driven::signed_in(Lang::En);
    let moved = event(1, 50, 950_000, "z***", AuctionEventKind::TopBid);
    client.send(Msg::Live(LinkName::List, moved));
    client.send(notice(1, NoticeKind::Outbid));
    client
}

#[test]
fn one_key_bids_again_with_the_least_that_is_needed() {
    let mut client = outbid();
    client.shows("a Bid again (from ₩1,000,000)");
    client.press("jja");
    client.shows("Maximum  ₩1,000,000");
    client.hides("Outbid:");
}

#[test]
fn the_key_works_wherever_no_text_is_typed() {
    for keys in ["3", "5", "?", "jj\n", "4\u{1b}"] {
        let mut client = Driven::signed_in(Lang::En);
        client.press(keys);
        client.send(notice(1, NoticeKind::Outbid));
        client.press("a");
        client.shows("Maximum  ₩560,000");
    }
    let mut client = outbid();
    client.press("/");
    client.hides("a Bid again");
    client.press("a");
    client.shows("/ a");
}

#[test]
fn the_key_goes_with_the_message() {
    let mut client = outbid();
    client.wait(20);
    client.press("a");
    client.hides("Maximum  ");
    let mut client = outbid();
    client.send(notice(2, NoticeKind::Leading));
    client.press("a");
    client.hides("Maximum  ");
}

#[test]
fn an_auction_that_is_not_known_here_is_read_before_it_is_bid_on() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(notice_of(77, 1, NoticeKind::Outbid));
    client.calls.clear();
    client.shows("a Bid again");
    client.press("a");
    client.hides("Maximum  ");
    let auction = Auction { me: None, ..samples::auction(77) };
    let answer = Ok(Answer::Auction(Box::new(auction)));
    client.answer(|call| matches!(call, Call::Auction(id) if id.get() == 77), answer);
    client.shows("Maximum  ₩560,000");
    let follows = |sub: &Sub| matches!(sub, Sub::Live(_, ids) if ids == &[AuctionId::new(77)]);
    assert!(subs::of(&client.model).iter().any(follows), "its price does not move");
}

fn is_marking(call: &Call) -> bool {
    matches!(call, Call::MarkRead(_))
}

/// Among three notices, of which the first is read.
fn notices(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    client.press("5");
    let kinds = [NoticeKind::Won, NoticeKind::Outbid, NoticeKind::Charged];
    let items = (1..).zip(kinds).map(|(id, kind)| Notification {
        id: NotificationId::new(10 - id),
        kind,
        auction_id: (kind != NoticeKind::Charged).then_some(AuctionId::new(1)),
        title: Some("달빛 아래 정물".into()),
        price: Some(Money::new(560_000)),
        at: samples::now(),
        read: kind == NoticeKind::Won,
    });
    let page = Page { items: items.collect(), next_cursor: None };
    client.answer(|call| matches!(call, Call::Notifications(_)), Ok(Answer::Notifications(page)));
    client
}

#[test]
fn one_notice_is_marked_or_all_that_are_seen() {
    let marked = |client: &mut Driven| match client.take(is_marking) {
        Some((_, Call::MarkRead(request))) => Some(request),
        _ => None,
    };
    let mut client = notices(Lang::En);
    client.press("m");
    assert_eq!(marked(&mut client), None, "it is read already");
    client.press("jm");
    let only = ReadRequest { only: Some(NotificationId::new(8)), up_to: None };
    assert_eq!(marked(&mut client), Some(only));
    client.press("c");
    let all = ReadRequest { only: None, up_to: Some(NotificationId::new(9)) };
    assert_eq!(marked(&mut client), Some(all));
}

#[test]
fn whoever_was_outbid_bids_again_from_the_notice() {
    let mut client = notices(Lang::En);
    client.press("a");
    client.hides("Maximum  ");
    client.press("ja");
    client.shows("Maximum  ₩901,000");
    assert!(client.has_asked(is_marking), "what was answered is not read");
}

#[test]
fn a_watched_work_that_moves_unseen_is_told() {
    let mut client = Driven::signed_in(Lang::En);
    let moved =
        |seq| Msg::Live(LinkName::List, event(5, seq, 95_000, "z***", AuctionEventKind::TopBid));
    client.send(moved(50));
    client.hides("Watched:");
    client.press("\n");
    client.send(moved(51));
    client.shows("Watched: Study for a Portrait · price ₩95,000");
}

#[test]
fn a_terminal_that_nobody_looks_at_is_told_aloud() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(notice(1, NoticeKind::Outbid));
    client.send(Msg::Focus(true));
    client.send(notice(2, NoticeKind::EndingSoon));
    assert_eq!(client.speeches, []);
    client.send(Msg::Focus(false));
    client.send(notice(3, NoticeKind::Outbid));
    let [Speech::Notify(words)] = client.speeches.as_slice() else {
        panic!("{:?}", client.speeches)
    };
    assert!(words.contains("달빛 아래 정물"));
    client.model.shared.notify = Notify::Bell;
    client.send(notice(4, NoticeKind::Won));
    assert_eq!(client.speeches.last(), Some(&Speech::Bell));
}

#[test]
fn what_a_stream_brings_again_is_not_told_again() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(Msg::Focus(false));
    for _ in 0..2 {
        client.send(notice(1, NoticeKind::Outbid));
        client.send(Msg::Mine(Item::Live));
    }
    assert_eq!(client.speeches.len(), 1);
}

fn is_bid(call: &Call) -> bool {
    matches!(call, Call::Bid { .. })
}

#[test]
fn what_is_shown_is_copied_as_a_command() {
    for (keys, command) in [
        ("", "artipul browse"),
        (
            "lpo/it's\n",
            r"artipul browse --genre=painting --phase=upcoming --sort=newest '--query=it'\''s'",
        ),
        ("j\n", "artipul show 2"),
        ("j\ni", "artipul show 2"),
        ("2l", "artipul mine participations --state outbid"),
        ("3", "artipul wallet"),
        ("3t", "artipul charge 100000"),
        ("5", "artipul notices"),
        ("jjb", "artipul bid 3 300000"),
    ] {
        let mut client = Driven::signed_in(Lang::En);
        client.press(keys);
        client.press("y");
        assert_eq!(client.speeches, [Speech::Copy(command.into())], "after {keys:?}");
        client.shows("Copied: artipul");
    }
}

#[test]
fn a_bid_that_came_out_is_copied_with_the_server_that_was_named() {
    let mut client = Driven::signed_in(Lang::En);
    client.model.shared.server_named = true;
    client.press("jjb\n");
    let forecast = artipul_common::bids::BidForecast {
        would_be_accepted: true,
        would_buy: false,
        would_extend: false,
        holds: Money::new(300_000),
    };
    client.answer(|call| matches!(call, Call::Forecast(..)), Ok(Answer::Forecast(forecast)));
    client.press("y");
    client.answer(is_bid, Err(problem(ProblemCode::AuctionEnded)));
    client.press("y");
    let command = "artipul --server http://127.0.0.1:7410 bid 3 300000";
    assert_eq!(client.speeches, [Speech::Copy(command.into())]);
}

#[test]
fn where_there_is_no_command_nothing_is_copied() {
    let mut client = Driven::new(samples::signed_in(Lang::En));
    client.press("4\u{1b}s");
    client.press("n?");
    client.press("\u{1b}");
    client.model.section = crate::app::model::Section::Sell;
    client.model.shared.account.sign_out();
    client.press("y");
    client.shows("There is no command for this screen");
    assert_eq!(client.speeches, []);
}
