//! The bid: an amount, what it would do, a confirmation, and what came of it.
//!
//! Nothing is shown as accepted before the server has said so. The bid itself lives in the outbox
//! and goes on when this window is closed.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money,
    bids::{BidForecast, BidReceipt, BidResult},
    client::ClientError,
    limits,
    problem::ProblemCode,
};
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};

use super::{
    facts,
    sending::{self, paragraph},
};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        lots::{Lot, Standing},
        model::{Cx, Nav, Shared},
        outbox::{Errand, Outbox, Settled},
    },
    i18n::{self, Lang, tr},
    keymap::{Action, When},
    ui::{field::TextField, money::won, notice, overlay, text, words},
};

/// Why an amount cannot be sent as it stands.
#[derive(Debug, Clone)]
enum Objection {
    /// There is no amount.
    Nothing,
    NotMultiple,
    TooLow(Money),
    /// The server said so.
    Refused(ClientError),
}

#[derive(Debug, Clone)]
enum Stage {
    Editing(Option<Objection>),
    Checking(Slot, Money),
    Confirming(Money, BidForecast),
    /// The amount is so much more than it must be that it may be a slip. No yes is heard before
    /// this moment.
    Insisting(Money, BidForecast, Duration),
    Sent {
        key: String,
        amount: Money,
    },
    Accepted(BidReceipt),
    Refused(ClientError, bool),
}

#[derive(Debug, Clone)]
pub(crate) struct BidDialog {
    auction: AuctionId,
    field: TextField,
    /// Whether the user has chosen the amount; until then it follows the price.
    touched: bool,
    stage: Stage,
    /// What the wallet was thought to have when the server said that it has too little.
    available_when_refused: Option<Money>,
}

/// The least that this user can bid now: a leader must pass his own maximum.
pub(crate) fn least(shared: &Shared, lot: &Lot) -> Money {
    let min_next = lot.auction.min_next.unwrap_or(lot.auction.start_price);
    let own = lot.auction.me.filter(|part| part.leading).and_then(|part| part.maximum);
    match own {
        Some(maximum) if shared.standing(lot) == Standing::Leading => {
            min_next.max(maximum + limits::BID_UNIT)
        }
        _ => min_next,
    }
}

/// The keys must have rested so long before the second question is answered: whoever holds one, or
/// presses it twice at once, has not read it.
const REST: Duration = Duration::from_secs(1);

/// More than so many times the least that can be bid is asked about twice.
const SLIP: i64 = 3;

/// Whether an amount looks as if a digit too many was typed.
fn may_be_slip(amount: Money, least: Money) -> bool {
    amount.points() > least.points().saturating_mul(SLIP)
}

/// One step of `+` and `-`: what the next bidder must add to the price.
fn step(lot: &Lot) -> Money {
    match (lot.auction.price, lot.auction.min_next) {
        (Some(price), Some(min_next)) if min_next > price => min_next - price,
        _ => limits::BID_UNIT,
    }
}

impl BidDialog {
    pub(crate) fn open(auction: AuctionId, shared: &Shared) -> Self {
        let mut dialog = Self {
            auction,
            field: TextField::amount(),
            touched: false,
            stage: Stage::Editing(None),
            available_when_refused: None,
        };
        dialog.follow_price(shared);
        dialog
    }

    /// Keeps an amount that nobody chose at the least that can be bid.
    pub(crate) fn follow_price(&mut self, shared: &Shared) {
        self.forget_empty_wallet(shared);
        if !self.touched
            && matches!(self.stage, Stage::Editing(_))
            && let Some(lot) = shared.lots.get(self.auction)
        {
            self.field.propose_money(least(shared, lot));
        }
    }

    /// Drops the objection that there are too few points once the wallet has changed and has
    /// enough.
    fn forget_empty_wallet(&mut self, shared: &Shared) {
        if let Stage::Editing(Some(Objection::Refused(ClientError::Problem(problem)))) = &self.stage
            && problem.code == ProblemCode::InsufficientPoints
            && let Some(wallet) = shared.account.wallet
            && Some(wallet.available) != self.available_when_refused
            && Some(wallet.available) >= problem.required
        {
            self.stage = Stage::Editing(None);
        }
    }

