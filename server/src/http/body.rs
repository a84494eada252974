//! The bodies of answers.

use std::cell::RefCell;

use bytes::Bytes;
use serde::Serialize;
use warp::{
    http::{HeaderValue, header},
    reply::Response,
};

/// Room for a body that is kept for the next one, in bytes.
const KEPT: usize = 16 * 1024;
/// As many headers as an answer has at least, for which the same goes.
const USUAL_HEADERS: usize = 12;

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Bytes {
    thread_local!(static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    ROOM.with_borrow_mut(|room| {
        serde_json::to_writer(&mut *room, value).expect("what is answered has string keys only");
        let json = Bytes::copy_from_slice(room);
        room.clear();
        room.shrink_to(KEPT);
        json
    })
}

/// The answer 200 with a body.
pub(super) fn of(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
