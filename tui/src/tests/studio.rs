//! The studio: the artist's lists, his proceeds, and what he does with a work.

use artipul_common::{
    AuctionId, Money,
    auctions::{Auction, EditAuctionRequest, Outcome as Result, Phase},
    client::stream::{Item, UserEvent},
    events::{Notice, NoticeKind},
    mine::Summary,
    problem::FieldError,
};
use chrono::TimeDelta;
use crossterm::event::KeyModifiers;

use super::*;

fn own(id: i64) -> Auction {
    let mut auction = samples::auctions().remove(usize::try_from(id % 9).unwrap());
    auction.id = AuctionId::new(id);
    auction.seller.id = samples::user().id;
    auction.me = None;
    auction.reserve_price = auction.has_reserve.then_some(Money::new(800_000));
    auction
}

pub(super) fn open_works() -> Vec<Auction> {
    let mut works: Vec<Auction> = (0..5).map(|id| own(40 + id)).collect();
    works[0].reserve_met = true;
    works
}

pub(super) fn draft(id: i64) -> Auction {
    Auction {
        phase: Phase::Draft,
        price: None,
        leader: None,
        bid_count: 0,
        buy_now_price: Some(Money::new(20_000_000)),
        starts_at: samples::now() - TimeDelta::hours(1),
        ..own(id)
    }
}

fn ended(id: i64, outcome: Result) -> Auction {
    let mut auction = own(id);
    auction.phase = Phase::Ended;
    auction.outcome = Some(outcome);
    auction.min_next = None;
    auction.ends_at = samples::now() - TimeDelta::hours(id);
    if outcome == Result::Cancelled {
        (auction.price, auction.leader, auction.bid_count) = (None, None, 0);
    }
    auction
}

fn ended_works() -> Vec<Auction> {
    vec![
        Auction { has_reserve: true, ..ended(19, Result::Unsold) },
        ended(21, Result::Sold),
        ended(22, Result::Sold),
        ended(23, Result::Cancelled),
    ]
}

pub(super) fn asks_for(phase: Phase) -> impl Fn(&Call) -> bool {
    move |call| matches!(call, Call::MyAuctions(query) if query.phase == Some(phase))
}

fn page(items: Vec<Auction>) -> Outcome {
    Ok(Answer::Auctions(Page { items, next_cursor: None }))
}

fn summary() -> Summary {
    Summary {
        selling: 5,
        upcoming: 1,
        drafts: 2,
        sold: 2,
        unsold: 1,
        cancelled: 1,
        unread: 2,
        ..Summary::default()
    }
}

/// The studio with open works and the proceeds read.
pub(super) fn studio(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    client.model.shared.account.summary = Some(summary());
    client.press("4");
    client.answer(asks_for(Phase::Ended), page(ended_works()));
    client.answer(asks_for(Phase::Open), page(open_works()));
    client
}

/// Answers what a tab asks for.
pub(super) fn fill_tab(client: &mut Driven, name: &str) {
    match name {
        "drafts" => {
            let mut with_pictures = draft(31);
            with_pictures.images = vec![image("a"), image("b")];
            client.answer(asks_for(Phase::Draft), page(vec![draft(30), with_pictures]))
        }
        _ => client.answer(asks_for(Phase::Ended), page(ended_works())),
    };
}

pub(super) fn image(name: &str) -> artipul_common::auctions::Image {
    artipul_common::auctions::Image {
        name: format!("{name}.png"),
        width: 64,
        height: 48,
        url: format!("/v1/images/{name}.png"),
    }
}

pub(super) fn drafts(lang: Lang) -> Driven {
    let mut client = studio(lang);
    client.press("ll");
    fill_tab(&mut client, "drafts");
    client
}

fn ctrl(c: char) -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

fn is_edit(call: &Call) -> bool {
    matches!(call, Call::EditAuction(..))
}

#[track_caller]
fn edit(client: &mut Driven, outcome: Outcome) -> EditAuctionRequest {
    match client.answer(is_edit, outcome) {
        Call::EditAuction(_, edit, _) => *edit,
        call => panic!("{call:?} is no edit"),
    }
}

#[test]
fn each_tab_asks_for_its_phase_and_keeps_what_it_read() {
    let mut client = studio(Lang::En);
    client.press("l");
    client.answer(asks_for(Phase::Upcoming), page(Vec::new()));
    client.shows("waits for its start");
    client.press("h");
    client.shows("Study for a Portrait");
    assert!(!client.has_asked(asks_for(Phase::Open)), "the same list was read twice");
}

