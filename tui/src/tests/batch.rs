//! Listing the works of a file.

use artipul_common::{AuctionId, Money, auctions::ListWorkRequest, problem::FieldError};
use chrono::TimeDelta;

use super::{studio::studio, *};
use crate::batch::{
    preview::{Entry, Fate, Preview, PreviewError},
    rows::Row,
};

fn row(line: u64, title: &str) -> Entry {
    let ends_at = samples::now() + TimeDelta::days(7);
    let request = ListWorkRequest {
        title: title.into(),
        description: String::new(),
        genre: "painting".into(),
        tags: Vec::new(),
        artist: None,
        medium: None,
        dimensions: None,
        year: None,
        reference: Some(format!("A{line}")),
        start_price: Money::new(120_000),
        reserve_price: None,
        buy_now_price: None,
        starts_at: None,
        ends_at,
        draft: false,
    };
    Entry {
        line,
        title: title.into(),
        genre: "painting".into(),
        start_price: Some(request.start_price),
        ends_at: Some(ends_at),
        fate: Fate::New(Box::new(Row { line, request })),
    }
}

fn preview() -> Preview {
    let faults = vec![
        FieldError::new("start_price", "required", ""),
        FieldError::new("genre", "unknown", "there is no genre \"oil\""),
    ];
    let wrong = Entry {
        genre: "oil".into(),
        start_price: None,
        ends_at: None,
        fate: Fate::Wrong(faults),
        ..row(4, "겨울 산을 오르는 사람들과 그 뒤를 따르는 개 세 마리")
    };
    Preview {
        name: "works.csv".into(),
        entries: vec![
            row(2, "달빛 아래 정물"),
            row(3, "Harbour at Dawn, with Fishing Boats and a Distant Storm"),
            wrong,
            Entry { fate: Fate::Same, ..row(5, "Study for a Portrait") },
            Entry { fate: Fate::Differs(vec!["title", "year"]), ..row(6, "바다") },
        ],
    }
}

fn reads(call: &Call) -> bool {
    matches!(call, Call::ReadBatch(_))
}

fn lists(call: &Call) -> bool {
    matches!(call, Call::ListWork { .. })
}

/// The plan of a file with two works to list.
pub(super) fn planned(lang: Lang) -> Driven {
    let mut client = studio(lang);
    client.press("f~/works.csv\n");
    client.answer(reads, Ok(Answer::Preview(Box::new(preview()))));
    client
}

/// The server lists the row that is being sent. Returns its key.
pub(super) fn answer_row(client: &mut Driven, id: i64) -> String {
    let auction = Box::new(samples::auction(id));
    match client.answer(lists, Ok(Answer::Auction(auction))) {
        Call::ListWork { key, .. } => key,
        call => panic!("{call:?} lists nothing"),
    }
}

#[test]
fn a_file_is_shown_before_anything_is_listed() {
    let mut client = planned(Lang::En);
    client.shows("works.csv");
    client.shows("2 to list · 2 listed already · 1 with errors");
    client.press("jj");
    client.shows("start_price: is needed · genre: is not known");
    client.press("jj");
    client.shows("title, year");
    client.press("\n");
    client.shows("Works that will be listed: 2");
    client.press("n");
    assert!(!client.has_asked(lists));
}

#[test]
fn rows_are_listed_one_by_one_under_keys_that_stay_the_same() {
    let mut client = planned(Lang::En);
    client.press("\ny");
    assert_eq!(client.calls.iter().filter(|(_, call)| lists(call)).count(), 1);
    client.shows("Listing: 0 of 2 done");
    let first = answer_row(&mut client, 70);
    client.shows("Listing: 1 of 2 done");
    let second = answer_row(&mut client, 71);
    client.shows("Listed: 2 · failed: 0");
    assert!(!client.has_asked(lists));
    let entries = preview().entries;
    for (key, entry) in [first, second].iter().zip(&entries) {
        let Fate::New(row) = &entry.fate else { panic!("{entry:?} is not to be listed") };
        assert_eq!(*key, row.key(), "a second run would list it again");
    }
}

#[test]
fn a_row_that_is_refused_holds_up_nobody_and_is_tried_again() {
    let mut client = planned(Lang::En);
    client.press("\ny");
    client.answer(lists, Err(problem(ProblemCode::RateLimited)));
    answer_row(&mut client, 71);
    client.shows("Listed: 1 · failed: 1");
    client.press("g");
    client.shows("Too many requests");
    client.press("\ny");
    answer_row(&mut client, 70);
    client.shows("Listed: 2 · failed: 0");
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let mut client = planned(Lang::En);
    client.press("\ny");
    let Some((id, Call::ListWork { key, .. })) = client.take(lists) else { panic!("not sent") };
    client.send(Msg::Answered(id, Box::new(Err(lost()))));
    client.wait(2);
    assert_eq!(answer_row(&mut client, 70), key);
}

#[test]
fn leaving_in_the_middle_is_asked_about() {
    let mut client = planned(Lang::En);
    client.press("\ny\u{1b}");
    client.shows("nothing is listed twice");
    client.press("y");
    client.shows("Proceeds");
    let mut client = planned(Lang::En);
    client.press("\u{1b}");
    client.shows("Proceeds");
}

#[test]
fn a_file_that_is_no_table_is_told() {
    let mut client = studio(Lang::En);
    client.press("f/etc/passwd\n");
    let error = PreviewError::File("there is no column title".into());
    client.answer(reads, Ok(Answer::NoPreview(error)));
    client.shows("there is no column title");
    client.press("f");
    client.shows("artipul list --help");
}

#[test]
fn what_was_listed_is_on_the_list_afterwards() {
    let mut client = planned(Lang::En);
    client.press("\ny");
    answer_row(&mut client, 70);
    answer_row(&mut client, 71);
    assert!(client.model.shared.lots.get(AuctionId::new(71)).is_some());
    assert!(client.has_asked(|call| matches!(call, Call::Summary)));
    client.press("\u{1b}");
    assert!(client.has_asked(super::studio::asks_for(artipul_common::auctions::Phase::Open)));
}
