//! Administrators, what they suspended, and the trail of what they did, to which rows are only
//! ever added.

use std::collections::{HashMap, HashSet};

use artipul_common::{
    ActionId, AuctionId, Timestamp, UserId, WorkId,
    admin::{ActionKind, AdminAction, ManagedUser, Suspension},
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult,
    accounts::UserRow,
    on,
    schema::{
        admin_actions, admins, charges, closed_accounts, suspended_users, suspended_works, users,
    },
    types::{Named, column},
    wallets::ChargeRow,
};

/// Whether a user is an administrator.
///
/// # Errors
/// As the database says.
pub fn is_admin(conn: &mut Conn, user: UserId) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(admins::table.find(user))).get_result(c))?)
}

/// Makes somebody an administrator, or a user again; whether that changes anything.
///
/// # Errors
/// As the database says.
pub fn set_admin(conn: &mut Conn, user: UserId, is_admin: bool, now: Timestamp) -> DbResult<bool> {
    let changed = if is_admin {
        let row = (admins::user_id.eq(user), admins::granted_at.eq(column(now)));
        on!(conn, |c| diesel::insert_or_ignore_into(admins::table).values(row).execute(c))?
    } else {
        on!(conn, |c| diesel::delete(admins::table.find(user)).execute(c))?
    };
    Ok(changed > 0)
}

/// Whether a user is suspended.
///
/// # Errors
/// As the database says.
pub fn is_suspended(conn: &mut Conn, user: UserId) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(suspended_users::table.find(user)))
        .get_result(c))?)
}

/// Suspends a user, or lets him in again; whether that changes anything.
///
/// # Errors
/// As the database says.
pub fn suspend_user(
    conn: &mut Conn,
    user: UserId,
    reason: Option<&str>,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = match reason {
        Some(reason) => {
            let row = (
                suspended_users::user_id.eq(user),
                suspended_users::reason.eq(reason),
                suspended_users::suspended_at.eq(column(now)),
            );
            on!(conn, |c| diesel::insert_or_ignore_into(suspended_users::table)
                .values(row)
                .execute(c))?
        }
        None => on!(conn, |c| diesel::delete(suspended_users::table.find(user)).execute(c))?,
    };
    Ok(changed > 0)
}

/// Whether a work is suspended.
///
/// # Errors
/// As the database says.
pub fn is_work_suspended(conn: &mut Conn, work: WorkId) -> DbResult<bool> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(suspended_works::table.find(work)))
        .get_result(c))?)
}

/// Suspends a work, or lets it be listed again; whether that changes anything.
///
/// # Errors
/// As the database says.
pub fn suspend_work(
    conn: &mut Conn,
    work: WorkId,
    reason: Option<&str>,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = match reason {
        Some(reason) => {
            let row = (
                suspended_works::work_id.eq(work),
                suspended_works::reason.eq(reason),
                suspended_works::suspended_at.eq(column(now)),
            );
            on!(conn, |c| diesel::insert_or_ignore_into(suspended_works::table)
                .values(row)
                .execute(c))?
        }
        None => on!(conn, |c| diesel::delete(suspended_works::table.find(work)).execute(c))?,
    };
    Ok(changed > 0)
}

/// An action on its way into the trail.
#[derive(Debug, Clone)]
pub struct NewAction {
    /// Who; none on the server's machine.
    pub admin: Option<UserId>,
    /// What.
    pub kind: ActionKind,
    /// To which user, work, auction or charge.
    pub subject: i64,
    /// Why.
    pub reason: String,
}

/// Adds to the trail.
///
/// # Errors
/// As the database says.
pub fn record(conn: &mut Conn, action: &NewAction, now: Timestamp) -> DbResult<()> {
    let row = (
        admin_actions::admin_id.eq(action.admin),
        admin_actions::kind.eq(action.kind.as_str()),
        admin_actions::subject_id.eq(action.subject),
        admin_actions::reason.eq(&action.reason),
        admin_actions::created_at.eq(column(now)),
    );
    on!(conn, |c| diesel::insert_into(admin_actions::table).values(row).execute(c))?;
    Ok(())
}

type ActionRow = (ActionId, Option<UserId>, String, i64, String, NaiveDateTime);

