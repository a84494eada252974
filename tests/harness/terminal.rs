//! The client as users see it: in a terminal of its own.

use std::{
    ffi::OsStr,
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::{Color, MouseProtocolMode, Parser};

use crate::{wait::eventually, world::binary};

/// A terminal with the client in it.
pub struct Terminal {
    screen: Arc<Mutex<Parser>>,
    /// All that the client has sent to it.
    sent: Arc<Mutex<Vec<u8>>>,
    keys: Option<Box<dyn Write + Send>>,
    master: Option<Master>,
    /// Whether nobody looks at it any more.
    is_closed: Arc<AtomicBool>,
    /// How its keys are read as long as no program changes that.
    mode: String,
    child: Box<dyn Child + Send + Sync>,
    drawing: JoinHandle<()>,
    home: Arc<TempDir>,
}

type Master = Arc<Mutex<Box<dyn MasterPty + Send>>>;

/// Columns of a terminal.
const COLUMNS: NonZero<u16> = NonZero::new(100).unwrap();
/// Lines of a terminal.
const LINES: NonZero<u16> = NonZero::new(32).unwrap();

impl Terminal {
    /// Opens the client in a home of its own.
    pub fn open(server: &str) -> Self {
        Self::open_at(server, home())
    }

    /// Opens the client again, in the same home.
    pub fn reopen(&self, server: &str) -> Self {
        Self::open_at(server, Arc::clone(&self.home))
    }

    /// Opens the client with these settings in its file.
    pub fn open_with(server: &str, settings: &str) -> Self {
        let home = home();
        let folder = home.path().join(".config/artipul");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("client.toml"), settings).unwrap();
        Self::open_at(server, home)
    }

    /// Opens the client with a variable set.
    pub fn open_where(server: &str, name: &str, value: &str) -> Self {
        let mut command = client(server);
        command.env(name, value);
        Self::run(command, home())
    }

    /// Opens the client where no signal of its terminal reaches it. When it has ended, its exit
    /// status is in the file `status` of its home.
    pub fn open_out_of_reach(server: &str) -> Self {
        let line = format!(
            "{} --server {server} --lang en; echo $? > $HOME/status",
            binary("artipul").display()
        );
        let mut command = bare("/usr/bin/setsid");
        command.args(["--wait", "/bin/sh", "-c", &line]);
        Self::run(command, home())
    }

    /// Opens a shell that prompts with `shell>`, to start the client from.
    pub fn shell() -> Self {
        let home = home();
        // It would leave a mode of its own behind.
        let settings = "set enable-bracketed-paste off\n";
        std::fs::write(home.path().join(".inputrc"), settings).unwrap();
        let mut command = bare("/bin/bash");
        command.args(["--norc", "--noprofile", "-i"]);
        Self::run(command, home)
    }

    /// Starts the client from a shell.
    pub fn start(&mut self, server: &str) {
        self.start_with(server, "");
    }

    /// Starts a command of the client from a shell.
    pub fn start_with(&mut self, server: &str, command: &str) {
        let artipul = binary("artipul");
        self.press(&format!("{} --server {server} --lang en {command}\r", artipul.display()));
    }

    fn open_at(server: &str, home: Arc<TempDir>) -> Self {
        Self::run(client(server), home)
    }

    fn run(mut command: CommandBuilder, home: Arc<TempDir>) -> Self {
        let (cols, rows) = (COLUMNS.get(), LINES.get());
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env("PS1", "shell> ");
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        let mode = mode(&*pair.master);
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
        let is_closed = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&is_closed);
        let drawing = std::thread::spawn(move || {
            let _master = kept;
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                log.lock().unwrap().extend_from_slice(&bytes[..count]);
                drawn.lock().unwrap().process(&bytes[..count]);
            }
        });
        let (keys, master) = (Some(keys), Some(master));
        Self { screen, sent, keys, master, is_closed, mode, child, drawing, home }
    }

    /// Presses keys.
    ///
    /// # Panics
    /// The terminal is closed.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) {
        self.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Closes the terminal, as a window is closed. The client must draw something at that key, for
    /// the window goes with the next that is drawn in it.
    pub fn close(&mut self, key: &str) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.press(key);
        self.keys = None;
        self.master = None;
    }

    /// Makes the terminal another size.
    ///
    /// # Panics
    /// The terminal is closed.
    pub fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let (lines, columns) = (NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap());
        self.screen.lock().unwrap().screen_mut().set_size(lines, columns);
        self.master.as_ref().unwrap().lock().unwrap().resize(size).unwrap();
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
        self.is_sent_often(sequence, 1).await;
    }

    /// Waits until the client has sent this so often.
    pub async fn is_sent_often(&self, sequence: &str, times: usize) {
        let is_there = || self.times_sent(sequence) >= times;
        eventually(&format!("{sequence:?} is sent"), async || is_there().then_some(())).await;
    }

    /// What the client has changed of the terminal and not changed back.
    pub fn changed(&self) -> Vec<&'static str> {
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        let is_plain = screen.fgcolor() == Color::Default && screen.bgcolor() == Color::Default;
        let marks = [screen.bold(), screen.dim(), screen.italic(), screen.underline()];
        let states = [
            ("another screen", screen.alternate_screen()),
            ("no cursor", screen.hide_cursor()),
            ("pastes in brackets", screen.bracketed_paste()),
            ("the mouse", screen.mouse_protocol_mode() != MouseProtocolMode::None),
            ("attributes", !is_plain || screen.inverse() || marks.contains(&true)),
            ("reports of the focus", self.is_on(1004)),
            ("the mouse's numbers", self.is_on(1006)),
            ("a frame without an end", self.is_on(2026)),
        ];
        states.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect()
    }

    /// Whether the screen and its modes are as they were found.
    pub fn is_restored(&self) -> bool {
        self.changed().is_empty()
    }

    /// Whether a mode was set and not reset.
    fn is_on(&self, mode: u16) -> bool {
        let last = |end| last_of(&self.sent.lock().unwrap(), &format!("\x1b[?{mode}{end}"));
        last('h') > last('l')
    }

    /// Whether keys are read as before the client came.
    ///
    /// # Panics
    /// The terminal is closed.
    pub fn reads_as_before(&self) -> bool {
        mode(&**self.master.as_ref().unwrap().lock().unwrap()) == self.mode
    }

    /// How often the client has sent this to the terminal.
    pub fn times_sent(&self, sequence: &str) -> usize {
        let sent = self.sent.lock().unwrap();
        sent.windows(sequence.len()).filter(|window| *window == sequence.as_bytes()).count()
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

/// A new home.
fn home() -> Arc<TempDir> {
    Arc::new(tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap())
}

/// A program with nothing of the environment that the tests run in.
fn bare(program: impl AsRef<OsStr>) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command
}

/// The client.
fn client(server: &str) -> CommandBuilder {
    let mut command = bare(binary("artipul"));
    command.args(["--server", server, "--lang", "en"]);
    command
}

/// How a terminal reads keys.
fn mode(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// Where a sequence begins for the last time.
fn last_of(sent: &[u8], sequence: &str) -> Option<usize> {
    sent.windows(sequence.len()).rposition(|window| window == sequence.as_bytes())
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
