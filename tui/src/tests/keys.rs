//! Keys that the settings choose, and the list of all that can be done.

use std::sync::Arc;

use artipul_common::auctions::{AuctionQuery, Sort};
use crossterm::event::KeyModifiers;

use super::*;
use crate::{app::model::Section, keymap::remap};

fn remapped(settings: &str) -> Driven {
    let mut client = Driven::signed_in(Lang::En);
    client.model.shared.keymap = Arc::new(remap::read(settings).unwrap());
    client
}

fn ctrl(client: &mut Driven, c: char) {
    client.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)));
}

#[test]
fn chosen_keys_work_and_are_what_is_shown() {
    let mut client =
        remapped("[keys]\nbid = 'e'\nhelp = 'f9'\nshow-browse = '9'\n[keys.browse]\nsort = 'f5'\n");
    client.shows("e Bid");
    client.shows("9 Browse");
    client.shows("F5 ending soonest");
    client.shows("F9 Help");
    client.press("b");
    client.hides("Maximum  ");
    client.press("e");
    client.shows("Maximum  ");
    client.key(KeyCode::Esc);
    client.key(KeyCode::F(9));
    client.shows("F5");
}

#[test]
fn hints_name_the_chosen_keys() {
    let mut client = remapped("[keys]\nrefresh = 'f5'\n");
    client.press("3");
    let failed = Err(problem(ProblemCode::Internal));
    client.answer(|call| matches!(call, Call::Entries(_)), failed);
    client.shows("Press F5 to try again.");
}

#[test]
fn suspending_is_an_effect_and_coming_back_another() {
    let mut client = Driven::browsing(Lang::En);
    ctrl(&mut client, 'z');
    assert!(matches!(client.terminal.as_slice(), [Effect::Suspend]));
    client.send(Msg::Continued(100, 30));
    assert!(matches!(client.terminal.as_slice(), [Effect::Suspend, Effect::TakeBack]));
    assert_eq!(client.model.shared.size, ratatui::layout::Size::new(100, 30));
}

#[test]
fn all_that_can_be_done_is_found_by_a_few_letters() {
    let mut client = Driven::signed_in(Lang::En);
    client.press(":");
    client.shows("Buy now");
    client.press("wallet");
    client.hides("Buy now");
    client.press("\n");
    assert_eq!(client.model.section, Section::Wallet);
    assert!(client.model.dialogs.is_empty());
}

fn query(client: &mut Driven) -> AuctionQuery {
    match client.take(|call| matches!(call, Call::Auctions(_))) {
        Some((_, Call::Auctions(query))) => query,
        _ => panic!("no list was asked for"),
    }
}

#[test]
fn a_genre_is_found_by_its_initials_and_an_order_in_the_other_language() {
    let mut client = Driven::signed_in(Lang::Ko);
    client.press("3");
    ctrl(&mut client, 'p');
    client.press("ㄷㅇㅎ\n");
    assert_eq!(query(&mut client).genre.as_deref(), Some("oriental-painting"));
    assert_eq!(client.model.section, Section::Browse);
    ctrl(&mut client, 'p');
    client.press("highest\n");
    assert_eq!(query(&mut client).sort, Some(Sort::Dearest));
}

#[test]
fn what_cannot_be_done_here_is_not_listed() {
    let mut client = Driven::browsing(Lang::En);
    client.press("jjjjjj:buy now");
    client.shows("Buy now");
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjjjjj:buy now");
    client.shows("There is no such command");
    client.press("\n");
    client.key(KeyCode::Esc);
    client.hides("There is no such command");
}

#[test]
fn over_a_window_only_what_keeps_it_is_listed() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb7");
    ctrl(&mut client, 'p');
    client.press("genre");
    client.shows("There is no such command");
    for _ in 0..5 {
        client.key(KeyCode::Backspace);
    }
    client.press("check\n");
    client.shows("must be a multiple of 1,000");
}

#[test]
fn the_list_opens_once() {
    let mut client = Driven::signed_in(Lang::En);
    ctrl(&mut client, 'p');
    client.press(":");
    ctrl(&mut client, 'p');
    assert_eq!(client.model.dialogs.len(), 1);
}

#[test]
fn a_chosen_language_is_remembered() {
    let mut client = Driven::browsing(Lang::En);
    client.press("L");
    assert!(matches!(client.terminal.as_slice(), [Effect::RememberLang(Lang::Ko)]));
    client.key(KeyCode::F(2));
    assert!(matches!(client.terminal.last(), Some(Effect::RememberLang(Lang::En))));
}
