//! What stands on every answer, whatever it is: what browsers and caches may do with it, and which
//! pages may read it.

use std::time::Duration;

use warp::{
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
    reply::Response,
};

/// Answers are data: nothing in them is run, framed, guessed at or told to others.
static ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];
/// What pages of other origins may send.
const MAY_BE_SENT: &str = "authorization, content-type, idempotency-key, if-match, last-event-id";
/// What they may see of an answer.
const MAY_BE_SEEN: &str = "etag, location, ratelimit-limit, ratelimit-policy, \
    ratelimit-remaining, ratelimit-reset, retry-after, x-request-id";
/// For how many seconds they need not ask again whether they may.
const ASK_AGAIN: u64 = 600;

/// What stands on every answer.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// Says that the server is to be reached over TLS only.
    hsts: Option<HeaderValue>,
    /// The origins whose pages may read the answers.
    origins: Vec<HeaderValue>,
}

/// What the answer depends on, of a request.
pub(super) struct Asked {
    is_personal: bool,
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

impl Headers {
    /// With these origins, exactly as browsers write them. `hsts` says for how long browsers are to
    /// use nothing but TLS.
    pub fn new(hsts: Option<Duration>, origins: &[String]) -> Self {
        let hsts = hsts.map(|age| format!("max-age={}", age.as_secs()));
        Self {
            hsts: hsts.and_then(|value| HeaderValue::try_from(value).ok()),
            origins: origins
                .iter()
                .filter_map(|origin| HeaderValue::try_from(origin).ok())
                .collect(),
        }
    }

    pub(super) fn look<B>(&self, request: &Request<B>) -> Asked {
        let headers = request.headers();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_personal = !is_read
            || headers.contains_key(header::AUTHORIZATION)
            || headers.contains_key(header::COOKIE);
        let origin = headers.get(header::ORIGIN).filter(|origin| self.origins.contains(origin));
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Asked { is_personal, origin: origin.cloned(), is_preflight }
    }

    /// Completes an answer. What a handler has said of these stays.
    pub(super) fn write(&self, asked: Asked, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in &ALWAYS {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        let caching = if asked.is_personal { "no-store" } else { "no-cache" };
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
        if let Some(hsts) = &self.hsts {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        if self.origins.is_empty() {
            return;
        }
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = asked.origin {
            let is_preflight = asked.is_preflight && response.status() == StatusCode::NO_CONTENT;
            share(origin, is_preflight, response.headers_mut());
        }
    }
}

/// Lets pages of an origin read an answer, also in the name of whoever is signed in.
fn share(origin: HeaderValue, is_preflight: bool, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if !is_preflight {
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(MAY_BE_SEEN));
        return;
    }
    if let Some(methods) = headers.get(header::ALLOW).cloned() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(MAY_BE_SENT));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(ASK_AGAIN));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(headers: &Headers, request: warp::http::request::Builder) -> Response {
        let asked = headers.look(&request.body(()).unwrap());
        let mut response = Response::default();
        headers.write(asked, &mut response);
        response
    }

    fn said<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn what_is_personal_is_kept_by_nobody() {
        let caching = |request| {
            let response = answered(&Headers::default(), request);
            said(&response, "cache-control").unwrap().to_owned()
        };
        assert_eq!(caching(Request::get("/")), "no-cache");
        assert_eq!(caching(Request::get("/").header("authorization", "Bearer x")), "no-store");
        assert_eq!(caching(Request::get("/").header("cookie", "a=b")), "no-store");
        assert_eq!(caching(Request::post("/")), "no-store");
    }

    #[test]
    fn only_pages_of_the_origins_that_are_named_may_read() {
        let headers = Headers::new(None, &["https://app.example".to_owned()]);
        let origin = |headers: &Headers, origin: &str| {
            let response = answered(headers, Request::get("/").header("origin", origin));
            said(&response, "access-control-allow-origin").map(str::to_owned)
        };
        assert_eq!(origin(&headers, "https://app.example").as_deref(), Some("https://app.example"));
        for other in ["https://app.example.org", "http://app.example", "null", "https://x"] {
            assert_eq!(origin(&headers, other), None, "{other}");
        }
        assert_eq!(origin(&Headers::default(), "https://app.example"), None);
        let stranger = answered(&headers, Request::get("/"));
        assert_eq!(said(&stranger, "vary"), Some("origin"), "caches keep them apart");
    }
}
