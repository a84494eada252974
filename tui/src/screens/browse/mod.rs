//! The list of auctions: by genre, phase, order and words, with live prices and countdowns.

mod gallery;
mod view;

use std::time::Duration;

use artipul_common::{
    AuctionId, Timestamp,
    auctions::{Auction, AuctionQuery, Image, Phase, Sort},
    client::ClientError,
    limits,
    page::Page,
};
use chrono::TimeDelta;
use crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect, Size};

use self::gallery::Grid;
pub(crate) use self::view::{sort_key, view};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId},
        loading::Loading,
        model::{Cx, Dialog, Nav, Shared},
        mouse::{NOTCH, Target},
    },
    keymap::Action,
    screens::{look::Look, wall},
    ui::{
        field::{Kind, TextField},
        list::ListCursor,
        table, tabs,
        time::{Grain, grain},
    },
};

/// Rows of one page.
const PAGE: u32 = 50;
/// So many rows before the end of what is loaded, the next page is asked for.
const AHEAD: usize = 20;
/// How long after the last letter words are looked for.
const TYPING_PAUSE: Duration = Duration::from_millis(250);
/// How long a row must be selected before its picture is loaded.
const REST: Duration = Duration::from_millis(150);
/// Whoever comes back to a list that is older than this sees it as it is now.
const STALE: TimeDelta = TimeDelta::seconds(5);
/// More notches of the wheel than this are not told apart.
const MOST_NOTCHES: u32 = 100;
/// From this width on, the selected work is shown beside the list.
const WIDE: u16 = 110;

/// The phases in the order in which the key goes through them.
const PHASES: [Phase; 3] = [Phase::Open, Phase::Upcoming, Phase::Ended];
/// The orders in which the key goes through them.
pub(crate) const SORTS: [Sort; 5] =
    [Sort::Ending, Sort::Newest, Sort::Popular, Sort::Cheapest, Sort::Dearest];

#[derive(Debug, Clone)]
pub(crate) struct Browse {
    genre: Option<String>,
    phase: Phase,
    sort: Sort,
    /// The words that the list was asked for.
    words: String,
    typing: Option<TextField>,
    search_at: Option<Duration>,
    rows: Vec<AuctionId>,
    next_page: Option<String>,
    first: Loading,
    more: Loading,
    /// Whether the rows belong to the filters that are set.
    current: bool,
    cursor: ListCursor,
    read_at: Option<Timestamp>,
    /// Whether the list was on the screen at the last message.
    was_visible: bool,
    rest_at: Option<Duration>,
    /// Whether works hang on a wall instead of standing in a list.
    is_gallery: bool,
}

impl Default for Browse {
    fn default() -> Self {
        Self {
            genre: None,
            phase: Phase::Open,
            sort: Sort::Ending,
            words: String::new(),
            typing: None,
            search_at: None,
            rows: Vec::new(),
            next_page: None,
            first: Loading::default(),
            more: Loading::default(),
            current: false,
            cursor: ListCursor::default(),
            read_at: None,
            was_visible: false,
            rest_at: None,
            is_gallery: false,
        }
    }
}

/// The parts of the screen.
struct Parts {
    genres: Rect,
    filters: Rect,
    list: Rect,
    details: Option<Rect>,
}

fn parts(body: Rect, is_gallery: bool) -> Parts {
    let genres = Rect { height: 1.min(body.height), ..body };
    let filters = Rect { y: body.y + 1, ..genres };
    let below = Rect { y: body.y + 2, height: body.height.saturating_sub(2), ..body };
    if body.width < WIDE || is_gallery {
        return Parts { genres, filters, list: below, details: None };
    }
    let details_width = (body.width * 2 / 5).clamp(42, 64);
    let list = Rect { width: body.width - details_width - 2, ..below };
    let details = Rect { x: list.right() + 2, width: details_width, ..below };
    Parts { genres, filters, list, details: Some(details) }
}

impl Browse {
    pub(crate) fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    pub(crate) fn selected(&self) -> Option<AuctionId> {
        self.rows.get(self.cursor.selected()).copied()
    }

    pub(crate) fn rows(&self) -> &[AuctionId] {
        &self.rows
    }

    pub(crate) fn is_gallery(&self) -> bool {
        self.is_gallery
    }

    fn parts(&self, size: Size) -> Parts {
        parts(crate::app::view::body(size), self.is_gallery)
    }

    fn height(&self, size: Size) -> usize {
        usize::from(self.parts(size).list.height.saturating_sub(1))
    }

