//! What administrators see and do.

use artipul_common::{
    ActionId, ChargeId, Money, UserId,
    accounts::User,
    admin::{ActionKind, AdminAction, ManagedCharge, ManagedUser, Suspension},
    wallet::{Charge, ChargeStatus},
};
use chrono::TimeDelta;

use super::{screens::everywhere, *};
use crate::app::{
    account::Who,
    office::{Filed, Office},
};

fn administrator(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    let user = User { is_admin: true, ..samples::user() };
    client.model.shared.account.who = Who::User(Box::new(user));
    client
}

fn found(id: i64, nickname: &str, suspended: bool) -> ManagedUser {
    let reason = "도난당한 이미지를 출품함".to_owned();
    let suspension = Suspension { reason, since: samples::now() - TimeDelta::days(2) };
    ManagedUser {
        user: User {
            id: UserId::new(id),
            nickname: nickname.to_owned(),
            email: format!("user{id}@example.com"),
            ..samples::user()
        },
        suspended: suspended.then_some(suspension),
        closed_at: None,
    }
}

fn is(kind: impl Fn(&Office) -> bool) -> impl Fn(&Call) -> bool {
    move |call| matches!(call, Call::Office(question) if kind(question))
}

fn filed(filed: Filed) -> Outcome {
    Ok(Answer::Filed(filed))
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, next_cursor: None }
}

fn users(lang: Lang) -> Driven {
    let mut client = administrator(lang);
    client.press("7");
    let items = vec![found(11, "달항아리", false), found(12, "위작상", true)];
    client.answer(is(|call| matches!(call, Office::Users(_))), filed(Filed::Users(page(items))));
    client
}

fn charges(lang: Lang) -> Driven {
    let mut client = users(lang);
    client.press("\n");
    let charge = |id, status| ManagedCharge {
        user_id: UserId::new(11),
        charge: Charge {
            id: ChargeId::new(id),
            amount: Money::new(500_000),
            status,
            gateway: "sandbox".to_owned(),
            checkout_url: None,
            created_at: samples::now() - TimeDelta::hours(id),
        },
    };
    let items = vec![charge(2, ChargeStatus::Paid), charge(1, ChargeStatus::Cancelled)];
    let call = client
        .answer(is(|call| matches!(call, Office::Charges(_))), filed(Filed::Charges(page(items))));
    let Call::Office(Office::Charges(query)) = call else { unreachable!() };
    assert_eq!(query.user, Some(UserId::new(11)));
    client
}

fn trail(lang: Lang) -> Driven {
    let mut client = users(lang);
    client.press("h");
    let action = |id: i64, kind, reason: &str| AdminAction {
        id: ActionId::new(id),
        admin_id: (id > 1).then(|| UserId::new(9)),
        kind,
        subject_id: 10 + id,
        reason: reason.to_owned(),
        at: samples::now() - TimeDelta::hours(30 - id),
    };
    let items = vec![
        action(3, ActionKind::WithdrawAuction, "다른 사람의 작품임이 확인되어 철회함"),
        action(2, ActionKind::SuspendUser, "도난당한 이미지를 출품함"),
        action(1, ActionKind::GrantAdmin, ""),
    ];
    client.answer(is(|call| matches!(call, Office::Trail(_))), filed(Filed::Trail(page(items))));
    client
}

/// The user is to be suspended, and it is asked whether that is meant.
fn suspending(lang: Lang) -> Driven {
    let mut client = users(lang);
    client.press("xStolen pictures\n");
    client
}

#[test]
fn what_administrators_see() {
    everywhere("users", users);
    everywhere("charges", charges);
    everywhere("trail", trail);
    everywhere("suspending", |lang| {
        let mut client = users(lang);
        client.press("x");
        client
    });
    everywhere("suspending_sure", suspending);
}

#[test]
fn others_do_not_get_there() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("7");
    client.hides("Trail");
    client.press(":house");
    client.hides("Go to House");
    client.press("\u{1b}\nX");
    client.hides("Reason");
}

#[test]
fn a_user_is_suspended_with_a_reason_after_a_question() {
    let mut client = users(Lang::En);
    client.press("x\n");
    client.shows("! is needed");
    let mut client = suspending(Lang::En);
    client.shows("Go on?");
    assert!(!client.has_asked(is(|call| matches!(call, Office::SuspendUser(..)))));
    client.press("n");
    client.shows("Stolen pictures");
    client.press("\ny");
    let call = client.answer(is(|call| matches!(call, Office::SuspendUser(..))), Ok(Answer::Done));
    let Call::Office(Office::SuspendUser(id, reason)) = call else { unreachable!() };
    assert_eq!((id.get(), reason.as_str()), (11, "Stolen pictures"));
    client.shows("The user is suspended");
    client.hides("Go on?");
    assert!(client.has_asked(is(|call| matches!(call, Office::Users(_)))), "not read again");
}

#[test]
fn what_cannot_be_done_is_not_offered() {
    let mut client = users(Lang::En);
    client.shows("x Suspend the user");
    client.hides("Let the user in");
    client.press("j");
    client.hides("Suspend the user");
    client.shows("o Let the user in");
    client.press("oy");
    client.hides("Go on?");
    let mut client = charges(Lang::En);
    client.press("ju");
    client.hides("Reason *");
    client.press("k");
    client.shows("u Give it back");
}

#[test]
fn users_are_looked_for() {
    let mut client = users(Lang::En);
    client.press("/mina@example.com\n");
    let call = client
        .answer(is(|call| matches!(call, Office::Users(_))), filed(Filed::Users(page(Vec::new()))));
    let Call::Office(Office::Users(query)) = call else { unreachable!() };
    assert_eq!(query.q.as_deref(), Some("mina@example.com"));
    client.shows("Nobody was found");
    client.press("\u{1b}");
    let call = client.take(is(|call| matches!(call, Office::Users(_)))).unwrap().1;
    assert!(matches!(call, Call::Office(Office::Users(query)) if query.q.is_none()));
}

#[test]
fn a_refund_is_asked_about_with_its_amount() {
    let mut client = charges(Lang::En);
    client.press("uBy mistake\n");
    client.shows("₩500,000");
    client.press("y");
    let refund = is(|call| matches!(call, Office::Refund(id, _) if id.get() == 2));
    client.answer(refund, Err(problem(ProblemCode::ChargeNotCancellable)));
    client.shows("This top-up cannot be cancelled");
    client.shows("By mistake");
}

#[test]
fn an_auction_is_withdrawn_from_its_page_or_by_its_number() {
    let mut client = administrator(Lang::En);
    client.press("\n");
    let auction = Box::new(samples::auctions().remove(0));
    let id = auction.id;
    client.answer(|call| matches!(call, Call::Auction(_)), Ok(Answer::Auction(auction)));
    client.press("XNot the seller's own\n");
    client.press("y");
    let withdrawn = is(|call| matches!(call, Office::Withdraw(found, _) if *found == id));
    client.answer(withdrawn, Ok(Answer::Done));
    client.shows("The auction is withdrawn");
    let mut client = users(Lang::En);
    client.press("Xnone\tNot the seller's own\n");
    client.shows("! is not of the right form");
    for _ in 0..4 {
        client.key(KeyCode::Backspace);
    }
    client.press("#42\t\n");
    client.press("y");
    assert!(
        client
            .has_asked(is(|call| matches!(call, Office::Withdraw(found, _) if found.get() == 42)))
    );
}
