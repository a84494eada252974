//! Finding an account again, and changing what lets one into it.

use artipul_common::{
    UserId,
    accounts::{Secret, User},
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, EmailFound,
        FindEmailRequest, ResetPasswordRequest, mask_email,
    },
    problem::FieldError,
};
use chrono::{TimeDelta, Utc};

use super::{
    AccountError, Accounts,
    access::{Access, token_mark},
    check_standing,
    registration::taken,
    sessions::end_all,
};
use crate::db::{
    Conn, DbError, DbResult,
    accounts::{self, NO_PASSWORD, UserRow},
    identities, sessions, tokens,
};

impl Accounts {
    /// The masked address of the account that has a proven phone.
    ///
    /// # Errors
    /// The phone is not proven, or no account has it.
    pub async fn find_email(&self, request: &FindEmailRequest) -> Result<EmailFound, AccountError> {
        let phone = self.proven_phone(&request.phone_token).await?;
        let found = self.inner.db.read(move |conn| accounts::find_by_phone(conn, &phone)).await?;
        self.use_up(&request.phone_token).await?;
        let row = found.ok_or(AccountError::NotFound)?;
        Ok(EmailFound { email: mask_email(&row.email) })
    }

    /// Sets a new password of the account that has an address and a proven phone. All sessions
    /// end, all personal access tokens, and the links with providers' accounts: whoever has lost his
    /// password may have lost more. An account that had no password keeps its links, by which its
    /// owner signs in.
    ///
    /// # Errors
    /// Fields are wrong, the phone is not proven, or no account has both.
    pub async fn reset_password(&self, request: ResetPasswordRequest) -> Result<(), AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        let phone = self.proven_phone(&request.phone_token).await?;
        let email = request.email;
        let row = self.inner.db.read(move |conn| accounts::find_by_phone(conn, &phone)).await?;
        // The answer is the same whether the address is another account's or nobody's.
        let row = row.filter(|row| row.email == email).ok_or(AccountError::NotFound)?;
        let hash = self.hash(&request.password).await?;
        let spare = self.mark_spare();
        let marks = self
            .inner
            .db
            .write(move |conn| {
                let locked = accounts::lock(conn, row.id)?.ok_or(AccountError::NotFound)?;
                if (&locked.email, &locked.phone) != (&row.email, &row.phone) {
                    return Err(AccountError::NotFound);
                }
                if accounts::has_password(conn, row.id)? {
                    identities::remove_all(conn, row.id)?;
                }
                accounts::set_password(conn, row.id, &hash)?;
                Ok(lock_out(conn, row.id, spare)?)
            })
            .await?;
        // It is done; and nobody else has the token.
        if let Err(error) = self.use_up(&request.phone_token).await {
            tracing::warn!(%error, "a phone token was not used up");
        }
        self.make_known(&marks).await;
        Ok(())
    }

    /// Sets a new password. The other sessions end; personal access tokens stay.
    ///
    /// # Errors
    /// The password so far is wrong, or the new one has the wrong form.
    pub async fn change_password(
        &self,
        user: UserId,
        access: &Access,
        request: ChangePasswordRequest,
    ) -> Result<(), AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        let shown = self.check_current(user, &request.current_password).await?;
        let hash = self.hash(&request.password).await?;
        let (spare, current) = (self.mark_spare(), access.session);
        let marks = self
            .inner
            .db
            .write(move |conn| {
                lock_shown(conn, user, &shown)?;
                accounts::set_password(conn, user, &hash)?;
                Ok::<_, AccountError>(end_all(conn, user, Some(current), Utc::now(), spare)?)
            })
            .await?;
        self.make_known(&marks).await;
        Ok(())
    }

    /// Changes the address to sign in with.
    ///
    /// # Errors
    /// The password is wrong, or the address has the wrong form or is taken.
    pub async fn change_email(
        &self,
        user: UserId,
        request: ChangeEmailRequest,
    ) -> Result<User, AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        let shown = self.check_current(user, &request.current_password).await?;
        let email = request.email;
        self.change(user, shown, move |row| row.email.clone_from(&email)).await
    }

    /// Changes the phone to one that is proven.
    ///
    /// # Errors
    /// The password is wrong, the phone is not proven, or it is another account's.
    pub async fn change_phone(
        &self,
        user: UserId,
        request: &ChangePhoneRequest,
    ) -> Result<User, AccountError> {
        let phone = self.proven_phone(&request.phone_token).await?;
        let shown = self.check_current(user, &request.current_password).await?;
        let user = self.change(user, shown, move |row| row.phone.clone_from(&phone)).await?;
        if let Err(error) = self.use_up(&request.phone_token).await {
            tracing::warn!(%error, "a phone token was not used up");
        }
        Ok(user)
    }

    async fn change(
        &self,
        user: UserId,
        shown: String,
        change: impl Fn(&mut UserRow) + Send + 'static,
    ) -> Result<User, AccountError> {
        self.inner
            .db
            .write(move |conn| {
                let mut row = lock_shown(conn, user, &shown)?;
                change(&mut row);
                accounts::save(conn, &row).map_err(taken)?;
                Ok(accounts::user(conn, row)?)
            })
            .await
    }

    /// The hash of a user's password, which he has shown to know. Wrong ones are counted, so that
    /// whoever finds an open session cannot guess on.
    ///
    /// # Errors
    /// It is another password, or there were too many attempts.
    pub(super) async fn check_current(
        &self,
        user: UserId,
        password: &Secret,
    ) -> Result<String, AccountError> {
        self.limit("password-checks", &user.to_string(), self.inner.limits.sign_ins).await?;
        let hash = self.inner.db.read(move |conn| accounts::password_hash(conn, user)).await?;
        let hash = hash.ok_or(AccountError::Gone)?;
        if hash == NO_PASSWORD {
            let detail = "the account has no password; set one by its phone first";
            let error = FieldError::new("current_password", "not-set", detail);
            return Err(AccountError::Invalid(vec![error]));
        }
        let is_right =
            self.inner.passwords.verify(password.reveal().to_owned(), Some(hash.clone())).await;
        if is_right {
            return Ok(hash);
        }
        let wrong = FieldError::new("current_password", "wrong", "is not the password");
        Err(AccountError::Invalid(vec![wrong]))
    }

    async fn hash(&self, password: &Secret) -> Result<String, AccountError> {
        let password = password.reveal().to_owned();
        self.inner.passwords.hash(password).await.map_err(AccountError::Defect)
    }
}

