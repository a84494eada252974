//! Streams: prices that move, connections that are lost, notices, and what runs when.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money, NotificationId,
    client::stream::{AuctionEvent, Item, UserEvent},
    events::{AuctionEventKind, AuctionState, Notice, NoticeKind},
};

use super::*;
use crate::{
    app::{
        links::LinkName,
        subs::{self, Sub},
    },
    ui::time::Grain,
};

pub(super) fn event(
    id: i64,
    seq: u64,
    price: i64,
    leader: &str,
    kind: AuctionEventKind,
) -> Item<AuctionEvent> {
    let auctions = samples::auctions();
    let auction = auctions.iter().find(|auction| auction.id.get() == id).unwrap();
    let state = AuctionState {
        seq,
        price: Some(Money::new(price)),
        min_next: Some(Money::new(price + 50_000)),
        leader: Some(leader.into()),
        bid_count: 99,
        ..samples::state(auction)
    };
    Item::Event(AuctionEvent { kind, state })
}

pub(super) fn notice(id: i64, kind: NoticeKind) -> Msg {
    notice_of(1, id, kind)
}

/// A notice about an auction.
pub(super) fn notice_of(auction: i64, id: i64, kind: NoticeKind) -> Msg {
    let notice = Notice {
        notification_id: NotificationId::new(id),
        auction_id: Some(AuctionId::new(auction)),
        title: Some("달빛 아래 정물".into()),
        price: Some(Money::new(560_000)),
        at: samples::now(),
    };
    Msg::Mine(Item::Event(UserEvent { kind, notice }))
}

fn lost_for(seconds: u64) -> Item<AuctionEvent> {
    Item::Lost { reason: "gone".into(), retry_in: Duration::from_secs(seconds) }
}

#[test]
fn a_price_moves_in_the_list() {
    let mut client = Driven::browsing(Lang::En);
    client.send(Msg::Live(LinkName::List, Item::Live));
    client
        .send(Msg::Live(LinkName::List, event(2, 50, 1_700_000, "z***", AuctionEventKind::TopBid)));
    client.shows("₩1,700,000");
    client.shows("● live");
}

#[test]
fn the_status_always_says_whether_it_is_live() {
    let mut client = Driven::browsing(Lang::En);
    client.shows("connecting…");
    client.send(Msg::Live(LinkName::List, Item::Live));
    client.shows("● live");
    client.send(Msg::Live(LinkName::List, lost_for(3)));
    client.shows("reconnecting in 3 s");
    client.wait(1);
    client.shows("reconnecting in 2 s");
    client.wait(20);
    client.send(Msg::Live(LinkName::List, lost_for(8)));
    client.shows("offline since 12:00:00 · next attempt in 8 s");
    client.send(Msg::Live(LinkName::List, Item::Live));
    client.shows("● live");
}

#[test]
fn after_a_gap_what_was_missed_is_read() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("\n");
    let page = LinkName::Page(AuctionId::new(1));
    client.send(Msg::Live(LinkName::List, Item::Live));
    client.send(Msg::Live(page, Item::Live));
    client.send(Msg::Mine(Item::Live));
    client.calls.clear();
    client.send(Msg::Live(LinkName::List, lost_for(1)));
    client.send(Msg::Live(page, lost_for(1)));
    client.send(Msg::Mine(Item::Lost { reason: String::new(), retry_in: Duration::ZERO }));
    assert!(client.calls.is_empty(), "it was read while the server was away");
    client.send(Msg::Live(LinkName::List, Item::Live));
    client.send(Msg::Live(page, Item::Live));
    client.send(Msg::Mine(Item::Live));
    assert!(client.has_asked(|call| matches!(call, Call::Auctions(_))));
    assert!(client.has_asked(|call| matches!(call, Call::History(..))));
    assert!(client.has_asked(|call| matches!(call, Call::Wallet)));
}

