//! Connections whose other end has to do its part in time.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The bytes that the first words of a client have at least: what HTTP/2 begins with. Until then it
/// is not known what he speaks, and nothing else looks at the time.
const FIRST_WORDS: usize = 24;

/// How long somebody may take nothing of what he is sent.
const TAKES_NOTHING: Duration = Duration::from_secs(30);

/// A connection that fails when its other end says nothing at first, or later takes nothing.
pub(super) struct Punctual<S> {
    socket: S,
    /// For the first words.
    time: Duration,
    received: usize,
    first_words: Option<Pin<Box<Sleep>>>,
    takes_nothing: Option<Pin<Box<Sleep>>>,
}

impl<S: Unpin> Punctual<S> {
    pub(super) fn new(socket: S, time: Duration) -> Self {
        Self { socket, time, received: 0, first_words: None, takes_nothing: None }
    }

    fn socket(&mut self) -> Pin<&mut S> {
        Pin::new(&mut self.socket)
    }

    /// What came of sending, or that it took too long.
    fn taken<T>(
        &mut self,
        context: &mut Context<'_>,
        taken: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if taken.is_ready() {
            self.takes_nothing = None;
            return taken;
        }
        let deadline = self.takes_nothing.get_or_insert_with(|| Box::pin(sleep(TAKES_NOTHING)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Punctual<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.received >= FIRST_WORDS {
            return self.socket().poll_read(context, buffer);
        }
        let before = buffer.filled().len();
        if let Poll::Ready(read) = self.socket().poll_read(context, buffer) {
            self.received += buffer.filled().len() - before;
            if self.received >= FIRST_WORDS {
                self.first_words = None;
            }
            return Poll::Ready(read);
        }
        let time = self.time;
        let deadline = self.first_words.get_or_insert_with(|| Box::pin(sleep(time)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Punctual<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write(context, bytes);
        self.taken(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write_vectored(context, slices);
        self.taken(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.socket().poll_flush(context);
        self.taken(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.socket().poll_shutdown(context);
        self.taken(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::Instant,
    };

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    async fn waited<T>(outcome: impl Future<Output = io::Result<T>>) -> (bool, Duration) {
        let began = Instant::now();
        let kind = outcome.await.err().map(|error| error.kind());
        (kind == Some(io::ErrorKind::TimedOut), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_or_too_little_is_not_waited_for() {
        for words in ["", "PRI * HTTP/2.0"] {
            let (mut client, server) = duplex(1_024);
            client.write_all(words.as_bytes()).await.unwrap();
            let mut server = Punctual::new(server, TIME);
            let mut bytes = [0; FIRST_WORDS];
            let (is_late, after) = waited(server.read_exact(&mut bytes)).await;
            assert!(is_late && after >= TIME && after < 2 * TIME, "{words:?}: {after:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_begun_may_be_silent() {
        let (mut client, server) = duplex(1_024);
        client.write_all(&[b'x'; FIRST_WORDS]).await.unwrap();
        let mut server = Punctual::new(server, TIME);
        server.read_exact(&mut [0; FIRST_WORDS]).await.unwrap();
        tokio::spawn(async move {
            sleep(100 * TIME).await;
            client.write_all(b"y").await.unwrap();
        });
        let (is_late, after) = waited(server.read_u8()).await;
        assert!(!is_late && after >= 100 * TIME);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_is_cut_off_and_whoever_is_slow_is_not() {
        let (client, server) = duplex(8);
        let mut server = Punctual::new(server, TIME);
        let (is_late, after) = waited(server.write_all(&[0; 64])).await;
        assert!(is_late && after >= TAKES_NOTHING);
        drop(client);
        let (mut client, server) = duplex(8);
        let mut server = Punctual::new(server, TIME);
        tokio::spawn(async move {
            loop {
                sleep(TAKES_NOTHING / 2).await;
                client.read_u8().await.unwrap();
            }
        });
        let (is_late, after) = waited(server.write_all(&[0; 64])).await;
        assert!(!is_late && after > 10 * TAKES_NOTHING);
    }
}
