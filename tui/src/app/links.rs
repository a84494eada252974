//! Whether what is shown is live: the state of each stream, and of the server as a whole.

use std::{collections::HashMap, time::Duration};

use artipul_common::{AuctionId, Timestamp, client::stream::Item};

/// Which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LinkName {
    /// The auctions of the list on the screen.
    List,
    /// This auction, whose page is open.
    Page(AuctionId),
    /// What concerns the signed-in user.
    Me,
}

/// How a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Connecting,
    Live,
    Lost {
        since: Timestamp,
        retry_at: Duration,
    },
    /// It is complete: nothing will change any more.
    Over,
    /// The server refuses it: what is shown may change unseen.
    Refused,
}

/// How everything is, in one word for the status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liveness {
    Live,
    Connecting,
    /// Nothing on the screen changes by itself.
    Still,
    /// `retry_in` is `None` where nothing is tried again by itself.
    Lost {
        since: Timestamp,
        retry_in: Option<Duration>,
    },
}

/// What an item on a stream meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Same,
    /// It is back after it was lost: what happened meanwhile must be read again.
    Back,
}

/// All streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    map: HashMap<LinkName, Link>,
    /// Since when calls find no server.
    unreachable_since: Option<Timestamp>,
}

impl Links {
    /// Takes note of which streams there are to be.
    pub(crate) fn keep(&mut self, wanted: &[LinkName]) {
        self.map.retain(|name, _| wanted.contains(name));
        for name in wanted {
            self.map.entry(*name).or_insert(Link::Connecting);
        }
    }

    pub(crate) fn item<E>(
        &mut self,
        name: LinkName,
        item: &Item<E>,
        now: Timestamp,
        uptime: Duration,
    ) -> Turn {
        let Some(link) = self.map.get_mut(&name) else { return Turn::Same };
        let was = *link;
        *link = match item {
            Item::Live | Item::Event(_) => Link::Live,
            Item::Lost { retry_in, .. } => {
                let since = if let Link::Lost { since, .. } = was { since } else { now };
                Link::Lost { since, retry_at: uptime + *retry_in }
            }
            Item::Ended => Link::Over,
            Item::Refused(_) | Item::SignedOut => Link::Refused,
        };
        if *link == Link::Live {
            self.unreachable_since = None;
        }
        let was_lost = matches!(was, Link::Lost { .. });
        if was_lost && self.map[&name] == Link::Live { Turn::Back } else { Turn::Same }
    }

    /// Takes note of whether a call found the server.
    pub(crate) fn call(&mut self, reached: bool, now: Timestamp) {
        if reached {
            self.unreachable_since = None;
        } else {
            self.unreachable_since.get_or_insert(now);
        }
    }

    /// How everything is. `retry_at` is when the next read is tried, if one failed.
    pub(crate) fn liveness(&self, uptime: Duration, retry_at: Option<Duration>) -> Liveness {
        let lost = self.map.values().filter_map(|link| match link {
            Link::Lost { since, retry_at } => Some((*since, Some(*retry_at))),
            _ => None,
        });
        let unreachable = self.unreachable_since.map(|since| (since, retry_at));
        let losses: Vec<_> = lost.chain(unreachable).collect();
        // The longest loss is told, with the next attempt of any.
        if let Some(since) = losses.iter().map(|(since, _)| *since).min() {
            let next = losses.iter().filter_map(|(_, retry_at)| *retry_at).min();
            return Liveness::Lost { since, retry_in: next.map(|at| at.saturating_sub(uptime)) };
        }
        if self.map.values().any(|link| *link == Link::Connecting) {
            Liveness::Connecting
        } else if self.map.values().any(|link| *link == Link::Refused) {
            Liveness::Still
        } else if self.map.values().any(|link| *link == Link::Live) {
            Liveness::Live
        } else {
            Liveness::Still
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Duration = Duration::from_secs(100);

    fn lost(seconds: u64) -> Item<()> {
        Item::Lost { reason: "gone".into(), retry_in: Duration::from_secs(seconds) }
    }

    fn now(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn what_is_lost_says_since_when_and_until_when() {
        let mut links = Links::default();
        links.keep(&[LinkName::List, LinkName::Me]);
        assert_eq!(links.liveness(T, None), Liveness::Connecting);
        for name in [LinkName::List, LinkName::Me] {
            assert_eq!(links.item(name, &Item::<()>::Live, now(0), T), Turn::Same);
        }
        assert_eq!(links.liveness(T, None), Liveness::Live);
        links.item(LinkName::List, &lost(3), now(50), T);
        links.item(LinkName::List, &lost(5), now(60), T);
        let expected = Liveness::Lost { since: now(50), retry_in: Some(Duration::from_secs(5)) };
        assert_eq!(links.liveness(T, None), expected);
    }

    #[test]
    fn a_stream_that_is_back_says_so_once() {
        let mut links = Links::default();
        links.keep(&[LinkName::Me]);
        links.item(LinkName::Me, &lost(1), now(0), T);
        assert_eq!(links.item(LinkName::Me, &Item::<()>::Live, now(1), T), Turn::Back);
        assert_eq!(links.item(LinkName::Me, &Item::Event(()), now(1), T), Turn::Same);
    }

    #[test]
    fn what_the_server_refuses_is_not_called_live() {
        use artipul_common::problem::{Problem, ProblemCode};
        let mut links = Links::default();
        links.keep(&[LinkName::List, LinkName::Me]);
        links.item(LinkName::Me, &Item::<()>::Live, now(0), T);
        let refused = Item::Refused(Box::new(Problem::new(ProblemCode::AuctionNotFound, "")));
        links.item::<()>(LinkName::List, &refused, now(0), T);
        assert_eq!(links.liveness(T, None), Liveness::Still);
        links.item(LinkName::List, &Item::<()>::Live, now(0), T);
        assert_eq!(links.liveness(T, None), Liveness::Live);
    }

    #[test]
    fn a_stream_that_is_not_wanted_is_not_missed() {
        let mut links = Links::default();
        links.keep(&[LinkName::List]);
        links.item(LinkName::List, &lost(1), now(0), T);
        links.keep(&[]);
        assert_eq!(links.liveness(T, None), Liveness::Still);
        assert_eq!(links.item(LinkName::List, &Item::<()>::Live, now(1), T), Turn::Same);
    }

    #[test]
    fn a_server_that_does_not_answer_is_noticed_without_streams() {
        let mut links = Links::default();
        links.call(false, now(7));
        links.call(false, now(9));
        let expected = Liveness::Lost { since: now(7), retry_in: Some(Duration::from_secs(2)) };
        assert_eq!(links.liveness(T, Some(T + Duration::from_secs(2))), expected);
        links.call(true, now(10));
        assert_eq!(links.liveness(T, None), Liveness::Still);
    }
}
