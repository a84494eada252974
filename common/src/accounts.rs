//! Accounts and sessions as the API shows and takes them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    UserId, limits,
    problem::FieldError,
    text::{self, Checks},
};

/// The name of the cookie that carries the refresh token.
pub const REFRESH_COOKIE: &str = "artipul_refresh";

/// A text that must not appear in logs or debug output; JSON shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text; whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Asks for a code to be sent to a phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneCodeRequest {
    /// E.164 (`+821012345678`) or Korean local form (`010-1234-5678`).
    pub phone: String,
}

/// A code is on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneCodeSent {
    /// Seconds for which the code is good.
    pub expires_in: u64,
}

/// Proves a phone with the code that it received.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyPhoneRequest {
    /// The phone, as in the request for the code.
    pub phone: String,
    /// The six digits.
    pub code: Secret,
}

/// A phone is proven.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneVerified {
    /// Proves the phone once, for ten minutes.
    pub phone_token: Secret,
}

/// Opens an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignUpRequest {
    /// The address to sign in with; case does not matter.
    pub email: String,
    /// At least 8 characters, at most 71 bytes.
    pub password: Secret,
    /// The public name, 2 to 20 letters, digits, `_`, `-` or `.`.
    pub nickname: String,
    /// The person's name.
    pub name: String,
    /// From the verification of the phone.
    pub phone_token: Secret,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub college: Option<String>,
}

impl SignUpRequest {
    /// The request in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// One error per field that is empty, too long, or of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        check_email(&mut checks, "email", &mut self.email);
        check_password(&mut checks, "password", &self.password);
        check_nickname(&mut checks, "nickname", &mut self.nickname);
        checks.line("name", &mut self.name, limits::NAME);
        checks.optional_line("college", &mut self.college, limits::COLLEGE);
        checks.finish(self)
    }
}

/// An e-mail address in normal form (lower case). Only what cannot be an address is refused; that
/// it works is shown by mail, not by a pattern.
pub fn check_email(checks: &mut Checks, field: &str, email: &mut String) {
    *email = email.trim().to_lowercase();
    if email.is_empty() {
        checks.error(field, "required", "must not be empty");
        return;
    }
    if !limits::EMAIL_BYTES.contains(&email.len()) {
        let detail = format!("must have at most {} bytes", limits::EMAIL_BYTES.end());
        checks.error(field, "too-long", detail);
        return;
    }
    let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains("..")
            && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            && !local.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@')
    });
    if !well_formed {
        checks.error(field, "invalid", "is no e-mail address");
    }
}

/// A password of a length that bcrypt reads whole.
pub fn check_password(checks: &mut Checks, field: &str, password: &Secret) {
    let password = password.reveal();
    if password.chars().count() < limits::PASSWORD_MIN {
        let detail = format!("must have at least {} characters", limits::PASSWORD_MIN);
        checks.past(field, "too-short", limits::PASSWORD_MIN as i64, detail);
    } else if password.len() > limits::PASSWORD_MAX_BYTES {
        let detail = format!("must have at most {} bytes", limits::PASSWORD_MAX_BYTES);
        checks.error(field, "too-long", detail);
    } else if password.contains('\0') {
        checks.error(field, "control-character", "must not contain NUL");
    }
}

/// A nickname of letters, digits, `_`, `-` and `.`, in normal form.
pub fn check_nickname(checks: &mut Checks, field: &str, nickname: &mut String) {
    checks.line(field, nickname, limits::NICKNAME);
    if nickname.chars().any(|c| !c.is_alphanumeric() && !"_-.".contains(c)) {
        checks.error(field, "invalid", "may have letters, digits, '_', '-' and '.'");
    }
    checks.folded(field, nickname, limits::FOLDED_NICKNAME);
}

/// A phone number as E.164, from that form or from the Korean local one; `None` if it is neither.
///
/// ```
/// use artipul_common::accounts::normalise_phone;
/// assert_eq!(normalise_phone("010-1234-5678").as_deref(), Some("+821012345678"));
/// assert_eq!(normalise_phone("+82 10 1234 5678").as_deref(), Some("+821012345678"));
/// assert_eq!(normalise_phone("+82 010-1234-5678").as_deref(), Some("+821012345678"));
/// assert_eq!(normalise_phone("+82 0010-1234-5678"), None);
/// assert_eq!(normalise_phone("12345"), None);
/// ```
pub fn normalise_phone(phone: &str) -> Option<String> {
    let compact: String =
        text::fold(phone).chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = match compact.strip_prefix('+') {
        // Many write the local zero after the country as well.
        Some(international) => match international.strip_prefix("820") {
            Some(local) => format!("82{local}"),
            None => international.to_owned(),
        },
        None => format!("82{}", compact.strip_prefix('0')?),
    };
    let all_digits = digits.chars().all(|c| c.is_ascii_digit());
    let has_zero = digits.starts_with('0') || digits.starts_with("820");
    (all_digits && !has_zero && (9..=15).contains(&digits.len())).then(|| format!("+{digits}"))
}

