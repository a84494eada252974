//! Topping the wallet up: an amount, the charge, and its payment.

use artipul_common::{
    ChargeId, Money,
    client::ClientError,
    limits,
    wallet::{Charge, ChargeStatus},
};
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::sending::{self, paragraph};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Nav, Shared},
        outbox::{Errand, Outbox, Settled},
    },
    i18n::{self, tr},
    keymap::{Action, When},
    ui::{field::TextField, money::won, notice, overlay, text},
};

/// The step of `+` and `-`.
const STEP: Money = Money::new(10_000);
/// What is offered where nobody said how much.
const USUAL: Money = Money::new(100_000);

#[derive(Debug, Clone)]
enum Stage {
    Editing {
        bad: bool,
    },
    Sent(String),
    /// The charge waits for its payment.
    Paying {
        charge: Charge,
        slot: Slot,
        failed: Option<ClientError>,
    },
    Paid(Charge),
    Failed(ClientError, bool),
    /// The gateway has refused the payment, or it was cancelled.
    NotPaid(Charge),
}

#[derive(Debug, Clone)]
pub(crate) struct TopUp {
    field: TextField,
    stage: Stage,
}

/// The sandbox's id of the payment of a charge.
fn sandbox_payment(charge: ChargeId) -> String {
    format!("sandbox-{charge}")
}

const SANDBOX: &str = "sandbox";

impl TopUp {
    /// Opens the window; with what is missing for something, if that is why.
    pub(crate) fn open(missing: Option<Money>) -> Self {
        let mut field = TextField::amount();
        let amount = missing.map_or(USUAL, |missing| {
            // Rounded up to a step: nobody tops up 3,420 points.
            let steps = (missing.points() + STEP.points() - 1) / STEP.points();
            Money::new(steps.max(1) * STEP.points())
        });
        field.propose_money(amount.clamp(limits::MIN_CHARGE, limits::MAX_CHARGE));
        Self { field, stage: Stage::Editing { bad: false } }
    }

    /// This top-up as a command line, as soon as there is an amount.
    pub(crate) fn command(&self) -> Option<Vec<String>> {
        let amount = match &self.stage {
            Stage::Paying { charge, .. } | Stage::Paid(charge) | Stage::NotPaid(charge) => {
                charge.amount
            }
            Stage::Editing { .. } | Stage::Sent(_) | Stage::Failed(..) => self.field.money()?,
        };
        Some(vec!["charge".to_owned(), amount.points().to_string()])
    }

    pub(crate) fn when(&self) -> When {
        match self.stage {
            Stage::Editing { .. } => When::Amount,
            Stage::Paying { .. } => When::Question,
            _ => When::Outcome,
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        !matches!(action, Action::TopUp | Action::Bid)
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        match &self.stage {
            Stage::Sent(key) => shared.outbox.get(key).is_some(),
            Stage::Paying { slot, .. } => slot.is_waiting(),
            _ => false,
        }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        match (&mut self.stage, action) {
            (_, Action::Back) => cx.go(Nav::Back),
            (Stage::Editing { .. }, Action::More) => self.change(true),
            (Stage::Editing { .. }, Action::Less) => self.change(false),
            (Stage::Editing { .. }, Action::Confirm) => self.send(cx),
            // Paid elsewhere: the wallet says so by itself.
            (Stage::Paying { charge, .. }, Action::Confirm) if charge.gateway != SANDBOX => {
                cx.go(Nav::Back);
            }
            (Stage::Paying { charge, slot, failed }, Action::Confirm) if !slot.is_waiting() => {
                *failed = None;
                let payment_id = sandbox_payment(charge.id);
                cx.ask(slot, Call::ConfirmCharge { charge: charge.id, payment_id });
            }
            _ => {}
        }
    }

    fn change(&mut self, more: bool) {
        let amount = self.field.money().unwrap_or_default();
        let changed = if more { amount + STEP } else { amount - STEP.min(amount) };
        self.field.set_money(changed.clamp(limits::MIN_CHARGE, limits::MAX_CHARGE));
        self.stage = Stage::Editing { bad: false };
    }

    fn send(&mut self, cx: &mut Cx) {
        let allowed = limits::MIN_CHARGE..=limits::MAX_CHARGE;
        match self.field.money().filter(|amount| allowed.contains(amount)) {
            Some(amount) => {
                self.stage = Stage::Sent(Outbox::send(cx, Errand::Charge { amount }));
            }
            None => self.stage = Stage::Editing { bad: true },
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent) {
        if matches!(self.stage, Stage::Editing { .. }) && self.field.key(event) {
            self.stage = Stage::Editing { bad: false };
        }
    }

    pub(crate) fn paste(&mut self, pasted: &str) {
        if matches!(self.stage, Stage::Editing { .. }) {
            self.field.insert(pasted);
            self.stage = Stage::Editing { bad: false };
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        matches!(&self.stage, Stage::Paying { slot, .. } if slot.is_for(id))
    }

    /// The gateway was asked for the payment.
    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let Stage::Paying { slot, failed, .. } = &mut self.stage else { return };
        slot.take(id);
        match outcome {
            Ok(Answer::Charge(charge)) => self.charged(charge, cx),
            Ok(_) => {}
            Err(error) => *failed = Some(error),
        }
    }

    /// Whether this window is the one that sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        matches!(&self.stage, Stage::Sent(sent) if sent == key)
    }

    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) {
        match settled.result {
            Ok(Answer::Charge(charge)) => self.charged(charge, cx),
            Ok(_) => {}
            Err(error) => self.stage = Stage::Failed(error, settled.unsure),
        }
    }

