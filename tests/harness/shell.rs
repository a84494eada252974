//! The client as scripts run it: without a terminal, in a home of its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::{Person, eventually, signal, within, world::binary};

/// Somebody's shell: a home, where the session is kept, and variables.
pub struct Shell {
    home: TempDir,
    server: String,
    variables: Vec<(&'static str, String)>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub status: Option<i32>,
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
}

impl Said {
    /// The one document that it said.
    ///
    /// # Panics
    /// It said something else.
    pub fn document(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "not one line: {self:?}");
        let document: Value = serde_json::from_str(&self.out).unwrap();
        let part = if document["ok"] == true { "data" } else { "error" };
        assert!(document.get(part).is_some(), "without {part}: {document}");
        document
    }
}

impl Shell {
    /// The shell of somebody who is not signed in.
    pub fn new(server: &str) -> Self {
        let home = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        Self { home, server: server.to_owned(), variables: Vec::new() }
    }

    /// The shell of somebody who is signed in.
    ///
    /// # Panics
    /// He is not let in.
    pub async fn of(person: &Person, server: &str) -> Self {
        let shell = Self::new(server);
        let login = ["login", "--email", &person.email, "--password-stdin"];
        let said = shell.run_with(&login, "a password\n").await;
        assert_eq!(said.status, Some(0), "{}", said.err);
        shell
    }

    /// The same shell with a variable set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The same home, with a server at another address.
    pub fn move_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    /// Where the client keeps its files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file into the home.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command to its end, with nothing to read.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "").await
    }

    /// Runs a command to its end, with something to read.
    ///
    /// # Panics
    /// It says something that is no text.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // Whoever needs no input may have left already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let output = child.wait_with_output().await.unwrap();
        Said {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command with `--json`: how it ended, and its document.
    pub async fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let said = self.run(&[arguments, &["--json"]].concat()).await;
        (said.status.unwrap(), said.document())
    }

    /// Runs a command with `--json` that ends well: its data.
    ///
    /// # Panics
    /// It ends otherwise.
    pub async fn data(&self, arguments: &[&str]) -> Value {
        let (status, document) = self.json(arguments).await;
        assert_eq!(status, 0, "{arguments:?}: {document}");
        document["data"].clone()
    }

    /// Starts a command that goes on.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).spawn().unwrap();
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        Running { child, out, err }
    }

    /// A command, to be started otherwise.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("artipul"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("ARTIPUL_SERVER", &self.server)
            .env("LANG", "en_US.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

/// A command that goes on.
pub struct Running {
    child: Child,
    out: Lines,
    err: Lines,
}

impl Running {
    /// The lines of its standard output so far.
    pub fn out(&self) -> Vec<String> {
        self.out.lock().unwrap().clone()
    }

    /// The lines of its standard error so far.
    pub fn err(&self) -> Vec<String> {
        self.err.lock().unwrap().clone()
    }

    /// Waits until a line of its standard output has this in it.
    pub async fn says(&self, part: &str) -> String {
        eventually(part, async || self.out().into_iter().find(|line| line.contains(part))).await
    }

    /// Waits until so many lines of its standard error have this in them.
    pub async fn notes(&self, part: &str, times: usize) {
        let count = || self.err().iter().filter(|line| line.contains(part)).count();
        eventually(part, async || (count() >= times).then_some(())).await;
    }

    /// Sends it a signal, by the name that `kill` knows it by.
    ///
    /// # Panics
    /// It is gone already.
    pub async fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name).await;
    }

    /// Waits for its end; its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        within("its end", self.child.wait()).await.unwrap().code()
    }
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static) -> Lines {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    tokio::spawn(async move {
        let mut read = BufReader::new(stream).lines();
        while let Ok(Some(line)) = read.next_line().await {
            kept.lock().unwrap().push(line);
        }
    });
    lines
}
