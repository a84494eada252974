//! Where a world's data is.

use std::{env, sync::OnceLock};

use artipul_server::config::Sources;
use tempfile::TempDir;

/// The backends that every suite runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, and live state within the process.
    Embedded,
    /// MySQL or MariaDB, and Redis.
    Shared,
}

/// A database and a live store that nobody else uses.
pub(crate) struct Stores {
    backend: Backend,
    name: String,
    folder: TempDir,
}

const SECRET: &str = "the secret of all instances of a world";

impl Stores {
    pub(crate) async fn new(backend: Backend) -> Self {
        let name = format!("t{:016x}", rand::random::<u64>());
        if backend == Backend::Shared {
            administer(format!("CREATE DATABASE {name}")).await;
        }
        let folder = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        Self { backend, name, folder }
    }

    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// The address of the database.
    pub(crate) fn database_url(&self) -> String {
        match self.backend {
            Backend::Embedded => {
                format!("sqlite:{}", self.folder.path().join("db.sqlite3").display())
            }
            Backend::Shared => format!("{}/{}", mysql_url(), self.name),
        }
    }

    /// The settings of an instance on these stores.
    pub(crate) fn sources(&self) -> Sources {
        let sources = Sources::default()
            .set("listen", "127.0.0.1:0")
            .set("data-dir", self.folder.path().display().to_string())
            .set("database-url", self.database_url())
            .set("jwt-secret", SECRET)
            .set("bcrypt-cost", "4")
            .set("database-connections", "4")
            // However few cores there are: so that they overlap.
            .set("desk-writers", "2")
            .set("min-duration", "1ms")
            // Late bids extend nothing, so that auctions can end in a moment.
            .set("soft-close", "0s")
            .set("limit-sign-ins", "1000/1h")
            .set("limit-sign-ins-per-address", "100000/1h")
            // Conditions are looked at again and again.
            .set("limit-reads", "off")
            .set("limit-reads-per-address", "off")
            .set("limit-bids", "off")
            .set("limit-bids-per-address", "off")
            .set("limit-writes", "off")
            .set("limit-writes-per-address", "off")
            .set("limit-streams-per-address", "off")
            .set("shutdown-grace", "2s");
        match self.backend {
            Backend::Embedded => sources,
            Backend::Shared => {
                sources.set("redis-url", redis_url()).set("redis-prefix", self.redis_prefix())
            }
        }
    }

    /// What the names in Redis begin with.
    pub(crate) fn redis_prefix(&self) -> String {
        format!("{}:", self.name)
    }

    pub(crate) async fn remove(self) {
        if self.backend == Backend::Shared {
            administer(format!("DROP DATABASE {}", self.name)).await;
        }
    }
}

fn required(name: &'static str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: `tests/run` starts MariaDB and Redis and says where they are")
    })
}

/// The MySQL server, without a database.
pub(crate) fn mysql_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| required("ARTIPUL_TEST_MYSQL_URL").trim_end_matches('/').to_owned()).clone()
}

/// The Redis server that tests share.
pub fn redis_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| required("ARTIPUL_TEST_REDIS_URL")).clone()
}

async fn administer(sql: String) {
    let url = format!("{}/mysql", mysql_url());
    tokio::task::spawn_blocking(move || artipul_server::db::administer(&url, &sql))
        .await
        .unwrap()
        .unwrap();
}
