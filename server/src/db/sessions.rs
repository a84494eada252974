//! Sessions, their refresh tokens, and what was signed out: access tokens, whole sessions, and
//! personal access tokens.

use artipul_common::{SessionId, Timestamp, UserId, credentials::SessionInfo};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, Link, on,
    schema::{refresh_tokens, revoked_tokens, sessions},
    types::column,
};

/// A session on its way into the database.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Who is signed in.
    pub user: UserId,
    /// Until when it can be renewed.
    pub expires_at: Timestamp,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
}

/// Opens a session with its first refresh token.
///
/// # Errors
/// As the database says.
pub fn open(
    conn: &mut Conn,
    new: &NewSession,
    token_hash: &str,
    now: Timestamp,
) -> DbResult<SessionId> {
    let row = (
        sessions::user_id.eq(new.user),
        sessions::created_at.eq(column(now)),
        sessions::last_used_at.eq(column(now)),
        sessions::expires_at.eq(column(new.expires_at)),
        sessions::user_agent.eq(&new.user_agent),
        sessions::address.eq(&new.address),
    );
    on!(conn, |c| diesel::insert_into(sessions::table).values(row).execute(c))?;
    let id = SessionId::new(conn.last_insert_id()?);
    add_token(conn, id, token_hash, now)?;
    Ok(id)
}

fn add_token(conn: &mut Conn, session: SessionId, hash: &str, now: Timestamp) -> DbResult<()> {
    let row = (
        refresh_tokens::token_hash.eq(hash),
        refresh_tokens::session_id.eq(session),
        refresh_tokens::created_at.eq(column(now)),
    );
    on!(conn, |c| diesel::insert_into(refresh_tokens::table).values(row).execute(c))?;
    Ok(())
}

/// A refresh token with its session.
#[derive(Debug, Clone)]
pub struct Token {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Whether it was used before.
    pub is_used: bool,
    /// Whether the session is over.
    pub is_revoked: bool,
    /// Until when the session can be renewed.
    pub expires_at: Timestamp,
}

type TokenRow = (SessionId, Option<NaiveDateTime>, UserId, Option<NaiveDateTime>, NaiveDateTime);

/// Looks a refresh token up and locks it, so that it is used once.
///
/// # Errors
/// As the database says.
pub fn lock_token(conn: &mut Conn, hash: &str) -> DbResult<Option<Token>> {
    macro_rules! query {
        () => {
            refresh_tokens::table
                .inner_join(sessions::table)
                .filter(refresh_tokens::token_hash.eq(hash))
                .select((
                    sessions::id,
                    refresh_tokens::used_at,
                    sessions::user_id,
                    sessions::revoked_at,
                    sessions::expires_at,
                ))
        };
    }
    let row: Option<TokenRow> = match conn.link()? {
        Link::Sqlite(c) => query!().first(c).optional()?,
        Link::Mysql(c) => query!().for_update().first(c).optional()?,
    };
    Ok(row.map(|(session, used_at, user, revoked_at, expires_at)| Token {
        session,
        user,
        is_used: used_at.is_some(),
        is_revoked: revoked_at.is_some(),
        expires_at: expires_at.and_utc(),
    }))
}

/// Replaces a refresh token by the next one.
///
/// # Errors
/// As the database says.
pub fn rotate(
    conn: &mut Conn,
    session: SessionId,
    old: &str,
    new: &str,
    now: Timestamp,
) -> DbResult<()> {
    on!(conn, |c| diesel::update(refresh_tokens::table.find(old))
        .set(refresh_tokens::used_at.eq(Some(column(now))))
        .execute(c))?;
    add_token(conn, session, new, now)?;
    on!(conn, |c| diesel::update(sessions::table.find(session))
        .set(sessions::last_used_at.eq(column(now)))
        .execute(c))?;
    Ok(())
}

/// Ends a session: none of its refresh tokens works any more.
///
/// # Errors
/// As the database says.
pub fn revoke(conn: &mut Conn, session: SessionId, now: Timestamp) -> DbResult<()> {
    on!(conn, |c| diesel::update(
        sessions::table.find(session).filter(sessions::revoked_at.is_null())
    )
    .set(sessions::revoked_at.eq(Some(column(now))))
    .execute(c))?;
    Ok(())
}

/// A row of `sessions`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: NaiveDateTime,
    /// When it was last renewed.
    pub last_used_at: NaiveDateTime,
    /// Until when it can be renewed.
    pub expires_at: NaiveDateTime,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
}

impl SessionRow {
    /// The session as the API shows it to the one that asks in the session `current`.
    pub fn info(self, current: SessionId) -> SessionInfo {
        SessionInfo {
            current: self.id == current,
            id: self.id,
            user_agent: self.user_agent,
            address: self.address,
            created_at: self.created_at.and_utc(),
            last_used_at: self.last_used_at.and_utc(),
            expires_at: self.expires_at.and_utc(),
        }
    }
}

/// The sessions of a user that can be renewed, the one used last first.
///
/// # Errors
/// As the database says.
pub fn of_user(conn: &mut Conn, user: UserId, now: Timestamp) -> DbResult<Vec<SessionRow>> {
    Ok(on!(conn, |c| sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(column(now)))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .select(SessionRow::as_select())
        .load(c))?)
}

/// Deletes what is known of a user's sessions, with their refresh tokens.
///
/// # Errors
/// As the database says.
pub fn erase(conn: &mut Conn, user: UserId) -> DbResult<()> {
    on!(conn, |c| diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(c))?;
    Ok(())
}

/// Records that an access token is signed out, until it would have expired.
///
/// # Errors
/// As the database says.
pub fn revoke_access(
    conn: &mut Conn,
    token_id: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> DbResult<()> {
    let row = (
        revoked_tokens::token_id.eq(token_id),
        revoked_tokens::revoked_at.eq(column(now)),
        revoked_tokens::expires_at.eq(column(expires_at)),
    );
    on!(conn, |c| diesel::insert_or_ignore_into(revoked_tokens::table).values(row).execute(c))?;
    Ok(())
}

/// Whether one of these was signed out.
///
/// # Errors
/// As the database says.
pub fn is_any_revoked(conn: &mut Conn, token_ids: Vec<String>) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        revoked_tokens::table.filter(revoked_tokens::token_id.eq_any(token_ids))
    ))
    .get_result(c))?)
}

/// The access tokens that were signed out at or after `since` and have not expired at `now`.
///
/// # Errors
/// As the database says.
pub fn revoked_access(
    conn: &mut Conn,
    since: Timestamp,
    now: Timestamp,
) -> DbResult<Vec<(String, Timestamp)>> {
    let rows: Vec<(String, NaiveDateTime)> = on!(conn, |c| revoked_tokens::table
        .filter(revoked_tokens::revoked_at.ge(column(since)))
        .filter(revoked_tokens::expires_at.gt(column(now)))
        .select((revoked_tokens::token_id, revoked_tokens::expires_at))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, expires_at)| (id, expires_at.and_utc())).collect())
}

/// Forgets what has expired.
///
/// # Errors
/// As the database says.
pub fn forget_expired(conn: &mut Conn, now: Timestamp) -> DbResult<usize> {
    let now = column(now);
    let tokens = on!(conn, |c| diesel::delete(
        revoked_tokens::table.filter(revoked_tokens::expires_at.lt(now))
    )
    .execute(c))?;
    // Their refresh tokens go with them.
    let sessions =
        on!(conn, |c| diesel::delete(sessions::table.filter(sessions::expires_at.lt(now)))
            .execute(c))?;
    Ok(tokens + sessions)
}
