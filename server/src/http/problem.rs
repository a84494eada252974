//! The one table that turns errors into problems.

use artipul_common::problem::{FieldError, Problem, ProblemCode};
use warp::{
    http::{HeaderValue, StatusCode, header},
    reply::{Reply, Response},
};

use super::{body, request::request_id};
use crate::{
    accounts::{AccessError, AccountError},
    admin::AdminError,
    auction::Refusal,
    db::DbError,
    desk::DeskError,
    live::Away,
    media::{MediaError, door::Crowded},
    sms::SmsError,
    stream::places::TooMany,
    wallet::WalletError,
};

/// Seconds after which a request that found the server busy may come again.
const BUSY_RETRY_SECONDS: u64 = 1;

/// The same where text messages cannot be sent.
const SMS_RETRY_SECONDS: u64 = 30;
/// Seconds after which an address that has too many streams may ask for another.
const STREAMS_RETRY_SECONDS: u64 = 10;

/// An error on its way to the client.
#[derive(Debug)]
pub struct Failure(pub Box<Problem>);

/// What a handler gives.
pub type Answer = Result<Response, Failure>;

impl Failure {
    /// A problem with a sentence of what happened.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem::new(code, detail)))
    }

    /// Wrong fields.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self(Box::new(Problem::invalid_fields(errors)))
    }

    /// One wrong field.
    pub fn field(field: &str, code: &str, detail: &str) -> Self {
        Self::fields(vec![FieldError::new(field, code, detail)])
    }

    /// Overload, or a dependency that is away.
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::Busy, detail).retry_after(BUSY_RETRY_SECONDS)
    }

    /// A defect. Its cause is for the log; the client gets the request's id.
    pub fn defect(cause: impl std::fmt::Display) -> Self {
        tracing::error!(request_id = request_id(), %cause, "a request failed");
        Self::new(ProblemCode::Internal, "the server failed; the log has the request id")
    }

    /// The same, with the seconds after which it may be asked again.
    #[must_use]
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }
}

impl warp::reject::Reject for Failure {}

impl Reply for Failure {
    fn into_response(self) -> Response {
        let mut problem = *self.0;
        problem.request_id = Some(request_id());
        let mut response = body::of(body::json(&problem), "application/problem+json");
        *response.status_mut() =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if problem.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        let code = match &refusal {
            Refusal::NotFound => ProblemCode::AuctionNotFound,
            Refusal::NotOpen => ProblemCode::AuctionNotOpen,
            Refusal::NotStarted => ProblemCode::AuctionNotStarted,
            Refusal::Ended => ProblemCode::AuctionEnded,
            Refusal::OwnAuction => ProblemCode::OwnAuction,
            Refusal::InvalidAmount => ProblemCode::InvalidAmount,
            Refusal::TooLow { .. } => ProblemCode::BidTooLow,
            Refusal::BuyNowUnavailable => ProblemCode::BuyNowUnavailable,
            Refusal::InsufficientPoints { .. } => ProblemCode::InsufficientPoints,
            Refusal::NotSeller => ProblemCode::NotSeller,
            Refusal::HasBids => ProblemCode::AuctionHasBids,
        };
        let mut failure = Self::new(code, detail);
        match refusal {
            Refusal::TooLow { min_next, price } => {
                failure.0.min_next = Some(min_next);
                failure.0.price = price;
            }
            Refusal::InsufficientPoints { available, required } => {
                failure.0.available = Some(available);
                failure.0.required = Some(required);
            }
            _ => {}
        }
        failure
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused(refusal) => refusal.into(),
            DeskError::Invalid(errors) => Self::fields(errors),
            DeskError::NoSuchImage => Self::new(ProblemCode::ImageNotFound, error.to_string()),
            DeskError::KeyReused => key_reused(),
            DeskError::WorkSuspended => Self::new(ProblemCode::WorkSuspended, error.to_string()),
            DeskError::Changed => Self::new(
                ProblemCode::PreconditionFailed,
                "the auction has changed since you read it",
            ),
            DeskError::Unknown(detail) => {
                tracing::error!(request_id = request_id(), %detail, "unknown outcome");
                Self::busy(
                    "whether this was done is not known; ask again with the same idempotency key, \
                     or look before you ask again",
                )
            }
            DeskError::Busy(detail) => {
                tracing::warn!(request_id = request_id(), %detail, "busy");
                Self::busy("the auction desk cannot take this now")
            }
            DeskError::Defect(detail) => Self::defect(detail),
        }
    }
}

fn key_reused() -> Failure {
    Failure::new(
        ProblemCode::IdempotencyKeyReused,
        "another request was sent under this idempotency key",
    )
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        if error.is_passing() {
            tracing::warn!(request_id = request_id(), %error, "busy");
            Self::busy("the database cannot take this now")
        } else {
            Self::defect(error)
        }
    }
}

impl From<Crowded> for Failure {
    fn from(crowded: Crowded) -> Self {
        match crowded {
            Crowded::Full => Self::busy(crowded.to_string()),
            Crowded::OfOne => {
                Self::new(ProblemCode::RateLimited, crowded.to_string()).retry_after(1)
            }
        }
    }
}

