//! What belongs to the signed-in user.

use artipul_common::{
    AuctionId,
    auctions::Auction,
    credentials::Scope,
    mine::{
        MyAuctionsQuery, Notification, Participation, ParticipationQuery, Purchase, ReadRequest,
        Summary,
    },
    page::{Page, PageQuery},
    problem::Problem,
};
use warp::Filter;

use super::{no_content, ok};
use crate::{
    accounts::Caller,
    auction::Refusal,
    db::{
        DbError, auctions, listings, mine,
        notifications::{self, NotificationRow},
    },
    http::{
        extract::{app, auction_id, caller, json_or_default, no_query, query},
        pages::{Cursors, limit, page},
        problem::{Answer, Failure},
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .get(
            "/v1/me/participations",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(participations),
        )
        .get(
            "/v1/me/purchases",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(purchases),
        )
        .get(
            "/v1/me/auctions",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(my_auctions),
        )
        .get(
            "/v1/me/watches",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(watches),
        )
        .put(
            "/v1/auctions/{id}/watch",
            auction_id().and(no_query()).and(caller(parts, Scope::Bid)).and(app(parts)).then(watch),
        )
        .delete(
            "/v1/auctions/{id}/watch",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Bid))
                .and(app(parts))
                .then(unwatch),
        )
        .get(
            "/v1/me/notifications",
            caller(parts, Scope::Read).and(query()).and(app(parts)).then(my_notifications),
        )
        .post(
            "/v1/me/notifications/read",
            no_query()
                .and(caller(parts, Scope::Read))
                .and(json_or_default())
                .and(app(parts))
                .then(read),
        )
        .get(
            "/v1/me/summary",
            no_query().and(caller(parts, Scope::Read)).and(app(parts)).then(summary),
        )
}

