//! Rows of users.

use artipul_common::{
    Timestamp, UserId,
    accounts::{ArtistProfile, User},
    text,
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, Link,
    auctions::{AuctionRow, DRAFT, LISTED, count},
    identities, on,
    schema::{
        auctions, charges, closed_accounts, idempotency_keys, notifications, participations, sales,
        users, watches,
    },
    types::column,
};

/// A row of `users`, without the password.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct UserRow {
    /// The account's id.
    pub id: UserId,
    /// The address to sign in with, in lower case.
    pub email: String,
    /// The public name.
    pub nickname: String,
    /// The public name, folded.
    pub nickname_key: String,
    /// The person's name.
    pub name: String,
    /// The proven phone, E.164.
    pub phone: String,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    pub college: Option<String>,
    /// A few words about oneself.
    pub introduction: Option<String>,
    /// Where works are sent to.
    pub address: Option<String>,
    /// A picture's name or URL.
    pub avatar: Option<String>,
    /// When the account was opened.
    pub created_at: NaiveDateTime,
}

impl UserRow {
    /// The account as its owner sees it.
    pub fn user(self, is_admin: bool) -> User {
        let row = self;
        User {
            id: row.id,
            email: row.email,
            nickname: row.nickname,
            name: row.name,
            phone: row.phone,
            is_artist: row.is_artist,
            college: row.college,
            introduction: row.introduction,
            address: row.address,
            avatar: row.avatar,
            is_admin,
            created_at: row.created_at.and_utc(),
        }
    }
}

/// The hash of an account without a password, which none has.
pub const NO_PASSWORD: &str = "none";

/// An account on its way into the database.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct NewUser {
    /// In lower case.
    pub email: String,
    /// bcrypt, or [`NO_PASSWORD`].
    pub password_hash: String,
    /// The public name.
    pub nickname: String,
    /// The public name, folded.
    pub nickname_key: String,
    /// The person's name.
    pub name: String,
    /// E.164.
    pub phone: String,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    pub college: Option<String>,
    /// When.
    pub created_at: NaiveDateTime,
}

/// Puts an account into the database.
///
/// # Errors
/// [`super::DbError::Duplicate`] of `users.email`, `users.nickname_key` or `users.phone`.
pub fn insert(conn: &mut Conn, user: &NewUser) -> DbResult<UserRow> {
    on!(conn, |c| diesel::insert_into(users::table).values(user).execute(c))?;
    let id = UserId::new(conn.last_insert_id()?);
    Ok(on!(conn, |c| users::table.find(id).select(UserRow::as_select()).first(c))?)
}

/// An account.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, id: UserId) -> DbResult<Option<UserRow>> {
    Ok(on!(conn, |c| users::table.find(id).select(UserRow::as_select()).first(c).optional())?)
}

/// An account as its owner sees it.
///
/// # Errors
/// As the database says.
pub fn user(conn: &mut Conn, row: UserRow) -> DbResult<User> {
    let is_admin = super::admin::is_admin(conn, row.id)?;
    Ok(row.user(is_admin))
}

/// Locks an account, so that changes of different fields do not undo each other.
///
/// # Errors
/// As the database says.
pub fn lock(conn: &mut Conn, id: UserId) -> DbResult<Option<UserRow>> {
    let row = match conn.link()? {
        // The transaction is the only writer already.
        Link::Sqlite(c) => {
            users::table.find(id).select(UserRow::as_select()).first(c).optional()?
        }
        Link::Mysql(c) => {
            users::table.find(id).select(UserRow::as_select()).for_update().first(c).optional()?
        }
    };
    Ok(row)
}

/// Keeps an account as it is until the end of the transaction, also against being closed; others
/// may do the same.
///
/// # Errors
/// As the database says.
pub fn hold(conn: &mut Conn, id: UserId) -> DbResult<()> {
    match conn.link()? {
        // The transaction is the only writer already.
        Link::Sqlite(_) => {}
        Link::Mysql(c) => {
            // The form that MariaDB knows as well.
            diesel::sql_query("SELECT id FROM users WHERE id = ? LOCK IN SHARE MODE")
                .bind::<diesel::sql_types::BigInt, _>(id)
                .execute(c)?;
        }
    }
    Ok(())
}