/// The key to every account, for whoever locks users out within a transaction of his own.
#[derive(Debug, Clone, Copy)]
pub struct Lock {
    spare: TimeDelta,
}

impl Lock {
    /// Ends everything that lets a user in. Gives the marks to be made known once this is
    /// committed, by [`Accounts::make_known`].
    ///
    /// # Errors
    /// As the database says.
    pub fn close(self, conn: &mut Conn, user: UserId) -> DbResult<Vec<String>> {
        lock_out(conn, user, self.spare)
    }
}

impl Accounts {
    /// The key to every account.
    pub fn lock(&self) -> Lock {
        Lock { spare: self.mark_spare() }
    }
}

/// Locks an account whose password's hash was shown a moment ago.
pub(super) fn lock_shown(
    conn: &mut Conn,
    user: UserId,
    shown: &str,
) -> Result<UserRow, AccountError> {
    let (row, stored) = accounts::lock_with_password(conn, user)?.ok_or(AccountError::Gone)?;
    if stored != shown {
        return Err(AccountError::CredentialsWrong);
    }
    check_standing(conn, user)?;
    Ok(row)
}

/// Ends everything that lets a user in; gives the marks to be made known once this is committed.
pub(super) fn lock_out(conn: &mut Conn, user: UserId, spare: TimeDelta) -> DbResult<Vec<String>> {
    let now = Utc::now();
    let mut marks = end_all(conn, user, None, now, spare)?;
    for token in tokens::remove_all(conn, user)? {
        let mark = token_mark(token);
        sessions::revoke_access(conn, &mark, now + spare, now)?;
        marks.push(mark);
    }
    Ok::<_, DbError>(marks)
}
