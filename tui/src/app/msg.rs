//! What can happen to the client. Everything that changes the model arrives as one of these, over
//! one queue.

use std::{sync::Arc, time::Duration};

use artipul_common::{
    Timestamp,
    client::stream::{AuctionEvent, Item, UserEvent},
};
use crossterm::event::KeyEvent;

use super::{
    effect::{Outcome, RequestId},
    mouse::Mouse,
    pictures::Key,
    subs::LinkName,
};
use crate::{term::answers::Answers, ui::picture::Picture};

/// One happening.
#[derive(Debug)]
pub(crate) enum Msg {
    /// The terminal is there and the first requests may go out. Sent once by the runtime, with
    /// whether a session was kept.
    Started { signed_in: bool },
    /// A key was pressed; from the terminal.
    Key(KeyEvent),
    /// The mouse was clicked, or its wheel turned; from the terminal.
    Mouse(Mouse),
    /// Text was pasted; from the terminal.
    Paste(String),
    /// The terminal has another size.
    Resized(u16, u16),
    /// The process was stopped and goes on, in a terminal of this size.
    Continued(u16, u16),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// The time went on: a second, a minute, or a moment that the model asked to be woken at.
    Woken,
    /// The server answered a call.
    Answered(RequestId, Box<Outcome>),
    /// Something on a stream of auctions.
    Live(LinkName, Item<AuctionEvent>),
    /// Something on the user's own stream.
    Mine(Item<UserEvent>),
    /// A picture was decoded, or could not be.
    Picture(Key, Option<Arc<Picture>>),
    /// The terminal said what it can do, or nothing in time.
    Terminal(Answers),
    /// The terminal went away or somebody asks the process to end.
    Terminated,
}

impl Msg {
    /// This and the next in one, where that comes to the same: many come at once when a window is
    /// resized or a wheel is turned.
    fn merged(&self, next: &Self) -> Option<Self> {
        match (self, next) {
            (Self::Resized(..), Self::Resized(width, height)) => {
                Some(Self::Resized(*width, *height))
            }
            (Self::Mouse(first), Self::Mouse(second)) => first.merged(*second).map(Self::Mouse),
            _ => None,
        }
    }
}

/// The same happenings in as few as can be.
pub(crate) fn merged(msgs: impl IntoIterator<Item = Msg>) -> Vec<Msg> {
    let mut merged: Vec<Msg> = Vec::new();
    for msg in msgs {
        match merged.last_mut() {
            Some(last) => match last.merged(&msg) {
                Some(both) => *last = both,
                None => merged.push(msg),
            },
            None => merged.push(msg),
        }
    }
    merged
}

/// What an update may know of the world, besides the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ctx {
    /// The server's clock: for countdowns and whatever is shown as a time.
    pub(crate) now: Timestamp,
    /// Time since the start that never jumps: for how long things stay on the screen.
    pub(crate) uptime: Duration,
    /// A number that nobody can guess and that is another one in every update: for keys that make
    /// a repeated request safe.
    pub(crate) seed: u128,
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Position;

    use super::*;

    #[test]
    fn what_comes_in_storms_is_taken_at_once() {
        let wheel = |x, lines| Msg::Mouse(Mouse::Wheel(Position::new(x, 5), lines));
        let sizes = (1..=300).map(|size| Msg::Resized(size, 24));
        let storm = sizes.chain((0..300).map(|_| wheel(1, 3))).chain([wheel(2, -3), Msg::Woken]);
        let merged = merged(storm);
        assert!(
            matches!(
                merged.as_slice(),
                [
                    Msg::Resized(300, 24),
                    Msg::Mouse(Mouse::Wheel(Position { x: 1, .. }, 900)),
                    Msg::Mouse(Mouse::Wheel(Position { x: 2, .. }, -3)),
                    Msg::Woken,
                ]
            ),
            "{merged:?}"
        );
    }

    #[test]
    fn clicks_stay_apart() {
        let click = || Msg::Mouse(Mouse::Click(Position::new(1, 5)));
        assert_eq!(merged([click(), click()]).len(), 2);
    }
}
