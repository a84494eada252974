//! Sessions: signing in, renewing, signing out.

use std::net::IpAddr;

use artipul_common::{
    accounts::{REFRESH_COOKIE, Secret, Session, SignInRequest},
    problem::{Problem, ProblemCode},
};
use warp::{
    Filter,
    http::{HeaderValue, StatusCode, header},
    reply::Response,
};

use super::{json as answer, no_content};
use crate::{
    accounts::{Caller, Opened, Visitor},
    http::{
        extract::{address, app, json, leaving, no_query, refresh_token, user_agent},
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
    Ok(with_cookie(StatusCode::CREATED, opened, &app))
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
    Ok(with_cookie(StatusCode::OK, opened, &app))
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
    caller: Option<Caller>,
    refresh_token: Option<Secret>,
    app: App,
) -> Answer {
    if caller.is_none() && refresh_token.is_none() {
        return Err(Failure::new(ProblemCode::TokenMissing, "there is no session to end"));
    }
    app.accounts.sign_out(caller.as_ref(), refresh_token.as_ref()).await?;
    let mut response = no_content();
    set_cookie(&mut response, "", 0);
    Ok(response)
}

fn with_cookie(status: StatusCode, opened: Opened, app: &App) -> Response {
    let mut response = answer(status, &opened.session);
    let max_age = app.accounts.refresh_token_ttl().as_secs();
    set_cookie(&mut response, opened.refresh_token.reveal(), max_age);
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
