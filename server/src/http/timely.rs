//! Request bodies that have to come in time.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

/// Bytes for which a body gets a second more: slower than any line over which images are sent, and
/// so fast that nobody keeps a connection busy with a few.
const BYTES_PER_SECOND: u64 = 64 * 1024;

/// A request's body, which has to come in time.
pub(super) struct Timely {
    body: Incoming,
    /// For the whole body, and as much more as what has come is worth.
    time: Duration,
    received: u64,
    /// Begins when it is waited for.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    pub(super) fn new(body: Incoming, time: Duration) -> Self {
        Self { body, time, received: 0, deadline: None }
    }

    fn count(&mut self, bytes: usize) {
        let before = worth(self.received);
        self.received += bytes as u64;
        let more = worth(self.received) - before;
        if let Some(deadline) = &mut self.deadline {
            let later = deadline.deadline() + more;
            deadline.as_mut().reset(later);
        }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            if let Some(Ok(frame)) = &frame {
                self.count(frame.data_ref().map_or(0, Bytes::len));
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let time = self.time + worth(self.received);
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(time)));
        deadline.as_mut().poll(context).map(|()| Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn worth(bytes: u64) -> Duration {
    Duration::from_secs(bytes / BYTES_PER_SECOND)
}
