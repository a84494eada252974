//! What administrators see: users, top-ups, and what was done. What they do is done in windows
//! ([`deed`]).

pub(crate) mod deed;
mod view;

use std::time::Duration;

use artipul_common::{
    UserId,
    admin::{ActionKind, AdminAction, ChargesQuery, ManagedCharge, ManagedUser, UserQuery},
    page::PageQuery,
    wallet::ChargeStatus,
};
use ratatui::layout::{Position, Rect, Size};

use self::deed::Deed;
pub(crate) use self::view::view;
use super::window::{self, Window};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId},
        model::{Cx, Dialog, Nav, Shared},
        mouse::Target,
        office::{Filed, Office},
        paged::{Paged, Part, Want},
    },
    keymap::Action,
    ui::tabs,
};

/// Rows of a page.
const PAGE: Option<u32> = Some(50);
/// Lines that tell more of what is selected.
const MORE: u16 = 6;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Users,
    Charges,
    Trail,
}

impl Tab {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Users, "office.users"),
        (Self::Charges, "office.charges"),
        (Self::Trail, "office.trail"),
    ];
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AdminScreen {
    tab: Tab,
    /// What users are looked for by.
    sought: Option<String>,
    /// Whose top-ups are shown.
    payer: Option<(UserId, String)>,
    users: Paged<ManagedUser>,
    charges: Paged<ManagedCharge>,
    trail: Paged<AdminAction>,
}

/// The key of a deed's name.
pub(crate) fn deed_name(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::GrantAdmin => "office.grant-admin",
        ActionKind::RevokeAdmin => "office.revoke-admin",
        ActionKind::SuspendUser => "office.suspend-user",
        ActionKind::RestoreUser => "office.restore-user",
        ActionKind::SuspendWork => "office.suspend-work",
        ActionKind::RestoreWork => "office.restore-work",
        ActionKind::WithdrawAuction => "office.withdraw-auction",
        ActionKind::RefundCharge => "office.refund-charge",
    }
}

/// Opens the window of a deed.
pub(crate) fn open(deed: Deed, cx: &mut Cx) {
    let window = Window::open(window::Purpose::Deed(deed), cx.shared);
    cx.go(Nav::Show(Box::new(Dialog::Window(Box::new(window)))));
}

