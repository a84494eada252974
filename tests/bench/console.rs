//! The client in a terminal, as the benchmark looks at it.

use std::{
    io::{Read, Write},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use vt100::Parser;

use crate::{
    Outcome,
    process::{cpu_of, memory_of},
    stage::binary,
};

/// How long a screen is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Lines and columns of the terminal.
const SIZE: (u16, u16) = (40, 120);

/// A terminal with the client in it.
pub(crate) struct Console {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Screen>,
    began: Instant,
}

struct Screen {
    parser: Mutex<Parser>,
    changed: Condvar,
}

impl Screen {
    fn lock(&self) -> MutexGuard<'_, Parser> {
        self.parser.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Console {
    /// Starts the client against a server, with its files in a folder.
    pub(crate) fn open(server: &str, home: &Path) -> Outcome<Self> {
        let (rows, cols) = SIZE;
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(binary("artipul")?);
        command.args(["--server", server, "--lang", "en"]);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        let lines = rows.try_into()?;
        let parser = Mutex::new(Parser::new(lines, cols.try_into()?, 0));
        let screen = Arc::new(Screen { parser, changed: Condvar::new() });
        let mut output = pair.master.try_clone_reader()?;
        let keys = pair.master.take_writer()?;
        let began = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let drawn = Arc::clone(&screen);
        std::thread::spawn(move || {
            // The terminal lives as long as somebody reads what is drawn on it.
            let _master = pair.master;
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                drawn.lock().process(&bytes[..count]);
                drawn.changed.notify_all();
            }
        });
        Ok(Self { child, keys, screen, began })
    }

    /// Waits until the screen is as wanted. How long after the start of the client that was.
    pub(crate) fn wait(&self, is_wanted: impl Fn(&str) -> bool) -> Outcome<Duration> {
        let deadline = Instant::now() + PATIENCE;
        let mut parser = self.screen.lock();
        loop {
            let contents = parser.screen().contents();
            if is_wanted(&contents) {
                return Ok(self.began.elapsed());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("the screen stays:\n{contents}").into());
            }
            let waited = self.screen.changed.wait_timeout(parser, left);
            parser = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) -> Outcome<()> {
        self.keys.write_all(keys.as_bytes())?;
        Ok(self.keys.flush()?)
    }

    /// How long the client has worked so far.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        cpu_of(self.pid()?)
    }

    /// How many bytes of memory it has.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        memory_of(self.pid()?)
    }

    fn pid(&self) -> Outcome<u32> {
        Ok(self.child.process_id().ok_or("the client has ended")?)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
