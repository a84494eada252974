//! Accounts: phone codes, sign-up, the own profile.

use std::net::IpAddr;

use artipul_common::{
    accounts::{
        EditProfileRequest, NicknameAvailable, NicknameQuery, PhoneCodeRequest, PhoneCodeSent,
        PhoneVerified, SignUpRequest, User, VerifyPhoneRequest,
    },
    credentials::Scope,
    problem::Problem,
};
use warp::{Filter, http::StatusCode};

use super::{created, json as answer, ok};
use crate::{
    accounts::Caller,
    http::{
        extract::{SignedIn, address, app, caller, json, no_query, query, signed_in},
        problem::Answer,
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .post(
            "/v1/phone-codes",
            no_query().and(address()).and(json()).and(app(parts)).then(send_code),
        )
        .post(
            "/v1/phone-codes/verify",
            no_query().and(address()).and(json()).and(app(parts)).then(verify_code),
        )
        .post("/v1/users", no_query().and(json()).and(app(parts)).then(sign_up))
        .get("/v1/users/nickname-available", query().and(app(parts)).then(nickname_available))
        .get("/v1/me", no_query().and(caller(parts, Scope::Read)).and(app(parts)).then(show))
        .patch("/v1/me", no_query().and(signed_in(parts)).and(json()).and(app(parts)).then(edit))
}

/// Ask for a phone code.
#[utoipa::path(
    post, path = "/v1/phone-codes", tag = "Accounts",
    request_body = PhoneCodeRequest,
    responses(
        (status = 202, body = PhoneCodeSent),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send_code(address: IpAddr, body: PhoneCodeRequest, app: App) -> Answer {
    let sent = app.accounts.send_code(&body.phone, address).await?;
    Ok(answer(StatusCode::ACCEPTED, &sent))
}

/// Prove a phone with its code.
#[utoipa::path(
    post, path = "/v1/phone-codes/verify", tag = "Accounts",
    request_body = VerifyPhoneRequest,
    responses(
        (status = 200, body = PhoneVerified),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn verify_code(address: IpAddr, body: VerifyPhoneRequest, app: App) -> Answer {
    Ok(ok(&app.accounts.verify_code(&body, address).await?))
}

/// Open an account.
#[utoipa::path(
    post, path = "/v1/users", tag = "Accounts",
    request_body = SignUpRequest,
    responses(
        (status = 201, body = User),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_up(body: SignUpRequest, app: App) -> Answer {
    Ok(created(&app.accounts.sign_up(body).await?))
}

/// Whether a nickname is free.
#[utoipa::path(
    get, path = "/v1/users/nickname-available", tag = "Accounts",
    params(NicknameQuery),
    responses(
        (status = 200, body = NicknameAvailable),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn nickname_available(query: NicknameQuery, app: App) -> Answer {
    let available = app.accounts.nickname_available(&query.nickname).await?;
    Ok(ok(&NicknameAvailable { available }))
}

/// One's own account.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "show_me", tag = "Accounts",
    responses(
        (status = 200, body = User),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn show(caller: Caller, app: App) -> Answer {
    Ok(ok(&app.accounts.profile(caller.user).await?))
}

/// Change one's own profile.
///
/// What is absent stays, null empties.
#[utoipa::path(
    patch, path = "/v1/me", operation_id = "edit_me", tag = "Accounts",
    request_body = EditProfileRequest,
    responses(
        (status = 200, body = User),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn edit(caller: SignedIn, body: EditProfileRequest, app: App) -> Answer {
    let edited = app.accounts.edit_profile(caller.user, body).await?;
    app.desk.forget(caller.user);
    Ok(ok(&edited))
}
