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
    /// Text was pasted; from the terminal.
    Paste(String),
    /// The terminal has another size.
    Resized(u16, u16),
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
