//! Buying at once: what it costs, a confirmation, and what came of it.

use artipul_common::{
    AuctionId, Money, bids::BidReceipt, client::ClientError, problem::ProblemCode,
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    bid::{missing, refused},
    facts,
    sending::{self, paragraph},
};
use crate::{
    app::{
        effect::Answer,
        model::{Cx, Nav, Shared},
        outbox::{Errand, Outbox, Settled},
    },
    i18n::tr,
    keymap::{Action, When},
    ui::{money::won, overlay, text},
};

#[derive(Debug, Clone)]
enum Stage {
    Confirming,
    Sent(String),
    Bought(BidReceipt),
    Refused(ClientError, bool),
}

#[derive(Debug, Clone)]
pub(crate) struct BuyDialog {
    auction: AuctionId,
    /// The price that the user saw; the server refuses another one.
    price: Money,
    /// What is missing in the wallet.
    missing: Option<Money>,
    stage: Stage,
}

impl BuyDialog {
    pub(crate) fn open(auction: AuctionId, price: Money) -> Self {
        Self { auction, price, missing: None, stage: Stage::Confirming }
    }

    /// Compares the price with what can be spent.
    pub(crate) fn look_into_wallet(&mut self, shared: &Shared) {
        self.missing = spendable(shared, self.auction)
            .filter(|free| *free < self.price)
            .map(|free| self.price - free);
    }

    pub(crate) fn auction(&self) -> AuctionId {
        self.auction
    }

    /// This purchase as a command line.
    pub(crate) fn command(&self) -> Vec<String> {
        let price = self.price.points().to_string();
        ["buy".to_owned(), self.auction.to_string(), "--price".to_owned(), price].into()
    }

    pub(crate) fn when(&self) -> When {
        if matches!(self.stage, Stage::Confirming) && self.missing.is_none() {
            When::Question
        } else {
            When::Outcome
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        match (&self.stage, action) {
            (Stage::Confirming, Action::TopUp) => self.missing.is_some(),
            (Stage::Refused(error, _), Action::TopUp) => {
                error.code() == Some(ProblemCode::InsufficientPoints)
            }
            (_, Action::TopUp | Action::Bid) => false,
            _ => true,
        }
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        matches!(&self.stage, Stage::Sent(key) if shared.outbox.get(key).is_some())
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        match (&self.stage, action) {
            (Stage::Confirming, Action::Confirm) => {
                let errand = Errand::Buy { auction: self.auction, price: self.price };
                self.stage = Stage::Sent(Outbox::send(cx, errand));
            }
            (Stage::Confirming, Action::TopUp) if self.missing.is_some() => {
                cx.go(Nav::TopUp(self.missing));
            }
            (Stage::Refused(error, _), Action::TopUp) if self.offers(Action::TopUp) => {
                cx.go(Nav::TopUp(missing(error)));
            }
            (_, Action::Back) => cx.go(Nav::Back),
            _ => {}
        }
    }

    /// Whether this window is the one that sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        matches!(&self.stage, Stage::Sent(sent) if sent == key)
    }

    pub(crate) fn settled(&mut self, settled: Settled) {
        self.stage = match settled.result {
            Ok(Answer::Receipt(receipt)) => Stage::Bought(receipt),
            Ok(_) => return,
            Err(error) => Stage::Refused(error, settled.unsure),
        };
    }
}

/// What can be spent on this auction: what is available, and what is held for it already.
fn spendable(shared: &Shared, auction: AuctionId) -> Option<Money> {
    let held = shared
        .lots
        .get(auction)
        .and_then(|lot| lot.auction.me)
        .filter(|part| part.leading)
        .and_then(|part| part.maximum);
    shared.account.wallet.map(|wallet| wallet.available + held.unwrap_or_default())
}

const COLUMNS: u16 = 64;

/// Where the window is.
pub(crate) fn window(dialog: &BuyDialog, shared: &Shared, area: Rect) -> Rect {
    place(&lines(dialog, shared, area), area)
}

fn place(lines: &[Line], area: Rect) -> Rect {
    overlay::centred(area, COLUMNS, u16::try_from(lines.len()).unwrap_or(area.height) + 5)
}

/// What stands in the window below the work.
fn lines(dialog: &BuyDialog, shared: &Shared, area: Rect) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let columns = usize::from(COLUMNS.min(area.width).saturating_sub(4));
    match &dialog.stage {
        Stage::Confirming => confirming(dialog, shared, columns),
        Stage::Sent(key) => sending::lines(shared, key, columns),
        Stage::Bought(receipt) => {
            let mut lines =
                vec![Line::styled(lang.t("bid.bought"), shared.theme.good), Line::default()];
            let words = tr!(lang, "bid.bought-means", price = won(receipt.price));
            lines.extend(paragraph(&words, columns));
            lines
        }
        Stage::Refused(error, unsure) => refused(shared, error, *unsure, columns),
    }
}

/// Draws the window.
pub(crate) fn view(dialog: &BuyDialog, shared: &Shared, frame: &mut Frame, area: Rect) {
    let Some(lot) = shared.lots.get(dialog.auction) else { return };
    let lang = shared.lang;
    let lines = lines(dialog, shared, area);
    let window = place(&lines, area);
    let inner = overlay::window(frame, window, &lang.t("buy.title"), &shared.theme);
    let buf = frame.buffer_mut();
    let title = text::truncate(&lot.auction.title, usize::from(inner.width));
    buf.set_string(inner.x, inner.y, title, shared.theme.heading);
    buf.set_line(inner.x, inner.y + 1, &facts::glance(shared, lot), inner.width);
    let below = Rect { y: inner.y + 3, height: inner.height.saturating_sub(3), ..inner };
    overlay::write(buf, below, &lines);
}

fn confirming(dialog: &BuyDialog, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let mut lines = vec![
        Line::from(vec![
            Span::styled(lang.t("terms.buy-now"), shared.theme.muted),
            Span::raw("  "),
            Span::styled(won(dialog.price), shared.theme.money),
        ]),
        Line::default(),
    ];
    lines.extend(paragraph(&tr!(lang, "buy.means", price = won(dialog.price)), columns));
    if let Some(missing) = dialog.missing {
        let words = tr!(lang, "buy.too-few", missing = won(missing)).into_owned();
        lines.push(Line::styled(words, shared.theme.bad));
        return lines;
    }
    if let (Some(wallet), Some(free)) = (shared.account.wallet, spendable(shared, dialog.auction)) {
        let (before, after) = (won(wallet.available), won(free - dialog.price));
        let words = tr!(lang, "bid.leaves", before = before, after = after).into_owned();
        lines.push(Line::styled(words, shared.theme.muted));
    }
    lines.push(Line::default());
    lines.push(Line::styled(lang.t("buy.confirm"), shared.theme.heading));
    lines
}
