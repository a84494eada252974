//! Keys, the mouse, pastes, sizes and the focus from the terminal, and the signals that ask the program to end.

use std::io;

use crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt;
use ratatui::layout::Position;
use tokio::sync::mpsc;

#[cfg(unix)]
use super::query;
use crate::app::{
    mouse::{Mouse, NOTCH},
    msg::Msg,
};

/// Hands on what the terminal says, until it says nothing more: first its answers to what it was
/// asked, if it was.
pub(crate) async fn keys(sender: mpsc::Sender<Msg>, was_asked: bool) {
    if was_asked {
        hear_answers(sender.clone()).await;
    }
    let mut events = EventStream::new();
    while let Some(Ok(event)) = events.next().await {
        let msg = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(key),
            Event::Paste(text) => Msg::Paste(text),
            Event::Resize(width, height) => Msg::Resized(width, height),
            Event::Mouse(event) => match mouse(event) {
                Some(mouse) => Msg::Mouse(mouse),
                None => continue,
            },
            Event::FocusGained => Msg::Focus(true),
            Event::FocusLost => Msg::Focus(false),
            _ => continue,
        };
        if sender.send(msg).await.is_err() {
            return;
        }
    }
    // The terminal is gone. If the client is being left already, nobody listens.
    let _ = sender.send(Msg::Terminated).await;
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Click(at)),
        MouseEventKind::ScrollUp => Some(Mouse::Wheel(at, -NOTCH)),
        MouseEventKind::ScrollDown => Some(Mouse::Wheel(at, NOTCH)),
        _ => None,
    }
}

/// Hands on what the terminal can do, and the keys that are pressed before that is known.
#[cfg(unix)]
async fn hear_answers(sender: mpsc::Sender<Msg>) {
    let listening = tokio::task::spawn_blocking(move || {
        // If the client is being left already, nobody listens.
        let answers = query::listen(|key| {
            let _ = sender.blocking_send(Msg::Key(key));
        });
        let _ = sender.blocking_send(Msg::Terminal(answers));
    });
    let _ = listening.await;
}

#[cfg(not(unix))]
async fn hear_answers(_: mpsc::Sender<Msg>) {}

/// The signals that the program hears, from the moment this is made.
#[cfg(unix)]
pub(crate) struct Signals {
    ends: Ends,
    continued: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn hear() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let continued = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Self { ends: Ends::hear()?, continued: signal(continued)? })
    }

    /// Hands on that the program was stopped and goes on, as often as it is, and that somebody asks
    /// it to end.
    pub(crate) async fn hand_on(mut self, sender: mpsc::Sender<Msg>) -> io::Result<()> {
        loop {
            let msg = tokio::select! {
                () = self.ends.come() => Msg::Terminated,
                Some(()) = self.continued.recv() => {
                    // Whoever was not in the foreground was told of no other size.
                    let (width, height) = crossterm::terminal::size()?;
                    Msg::Continued(width, height)
                }
            };
            if sender.send(msg).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// The signals that the program hears, from the moment this is made.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn hear() -> io::Result<Self> {
        Ok(Self)
    }

    /// Hands on that somebody asks the program to end.
    pub(crate) async fn hand_on(self, sender: mpsc::Sender<Msg>) -> io::Result<()> {
        asked_to_end().await?;
        // If the client is being left already, nobody listens.
        let _ = sender.send(Msg::Terminated).await;
        Ok(())
    }
}

/// Hands on that the terminal is gone: whoever waits for its keys does not notice.
#[cfg(unix)]
pub(crate) fn hang_up(sender: mpsc::Sender<Msg>) {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
    };
    // Nobody waits for this thread, and it sleeps until then.
    std::thread::spawn(move || {
        let stdin = rustix::stdio::stdin();
        while poll(&mut [PollFd::new(&stdin, PollFlags::empty())], None) == Err(Errno::INTR) {}
        // If the client is being left already, nobody listens.
        let _ = sender.blocking_send(Msg::Terminated);
    });
}

#[cfg(not(unix))]
pub(crate) fn hang_up(_: mpsc::Sender<Msg>) {}

/// The signals that ask the program to end.
#[cfg(unix)]
struct Ends([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Ends {
    fn hear() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [terminate, hang_up, interrupt] = kinds.map(signal);
        Ok(Self([terminate?, hang_up?, interrupt?]))
    }

    async fn come(&mut self) {
        let [terminate, hang_up, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// Waits for a signal that asks the program to end.
#[cfg(unix)]
pub(crate) async fn asked_to_end() -> io::Result<()> {
    Ends::hear()?.come().await;
    Ok(())
}

/// Waits for a signal that asks the program to end.
#[cfg(not(unix))]
pub(crate) async fn asked_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
