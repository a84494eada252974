//! What the terminal keeps for the client besides its screen: pictures by kitty's protocol, which
//! it keeps until it is told to forget them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ratatui::buffer::Buffer;

/// A picture that the terminal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lent {
    id: u32,
    through_tmux: bool,
}

/// Notes the pictures that went to the terminal with a frame.
pub(crate) fn note(frame: &Buffer) {
    let sent = frame.content.iter().filter_map(|cell| sent_with(cell.symbol()));
    let mut lent = lent();
    for picture in sent {
        if !lent.contains(&picture) {
            lent.push(picture);
        }
    }
}

/// Tells the terminal to forget all pictures that it has of ours; nothing where there are none.
pub(crate) fn farewell() -> String {
    let lent: Vec<_> = lent().drain(..).collect();
    if lent.is_empty() {
        return String::new();
    }
    // All that are on the screen, and then each by its number: such as are placed by letters are
    // deleted by their numbers only.
    let through_tmux = lent[0].through_tmux;
    let all = command("a=d,d=A,q=2", through_tmux);
    lent.iter().fold(all, |words, picture| {
        words + &command(&format!("a=d,d=I,i={},q=2", picture.id), picture.through_tmux)
    })
}

fn lent() -> MutexGuard<'static, Vec<Lent>> {
    static LENT: Mutex<Vec<Lent>> = Mutex::new(Vec::new());
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The picture that is sent with a cell, if one is.
fn sent_with(symbol: &str) -> Option<Lent> {
    if !symbol.starts_with('\x1b') {
        return None;
    }
    let (before, command) = symbol.split_once("_G")?;
    let (keys, _) = command.split_once(';')?;
    let id = keys.split(',').find_map(|key| key.strip_prefix("i="))?.parse().ok()?;
    Some(Lent { id, through_tmux: before.contains("tmux;") })
}

/// A command of kitty's protocol.
fn command(keys: &str, through_tmux: bool) -> String {
    if through_tmux {
        format!("\x1bPtmux;\x1b\x1b_G{keys}\x1b\x1b\\\x1b\\")
    } else {
        format!("\x1b_G{keys}\x1b\\")
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::{Rect, Size};
    use ratatui_image::{
        Image,
        protocol::{Protocol, kitty::Kitty},
    };

    use super::*;

    fn frame(id: u32, through_tmux: bool) -> Buffer {
        let (picture, size) = (image::DynamicImage::new_rgba8(20, 20), Size::new(2, 1));
        let kitty = Kitty::new(picture, size, id, through_tmux, false, false).unwrap();
        let mut buf = Buffer::empty(Rect::new(0, 0, 2, 1));
        ratatui::widgets::Widget::render(Image::new(&Protocol::Kitty(kitty)), buf.area, &mut buf);
        buf
    }

    #[test]
    fn what_was_lent_is_taken_back_once() {
        assert_eq!(farewell(), "");
        note(&Buffer::with_lines(["a\u{1b}"]));
        assert_eq!(farewell(), "");
        note(&frame(77, false));
        note(&frame(78, true));
        assert_eq!(
            farewell(),
            "\x1b_Ga=d,d=A,q=2\x1b\\\x1b_Ga=d,d=I,i=77,q=2\x1b\\\
             \x1bPtmux;\x1b\x1b_Ga=d,d=I,i=78,q=2\x1b\x1b\\\x1b\\"
        );
        assert_eq!(farewell(), "");
    }
}
