//! The artist's studio: his works by where they stand, what they earned, and what can be done with
//! the selected one.

mod bids;
mod detail;
mod proceeds;
mod tab;
mod view;

use std::{collections::HashSet, time::Duration};

use artipul_common::{
    AuctionId,
    accounts::EditProfileRequest,
    auctions::{Auction, EditAuctionRequest, Outcome as Result, Phase},
    limits,
};
use chrono::TimeDelta;
use crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

pub(crate) use self::view::view;
use self::{bids::Bids, proceeds::Proceeds, tab::Tab};
use super::{
    batch::Batch,
    images::ImagesDialog,
    question::Question,
    sell::{Purpose, Sell, Turn},
    wall,
};
use crate::{
    app::{
        account::Account,
        effect::{Answer, Call, Outcome, RequestId, Slot},
        lots::Lot,
        model::{Cx, Dialog, Nav, Section, Shared},
        mouse::Target,
        outbox::Settled,
        paged::{Paged, Want},
        toasts::Tone,
    },
    keymap::{Action, When},
    ui::time::{Grain, grain},
};

/// Rows that are read at once.
const PAGE: u32 = 50;

#[derive(Debug, Clone)]
pub(crate) struct Studio {
    tab: Tab,
    /// One list per tab, in the order of [`Tab::ALL`].
    lists: [Paged<AuctionId>; Tab::ALL.len()],
    /// To be selected as soon as it is on the list.
    reveal: Option<AuctionId>,
    proceeds: Proceeds,
    bids: Bids,
    /// The form, over the list.
    form: Option<Box<Sell>>,
    /// The file whose works are listed, over the list.
    batch: Option<Box<Batch>>,
    acting: Slot,
    becoming_artist: Slot,
    /// Auctions that have started by the clock since they were read.
    started: HashSet<AuctionId>,
}

impl Default for Studio {
    fn default() -> Self {
        Self {
            tab: Tab::Open,
            lists: Default::default(),
            reveal: None,
            proceeds: Proceeds::default(),
            bids: Bids::default(),
            form: None,
            batch: None,
            acting: Slot::default(),
            becoming_artist: Slot::default(),
            started: HashSet::new(),
        }
    }
}

/// The parts of the screen.
struct Parts {
    head: Rect,
    tabs: Rect,
    list: Rect,
    /// The selected work, where there is room for it.
    detail: Option<Rect>,
}

/// From this width on, the selected work is shown beside the list.
const WIDE: u16 = 110;

fn parts(body: Rect) -> Parts {
    const ABOVE: u16 = 3;
    let inner = Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body };
    let line = |at: u16| Rect { y: inner.y + at.min(inner.height), height: 1, ..inner };
    let below = Rect {
        y: inner.y + ABOVE.min(inner.height),
        height: inner.height.saturating_sub(ABOVE),
        ..inner
    };
    let width = if body.width >= WIDE { below.width * 3 / 5 } else { below.width };
    let list = Rect { width, ..below };
    let detail = (width < below.width).then(|| Rect {
        x: list.right() + 3,
        width: below.width - width - 3,
        ..below
    });
    Parts { head: line(0), tabs: line(1), list, detail }
}

fn is_artist(shared: &Shared) -> bool {
    shared.account.user().is_some_and(|user| user.is_artist)
}

/// Whether the seller may still change or withdraw an auction.
fn can_be_changed(lot: &Lot, shared: &Shared) -> bool {
    let stands = match lot.phase(shared.now) {
        Phase::Draft | Phase::Upcoming => true,
        Phase::Open => lot.takes_bids(shared.now),
        Phase::Ended => false,
    };
    stands && lot.auction.bid_count == 0
}

fn can_be_relisted(auction: &Auction) -> bool {
    matches!(auction.outcome, Some(Result::Unsold | Result::Cancelled))
}

impl Studio {
    fn height(size: Size) -> usize {
        usize::from(parts(crate::app::view::body(size)).list.height.saturating_sub(1))
    }

    fn list(&self) -> &Paged<AuctionId> {
        &self.lists[self.tab.index()]
    }

    fn list_mut(&mut self) -> &mut Paged<AuctionId> {
        &mut self.lists[self.tab.index()]
    }

