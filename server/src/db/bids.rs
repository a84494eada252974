//! The log of bids: written by the desk, read as the public history and by the audit.

use artipul_common::{AuctionId, Money, Timestamp, UserId, bids::HistoryEntry, text};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, Link,
    auctions::count,
    conn::insert_later,
    literal::{Literal, Row, row},
    on,
    schema::{bids, participations, users},
    types::column,
};

/// A row of `bids`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bids, treat_none_as_default_value = false)]
pub struct BidRow {
    /// The auction.
    pub auction_id: AuctionId,
    /// Its place in the auction's log, from 1.
    pub number: i64,
    /// Who.
    pub bidder_id: UserId,
    /// `bid` or `purchase`.
    pub kind: String,
    /// The most he authorised.
    pub maximum: Money,
    /// The public price after it.
    pub price: Money,
    /// The public sequence after it; null where nobody else may see it.
    pub seq: Option<i64>,
    /// When the desk handled it.
    pub placed_at: NaiveDateTime,
}

/// Appends to the log.
///
/// # Errors
/// As the database says.
pub fn append(conn: &mut Conn, rows: &[BidRow]) -> DbResult<()> {
    insert_later!(conn, bids::table, rows);
    Ok(())
}

row!(BidRow as bids: auction_id, number, bidder_id, kind, maximum, price, seq, placed_at);

/// Whether this very row is in the log.
///
/// # Errors
/// As the database says.
pub fn has(conn: &mut Conn, row: &BidRow) -> DbResult<bool> {
    let stored: Option<BidRow> = on!(conn, |c| bids::table
        .find((row.auction_id, row.number))
        .select(BidRow::as_select())
        .first(c)
        .optional())?;
    Ok(stored.as_ref() == Some(row))
}

/// A page of the public history, newest first: entries after `after_seq` and before the sequence
/// number `before`. Places in the log are no places of the history: they count what nobody else
/// may see.
///
/// # Errors
/// As the database says.
pub fn history(
    conn: &mut Conn,
    auction: AuctionId,
    after_seq: Option<u64>,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<HistoryEntry>> {
    let after_seq = after_seq.map_or(0, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let before = before.unwrap_or(i64::MAX);
    let rows: Vec<(Option<i64>, String, Money, NaiveDateTime)> = on!(conn, |c| bids::table
        .inner_join(users::table.on(users::id.eq(bids::bidder_id)))
        .filter(bids::auction_id.eq(auction))
        .filter(bids::seq.gt(after_seq))
        .filter(bids::seq.lt(before))
        .order(bids::seq.desc())
        .limit(limit)
        .select((bids::seq, users::nickname, bids::price, bids::placed_at))
        .load(c))?;
    let entry =
        |(seq, nickname, price, placed_at): (Option<i64>, String, _, NaiveDateTime)| HistoryEntry {
            seq: count(seq.unwrap_or_default()),
            bidder: text::mask_nickname(&nickname),
            amount: price,
            placed_at: placed_at.and_utc(),
        };
    Ok(rows.into_iter().map(entry).collect())
}

/// The whole log of an auction, in order.
///
/// # Errors
/// As the database says.
pub fn log(conn: &mut Conn, auction: AuctionId) -> DbResult<Vec<BidRow>> {
    Ok(on!(conn, |c| bids::table
        .filter(bids::auction_id.eq(auction))
        .order(bids::number)
        .select(BidRow::as_select())
        .load(c))?)
}

/// That a user has bid on an auction, and the most he authorised.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = participations)]
pub struct ParticipationRow {
    /// Who.
    pub user_id: UserId,
    /// On what.
    pub auction_id: AuctionId,
    /// The most he authorised.
    pub maximum: Money,
    /// When he first bid.
    pub first_bid_at: NaiveDateTime,
}

row!(ParticipationRow as participations: user_id, auction_id, maximum, first_bid_at);

impl ParticipationRow {
    /// A participation that began at `now`, if it is the first.
    pub fn new(user_id: UserId, auction_id: AuctionId, maximum: Money, now: Timestamp) -> Self {
        Self { user_id, auction_id, maximum, first_bid_at: column(now) }
    }
}

/// A participation to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Participation<'a> {
    /// The row.
    pub row: &'a ParticipationRow,
    /// Whether nobody has looked if the user is there, and has a wallet.
    pub is_stranger: bool,
}

impl Row for Participation<'_> {
    const INSERT: &'static str = ParticipationRow::INSERT;

    fn write(&self, text: &mut String) {
        if !self.is_stranger {
            return self.row.write(text);
        }
        let ParticipationRow { user_id, auction_id, maximum, first_bid_at } = self.row;
        // Nobody is null, which the column does not take.
        text.push_str("((SELECT user_id FROM wallets WHERE user_id = ");
        user_id.write(text);
        text.push_str("), ");
        auction_id.write(text);
        text.push_str(", ");
        maximum.write(text);
        text.push_str(", ");
        first_bid_at.write(text);
        text.push(')');
    }
}

/// Records participations; where there is one already, only its maximum changes.
///
/// # Errors
/// There is no such stranger. Also as the database says.
pub fn participate(conn: &mut Conn, participations: &[Participation<'_>]) -> DbResult<()> {
    match conn.parts()?.0 {
        // SQLite has no upsert of several rows in diesel; a statement costs no round trip here.
        Link::Sqlite(c) => {
            for Participation { row, .. } in participations {
                diesel::insert_into(participations::table)
                    .values(*row)
                    .on_conflict((participations::user_id, participations::auction_id))
                    .do_update()
                    .set(participations::maximum.eq(row.maximum))
                    .execute(c)?;
            }
        }
        Link::Mysql(_) => {
            let ending = " ON DUPLICATE KEY UPDATE maximum = VALUES(maximum)";
            conn.insert_in_pieces(participations, ending)?;
        }
    }
    Ok(())
}

/// Who has bid on these auctions, by auction.
///
/// # Errors
/// As the database says.
pub fn participants(
    conn: &mut Conn,
    auctions: Vec<AuctionId>,
) -> DbResult<Vec<(AuctionId, UserId)>> {
    Ok(on!(conn, |c| participations::table
        .filter(participations::auction_id.eq_any(auctions))
        .order((participations::auction_id, participations::user_id))
        .select((participations::auction_id, participations::user_id))
        .load(c))?)
}
