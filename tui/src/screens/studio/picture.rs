//! Draws the picture of a work, or says what is known of it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{model::Shared, pictures::State},
    ui::text,
};

/// Draws the picture into the middle of `area`, at its top. Returns the lines it took.
pub(crate) fn draw(shared: &Shared, url: &str, buf: &mut Buffer, area: Rect) -> u16 {
    let words = match shared.pictures.get(url) {
        Some(State::Ready(picture)) => {
            let fit = picture.fit(area);
            let x = fit.x + (area.width - fit.width) / 2;
            picture.draw(Rect { x, ..fit }, buf, shared.theme.coloured);
            return fit.height;
        }
        Some(State::Failed) => "auction.no-picture",
        Some(State::Loading) | None => "auction.picture-comes",
    };
    let words = text::truncate(&shared.lang.t(words), area.width.into());
    buf.set_string(area.x, area.y, words, shared.theme.muted);
    area.height
}
