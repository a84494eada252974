//! The list: stale answers, pages, filters, words.

use artipul_common::auctions::{Auction, AuctionQuery, Phase, Sort};

use super::*;

fn is_list(call: &Call) -> bool {
    matches!(call, Call::Auctions(_))
}

fn query(call: Call) -> AuctionQuery {
    let Call::Auctions(query) = call else { panic!("{call:?} is no list") };
    query
}

pub(super) fn works(from: i64, count: i64, next: Option<&str>) -> Outcome {
    let items = (from..from + count)
        .map(|id| Auction { title: format!("Work {id}"), ..samples::auction(id) })
        .collect();
    Ok(Answer::Auctions(Page { items, next_cursor: next.map(str::to_owned) }))
}

#[test]
fn an_answer_to_old_filters_is_dropped() {
    let mut client = Driven::browsing(Lang::En);
    client.press("o");
    let (old, _) = client.take(is_list).unwrap();
    client.press("o");
    let call = client.answer(is_list, works(200, 2, None));
    assert_eq!(query(call).sort, Some(Sort::Popular));
    client.send(Msg::Answered(old, Box::new(works(100, 2, None))));
    client.shows("Work 200");
    client.hides("Work 100");
}

#[test]
fn the_next_page_comes_before_the_end_is_reached() {
    let mut client = Driven::browsing(Lang::En);
    client.press("r");
    client.answer(is_list, works(1, 50, Some("second")));
    assert!(!client.has_asked(is_list));
    for _ in 0..31 {
        client.press("j");
    }
    let call = client.answer(is_list, works(50, 20, None));
    assert_eq!(query(call).cursor.as_deref(), Some("second"));
    // The row that moved onto the second page while it was read stands once.
    assert_eq!(client.model.browse.rows().len(), 69);
    client.press("G");
    client.shows("Work 69");
}

#[test]
fn whoever_comes_back_to_the_list_sees_it_as_it_is() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("31");
    assert!(!client.has_asked(is_list), "it has just been read");
    client.press("jj");
    let selected = client.model.browse.selected();
    client.press("3");
    client.wait(60);
    assert!(!client.has_asked(is_list), "it is not on the screen");
    client.press("1");
    client.shows("달빛 아래 정물");
    let items = samples::auctions().split_off(1);
    client.answer(is_list, Ok(Answer::Auctions(Page { items, next_cursor: None })));
    assert_eq!(client.model.browse.selected(), selected);
    client.hides("달빛 아래 정물");
    client.wait(60);
    assert!(!client.has_asked(is_list), "rows must not move under somebody who looks at them");
}

#[test]
fn a_work_that_ended_leaves_the_list_when_somebody_comes_back() {
    let mut client = Driven::browsing(Lang::En);
    client.wait(46);
    client.press("r");
    let page = Page { items: samples::auctions(), next_cursor: None };
    client.answer(is_list, Ok(Answer::Auctions(page)));
    client.press("\n");
    client.wait(3);
    client.key(KeyCode::Esc);
    assert!(client.has_asked(is_list), "a row has ended, and the list was not read again");
}

#[test]
fn whoever_finds_no_server_is_told_where_it_was_looked_for() {
    let mut client = Driven::new(samples::model(Lang::En));
    client.send(Msg::Started { signed_in: false });
    client.answer(is_list, Err(lost()));
    let server = client.model.shared.server.clone();
    client.shows(&server);
    for words in ["--server", "ARTIPUL_SERVER", "artipul demo"] {
        client.shows(words);
    }
}

#[test]
fn a_list_that_is_read_again_keeps_the_selection() {
    let mut client = Driven::browsing(Lang::En);
    client.press("jjr");
    let selected = client.model.browse.selected();
    let mut items = samples::auctions();
    items.rotate_right(3);
    let page = Page { items, next_cursor: None };
    client.answer(is_list, Ok(Answer::Auctions(page)));
    assert_eq!(client.model.browse.selected(), selected);
}

#[test]
fn genres_phases_and_words_are_asked_of_the_server() {
    let mut client = Driven::browsing(Lang::En);
    client.press("l");
    assert_eq!(query(client.take(is_list).unwrap().1).genre.as_deref(), Some("painting"));
    client.press("hh");
    assert_eq!(query(client.take(is_list).unwrap().1).genre.as_deref(), Some("installation"));
    client.press("lp");
    assert_eq!(query(client.take(is_list).unwrap().1).phase, Some(Phase::Upcoming));
    client.press("/moon still\n");
    assert_eq!(query(client.take(is_list).unwrap().1).q.as_deref(), Some("moon still"));
    client.key(KeyCode::Esc);
    assert_eq!(query(client.take(is_list).unwrap().1).q, None);
}

#[test]
fn words_are_looked_for_once_nobody_types() {
    let mut client = Driven::browsing(Lang::En);
    client.press("/달빛");
    assert!(!client.has_asked(is_list));
    client.wait(1);
    assert_eq!(query(client.take(is_list).unwrap().1).q.as_deref(), Some("달빛"));
    client.press("\n");
    assert!(!client.has_asked(is_list), "the same words were asked for twice");
}

#[test]
fn keys_work_on_a_korean_layout_and_letters_are_written_in_fields() {
    let mut client = Driven::browsing(Lang::Ko);
    client.press("ㅓ");
    client.press("ㅔ");
    assert_eq!(query(client.take(is_list).unwrap().1).phase, Some(Phase::Upcoming));
    client.press("/ㅂ");
    assert!(!client.has_quit);
    client.shows("ㅂ");
}

#[test]
fn what_could_not_be_read_is_read_again_by_itself() {
    let mut client = Driven::new(samples::model(Lang::En));
    client.send(Msg::Started { signed_in: false });
    client.answer(is_list, Err(lost()));
    client.shows("cannot be reached");
    client.shows("reconnecting in");
    client.wait(3);
    client.answer(is_list, works(1, 3, None));
    client.shows("Work 1");
    client.hides("reconnecting");
}

#[test]
fn titles_cannot_disturb_the_screen() {
    let mut client = Driven::browsing(Lang::En);
    client.press("r");
    let bad = Auction {
        title: "\u{1b}[2J\u{202e}evil\u{7}\nwork".into(),
        artist: "x\u{200b}\u{301}\u{301}".into(),
        ..samples::auction(1)
    };
    let answer = Answer::Auctions(Page { items: vec![bad], next_cursor: None }).cleaned();
    client.answer(is_list, Ok(answer));
    client.shows("[2Jevil work");
}

#[test]
fn leaving_is_free_where_nothing_is_lost_and_asked_where_something_is() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("4n");
    client.press("A title");
    let quit = KeyEvent::new(KeyCode::Char('c'), crossterm::event::KeyModifiers::CONTROL);
    client.send(Msg::Key(quit));
    assert!(!client.has_quit);
    client.shows("will be lost");
    client.press("n");
    assert!(!client.has_quit);
    client.send(Msg::Key(quit));
    client.press("y");
    assert!(client.has_quit);
    let mut client = Driven::browsing(Lang::En);
    client.press("q");
    assert!(client.has_quit);
}
