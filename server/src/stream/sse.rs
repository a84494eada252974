//! Frames of server-sent events, formatted once, when the first one gets them, and shared by all.

use std::sync::{Arc, OnceLock};

use artipul_common::{
    AuctionId, NotificationId,
    events::{AuctionEventKind, AuctionState, Notice, NoticeKind},
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
    content: Content,
    text: OnceLock<Text>,
}

/// What a frame is about; of two frames about the same auction the later one replaces the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Auction(AuctionId, u64),
    Notice(NotificationId),
    Connection,
}

#[derive(Debug)]
enum Content {
    Auction(AuctionEventKind, Box<AuctionState>),
    Notice(NoticeKind, Box<Notice>),
    Heartbeat,
    ComeBack { after_ms: u64 },
}

/// A frame as it is, and as a chunk of HTTP/1.1, in the same memory.
#[derive(Debug)]
struct Text {
    plain: Bytes,
    chunk: Bytes,
}

impl Frame {
    fn new(subject: Subject, is_last: bool, content: Content) -> Arc<Self> {
        Arc::new(Self { subject, is_last, content, text: OnceLock::new() })
    }

    /// An auction's state.
    pub fn auction(kind: AuctionEventKind, snapshot: &Snapshot) -> Arc<Self> {
        let state = &snapshot.state;
        let subject = Subject::Auction(state.auction_id, state.seq);
        let is_last = kind == AuctionEventKind::Closed;
        Self::new(subject, is_last, Content::Auction(kind, Box::new(state.clone())))
    }

    /// An auction's state as the first frame of a stream.
    pub fn state(snapshot: &Snapshot) -> Arc<Self> {
        let is_settled = snapshot.state.outcome.is_some();
        let kind = if is_settled { AuctionEventKind::Closed } else { AuctionEventKind::Resync };
        Self::auction(kind, snapshot)
    }

    /// A notice to a user.
    pub fn notice(kind: NoticeKind, notice: &Notice) -> Arc<Self> {
        let subject = Subject::Notice(notice.notification_id);
        Self::new(subject, false, Content::Notice(kind, Box::new(notice.clone())))
    }

    /// A comment, which only keeps the connection alive.
    pub fn heartbeat() -> Arc<Self> {
        Self::new(Subject::Connection, false, Content::Heartbeat)
    }

    /// Asks the client to come back after so many milliseconds.
    pub fn come_back(after_ms: u64) -> Arc<Self> {
        Self::new(Subject::Connection, true, Content::ComeBack { after_ms })
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

    /// Its bytes.
    pub(super) fn plain(&self) -> &Bytes {
        &self.text().plain
    }

    /// Its bytes as a chunk of HTTP/1.1.
    pub(super) fn chunk(&self) -> &Bytes {
        &self.text().chunk
    }

    fn text(&self) -> &Text {
        self.text.get_or_init(|| {
            let plain = self.content.format();
            let mut chunk = format!("{:x}\r\n", plain.len()).into_bytes();
            let begins_at = chunk.len();
            chunk.extend_from_slice(&plain);
            chunk.extend_from_slice(b"\r\n");
            let chunk = Bytes::from(chunk);
            Text { plain: chunk.slice(begins_at..begins_at + plain.len()), chunk }
        })
    }
}

impl Content {
    fn format(&self) -> Vec<u8> {
        match self {
            Self::Auction(kind, state) => event(kind.as_str(), state.seq, state),
            Self::Notice(kind, notice) => event(kind.as_str(), notice.notification_id, notice),
            Self::Heartbeat => b":\n\n".to_vec(),
            Self::ComeBack { after_ms } => format!("retry: {after_ms}\n\n").into_bytes(),
        }
    }
}

fn event(name: &str, id: impl std::fmt::Display, data: &impl Serialize) -> Vec<u8> {
    let mut frame = format!("event: {name}\nid: {id}\ndata: ").into_bytes();
    // JSON has no raw line ends, so the data is one line.
    serde_json::to_writer(&mut frame, data).expect("the events' types have string keys only");
    frame.extend_from_slice(b"\n\n");
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_the_frame_with_its_length() {
        let frame = Frame::come_back(1_234);
        assert_eq!(frame.plain(), "retry: 1234\n\n");
        assert_eq!(frame.chunk(), "d\r\nretry: 1234\n\n\r\n");
    }

    #[test]
    fn a_frame_is_formatted_once() {
        let frame = Frame::heartbeat();
        assert_eq!(frame.chunk().as_ptr(), frame.chunk().as_ptr());
        assert_eq!(frame.plain().as_ptr(), frame.chunk()[3..].as_ptr());
    }
}
