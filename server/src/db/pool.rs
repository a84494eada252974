//! Connections, handed out on blocking threads, so that a dropped request never cancels a
//! transaction halfway.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use r2d2::{ManageConnection, Pool, PooledConnection};
use tokio::sync::Semaphore;

use super::{Conn, DbError, DbResult, migrate};

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// A file of this machine.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A MySQL or MariaDB server.
    Mysql {
        /// `mysql://user:password@host:port/database`.
        url: String,
    },
}

/// How long a request waits for a connection before it is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a request waits for what its connection is asked. The drivers wait for ever for a
/// database that hangs.
const ANSWER: Duration = Duration::from_secs(8);
/// After so long without use a connection may have been closed by the server or on the way.
const IDLE: Duration = Duration::from_secs(5);
/// How often a transaction that lost a race is run before its caller is told.
const ATTEMPTS: u32 = 8;
/// The pause after the first lost race; it grows.
const FIRST_PAUSE: Duration = Duration::from_millis(3);

/// The database. Clones share the connections.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    readers: Lane,
    /// On SQLite one connection, so that writers queue here and not on the file's lock.
    writers: Lane,
}

struct Lane {
    pool: Pool<Manager>,
    lost: Arc<AtomicU64>,
    /// Keeps requests waiting as tasks, not as threads.
    turns: Semaphore,
}

impl Lane {
    fn new(backend: &Backend, connections: u32, is_for_writing: bool) -> DbResult<Self> {
        let lost = Arc::<AtomicU64>::default();
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(LogErrors))
            .build(Manager { backend: backend.clone(), is_for_writing, lost: Arc::clone(&lost) })?;
        Ok(Self { pool, lost, turns: Semaphore::new(connections as usize) })
    }
}

impl Db {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// The database cannot be reached, or a migration failed.
    pub fn open(backend: Backend, connections: u32) -> DbResult<Self> {
        migrate::run(&backend)?;
        let (readers, writers) = match &backend {
            Backend::Sqlite { .. } => (connections, 1),
            Backend::Mysql { .. } => (connections, connections),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                readers: Lane::new(&backend, readers, false)?,
                writers: Lane::new(&backend, writers, true)?,
                backend,
            }),
        })
    }

    /// Which database it is.
    pub fn backend(&self) -> &Backend {
        &self.inner.backend
    }

    /// How many connections that write have been lost. Behind the next one there may be another
    /// server, whose data need not be what the last one had.
    pub fn epoch(&self) -> u64 {
        self.inner.writers.lost.load(Ordering::Acquire)
    }

    /// Runs queries that do not write.
    ///
    /// # Errors
    /// Those of `work`; [`DbError::Away`] if no connection or no answer could be had in time.
    pub async fn read<T, F>(&self, work: F) -> DbResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> DbResult<T> + Send + 'static,
    {
        self.blocking(|inner| &inner.readers, work).await
    }

    /// Runs `work` in a transaction, again if it loses a race against another one.
    ///
    /// # Errors
    /// Those of `work`, and of the database; after [`DbError::Away`] it may still be done.
    pub async fn write<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + AsDbError + Send + 'static,
        F: FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.blocking(
            |inner| &inner.writers,
            move |conn| {
                let mut pause = FIRST_PAUSE;
                for _ in 1..ATTEMPTS {
                    match conn.transaction(&mut work) {
                        Err(error) if matches!(error.as_db_error(), Some(DbError::Conflict(_))) => {
                            std::thread::sleep(pause.mul_f64(rand::random_range(0.5..1.5)));
                            pause *= 2;
                        }
                        outcome => return outcome,
                    }
                }
                conn.transaction(&mut work)
            },
        )
        .await
    }

    async fn blocking<T, E, F>(&self, lane: fn(&Inner) -> &Lane, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + AsDbError + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, lane(&self.inner).turns.acquire())
            .await
            .map_err(|_| DbError::Away("every connection is in use".to_owned()))?
            .expect("the semaphore is never closed");
        let inner = Arc::clone(&self.inner);
        // The turn is kept until the thread is done, even if the request is dropped meanwhile:
        // forgotten here, given back there.
        turn.forget();
        let working = tokio::task::spawn_blocking(move || {
            let lane = lane(&inner);
            let _turn = GiveBack(&lane.turns);
            let mut pooled = lane.pool.get().map_err(DbError::from)?;
            work(&mut pooled.conn).inspect_err(|error| pooled.learn_from(error))
        });
        match tokio::time::timeout(ANSWER, working).await {
            Ok(outcome) => {
                outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
            }
            // The thread and its turn are free again when the database goes on.
            Err(_) => Err(DbError::Away("it does not answer".to_owned()).into()),
        }
    }

    /// Runs `work` on a connection that writes, on the calling thread, which may block. `work`
    /// makes its own transaction.
    ///
    /// # Errors
    /// Those of `work`; [`DbError::Away`] if no connection could be had in time.
    pub fn write_here<T>(&self, work: impl FnOnce(&mut Conn) -> DbResult<T>) -> DbResult<T> {
        let mut pooled: PooledConnection<Manager> = self.inner.writers.pool.get()?;
        work(&mut pooled.conn).inspect_err(|error| pooled.learn_from(error))
    }
}

