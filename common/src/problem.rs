//! Problems: the one registry of what can go wrong, as RFC 9457 documents.

use serde::{Deserialize, Serialize};

use crate::Money;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:tt, $status:literal, $title:literal;)*) => {
        /// The stable code of a problem; scripts branch on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ProblemCode {
            $(
                $(#[$doc])*
                #[serde(rename = $code)]
                $name,
            )*
            /// A code that this version of the client does not know.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ProblemCode {
            /// Every code that the server may answer with.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it stands in the document.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Unknown => "unknown",
                }
            }

            /// The HTTP status that goes with the code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                    Self::Unknown => 500,
                }
            }

            /// A short English title, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                    Self::Unknown => "Unknown problem",
                }
            }
        }
    };
}

problems! {
    /// The body is no JSON.
    MalformedJson = "malformed-json", 400, "The body is not valid JSON";
    /// The query string has an unknown parameter or a value of the wrong form.
    InvalidQuery = "invalid-query", 400, "The query string is not valid";
    /// A header has a value of the wrong form.
    InvalidHeader = "invalid-header", 400, "A header is not valid";
    /// The cursor was not made by this list with these filters.
    InvalidCursor = "invalid-cursor", 400, "The cursor does not belong to this list";
    /// The request could not be read to its end.
    BodyUnreadable = "body-unreadable", 400, "The body could not be read";

    /// No token was sent.
    TokenMissing = "token-missing", 401, "A token is required";
    /// The token is malformed, forged, or for somebody else.
    TokenInvalid = "token-invalid", 401, "The token is not valid";
    /// The token's time is over; refresh it.
    TokenExpired = "token-expired", 401, "The token has expired";
    /// The token was signed out.
    TokenRevoked = "token-revoked", 401, "The token was revoked";
    /// E-mail and password do not go together.
    CredentialsWrong = "credentials-wrong", 401, "E-mail or password is wrong";
    /// The refresh token is missing, unknown, expired or used before.
    RefreshTokenInvalid = "refresh-token-invalid", 401, "The refresh token is not valid";

    /// The available points do not cover the maximum.
    InsufficientPoints = "insufficient-points", 402, "Not enough points";

    /// Sellers do not bid on their own works.
    OwnAuction = "own-auction", 403, "This is your own auction";
    /// Only artists list works.
    ArtistRequired = "artist-required", 403, "Only artists can do this";
    /// The auction is somebody else's.
    NotSeller = "not-seller", 403, "This is somebody else's auction";
    /// The personal access token has not the scope that this needs.
    ScopeMissing = "scope-missing", 403, "The token's scopes do not allow this";
    /// Personal access tokens do not do this; sign in.
    SessionRequired = "session-required", 403, "This needs a signed-in session";
    /// Only administrators do this.
    AdminRequired = "admin-required", 403, "Only administrators can do this";
    /// An administrator has suspended the account.
    AccountSuspended = "account-suspended", 403, "The account is suspended";
    /// The sign-in was cancelled at the provider or in the browser.
    SocialDenied = "social-denied", 403, "The sign-in was cancelled";

    /// There is nothing at this path.
    NotFound = "not-found", 404, "There is nothing here";
    /// There is no such auction, or it is not public.
    AuctionNotFound = "auction-not-found", 404, "There is no such auction";
    /// There is no such artist.
    ArtistNotFound = "artist-not-found", 404, "There is no such artist";
    /// There is no such charge of this user.
    ChargeNotFound = "charge-not-found", 404, "There is no such charge";
    /// There is no such image.
    ImageNotFound = "image-not-found", 404, "There is no such image";
    /// No account has what was proven.
    AccountNotFound = "account-not-found", 404, "There is no such account";
    /// There is no such session of this user.
    SessionNotFound = "session-not-found", 404, "There is no such session";
    /// There is no such personal access token of this user.
    TokenNotFound = "token-not-found", 404, "There is no such token";
    /// There is no such work.
    WorkNotFound = "work-not-found", 404, "There is no such work";
    /// Nobody signs in with accounts of this provider.
    ProviderNotFound = "provider-not-found", 404, "There is no such provider of accounts";
    /// There is no such flow with this secret, or it is over.
    FlowNotFound = "flow-not-found", 404, "There is no such sign-in under way";
    /// The account is not linked with one of this provider.
    IdentityNotFound = "identity-not-found", 404, "There is no such linked account";

    /// The path exists, the method does not.
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed here";

    /// The auction is a draft, cancelled, or otherwise not on offer.
    AuctionNotOpen = "auction-not-open", 409, "The auction is not open";
    /// The auction has not started.
    AuctionNotStarted = "auction-not-started", 409, "The auction has not started";
    /// The auction has ended.
    AuctionEnded = "auction-ended", 409, "The auction has ended";
    /// The maximum is below the minimum.
    BidTooLow = "bid-too-low", 409, "The bid is too low";
    /// The auction has no buy-now price, or another one.
    BuyNowUnavailable = "buy-now-unavailable", 409, "The work cannot be bought at this price";
    /// Terms stand as soon as a bid stands.
    AuctionHasBids = "auction-has-bids", 409, "The auction has bids";
    /// The work is already on offer or was sold.
    WorkNotAvailable = "work-not-available", 409, "The work is on offer or sold";
    /// The seller listed a work with this reference before.
    ReferenceTaken = "reference-taken", 409, "A work with this reference is listed";
    /// Another account has this e-mail address.
    EmailTaken = "email-taken", 409, "The e-mail address is taken";
    /// Another account has this nickname.
    NicknameTaken = "nickname-taken", 409, "The nickname is taken";
    /// Another account has this phone number.
    PhoneTaken = "phone-taken", 409, "The phone number is taken";
    /// The account leads, sells, or has points; `errors` says which.
    AccountInUse = "account-in-use", 409, "The account is in use";
    /// The user has as many personal access tokens as there may be.
    TooManyTokens = "too-many-tokens", 409, "There are too many tokens";
    /// An administrator has suspended the work.
    WorkSuspended = "work-suspended", 409, "The work is suspended";
    /// Administrators are not suspended; they are made users first.
    UserIsAdmin = "user-is-admin", 409, "The user is an administrator";
    /// The provider's account belongs to another account here.
    IdentityTaken = "identity-taken", 409, "It is linked with another account";
    /// The account is linked with another one of the same provider.
    ProviderLinked = "provider-linked", 409, "Another account of this provider is linked";
    /// Without a password, the last linked account is the only way in.
    LastWayIn = "last-way-in", 409, "It is the only way to sign in";
    /// The provider did not prove who somebody is.
    SocialFailed = "social-failed", 409, "The provider did not confirm the sign-in";
    /// The charge's state does not allow this.
    ChargeNotPending = "charge-not-pending", 409, "The charge is no longer pending";
    /// The charge is not paid, or its points are spent or held.
    ChargeNotCancellable = "charge-not-cancellable", 409, "The charge cannot be cancelled";
    /// The gateway does not confirm the payment.
    PaymentNotConfirmed = "payment-not-confirmed", 409, "The gateway does not confirm the payment";

    /// `If-Match` names another version than the stored one.
    PreconditionFailed = "precondition-failed", 412, "It has changed in the meantime";
    /// The body is larger than allowed.
    BodyTooLarge = "body-too-large", 413, "The body is too large";
    /// The path is longer than allowed.
    UriTooLong = "uri-too-long", 414, "The path and query are too long";
    /// The body is not declared as what the call takes: JSON, or a form with files.
    UnsupportedMediaType = "unsupported-media-type", 415, "The body has the wrong media type";

    /// Fields are missing, of the wrong type, or out of bounds.
    ValidationFailed = "validation-failed", 422, "Some fields are not valid";
    /// The amount is no multiple of the bid unit, or absurd.
    InvalidAmount = "invalid-amount", 422, "The amount is not valid";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The idempotency key was used before";
    /// The phone code is wrong, expired, used, or tried too often.
    PhoneCodeWrong = "phone-code-wrong", 422, "The code is not valid";
    /// The phone token is unknown, expired or used.
    PhoneTokenInvalid = "phone-token-invalid", 422, "The phone is not proven";
    /// The sign-up token is unknown, expired or used.
    SignUpTokenInvalid = "sign-up-token-invalid", 422, "The sign-up has to be started again";

    /// Too many requests of this kind; `retry_after` says when to come back.
    RateLimited = "rate-limited", 429, "Too many requests";

    /// A defect in the server; the log has the request id.
    Internal = "internal", 500, "Internal error";
    /// The server is overloaded or its database is away; nothing was done.
    Busy = "busy", 503, "The server is busy";
    /// The server is shutting down.
    ShuttingDown = "shutting-down", 503, "The server is shutting down";
}

