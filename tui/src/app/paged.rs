//! A list that is read page by page as it is scrolled, and again when it may have changed.

use std::time::Duration;

use artipul_common::client::ClientError;
use ratatui::layout::{Position, Rect};

use super::{
    effect::{Outcome, RequestId},
    loading::Loading,
};
use crate::{
    keymap::Action,
    ui::{
        list::ListCursor,
        table::{self, Shown},
    },
};

/// Rows of the user's own, newest first or in the server's order.
#[derive(Debug, Clone)]
pub(crate) struct Paged<T> {
    rows: Vec<T>,
    next: Option<String>,
    first: Loading,
    more: Loading,
    cursor: ListCursor,
    /// Whether it was ever read.
    known: bool,
    /// Whether it may have changed since it was read.
    stale: bool,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            next: None,
            first: Loading::default(),
            more: Loading::default(),
            cursor: ListCursor::default(),
            known: false,
            stale: false,
        }
    }
}

/// Which page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    First,
    After(String),
}

/// Which page arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    First,
    More,
}

/// So many rows before the end of what is known, the next page is asked for.
const AHEAD: usize = 20;

impl<T> Paged<T> {
    pub(crate) fn rows(&self) -> &[T] {
        &self.rows
    }

    pub(crate) fn cursor(&self) -> ListCursor {
        self.cursor
    }

    pub(crate) fn selected(&self) -> Option<&T> {
        self.rows.get(self.cursor.selected())
    }

    pub(crate) fn select(&mut self, index: usize) {
        self.cursor.select(index);
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Whether there is nothing to show yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.first.is_waiting() && self.rows.is_empty()
    }

    pub(crate) fn error(&self) -> Option<&ClientError> {
        self.first.error()
    }

    /// Marks it as changed; it is read again when it is looked at.
    pub(crate) fn touch(&mut self) {
        self.stale = true;
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn act(&mut self, action: Action, height: usize) -> bool {
        self.cursor.act(action, self.rows.len(), height)
    }

    pub(crate) fn wheel(&mut self, lines: i32, height: usize) {
        self.cursor.wheel(lines, self.rows.len(), height);
    }

    /// The row at a place of the table drawn into `area`.
    pub(crate) fn row_at(&self, area: Rect, at: Position) -> Option<usize> {
        table::row_at(area, &Shown::selecting(self.cursor, self.rows.len()), at)
    }

    /// Which page should be asked for now, if any.
    pub(crate) fn want(&mut self, uptime: Duration, height: usize) -> Option<Want> {
        self.cursor.fit(self.rows.len(), height);
        if self.first.is_waiting() {
            return None;
        }
        let never = !self.known && self.first.error().is_none();
        if never || self.stale || self.first.is_due(uptime) {
            self.stale = false;
            return Some(Want::First);
        }
        let near_end = self.cursor.selected() + AHEAD >= self.rows.len();
        let asks = self.more.error().is_none() || self.more.is_due(uptime);
        let free = near_end && asks && !self.more.is_waiting();
        self.next.clone().filter(|_| free).map(Want::After)
    }

    pub(crate) fn wait_for(&mut self, want: &Want, id: RequestId) {
        match want {
            Want::First => {
                self.more.forget();
                self.first.wait_for(id);
            }
            Want::After(_) => self.more.wait_for(id),
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.first.owns(id) || self.more.owns(id)
    }

    /// Takes an answer's arrival.
    pub(crate) fn take(
        &mut self,
        id: RequestId,
        outcome: &Outcome,
        uptime: Duration,
    ) -> Option<Part> {
        if self.first.take(id, outcome, uptime) {
            Some(Part::First)
        } else if self.more.take(id, outcome, uptime) {
            Some(Part::More)
        } else {
            None
        }
    }

    pub(crate) fn put(&mut self, part: Part, rows: Vec<T>, next: Option<String>) {
        match part {
            Part::First => {
                self.known = true;
                self.rows = rows;
            }
            Part::More => self.rows.extend(rows),
        }
        self.next = next;
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        [self.first.next_change(), self.more.next_change()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::effect::Answer;

    const T: Duration = Duration::ZERO;

    fn read(list: &mut Paged<u32>, id: u64, rows: std::ops::Range<u32>, next: Option<&str>) {
        let id = RequestId(id);
        let want = list.want(T, 10).expect("a page is wanted");
        list.wait_for(&want, id);
        let part = list.take(id, &Ok(Answer::Done), T).expect("it is its answer");
        list.put(part, rows.collect(), next.map(str::to_owned));
    }

    #[test]
    fn pages_follow_the_selection() {
        let mut list = Paged::default();
        read(&mut list, 1, 0..50, Some("p2"));
        assert_eq!(list.want(T, 10), None);
        list.act(Action::Bottom, 10);
        assert_eq!(list.want(T, 10), Some(Want::After("p2".into())));
        read(&mut list, 2, 50..60, None);
        assert_eq!((list.rows().len(), list.want(T, 10)), (60, None));
    }

    #[test]
    fn a_changed_list_is_read_again_once() {
        let mut list = Paged::default();
        read(&mut list, 1, 0..5, None);
        list.touch();
        read(&mut list, 2, 0..6, None);
        assert_eq!(list.want(T, 10), None);
        assert_eq!(list.rows().len(), 6);
    }
}