/// Looks at a database over a connection of its own, without bringing its tables up to date.
///
/// # Errors
/// Those of `work`; there is no database, or its tables are another version's.
pub fn inspect<T>(backend: &Backend, work: impl FnOnce(&mut Conn) -> DbResult<T>) -> DbResult<T> {
    if let Backend::Sqlite { path } = backend
        && !path.exists()
    {
        return Err(DbError::Away(format!("there is no file {}", path.display())));
    }
    let mut conn = Conn::open(backend)?;
    if !migrate::is_up_to_date(&mut conn)? {
        return Err(DbError::Away("its tables are not those of this version".to_owned()));
    }
    work(&mut conn)
}

/// Runs statements on a MySQL server, whatever tables it has: what an operator does by hand.
///
/// # Errors
/// As the server says.
pub fn administer(url: &str, sql: &str) -> DbResult<()> {
    Conn::open(&Backend::Mysql { url: url.to_owned() })?.execute(sql)
}

/// Errors that may come from the database, so that a transaction can be run again.
pub trait AsDbError {
    /// The database's error, if it is one.
    fn as_db_error(&self) -> Option<&DbError>;
}

impl AsDbError for DbError {
    fn as_db_error(&self) -> Option<&DbError> {
        Some(self)
    }
}

struct GiveBack<'a>(&'a Semaphore);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<DbError> for LogErrors {
    fn handle_error(&self, error: DbError) {
        tracing::warn!(%error, "no database connection");
    }
}

/// A connection of the pool, with what tells whether it can be used again.
struct Pooled {
    conn: Conn,
    is_broken: bool,
    last_used: Instant,
}

impl Pooled {
    /// Lets an error decide whether this connection is used again.
    fn learn_from<E: AsDbError>(&mut self, error: &E) {
        self.is_broken |= matches!(error.as_db_error(), Some(DbError::Away(_)));
    }
}

struct Manager {
    backend: Backend,
    is_for_writing: bool,
    lost: Arc<AtomicU64>,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = DbError;

    fn connect(&self) -> DbResult<Pooled> {
        let conn = if self.is_for_writing {
            Conn::open_to_write(&self.backend)?
        } else {
            Conn::open(&self.backend)?
        };
        Ok(Pooled { conn, is_broken: false, last_used: Instant::now() })
    }

    /// Asked at every use; a round trip is spent on connections only that have been idle.
    fn is_valid(&self, pooled: &mut Pooled) -> DbResult<()> {
        if pooled.last_used.elapsed() < IDLE {
            return Ok(());
        }
        pooled.conn.ping().inspect_err(|_| self.count_lost())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.last_used = Instant::now();
        // A panic may have left a transaction open.
        let is_broken = pooled.is_broken || std::thread::panicking() || pooled.conn.is_broken();
        if is_broken {
            self.count_lost();
        }
        is_broken
    }
}

impl Manager {
    fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::AcqRel);
    }
}
