//! Sessions: signing in, renewing, signing out.

use std::net::IpAddr;

use artipul_common::{
    SessionId,
    accounts::{REFRESH_COOKIE, Secret, Session, SignInRequest},
    credentials::Sessions,
    problem::{Problem, ProblemCode},
};
use serde::Serialize;
use warp::{
    Filter,
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::{json as answer, no_content, ok};
use crate::{
    accounts::{Access, Visitor},
    http::{
        extract::{
            SignedIn, address, app, json, leaving, no_query, refresh_token, session_id, signed_in,
            user_agent,
        },
        problem::{Answer, Failure},
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .post(
            "/v1/sessions",
            no_query().and(address()).and(user_agent()).and(json()).and(app(parts)).then(sign_in),
        )
        .post("/v1/sessions/refresh", no_query().and(refresh_token()).and(app(parts)).then(refresh))
        .delete(
            "/v1/sessions/current",
            no_query().and(leaving(parts)).and(refresh_token()).and(app(parts)).then(sign_out),
        )
        .get("/v1/me/sessions", no_query().and(signed_in(parts)).and(app(parts)).then(list))
        .delete(
            "/v1/me/sessions",
            no_query().and(signed_in(parts)).and(app(parts)).then(end_others),
        )
        .delete(
            "/v1/me/sessions/{id}",
            session_id().and(no_query()).and(signed_in(parts)).and(app(parts)).then(end),
        )
}

/// Sign in.
///
/// The refresh token comes as an HttpOnly cookie.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "Sessions",
    request_body = SignInRequest,
    responses(
        (status = 201, body = Session),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_in(
    address: IpAddr,
    user_agent: Option<String>,
    body: SignInRequest,
    app: App,
) -> Answer {
    let visitor = Visitor { address, user_agent };
    let opened = app.accounts.sign_in(body, visitor).await?;
    Ok(with_cookie(StatusCode::CREATED, &opened.session, &opened.refresh_token, &app))
}

/// Renew the session.
///
/// Takes the cookie, and gives the next one: each works once. One that was used before ends the
/// session.
#[utoipa::path(
    post, path = "/v1/sessions/refresh", tag = "Sessions",
    responses(
        (status = 200, body = Session),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("refresh" = [])),
)]
pub(crate) async fn refresh(token: Option<Secret>, app: App) -> Answer {
    let token = token.ok_or_else(|| {
        Failure::new(ProblemCode::RefreshTokenInvalid, "the refresh cookie is missing")
    })?;
    let opened = app.accounts.refresh(&token).await?;
    Ok(with_cookie(StatusCode::OK, &opened.session, &opened.refresh_token, &app))
}

/// Sign out.
///
/// The access token and the session are unusable from now on. Either token is enough.
#[utoipa::path(
    delete, path = "/v1/sessions/current", tag = "Sessions",
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("refresh" = [])),
)]
pub(crate) async fn sign_out(
    access: Option<Access>,
    refresh_token: Option<Secret>,
    app: App,
) -> Answer {
    if access.is_none() && refresh_token.is_none() {
        return Err(Failure::new(ProblemCode::TokenMissing, "there is no session to end"));
    }
    app.accounts.sign_out(access.as_ref(), refresh_token.as_ref()).await?;
    let mut response = no_content();
    set_cookie(&mut response, "", 0);
    Ok(response)
}

/// Where one is signed in.
///
/// The session used last first.
#[utoipa::path(
    get, path = "/v1/me/sessions", operation_id = "list_sessions", tag = "Sessions",
    responses(
        (status = 200, body = Sessions),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn list(caller: SignedIn, app: App) -> Answer {
    Ok(ok(&app.accounts.sessions(caller.user, &caller.access).await?))
}

/// Sign out everywhere else.
#[utoipa::path(
    delete, path = "/v1/me/sessions", operation_id = "end_other_sessions", tag = "Sessions",
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn end_others(caller: SignedIn, app: App) -> Answer {
    app.accounts.end_others(caller.user, &caller.access).await?;
    Ok(no_content())
}

/// Sign out somewhere.
///
/// The session's access tokens are refused at once, everywhere.
#[utoipa::path(
    delete, path = "/v1/me/sessions/{id}", operation_id = "end_session", tag = "Sessions",
    params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn end(id: SessionId, caller: SignedIn, app: App) -> Answer {
    app.accounts.end_session(caller.user, id).await?;
    Ok(no_content())
}

/// An answer that has a session in it, with the refresh token beside it.
pub(super) fn with_cookie(
    status: StatusCode,
    body: &impl Serialize,
    refresh_token: &Secret,
    app: &App,
) -> Response {
    let mut response = answer(status, body);
    let max_age = app.accounts.refresh_token_ttl().as_secs();
    set_cookie(&mut response, refresh_token.reveal(), max_age);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn set_cookie(response: &mut Response, value: &str, max_age: u64) {
    let cookie = format!(
        "{REFRESH_COOKIE}={value}; Path=/v1/sessions; Max-Age={max_age}; HttpOnly; Secure; SameSite=Strict"
    );
    let mut cookie = HeaderValue::from_str(&cookie).expect("tokens are base64");
    cookie.set_sensitive(true);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
}
