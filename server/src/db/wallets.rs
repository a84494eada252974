//! Wallets, the ledger, charges and sales.

use artipul_common::{
    AuctionId, ChargeId, EntryId, Money, Timestamp, UserId, WorkId,
    wallet::{Charge, Entry, EntryKind},
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult,
    bids::CHUNK,
    listings, on,
    schema::{charges, ledger, sales, wallets},
    types::{Named, column},
};

/// A row of `wallets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = wallets)]
pub struct WalletRow {
    /// Whose.
    pub user_id: UserId,
    /// All points.
    pub balance: Money,
    /// Of these, set aside.
    pub held: Money,
}

/// A locked wallet, with its owner's nickname for what the public sees.
#[derive(Debug, Clone)]
pub struct Locked {
    /// The row.
    pub row: WalletRow,
    /// The owner's nickname.
    pub nickname: String,
}

/// Locks wallets, in the order of their owners' ids. Users that there are not are left out.
///
/// # Errors
/// As the database says.
pub fn lock(conn: &mut Conn, users: Vec<UserId>) -> DbResult<Vec<Locked>> {
    let rows: Vec<WalletRow> = match conn {
        // The transaction is the only writer already.
        Conn::Sqlite(c) => wallets::table
            .filter(wallets::user_id.eq_any(users))
            .order(wallets::user_id)
            .select(WalletRow::as_select())
            .load(c)?,
        Conn::Mysql(c) => wallets::table
            .filter(wallets::user_id.eq_any(users))
            .order(wallets::user_id)
            .select(WalletRow::as_select())
            .for_update()
            .load(c)?,
    };
    // Not joined above: users would be locked as well, while others who hold them want wallets.
    let mut nicknames = listings::nicknames(conn, rows.iter().map(|row| row.user_id).collect())?;
    let locked = |row: WalletRow| {
        let nickname = nicknames.remove(&row.user_id).unwrap_or_default();
        Locked { row, nickname }
    };
    Ok(rows.into_iter().map(locked).collect())
}

/// A user's wallet, as it is.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, user: UserId) -> DbResult<WalletRow> {
    Ok(on!(conn, |c| wallets::table.find(user).select(WalletRow::as_select()).first(c))?)
}

/// Opens an empty wallet.
///
/// # Errors
/// As the database says.
pub fn open(conn: &mut Conn, user_id: UserId) -> DbResult<()> {
    let row = WalletRow { user_id, balance: Money::ZERO, held: Money::ZERO };
    on!(conn, |c| diesel::insert_into(wallets::table).values(row).execute(c))?;
    Ok(())
}

/// Writes a locked wallet back.
///
/// # Errors
/// As the database says.
pub fn save(conn: &mut Conn, row: WalletRow) -> DbResult<()> {
    on!(conn, |c| diesel::update(wallets::table.find(row.user_id))
        .set((wallets::balance.eq(row.balance), wallets::held.eq(row.held)))
        .execute(c))?;
    Ok(())
}

/// The accounts between which points move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// A user's wallet.
    Wallet(UserId),
    /// The payment gateway: what came in from outside, negated.
    Gateway,
}

/// A row of `ledger` on its way in.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = ledger, treat_none_as_default_value = false)]
pub struct NewEntry {
    transfer: String,
    account: &'static str,
    user_id: Option<UserId>,
    kind: &'static str,
    amount: Money,
    balance_after: Option<Money>,
    auction_id: Option<AuctionId>,
    charge_id: Option<ChargeId>,
    created_at: NaiveDateTime,
}

/// What a transfer is for. It names the transfer, so that the same one cannot be booked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// The payment of a sale.
    Sale(AuctionId),
    /// A paid charge.
    Charge(ChargeId),
    /// A charge that was cancelled after it was paid.
    ChargeCancelled(ChargeId),
}

impl Transfer {
    /// The name, which every entry of it has.
    pub fn name(self) -> String {
        match self {
            Self::Sale(auction) => format!("sale:{auction}"),
            Self::Charge(charge) => format!("charge:{charge}"),
            Self::ChargeCancelled(charge) => format!("charge-cancelled:{charge}"),
        }
    }
}

impl NewEntry {
    /// One side of a transfer; `balance_after` is the wallet's, and `None` for the house's own
    /// accounts.
    pub fn new(
        transfer: Transfer,
        account: Account,
        kind: EntryKind,
        amount: Money,
        balance_after: Option<Money>,
        now: Timestamp,
    ) -> Self {
        let (name, user_id) = match account {
            Account::Wallet(user) => ("wallet", Some(user)),
            Account::Gateway => ("gateway", None),
        };
        let (auction_id, charge_id) = match transfer {
            Transfer::Sale(auction) => (Some(auction), None),
            Transfer::Charge(charge) | Transfer::ChargeCancelled(charge) => (None, Some(charge)),
        };
        Self {
            transfer: transfer.name(),
            account: name,
            user_id,
            kind: kind.as_str(),
            amount,
            balance_after,
            auction_id,
            charge_id,
            created_at: column(now),
        }
    }
}

