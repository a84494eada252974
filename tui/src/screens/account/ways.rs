//! The other ways into an account, besides address and password: chosen from a list.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

use super::purpose::Purpose;
use crate::{
    app::model::{Cx, Dialog, Nav, Shared},
    keymap::Action,
    screens::window::{self, Window},
    ui::{list::ListCursor, overlay, text},
};

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    FindEmail,
    ResetPassword,
}

impl Way {
    fn name(&self, shared: &Shared) -> String {
        match self {
            Self::FindEmail => shared.lang.t("keep.find-email"),
            Self::ResetPassword => shared.lang.t("keep.reset-password"),
        }
        .into_owned()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Ways {
    ways: Vec<Way>,
    cursor: ListCursor,
}

const COLUMNS: u16 = 50;

impl Ways {
    pub(crate) fn open() -> Self {
        Self { ways: vec![Way::FindEmail, Way::ResetPassword], cursor: ListCursor::default() }
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
        let purpose = match way {
            Way::FindEmail => Purpose::FindEmail,
            Way::ResetPassword => Purpose::ResetPassword,
        };
        let window = Window::open(window::Purpose::Keep(purpose), cx.shared);
        cx.go(Nav::Back);
        cx.go(Nav::Show(Box::new(Dialog::Window(Box::new(window)))));
    }

    /// Where the window is.
    pub(crate) fn place(&self, body: Rect) -> Rect {
        let height = u16::try_from(self.ways.len()).unwrap_or(body.height).saturating_add(2);
        overlay::centred(body, COLUMNS, height)
    }

    /// The row at a place on the screen.
    pub(crate) fn row_at(&self, body: Rect, at: Position) -> Option<usize> {
        let rows = overlay::inside(self.place(body));
        let row = usize::from(at.y.checked_sub(rows.y)?);
        (rows.contains(at) && row < self.ways.len()).then_some(row)
    }
}

/// Draws the window.
pub(crate) fn view(ways: &Ways, shared: &Shared, frame: &mut Frame, body: Rect) {
    let place = ways.place(body);
    let inner = overlay::window(frame, place, &shared.lang.t("keep.other-ways"), &shared.theme);
    let buf = frame.buffer_mut();
    for ((row, way), y) in ways.ways.iter().enumerate().zip(inner.y..inner.bottom()) {
        let name = text::truncate(&way.name(shared), inner.width.into());
        buf.set_line(inner.x, y, &Line::from(name), inner.width);
        if row == ways.cursor.selected() {
            buf.set_style(Rect { y, height: 1, ..inner }, shared.theme.selected);
        }
    }
}
