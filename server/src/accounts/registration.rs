//! Opening an account, and changing one's profile.

use artipul_common::{
    UserId,
    accounts::{EditProfileRequest, Secret, SignUpRequest, User, check_nickname},
    text::{self, Checks},
};
use chrono::Utc;

use super::{AccountError, Accounts, check_standing};
use crate::db::{
    Conn, DbError, DbResult,
    accounts::{self, NewUser},
    types::column,
    wallets,
};

impl Accounts {
    /// Opens an account with an empty wallet.
    ///
    /// # Errors
    /// Fields are wrong, the phone is not proven, or address, nickname or phone are taken.
    pub async fn sign_up(&self, request: SignUpRequest) -> Result<User, AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        let phone = self.newcomers_phone(&request.phone_token).await?;
        self.look_whether_taken(&phone, &request.nickname, &request.email).await?;
        let password = request.password.reveal().to_owned();
        let password_hash =
            self.inner.passwords.hash(password).await.map_err(AccountError::Defect)?;
        let new = NewUser {
            email: request.email,
            password_hash,
            nickname_key: text::fold(&request.nickname),
            nickname: request.nickname,
            name: request.name,
            phone,
            is_artist: request.is_artist,
            college: request.college,
            created_at: column(Utc::now()),
        };
        let user = self
            .inner
            .db
            .write(move |conn| {
                let row = accounts::insert(conn, &new)?;
                wallets::open(conn, row.id)?;
                accounts::user(conn, row)
            })
            .await
            .map_err(taken)?;
        // A phone has one account, so the token could not open a second one; it is used up only
        // now that nothing can go wrong any more.
        if let Err(error) = self.use_up(&request.phone_token).await {
            tracing::warn!(%error, "a phone token was not used up");
        }
        Ok(user)
    }

    /// The phone that a token proves, of somebody who opens an account. Each attempt tells whether an
    /// address has one, so a phone has so many.
    pub(super) async fn newcomers_phone(&self, token: &Secret) -> Result<String, AccountError> {
        let phone = self.proven_phone(token).await?;
        self.limit("sign-ups", &phone, self.inner.limits.sign_ins).await?;
        Ok(phone)
    }

    /// Whether a new account could have these, before a password is hashed for it: the phone first,
    /// as nobody can choose another.
    async fn look_whether_taken(
        &self,
        phone: &str,
        nickname: &str,
        email: &str,
    ) -> Result<(), AccountError> {
        let (phone, nickname, email) = (phone.to_owned(), nickname.to_owned(), email.to_owned());
        let look = move |conn: &mut Conn| {
            if accounts::phone_taken(conn, phone.clone())? {
                return Ok(Some(AccountError::PhoneTaken));
            }
            if !accounts::nickname_available(conn, &nickname)? {
                return Ok(Some(AccountError::NicknameTaken));
            }
            let found = accounts::find_by_email(conn, email.clone())?;
            DbResult::Ok(found.map(|_| AccountError::EmailTaken))
        };
        self.inner.db.read(look).await?.map_or(Ok(()), Err)
    }

    /// Whether a nickname could be taken.
    ///
    /// # Errors
    /// It is no nickname.
    pub async fn nickname_available(&self, nickname: &str) -> Result<bool, AccountError> {
        let mut checks = Checks::default();
        let mut nickname = nickname.to_owned();
        check_nickname(&mut checks, "nickname", &mut nickname);
        let nickname = checks.finish(nickname).map_err(AccountError::Invalid)?;
        let db = &self.inner.db;
        Ok(db.read(move |conn| accounts::nickname_available(conn, &nickname)).await?)
    }

    /// A user's own account.
    ///
    /// # Errors
    /// There is none any more.
    pub async fn profile(&self, user: UserId) -> Result<User, AccountError> {
        let user = self
            .inner
            .db
            .read(move |conn| match accounts::find(conn, user)? {
                Some(row) => accounts::user(conn, row).map(Some),
                None => Ok(None),
            })
            .await?;
        user.ok_or(AccountError::Gone)
    }

    /// Changes a user's own profile.
    ///
    /// # Errors
    /// Fields are wrong, or the nickname is taken.
    pub async fn edit_profile(
        &self,
        user: UserId,
        request: EditProfileRequest,
    ) -> Result<User, AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        self.inner
            .db
            .write(move |conn| {
                let mut row = accounts::lock(conn, user)?.ok_or(AccountError::Gone)?;
                // Whoever was let in may have been locked out before his request was read.
                check_standing(conn, user)?;
                let request = request.clone();
                if let Some(nickname) = request.nickname {
                    row.nickname_key = text::fold(&nickname);
                    row.nickname = nickname;
                }
                row.name = request.name.unwrap_or(row.name);
                row.is_artist = request.is_artist.unwrap_or(row.is_artist);
                row.college = request.college.unwrap_or(row.college);
                row.introduction = request.introduction.unwrap_or(row.introduction);
                row.address = request.address.unwrap_or(row.address);
                row.avatar = request.avatar.unwrap_or(row.avatar);
                accounts::save(conn, &row).map_err(taken)?;
                Ok(accounts::user(conn, row)?)
            })
            .await
    }
}

/// Which unique value of a user, or of a linked account, is another's.
pub(super) fn taken(error: DbError) -> AccountError {
    if error.is_duplicate_of("users", "email") {
        AccountError::EmailTaken
    } else if error.is_duplicate_of("users", "nickname_key") {
        AccountError::NicknameTaken
    } else if error.is_duplicate_of("users", "phone") {
        AccountError::PhoneTaken
    } else if error.is_duplicate_of("identities", "subject") {
        AccountError::IdentityTaken
    } else if matches!(error, DbError::NotFound) {
        AccountError::Gone
    } else {
        AccountError::Db(error)
    }
}
