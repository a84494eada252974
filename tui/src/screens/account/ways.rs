//! The other ways into an account, besides address and password, or providers whose accounts can
//! be linked: chosen from a list.

use artipul_common::social::Provider;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

use super::{purpose::Purpose, social::SocialDialog};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        keeping::{Keeping, Kept},
        model::{After, Cx, Dialog, Nav, Shared},
    },
    i18n::tr,
    keymap::Action,
    screens::window::{self, Window},
    ui::{list::ListCursor, notice, overlay, text},
};

/// A way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    FindEmail,
    ResetPassword,
    SignInWith(Provider),
    Link(Provider),
}

impl Way {
    fn name(&self, shared: &Shared) -> String {
        let lang = shared.lang;
        match self {
            Self::FindEmail => lang.t("keep.find-email"),
            Self::ResetPassword => lang.t("keep.reset-password"),
            Self::SignInWith(provider) => tr!(lang, "social.title", provider = provider.name),
            Self::Link(provider) => tr!(lang, "social.link", provider = provider.name),
        }
        .into_owned()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Ways {
    ways: Vec<Way>,
    cursor: ListCursor,
    providers: Slot,
    links: bool,
    after: After,
}

const COLUMNS: u16 = 50;

impl Ways {
    /// The ways into an account; afterwards it goes on with what was wanted before.
    pub(crate) fn in_again(after: After, cx: &mut Cx) -> Self {
        Self::open(vec![Way::FindEmail, Way::ResetPassword], false, after, cx)
    }

    /// The providers whose accounts can be linked.
    pub(crate) fn to_link(cx: &mut Cx) -> Self {
        Self::open(Vec::new(), true, After::Nothing, cx)
    }

    fn open(ways: Vec<Way>, links: bool, after: After, cx: &mut Cx) -> Self {
        let mut providers = Slot::default();
        cx.ask(&mut providers, Call::Keeping(Keeping::Providers));
        Self { ways, cursor: ListCursor::default(), providers, links, after }
    }

    pub(crate) fn is_door(&self) -> bool {
        !self.links
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.providers.is_waiting()
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.providers.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.providers.take(id);
        match outcome {
            Ok(Answer::Kept(Kept::Providers(providers))) => {
                let way = if self.links { Way::Link } else { Way::SignInWith };
                self.ways.extend(providers.into_iter().map(way));
            }
            Ok(_) => {}
            Err(error) => cx.shared.fail(&error),
        }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let count = self.ways.len();
        if self.cursor.act(action, count, count) {
            return self.cursor.fit(count, count);
        }
        match action {
            Action::Back => cx.go(Nav::Back),
            Action::Open => self.choose(self.cursor.selected(), cx),
            _ => {}
        }
    }

    /// Goes the way in a row.
    pub(crate) fn choose(&self, row: usize, cx: &mut Cx) {
        let Some(way) = self.ways.get(row) else { return };
        let window = |purpose, cx: &mut Cx| {
            Dialog::Window(Box::new(Window::open(window::Purpose::Keep(purpose), cx.shared)))
        };
        let dialog = match way.clone() {
            Way::FindEmail => window(Purpose::FindEmail, cx),
            Way::ResetPassword => window(Purpose::ResetPassword, cx),
            Way::SignInWith(provider) => {
                Dialog::Social(Box::new(SocialDialog::sign_in(provider, self.after, cx)))
            }
            Way::Link(provider) => Dialog::Social(Box::new(SocialDialog::link(provider, cx))),
        };
        cx.go(Nav::Instead(Box::new(dialog)));
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        action == Action::Back || !self.ways.is_empty()
    }

    /// What stands below the ways.
    fn remark(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        if self.is_waiting() {
            return vec![notice::waiting(shared, "sign-up.waiting")];
        }
        if !self.ways.is_empty() {
            return Vec::new();
        }
        let words = text::wrap(&shared.lang.t("social.none"), columns);
        words.into_iter().map(|line| Line::styled(line, shared.theme.muted)).collect()
    }

    /// Where the window is.
    pub(crate) fn place(&self, shared: &Shared, body: Rect) -> Rect {
        let columns = usize::from(COLUMNS.min(body.width).saturating_sub(4));
        let count = self.ways.len() + self.remark(shared, columns).len();
        let height = u16::try_from(count).unwrap_or(body.height).saturating_add(2);
        overlay::centred(body, COLUMNS, height)
    }

    /// The row at a place on the screen.
    pub(crate) fn row_at(&self, shared: &Shared, body: Rect, at: Position) -> Option<usize> {
        let rows = overlay::inside(self.place(shared, body));
        let row = usize::from(at.y.checked_sub(rows.y)?);
        (rows.contains(at) && row < self.ways.len()).then_some(row)
    }
}

/// Draws the window.
pub(crate) fn view(ways: &Ways, shared: &Shared, frame: &mut Frame, body: Rect) {
    let place = ways.place(shared, body);
    let title = if ways.links { "social.links" } else { "keep.other-ways" };
    let inner = overlay::window(frame, place, &shared.lang.t(title), &shared.theme);
    let buf = frame.buffer_mut();
    for ((row, way), y) in ways.ways.iter().enumerate().zip(inner.y..inner.bottom()) {
        let name = text::truncate(&way.name(shared), inner.width.into());
        buf.set_line(inner.x, y, &Line::from(name), inner.width);
        if row == ways.cursor.selected() {
            buf.set_style(Rect { y, height: 1, ..inner }, shared.theme.selected);
        }
    }
    let y = inner.y + u16::try_from(ways.ways.len()).unwrap_or(inner.height);
    let remark = ways.remark(shared, inner.width.into());
    for (line, y) in remark.iter().zip(y..inner.bottom()) {
        buf.set_line(inner.x, y, line, inner.width);
    }
}
