//! The rows of auctions as the desk locks, reads and writes them.

use artipul_common::{AuctionId, Money, Timestamp, UserId, WorkId};
use chrono::{NaiveDateTime, TimeDelta};
use diesel::{dsl::sql, mysql::Mysql, prelude::*, query_builder::QueryFragment};

use super::{
    Conn, DbError, DbResult, Link,
    bulk::{CHUNK, as_given},
    conn::{LIVE_CLOCK, MYSQL_CLOCK, process_clock},
    images,
    kept::{Kept, padded},
    literal::Literal,
    on,
    schema::{auctions, suspended_works, watches, works},
    types::{Named, column},
};
use crate::auction::{Auction, Lead, Status, Terms};

/// A row of `auctions`.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Insertable,
)]
#[diesel(table_name = auctions, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AuctionRow {
    /// Its id.
    pub id: AuctionId,
    /// The work on offer.
    pub work_id: WorkId,
    /// Whose it is.
    pub seller_id: UserId,
    /// The work's genre, repeated here for the lists' indexes.
    pub genre_id: i32,
    /// The settings of the rules under which it runs.
    pub house_id: i32,
    /// `draft`, `listed` or `ended`.
    pub status: String,
    /// `sold`, `unsold` or `cancelled`, when ended.
    pub outcome: Option<String>,
    /// Where bidding starts.
    pub start_price: Money,
    /// The secret reserve.
    pub reserve_price: Option<Money>,
    /// The buy-now price.
    pub buy_now_price: Option<Money>,
    /// When bidding starts.
    pub starts_at: NaiveDateTime,
    /// The end that the seller set.
    pub scheduled_end: NaiveDateTime,
    /// The end that holds.
    pub ends_at: NaiveDateTime,
    /// Who leads.
    pub leader_id: Option<UserId>,
    /// The most the leader authorised.
    pub maximum: Option<Money>,
    /// What the leader would pay now.
    pub price: Option<Money>,
    /// Price or start price, for lists.
    pub list_price: Money,
    /// Bids that the public can see.
    pub bid_count: i64,
    /// Rows in `bids`.
    pub bids_logged: i64,
    /// Counts the public changes.
    pub seq: i64,
    /// Whether its followers were told that it ends soon.
    pub reminded: bool,
    /// Counts the changes that are saved, but for those that nobody else may see.
    pub version: i64,
    /// When it was listed.
    pub created_at: NaiveDateTime,
    /// When its public state last changed.
    pub changed_at: NaiveDateTime,
    /// When it was settled.
    pub closed_at: Option<NaiveDateTime>,
}

/// The status of a draft.
pub const DRAFT: &str = "draft";
/// The status of auctions on offer: upcoming, open, or due.
pub const LISTED: &str = "listed";
/// The status of auctions that are over.
pub const ENDED: &str = "ended";

impl AuctionRow {
    /// The auction as the rules know it.
    ///
    /// # Errors
    /// [`DbError::Defect`] if the row has a status or outcome that there is not.
    pub fn auction(&self) -> DbResult<Auction> {
        let status = match (self.status.as_str(), &self.outcome) {
            (DRAFT, None) => Status::Draft,
            (LISTED, None) => Status::Listed,
            (ENDED, Some(outcome)) => Status::Ended(Named::from_name(outcome)?),
            (status, outcome) => {
                let detail = format!("auction {}: status {status}, outcome {outcome:?}", self.id);
                return Err(DbError::Defect(detail));
            }
        };
        let lead = match (self.leader_id, self.maximum, self.price) {
            (Some(bidder), Some(maximum), Some(price)) => Some(Lead { bidder, maximum, price }),
            _ => None,
        };
        Ok(Auction {
            seller: self.seller_id,
            terms: self.terms(),
            ends_at: self.ends_at.and_utc(),
            status,
            lead,
            bid_count: count(self.bid_count),
            seq: count(self.seq),
        })
    }

    fn terms(&self) -> Terms {
        Terms {
            start_price: self.start_price,
            reserve: self.reserve_price,
            buy_now: self.buy_now_price,
            starts_at: self.starts_at.and_utc(),
            scheduled_end: self.scheduled_end.and_utc(),
        }
    }