/// A page of the trail before `before`, newest first.
///
/// # Errors
/// As the database says.
pub fn actions(conn: &mut Conn, before: Option<i64>, limit: i64) -> DbResult<Vec<AdminAction>> {
    let rows: Vec<ActionRow> = on!(conn, |c| admin_actions::table
        .filter(admin_actions::id.lt(before.unwrap_or(i64::MAX)))
        .order(admin_actions::id.desc())
        .limit(limit)
        .load(c))?;
    rows.into_iter()
        .map(|(id, admin_id, kind, subject_id, reason, at)| {
            let kind = ActionKind::from_name(&kind)?;
            Ok(AdminAction { id, admin_id, kind, subject_id, reason, at: at.and_utc() })
        })
        .collect()
}

/// The auctions that administrators withdrew.
///
/// # Errors
/// As the database says.
pub fn withdrawn(conn: &mut Conn) -> DbResult<HashSet<AuctionId>> {
    let ids: Vec<AuctionId> = on!(conn, |c| admin_actions::table
        .filter(admin_actions::kind.eq(ActionKind::WithdrawAuction.as_str()))
        .select(admin_actions::subject_id)
        .load(c))?;
    Ok(ids.into_iter().collect())
}

/// A page of accounts with ids above `after`: those with this address, nickname key, phone or id.
///
/// # Errors
/// As the database says.
pub fn users(
    conn: &mut Conn,
    sought: Option<&Sought>,
    after: UserId,
    limit: i64,
) -> DbResult<Vec<ManagedUser>> {
    let rows: Vec<UserRow> = on!(conn, |c| {
        let mut query = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(limit)
            .select(UserRow::as_select())
            .into_boxed();
        if let Some(sought) = sought {
            query = query.filter(
                users::email
                    .eq(&sought.email)
                    .or(users::nickname_key.eq(&sought.nickname_key))
                    .or(users::phone.eq(&sought.phone))
                    .or(users::id.eq(sought.id)),
            );
        }
        query.load(c)
    })?;
    manage(conn, rows)
}

/// The forms that one search text may stand for.
#[derive(Debug, Clone)]
pub struct Sought {
    /// In lower case.
    pub email: String,
    /// Folded.
    pub nickname_key: String,
    /// E.164, or what no phone is.
    pub phone: String,
    /// An id, or what no id is.
    pub id: UserId,
}

/// An account, as administrators see it.
///
/// # Errors
/// As the database says.
pub fn user(conn: &mut Conn, id: UserId) -> DbResult<Option<ManagedUser>> {
    let row: Option<UserRow> =
        on!(conn, |c| users::table.find(id).select(UserRow::as_select()).first(c).optional())?;
    Ok(manage(conn, row.into_iter().collect())?.pop())
}

fn manage(conn: &mut Conn, rows: Vec<UserRow>) -> DbResult<Vec<ManagedUser>> {
    let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
    let admins: Vec<UserId> = on!(conn, |c| admins::table
        .filter(admins::user_id.eq_any(&ids))
        .select(admins::user_id)
        .load(c))?;
    let suspended: Vec<(UserId, String, NaiveDateTime)> = on!(conn, |c| suspended_users::table
        .filter(suspended_users::user_id.eq_any(&ids))
        .load(c))?;
    let mut suspended: HashMap<UserId, Suspension> = suspended
        .into_iter()
        .map(|(user, reason, at)| (user, Suspension { reason, since: at.and_utc() }))
        .collect();
    let closed: Vec<(UserId, NaiveDateTime)> = on!(conn, |c| closed_accounts::table
        .filter(closed_accounts::user_id.eq_any(&ids))
        .load(c))?;
    let closed: HashMap<UserId, NaiveDateTime> = closed.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|row| ManagedUser {
            suspended: suspended.remove(&row.id),
            closed_at: closed.get(&row.id).map(NaiveDateTime::and_utc),
            user: {
                let is_admin = admins.contains(&row.id);
                row.user(is_admin)
            },
        })
        .collect())
}

/// A page of charges with ids below `before`, newest first: a user's, or one.
///
/// # Errors
/// As the database says.
pub fn charges(
    conn: &mut Conn,
    user: Option<UserId>,
    charge: Option<artipul_common::ChargeId>,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<ChargeRow>> {
    Ok(on!(conn, |c| {
        let mut query = charges::table
            .filter(charges::id.lt(before.unwrap_or(i64::MAX)))
            .order(charges::id.desc())
            .limit(limit)
            .select(ChargeRow::as_select())
            .into_boxed();
        if let Some(user) = user {
            query = query.filter(charges::user_id.eq(user));
        }
        if let Some(charge) = charge {
            query = query.filter(charges::id.eq(charge));
        }
        query.load(c)
    })?)
}
