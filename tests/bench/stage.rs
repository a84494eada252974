//! Where a point is measured: a database of its own, and the server's release binary on it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use artipul_common::{SessionId, UserId};
use artipul_server::{
    accounts,
    db::{self, Backend, Conn, DbResult, Link},
};
use diesel::{RunQueryDsl, sql_query};
use tempfile::TempDir;

use crate::{Outcome, process::Program};

/// The first row of a query, on whichever database it is.
macro_rules! first {
    ($conn:expr, $sql:expr) => {
        match $conn.link()? {
            Link::Sqlite(conn) => sql_query($sql).get_result(conn),
            Link::Mysql(conn) => sql_query($sql).get_result(conn),
        }
    };
}

/// The limits of requests, as the environment names them.
const LIMITS: [&str; 7] = [
    "ARTIPUL_LIMIT_READS",
    "ARTIPUL_LIMIT_READS_PER_ADDRESS",
    "ARTIPUL_LIMIT_BIDS",
    "ARTIPUL_LIMIT_BIDS_PER_ADDRESS",
    "ARTIPUL_LIMIT_WRITES",
    "ARTIPUL_LIMIT_WRITES_PER_ADDRESS",
    "ARTIPUL_LIMIT_STREAMS_PER_ADDRESS",
];
const SECRET: &str = "the secret of the load benchmark, 32 bytes and more";
/// How long the tokens are good: longer than any run.
const TOKENS_TTL: Duration = Duration::from_secs(86_400);

/// Where databases are made.
pub(crate) struct Stores {
    folder: TempDir,
    shared: Option<Shared>,
}

/// MariaDB or MySQL, and Redis.
struct Shared {
    mysql_url: String,
    redis_url: String,
}

impl Stores {
    /// Those that the environment names; embedded ones if it names none, or if they are asked for.
    pub(crate) fn find(embedded: bool) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("artipul-bench-").tempdir()?;
        let named = |name| env::var(name).ok().filter(|url| !embedded && !url.is_empty());
        let shared = match (named("ARTIPUL_BENCH_MYSQL_URL"), named("ARTIPUL_BENCH_REDIS_URL")) {
            (Some(mysql_url), Some(redis_url)) => Some(Shared { mysql_url, redis_url }),
            (None, None) => None,
            _ => return Err("one of MySQL and Redis is named without the other".into()),
        };
        Ok(Self { folder, shared })
    }

    /// A folder for what is of no use afterwards.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it is, in words.
    pub(crate) fn version(&self) -> Outcome<String> {
        if self.shared.is_none() {
            return Ok("SQLite, and live state within the process".to_owned());
        }
        let stage = self.stage("version")?;
        let version = stage.look(|conn| text(conn, "SELECT VERSION() AS value"))?;
        stage.remove()?;
        Ok(format!("{version}, and Redis"))
    }

    /// A database with the server's tables and nothing in them.
    pub(crate) fn stage(&self, name: &str) -> Outcome<Stage> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        let mut settings = Vec::new();
        let (url, backend) = match &self.shared {
            Some(shared) => {
                let database = format!("bench_{}_{name}", std::process::id());
                let mysql_url = shared.mysql_url.trim_end_matches('/');
                db::administer(
                    &format!("{mysql_url}/mysql"),
                    &format!("CREATE DATABASE {database}"),
                )?;
                settings.push(("redis-url", shared.redis_url.clone()));
                settings.push(("redis-prefix", format!("{database}:")));
                let url = format!("{mysql_url}/{database}");
                (url.clone(), Backend::Mysql { url })
            }
            None => {
                let path = folder.join("bench.sqlite3");
                (format!("sqlite:{}", path.display()), Backend::Sqlite { path })
            }
        };
        settings.push(("database-url", url));
        settings.push(("data-dir", folder.display().to_string()));
        let stage = Stage { folder, settings, backend };
        // The server makes its tables.
        stage.serve()?.stop()?;
        Ok(stage)
    }
}

/// A database, and how a server is started on it.
pub(crate) struct Stage {
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
    backend: Backend,
}

impl Stage {
    /// Starts the server.
    pub(crate) fn serve(&self) -> Outcome<Program> {
        let mut command = self.command()?;
        command.args(["--listen", "127.0.0.1:0", "--max-connections", "20000", "--log", "warn"]);
        Program::start(command, &self.folder.join("server.log"))
    }

    /// What `artipul-server audit` finds: nothing, or what it says.
    pub(crate) fn audit(&self) -> Outcome<Result<(), String>> {
        let output = self.command()?.arg("audit").output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(if output.status.success() { Ok(()) } else { Err(said.into_owned()) })
    }

    /// Runs statements on its database, over a connection like the server's own.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut Conn) -> DbResult<T>) -> Outcome<T> {
        Ok(db::inspect(&self.backend, work)?)
    }

    /// Where the server keeps its files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes the database.
    pub(crate) fn remove(self) -> Outcome<()> {
        if let Backend::Mysql { url } = &self.backend
            && let Some((server, name)) = url.rsplit_once('/')
        {
            db::administer(&format!("{server}/mysql"), &format!("DROP DATABASE {name}"))?;
        }
        Ok(fs::remove_dir_all(self.folder)?)
    }

    fn command(&self) -> Outcome<Command> {
        let mut command = Command::new(server_binary()?);
        command.env_clear().env("ARTIPUL_JWT_SECRET", SECRET).env("ARTIPUL_INCREMENTS", "1000");
        // It is one address and few users that send all of the load.
        for limit in LIMITS {
            command.env(limit, "off");
        }
        for (name, value) in &self.settings {
            command.env(format!("ARTIPUL_{}", name.replace('-', "_").to_uppercase()), value);
        }
        Ok(command)
    }
}

/// The server's release binary, which is built with the benchmark.
fn server_binary() -> Outcome<PathBuf> {
    binary("artipul-server")
}

/// A release binary.
pub(crate) fn binary(name: &str) -> Outcome<PathBuf> {
    let bench = env::current_exe()?;
    // target/release/deps/load-... is beside target/release/artipul-server.
    let folder = bench.ancestors().nth(2).ok_or("the benchmark is in no target folder")?;
    let path = folder.join(name);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{} is not built: `tests/run --bench` builds it", path.display()).into())
}

/// Access tokens of the users from 1 on.
pub(crate) fn tokens(count: i64) -> Outcome<Vec<String>> {
    let sign = |user| {
        let (user, session) = (UserId::new(user), SessionId::new(user));
        let token = accounts::sign_access(SECRET.as_bytes(), TOKENS_TTL, user, session)?;
        Ok(token.reveal().to_owned())
    };
    (1..=count).map(sign).collect()
}

/// The text that a query gives as `value`.
pub(crate) fn text(conn: &mut Conn, sql: &str) -> DbResult<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let row: Row = first!(conn, sql)?;
    Ok(row.value)
}

/// The number that a query gives as `value`.
pub(crate) fn number(conn: &mut Conn, sql: &str) -> DbResult<i64> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        value: i64,
    }
    let row: Row = first!(conn, sql)?;
    Ok(row.value)
}
