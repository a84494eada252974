//! Reads that only the audit needs: everything, in pages.

use artipul_common::{AuctionId, ChargeId, Money, UserId};
use diesel::prelude::*;

use super::{
    Conn, DbError, DbResult,
    auctions::AuctionRow,
    bids::ParticipationRow,
    on,
    schema::{auctions, charges, ledger, participations, sales, wallets, works},
    wallets::{ChargeRow, SaleRow, WalletRow},
};

impl Conn {
    /// Runs reads that all see the database as it was at the first of them.
    ///
    /// # Errors
    /// Those of `work`, and of the database.
    pub fn snapshot<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> DbResult<T>,
    ) -> Result<T, DbError> {
        if self.is_mysql() {
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
            self.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
        } else {
            self.execute("BEGIN")?;
        }
        let outcome = work(self);
        self.execute("ROLLBACK")?;
        outcome
    }
}

/// Auctions after one, in order of their ids.
///
/// # Errors
/// As the database says; so for all below.
pub fn auctions(conn: &mut Conn, after: AuctionId, limit: i64) -> DbResult<Vec<AuctionRow>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::id.gt(after))
        .order(auctions::id)
        .limit(limit)
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// A row of `ledger`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = ledger)]
pub struct LedgerRow {
    /// Its id.
    pub id: i64,
    /// What it is part of.
    pub transfer: String,
    /// `wallet`, or one of the house's own.
    pub account: String,
    /// Why.
    pub kind: String,
    /// Whose wallet; none of the house's own accounts.
    pub user_id: Option<UserId>,
    /// How much.
    pub amount: Money,
    /// The wallet's balance after it.
    pub balance_after: Option<Money>,
    /// The auction it is for.
    pub auction_id: Option<AuctionId>,
    /// The charge it is for.
    pub charge_id: Option<ChargeId>,
}

/// Entries of the ledger after one, in order of their ids.
pub fn ledger(conn: &mut Conn, after: i64, limit: i64) -> DbResult<Vec<LedgerRow>> {
    Ok(on!(conn, |c| ledger::table
        .filter(ledger::id.gt(after))
        .order(ledger::id)
        .limit(limit)
        .select(LedgerRow::as_select())
        .load(c))?)
}

/// Every sale.
pub fn sales(conn: &mut Conn) -> DbResult<Vec<SaleRow>> {
    Ok(on!(conn, |c| sales::table.select(SaleRow::as_select()).load(c))?)
}

/// Every wallet.
pub fn wallets(conn: &mut Conn) -> DbResult<Vec<WalletRow>> {
    Ok(on!(conn, |c| wallets::table.select(WalletRow::as_select()).load(c))?)
}

/// Every charge.
pub fn charges(conn: &mut Conn) -> DbResult<Vec<ChargeRow>> {
    Ok(on!(conn, |c| charges::table.select(ChargeRow::as_select()).load(c))?)
}

/// Numbers in a column that are not in the column that they refer to; a few of them.
pub fn dangling(
    conn: &mut Conn,
    (table, column): (&str, &str),
    (target, key): (&str, &str),
) -> DbResult<Vec<i64>> {
    let sql = format!(
        "SELECT DISTINCT {table}.{column} AS id FROM {table}
         LEFT JOIN {target} ON {target}.{key} = {table}.{column}
         WHERE {target}.{key} IS NULL AND {table}.{column} IS NOT NULL
         ORDER BY {table}.{column} LIMIT 100"
    );
    let found: Vec<Id> = on!(conn, |c| diesel::sql_query(sql).load(c))?;
    Ok(found.into_iter().map(|Id { id }| id).collect())
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

/// The auctions whose works are other sellers'.
pub fn foreign_works(conn: &mut Conn) -> DbResult<Vec<AuctionId>> {
    Ok(on!(conn, |c| auctions::table
        .inner_join(works::table)
        .filter(auctions::seller_id.ne(works::seller_id))
        .order(auctions::id)
        .select(auctions::id)
        .load(c))?)
}

/// The participations in an auction.
pub fn participations(conn: &mut Conn, auction: AuctionId) -> DbResult<Vec<ParticipationRow>> {
    Ok(on!(conn, |c| participations::table
        .filter(participations::auction_id.eq(auction))
        .select(ParticipationRow::as_select())
        .load(c))?)
}
