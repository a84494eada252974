//! Bidding: bids, purchases, and their public history.

use artipul_common::{
    AuctionId,
    bids::{BidForecast, BidReceipt, BidRequest, HistoryEntry, HistoryQuery, PurchaseRequest},
    credentials::Scope,
    page::Page,
    problem::Problem,
};
use chrono::Utc;
use serde::Deserialize;
use utoipa::IntoParams;
use warp::Filter;

use super::{created, ok};
use crate::{
    accounts::Caller,
    auction::{Bid, Refusal},
    db::{DbError, auctions, bids, idempotency::RequestKey, wallets},
    http::{
        extract::{app, auction_id, caller, idempotency_key, json, no_query, query},
        pages::{Cursors, limit, page},
        problem::{Answer, Failure},
        router::Routes,
    },
    live::Snapshot,
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .post(
            "/v1/auctions/{id}/bids",
            auction_id()
                .and(query())
                .and(caller(parts, Scope::Bid))
                .and(idempotency_key())
                .and(json())
                .and(app(parts))
                .then(place),
        )
        .get("/v1/auctions/{id}/bids", auction_id().and(query()).and(app(parts)).then(history))
        .post(
            "/v1/auctions/{id}/purchase",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Bid))
                .and(idempotency_key())
                .and(json())
                .and(app(parts))
                .then(buy),
        )
}

/// Whether a bid is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct BidQuery {
    /// Only looks what the bid would do.
    dry_run: bool,
}

/// Bid.
///
/// Authorises a maximum. It is held while it leads. With `dry_run=true` nothing happens, and the
/// answer says what would.
#[utoipa::path(
    post, path = "/v1/auctions/{id}/bids", tag = "Bidding",
    params(("id" = i64, Path), BidQuery, ("Idempotency-Key" = Option<String>, Header)),
    request_body = BidRequest,
    responses(
        (status = 201, body = BidReceipt),
        (status = 200, description = "With dry_run", body = BidForecast),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn place(
    id: AuctionId,
    query: BidQuery,
    caller: Caller,
    key: Option<String>,
    body: BidRequest,
    app: App,
) -> Answer {
    if query.dry_run {
        return forecast(id, &caller, body, &app).await;
    }
    let key = key.map(|key| RequestKey::new(key, &[&"bid", &id, &body.amount.points()]));
    // A keyed request gets the first answer to it, which only the desk knows.
    if key.is_none() {
        refuse_early(id, &caller, body, &app)?;
    }
    Ok(created(&app.desk.bid(id, caller.user, body.amount, key).await?))
}

/// Refuses what the last state that was heard proves too low: the price never falls, and once there
/// is one, the terms stand. Whatever could also be refused for another reason first is left to the
/// desk.
fn refuse_early(
    id: AuctionId,
    caller: &Caller,
    body: BidRequest,
    app: &App,
) -> Result<(), Failure> {
    let refusal = app.hub.heard(id, |heard| refusal_for_certain(heard, caller, body));
    match refusal.flatten() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

fn refusal_for_certain(heard: &Snapshot, caller: &Caller, body: BidRequest) -> Option<Refusal> {
    use artipul_common::limits::BID_UNIT;
    let now = Utc::now();
    let is_open =
        heard.state.outcome.is_none() && heard.starts_at <= now && now < heard.state.ends_at;
    let is_challenger = heard.seller != caller.user && heard.leader != Some(caller.user);
    let is_amount = body.amount >= BID_UNIT && body.amount.is_multiple_of(BID_UNIT);
    let price = heard.state.price?;
    let min_next = heard.state.min_next?;
    let is_too_low = is_open && is_challenger && is_amount && body.amount < min_next;
    is_too_low.then_some(Refusal::TooLow { min_next, price: Some(price) })
}

async fn forecast(id: AuctionId, caller: &Caller, body: BidRequest, app: &App) -> Answer {
    let (houses, bidder) = (app.houses.clone(), caller.user);
    let forecast = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let Some(row) = auctions::find(conn, id)? else { return Ok(Err(Refusal::NotFound)) };
            let wallet = wallets::find(conn, bidder)?;
            let bid = Bid { bidder, maximum: body.amount, available: wallet.balance - wallet.held };
            let house = houses.of(conn, row.house_id)?;
            Ok(row.auction()?.forecast(bid, now, &house))
        })
        .await?;
    Ok(ok(&forecast?))
}

/// Buy at once.
///
/// Pays the buy-now price; the leader's hold is released, and the auction is sold.
#[utoipa::path(
    post, path = "/v1/auctions/{id}/purchase", tag = "Bidding",
    params(("id" = i64, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = PurchaseRequest,
    responses(
        (status = 201, body = BidReceipt),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn buy(
    id: AuctionId,
    caller: Caller,
    key: Option<String>,
    body: PurchaseRequest,
    app: App,
) -> Answer {
    let key = key.map(|key| RequestKey::new(key, &[&"purchase", &id, &body.price.points()]));
    Ok(created(&app.desk.buy(id, caller.user, body.price, key).await?))
}

/// The public history.
///
/// Newest first. Amounts are the prices that the bids brought about, never maxima.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/bids", tag = "Bidding",
    params(("id" = i64, Path), HistoryQuery),
    responses(
        (status = 200, body = Page<HistoryEntry>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn history(id: AuctionId, query: HistoryQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let cursors = Cursors::of(&[&"history", &id, &format!("{:?}", query.after_seq)]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(seq, _)| seq);
    let entries = app
        .db
        .read(move |conn| {
            let is_public = auctions::find(conn, id)?.is_some_and(|row| row.status != "draft");
            if !is_public {
                return Err(DbError::NotFound);
            }
            bids::history(conn, id, query.after_seq, before, limit as i64 + 1)
        })
        .await
        .map_err(|error| match error {
            DbError::NotFound => Failure::from(Refusal::NotFound),
            error => error.into(),
        })?;
    let (entries, next) = cursors.page(entries, limit, |entry| (auctions::stored(entry.seq), 0));
    Ok(ok(&page(entries, next)))
}
