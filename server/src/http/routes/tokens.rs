//! Personal access tokens.

use artipul_common::{
    TokenId,
    credentials::{NewToken, NewTokenRequest, PersonalTokens},
    problem::Problem,
};
use warp::{
    Filter,
    http::{HeaderValue, header},
};

use super::{created, no_content, ok};
use crate::{
    http::{
        extract::{SignedIn, app, json, no_query, signed_in, token_id},
        problem::Answer,
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    let mine = || no_query().and(signed_in(parts));
    Routes::default()
        .get("/v1/me/tokens", mine().and(app(parts)).then(list))
        .post("/v1/me/tokens", mine().and(json()).and(app(parts)).then(make))
        .delete("/v1/me/tokens/{id}", token_id().and(mine()).and(app(parts)).then(take_back))
}

/// One's personal access tokens.
///
/// The newest first.
#[utoipa::path(
    get, path = "/v1/me/tokens", operation_id = "list_tokens", tag = "Sessions",
    responses(
        (status = 200, body = PersonalTokens),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn list(caller: SignedIn, app: App) -> Answer {
    Ok(ok(&app.accounts.tokens(caller.user).await?))
}

/// Make a personal access token.
///
/// For scripts; it is shown this once. Its scopes: `read` sees what is one's own, `bid` bids, buys
/// and watches, `sell` lists works and changes them, `wallet` charges points. What needs none of
/// these needs a session.
#[utoipa::path(
    post, path = "/v1/me/tokens", operation_id = "make_token", tag = "Sessions",
    request_body = NewTokenRequest,
    responses(
        (status = 201, body = NewToken),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn make(caller: SignedIn, body: NewTokenRequest, app: App) -> Answer {
    let mut response = created(&app.accounts.make_token(caller.user, body).await?);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Take a personal access token back.
#[utoipa::path(
    delete, path = "/v1/me/tokens/{id}", operation_id = "take_back_token", tag = "Sessions",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn take_back(id: TokenId, caller: SignedIn, app: App) -> Answer {
    app.accounts.take_back_token(caller.user, id).await?;
    Ok(no_content())
}
