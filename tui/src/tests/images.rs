//! The pictures of a work: choosing, sending, ordering and removing them.

use std::path::{Path, PathBuf};

use artipul_common::{AuctionId, auctions::Image, problem::FieldError};

use super::{
    studio::{draft, drafts, image},
    *,
};
use crate::app::files::{PictureFault, PictureFile};

/// The pictures of a draft that has two.
pub(super) fn dialog(lang: Lang) -> Driven {
    let mut client = drafts(lang);
    client.press("ji");
    client
}

pub(super) fn file(path: &str) -> PictureFile {
    PictureFile {
        path: PathBuf::from(path),
        bytes: 2_500_000,
        width: 1_600,
        height: 1_200,
        format: "JPEG",
    }
}

/// Drops a file that turns out to be a picture.
pub(super) fn drop_file(client: &mut Driven, path: &str) {
    client.send(Msg::Paste(format!("'{path}' ")));
    let call = client.answer(looks, Ok(Answer::PictureFile(file(path))));
    assert!(matches!(call, Call::LookAtPicture(asked) if asked == path));
}

/// One that is sent, one that waits, one that is ready, and one that cannot be sent.
pub(super) fn with_uploads(client: &mut Driven) {
    drop_file(client, "/home/mina/달 항아리 앞.jpg");
    drop_file(client, "/home/mina/달 항아리 옆.jpg");
    client.press("\n");
    drop_file(client, "/home/mina/signature-on-the-back-of-the-canvas-in-detail.png");
    client.send(Msg::Paste("/home/mina/note.txt".into()));
    client.answer(looks, Ok(Answer::PictureFault(PictureFault::NotAPicture)));
}

fn looks(call: &Call) -> bool {
    matches!(call, Call::LookAtPicture(_))
}

fn adds(call: &Call) -> bool {
    matches!(call, Call::AddImage { .. })
}

fn orders(call: &Call) -> bool {
    matches!(call, Call::EditAuction(..))
}

fn names(client: &Driven) -> Vec<String> {
    let lot = client.model.shared.lots.get(AuctionId::new(31)).unwrap();
    lot.auction.images.iter().map(|image| image.name.clone()).collect()
}

const CELLS: ratatui::layout::Size = ratatui::layout::Size::new(20, 10);

fn order(call: Call) -> Vec<String> {
    match call {
        Call::EditAuction(_, edit, _) => edit.images.unwrap(),
        call => panic!("{call:?} is no order"),
    }
}

fn ordered(images: &[Image]) -> Outcome {
    let mut auction = draft(31);
    auction.images = images.to_vec();
    Ok(Answer::Auction(Box::new(auction)))
}

#[test]
fn nothing_is_sent_before_it_was_looked_at_and_asked_for() {
    let mut client = dialog(Lang::En);
    client.send(Msg::Paste("file:///home/mina/a%20b.png\n/c.png\n".into()));
    let asked: Vec<_> = client.calls.iter().filter(|(_, call)| looks(call)).collect();
    assert_eq!(asked.len(), 2);
    client.answer(looks, Ok(Answer::PictureFile(file("/c.png"))));
    client.answer(looks, Ok(Answer::PictureFile(file("/home/mina/a b.png"))));
    assert!(!client.has_asked(adds));
    client.press("\n");
    assert_eq!(client.calls.iter().filter(|(_, call)| adds(call)).count(), 1, "one at a time");
}

#[test]
fn pictures_are_sent_in_their_order_and_appear_on_the_work() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/one.png");
    drop_file(&mut client, "/two.png");
    client.press("\n");
    let call = client.answer(adds, Ok(Answer::Images(vec![image("one")])));
    assert!(matches!(call, Call::AddImage { path, .. } if path == Path::new("/one.png")));
    let call = client.answer(adds, Ok(Answer::Images(vec![image("two")])));
    assert!(matches!(call, Call::AddImage { path, .. } if path == Path::new("/two.png")));
    assert_eq!(names(&client), ["a.png", "b.png", "one.png", "two.png"]);
    client.shows("4 of 8");
}

#[test]
fn a_picture_that_is_there_already_is_not_shown_twice() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/a.png");
    client.press("\n");
    client.answer(adds, Ok(Answer::Images(vec![image("a")])));
    assert_eq!(names(&client), ["a.png", "b.png"]);
}

#[test]
fn one_that_failed_is_tried_again_and_holds_up_nobody() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/one.png");
    drop_file(&mut client, "/two.png");
    client.press("\n");
    client.answer(adds, Err(lost()));
    client.answer(adds, Ok(Answer::Images(vec![image("two")])));
    client.shows("failed");
    client.press("r");
    client.answer(adds, Ok(Answer::Images(vec![image("one")])));
    assert_eq!(names(&client), ["a.png", "b.png", "two.png", "one.png"]);
}