#[test]
fn ended_works_are_parted_into_sold_and_unsold() {
    let mut client = studio(Lang::En);
    client.press("lll");
    client.answer(asks_for(Phase::Ended), page(ended_works()));
    assert_eq!(client.model.studio.selected(), Some(AuctionId::new(21)));
    client.hides("withdrawn");
    client.press("l");
    client.answer(asks_for(Phase::Ended), page(ended_works()));
    client.shows("below reserve");
    client.shows("withdrawn");
}

#[test]
fn the_proceeds_are_summed_from_what_was_sold() {
    let client = studio(Lang::En);
    let sum: i64 = ended_works()
        .iter()
        .filter(|auction| auction.outcome == Some(Result::Sold))
        .map(|auction| auction.price.unwrap().points())
        .sum();
    client.shows(&format!("Proceeds  {}  2 sold", crate::ui::money::won(Money::new(sum))));
}

#[test]
fn proceeds_of_many_sales_say_how_many_are_summed() {
    let mut client = Driven::signed_in(Lang::En);
    client.model.shared.account.summary = Some(Summary { sold: 5_000, ..summary() });
    client.press("4");
    for _ in 0..10 {
        let items = vec![ended(21, Result::Sold)];
        let next = Page { items, next_cursor: Some("more".into()) };
        client.answer(asks_for(Phase::Ended), Ok(Answer::Auctions(next)));
    }
    assert!(!client.has_asked(asks_for(Phase::Ended)), "it reads without an end");
    client.shows("the latest 10 of 5000 sold");
}

#[test]
fn a_sale_updates_lists_and_proceeds() {
    let mut client = studio(Lang::En);
    let notice = Notice {
        notification_id: artipul_common::NotificationId::new(77),
        auction_id: Some(AuctionId::new(40)),
        title: Some("달빛 아래 정물".into()),
        price: Some(Money::new(900_000)),
        at: samples::now(),
    };
    client.send(Msg::Mine(Item::Event(UserEvent { kind: NoticeKind::Sold, notice })));
    client.answer(asks_for(Phase::Open), page(open_works().split_off(1)));
    let sold = Summary { selling: 4, sold: 3, ..summary() };
    client.answer(|call| matches!(call, Call::Summary), Ok(Answer::Summary(sold)));
    let mut works = ended_works();
    works.push(Auction { price: Some(Money::new(900_000)), ..ended(40, Result::Sold) });
    client.answer(asks_for(Phase::Ended), page(works));
    client.shows("3 sold");
    client.shows("Selling 4");
}

#[test]
fn a_live_price_moves_the_row() {
    let mut client = studio(Lang::En);
    assert!(client.model.studio.live_ids().contains(&AuctionId::new(41)));
    let auction = own(41);
    let state = artipul_common::events::AuctionState {
        seq: auction.seq + 1,
        price: Some(Money::new(7_654_000)),
        ..samples::state(&auction)
    };
    let kind = artipul_common::events::AuctionEventKind::TopBid;
    let event = artipul_common::client::stream::AuctionEvent { kind, state };
    client.send(Msg::Live(crate::app::links::LinkName::List, Item::Event(event)));
    client.shows("₩7,654,000");
}

#[test]
fn only_what_holds_is_offered_and_done() {
    let mut client = studio(Lang::En);
    client.hides("e Change");
    client.press("e");
    client.shows("Proceeds");
    client.press("x");
    client.hides("cannot be undone");
    let mut client = drafts(Lang::En);
    client.shows("e Change");
    client.shows("p Put on offer");
    client.hides("o Offer again");
    client.press("o");
    client.shows("Proceeds");
}

#[test]
fn a_change_sends_only_what_changed() {
    let mut client = drafts(Lang::En);
    client.press("e!");
    client.send(ctrl('s'));
    let mut taken = draft(30);
    taken.title += "!";
    let request = edit(&mut client, Ok(Answer::Auction(Box::new(taken.clone()))));
    let expected =
        EditAuctionRequest { title: Some(taken.title.clone()), ..EditAuctionRequest::default() };
    assert_eq!(request, expected);
    client.shows("The changes are saved");
    client.shows("Proceeds");
}

#[test]
fn a_form_without_changes_sends_nothing() {
    let mut client = drafts(Lang::En);
    client.press("e");
    client.send(ctrl('s'));
    assert!(!client.has_asked(is_edit));
    client.shows("Nothing was changed");
}

#[test]
fn an_emptied_field_is_emptied_on_the_server() {
    let mut client = drafts(Lang::En);
    client.press("e\t\t\t\t");
    client.send(ctrl('u'));
    client.send(ctrl('s'));
    let request = edit(&mut client, Err(lost()));
    assert_eq!(request.buy_now_price, Some(None));
    assert_eq!(request.start_price, None);
}