    pub(crate) fn auction(&self) -> AuctionId {
        self.auction
    }

    /// This bid as a command line, as soon as there is an amount.
    pub(crate) fn command(&self) -> Option<Vec<String>> {
        let amount = match &self.stage {
            Stage::Editing(_) | Stage::Refused(..) => self.field.money()?,
            Stage::Checking(_, amount)
            | Stage::Confirming(amount, _)
            | Stage::Insisting(amount, ..)
            | Stage::Sent { amount, .. } => *amount,
            Stage::Accepted(receipt) => receipt.maximum,
        };
        let amount = amount.points().to_string();
        Some(vec!["bid".to_owned(), self.auction.to_string(), amount])
    }

    pub(crate) fn when(&self) -> When {
        match self.stage {
            Stage::Editing(_) | Stage::Checking(..) => When::Amount,
            Stage::Confirming(..) => When::Question,
            Stage::Insisting(..) => When::Insist,
            Stage::Sent { .. } | Stage::Accepted(_) | Stage::Refused(..) => When::Outcome,
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action, shared: &Shared) -> bool {
        match (&self.stage, action) {
            (Stage::Editing(Some(Objection::Refused(error))), Action::TopUp)
            | (Stage::Refused(error, _), Action::TopUp) => {
                error.code() == Some(ProblemCode::InsufficientPoints)
            }
            (_, Action::TopUp) => false,
            (Stage::Accepted(receipt), Action::Bid) => {
                let lot = shared.lots.get(self.auction);
                lot.is_some_and(|lot| lot.takes_bids(shared.now) && is_outbid(shared, lot, receipt))
            }
            (_, Action::Bid) => false,
            (Stage::Insisting(_, _, deaf_until), Action::Confirm) => shared.uptime >= *deaf_until,
            _ => true,
        }
    }

    /// When a yes to the second question is heard.
    pub(crate) fn next_change(&self) -> Option<Duration> {
        match self.stage {
            Stage::Insisting(_, _, deaf_until) => Some(deaf_until),
            _ => None,
        }
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        match &self.stage {
            Stage::Checking(..) => true,
            Stage::Sent { key, .. } => shared.outbox.get(key).is_some(),
            _ => false,
        }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        match (&self.stage, action) {
            (Stage::Confirming(..) | Stage::Insisting(..), Action::Back) => {
                self.stage = Stage::Editing(None);
            }
            (Stage::Refused(error, _), Action::TopUp)
            | (Stage::Editing(Some(Objection::Refused(error))), Action::TopUp)
                if self.offers(Action::TopUp, cx.shared) =>
            {
                cx.go(Nav::TopUp(missing(error)));
            }
            (_, Action::Back) => cx.go(Nav::Back),
            (Stage::Editing(_), Action::More) => self.change(cx.shared, true),
            (Stage::Editing(_), Action::Less) => self.change(cx.shared, false),
            (Stage::Editing(_), Action::Confirm) => self.check(cx),
            (Stage::Confirming(amount, forecast), Action::Confirm) => {
                let (amount, forecast) = (*amount, *forecast);
                if self.is_far_above(amount, cx.shared) {
                    self.stage = Stage::Insisting(amount, forecast, cx.shared.uptime + REST);
                } else {
                    self.send(amount, cx);
                }
            }
            (Stage::Insisting(amount, forecast, deaf_until), Action::Confirm) => {
                let (amount, forecast) = (*amount, *forecast);
                if cx.shared.uptime < *deaf_until {
                    self.stage = Stage::Insisting(amount, forecast, cx.shared.uptime + REST);
                } else {
                    self.send(amount, cx);
                }
            }
            (Stage::Accepted(_), Action::Bid) if self.offers(Action::Bid, cx.shared) => {
                self.touched = false;
                self.stage = Stage::Editing(None);
                self.follow_price(cx.shared);
            }
            _ => {}
        }
    }

    fn is_far_above(&self, amount: Money, shared: &Shared) -> bool {
        let lot = shared.lots.get(self.auction);
        lot.is_some_and(|lot| may_be_slip(amount, least(shared, lot)))
    }

    fn send(&mut self, amount: Money, cx: &mut Cx) {
        let key = Outbox::send(cx, Errand::Bid { auction: self.auction, amount });
        self.stage = Stage::Sent { key, amount };
    }

    fn change(&mut self, shared: &Shared, more: bool) {
        let Some(lot) = shared.lots.get(self.auction) else { return };
        let (least, step) = (least(shared, lot), step(lot));
        let amount = self.field.money().unwrap_or_default();
        let changed = if !more {
            (amount - step.min(amount)).max(least)
        } else if amount < least {
            least
        } else {
            (amount + step).min(limits::MAX_AMOUNT)
        };
        self.touched = true;
        self.field.set_money(changed);
        self.stage = Stage::Editing(None);
    }

    /// Asks the server what the amount would do.
    fn check(&mut self, cx: &mut Cx) {
        let Some(lot) = cx.shared.lots.get(self.auction) else { return };
        let least = least(cx.shared, lot);
        let objection = match self.field.money() {
            None => Some(Objection::Nothing),
            Some(amount) if !amount.is_multiple_of(limits::BID_UNIT) => {
                Some(Objection::NotMultiple)
            }
            Some(amount) if amount < least => Some(Objection::TooLow(least)),
            Some(_) => None,
        };
        let Some(amount) = self.field.money().filter(|_| objection.is_none()) else {
            self.stage = Stage::Editing(objection);
            return;
        };
        let mut slot = Slot::default();
        cx.ask(&mut slot, Call::Forecast(self.auction, amount));
        self.stage = Stage::Checking(slot, amount);
    }

    pub(crate) fn key(&mut self, event: KeyEvent) {
        if !matches!(self.stage, Stage::Editing(_)) {
            return;
        }
        if self.field.key(event) {
            self.stage = Stage::Editing(None);
        }
        // Whoever goes to a digit has chosen the amount.
        self.touched |= !self.field.is_proposed();
    }

    pub(crate) fn paste(&mut self, pasted: &str) {
        if matches!(self.stage, Stage::Editing(_)) && self.field.insert(pasted) {
            self.touched = true;
            self.stage = Stage::Editing(None);
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        matches!(&self.stage, Stage::Checking(slot, _) if slot.is_for(id))
    }

    pub(crate) fn answered(&mut self, outcome: Outcome, cx: &mut Cx) {
        let Stage::Checking(_, amount) = self.stage else { return };
        self.stage = match outcome {
            Ok(Answer::Forecast(forecast)) => Stage::Confirming(amount, forecast),
            Ok(_) => Stage::Editing(None),
            Err(error) => self.objection(error, cx),
        };
    }

    /// Whether this window is the one that sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        matches!(&self.stage, Stage::Sent { key: sent, .. } if sent == key)
    }

    /// Takes what came of the bid.
    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) {
        self.stage = match settled.result {
            Ok(Answer::Receipt(receipt)) => Stage::Accepted(receipt),
            Ok(_) => return,
            Err(error) if settled.unsure => Stage::Refused(error, true),
            Err(error) => self.objection(error, cx),
        };
    }

