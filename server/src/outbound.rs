//! Calls to the services of others: bounded in time and in length, never redirected, and sent at
//! most once. It knows nothing of what is said in them.

use std::{net::IpAddr, time::Duration};

use bytes::BytesMut;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect, retry};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes of an answer that are read.
const MOST_BYTES: usize = 256 * 1024;

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There was no connection, so that certainly nothing has arrived.
    #[error("it cannot be reached: {0}")]
    NotSent(String),
    /// The answer was lost on its way or came too late: whether the call arrived is not known.
    #[error("its answer was lost: {0}")]
    Lost(String),
    /// The answer was longer than any that is expected.
    #[error("its answer is too long")]
    TooLong,
}

impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        let is_connect = error.is_connect();
        // An address may have keys in it.
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let cause = cause.to_string();
        if is_connect { Self::NotSent(cause) } else { Self::Lost(cause) }
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: BytesMut,
}

/// A client for calls that may take so long. Each has a connection of its own: one that was kept
/// could be closed just as it is used, and then nobody would know what has arrived.
///
/// # Errors
/// The machine has no certificates by which others could be known, and `needs_tls`.
pub fn client(timeout: Duration, needs_tls: bool) -> Result<Client, String> {
    let builder = || {
        Client::builder()
            .connect_timeout(CONNECT.min(timeout))
            .timeout(timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("artipul-server/", env!("CARGO_PKG_VERSION")))
    };
    let client = match builder().build() {
        Err(_) if !needs_tls => builder().tls_certs_only([]).build(),
        built => built,
    };
    client.map_err(|error| format!("calls to others cannot be made: {error}"))
}

/// The answer to a call.
///
/// # Errors
/// As [`CallError`] says.
pub async fn call(request: RequestBuilder) -> Result<Reply, CallError> {
    let mut response = request.send().await?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| match error.into() {
        // The question has arrived.
        CallError::NotSent(cause) => CallError::Lost(cause),
        error => error,
    })? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status: response.status(), body })
}

/// An address that secrets may be sent to: over TLS, or on this machine.
///
/// # Errors
/// What is wrong with it.
pub fn safe_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is no web address ({error})"))?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" if !host.is_empty() => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        _ => Err("must begin with https:// (http:// is for this machine alone)".to_owned()),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sent_over_tls_or_not_off_the_machine() {
        for url in
            ["https://a.example/b", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"]
        {
            assert!(safe_url(url).is_ok(), "{url}");
        }
        for url in ["http://a.example", "ftp://127.0.0.1", "", "//a", "http://127.0.0.1.example"] {
            assert!(safe_url(url).is_err(), "{url}");
        }
    }
}
