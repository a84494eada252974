//! The first answers to requests that were sent under a key, so that a repeated request gets the
//! same answer and happens once.

use std::fmt;

use artipul_common::{Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{Conn, DbError, DbResult, on, schema::idempotency_keys, types::column};

/// The key of a request, and a fingerprint of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// The caller's key.
    pub key: String,
    /// What was asked under it.
    pub fingerprint: String,
}

impl RequestKey {
    /// A key of a request whose parts are these.
    pub fn new(key: String, parts: &[&dyn fmt::Display]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // A length before each part keeps ("ab", "c") from ("a", "bc").
            let part = part.to_string();
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        let fingerprint = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { key, fingerprint }
    }
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// Nothing: the request is the first.
    New,
    /// The same request was answered so.
    Answered(T),
    /// Another request was sent under the key.
    Reused,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
struct Row {
    user_id: UserId,
    request_key: String,
    fingerprint: String,
    answer: String,
    created_at: NaiveDateTime,
}

/// Looks a key up.
///
/// # Errors
/// As the database says; [`DbError::Defect`] if the stored answer is of another type.
pub fn look_up<T: DeserializeOwned>(
    conn: &mut Conn,
    user: UserId,
    key: &RequestKey,
) -> DbResult<Known<T>> {
    let row: Option<Row> = on!(conn, |c| idempotency_keys::table
        .find((user, &key.key))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    match row {
        None => Ok(Known::New),
        Some(row) if row.fingerprint != key.fingerprint => Ok(Known::Reused),
        Some(row) => serde_json::from_str(&row.answer)
            .map(Known::Answered)
            .map_err(|error| DbError::Defect(format!("a stored answer: {error}"))),
    }
}

/// Stores the first answer. If another transaction has stored one meanwhile, this is a
/// [`DbError::Conflict`], and the transaction is to be run again.
///
/// # Errors
/// As the database says.
pub fn store<T: Serialize>(
    conn: &mut Conn,
    user_id: UserId,
    key: &RequestKey,
    answer: &T,
    now: Timestamp,
) -> DbResult<()> {
    let row = Row {
        user_id,
        request_key: key.key.clone(),
        fingerprint: key.fingerprint.clone(),
        answer: serde_json::to_string(answer)
            .map_err(|error| DbError::Defect(format!("an answer: {error}")))?,
        created_at: column(now),
    };
    match on!(conn, |c| diesel::insert_into(idempotency_keys::table).values(row).execute(c))
        .map_err(DbError::from)
    {
        Ok(_) => Ok(()),
        Err(DbError::Duplicate(key)) => Err(DbError::Conflict(key)),
        Err(error) => Err(error),
    }
}

/// Forgets keys older than `before`; a retry does not come so late.
///
/// # Errors
/// As the database says.
pub fn forget(conn: &mut Conn, before: Timestamp) -> DbResult<usize> {
    Ok(on!(conn, |c| diesel::delete(
        idempotency_keys::table.filter(idempotency_keys::created_at.lt(column(before)))
    )
    .execute(c))?)
}