    /// Takes the auction's state into the row, as changed at `now`.
    pub fn take(&mut self, auction: &Auction, now: Timestamp) {
        let (status, outcome) = status_columns(auction.status);
        if outcome.is_some() && self.outcome.is_none() {
            self.closed_at = Some(column(now));
        }
        self.status = status.to_owned();
        self.outcome = outcome.map(str::to_owned);
        self.start_price = auction.terms.start_price;
        self.reserve_price = auction.terms.reserve;
        self.buy_now_price = auction.terms.buy_now;
        self.starts_at = column(auction.terms.starts_at);
        self.scheduled_end = column(auction.terms.scheduled_end);
        self.ends_at = column(auction.ends_at);
        self.leader_id = auction.lead.map(|lead| lead.bidder);
        self.maximum = auction.lead.map(|lead| lead.maximum);
        self.price = auction.price();
        self.list_price = auction.list_price();
        self.bid_count = stored(auction.bid_count);
        // The version is public, as the `ETag`, and what has changed is told again after a gap:
        // what nobody else may see is neither another version nor a change.
        if self.seq != stored(auction.seq) {
            self.seq = stored(auction.seq);
            self.version += 1;
            self.changed_at = column(now);
        }
    }
}

fn status_columns(status: Status) -> (&'static str, Option<&'static str>) {
    match status {
        Status::Draft => (DRAFT, None),
        Status::Listed => (LISTED, None),
        Status::Ended(outcome) => (ENDED, Some(outcome.name())),
    }
}

/// A count as a column has it; columns never go below zero.
pub fn count(column: i64) -> u64 {
    column.unsigned_abs()
}

/// A count as a column takes it.
pub fn stored(count: u64) -> i64 {
    i64::try_from(count).expect("counts grow by one and stay far below i64::MAX")
}

/// An auction on its way into the database.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = auctions, treat_none_as_default_value = false)]
pub struct NewAuction {
    work_id: WorkId,
    seller_id: UserId,
    genre_id: i32,
    house_id: i32,
    status: &'static str,
    outcome: Option<&'static str>,
    start_price: Money,
    reserve_price: Option<Money>,
    buy_now_price: Option<Money>,
    starts_at: NaiveDateTime,
    scheduled_end: NaiveDateTime,
    ends_at: NaiveDateTime,
    leader_id: Option<UserId>,
    maximum: Option<Money>,
    price: Option<Money>,
    list_price: Money,
    bid_count: i64,
    bids_logged: i64,
    seq: i64,
    reminded: bool,
    version: i64,
    created_at: NaiveDateTime,
    changed_at: NaiveDateTime,
    closed_at: Option<NaiveDateTime>,
}

impl NewAuction {
    /// A new auction of a work.
    pub fn new(
        work_id: WorkId,
        genre_id: i32,
        house_id: i32,
        auction: &Auction,
        now: Timestamp,
    ) -> Self {
        let (status, outcome) = status_columns(auction.status);
        Self {
            work_id,
            seller_id: auction.seller,
            genre_id,
            house_id,
            status,
            outcome,
            start_price: auction.terms.start_price,
            reserve_price: auction.terms.reserve,
            buy_now_price: auction.terms.buy_now,
            starts_at: column(auction.terms.starts_at),
            scheduled_end: column(auction.terms.scheduled_end),
            ends_at: column(auction.ends_at),
            leader_id: None,
            maximum: None,
            price: None,
            list_price: auction.list_price(),
            bid_count: 0,
            bids_logged: 0,
            seq: stored(auction.seq),
            reminded: false,
            version: 1,
            created_at: column(now),
            changed_at: column(now),
            closed_at: None,
        }
    }

    /// Puts it into the database.
    ///
    /// # Errors
    /// As the database says.
    pub fn insert(&self, conn: &mut Conn) -> DbResult<AuctionId> {
        on!(conn, |c| diesel::insert_into(auctions::table).values(self).execute(c))?;
        Ok(AuctionId::new(conn.last_insert_id()?))
    }
}

