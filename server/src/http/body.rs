//! The bodies of answers.

use bytes::Bytes;
use serde::Serialize;
use warp::{
    http::{HeaderValue, header},
    reply::Response,
};

/// As many bytes as most bodies have at most: room for them is made at once.
const USUAL_BYTES: usize = 512;
/// As many headers as an answer has at least, for which the same goes.
const USUAL_HEADERS: usize = 12;

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Bytes {
    let mut json = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut json, value).expect("what is answered has string keys only");
    json.into()
}

/// The answer 200 with a body.
pub(super) fn of(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
