//! Names side by side, one of them chosen, scrolled so that the chosen one is in sight.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::text;
use crate::theme::Theme;

/// The names that are in sight, in the first line of `area`.
struct Places {
    /// Each with its number.
    shown: Vec<(usize, Rect)>,
    /// Whether there are more at the left, and at the right.
    more: (bool, bool),
}

fn places(area: Rect, names: &[String], chosen: usize) -> Places {
    let widths: Vec<usize> = names.iter().map(|name| text::width(name) + 2).collect();
    // Two columns at each end are for the signs that there is more.
    let room = usize::from(area.width).saturating_sub(4);
    let last = (chosen + 1).min(names.len().saturating_sub(1));
    let mut first = 0;
    while first < chosen && widths[first..=last].iter().sum::<usize>() > room {
        first += 1;
    }
    let mut places = Places { shown: Vec::new(), more: (first > 0, false) };
    let mut used = 0;
    for (index, width) in widths.iter().enumerate().skip(first) {
        if used + width > room {
            places.more.1 = true;
            break;
        }
        let x = area.x + u16::try_from(used).unwrap_or(area.width) + 2;
        let width = u16::try_from(*width).unwrap_or(area.width);
        places.shown.push((index, Rect { x, width, height: area.height.min(1), ..area }));
        used += usize::from(width);
    }
    places
}

/// The number of the name at a place.
pub(crate) fn at(area: Rect, names: &[String], chosen: usize, at: Position) -> Option<usize> {
    let places = places(area, names, chosen).shown.into_iter();
    places.filter(|(_, place)| place.contains(at)).map(|(index, _)| index).next()
}

/// Draws the names into the first line of `area`.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, names: &[String], chosen: usize) {
    if area.height == 0 {
        return;
    }
    let Places { shown, more } = places(area, names, chosen);
    if more.0 {
        buf.set_string(area.x, area.y, "‹", theme.muted);
    }
    for (index, place) in &shown {
        let style = if *index == chosen { theme.selected } else { theme.muted };
        let room = area.right().saturating_sub(place.x);
        buf.set_stringn(place.x, place.y, format!(" {} ", names[*index]), room.into(), style);
    }
    if more.1 {
        let x = shown.last().map_or(area.x + 2, |(_, place)| place.right()) + 1;
        if x < area.right() {
            buf.set_string(x, area.y, "›", theme.muted);
        }
    }
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
