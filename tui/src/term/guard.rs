//! Takes the terminal over and gives it back as it was: on the way out, after an error, and when
//! the program panics.
//!
//! A panic of the drawing thread ends the program. One of a task ends that task only, and what it
//! had to say is told once the terminal is the user's again.

use std::{
    io::{self, Write, stdout},
    panic,
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crossterm::{
    cursor, event, execute, queue,
    style::Print,
    terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    layout::{Position, Rect},
};

#[cfg(debug_assertions)]
use super::drill;
use super::{
    graphics::Paint,
    lent,
    speech::{HEAR_MOUSE, Host, IGNORE_MOUSE, Speech},
};
use crate::app::{model::Model, runtime::Canvas, view::view};

/// The terminal, as long as it is ours.
pub(crate) struct Guard {
    terminal: Terminal<CrosstermBackend<Sheet>>,
    host: Host,
    mouse: bool,
}

/// What is drawn, until it goes to the terminal in one piece: a frame that was begun and not
/// finished never does, nor does anything once the terminal is not ours.
#[derive(Default)]
struct Sheet(Vec<u8>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = if TAKEN.load(Ordering::SeqCst) {
            let mut out = stdout().lock();
            out.write_all(&self.0).and_then(|()| out.flush())
        } else {
            Ok(())
        };
        self.0.clear();
        outcome
    }
}

impl Guard {
    /// Takes the terminal over, with or without its mouse.
    pub(crate) fn enter(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let drawing = thread::current().id();
            let previous = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if thread::current().id() == drawing {
                    give_back();
                    previous(info);
                } else {
                    complaints().push(info.to_string());
                }
            }));
        });
        let entered = take(mouse);
        let terminal = entered
            .and_then(|()| Terminal::new(CrosstermBackend::new(Sheet::default())))
            .inspect_err(|_| give_back())?;
        let host = Host::of_environment(|name| std::env::var(name).ok());
        Ok(Self { terminal, host, mouse })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
        for complaint in complaints().drain(..) {
            // If standard error is gone as well, there is nobody to tell.
            let _ = writeln!(io::stderr(), "artipul: {complaint}");
        }
    }
}

/// What tasks said when they panicked.
fn complaints() -> MutexGuard<'static, Vec<String>> {
    static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes the terminal over.
fn take(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        stdout(),
        terminal::EnterAlternateScreen,
        event::EnableBracketedPaste,
        event::EnableFocusChange,
        Print(if mouse { HEAR_MOUSE } else { "" }),
        cursor::Hide
    )
}

/// Has keys come as they are pressed, whatever the mode is: through crossterm it would be the first
/// one again for a moment, in which Ctrl-Z stops whoever has not given the terminal back.
#[cfg(unix)]
fn set_raw() -> io::Result<()> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let stdin = rustix::stdio::stdin();
    let mut mode = tcgetattr(stdin)?;
    mode.make_raw();
    Ok(tcsetattr(stdin, OptionalActions::Now, &mode)?)
}

#[cfg(not(unix))]
fn set_raw() -> io::Result<()> {
    terminal::disable_raw_mode()?;
    terminal::enable_raw_mode()
}

/// Whether an error says that there is no terminal any more.
#[cfg(unix)]
pub(crate) fn is_gone(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

#[cfg(not(unix))]
pub(crate) fn is_gone(_: &io::Error) -> bool {
    false
}

/// Stops this process and those it was started by and with, as Ctrl-Z does where a terminal is not
/// in raw mode. Returns when they go on; at once, where no shell is there to let them.
#[cfg(unix)]
fn stop() -> io::Result<()> {
    use rustix::process::{Signal, kill_current_process_group};
    Ok(kill_current_process_group(Signal::TSTP)?)
}

#[cfg(not(unix))]
fn stop() -> io::Result<()> {
    Ok(())
}

/// Gives the terminal back, once: leaving the screen a second time would move the cursor back over
/// what was said since. What fails cannot be helped any more, and the rest is still tried.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        Print(lent::farewell()),
        Print(IGNORE_MOUSE),
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        terminal::LeaveAlternateScreen,
        cursor::Show
    );
    let _ = terminal::disable_raw_mode();
}

impl Canvas for Guard {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(|frame| {
            #[cfg(debug_assertions)]
            drill::begin_frame();
            view(model, frame);
        })?;
        if model.shared.pictures.graphics().paint == Paint::Kitty {
            lent::note(drawn.buffer);
        }
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().flush()
    }

    fn forget(&mut self) -> io::Result<()> {
        // `clear` would ask the terminal where the cursor is, and fail where none answers.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    fn suspend(&mut self) -> io::Result<()> {
        give_back();
        stop()?;
        self.take_back()
    }

    fn take_back(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        // The shell may have changed the mode behind crossterm's back.
        set_raw()?;
        self.forget()
    }

    fn say(&mut self, speech: &Speech) -> io::Result<()> {
        if let Speech::Mouse(on) = speech {
            self.mouse = *on;
        }
        let writer = self.terminal.backend_mut();
        writer.write_all(speech.sequence(self.host).as_bytes())?;
        writer.flush()
    }
}
