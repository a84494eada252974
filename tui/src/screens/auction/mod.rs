//! The page of one auction: the work, the terms, the live price with its history, and how the
//! user stands.

mod view;

use std::time::Duration;

use artipul_common::{
    AuctionId,
    auctions::{EditAuctionRequest, Phase},
    bids::{HistoryEntry, HistoryQuery},
    client::ClientError,
    page::Page,
};
use ratatui::layout::{Position, Rect, Size};

pub(crate) use self::view::view;
use super::{
    admin::{self, deed::Deed},
    artist::ArtistDialog,
    look::Look,
    question::Question,
    reading::Reading,
    wall,
};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        loading::Loading,
        lots::Lot,
        model::{Cx, Dialog, Nav, Shared},
        toasts::Tone,
    },
    keymap::Action,
    ui::{
        list::ListCursor,
        time::{Grain, grain},
    },
};

/// Entries of the history that are asked for at once.
const ENTRIES: u32 = 100;
/// Lines of what is said above the chart.
const INFO: u16 = 11;

/// The page of one auction.
#[derive(Debug, Clone)]
pub(crate) struct AuctionPage {
    id: AuctionId,
    auction: Loading,
    /// It may have changed while it was being read.
    auction_stale: bool,
    history: Vec<HistoryEntry>,
    history_read: Loading,
    history_stale: bool,
    newest: Slot,
    older: Loading,
    older_page: Option<String>,
    cursor: ListCursor,
    edit: Slot,
}

/// The parts of the screen.
struct Parts {
    work: Rect,
    info: Rect,
    chart: Rect,
    history: Rect,
}

fn parts(body: Rect) -> Parts {
    let body = Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body };
    let work_width = (body.width * 9 / 20).clamp(28.min(body.width), 64);
    let work = Rect { width: work_width, ..body };
    let right =
        Rect { x: work.right() + 2, width: body.width.saturating_sub(work_width + 2), ..body };
    let info = Rect { height: INFO.min(right.height), ..right };
    let rest = right.height - info.height;
    let chart_height = match rest {
        0..=6 => 0,
        7..=12 => 5,
        13..=22 => 7,
        _ => 10,
    };
    let chart = Rect { y: info.bottom(), height: chart_height, ..right };
    let history = Rect { y: chart.bottom(), height: rest - chart_height, ..right };
    Parts { work, info, chart, history }
}

impl AuctionPage {
    /// Opens the page and reads what it shows.
    pub(crate) fn open(id: AuctionId, cx: &mut Cx) -> Self {
        let mut page = Self {
            id,
            auction: Loading::default(),
            auction_stale: false,
            history: Vec::new(),
            history_read: Loading::default(),
            history_stale: false,
            newest: Slot::default(),
            older: Loading::default(),
            older_page: None,
            cursor: ListCursor::default(),
            edit: Slot::default(),
        };
        page.read(cx);
        page
    }

    pub(crate) fn id(&self) -> AuctionId {
        self.id
    }

    fn height(size: Size) -> usize {
        usize::from(parts(crate::app::view::body(size)).history.height.saturating_sub(1))
    }

    /// Reads everything: at the start, after a gap, or when the user asks for it.
    pub(crate) fn read(&mut self, cx: &mut Cx) {
        self.read_auction(cx);
        self.read_history(cx);
    }

    /// Reads the auction with the user's part in it.
    pub(crate) fn read_auction(&mut self, cx: &mut Cx) {
        if self.auction.is_waiting() {
            self.auction_stale = true;
        } else {
            self.auction_stale = false;
            self.auction.wait_for(cx.call(Call::Auction(self.id)));
        }
    }

    fn read_history(&mut self, cx: &mut Cx) {
        let query = HistoryQuery { limit: Some(ENTRIES), ..HistoryQuery::default() };
        self.older.forget();
        self.newest.forget();
        self.history_read.wait_for(cx.call(Call::History(self.id, query)));
    }