    /// Where another amount may help, the amount can be changed at once.
    fn objection(&mut self, error: ClientError, cx: &mut Cx) -> Stage {
        if error.code() == Some(ProblemCode::InsufficientPoints) {
            self.available_when_refused = cx.shared.account.wallet.map(|wallet| wallet.available);
            cx.go(Nav::Changed);
        }
        match error.code() {
            Some(
                ProblemCode::BidTooLow
                | ProblemCode::InsufficientPoints
                | ProblemCode::InvalidAmount
                | ProblemCode::RateLimited,
            ) => Stage::Editing(Some(Objection::Refused(error))),
            None if error.is_passing() => Stage::Editing(Some(Objection::Refused(error))),
            _ => Stage::Refused(error, false),
        }
    }
}

/// The points that are missing for a bid.
pub(crate) fn missing(error: &ClientError) -> Option<Money> {
    match error {
        ClientError::Problem(problem) => Some(problem.required? - problem.available?),
        _ => None,
    }
}

const COLUMNS: u16 = 64;

/// Where the window is.
pub(crate) fn window(dialog: &BidDialog, shared: &Shared, area: Rect) -> Rect {
    let Some(lot) = shared.lots.get(dialog.auction) else { return Rect::ZERO };
    place(&lines(dialog, shared, lot, area), area)
}

