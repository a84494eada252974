//! What administrators see and do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ActionId, ChargeId, UserId, accounts::User, limits, problem::FieldError, text::Checks,
    wallet::Charge,
};

/// Why an administrator does something; kept for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReasonRequest {
    /// 1 to 500 characters.
    pub reason: String,
}

impl ReasonRequest {
    /// The reason in normal form, or what is wrong with it.
    ///
    /// # Errors
    /// It is empty, too long, or has control characters.
    pub fn validated(mut self) -> Result<String, Vec<FieldError>> {
        let mut checks = Checks::default();
        checks.line("reason", &mut self.reason, limits::REASON);
        checks.finish(self.reason)
    }
}

/// Which accounts are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct UserQuery {
    /// The whole e-mail address, nickname, phone or id; all accounts unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Items of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// An account, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedUser {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// Why it is suspended; null if it is not.
    pub suspended: Option<Suspension>,
    /// When its owner closed it.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Since when and why something is suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspension {
    /// The administrator's words.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A charge, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedCharge {
    /// Whose it is.
    pub user_id: UserId,
    /// The charge.
    #[serde(flatten)]
    pub charge: Charge,
}

/// Which charges are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ChargesQuery {
    /// Whose charges.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<i64>))]
    pub user: Option<UserId>,
    /// This charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<i64>))]
    pub charge: Option<ChargeId>,
    /// Items of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What an administrator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ActionKind {
    /// Make somebody an administrator; on the server's machine only.
    GrantAdmin,
    /// Make an administrator a user again; on the server's machine only.
    RevokeAdmin,
    /// Lock a user out.
    SuspendUser,
    /// Let him in again.
    RestoreUser,
    /// Take a work off the market, with its auction.
    SuspendWork,
    /// Let it be listed again.
    RestoreWork,
    /// End an auction without a sale.
    WithdrawAuction,
    /// Give a charge's money back and take its points.
    RefundCharge,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::GrantAdmin,
        Self::RevokeAdmin,
        Self::SuspendUser,
        Self::RestoreUser,
        Self::SuspendWork,
        Self::RestoreWork,
        Self::WithdrawAuction,
        Self::RefundCharge,
    ];

    /// The name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GrantAdmin => "grant-admin",
            Self::RevokeAdmin => "revoke-admin",
            Self::SuspendUser => "suspend-user",
            Self::RestoreUser => "restore-user",
            Self::SuspendWork => "suspend-work",
            Self::RestoreWork => "restore-work",
            Self::WithdrawAuction => "withdraw-auction",
            Self::RefundCharge => "refund-charge",
        }
    }
}

/// One line of what administrators did, which is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAction {
    /// Its id; later ones have greater ids.
    pub id: ActionId,
    /// Who did it; null if it was done on the server's machine.
    pub admin_id: Option<UserId>,
    /// What.
    pub kind: ActionKind,
    /// To which user, work, auction or charge, as the kind says.
    pub subject_id: i64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_the_same_name_everywhere() {
        for kind in ActionKind::ALL {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.as_str()));
        }
    }

    #[test]
    fn a_reason_is_a_line_of_text() {
        let said = |reason: &str| ReasonRequest { reason: reason.to_owned() }.validated();
        assert_eq!(said(" spam ").unwrap(), "spam");
        for reason in ["", " ", "a\nb", "a\u{1b}[2J", &"x".repeat(501)] {
            assert!(said(reason).is_err(), "{reason:?}");
        }
    }
}