/// Books transfers.
///
/// # Errors
/// As the database says.
pub fn book(conn: &mut Conn, entries: &[NewEntry]) -> DbResult<()> {
    for entries in entries.chunks(CHUNK) {
        on!(conn, |c| diesel::insert_into(ledger::table).values(entries).execute(c))?;
    }
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger)]
struct EntryRow {
    id: EntryId,
    kind: String,
    amount: Money,
    balance_after: Option<Money>,
    auction_id: Option<AuctionId>,
    charge_id: Option<ChargeId>,
    created_at: NaiveDateTime,
}

/// A page of a wallet's movements before `before`, newest first.
///
/// # Errors
/// As the database says.
pub fn entries(
    conn: &mut Conn,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> DbResult<Vec<Entry>> {
    let rows: Vec<EntryRow> = on!(conn, |c| ledger::table
        .filter(ledger::user_id.eq(user))
        .filter(ledger::id.lt(before.unwrap_or(i64::MAX)))
        .order(ledger::id.desc())
        .limit(limit)
        .select(EntryRow::as_select())
        .load(c))?;
    rows.into_iter()
        .map(|row| {
            Ok(Entry {
                id: row.id,
                kind: Named::from_name(&row.kind)?,
                amount: row.amount,
                balance_after: row.balance_after.unwrap_or_default(),
                auction_id: row.auction_id,
                charge_id: row.charge_id,
                created_at: row.created_at.and_utc(),
            })
        })
        .collect()
}

/// A row of `charges`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = charges, treat_none_as_null = true)]
pub struct ChargeRow {
    /// Its id.
    pub id: ChargeId,
    /// Whose.
    pub user_id: UserId,
    /// How many points.
    pub amount: Money,
    /// `pending`, `paid`, `cancelled` or `failed`.
    pub status: String,
    /// The gateway.
    pub gateway: String,
    /// The gateway's id of the payment.
    pub payment_id: Option<String>,
    /// Where the payer pays.
    pub checkout_url: Option<String>,
    /// When it was asked for.
    pub created_at: NaiveDateTime,
}

impl ChargeRow {
    /// The charge as the API shows it.
    ///
    /// # Errors
    /// The row has a status that there is not.
    pub fn charge(&self) -> DbResult<Charge> {
        Ok(Charge {
            id: self.id,
            amount: self.amount,
            status: Named::from_name(&self.status)?,
            gateway: self.gateway.clone(),
            checkout_url: self.checkout_url.clone(),
            created_at: self.created_at.and_utc(),
        })
    }
}

/// Puts a pending charge into the database.
///
/// # Errors
/// As the database says.
pub fn insert_charge(
    conn: &mut Conn,
    user: UserId,
    amount: Money,
    gateway: &str,
    now: Timestamp,
) -> DbResult<ChargeId> {
    let row = (
        charges::user_id.eq(user),
        charges::amount.eq(amount),
        charges::status.eq("pending"),
        charges::gateway.eq(gateway),
        charges::created_at.eq(column(now)),
    );
    on!(conn, |c| diesel::insert_into(charges::table).values(row).execute(c))?;
    Ok(ChargeId::new(conn.last_insert_id()?))
}

/// A charge of a user.
///
/// # Errors
/// As the database says.
pub fn find_charge(conn: &mut Conn, user: UserId, charge: ChargeId) -> DbResult<Option<ChargeRow>> {
    Ok(on!(conn, |c| charges::table
        .find(charge)
        .filter(charges::user_id.eq(user))
        .select(ChargeRow::as_select())
        .first(c)
        .optional())?)
}

/// Locks a charge of a user.
///
/// # Errors
/// As the database says.
pub fn lock_charge(conn: &mut Conn, user: UserId, charge: ChargeId) -> DbResult<Option<ChargeRow>> {
    let row = match conn {
        Conn::Sqlite(c) => charges::table
            .find(charge)
            .filter(charges::user_id.eq(user))
            .select(ChargeRow::as_select())
            .first(c)
            .optional()?,
        Conn::Mysql(c) => charges::table
            .find(charge)
            .filter(charges::user_id.eq(user))
            .select(ChargeRow::as_select())
            .for_update()
            .first(c)
            .optional()?,
    };
    Ok(row)
}

/// Writes a locked charge back.
///
/// # Errors
/// As the database says.
pub fn save_charge(conn: &mut Conn, row: &ChargeRow) -> DbResult<()> {
    on!(conn, |c| diesel::update(charges::table.find(row.id)).set(row).execute(c))?;
    Ok(())
}

/// A row of `sales`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sales)]
pub struct SaleRow {
    /// The auction; one has at most one sale.
    pub auction_id: AuctionId,
    /// The work.
    pub work_id: WorkId,
    /// Who sold it.
    pub seller_id: UserId,
    /// Who has bought it.
    pub buyer_id: UserId,
    /// The hammer price.
    pub price: Money,
    /// `highest-bid` or `buy-now`.
    pub kind: String,
    /// When.
    pub sold_at: NaiveDateTime,
}

/// Records sales.
///
/// # Errors
/// As the database says.
pub fn record_sales(conn: &mut Conn, rows: &[SaleRow]) -> DbResult<()> {
    for rows in rows.chunks(CHUNK) {
        on!(conn, |c| diesel::insert_into(sales::table).values(rows).execute(c))?;
    }
    Ok(())
}
