//! The user's account: the profile, where it is signed in, the tokens of its scripts, and the
//! accounts of others that it is linked with. What is
//! changed is changed in windows ([`purpose`]).

pub(crate) mod join;
pub(crate) mod purpose;
pub(crate) mod social;
mod view;
pub(crate) mod ways;

use std::time::Duration;

use artipul_common::{
    SessionId, TokenId,
    credentials::{PersonalToken, SessionInfo},
    social::Identity,
};
use ratatui::layout::{Position, Rect, Size};

pub(crate) use self::view::{is_unread, view};
use self::{purpose::Purpose, ways::Ways};
use super::{
    question::Question,
    window::{self, Window},
};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        keeping::{Keeping, Kept},
        model::{Cx, Dialog, Nav, Shared},
        mouse::Target,
        paged::{Paged, Want},
        toasts::Tone,
    },
    keymap::Action,
    ui::tabs,
};

/// The parts of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Profile,
    Sessions,
    Tokens,
    Links,
}

impl Tab {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Profile, "keep.profile"),
        (Self::Sessions, "keep.sessions"),
        (Self::Tokens, "keep.tokens"),
        (Self::Links, "social.links"),
    ];
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AccountScreen {
    tab: Tab,
    sessions: Paged<SessionInfo>,
    tokens: Paged<PersonalToken>,
    links: Paged<Identity>,
    ending: Slot,
}