#[test]
fn being_outbid_is_seen_at_once_and_told() {
    let mut client = Driven::signed_in(Lang::En);
    client.shows("★");
    client.send(Msg::Live(LinkName::List, event(1, 50, 950_000, "z***", AuctionEventKind::TopBid)));
    client.hides("★");
    client.send(notice(1, NoticeKind::Outbid));
    client.shows("Outbid: 달빛 아래 정물");
    assert!(client.has_asked(|call| matches!(call, Call::Wallet)));
    client.wait(20);
    client.hides("Outbid:");
}

#[test]
fn a_notice_that_comes_twice_is_told_once() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(notice(1, NoticeKind::Outbid));
    client.wait(20);
    client.send(notice(1, NoticeKind::Outbid));
    client.hides("Outbid:");
    client.send(notice(2, NoticeKind::Outbid));
    client.shows("Outbid:");
}

#[test]
fn many_changes_of_the_wallet_are_read_together() {
    let mut client = Driven::signed_in(Lang::En);
    for id in 1..=20 {
        client.send(notice(id, NoticeKind::Outbid));
    }
    let reads = |client: &Driven| {
        client.calls.iter().filter(|(_, call)| matches!(call, Call::Wallet)).count()
    };
    assert_eq!(reads(&client), 1);
    let wallet = artipul_common::wallet::Wallet::default();
    client.answer(|call| matches!(call, Call::Wallet), Ok(Answer::Wallet(wallet)));
    assert_eq!(reads(&client), 1, "what changed meanwhile was not read");
    client.answer(|call| matches!(call, Call::Wallet), Ok(Answer::Wallet(wallet)));
    assert_eq!(reads(&client), 0);
}

#[test]
fn a_bid_adds_its_line_to_the_history() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("\n");
    let auction = Box::new(samples::auctions().remove(0));
    client.answer(|call| matches!(call, Call::Auction(_)), Ok(Answer::Auction(auction)));
    let mut entries = samples::history();
    let newest = entries.remove(0);
    let page = Page { items: entries, next_cursor: None };
    client.answer(|call| matches!(call, Call::History(..)), Ok(Answer::History(page)));
    client.send(Msg::Live(
        LinkName::Page(AuctionId::new(1)),
        event(1, 50, 560_000, "b***", AuctionEventKind::Extended),
    ));
    client.shows("extended!");
    let page = Page { items: vec![newest], next_cursor: None };
    let call = client.answer(|call| matches!(call, Call::History(..)), Ok(Answer::History(page)));
    assert!(matches!(call, Call::History(_, query) if query.after_seq == Some(6)));
    client.shows("₩550,000");
}

fn has(client: &Driven, wanted: impl Fn(&Sub) -> bool) -> bool {
    subs::of(&client.model).iter().any(wanted)
}

#[test]
fn nothing_runs_that_no_screen_needs() {
    let mut client = Driven::browsing(Lang::En);
    assert!(has(&client, |sub| *sub == Sub::Every(Grain::Second)));
    assert!(!has(&client, |sub| *sub == Sub::Mine), "nobody is signed in");
    client.press("3");
    let running = subs::of(&client.model);
    assert!(running.iter().all(|sub| matches!(sub, Sub::At(_))), "{running:?}");
    client.wait(60);
    assert_eq!(subs::of(&client.model), []);
}

#[test]
fn a_step_in_the_list_keeps_the_stream() {
    let mut client = Driven::browsing(Lang::En);
    let live = |client: &Driven| {
        let subs = subs::of(&client.model);
        subs.into_iter().find(|sub| matches!(sub, Sub::Live(LinkName::List, _)))
    };
    let before = live(&client);
    assert!(before.is_some());
    client.press("jjj");
    assert_eq!(live(&client), before);
}

#[test]
fn no_moment_is_waited_for_that_has_passed() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(notice(1, NoticeKind::Outbid));
    for _ in 0..30 {
        client.wait(1);
        for sub in subs::of(&client.model) {
            if let Sub::At(at) = sub {
                assert!(at > client.model.shared.uptime);
            }
        }
    }
}
