//! Pictures of works on the screen: where they hang, and what hangs there until they come.

use artipul_common::auctions::Image;
use ratatui::{
    buffer::Buffer,
    layout::{Offset, Rect},
};

use crate::{
    app::{
        model::{Cx, Shared},
        pictures::State,
    },
    ui::{picture, text},
};

/// Where an image hangs within `area`: as large as it can be, in its own shape, in the middle of
/// the width and at the top.
pub(crate) fn place(shared: &Shared, image: &Image, area: Rect) -> Rect {
    let shape = (image.width, image.height);
    let fit = picture::fit(shape, area, shared.pictures.graphics().cell);
    Rect { x: area.x + (area.width - fit.width) / 2, ..fit }
}

/// As [`place`], in the middle of the height as well.
pub(crate) fn middle(shared: &Shared, image: &Image, area: Rect) -> Rect {
    let placed = place(shared, image, area);
    let lower = i32::from((area.height - placed.height) / 2);
    placed.offset(Offset { x: 0, y: lower })
}

/// As [`place`], at the foot of the area.
pub(crate) fn foot(shared: &Shared, image: &Image, area: Rect) -> Rect {
    let placed = place(shared, image, area);
    placed.offset(Offset { x: 0, y: i32::from(area.height - placed.height) })
}

/// Asks for the picture that is to hang at `place`.
pub(crate) fn want(cx: &mut Cx, image: &Image, place: Rect) {
    cx.shared.pictures.want(&image.url, place.as_size(), cx.effects);
}

/// Hangs an image of the screen at its [`place`].
pub(crate) fn hang(shared: &Shared, image: &Image, place: Rect, buf: &mut Buffer) {
    hang_under(shared, image, place, &shared.covers.screen, buf);
}

/// As [`hang`], in a window.
pub(crate) fn hang_in_window(shared: &Shared, image: &Image, place: Rect, buf: &mut Buffer) {
    hang_under(shared, image, place, &shared.covers.windows, buf);
}

fn hang_under(shared: &Shared, image: &Image, place: Rect, covers: &[Rect], buf: &mut Buffer) {
    if place.is_empty() {
        return;
    }
    match shared.pictures.get(&image.url, place.as_size()) {
        Some(State::Ready(picture)) => {
            let is_covered = covers.iter().any(|cover| cover.intersects(place));
            picture.draw(place, buf, shared.theme.coloured, is_covered);
        }
        Some(State::Failed) => empty(shared, place, "picture.failed", buf),
        Some(State::Loading) | None => empty(shared, place, "picture.comes", buf),
    }
}

/// A place on the wall at which nothing hangs, with the reason in its middle.
fn empty(shared: &Shared, place: Rect, key: &'static str, buf: &mut Buffer) {
    buf.set_style(place, shared.theme.wall);
    let words = text::truncate(&shared.lang.t(key), usize::from(place.width));
    let wide = u16::try_from(text::width(&words)).unwrap_or(place.width);
    let (x, y) = (place.x + (place.width - wide) / 2, place.y + place.height / 2);
    buf.set_string(x, y, words, shared.theme.wall);
}