fn inner(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

fn list_area(body: Rect) -> Rect {
    Rect { y: body.y + 2.min(body.height), height: body.height.saturating_sub(2), ..body }
}

/// Opens a window.
fn open(purpose: Purpose, cx: &mut Cx) {
    let window = Window::open(window::Purpose::Keep(purpose), cx.shared);
    cx.go(Nav::Show(Box::new(Dialog::Window(Box::new(window)))));
}

fn ask(question: Question, cx: &mut Cx) {
    cx.go(Nav::Show(Box::new(Dialog::Question(question))));
}

impl AccountScreen {
    fn height(size: Size) -> usize {
        usize::from(list_area(crate::app::view::body(size)).height.saturating_sub(1))
    }

    /// Something of the user's changed: the lists are read again when they are looked at.
    pub(crate) fn touch(&mut self) {
        self.sessions.touch();
        self.tokens.touch();
        self.links.touch();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the accounts of others are shown.
    pub(crate) fn shows_links(&self) -> bool {
        self.tab == Tab::Links
    }

    /// The tab as a command line.
    pub(crate) fn command(&self) -> Vec<String> {
        let words: &[&str] = match self.tab {
            Tab::Profile => &["profile"],
            Tab::Sessions => &["account", "sessions"],
            Tab::Tokens => &["account", "tokens"],
            Tab::Links => &["account", "links"],
        };
        words.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let height = Self::height(cx.shared.size);
        let moved = match self.tab {
            Tab::Profile => false,
            Tab::Sessions => self.sessions.act(action, height),
            Tab::Tokens => self.tokens.act(action, height),
            Tab::Links => self.links.act(action, height),
        };
        if moved {
            return;
        }
        match action {
            Action::Previous => self.step(Tab::ALL.len() - 1),
            Action::Next => self.step(1),
            Action::Refresh => cx.go(Nav::Changed),
            _ if self.offers(action) => self.act_on_tab(action, cx),
            _ => {}
        }
    }

    fn act_on_tab(&self, action: Action, cx: &mut Cx) {
        match action {
            Action::Edit => open(Purpose::Profile, cx),
            Action::ChangePassword => open(Purpose::Password, cx),
            Action::ChangeEmail => open(Purpose::Email, cx),
            Action::ChangePhone => open(Purpose::Phone, cx),
            Action::CloseAccount => open(Purpose::Close, cx),
            Action::New if self.tab == Tab::Links => {
                let ways = Ways::to_link(cx);
                cx.go(Nav::Show(Box::new(Dialog::Ways(ways))));
            }
            Action::New => open(Purpose::Token, cx),
            Action::EndOthers => ask(Question::end_other_sessions(), cx),
            Action::Remove => match self.tab {
                Tab::Profile => {}
                Tab::Sessions => match self.sessions.selected() {
                    Some(session) if session.current => ask(Question::sign_out(), cx),
                    Some(session) => ask(Question::end_session(session.id), cx),
                    None => {}
                },
                Tab::Tokens => {
                    if let Some(token) = self.tokens.selected() {
                        ask(Question::take_back(token.id), cx);
                    }
                }
                Tab::Links => ask(Question::unlink(), cx),
            },
            _ => {}
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        match action {
            Action::Edit
            | Action::ChangePassword
            | Action::ChangeEmail
            | Action::ChangePhone
            | Action::CloseAccount => self.tab == Tab::Profile,
            Action::New => matches!(self.tab, Tab::Tokens | Tab::Links),
            Action::EndOthers => self.tab == Tab::Sessions && self.sessions.rows().len() > 1,
            Action::Remove => match self.tab {
                Tab::Profile => false,
                Tab::Sessions => self.sessions.selected().is_some(),
                Tab::Tokens => self.tokens.selected().is_some(),
                Tab::Links => self.links.selected().is_some(),
            },
            _ => true,
        }
    }

    /// Ends a session; the question has been answered.
    pub(crate) fn end_session(&mut self, id: SessionId, cx: &mut Cx) {
        cx.ask(&mut self.ending, Call::Keeping(Keeping::EndSession(id)));
    }

    /// Ends all sessions but this one; the question has been answered.
    pub(crate) fn end_other_sessions(&mut self, cx: &mut Cx) {
        cx.ask(&mut self.ending, Call::Keeping(Keeping::EndOtherSessions));
    }

    /// Takes a token back; the question has been answered.
    pub(crate) fn take_back(&mut self, id: TokenId, cx: &mut Cx) {
        cx.ask(&mut self.ending, Call::Keeping(Keeping::TakeBack(id)));
    }

    /// Unlinks the selected account; the question has been answered.
    pub(crate) fn unlink(&mut self, cx: &mut Cx) {
        if let Some(provider) = self.links.selected().map(|link| link.provider.clone()) {
            cx.ask(&mut self.ending, Call::Keeping(Keeping::Unlink(provider)));
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
            Tab::Profile => {}
            Tab::Sessions => self.sessions.select(row),
            Tab::Tokens => self.tokens.select(row),
            Tab::Links => self.links.select(row),
        }
    }

    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        match self.tab {
            Tab::Profile => {}
            Tab::Sessions => self.sessions.wheel(lines, Self::height(size)),
            Tab::Tokens => self.tokens.wheel(lines, Self::height(size)),
            Tab::Links => self.links.wheel(lines, Self::height(size)),
        }
    }

    /// What can be clicked at a place.
    pub(crate) fn target(&self, shared: &Shared, at: Position) -> Option<Target> {
        let body = inner(crate::app::view::body(shared.size));
        let list = list_area(body);
        let row = match self.tab {
            Tab::Profile => None,
            Tab::Sessions => self.sessions.row_at(list, at),
            Tab::Tokens => self.tokens.row_at(list, at),
            Tab::Links => self.links.row_at(list, at),
        };
        row.map(Target::Row).or_else(|| {
            let (names, chosen) = self.tab_names(shared);
            tabs::at(Rect { height: 1, ..body }, &names, chosen, at).map(Target::Choice)
        })
    }

    fn tab_names(&self, shared: &Shared) -> (Vec<String>, usize) {
        let names = Tab::ALL.map(|(_, key)| shared.lang.t(key).into_owned()).into();
        (names, Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0))
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.sessions.owns(id)
            || self.tokens.owns(id)
            || self.links.owns(id)
            || self.ending.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        if self.ending.take(id) {
            match outcome {
                Ok(_) => {
                    let words = cx.lang().t("keep.ended");
                    cx.shared.toast(Tone::Good, words);
                }
                Err(error) => cx.shared.fail(&error),
            }
            return self.touch();
        }
        let sessions = self.sessions.take(id, &outcome, uptime);
        let tokens = self.tokens.take(id, &outcome, uptime);
        let links = self.links.take(id, &outcome, uptime);
        match (sessions, tokens, links, outcome) {
            (Some(part), _, _, Ok(Answer::Kept(Kept::Sessions(items)))) => {
                self.sessions.put(part, items, None);
            }
            (_, Some(part), _, Ok(Answer::Kept(Kept::Tokens(items)))) => {
                self.tokens.put(part, items, None);
            }
            (_, _, Some(part), Ok(Answer::Kept(Kept::Identities(items)))) => {
                self.links.put(part, items, None);
            }
            _ => {}
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        let (uptime, height) = (cx.shared.uptime, Self::height(cx.shared.size));
        match self.tab {
            Tab::Profile => {}
            Tab::Sessions => read(&mut self.sessions, Keeping::Sessions, uptime, height, cx),
            Tab::Tokens => read(&mut self.tokens, Keeping::Tokens, uptime, height, cx),
            Tab::Links => read(&mut self.links, Keeping::Identities, uptime, height, cx),
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        let reading = match self.tab {
            Tab::Profile => false,
            Tab::Sessions => self.sessions.is_waiting(),
            Tab::Tokens => self.tokens.is_waiting(),
            Tab::Links => self.links.is_waiting(),
        };
        reading || self.ending.is_waiting()
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        [self.sessions.next_change(), self.tokens.next_change(), self.links.next_change()]
            .into_iter()
            .flatten()
            .min()
    }
}

fn read<T>(list: &mut Paged<T>, question: Keeping, uptime: Duration, height: usize, cx: &mut Cx) {
    if let Some(want @ Want::First) = list.want(uptime, height) {
        let id = cx.call(Call::Keeping(question));
        list.wait_for(&want, id);
    }
}
