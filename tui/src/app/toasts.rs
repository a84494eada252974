//! Short messages that come by themselves and go by themselves.

use std::time::Duration;

use artipul_common::AuctionId;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Warning,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    /// The auction it is about; a newer message about it replaces this one.
    pub(crate) about: Option<AuctionId>,
    until: Duration,
}

/// The messages on the screen, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toasts {
    list: Vec<Toast>,
}

const SHOWN: Duration = Duration::from_secs(6);
const MOST: usize = 4;

impl Toasts {
    pub(crate) fn push(
        &mut self,
        uptime: Duration,
        tone: Tone,
        text: impl Into<String>,
        about: Option<AuctionId>,
    ) {
        let text = text.into();
        self.list.retain(|toast| toast.text != text && (about.is_none() || toast.about != about));
        if self.list.len() == MOST {
            self.list.remove(0);
        }
        self.list.push(Toast { tone, text, about, until: uptime + SHOWN });
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Toast> {
        self.list.iter()
    }

    pub(crate) fn drop_old(&mut self, uptime: Duration) {
        self.list.retain(|toast| toast.until > uptime);
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.list.iter().map(|toast| toast.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_by_themselves() {
        let mut toasts = Toasts::default();
        let at = Duration::from_secs;
        toasts.push(at(1), Tone::Plain, "a", None);
        toasts.push(at(3), Tone::Plain, "b", None);
        assert_eq!(toasts.next_change(), Some(at(7)));
        toasts.drop_old(at(7));
        assert_eq!(toasts.iter().map(|toast| toast.text.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn the_latest_word_on_an_auction_replaces_the_one_before() {
        let mut toasts = Toasts::default();
        let id = Some(AuctionId::new(1));
        toasts.push(Duration::ZERO, Tone::Bad, "outbid", id);
        toasts.push(Duration::ZERO, Tone::Good, "leading", id);
        toasts.push(Duration::ZERO, Tone::Plain, "other", None);
        assert_eq!(toasts.iter().count(), 2);
        for number in 0..10 {
            toasts.push(Duration::ZERO, Tone::Plain, number.to_string(), None);
        }
        assert_eq!(toasts.iter().count(), MOST);
    }
}
