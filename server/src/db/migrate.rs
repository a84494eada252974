//! Brings the tables up to date at start, one process at a time.

use std::fs::File;

use diesel::{RunQueryDsl, sql_types};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, Conn, DbError, DbResult, Link, on};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const MYSQL: EmbeddedMigrations = embed_migrations!("../migrations/mysql");

/// Seconds that an instance waits for another one's migrations.
const PATIENCE_SECONDS: i32 = 120;

/// Runs what is pending. Several instances may start at once: one migrates, the others wait.
pub(super) fn run(backend: &Backend) -> DbResult<()> {
    match backend {
        Backend::Sqlite { path } => {
            let lock = File::create(path.with_extension("lock")).map_err(lock_failed)?;
            lock.lock().map_err(lock_failed)?;
            apply(&mut Conn::open(backend)?)
        }
        Backend::Mysql { .. } => {
            let mut conn = Conn::open(backend)?;
            take_mysql_lock(&mut conn)?;
            // The lock ends with the connection.
            apply(&mut conn)
        }
    }
}

/// Whether nothing is pending.
///
/// # Errors
/// As the database says.
pub fn is_up_to_date(conn: &mut Conn) -> DbResult<bool> {
    let migrations = migrations(conn)?;
    let pending = on!(conn, |c| c.has_pending_migration(migrations));
    Ok(!pending.map_err(|error| DbError::Defect(error.to_string()))?)
}

fn migrations(conn: &mut Conn) -> DbResult<EmbeddedMigrations> {
    Ok(match conn.link()? {
        Link::Sqlite(_) => SQLITE,
        Link::Mysql(_) => MYSQL,
    })
}

fn apply(conn: &mut Conn) -> DbResult<()> {
    let migrations = migrations(conn)?;
    let applied = on!(conn, |c| c
        .run_pending_migrations(migrations)
        .map(|versions| versions.iter().map(ToString::to_string).collect::<Vec<_>>()));
    for version in applied.map_err(|error| DbError::Defect(format!("migration: {error}")))? {
        tracing::info!(%version, "migrated");
    }
    Ok(())
}

fn lock_failed(error: std::io::Error) -> DbError {
    DbError::Away(format!("the lock file beside the database: {error}"))
}

fn take_mysql_lock(conn: &mut Conn) -> DbResult<()> {
    let Link::Mysql(conn) = conn.link()? else { return Ok(()) };
    // Locks are the server's, not the database's, so the database's name is in the lock's,
    // hashed, since those have at most 64 characters.
    let lock = diesel::select(diesel::dsl::sql::<sql_types::Nullable<sql_types::BigInt>>(
        &format!(
            "GET_LOCK(CONCAT('artipul-migrate-', LEFT(SHA2(DATABASE(), 256), 32)), {PATIENCE_SECONDS})"
        ),
    ));
    match lock.get_result::<Option<i64>>(conn)? {
        Some(1) => Ok(()),
        _ => Err(DbError::Away("another instance is still migrating".to_owned())),
    }
}
