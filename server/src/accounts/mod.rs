//! Accounts: registration, phone codes, passwords, sessions and their tokens.
//!
//! It decides who somebody is and lets nobody in by mistake: where the live state is away, what
//! guards an account asks the database or refuses.

mod access;
mod lockout;
mod passwords;
mod phone;
mod registration;
mod sessions;

use std::{sync::Arc, time::Duration};

use artipul_common::problem::FieldError;

use self::{access::AccessKeys, passwords::Passwords};
pub use self::{
    access::{AccessError, Caller, sign_access},
    sessions::{Opened, Visitor, new_token as new_secret},
};
use crate::{
    config::{Config, Limit},
    db::{AsDbError, Db, DbError},
    live::{Away, Live},
};

/// Why an account could not be opened, entered or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Fields are wrong.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldError>),
    /// The phone code is wrong, expired, used, or tried too often.
    #[error("the code is not valid")]
    CodeWrong,
    /// The phone token is unknown, expired or used.
    #[error("the phone is not proven")]
    PhoneTokenInvalid,
    /// Another account has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Another account has the nickname.
    #[error("the nickname is taken")]
    NicknameTaken,
    /// Another account has the phone.
    #[error("the phone number is taken")]
    PhoneTaken,
    /// Address and password do not go together.
    #[error("e-mail or password is wrong")]
    CredentialsWrong,
    /// The refresh token is unknown, expired, revoked or was used before.
    #[error("the refresh token is not valid")]
    RefreshTokenInvalid,
    /// Too many attempts.
    #[error("too many attempts")]
    Limited {
        /// When the next one is allowed.
        retry_after: Duration,
    },
    /// Who asks has no account any more.
    #[error("there is no such account")]
    Gone,
    /// The live state is away, and without it this cannot be done safely.
    #[error(transparent)]
    LiveAway(#[from] Away),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A defect.
    #[error("{0}")]
    Defect(String),
}

impl AsDbError for AccountError {
    fn as_db_error(&self) -> Option<&DbError> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// The accounts of a server. Clones are the same.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    live: Live,
    passwords: Passwords,
    access: AccessKeys,
    /// Peppers the hashes of codes, which are short enough to be guessed.
    secret: Vec<u8>,
    refresh_token_ttl: Duration,
    phone_code_ttl: Duration,
    limits: Limits,
}

struct Limits {
    phone_codes: Limit,
    phone_codes_per_address: Limit,
    phone_codes_a_day: Limit,
    phone_codes_per_address_a_day: Limit,
    sign_ins: Limit,
    sign_ins_per_address: Limit,
}

impl Accounts {
    /// The accounts in `db`, whose tokens are signed with `secret`.
    pub fn new(config: &Config, secret: &[u8], db: Db, live: Live) -> Self {
        let inner = Inner {
            db,
            live,
            passwords: Passwords::new(config.bcrypt_cost),
            access: AccessKeys::new(secret, config.access_token_ttl),
            secret: secret.to_vec(),
            refresh_token_ttl: config.refresh_token_ttl,
            phone_code_ttl: config.phone_code_ttl,
            limits: Limits {
                phone_codes: config.limit_phone_codes,
                phone_codes_per_address: config.limit_phone_codes_per_address,
                phone_codes_a_day: config.limit_phone_codes_a_day,
                phone_codes_per_address_a_day: config.limit_phone_codes_per_address_a_day,
                sign_ins: config.limit_sign_ins,
                sign_ins_per_address: config.limit_sign_ins_per_address,
            },
        };
        Self { inner: Arc::new(inner) }
    }

    /// Counts an attempt; a limit of zero allows none.
    async fn limit(&self, what: &str, who: &str, limit: Limit) -> Result<(), AccountError> {
        let name = format!("{what}:{who}");
        let count = self.inner.live.count(&name, limit.window).await;
        if count.count > limit.count {
            return Err(AccountError::Limited { retry_after: count.resets_in });
        }
        Ok(())
    }
}