#[test]
fn what_the_server_finds_in_a_picture_is_told_in_words() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/moving.png");
    client.press("\n");
    let refusal = Problem {
        errors: vec![FieldError::new("image.0", "animated", "")],
        ..Problem::new(ProblemCode::ValidationFailed, "")
    };
    client.answer(adds, Err(ClientError::Problem(Box::new(refusal))));
    client.shows("only still pictures");
}

#[test]
fn no_more_are_taken_than_a_work_can_have() {
    let mut client = dialog(Lang::En);
    let paths: Vec<String> = (0..7).map(|number| format!("/{number}.png")).collect();
    client.send(Msg::Paste(paths.join("\n")));
    assert_eq!(client.calls.iter().filter(|(_, call)| looks(call)).count(), 6);
    client.shows("at most 8 pictures");
    client.hides("n Add");
}

#[test]
fn the_order_is_shown_at_once_and_the_last_one_is_sent_last() {
    let mut client = dialog(Lang::En);
    client.press("]");
    assert_eq!(names(&client), ["b.png", "a.png"]);
    client.press("[");
    assert_eq!(names(&client), ["a.png", "b.png"]);
    let first = client.answer(orders, ordered(&[image("b"), image("a")]));
    assert_eq!(order(first), ["b.png", "a.png"]);
    assert_eq!(names(&client), ["a.png", "b.png"], "an old answer moved them");
    let second = client.answer(orders, ordered(&[image("a"), image("b")]));
    assert_eq!(order(second), ["a.png", "b.png"]);
    assert!(!client.has_asked(orders));
}

#[test]
fn an_order_that_is_refused_is_read_again() {
    let mut client = dialog(Lang::En);
    client.press("]");
    client.answer(orders, Err(problem(ProblemCode::AuctionHasBids)));
    client.shows("There are bids");
    client.answer(|call| matches!(call, Call::Auction(_)), ordered(&[image("a"), image("b")]));
    assert_eq!(names(&client), ["a.png", "b.png"]);
}

#[test]
fn a_picture_on_the_work_is_removed_after_a_question() {
    let mut client = dialog(Lang::En);
    let removes = |call: &Call| matches!(call, Call::RemoveImage(..));
    client.press("xn");
    assert!(!client.has_asked(removes));
    client.press("jxy");
    let call = client.answer(removes, Ok(Answer::Done));
    assert!(matches!(call, Call::RemoveImage(_, name) if name == "b.png"));
    let left = ordered(&[image("a")]);
    client.answer(|call| matches!(call, Call::Auction(_)), left);
    assert_eq!(names(&client), ["a.png"]);
}

#[test]
fn one_that_was_not_sent_is_dropped_at_once() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/one.png");
    client.press("x");
    client.hides("one.png");
    client.press("\u{1b}");
    client.shows("Proceeds");
}

#[test]
fn chosen_pictures_are_left_after_a_question() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/one.png");
    client.press("\u{1b}");
    client.shows("not sent yet are left out");
    client.press("n");
    client.shows("one.png");
    client.press("\u{1b}y");
    client.shows("Proceeds");
    client.hides("one.png");
}

#[test]
fn a_path_is_typed_with_letters_that_are_commands_elsewhere() {
    let mut client = dialog(Lang::En);
    client.press("n~/x n [1].png\n");
    let call = client.answer(looks, Ok(Answer::PictureFault(PictureFault::Missing)));
    assert!(matches!(call, Call::LookAtPicture(path) if path == "~/x n [1].png"));
    client.shows("There is no such file");
}

#[test]
fn the_selected_picture_is_loaded_to_be_seen() {
    let mut client = dialog(Lang::En);
    assert!(client.model.shared.pictures.get("/v1/images/a.png", CELLS).is_some());
    drop_file(&mut client, "/home/mina/one.png");
    assert!(client.model.shared.pictures.get("file:/home/mina/one.png", CELLS).is_some());
}

#[test]
fn a_picture_that_is_sent_while_nobody_looks_is_there_afterwards() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/home/mina/a.png");
    client.press("\n\u{1b}y");
    client.shows("Proceeds");
    assert!(client.model.has_unsent(), "it could be lost by leaving");
    client.answer(adds, Ok(Answer::Images(vec![image("new")])));
    client.shows("Picture added: Study for a Portrait");
    assert!(!client.model.has_unsent());
    client.press("i");
    client.shows("3 of 8");
}

#[test]
fn a_picture_on_its_way_is_seen_when_the_window_is_opened_again() {
    let mut client = dialog(Lang::En);
    drop_file(&mut client, "/home/mina/a.png");
    drop_file(&mut client, "/home/mina/b.png");
    client.press("\n\u{1b}y1");
    client.press("4");
    client.press("i");
    client.shows("a.png");
    client.hides("b.png");
    client.press("\u{1b}y");
    client.answer(adds, Err(lost()));
    client.shows("Picture not added");
    client.press("i");
    client.shows("a.png");
    client.shows("failed");
    client.press("r");
    client.answer(adds, Ok(Answer::Images(vec![image("new")])));
    client.shows("3 of 8");
}
