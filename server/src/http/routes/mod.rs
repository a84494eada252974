//! The routes, by resource. Each file opens with its table.

pub(crate) mod accounts;
pub(crate) mod auctions;
pub(crate) mod bids;
pub(crate) mod mine;
pub(crate) mod operations;
pub(crate) mod sessions;
pub(crate) mod streams;
pub(crate) mod wallet;

use serde::Serialize;
use warp::{
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::router::Routes;
use crate::parts::App;

/// Every route.
pub fn all(app: &App) -> Routes {
    bids::routes(app)
        .and(auctions::routes(app))
        .and(streams::routes(app))
        .and(mine::routes(app))
        .and(wallet::routes(app))
        .and(accounts::routes(app))
        .and(sessions::routes(app))
        .and(operations::routes(app))
}

/// A JSON answer.
fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(value).expect("answers have string keys only");
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 200 with a JSON answer.
fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
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