/// Whether a nickname could be taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct NicknameQuery {
    /// The nickname in question.
    pub nickname: String,
}

/// The answer to [`NicknameQuery`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NicknameAvailable {
    /// Whether nobody has it.
    pub available: bool,
}

/// Signs in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInRequest {
    /// The account's address.
    pub email: String,
    /// The account's password.
    pub password: Secret,
}

/// A session; the refresh token comes beside it, as an HttpOnly cookie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Sent as `Authorization: Bearer ...`.
    pub access_token: Secret,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds for which the access token is good.
    pub expires_in: u64,
    /// Who is signed in.
    pub user: User,
}

/// An account, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// The address to sign in with.
    pub email: String,
    /// The public name.
    pub nickname: String,
    /// The person's name.
    pub name: String,
    /// The proven phone, E.164.
    pub phone: String,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    pub college: Option<String>,
    /// A few words about oneself.
    pub introduction: Option<String>,
    /// Where works are sent to.
    pub address: Option<String>,
    /// A picture's name or URL.
    pub avatar: Option<String>,
    /// Whether the person is an administrator.
    #[serde(default)]
    pub is_admin: bool,
    /// When the account was opened.
    pub created_at: DateTime<Utc>,
}

/// An account, as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicUser {
    /// The account's id.
    pub id: UserId,
    /// The public name.
    pub nickname: String,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    pub college: Option<String>,
}

/// The public profile of an artist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArtistProfile {
    /// The account's id.
    pub id: UserId,
    /// The public name.
    pub nickname: String,
    /// Always true.
    pub is_artist: bool,
    /// Where the artist studies.
    pub college: Option<String>,
    /// A few words about oneself.
    pub introduction: Option<String>,
    /// A picture's name or URL.
    pub avatar: Option<String>,
    /// Auctions now open.
    pub open_auctions: u64,
    /// Works sold so far.
    pub sold: u64,
}

/// Changes of a profile; what is absent stays, null empties.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditProfileRequest {
    /// The public name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the person lists works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_artist: Option<bool>,
    /// Where the artist studies.
    #[serde(default, with = "crate::auctions::nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub college: Option<Option<String>>,
    /// A few words about oneself.
    #[serde(default, with = "crate::auctions::nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub introduction: Option<Option<String>>,
    /// Where works are sent to.
    #[serde(default, with = "crate::auctions::nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub address: Option<Option<String>>,
    /// A picture's name or URL.
    #[serde(default, with = "crate::auctions::nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub avatar: Option<Option<String>>,
}

impl EditProfileRequest {
    /// The request in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// One error per field that is too long or of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        if let Some(nickname) = &mut self.nickname {
            check_nickname(&mut checks, "nickname", nickname);
        }
        if let Some(name) = &mut self.name {
            checks.line("name", name, limits::NAME);
        }
        for (field, value, length) in [
            ("college", &mut self.college, limits::COLLEGE),
            ("address", &mut self.address, limits::ADDRESS),
            ("avatar", &mut self.avatar, limits::AVATAR),
        ] {
            if let Some(value) = value {
                checks.optional_line(field, value, length);
            }
        }
        if let Some(Some(introduction)) = &mut self.introduction {
            checks.paragraph("introduction", introduction, limits::INTRODUCTION);
        }
        checks.finish(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SignUpRequest {
        SignUpRequest {
            email: " Mina@Example.COM ".into(),
            password: Secret::new("long enough"),
            nickname: "mina".into(),
            name: "Kim Mina".into(),
            phone_token: Secret::new("t"),
            is_artist: true,
            college: Some("  ".into()),
        }
    }

    #[test]
    fn a_sign_up_is_put_into_normal_form() {
        let request = request().validated().unwrap();
        assert_eq!(request.email, "mina@example.com");
        assert_eq!(request.college, None);
    }

    #[test]
    fn every_bad_field_is_told_at_once() {
        let errors = SignUpRequest {
            email: "mina".into(),
            password: Secret::new("short"),
            nickname: "a b".into(),
            name: " ".into(),
            ..request()
        }
        .validated()
        .unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["email", "password", "nickname", "name"]);
    }

    #[test]
    fn a_password_is_bounded_in_bytes() {
        for (password, ok) in [("가".repeat(23), true), ("가".repeat(24), false)] {
            let outcome =
                SignUpRequest { password: Secret::new(password), ..request() }.validated();
            assert_eq!(outcome.is_ok(), ok);
        }
    }

    #[test]
    fn a_phone_has_one_normal_form() {
        for phone in ["01012345678", "010 1234 5678", "+82-10-1234-5678", "０１０12345678"] {
            assert_eq!(normalise_phone(phone).as_deref(), Some("+821012345678"), "{phone}");
        }
        for phone in
            ["", "+", "0", "+0123456789", "010-abcd-5678", "+1234567890123456", "10 1234 5678"]
        {
            assert_eq!(normalise_phone(phone), None, "{phone}");
        }
    }

    #[test]
    fn secrets_are_not_in_debug_output() {
        assert!(!format!("{:?}", request()).contains("long enough"));
    }
}
