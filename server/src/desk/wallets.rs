//! The wallets of a batch: locked, as they are remembered, or presumed to have enough in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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
    wallets: BTreeMap<UserId, Wallet>,
    /// Those of them of which nothing is known.
    presumed: BTreeSet<UserId>,
    entries: Vec<NewEntry>,
}

struct Wallet {
    owned: OwnedWallet,
    /// As it is in the database, or is thought to be.
    before: WalletRow,
    /// What of his points must be free in the database for what was done.
    required: Money,
}

/// What is presumed to be in a wallet of which nothing is known: more than anybody can hold. Whether
/// as much is free as is needed is asked when it is written.
const PRESUMED: Money = Money::new(i64::MAX / 4);

impl Wallets {
    /// Locks wallets, and reads the clock.
    pub(super) fn lock(conn: &mut Conn, users: BTreeSet<UserId>) -> DbResult<(Self, Timestamp)> {
        let WalletsAt { wallets, now } = wallets::lock(conn, users.into_iter().collect())?;
        Ok((Self::of(wallets), now))
    }

    /// Works with these.
    pub(super) fn of(wallets: impl IntoIterator<Item = OwnedWallet>) -> Self {
        let wallet = |owned: OwnedWallet| {
            let before = owned.row;
            (before.user_id, Wallet { owned, before, required: Money::ZERO })
        };
        Self { wallets: wallets.into_iter().map(wallet).collect(), ..Self::default() }
    }

    /// Presumes that these users have enough.
    pub(super) fn presume(&mut self, users: impl IntoIterator<Item = UserId>) {
        for user_id in users {
            let before = WalletRow { user_id, balance: PRESUMED, held: Money::ZERO };
            let owned = OwnedWallet { row: before, nickname: Arc::default() };
            self.wallets.insert(user_id, Wallet { owned, before, required: Money::ZERO });
            self.presumed.insert(user_id);
        }
    }

    /// Whether this one is presumed to have enough.
    pub(super) fn is_presumed(&self, user: UserId) -> bool {
        self.presumed.contains(&user)
    }

    /// Those who are presumed to have enough, if they need any.
    pub(super) fn presumed(&self) -> &BTreeSet<UserId> {
        &self.presumed
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &OwnedWallet> {
        self.wallets.values().map(|wallet| &wallet.owned)
    }

    /// Points that are not held; of a user without a wallet, none.
    pub(super) fn available(&self, user: UserId) -> Money {
        let free = |wallet: &Wallet| wallet.owned.row.balance - wallet.owned.row.held;
        self.wallets.get(&user).map_or(Money::ZERO, free)
    }

    /// A user's nickname, if it is known.
    pub(super) fn nickname(&self, user: UserId) -> Option<&str> {
        let wallet = self.wallets.get(&user).filter(|_| !self.is_presumed(user));
        wallet.map(|wallet| &*wallet.owned.nickname)
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
            Some(wallet) => Ok(&mut wallet.owned.row),
            None => Err(DbError::Defect(format!("user {user} has no wallet, or it is not locked"))),
        }
    }

    /// Takes note that something was done since a user has this much more than he holds.
    pub(super) fn require(&mut self, user: UserId, amount: Money) {
        if let Some(Wallet { owned, before, required }) = self.wallets.get_mut(&user) {
            *required = (*required).max(owned.row.held - before.held + amount);
        }
    }

    /// By how much what is held has changed, and what that requires.
    pub(super) fn hold_changes(&self) -> Vec<HoldChange> {
        let change = |Wallet { owned, before, required }: &Wallet| HoldChange {
            user: before.user_id,
            change: owned.row.held - before.held,
            required: *required,
        };
        let matters =
            |hold: &HoldChange| (hold.change, hold.required) != (Money::ZERO, Money::ZERO);
        self.wallets.values().map(change).filter(matters).collect()
    }

    /// Writes what changed: over the rows if they are locked, as changes of what is held if not.
    ///
    /// The rules leave no wallet with more held than there is; if one had, nothing of the batch
    /// may be written.
    pub(super) fn write(&self, conn: &mut Conn, basis: Basis) -> DbResult<()> {
        let changed =
            |Wallet { owned, before, .. }: &Wallet| (owned.row != *before).then_some(owned.row);
        let rows: Vec<WalletRow> = self.wallets.values().filter_map(changed).collect();
        // What is not locked may differ, and is left to the conditions.
        for row in rows.iter().filter(|_| basis == Basis::Locks) {
            if row.held < Money::ZERO || row.balance < row.held {
                let WalletRow { user_id, balance, held } = row;
                let detail = format!("user {user_id}: balance {balance}, held {held}");
                return Err(DbError::Defect(detail));
            }
        }
        match basis {
            Basis::Locks => wallets::save(conn, &rows)?,
            Basis::Memory | Basis::Auctions => wallets::hold(conn, &self.hold_changes())?,
        }
        wallets::book(conn, &self.entries)
    }
}
