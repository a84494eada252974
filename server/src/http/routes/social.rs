//! Signing in with the accounts of others, and linking them.

use std::net::IpAddr;

use artipul_common::{
    accounts::{Secret, Session},
    problem::Problem,
    social::{CollectRequest, Flow, Identities, Outcome, Providers, SignUpRequest},
};
use serde::Deserialize;
use warp::{
    Filter,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::{created, json as answer, no_content, ok, sessions::with_cookie};
use crate::{
    accounts::{CameBack, Collected, Visitor},
    http::{
        browser::{self, Lang},
        extract::{
            SignedIn, address, app, flow_id, form, headers, identity_provider, json,
            maybe_signed_in, no_query, provider, query, signed_in, user_agent,
        },
        problem::Answer,
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    let visitor = || no_query().and(address()).and(user_agent());
    Routes::default()
        .get("/v1/social/providers", no_query().and(app(parts)).then(providers))
        .post(
            "/v1/social/{provider}/flows",
            no_query()
                .and(provider())
                .and(maybe_signed_in(parts))
                .and(address())
                .and(app(parts))
                .then(begin),
        )
        .get(
            "/v1/social/callback/{provider}",
            provider().and(query()).and(headers()).and(app(parts)).then(come_back),
        )
        .post(
            "/v1/social/callback/{provider}",
            no_query().and(provider()).and(form()).and(headers()).and(app(parts)).then(compare),
        )
        .post(
            "/v1/social/flows/{id}/collect",
            visitor()
                .and(flow_id())
                .and(maybe_signed_in(parts))
                .and(json())
                .and(app(parts))
                .then(collect),
        )
        .post("/v1/social/sign-up", visitor().and(json()).and(app(parts)).then(sign_up))
        .get("/v1/me/identities", no_query().and(signed_in(parts)).and(app(parts)).then(identities))
        .delete(
            "/v1/me/identities/{provider}",
            no_query().and(signed_in(parts)).and(identity_provider()).and(app(parts)).then(unlink),
        )
}

/// With whose accounts people may sign in.
#[utoipa::path(
    get, path = "/v1/social/providers", operation_id = "social_providers", tag = "Social",
    responses(
        (status = 200, body = Providers),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn providers(app: App) -> Answer {
    Ok(ok(&app.accounts.social_providers()))
}

/// Begin to sign in with a provider's account.
///
/// With an access token, the provider's account is linked with the caller's. A browser goes to the
/// address in the answer; the phrase in the answer is shown to its user, who compares it there.
#[utoipa::path(
    post, path = "/v1/social/{provider}/flows", operation_id = "begin_social", tag = "Social",
    params(("provider" = String, Path)),
    responses(
        (status = 201, body = Flow),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn begin(
    provider: String,
    caller: Option<SignedIn>,
    address: IpAddr,
    app: App,
) -> Answer {
    let flow =
        app.accounts.begin_social(&provider, caller.map(|caller| caller.user), address).await?;
    let mut response = created(&flow);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a provider sends a browser back with; it may add what it likes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// What it was sent off with.
    state: Option<String>,
    /// What is exchanged for who it is.
    code: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// Who says to have answered.
    iss: Option<String>,
}

/// Come back from a provider, in a browser.
///
/// The page asks whether the phrase on it is the one in the terminal.
#[utoipa::path(
    get, path = "/v1/social/callback/{provider}", operation_id = "social_callback",
    tag = "Social",
    params(("provider" = String, Path), CallbackQuery),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn come_back(
    provider: String,
    query: CallbackQuery,
    headers: HeaderMap,
    app: App,
) -> Answer {
    let CallbackQuery { state, code, error, iss: issuer } = query;
    let back = CameBack { state, code, error, issuer };
    let page = app.accounts.come_back(&provider, &back).await?;
    Ok(browser::answer(&page, Lang::of(&headers), &provider, app.is_secure))
}

/// The answer to whether the phrases are the same.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct CompareForm {
    /// From the page.
    #[serde(default)]
    ticket: Option<Secret>,
    /// `same`, or anything else.
    #[serde(default)]
    answer: Option<String>,
}

/// Answer whether the phrase is the one in the terminal, in the same browser.
#[utoipa::path(
    post, path = "/v1/social/callback/{provider}", operation_id = "social_compare",
    tag = "Social",
    params(("provider" = String, Path)),
    request_body(content = CompareForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn compare(
    provider: String,
    form: CompareForm,
    headers: HeaderMap,
    app: App,
) -> Answer {
    let browser = browser::cookie(&headers);
    let is_same = form.answer.as_deref() == Some("same");
    let (ticket, browser) = (form.ticket.as_ref(), browser.as_ref());
    let page = app.accounts.compare(&provider, ticket, browser, is_same).await?;
    Ok(browser::answer(&page, Lang::of(&headers), &provider, app.is_secure))
}

/// Collect what came of a sign-in.
///
/// 202 as long as the browser is not done. What came of it is told once; a session comes with the
/// refresh token as an HttpOnly cookie. What links is collected with the access token of who began
/// it.
#[utoipa::path(
    post, path = "/v1/social/flows/{id}/collect", operation_id = "collect_social", tag = "Social",
    params(("id" = String, Path)),
    request_body = CollectRequest,
    responses(
        (status = 200, body = Outcome),
        (status = 202, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn collect(
    address: IpAddr,
    user_agent: Option<String>,
    flow: String,
    caller: Option<SignedIn>,
    body: CollectRequest,
    app: App,
) -> Answer {
    let visitor = Visitor { address, user_agent };
    let secret = &body.flow_secret;
    let collected = app
        .accounts
        .collect_social(&flow, secret, caller.map(|caller| caller.user), visitor)
        .await?;
    let outcome = match collected {
        Collected::Pending => return Ok(answer(StatusCode::ACCEPTED, &Outcome::Pending {})),
        Collected::SignedIn(opened) => {
            let outcome = Outcome::SignedIn { session: opened.session };
            return Ok(with_cookie(StatusCode::OK, &outcome, &opened.refresh_token, &app));
        }
        Collected::Linked(identity) => Outcome::Linked { identity },
        Collected::SignUpNeeded {
            token,
            expires_in,
            email,
            suggested_email,
            suggested_nickname,
            name,
        } => Outcome::SignUpNeeded {
            sign_up_token: token,
            expires_in,
            email,
            suggested_email,
            suggested_nickname,
            name,
        },
    };
    let mut response = ok(&outcome);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Open an account for somebody whom a provider knows, and sign in.
///
/// The account has no password. The refresh token comes as an HttpOnly cookie.
#[utoipa::path(
    post, path = "/v1/social/sign-up", operation_id = "social_sign_up", tag = "Social",
    request_body = SignUpRequest,
    responses(
        (status = 201, body = Session),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_up(
    address: IpAddr,
    user_agent: Option<String>,
    body: SignUpRequest,
    app: App,
) -> Answer {
    let visitor = Visitor { address, user_agent };
    let opened = app.accounts.social_sign_up(body, visitor).await?;
    Ok(with_cookie(StatusCode::CREATED, &opened.session, &opened.refresh_token, &app))
}

/// The providers' accounts that are linked with one's own.
#[utoipa::path(
    get, path = "/v1/me/identities", operation_id = "my_identities", tag = "Social",
    responses(
        (status = 200, body = Identities),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn identities(caller: SignedIn, app: App) -> Answer {
    Ok(ok(&app.accounts.identities(caller.user).await?))
}

/// Unlink a provider's account, unless it is the only way in.
#[utoipa::path(
    delete, path = "/v1/me/identities/{provider}", operation_id = "unlink", tag = "Social",
    params(("provider" = String, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn unlink(caller: SignedIn, provider: String, app: App) -> Answer {
    app.accounts.unlink(caller.user, &provider).await?;
    Ok(no_content())
}