    fn grid(&self, size: Size) -> Grid {
        Grid::of(self.parts(size).list)
    }

    /// The rows that are on the screen.
    fn shown(&self, size: Size) -> std::ops::Range<usize> {
        if self.is_gallery {
            self.grid(size).page(self.cursor.selected(), self.rows.len())
        } else {
            self.cursor.visible(self.rows.len(), self.height(size))
        }
    }

    /// Moves the selection. Returns false for actions that do not move.
    fn step(&mut self, action: Action, size: Size) -> bool {
        if !self.is_gallery {
            let height = self.height(size);
            return self.cursor.act(action, self.rows.len(), height);
        }
        let step = self.grid(size).step(action, self.cursor.selected(), self.rows.len());
        if let Some(index) = step {
            self.cursor.select(index);
        }
        step.is_some()
    }

    /// The filters that are set.
    pub(crate) fn query(&self) -> AuctionQuery {
        AuctionQuery {
            genre: self.genre.clone(),
            phase: Some(self.phase),
            sort: Some(self.sort),
            q: Some(self.words.clone()).filter(|words| !words.is_empty()),
            limit: Some(PAGE),
            ..AuctionQuery::default()
        }
    }

    /// Reads the list from its start: with other filters, or to see what is new.
    pub(crate) fn read(&mut self, cx: &mut Cx) {
        let rows = u32::try_from(self.rows.len()).unwrap_or(PAGE);
        // A list that is read again keeps its length as far as one page goes.
        let limit = if self.current { rows.clamp(PAGE, *limits::PAGE.end()) } else { PAGE };
        self.more.forget();
        let query = AuctionQuery { limit: Some(limit), ..self.query() };
        self.first.wait_for(cx.call(Call::Auctions(query)));
    }

    fn filter_changed(&mut self, cx: &mut Cx) {
        self.current = false;
        self.search_at = None;
        self.read(cx);
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.typing.is_some() {
            return self.act_typing(action, cx);
        }
        if self.step(action, cx.shared.size) {
            self.rest_at = Some(cx.shared.uptime + REST);
            return;
        }
        match action {
            Action::Previous => self.step_genre(cx, false),
            Action::Next => self.step_genre(cx, true),
            Action::Sort => {
                self.sort = following(&SORTS, self.sort);
                self.filter_changed(cx);
            }
            Action::Phase => {
                self.phase = following(&PHASES, self.phase);
                self.filter_changed(cx);
            }
            Action::Search => {
                let mut field = TextField::new(Kind::Line, *limits::SEARCH.end());
                field.set(&self.words);
                self.typing = Some(field);
            }
            Action::Back if !self.words.is_empty() => {
                self.words.clear();
                self.filter_changed(cx);
            }
            Action::Refresh => self.read(cx),
            Action::Gallery => self.is_gallery = !self.is_gallery,
            _ => self.act_on_selected(action, cx),
        }
    }

    fn act_on_selected(&self, action: Action, cx: &mut Cx) {
        let Some(id) = self.selected() else { return };
        match action {
            Action::Open => cx.go(Nav::Open(id)),
            Action::Bid => cx.go(Nav::Bid(id)),
            Action::BuyNow => cx.go(Nav::Buy(id)),
            Action::Watch => cx.go(Nav::Watch(id)),
            Action::Look => cx.go(Nav::Show(Box::new(Dialog::Look(Look::open(id))))),
            _ => {}
        }
    }

