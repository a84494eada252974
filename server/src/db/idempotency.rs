//! The first answers to requests that were sent under a key, so that a repeated request gets the
//! same answer and happens once.

use std::fmt;

use artipul_common::{Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Conn, DbError, DbResult, bulk::CHUNK, later, on, schema::idempotency_keys, types::column,
};

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
    pub fn new(key: String, parts: &[&(dyn fmt::Display + Sync)]) -> Self {
        let fingerprint = crate::digest::sha256_hex(parts);
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
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
struct Row {
    user_id: UserId,
    request_key: String,
    fingerprint: String,
    answer: String,
    created_at: NaiveDateTime,
}

impl Row {
    fn known<T: DeserializeOwned>(&self, key: &RequestKey) -> DbResult<Known<T>> {
        if self.fingerprint != key.fingerprint {
            return Ok(Known::Reused);
        }
        serde_json::from_str(&self.answer)
            .map(Known::Answered)
            .map_err(|error| DbError::Defect(format!("a stored answer: {error}")))
    }
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
    let mut known = look_up_all(conn, &[(user, key)])?;
    Ok(known.pop().unwrap_or(Known::New))
}

/// Looks keys up; what is known of each, in the same order.
///
/// # Errors
/// As [`look_up`].
pub fn look_up_all<T: DeserializeOwned>(
    conn: &mut Conn,
    keys: &[(UserId, &RequestKey)],
) -> DbResult<Vec<Known<T>>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<UserId> = keys.iter().map(|(user, _)| *user).collect();
    let names: Vec<&str> = keys.iter().map(|(_, key)| key.key.as_str()).collect();
    // Pairs cannot be asked for on both databases; a few rows too many do no harm.
    let rows: Vec<Row> = on!(conn, |c| idempotency_keys::table
        .filter(idempotency_keys::user_id.eq_any(users))
        .filter(idempotency_keys::request_key.eq_any(names))
        .select(Row::as_select())
        .load(c))?;
    keys.iter()
        .map(|(user, key)| {
            let is_it = |row: &&Row| row.user_id == *user && row.request_key == key.key;
            rows.iter().find(is_it).map_or(Ok(Known::New), |row| row.known(key))
        })
        .collect()
}

/// The first answer to a request, on its way into the database.
pub struct Answer {
    row: Row,
}

impl Answer {
    /// The answer to `user`'s request under `key`.
    ///
    /// # Errors
    /// [`DbError::Defect`] if it cannot be written down.
    pub fn new<T: Serialize>(
        user_id: UserId,
        key: &RequestKey,
        answer: &T,
        now: Timestamp,
    ) -> DbResult<Self> {
        let answer = serde_json::to_string(answer)
            .map_err(|error| DbError::Defect(format!("an answer: {error}")))?;
        let row = Row {
            user_id,
            request_key: key.key.clone(),
            fingerprint: key.fingerprint.clone(),
            answer,
            created_at: column(now),
        };
        Ok(Self { row })
    }
}

/// Stores a first answer. If another transaction has stored one under the same key meanwhile, this
/// is a [`DbError::Conflict`], and the transaction is to be run again.
///
/// # Errors
/// As the database says.
pub fn store(conn: &mut Conn, answer: Answer) -> DbResult<()> {
    let row = answer.row;
    let stored = on!(conn, |c| diesel::insert_into(idempotency_keys::table).values(row).execute(c));
    match stored.map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(DbError::Duplicate(key)) => Err(DbError::Conflict(key)),
        Err(error) => Err(error),
    }
}

/// Stores first answers together with what else the transaction writes. If another transaction
/// has stored one under the same key meanwhile, the commit fails with [`DbError::Duplicate`].
///
/// # Errors
/// As the database says.
pub fn store_all(conn: &mut Conn, answers: Vec<Answer>) -> DbResult<()> {
    let rows: Vec<Row> = answers.into_iter().map(|answer| answer.row).collect();
    for rows in rows.chunks(CHUNK) {
        later!(conn, diesel::insert_into(idempotency_keys::table).values(rows));
    }
    Ok(())
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
