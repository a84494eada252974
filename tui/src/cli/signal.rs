//! Signals that ask the program to end, for commands that have something to bring to its end.

use super::exit::Exit;

/// Waits for a signal that asks to end; how the program ends by it.
#[cfg(unix)]
pub(super) async fn received() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        // Then the signal ends the program by itself.
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::hangup()) => Exit::HungUp,
        () = wait(SignalKind::interrupt()) => Exit::Interrupted,
        () = wait(SignalKind::terminate()) => Exit::Terminated,
    }
}

/// Waits for a signal that asks to end; how the program ends by it.
#[cfg(not(unix))]
pub(super) async fn received() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
