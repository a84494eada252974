//! People of a world, with a client each.

use std::sync::OnceLock;

use artipul_common::{
    AuctionId, Money, Timestamp, UserId,
    accounts::{Secret, SignInRequest},
    auctions::{Auction, ListWorkRequest},
    bids::BidReceipt,
    client::{Client, ClientError, Result, new_idempotency_key, tokens::MemoryTokens},
    events::NoticeKind,
    page::PageQuery,
    problem::{Problem, ProblemCode},
    text,
    wallet::Wallet,
};
use artipul_server::db::{accounts::NewUser, types::column};
use chrono::{TimeDelta, Utc};
use reqwest::Method;

use crate::{eventually, http};

/// Everybody's password.
pub const PASSWORD: &str = "a password";

/// Somebody who is signed in at one instance.
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The public name.
    pub nickname: String,
    /// The address to sign in with.
    pub email: String,
    /// The typed client.
    pub client: Client,
    /// The access token, for requests by hand.
    pub token: String,
    pub(crate) http: reqwest::Client,
}

impl Person {
    /// Signs somebody in who has an account.
    ///
    /// # Panics
    /// He is not let in.
    pub async fn sign_in(url: &str, nickname: &str) -> Self {
        let client = Client::new(url, MemoryTokens::default()).unwrap();
        let email = format!("{nickname}@example.com");
        let request = SignInRequest { email: email.clone(), password: Secret::new(PASSWORD) };
        let session = client.sign_in(&request).await.unwrap();
        Self {
            id: session.user.id,
            nickname: nickname.to_owned(),
            email,
            client,
            token: session.access_token.reveal().to_owned(),
            http: http(),
        }
    }

    /// The same person at another instance.
    pub async fn at(&self, url: &str) -> Self {
        Self::sign_in(url, &self.nickname).await
    }

    /// Lists a work that ends in an hour, changed by `edit`.
    pub async fn list(&self, edit: impl FnOnce(&mut ListWorkRequest)) -> Auction {
        let mut request = draft();
        edit(&mut request);
        self.client.list_work(&request, &new_idempotency_key()).await.unwrap()
    }

    /// Bids so many thousands.
    pub async fn bid(&self, auction: AuctionId, thousands: i64) -> BidReceipt {
        self.try_bid(auction, thousands).await.unwrap()
    }

    /// Bids so many thousands, which may be refused.
    pub async fn try_bid(&self, auction: AuctionId, thousands: i64) -> Result<BidReceipt> {
        self.client.bid(auction, Money::new(thousands * 1_000), &new_idempotency_key()).await
    }

    /// Why a bid of so many thousands is refused.
    pub async fn refused(&self, auction: AuctionId, thousands: i64) -> Problem {
        problem(self.try_bid(auction, thousands).await)
    }

    /// Buys for so many thousands.
    pub async fn buy(&self, auction: AuctionId, thousands: i64) -> Result<BidReceipt> {
        self.client.buy(auction, Money::new(thousands * 1_000), &new_idempotency_key()).await
    }

    /// Tops the wallet up by so many thousands.
    pub async fn charge(&self, thousands: i64) {
        let most = artipul_common::limits::MAX_CHARGE;
        let mut left = Money::new(thousands * 1_000);
        while left > Money::ZERO {
            let part = left.min(most);
            self.client.charge(part, &new_idempotency_key()).await.unwrap();
            left -= part;
        }
    }

    /// The wallet: balance and held, in thousands.
    pub async fn wallet(&self) -> (i64, i64) {
        let Wallet { balance, held, .. } = self.client.wallet().await.unwrap();
        (balance.points() / 1_000, held.points() / 1_000)
    }

    /// An auction as this person sees it.
    pub async fn see(&self, auction: AuctionId) -> Auction {
        self.client.auction(auction).await.unwrap()
    }

    /// An auction once it is settled.
    pub async fn settled(&self, auction: AuctionId) -> Auction {
        eventually("the auction is settled", async || {
            Some(self.see(auction).await).filter(|auction| auction.outcome.is_some())
        })
        .await
    }

    /// What this person was told on the newest page, oldest first.
    pub async fn notices(&self) -> Vec<NoticeKind> {
        let page = self.client.notifications(&PageQuery::default()).await.unwrap();
        page.items.into_iter().rev().map(|notification| notification.kind).collect()
    }

    /// A request by hand, in this person's name.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.client.base())).bearer_auth(&self.token)
    }
}

/// Somebody's account, for tests that need no phone codes. `number` makes the phone his own.
///
/// # Panics
/// Never.
pub fn new_user(nickname: &str, number: u32, is_artist: bool) -> NewUser {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| bcrypt::non_truncating_hash(PASSWORD, 4).unwrap());
    NewUser {
        email: format!("{nickname}@example.com"),
        password_hash: hash.clone(),
        nickname: nickname.to_owned(),
        nickname_key: text::fold(nickname),
        name: format!("Name of {nickname}"),
        phone: format!("+8210{number:08}"),
        is_artist,
        college: None,
        created_at: column(Utc::now()),
    }
}

/// The problem in a refusal.
///
/// # Panics
/// It was none.
#[track_caller]
pub fn problem<T: std::fmt::Debug>(outcome: Result<T>) -> Problem {
    match outcome {
        Err(ClientError::Problem(problem)) => *problem,
        other => panic!("not refused: {other:?}"),
    }
}

/// A work as it could be listed: from 10,000 points, for an hour.
pub fn draft() -> ListWorkRequest {
    ListWorkRequest {
        title: "A work".to_owned(),
        description: String::new(),
        genre: "painting".to_owned(),
        tags: Vec::new(),
        artist: None,
        medium: None,
        dimensions: None,
        year: None,
        reference: None,
        start_price: Money::new(10_000),
        reserve_price: None,
        buy_now_price: None,
        starts_at: None,
        ends_at: in_ms(60 * 60 * 1_000),
        draft: false,
    }
}

/// The time so many milliseconds from now.
pub fn in_ms(ms: i64) -> Timestamp {
    Utc::now() + TimeDelta::milliseconds(ms)
}

/// What a problem's code is, for comparisons.
pub fn code<T: std::fmt::Debug>(outcome: Result<T>) -> ProblemCode {
    problem(outcome).code
}
