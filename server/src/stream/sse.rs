//! Frames of server-sent events, formatted once and shared by all who get them.

use std::sync::Arc;

use artipul_common::{
    AuctionId, NotificationId,
    events::{AuctionEventKind, Notice, NoticeKind},
};
use bytes::Bytes;
use serde::Serialize;

use crate::live::Snapshot;

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Frame {
    pub(super) subject: Subject,
    /// Whether nothing follows it on its auction's own stream.
    pub(super) is_last: bool,
    pub(super) bytes: Bytes,
}

/// What a frame is about; of two frames about the same auction the later one replaces the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Auction(AuctionId, u64),
    Notice(NotificationId),
    Connection,
}

impl Frame {
    /// An auction's state.
    pub fn auction(kind: AuctionEventKind, snapshot: &Snapshot) -> Arc<Self> {
        let state = &snapshot.state;
        Arc::new(Self {
            subject: Subject::Auction(state.auction_id, state.seq),
            is_last: kind == AuctionEventKind::Closed,
            bytes: event(kind.as_str(), state.seq, state),
        })
    }

    /// An auction's state as the first frame of a stream.
    pub fn state(snapshot: &Snapshot) -> Arc<Self> {
        let is_settled = snapshot.state.outcome.is_some();
        let kind = if is_settled { AuctionEventKind::Closed } else { AuctionEventKind::Resync };
        Self::auction(kind, snapshot)
    }

    /// A notice to a user.
    pub fn notice(kind: NoticeKind, notice: &Notice) -> Arc<Self> {
        Arc::new(Self {
            subject: Subject::Notice(notice.notification_id),
            is_last: false,
            bytes: event(kind.as_str(), notice.notification_id, notice),
        })
    }

    /// A comment, which only keeps the connection alive.
    pub fn heartbeat() -> Arc<Self> {
        Arc::new(Self {
            subject: Subject::Connection,
            is_last: false,
            bytes: Bytes::from_static(b":\n\n"),
        })
    }

    /// The auction that it is about.
    pub fn about(&self) -> Option<AuctionId> {
        match self.subject {
            Subject::Auction(auction, _) => Some(auction),
            Subject::Notice(_) | Subject::Connection => None,
        }
    }

    /// Whether nothing follows it on its auction's own stream.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Asks the client to come back after so many milliseconds.
    pub fn come_back(after_ms: u64) -> Arc<Self> {
        Arc::new(Self {
            subject: Subject::Connection,
            is_last: true,
            bytes: Bytes::from(format!("retry: {after_ms}\n\n")),
        })
    }
}

fn event(name: &str, id: impl std::fmt::Display, data: &impl Serialize) -> Bytes {
    let mut frame = format!("event: {name}\nid: {id}\ndata: ").into_bytes();
    // JSON has no raw line ends, so the data is one line.
    serde_json::to_writer(&mut frame, data).expect("the events' types have string keys only");
    frame.extend_from_slice(b"\n\n");
    Bytes::from(frame)
}
