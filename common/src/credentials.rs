//! What lets somebody into an account: how it is found again, changed, and taken away.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    SessionId, TokenId,
    accounts::{Secret, check_email, check_password},
    limits,
    problem::FieldError,
    text::Checks,
};

/// How personal access tokens begin, so that one that strays can be recognised.
pub const PERSONAL_TOKEN_PREFIX: &str = "artipul_pat_";

/// Asks for the address of the account that has a phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindEmailRequest {
    /// From the verification of the phone.
    pub phone_token: Secret,
}

/// The address of an account, of which enough is shown to remember it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailFound {
    /// For example `m***@example.com`.
    pub email: String,
}

/// An address of which the first letter and the domain are shown.
///
/// ```
/// use artipul_common::credentials::mask_email;
/// assert_eq!(mask_email("mina@example.com"), "m***@example.com");
/// ```
pub fn mask_email(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

/// Sets a new password by the account's phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPasswordRequest {
    /// The account's address.
    pub email: String,
    /// From the verification of the account's phone.
    pub phone_token: Secret,
    /// The new password: at least 8 characters, at most 71 bytes.
    pub password: Secret,
}

impl ResetPasswordRequest {
    /// The request in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// One error per field of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        check_email(&mut checks, "email", &mut self.email);
        check_password(&mut checks, "password", &self.password);
        checks.finish(self)
    }
}

/// Sets a new password by the old one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePasswordRequest {
    /// The password so far.
    pub current_password: Secret,
    /// The new one: at least 8 characters, at most 71 bytes.
    pub password: Secret,
}

impl ChangePasswordRequest {
    /// The request, or what is wrong with it.
    ///
    /// # Errors
    /// The new password has the wrong form.
    pub fn validated(self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        check_password(&mut checks, "password", &self.password);
        checks.finish(self)
    }
}

/// Changes the address to sign in with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeEmailRequest {
    /// The account's password.
    pub current_password: Secret,
    /// The new address.
    pub email: String,
}

impl ChangeEmailRequest {
    /// The request in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// The address has the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        check_email(&mut checks, "email", &mut self.email);
        checks.finish(self)
    }
}

/// Changes the phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePhoneRequest {
    /// The account's password.
    pub current_password: Secret,
    /// From the verification of the new phone.
    pub phone_token: Secret,
}

/// Closes the account for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseAccountRequest {
    /// The account's password.
    pub current_password: Secret,
}

/// Where the account is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionInfo {
    /// The session.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
    /// When it signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last renewed.
    pub last_used_at: DateTime<Utc>,
    /// Until when it can be renewed.
    pub expires_at: DateTime<Utc>,
}

/// Everywhere an account is signed in, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sessions {
    /// The sessions.
    pub items: Vec<SessionInfo>,
}

/// What a personal access token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// To see what is the user's own.
    Read,
    /// To bid, to buy, and to watch.
    Bid,
    /// To list works and to change them.
    Sell,
    /// To charge points.
    Wallet,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Bid, Self::Sell, Self::Wallet];

    /// The name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Bid => "bid",
            Self::Sell => "sell",
            Self::Wallet => "wallet",
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == name);
        found.ok_or_else(|| format!("there is no scope {name:?}"))
    }
}

/// Makes a personal access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTokenRequest {
    /// What it is for, 1 to 60 characters.
    pub name: String,
    /// What it may be used for; at least one.
    pub scopes: Vec<Scope>,
    /// Until when it is good; for ever unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewTokenRequest {
    /// The request in normal form, or what is wrong with it at `now`.
    ///
    /// # Errors
    /// The name has the wrong form, there is no scope, or the end is past.
    pub fn validated(mut self, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        checks.line("name", &mut self.name, limits::TOKEN_NAME);
        if self.scopes.is_empty() {
            checks.error("scopes", "required", "must name at least one scope");
        }
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if let Some(end) = self.expires_at {
            if end <= now {
                checks.error("expires_at", "invalid", "must be in the future");
            } else if !limits::TIMES.contains(&end) {
                checks.error("expires_at", "invalid", "is too far away");
            }
        }
        checks.finish(self)
    }
}

/// A personal access token, without what it is used by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonalToken {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it is good; null for ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute; null if never.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A personal access token that was just made: the only time that it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// Sent as `Authorization: Bearer ...`.
    pub token: Secret,
    /// What it is.
    #[serde(flatten)]
    pub about: PersonalToken,
}

/// A user's personal access tokens, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonalTokens {
    /// The tokens.
    pub items: Vec<PersonalToken>,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_masked_address_shows_its_beginning_and_its_domain() {
        for (email, masked) in [
            ("a@b.co", "a***@b.co"),
            ("가나다@학교.kr", "가***@학교.kr"),
            ("\"x@y\"@b.co", "\"***@b.co"),
        ] {
            assert_eq!(mask_email(email), masked);
        }
    }

    #[test]
    fn a_token_needs_a_name_a_scope_and_a_future() {
        let now = Utc::now();
        let request = NewTokenRequest {
            name: " ".to_owned(),
            scopes: Vec::new(),
            expires_at: Some(now - TimeDelta::seconds(1)),
        };
        let errors = request.clone().validated(now).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "scopes", "expires_at"]);
        let scopes = vec![Scope::Bid, Scope::Read, Scope::Bid];
        let request = NewTokenRequest { name: "cron".to_owned(), scopes, expires_at: None };
        assert_eq!(request.validated(now).unwrap().scopes, [Scope::Read, Scope::Bid]);
    }

    #[test]
    fn a_new_token_shows_itself_once_and_not_in_debug_output() {
        let about = PersonalToken {
            id: TokenId::new(1),
            name: "cron".to_owned(),
            scopes: vec![Scope::Read],
            created_at: Utc::now(),
            expires_at: None,
            last_used_at: None,
        };
        let new = NewToken { token: Secret::new("hunter2"), about };
        assert!(!format!("{new:?}").contains("hunter2"));
        assert_eq!(serde_json::to_value(&new).unwrap()["token"], "hunter2");
    }
}