/// A locked auction, with its work's title for notices.
#[derive(Debug, Clone)]
pub struct Locked {
    /// The row.
    pub row: AuctionRow,
    /// The work's title.
    pub title: String,
}

/// Locked auctions at a moment.
#[derive(Debug)]
pub struct LockedAt {
    /// In the order of their ids.
    pub auctions: Vec<Locked>,
    /// The database's clock after they were locked, if it told.
    pub now: Option<Timestamp>,
}

/// Locks auctions, in the order of their ids. Ids that there are not are left out.
///
/// # Errors
/// As the database says.
pub fn lock(conn: &mut Conn, ids: Vec<AuctionId>) -> DbResult<LockedAt> {
    let ids = padded(ids);
    // Subqueries lock nothing. Joined, the works would be locked as well, in whatever order.
    let title =
        || works::table.filter(works::id.eq(auctions::work_id)).select(works::title).single_value();
    let locked = |row, title: Option<String>| Locked { row, title: title.unwrap_or_default() };
    let has_live_clock = conn.has_live_clock();
    match conn.link()? {
        // The transaction is the only writer already.
        Link::Sqlite(c) => {
            let query = auctions::table
                .filter(auctions::id.eq_any(ids))
                .order(auctions::id)
                .select((AuctionRow::as_select(), title()));
            let rows: Vec<(AuctionRow, Option<String>)> = Kept(query).load(c)?;
            let auctions = rows.into_iter().map(|(row, title)| locked(row, title)).collect();
            Ok(LockedAt { auctions, now: Some(process_clock()) })
        }
        Link::Mysql(c) => {
            let clock = sql::<diesel::sql_types::Timestamp>(LIVE_CLOCK);
            let query = auctions::table
                .filter(auctions::id.eq_any(ids))
                .order(auctions::id)
                .select((AuctionRow::as_select(), title(), clock))
                .for_update();
            let rows: Vec<(AuctionRow, Option<String>, NaiveDateTime)> = Kept(query).load(c)?;
            let now = rows.iter().map(|(_, _, now)| now.and_utc()).max();
            let auctions = rows.into_iter().map(|(row, title, _)| locked(row, title)).collect();
            Ok(LockedAt { auctions, now: now.filter(|_| has_live_clock) })
        }
    }
}

/// Writes locked rows back.
///
/// # Errors
/// As the database says.
pub fn save(conn: &mut Conn, rows: &[&AuctionRow]) -> DbResult<()> {
    let (link, script) = conn.parts()?;
    match link {
        Link::Sqlite(c) => {
            for row in rows {
                diesel::update(auctions::table.find(row.id)).set(*row).execute(c)?;
            }
        }
        Link::Mysql(_) => {
            for rows in rows.chunks(CHUNK) {
                script.add_to_existing(&overwriting(rows))?;
            }
        }
    }
    Ok(())
}

/// For how long after its moment a bid may be written that was decided without looking.
pub const WITHIN: TimeDelta = TimeDelta::seconds(1);

/// How bids have left an auction, as far as the next bid depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Who leads.
    pub leader: UserId,
    /// The most that he is willing to pay.
    pub maximum: Money,
    /// The price.
    pub price: Money,
    /// How many bids are in the log.
    pub bids_logged: i64,
}

impl Standing {
    /// The columns that tell it.
    const COLUMNS: [&str; 4] = ["leader_id", "maximum", "price", "bids_logged"];

    /// How an auction stands; none if nobody has bid.
    pub fn of(row: &AuctionRow) -> Option<Self> {
        Some(Self {
            leader: row.leader_id?,
            maximum: row.maximum?,
            price: row.price?,
            bids_logged: row.bids_logged,
        })
    }

    fn values(self) -> [i64; Self::COLUMNS.len()] {
        [self.leader.get(), self.maximum.points(), self.price.points(), self.bids_logged]
    }
}

/// What becomes null if an auction does not stand as it was thought to.
pub const GUARD: &str = "status";

