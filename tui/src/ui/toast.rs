//! Draws the short messages in the lower right corner, over everything: above are the prices.

use artipul_common::AuctionId;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Padding, Widget},
};

use super::{money::won, overlay, text};
use crate::{
    app::{
        model::Model,
        toasts::{Toast, Tone},
    },
    i18n::tr,
    keymap::{Action, When},
    screens::bid,
};

const MAX_COLUMNS: u16 = 56;

/// A message on the screen.
struct Shown<'a> {
    toast: &'a Toast,
    lines: Vec<Line<'static>>,
    window: Rect,
}

/// The messages that have room, from the bottom up, the newest first.
fn shown(model: &Model, area: Rect) -> Vec<Shown<'_>> {
    let shared = &model.shared;
    let width = MAX_COLUMNS.min(area.width.saturating_sub(4));
    let mut list = Vec::new();
    if width < 12 {
        return list;
    }
    let mut bottom = area.bottom();
    for toast in shared.toasts.iter().rev() {
        let mut lines = text::wrap(&toast.text, usize::from(width - 4));
        lines.truncate(3);
        let mut lines: Vec<Line> =
            lines.into_iter().map(|line| Line::styled(line, shared.theme.heading)).collect();
        lines.extend(rebid(model, toast));
        let widest = lines.iter().map(Line::width).max().unwrap_or(0);
        let wide = u16::try_from(widest).unwrap_or(width) + 4;
        let height = u16::try_from(lines.len()).unwrap_or(1) + 2;
        if bottom < area.y + height {
            break;
        }
        bottom -= height;
        let x = area.right().saturating_sub(wide + 1);
        list.push(Shown { toast, lines, window: Rect { x, y: bottom, width: wide, height } });
    }
    list
}

/// Where the messages lie.
pub(crate) fn windows(model: &Model, area: Rect) -> Vec<Rect> {
    shown(model, area).into_iter().map(|shown| shown.window).collect()
}

/// The message at a place: the auction that it tells of, if it tells of one.
pub(crate) fn at(model: &Model, area: Rect, at: Position) -> Option<Option<AuctionId>> {
    let found = shown(model, area).into_iter().find(|shown| shown.window.contains(at));
    found.map(|shown| shown.toast.about)
}

/// Draws the messages, the newest at the bottom.
pub(crate) fn draw(model: &Model, buf: &mut Buffer, area: Rect) {
    let theme = &model.shared.theme;
    for Shown { toast, lines, window } in shown(model, area) {
        let style = match toast.tone {
            Tone::Plain => theme.accent,
            Tone::Good => theme.good,
            Tone::Bad => theme.bad,
            Tone::Warning => theme.warning,
        };
        overlay::clear(window, buf);
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style)
            .padding(Padding::horizontal(1));
        let inner = block.inner(window);
        block.render(window, buf);
        for (line, y) in lines.iter().zip(inner.y..) {
            buf.set_line(inner.x, y, line, inner.width);
        }
    }
}

/// The key that bids again, below the message that it answers.
fn rebid(model: &Model, toast: &Toast) -> Option<Line<'static>> {
    let id = model.rebid().filter(|id| toast.about == Some(*id))?;
    let (shared, theme) = (&model.shared, &model.shared.theme);
    let key = shared.keymap.name_of(shared.lang, When::Outbid, Action::Rebid);
    let words = match shared.lots.get(id) {
        Some(lot) => {
            let least = won(bid::least(shared, lot));
            tr!(shared.lang, "toast.rebid-from", least = least).into_owned()
        }
        None => shared.lang.t("key.rebid").into_owned(),
    };
    Some(Line::from(vec![
        Span::styled(key, theme.key),
        Span::styled(format!(" {words}"), theme.muted),
    ]))
}
