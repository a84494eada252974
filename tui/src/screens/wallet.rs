//! The wallet: what is there, what is held, and every movement.

use std::{collections::HashSet, time::Duration};

use artipul_common::{
    AuctionId, ChargeId, Money,
    page::PageQuery,
    wallet::{Entry, EntryKind, Wallet},
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect, Size},
    text::{Line, Span},
};

use super::question::Question;
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        keeping::Keeping,
        model::{Cx, Dialog, Nav, Shared},
        paged::{Paged, Want},
        toasts::Tone,
    },
    i18n,
    keymap::Action,
    ui::{
        money::{signed_won, won},
        notice,
        table::{self, Cell, Column},
        text,
    },
};

/// Lines of the balance.
const HEAD: u16 = 6;

#[derive(Debug, Clone, Default)]
pub(crate) struct WalletScreen {
    entries: Paged<Entry>,
    /// Auctions whose titles were asked for.
    asked: HashSet<AuctionId>,
    cancelling: Slot,
}

/// Titles that are asked for at once.
const TITLES: usize = 8;

fn inner(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

fn list_area(body: Rect) -> Rect {
    Rect { y: body.y + HEAD.min(body.height), height: body.height.saturating_sub(HEAD), ..body }
}

impl WalletScreen {
    fn height(size: Size) -> usize {
        usize::from(list_area(crate::app::view::body(size)).height.saturating_sub(1))
    }

    /// The wallet moved: the entries are read again when they are looked at.
    pub(crate) fn touch(&mut self) {
        self.entries.touch();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.entries.act(action, Self::height(cx.shared.size)) {
            return;
        }
        match action {
            Action::TopUp => cx.go(Nav::TopUp(None)),
            Action::Refresh => cx.go(Nav::Changed),
            Action::Open => {
                if let Some(id) = self.selected_auction() {
                    cx.go(Nav::Open(id));
                }
            }
            Action::CancelCharge => {
                if let Some((id, entry)) = self.selected_charge() {
                    let question = Question::cancel_charge(id, entry.amount, entry.created_at);
                    let question = Dialog::Question(question);
                    cx.go(Nav::Show(Box::new(question)));
                }
            }
            _ => {}
        }
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.entries.select(row);
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        self.entries.wheel(lines, Self::height(size));
    }

    /// The row at a place.
    pub(crate) fn row_at(&self, size: Size, at: Position) -> Option<usize> {
        self.entries.row_at(list_area(inner(crate::app::view::body(size))), at)
    }

    fn selected_auction(&self) -> Option<AuctionId> {
        self.entries.selected().and_then(|entry| entry.auction_id)
    }

    /// The selected top-up, if it was not taken back yet.
    fn selected_charge(&self) -> Option<(ChargeId, &Entry)> {
        let selected = self.entries.selected().filter(|entry| entry.kind == EntryKind::Charge)?;
        let id = selected.charge_id?;
        let taken_back =
            |entry: &Entry| entry.kind == EntryKind::ChargeCancelled && entry.charge_id == Some(id);
        (!self.entries.rows().iter().any(taken_back)).then_some((id, selected))
    }

    /// Takes a top-up back; the question has been answered.
    pub(crate) fn cancel_charge(&mut self, id: ChargeId, cx: &mut Cx) {
        cx.ask(&mut self.cancelling, Call::Keeping(Keeping::CancelCharge(id)));
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        match action {
            Action::Open => self.selected_auction().is_some(),
            Action::CancelCharge => self.selected_charge().is_some(),
            _ => true,
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.entries.owns(id) || self.cancelling.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        if self.cancelling.take(id) {
            match outcome {
                Ok(_) => {
                    let words = cx.lang().t("entry.charge-cancelled");
                    cx.shared.toast(Tone::Good, words);
                }
                Err(error) => cx.shared.fail(&error),
            }
            return cx.go(Nav::Changed);
        }
        let part = self.entries.take(id, &outcome, cx.shared.uptime);
        if let (Some(part), Ok(Answer::Entries(page))) = (part, outcome) {
            self.entries.put(part, page.items, page.next_cursor);
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let height = Self::height(cx.shared.size);
        if let Some(want) = self.entries.want(cx.shared.uptime, height) {
            let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
            let id = cx.call(Call::Entries(PageQuery { limit: Some(50), cursor }));
            self.entries.wait_for(&want, id);
        }
        self.read_titles(cx, height);
    }

    /// Reads the auctions that the entries on the screen are about, where they are not known.
    fn read_titles(&mut self, cx: &mut Cx, height: usize) {
        let rows = self.entries.rows();
        let unknown: Vec<AuctionId> = rows[self.entries.cursor().visible(rows.len(), height)]
            .iter()
            .filter_map(|entry| entry.auction_id)
            .filter(|id| cx.shared.lots.get(*id).is_none() && !self.asked.contains(id))
            .take(TITLES)
            .collect();
        for id in unknown {
            if self.asked.insert(id) {
                let request = cx.call(Call::Auction(id));
                cx.shared.rereads.push(request);
            }
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.entries.is_waiting() || self.cancelling.is_waiting()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.entries.next_change()
    }
}

/// Draws the screen into `body`.
pub(crate) fn view(screen: &WalletScreen, shared: &Shared, frame: &mut Frame, body: Rect) {
    let body = inner(body);
    let buf = frame.buffer_mut();
    balance(shared, shared.account.wallet, buf, body);
    let area = list_area(body);
    let lang = shared.lang;
    if let Some(error) = screen.entries.error()
        && screen.entries.rows().is_empty()
    {
        let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
        let words = i18n::failure(lang, error);
        return notice::draw(buf, area, shared, &words, &lang.t(hint), shared.theme.bad);
    }
    if !screen.entries.is_known() {
        return notice::draw_waiting(buf, area, shared, "wallet.reading");
    }
    if screen.entries.rows().is_empty() {
        let (title, hint) = (lang.t("wallet.empty"), lang.t("wallet.empty-hint"));
        return notice::draw(buf, area, shared, &title, &hint, shared.theme.heading);
    }
    entries(screen, shared, buf, area);
}

fn balance(shared: &Shared, wallet: Option<Wallet>, buf: &mut Buffer, area: Rect) {
    let (lang, theme) = (shared.lang, &shared.theme);
    let amount = |pick: fn(Wallet) -> Money| wallet.map_or("…".to_owned(), |w| won(pick(w)));
    let rows = [
        ("wallet.available", amount(|wallet| wallet.available), theme.money),
        ("wallet.held", amount(|wallet| wallet.held), theme.text),
        ("wallet.balance", amount(|wallet| wallet.balance), theme.text),
    ];
    let label_width = rows.iter().map(|(key, ..)| text::width(&lang.t(key))).max().unwrap_or(0);
    for ((key, amount, style), y) in rows.into_iter().zip(area.y + 1..area.bottom()) {
        let line = Line::from(vec![
            Span::styled(text::left(&lang.t(key), label_width + 2), theme.muted),
            Span::styled(text::right(&amount, 16), style),
        ]);
        buf.set_line(area.x, y, &line, area.width);
    }
    let explanation_x = area.x + u16::try_from(label_width).unwrap_or(0) + 24;
    let room = usize::from(area.right().saturating_sub(explanation_x));
    if room >= 20 {
        let words = text::wrap(&lang.t("wallet.held-means"), room.min(48));
        for (line, y) in words.iter().zip(area.y + 1..area.y + 5) {
            buf.set_string(explanation_x, y, line, theme.muted);
        }
    }
}

fn entries(screen: &WalletScreen, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let lang = shared.lang;
    let columns = [
        Column::left(lang.t("column.when"), table::Size::Fixed(14)),
        Column::left(lang.t("column.movement"), table::Size::Share(1)),
        Column::right(lang.t("column.amount"), table::Size::Fixed(16)),
        Column::right(lang.t("column.balance"), table::Size::Fixed(16)),
    ];
    let rows = screen.entries.rows();
    table::draw(
        area,
        buf,
        &shared.theme,
        &columns,
        &table::Shown::selecting(screen.entries.cursor(), rows.len()),
        |index| {
            let entry = &rows[index];
            let theme = &shared.theme;
            let style = if entry.amount > Money::ZERO { theme.good } else { theme.text };
            vec![
                Cell::new(shared.zone.short(entry.created_at, shared.now), theme.muted),
                Cell::new(movement(shared, entry), theme.text),
                Cell::new(signed_won(entry.amount), style),
                Cell::new(won(entry.balance_after), theme.muted),
            ]
        },
    );
}

fn movement(shared: &Shared, entry: &Entry) -> String {
    let key = match entry.kind {
        EntryKind::Charge => "entry.charge",
        EntryKind::ChargeCancelled => "entry.charge-cancelled",
        EntryKind::Purchase => "entry.purchase",
        EntryKind::Sale => "entry.sale",
    };
    let words = shared.lang.t(key);
    let title = entry.auction_id.and_then(|id| shared.lots.get(id));
    match (title, entry.auction_id) {
        (Some(lot), _) => format!("{words} · {}", lot.auction.title),
        (None, Some(id)) => format!("{words} · #{id}"),
        (None, None) => words.into_owned(),
    }
}