/// Writes what bids change over rows that are not locked, and locks them. The rows were decided on
/// at `now`, far from their auctions' ends, from how these were thought to stand.
///
/// # Errors
/// One of these auctions is not on offer, or does not stand so, or `now` is not a moment of the
/// last second. Also as the database says.
pub fn advance(conn: &mut Conn, rows: &[(Standing, &AuctionRow)], now: Timestamp) -> DbResult<()> {
    match conn.parts()? {
        // Whoever writes there has locked everything.
        (Link::Sqlite(_), _) => save(conn, &rows.iter().map(|(_, row)| *row).collect::<Vec<_>>()),
        (Link::Mysql(_), script) => {
            rows.chunks(CHUNK).try_for_each(|rows| script.add_text(|sql| advancing(sql, rows, now)))
        }
    }
}

/// Writes what bids change over rows that are locked, and whose ends stay where they are.
///
/// # Errors
/// As the database says.
pub fn advance_locked(conn: &mut Conn, rows: &[&AuctionRow], now: Timestamp) -> DbResult<()> {
    match (conn.parts()?, rows) {
        ((Link::Mysql(_), script), [row]) => {
            script.add_text(|sql| advancing_one(sql, row, now, |_| ()))
        }
        _ => save(conn, rows),
    }
}

/// What bids change, but for the time of the last public change.
const ADVANCED: [&str; 8] =
    ["leader_id", "maximum", "price", "list_price", "bid_count", "bids_logged", "seq", "version"];

/// Stands before each row of values in MySQL, and before none in MariaDB, which skips comments that
/// are for versions that it never had.
const ROW: &str = "/*!80019 ROW*/";

/// One statement for all rows: several are given as a table, by which each is found in its turn. The
/// status becomes null, which no status may be, unless the auction is on offer and stands as it was
/// thought to, and `now` is a moment of the last second.
fn advancing(sql: &mut String, rows: &[(Standing, &AuctionRow)], now: Timestamp) -> DbResult<()> {
    if let [(before, row)] = rows {
        return advancing_one(sql, row, now, |sql| {
            guarding(sql, now, |sql| {
                for (column, value) in Standing::COLUMNS.iter().zip(before.values()) {
                    push(sql, &[" AND it.", column, " = "]);
                    value.write(sql);
                }
            });
        });
    }
    let moment = column(now);
    sql.push_str("UPDATE (SELECT 0 AS id, 0 AS has_changed");
    for column in Standing::COLUMNS {
        push(sql, &[", 0 AS old_", column]);
    }
    for column in ADVANCED {
        push(sql, &[", 0 AS ", column]);
    }
    let mut start = " FROM DUAL WHERE FALSE UNION ALL VALUES ";
    for (before, row) in rows {
        push(sql, &[start, ROW, "("]);
        row.id.write(sql);
        sql.push_str(", ");
        (row.changed_at == moment).write(sql);
        for value in before.values().into_iter().chain(advanced(row)?) {
            sql.push_str(", ");
            value.write(sql);
        }
        sql.push(')');
        start = ", ";
    }
    sql.push_str(") AS later STRAIGHT_JOIN auctions AS it ON it.id = later.id SET ");
    guarding(sql, now, |sql| {
        for column in Standing::COLUMNS {
            push(sql, &[" AND it.", column, " = later.old_", column]);
        }
    });
    for column in ADVANCED {
        push(sql, &["it.", column, " = later.", column, ", "]);
    }
    sql.push_str("it.changed_at = IF(later.has_changed, ");
    moment.write(sql);
    sql.push_str(", it.changed_at)");
    Ok(())
}

/// The statement for one row, with what comes before its columns.
fn advancing_one(
    sql: &mut String,
    row: &AuctionRow,
    now: Timestamp,
    guard: impl FnOnce(&mut String),
) -> DbResult<()> {
    sql.push_str("UPDATE auctions AS it SET ");
    guard(sql);
    let moment = column(now);
    if row.changed_at == moment {
        sql.push_str("it.changed_at = ");
        moment.write(sql);
        sql.push_str(", ");
    }
    let mut separator = "it.";
    for (column, value) in ADVANCED.iter().zip(advanced(row)?) {
        push(sql, &[separator, column, " = "]);
        value.write(sql);
        separator = ", it.";
    }
    sql.push_str(" WHERE it.id = ");
    row.id.write(sql);
    Ok(())
}

