//! A place where an auction house runs: its stores and its servers, all of them processes.

use std::{fs, path::PathBuf};

use artipul_server::db::{self, Backend, Conn, DbError, DbResult, accounts, wallets};
use artipul_tests::{Person, Process, binary, new_user};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::{process::Command, task::spawn_blocking};

use super::stores::{Mariadb, Redis, free_port};

/// Stores, and servers on them.
pub(crate) struct Site {
    pub(crate) mariadb: Option<Mariadb>,
    pub(crate) redis: Option<Redis>,
    pub(crate) servers: Vec<Instance>,
    backend: Backend,
    // Dropped last, when nobody writes into it any more.
    folder: TempDir,
}

/// A server with an address that it keeps when it is started again.
pub(crate) struct Instance {
    port: u16,
    wrapper: Vec<String>,
    flags: Vec<String>,
    data_dir: PathBuf,
    process: Option<Process>,
}

/// Late bids move the end a little, steps are small, so that there are many of them.
const SETTINGS: [&str; 23] = [
    "--min-duration=1ms",
    "--soft-close=1s",
    "--max-extension=3s",
    "--increments=1000",
    "--limit-sign-ins=100000/1h",
    "--limit-sign-ins-per-address=100000/1h",
    "--limit-reads=off",
    "--limit-reads-per-address=off",
    "--limit-bids=off",
    "--limit-bids-per-address=off",
    "--limit-writes=off",
    "--limit-writes-per-address=off",
    "--limit-streams-per-address=off",
    "--jwt-secret=the secret of all instances of a site",
    "--log=warn",
    "--database-connections=4",
    "--shutdown-grace=5s",
    "--header-timeout=10s",
    "--max-connections=10000",
    "--desk-writers=2",
    "--desk-queue=4096",
    "--desk-batch=512",
    "--ending-soon=10m",
];

impl Site {
    /// MariaDB, Redis, and so many servers.
    pub(crate) async fn shared(servers: usize) -> Self {
        Self::shared_under(servers, &[], &[]).await
    }

    /// As [`Site::shared`], with flags and a wrapper for the servers.
    pub(crate) async fn shared_under(servers: usize, wrapper: &[&str], flags: &[&str]) -> Self {
        let folder = scratch();
        let within = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let mariadb = Mariadb::start(within("mariadb")).await;
        let redis = Redis::start(within("redis")).await;
        let stores =
            [format!("--database-url={}", mariadb.url()), format!("--redis-url={}", redis.url())];
        let flags: Vec<String> =
            stores.into_iter().chain(flags.iter().map(|flag| (*flag).to_owned())).collect();
        let mut site = Self {
            backend: Backend::Mysql { url: mariadb.url() },
            mariadb: Some(mariadb),
            redis: Some(redis),
            servers: Vec::new(),
            folder,
        };
        for number in 0..servers {
            let data_dir = site.folder.path().join(format!("server-{number}"));
            site.servers.push(Instance::start(data_dir, wrapper, &flags).await);
        }
        site
    }

    /// One server on the embedded store.
    pub(crate) async fn embedded() -> Self {
        Self::embedded_under(&[], None, &[]).await
    }

    /// As [`Site::embedded`], with flags and a wrapper for the server, whose data may be elsewhere.
    pub(crate) async fn embedded_under(
        wrapper: &[&str],
        data_dir: Option<PathBuf>,
        flags: &[&str],
    ) -> Self {
        let folder = scratch();
        let data_dir = data_dir.unwrap_or_else(|| folder.path().join("server"));
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let backend = Backend::Sqlite { path: data_dir.join("artipul.sqlite3") };
        let servers = vec![Instance::start(data_dir, wrapper, &flags).await];
        Self { mariadb: None, redis: None, servers, backend, folder }
    }

    pub(crate) fn mariadb(&mut self) -> &mut Mariadb {
        self.mariadb.as_mut().expect("the stores are shared")
    }

    pub(crate) fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("the stores are shared")
    }

    /// The addresses of all servers.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.servers.iter().map(Instance::url).collect()
    }

    /// Looks into the database past the servers.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> DbResult<T> + Send + 'static,
    ) -> T {
        let backend = self.backend.clone();
        spawn_blocking(move || db::inspect(&backend, work)).await.unwrap().unwrap()
    }

    /// People with accounts, signed in at the addresses in turn. Artists and sellers may list.
    pub(crate) async fn people(
        &self,
        kind: &'static str,
        count: u32,
        urls: &[String],
    ) -> Vec<Person> {
        let is_artist = matches!(kind, "artist" | "seller");
        let nickname = move |number: u32| format!("{kind}{number}");
        // Each kind has phones of its own.
        let first_phone = kind.bytes().map(u32::from).sum::<u32>() * 10_000;
        self.look(move |conn| {
            conn.transaction(|conn| {
                for number in 0..count {
                    let user = new_user(&nickname(number), first_phone + number, is_artist);
                    let row = accounts::insert(conn, &user)?;
                    wallets::open(conn, row.id)?;
                }
                Ok::<_, DbError>(())
            })
        })
        .await;
        let people = (0..count)
            .zip(urls.iter().cycle())
            .map(async |(number, url)| Person::sign_in(url, &nickname(number)).await);
        join_all(people).await
    }

    /// Runs the audit as an operator does.
    ///
    /// # Panics
    /// It finds something.
    pub(crate) async fn audit(&self) {
        let mut command = Command::new(binary("artipul-server"));
        command.arg("audit").args(SETTINGS).args(&self.servers[0].flags);
        command.arg("--data-dir").arg(&self.servers[0].data_dir).env_clear();
        let output = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the audit: {said}{failed}");
    }
}

fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("artipul-faults-").tempdir().unwrap()
}

impl Instance {
    async fn start(data_dir: PathBuf, wrapper: &[&str], flags: &[String]) -> Self {
        let mut instance = Self {
            port: free_port(),
            wrapper: wrapper.iter().map(|word| (*word).to_owned()).collect(),
            flags: flags.to_vec(),
            data_dir,
            process: None,
        };
        instance.restart().await;
        instance
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens, as host and port.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The running program.
    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    /// Kills it without warning.
    pub(crate) async fn kill(&mut self) {
        self.process.take().expect("it runs").kill().await;
    }

    /// Asks it to stop, and waits until it has; its exit status.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        self.process.take().expect("it runs").terminate().await
    }

    /// Starts it where it was.
    pub(crate) async fn restart(&mut self) {
        let listen = format!("--listen={}", self.address());
        let wrapper: Vec<&str> = self.wrapper.iter().map(String::as_str).collect();
        let flags: Vec<&str> = SETTINGS
            .into_iter()
            .chain(self.flags.iter().map(String::as_str))
            .chain([listen.as_str()])
            .collect();
        self.process = Some(Process::start_under(&wrapper, &self.data_dir, &flags).await);
    }

    /// The sum of a metric.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = artipul_tests::http()
            .get(format!("{}/metrics", self.url()))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        text.lines()
            .filter(|line| line.split([' ', '{']).next() == Some(name))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}