    /// Something of the user's changed: the lists are read again when they are looked at.
    pub(crate) fn touch(&mut self) {
        self.lists.iter_mut().for_each(Paged::touch);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Where keys hold, what is on top first.
    pub(crate) fn contexts(&self, shared: &Shared) -> Vec<When> {
        if !is_artist(shared) {
            vec![When::Question, When::Global, When::Always]
        } else if self.form.is_some() {
            vec![When::Form, When::Always]
        } else if let Some(batch) = &self.batch {
            batch.contexts()
        } else {
            vec![When::Studio, When::List, When::Global, When::Always]
        }
    }

    /// Whether something was typed that would be lost.
    pub(crate) fn is_touched(&self) -> bool {
        self.form.as_ref().is_some_and(|form| form.is_touched())
    }

    pub(crate) fn selected(&self) -> Option<AuctionId> {
        self.list().selected().copied()
    }

    fn selected_lot<'a>(&self, shared: &'a Shared) -> Option<&'a Lot> {
        shared.lots.get(self.selected()?)
    }

    /// Every auction that is shown.
    pub(crate) fn rows(&self) -> impl Iterator<Item = AuctionId> {
        self.lists.iter().flat_map(|list| list.rows().iter().copied())
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action, shared: &Shared) -> bool {
        if self.form.is_some() {
            return true;
        }
        if let Some(batch) = &self.batch {
            return batch.offers(action);
        }
        let lot = self.selected_lot(shared);
        match action {
            Action::Open => lot.is_some(),
            Action::Edit | Action::Images | Action::Withdraw => {
                lot.is_some_and(|lot| can_be_changed(lot, shared))
            }
            Action::Publish => lot.is_some_and(|lot| lot.auction.phase == Phase::Draft),
            Action::Relist => lot.is_some_and(|lot| can_be_relisted(&lot.auction)),
            _ => true,
        }
    }

    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        self.form.as_ref().is_some_and(|form| form.takes(event))
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) {
        if let Some(form) = &mut self.form {
            let turn = form.key(event, cx);
            self.heed(turn, cx);
        } else if let Some(batch) = &mut self.batch {
            batch.key(event);
        }
    }

    /// What can be clicked at a place.
    pub(crate) fn target(&self, shared: &Shared, at: Position) -> Option<Target> {
        if !is_artist(shared) || self.batch.is_some() {
            return None;
        }
        if self.form.is_some() {
            return Some(Target::Form(at));
        }
        let parts = parts(crate::app::view::body(shared.size));
        let row = self.list().row_at(parts.list, at).map(Target::Row);
        row.or_else(|| view::tab_at(self, shared, parts.tabs, at).map(Target::Choice))
    }

    pub(crate) fn select(&mut self, row: usize) {
        self.list_mut().select(row);
    }

    /// Shows the tab of this number.
    pub(crate) fn choose(&mut self, index: usize) {
        if let Some((tab, _)) = Tab::ALL.get(index) {
            self.tab = *tab;
        }
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        if self.form.is_none() && self.batch.is_none() {
            self.list_mut().wheel(lines, Self::height(size));
        }
    }

    /// Clicks on what the form has at a place.
    pub(crate) fn click(&mut self, at: Position, cx: &mut Cx) {
        if let Some(form) = &mut self.form {
            let turn = form.click(at, cx);
            self.heed(turn, cx);
        }
    }

    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        if let Some(form) = &mut self.form {
            form.paste(pasted, cx);
        } else if let Some(batch) = &mut self.batch {
            batch.paste(pasted);
        }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if !is_artist(cx.shared) {
            return self.become_artist(action, cx);
        }
        if let Some(form) = &mut self.form {
            let turn = form.act(action, cx);
            return self.heed(turn, cx);
        }
        if let Some(batch) = &mut self.batch {
            if batch.act(action, cx) {
                self.batch = None;
            }
            return;
        }
        let height = Self::height(cx.shared.size);
        if self.list_mut().act(action, height) {
            return;
        }
        match action {
            Action::Previous => self.tab = self.tab.before(),
            Action::Next => self.tab = self.tab.after(),
            Action::Batch => self.batch = Some(Box::new(Batch::open())),
            Action::New => self.open_form(Purpose::New, cx),
            Action::Refresh => {
                self.proceeds.touch();
                cx.go(Nav::Changed);
            }
            _ => self.act_on_selected(action, cx),
        }
    }

    fn become_artist(&mut self, action: Action, cx: &mut Cx) {
        match action {
            Action::Back => cx.go(Nav::Section(Section::Browse)),
            Action::Confirm if !self.becoming_artist.is_waiting() => {
                let edit =
                    EditProfileRequest { is_artist: Some(true), ..EditProfileRequest::default() };
                cx.ask(&mut self.becoming_artist, Call::EditProfile(Box::new(edit)));
            }
            _ => {}
        }
    }

    /// Does what the footer offers for the selected work, and nothing else.
    fn act_on_selected(&mut self, action: Action, cx: &mut Cx) {
        if !self.offers(action, cx.shared) {
            return;
        }
        let Some(lot) = self.selected_lot(cx.shared) else { return };
        let auction = &lot.auction;
        match action {
            Action::Open => cx.go(Nav::Open(auction.id)),
            Action::Edit => self.open_form(Purpose::Edit(Box::new(auction.clone())), cx),
            Action::Relist => self.open_form(Purpose::Relist(Box::new(auction.clone())), cx),
            Action::Publish if !self.acting.is_waiting() => {
                let edit =
                    EditAuctionRequest { draft: Some(false), ..EditAuctionRequest::default() };
                let call = Call::EditAuction(auction.id, Box::new(edit), None);
                cx.ask(&mut self.acting, call);
            }
            Action::Images => {
                let dialog = Box::new(ImagesDialog::open(auction.id));
                cx.go(Nav::Show(Box::new(Dialog::Images(dialog))));
            }
            Action::Withdraw => {
                let question = Question::withdraw(auction.id);
                cx.go(Nav::Show(Box::new(Dialog::Question(question))));
            }
            _ => {}
        }
    }

    fn open_form(&mut self, purpose: Purpose, cx: &mut Cx) {
        self.form = Some(Box::new(Sell::open(purpose, cx)));
    }

    fn heed(&mut self, turn: Turn, cx: &mut Cx) {
        match turn {
            Turn::Stay => {}
            Turn::Leave if self.is_touched() => {
                cx.go(Nav::Show(Box::new(Dialog::Question(Question::discard()))));
            }
            Turn::Leave => self.form = None,
            Turn::Unchanged => {
                self.form = None;
                let words = cx.lang().t("sell.unchanged");
                cx.shared.toast(Tone::Plain, words);
            }
        }
    }

    /// Leaves the form with what was typed in it; the question has been answered.
    pub(crate) fn discard(&mut self) {
        self.form = None;
    }

    /// Lists the works of the file; the question has been answered.
    pub(crate) fn list_batch(&mut self, cx: &mut Cx) {
        if let Some(batch) = &mut self.batch {
            batch.begin(cx);
        }
    }

    /// Stops before the works of the file that were not sent; the question has been answered.
    pub(crate) fn leave_batch(&mut self) {
        self.batch = None;
        self.touch();
    }

    /// Withdraws an auction; the question has been answered.
    pub(crate) fn withdraw(&mut self, id: AuctionId, cx: &mut Cx) {
        cx.ask(&mut self.acting, Call::CancelAuction(id));
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.becoming_artist.is_for(id)
            || self.acting.is_for(id)
            || self.proceeds.owns(id)
            || self.bids.owns(id)
            || self.form.as_ref().is_some_and(|form| form.owns(id))
            || self.batch.as_ref().is_some_and(|batch| batch.owns(id))
            || self.lists.iter().any(|list| list.owns(id))
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        if self.becoming_artist.take(id) {
            became_artist(outcome, cx);
        } else if self.acting.take(id) {
            self.acted(outcome, cx);
        } else if self.proceeds.owns(id) {
            self.proceeds.answered(id, outcome, cx);
        } else if self.bids.owns(id) {
            self.bids.answered(id, outcome, cx.shared.uptime);
        } else if let Some(form) = self.form.as_mut().filter(|form| form.owns(id)) {
            let auction = form.answered(id, outcome, cx);
            self.finished(auction, cx);
        } else if let Some(batch) = self.batch.as_mut().filter(|batch| batch.owns(id)) {
            batch.answered(id, outcome);
        } else {
            self.listed(id, outcome, cx);
        }
    }

    /// A page of one of the lists arrived.
    fn listed(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let Some(index) = self.lists.iter().position(|list| list.owns(id)) else { return };
        let list = &mut self.lists[index];
        let part = list.take(id, &outcome, cx.shared.uptime);
        let (Some(part), Ok(Answer::Auctions(page))) = (part, outcome) else { return };
        let tab = Tab::ALL[index].0;
        let mut rows = Vec::new();
        for auction in page.items.into_iter().filter(|auction| tab.takes(auction)) {
            rows.push(auction.id);
            cx.shared.lots.put(auction);
        }
        list.put(part, rows, page.next_cursor);
        let found = self.reveal.and_then(|id| list.rows().iter().position(|row| *row == id));
        if let Some(found) = found {
            list.select(found);
            self.reveal = None;
        }
    }

    /// Whether the form or the file is what sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        self.form.as_ref().is_some_and(|form| form.sent(key))
            || self.batch.as_ref().is_some_and(|batch| batch.sent(key))
    }

    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) {
        if let Some(form) = &mut self.form {
            let auction = form.settled(settled, cx);
            self.finished(auction, cx);
        } else if let Some(batch) = &mut self.batch {
            batch.settled(settled, cx);
        }
    }

    /// The form's work is done: the list shows what came of it.
    fn finished(&mut self, auction: Option<Box<Auction>>, cx: &mut Cx) {
        let Some(auction) = auction else { return };
        self.form = None;
        self.tab = Tab::of(&auction);
        self.reveal = Some(auction.id);
        cx.shared.lots.put(*auction);
        cx.go(Nav::Changed);
    }

    fn acted(&mut self, outcome: Outcome, cx: &mut Cx) {
        let lang = cx.lang();
        match outcome {
            Ok(Answer::Auction(auction)) => {
                let words =
                    if auction.phase == Phase::Upcoming { "sell.scheduled" } else { "sell.listed" };
                cx.shared.toast(Tone::Good, lang.t(words));
                self.finished(Some(auction), cx);
            }
            Ok(_) => cx.shared.toast(Tone::Plain, lang.t("auction.withdrawn")),
            Err(error) => cx.shared.fail(&error),
        }
        cx.go(Nav::Changed);
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        if !is_artist(cx.shared) {
            return;
        }
        if let Some(form) = &mut self.form {
            form.settle(cx.shared);
        }
        if let Some(batch) = &mut self.batch {
            batch.settle(cx.shared);
        }
        self.proceeds.settle(cx);
        self.notice_starts(cx);
        let height = Self::height(cx.shared.size);
        let uptime = cx.shared.uptime;
        if let Some(want) = self.list_mut().want(uptime, height) {
            let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
            let id = cx.call(self.tab.call(PAGE, cursor));
            self.list_mut().wait_for(&want, id);
        }
        if cx.shared.size.width >= WIDE && self.form.is_none() {
            self.look_closer(cx);
        }
    }

    /// The auctions that wait for their start, as far as they are known.
    fn upcoming<'a>(&self, shared: &'a Shared) -> impl Iterator<Item = &'a Lot> {
        let rows = self.lists[Tab::Upcoming.index()].rows().iter();
        let lots = rows.filter_map(|id| shared.lots.get(*id));
        lots.filter(|lot| lot.auction.phase == Phase::Upcoming)
    }

    /// An auction that has started stands elsewhere. The lists are read again once for each: the
    /// server's clock may be a moment behind.
    fn notice_starts(&mut self, cx: &mut Cx) {
        let now = cx.shared.now;
        let started = self.upcoming(cx.shared).filter(|lot| lot.phase(now) == Phase::Open);
        let started: Vec<_> = started.map(|lot| lot.auction.id).collect();
        let mut is_news = false;
        for id in started {
            is_news |= self.started.insert(id);
        }
        if is_news {
            cx.go(Nav::Changed);
        }
    }

    /// When the next auction starts that waits for it.
    pub(crate) fn next_start(&self, shared: &Shared) -> Option<Duration> {
        let next = self.upcoming(shared).map(|lot| lot.auction.starts_at - shared.now);
        let next = next.filter(|left| *left > TimeDelta::zero()).min()?;
        // A moment later rather than earlier: it must have started.
        Some(shared.uptime + next.to_std().ok()? + Duration::from_millis(50))
    }

    /// Reads what is shown of the selected work beside the list.
    fn look_closer(&mut self, cx: &mut Cx) {
        let Some(lot) = self.selected_lot(cx.shared) else { return };
        let (id, bids) = (lot.auction.id, lot.auction.bid_count);
        let detail = parts(crate::app::view::body(cx.shared.size)).detail;
        let wanted = detail
            .and_then(|area| detail::picture(cx.shared, lot, area))
            .map(|(image, place)| (image.clone(), place));
        if let Some((image, place)) = wanted {
            wall::want(cx, &image, place);
        }
        self.bids.settle(id, bids, cx);
    }

    /// The auctions whose prices are to be live.
    pub(crate) fn live_ids(&self) -> Vec<AuctionId> {
        let changes = matches!(self.tab, Tab::Open | Tab::Upcoming);
        let most = if changes { limits::MAX_STREAM_AUCTIONS } else { 0 };
        self.list().rows().iter().copied().take(most).collect()
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        self.becoming_artist.is_waiting()
            || match (&self.form, &self.batch) {
                (Some(form), _) => form.is_waiting(shared),
                (None, Some(batch)) => batch.is_waiting(),
                (None, None) => self.list().is_waiting(),
            }
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        let parts =
            [self.list().next_change(), self.proceeds.next_change(), self.bids.next_change()];
        parts.into_iter().flatten().min()
    }

    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        let list = self.list();
        let shown = list.cursor().visible(list.rows().len(), Self::height(shared.size));
        list.rows()[shown]
            .iter()
            .filter_map(|id| shared.lots.get(*id)?.left(shared.now))
            .map(grain)
            .min()
    }
}

/// The profile was changed: one who lists works is an artist.
fn became_artist(outcome: Outcome, cx: &mut Cx) {
    match outcome {
        Ok(Answer::User(user)) => Account::sign_in(cx, *user),
        Ok(_) => {}
        Err(error) => cx.shared.fail(&error),
    }
}