    fn charged(&mut self, charge: Charge, cx: &mut Cx) {
        self.stage = match charge.status {
            ChargeStatus::Paid => Stage::Paid(charge),
            ChargeStatus::Pending => Stage::Paying { charge, slot: Slot::default(), failed: None },
            ChargeStatus::Cancelled | ChargeStatus::Failed => Stage::NotPaid(charge),
        };
        cx.go(Nav::Changed);
    }
}

const COLUMNS: u16 = 62;

fn columns(area: Rect) -> usize {
    usize::from(COLUMNS.min(area.width).saturating_sub(4))
}

/// Where the window is.
pub(crate) fn window(top_up: &TopUp, shared: &Shared, area: Rect) -> Rect {
    let lines = lines(top_up, shared, columns(area)).len();
    overlay::centred(area, COLUMNS, u16::try_from(lines).unwrap_or(area.height) + 2)
}

/// Draws the window.
pub(crate) fn view(top_up: &TopUp, shared: &Shared, frame: &mut Frame, area: Rect) {
    let lang = shared.lang;
    let lines = lines(top_up, shared, columns(area));
    let window = window(top_up, shared, area);
    let inner = overlay::window(frame, window, &lang.t("top-up.title"), &shared.theme);
    overlay::write(frame.buffer_mut(), inner, &lines);
    if matches!(top_up.stage, Stage::Editing { .. }) {
        let label = lang.t("top-up.amount");
        let x = inner.x + u16::try_from(text::width(&label)).unwrap_or(0) + 3;
        let field = Rect { x, width: 18.min(inner.right().saturating_sub(x)), height: 1, ..inner };
        let (buf, style) = (frame.buffer_mut(), shared.theme.field_focus);
        let cursor = top_up.field.draw(field, buf, style);
        top_up.field.mark_proposed(field, buf, style);
        frame.set_cursor_position(cursor);
    }
}

fn lines(top_up: &TopUp, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    match &top_up.stage {
        Stage::Editing { bad } => {
            let label = Span::styled(lang.t("top-up.amount"), theme.muted);
            let mut lines =
                vec![Line::from(vec![label, Span::styled("  ₩", theme.money)]), Line::default()];
            lines.extend(limits_lines(shared, top_up.field.money(), *bad, columns));
            if let Some(wallet) = shared.account.wallet {
                let words = tr!(lang, "bid.available", available = won(wallet.available));
                lines.push(Line::styled(words.into_owned(), theme.muted));
            }
            lines
        }
        Stage::Sent(key) => sending::lines(shared, key, columns),
        Stage::Paying { charge, slot, failed } => {
            paying(shared, charge, slot.is_waiting(), failed.as_ref(), columns)
        }
        Stage::Paid(charge) => {
            let mut lines = vec![
                Line::styled(lang.t("top-up.paid"), theme.good),
                Line::from(vec![Span::styled(won(charge.amount), theme.money)]),
            ];
            lines.extend(sandbox(shared, charge, columns));
            lines
        }
        Stage::NotPaid(charge) => {
            let mut lines = vec![Line::styled(lang.t("top-up.not-paid"), theme.bad)];
            lines.extend(sandbox(shared, charge, columns));
            lines
        }
        Stage::Failed(error, unsure) => super::bid::refused(shared, error, *unsure, columns),
    }
}

/// What can be topped up; a sentence that says so where something else was to be.
fn limits_lines(
    shared: &Shared,
    amount: Option<Money>,
    bad: bool,
    columns: usize,
) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let (least, most) = (won(limits::MIN_CHARGE), won(limits::MAX_CHARGE));
    let (words, style) = match amount {
        _ if !bad => (tr!(lang, "top-up.limits", least = least, most = most), theme.muted),
        None => (lang.t("bid.no-amount"), theme.bad),
        Some(amount) if amount < limits::MIN_CHARGE => {
            (tr!(lang, "top-up.too-little", least = least), theme.bad)
        }
        Some(_) => (tr!(lang, "top-up.too-much", most = most), theme.bad),
    };
    let words = text::wrap(&words, columns);
    words.into_iter().map(|line| Line::styled(line, style)).collect()
}

/// Says that no money moves, where the gateway is the sandbox.
fn sandbox(shared: &Shared, charge: &Charge, columns: usize) -> Vec<Line<'static>> {
    if charge.gateway != SANDBOX {
        return Vec::new();
    }
    let words = text::wrap(&shared.lang.t("top-up.sandbox"), columns);
    let mut lines = vec![Line::default()];
    lines.extend(words.into_iter().map(|line| Line::styled(line, shared.theme.warning)));
    lines
}

fn paying(
    shared: &Shared,
    charge: &Charge,
    waits: bool,
    failed: Option<&ClientError>,
    columns: usize,
) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let mut lines = vec![Line::from(vec![
        Span::styled(lang.t("top-up.amount"), theme.muted),
        Span::raw("  "),
        Span::styled(won(charge.amount), theme.money),
    ])];
    lines.extend(sandbox(shared, charge, columns));
    lines.push(Line::default());
    if let Some(url) = &charge.checkout_url {
        lines.extend(paragraph(&lang.t("top-up.pay-at"), columns));
        // An address is copied whole; it is cut where it does not fit, never changed.
        let url = text::clean(url);
        lines.extend(text::wrap(&url, columns).into_iter().map(|l| Line::styled(l, theme.accent)));
        lines.push(Line::default());
    }
    if let Some(error) = failed {
        let words = text::wrap(&i18n::failure(lang, error), columns);
        lines.extend(words.into_iter().map(|line| Line::styled(line, theme.bad)));
        lines.push(Line::default());
    }
    if waits {
        lines.push(notice::waiting(shared, "top-up.confirming"));
    } else {
        lines.push(Line::styled(lang.t("top-up.confirm"), theme.heading));
    }
    lines
}
