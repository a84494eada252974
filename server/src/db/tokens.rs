//! Personal access tokens. What is no longer valid is deleted.

use artipul_common::{
    Timestamp, TokenId, UserId,
    credentials::{PersonalToken, Scope},
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, on,
    schema::personal_tokens,
    types::{Named, column},
};

/// A row of `personal_tokens`, without the hash.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = personal_tokens)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// The scopes' names, separated by commas.
    pub scopes: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// Until when it is good.
    pub expires_at: Option<NaiveDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
}

impl TokenRow {
    /// What it may be used for.
    ///
    /// # Errors
    /// The row names a scope that there is not.
    pub fn scopes(&self) -> DbResult<Vec<Scope>> {
        self.scopes.split(',').map(Scope::from_name).collect()
    }

    /// The token as the API shows it.
    ///
    /// # Errors
    /// The row names a scope that there is not.
    pub fn token(self) -> DbResult<PersonalToken> {
        Ok(PersonalToken {
            scopes: self.scopes()?,
            id: self.id,
            name: self.name,
            created_at: self.created_at.and_utc(),
            expires_at: self.expires_at.map(|time| time.and_utc()),
            last_used_at: self.last_used_at.map(|time| time.and_utc()),
        })
    }
}

/// A token on its way into the database.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// Whose it is.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// The hash of the token.
    pub hash: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Until when it is good.
    pub expires_at: Option<Timestamp>,
}

/// Puts a token into the database.
///
/// # Errors
/// As the database says.
pub fn insert(conn: &mut Conn, new: &NewRow, now: Timestamp) -> DbResult<TokenRow> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = (
        personal_tokens::user_id.eq(new.user),
        personal_tokens::name.eq(&new.name),
        personal_tokens::token_hash.eq(&new.hash),
        personal_tokens::scopes.eq(scopes.join(",")),
        personal_tokens::created_at.eq(column(now)),
        personal_tokens::expires_at.eq(new.expires_at.map(column)),
    );
    on!(conn, |c| diesel::insert_into(personal_tokens::table).values(row).execute(c))?;
    let id = TokenId::new(conn.last_insert_id()?);
    Ok(on!(conn, |c| personal_tokens::table.find(id).select(TokenRow::as_select()).first(c))?)
}

/// A token by its hash.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, hash: &str) -> DbResult<Option<TokenRow>> {
    Ok(on!(conn, |c| personal_tokens::table
        .filter(personal_tokens::token_hash.eq(hash))
        .select(TokenRow::as_select())
        .first(c)
        .optional())?)
}

/// A user's tokens, the newest first.
///
/// # Errors
/// As the database says.
pub fn of_user(conn: &mut Conn, user: UserId) -> DbResult<Vec<TokenRow>> {
    Ok(on!(conn, |c| personal_tokens::table
        .filter(personal_tokens::user_id.eq(user))
        .order(personal_tokens::id.desc())
        .select(TokenRow::as_select())
        .load(c))?)
}

/// Takes note that a token was used.
///
/// # Errors
/// As the database says.
pub fn touch(conn: &mut Conn, id: TokenId, now: Timestamp) -> DbResult<()> {
    on!(conn, |c| diesel::update(personal_tokens::table.find(id))
        .set(personal_tokens::last_used_at.eq(Some(column(now))))
        .execute(c))?;
    Ok(())
}

/// Deletes a token of a user; whether there was one.
///
/// # Errors
/// As the database says.
pub fn remove(conn: &mut Conn, user: UserId, id: TokenId) -> DbResult<bool> {
    let removed = on!(conn, |c| diesel::delete(
        personal_tokens::table.find(id).filter(personal_tokens::user_id.eq(user))
    )
    .execute(c))?;
    Ok(removed == 1)
}

/// Deletes all tokens of a user; gives their ids.
///
/// # Errors
/// As the database says.
pub fn remove_all(conn: &mut Conn, user: UserId) -> DbResult<Vec<TokenId>> {
    let ids = on!(conn, |c| personal_tokens::table
        .filter(personal_tokens::user_id.eq(user))
        .select(personal_tokens::id)
        .load(c))?;
    on!(conn, |c| diesel::delete(
        personal_tokens::table.filter(personal_tokens::user_id.eq(user))
    )
    .execute(c))?;
    Ok(ids)
}

/// Deletes what has expired.
///
/// # Errors
/// As the database says.
pub fn forget_expired(conn: &mut Conn, now: Timestamp) -> DbResult<usize> {
    Ok(on!(conn, |c| diesel::delete(
        personal_tokens::table.filter(personal_tokens::expires_at.lt(column(now)))
    )
    .execute(c))?)
}
