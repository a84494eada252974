//! The wallets of a batch: locked, or as they are remembered.

use std::collections::{BTreeMap, BTreeSet};

use artipul_common::{AuctionId, Money, Timestamp, UserId, wallet::EntryKind};

use super::Basis;
use crate::{
    auction::WalletEffect,
    db::{
        Conn, DbError, DbResult,
        wallets::{
            self, Account, HoldChange, NewEntry, OwnedWallet, Transfer, WalletRow, WalletsAt,
        },
    },
};

#[derive(Default)]
pub(super) struct Wallets {
    wallets: BTreeMap<UserId, OwnedWallet>,
    /// As they are in the database, or are thought to be.
    before: BTreeMap<UserId, WalletRow>,
    /// What of a user's points must be free in the database for what was done.
    required: BTreeMap<UserId, Money>,
    entries: Vec<NewEntry>,
}

impl Wallets {
    /// Locks wallets, and reads the clock.
    pub(super) fn lock(conn: &mut Conn, users: BTreeSet<UserId>) -> DbResult<(Self, Timestamp)> {
        let WalletsAt { wallets, now } = wallets::lock(conn, users.into_iter().collect())?;
        let wallets = wallets.into_iter().map(|wallet| (wallet.row.user_id, wallet)).collect();
        Ok((Self::of(wallets), now))
    }

    /// Works with these.
    pub(super) fn of(wallets: BTreeMap<UserId, OwnedWallet>) -> Self {
        let before = wallets.iter().map(|(user, wallet)| (*user, wallet.row)).collect();
        Self { wallets, before, ..Self::default() }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &OwnedWallet> {
        self.wallets.values()
    }

    /// Points that are not held; of a user without a wallet, none.
    pub(super) fn available(&self, user: UserId) -> Money {
        self.wallets.get(&user).map_or(Money::ZERO, |wallet| wallet.row.balance - wallet.row.held)
    }

    pub(super) fn nickname(&self, user: UserId) -> Option<&str> {
        self.wallets.get(&user).map(|wallet| wallet.nickname.as_str())
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
        match self.wallets.get_mut(&user) {
            Some(wallet) => Ok(&mut wallet.row),
            None => Err(DbError::Defect(format!("user {user} has no wallet, or it is not locked"))),
        }
    }

    /// Takes note that something was done since a user has this much more than he holds.
    pub(super) fn require(&mut self, user: UserId, amount: Money) {
        if let (Some(now), Some(before)) = (self.wallets.get(&user), self.before.get(&user)) {
            let required = self.required.entry(user).or_default();
            *required = (*required).max(now.row.held - before.held + amount);
        }
    }

    /// By how much what is held has changed, and what that requires.
    pub(super) fn hold_changes(&self) -> Vec<HoldChange> {
        let change = |wallet: &OwnedWallet| {
            let WalletRow { user_id: user, held, .. } = wallet.row;
            let required = self.required.get(&user).copied().unwrap_or_default();
            HoldChange { user, change: held - self.before[&user].held, required }
        };
        let matters =
            |hold: &HoldChange| (hold.change, hold.required) != (Money::ZERO, Money::ZERO);
        self.iter().map(change).filter(matters).collect()
    }

    /// Writes what changed: over the rows if they are locked, as changes of what is held if not.
    ///
    /// The rules leave no wallet with more held than there is; if one had, nothing of the batch
    /// may be written.
    pub(super) fn write(&self, conn: &mut Conn, basis: Basis) -> DbResult<()> {
        let is_changed = |row: &WalletRow| *row != self.before[&row.user_id];
        let rows: Vec<WalletRow> =
            self.wallets.values().map(|wallet| wallet.row).filter(is_changed).collect();
        for row in &rows {
            if row.held < Money::ZERO || row.balance < row.held {
                let WalletRow { user_id, balance, held } = row;
                let detail = format!("user {user_id}: balance {balance}, held {held}");
                return Err(DbError::Defect(detail));
            }
        }
        match basis {
            Basis::Locks => wallets::save(conn, &rows)?,
            Basis::Memory => wallets::hold(conn, &self.hold_changes())?,
        }
        wallets::book(conn, &self.entries)
    }
}
