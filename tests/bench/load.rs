//! Load over many connections that are kept alive, from one thread and one loop, so that the
//! generator leaves the machine to the server.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token};

use crate::{
    Outcome,
    latency::{Latencies, Summary},
    wire,
};

/// What is asked, and what becomes of the answers.
pub(crate) trait Script {
    /// Writes the next request.
    fn ask(&mut self, out: &mut Vec<u8>);

    /// Takes an answer.
    fn take(&mut self, answer: &Reply<'_>);
}

/// An answer, and when it was asked for.
pub(crate) struct Reply<'a> {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
    /// When the request was sent.
    pub(crate) sent: Instant,
    /// Whether it came within the window of the measurement.
    pub(crate) counts: bool,
}

/// How much load, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Connections.
    pub(crate) connections: usize,
    /// Requests a second; `None` sends the next as soon as the last is answered.
    pub(crate) pace: Option<f64>,
    /// How long it runs before anything is counted.
    pub(crate) warm_up: Duration,
    /// How long it is measured.
    pub(crate) window: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Answers within the window.
    pub(crate) answers: u64,
    /// How long they took.
    pub(crate) latency: Summary,
    /// When the window began.
    pub(crate) began: Instant,
    /// How long it was.
    pub(crate) elapsed: Duration,
    /// What the server's process worked within it.
    pub(crate) cpu: Duration,
}

impl Measured {
    /// So many of these in each second of the window.
    pub(crate) fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.elapsed.as_secs_f64()
    }

    /// So many of these for each second that the server worked.
    pub(crate) fn per_cpu_second(&self, count: u64) -> f64 {
        // A clock tick, so that nothing is divided by zero.
        count as f64 / self.cpu.as_secs_f64().max(0.01)
    }
}

/// How long the last answers are waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than any answer has.
const TOO_LONG: usize = 4 << 20;

struct Connection {
    socket: mio::net::TcpStream,
    received: Vec<u8>,
    sent: Instant,
    is_waiting: bool,
}

impl Load {
    /// Runs the load; `cpu` tells what the server's process has worked so far.
    pub(crate) fn run(
        self,
        address: SocketAddr,
        script: &mut impl Script,
        cpu: impl Fn() -> Outcome<Duration>,
    ) -> Outcome<Measured> {
        let poll = Poll::new()?;
        let connections = connect(address, self.connections, &poll)?;
        let free = (0..connections.len()).rev().collect();
        let starts = Instant::now();
        let run = Run {
            load: self,
            poll,
            connections,
            free,
            out: Vec::new(),
            due: starts,
            is_behind: false,
            latencies: Latencies::default(),
            answers: 0,
            counts: false,
        };
        run.finish(script, cpu, starts)
    }
}

fn connect(address: SocketAddr, count: usize, poll: &Poll) -> Outcome<Vec<Connection>> {
    let open = |index| {
        let socket = open_socket(address)?;
        socket.set_nonblocking(true)?;
        let mut socket = mio::net::TcpStream::from_std(socket);
        poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
        Ok(Connection { socket, received: Vec::new(), sent: Instant::now(), is_waiting: false })
    };
    (0..count).map(open).collect()
}

