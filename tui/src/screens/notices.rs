//! The notices: what happened to the user's auctions and wallet, and what is said when it does.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money,
    events::NoticeKind,
    mine::{Notification, ReadRequest},
    page::PageQuery,
};
use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
};

use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Nav, Shared},
        paged::{Paged, Want},
        toasts::Tone,
    },
    i18n::{self, Lang, tr},
    keymap::Action,
    ui::{
        money::won,
        notice,
        table::{self, Cell, Column},
    },
};

#[derive(Debug, Clone, Default)]
pub(crate) struct Notices {
    list: Paged<Notification>,
    marking: Slot,
}

fn list_area(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

/// A notice in a sentence, and how it is meant.
pub(crate) fn sentence(
    lang: Lang,
    kind: NoticeKind,
    title: Option<&str>,
    amount: Option<Money>,
) -> (String, Tone) {
    let title = title.unwrap_or("-");
    let price = amount.map_or_else(|| "-".to_owned(), won);
    let (words, tone) = match kind {
        NoticeKind::Outbid => (tr!(lang, "notice.outbid", title = title, price = price), Tone::Bad),
        NoticeKind::Leading => {
            (tr!(lang, "notice.leading", title = title, price = price), Tone::Good)
        }
        NoticeKind::Won => (tr!(lang, "notice.won", title = title, price = price), Tone::Good),
        NoticeKind::Lost => (tr!(lang, "notice.lost", title = title), Tone::Plain),
        NoticeKind::Sold => (tr!(lang, "notice.sold", title = title, price = price), Tone::Good),
        NoticeKind::Unsold => (tr!(lang, "notice.unsold", title = title), Tone::Plain),
        NoticeKind::Charged => (tr!(lang, "notice.charged", price = price), Tone::Good),
        NoticeKind::EndingSoon => (tr!(lang, "notice.ending-soon", title = title), Tone::Warning),
        NoticeKind::Updated => (tr!(lang, "notice.updated", title = title), Tone::Plain),
        NoticeKind::Withdrawn => (tr!(lang, "notice.withdrawn", title = title), Tone::Warning),
        NoticeKind::Refunded => (tr!(lang, "notice.refunded", price = price), Tone::Warning),
    };
    (words.into_owned(), tone)
}

impl Notices {
    fn height(size: Size) -> usize {
        usize::from(crate::app::view::body(size).height.saturating_sub(1))
    }

    /// There is a new one: the list is read again when it is looked at.
    pub(crate) fn touch(&mut self) {
        self.list.touch();
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.list.act(action, Self::height(cx.shared.size)) {
            return;
        }
        match action {
            Action::Refresh => {
                self.list.touch();
                cx.go(Nav::Changed);
            }
            Action::MarkRead => self.mark_selected(cx),
            Action::MarkAllRead => {
                // Not what came since the list was read.
                let up_to = self.list.rows().first().map(|notice| notice.id);
                let request = ReadRequest { up_to, ..ReadRequest::default() };
                cx.ask(&mut self.marking, Call::MarkRead(request));
            }
            Action::Open => {
                if let Some(id) = self.list.selected().and_then(|notice| notice.auction_id) {
                    self.mark_selected(cx);
                    cx.go(Nav::Open(id));
                }
            }
            Action::Rebid => {
                if let Some(id) = self.outbid() {
                    self.mark_selected(cx);
                    cx.go(Nav::Rebid(id));
                }
            }
            _ => {}
        }
    }

    /// Marks the selected notice, if it is not read yet.
    fn mark_selected(&mut self, cx: &mut Cx) {
        if let Some(notice) = self.list.selected().filter(|notice| !notice.read) {
            let request = ReadRequest { only: Some(notice.id), ..ReadRequest::default() };
            cx.ask(&mut self.marking, Call::MarkRead(request));
        }
    }

    /// The auction of the selected notice, if it says that the user was outbid there.
    fn outbid(&self) -> Option<AuctionId> {
        let notice = self.list.selected()?;
        notice.auction_id.filter(|_| notice.kind == NoticeKind::Outbid)
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.list.select(row);
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        self.list.wheel(lines, Self::height(size));
    }

    /// The row at a place.
    pub(crate) fn row_at(&self, size: Size, at: Position) -> Option<usize> {
        self.list.row_at(list_area(crate::app::view::body(size)), at)
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        match action {
            Action::Open => self.list.selected().is_some_and(|notice| notice.auction_id.is_some()),
            Action::Rebid => self.outbid().is_some(),
            Action::MarkRead => self.list.selected().is_some_and(|notice| !notice.read),
            Action::MarkAllRead => self.list.rows().iter().any(|notice| !notice.read),
            _ => true,
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.list.owns(id) || self.marking.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        if self.marking.take(id) {
            match outcome {
                Ok(_) => {
                    self.list.touch();
                    cx.go(Nav::Changed);
                }
                Err(error) => cx.shared.fail(&error),
            }
            return;
        }
        let part = self.list.take(id, &outcome, cx.shared.uptime);
        if let (Some(part), Ok(Answer::Notifications(page))) = (part, outcome) {
            self.list.put(part, page.items, page.next_cursor);
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let height = Self::height(cx.shared.size);
        if let Some(want) = self.list.want(cx.shared.uptime, height) {
            let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
            let id = cx.call(Call::Notifications(PageQuery { limit: Some(50), cursor }));
            self.list.wait_for(&want, id);
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.list.is_waiting()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.list.next_change()
    }
}

/// Draws the screen into `body`.
pub(crate) fn view(screen: &Notices, shared: &Shared, frame: &mut Frame, body: Rect) {
    let area = list_area(body);
    let buf = frame.buffer_mut();
    let lang = shared.lang;
    if let Some(error) = screen.list.error()
        && screen.list.rows().is_empty()
    {
        let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
        let words = i18n::failure(lang, error);
        return notice::draw(buf, area, shared, &words, &lang.t(hint), shared.theme.bad);
    }
    if !screen.list.is_known() {
        return notice::draw_waiting(buf, area, shared, "notices.reading");
    }
    if screen.list.rows().is_empty() {
        let (title, hint) = (lang.t("notices.empty"), lang.t("notices.empty-hint"));
        return notice::draw(buf, area, shared, &title, &hint, shared.theme.heading);
    }
    let columns = [
        Column::left("", table::Size::Fixed(1)),
        Column::left(lang.t("column.when"), table::Size::Fixed(14)),
        Column::left(lang.t("column.notice"), table::Size::Share(1)),
    ];
    let rows = screen.list.rows();
    table::draw(
        area,
        buf,
        &shared.theme,
        &columns,
        &table::Shown::selecting(screen.list.cursor(), rows.len()),
        |index| {
            let notice = &rows[index];
            let theme = &shared.theme;
            let (words, tone) = sentence(lang, notice.kind, notice.title.as_deref(), notice.price);
            let style = match (notice.read, tone) {
                (true, _) => theme.muted,
                (false, Tone::Good) => theme.good,
                (false, Tone::Bad) => theme.bad,
                (false, Tone::Warning) => theme.warning,
                (false, Tone::Plain) => theme.text,
            };
            vec![
                Cell::new(if notice.read { "" } else { "●" }, theme.accent),
                Cell::new(shared.zone.short(notice.at, shared.now), theme.muted),
                Cell::new(words, style),
            ]
        },
    );
}