#[test]
fn a_conflict_is_told_and_loses_nothing() {
    let mut client = drafts(Lang::En);
    client.press("e kept");
    client.send(ctrl('s'));
    edit(&mut client, Err(problem(ProblemCode::AuctionHasBids)));
    client.shows("There are bids");
    client.shows("What you typed is still here");
    client.shows(" kept");
}

#[test]
fn what_the_server_refuses_stands_at_its_field() {
    let mut client = drafts(Lang::En);
    client.press("e!");
    client.send(ctrl('s'));
    let refusal = Problem {
        errors: vec![FieldError::new("ends_at", "in-past", "")],
        ..Problem::new(ProblemCode::ValidationFailed, "")
    };
    edit(&mut client, Err(ClientError::Problem(Box::new(refusal))));
    client.shows("! is in the past");
}

#[test]
fn a_draft_is_changed_and_published_at_once() {
    let mut client = drafts(Lang::En);
    client.press("e!");
    client.key(KeyCode::BackTab);
    client.press("\n");
    let request = edit(&mut client, Err(lost()));
    assert_eq!(request.draft, Some(false));
    assert!(request.title.is_some());
}

#[test]
fn a_draft_is_published_and_found_where_it_stands() {
    let mut client = drafts(Lang::En);
    client.press("p");
    let auction = Auction { phase: Phase::Open, ..draft(30) };
    let request = edit(&mut client, Ok(Answer::Auction(Box::new(auction.clone()))));
    assert_eq!(request.draft, Some(false));
    let mut works = open_works();
    works.push(auction);
    client.answer(asks_for(Phase::Open), page(works));
    assert_eq!(client.model.studio.selected(), Some(AuctionId::new(30)));
}

#[test]
fn a_work_is_withdrawn_after_a_question() {
    let mut client = drafts(Lang::En);
    client.press("x");
    client.shows("The draft is deleted");
    client.shows(&format!("│ {}", draft(30).title));
    client.press("n");
    assert!(!client.has_asked(|call| matches!(call, Call::CancelAuction(_))));
    client.press("xy");
    client.answer(|call| matches!(call, Call::CancelAuction(_)), Ok(Answer::Done));
    assert!(client.has_asked(asks_for(Phase::Draft)), "the list is not read again");
}

#[test]
fn an_unsold_work_is_offered_again_on_new_terms() {
    let mut client = studio(Lang::En);
    client.press("llll");
    fill_tab(&mut client, "unsold");
    client.press("o");
    client.shows("Offer again:");
    client.send(ctrl('u'));
    client.press("250000");
    client.send(ctrl('s'));
    let relists = |call: &Call| matches!(call, Call::Relist { .. });
    let auction = Auction { phase: Phase::Open, ..own(60) };
    let call = client.answer(relists, Ok(Answer::Auction(Box::new(auction))));
    let Call::Relist { auction, terms, key } = call else { unreachable!() };
    assert_eq!((auction, terms.start_price), (AuctionId::new(19), Money::new(250_000)));
    assert!(!key.is_empty() && !terms.draft);
    client.shows("The work is on offer");
}

#[test]
fn a_start_may_be_scheduled_and_a_draft_kept() {
    let mut client = studio(Lang::En);
    client.press("n달\t\t10000\t\t\t\t2d");
    client.shows("Starts 2026-11-24 12:00, ends");
    client.key(KeyCode::BackTab);
    for _ in 0..6 {
        client.key(KeyCode::BackTab);
    }
    client.press("\n");
    let lists = |call: &Call| matches!(call, Call::ListWork { .. });
    let Some((_, Call::ListWork { work, .. })) = client.take(lists) else { panic!("not sent") };
    assert!(work.draft);
    assert_eq!(work.starts_at, Some(samples::now() + TimeDelta::days(2)));
}

#[test]
fn a_form_with_text_is_left_after_a_question() {
    let mut client = studio(Lang::En);
    client.press("n\u{1b}");
    client.shows("Proceeds");
    client.press("nA title\u{1b}");
    client.shows("will be lost");
    client.press("n");
    client.shows("A title");
    client.press("\u{1b}y");
    client.shows("Proceeds");
}

#[test]
fn the_bids_of_the_selected_work_are_read_one_at_a_time() {
    let mut client = studio(Lang::En);
    client.send(Msg::Resized(120, 40));
    client.press("jj");
    let asked = client.calls.iter().filter(|(_, call)| matches!(call, Call::History(..))).count();
    assert_eq!(asked, 1);
    let history = Page { items: samples::history(), next_cursor: None };
    let call =
        client.answer(|call| matches!(call, Call::History(..)), Ok(Answer::History(history)));
    assert!(matches!(call, Call::History(id, _) if id == AuctionId::new(40)));
    client.hides("Newest bids");
}

