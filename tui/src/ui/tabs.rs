//! Names side by side, one of them chosen, scrolled so that the chosen one is in sight.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::text;
use crate::theme::Theme;

/// Draws the names into the first line of `area`.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, names: &[String], chosen: usize) {
    if names.is_empty() || area.height == 0 {
        return;
    }
    let widths: Vec<usize> = names.iter().map(|name| text::width(name) + 2).collect();
    // Two columns at each end are for the signs that there is more.
    let room = usize::from(area.width).saturating_sub(4);
    let last = (chosen + 1).min(names.len() - 1);
    let mut first = 0;
    while first < chosen && widths[first..=last].iter().sum::<usize>() > room {
        first += 1;
    }
    let mut spans = vec![Span::styled(if first > 0 { "‹ " } else { "  " }, theme.muted)];
    let mut used = 0;
    for (index, name) in names.iter().enumerate().skip(first) {
        if used + widths[index] > room {
            spans.push(Span::styled(" ›", theme.muted));
            break;
        }
        used += widths[index];
        let style = if index == chosen { theme.selected } else { theme.muted };
        spans.push(Span::styled(format!(" {name} "), style));
    }
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u16, chosen: usize) -> String {
        let names: Vec<String> = ["하나", "둘", "셋", "넷", "다섯"].map(str::to_owned).into();
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area, &Theme::plain(), &names, chosen);
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buf[(x, 0)].symbol();
            line.push_str(symbol);
            x += u16::try_from(text::width(symbol).max(1)).unwrap();
        }
        line
    }

    #[test]
    fn the_chosen_name_is_always_in_sight() {
        assert_eq!(drawn(40, 0).trim_end(), "   하나  둘  셋  넷  다섯");
        assert_eq!(drawn(20, 0).trim_end(), "   하나  둘  셋  ›");
        assert!(drawn(20, 2).starts_with("‹ "));
        for (chosen, name) in ["하나", "둘", "셋", "넷", "다섯"].into_iter().enumerate() {
            assert!(drawn(18, chosen).contains(name), "{name}");
        }
    }
}
