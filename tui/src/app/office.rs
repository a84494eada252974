//! The questions and deeds of administrators, as data.

use artipul_common::{
    AuctionId, ChargeId, UserId, WorkId,
    admin::{AdminAction, ChargesQuery, ManagedCharge, ManagedUser, UserQuery},
    client::Client,
    page::{Page, PageQuery},
};

use super::effect::{Answer, Outcome};
use crate::ui::text::clean;

/// A question, or a deed with its reason.
#[derive(Debug, Clone)]
pub(crate) enum Office {
    Users(UserQuery),
    Charges(ChargesQuery),
    Trail(PageQuery),
    SuspendUser(UserId, String),
    RestoreUser(UserId),
    SuspendWork(WorkId, String),
    RestoreWork(WorkId),
    Withdraw(AuctionId, String),
    Refund(ChargeId, String),
}

/// What the server said to a question.
#[derive(Debug, Clone)]
pub(crate) enum Filed {
    Users(Page<ManagedUser>),
    Charges(Page<ManagedCharge>),
    Trail(Page<AdminAction>),
}

/// Asks the server, or has it done.
pub(super) async fn ask(client: &Client, question: Office) -> Outcome {
    match question {
        Office::Users(query) => {
            return Ok(Answer::Filed(Filed::Users(client.admin_users(&query).await?)));
        }
        Office::Charges(query) => {
            return Ok(Answer::Filed(Filed::Charges(client.admin_charges(&query).await?)));
        }
        Office::Trail(page) => {
            return Ok(Answer::Filed(Filed::Trail(client.admin_actions(&page).await?)));
        }
        Office::SuspendUser(id, reason) => drop(client.suspend_user(id, &reason).await?),
        Office::RestoreUser(id) => client.restore_user(id).await?,
        Office::SuspendWork(id, reason) => client.suspend_work(id, &reason).await?,
        Office::RestoreWork(id) => client.restore_work(id).await?,
        Office::Withdraw(id, reason) => client.withdraw_auction(id, &reason).await?,
        Office::Refund(id, reason) => drop(client.refund_charge(id, &reason).await?),
    }
    Ok(Answer::Done)
}

impl Filed {
    /// Takes out what could disturb the screen.
    pub(super) fn clean(&mut self) {
        match self {
            Self::Users(page) => {
                for found in &mut page.items {
                    super::clean::user(&mut found.user);
                    if let Some(suspension) = &mut found.suspended {
                        suspension.reason = clean(&suspension.reason);
                    }
                }
            }
            Self::Charges(_) => {}
            Self::Trail(page) => {
                page.items.iter_mut().for_each(|action| action.reason = clean(&action.reason));
            }
        }
    }
}
