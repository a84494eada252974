//! Keys, pastes and sizes from the terminal, and the signals that ask the program to end.

use std::io;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use tokio::sync::mpsc;

#[cfg(unix)]
use super::query;
use crate::app::msg::Msg;

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
            _ => continue,
        };
        if sender.send(msg).await.is_err() {
            return;
        }
    }
    // The terminal is gone. If the client is being left already, nobody listens.
    let _ = sender.send(Msg::Terminated).await;
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

/// Hands on that somebody asks the program to end.
pub(crate) async fn signals(sender: mpsc::Sender<Msg>) -> io::Result<()> {
    asked_to_end().await?;
    // If the client is being left already, nobody listens.
    let _ = sender.send(Msg::Terminated).await;
    Ok(())
}

/// Waits for a signal that asks the program to end.
#[cfg(unix)]
pub(crate) async fn asked_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits for a signal that asks the program to end.
#[cfg(not(unix))]
pub(crate) async fn asked_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