    fn act_typing(&mut self, action: Action, cx: &mut Cx) {
        let Some(field) = self.typing.take() else { return };
        let words = match action {
            Action::Open => field.value().trim().to_owned(),
            Action::Back => String::new(),
            _ => {
                self.typing = Some(field);
                return;
            }
        };
        self.search_at = None;
        if words != self.words {
            self.words = words;
            self.filter_changed(cx);
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) {
        if self.typing.as_mut().is_some_and(|field| field.key(event)) {
            self.search_at = Some(cx.shared.uptime + TYPING_PAUSE);
        }
    }

    pub(crate) fn paste(&mut self, text: &str, cx: &mut Cx) {
        if self.typing.as_mut().is_some_and(|field| field.insert(text)) {
            self.search_at = Some(cx.shared.uptime + TYPING_PAUSE);
        }
    }

    /// Shows the genre of this number; 0 for all.
    pub(crate) fn choose(&mut self, index: usize, cx: &mut Cx) {
        let genre = index.checked_sub(1).and_then(|index| cx.shared.genres.get(index));
        self.show_genre(genre.map(|genre| genre.slug.clone()), cx);
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize, shared: &Shared) {
        self.cursor.select(row);
        self.rest_at = Some(shared.uptime + REST);
    }

    /// Scrolls what is at a place.
    pub(crate) fn wheel(&mut self, at: Position, lines: i32, shared: &Shared) {
        if !self.parts(shared.size).list.contains(at) {
            return;
        }
        self.rest_at = Some(shared.uptime + REST);
        if !self.is_gallery {
            return self.cursor.wheel(lines, self.rows.len(), self.height(shared.size));
        }
        // A row of pictures for each notch.
        let action = if lines < 0 { Action::Up } else { Action::Down };
        for _ in 0..(lines / NOTCH).unsigned_abs().min(MOST_NOTCHES) {
            self.step(action, shared.size);
        }
    }

    /// What can be clicked at a place.
    pub(crate) fn target(&self, shared: &Shared, at: Position) -> Option<Target> {
        let parts = self.parts(shared.size);
        let shown = table::Shown::selecting(self.cursor, self.rows.len());
        let genre = || {
            let (strip, names) = (view::strip(parts.genres), view::genre_names(shared));
            tabs::at(strip, &names, self.genre_index(shared), at)
        };
        let row = if self.is_gallery {
            let grid = self.grid(shared.size);
            let mut cards = self.shown(shared.size).enumerate();
            cards.find(|(place, _)| grid.card(*place).contains(at)).map(|(_, index)| index)
        } else {
            table::row_at(view::strip(parts.list), &shown, at)
        };
        row.map(Target::Row).or_else(|| genre().map(Target::Choice))
    }

    /// Shows one genre, or all.
    pub(crate) fn show_genre(&mut self, genre: Option<String>, cx: &mut Cx) {
        self.genre = genre;
        self.filter_changed(cx);
    }

    /// Shows the list in an order.
    pub(crate) fn show_sort(&mut self, sort: Sort, cx: &mut Cx) {
        self.sort = sort;
        self.filter_changed(cx);
    }

    fn step_genre(&mut self, cx: &mut Cx, forward: bool) {
        let genres = &cx.shared.genres;
        let index = self.genre_index(cx.shared);
        let count = genres.len() + 1;
        let index = if forward { index + 1 } else { index + count - 1 } % count;
        self.genre = index.checked_sub(1).map(|index| genres[index].slug.clone());
        self.filter_changed(cx);
    }

    /// 0 for all genres.
    fn genre_index(&self, shared: &Shared) -> usize {
        self.genre
            .as_ref()
            .and_then(|slug| shared.genres.iter().position(|genre| genre.slug == *slug))
            .map_or(0, |index| index + 1)
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.first.owns(id) || self.more.owns(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        let first = self.first.take(id, &outcome, uptime);
        let more = self.more.take(id, &outcome, uptime);
        match outcome {
            Ok(Answer::Auctions(page)) if first => self.begin(page, cx.shared),
            Ok(Answer::Auctions(page)) if more => self.extend(page, cx.shared),
            // A cursor that no longer fits: the list is read from its start.
            Err(ClientError::Problem(_)) if more => self.read(cx),
            _ => {}
        }
    }

    fn begin(&mut self, page: Page<Auction>, shared: &mut Shared) {
        let selected = self.selected().filter(|_| self.current);
        self.rows = page.items.iter().map(|auction| auction.id).collect();
        page.items.into_iter().for_each(|auction| shared.lots.put(auction));
        let kept = selected.and_then(|id| self.rows.iter().position(|row| *row == id));
        self.cursor.select(kept.unwrap_or(if self.current { self.cursor.selected() } else { 0 }));
        self.next_page = page.next_cursor;
        self.current = true;
        self.read_at = Some(shared.now);
        self.rest_at = Some(shared.uptime + REST);
    }

    fn extend(&mut self, page: Page<Auction>, shared: &mut Shared) {
        for auction in page.items {
            // A row can move onto a later page while the list is read.
            if !self.rows.contains(&auction.id) {
                self.rows.push(auction.id);
            }
            shared.lots.put(auction);
        }
        self.next_page = page.next_cursor;
    }

    /// What follows by itself from the state: scrolling, the next page, repeated attempts.
    pub(crate) fn settle(&mut self, cx: &mut Cx, visible: bool) {
        let uptime = cx.shared.uptime;
        self.cursor.fit(self.rows.len(), self.height(cx.shared.size));
        let entered = !std::mem::replace(&mut self.was_visible, visible);
        if !visible {
            return;
        }
        if entered && !self.first.is_waiting() && self.is_outdated(cx.shared) {
            self.read(cx);
        }
        if self.search_at.is_some_and(|at| at <= uptime) {
            self.search_at = None;
            if let Some(field) = &self.typing
                && field.value().trim() != self.words
            {
                self.words = field.value().trim().to_owned();
                self.filter_changed(cx);
            }
        }
        let untouched = self.read_at.is_none() && self.first.error().is_none();
        if (untouched && !self.first.is_waiting()) || self.first.is_due(uptime) {
            self.read(cx);
        }
        let near_end = self.cursor.selected() + AHEAD >= self.rows.len();
        let free = !self.first.is_waiting() && !self.more.is_waiting();
        let asks = self.more.error().is_none() || self.more.is_due(uptime);
        if let Some(cursor) = self.next_page.clone()
            && self.current
            && near_end
            && free
            && asks
        {
            let query = AuctionQuery { cursor: Some(cursor), ..self.query() };
            self.more.wait_for(cx.call(Call::Auctions(query)));
        }
        self.load_picture(cx);
    }

    /// Whether the list is to be read again for somebody who comes back to it. Where that would
    /// take the selected row away, it stays.
    fn is_outdated(&self, shared: &Shared) -> bool {
        let Some(read_at) = self.read_at.filter(|_| self.current) else { return false };
        let is_over = |id: &AuctionId| {
            let lot = shared.lots.get(*id);
            self.phase == Phase::Open && lot.is_some_and(|lot| !lot.takes_bids(shared.now))
        };
        let most = usize::try_from(*limits::PAGE.end()).unwrap_or(usize::MAX);
        let keeps_selected = self.cursor.selected() < self.rows.len().clamp(PAGE as usize, most);
        let has_ended = || self.rows[self.shown(shared.size)].iter().any(is_over);
        keeps_selected && (shared.now - read_at > STALE || has_ended())
    }

    fn load_picture(&mut self, cx: &mut Cx) {
        if self.rest_at.is_some_and(|at| at > cx.shared.uptime) {
            return;
        }
        self.rest_at = None;
        for (image, place) in self.wanted(cx.shared) {
            wall::want(cx, &image, place);
        }
    }

    /// The pictures that are on the screen, and where.
    fn wanted(&self, shared: &Shared) -> Vec<(Image, Rect)> {
        let owned = |(image, place): (&Image, Rect)| (image.clone(), place);
        if !self.is_gallery {
            let details = self.parts(shared.size).details;
            let lot = self.selected().and_then(|id| shared.lots.get(id));
            let wanted = details.zip(lot).and_then(|(area, lot)| view::picture(shared, lot, area));
            return wanted.map(owned).into_iter().collect();
        }
        let grid = self.grid(shared.size);
        let wanted = |(place, id): (usize, &AuctionId)| {
            let lot = shared.lots.get(*id)?;
            let hangs = gallery::picture(shared, lot, grid.card(place))?;
            Some(owned((lot.auction.images.first()?, hangs)))
        };
        self.rows[self.shown(shared.size)].iter().enumerate().filter_map(wanted).collect()
    }

    /// The auctions whose prices are to be live: those around the selected row, so chosen that a
    /// step does not change them.
    pub(crate) fn live_ids(&self) -> Vec<AuctionId> {
        const BLOCK: usize = 50;
        if self.phase == Phase::Ended {
            return Vec::new();
        }
        let from = (self.cursor.selected() / BLOCK * BLOCK).saturating_sub(BLOCK);
        self.rows.iter().skip(from).take(limits::MAX_STREAM_AUCTIONS).copied().collect()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.first.is_waiting() && (self.rows.is_empty() || !self.current)
    }

    pub(crate) fn is_reading(&self) -> bool {
        self.first.is_waiting()
    }

    pub(crate) fn retry_at(&self) -> Option<Duration> {
        [self.first.next_change(), self.more.next_change()].into_iter().flatten().min()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        [self.retry_at(), self.search_at, self.rest_at].into_iter().flatten().min()
    }

    /// Whether nothing is about to be asked for.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.rest_at.is_none() && self.search_at.is_none() && !self.first.is_waiting()
    }

    /// The finest countdown on the screen.
    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        self.rows[self.shown(shared.size)]
            .iter()
            .filter_map(|id| shared.lots.get(*id)?.left(shared.now))
            .map(grain)
            .min()
    }
}

fn following<T: Copy + PartialEq>(all: &[T], current: T) -> T {
    let index = all.iter().position(|one| *one == current).unwrap_or(0);
    all[(index + 1) % all.len()]
}
