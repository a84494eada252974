//! Closing an account for good.

use artipul_common::{Money, UserId, credentials::CloseAccountRequest, problem::FieldError};

use super::{
    AccountError, Accounts,
    credentials::{lock_out, lock_shown},
};
use crate::db::{
    Conn,
    accounts::{self, Ties},
    auctions, sessions, wallets,
};

impl Accounts {
    /// Closes an account: everything about the person is erased; what others rely on stays, under
    /// no name.
    ///
    /// # Errors
    /// The password is wrong, or the account leads an auction, sells a work or has points.
    pub async fn close(
        &self,
        user: UserId,
        request: &CloseAccountRequest,
    ) -> Result<(), AccountError> {
        let shown = self.check_current(user, &request.current_password).await?;
        let spare = self.mark_spare();
        let marks = self
            .inner
            .db
            .write(move |conn| {
                let row = lock_shown(conn, user, &shown)?;
                // A draft that is being listed is not one any more when this has its lock.
                let drafts = auctions::drafts_of(conn, user)?;
                auctions::lock(conn, drafts)?;
                check_ties(conn, user)?;
                let marks = lock_out(conn, user, spare)?;
                sessions::erase(conn, user)?;
                let now = conn.now()?;
                accounts::close(conn, &row, now)?;
                Ok::<_, AccountError>(marks)
            })
            .await?;
        self.make_known(&marks).await;
        Ok(())
    }
}

/// Locks the wallet: without points nobody can bid, so nobody leads until this is over.
fn check_ties(conn: &mut Conn, user: UserId) -> Result<(), AccountError> {
    let locked = wallets::lock(conn, vec![user])?;
    let has_points = locked.wallets.iter().any(|wallet| wallet.row.balance != Money::ZERO);
    let Ties { leads, sells } = accounts::ties(conn, user)?;
    let tie = |is_tied: bool, code: &str, detail: &str| {
        is_tied.then(|| FieldError::new("account", code, detail))
    };
    let ties: Vec<FieldError> = [
        tie(leads, "leading", "leads an auction"),
        tie(sells, "selling", "has a work on offer"),
        tie(has_points, "points", "has points"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if ties.is_empty() { Ok(()) } else { Err(AccountError::InUse(ties)) }
}
