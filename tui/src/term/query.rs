//! Asks the terminal what it can do, while keys go on being heard.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use crossterm::event::KeyEvent;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answers::{Answers, Ear, QUESTIONS, QUESTIONS_IN_TMUX};

/// How long answers are waited for: a far terminal's come late. Nobody notices, since keys are
/// heard meanwhile.
const PATIENCE: Duration = Duration::from_millis(400);

/// Sends the questions. Before the first frame, so that they do not end up within one.
///
/// # Errors
/// The terminal cannot be written to.
pub(crate) fn ask(in_tmux: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(if in_tmux { QUESTIONS_IN_TMUX } else { QUESTIONS }.as_bytes())?;
    out.flush()
}

/// Waits for the answers, and hands on what is typed meanwhile. Blocks.
pub(crate) fn listen(mut type_key: impl FnMut(KeyEvent)) -> Answers {
    let mut ear = Ear::default();
    let deadline = Instant::now() + PATIENCE;
    while !ear.is_done {
        let left = deadline.saturating_duration_since(Instant::now());
        match read(left) {
            Ok(bytes) if !bytes.is_empty() => bytes.into_iter().for_each(|byte| ear.hear(byte)),
            // Nothing more in time, or the terminal is gone, which whoever reads next finds out.
            _ => break,
        }
        ear.keys().into_iter().for_each(&mut type_key);
    }
    ear.give_up();
    ear.keys().into_iter().for_each(type_key);
    ear.answers
}

/// What comes next, or nothing in time.
fn read(within: Duration) -> io::Result<Vec<u8>> {
    let stdin = rustix::stdio::stdin();
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    let within = Timespec::try_from(within).map_err(io::Error::other)?;
    if poll(&mut waited, Some(&within))? == 0 {
        return Ok(Vec::new());
    }
    let mut bytes = [0; 256];
    // Not through the standard library, which would keep what it has read too much.
    let count = rustix::io::read(stdin, &mut bytes)?;
    Ok(bytes[..count].to_vec())
}
