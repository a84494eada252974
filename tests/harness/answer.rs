//! Requests by hand, and what came back.

use artipul_common::problem::{Problem, ProblemCode};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

use crate::{Person, World};

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to a request.
    ///
    /// # Panics
    /// There is none.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    /// A header's value; none where it is not there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body as a text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The beginning of the body, for messages.
    fn beginning(&self) -> String {
        self.text().chars().take(500).collect()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.status, self.beginning()))
    }

    /// The problem in the body, which agrees with the registry and with the headers.
    ///
    /// # Panics
    /// It is none, or does not agree.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let text = self.beginning();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{text}");
        let fields = self.json();
        for field in ["type", "title", "status", "detail", "code", "request_id"] {
            assert!(!fields[field].is_null(), "{field} is missing: {text}");
        }
        let problem: Problem = serde_json::from_value(fields).unwrap();
        let code = problem.code;
        assert!(ProblemCode::ALL.contains(&code), "not in the registry: {text}");
        assert_eq!(problem.type_uri, format!("urn:artipul:problem:{code}"));
        assert_eq!((problem.status, self.status), (code.status(), code.status()), "{text}");
        assert_eq!(problem.title, code.title());
        assert!(!problem.detail.is_empty(), "{text}");
        assert_eq!(problem.request_id.as_deref(), self.header("x-request-id"));
        let told = problem.retry_after.map(|seconds| seconds.to_string());
        assert_eq!(told.as_deref(), self.header("retry-after"), "{text}");
        assert_eq!(code == ProblemCode::ValidationFailed, !problem.errors.is_empty(), "{text}");
        problem
    }
}

/// A client for requests by hand. Servers of tests have no TLS, and the machine need not have
/// certificates.
///
/// # Panics
/// Never: nothing about it depends on the machine.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).build().unwrap()
}

/// The same over HTTP/2, of which the server need not be told first.
pub fn http2() -> reqwest::Client {
    let builder = reqwest::Client::builder().tls_certs_only([]);
    builder.http2_prior_knowledge().build().unwrap()
}

impl Person {
    /// The answer to a request by hand, in this person's name.
    pub async fn send(&self, method: Method, path: &str) -> Answer {
        Answer::to(self.request(method, path)).await
    }

    /// The answer to a request with a JSON body, in this person's name.
    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(method, path).json(body)).await
    }

    /// What this person reads at a path.
    ///
    /// # Panics
    /// It cannot be read.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }
}

impl Person {
    /// Every item of a list as this person sees it, read in pages of `limit`.
    pub async fn pages(&self, path: &str, limit: usize) -> Vec<Value> {
        pages(async |path| self.get(&path).await, path, limit).await
    }
}

impl World {
    /// Every item of a list as a stranger sees it, read in pages of `limit`.
    pub async fn pages(&self, path: &str, limit: usize) -> Vec<Value> {
        let get = async |path: String| {
            let answer = self.send(Method::GET, &path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer.json()
        };
        pages(get, path, limit).await
    }
}

/// Follows the cursors of a list to its end; every page but the last is full.
async fn pages(get: impl AsyncFn(String) -> Value, path: &str, limit: usize) -> Vec<Value> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{separator}limit={limit}");
    let mut page = get(first.clone()).await;
    let mut all = Vec::new();
    loop {
        let items = page["items"].as_array().unwrap();
        all.extend(items.iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert!(items.len() <= limit && (!items.is_empty() || all.is_empty()), "{path}");
            return all;
        };
        assert_eq!(items.len(), limit, "a page before the last is full: {path}");
        page = get(format!("{first}&cursor={cursor}")).await;
    }
}

impl World {
    /// A request by hand of somebody who is not signed in.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url()))
    }

    /// The answer to a request of somebody who is not signed in.
    pub async fn send(&self, method: Method, path: &str) -> Answer {
        Answer::to(self.request(method, path)).await
    }

    /// The answer to a request with a JSON body of somebody who is not signed in.
    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(method, path).json(body)).await
    }
}
