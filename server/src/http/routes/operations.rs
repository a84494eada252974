//! For operators: health, metrics, and the document of this API.

use artipul_common::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use warp::{
    Filter,
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::{json, ok};
use crate::{
    db,
    http::{
        extract::{app, nothing, operator},
        problem::Answer,
        router::Routes,
    },
    parts::App,
    telemetry,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .get("/healthz", nothing().then(health))
        .get("/readyz", app(parts).then(ready))
        .get("/metrics", nothing().and(operator(parts)).then(metrics))
        .get("/v1/openapi.json", app(parts).then(document))
}

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// The server's version.
    version: &'static str,
}

/// Whether the server can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether the database answers.
    database: bool,
    /// Whether the tables are up to date.
    migrations: bool,
    /// Whether the live store answers.
    live: bool,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "Operations", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Answer {
    Ok(ok(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// Whether the server can do its work.
///
/// Without its live store it still takes bids, so that alone does not make it unready.
#[utoipa::path(
    get, path = "/readyz", tag = "Operations",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)),
)]
pub(crate) async fn ready(app: App) -> Answer {
    let (database, live) = tokio::join!(app.db.read(db::is_up_to_date), app.live.ping());
    let readiness = Readiness {
        database: database.is_ok(),
        migrations: matches!(database, Ok(true)),
        live: live.is_ok(),
    };
    let is_ready = readiness.database && readiness.migrations;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(json(status, &readiness))
}

/// The metrics, for Prometheus.
///
/// They tell what the public may not see, such as how many bids were accepted. So they are given to
/// whoever shows the operator's token; where there is none, to the server's own machine only.
#[utoipa::path(
    get, path = "/metrics", tag = "Operations",
    responses(
        (status = 200, content_type = "text/plain", body = String),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn metrics() -> Answer {
    let mut response = Response::new(telemetry::metrics().render().into());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    Ok(response)
}

/// This document.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "Operations",
    responses((status = 200, content_type = "application/json", body = serde_json::Value)),
)]
pub(crate) async fn document(app: App) -> Answer {
    let mut response = Response::new(app.document.clone().into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
