//! The list of auctions as a wall of pictures.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::Style,
    text::{Line, Span},
};

use super::Browse;
use crate::{
    app::{lots::Lot, model::Shared},
    keymap::Action,
    screens::{lot_row, wall},
    ui::{money::won, text},
};

/// The least that a card is wide.
const CARD: u16 = 25;
/// The most, where there is more than one.
const WIDEST: u16 = 46;
/// Lines of words below a picture.
const WORDS: u16 = 3;
const GAP: u16 = 2;

/// Cards of one size in rows and columns, which fill an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    area: Rect,
    pub(super) columns: usize,
    rows: usize,
    card: Size,
}

impl Grid {
    /// The cards on an area: those of which the pictures take most of it.
    pub(super) fn of(area: Rect) -> Self {
        let Rect { x, width, height, .. } = area;
        let (width, height) = (width.saturating_sub(2), height.saturating_sub(1));
        let area = Rect { x: x + 1, width, height, ..area };
        let most = ((width + GAP) / (CARD + GAP)).max(1);
        let least = width.div_ceil(WIDEST + GAP).clamp(1, most);
        let grids = (least..=most).flat_map(|columns| {
            let rows = 1..=(height / (WORDS + 2)).max(1);
            rows.map(move |rows| Self::with_cards(area, columns, rows))
        });
        grids.max_by_key(Self::pictures).expect("there is a row and a column")
    }

    fn with_cards(area: Rect, columns: u16, rows: u16) -> Self {
        let width = ((area.width + GAP) / columns).saturating_sub(GAP);
        let height = ((area.height + 1) / rows).saturating_sub(1);
        // Higher, there would be nothing above most pictures.
        let card = Size { width, height: height.min(width * 3 / 8 + WORDS) };
        Self { area, columns: columns.into(), rows: rows.into(), card }
    }

    /// How much of the area the pictures take, most of which fill the height that they may have.
    fn pictures(&self) -> usize {
        let height = usize::from(self.card.height.saturating_sub(WORDS));
        self.columns * self.rows * height * height
    }

    /// The works of the page on which the selected one is.
    pub(super) fn page(&self, selected: usize, len: usize) -> std::ops::Range<usize> {
        let cards = self.columns * self.rows;
        let first = selected / cards * cards;
        first.min(len)..(first + cards).min(len)
    }

    /// Where the card of the so many-th work of a page is.
    pub(super) fn card(&self, index: usize) -> Rect {
        let steps = |index: usize, step: u16| u16::try_from(index).unwrap_or(0) * step;
        Rect {
            x: self.area.x + steps(index % self.columns, self.card.width + GAP),
            y: self.area.y + steps(index / self.columns, self.card.height + 1),
            width: self.card.width,
            height: self.card.height,
        }
    }

    /// The work that an action leads to from the selected one; `None` for those that do not move.
    pub(super) fn step(&self, action: Action, selected: usize, len: usize) -> Option<usize> {
        let last = len.saturating_sub(1);
        let page = self.columns * self.rows;
        Some(match action {
            Action::Left => selected.saturating_sub(1),
            Action::Right => (selected + 1).min(last),
            Action::Up => selected.checked_sub(self.columns).unwrap_or(selected),
            Action::Down => (selected + self.columns).min(last),
            Action::PageUp => selected.saturating_sub(page),
            Action::PageDown => (selected + page).min(last),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return None,
        })
    }
}

/// Where the picture of a card hangs: right above the words.
pub(super) fn picture(shared: &Shared, lot: &Lot, card: Rect) -> Option<Rect> {
    let image = lot.auction.images.first().filter(|_| shared.pictures.are_shown())?;
    let above = Rect { height: card.height.saturating_sub(WORDS), ..card };
    Some(wall::foot(shared, image, above))
}

/// Draws the page of the wall on which the selected work is.
pub(super) fn view(browse: &Browse, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let grid = Grid::of(area);
    let selected = browse.cursor.selected();
    let page = grid.page(selected, browse.rows.len());
    for (place, index) in page.enumerate() {
        if let Some(lot) = shared.lots.get(browse.rows[index]) {
            draw_card(shared, lot, index == selected, grid.card(place), buf);
        }
    }
}