fn place(lines: &[Line], area: Rect) -> Rect {
    overlay::centred(area, COLUMNS, u16::try_from(lines.len()).unwrap_or(area.height) + 5)
}

/// What stands in the window below the work.
fn lines(dialog: &BidDialog, shared: &Shared, lot: &Lot, area: Rect) -> Vec<Line<'static>> {
    let columns = usize::from(COLUMNS.min(area.width).saturating_sub(4));
    match &dialog.stage {
        Stage::Editing(objection) => {
            editing(shared, lot, dialog.field.money(), objection.as_ref(), columns)
        }
        Stage::Checking(..) => {
            let waiting = notice::waiting(shared, "bid.checking");
            vec![Line::default(), Line::default(), Line::default(), waiting]
        }
        Stage::Confirming(amount, forecast) => confirming(shared, lot, *amount, forecast, columns),
        Stage::Insisting(amount, forecast, _) => insisting(shared, lot, *amount, forecast, columns),
        Stage::Sent { key, amount } => {
            let mut lines = vec![amount_line(shared, *amount), Line::default()];
            lines.extend(sending::lines(shared, key, columns));
            lines
        }
        Stage::Accepted(receipt) => accepted(shared, lot, receipt, columns),
        Stage::Refused(error, unsure) => refused(shared, error, *unsure, columns),
    }
}

/// Draws the window.
pub(crate) fn view(dialog: &BidDialog, shared: &Shared, frame: &mut Frame, area: Rect) {
    let Some(lot) = shared.lots.get(dialog.auction) else { return };
    let lines = lines(dialog, shared, lot, area);
    let window = place(&lines, area);
    let inner = overlay::window(frame, window, &shared.lang.t("bid.title"), &shared.theme);
    let buf = frame.buffer_mut();
    let title = text::truncate(&lot.auction.title, usize::from(inner.width));
    buf.set_string(inner.x, inner.y, title, shared.theme.heading);
    buf.set_line(inner.x, inner.y + 1, &facts::glance(shared, lot), inner.width);
    let top = inner.y + 3;
    let below = Rect { y: inner.y + 3, height: inner.height.saturating_sub(3), ..inner };
    overlay::write(buf, below, &lines);
    if matches!(dialog.stage, Stage::Editing(_) | Stage::Checking(..)) {
        let cursor = field(dialog, shared, frame, Rect { y: top, height: 1, ..inner });
        if matches!(dialog.stage, Stage::Editing(_)) {
            frame.set_cursor_position(cursor);
        }
    }
}

/// The amount's field behind its label.
fn field(dialog: &BidDialog, shared: &Shared, frame: &mut Frame, row: Rect) -> Position {
    let label = shared.lang.t("bid.amount");
    let buf = frame.buffer_mut();
    buf.set_string(row.x, row.y, &label, shared.theme.muted);
    let x = row.x + u16::try_from(text::width(&label)).unwrap_or(0) + 2;
    buf.set_string(x, row.y, "₩", shared.theme.money);
    let area = Rect { x: x + 1, width: 20.min(row.right().saturating_sub(x + 1)), ..row };
    let style = shared.theme.field_focus;
    let cursor = dialog.field.draw(area, buf, style);
    dialog.field.mark_proposed(area, buf, style);
    cursor
}