impl std::fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name, or its path with dots.
    pub field: String,
    /// A stable word, e.g. `too-long`.
    pub code: String,
    /// An English sentence.
    pub detail: String,
    /// The least or most that is allowed, where `code` is that a value is past it: points, seconds,
    /// or a number of characters or items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<i64>,
}

impl FieldError {
    /// An error of a field.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code: code.into(), detail: detail.into(), bound: None }
    }

    /// The same error, with the bound that the value is past.
    #[must_use]
    pub fn bounded(self, bound: i64) -> Self {
        Self { bound: Some(bound), ..self }
    }
}

/// An error document, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:artipul:problem:` and the code.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// What happened this time, in an English sentence.
    pub detail: String,
    /// The stable code.
    pub code: ProblemCode,
    /// Names this request in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Which fields are wrong, with `validation-failed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The least amount that would be accepted, with `bid-too-low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_next: Option<Money>,
    /// The public price, with `bid-too-low`; null before the first bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The points that could be used, with `insufficient-points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Money>,
    /// The points that would be needed, with `insufficient-points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Money>,
    /// Seconds to wait, as in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem of this code, with a sentence of what happened.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            type_uri: format!("urn:artipul:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            request_id: None,
            errors: Vec::new(),
            min_next: None,
            price: None,
            available: None,
            required: None,
            retry_after: None,
        }
    }

    /// `validation-failed` with these field errors.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.detail))
            .collect::<Vec<_>>()
            .join("; ");
        Self { errors, ..Self::new(ProblemCode::ValidationFailed, detail) }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.detail, self.code)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_its_own_and_survives_json() {
        let mut seen = HashSet::new();
        for &code in ProblemCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!((400..=599).contains(&code.status()));
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<ProblemCode>(&json).unwrap(), code);
        }
    }

    #[test]
    fn an_unknown_code_is_read_as_unknown() {
        let code: ProblemCode = serde_json::from_str("\"made-up-later\"").unwrap();
        assert_eq!(code, ProblemCode::Unknown);
    }
}
