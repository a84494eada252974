//! Request bodies that have to come in time.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// Bytes for which a body gets a second more: slower than any line over which images are sent, and
/// so fast that nobody keeps a connection busy with a few.
const BYTES_PER_SECOND: u64 = 64 * 1024;

/// A request's body, which has to come in time.
pub(super) struct Timely<B> {
    body: B,
    /// For the whole body, and as much more as what has come is worth.
    time: Duration,
    received: u64,
    /// Begins when it is waited for.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<B> Timely<B> {
    pub(super) fn new(body: B, time: Duration) -> Self {
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

impl<B> Body for Timely<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{Stream, StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    /// So many pieces of so many bytes, each after a second.
    fn pieces(count: usize, bytes: usize) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
        stream::iter(0..count).then(move |_| async move {
            sleep(Duration::from_secs(1)).await;
            Ok(Frame::data(Bytes::from(vec![0; bytes])))
        })
    }

    async fn comes(count: usize, bytes: usize) -> bool {
        let body = StreamBody::new(Box::pin(pieces(count, bytes)));
        Timely::new(body, Duration::from_secs(10)).collect().await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_its_time_and_more_for_what_has_come() {
        let fast_enough = BYTES_PER_SECOND as usize;
        assert!(comes(9, 1).await);
        assert!(!comes(11, 1).await, "a few bytes now and then are not enough");
        assert!(comes(1_000, fast_enough).await);
        assert!(!comes(30, fast_enough / 2).await);
    }
}