/// A connection that sends at once.
pub(crate) fn open_socket(address: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

struct Run {
    load: Load,
    poll: Poll,
    connections: Vec<Connection>,
    free: Vec<usize>,
    out: Vec<u8>,
    /// When the next request is due, where there is a pace.
    due: Instant,
    /// Whether requests wait for a connection; their time runs from when they were due.
    is_behind: bool,
    latencies: Latencies,
    answers: u64,
    counts: bool,
}

impl Run {
    fn finish(
        mut self,
        script: &mut impl Script,
        cpu: impl Fn() -> Outcome<Duration>,
        starts: Instant,
    ) -> Outcome<Measured> {
        let begins = starts + self.load.warm_up;
        self.until(begins, script, true)?;
        let (began, worked) = (Instant::now(), cpu()?);
        self.counts = true;
        self.until(began + self.load.window, script, true)?;
        self.counts = false;
        let (elapsed, cpu) = (began.elapsed(), cpu()? - worked);
        self.until(Instant::now() + PATIENCE, script, false)?;
        let latency = self.latencies.summary();
        Ok(Measured { answers: self.answers, latency, began, elapsed, cpu })
    }

    /// Runs until then; without more requests only until all are answered.
    fn until(&mut self, end: Instant, script: &mut impl Script, asks: bool) -> Outcome<()> {
        let mut events = Events::with_capacity(1_024);
        loop {
            let now = Instant::now();
            let is_done = !asks && self.free.len() == self.connections.len();
            if now >= end || is_done {
                return Ok(());
            }
            if asks {
                self.send_due(now, script)?;
            }
            let wake_at = match self.load.pace {
                Some(_) if asks && !self.free.is_empty() => self.due.min(end),
                _ => end,
            };
            let pause = wake_at.saturating_duration_since(Instant::now());
            match self.poll.poll(&mut events, Some(pause)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                self.read(event.token().0, script, asks)?;
            }
        }
    }

    fn send_due(&mut self, now: Instant, script: &mut impl Script) -> Outcome<()> {
        let Some(pace) = self.load.pace else {
            while let Some(index) = self.free.pop() {
                self.send(index, Instant::now(), script)?;
            }
            return Ok(());
        };
        while self.due <= now {
            let Some(index) = self.free.pop() else {
                self.is_behind = true;
                return Ok(());
            };
            let sent = if self.is_behind { self.due } else { Instant::now() };
            self.due += Duration::from_secs_f64(1.0 / pace);
            self.send(index, sent, script)?;
        }
        self.is_behind = false;
        Ok(())
    }

    fn send(&mut self, index: usize, sent: Instant, script: &mut impl Script) -> Outcome<()> {
        let connection = &mut self.connections[index];
        self.out.clear();
        script.ask(&mut self.out);
        connection.sent = sent;
        connection.is_waiting = true;
        // Nothing else waits in this socket, so there is place for a request.
        let written = connection.socket.write(&self.out)?;
        if written < self.out.len() {
            Err("a socket takes no whole request".into())
        } else {
            Ok(())
        }
    }

    fn read(&mut self, index: usize, script: &mut impl Script, asks: bool) -> Outcome<()> {
        let mut buffer = [0; 64 * 1_024];
        let connection = &mut self.connections[index];
        loop {
            match connection.socket.read(&mut buffer) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(count) => {
                    connection.received.extend_from_slice(&buffer[..count]);
                    // A short read has emptied the socket; the next bytes are told again.
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let Some((answer, length)) = wire::answer(&connection.received) else {
            let is_absurd = connection.received.len() > TOO_LONG;
            return if is_absurd { Err("an answer without end".into()) } else { Ok(()) };
        };
        if !connection.is_waiting || length != connection.received.len() {
            return Err("an answer to no request".into());
        }
        if self.counts {
            self.answers += 1;
            self.latencies.add(connection.sent.elapsed());
        }
        script.take(&Reply {
            status: answer.status,
            body: answer.body,
            sent: connection.sent,
            counts: self.counts,
        });
        connection.received.clear();
        connection.is_waiting = false;
        if self.load.pace.is_none() && asks {
            return self.send(index, Instant::now(), script);
        }
        self.free.push(index);
        Ok(())
    }
}

/// One connection, one request after the other.
pub(crate) struct Line {
    socket: TcpStream,
    received: Vec<u8>,
}

impl Line {
    /// Connects.
    pub(crate) fn to(address: SocketAddr) -> Outcome<Self> {
        let socket = open_socket(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { socket, received: Vec::new() })
    }

    /// Sends a request and waits for the answer: its status and body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Outcome<(u16, Vec<u8>)> {
        self.socket.write_all(request)?;
        self.received.clear();
        let mut buffer = [0; 64 * 1_024];
        loop {
            let count = self.socket.read(&mut buffer)?;
            if count == 0 {
                return Err("the server closed the connection".into());
            }
            self.received.extend_from_slice(&buffer[..count]);
            if let Some((answer, _)) = wire::answer(&self.received) {
                return Ok((answer.status, answer.body.to_vec()));
            }
        }
    }
}
