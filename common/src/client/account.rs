//! The calls about the account itself: what lets one in, sessions, personal access tokens.

use reqwest::Method;

use super::{Client, Result, decode, tokens};
use crate::{
    SessionId, TokenId,
    accounts::User,
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, CloseAccountRequest,
        EmailFound, FindEmailRequest, NewToken, NewTokenRequest, PersonalTokens,
        ResetPasswordRequest, Sessions,
    },
};

impl Client {
    /// The masked address of the account that has a proven phone.
    pub async fn find_email(&self, body: &FindEmailRequest) -> Result<EmailFound> {
        let request = self.request(Method::POST, "/v1/users/find-email").json(body);
        decode(self.send(request).await?).await
    }

    /// Sets a new password by the account's phone.
    pub async fn reset_password(&self, body: &ResetPasswordRequest) -> Result<()> {
        let request = self.request(Method::POST, "/v1/users/reset-password").json(body);
        self.send(request).await.map(drop)
    }

    /// Sets a new password by the old one; the other sessions end.
    pub async fn change_password(&self, body: &ChangePasswordRequest) -> Result<()> {
        self.signed(self.request(Method::PUT, "/v1/me/password").json(body)).await.map(drop)
    }

    /// Changes the address to sign in with.
    pub async fn change_email(&self, body: &ChangeEmailRequest) -> Result<User> {
        decode(self.signed(self.request(Method::PUT, "/v1/me/email").json(body)).await?).await
    }

    /// Changes the phone.
    pub async fn change_phone(&self, body: &ChangePhoneRequest) -> Result<User> {
        decode(self.signed(self.request(Method::PUT, "/v1/me/phone").json(body)).await?).await
    }

    /// Closes the account for good; the session is forgotten here.
    pub async fn close_account(&self, body: &CloseAccountRequest) -> Result<()> {
        self.signed(self.request(Method::POST, "/v1/me/close").json(body)).await?;
        self.forget().await
    }

    /// Everywhere that the account is signed in.
    pub async fn sessions(&self) -> Result<Sessions> {
        decode(self.signed(self.request(Method::GET, "/v1/me/sessions")).await?).await
    }

    /// Ends one session.
    pub async fn end_session(&self, id: SessionId) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/me/sessions/{id}"));
        self.signed(request).await.map(drop)
    }

    /// Ends all sessions but this one.
    pub async fn end_other_sessions(&self) -> Result<()> {
        self.signed(self.request(Method::DELETE, "/v1/me/sessions")).await.map(drop)
    }

    /// The account's personal access tokens.
    pub async fn personal_tokens(&self) -> Result<PersonalTokens> {
        decode(self.signed(self.request(Method::GET, "/v1/me/tokens")).await?).await
    }

    /// Makes a personal access token.
    pub async fn make_token(&self, body: &NewTokenRequest) -> Result<NewToken> {
        decode(self.signed(self.request(Method::POST, "/v1/me/tokens").json(body)).await?).await
    }

    /// Takes a personal access token back.
    pub async fn take_back_token(&self, id: TokenId) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/me/tokens/{id}"));
        self.signed(request).await.map(drop)
    }

    /// Forgets a session that is over.
    async fn forget(&self) -> Result<()> {
        let mut kept = self.inner.tokens.lock().await.map_err(tokens)?;
        *self.inner.access.write().await = None;
        kept.write(None).map_err(tokens)
    }
}
