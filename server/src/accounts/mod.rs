//! Accounts: registration, phone codes, passwords, sessions and their tokens.
//!
//! It decides who somebody is and lets nobody in by mistake: where the live state is away, what
//! guards an account asks the database or refuses.

mod access;
mod closing;
mod credentials;
mod lockout;
mod passwords;
mod personal;
mod phone;
mod registration;
mod sessions;
mod social;

use std::{sync::Arc, time::Duration};

use artipul_common::{UserId, problem::FieldError};

use self::{access::AccessKeys, passwords::Passwords, personal::Trusted};
pub use self::{
    access::{Access, AccessError, Caller, Credential, sign_access},
    sessions::{Opened, Visitor, new_token as new_secret},
    social::{CameBack, Collected, Page, ProviderSettings, Social},
};
use crate::{
    config::{Config, Limit},
    db::{AsDbError, Conn, Db, DbError, accounts, admin},
    live::{Away, Live},
    sms::{SmsError, SmsSender},
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
    /// An administrator has suspended the account.
    #[error("the account is suspended")]
    Suspended,
    /// No account has what was proven.
    #[error("there is no such account")]
    NotFound,
    /// There is no such session of this user.
    #[error("there is no such session")]
    SessionNotFound,
    /// There is no such personal access token of this user.
    #[error("there is no such token")]
    TokenNotFound,
    /// The user has as many personal access tokens as there may be.
    #[error("there are too many tokens")]
    TooManyTokens,
    /// What keeps the account from being closed.
    #[error("the account is in use")]
    InUse(Vec<FieldError>),
    /// Too many attempts.
    #[error("too many attempts")]
    Limited {
        /// When the next one is allowed.
        retry_after: Duration,
    },
    /// Who asks has no account any more.
    #[error("there is no such account")]
    Gone,
    /// A text message was not sent.
    #[error(transparent)]
    Sms(#[from] SmsError),
    /// Nobody signs in with accounts of this provider.
    #[error("there is no such provider of accounts")]
    ProviderUnknown,
    /// The provider does not answer.
    #[error("the provider of accounts cannot be reached")]
    ProviderAway,
    /// There is no such flow with this secret, or it is over.
    #[error("there is no such sign-in under way")]
    FlowUnknown,
    /// What only somebody signed in can do.
    #[error("sign in and send the access token")]
    SignedOut,
    /// The sign-in was cancelled at the provider or in the browser.
    #[error("the sign-in was cancelled")]
    SocialDenied,
    /// The provider did not prove who somebody is.
    #[error("the provider did not confirm who you are")]
    SocialFailed,
    /// The address that the provider tells is that of an account that is not linked.
    #[error("an account has your e-mail address: sign in to it, and link this one there")]
    EmailOfAnother,
    /// The provider's account belongs to another account here.
    #[error("it is linked with another account")]
    IdentityTaken,
    /// The account is linked with another one of the same provider.
    #[error("another account of this provider is linked; unlink that one first")]
    ProviderLinked,
    /// No account of this provider is linked.
    #[error("no account of this provider is linked")]
    IdentityUnknown,
    /// It is the only way in.
    #[error("it is the only way to sign in; set a password first")]
    LastWayIn,
    /// The sign-up token is unknown, expired or used.
    #[error("the sign-up has to be started again")]
    SignUpTokenInvalid,
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
    trusted: Trusted,
    sms: SmsSender,
    social: Social,
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
    /// The accounts in a database, whose tokens are signed with `secret`; how their phones are
    /// reached, and whose other accounts let them in.
    pub fn new(
        config: &Config,
        secret: &[u8],
        (db, live): (Db, Live),
        (sms, social): (SmsSender, Social),
    ) -> Self {
        let inner = Inner {
            db,
            live,
            passwords: Passwords::new(config.bcrypt_cost),
            access: AccessKeys::new(secret, config.access_token_ttl),
            trusted: Trusted::default(),
            sms,
            social,
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

/// Whether a user may act: an account that was closed or suspended may not.
fn check_standing(conn: &mut Conn, user: UserId) -> Result<(), AccountError> {
    if admin::is_suspended(conn, user)? {
        return Err(AccountError::Suspended);
    }
    if accounts::is_closed(conn, user)? { Err(AccountError::Gone) } else { Ok(()) }
}