fn amount_line(shared: &Shared, amount: Money) -> Line<'static> {
    Line::from(vec![
        Span::styled(shared.lang.t("bid.amount"), shared.theme.muted),
        Span::raw("  "),
        Span::styled(won(amount), shared.theme.money),
        Span::styled(format!("  {}", words::short(shared.lang, amount)), shared.theme.muted),
    ])
}

/// The second question: the amount once more, in words, in which a digit too many is seen.
fn insisting(
    shared: &Shared,
    lot: &Lot,
    amount: Money,
    forecast: &BidForecast,
    columns: usize,
) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let styled = |words: &str, style| {
        let words = text::wrap(words, columns);
        words.into_iter().map(move |line| Line::styled(line, style)).collect::<Vec<_>>()
    };
    let mut lines = vec![amount_line(shared, amount), Line::default()];
    lines.extend(styled(&words::in_words(lang, amount), shared.theme.heading));
    lines.push(Line::default());
    let least = least(shared, lot);
    let times = amount.points() / least.points().max(1);
    let warning = tr!(lang, "bid.far-above", times = times, least = won(least));
    lines.extend(styled(&warning, shared.theme.warning));
    if forecast.would_buy {
        let means = tr!(lang, "bid.would-buy", price = won(forecast.holds));
        lines.extend(paragraph(&means, columns));
    }
    lines.push(Line::default());
    let question = tr!(lang, "bid.insist", amount = won(amount)).into_owned();
    lines.push(Line::styled(question, shared.theme.heading));
    lines
}

fn editing(
    shared: &Shared,
    lot: &Lot,
    amount: Option<Money>,
    objection: Option<&Objection>,
    columns: usize,
) -> Vec<Line<'static>> {
    let lang = shared.lang;
    // The first line is the field's; below it, the amount as it is spoken of.
    let spoken = amount.map(|amount| words::short(lang, amount)).unwrap_or_default();
    let indent = text::width(&lang.t("bid.amount")) + 2;
    let spoken = format!("{}{spoken}", " ".repeat(indent));
    let mut lines = vec![
        Line::default(),
        Line::styled(text::truncate(&spoken, columns), shared.theme.muted),
        Line::default(),
    ];
    if let Some(objection) = objection {
        let words = match objection {
            Objection::Nothing => lang.t("bid.no-amount").into_owned(),
            Objection::NotMultiple => lang.t("problem.invalid-amount").into_owned(),
            Objection::TooLow(least) => {
                tr!(lang, "problem.bid-too-low", min_next = won(*least)).into_owned()
            }
            Objection::Refused(error) => i18n::failure(lang, error),
        };
        let words = text::wrap(&words, columns.saturating_sub(2));
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.bad)));
        lines.push(Line::default());
    }
    let least = least(shared, lot);
    let words = tr!(lang, "bid.least", least = won(least), step = won(step(lot))).into_owned();
    lines.push(Line::from(words));
    if let Some(wallet) = shared.account.wallet {
        let words = tr!(lang, "bid.available", available = won(wallet.available)).into_owned();
        lines.push(Line::styled(words, shared.theme.muted));
    }
    if let Some(buy_now) = lot.auction.buy_now_price {
        let words = tr!(lang, "bid.buys-from", price = won(buy_now)).into_owned();
        lines.push(Line::styled(words, shared.theme.muted));
    }
    lines.push(Line::default());
    let explanation = text::wrap(&meaning(lang, lot), columns);
    lines.extend(explanation.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    lines
}

/// What a maximum does.
fn meaning(lang: Lang, lot: &Lot) -> String {
    let mut meaning = lang.t("bid.maximum-means").into_owned();
    if lot.auction.has_reserve && !lot.auction.reserve_met {
        // Whoever bids alone would wonder at the price.
        meaning.push(' ');
        meaning.push_str(&lang.t("bid.reserve-means"));
    }
    meaning
}

