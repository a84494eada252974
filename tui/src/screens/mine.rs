//! The user's own page: what he leads, lost, won and watches, each with its count.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money,
    auctions::Auction,
    limits,
    mine::{ParticipationQuery, Standing, Summary},
    page::PageQuery,
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect, Size},
};

use super::lot_row;
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId},
        model::{Cx, Nav, Shared},
        mouse::Target,
        paged::{Paged, Want},
    },
    i18n,
    keymap::Action,
    ui::{
        money::won,
        notice,
        table::{self, Cell, Column},
        tabs,
        time::{Grain, grain},
    },
};

/// The parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Leading,
    Outbid,
    Won,
    Lost,
    Watching,
}

impl Tab {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Leading, "tab.leading"),
        (Self::Outbid, "tab.outbid"),
        (Self::Won, "tab.won"),
        (Self::Lost, "tab.lost"),
        (Self::Watching, "tab.watching"),
    ];

    fn count(self, summary: &Summary) -> u64 {
        match self {
            Self::Leading => summary.leading,
            Self::Outbid => summary.outbid,
            Self::Won => summary.purchases,
            Self::Lost => summary.lost,
            Self::Watching => summary.watches,
        }
    }

    /// What shows the same in a shell.
    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Leading => &["participations", "--state", "leading"],
            Self::Outbid => &["participations", "--state", "outbid"],
            Self::Lost => &["participations", "--state", "lost"],
            Self::Won => &["purchases"],
            Self::Watching => &["watches"],
        }
    }

    fn call(self, cursor: Option<String>) -> Call {
        const PAGE: Option<u32> = Some(50);
        let participations =
            |state| ParticipationQuery { state: Some(state), limit: PAGE, cursor: cursor.clone() };
        let page = PageQuery { limit: PAGE, cursor: cursor.clone() };
        match self {
            Self::Leading => Call::Participations(participations(Standing::Leading)),
            Self::Outbid => Call::Participations(participations(Standing::Outbid)),
            Self::Lost => Call::Participations(participations(Standing::Lost)),
            Self::Won => Call::Purchases(page),
            Self::Watching => Call::Watches(page),
        }
    }
}

/// One row: an auction, and what the user authorised or paid.
#[derive(Debug, Clone, Copy)]
struct Row {
    auction: AuctionId,
    amount: Option<Money>,
}

#[derive(Debug, Clone)]
pub(crate) struct Mine {
    tab: Tab,
    list: Paged<Row>,
    /// Whether an empty tab may still give way to one with something in it.
    opening: bool,
}

impl Default for Mine {
    fn default() -> Self {
        Self { tab: Tab::Leading, list: Paged::default(), opening: true }
    }
}