fn guarding(sql: &mut String, now: Timestamp, standing: impl FnOnce(&mut String)) {
    push(sql, &["it.status = IF(it.status = '", LISTED, "'"]);
    standing(sql);
    push(sql, &[" AND ", MYSQL_CLOCK, " BETWEEN "]);
    column(now).write(sql);
    sql.push_str(" AND ");
    column(now + WITHIN).write(sql);
    sql.push_str(", it.status, NULL), ");
}

fn push(sql: &mut String, parts: &[&str]) {
    sql.extend(parts.iter().copied());
}

/// The values of [`ADVANCED`].
fn advanced(row: &AuctionRow) -> DbResult<[i64; ADVANCED.len()]> {
    let (Some(leader), Some(maximum), Some(price)) = (row.leader_id, row.maximum, row.price) else {
        return Err(DbError::Defect(format!("auction {}: no bid has advanced it", row.id)));
    };
    Ok([
        leader.get(),
        maximum.points(),
        price.points(),
        row.list_price.points(),
        row.bid_count,
        row.bids_logged,
        row.seq,
        row.version,
    ])
}

/// One statement that writes many rows over those that are there. Work and seller never change.
fn overwriting(rows: &[&AuctionRow]) -> impl QueryFragment<Mysql> {
    diesel::insert_into(auctions::table)
        .values(rows.to_vec())
        .on_conflict(diesel::dsl::DuplicatedKeys)
        .do_update()
        .set(as_given!(
            auctions: genre_id, house_id, status, outcome, start_price, reserve_price,
            buy_now_price, starts_at, scheduled_end, ends_at, leader_id, maximum, price,
            list_price, bid_count, bids_logged, seq, reminded, version, created_at, changed_at,
            closed_at,
        ))
}

/// One auction, as it is.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, id: AuctionId) -> DbResult<Option<AuctionRow>> {
    let row = on!(conn, |c| auctions::table
        .find(id)
        .select(AuctionRow::as_select())
        .first(c)
        .optional())?;
    Ok(row)
}

/// The listed auctions that end before `until`, the next to end first.
///
/// # Errors
/// As the database says.
pub fn ending_before(
    conn: &mut Conn,
    until: Timestamp,
    limit: i64,
) -> DbResult<Vec<(AuctionId, Timestamp)>> {
    let rows: Vec<(AuctionId, NaiveDateTime)> = on!(conn, |c| auctions::table
        .filter(auctions::status.eq(LISTED))
        .filter(auctions::ends_at.lt(column(until)))
        .order((auctions::ends_at, auctions::id))
        .limit(limit)
        .select((auctions::id, auctions::ends_at))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, ends_at)| (id, ends_at.and_utc())).collect())
}

/// Open auctions with a bid that end before `until`, whose followers were not told yet.
///
/// # Errors
/// As the database says.
pub fn unreminded_before(
    conn: &mut Conn,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> DbResult<Vec<AuctionId>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::status.eq(LISTED))
        .filter(auctions::ends_at.lt(column(until)))
        .filter(auctions::ends_at.gt(column(now)))
        .filter(auctions::starts_at.le(column(now)))
        .filter(auctions::reminded.eq(false))
        .order((auctions::ends_at, auctions::id))
        .limit(limit)
        .select(auctions::id)
        .load(c))?)
}

