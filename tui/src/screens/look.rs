//! A work's pictures, one at a time and as large as the screen.

use artipul_common::{AuctionId, auctions::Image};
use ratatui::{Frame, layout::Rect, text::Line};

use super::wall;
use crate::{
    app::{
        lots::Lot,
        model::{Cx, Nav, Shared},
    },
    i18n::tr,
    keymap::Action,
    ui::{notice, text},
};

/// A look at a work.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    auction: AuctionId,
    index: usize,
}

impl Look {
    pub(crate) fn open(auction: AuctionId) -> Self {
        Self { auction, index: 0 }
    }

    pub(crate) fn auction(&self) -> AuctionId {
        self.auction
    }

    fn image<'l>(&self, lot: &'l Lot) -> Option<&'l Image> {
        lot.auction.images.get(self.index).or(lot.auction.images.first())
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let count = cx.shared.lots.get(self.auction).map_or(0, |lot| lot.auction.images.len());
        match action {
            Action::Previous => self.index = self.index.saturating_sub(1),
            Action::Next => self.index = (self.index + 1).min(count.saturating_sub(1)),
            Action::Back => cx.go(Nav::Back),
            _ => {}
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action, shared: &Shared) -> bool {
        let count = shared.lots.get(self.auction).map_or(0, |lot| lot.auction.images.len());
        match action {
            Action::Previous => self.index > 0,
            Action::Next => self.index + 1 < count,
            _ => true,
        }
    }

    /// What follows by itself from the state.
    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let area = picture_area(crate::app::view::body(cx.shared.size));
        let Some(lot) = cx.shared.lots.get(self.auction) else { return };
        if let Some(image) = self.image(lot).cloned() {
            let place = wall::middle(cx.shared, &image, area);
            wall::want(cx, &image, place);
        }
    }
}

/// All but the caption and a line above it.
fn picture_area(body: Rect) -> Rect {
    Rect { height: body.height.saturating_sub(2), ..body }
}

/// Draws the picture over the whole of `body`.
pub(crate) fn view(look: &Look, shared: &Shared, frame: &mut Frame, body: Rect) {
    let Some(lot) = shared.lots.get(look.auction) else { return };
    let buf = frame.buffer_mut();
    let area = picture_area(body);
    match look.image(lot).filter(|_| shared.pictures.are_shown()) {
        Some(image) => wall::hang_in_window(shared, image, wall::middle(shared, image, area), buf),
        None => {
            let key = if shared.pictures.are_shown() { "picture.none" } else { "picture.off" };
            let (title, hint) = (shared.lang.t(key), shared.lang.t("picture.back"));
            notice::draw(buf, area, shared, &title, &hint, shared.theme.heading);
        }
    }
    let caption = caption(look, shared, lot);
    let caption = text::truncate(&caption, usize::from(body.width).saturating_sub(4));
    let line = Line::styled(caption, shared.theme.muted).centered();
    let y = body.bottom().saturating_sub(1);
    ratatui::widgets::Widget::render(line, Rect { y, height: 1, ..body }, buf);
}

/// What a label beside the picture would say.
fn caption(look: &Look, shared: &Shared, lot: &Lot) -> String {
    let auction = &lot.auction;
    let parts = [
        Some(auction.title.clone()),
        Some(auction.artist.clone()),
        auction.year.clone(),
        auction.medium.clone(),
        auction.dimensions.clone(),
    ];
    let mut words = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let count = auction.images.len();
    if count > 1 {
        let index = look.index.min(count - 1) + 1;
        words.push_str(&tr!(shared.lang, "picture.count", index = index, count = count));
    }
    words
}
