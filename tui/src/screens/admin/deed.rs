//! What administrators do, in a window: each deed needs a reason, which is kept for good, and is
//! asked about again.

use artipul_common::{
    AuctionId, ChargeId, Money, UserId, WorkId, admin::ReasonRequest, limits, problem::FieldError,
    text::Checks,
};

use crate::{
    app::{
        effect::Call,
        model::{Cx, Nav, Shared},
        office::Office,
    },
    i18n::tr,
    screens::window::End,
    ui::{
        form::{Field, Form},
        money::won,
    },
};

/// A deed. Without an id, that is asked for as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Looks for users.
    Find,
    SuspendUser(UserId, String),
    RestoreUser(UserId, String),
    SuspendWork(Option<WorkId>),
    RestoreWork(Option<WorkId>),
    Withdraw(Option<AuctionId>),
    Refund(ChargeId, Money),
}

impl Deed {
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Find => "office.key-find-user",
            Self::SuspendUser(..) => "office.key-suspend-user",
            Self::RestoreUser(..) => "office.key-restore-user",
            Self::SuspendWork(_) => "office.key-suspend-work",
            Self::RestoreWork(_) => "office.key-restore-work",
            Self::Withdraw(_) => "office.key-withdraw-auction",
            Self::Refund(..) => "office.key-refund",
        }
    }

    /// Whether it is written down with a reason. What gives something back needs none.
    fn needs_reason(&self) -> bool {
        !matches!(self, Self::Find | Self::RestoreUser(..) | Self::RestoreWork(_))
    }

    /// Whether it is asked about again.
    pub(crate) fn is_asked_about(&self) -> bool {
        *self != Self::Find
    }

    fn asks_for_id(&self) -> bool {
        matches!(self, Self::SuspendWork(None) | Self::RestoreWork(None) | Self::Withdraw(None))
    }

    pub(crate) fn form(&self) -> Form {
        let mut fields = Vec::new();
        if *self == Self::Find {
            fields.push(Field::line("q", "office.look-for", 254).hint("office.look-for-hint"));
        }
        if self.asks_for_id() {
            fields.push(Field::line("id", "office.number", 20));
        }
        if self.needs_reason() {
            let reason = Field::line("reason", "office.reason", *limits::REASON.end());
            fields.push(reason.hint("office.reason-hint"));
        }
        fields.push(Field::button("send", self.title()));
        Form::new(fields)
    }

    pub(crate) fn explained(&self, shared: &Shared) -> String {
        let lang = shared.lang;
        match self {
            Self::Find => lang.t("office.find-means"),
            Self::SuspendUser(id, name) => {
                tr!(lang, "office.suspend-user-means", name = name, id = id)
            }
            Self::RestoreUser(id, name) => {
                tr!(lang, "office.restore-user-means", name = name, id = id)
            }
            Self::SuspendWork(_) => lang.t("office.suspend-work-means"),
            Self::RestoreWork(_) => lang.t("office.restore-work-means"),
            Self::Withdraw(_) => lang.t("office.withdraw-means"),
            Self::Refund(id, amount) => {
                tr!(lang, "office.refund-means", amount = won(*amount), id = id)
            }
        }
        .into_owned()
    }

    /// What is asked of the server; nothing if users are looked for.
    ///
    /// # Errors
    /// What was typed wrong.
    pub(crate) fn call(&self, form: &Form) -> Result<Option<Call>, Vec<FieldError>> {
        if *self == Self::Find {
            return Ok(None);
        }
        let number = self.asks_for_id().then(|| number(form));
        let reason = self.needs_reason().then(|| form.value("reason"));
        let reason = reason.map(|reason| ReasonRequest { reason }.validated()).transpose();
        let (number, reason) = match (number.transpose(), reason) {
            (Ok(number), Ok(reason)) => (number.unwrap_or(0), reason.unwrap_or_default()),
            (number, reason) => {
                let errors = [number.err(), reason.err()].into_iter().flatten().flatten();
                return Err(errors.collect());
            }
        };
        Ok(Some(Call::Office(match self {
            Self::Find => return Ok(None),
            Self::SuspendUser(id, _) => Office::SuspendUser(*id, reason),
            Self::RestoreUser(id, _) => Office::RestoreUser(*id),
            Self::SuspendWork(id) => {
                Office::SuspendWork(id.unwrap_or_else(|| WorkId::new(number)), reason)
            }
            Self::RestoreWork(id) => Office::RestoreWork(id.unwrap_or_else(|| WorkId::new(number))),
            Self::Withdraw(id) => {
                Office::Withdraw(id.unwrap_or_else(|| AuctionId::new(number)), reason)
            }
            Self::Refund(id, _) => Office::Refund(*id, reason),
        })))
    }

    /// What follows when it is done.
    pub(crate) fn ended(&self, form: &Form, cx: &mut Cx) -> End {
        let key = match self {
            Self::Find => {
                cx.go(Nav::FindUser(form.value("q")));
                return End::Silent;
            }
            Self::SuspendUser(..) => "office.user-suspended",
            Self::RestoreUser(..) => "office.user-restored",
            Self::SuspendWork(_) => "office.work-suspended",
            Self::RestoreWork(_) => "office.work-restored",
            Self::Withdraw(_) => "office.auction-withdrawn",
            Self::Refund(..) => "office.charge-refunded",
        };
        cx.go(Nav::Changed);
        End::Said(cx.lang().t(key).into_owned())
    }
}

/// The number of a work or an auction, as it is typed: with or without a `#`.
fn number(form: &Form) -> Result<i64, Vec<FieldError>> {
    let typed = form.value("id");
    let number = typed.trim().trim_start_matches('#').parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| {
        let mut checks = Checks::default();
        checks.error("id", if typed.trim().is_empty() { "required" } else { "invalid" }, "");
        checks.finish(()).err().unwrap_or_default()
    })
}
