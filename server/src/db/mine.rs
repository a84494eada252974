//! What belongs to one user: participations, purchases, own auctions, watches, and how many there
//! are of each.

use artipul_common::{
    AuctionId, Money, Timestamp, UserId,
    auctions::Phase,
    mine::{SaleKind, Standing, Summary},
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult,
    auctions::{AuctionRow, ENDED, LISTED, count},
    on,
    schema::{auctions, notifications, participations, sales, suspended_works, watches},
    types::{Named, column},
};

/// How a bidder stands in an auction.
pub fn standing(row: &AuctionRow, user: UserId) -> Standing {
    let is_leader = row.leader_id == Some(user);
    match (row.status == ENDED, row.outcome.as_deref()) {
        (false, _) if is_leader => Standing::Leading,
        (false, _) => Standing::Outbid,
        (true, Some("sold")) if is_leader => Standing::Won,
        (true, _) => Standing::Lost,
    }
}

/// A page of the auctions on which a user has bid, the newest auction first, with the most he
/// authorised.
///
/// # Errors
/// As the database says.
pub fn participations(
    conn: &mut Conn,
    user: UserId,
    state: Option<Standing>,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<(Money, AuctionRow)>> {
    Ok(on!(conn, |c| {
        let mut query = participations::table
            .inner_join(auctions::table)
            .filter(participations::user_id.eq(user))
            .filter(participations::auction_id.lt(before.unwrap_or(i64::MAX)))
            .order(participations::auction_id.desc())
            .limit(limit)
            .select((participations::maximum, AuctionRow::as_select()))
            .into_boxed();
        let leads = auctions::leader_id.eq(Some(user));
        let is_sold = auctions::outcome.eq(Some("sold"));
        query = match state {
            None => query,
            Some(Standing::Leading) => query.filter(auctions::status.ne(ENDED)).filter(leads),
            Some(Standing::Outbid) => {
                query.filter(auctions::status.ne(ENDED)).filter(auctions::leader_id.ne(Some(user)))
            }
            Some(Standing::Won) => {
                query.filter(auctions::status.eq(ENDED)).filter(leads).filter(is_sold)
            }
            Some(Standing::Lost) => query
                .filter(auctions::status.eq(ENDED))
                .filter(auctions::leader_id.ne(Some(user)).or(auctions::outcome.ne(Some("sold")))),
        };
        query.load(c)
    })?)
}

/// A sale with its auction.
#[derive(Debug, Clone)]
pub struct Bought {
    /// What was paid.
    pub price: Money,
    /// How it was bought.
    pub kind: SaleKind,
    /// When.
    pub sold_at: Timestamp,
    /// The auction.
    pub row: AuctionRow,
}

/// A page of the works that a user has bought, the newest auction first.
///
/// # Errors
/// As the database says.
pub fn purchases(
    conn: &mut Conn,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<Bought>> {
    let rows: Vec<(Money, String, NaiveDateTime, AuctionRow)> = on!(conn, |c| sales::table
        .inner_join(auctions::table)
        .filter(sales::buyer_id.eq(user))
        .filter(sales::auction_id.lt(before.unwrap_or(i64::MAX)))
        .order(sales::auction_id.desc())
        .limit(limit)
        .select((sales::price, sales::kind, sales::sold_at, AuctionRow::as_select()))
        .load(c))?;
    rows.into_iter()
        .map(|(price, kind, sold_at, row)| {
            let kind = SaleKind::from_name(&kind)?;
            Ok(Bought { price, kind, sold_at: sold_at.and_utc(), row })
        })
        .collect()
}

/// A page of a seller's auctions, the newest first; drafts too where `with_drafts`.
///
/// # Errors
/// As the database says.
pub fn auctions_of(
    conn: &mut Conn,
    seller: UserId,
    phase: Option<Phase>,
    with_drafts: bool,
    now: Timestamp,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    let now = column(now);
    Ok(on!(conn, |c| {
        let mut query = auctions::table
            .filter(auctions::seller_id.eq(seller))
            .filter(auctions::id.lt(before.unwrap_or(i64::MAX)))
            .order(auctions::id.desc())
            .limit(limit)
            .select(AuctionRow::as_select())
            .into_boxed();
        if !with_drafts {
            let suspended = suspended_works::table.select(suspended_works::work_id);
            query = query
                .filter(auctions::status.ne("draft"))
                .filter(auctions::work_id.ne_all(suspended));
        }
        query = match phase {
            None => query,
            Some(Phase::Draft) => query.filter(auctions::status.eq("draft")),
            Some(Phase::Upcoming) => {
                query.filter(auctions::status.eq(LISTED)).filter(auctions::starts_at.gt(now))
            }
            Some(Phase::Open) => query
                .filter(auctions::status.eq(LISTED))
                .filter(auctions::starts_at.le(now))
                .filter(auctions::ends_at.gt(now)),
            Some(Phase::Ended) => query.filter(
                auctions::status
                    .eq(ENDED)
                    .or(auctions::status.eq(LISTED).and(auctions::ends_at.le(now))),
            ),
        };
        query.load(c)
    })?)
}

/// A page of the auctions that a user watches, the newest first.
///
/// # Errors
/// As the database says.
pub fn watched(
    conn: &mut Conn,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    Ok(on!(conn, |c| watches::table
        .inner_join(auctions::table)
        .filter(watches::user_id.eq(user))
        .filter(watches::auction_id.lt(before.unwrap_or(i64::MAX)))
        .order(watches::auction_id.desc())
        .limit(limit)
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// Watches an auction, or no longer; doing it again changes nothing.
///
/// # Errors
/// As the database says.
pub fn watch(
    conn: &mut Conn,
    user: UserId,
    auction: AuctionId,
    watching: bool,
    now: Timestamp,
) -> DbResult<()> {
    let row = (
        watches::user_id.eq(user),
        watches::auction_id.eq(auction),
        watches::created_at.eq(column(now)),
    );
    if watching {
        on!(conn, |c| diesel::insert_or_ignore_into(watches::table).values(row).execute(c))?;
    } else {
        on!(conn, |c| diesel::delete(watches::table.find((user, auction))).execute(c))?;
    }
    Ok(())
}

/// Who follows an auction: its watchers and those who bid on it.
///
/// # Errors
/// As the database says.
pub fn followers(conn: &mut Conn, auction: AuctionId) -> DbResult<Vec<UserId>> {
    let mut users: Vec<UserId> = on!(conn, |c| watches::table
        .filter(watches::auction_id.eq(auction))
        .select(watches::user_id)
        .load(c))?;
    let bidders: Vec<UserId> = on!(conn, |c| participations::table
        .filter(participations::auction_id.eq(auction))
        .select(participations::user_id)
        .load(c))?;
    users.extend(bidders);
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// The counts of everything that is the user's.
///
/// # Errors
/// As the database says.
pub fn summary(conn: &mut Conn, user: UserId, now: Timestamp) -> DbResult<Summary> {
    let mut summary = Summary::default();
    let bid_on: Vec<(String, Option<String>, Option<UserId>, i64)> =
        on!(conn, |c| participations::table
            .inner_join(auctions::table)
            .filter(participations::user_id.eq(user))
            .group_by((auctions::status, auctions::outcome, auctions::leader_id))
            .select((
                auctions::status,
                auctions::outcome,
                auctions::leader_id,
                diesel::dsl::count_star()
            ))
            .load(c))?;
    for (status, outcome, leader, n) in bid_on {
        let is_leader = leader == Some(user);
        *match (status == ENDED, is_leader, outcome.as_deref()) {
            (false, true, _) => &mut summary.leading,
            (false, false, _) => &mut summary.outbid,
            (true, true, Some("sold")) => &mut summary.won,
            (true, ..) => &mut summary.lost,
        } += count(n);
    }
    count_selling(conn, user, now, &mut summary)?;
    summary.purchases =
        count(on!(conn, |c| sales::table.filter(sales::buyer_id.eq(user)).count().get_result(c))?);
    summary.watches = count(on!(conn, |c| watches::table
        .filter(watches::user_id.eq(user))
        .count()
        .get_result(c))?);
    summary.unread = count(on!(conn, |c| notifications::table
        .filter(notifications::user_id.eq(user))
        .filter(notifications::is_read.eq(false))
        .count()
        .get_result(c))?);
    Ok(summary)
}

fn count_selling(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
    summary: &mut Summary,
) -> DbResult<()> {
    let settled: Vec<(String, Option<String>, i64)> = on!(conn, |c| auctions::table
        .filter(auctions::seller_id.eq(user))
        .filter(auctions::status.ne(LISTED))
        .group_by((auctions::status, auctions::outcome))
        .select((auctions::status, auctions::outcome, diesel::dsl::count_star()))
        .load(c))?;
    for (_, outcome, n) in settled {
        *match outcome.as_deref() {
            Some("sold") => &mut summary.sold,
            Some("unsold") => &mut summary.unsold,
            Some(_) => &mut summary.cancelled,
            None => &mut summary.drafts,
        } = count(n);
    }
    let now = column(now);
    let (upcoming, open): (i64, i64) = on!(conn, |c| {
        let listed = || {
            auctions::table
                .filter(auctions::seller_id.eq(user))
                .filter(auctions::status.eq(LISTED))
                .count()
        };
        let upcoming = listed().filter(auctions::starts_at.gt(now)).get_result(c)?;
        let open = listed()
            .filter(auctions::starts_at.le(now))
            .filter(auctions::ends_at.gt(now))
            .get_result(c)?;
        QueryResult::Ok((upcoming, open))
    })?;
    summary.upcoming = count(upcoming);
    summary.selling = count(open);
    Ok(())
}
