//! Rows in columns, measured by what the terminal shows.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

use super::{list::ListCursor, text};
use crate::theme::Theme;

/// How much room a column gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// So many columns of the terminal.
    Fixed(u16),
    /// So many parts of what is left.
    Share(u16),
}

/// At which side the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) size: Size,
    pub(crate) side: Side,
}

impl Column {
    pub(crate) fn left(title: impl Into<String>, size: Size) -> Self {
        Self { title: title.into(), size, side: Side::Left }
    }

    pub(crate) fn right(title: impl Into<String>, size: Size) -> Self {
        Self { title: title.into(), size, side: Side::Right }
    }
}

/// One cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    /// Keeps its own colours in the selected row.
    loud: bool,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, loud: false }
    }

    pub(crate) fn loud(mut self) -> Self {
        self.loud = true;
        self
    }
}

/// The columns' places in a width, with a column between each two.
pub(crate) fn places(columns: &[Column], width: u16) -> Vec<(u16, u16)> {
    let gaps = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let fixed: u16 = columns
        .iter()
        .map(|column| if let Size::Fixed(width) = column.size { width } else { 0 })
        .sum();
    let shares: u16 = columns
        .iter()
        .map(|column| if let Size::Share(parts) = column.size { parts } else { 0 })
        .sum();
    let mut rest = width.saturating_sub(fixed + gaps);
    let mut shares_left = shares;
    let mut x = 0;
    columns
        .iter()
        .map(|column| {
            let wide = match column.size {
                Size::Fixed(wide) => wide,
                Size::Share(parts) => {
                    // Rounded so that the last one takes exactly what is left.
                    let wide = rest * parts / shares_left.max(1);
                    rest -= wide;
                    shares_left -= parts;
                    wide
                }
            };
            let place = (x, wide.min(width.saturating_sub(x)));
            x = (x + wide + 1).min(width);
            place
        })
        .collect()
}

/// The rows of a table that are to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    first: ListCursor,
    len: usize,
    selects: bool,
}

impl Shown {
    /// Rows of which one is selected.
    pub(crate) fn selecting(cursor: ListCursor, len: usize) -> Self {
        Self { first: cursor, len, selects: true }
    }

    /// Rows that are only scrolled.
    pub(crate) fn scrolled(cursor: ListCursor, len: usize) -> Self {
        Self { first: cursor, len, selects: false }
    }
}

/// Draws the head of a table in the first line of `area` and rows below it. `rows` is asked for
/// the visible ones only.
pub(crate) fn draw(
    area: Rect,
    buf: &mut Buffer,
    theme: &Theme,
    columns: &[Column],
    shown: &Shown,
    rows: impl Fn(usize) -> Vec<Cell>,
) {
    if area.height == 0 {
        return;
    }
    let places = places(columns, area.width);
    for (column, place) in columns.iter().zip(&places) {
        put(area, buf, 0, *place, column.side, &column.title, theme.muted);
    }
    let height = usize::from(area.height - 1);
    for (line, index) in (1u16..).zip(shown.first.visible(shown.len, height)) {
        let cells = rows(index);
        let parts = || cells.iter().zip(columns.iter().zip(&places));
        for (cell, (column, place)) in parts() {
            put(area, buf, line, *place, column.side, &cell.text, cell.style);
        }
        if shown.selects && index == shown.first.selected() {
            let row = Rect { y: area.y + line, height: 1, ..area };
            buf.set_style(row, theme.selected);
            for (cell, (column, place)) in parts().filter(|(cell, _)| cell.loud) {
                put(area, buf, line, *place, column.side, &cell.text, cell.style);
            }
        }
    }
}

/// The row at a place of a table drawn into `area`.
pub(crate) fn row_at(area: Rect, shown: &Shown, at: Position) -> Option<usize> {
    let height = usize::from(area.height.saturating_sub(1));
    let visible = shown.first.visible(shown.len, height);
    let line = at.y.checked_sub(area.y + 1).filter(|_| area.contains(at))?;
    Some(visible.start + usize::from(line)).filter(|row| visible.contains(row))
}

fn put(
    area: Rect,
    buf: &mut Buffer,
    line: u16,
    (x, width): (u16, u16),
    side: Side,
    content: &str,
    style: Style,
) {
    // Only the text itself is styled: a coloured ground must not fill the whole cell.
    let shown = text::truncate(content, width.into());
    let lead = match side {
        Side::Left => 0,
        Side::Right => width - u16::try_from(text::width(&shown)).unwrap_or(width),
    };
    buf.set_string(area.x + x + lead, area.y + line, shown, style);
}

/// A label and its value in two columns, for lists of facts.
pub(crate) fn fact(
    label: &str,
    columns: usize,
    value: Vec<Span<'static>>,
    theme: &Theme,
) -> Line<'static> {
    let mut spans = vec![Span::styled(text::left(label, columns), theme.muted), Span::raw("  ")];
    spans.extend(value);
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width_and_no_more() {
        let columns = [
            Column::left("a", Size::Fixed(2)),
            Column::left("b", Size::Share(2)),
            Column::left("c", Size::Share(1)),
            Column::right("d", Size::Fixed(10)),
        ];
        for width in 0..200 {
            let places = places(&columns, width);
            for (x, wide) in &places {
                assert!(x + wide <= width, "{places:?} in {width}");
            }
        }
        assert_eq!(places(&columns, 75), [(0, 2), (3, 40), (44, 20), (65, 10)]);
    }

    #[test]
    fn wide_letters_do_not_push_the_next_column() {
        let columns =
            [Column::left("제목", Size::Share(1)), Column::right("현재가", Size::Fixed(8))];
        let area = Rect::new(0, 0, 20, 2);
        let mut buf = Buffer::empty(area);
        draw(
            area,
            &mut buf,
            &Theme::plain(),
            &columns,
            &Shown::scrolled(ListCursor::default(), 1),
            |_| vec![Cell::new("달빛 아래 정물", Style::new()), Cell::new("₩1,000", Style::new())],
        );
        assert_eq!(buf[(14, 1)].symbol(), "₩");
        assert_eq!(buf[(19, 1)].symbol(), "0");
        assert_eq!(buf[(9, 1)].symbol(), "…");
    }
}
