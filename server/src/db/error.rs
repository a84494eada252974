//! What can go wrong with a database, told apart by what to do about it.

use diesel::result::{ConnectionError, DatabaseErrorKind, Error};

/// Why a query or transaction gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached, or every connection is in use. Nothing was committed,
    /// unless this came from the commit itself.
    #[error("the database is away: {0}")]
    Away(String),
    /// The transaction lost against another one and can be run again.
    #[error("the transaction lost against another one: {0}")]
    Conflict(String),
    /// A row that may exist only once exists already.
    #[error("there already: {0}")]
    Duplicate(String),
    /// What was asked for is not there.
    #[error("not there")]
    NotFound,
    /// A defect: the query or the stored data is wrong.
    #[error("the query failed: {0}")]
    Defect(String),
}

impl DbError {
    /// Whether the same transaction may succeed if it is run again.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Conflict(_))
    }

    /// Whether a row would have nothing in this column, which takes no null.
    pub fn is_null_in(&self, column: &str) -> bool {
        matches!(self, Self::Defect(message) if message.contains(&format!("'{column}'")))
    }

    /// Whether a row violates the uniqueness of this column, whose index is named `table_column`
    /// (without `_key`). SQLite names the column, MySQL and MariaDB the index.
    pub fn is_duplicate_of(&self, table: &str, column: &str) -> bool {
        let Self::Duplicate(message) = self else { return false };
        let index = format!("{table}_{}", column.trim_end_matches("_key"));
        match message.rsplit_once("for key ") {
            Some((_, key)) => key.contains(&index),
            None => message.contains(&format!("{table}.{column}")),
        }
    }
}

/// Texts by which the drivers tell a lost race, since diesel has no kind for it: MySQL 1213 and
/// 1205, and SQLite's busy file.
const CONFLICTS: [&str; 4] = [
    "Deadlock found",
    "Lock wait timeout exceeded",
    "database is locked",
    "database table is locked",
];

/// Texts by which the MySQL driver tells a lost connection or a server on its way down.
const LOST: [&str; 9] = [
    "Input/output error",
    "IO error",
    "Connection reset",
    "Broken pipe",
    "connection closed",
    "Connection is closed",
    "Server shutdown in progress",
    "Connection was killed",
    "Query execution was interrupted",
];

/// Text by which the MySQL driver tells that a message is longer than its server takes, as an
/// input error; the connection is as good as before.
const TOO_LONG: &str = "packet too large";

/// Texts by which SQLite tells that its file cannot be written now: a full disk, a quota, a failing
/// device.
const UNWRITABLE: [&str; 2] = ["database or disk is full", "disk I/O error"];

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Duplicate(info.message().to_owned())
            }
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => {
                Self::Conflict(info.message().to_owned())
            }
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Away(info.message().to_owned())
            }
            Error::DatabaseError(kind, info) => {
                let message = info.message();
                let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
                if message.contains(TOO_LONG) {
                    Self::Defect(message.to_owned())
                } else if says(&CONFLICTS) {
                    Self::Conflict(message.to_owned())
                } else if says(&LOST) || says(&UNWRITABLE) {
                    Self::Away(message.to_owned())
                } else {
                    Self::Defect(format!("{kind:?}: {message}"))
                }
            }
            Error::RollbackErrorOnCommit { commit_error, .. } => (*commit_error).into(),
            Error::BrokenTransactionManager => Self::Away("the connection is broken".to_owned()),
            other => Self::Defect(other.to_string()),
        }
    }
}

impl From<ConnectionError> for DbError {
    fn from(error: ConnectionError) -> Self {
        Self::Away(error.to_string())
    }
}

impl From<r2d2::Error> for DbError {
    fn from(error: r2d2::Error) -> Self {
        Self::Away(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> DbError {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())).into()
    }

    #[test]
    fn a_lost_race_is_told_from_a_defect() {
        let deadlock = "Deadlock found when trying to get lock; try restarting transaction";
        assert!(matches!(unknown(deadlock), DbError::Conflict(_)));
        assert!(matches!(unknown("Lock wait timeout exceeded; try"), DbError::Conflict(_)));
        assert!(matches!(unknown("database is locked"), DbError::Conflict(_)));
        assert!(matches!(unknown("Input/output error: closed"), DbError::Away(_)));
        assert!(matches!(unknown("Unknown column 'x'"), DbError::Defect(_)));
        assert!(!unknown("Input/output error: packet too large").is_passing());
    }

    #[test]
    fn a_full_disk_passes() {
        for message in ["database or disk is full", "disk I/O error"] {
            assert!(unknown(message).is_passing(), "{message}");
        }
    }

    #[test]
    fn a_duplicate_is_known_by_its_column_on_both_databases() {
        let sqlite = DbError::Duplicate("UNIQUE constraint failed: users.nickname_key".into());
        let mariadb =
            DbError::Duplicate("Duplicate entry 'users_email' for key 'users_nickname'".into());
        let mysql = DbError::Duplicate("Duplicate entry 'a' for key 'users.users_nickname'".into());
        for error in [sqlite, mariadb, mysql] {
            assert!(error.is_duplicate_of("users", "nickname_key"));
            assert!(!error.is_duplicate_of("users", "email"));
        }
    }
}
