//! Wallets, the ledger, charges and sales.

use std::sync::Arc;

use artipul_common::{
    AuctionId, ChargeId, EntryId, Money, Timestamp, UserId, WorkId,
    wallet::{Charge, Entry, EntryKind},
};
use chrono::NaiveDateTime;
use diesel::{connection::SimpleConnection, dsl::sql, prelude::*};

use super::{
    Conn, DbResult, Link,
    bulk::{CHUNK, as_given},
    conn::{MYSQL_CLOCK, process_clock},
    kept::{Kept, padded},
    later,
    literal::Literal,
    on,
    schema::{charges, ledger, sales, users, wallets},
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

/// A wallet, with its owner's nickname for what the public sees.
#[derive(Debug, Clone)]
pub struct OwnedWallet {
    /// The row.
    pub row: WalletRow,
    /// The owner's nickname.
    pub nickname: Arc<str>,
}

/// Wallets at a moment.
#[derive(Debug)]
pub struct WalletsAt {
    /// In the order of their owners' ids.
    pub wallets: Vec<OwnedWallet>,
    /// The database's clock when it began to look at them, so after everything that was locked
    /// before.
    pub now: Timestamp,
}

/// Locks wallets, in the order of their owners' ids, and reads the clock. Users that there are not
/// are left out.
///
/// # Errors
/// As the database says.
pub fn lock(conn: &mut Conn, users: Vec<UserId>) -> DbResult<WalletsAt> {
    load(conn, users, true)
}

/// As [`lock`], but locks nothing.
///
/// # Errors
/// As the database says.
pub fn look(conn: &mut Conn, users: Vec<UserId>) -> DbResult<WalletsAt> {
    load(conn, users, false)
}

fn load(conn: &mut Conn, users: Vec<UserId>, is_to_lock: bool) -> DbResult<WalletsAt> {
    let users = padded(users);
    // Subqueries lock nothing. Joined, the users would be locked as well, while others who hold
    // them want wallets.
    let nickname = || {
        users::table.filter(users::id.eq(wallets::user_id)).select(users::nickname).single_value()
    };
    let owned = |row, nickname: Option<String>| OwnedWallet {
        row,
        nickname: nickname.unwrap_or_default().into(),
    };
    match conn.link()? {
        // The transaction is the only writer already.
        Link::Sqlite(c) => {
            let query = wallets::table
                .filter(wallets::user_id.eq_any(users))
                .order(wallets::user_id)
                .select((WalletRow::as_select(), nickname()));
            let rows: Vec<(WalletRow, Option<String>)> = Kept(query).load(c)?;
            let wallets = rows.into_iter().map(|(row, nickname)| owned(row, nickname)).collect();
            Ok(WalletsAt { wallets, now: process_clock() })
        }
        Link::Mysql(c) => {
            let clock = sql::<diesel::sql_types::Timestamp>(MYSQL_CLOCK);
            let query = wallets::table
                .filter(wallets::user_id.eq_any(users))
                .order(wallets::user_id)
                .select((WalletRow::as_select(), nickname(), clock));
            let rows: Vec<(WalletRow, Option<String>, NaiveDateTime)> =
                if is_to_lock { Kept(query.for_update()).load(c)? } else { Kept(query).load(c)? };
            let now = match rows.first() {
                Some((_, _, now)) => now.and_utc(),
                None => conn.now()?,
            };
            let wallets = rows.into_iter().map(|(row, nickname, _)| owned(row, nickname)).collect();
            Ok(WalletsAt { wallets, now })
        }
    }
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

/// Writes locked wallets back.
///
/// # Errors
/// As the database says.
pub fn save(conn: &mut Conn, rows: &[WalletRow]) -> DbResult<()> {
    let (link, script) = conn.parts()?;
    match link {
        Link::Sqlite(c) => {
            for row in rows {
                diesel::update(wallets::table.find(row.user_id))
                    .set((wallets::balance.eq(row.balance), wallets::held.eq(row.held)))
                    .execute(c)?;
            }
        }
        Link::Mysql(_) => {
            for rows in rows.chunks(CHUNK) {
                script.add_to_existing(
                    &diesel::insert_into(wallets::table)
                        .values(rows)
                        .on_conflict(diesel::dsl::DuplicatedKeys)
                        .do_update()
                        .set(as_given!(wallets: balance, held)),
                )?;
            }
        }
    }
    Ok(())
}

/// A change of what is held in a wallet that is not locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldChange {
    /// Whose.
    pub user: UserId,
    /// What is added to what is held.
    pub change: Money,
    /// What of his points must be free before.
    pub required: Money,
}

/// Changes what is held in wallets, given in the order of their owners' ids, and locks them.
///
/// # Errors
/// In one of the wallets not as much is free as is required, or more would be released than is held:
/// the column takes no null, and the table has a condition. Also as the database says.
pub fn hold(conn: &mut Conn, changes: &[HoldChange]) -> DbResult<()> {
    let (link, script) = conn.parts()?;
    for changes in changes.chunks(HOLDS) {
        match link {
            Link::Sqlite(c) => {
                let mut sql = String::new();
                holding(&mut sql, changes);
                c.batch_execute(&sql)?;
            }
            Link::Mysql(_) => script.add_text(|sql| {
                holding(sql, changes);
                Ok(())
            })?,
        }
    }
    Ok(())
}

/// One statement for all wallets.
fn holding(sql: &mut String, changes: &[HoldChange]) {
    sql.push_str("UPDATE wallets SET held = held + CASE user_id");
    for HoldChange { user, change, required } in changes {
        sql.push_str(" WHEN ");
        user.write(sql);
        sql.push_str(" THEN IF(balance - held >= ");
        required.write(sql);
        sql.push_str(", ");
        change.write(sql);
        sql.push_str(", NULL)");
    }
    let mut before = " END WHERE user_id IN (";
    for HoldChange { user, .. } in changes {
        sql.push_str(before);
        user.write(sql);
        before = ", ";
    }
    sql.push(')');
}

/// Wallets of one statement: for each it goes through half of them.
const HOLDS: usize = 64;

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
        later!(conn, diesel::insert_into(ledger::table).values(entries));
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
    let row = match conn.link()? {
        Link::Sqlite(c) => charges::table
            .find(charge)
            .filter(charges::user_id.eq(user))
            .select(ChargeRow::as_select())
            .first(c)
            .optional()?,
        Link::Mysql(c) => charges::table
            .find(charge)
            .filter(charges::user_id.eq(user))
            .select(ChargeRow::as_select())
            .for_update()
            .first(c)
            .optional()?,
    };
    Ok(row)
}

/// Whose a charge is.
///
/// # Errors
/// As the database says.
pub fn owner_of_charge(conn: &mut Conn, charge: ChargeId) -> DbResult<Option<UserId>> {
    Ok(on!(conn, |c| charges::table.find(charge).select(charges::user_id).first(c).optional())?)
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
        later!(conn, diesel::insert_into(sales::table).values(rows));
    }
    Ok(())
}