fn draw_card(shared: &Shared, lot: &Lot, is_selected: bool, card: Rect, buf: &mut Buffer) {
    match (lot.auction.images.first(), picture(shared, lot, card)) {
        (Some(image), Some(place)) => wall::hang(shared, image, place, buf),
        _ => bare(shared, Rect { height: card.height.saturating_sub(WORDS), ..card }, buf),
    }
    let theme = &shared.theme;
    let words = Rect { y: card.bottom().saturating_sub(WORDS), height: WORDS, ..card };
    if is_selected {
        buf.set_style(words, theme.selected);
    }
    let style = |style: Style| if is_selected { theme.selected } else { style };
    let columns = usize::from(card.width).saturating_sub(2);
    let (mark, mark_style) = lot_row::standing_mark(shared.standing(lot), theme);
    let title = text::truncate(&lot.auction.title, columns.saturating_sub(2));
    let mut title = vec![Span::styled(title, style(theme.text).patch(theme.heading))];
    if mark != " " {
        title.insert(0, Span::styled(format!("{mark} "), style(mark_style)));
    }
    let artist = text::truncate(&lot.auction.artist, columns);
    let lines = [
        Line::from(title),
        Line::styled(artist, style(theme.muted)),
        price_and_time(shared, lot, columns, style),
    ];
    for (line, y) in lines.iter().zip(words.y..words.bottom()) {
        buf.set_line(words.x + 1, y, line, card.width.saturating_sub(2));
    }
}

/// The price at the left, the time that is left at the right.
fn price_and_time(
    shared: &Shared,
    lot: &Lot,
    columns: usize,
    style: impl Fn(Style) -> Style,
) -> Line<'static> {
    let theme = &shared.theme;
    let flashes = lot.flash_until.is_some_and(|until| until > shared.uptime);
    let price = won(lot.shown_price());
    let (left, left_style) = lot_row::time_left(shared, lot);
    let gap = columns.saturating_sub(text::width(&price) + text::width(&left));
    let price_style = if flashes { theme.flash } else { style(theme.money) };
    Line::from(vec![
        Span::styled(price, price_style),
        Span::styled(" ".repeat(gap), style(theme.text)),
        Span::styled(left, style(left_style)),
    ])
}

/// The place of a work that has no picture.
fn bare(shared: &Shared, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, shared.theme.wall);
    let (x, y) = (area.x + area.width / 2, area.y + area.height / 2);
    if !area.is_empty() {
        buf.set_string(x, y, "◇", shared.theme.wall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_lie_within_the_wall_and_not_over_each_other() {
        for width in 20..220 {
            for height in 5..70 {
                let area = Rect::new(0, 3, width, height);
                let grid = Grid::of(area);
                let cards: Vec<Rect> =
                    grid.page(0, usize::MAX).map(|index| grid.card(index)).collect();
                for (index, card) in cards.iter().enumerate() {
                    assert_eq!(card.intersection(area), *card, "{card:?} in {area:?}");
                    assert!(cards[..index].iter().all(|other| !other.intersects(*card)));
                }
            }
        }
    }

    #[test]
    fn every_work_is_reached_and_none_beyond_the_last() {
        let grid = Grid::of(Rect::new(0, 3, 110, 29));
        assert_eq!((grid.columns, grid.rows), (4, 2));
        let mut selected = 0;
        for index in 1..11 {
            selected = grid.step(Action::Right, selected, 10).unwrap();
            assert_eq!(selected, index.min(9));
            assert!(grid.page(selected, 10).contains(&selected));
        }
        assert_eq!(grid.step(Action::Up, 2, 10), Some(2), "there is none above");
        assert_eq!(grid.step(Action::Down, 7, 10), Some(9));
        assert_eq!(grid.step(Action::PageDown, 0, 10), Some(8));
        assert_eq!(grid.step(Action::Bid, 2, 10), None);
        assert_eq!(grid.page(8, 10), 8..10);
        assert_eq!(grid.page(0, 0), 0..0);
    }
}
