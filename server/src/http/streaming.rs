//! Answers that are streams: what a handler gives, and how it leaves over each version of HTTP.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::Utc;
use warp::{
    http::{HeaderValue, Method, Request, Version, header},
    reply::{Reply, Response},
};

use crate::stream::subscription::{Framing, Subscription};

/// A stream that waits in an answer for its connection. Answers have to be able to be copied; it
/// is with whoever takes it first.
#[derive(Clone)]
struct Streaming(Arc<Mutex<Option<Subscription>>>);

/// The answer that is this stream.
pub(super) fn answer(subscription: Subscription) -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Streaming(Arc::new(Mutex::new(Some(subscription)))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect before they pass on would hold prices back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The stream that is this answer, if it is one.
pub(super) fn subscription(response: &mut Response) -> Option<Subscription> {
    let Streaming(waiting) = response.extensions_mut().remove()?;
    waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// How a stream is told in answer to a request if it has the connection for itself.
pub(super) fn framing<B>(request: &Request<B>) -> Option<Framing> {
    match request.version() {
        // The answer to a HEAD has no stream.
        _ if request.method() == Method::HEAD => None,
        Version::HTTP_10 => Some(Framing::Bare),
        Version::HTTP_11 => Some(Framing::Chunked),
        _ => None,
    }
}

/// The answer with the stream as its body.
pub(super) fn with_body(mut response: Response, subscription: Subscription) -> Response {
    *response.body_mut() = warp::reply::stream(subscription).into_response().into_body();
    response
}

/// The answer up to its body, in the bytes of HTTP/1. The connection ends with the stream.
pub(super) fn head(response: &Response, framing: Framing) -> Bytes {
    let (version, encoding) = match framing {
        Framing::Bare => ("1.0", ""),
        Framing::Chunked => ("1.1", "transfer-encoding: chunked\r\n"),
    };
    let mut head = format!("HTTP/{version} {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    let date = Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    let rest = format!("{encoding}connection: close\r\ndate: {date}\r\n\r\n");
    head.extend_from_slice(rest.as_bytes());
    Bytes::from(head)
}
