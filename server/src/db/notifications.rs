//! Notices to users.

use std::cmp::Reverse;

use artipul_common::{
    AuctionId, Money, NotificationId, Timestamp, UserId,
    events::{Notice, NoticeKind},
    mine::{Notification, ReadRequest},
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::live::News;

use super::{
    Conn, DbResult,
    conn::insert_later,
    literal::row,
    on,
    schema::notifications,
    types::{Named, column},
};

/// A notice on its way into the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Whom it is for.
    pub user: UserId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The auction it is about.
    pub auction: Option<AuctionId>,
    /// The work's title.
    pub title: Option<String>,
    /// The price or the points.
    pub price: Option<Money>,
}

impl NewNotice {
    fn row(&self, now: Timestamp) -> NewRow<'_> {
        NewRow {
            user_id: self.user,
            kind: self.kind.as_str(),
            auction_id: self.auction,
            title: self.title.as_deref(),
            price: self.price,
            created_at: column(now),
            // Nobody needs to be reminded of what he has just done himself.
            is_read: self.kind == NoticeKind::Leading,
        }
    }

    fn news(self, id: NotificationId, now: Timestamp) -> News {
        News::Notice {
            user: self.user,
            kind: self.kind,
            notice: Box::new(Notice {
                notification_id: id,
                auction_id: self.auction,
                title: self.title,
                price: self.price,
                at: now,
            }),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
struct NewRow<'a> {
    user_id: UserId,
    kind: &'static str,
    auction_id: Option<AuctionId>,
    title: Option<&'a str>,
    price: Option<Money>,
    created_at: NaiveDateTime,
    is_read: bool,
}

row!(
    NewRow<'_> as notifications:
        user_id, kind, auction_id, title, price, created_at, is_read
);

/// Stores notices, and turns them into news at once.
///
/// # Errors
/// As the database says.
pub fn tell(conn: &mut Conn, notices: Vec<NewNotice>, now: Timestamp) -> DbResult<Vec<News>> {
    let batch = NoticeBatch::store(conn, notices, now)?;
    batch.news(conn)
}

/// Notices of a transaction, whose ids are not known yet.
#[derive(Debug)]
pub struct NoticeBatch {
    notices: Vec<NewNotice>,
    now: Timestamp,
    /// Whether their ids can be reckoned from one of them.
    are_in_a_row: bool,
}

impl NoticeBatch {
    /// Stores notices, as the last rows that a transaction inserts.
    ///
    /// # Errors
    /// As the database says.
    pub fn store(conn: &mut Conn, notices: Vec<NewNotice>, now: Timestamp) -> DbResult<Self> {
        let rows: Vec<NewRow<'_>> = notices.iter().map(|notice| notice.row(now)).collect();
        // MySQL gives the ids of one statement in a row, SQLite those of one transaction.
        let are_in_a_row = insert_later!(conn, notifications::table, &rows);
        Ok(Self { notices, now, are_in_a_row })
    }

    /// Whom they are for.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        self.notices.iter().map(|notice| notice.user)
    }

    /// The notices as news, over the connection over which they were stored, before anything else
    /// is inserted over it; none of very many, which their users find in the database.
    ///
    /// # Errors
    /// As the database says.
    pub fn news(self, conn: &mut Conn) -> DbResult<Vec<News>> {
        if self.notices.is_empty() || !self.are_in_a_row {
            return Ok(Vec::new());
        }
        let ids = conn.inserted_ids(self.notices.len())?.map(NotificationId::new);
        Ok(self
            .notices
            .into_iter()
            .zip(ids)
            .map(|(notice, id)| notice.news(id, self.now))
            .collect())
    }
}

/// A row of `notifications`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notifications)]
pub struct NotificationRow {
    /// Its id.
    pub id: NotificationId,
    /// Whom it is for.
    pub user_id: UserId,
    /// What it is about.
    pub kind: String,
    /// The auction it is about.
    pub auction_id: Option<AuctionId>,
    /// The work's title.
    pub title: Option<String>,
    /// The price or the points.
    pub price: Option<Money>,
    /// When it happened.
    pub created_at: NaiveDateTime,
    /// Whether he has read it.
    pub is_read: bool,
}

impl NotificationRow {
    /// The notice as the streams carry it.
    pub fn notice(&self) -> Notice {
        Notice {
            notification_id: self.id,
            auction_id: self.auction_id,
            title: self.title.clone(),
            price: self.price,
            at: self.created_at.and_utc(),
        }
    }

    /// The notification as the API shows it.
    ///
    /// # Errors
    /// The row has a kind that there is not.
    pub fn notification(self) -> DbResult<Notification> {
        Ok(Notification {
            id: self.id,
            kind: Named::from_name(&self.kind)?,
            auction_id: self.auction_id,
            title: self.title,
            price: self.price,
            at: self.created_at.and_utc(),
            read: self.is_read,
        })
    }
}

