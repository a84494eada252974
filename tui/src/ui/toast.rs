//! Draws the short messages in the lower right corner, over everything: above are the prices.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Block, BorderType, Padding, Widget},
};

use super::{overlay, text};
use crate::app::{model::Shared, toasts::Tone};

const MAX_COLUMNS: u16 = 56;

/// Draws the messages, the newest at the bottom.
pub(crate) fn draw(shared: &Shared, buf: &mut Buffer, area: Rect) {
    let width = MAX_COLUMNS.min(area.width.saturating_sub(4));
    if width < 12 {
        return;
    }
    let mut bottom = area.bottom();
    for toast in shared.toasts.iter().rev() {
        let style = match toast.tone {
            Tone::Plain => shared.theme.accent,
            Tone::Good => shared.theme.good,
            Tone::Bad => shared.theme.bad,
            Tone::Warning => shared.theme.warning,
        };
        let mut lines = text::wrap(&toast.text, usize::from(width - 4));
        lines.truncate(3);
        let widest = lines.iter().map(|line| text::width(line)).max().unwrap_or(0);
        let wide = u16::try_from(widest).unwrap_or(width) + 4;
        let height = u16::try_from(lines.len()).unwrap_or(1) + 2;
        if bottom < area.y + height {
            break;
        }
        bottom -= height;
        let x = area.right().saturating_sub(wide + 1);
        let window = Rect { x, y: bottom, width: wide, height };
        overlay::clear(window, buf);
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style)
            .padding(Padding::horizontal(1));
        let inner = block.inner(window);
        block.render(window, buf);
        for (line, y) in lines.iter().zip(inner.y..) {
            buf.set_string(inner.x, y, line, shared.theme.heading);
        }
    }
}