fn inner(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

fn list_area(body: Rect) -> Rect {
    Rect { y: body.y + 2.min(body.height), height: body.height.saturating_sub(2), ..body }
}

impl Mine {
    fn height(size: Size) -> usize {
        usize::from(list_area(crate::app::view::body(size)).height.saturating_sub(1))
    }

    /// Something of the user's changed: the list is read again when it is looked at.
    pub(crate) fn touch(&mut self) {
        self.list.touch();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Somebody comes to the page.
    pub(crate) fn open(&mut self) {
        self.opening = true;
    }

    /// Instead of an empty tab, the first one is opened in which there is something.
    fn find_tab(&mut self, summary: &Summary) {
        self.opening = false;
        if self.tab.count(summary) > 0 {
            return;
        }
        let filled = Tab::ALL.iter().position(|(tab, _)| tab.count(summary) > 0);
        if let Some(index) = filled {
            self.choose(index);
        }
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.list.select(row);
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        self.list.wheel(lines, Self::height(size));
    }

    /// Shows the tab of this number.
    pub(crate) fn choose(&mut self, index: usize) {
        if let Some((tab, _)) = Tab::ALL.get(index) {
            self.tab = *tab;
            self.opening = false;
            self.list.clear();
        }
    }

    /// What can be clicked at a place.
    pub(crate) fn target(&self, shared: &Shared, at: Position) -> Option<Target> {
        let body = inner(crate::app::view::body(shared.size));
        let row = self.list.row_at(list_area(body), at).map(Target::Row);
        row.or_else(|| {
            let (names, chosen) = tab_names(self, shared);
            tabs::at(Rect { height: 1, ..body }, &names, chosen, at).map(Target::Choice)
        })
    }

    /// The tab as a command line.
    pub(crate) fn command(&self) -> Vec<String> {
        ["mine"].iter().chain(self.tab.command()).map(ToString::to_string).collect()
    }

    pub(crate) fn selected(&self) -> Option<AuctionId> {
        self.list.selected().map(|row| row.auction)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = AuctionId> {
        self.list.rows().iter().map(|row| row.auction)
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.list.act(action, Self::height(cx.shared.size)) {
            return;
        }
        match action {
            Action::Previous => self.step(Tab::ALL.len() - 1),
            Action::Next => self.step(1),
            Action::Refresh => cx.go(Nav::Changed),
            _ => self.act_on_selected(action, cx),
        }
    }

    fn act_on_selected(&self, action: Action, cx: &mut Cx) {
        let Some(id) = self.selected() else { return };
        match action {
            Action::Open => cx.go(Nav::Open(id)),
            Action::Bid => cx.go(Nav::Bid(id)),
            Action::Watch => cx.go(Nav::Watch(id)),
            _ => {}
        }
    }

    fn step(&mut self, by: usize) {
        let at = Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0);
        self.choose((at + by) % Tab::ALL.len());
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.list.owns(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let Some(part) = self.list.take(id, &outcome, cx.shared.uptime) else { return };
        let mut rows = Vec::new();
        let mut push = |auction: Auction, amount: Option<Money>| {
            rows.push(Row { auction: auction.id, amount });
            cx.shared.lots.put(auction);
        };
        let next = match outcome {
            Ok(Answer::Participations(page)) => {
                page.items.into_iter().for_each(|item| push(item.auction, Some(item.maximum)));
                page.next_cursor
            }
            Ok(Answer::Purchases(page)) => {
                page.items.into_iter().for_each(|item| push(item.auction, Some(item.price)));
                page.next_cursor
            }
            Ok(Answer::Auctions(page)) => {
                page.items.into_iter().for_each(|item| push(item, None));
                page.next_cursor
            }
            _ => return,
        };
        self.list.put(part, rows, next);
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        if let Some(summary) = cx.shared.account.summary.filter(|_| self.opening) {
            self.find_tab(&summary);
        }
        let height = Self::height(cx.shared.size);
        if let Some(want) = self.list.want(cx.shared.uptime, height) {
            let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
            let id = cx.call(self.tab.call(cursor));
            self.list.wait_for(&want, id);
        }
    }

    /// The auctions whose prices are to be live.
    pub(crate) fn live_ids(&self) -> Vec<AuctionId> {
        let changes = matches!(self.tab, Tab::Leading | Tab::Outbid | Tab::Watching);
        let most = if changes { limits::MAX_STREAM_AUCTIONS } else { 0 };
        self.rows().take(most).collect()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.list.is_waiting()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.list.next_change()
    }

    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        let shown = self.list.cursor().visible(self.list.rows().len(), Self::height(shared.size));
        self.list.rows()[shown]
            .iter()
            .filter_map(|row| shared.lots.get(row.auction)?.left(shared.now))
            .map(grain)
            .min()
    }
}

/// Draws the screen into `body`.
pub(crate) fn view(mine: &Mine, shared: &Shared, frame: &mut Frame, body: Rect) {
    let body = inner(body);
    let buf = frame.buffer_mut();
    tab_line(mine, shared, buf, body);
    let area = list_area(body);
    let lang = shared.lang;
    if let Some(error) = mine.list.error()
        && mine.list.rows().is_empty()
    {
        let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
        let words = i18n::failure(lang, error);
        return notice::draw(buf, area, shared, &words, &lang.t(hint), shared.theme.bad);
    }
    if !mine.list.is_known() {
        return notice::draw_waiting(buf, area, shared, "mine.reading");
    }
    if mine.list.rows().is_empty() {
        let (title, hint) = empty(mine.tab);
        return notice::draw(
            buf,
            area,
            shared,
            &lang.t(title),
            &lang.t(hint),
            shared.theme.heading,
        );
    }
    rows(mine, shared, buf, area);
}

/// What stands in an empty tab, and what can be done about it.
fn empty(tab: Tab) -> (&'static str, &'static str) {
    match tab {
        Tab::Leading => ("mine.no-leading", "mine.empty-bids"),
        Tab::Outbid => ("mine.no-outbid", "mine.empty-outbid"),
        Tab::Won => ("mine.no-won", "mine.empty-bids"),
        Tab::Lost => ("mine.no-lost", "mine.empty-lost"),
        Tab::Watching => ("mine.no-watching", "mine.empty-watches"),
    }
}

/// The tabs with their counts.
fn tab_line(mine: &Mine, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let (names, chosen) = tab_names(mine, shared);
    tabs::draw(buf, area, &shared.theme, &names, chosen);
}

/// The names of the tabs, and which one is chosen.
fn tab_names(mine: &Mine, shared: &Shared) -> (Vec<String>, usize) {
    let summary = shared.account.summary;
    let (known, names): (Vec<Tab>, Vec<String>) = Tab::ALL
        .into_iter()
        .map(|(tab, key)| {
            let count = summary.map(|summary| tab.count(&summary));
            let count = count.map_or(String::new(), |count| format!(" {count}"));
            (tab, format!("{}{count}", shared.lang.t(key)))
        })
        .unzip();
    let chosen = known.iter().position(|tab| *tab == mine.tab).unwrap_or(0);
    (names, chosen)
}

fn rows(mine: &Mine, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let lang = shared.lang;
    let until = match mine.tab {
        Tab::Won | Tab::Lost => lot_row::OUTCOME,
        Tab::Leading | Tab::Outbid | Tab::Watching => "column.left",
    };
    let mut columns = lot_row::columns(lang, until);
    let amount = match mine.tab {
        Tab::Leading | Tab::Outbid | Tab::Lost => Some("column.maximum"),
        Tab::Won => Some("column.paid"),
        _ => None,
    };
    // The artist's column gives way to the user's own amount.
    if let Some(amount) = amount {
        columns[2] = Column::right(lang.t(amount), table::Size::Fixed(13));
    }
    let list = mine.list.rows();
    table::draw(
        area,
        buf,
        &shared.theme,
        &columns,
        &table::Shown::selecting(mine.list.cursor(), list.len()),
        |index| {
            let row = list[index];
            let Some(lot) = shared.lots.get(row.auction) else { return Vec::new() };
            let mut cells = lot_row::cells(shared, lot);
            if amount.is_some() {
                let words = row.amount.map_or(String::new(), won);
                cells[2] = Cell::new(words, shared.theme.text);
            }
            cells
        },
    );
}