fn reads_it(call: &Call) -> bool {
    matches!(call, Call::AuctionToEdit(_))
}

fn version(number: u8) -> Option<String> {
    Some(format!("\"{number}\""))
}

fn as_it_is(auction: Auction, number: u8) -> Outcome {
    Ok(Answer::AuctionToEdit(Box::new(auction), version(number)))
}

#[test]
fn somebody_elses_change_is_told_and_nothing_typed_is_lost() {
    let mut client = drafts(Lang::En);
    client.press("e");
    client.answer(reads_it, as_it_is(draft(30), 3));
    client.press(" mine");
    client.send(ctrl('s'));
    let refused = Err(problem(ProblemCode::PreconditionFailed));
    let Call::EditAuction(_, _, named) = client.answer(is_edit, refused) else { unreachable!() };
    assert_eq!(named, version(3));
    client.shows("changed elsewhere meanwhile");
    let newer =
        Auction { title: "Theirs".into(), medium: Some("ink on paper".into()), ..draft(30) };
    client.answer(reads_it, as_it_is(newer, 4));
    client.shows(" mine");
    client.shows("now: Theirs");
    client.shows("ink on paper");
    client.shows("[ Save ]");
    client.send(ctrl('s'));
    let call = client.take(is_edit).unwrap().1;
    let Call::EditAuction(_, changes, named) = call else { unreachable!() };
    assert_eq!(named, version(4));
    let title = Some(format!("{} mine", draft(30).title));
    assert_eq!(*changes, EditAuctionRequest { title, ..EditAuctionRequest::default() });
}

#[test]
fn a_form_shows_what_stands_on_the_server() {
    let mut client = drafts(Lang::En);
    client.press("e");
    let newer = Auction { start_price: Money::new(123_000), ..draft(30) };
    client.answer(reads_it, as_it_is(newer, 9));
    client.shows("123,000");
    client.send(ctrl('s'));
    client.shows("Nothing was changed");
}

#[test]
fn the_first_error_and_the_buttons_are_in_sight_together() {
    for (width, height) in [(80, 24), (60, 16)] {
        let mut client = studio(Lang::En);
        client.send(Msg::Resized(width, height));
        client.press("n");
        client.send(ctrl('s'));
        client.shows("Title *");
        client.shows("! is needed");
        client.shows("[ List it ]");
        // The last field of all is wrong.
        let mut client = drafts(Lang::En);
        client.send(Msg::Resized(width, height));
        client.press("e!");
        client.send(ctrl('s'));
        let errors = vec![FieldError::new("description", "too-long", "")];
        let refusal = Problem { errors, ..Problem::new(ProblemCode::ValidationFailed, "") };
        edit(&mut client, Err(ClientError::Problem(Box::new(refusal))));
        client.shows("! is too long");
        client.shows("[ Save ]");
    }
}

fn upcoming(id: i64, minutes: i64) -> Auction {
    let starts_at = samples::now() + TimeDelta::minutes(minutes);
    Auction { phase: Phase::Upcoming, starts_at, ..draft(id) }
}

#[test]
fn a_work_that_starts_is_read_again_once() {
    let mut client = studio(Lang::En);
    client.press("l");
    client.answer(asks_for(Phase::Upcoming), page(vec![upcoming(50, 2), upcoming(51, 90)]));
    client.wait(60);
    assert!(!client.has_asked(asks_for(Phase::Upcoming)));
    client.wait(61);
    client.wait(0);
    // The server's clock is a moment behind.
    client.answer(asks_for(Phase::Upcoming), page(vec![upcoming(50, 2), upcoming(51, 90)]));
    client.wait(1);
    assert!(!client.has_asked(asks_for(Phase::Upcoming)), "it is asked without an end");
    client.press("h");
    let mut works = open_works();
    works.push(Auction { phase: Phase::Open, ..upcoming(50, 2) });
    client.answer(asks_for(Phase::Open), page(works));
    client.shows("Selling 5");
}

#[test]
fn it_is_known_when_the_next_work_starts() {
    let mut client = studio(Lang::En);
    client.press("l");
    client.answer(asks_for(Phase::Upcoming), page(vec![upcoming(50, 2), upcoming(51, 90)]));
    client.press("h");
    let uptime = client.model.shared.uptime;
    let next = client.model.studio.next_start(&client.model.shared).unwrap();
    assert_eq!((next - uptime).as_secs(), 120);
}
