//! Signing in with the accounts of others (Google, Kakao, Naver, ...) as the API shows and takes it.
//!
//! A client begins a flow, sends its user to a browser, and collects with its own secret what came
//! of it. The browser shows a phrase that the client shows too, and asks whether they are the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::{Secret, Session, check_email, check_nickname},
    limits,
    problem::FieldError,
    text::Checks,
};

/// Somebody with whose accounts people may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SocialProvider))]
pub struct Provider {
    /// The name in paths.
    pub id: String,
    /// The name that people know.
    pub name: String,
}

/// All of them, in the operator's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SocialProviders))]
pub struct Providers {
    /// The providers.
    pub items: Vec<Provider>,
}

/// A sign-in under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SocialFlow))]
pub struct Flow {
    /// Names it.
    pub flow_id: String,
    /// Collects what comes of it; for whoever began it alone.
    pub flow_secret: Secret,
    /// Where a browser has to go.
    pub authorize_url: String,
    /// Two words that the browser shows at the end; whoever sees others must not go on there.
    pub phrase: String,
    /// Seconds for which it can be finished.
    pub expires_in: u64,
}

/// Asks what came of a flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CollectSocialRequest))]
pub struct CollectRequest {
    /// From the flow's beginning.
    pub flow_secret: Secret,
}

/// What came of a flow. Each outcome but `pending` is told once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SocialOutcome))]
pub enum Outcome {
    /// The browser is not done; ask again in a second or two.
    Pending {},
    /// Signed in; the refresh token comes beside it, as an HttpOnly cookie.
    SignedIn {
        /// The session.
        session: Session,
    },
    /// Linked with the account that began the flow.
    Linked {
        /// What is linked.
        identity: Identity,
    },
    /// Nobody has this account here: what is missing has to be asked for.
    SignUpNeeded {
        /// Proves who it is, once.
        sign_up_token: Secret,
        /// Seconds for which it does.
        expires_in: u64,
        /// The address that the provider has verified; the account will have it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// An address that it has not verified, for a form where there is no other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested_email: Option<String>,
        /// What could be the public name; it may be taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested_nickname: Option<String>,
        /// The person's name, as far as the provider tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

/// Opens an account for somebody whom a provider knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SocialSignUpRequest))]
pub struct SignUpRequest {
    /// From the flow.
    pub sign_up_token: Secret,
    /// From the verification of the phone.
    pub phone_token: Secret,
    /// The public name, 2 to 20 letters, digits, `_`, `-` or `.`.
    pub nickname: String,
    /// The person's name.
    pub name: String,
    /// Whether the person lists works.
    pub is_artist: bool,
    /// Where the artist studies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub college: Option<String>,
    /// The address, if the provider gave no verified one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl SignUpRequest {
    /// The request in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// One error per field that is empty, too long, or of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        check_nickname(&mut checks, "nickname", &mut self.nickname);
        checks.line("name", &mut self.name, limits::NAME);
        checks.optional_line("college", &mut self.college, limits::COLLEGE);
        if let Some(email) = &mut self.email {
            check_email(&mut checks, "email", email);
        }
        checks.finish(self)
    }
}

/// An account of a provider that is linked with one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    /// Whose it is: the provider's name in paths.
    pub provider: String,
    /// The provider's name that people know.
    pub name: String,
    /// The address that the provider told last.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was last signed in with.
    pub last_used_at: DateTime<Utc>,
}

/// All that are linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identities {
    /// By the provider's name in paths.
    pub items: Vec<Identity>,
}