/// Removes a draft, and its work if it is no other auction's.
///
/// # Errors
/// As the database says.
pub fn remove_draft(conn: &mut Conn, row: &AuctionRow, now: Timestamp) -> DbResult<()> {
    // Its seller may have watched it.
    on!(conn, |c| diesel::delete(watches::table.filter(watches::auction_id.eq(row.id)))
        .execute(c))?;
    on!(conn, |c| diesel::delete(auctions::table.find(row.id)).execute(c))?;
    let others: i64 = on!(conn, |c| auctions::table
        .filter(auctions::work_id.eq(row.work_id))
        .count()
        .get_result(c))?;
    if others == 0 {
        let images = images::of_work(conn, row.work_id)?;
        images::replace(conn, row.work_id, &images, &[], now)?;
        // Whoever suspended it has written that down elsewhere.
        on!(conn, |c| diesel::delete(suspended_works::table.find(row.work_id)).execute(c))?;
        on!(conn, |c| diesel::delete(works::table.find(row.work_id)).execute(c))?;
    }
    Ok(())
}

/// A seller's drafts.
///
/// # Errors
/// As the database says.
pub fn drafts_of(conn: &mut Conn, seller: UserId) -> DbResult<Vec<AuctionId>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::seller_id.eq(seller))
        .filter(auctions::status.eq(DRAFT))
        .order(auctions::id)
        .select(auctions::id)
        .load(c))?)
}

/// All auctions of a work.
///
/// # Errors
/// As the database says.
pub fn of_work(conn: &mut Conn, work: WorkId) -> DbResult<Vec<AuctionRow>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::work_id.eq(work))
        .order(auctions::id)
        .select(AuctionRow::as_select())
        .load(c))?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use diesel::debug_query;

    use super::*;

    /// The names between backticks.
    fn names(sql: &str) -> BTreeSet<&str> {
        sql.split('`').skip(1).step_by(2).collect()
    }

    fn a_row() -> AuctionRow {
        AuctionRow {
            id: AuctionId::new(1),
            work_id: WorkId::new(1),
            seller_id: UserId::new(1),
            genre_id: 1,
            house_id: 1,
            status: String::new(),
            outcome: None,
            start_price: Money::ZERO,
            reserve_price: None,
            buy_now_price: None,
            starts_at: NaiveDateTime::default(),
            scheduled_end: NaiveDateTime::default(),
            ends_at: NaiveDateTime::default(),
            leader_id: None,
            maximum: None,
            price: None,
            list_price: Money::ZERO,
            bid_count: 0,
            bids_logged: 0,
            seq: 0,
            reminded: false,
            version: 0,
            created_at: NaiveDateTime::default(),
            changed_at: NaiveDateTime::default(),
            closed_at: None,
        }
    }

    #[test]
    fn one_row_is_advanced_as_several_are() {
        let row = AuctionRow {
            leader_id: Some(UserId::new(5)),
            maximum: Some(Money::new(7_000)),
            price: Some(Money::new(6_000)),
            ..a_row()
        };
        let before = Standing::of(&row).unwrap();
        let set = |rows: &[(Standing, &AuctionRow)]| -> BTreeSet<String> {
            let mut sql = String::new();
            advancing(&mut sql, rows, row.changed_at.and_utc()).unwrap();
            let (_, set) = sql.split_once(" SET ").unwrap();
            let set = set.split(" WHERE ").next().unwrap();
            let names = set.split("it.").filter_map(|part| part.split_once(" = "));
            names.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' ')).collect()
        };
        let expected: BTreeSet<_> =
            ADVANCED.into_iter().chain(["status", "changed_at"]).map(str::to_owned).collect();
        assert_eq!(set(&[(before, &row)]), expected);
        assert_eq!(set(&[(before, &row), (before, &row)]), expected);
        assert_eq!(Standing::of(&a_row()), None, "nobody leads");
        let nobody = advancing(&mut String::new(), &[(before, &a_row())], row.changed_at.and_utc());
        assert!(nobody.is_err(), "nobody leads");
    }

    #[test]
    fn every_column_that_may_change_is_written_over() {
        let row = a_row();
        let sql = debug_query::<Mysql, _>(&overwriting(&[&row])).to_string();
        let (inserted, changed) = sql.split_once("ON DUPLICATE KEY UPDATE").unwrap();
        let missing: Vec<_> = names(inserted).difference(&names(changed)).copied().collect();
        assert_eq!(missing, ["auctions", "id", "seller_id", "work_id"]);
    }
}