fn confirming(
    shared: &Shared,
    lot: &Lot,
    amount: Money,
    forecast: &BidForecast,
    columns: usize,
) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let mut lines = vec![amount_line(shared, amount), Line::default()];
    let holds = won(forecast.holds);
    if forecast.would_buy {
        let words = tr!(lang, "bid.would-buy", price = holds);
        lines.extend(paragraph(&words, columns));
    } else {
        let words = tr!(lang, "bid.would-hold", holds = holds);
        lines.extend(paragraph(&words, columns));
        lines.extend(paragraph(&meaning(lang, lot), columns));
    }
    if let Some(wallet) = shared.account.wallet {
        // What is held for this auction already is part of what will be.
        let own = lot.auction.me.filter(|part| part.leading).and_then(|part| part.maximum);
        let free = wallet.available + own.unwrap_or_default();
        let rest = (free - forecast.holds).max(Money::ZERO);
        let words =
            tr!(lang, "bid.leaves", before = won(wallet.available), after = won(rest)).into_owned();
        lines.push(Line::styled(words, shared.theme.muted));
    }
    if forecast.would_extend {
        let words = text::wrap(&lang.t("bid.would-extend"), columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.muted)));
    }
    let least = least(shared, lot);
    if amount < least {
        let words = tr!(lang, "bid.price-moved", least = won(least)).into_owned();
        let words = text::wrap(&words, columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.warning)));
    }
    lines.push(Line::default());
    let question = if forecast.would_buy { "bid.confirm-buy" } else { "bid.confirm" };
    lines.push(Line::styled(lang.t(question), shared.theme.heading));
    lines
}

/// Whether somebody else leads, by the receipt or by what was heard since.
fn is_outbid(shared: &Shared, lot: &Lot, receipt: &BidReceipt) -> bool {
    match receipt.result {
        BidResult::Leading => shared.standing(lot) == Standing::Outbid,
        BidResult::Outbid => true,
        BidResult::Bought => false,
    }
}

fn accepted(
    shared: &Shared,
    lot: &Lot,
    receipt: &BidReceipt,
    columns: usize,
) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    // The auction goes on while the window is open.
    let (price, min_next) = match lot.auction.price {
        Some(price) if lot.auction.seq > receipt.seq => (price, lot.auction.min_next),
        _ => (receipt.price, receipt.min_next),
    };
    let price = won(price);
    let next = min_next.map_or_else(|| "-".to_owned(), won);
    let maximum = won(receipt.maximum);
    let (title, style, means) = match receipt.result {
        BidResult::Bought => {
            ("bid.bought", theme.good, tr!(lang, "bid.bought-means", price = price))
        }
        BidResult::Outbid => {
            let means = tr!(lang, "bid.outbid-means", price = price, min_next = next);
            ("bid.outbid", theme.bad, means)
        }
        BidResult::Leading if is_outbid(shared, lot, receipt) => {
            let means = tr!(lang, "bid.overtaken-means", price = price, min_next = next);
            ("bid.overtaken", theme.bad, means)
        }
        BidResult::Leading if price == maximum => {
            ("bid.leading", theme.good, tr!(lang, "bid.leading-spent", price = price))
        }
        BidResult::Leading => {
            let means = tr!(lang, "bid.leading-means", price = price, maximum = maximum);
            ("bid.leading", theme.good, means)
        }
    };
    let mut lines = vec![Line::styled(lang.t(title), style), Line::default()];
    lines.extend(paragraph(&means, columns));
    lines
}

/// The bid did not come about; `unsure` if an earlier attempt may have been accepted.
pub(crate) fn refused(
    shared: &Shared,
    error: &ClientError,
    unsure: bool,
    columns: usize,
) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let title = if unsure { "sending.still-unknown" } else { "bid.refused" };
    let style = if unsure { shared.theme.warning } else { shared.theme.bad };
    let mut lines = vec![Line::styled(lang.t(title), style), Line::default()];
    lines.extend(paragraph(&i18n::failure(lang, error), columns));
    if unsure {
        let hint = shared.keymap.fill(lang, &lang.t("sending.look-later"));
        lines.extend(paragraph(&hint, columns));
    }
    lines
}
