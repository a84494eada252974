//! The routes, by resource. Each file opens with its table.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod auctions;
pub(crate) mod bids;
pub(crate) mod credentials;
pub(crate) mod images;
pub(crate) mod mine;
pub(crate) mod operations;
pub(crate) mod sessions;
pub(crate) mod social;
pub(crate) mod streams;
pub(crate) mod tokens;
pub(crate) mod wallet;

use bytes::Bytes;
use serde::Serialize;
use warp::{
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::{body, router::Routes};
use crate::parts::App;

/// Every route.
pub fn all(app: &App) -> Routes {
    bids::routes(app)
        .and(auctions::routes(app))
        .and(images::routes(app))
        .and(streams::routes(app))
        .and(mine::routes(app))
        .and(wallet::routes(app))
        .and(accounts::routes(app))
        .and(credentials::routes(app))
        .and(sessions::routes(app))
        .and(tokens::routes(app))
        .and(admin::routes(app))
        .and(social::routes(app))
        .and(operations::routes(app))
}

/// A JSON answer.
fn json(status: StatusCode, value: &impl Serialize) -> Response {
    json_bytes(status, body::json(value))
}

/// An answer that is JSON already.
fn json_bytes(status: StatusCode, bytes: Bytes) -> Response {
    let mut response = body::of(bytes, "application/json");
    *response.status_mut() = status;
    response
}

/// 200 with a JSON answer.
fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}

/// 200 with an answer that is JSON already.
fn ok_bytes(bytes: Bytes) -> Response {
    json_bytes(StatusCode::OK, bytes)
}

/// 201 with a JSON answer.
fn created(value: &impl Serialize) -> Response {
    json(StatusCode::CREATED, value)
}

/// 204.
fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// The answer with the version of what it is about, for `If-Match`.
fn tagged(mut response: Response, version: i64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
