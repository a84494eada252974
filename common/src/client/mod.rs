//! The typed API client: one method per endpoint, sessions that renew themselves, and streams
//! that reconnect ([`stream`]).
//!
//! It never decides what a bid means and never shows anything; it turns calls into requests and
//! answers into types.

mod account;
mod admin;
mod calls;
pub mod clock;
mod images;
pub mod stream;
pub mod tokens;

pub use calls::{Health, new_idempotency_key};
pub use images::ImageUpload;

use std::{sync::Arc, time::Duration};

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, RwLock};

use self::{clock::ServerClock, tokens::TokenStore};
use crate::{
    accounts::{REFRESH_COOKIE, Secret, Session},
    problem::{Problem, ProblemCode},
};

/// Why a call gave no answer of its type.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// The server refused, and said why.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Nobody is signed in, or the session is over.
    #[error("not signed in")]
    SignedOut,
    /// The server cannot be reached, or the answer was lost on its way: what was asked may or may
    /// not have happened.
    #[error("the server cannot be reached: {0}")]
    Offline(String),
    /// Something answered that is no Artipul server, or one of another version.
    #[error("the answer cannot be understood: {0}")]
    Unexpected(String),
    /// The session could not be read from or written to where it is kept.
    #[error("the session cannot be kept: {0}")]
    Tokens(String),
}

impl ClientError {
    /// The problem's code, if the server refused.
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether the same request may succeed if it is sent again unchanged.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Offline(_) => true,
            Self::Problem(problem) => {
                matches!(problem.code, ProblemCode::Busy | ProblemCode::ShuttingDown)
            }
            _ => false,
        }
    }
}

/// What a call gives.
pub type Result<T> = std::result::Result<T, ClientError>;

/// How long a call may take as a whole.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a request that is safe to repeat is sent at most.
const ATTEMPTS: u32 = 4;
/// The first pause between attempts; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(150);

/// A client of one server, for one user at a time. Clones share the session.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base: String,
    access: RwLock<Option<Secret>>,
    tokens: Box<dyn TokenStore>,
    /// One renewal at a time: a second one with the same refresh token would look like theft.
    renewal: Mutex<()>,
    clock: ServerClock,
}

