//! One method per endpoint.

use reqwest::{Method, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Client, ClientError, Result, decode, refresh_token, tokens};
use crate::{
    AuctionId, ChargeId, Money, UserId,
    accounts::{
        ArtistProfile, EditProfileRequest, NicknameAvailable, PhoneCodeRequest, PhoneCodeSent,
        PhoneVerified, REFRESH_COOKIE, Session, SignInRequest, SignUpRequest, User,
        VerifyPhoneRequest,
    },
    auctions::{Auction, AuctionQuery, EditAuctionRequest, Genres, ListWorkRequest, RelistRequest},
    bids::{BidForecast, BidReceipt, BidRequest, HistoryEntry, HistoryQuery, PurchaseRequest},
    mine::{
        MyAuctionsQuery, Notification, Participation, ParticipationQuery, Purchase, ReadRequest,
        Summary,
    },
    page::{Page, PageQuery},
    social::{self, CollectRequest, Flow, Identities, Outcome, Providers},
    wallet::{Charge, ChargeRequest, ConfirmChargeRequest, Entry, Wallet},
};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A new key for one action of a user; the action keeps it through all its attempts.
pub fn new_idempotency_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl Client {
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.repeat(|| async { decode(self.signed(self.request(Method::GET, path)).await?).await })
            .await
    }

    async fn query<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T> {
        self.repeat(|| async {
            decode(self.signed(self.request(Method::GET, path).query(query)).await?).await
        })
        .await
    }

    async fn public<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T> {
        self.repeat(|| async {
            decode(self.open(self.request(Method::GET, path).query(query)).await?).await
        })
        .await
    }

    async fn post_anonymously<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        decode(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    async fn keyed<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T> {
        self.repeat(|| async {
            let request = self.request(Method::POST, path).header(IDEMPOTENCY_KEY, key).json(body);
            decode(self.signed(request).await?).await
        })
        .await
    }

    // Accounts and sessions.

    /// Asks for a code to be sent to a phone.
    ///
    /// # Errors
    /// As [`ClientError`] says; so do all calls below.
    pub async fn request_phone_code(&self, phone: &str) -> Result<PhoneCodeSent> {
        let body = PhoneCodeRequest { phone: phone.to_owned() };
        self.post_anonymously("/v1/phone-codes", &body).await
    }

    /// Proves a phone with the code.
    pub async fn verify_phone(&self, body: &VerifyPhoneRequest) -> Result<PhoneVerified> {
        self.post_anonymously("/v1/phone-codes/verify", body).await
    }

    /// Opens an account; it does not sign in.
    pub async fn sign_up(&self, body: &SignUpRequest) -> Result<User> {
        self.post_anonymously("/v1/users", body).await
    }

    /// Whether a nickname is free.
    pub async fn nickname_available(&self, nickname: &str) -> Result<bool> {
        let query = [("nickname", nickname)];
        let answer: NicknameAvailable = self.public("/v1/users/nickname-available", &query).await?;
        Ok(answer.available)
    }

    /// Signs in and keeps the session.
    pub async fn sign_in(&self, body: &SignInRequest) -> Result<Session> {
        let response = self.send(self.request(Method::POST, "/v1/sessions").json(body)).await?;
        self.keep(response).await
    }

    /// Signs out: both tokens are unusable from then on, and forgotten here in any case.
    pub async fn sign_out(&self) -> Result<()> {
        let mut kept = self.inner.tokens.lock().await.map_err(tokens)?;
        // A renewal that was under way has put its token there by now.
        let access = self.inner.access.write().await.take();
        let refresh = kept.read().map_err(tokens)?;
        kept.write(None).map_err(tokens)?;
        drop(kept);
        let mut request = self.request(Method::DELETE, "/v1/sessions/current");
        if let Some(access) = &access {
            request = request.bearer_auth(access.reveal());
        }
        if let Some(refresh) = &refresh {
            let cookie = format!("{REFRESH_COOKIE}={}", refresh.reveal());
            request = request.header(header::COOKIE, cookie);
        }
        match self.send(request).await {
            Ok(_) => Ok(()),
            // Signed out already.
            Err(ClientError::Problem(problem)) if problem.status == 401 => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// With whose accounts one may sign in.
    pub async fn social_providers(&self) -> Result<Providers> {
        self.public("/v1/social/providers", &()).await
    }

    /// Begins to sign in with a provider's account.
    pub async fn begin_social(&self, provider: &str) -> Result<Flow> {
        let request = self.request(Method::POST, &format!("/v1/social/{provider}/flows"));
        decode(self.send(request).await?).await
    }

    /// Begins to link a provider's account with that of the signed-in user.
    pub async fn begin_link(&self, provider: &str) -> Result<Flow> {
        let request = self.request(Method::POST, &format!("/v1/social/{provider}/flows"));
        decode(self.signed(request).await?).await
    }

    /// What came of a flow. A session is kept; what is told is gone from the server.
    pub async fn collect_social(&self, flow: &Flow) -> Result<Outcome> {
        let path = format!("/v1/social/flows/{}/collect", flow.flow_id);
        let body = CollectRequest { flow_secret: flow.flow_secret.clone() };
        let response = self.open(self.request(Method::POST, &path).json(&body)).await?;
        let refresh = refresh_token(&response);
        let outcome: Outcome = decode(response).await?;
        if let Outcome::SignedIn { session } = &outcome {
            self.keep_session(refresh, session).await?;
        }
        Ok(outcome)
    }

    /// Opens an account for somebody whom a provider knows, signs in, and keeps the session.
    pub async fn social_sign_up(&self, body: &social::SignUpRequest) -> Result<Session> {
        let request = self.request(Method::POST, "/v1/social/sign-up").json(body);
        self.keep(self.send(request).await?).await
    }

    /// The providers' accounts that are linked with that of the signed-in user.
    pub async fn identities(&self) -> Result<Identities> {
        self.get("/v1/me/identities").await
    }

    /// Unlinks a provider's account.
    pub async fn unlink(&self, provider: &str) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/me/identities/{provider}"));
        self.signed(request).await.map(drop)
    }

    /// The signed-in user.
    pub async fn me(&self) -> Result<User> {
        self.get("/v1/me").await
    }

    /// Changes the profile.
    pub async fn edit_profile(&self, body: &EditProfileRequest) -> Result<User> {
        decode(self.signed(self.request(Method::PATCH, "/v1/me").json(body)).await?).await
    }

    // Works and auctions.

    /// All genres.
    pub async fn genres(&self) -> Result<Genres> {
        self.public("/v1/genres", &()).await
    }

    /// A page of auctions.
    pub async fn auctions(&self, query: &AuctionQuery) -> Result<Page<Auction>> {
        self.public("/v1/auctions", &query.pairs()).await
    }

    /// One auction.
    pub async fn auction(&self, id: AuctionId) -> Result<Auction> {
        self.public(&format!("/v1/auctions/{id}"), &()).await
    }

    /// One auction and its version, which [`Self::edit_auction_if`] takes.
    pub async fn auction_to_edit(&self, id: AuctionId) -> Result<(Auction, Option<String>)> {
        self.repeat(|| async {
            let request = self.request(Method::GET, &format!("/v1/auctions/{id}"));
            let response = self.signed(request).await?;
            let version = response.headers().get(header::ETAG);
            let version = version.and_then(|tag| Some(tag.to_str().ok()?.to_owned()));
            Ok((decode(response).await?, version))
        })
        .await
    }

    /// Offers a work. `key` makes a repeated call safe.
    pub async fn list_work(&self, body: &ListWorkRequest, key: &str) -> Result<Auction> {
        self.keyed("/v1/auctions", body, key).await
    }

    /// Changes an auction while no bid stands.
    pub async fn edit_auction(&self, id: AuctionId, body: &EditAuctionRequest) -> Result<Auction> {
        let request = self.request(Method::PATCH, &format!("/v1/auctions/{id}")).json(body);
        decode(self.signed(request).await?).await
    }

    /// As [`Self::edit_auction`], unless it was changed since this version.
    pub async fn edit_auction_if(
        &self,
        id: AuctionId,
        body: &EditAuctionRequest,
        version: &str,
    ) -> Result<Auction> {
        let request = self.request(Method::PATCH, &format!("/v1/auctions/{id}")).json(body);
        let request = request.header(header::IF_MATCH, version);
        decode(self.signed(request).await?).await
    }

    /// Withdraws an auction while no bid stands.
    pub async fn cancel_auction(&self, id: AuctionId) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/auctions/{id}"));
        self.signed(request).await.map(drop)
    }

    /// Offers the work of an auction again.
    pub async fn relist(&self, id: AuctionId, body: &RelistRequest, key: &str) -> Result<Auction> {
        self.keyed(&format!("/v1/auctions/{id}/relist"), body, key).await
    }

    /// An artist's public profile.
    pub async fn artist(&self, id: UserId) -> Result<ArtistProfile> {
        self.public(&format!("/v1/artists/{id}"), &()).await
    }

    /// All of an artist's public auctions.
    pub async fn artist_auctions(&self, id: UserId, page: &PageQuery) -> Result<Page<Auction>> {
        self.public(&format!("/v1/artists/{id}/auctions"), page).await
    }

    // Bidding.

    /// Bids; sent again under the same key until it is answered.
    pub async fn bid(&self, id: AuctionId, amount: Money, key: &str) -> Result<BidReceipt> {
        self.keyed(&format!("/v1/auctions/{id}/bids"), &BidRequest { amount }, key).await
    }

    /// What a bid would do.
    pub async fn forecast_bid(&self, id: AuctionId, amount: Money) -> Result<BidForecast> {
        let request = self
            .request(Method::POST, &format!("/v1/auctions/{id}/bids?dry_run=true"))
            .json(&BidRequest { amount });
        decode(self.signed(request).await?).await
    }

    /// Buys at once; sent again under the same key until it is answered.
    pub async fn buy(&self, id: AuctionId, price: Money, key: &str) -> Result<BidReceipt> {
        self.keyed(&format!("/v1/auctions/{id}/purchase"), &PurchaseRequest { price }, key).await
    }

    /// The public history of an auction, newest first.
    pub async fn history(&self, id: AuctionId, query: &HistoryQuery) -> Result<Page<HistoryEntry>> {
        self.public(&format!("/v1/auctions/{id}/bids"), query).await
    }

    // Mine.

    /// Auctions on which the user has bid.
    pub async fn participations(&self, query: &ParticipationQuery) -> Result<Page<Participation>> {
        self.query("/v1/me/participations", query).await
    }

    /// Works that the user has bought.
    pub async fn purchases(&self, page: &PageQuery) -> Result<Page<Purchase>> {
        self.query("/v1/me/purchases", page).await
    }

    /// The user's own auctions.
    pub async fn my_auctions(&self, query: &MyAuctionsQuery) -> Result<Page<Auction>> {
        self.query("/v1/me/auctions", query).await
    }

    /// Auctions that the user watches.
    pub async fn watches(&self, page: &PageQuery) -> Result<Page<Auction>> {
        self.query("/v1/me/watches", page).await
    }

    /// Watches an auction, or no longer.
    pub async fn watch(&self, id: AuctionId, watching: bool) -> Result<()> {
        let method = if watching { Method::PUT } else { Method::DELETE };
        let path = format!("/v1/auctions/{id}/watch");
        self.repeat(|| async { self.signed(self.request(method.clone(), &path)).await.map(drop) })
            .await
    }

    /// The user's notifications, newest first.
    pub async fn notifications(&self, page: &PageQuery) -> Result<Page<Notification>> {
        self.query("/v1/me/notifications", page).await
    }

    /// Marks notifications as read.
    pub async fn read_notifications(&self, body: &ReadRequest) -> Result<()> {
        let request = self.request(Method::POST, "/v1/me/notifications/read").json(body);
        self.signed(request).await.map(drop)
    }

    /// The counts of everything that is the user's.
    pub async fn summary(&self) -> Result<Summary> {
        self.get("/v1/me/summary").await
    }

    // Wallet.

    /// The user's wallet.
    pub async fn wallet(&self) -> Result<Wallet> {
        self.get("/v1/me/wallet").await
    }

    /// The wallet's movements, newest first.
    pub async fn wallet_entries(&self, page: &PageQuery) -> Result<Page<Entry>> {
        self.query("/v1/me/wallet/entries", page).await
    }

    /// Asks for a top-up.
    pub async fn charge(&self, amount: Money, key: &str) -> Result<Charge> {
        self.keyed("/v1/me/charges", &ChargeRequest { amount }, key).await
    }

    /// Has a payment looked up at the gateway.
    pub async fn confirm_charge(&self, id: ChargeId, payment_id: &str) -> Result<Charge> {
        let body = ConfirmChargeRequest { payment_id: payment_id.to_owned() };
        let path = format!("/v1/me/charges/{id}/confirm");
        let request = self.request(Method::POST, &path).json(&body);
        decode(self.signed(request).await?).await
    }

    /// Cancels a top-up whose points are available.
    pub async fn cancel_charge(&self, id: ChargeId) -> Result<Charge> {
        let request = self.request(Method::POST, &format!("/v1/me/charges/{id}/cancel"));
        decode(self.signed(request).await?).await
    }

    // Operations.

    /// Whether the server lives, and which version it is.
    pub async fn health(&self) -> Result<Health> {
        decode(self.send(self.request(Method::GET, "/healthz")).await?).await
    }
}

/// What a living server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always `ok`.
    pub status: String,
    /// The server's version.
    pub version: String,
}
