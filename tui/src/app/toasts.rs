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
    /// Whether it says that the user was outbid, and he may bid again.
    outbid: bool,
    until: Duration,
}

/// The messages on the screen, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toasts {
    list: Vec<Toast>,
}

const SHOWN: Duration = Duration::from_secs(6);
/// What can be acted on stays long enough to be read, thought about and answered.
const SHOWN_TO_ACT: Duration = Duration::from_secs(15);
const MOST: usize = 4;

impl Toasts {
    pub(crate) fn push(
        &mut self,
        uptime: Duration,
        tone: Tone,
        text: impl Into<String>,
        about: Option<AuctionId>,
    ) {
        let toast = Toast { tone, text: text.into(), about, outbid: false, until: uptime + SHOWN };
        self.put(toast);
    }

    /// Says that the user was outbid.
    pub(crate) fn push_outbid(&mut self, uptime: Duration, text: String, about: AuctionId) {
        self.put(Toast {
            tone: Tone::Bad,
            text,
            about: Some(about),
            outbid: true,
            until: uptime + SHOWN_TO_ACT,
        });
    }

    fn put(&mut self, toast: Toast) {
        let Toast { text, about, .. } = &toast;
        self.list.retain(|old| old.text != *text && (about.is_none() || old.about != *about));
        if self.list.len() == MOST {
            self.list.remove(0);
        }
        self.list.push(toast);
    }

    /// The auction in which the user was outbid, as the latest message says that says so.
    pub(crate) fn outbid(&self) -> Option<AuctionId> {
        self.list.iter().rev().find(|toast| toast.outbid)?.about
    }

    /// The user has seen to this auction: what was said of it goes.
    pub(crate) fn dismiss(&mut self, about: AuctionId) {
        self.list.retain(|toast| toast.about != Some(about));
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
    fn being_outbid_is_said_longer_and_until_it_is_seen_to() {
        let mut toasts = Toasts::default();
        let (first, second) = (AuctionId::new(1), AuctionId::new(2));
        toasts.push_outbid(Duration::ZERO, "outbid".into(), first);
        toasts.push_outbid(Duration::ZERO, "outbid as well".into(), second);
        toasts.drop_old(SHOWN);
        assert_eq!(toasts.outbid(), Some(second));
        toasts.dismiss(second);
        assert_eq!(toasts.outbid(), Some(first));
        toasts.push(Duration::ZERO, Tone::Good, "leading", Some(first));
        assert_eq!(toasts.outbid(), None);
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
