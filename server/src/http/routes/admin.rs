//! What administrators see and do.

use artipul_common::{
    AuctionId, ChargeId, UserId, WorkId,
    accounts::normalise_phone,
    admin::{AdminAction, ChargesQuery, ManagedCharge, ManagedUser, ReasonRequest, UserQuery},
    page::{Page, PageQuery},
    problem::{Problem, ProblemCode},
    text,
};
use warp::Filter;

use super::{no_content, ok};
use crate::{
    db::admin::{self, Sought},
    http::{
        extract::{
            administrator, app, auction_id, charge_id, json, no_query, query, user_id, work_id,
        },
        pages::{Cursors, limit, page},
        problem::{Answer, Failure},
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    let admin = || no_query().and(administrator(parts));
    Routes::default()
        .get("/v1/admin/users", administrator(parts).and(query()).and(app(parts)).then(users))
        .get("/v1/admin/users/{id}", user_id().and(admin()).and(app(parts)).then(user))
        .put(
            "/v1/admin/users/{id}/suspension",
            user_id().and(admin()).and(json()).and(app(parts)).then(suspend_user),
        )
        .delete(
            "/v1/admin/users/{id}/suspension",
            user_id().and(admin()).and(app(parts)).then(restore_user),
        )
        .put(
            "/v1/admin/works/{id}/suspension",
            work_id().and(admin()).and(json()).and(app(parts)).then(suspend_work),
        )
        .delete(
            "/v1/admin/works/{id}/suspension",
            work_id().and(admin()).and(app(parts)).then(restore_work),
        )
        .post(
            "/v1/admin/auctions/{id}/withdraw",
            auction_id().and(admin()).and(json()).and(app(parts)).then(withdraw),
        )
        .get("/v1/admin/charges", administrator(parts).and(query()).and(app(parts)).then(charges))
        .post(
            "/v1/admin/charges/{id}/refund",
            charge_id().and(admin()).and(json()).and(app(parts)).then(refund),
        )
        .get("/v1/admin/actions", administrator(parts).and(query()).and(app(parts)).then(actions))
}

fn reason(body: ReasonRequest) -> Result<String, Failure> {
    body.validated().map_err(Failure::fields)
}

/// Find accounts.
///
/// By the whole address, nickname, phone or id; all of them, by id, unless asked for one.
#[utoipa::path(
    get, path = "/v1/admin/users", operation_id = "admin_users", tag = "Administration",
    params(UserQuery),
    responses(
        (status = 200, body = Page<ManagedUser>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn users(_: UserId, query: UserQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let text = query.q.unwrap_or_default().trim().to_owned();
    let cursors = Cursors::of(&[&"admin users", &text]);
    let after = cursors.read(query.cursor.as_deref())?.map_or(0, |(id, _)| id);
    let sought = (!text.is_empty()).then(|| Sought {
        email: text.to_lowercase(),
        nickname_key: text::fold(&text),
        phone: normalise_phone(&text).unwrap_or_default(),
        id: text.parse().unwrap_or(UserId::new(0)),
    });
    let found = app
        .db
        .read(move |conn| admin::users(conn, sought.as_ref(), UserId::new(after), limit as i64 + 1))
        .await?;
    let (items, next) = cursors.page(found, limit, |found| (found.user.id.get(), 0));
    Ok(ok(&page(items, next)))
}

/// See an account.
#[utoipa::path(
    get, path = "/v1/admin/users/{id}", operation_id = "admin_user", tag = "Administration",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = ManagedUser),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn user(id: UserId, _: UserId, app: App) -> Answer {
    let found = app.db.read(move |conn| admin::user(conn, id)).await?;
    let missing = ProblemCode::AccountNotFound;
    Ok(ok(&found.ok_or_else(|| Failure::new(missing, missing.title()))?))
}

/// Suspend an account.
///
/// Its sessions and tokens end, and nobody signs in to it. Its bids and auctions stand.
#[utoipa::path(
    put, path = "/v1/admin/users/{id}/suspension", operation_id = "suspend_user",
    tag = "Administration",
    params(("id" = i64, Path)),
    request_body = ReasonRequest,
    responses(
        (status = 200, body = ManagedUser),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn suspend_user(
    id: UserId,
    admin: UserId,
    body: ReasonRequest,
    app: App,
) -> Answer {
    Ok(ok(&app.office.suspend_user(admin, id, reason(body)?).await?))
}

/// Let an account in again.
#[utoipa::path(
    delete, path = "/v1/admin/users/{id}/suspension", operation_id = "restore_user",
    tag = "Administration",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn restore_user(id: UserId, admin: UserId, app: App) -> Answer {
    app.office.restore_user(admin, id).await?;
    Ok(no_content())
}

/// Suspend a work.
///
/// Its auction is withdrawn, it cannot be listed, and only its seller sees it.
#[utoipa::path(
    put, path = "/v1/admin/works/{id}/suspension", operation_id = "suspend_work",
    tag = "Administration",
    params(("id" = i64, Path)),
    request_body = ReasonRequest,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn suspend_work(
    id: WorkId,
    admin: UserId,
    body: ReasonRequest,
    app: App,
) -> Answer {
    app.office.suspend_work(admin, id, reason(body)?).await?;
    Ok(no_content())
}

/// Let a work be listed again.
#[utoipa::path(
    delete, path = "/v1/admin/works/{id}/suspension", operation_id = "restore_work",
    tag = "Administration",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn restore_work(id: WorkId, admin: UserId, app: App) -> Answer {
    app.office.restore_work(admin, id).await?;
    Ok(no_content())
}

/// Withdraw an auction.
///
/// Whoever has bid: what is held is released, and everybody who follows it is told.
#[utoipa::path(
    post, path = "/v1/admin/auctions/{id}/withdraw", operation_id = "withdraw_auction",
    tag = "Administration",
    params(("id" = i64, Path)),
    request_body = ReasonRequest,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn withdraw(
    id: AuctionId,
    admin: UserId,
    body: ReasonRequest,
    app: App,
) -> Answer {
    app.office.withdraw(admin, id, reason(body)?).await?;
    Ok(no_content())
}

/// Find charges.
///
/// The newest first.
#[utoipa::path(
    get, path = "/v1/admin/charges", operation_id = "admin_charges", tag = "Administration",
    params(ChargesQuery),
    responses(
        (status = 200, body = Page<ManagedCharge>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn charges(_: UserId, query: ChargesQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let (user, charge) = (query.user, query.charge);
    let cursors = Cursors::of(&[&"admin charges", &format!("{user:?}"), &format!("{charge:?}")]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let found = app
        .db
        .read(move |conn| {
            admin::charges(conn, user, charge, before, limit as i64 + 1)?
                .into_iter()
                .map(|row| Ok(ManagedCharge { user_id: row.user_id, charge: row.charge()? }))
                .collect()
        })
        .await?;
    let (items, next) =
        cursors.page(found, limit, |found: &ManagedCharge| (found.charge.id.get(), 0));
    Ok(ok(&page(items, next)))
}

/// Refund a charge.
///
/// Its points are taken, as long as they are available.
#[utoipa::path(
    post, path = "/v1/admin/charges/{id}/refund", operation_id = "refund_charge",
    tag = "Administration",
    params(("id" = i64, Path)),
    request_body = ReasonRequest,
    responses(
        (status = 200, body = ManagedCharge),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn refund(id: ChargeId, admin: UserId, body: ReasonRequest, app: App) -> Answer {
    let (user_id, charge) = app.office.refund(admin, id, reason(body)?).await?;
    Ok(ok(&ManagedCharge { user_id, charge }))
}

/// See what administrators did.
///
/// The newest first; nothing of it is ever changed.
#[utoipa::path(
    get, path = "/v1/admin/actions", operation_id = "admin_actions", tag = "Administration",
    params(PageQuery),
    responses(
        (status = 200, body = Page<AdminAction>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn actions(_: UserId, query: PageQuery, app: App) -> Answer {
    let limit = limit(query.limit)?;
    let cursors = Cursors::of(&[&"admin actions"]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let found = app.db.read(move |conn| admin::actions(conn, before, limit as i64 + 1)).await?;
    let (items, next) = cursors.page(found, limit, |action| (action.id.get(), 0));
    Ok(ok(&page(items, next)))
}
