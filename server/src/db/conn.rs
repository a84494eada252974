//! One connection of either backend, and transactions on it.

use std::{borrow::Cow, marker::PhantomData};

use artipul_common::Timestamp;
use diesel::{
    Connection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    select, sql_types,
};
use diesel_async::{
    AsyncMysqlConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use tokio::runtime::Runtime;

use super::{Backend, DbError, DbResult};

/// MySQL without a C library: the asynchronous driver, driven to its end on the calling thread.
pub type MysqlConn = AsyncConnectionWrapper<AsyncMysqlConnection, OwnRuntime>;

/// A connection to SQLite or MySQL.
#[allow(clippy::large_enum_variant, reason = "there are a few dozen of them, each on the heap")]
pub enum Conn {
    /// The embedded store.
    Sqlite(SqliteConnection),
    /// MySQL or MariaDB.
    Mysql(MysqlConn),
}

/// Runs one query on whichever backend a [`Conn`] is. The body is compiled once for each, so a
/// query with `as_select()` must be built inside it.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Mysql($c) => $body,
        }
    };
}
pub(crate) use on;

impl Conn {
    /// Opens a connection and sets it up.
    ///
    /// # Errors
    /// [`DbError::Away`] if the database cannot be reached.
    pub(super) fn open(backend: &Backend) -> DbResult<Self> {
        match backend {
            Backend::Sqlite { path } => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                conn.batch_execute(SQLITE_SETUP)?;
                Ok(Self::Sqlite(conn))
            }
            Backend::Mysql { url } => {
                let mut conn = MysqlConn::establish(&with_keepalive(url))?;
                conn.batch_execute(MYSQL_SETUP)?;
                Ok(Self::Mysql(conn))
            }
        }
    }

    /// Runs `work` in a transaction that may write: committed if it succeeds, rolled back if it
    /// fails or panics. On SQLite it is the only writer from its first statement on, so that it
    /// never has to be upgraded and never deadlocks.
    ///
    /// # Errors
    /// Those of `work`, and of the database at begin or commit.
    pub fn transaction<T, E: From<DbError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin()?;
        match work(self) {
            Ok(value) => {
                // If this fails, diesel rolls back; the pool throws away what cannot even do that.
                on!(self, |c| manager(c).commit(c)).map_err(DbError::from)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(error) = on!(self, |c| manager(c).roll_back(c)) {
                    tracing::debug!(%error, "rollback failed");
                }
                Err(error)
            }
        }
    }

    fn begin(&mut self) -> DbResult<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
            Self::Mysql(c) => manager(c).begin(c)?,
        }
        Ok(())
    }

    /// Whether a transaction was left open, or the connection cannot have one any more.
    pub(super) fn is_broken(&mut self) -> bool {
        on!(self, |c| manager(c).broken(c))
    }

    /// Runs statements that give no rows.
    ///
    /// # Errors
    /// As the database says.
    pub fn execute(&mut self, sql: &str) -> DbResult<()> {
        Ok(on!(self, |c| c.batch_execute(sql))?)
    }

    /// The database's clock, in microseconds.
    ///
    /// # Errors
    /// As the database says.
    pub fn now(&mut self) -> DbResult<Timestamp> {
        match self {
            // SQLite's clock is this process's clock, with fewer digits.
            Self::Sqlite(_) => Ok(artipul_common::micros(chrono::Utc::now())),
            Self::Mysql(conn) => {
                let now = select(diesel::dsl::sql::<sql_types::Timestamp>("UTC_TIMESTAMP(6)"));
                Ok(now.get_result::<chrono::NaiveDateTime>(conn)?.and_utc())
            }
        }
    }

    /// Whether the connection still answers.
    pub(super) fn ping(&mut self) -> DbResult<()> {
        self.execute("SELECT 1")
    }
}

/// The transaction manager of a connection's type.
struct Manager<C>(PhantomData<C>);

fn manager<C: Connection>(_: &C) -> Manager<C> {
    Manager(PhantomData)
}

impl<C: Connection> Manager<C> {
    fn begin(self, conn: &mut C) -> QueryResult<()> {
        C::TransactionManager::begin_transaction(conn)
    }

    fn commit(self, conn: &mut C) -> QueryResult<()> {
        C::TransactionManager::commit_transaction(conn)
    }

    fn roll_back(self, conn: &mut C) -> QueryResult<()> {
        C::TransactionManager::rollback_transaction(conn)
    }

    fn broken(self, conn: &mut C) -> bool {
        C::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// Durable at every commit, readers never wait for the writer, and a writer waits for another
/// process's (the audit's, say).
const SQLITE_SETUP: &str = "
    PRAGMA busy_timeout = 10000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
";

/// READ COMMITTED, so that locks are on rows and not on gaps, and strictness whatever the server's
/// own configuration is. The driver sets time zone and character set.
const MYSQL_SETUP: &str = "
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY',
        innodb_lock_wait_timeout = 10;
";

/// How long a connection may be silent before it is probed, unless the address says otherwise: a
/// server that vanished would be waited for otherwise.
const KEEPALIVE: &str = "tcp_keepalive=10000";

fn with_keepalive(url: &str) -> Cow<'_, str> {
    match url.split_once('?') {
        Some((_, options)) if options.contains("tcp_keepalive=") => Cow::Borrowed(url),
        Some(_) => Cow::Owned(format!("{url}&{KEEPALIVE}")),
        None => Cow::Owned(format!("{url}?{KEEPALIVE}")),
    }
}

/// A small runtime of the connection's own: the thread that runs a query also drives its socket,
/// without waking another thread.
pub struct OwnRuntime(Option<Runtime>);

impl Drop for OwnRuntime {
    /// Waits for nothing, so that a connection can be dropped wherever it happens to be, also by
    /// the process's main runtime as it goes down.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl BlockOn for OwnRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("it is there until it is dropped").block_on(future)
    }

    fn get_runtime() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime without threads needs a file descriptor only");
        Self(Some(runtime))
    }
}

impl Conn {
    /// The id of the row that the last statement inserted.
    ///
    /// # Errors
    /// As the database says.
    pub fn last_insert_id(&mut self) -> DbResult<i64> {
        Ok(match self {
            Self::Sqlite(c) => select(sql_value("last_insert_rowid()")).get_result(c)?,
            Self::Mysql(c) => {
                select(sql_value("CAST(LAST_INSERT_ID() AS SIGNED)")).get_result(c)?
            }
        })
    }

    /// The ids of the `count` rows that the last statement inserted, in order. Both databases
    /// give the rows of one statement ids in a row; SQLite tells the last, MySQL the first, and
    /// a MySQL cluster counts in steps.
    ///
    /// # Errors
    /// As the database says.
    pub fn inserted_ids(&mut self, count: usize) -> DbResult<impl Iterator<Item = i64> + use<>> {
        let last = i64::try_from(count).map_err(|error| DbError::Defect(error.to_string()))? - 1;
        let (first, step) = match self {
            Self::Sqlite(_) => (self.last_insert_id()? - last, 1),
            Self::Mysql(c) => {
                let first = sql_value("CAST(LAST_INSERT_ID() AS SIGNED)");
                let step = sql_value("CAST(@@auto_increment_increment AS SIGNED)");
                select((first, step)).get_result::<(i64, i64)>(c)?
            }
        };
        Ok((0..=last).map(move |index| first + index * step))
    }
}

fn sql_value(sql: &str) -> diesel::expression::SqlLiteral<sql_types::BigInt> {
    diesel::dsl::sql(sql)
}