impl Client {
    /// A client of the server at `base` (`http://127.0.0.1:7410`), whose session is kept in
    /// `tokens`.
    ///
    /// # Errors
    /// [`ClientError::Unexpected`] if `base` is no `http` or `https` address.
    pub fn new(base: &str, tokens: impl TokenStore + 'static) -> Result<Self> {
        let url = reqwest::Url::parse(base)
            .map_err(|error| ClientError::Unexpected(format!("{base:?} is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            let detail = format!("{base:?} must begin with http:// or https://");
            return Err(ClientError::Unexpected(detail));
        }
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .tcp_nodelay(true)
                .user_agent(concat!("artipul/", env!("CARGO_PKG_VERSION")))
        };
        let http = match builder().build() {
            // A machine without certificates can still reach a server without TLS.
            Err(_) if url.scheme() == "http" => builder().tls_certs_only([]).build(),
            built => built,
        };
        let http = http.map_err(|error| ClientError::Unexpected(root_cause(&error)))?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                base: url.as_str().trim_end_matches('/').to_owned(),
                access: RwLock::new(None),
                tokens: Box::new(tokens),
                renewal: Mutex::new(()),
                clock: ServerClock::default(),
            }),
        })
    }

    /// The server's address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.inner.base
    }

    /// What is known of the server's clock.
    pub fn clock(&self) -> &ServerClock {
        &self.inner.clock
    }

    /// Whether a session is at hand: an access token, or something to get one with.
    pub async fn is_signed_in(&self) -> bool {
        self.inner.access.read().await.is_some() || self.inner.tokens.has_token()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.inner
            .http
            .request(method, format!("{}{path}", self.inner.base))
            .header(header::ACCEPT, "application/json")
    }

    /// Sends a call that needs no session, though it says more to the signed-in.
    async fn open(&self, request: RequestBuilder) -> Result<Response> {
        if self.is_signed_in().await {
            match self.signed(request.try_clone().ok_or_else(unrepeatable)?).await {
                Err(ClientError::SignedOut) => {}
                outcome => return outcome,
            }
        }
        self.send(request).await
    }

    /// Sends a call in the session's name, renewing the access token once if it has expired.
    async fn signed(&self, request: RequestBuilder) -> Result<Response> {
        let copy = || request.try_clone().ok_or_else(unrepeatable);
        self.signed_anew(copy, CALL_TIMEOUT).await
    }

    /// The same for a call whose request has to be made anew for each time that it is sent, and
    /// that may take so long.
    async fn signed_anew(
        &self,
        request: impl Fn() -> Result<RequestBuilder>,
        time: Duration,
    ) -> Result<Response> {
        let token = self.access_token().await?;
        match self.send_within(request()?.bearer_auth(token.reveal()), time).await {
            Err(ClientError::Problem(problem))
                if problem.status == StatusCode::UNAUTHORIZED.as_u16() =>
            {
                let token = self.renew(Some(&token)).await?;
                self.send_within(request()?.bearer_auth(token.reveal()), time).await
            }
            outcome => outcome,
        }
    }

    /// Sends a request and takes the server's refusal as an error.
    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        self.send_within(request, CALL_TIMEOUT).await
    }

    async fn send_within(&self, request: RequestBuilder, time: Duration) -> Result<Response> {
        let response = request.timeout(time).send().await.map_err(offline)?;
        self.inner.clock.observe_date(response.headers());
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response).await)
    }

    /// Sends a request that is safe to repeat until it is answered, a few times at most. Each
    /// attempt is made by `attempt`. Once an answer was lost, no later refusal to take the request
    /// tells what became of it, so that is what is told.
    async fn repeat<T, F>(&self, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut lost = None;
        let mut attempts = 0;
        loop {
            let error = match attempt().await {
                Err(error) if error.is_passing() => error,
                outcome => return outcome,
            };
            if matches!(error, ClientError::Offline(_)) {
                lost = Some(error.clone());
            }
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(lost.unwrap_or(error));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// The access token at hand, or a fresh one.
    async fn access_token(&self) -> Result<Secret> {
        // The lock must be free again before a renewal, which writes.
        let at_hand = self.inner.access.read().await.clone();
        match at_hand {
            Some(token) => Ok(token),
            None => self.renew(None).await,
        }
    }

    /// A fresh access token. `stale` is the one that was refused; if another task renewed it in
    /// the meantime, that one is given.
    ///
    /// A renewal that was begun is finished, also when whoever asked for it stops waiting: the
    /// server has forgotten the old refresh token by then, so the new one must be kept.
    async fn renew(&self, stale: Option<&Secret>) -> Result<Secret> {
        let client = self.clone();
        let stale = stale.cloned();
        let renewal = tokio::spawn(async move { client.renew_now(stale.as_ref()).await });
        renewal.await.unwrap_or_else(|error| Err(ClientError::Unexpected(error.to_string())))
    }

    /// Waits until a renewal that is under way has kept its token: for the way out.
    pub async fn finish(&self) {
        drop(self.inner.renewal.lock().await);
    }

    async fn renew_now(&self, stale: Option<&Secret>) -> Result<Secret> {
        let _one_at_a_time = self.inner.renewal.lock().await;
        let at_hand = self.inner.access.read().await.clone();
        if let Some(current) = at_hand
            && Some(&current) != stale
        {
            return Ok(current);
        }
        if let Some(fixed) = self.inner.tokens.fixed_access_token() {
            if stale == Some(&fixed) {
                return Err(ClientError::SignedOut);
            }
            *self.inner.access.write().await = Some(fixed.clone());
            return Ok(fixed);
        }
        let mut kept = self.inner.tokens.lock().await.map_err(tokens)?;
        let Some(refresh) = kept.read().map_err(tokens)? else {
            return Err(ClientError::SignedOut);
        };
        let request = self
            .request(Method::POST, "/v1/sessions/refresh")
            .header(header::COOKIE, format!("{REFRESH_COOKIE}={}", refresh.reveal()));
        match self.send(request).await {
            Ok(response) => {
                if let Some(rotated) = refresh_token(&response) {
                    kept.write(Some(&rotated)).map_err(tokens)?;
                }
                let session: Session = decode(response).await?;
                *self.inner.access.write().await = Some(session.access_token.clone());
                Ok(session.access_token)
            }
            Err(error) if error.code() == Some(ProblemCode::RefreshTokenInvalid) => {
                kept.write(None).map_err(tokens)?;
                *self.inner.access.write().await = None;
                Err(ClientError::SignedOut)
            }
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, response: Response) -> Result<Session> {
        let refresh = refresh_token(&response);
        let session: Session = decode(response).await?;
        self.keep_session(refresh, &session).await?;
        Ok(session)
    }

    async fn keep_session(&self, refresh: Option<Secret>, session: &Session) -> Result<()> {
        let refresh = refresh
            .ok_or_else(|| ClientError::Unexpected("no refresh token was set".to_owned()))?;
        self.inner.tokens.lock().await.map_err(tokens)?.write(Some(&refresh)).map_err(tokens)?;
        *self.inner.access.write().await = Some(session.access_token.clone());
        Ok(())
    }
}

fn unrepeatable() -> ClientError {
    ClientError::Unexpected("a streaming body cannot be sent twice".to_owned())
}

fn tokens(error: std::io::Error) -> ClientError {
    ClientError::Tokens(error.to_string())
}

fn offline(error: reqwest::Error) -> ClientError {
    ClientError::Offline(root_cause(&error))
}

fn root_cause(error: &reqwest::Error) -> String {
    // `reqwest` says "error sending request for url"; what helps the reader is at the bottom.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

async fn refusal(response: Response) -> ClientError {
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if !is_problem && matches!(status.as_u16(), 502..=504) {
        // A proxy speaks for a server that it does not reach.
        return ClientError::Offline(format!("status {status}"));
    }
    if !is_problem {
        return ClientError::Unexpected(format!("status {status} without a problem document"));
    }
    match response.json::<Problem>().await {
        Ok(problem) => ClientError::Problem(Box::new(problem)),
        Err(error) => ClientError::Unexpected(format!("status {status}: {error}")),
    }
}

async fn decode<T: DeserializeOwned>(response: Response) -> Result<T> {
    let bytes = response.bytes().await.map_err(offline)?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Unexpected(error.to_string()))
}

fn refresh_token(response: &Response) -> Option<Secret> {
    response.headers().get_all(header::SET_COOKIE).iter().find_map(|cookie| {
        let (name, rest) = cookie.to_str().ok()?.split_once('=')?;
        let value = rest.split(';').next()?.trim();
        (name.trim() == REFRESH_COOKIE && !value.is_empty()).then(|| Secret::new(value))
    })
}
