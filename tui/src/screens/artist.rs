//! An artist's public page, over the screen: who it is, and all the works.

use artipul_common::{AuctionId, UserId, accounts::ArtistProfile, page::PageQuery};
use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
    text::Line,
};

use super::lot_row;
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId},
        loading::Loading,
        model::{Cx, Nav, Shared},
        paged::{Paged, Want},
    },
    i18n::tr,
    keymap::Action,
    screens::account::is_unread,
    ui::{
        overlay,
        table::{self, Shown},
        text,
    },
};

/// Works of a page.
const PAGE: Option<u32> = Some(50);
/// Lines of the introduction that are shown.
const INTRODUCTION: usize = 4;
/// Columns of the window.
const COLUMNS: u16 = 100;

#[derive(Debug, Clone)]
pub(crate) struct ArtistDialog {
    id: UserId,
    profile: Option<ArtistProfile>,
    profile_read: Loading,
    works: Paged<AuctionId>,
}

/// Where the window is.
pub(crate) fn window(body: Rect) -> Rect {
    overlay::centred(body, COLUMNS, body.height)
}

impl ArtistDialog {
    pub(crate) fn open(id: UserId, cx: &mut Cx) -> Self {
        let mut profile_read = Loading::default();
        profile_read.wait_for(cx.call(Call::Artist(id)));
        Self { id, profile: None, profile_read, works: Paged::default() }
    }

    /// The page as a command line.
    pub(crate) fn command(&self) -> Vec<String> {
        vec!["artist".to_owned(), self.id.to_string()]
    }

    /// The auctions that it shows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = AuctionId> {
        self.works.rows().iter().copied()
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        action != Action::Open || self.works.selected().is_some()
    }

    fn height(&self, size: Size) -> usize {
        usize::from(self.list_area(crate::app::view::body(size)).height.saturating_sub(1))
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let height = self.height(cx.shared.size);
        if self.works.act(action, height) {
            return;
        }
        match (action, self.works.selected()) {
            (Action::Back, _) => cx.go(Nav::Back),
            (Action::Open, Some(id)) => cx.go(Nav::Open(*id)),
            _ => {}
        }
    }

    /// Selects a row; opens the one that is selected already.
    pub(crate) fn choose(&mut self, row: usize, cx: &mut Cx) {
        if self.works.cursor().selected() == row {
            return self.act(Action::Open, cx);
        }
        self.works.select(row);
    }

    /// The row at a place on the screen.
    pub(crate) fn row_at(&self, body: Rect, at: Position) -> Option<usize> {
        self.works.row_at(self.list_area(body), at)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.profile_read.is_waiting() || self.works.is_waiting()
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.profile_read.owns(id) || self.works.owns(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        let profile = self.profile_read.take(id, &outcome, uptime);
        let part = self.works.take(id, &outcome, uptime);
        match (outcome, part) {
            (Ok(Answer::Artist(artist)), _) => self.profile = Some(*artist),
            (Ok(Answer::Auctions(page)), Some(part)) => {
                let ids = page.items.iter().map(|auction| auction.id).collect();
                page.items.into_iter().for_each(|auction| cx.shared.lots.put(auction));
                self.works.put(part, ids, page.next_cursor);
            }
            (Err(error), _) if profile => cx.shared.fail(&error),
            _ => {}
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let height = self.height(cx.shared.size);
        if let Some(want) = self.works.want(cx.shared.uptime, height) {
            let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
            let page = PageQuery { limit: PAGE, cursor };
            let id = cx.call(Call::ArtistAuctions(self.id, page));
            self.works.wait_for(&want, id);
        }
    }

    fn head(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        let (lang, theme) = (shared.lang, &shared.theme);
        let Some(artist) = &self.profile else { return vec![Line::default()] };
        let counts = tr!(lang, "artist.counts", open = artist.open_auctions, sold = artist.sold)
            .into_owned();
        let who = match &artist.college {
            Some(college) => format!("{college} · {counts}"),
            None => counts,
        };
        let mut lines = vec![Line::styled(text::truncate(&who, columns), theme.muted)];
        if let Some(introduction) = &artist.introduction {
            let words = text::wrap(introduction, columns).into_iter().take(INTRODUCTION);
            lines.extend(words.map(Line::from));
        }
        lines
    }

    /// The works, below what is said of the artist.
    fn list_area(&self, body: Rect) -> Rect {
        let inner = overlay::inside(window(body));
        let said = match &self.profile {
            Some(ArtistProfile { introduction: Some(introduction), .. }) => {
                text::wrap(introduction, inner.width.into()).len().min(INTRODUCTION) + 1
            }
            _ => 1,
        };
        let above = u16::try_from(said).unwrap_or(1) + 1;
        let y = inner.y + above.min(inner.height);
        Rect { y, height: inner.bottom().saturating_sub(y), ..inner }
    }
}

/// Draws the page.
pub(crate) fn view(dialog: &ArtistDialog, shared: &Shared, frame: &mut Frame, body: Rect) {
    let name = dialog.profile.as_ref().map_or("…", |artist| artist.nickname.as_str());
    let inner = overlay::window(frame, window(body), name, &shared.theme);
    let buf = frame.buffer_mut();
    let list = dialog.list_area(body);
    let head = dialog.head(shared, inner.width.into());
    for (line, y) in head.iter().zip(inner.y..list.y) {
        buf.set_line(inner.x, y, line, inner.width);
    }
    if is_unread(&dialog.works, shared, buf, list, "artist.none", "artist.none-means") {
        return;
    }
    let columns = lot_row::columns(shared.lang, "column.left");
    let rows = dialog.works.rows();
    let shown = Shown::selecting(dialog.works.cursor(), rows.len());
    table::draw(list, buf, &shared.theme, &columns, &shown, |index| {
        shared.lots.get(rows[index]).map_or_else(Vec::new, |lot| lot_row::cells(shared, lot))
    });
}