    /// The price or the leader changed: the history has a new line.
    pub(crate) fn bid_placed(&mut self, cx: &mut Cx) {
        let Some(last) = self.history.first() else { return self.read_history(cx) };
        if self.newest.is_waiting() || self.history_read.is_waiting() {
            self.history_stale = true;
            return;
        }
        self.history_stale = false;
        let query = HistoryQuery {
            after_seq: Some(last.seq),
            limit: Some(ENTRIES),
            ..HistoryQuery::default()
        };
        self.newest.wait_for(cx.call(Call::History(self.id, query)));
    }

    /// Scrolls what is at a place.
    pub(crate) fn wheel(&mut self, at: Position, lines: i32, size: Size) {
        if parts(crate::app::view::body(size)).history.contains(at) {
            self.cursor.wheel(lines, self.history.len(), Self::height(size));
        }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.cursor.scroll(action, self.history.len(), Self::height(cx.shared.size)) {
            return;
        }
        match action {
            Action::Back => cx.go(Nav::Back),
            Action::Bid => cx.go(Nav::Bid(self.id)),
            Action::BuyNow => cx.go(Nav::Buy(self.id)),
            Action::Watch => cx.go(Nav::Watch(self.id)),
            Action::Refresh => self.read(cx),
            Action::Look => cx.go(Nav::Show(Box::new(Dialog::Look(Look::open(self.id))))),
            Action::Details | Action::Open => {
                cx.go(Nav::Show(Box::new(Dialog::Reading(Reading::work(self.id)))));
            }
            Action::Publish if self.is_own(cx.shared, Phase::Draft) => {
                let edit =
                    EditAuctionRequest { draft: Some(false), ..EditAuctionRequest::default() };
                let call = Call::EditAuction(self.id, Box::new(edit), None);
                cx.ask(&mut self.edit, call);
            }
            Action::Artist => {
                if let Some(seller) = self.lot(cx.shared).map(|lot| lot.auction.seller.id) {
                    let artist = ArtistDialog::open(seller, cx);
                    cx.go(Nav::Show(Box::new(Dialog::Artist(Box::new(artist)))));
                }
            }
            Action::WithdrawAuction if self.offers(action, cx.shared) => {
                admin::open(Deed::Withdraw(Some(self.id)), cx);
            }
            Action::SuspendWork if self.offers(action, cx.shared) => {
                let work = self.lot(cx.shared).map(|lot| lot.auction.work_id);
                admin::open(Deed::SuspendWork(work), cx);
            }
            Action::Withdraw if self.can_be_withdrawn(cx.shared) => {
                let question = Question::withdraw(self.id);
                cx.go(Nav::Show(Box::new(Dialog::Question(question))));
            }
            _ => {}
        }
    }

    /// Withdraws the auction; the question has been answered.
    pub(crate) fn withdraw(&mut self, cx: &mut Cx) {
        let call = Call::CancelAuction(self.id);
        cx.ask(&mut self.edit, call);
    }

