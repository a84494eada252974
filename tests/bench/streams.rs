//! Thousands of readers of streams in one loop.

use std::{
    collections::BTreeSet,
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token};

use crate::{Outcome, load::open_socket, wire::EventStream};

/// How long all readers may take to get their first bytes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that are opened before their answers are waited for: fewer than a listener lets
/// wait, since the system drops what is more and tries again only after a second.
const AT_ONCE: usize = 100;

/// An event that reached a reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    /// Its id.
    pub(crate) id: u64,
    /// When it was there.
    pub(crate) at: Instant,
}

struct Reader {
    socket: mio::net::TcpStream,
    events: EventStream,
    last: u64,
}

/// Readers, and what reached them.
pub(crate) struct Readers {
    poll: Poll,
    readers: Vec<Reader>,
    begun: usize,
    /// Every event since it was last asked for.
    deliveries: Vec<Delivery>,
    bytes: u64,
    /// Ids that reached anybody.
    seen: BTreeSet<u64>,
    /// Ids between those that a reader saw, of all readers together.
    skipped: u64,
    backwards: u64,
}

/// What did not reach readers of one auction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gaps {
    /// States that reached nobody: the next one was there before they were told.
    pub(crate) merged: u64,
    /// States that others saw, of all readers together.
    pub(crate) lost: u64,
    /// States that came after a later one, of all readers together.
    pub(crate) backwards: u64,
}

impl Readers {
    /// Sends each of these requests over a connection of its own, and waits until all are answered, by
    /// events in chunks.
    pub(crate) fn open(
        address: SocketAddr,
        requests: impl IntoIterator<Item = Vec<u8>>,
    ) -> Outcome<Self> {
        Self::open_as(EventStream::default, address, requests)
    }

    /// As [`Readers::open`], with such streams.
    pub(crate) fn open_as(
        stream: fn() -> EventStream,
        address: SocketAddr,
        requests: impl IntoIterator<Item = Vec<u8>>,
    ) -> Outcome<Self> {
        let mut all = Self {
            poll: Poll::new()?,
            readers: Vec::new(),
            begun: 0,
            deliveries: Vec::new(),
            bytes: 0,
            seen: BTreeSet::new(),
            skipped: 0,
            backwards: 0,
        };
        for request in requests {
            all.connect(address, &request, stream())?;
            if all.readers.len().is_multiple_of(AT_ONCE) {
                all.wait_for_answers()?;
            }
        }
        all.wait_for_answers()?;
        Ok(all)
    }

    fn connect(&mut self, address: SocketAddr, request: &[u8], events: EventStream) -> Outcome<()> {
        let mut socket = open_socket(address)?;
        socket.write_all(request)?;
        socket.set_nonblocking(true)?;
        let mut socket = mio::net::TcpStream::from_std(socket);
        let token = Token(self.readers.len());
        self.poll.registry().register(&mut socket, token, Interest::READABLE)?;
        self.readers.push(Reader { socket, events, last: 0 });
        Ok(())
    }

    fn wait_for_answers(&mut self) -> Outcome<()> {
        let count = self.readers.len();
        self.read_until(Instant::now() + PATIENCE, |all| all.begun == count)?;
        if self.begun < count {
            return Err(format!("{} of {count} streams have begun", self.begun).into());
        }
        Ok(())
    }

    /// Reads until then, or until `is_enough`.
    pub(crate) fn read_until(
        &mut self,
        end: Instant,
        is_enough: impl Fn(&Self) -> bool,
    ) -> Outcome<()> {
        let mut events = Events::with_capacity(4_096);
        let mut buffer = vec![0; 64 * 1_024];
        while !is_enough(self) {
            let pause = end.saturating_duration_since(Instant::now());
            if pause.is_zero() {
                return Ok(());
            }
            // Now and then it is looked whether it is enough although nothing comes.
            let pause = pause.min(Duration::from_millis(20));
            match self.poll.poll(&mut events, Some(pause)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                self.read(event.token().0, &mut buffer)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) -> Outcome<()> {
        let Reader { socket, events, last } = &mut self.readers[index];
        loop {
            let count = match socket.read(buffer) {
                Ok(0) => return Err("the server ended a stream".into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let at = Instant::now();
            let had_begun = events.has_begun();
            self.bytes += count as u64;
            events.take(&buffer[..count], |id| {
                if *last > 0 {
                    self.skipped += id.saturating_sub(*last + 1);
                    self.backwards += u64::from(id <= *last);
                }
                *last = id;
                self.deliveries.push(Delivery { id, at });
            });
            if events.is_over() {
                return Err("the server ended a stream".into());
            }
            self.begun += usize::from(!had_begun && events.has_begun());
            // A short read has emptied the socket; the next bytes are told again.
            if count < buffer.len() {
                return Ok(());
            }
        }
    }

    /// What has reached them since it was last taken, and how many bytes that was.
    pub(crate) fn take(&mut self) -> (Vec<Delivery>, u64) {
        self.seen.extend(self.deliveries.iter().map(|delivery| delivery.id));
        (std::mem::take(&mut self.deliveries), std::mem::take(&mut self.bytes))
    }

    /// Events that have reached them and were not taken.
    pub(crate) fn delivered(&self) -> usize {
        self.deliveries.len()
    }

    /// How many of them have not seen this event or a later one.
    pub(crate) fn behind(&self, id: u64) -> usize {
        self.readers.iter().filter(|reader| reader.last < id).count()
    }

    /// What did not reach them of all that was taken.
    pub(crate) fn gaps(&self) -> Gaps {
        let (first, last) = (self.seen.first(), self.seen.last());
        let range = first.zip(last).map_or(0, |(first, last)| last - first + 1);
        let merged = range - self.seen.len() as u64;
        let lost = self.skipped.saturating_sub(merged * self.readers.len() as u64);
        Gaps { merged, lost, backwards: self.backwards }
    }
}
