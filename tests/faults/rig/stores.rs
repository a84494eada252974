//! A MariaDB and a Redis of a test's own, as processes that can be stopped, killed and started again.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};

use artipul_server::db::administer;
use artipul_tests::{eventually, signal};
use tokio::{
    process::{Child, Command},
    task::spawn_blocking,
};

/// A port that nobody listens on, below those that the system gives to outgoing connections.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = rand::random_range(10_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program that serves in the background; it is killed when it is dropped.
pub(crate) struct Daemon {
    child: Option<Child>,
}

impl Daemon {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let log = fs::File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{:?}: {error}; `tests/run` installs it", command.as_std().get_program())
            });
        Self { child: Some(child) }
    }

    async fn kill(&mut self) {
        self.child.take().expect("it runs").kill().await.unwrap();
    }

    async fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("it runs");
        signal(child.id().unwrap(), name).await;
    }
}

/// A MariaDB server whose commits are durable.
pub(crate) struct Mariadb {
    folder: PathBuf,
    port: u16,
    daemon: Daemon,
}

/// The databases' only one, its user, and the one who may do everything.
const SETUP: &str = "
    CREATE DATABASE IF NOT EXISTS artipul;
    CREATE USER IF NOT EXISTS artipul@127.0.0.1 IDENTIFIED BY 'artipul';
    GRANT ALL ON artipul.* TO artipul@127.0.0.1;
    CREATE USER IF NOT EXISTS operator@127.0.0.1 IDENTIFIED BY 'operator';
    GRANT ALL ON *.* TO operator@127.0.0.1;
";

impl Mariadb {
    /// A server with an empty database.
    pub(crate) async fn start(folder: PathBuf) -> Self {
        copy(&template().await, &folder.join("data"));
        fs::write(folder.join("setup.sql"), SETUP).unwrap();
        let port = free_port();
        let daemon = Self::daemon(&folder, port);
        let server = Self { folder, port, daemon };
        server.answers().await;
        server
    }

    fn daemon(folder: &Path, port: u16) -> Daemon {
        let mut command = Command::new(installed("mariadbd"));
        command
            .arg("--no-defaults")
            .arg("--user=root")
            .arg(format!("--datadir={}", folder.join("data").display()))
            .arg(format!("--socket={}", folder.join("socket").display()))
            .arg(format!("--init-file={}", folder.join("setup.sql").display()))
            .arg(format!("--port={port}"))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", LOG_FILE])
            .args(["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=64M"]);
        Daemon::start(&mut command, &folder.join("log"))
    }

    async fn answers(&self) {
        eventually("MariaDB answers", async || {
            let url = self.url();
            spawn_blocking(move || administer(&url, "SELECT 1")).await.unwrap().ok()
        })
        .await;
    }

    /// The address of its database.
    pub(crate) fn url(&self) -> String {
        format!("mysql://artipul:artipul@127.0.0.1:{}/artipul", self.port)
    }

    /// Kills it without warning.
    pub(crate) async fn kill(&mut self) {
        self.daemon.kill().await;
    }

    /// Starts it again after it was killed.
    pub(crate) async fn restart(&mut self) {
        self.daemon = Self::daemon(&self.folder, self.port);
        self.answers().await;
    }

    /// Stops it where it stands: connections are made, and nothing is answered.
    pub(crate) async fn freeze(&self) {
        self.daemon.signal("STOP").await;
    }

    /// Lets it go on.
    pub(crate) async fn thaw(&self) {
        self.daemon.signal("CONT").await;
    }

    /// Runs statements as somebody who may do everything.
    pub(crate) async fn administer(&self, sql: &str) {
        self.try_administer(sql).await.unwrap();
    }

    /// Runs statements as somebody who may do everything; what becomes of them.
    pub(crate) async fn try_administer(
        &self,
        sql: &str,
    ) -> Result<(), artipul_server::db::DbError> {
        let url = format!("mysql://operator:operator@127.0.0.1:{}/artipul", self.port);
        let sql = sql.to_owned();
        spawn_blocking(move || administer(&url, &sql)).await.unwrap()
    }
}

const LOG_FILE: &str = "--innodb-log-file-size=8M";

/// A data folder as it is installed, kept with what the build made.
async fn template() -> PathBuf {
    let version = Command::new(installed("mariadbd")).arg("--version").output().await;
    let version = version.expect("`tests/run` installs MariaDB").stdout;
    let version: String = String::from_utf8_lossy(&version)
        .chars()
        .map(|character| if character.is_alphanumeric() { character } else { '-' })
        .collect();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("data-of-{version}"));
    if kept.exists() {
        return kept;
    }
    let made = kept.with_extension(format!("{:x}", rand::random::<u64>()));
    let output = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--user=root", "--skip-test-db", LOG_FILE])
        .arg("--auth-root-authentication-method=normal")
        .arg(format!("--datadir={}", made.display()))
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Another test may have been faster; one is as good as the other.
    if fs::rename(&made, &kept).is_err() {
        fs::remove_dir_all(&made).unwrap();
    }
    kept
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Where a server's program is: Debian keeps some where only root's PATH looks.
pub(crate) fn installed(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/local/sbin"].map(|folder| Path::new(folder).join(name));
    places.into_iter().find(|path| path.exists()).unwrap_or_else(|| name.into())
}

/// A Redis server that keeps nothing.
pub(crate) struct Redis {
    folder: PathBuf,
    port: u16,
    daemon: Daemon,
}

impl Redis {
    /// An empty one.
    pub(crate) async fn start(folder: PathBuf) -> Self {
        let port = free_port();
        let daemon = Self::daemon(&folder, port);
        let server = Self { folder, port, daemon };
        server.answers().await;
        server
    }

    fn daemon(folder: &Path, port: u16) -> Daemon {
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder);
        Daemon::start(&mut command, &folder.join("log"))
    }

    async fn answers(&self) {
        eventually("Redis answers", async || self.ask("PING").await.ok()).await;
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it without warning.
    pub(crate) async fn kill(&mut self) {
        self.daemon.kill().await;
    }

    /// Starts it again, empty, after it was killed.
    pub(crate) async fn restart(&mut self) {
        self.daemon = Self::daemon(&self.folder, self.port);
        self.answers().await;
    }

    /// Stops it where it stands.
    pub(crate) async fn freeze(&self) {
        self.daemon.signal("STOP").await;
    }

    /// Lets it go on.
    pub(crate) async fn thaw(&self) {
        self.daemon.signal("CONT").await;
    }

    /// Takes everything out of it.
    pub(crate) async fn flush(&self) {
        self.ask("FLUSHALL").await.unwrap();
    }

    async fn ask(&self, command: &str) -> redis::RedisResult<()> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(command).query_async(&mut connection).await
    }
}
