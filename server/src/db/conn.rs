//! One connection of either backend, and transactions on it.

use std::borrow::Cow;

use artipul_common::Timestamp;
use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    expression::SqlLiteral,
    select, sql_types,
};
use diesel_async::{
    AsyncMysqlConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use tokio::runtime::Runtime;

use super::{Backend, DbError, DbResult, kept::Kept, literal::Row, script::Script};

/// MySQL without a C library: the asynchronous driver, driven to its end on the calling thread.
pub type MysqlConn = AsyncConnectionWrapper<AsyncMysqlConnection, OwnRuntime>;

/// A connection to SQLite or MySQL, and what waits to be written over it.
pub struct Conn {
    link: Link,
    /// Statements of the transaction that MySQL gets at the latest with its commit.
    script: Script,
    /// Whether a transaction on MySQL begins with its first statement.
    begins_by_itself: bool,
    /// Whether a transaction on MySQL was begun and not ended.
    is_open: bool,
    /// Whether [`LIVE_CLOCK`] tells the moment at which it is asked.
    has_live_clock: bool,
}

/// What leads to the database.
#[allow(clippy::large_enum_variant, reason = "there are a few dozen of them, each on the heap")]
pub enum Link {
    /// The embedded store.
    Sqlite(SqliteConnection),
    /// MySQL or MariaDB.
    Mysql(MysqlConn),
}

/// Runs one query on whichever backend a [`Conn`] is. The body is compiled once for each, so a
/// query with `as_select()` must be built inside it.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.link()? {
            $crate::db::Link::Sqlite($c) => $body,
            $crate::db::Link::Mysql($c) => $body,
        }
    };
}
pub(crate) use on;

/// Runs a statement whose outcome nobody needs before the end of the transaction: on MySQL it
/// waits for others, and for the commit, to go with them.
macro_rules! later {
    ($conn:expr, $query:expr) => {{
        let (link, script) = $conn.parts()?;
        match link {
            $crate::db::Link::Sqlite(c) => {
                diesel::RunQueryDsl::execute($query, c)?;
            }
            $crate::db::Link::Mysql(_) => script.add(&$query)?,
        }
    }};
}
pub(crate) use later;

/// Inserts rows that nobody needs before the end of the transaction, as [`later`] does: on MySQL by
/// one statement, unless that would be too long. Tells whether their ids are in a row.
macro_rules! insert_later {
    ($conn:expr, $table:expr, $rows:expr) => {{
        match $conn.parts()?.0 {
            $crate::db::Link::Sqlite(c) => {
                for rows in $rows.chunks($crate::db::bulk::CHUNK) {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(rows), c)?;
                }
                true
            }
            $crate::db::Link::Mysql(_) => $conn.insert_in_pieces($rows, "")? <= 1,
        }
    }};
}
pub(crate) use insert_later;

