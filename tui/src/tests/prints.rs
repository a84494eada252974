//! Pictures that the terminal draws itself, and what lies over them.

use std::{io::Cursor, sync::Arc};

use ratatui::buffer::Buffer;

use super::{images::dialog, *};
use crate::{
    term::graphics::{Graphics, Paint},
    ui::picture::Picture,
};

impl Driven {
    /// Answers all pictures that were asked for.
    fn paint(&mut self) {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(64, 48).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        for (key, order) in std::mem::take(&mut self.pictures) {
            let picture = Picture::decode(bytes.get_ref(), &order).unwrap();
            self.send(Msg::Picture(key, Some(Arc::new(picture))));
        }
    }

    fn paint_by(&mut self, paint: Paint) {
        let graphics = Graphics { paint, ..Graphics::blocks() };
        self.model.shared.pictures.show_by(graphics);
        self.wait(0);
        self.paint();
    }

    /// As at first: a picture is sent to the terminal with the first frame that has it, so it is
    /// made anew before it is looked for again.
    fn paint_by_again(&mut self, paint: Paint) {
        self.model.shared.pictures.show_by(Graphics::blocks());
        self.paint_by(paint);
    }

    /// How many pictures the terminal draws itself on this frame, and how many cells of half
    /// blocks there are.
    fn prints(&self) -> (usize, usize) {
        let buf = self.frame();
        let begins = buf.content.iter().filter(|cell| cell.symbol().starts_with('\x1b')).count();
        let blocks = buf.content.iter().filter(|cell| cell.symbol() == "▀").count();
        (begins, blocks)
    }

    fn frame(&self) -> Buffer {
        let size = self.model.shared.size;
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let backend = CrosstermBackend::new(Vec::new());
        let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap().buffer.clone()
    }
}

/// The page of a work with a picture at its left.
fn page(width: u16) -> Driven {
    let mut client = Driven::signed_in(Lang::En);
    client.send(Msg::Resized(width, 40));
    let mut auction = samples::auctions().remove(0);
    auction.images = vec![super::studio::image("a")];
    client.model.shared.lots.put(auction);
    client.press("\n");
    client
}

#[test]
fn a_picture_beside_a_window_stays_the_terminals_own() {
    for paint in [Paint::Kitty, Paint::Sixel, Paint::Iterm2] {
        let mut client = page(240);
        client.paint_by(paint);
        assert_eq!(client.prints(), (1, 0), "{paint:?}");
        client.paint_by_again(paint);
        client.press("s");
        assert_eq!(client.prints(), (1, 0), "a window in the middle: {paint:?}");
        let mut client = page(100);
        client.press("?");
        client.paint_by(paint);
        let (prints, blocks) = client.prints();
        assert!(prints == 0 && blocks > 0, "help lies over it: {paint:?}");
    }
}

#[test]
fn a_picture_in_a_window_is_the_terminals_own_unless_a_question_lies_over_it() {
    let mut client = dialog(Lang::En);
    client.send(Msg::Resized(120, 40));
    client.paint_by(Paint::Kitty);
    // The one of the studio lies partly under the window.
    let (prints, behind) = client.prints();
    assert!(prints == 1 && behind > 0, "{prints} {behind}");
    client.paint_by_again(Paint::Kitty);
    client.press("x");
    client.shows("Enter Yes");
    let (prints, blocks) = client.prints();
    assert!(prints == 0 && blocks > behind, "{prints} {blocks}");
}

#[test]
fn a_message_hides_only_what_it_lies_over() {
    let mut client = page(120);
    client.paint_by(Paint::Kitty);
    client.send(super::live::notice_of(5, 1, artipul_common::events::NoticeKind::EndingSoon));
    assert_eq!(client.prints(), (1, 0), "it is in the other corner");
    let mut client = Driven::signed_in(Lang::En);
    let mut auction = samples::auctions().remove(0);
    auction.images = vec![super::studio::image("a")];
    client.model.shared.lots.put(auction);
    client.press("f");
    client.paint_by(Paint::Kitty);
    assert_eq!(client.prints(), (1, 0));
    client.send(super::live::notice_of(5, 1, artipul_common::events::NoticeKind::EndingSoon));
    let (prints, blocks) = client.prints();
    assert!(prints == 0 && blocks > 0, "{prints} {blocks}");
}
