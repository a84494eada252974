//! Where one is in a list: which row is selected and which is the first one shown.

use crate::keymap::Action;

/// The selection and the scroll position of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ListCursor {
    selected: usize,
    top: usize,
}

impl ListCursor {
    pub(crate) fn selected(self) -> usize {
        self.selected
    }

    pub(crate) fn select(&mut self, index: usize) {
        self.selected = index;
    }

    /// The rows that are shown of `len`, in `height` lines.
    pub(crate) fn visible(self, len: usize, height: usize) -> std::ops::Range<usize> {
        self.top.min(len)..(self.top + height).min(len)
    }

    /// Keeps the selection in the list and in sight, with a row of what comes next where there is
    /// room for it.
    pub(crate) fn fit(&mut self, len: usize, height: usize) {
        self.selected = self.selected.min(len.saturating_sub(1));
        let margin = usize::from(height > 4);
        let lowest = (self.selected + margin + 1).saturating_sub(height);
        let highest = self.selected.saturating_sub(margin);
        self.top = self.top.clamp(lowest.min(highest), highest).min(len.saturating_sub(height));
    }

    /// Scrolls a list in which nothing is selected. Returns false for actions that do not move.
    pub(crate) fn scroll(&mut self, action: Action, len: usize, height: usize) -> bool {
        let last = len.saturating_sub(height);
        let half = (height / 2).max(1);
        self.top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => (self.top + 1).min(last),
            Action::PageUp => self.top.saturating_sub(half),
            Action::PageDown => (self.top + half).min(last),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        };
        self.selected = self.top;
        true
    }

    /// Scrolls by lines; the selection goes along where it would leave the sight.
    pub(crate) fn wheel(&mut self, lines: i32, len: usize, height: usize) {
        let by = lines.unsigned_abs() as usize;
        let last = len.saturating_sub(height);
        let top = if lines < 0 { self.top.saturating_sub(by) } else { (self.top + by).min(last) };
        let margin = usize::from(height > 4);
        // At the ends of the list, its first and last rows can be selected.
        let first = if top == 0 { 0 } else { top + margin };
        let below = if top == last { len } else { top + height - margin };
        self.top = top;
        self.selected = self.selected.clamp(first, below.saturating_sub(1).max(first));
    }

    /// Keeps a scrolled list within its rows.
    pub(crate) fn stay_within(&mut self, len: usize, height: usize) {
        self.top = self.top.min(len.saturating_sub(height));
        self.selected = self.top;
    }

    /// Keeps what is shown in place when rows were put before it; the start stays the start.
    pub(crate) fn shift(&mut self, rows: usize) {
        if self.top > 0 {
            self.top += rows;
            self.selected = self.top;
        }
    }

    /// Moves the selection. Returns false for actions that do not move.
    pub(crate) fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        let half = (height / 2).max(1);
        let last = len.saturating_sub(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => (self.selected + 1).min(last),
            Action::PageUp => self.selected.saturating_sub(half),
            Action::PageDown => (self.selected + half).min(last),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stays_in_sight() {
        let mut cursor = ListCursor::default();
        for step in 0..200 {
            let action = [Action::Down, Action::PageDown, Action::Up, Action::Bottom, Action::Top]
                [step * 7 % 5];
            assert!(cursor.act(action, 57, 10));
            cursor.fit(57, 10);
            assert!(cursor.visible(57, 10).contains(&cursor.selected()));
            assert_eq!(cursor.visible(57, 10).len(), 10);
        }
    }

    #[test]
    fn the_wheel_scrolls_and_takes_the_selection_along() {
        let mut cursor = ListCursor::default();
        cursor.wheel(3, 57, 10);
        assert_eq!((cursor.visible(57, 10), cursor.selected()), (3..13, 4));
        cursor.wheel(1_000, 57, 10);
        assert_eq!(cursor.visible(57, 10), 47..57);
        cursor.wheel(-3, 57, 10);
        let was = cursor;
        cursor.fit(57, 10);
        assert_eq!(cursor, was, "what follows by itself scrolls it back");
        cursor.wheel(-1_000, 57, 10);
        assert_eq!(cursor.visible(57, 10), 0..10);
        for len in 0..12 {
            cursor.wheel(2, len, 10);
            cursor.wheel(-1, len, 10);
        }
    }

    #[test]
    fn a_list_that_became_short_is_shown_from_its_start() {
        let mut cursor = ListCursor::default();
        cursor.select(50);
        cursor.fit(57, 10);
        cursor.fit(3, 10);
        assert_eq!((cursor.selected(), cursor.visible(3, 10)), (2, 0..3));
        cursor.fit(0, 10);
        assert_eq!((cursor.selected(), cursor.visible(0, 10)), (0, 0..0));
    }

    #[test]
    fn what_is_scrolled_stays_in_place_when_something_comes_before_it() {
        let mut cursor = ListCursor::default();
        cursor.shift(1);
        assert_eq!(cursor.visible(20, 5), 0..5);
        cursor.scroll(Action::Down, 20, 5);
        cursor.shift(2);
        assert_eq!(cursor.visible(22, 5), 3..8);
        cursor.scroll(Action::Bottom, 22, 5);
        cursor.scroll(Action::Down, 22, 5);
        assert_eq!(cursor.visible(22, 5), 17..22);
    }

    #[test]
    fn a_screen_of_one_line_shows_the_selected_one() {
        let mut cursor = ListCursor::default();
        cursor.act(Action::Down, 5, 1);
        cursor.fit(5, 1);
        assert_eq!(cursor.visible(5, 1), 1..2);
    }
}
