//! The wallets of a batch, in memory, while they are locked.

use std::collections::BTreeMap;

use artipul_common::{AuctionId, Money, Timestamp, UserId, wallet::EntryKind};

use crate::{
    auction::WalletEffect,
    db::{
        Conn, DbError, DbResult,
        wallets::{self, Account, Locked, LockedWallets, NewEntry, Transfer, WalletRow},
    },
};

#[derive(Default)]
pub(super) struct Wallets {
    locked: BTreeMap<UserId, Locked>,
    /// As they are in the database.
    before: BTreeMap<UserId, WalletRow>,
    entries: Vec<NewEntry>,
}

impl Wallets {
    /// Locks wallets, and reads the clock.
    pub(super) fn lock(conn: &mut Conn, users: Vec<UserId>) -> DbResult<(Self, Timestamp)> {
        let LockedWallets { wallets, now } = wallets::lock(conn, users)?;
        let before = wallets.iter().map(|wallet| (wallet.row.user_id, wallet.row)).collect();
        let locked = wallets.into_iter().map(|wallet| (wallet.row.user_id, wallet)).collect();
        Ok((Self { locked, before, entries: Vec::new() }, now))
    }

    /// Points that are not held; of a user without a wallet, none.
    pub(super) fn available(&self, user: UserId) -> Money {
        self.locked.get(&user).map_or(Money::ZERO, |wallet| wallet.row.balance - wallet.row.held)
    }

    pub(super) fn nickname(&self, user: UserId) -> Option<&str> {
        self.locked.get(&user).map(|wallet| wallet.nickname.as_str())
    }

    pub(super) fn apply(
        &mut self,
        effects: &[WalletEffect],
        auction: AuctionId,
        now: Timestamp,
    ) -> DbResult<()> {
        for effect in effects {
            match *effect {
                WalletEffect::Hold { user, amount } => self.hold(user, amount)?,
                WalletEffect::Release { user, amount } => self.hold(user, -amount)?,
                WalletEffect::Pay { from, to, amount } => {
                    let sale = Transfer::Sale(auction);
                    self.move_points(sale, from, EntryKind::Purchase, -amount, now)?;
                    self.move_points(sale, to, EntryKind::Sale, amount, now)?;
                }
            }
        }
        Ok(())
    }

    fn hold(&mut self, user: UserId, amount: Money) -> DbResult<()> {
        let row = self.change(user)?;
        row.held += amount;
        Ok(())
    }

    fn move_points(
        &mut self,
        transfer: Transfer,
        user: UserId,
        kind: EntryKind,
        amount: Money,
        now: Timestamp,
    ) -> DbResult<()> {
        let row = self.change(user)?;
        row.balance += amount;
        let balance = Some(row.balance);
        let account = Account::Wallet(user);
        self.entries.push(NewEntry::new(transfer, account, kind, amount, balance, now));
        Ok(())
    }

    fn change(&mut self, user: UserId) -> DbResult<&mut WalletRow> {
        match self.locked.get_mut(&user) {
            Some(wallet) => Ok(&mut wallet.row),
            None => Err(DbError::Defect(format!("user {user} has no wallet, or it is not locked"))),
        }
    }

    /// Writes back what changed.
    ///
    /// The rules leave no wallet with more held than there is; if one had, nothing of the batch
    /// may be written.
    pub(super) fn write(&self, conn: &mut Conn) -> DbResult<()> {
        let is_changed = |row: &WalletRow| *row != self.before[&row.user_id];
        let rows: Vec<WalletRow> =
            self.locked.values().map(|wallet| wallet.row).filter(is_changed).collect();
        for row in &rows {
            if row.held < Money::ZERO || row.balance < row.held {
                let WalletRow { user_id, balance, held } = row;
                let detail = format!("user {user_id}: balance {balance}, held {held}");
                return Err(DbError::Defect(detail));
            }
        }
        wallets::save(conn, &rows)?;
        wallets::book(conn, &self.entries)
    }
}