/// A page of a user's notifications before `before`, newest first.
///
/// # Errors
/// As the database says.
pub fn page(
    conn: &mut Conn,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<NotificationRow>> {
    newest(limit, |is_read| {
        Ok(on!(conn, |c| notifications::table
            .filter(notifications::user_id.eq(user))
            .filter(notifications::is_read.eq(is_read))
            .filter(notifications::id.lt(before.unwrap_or(i64::MAX)))
            .order(notifications::id.desc())
            .limit(limit)
            .select(NotificationRow::as_select())
            .load(c))?)
    })
}

/// The newest of the unread and the read ones, which the index has apart, newest first.
fn newest(
    limit: i64,
    mut load: impl FnMut(bool) -> DbResult<Vec<NotificationRow>>,
) -> DbResult<Vec<NotificationRow>> {
    let mut rows = load(false)?;
    rows.extend(load(true)?);
    rows.sort_unstable_by_key(|row| Reverse(row.id));
    // What is read in between is found in both.
    rows.dedup_by_key(|row| row.id);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// What a user may have missed after the notification `last`: those with greater ids, and the
/// latest others as well, since ids are given before the commit and may overtake each other.
///
/// # Errors
/// As the database says.
pub fn missed(
    conn: &mut Conn,
    user: UserId,
    last: NotificationId,
    overlap_from: Timestamp,
    limit: i64,
) -> DbResult<Vec<NotificationRow>> {
    let overlap_from = column(overlap_from);
    let mut rows = newest(limit, |is_read| {
        Ok(on!(conn, |c| notifications::table
            .filter(notifications::user_id.eq(user))
            .filter(notifications::is_read.eq(is_read))
            .filter(notifications::id.gt(last).or(notifications::created_at.ge(overlap_from)))
            .filter(notifications::id.ne(last))
            .order(notifications::id.desc())
            .limit(limit)
            .select(NotificationRow::as_select())
            .load(c))?)
    })?;
    rows.reverse();
    Ok(rows)
}

/// Notifications of these users since `from`, oldest first; of those, what comes after the one of
/// this time and id.
///
/// # Errors
/// As the database says.
pub fn since(
    conn: &mut Conn,
    users: &[UserId],
    from: Timestamp,
    after: Option<(NaiveDateTime, NotificationId)>,
    limit: i64,
) -> DbResult<Vec<NotificationRow>> {
    let (time, id) = after.unwrap_or((column(from), NotificationId::new(0)));
    Ok(on!(conn, |c| notifications::table
        // The same again, as a range that the index serves.
        .filter(notifications::created_at.ge(time))
        .filter(
            notifications::created_at
                .gt(time)
                .or(notifications::created_at.eq(time).and(notifications::id.gt(id)))
        )
        .filter(notifications::user_id.eq_any(users))
        .order((notifications::created_at, notifications::id))
        .limit(limit)
        .select(NotificationRow::as_select())
        .load(c))?)
}

/// Marks a user's notifications as read: those that the request names, or all.
///
/// # Errors
/// As the database says.
pub fn read(conn: &mut Conn, user: UserId, which: &ReadRequest) -> DbResult<()> {
    let from = which.only.map_or(i64::MIN, NotificationId::get);
    let last = [which.up_to, which.only].into_iter().flatten().min();
    let up_to = last.map_or(i64::MAX, NotificationId::get);
    on!(conn, |c| diesel::update(
        notifications::table
            .filter(notifications::user_id.eq(user))
            .filter(notifications::is_read.eq(false))
            .filter(notifications::id.between(from, up_to))
    )
    .set(notifications::is_read.eq(true))
    .execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::db::script::Script;

    #[test]
    fn notices_are_written_as_the_query_builder_has_them() {
        let notice = |kind, auction: Option<i64>, title: Option<&str>| NewNotice {
            user: UserId::new(3),
            kind,
            auction: auction.map(AuctionId::new),
            title: title.map(str::to_owned),
            price: auction.map(Money::new),
        };
        let notices = [
            notice(NoticeKind::Leading, Some(8_000), Some("Sea, 2026")),
            notice(NoticeKind::Outbid, Some(1), Some("달빛 '; --")),
            notice(NoticeKind::Sold, None, None),
        ];
        let now = Utc::now();
        let rows: Vec<NewRow<'_>> = notices.iter().map(|notice| notice.row(now)).collect();
        assert_eq!(
            Script::text_of(|script| script.insert(&rows, "")),
            Script::text_of(|script| {
                script.add(&diesel::insert_into(notifications::table).values(&rows))
            })
        );
    }
}