impl Conn {
    /// Opens a connection and sets it up.
    ///
    /// # Errors
    /// [`DbError::Away`] if the database cannot be reached.
    pub(super) fn open(backend: &Backend) -> DbResult<Self> {
        let link = match backend {
            Backend::Sqlite { path } => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                conn.batch_execute(SQLITE_SETUP)?;
                Link::Sqlite(conn)
            }
            Backend::Mysql { url } => {
                let mut conn = MysqlConn::establish(&with_keepalive(url))?;
                conn.batch_execute(MYSQL_SETUP)?;
                Link::Mysql(conn)
            }
        };
        let script = Script::default();
        let (begins_by_itself, is_open) = (false, false);
        Ok(Self { link, script, begins_by_itself, is_open, has_live_clock: true })
    }

    /// Opens a connection on which nothing is done but in transactions, so that MySQL need not be
    /// told of their beginning.
    ///
    /// # Errors
    /// As [`Conn::open`].
    pub(super) fn open_to_write(backend: &Backend) -> DbResult<Self> {
        let mut conn = Self::open(backend)?;
        if let Link::Mysql(c) = &mut conn.link {
            // Later than the statement's beginning, unless the server was told otherwise.
            let is_live = diesel::dsl::sql(&format!("{LIVE_CLOCK} > {MYSQL_CLOCK}"));
            conn.has_live_clock = select::<SqlLiteral<sql_types::Bool>>(is_live).get_result(c)?;
            c.batch_execute("SET SESSION autocommit = 0")?;
            conn.begins_by_itself = true;
        }
        Ok(conn)
    }

    /// What leads to the database, after what waited to be written.
    ///
    /// # Errors
    /// As the database says of what waited.
    pub fn link(&mut self) -> DbResult<&mut Link> {
        if !self.script.is_empty() {
            self.send()?;
        }
        Ok(&mut self.link)
    }

    /// Sends what waits to be written.
    fn send(&mut self) -> DbResult<()> {
        if let Link::Mysql(c) = &mut self.link {
            let sent = c.batch_execute(self.script.ending_with(""));
            self.script.clear();
            sent?;
        }
        Ok(())
    }

    /// Whether the database is MySQL or MariaDB.
    pub fn is_mysql(&self) -> bool {
        matches!(self.link, Link::Mysql(_))
    }

    /// Whether [`LIVE_CLOCK`] tells the moment at which it is asked: a MySQL server can be started
    /// so that it tells the statement's beginning.
    pub(super) fn has_live_clock(&self) -> bool {
        self.has_live_clock
    }

    /// What leads to the database, and what waits to be written, to which one statement more is
    /// added. If that is long already, it is sent before: the database takes no endless message.
    ///
    /// # Errors
    /// As [`Conn::link`].
    pub(super) fn parts(&mut self) -> DbResult<(&mut Link, &mut Script)> {
        if self.script.is_long() {
            self.send()?;
        }
        Ok((&mut self.link, &mut self.script))
    }

    /// Has rows wait to be inserted, with what follows their values: all of them by one statement,
    /// unless that would be too long. Tells how many statements there are.
    ///
    /// # Errors
    /// As [`Conn::link`].
    pub(super) fn insert_in_pieces<R: Row>(&mut self, rows: &[R], ending: &str) -> DbResult<usize> {
        let (mut rest, mut statements) = (rows, 0);
        while !rest.is_empty() {
            let (_, script) = self.parts()?;
            let count = script.insert(rest, ending)?;
            rest = &rest[count..];
            statements += 1;
        }
        Ok(statements)
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
        let outcome = match work(self) {
            Ok(value) => self.commit().map(|()| value).map_err(E::from),
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.roll_back();
        }
        outcome
    }

    fn begin(&mut self) -> DbResult<()> {
        match &mut self.link {
            Link::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
            Link::Mysql(c) => {
                self.script.clear();
                if !self.begins_by_itself {
                    c.batch_execute("BEGIN")?;
                }
                self.is_open = true;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> DbResult<()> {
        match &mut self.link {
            // If this fails, diesel rolls back; the pool throws away what cannot even do that.
            Link::Sqlite(c) => AnsiTransactionManager::commit_transaction(c)?,
            Link::Mysql(c) => {
                // The first statement that fails ends the script, so the commit is not reached.
                let sent = c.batch_execute(self.script.ending_with(COMMIT));
                self.script.clear();
                sent?;
                self.is_open = false;
            }
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        let outcome = match &mut self.link {
            Link::Sqlite(c) => AnsiTransactionManager::rollback_transaction(c),
            Link::Mysql(c) => {
                self.script.clear();
                c.batch_execute(&Script::rollback()).inspect(|()| self.is_open = false)
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "rollback failed");
        }
    }

    /// Whether a transaction was left open, or the connection cannot have one any more.
    pub(super) fn is_broken(&mut self) -> bool {
        match &mut self.link {
            Link::Sqlite(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
            Link::Mysql(_) => self.is_open,
        }
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
        match self.link()? {
            Link::Sqlite(_) => Ok(process_clock()),
            Link::Mysql(conn) => {
                let now = select(diesel::dsl::sql::<sql_types::Timestamp>(MYSQL_CLOCK));
                Ok(now.get_result::<chrono::NaiveDateTime>(conn)?.and_utc())
            }
        }
    }

    /// Whether the connection still answers.
    pub(super) fn ping(&mut self) -> DbResult<()> {
        self.execute("SELECT 1")
    }
}

/// What ends a transaction on MySQL.
const COMMIT: &str = "COMMIT";

/// The moment at which MySQL began with the statement that this is part of, in microseconds.
pub(super) const MYSQL_CLOCK: &str = "UTC_TIMESTAMP(6)";

/// The moment at which MySQL comes to this in a statement, in microseconds, as this server's
/// connections have their time zone: with a row that is locked, after it was locked.
pub(super) const LIVE_CLOCK: &str = "SYSDATE(6)";

/// SQLite's clock is this process's clock, with fewer digits.
pub(super) fn process_clock() -> Timestamp {
    artipul_common::micros(chrono::Utc::now())
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
        Ok(match self.link()? {
            Link::Sqlite(c) => select(sql_value("last_insert_rowid()")).get_result(c)?,
            Link::Mysql(c) => {
                select(sql_value("CAST(LAST_INSERT_ID() AS SIGNED)")).get_result(c)?
            }
        })
    }

    /// The ids of the `count` rows that were inserted last, in order; on MySQL, by one statement.
    /// They are in a row; SQLite tells the last, MySQL the first, and a MySQL cluster counts in
    /// steps.
    ///
    /// # Errors
    /// As the database says.
    pub fn inserted_ids(&mut self, count: usize) -> DbResult<impl Iterator<Item = i64> + use<>> {
        let last = i64::try_from(count).map_err(|error| DbError::Defect(error.to_string()))? - 1;
        let (first, step) = match self.link()? {
            Link::Sqlite(_) => (self.last_insert_id()? - last, 1),
            Link::Mysql(c) => {
                let first = sql_value("CAST(LAST_INSERT_ID() AS SIGNED)");
                let step = sql_value("CAST(@@auto_increment_increment AS SIGNED)");
                Kept(select((first, step))).get_result::<(i64, i64)>(c)?
            }
        };
        Ok((0..=last).map(move |index| first + index * step))
    }
}

fn sql_value(sql: &str) -> SqlLiteral<sql_types::BigInt> {
    diesel::dsl::sql(sql)
}
