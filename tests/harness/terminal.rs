//! The client as users see it: in a terminal of its own.

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Parser;

use crate::{wait::eventually, world::binary};

/// A terminal with the client in it.
pub struct Terminal {
    screen: Arc<Mutex<Parser>>,
    /// All that the client has sent to it.
    sent: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    master: Arc<Mutex<Box<dyn MasterPty + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    drawing: JoinHandle<()>,
    home: Arc<TempDir>,
}

/// Columns of a terminal.
const COLUMNS: NonZero<u16> = NonZero::new(100).unwrap();
/// Lines of a terminal.
const LINES: NonZero<u16> = NonZero::new(32).unwrap();

impl Terminal {
    /// Opens the client in a home of its own.
    pub fn open(server: &str) -> Self {
        let home = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        Self::open_at(server, Arc::new(home))
    }

    /// Opens the client again, in the same home.
    pub fn reopen(&self, server: &str) -> Self {
        Self::open_at(server, Arc::clone(&self.home))
    }

    /// Opens the client with these settings in its file.
    pub fn open_with(server: &str, settings: &str) -> Self {
        let home = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        let folder = home.path().join(".config/artipul");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("client.toml"), settings).unwrap();
        Self::open_at(server, Arc::new(home))
    }

    /// Opens a shell that prompts with `shell>`, to start the client from.
    pub fn shell() -> Self {
        let home = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        let mut command = CommandBuilder::new("/bin/bash");
        command.args(["--norc", "--noprofile", "-i"]);
        Self::run(command, Arc::new(home))
    }

    /// Starts the client from a shell.
    pub fn start(&mut self, server: &str) {
        let artipul = binary("artipul");
        self.press(&format!("{} --server {server} --lang en\r", artipul.display()));
    }

    fn open_at(server: &str, home: Arc<TempDir>) -> Self {
        let mut command = CommandBuilder::new(binary("artipul"));
        command.args(["--server", server, "--lang", "en"]);
        Self::run(command, home)
    }

    fn run(mut command: CommandBuilder, home: Arc<TempDir>) -> Self {
        let (cols, rows) = (COLUMNS.get(), LINES.get());
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        command.env("PS1", "shell> ");
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(Parser::new(LINES, COLUMNS, 0)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let drawn = Arc::clone(&screen);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sent);
        // The terminal lives as long as somebody reads what is drawn on it.
        let master = Arc::new(Mutex::new(pair.master));
        let kept = Arc::clone(&master);
        let drawing = std::thread::spawn(move || {
            let _master = kept;
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                log.lock().unwrap().extend_from_slice(&bytes[..count]);
                drawn.lock().unwrap().process(&bytes[..count]);
            }
        });
        Self { screen, sent, keys, master, child, drawing, home }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Makes the terminal another size.
    pub fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let (lines, columns) = (NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap());
        self.screen.lock().unwrap().screen_mut().set_size(lines, columns);
        self.master.lock().unwrap().resize(size).unwrap();
    }

    /// Sends the client a signal, by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// What stands on the last line of the screen.
    pub fn last_line(&self) -> String {
        let parser = self.screen.lock().unwrap();
        let (_, columns) = parser.screen().size();
        parser.screen().rows(0, columns.get()).last().unwrap_or_default()
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until all of these stand on the screen.
    pub async fn sees(&self, texts: &[&str]) {
        let missing = || -> Vec<String> {
            let screen = self.text();
            texts.iter().filter(|text| !screen.contains(**text)).map(ToString::to_string).collect()
        };
        eventually_or(
            || format!("{:?} on the screen:\n{}", missing(), self.text()),
            async || missing().is_empty().then_some(()),
        )
        .await;
    }

    /// Waits until the client has sent this to the terminal, be it seen or not.
    pub async fn is_sent(&self, sequence: &str) {
        let is_there = || {
            let sent = self.sent.lock().unwrap();
            sent.windows(sequence.len()).any(|window| window == sequence.as_bytes())
        };
        eventually(&format!("{sequence:?} is sent"), async || is_there().then_some(())).await;
    }

    /// Whether the screen was left as it was found: the main one, with a cursor.
    pub fn is_restored(&self) -> bool {
        let parser = self.screen.lock().unwrap();
        !parser.screen().alternate_screen() && !parser.screen().hide_cursor()
    }

    /// Waits until the client has left and all that it drew is on the screen; its exit status.
    pub async fn left(&mut self) -> u32 {
        let child = &mut self.child;
        let status = eventually("the client leaves", async || child.try_wait().unwrap()).await;
        let drawing = &self.drawing;
        eventually("its last words", async || drawing.is_finished().then_some(())).await;
        status.exit_code()
    }

    /// Where the client keeps its files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have left already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As [`eventually`], with a report of what there was instead.
async fn eventually_or(report: impl Fn() -> String, condition: impl AsyncFnMut() -> Option<()>) {
    let waiting = std::panic::AssertUnwindSafe(eventually("the screen", condition));
    if let Err(panic) = futures_util::FutureExt::catch_unwind(waiting).await {
        eprintln!("missing {}", report());
        std::panic::resume_unwind(panic);
    }
}

/// Keys by name.
pub mod keys {
    /// Enter.
    pub const ENTER: &str = "\r";
    /// Escape.
    pub const ESC: &str = "\x1b";
    /// Tab.
    pub const TAB: &str = "\t";
    /// Down.
    pub const DOWN: &str = "\x1b[B";
    /// Backspace.
    pub const BACKSPACE: &str = "\x7f";
    /// Control and L.
    pub const CTRL_L: &str = "\x0c";
    /// Control and Z.
    pub const CTRL_Z: &str = "\x1a";
    /// Control and S.
    pub const CTRL_S: &str = "\x13";
}
