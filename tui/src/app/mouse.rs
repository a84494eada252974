//! The mouse: what is under it, and what a click or the wheel does there.
//!
//! What is where is asked of the functions that also place it when it is drawn, so that a click
//! never misses what is seen. Outside of a window that is open, a click does nothing: what was
//! typed in the window stays.

use artipul_common::AuctionId;
use ratatui::layout::{Position, Rect};

use super::{
    model::{Cx, Dialog, Model, Nav, Section},
    update::{Turn, cx},
    view,
};
use crate::{keymap::Action, screens::header, ui::toast};

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mouse {
    Click(Position),
    /// The wheel was turned over this place; down is more than zero.
    Wheel(Position, i32),
}

/// Lines that a notch of the wheel scrolls.
pub(crate) const NOTCH: i32 = 3;

impl Mouse {
    /// Both in one, where nobody would see the first alone.
    pub(crate) fn merged(self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Wheel(at, lines), Self::Wheel(later, more)) if at == later => {
                Some(Self::Wheel(at, lines.saturating_add(more)))
            }
            _ => None,
        }
    }
}

/// What can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Section(Section),
    /// A key in the footer, or what stands for one.
    Do(Action),
    /// A genre or a tab.
    Choice(usize),
    /// A row of a list.
    Row(usize),
    /// A message, and the auction that it tells of.
    Toast(Option<AuctionId>),
    /// A place of a form.
    Form(Position),
}

/// What stands at a place.
fn target(model: &Model, at: Position) -> Option<Target> {
    let area = Rect::from((Position::ORIGIN, model.shared.size));
    let lines = view::lines(area);
    if lines.keys.contains(at) {
        let keys = header::keys(model, lines.keys);
        return under(keys, at).map(Target::Do);
    }
    if let Some(about) = toast::at(model, view::body(model.shared.size), at) {
        return Some(Target::Toast(about));
    }
    match model.dialogs.last() {
        Some(Dialog::SignIn(_) | Dialog::SignUp(_) | Dialog::Window(_)) => {
            return Some(Target::Form(at));
        }
        Some(Dialog::Palette(palette)) => {
            return palette.row_at(model.shared.size, at).map(Target::Row);
        }
        Some(Dialog::Artist(artist)) => {
            return artist.row_at(view::body(model.shared.size), at).map(Target::Row);
        }
        Some(Dialog::Ways(ways)) => {
            return ways.row_at(&model.shared, view::body(model.shared.size), at).map(Target::Row);
        }
        Some(_) => return None,
        None => {}
    }
    if lines.header.contains(at) {
        let section = under(header::sections(model, lines.header), at).map(Target::Section);
        let language = header::language(model, lines.header).into_iter().collect();
        return section.or(under(language, at).map(Target::Do));
    }
    let is_closed = model.section.needs_user() && model.shared.account.user().is_none();
    if model.page.is_some() || is_closed {
        return None;
    }
    let shared = &model.shared;
    match model.section {
        Section::Browse => model.browse.target(shared, at),
        Section::Mine => model.mine.target(shared, at),
        Section::Wallet => model.wallet.row_at(shared.size, at).map(Target::Row),
        Section::Notices => model.notices.row_at(shared.size, at).map(Target::Row),
        Section::Account => model.account.target(shared, at),
        Section::Admin => model.admin.target(shared, at),
        Section::Sell => model.studio.target(shared, at),
    }
}

fn under<T>(parts: Vec<header::Part<T>>, at: Position) -> Option<T> {
    parts.into_iter().find(|part| part.area.contains(at)).map(|part| part.what)
}

impl Turn<'_> {
    pub(super) fn mouse(&mut self, mouse: Mouse) {
        match mouse {
            Mouse::Click(at) => self.click(at),
            Mouse::Wheel(at, lines) => self.wheel(at, lines),
        }
    }

    /// A click selects; a second one on the same row opens it.
    fn click(&mut self, at: Position) {
        let target = target(self.model, at);
        let before = std::mem::replace(&mut self.model.shared.clicked, target);
        match target {
            Some(Target::Section(section)) => self.nav.push(Nav::Section(section)),
            Some(Target::Do(action)) => self.act(action),
            Some(Target::Choice(index)) => self.choose(index),
            Some(Target::Toast(Some(about))) if !self.model.has_unsent_pictures() => {
                self.model.shared.toasts.dismiss(about);
                self.nav.push(Nav::Open(about));
            }
            Some(Target::Toast(_)) => {}
            Some(Target::Form(at)) => match self.model.dialogs.last_mut() {
                Some(Dialog::SignIn(dialog)) => dialog.click(at, &mut cx!(self)),
                Some(Dialog::SignUp(dialog)) => dialog.click(at, &mut cx!(self)),
                Some(Dialog::Window(dialog)) => dialog.click(at, &mut cx!(self)),
                _ => self.model.studio.click(at, &mut cx!(self)),
            },
            Some(Target::Row(row)) => {
                if let Some(Dialog::Palette(palette)) = self.model.dialogs.last() {
                    return palette.clone().choose(row, &mut cx!(self));
                }
                if let Some(Dialog::Artist(artist)) = self.model.dialogs.last_mut() {
                    return artist.choose(row, &mut cx!(self));
                }
                if let Some(Dialog::Ways(ways)) = self.model.dialogs.last() {
                    return ways.clone().choose(row, &mut cx!(self));
                }
                self.select(row);
                if before == target {
                    self.act(Action::Open);
                }
            }
            None => {}
        }
    }

    fn choose(&mut self, index: usize) {
        match self.model.section {
            Section::Browse => self.model.browse.choose(index, &mut cx!(self)),
            Section::Mine => self.model.mine.choose(index),
            Section::Account => self.model.account.choose(index),
            Section::Admin => self.model.admin.choose(index),
            Section::Sell => self.model.studio.choose(index),
            Section::Wallet | Section::Notices => {}
        }
    }

    fn select(&mut self, row: usize) {
        match self.model.section {
            Section::Browse => self.model.browse.select(row, &self.model.shared),
            Section::Mine => self.model.mine.select(row),
            Section::Wallet => self.model.wallet.select(row),
            Section::Notices => self.model.notices.select(row),
            Section::Account => self.model.account.select(row),
            Section::Admin => self.model.admin.select(row),
            Section::Sell => self.model.studio.select(row),
        }
    }

    /// Scrolls what is under the mouse.
    fn wheel(&mut self, at: Position, lines: i32) {
        let model = &mut *self.model;
        let body = view::body(model.shared.size);
        if !body.contains(at) {
            return;
        }
        match model.dialogs.last_mut() {
            Some(Dialog::Palette(palette)) => return palette.wheel(lines, model.shared.size),
            Some(Dialog::Reading(reading)) => return reading.wheel(lines, &model.shared),
            Some(_) => return,
            None => {}
        }
        let shared = &model.shared;
        match (&mut model.page, model.section) {
            (Some(page), _) => page.wheel(at, lines, shared.size),
            (None, Section::Browse) => model.browse.wheel(at, lines, shared),
            (None, Section::Mine) => model.mine.wheel(lines, shared.size),
            (None, Section::Wallet) => model.wallet.wheel(lines, shared.size),
            (None, Section::Notices) => model.notices.wheel(lines, shared.size),
            (None, Section::Account) => model.account.wheel(lines, shared.size),
            (None, Section::Admin) => model.admin.wheel(lines, shared.size),
            (None, Section::Sell) => model.studio.wheel(lines, shared.size),
        }
    }
}
