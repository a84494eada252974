//! The administrators' calls.

use reqwest::Method;

use super::{Client, Result, decode};
use crate::{
    AuctionId, ChargeId, UserId, WorkId,
    admin::{AdminAction, ChargesQuery, ManagedCharge, ManagedUser, ReasonRequest, UserQuery},
    page::{Page, PageQuery},
};

fn because(reason: &str) -> ReasonRequest {
    ReasonRequest { reason: reason.to_owned() }
}

impl Client {
    /// A page of accounts.
    pub async fn admin_users(&self, query: &UserQuery) -> Result<Page<ManagedUser>> {
        decode(self.signed(self.request(Method::GET, "/v1/admin/users").query(query)).await?).await
    }

    /// An account.
    pub async fn admin_user(&self, id: UserId) -> Result<ManagedUser> {
        let request = self.request(Method::GET, &format!("/v1/admin/users/{id}"));
        decode(self.signed(request).await?).await
    }

    /// Locks a user out.
    pub async fn suspend_user(&self, id: UserId, reason: &str) -> Result<ManagedUser> {
        let path = format!("/v1/admin/users/{id}/suspension");
        let request = self.request(Method::PUT, &path).json(&because(reason));
        decode(self.signed(request).await?).await
    }

    /// Lets a user in again.
    pub async fn restore_user(&self, id: UserId) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/admin/users/{id}/suspension"));
        self.signed(request).await.map(drop)
    }

    /// Takes a work off the market.
    pub async fn suspend_work(&self, id: WorkId, reason: &str) -> Result<()> {
        let path = format!("/v1/admin/works/{id}/suspension");
        let request = self.request(Method::PUT, &path).json(&because(reason));
        self.signed(request).await.map(drop)
    }

    /// Lets a work be listed again.
    pub async fn restore_work(&self, id: WorkId) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/admin/works/{id}/suspension"));
        self.signed(request).await.map(drop)
    }

    /// Ends an auction without a sale, whoever has bid.
    pub async fn withdraw_auction(&self, id: AuctionId, reason: &str) -> Result<()> {
        let path = format!("/v1/admin/auctions/{id}/withdraw");
        let request = self.request(Method::POST, &path).json(&because(reason));
        self.signed(request).await.map(drop)
    }

    /// A page of charges, newest first.
    pub async fn admin_charges(&self, query: &ChargesQuery) -> Result<Page<ManagedCharge>> {
        let request = self.request(Method::GET, "/v1/admin/charges").query(query);
        decode(self.signed(request).await?).await
    }

    /// Gives a charge back.
    pub async fn refund_charge(&self, id: ChargeId, reason: &str) -> Result<ManagedCharge> {
        let path = format!("/v1/admin/charges/{id}/refund");
        let request = self.request(Method::POST, &path).json(&because(reason));
        decode(self.signed(request).await?).await
    }

    /// A page of what administrators did, newest first.
    pub async fn admin_actions(&self, page: &PageQuery) -> Result<Page<AdminAction>> {
        let request = self.request(Method::GET, "/v1/admin/actions").query(page);
        decode(self.signed(request).await?).await
    }
}
