//! A bare socket as the way of a stream, without a task or a buffer of its own: whoever has bytes
//! writes them at once, and only what the socket does not take is kept.

use std::{
    io,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::net::TcpStream;

use super::sse::Frame;

/// What follows the last chunk of HTTP/1.1.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// Bytes of a client that are thrown away at once; he has nothing to say once his stream runs.
const SCRATCH: usize = 1_024;
/// How often that is done before others get their turn.
const SCRATCHES: usize = 8;

/// How events are told apart from what surrounds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Chunks, as in HTTP/1.1.
    Chunked,
    /// None; the end of the connection is the end, as in HTTP/1.0.
    Bare,
}

/// The way to a client.
#[derive(Debug)]
pub(super) struct Wire {
    socket: TcpStream,
    framing: Framing,
    /// What the socket has not taken of what was begun; it cannot be skipped.
    rest: Bytes,
    is_finished: bool,
}

impl Wire {
    /// A way that begins with these bytes.
    pub(super) fn new(socket: TcpStream, framing: Framing, head: Bytes) -> Self {
        Self { socket, framing, rest: head, is_finished: false }
    }

    /// Whether nothing waits to be written.
    pub(super) fn is_free(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes of a frame on this way.
    pub(super) fn bytes<'a>(&self, frame: &'a Frame) -> &'a Bytes {
        match self.framing {
            Framing::Chunked => frame.chunk(),
            Framing::Bare => frame.plain(),
        }
    }

    /// Writes bytes if the socket takes any of them; whether it did. What it leaves is kept. The
    /// way has to be free.
    ///
    /// # Errors
    /// The client is gone.
    pub(super) fn send(&mut self, bytes: &Bytes) -> io::Result<bool> {
        // The runtime is not asked whether the socket is ready: where it keeps that is seldom in the
        // cache, and only who waits for the socket needs to know. (That the client is gone is an error,
        // not a signal: Rust programs ignore SIGPIPE.)
        let Some(count) = taken(SockRef::from(&self.socket).send(bytes))? else {
            return Ok(false);
        };
        if count < bytes.len() {
            self.rest = bytes.slice(count..);
        }
        Ok(true)
    }

    /// Has bytes written as soon as the socket takes them. The way has to be free.
    pub(super) fn put(&mut self, bytes: Bytes) {
        self.rest = bytes;
    }

    /// Writes what was left; whether the way is free again.
    ///
    /// # Errors
    /// The client is gone.
    pub(super) fn go_on(&mut self) -> io::Result<bool> {
        while !self.rest.is_empty() {
            let Some(count) = taken(self.socket.try_write(&self.rest))? else { return Ok(false) };
            self.rest.advance(count);
        }
        self.rest = Bytes::new();
        Ok(true)
    }

    /// Puts down what ends the stream; whether that was done before.
    pub(super) fn finish(&mut self) -> bool {
        if !self.is_finished && self.framing == Framing::Chunked {
            self.rest = Bytes::from_static(LAST_CHUNK);
        }
        std::mem::replace(&mut self.is_finished, true)
    }

    /// Waits until the socket may take more.
    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_write_ready(context)
    }

    /// Waits until the client has hung up.
    pub(super) fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; SCRATCH];
        for _ in 0..SCRATCHES {
            if std::task::ready!(self.socket.poll_read_ready(context)).is_err() {
                return Poll::Ready(());
            }
            match self.socket.try_read(&mut scratch) {
                Ok(0) => return Poll::Ready(()),
                Ok(_) => {}
                Err(error) if is_passing(&error) => {}
                Err(_) => return Poll::Ready(()),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// How many bytes the socket took, if it took any.
fn taken(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if is_passing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
