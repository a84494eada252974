//! What lets somebody into an account: finding it again, changing it, closing it.

use artipul_common::{
    accounts::User,
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, CloseAccountRequest,
        EmailFound, FindEmailRequest, ResetPasswordRequest,
    },
    problem::Problem,
};
use warp::Filter;

use super::{no_content, ok};
use crate::{
    http::{
        extract::{SignedIn, app, json, no_query, signed_in},
        problem::Answer,
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    let mine = || no_query().and(signed_in(parts));
    Routes::default()
        .post("/v1/users/find-email", no_query().and(json()).and(app(parts)).then(find_email))
        .post("/v1/users/reset-password", no_query().and(json()).and(app(parts)).then(reset))
        .put("/v1/me/password", mine().and(json()).and(app(parts)).then(change_password))
        .put("/v1/me/email", mine().and(json()).and(app(parts)).then(change_email))
        .put("/v1/me/phone", mine().and(json()).and(app(parts)).then(change_phone))
        .post("/v1/me/close", mine().and(json()).and(app(parts)).then(close))
}

/// Find the address of one's account.
///
/// By its phone, proven with a code; most of the address is hidden.
#[utoipa::path(
    post, path = "/v1/users/find-email", tag = "Accounts",
    request_body = FindEmailRequest,
    responses(
        (status = 200, body = EmailFound),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn find_email(body: FindEmailRequest, app: App) -> Answer {
    Ok(ok(&app.accounts.find_email(&body).await?))
}

/// Set a new password by phone.
///
/// All sessions end, and all personal access tokens.
#[utoipa::path(
    post, path = "/v1/users/reset-password", operation_id = "reset_password", tag = "Accounts",
    request_body = ResetPasswordRequest,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn reset(body: ResetPasswordRequest, app: App) -> Answer {
    app.accounts.reset_password(body).await?;
    Ok(no_content())
}

/// Change one's password.
///
/// The other sessions end.
#[utoipa::path(
    put, path = "/v1/me/password", tag = "Accounts",
    request_body = ChangePasswordRequest,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn change_password(
    caller: SignedIn,
    body: ChangePasswordRequest,
    app: App,
) -> Answer {
    app.accounts.change_password(caller.user, &caller.access, body).await?;
    Ok(no_content())
}

/// Change one's address.
#[utoipa::path(
    put, path = "/v1/me/email", tag = "Accounts",
    request_body = ChangeEmailRequest,
    responses(
        (status = 200, body = User),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn change_email(caller: SignedIn, body: ChangeEmailRequest, app: App) -> Answer {
    Ok(ok(&app.accounts.change_email(caller.user, body).await?))
}

/// Change one's phone.
///
/// To one that is proven with a code.
#[utoipa::path(
    put, path = "/v1/me/phone", tag = "Accounts",
    request_body = ChangePhoneRequest,
    responses(
        (status = 200, body = User),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn change_phone(caller: SignedIn, body: ChangePhoneRequest, app: App) -> Answer {
    Ok(ok(&app.accounts.change_phone(caller.user, &body).await?))
}

/// Close one's account.
///
/// For good; refused while it leads an auction, sells a work or has points.
#[utoipa::path(
    post, path = "/v1/me/close", operation_id = "close_account", tag = "Accounts",
    request_body = CloseAccountRequest,
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn close(caller: SignedIn, body: CloseAccountRequest, app: App) -> Answer {
    app.accounts.close(caller.user, &body).await?;
    app.desk.forget(caller.user);
    Ok(no_content())
}