impl From<TooMany> for Failure {
    fn from(error: TooMany) -> Self {
        Self::new(ProblemCode::RateLimited, error.to_string()).retry_after(STREAMS_RETRY_SECONDS)
    }
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Picture(error) => Self::field("image", error.code(), &error.to_string()),
            MediaError::Busy => Self::busy("too many images wait to be decoded"),
            MediaError::Db(error) => error.into(),
            MediaError::Store(error) => {
                tracing::error!(request_id = request_id(), %error, "busy");
                Self::busy("the images cannot be reached now")
            }
            MediaError::File(error) => Self::defect(error),
        }
    }
}

impl From<Away> for Failure {
    fn from(away: Away) -> Self {
        tracing::warn!(request_id = request_id(), %away, "busy");
        Self::busy("this cannot be done just now")
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        let code = match error {
            AccessError::Invalid => ProblemCode::TokenInvalid,
            AccessError::Expired => ProblemCode::TokenExpired,
            AccessError::Revoked => ProblemCode::TokenRevoked,
            AccessError::Db(error) => return error.into(),
        };
        Self::new(code, error.to_string())
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let code = match error {
            AccountError::Invalid(errors) => return Self::fields(errors),
            AccountError::LiveAway(away) => return away.into(),
            AccountError::Db(error) => return error.into(),
            AccountError::Defect(cause) => return Self::defect(cause),
            AccountError::Limited { retry_after } => {
                // Rounded up, so that who waits so long is let in.
                let seconds = retry_after.as_millis().div_ceil(1_000);
                return Self::new(ProblemCode::RateLimited, "too many attempts")
                    .retry_after(u64::try_from(seconds).unwrap_or(u64::MAX).max(1));
            }
            AccountError::Sms(error) => return error.into(),
            AccountError::ProviderAway => return Self::busy(error.to_string()),
            AccountError::ProviderUnknown => ProblemCode::ProviderNotFound,
            AccountError::FlowUnknown => ProblemCode::FlowNotFound,
            AccountError::SignedOut => ProblemCode::TokenMissing,
            AccountError::SocialDenied => ProblemCode::SocialDenied,
            AccountError::SocialFailed => ProblemCode::SocialFailed,
            AccountError::EmailOfAnother => ProblemCode::EmailTaken,
            AccountError::IdentityTaken => ProblemCode::IdentityTaken,
            AccountError::ProviderLinked => ProblemCode::ProviderLinked,
            AccountError::IdentityUnknown => ProblemCode::IdentityNotFound,
            AccountError::LastWayIn => ProblemCode::LastWayIn,
            AccountError::SignUpTokenInvalid => ProblemCode::SignUpTokenInvalid,
            AccountError::CodeWrong => ProblemCode::PhoneCodeWrong,
            AccountError::PhoneTokenInvalid => ProblemCode::PhoneTokenInvalid,
            AccountError::EmailTaken => ProblemCode::EmailTaken,
            AccountError::NicknameTaken => ProblemCode::NicknameTaken,
            AccountError::PhoneTaken => ProblemCode::PhoneTaken,
            AccountError::CredentialsWrong => ProblemCode::CredentialsWrong,
            AccountError::RefreshTokenInvalid => ProblemCode::RefreshTokenInvalid,
            AccountError::Gone => ProblemCode::TokenInvalid,
            AccountError::Suspended => ProblemCode::AccountSuspended,
            AccountError::NotFound => ProblemCode::AccountNotFound,
            AccountError::SessionNotFound => ProblemCode::SessionNotFound,
            AccountError::TokenNotFound => ProblemCode::TokenNotFound,
            AccountError::TooManyTokens => ProblemCode::TooManyTokens,
            AccountError::InUse(errors) => {
                let mut failure = Self::new(ProblemCode::AccountInUse, "the account is in use");
                failure.0.errors = errors;
                return failure;
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let code = match error {
            AdminError::NoSuchUser => ProblemCode::AccountNotFound,
            AdminError::NoSuchWork => ProblemCode::WorkNotFound,
            AdminError::UserIsAdmin => ProblemCode::UserIsAdmin,
            AdminError::Desk(error) => return error.into(),
            AdminError::Wallet(error) => return error.into(),
            AdminError::Account(error) => return error.into(),
            AdminError::Db(error) => return error.into(),
        };
        Self::new(code, error.to_string())
    }
}

impl From<SmsError> for Failure {
    fn from(error: SmsError) -> Self {
        let busy = || Self::busy("text messages cannot be sent now").retry_after(SMS_RETRY_SECONDS);
        match &error {
            SmsError::Unreachable => Self::field("phone", "unreachable", &error.to_string()),
            SmsError::Busy(_) => {
                tracing::warn!(request_id = request_id(), %error, "busy");
                busy()
            }
            SmsError::Refused(_) => {
                tracing::error!(request_id = request_id(), %error, "busy");
                busy()
            }
        }
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        let code = match error {
            WalletError::Invalid(errors) => return Self::fields(errors),
            WalletError::KeyReused => return key_reused(),
            WalletError::Db(error) => return error.into(),
            WalletError::GatewayAway(detail) => {
                tracing::warn!(request_id = request_id(), %detail, "the gateway is away");
                return Self::busy("the payment gateway cannot be reached");
            }
            WalletError::NotFound => ProblemCode::ChargeNotFound,
            WalletError::NotPending => ProblemCode::ChargeNotPending,
            WalletError::NotCancellable => ProblemCode::ChargeNotCancellable,
            WalletError::NotConfirmed => ProblemCode::PaymentNotConfirmed,
        };
        Self::new(code, error.to_string())
    }
}
