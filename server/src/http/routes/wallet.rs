//! The wallet and its charges.

use artipul_common::{
    ChargeId,
    credentials::Scope,
    limits,
    page::{Page, PageQuery},
    problem::Problem,
    wallet::{Charge, ChargeRequest, ConfirmChargeRequest, Entry, Wallet},
};
use warp::Filter;

use super::{created, ok};
use crate::{
    accounts::Caller,
    db::{idempotency::RequestKey, wallets},
    http::{
        extract::{app, caller, charge_id, idempotency_key, json, no_query, query},
        pages::{Cursors, limit, page},
        problem::{Answer, Failure},
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .get("/v1/me/wallet", no_query().and(caller(parts, Scope::Read)).and(app(parts)).then(show))
        .get(
            "/v1/me/wallet/entries",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(entries),
        )
        .post(
            "/v1/me/charges",
            no_query()
                .and(caller(parts, Scope::Wallet))
                .and(idempotency_key())
                .and(json())
                .and(app(parts))
                .then(charge),
        )
        .post(
            "/v1/me/charges/{id}/confirm",
            charge_id()
                .and(no_query())
                .and(caller(parts, Scope::Wallet))
                .and(json())
                .and(app(parts))
                .then(confirm),
        )
        .post(
            "/v1/me/charges/{id}/cancel",
            charge_id()
                .and(no_query())
                .and(caller(parts, Scope::Wallet))
                .and(app(parts))
                .then(cancel),
        )
}

/// One's wallet.
#[utoipa::path(
    get, path = "/v1/me/wallet", operation_id = "show_wallet", tag = "Wallet",
    responses(
        (status = 200, body = Wallet),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn show(caller: Caller, app: App) -> Answer {
    let row = app.db.read(move |conn| wallets::find(conn, caller.user)).await?;
    Ok(ok(&Wallet::from(row)))
}

/// The wallet's movements.
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/me/wallet/entries", tag = "Wallet",
    params(PageQuery),
    responses(
        (status = 200, body = Page<Entry>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn entries(caller: Caller, query: PageQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let cursors = Cursors::of(&[&"entries", &caller.user]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let found = app
        .db
        .read(move |conn| wallets::entries(conn, caller.user, before, limit as i64 + 1))
        .await?;
    let (items, next) = cursors.page(found, limit, |entry| (entry.id.get(), 0));
    Ok(ok(&page(items, next)))
}

/// Top the wallet up.
#[utoipa::path(
    post, path = "/v1/me/charges", tag = "Wallet",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = ChargeRequest,
    responses(
        (status = 201, body = Charge),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn charge(
    caller: Caller,
    key: Option<String>,
    body: ChargeRequest,
    app: App,
) -> Answer {
    let key = key.map(|key| RequestKey::new(key, &[&"charge", &body.amount.points()]));
    Ok(created(&app.wallets.charge(caller.user, body, key).await?))
}

/// Confirm a charge.
///
/// The payment is looked up at the gateway; what the caller says of it does not count.
#[utoipa::path(
    post, path = "/v1/me/charges/{id}/confirm", tag = "Wallet",
    params(("id" = i64, Path)),
    request_body = ConfirmChargeRequest,
    responses(
        (status = 200, body = Charge),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn confirm(
    id: ChargeId,
    caller: Caller,
    body: ConfirmChargeRequest,
    app: App,
) -> Answer {
    let length = body.payment_id.len();
    if !limits::IDEMPOTENCY_KEY.contains(&length) || !body.payment_id.is_ascii() {
        return Err(Failure::field("payment_id", "invalid", "is no payment's id"));
    }
    Ok(ok(&app.wallets.confirm(caller.user, id, body.payment_id).await?))
}

/// Cancel a charge.
///
/// While its points are available.
#[utoipa::path(
    post, path = "/v1/me/charges/{id}/cancel", operation_id = "cancel_charge", tag = "Wallet",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = Charge),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn cancel(id: ChargeId, caller: Caller, app: App) -> Answer {
    Ok(ok(&app.wallets.cancel(caller.user, id).await?))
}
