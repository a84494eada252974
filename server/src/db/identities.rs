//! Accounts of others that let somebody in.
//!
//! A provider's account belongs to one user, and a user has one of each provider. What changes a
//! user's identities locks his row first ([`super::accounts::lock`]).

use artipul_common::{Timestamp, UserId};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Conn, DbResult, on, schema::identities, types::column};

/// A linked account of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub struct IdentityRow {
    /// Whom it lets in.
    pub user_id: UserId,
    /// Whose it is.
    pub provider: String,
    /// Who that is at the provider; it never changes, and is nobody else's.
    pub subject: String,
    /// The address that the provider told last.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: NaiveDateTime,
    /// When it was last signed in with.
    pub last_used_at: NaiveDateTime,
}

/// Links a provider's account.
///
/// # Errors
/// [`super::DbError::Duplicate`] of `identities.subject` if it belongs to somebody.
pub fn insert(conn: &mut Conn, row: &IdentityRow) -> DbResult<()> {
    on!(conn, |c| diesel::insert_into(identities::table).values(row).execute(c))?;
    Ok(())
}

/// Whom a provider's account lets in.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, provider: &str, subject: &str) -> DbResult<Option<IdentityRow>> {
    Ok(on!(conn, |c| identities::table
        .filter(identities::provider.eq(provider))
        .filter(identities::subject.eq(subject))
        .select(IdentityRow::as_select())
        .first(c)
        .optional())?)
}

/// A user's account of a provider.
///
/// # Errors
/// As the database says.
pub fn of_provider(conn: &mut Conn, user: UserId, provider: &str) -> DbResult<Option<IdentityRow>> {
    Ok(on!(conn, |c| identities::table
        .find((user, provider))
        .select(IdentityRow::as_select())
        .first(c)
        .optional())?)
}

/// All of a user's, by provider.
///
/// # Errors
/// As the database says.
pub fn of_user(conn: &mut Conn, user: UserId) -> DbResult<Vec<IdentityRow>> {
    Ok(on!(conn, |c| identities::table
        .filter(identities::user_id.eq(user))
        .order(identities::provider)
        .select(IdentityRow::as_select())
        .load(c))?)
}

/// Notes that somebody signed in with it, and the address that the provider told.
///
/// # Errors
/// As the database says.
pub fn touch(
    conn: &mut Conn,
    row: &IdentityRow,
    email: Option<&str>,
    now: Timestamp,
) -> DbResult<()> {
    let changes = (identities::email.eq(email), identities::last_used_at.eq(column(now)));
    on!(conn, |c| diesel::update(identities::table.find((row.user_id, &row.provider)))
        .set(changes)
        .execute(c))?;
    Ok(())
}

/// Unlinks a user's account of a provider.
///
/// # Errors
/// As the database says.
pub fn remove(conn: &mut Conn, user: UserId, provider: &str) -> DbResult<()> {
    on!(conn, |c| diesel::delete(identities::table.find((user, provider))).execute(c))?;
    Ok(())
}

/// Removes all links of a user.
///
/// # Errors
/// As the database says.
pub fn remove_all(conn: &mut Conn, user: UserId) -> DbResult<()> {
    on!(conn, |c| diesel::delete(identities::table.filter(identities::user_id.eq(user)))
        .execute(c))?;
    Ok(())
}
