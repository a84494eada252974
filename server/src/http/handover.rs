//! How the socket of a connection gets out of hyper's hands, and an answer with it, once nothing of
//! earlier answers is left there.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::stream::subscription::{Framing, Subscription};

/// An answer that goes on without hyper.
pub(super) struct Handed {
    /// What is told.
    pub(super) subscription: Subscription,
    /// What comes before it.
    pub(super) head: Bytes,
    /// How it is told.
    pub(super) framing: Framing,
}

/// Where a connection's answer, and then its socket, are handed over.
#[derive(Default)]
pub(super) struct Handover {
    handed: Mutex<Option<Handed>>,
    /// Set while hyper has bytes that the socket does not take.
    is_blocked: AtomicBool,
    socket: Mutex<Option<TcpStream>>,
}

impl Handover {
    /// Hands an answer over, instead of giving it to hyper.
    pub(super) fn hand(&self, handed: Handed) {
        *lock(&self.handed) = Some(handed);
    }

    /// What was handed over, once hyper has written everything before it. Wakes nobody: it is to be
    /// asked after each poll of hyper's connection.
    pub(super) fn poll(&self) -> Poll<Handed> {
        if self.is_blocked.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        lock(&self.handed).take().map_or(Poll::Pending, Poll::Ready)
    }

    /// The socket, after hyper's connection was dropped.
    pub(super) fn socket(&self) -> Option<TcpStream> {
        lock(&self.socket).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Up to so many bytes, an answer's head and its body are written as one piece: for the kernel, a
/// list of pieces is more work than copying them.
const SHORT: usize = 2 * 1_024;

/// The slices as one piece, if there is room for it.
fn joined<'a>(slices: &[IoSlice<'_>], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut length = 0;
    for slice in slices {
        room.get_mut(length..length + slice.len())?.copy_from_slice(slice);
        length += slice.len();
    }
    Some(&room[..length])
}

/// A socket in hyper's hands, which is given back when it is dropped.
pub(super) struct Socket {
    stream: Option<TcpStream>,
    handover: Arc<Handover>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, handover: Arc<Handover>) -> Self {
        Self { stream: Some(stream), handover }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn written(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            self.handover.is_blocked.store(true, Ordering::Relaxed);
        }
        written
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        *lock(&self.handover.socket) = self.stream.take();
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(context, bytes);
        self.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut short = [0; SHORT];
        let written = match joined(slices, &mut short) {
            Some(bytes) => self.stream()?.poll_write(context, bytes),
            None => self.stream()?.poll_write_vectored(context, slices),
        };
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Hyper asks for this only when it has nothing left to write.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.handover.is_blocked.store(false, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::stream::hub::{Hub, Interest};

    #[test]
    fn short_pieces_are_joined_and_none_is_lost() {
        let mut room = [0; 6];
        let slices = |pieces: &[&'static [u8]]| -> Vec<IoSlice<'static>> {
            pieces.iter().map(|piece| IoSlice::new(piece)).collect()
        };
        assert_eq!(joined(&slices(&[b"head", b"", b"ab"]), &mut room), Some(&b"headab"[..]));
        assert_eq!(joined(&slices(&[]), &mut room), Some(&b""[..]));
        assert_eq!(joined(&slices(&[b"head", b"abc"]), &mut room), None);
    }

    #[tokio::test]
    async fn nothing_is_handed_over_while_hyper_has_something_to_write() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
        let handover = Arc::new(Handover::default());
        let mut socket = Socket::new(server.unwrap().0, Arc::clone(&handover));
        let write = async |socket: &mut Socket, bytes: &[u8]| {
            poll_fn(|context| Poll::Ready(Pin::new(&mut *socket).poll_write(context, bytes))).await
        };
        while write(&mut socket, &[0; 65_536]).await.is_ready() {}
        let subscription = Hub::start().subscribe(Interest::default());
        handover.hand(Handed { subscription, head: Bytes::new(), framing: Framing::Bare });
        assert!(handover.poll().is_pending());
        let mut client = client.unwrap();
        tokio::spawn(async move { while client.read(&mut [0; 65_536]).await.unwrap() > 0 {} });
        poll_fn(|context| Pin::new(&mut socket).poll_write(context, &[0])).await.unwrap();
        poll_fn(|context| Pin::new(&mut socket).poll_flush(context)).await.unwrap();
        assert!(handover.poll().is_ready());
        assert!(handover.socket().is_none());
        drop(socket);
        assert!(handover.socket().is_some());
    }
}