/// Auctions on which one has bid.
///
/// The newest auction first.
#[utoipa::path(
    get, path = "/v1/me/participations", tag = "Mine",
    params(ParticipationQuery),
    responses(
        (status = 200, body = Page<Participation>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn participations(caller: Caller, query: ParticipationQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let user = caller.user;
    let cursors = Cursors::of(&[&"participations", &user, &format!("{:?}", query.state)]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let houses = app.houses.clone();
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let found = mine::participations(conn, user, query.state, before, limit as i64 + 1)?;
            let (found, next) = cursors.page(found, limit, |(_, row)| (row.id.get(), 0));
            let (maxima, rows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            let dressed = listings::dress(conn, &rows, Some(user), now, &houses)?;
            let items = maxima
                .into_iter()
                .zip(&rows)
                .zip(dressed)
                .map(|((maximum, row), auction)| Participation {
                    state: mine::standing(row, user),
                    maximum,
                    auction,
                })
                .collect();
            Ok(page(items, next))
        })
        .await?;
    Ok(ok(&answer))
}

/// Works that one has bought.
///
/// The newest auction first.
#[utoipa::path(
    get, path = "/v1/me/purchases", tag = "Mine",
    params(PageQuery),
    responses(
        (status = 200, body = Page<Purchase>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn purchases(caller: Caller, query: PageQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let user = caller.user;
    let cursors = Cursors::of(&[&"purchases", &user]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let houses = app.houses.clone();
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let found = mine::purchases(conn, user, before, limit as i64 + 1)?;
            let (found, next) = cursors.page(found, limit, |sale| (sale.row.id.get(), 0));
            let rows: Vec<_> = found.iter().map(|sale| sale.row.clone()).collect();
            let dressed = listings::dress(conn, &rows, Some(user), now, &houses)?;
            let items = found
                .into_iter()
                .zip(dressed)
                .map(|(sale, auction)| Purchase {
                    sale_id: sale.row.id,
                    price: sale.price,
                    kind: sale.kind,
                    sold_at: sale.sold_at,
                    auction,
                })
                .collect();
            Ok(page(items, next))
        })
        .await?;
    Ok(ok(&answer))
}

/// One's own auctions.
///
/// Drafts too; the newest first.
#[utoipa::path(
    get, path = "/v1/me/auctions", tag = "Mine",
    params(MyAuctionsQuery),
    responses(
        (status = 200, body = Page<Auction>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn my_auctions(caller: Caller, query: MyAuctionsQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let user = caller.user;
    let cursors = Cursors::of(&[&"my auctions", &user, &format!("{:?}", query.phase)]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let houses = app.houses.clone();
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let most = limit as i64 + 1;
            let rows = mine::auctions_of(conn, user, query.phase, true, now, before, most)?;
            let (rows, next) = cursors.page(rows, limit, |row| (row.id.get(), 0));
            Ok(page(listings::dress(conn, &rows, Some(user), now, &houses)?, next))
        })
        .await?;
    Ok(ok(&answer))
}

/// Auctions that one watches.
///
/// The newest first.
#[utoipa::path(
    get, path = "/v1/me/watches", tag = "Mine",
    params(PageQuery),
    responses(
        (status = 200, body = Page<Auction>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn watches(caller: Caller, query: PageQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let user = caller.user;
    let cursors = Cursors::of(&[&"watches", &user]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let houses = app.houses.clone();
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let rows = mine::watched(conn, user, before, limit as i64 + 1)?;
            let (rows, next) = cursors.page(rows, limit, |row| (row.id.get(), 0));
            Ok(page(listings::dress(conn, &rows, Some(user), now, &houses)?, next))
        })
        .await?;
    Ok(ok(&answer))
}

/// Watch an auction.
#[utoipa::path(
    put, path = "/v1/auctions/{id}/watch", tag = "Mine",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn watch(id: AuctionId, caller: Caller, app: App) -> Answer {
    set_watch(id, caller, app, true).await
}

/// Watch an auction no longer.
#[utoipa::path(
    delete, path = "/v1/auctions/{id}/watch", tag = "Mine",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn unwatch(id: AuctionId, caller: Caller, app: App) -> Answer {
    set_watch(id, caller, app, false).await
}

async fn set_watch(id: AuctionId, caller: Caller, app: App, watching: bool) -> Answer {
    let user = caller.user;
    app.db
        .write(move |conn| {
            let is_seen = auctions::find(conn, id)?
                .is_some_and(|row| row.status != "draft" || row.seller_id == user);
            if !is_seen {
                return Err(DbError::NotFound);
            }
            let now = conn.now()?;
            mine::watch(conn, user, id, watching, now)
        })
        .await
        .map_err(|error| match error {
            DbError::NotFound => Failure::from(Refusal::NotFound),
            error => error.into(),
        })?;
    Ok(no_content())
}

/// One's notifications.
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/me/notifications", tag = "Mine",
    params(PageQuery),
    responses(
        (status = 200, body = Page<Notification>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn my_notifications(caller: Caller, query: PageQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let cursors = Cursors::of(&[&"notifications", &caller.user]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let rows = app
        .db
        .read(move |conn| notifications::page(conn, caller.user, before, limit as i64 + 1))
        .await?;
    let (rows, next) = cursors.page(rows, limit, |row| (row.id.get(), 0));
    let items: Result<Vec<_>, _> = rows.into_iter().map(NotificationRow::notification).collect();
    Ok(ok(&page(items?, next)))
}

/// Mark notifications as read.
#[utoipa::path(
    post, path = "/v1/me/notifications/read", tag = "Mine",
    request_body = Option<ReadRequest>,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn read(caller: Caller, body: ReadRequest, app: App) -> Answer {
    app.db.write(move |conn| notifications::read(conn, caller.user, &body)).await?;
    Ok(no_content())
}

/// How much there is of everything that is one's own.
#[utoipa::path(
    get, path = "/v1/me/summary", tag = "Mine",
    responses(
        (status = 200, body = Summary),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn summary(caller: Caller, app: App) -> Answer {
    let summary = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            mine::summary(conn, caller.user, now)
        })
        .await?;
    Ok(ok(&summary))
}