    fn lot<'a>(&self, shared: &'a Shared) -> Option<&'a Lot> {
        shared.lots.get(self.id)
    }

    fn is_own(&self, shared: &Shared, phase: Phase) -> bool {
        self.lot(shared).is_some_and(|lot| {
            shared.account.user_id() == Some(lot.auction.seller.id) && lot.auction.phase == phase
        })
    }

    fn can_be_withdrawn(&self, shared: &Shared) -> bool {
        let unbid = self.lot(shared).is_some_and(|lot| lot.auction.bid_count == 0);
        unbid
            && [Phase::Draft, Phase::Upcoming, Phase::Open]
                .into_iter()
                .any(|phase| self.is_own(shared, phase))
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action, shared: &Shared) -> bool {
        match action {
            Action::Publish => self.is_own(shared, Phase::Draft),
            Action::Withdraw => self.can_be_withdrawn(shared),
            Action::WithdrawAuction => {
                let lot = self.lot(shared).filter(|_| shared.account.is_admin());
                lot.is_some_and(|lot| lot.auction.outcome.is_none())
            }
            Action::SuspendWork => shared.account.is_admin() && self.lot(shared).is_some(),
            _ => true,
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.auction.owns(id)
            || self.history_read.owns(id)
            || self.older.owns(id)
            || self.newest.is_for(id)
            || self.edit.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        if self.edit.take(id) {
            return self.edited(outcome, cx);
        }
        let auction = self.auction.take(id, &outcome, uptime);
        let whole = self.history_read.take(id, &outcome, uptime);
        let older = self.older.take(id, &outcome, uptime);
        let newest = self.newest.take(id);
        match outcome {
            Ok(Answer::Auction(read)) if auction => {
                cx.shared.lots.put(*read);
                if self.auction_stale {
                    self.read_auction(cx);
                }
            }
            Ok(Answer::History(page)) if whole => {
                self.older_page = page.next_cursor;
                self.history = page.items;
            }
            Ok(Answer::History(page)) if older => {
                self.older_page = page.next_cursor;
                self.history.extend(page.items);
            }
            Ok(Answer::History(page)) if newest => self.prepend(page, cx),
            // The gap that this leaves is closed by reading the whole.
            Err(_) if newest => self.read_history(cx),
            _ => {}
        }
        if (whole || newest) && self.history_stale {
            self.bid_placed(cx);
        }
    }

    fn prepend(&mut self, page: Page<HistoryEntry>, cx: &mut Cx) {
        if page.next_cursor.is_some() {
            // More than a page is new.
            return self.read_history(cx);
        }
        let known = self.history.first().map_or(0, |entry| entry.seq);
        let mut entries: Vec<_> =
            page.items.into_iter().filter(|entry| entry.seq > known).collect();
        self.cursor.shift(entries.len());
        entries.append(&mut self.history);
        self.history = entries;
    }

    fn edited(&mut self, outcome: Outcome, cx: &mut Cx) {
        let lang = cx.lang();
        match outcome {
            Ok(Answer::Auction(auction)) => {
                cx.shared.lots.put(*auction);
                cx.shared.toast(Tone::Good, lang.t("auction.published"));
            }
            Ok(_) => cx.shared.toast(Tone::Plain, lang.t("auction.withdrawn")),
            Err(error) => cx.shared.fail(&error),
        }
        self.read_auction(cx);
        cx.go(Nav::Changed);
    }

    /// What follows by itself from the state.
    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        let height = Self::height(cx.shared.size);
        self.cursor.stay_within(self.history.len(), height);
        if self.auction.is_due(uptime) {
            self.read_auction(cx);
        }
        if self.history_read.is_due(uptime) {
            self.read_history(cx);
        }
        let near_end = self.cursor.selected() + 2 * height >= self.history.len();
        let asks = self.older.error().is_none() || self.older.is_due(uptime);
        if let Some(cursor) = self.older_page.clone()
            && near_end
            && asks
            && !self.older.is_waiting()
            && !self.history_read.is_waiting()
        {
            let query = HistoryQuery {
                cursor: Some(cursor),
                limit: Some(ENTRIES),
                ..HistoryQuery::default()
            };
            self.older.wait_for(cx.call(Call::History(self.id, query)));
        }
        let work = parts(crate::app::view::body(cx.shared.size)).work;
        let wanted = self
            .lot(cx.shared)
            .and_then(|lot| view::picture(cx.shared, lot, work))
            .map(|(image, place)| (image.clone(), place));
        if let Some((image, place)) = wanted {
            wall::want(cx, &image, place);
        }
    }

    /// The auction to follow: until it is known how it came out.
    pub(crate) fn live_id(&self, shared: &Shared) -> Option<AuctionId> {
        let auction = &self.lot(shared)?.auction;
        (auction.outcome.is_none() && auction.phase != Phase::Draft).then_some(self.id)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.auction.is_waiting() && self.history.is_empty()
    }

    fn error(&self) -> Option<&ClientError> {
        self.auction.error()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        [&self.auction, &self.history_read, &self.older]
            .into_iter()
            .filter_map(Loading::next_change)
            .min()
    }

    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        self.lot(shared)?.left(shared.now).map(grain)
    }
}
