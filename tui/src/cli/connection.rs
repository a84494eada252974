//! Tells people, beside the events, whether these are live.

use std::collections::HashSet;

use artipul_common::client::stream::Item;

use super::output;
use crate::i18n::{Lang, tr};

/// What is known of the connections of a command's streams.
pub(super) struct Connection {
    lang: Lang,
    /// Streams that are not live.
    waiting: HashSet<usize>,
    /// What was said last.
    said_live: Option<bool>,
}

impl Connection {
    /// Nothing is connected yet.
    pub(super) fn new(lang: Lang, streams: usize) -> Self {
        Self { lang, waiting: (0..streams).collect(), said_live: None }
    }

    /// Says what an item of a stream means for the whole, where that is something new.
    pub(super) fn note<E>(&mut self, stream: usize, item: &Item<E>) {
        match item {
            Item::Live => {
                self.waiting.remove(&stream);
                if self.waiting.is_empty() && self.said_live != Some(true) {
                    self.said_live = Some(true);
                    output::note(&self.lang.t("cli.live"));
                }
            }
            Item::Lost { reason, .. } => {
                self.waiting.insert(stream);
                if self.said_live != Some(false) {
                    self.said_live = Some(false);
                    output::note(&tr!(self.lang, "cli.connection-lost", reason = reason));
                }
            }
            Item::Ended => {
                self.waiting.remove(&stream);
            }
            Item::Event(_) | Item::Refused(_) | Item::SignedOut => {}
        }
    }
}