/// An account by its address, with its password's hash.
///
/// # Errors
/// As the database says.
pub fn find_by_email(conn: &mut Conn, email: String) -> DbResult<Option<(UserRow, String)>> {
    Ok(on!(conn, |c| users::table
        .filter(users::email.eq(email))
        .select((UserRow::as_select(), users::password_hash))
        .first(c)
        .optional())?)
}

/// Writes a locked account back.
///
/// # Errors
/// [`super::DbError::Duplicate`] of `users.nickname_key`.
pub fn save(conn: &mut Conn, row: &UserRow) -> DbResult<()> {
    on!(conn, |c| diesel::update(users::table.find(row.id)).set(row).execute(c))?;
    Ok(())
}

/// Locks an account together with its password's hash.
///
/// # Errors
/// As the database says.
pub fn lock_with_password(conn: &mut Conn, id: UserId) -> DbResult<Option<(UserRow, String)>> {
    let Some(row) = lock(conn, id)? else { return Ok(None) };
    Ok(password_hash(conn, id)?.map(|hash| (row, hash)))
}

/// The hash of an account's password.
///
/// # Errors
/// As the database says.
pub fn password_hash(conn: &mut Conn, id: UserId) -> DbResult<Option<String>> {
    Ok(on!(conn, |c| users::table.find(id).select(users::password_hash).first(c).optional())?)
}

/// Sets the hash of an account's password.
///
/// # Errors
/// As the database says.
pub fn set_password(conn: &mut Conn, id: UserId, hash: &str) -> DbResult<()> {
    on!(conn, |c| diesel::update(users::table.find(id))
        .set(users::password_hash.eq(hash))
        .execute(c))?;
    Ok(())
}

/// Whether a user could sign in without a provider's account.
///
/// # Errors
/// As the database says.
pub fn has_password(conn: &mut Conn, user: UserId) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        users::table.find(user).filter(users::password_hash.ne(NO_PASSWORD))
    ))
    .get_result(c))?)
}

/// Sets the hash of an account's password, unless it is another one than `old` by now.
///
/// # Errors
/// As the database says.
pub fn replace_password(conn: &mut Conn, id: UserId, old: &str, new: &str) -> DbResult<()> {
    on!(conn, |c| diesel::update(users::table.find(id).filter(users::password_hash.eq(old)))
        .set(users::password_hash.eq(new))
        .execute(c))?;
    Ok(())
}

/// An account by its phone.
///
/// # Errors
/// As the database says.
pub fn find_by_phone(conn: &mut Conn, phone: &str) -> DbResult<Option<UserRow>> {
    Ok(on!(conn, |c| users::table
        .filter(users::phone.eq(phone))
        .select(UserRow::as_select())
        .first(c)
        .optional())?)
}

/// What of a user's keeps his account from being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ties {
    /// He leads an auction.
    pub leads: bool,
    /// A work of his is on offer.
    pub sells: bool,
}

/// What of a user's keeps his account from being closed, but for points.
///
/// # Errors
/// As the database says.
pub fn ties(conn: &mut Conn, id: UserId) -> DbResult<Ties> {
    let leads = on!(conn, |c| diesel::select(diesel::dsl::exists(
        participations::table
            .inner_join(auctions::table)
            .filter(participations::user_id.eq(id))
            .filter(auctions::status.eq(LISTED))
            .filter(auctions::leader_id.eq(Some(id)))
    ))
    .get_result(c))?;
    let sells = on!(conn, |c| diesel::select(diesel::dsl::exists(
        auctions::table.filter(auctions::seller_id.eq(id)).filter(auctions::status.eq(LISTED))
    ))
    .get_result(c))?;
    Ok(Ties { leads, sells })
}

