//! What administrators do: lock users out, take works off the market, withdraw auctions, and give
//! charges back. Each of it is written to the trail in the same transaction.

use artipul_common::{
    AuctionId, ChargeId, Timestamp, UserId, WorkId,
    admin::{ActionKind, ManagedUser},
    wallet::Charge,
};

use crate::{
    accounts::{AccountError, Accounts},
    auction::Refusal,
    db::{
        AsDbError, Conn, Db, DbError, accounts,
        admin::{self, NewAction},
        auctions, works,
    },
    desk::{Desk, DeskError},
    wallet::{WalletError, Wallets},
};

/// Why an administrator did not do it.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such user, or he has closed his account.
    #[error("there is no such account")]
    NoSuchUser,
    /// There is no such work.
    #[error("there is no such work")]
    NoSuchWork,
    /// Administrators are made users before they are suspended.
    #[error("the user is an administrator")]
    UserIsAdmin,
    /// The auction was not withdrawn.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The charge was not refunded.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The account was not locked.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AsDbError for AdminError {
    fn as_db_error(&self) -> Option<&DbError> {
        match self {
            Self::Db(error) => Some(error),
            Self::Wallet(error) => error.as_db_error(),
            Self::Account(error) => error.as_db_error(),
            _ => None,
        }
    }
}

/// The administrators' office. Clones are the same.
#[derive(Clone)]
pub struct Office {
    db: Db,
    accounts: Accounts,
    desk: Desk,
    wallets: Wallets,
}

impl Office {
    /// An office over these parts.
    pub fn new(db: Db, accounts: Accounts, desk: Desk, wallets: Wallets) -> Self {
        Self { db, accounts, desk, wallets }
    }

    /// Locks a user out: his sessions and tokens end, and he cannot sign in. His bids and auctions
    /// stand. A user who is locked out already stays so, for the first reason.
    ///
    /// # Errors
    /// There is no such user, or he is an administrator.
    pub async fn suspend_user(
        &self,
        admin: UserId,
        user: UserId,
        reason: String,
    ) -> Result<ManagedUser, AdminError> {
        let lock = self.accounts.lock();
        let (managed, marks) = self
            .db
            .write(move |conn| {
                find_open(conn, user)?;
                if admin::is_admin(conn, user)? {
                    return Err(AdminError::UserIsAdmin);
                }
                let now = conn.now()?;
                let marks = lock.close(conn, user)?;
                if admin::suspend_user(conn, user, Some(&reason), now)? {
                    let kind = ActionKind::SuspendUser;
                    record(conn, admin, kind, user.get(), &reason, now)?;
                }
                Ok((admin::user(conn, user)?.ok_or(AdminError::NoSuchUser)?, marks))
            })
            .await?;
        self.accounts.make_known(&marks).await;
        Ok(managed)
    }

    /// Lets a user in again.
    ///
    /// # Errors
    /// There is no such user.
    pub async fn restore_user(&self, admin: UserId, user: UserId) -> Result<(), AdminError> {
        self.db
            .write(move |conn| {
                find_open(conn, user)?;
                let now = conn.now()?;
                if admin::suspend_user(conn, user, None, now)? {
                    record(conn, admin, ActionKind::RestoreUser, user.get(), "", now)?;
                }
                Ok(())
            })
            .await
    }

    /// Takes a work off the market: it cannot be listed, its auction is withdrawn if there is one,
    /// and its pages are its seller's alone.
    ///
    /// # Errors
    /// There is no such work, or its auction could not be withdrawn.
    pub async fn suspend_work(
        &self,
        admin: UserId,
        work: WorkId,
        reason: String,
    ) -> Result<(), AdminError> {
        let why = reason.clone();
        let listed = self
            .db
            .write(move |conn| {
                lock_work(conn, work)?;
                let now = conn.now()?;
                if admin::suspend_work(conn, work, Some(&why), now)? {
                    record(conn, admin, ActionKind::SuspendWork, work.get(), &why, now)?;
                }
                let auctions = auctions::of_work(conn, work)?;
                let listed = auctions.into_iter().find(|row| row.status == auctions::LISTED);
                Ok::<_, AdminError>(listed.map(|row| row.id))
            })
            .await?;
        // From here on it is not listed again. Whoever is not answered asks again, and then what
        // was left over is withdrawn.
        let Some(auction) = listed else { return Ok(()) };
        match self.withdraw(admin, auction, reason).await {
            Ok(())
            | Err(AdminError::Desk(DeskError::Refused(Refusal::Ended | Refusal::NotOpen))) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Lets a work be listed again.
    ///
    /// # Errors
    /// There is no such work.
    pub async fn restore_work(&self, admin: UserId, work: WorkId) -> Result<(), AdminError> {
        self.db
            .write(move |conn| {
                lock_work(conn, work)?;
                let now = conn.now()?;
                if admin::suspend_work(conn, work, None, now)? {
                    record(conn, admin, ActionKind::RestoreWork, work.get(), "", now)?;
                }
                Ok(())
            })
            .await
    }

    /// Ends an auction without a sale, whoever has bid; what the leader held is released, and
    /// everybody who follows it is told.
    ///
    /// # Errors
    /// There is no such auction, or it is over.
    pub async fn withdraw(
        &self,
        admin: UserId,
        auction: AuctionId,
        reason: String,
    ) -> Result<(), AdminError> {
        Ok(self.desk.withdraw(auction, admin, reason).await?)
    }

    /// Gives a charge back: its points are taken, as long as they are available.
    ///
    /// # Errors
    /// There is no such charge, it is over, or its points are spent or held.
    pub async fn refund(
        &self,
        admin: UserId,
        charge: ChargeId,
        reason: String,
    ) -> Result<(UserId, Charge), AdminError> {
        Ok(self.wallets.refund(charge, admin, reason).await?)
    }
}

/// Makes the user with an address an administrator, or a user again, on the server's machine;
/// whether that changes anything.
///
/// # Errors
/// [`DbError::NotFound`]: no account has the address.
pub fn appoint(conn: &mut Conn, email: &str, is_admin: bool) -> Result<bool, DbError> {
    conn.transaction(|conn| {
        let email = email.trim().to_lowercase();
        let (row, _) = accounts::find_by_email(conn, email)?.ok_or(DbError::NotFound)?;
        let now = conn.now()?;
        let has_changed = admin::set_admin(conn, row.id, is_admin, now)?;
        if has_changed {
            let kind = if is_admin { ActionKind::GrantAdmin } else { ActionKind::RevokeAdmin };
            let (subject, reason) = (row.id.get(), String::new());
            admin::record(conn, &NewAction { admin: None, kind, subject, reason }, now)?;
        }
        Ok(has_changed)
    })
}

/// An account that was not closed.
fn find_open(conn: &mut Conn, user: UserId) -> Result<(), AdminError> {
    accounts::lock(conn, user)?.ok_or(AdminError::NoSuchUser)?;
    if accounts::is_closed(conn, user)? { Err(AdminError::NoSuchUser) } else { Ok(()) }
}

fn lock_work(conn: &mut Conn, work: WorkId) -> Result<(), AdminError> {
    match works::lock(conn, work) {
        Ok(_) => Ok(()),
        Err(DbError::NotFound) => Err(AdminError::NoSuchWork),
        Err(error) => Err(error.into()),
    }
}

fn record(
    conn: &mut Conn,
    admin: UserId,
    kind: ActionKind,
    subject: i64,
    reason: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let reason = reason.to_owned();
    admin::record(conn, &NewAction { admin: Some(admin), kind, subject, reason }, now)
}