fn inner(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

/// The list; below it, what is selected.
fn list_area(body: Rect) -> Rect {
    let height = body.height.saturating_sub(3 + MORE);
    Rect { y: body.y + 2.min(body.height), height, ..body }
}

impl AdminScreen {
    fn height(size: Size) -> usize {
        usize::from(list_area(crate::app::view::body(size)).height.saturating_sub(1))
    }

    /// Something was done: the lists are read again when they are looked at.
    pub(crate) fn touch(&mut self) {
        self.users.touch();
        self.charges.touch();
        self.trail.touch();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Looks for users; all of them by an empty text.
    pub(crate) fn find(&mut self, sought: &str) {
        self.tab = Tab::Users;
        self.sought = Some(sought.trim().to_owned()).filter(|sought| !sought.is_empty());
        self.users.clear();
    }

    /// The tab as a command line.
    pub(crate) fn command(&self) -> Vec<String> {
        let mut words = vec!["admin".to_owned()];
        match self.tab {
            Tab::Users => {
                words.push("users".to_owned());
                words.extend(self.sought.iter().map(|sought| format!("--query={sought}")));
            }
            Tab::Charges => {
                words.push("charges".to_owned());
                words.extend(self.payer.iter().map(|(id, _)| format!("--user={id}")));
            }
            Tab::Trail => words.push("trail".to_owned()),
        }
        words
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let height = Self::height(cx.shared.size);
        let moved = match self.tab {
            Tab::Users => self.users.act(action, height),
            Tab::Charges => self.charges.act(action, height),
            Tab::Trail => self.trail.act(action, height),
        };
        if moved {
            return;
        }
        match action {
            Action::Previous => self.step(Tab::ALL.len() - 1),
            Action::Next => self.step(1),
            Action::Refresh => cx.go(Nav::Changed),
            _ if self.offers(action) => self.act_on_selected(action, cx),
            _ => {}
        }
    }

    fn act_on_selected(&mut self, action: Action, cx: &mut Cx) {
        let user = self.users.selected().map(|found| (found.user.id, found.user.nickname.clone()));
        match (action, user) {
            (Action::Search, _) => open(Deed::Find, cx),
            (Action::WithdrawAuction, _) => open(Deed::Withdraw(None), cx),
            (Action::SuspendWork, _) => open(Deed::SuspendWork(None), cx),
            (Action::RestoreWork, _) => open(Deed::RestoreWork(None), cx),
            (Action::Back, _) => self.show_all(),
            (Action::Refund, _) => {
                if let Some(charge) = self.charges.selected().map(|found| &found.charge) {
                    open(Deed::Refund(charge.id, charge.amount), cx);
                }
            }
            (Action::SuspendUser, Some((id, name))) => open(Deed::SuspendUser(id, name), cx),
            (Action::RestoreUser, Some((id, name))) => open(Deed::RestoreUser(id, name), cx),
            (Action::Open, Some(user)) => {
                self.tab = Tab::Charges;
                self.payer = Some(user);
                self.charges.clear();
            }
            _ => {}
        }
    }

    /// Shows everybody and everything again.
    fn show_all(&mut self) {
        match self.tab {
            Tab::Users => self.find(""),
            Tab::Charges => {
                self.payer = None;
                self.charges.clear();
            }
            Tab::Trail => {}
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        let user = self.users.selected().filter(|_| self.tab == Tab::Users);
        let suspended = user.is_some_and(|found| found.suspended.is_some());
        match action {
            Action::Open => user.is_some(),
            Action::SuspendUser => user.is_some_and(|found| {
                found.suspended.is_none() && found.closed_at.is_none() && !found.user.is_admin
            }),
            Action::RestoreUser => suspended,
            Action::Refund => {
                let charge = self.charges.selected().filter(|_| self.tab == Tab::Charges);
                charge.is_some_and(|found| found.charge.status == ChargeStatus::Paid)
            }
            Action::Back => match self.tab {
                Tab::Users => self.sought.is_some(),
                Tab::Charges => self.payer.is_some(),
                Tab::Trail => false,
            },
            _ => true,
        }
    }

    fn step(&mut self, by: usize) {
        let at = Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0);
        self.choose((at + by) % Tab::ALL.len());
    }

    /// Shows the tab of this number.
    pub(crate) fn choose(&mut self, index: usize) {
        if let Some((tab, _)) = Tab::ALL.get(index) {
            self.tab = *tab;
            self.touch();
        }
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        match self.tab {
            Tab::Users => self.users.select(row),
            Tab::Charges => self.charges.select(row),
            Tab::Trail => self.trail.select(row),
        }
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        let height = Self::height(size);
        match self.tab {
            Tab::Users => self.users.wheel(lines, height),
            Tab::Charges => self.charges.wheel(lines, height),
            Tab::Trail => self.trail.wheel(lines, height),
        }
    }

    /// What can be clicked at a place.
    pub(crate) fn target(&self, shared: &Shared, at: Position) -> Option<Target> {
        let body = inner(crate::app::view::body(shared.size));
        let list = list_area(body);
        let row = match self.tab {
            Tab::Users => self.users.row_at(list, at),
            Tab::Charges => self.charges.row_at(list, at),
            Tab::Trail => self.trail.row_at(list, at),
        };
        row.map(Target::Row).or_else(|| {
            let (names, chosen) = self.tab_names(shared);
            tabs::at(Rect { height: 1, ..body }, &names, chosen, at).map(Target::Choice)
        })
    }

    fn tab_names(&self, shared: &Shared) -> (Vec<String>, usize) {
        let named = |(tab, key): (Tab, &'static str)| {
            let name = shared.lang.t(key);
            match (tab, &self.sought, &self.payer) {
                (Tab::Users, Some(sought), _) => format!("{name} · {sought}"),
                (Tab::Charges, _, Some((_, payer))) => format!("{name} · {payer}"),
                _ => name.into_owned(),
            }
        };
        let names = Tab::ALL.map(named).into();
        (names, Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0))
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.users.owns(id) || self.charges.owns(id) || self.trail.owns(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        let users = self.users.take(id, &outcome, uptime);
        let charges = self.charges.take(id, &outcome, uptime);
        let trail = self.trail.take(id, &outcome, uptime);
        let Ok(Answer::Filed(filed)) = outcome else { return };
        match (filed, users, charges, trail) {
            (Filed::Users(page), Some(part), ..) => put(&mut self.users, part, page),
            (Filed::Charges(page), _, Some(part), _) => put(&mut self.charges, part, page),
            (Filed::Trail(page), _, _, Some(part)) => put(&mut self.trail, part, page),
            _ => {}
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let (uptime, height) = (cx.shared.uptime, Self::height(cx.shared.size));
        let want = match self.tab {
            Tab::Users => self.users.want(uptime, height),
            Tab::Charges => self.charges.want(uptime, height),
            Tab::Trail => self.trail.want(uptime, height),
        };
        let Some(want) = want else { return };
        let cursor = if let Want::After(cursor) = &want { Some(cursor.clone()) } else { None };
        let id = cx.call(Call::Office(self.question(cursor)));
        match self.tab {
            Tab::Users => self.users.wait_for(&want, id),
            Tab::Charges => self.charges.wait_for(&want, id),
            Tab::Trail => self.trail.wait_for(&want, id),
        }
    }

    fn question(&self, cursor: Option<String>) -> Office {
        let limit = PAGE;
        match self.tab {
            Tab::Users => Office::Users(UserQuery { q: self.sought.clone(), limit, cursor }),
            Tab::Charges => {
                let user = self.payer.as_ref().map(|(id, _)| *id);
                Office::Charges(ChargesQuery { user, charge: None, limit, cursor })
            }
            Tab::Trail => Office::Trail(PageQuery { limit, cursor }),
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        match self.tab {
            Tab::Users => self.users.is_waiting(),
            Tab::Charges => self.charges.is_waiting(),
            Tab::Trail => self.trail.is_waiting(),
        }
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        [self.users.next_change(), self.charges.next_change(), self.trail.next_change()]
            .into_iter()
            .flatten()
            .min()
    }
}

fn put<T>(list: &mut Paged<T>, part: Part, page: artipul_common::page::Page<T>) {
    list.put(part, page.items, page.next_cursor);
}
