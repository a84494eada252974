//! The server as users run it: a process.

use std::{path::Path, process::Stdio, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::Mutex,
};

use crate::{eventually, within, world::binary};

/// A running `artipul-server`.
pub struct Process {
    child: Child,
    url: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts a server with these flags on a free port, and waits until it listens.
    pub async fn start(data_dir: &Path, flags: &[&str]) -> Self {
        Self::start_under(&[], data_dir, flags).await
    }

    /// As [`Process::start`], through other programs that end by running the command that follows
    /// them, such as `env` or `prlimit`.
    pub async fn start_under(wrapper: &[&str], data_dir: &Path, flags: &[&str]) -> Self {
        let mut child = command(wrapper, data_dir, flags).spawn().unwrap();
        let log = collect(child.stderr.take().unwrap());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = within("the first line", lines.next_line()).await.unwrap();
        let Some(url) = first.as_deref().and_then(|line| line.strip_prefix("listening on ")) else {
            panic!("the first line is {first:?}; the log: {:?}", log.lock().await);
        };
        Self { url: url.to_owned(), child, log }
    }

    /// Starts a server that is expected to stop by itself: its exit status, and what it said.
    pub async fn fail(data_dir: &Path, flags: &[&str]) -> (Option<i32>, String) {
        let child = command(&[], data_dir, flags).spawn().unwrap();
        let output = within("its end", child.wait_with_output()).await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The code in its log that was sent to a phone, E.164.
    pub async fn phone_code(&self, phone: &str) -> String {
        let phone = format!("phone={phone}");
        eventually("the code is in the log", async || {
            let log = self.log.lock().await;
            let line = log.iter().rfind(|line| line.contains(&phone))?;
            let code = line.split("code=").nth(1)?;
            Some(code.chars().take(6).collect())
        })
        .await
    }

    /// Asks it to stop; its exit status.
    pub async fn terminate(mut self) -> Option<i32> {
        self.signal("TERM").await;
        within("its end", self.child.wait()).await.unwrap().code()
    }

    /// Kills it without warning.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends it a signal, by the name that `kill` knows it by.
    ///
    /// # Panics
    /// It is gone already.
    pub async fn signal(&self, name: &str) {
        signal(self.pid(), name).await;
    }

    /// Its number.
    ///
    /// # Panics
    /// It is gone already.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The lines of its log that contain a text.
    pub async fn lines_with(&self, text: &str) -> Vec<String> {
        self.log.lock().await.iter().filter(|line| line.contains(text)).cloned().collect()
    }
}

/// Sends a process a signal, by the name that `kill` knows it by.
///
/// # Panics
/// There is no such process.
pub async fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status().await.unwrap();
    assert!(status.success(), "no signal {name} to {pid}");
}

fn command(wrapper: &[&str], data_dir: &Path, flags: &[&str]) -> Command {
    let server = binary("artipul-server");
    let mut command = match wrapper {
        [] => Command::new(server),
        [program, words @ ..] => {
            let mut command = Command::new(program);
            command.args(words).arg(server);
            command
        }
    };
    command
        .args(["--listen", "127.0.0.1:0", "--bcrypt-cost", "4"])
        .arg("--data-dir")
        .arg(data_dir)
        .args(flags)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn collect(stderr: impl AsyncRead + Unpin + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            kept.lock().await.push(line);
        }
    });
    log
}