/// Empties a locked account of everything that is about the person, and marks it as closed. What
/// the ledger, auctions and their bids say of it stays.
///
/// # Errors
/// As the database says.
pub fn close(conn: &mut Conn, row: &UserRow, now: Timestamp) -> DbResult<()> {
    let id = row.id;
    let drafts: Vec<AuctionRow> = on!(conn, |c| auctions::table
        .filter(auctions::seller_id.eq(id))
        .filter(auctions::status.eq(DRAFT))
        .select(AuctionRow::as_select())
        .load(c))?;
    for draft in &drafts {
        super::auctions::remove_draft(conn, draft, now)?;
    }
    save(conn, &emptied(row))?;
    set_password(conn, id, NO_PASSWORD)?;
    identities::remove_all(conn, id)?;
    on!(conn, |c| diesel::delete(watches::table.filter(watches::user_id.eq(id))).execute(c))?;
    on!(conn, |c| diesel::delete(notifications::table.filter(notifications::user_id.eq(id)))
        .execute(c))?;
    on!(conn, |c| diesel::delete(
        idempotency_keys::table.filter(idempotency_keys::user_id.eq(id))
    )
    .execute(c))?;
    on!(conn, |c| diesel::update(
        charges::table.filter(charges::user_id.eq(id)).filter(charges::status.eq("pending"))
    )
    .set(charges::status.eq("cancelled"))
    .execute(c))?;
    let closed = (closed_accounts::user_id.eq(id), closed_accounts::closed_at.eq(column(now)));
    on!(conn, |c| diesel::insert_into(closed_accounts::table).values(closed).execute(c))?;
    Ok(())
}

/// Names that nobody can sign up with, so that those of the person are free again.
fn emptied(row: &UserRow) -> UserRow {
    let id = row.id;
    UserRow {
        id,
        email: format!(":{id}"),
        nickname: format!(":{id}"),
        nickname_key: format!(":{id}"),
        name: String::new(),
        phone: format!(":{id}"),
        is_artist: false,
        college: None,
        introduction: None,
        address: None,
        avatar: None,
        created_at: row.created_at,
    }
}

/// Whether an account was closed.
///
/// # Errors
/// As the database says.
pub fn is_closed(conn: &mut Conn, id: UserId) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(closed_accounts::table.find(id)))
        .get_result(c))?)
}

/// Whether nobody has a nickname.
///
/// # Errors
/// As the database says.
pub fn nickname_available(conn: &mut Conn, nickname: &str) -> DbResult<bool> {
    let key = text::fold(nickname);
    let taken: bool = on!(conn, |c| diesel::select(diesel::dsl::exists(
        users::table.filter(users::nickname_key.eq(key))
    ))
    .get_result(c))?;
    Ok(!taken)
}

/// Whether a phone has an account already.
///
/// # Errors
/// As the database says.
pub fn phone_taken(conn: &mut Conn, phone: String) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        users::table.filter(users::phone.eq(phone))
    ))
    .get_result(c))?)
}

/// An artist's public profile; `None` for others.
///
/// # Errors
/// As the database says.
pub fn artist(conn: &mut Conn, id: UserId, now: Timestamp) -> DbResult<Option<ArtistProfile>> {
    let Some(row) = find(conn, id)?.filter(|row| row.is_artist) else { return Ok(None) };
    let now = column(now);
    let open: i64 = on!(conn, |c| auctions::table
        .filter(auctions::seller_id.eq(id))
        .filter(auctions::status.eq(LISTED))
        .filter(auctions::starts_at.le(now))
        .filter(auctions::ends_at.gt(now))
        .count()
        .get_result(c))?;
    let sold: i64 =
        on!(conn, |c| sales::table.filter(sales::seller_id.eq(id)).count().get_result(c))?;
    Ok(Some(ArtistProfile {
        id: row.id,
        nickname: row.nickname,
        is_artist: row.is_artist,
        college: row.college,
        introduction: row.introduction,
        avatar: row.avatar,
        open_auctions: count(open),
        sold: count(sold),
    }))
}
