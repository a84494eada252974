//! What routes take from a request. Only these reject, and always with a problem.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use artipul_common::{
    AuctionId, ChargeId, SessionId, TokenId, UserId, WorkId,
    accounts::{REFRESH_COOKIE, Secret},
    credentials::Scope,
    limits,
    problem::ProblemCode,
};
use bytes::{Buf, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use warp::{
    Filter,
    http::{HeaderMap, HeaderValue, header},
    reject::Rejection,
};

use super::{
    problem::Failure,
    request::{REQUEST, RequestInfo},
    upload::Upload,
};
use crate::{
    accounts::{Access, Caller},
    db::admin,
    digest::sha256_hex,
    parts::App,
};

fn reject(failure: Failure) -> Rejection {
    warp::reject::custom(failure)
}

/// The server's parts.
pub fn app(app: &App) -> impl Filter<Extract = (App,), Error = Rejection> + Clone + use<> {
    let app = app.clone();
    info().map(move |_| app.clone())
}

/// Nothing at all.
pub fn nothing() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    info().map(|_| ()).untuple_one()
}

fn info() -> impl Filter<Extract = (Arc<RequestInfo>,), Error = Rejection> + Copy {
    let found = || REQUEST.try_with(Arc::clone).map_err(|_| warp::reject::reject());
    warp::any().and_then(move || std::future::ready(found()))
}

/// Where the request came from.
pub fn address() -> impl Filter<Extract = (IpAddr,), Error = Rejection> + Copy {
    info().map(|info: Arc<RequestInfo>| info.address)
}

/// The id in the path, or the one so many after it; what is none is not there.
fn id<T>(at: usize, missing: ProblemCode) -> impl Filter<Extract = (T,), Error = Rejection> + Copy
where
    T: FromStr + Send + 'static,
{
    info().and_then(move |info: Arc<RequestInfo>| async move {
        let text = info.params.get(at).map(String::as_str).unwrap_or_default();
        T::from_str(text).map_err(|_| reject(Failure::new(missing, missing.title())))
    })
}

/// The auction in the path.
pub fn auction_id() -> impl Filter<Extract = (AuctionId,), Error = Rejection> + Copy {
    id(0, ProblemCode::AuctionNotFound)
}

/// The artist in the path.
pub fn artist_id() -> impl Filter<Extract = (UserId,), Error = Rejection> + Copy {
    id(0, ProblemCode::ArtistNotFound)
}

/// The charge in the path.
pub fn charge_id() -> impl Filter<Extract = (ChargeId,), Error = Rejection> + Copy {
    id(0, ProblemCode::ChargeNotFound)
}

/// The session in the path.
pub fn session_id() -> impl Filter<Extract = (SessionId,), Error = Rejection> + Copy {
    id(0, ProblemCode::SessionNotFound)
}

/// The personal access token in the path.
pub fn token_id() -> impl Filter<Extract = (TokenId,), Error = Rejection> + Copy {
    id(0, ProblemCode::TokenNotFound)
}

/// The user in the path.
pub fn user_id() -> impl Filter<Extract = (UserId,), Error = Rejection> + Copy {
    id(0, ProblemCode::AccountNotFound)
}

/// The work in the path.
pub fn work_id() -> impl Filter<Extract = (WorkId,), Error = Rejection> + Copy {
    id(0, ProblemCode::WorkNotFound)
}

/// The name in the path.
pub fn image_name() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    id(0, ProblemCode::ImageNotFound)
}

/// The name in the path after the auction.
pub fn image_of_auction() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    id(1, ProblemCode::ImageNotFound)
}

/// The provider of accounts in the path.
pub fn provider() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    id(0, ProblemCode::ProviderNotFound)
}

/// The provider of a linked account in the path.
pub fn identity_provider() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    id(0, ProblemCode::IdentityNotFound)
}

/// The sign-in under way in the path.
pub fn flow_id() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    id(0, ProblemCode::FlowNotFound)
}

/// A form with files, which the handler receives.
pub fn upload() -> impl Filter<Extract = (Upload,), Error = Rejection> + Copy {
    info().and(warp::body::stream()).map(|info: Arc<RequestInfo>, body| Upload::new(info, body))
}

/// The headers.
pub fn headers() -> impl Filter<Extract = (HeaderMap,), Error = Rejection> + Copy {
    info().map(|info: Arc<RequestInfo>| info.headers.clone())
}

/// The query string; unknown parameters are refused.
pub fn query<T>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy
where
    T: DeserializeOwned + Send + 'static,
{
    info().and_then(|info: Arc<RequestInfo>| async move {
        parse_query(info.query.as_deref().unwrap_or_default()).map_err(reject)
    })
}

/// What a query string says; unknown parameters are refused.
pub fn parse_query<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_html_form::from_str(text)
        .map_err(|error| Failure::new(ProblemCode::InvalidQuery, error.to_string()))
}

/// The query string as it was sent.
pub fn query_text() -> impl Filter<Extract = (String,), Error = Rejection> + Copy {
    info().map(|info: Arc<RequestInfo>| info.query.clone().unwrap_or_default())
}

/// No query string: a parameter of a path that takes none is as unknown as any other.
pub fn no_query() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoQuery {}
    query().map(|NoQuery {}| ()).untuple_one()
}

/// A JSON body.
pub fn json<T>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy
where
    T: DeserializeOwned + Send + 'static,
{
    info().and(warp::body::stream()).and_then(|info: Arc<RequestInfo>, body| async move {
        read_json(&info.headers, body).await.map_err(reject)
    })
}

/// The fields of a page's form; none where there is no body.
pub fn form<T>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy
where
    T: DeserializeOwned + Default + Send + 'static,
{
    info().and(warp::body::stream()).and_then(|info: Arc<RequestInfo>, body| async move {
        let bytes = read(&info.headers, body).await.map_err(reject)?;
        if bytes.is_empty() {
            return Ok(T::default());
        }
        check_media_type(&info.headers, "application/x-www-form-urlencoded").map_err(reject)?;
        serde_html_form::from_bytes(&bytes)
            .map_err(|error| reject(Failure::field("", "invalid", &error.to_string())))
    })
}

/// A JSON body, or its default where there is none or it is null.
pub fn json_or_default<T>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy
where
    T: DeserializeOwned + Default + Send + 'static,
{
    info().and(warp::body::stream()).and_then(|info: Arc<RequestInfo>, body| async move {
        let bytes = read(&info.headers, body).await.map_err(reject)?;
        if bytes.is_empty() {
            return Ok(T::default());
        }
        check_media_type(&info.headers, JSON).map_err(reject)?;
        if bytes.trim_ascii() == b"null" {
            return Ok(T::default());
        }
        parse(&bytes).map_err(reject)
    })
}

async fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Result<T, Failure> {
    check_media_type(headers, JSON)?;
    parse(&read(headers, body).await?)
}

const JSON: &str = "application/json";

fn check_media_type(headers: &HeaderMap, expected: &str) -> Result<(), Failure> {
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let media_type = media_type.unwrap_or_default().split(|byte| *byte == b';').next();
    if media_type.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(expected.as_bytes())) {
        return Ok(());
    }
    Err(Failure::new(
        ProblemCode::UnsupportedMediaType,
        format!("the body must be declared as {expected}"),
    ))
}

fn too_large() -> Failure {
    let detail = format!("a body has at most {} bytes", limits::MAX_BODY_BYTES);
    Failure::new(ProblemCode::BodyTooLarge, detail)
}

/// How much of a body that is too large is read and thrown away: whoever is cut off while he sends
/// may never see the answer.
const THROWN_AWAY: usize = 16 * limits::MAX_BODY_BYTES;

/// The body, kept no further than it may go, whatever its declared length.
async fn read(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Result<BytesMut, Failure> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    if declared > THROWN_AWAY {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(declared.min(limits::MAX_BODY_BYTES));
    let mut length = 0;
    let mut body = std::pin::pin!(body);
    while length <= THROWN_AWAY
        && let Some(chunk) = body.next().await
    {
        let mut chunk = chunk.map_err(|_| {
            Failure::new(ProblemCode::BodyUnreadable, "the body ended before its end")
        })?;
        length += chunk.remaining();
        while length <= limits::MAX_BODY_BYTES && chunk.has_remaining() {
            let part = chunk.chunk();
            bytes.extend_from_slice(part);
            let read = part.len();
            chunk.advance(read);
        }
    }
    if length > limits::MAX_BODY_BYTES { Err(too_large()) } else { Ok(bytes) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // serde would also take an array, as the fields in the order in which they are written here.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure::field("", "invalid", "the body must be an object"));
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    // Read again, to say what is wrong and where.
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            let field = if path == "." { String::new() } else { path };
            let code = if error.to_string().starts_with("unknown field") {
                "unknown-field"
            } else if error.to_string().starts_with("missing field") {
                "required"
            } else {
                "invalid"
            };
            Failure::field(&field_name(field, &error), code, &error.to_string())
        } else {
            Failure::new(ProblemCode::MalformedJson, error.to_string())
        }
    })?;
    deserializer
        .end()
        .map_err(|error| Failure::new(ProblemCode::MalformedJson, error.to_string()))?;
    Ok(value)
}

/// The path to a wrong field; that of a missing one ends at its parent, so its name is taken from
/// the message.
fn field_name(path: String, error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path,
    }
}

/// Who sends the request, and may do what needs this scope; nobody is refused.
pub fn caller(
    app: &App,
    scope: Scope,
) -> impl Filter<Extract = (Caller,), Error = Rejection> + Clone + use<> {
    anybody(app).and_then(move |caller: Option<Caller>| {
        std::future::ready(match caller {
            None => Err(reject(nobody())),
            Some(caller) if caller.may(scope) => Ok(caller),
            Some(_) => {
                let detail = format!("the token needs the scope {}", scope.as_str());
                Err(reject(Failure::new(ProblemCode::ScopeMissing, detail)))
            }
        })
    })
}

/// Who sends the request, signed in: what a personal access token does not do.
pub fn signed_in(
    app: &App,
) -> impl Filter<Extract = (SignedIn,), Error = Rejection> + Clone + use<> {
    anybody(app).and_then(move |caller: Option<Caller>| {
        std::future::ready(match caller {
            None => Err(reject(nobody())),
            Some(caller) => signed_in_as(&caller),
        })
    })
}

/// Who sends the request, signed in, if anybody says so.
pub fn maybe_signed_in(
    app: &App,
) -> impl Filter<Extract = (Option<SignedIn>,), Error = Rejection> + Clone + use<> {
    anybody(app).and_then(move |caller: Option<Caller>| {
        std::future::ready(match caller {
            None => Ok(None),
            Some(caller) => signed_in_as(&caller).map(Some),
        })
    })
}

fn signed_in_as(caller: &Caller) -> Result<SignedIn, Rejection> {
    let access = caller.session().cloned().ok_or_else(|| reject(needs_session()))?;
    Ok(SignedIn { user: caller.user, access })
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// His access token.
    pub access: Access,
}

/// An administrator, signed in.
pub fn administrator(
    app: &App,
) -> impl Filter<Extract = (UserId,), Error = Rejection> + Clone + use<> {
    let db = app.db.clone();
    signed_in(app).and_then(move |caller: SignedIn| {
        let db = db.clone();
        async move {
            let user = caller.user;
            match db.read(move |conn| admin::is_admin(conn, user)).await {
                Ok(true) => Ok(user),
                Ok(false) => Err(reject(Failure::new(
                    ProblemCode::AdminRequired,
                    ProblemCode::AdminRequired.title(),
                ))),
                Err(error) => Err(reject(error.into())),
            }
        }
    })
}

fn nobody() -> Failure {
    Failure::new(ProblemCode::TokenMissing, "sign in and send the access token")
}

fn needs_session() -> Failure {
    Failure::new(ProblemCode::SessionRequired, "a personal access token does not do this; sign in")
}

/// Who sends the request, if anybody says so and may see what is his own; a token that lets nobody
/// in is refused all the same.
pub fn maybe_caller(
    app: &App,
) -> impl Filter<Extract = (Option<Caller>,), Error = Rejection> + Clone + use<> {
    anybody(app).map(|caller: Option<Caller>| caller.filter(|caller| caller.may(Scope::Read)))
}

/// Who sends the request, if anybody says so, whatever he may do.
fn anybody(
    app: &App,
) -> impl Filter<Extract = (Option<Caller>,), Error = Rejection> + Clone + use<> {
    let accounts = app.accounts.clone();
    info().and_then(move |info: Arc<RequestInfo>| {
        let accounts = accounts.clone();
        async move {
            let caller = match &info.caller {
                Some(caller) => accounts.let_in(caller.clone()).await,
                None => {
                    let token = bearer(&info.headers).map_err(reject)?;
                    let Some(token) = token else { return Ok(None) };
                    accounts.authenticate(token).await
                }
            };
            caller.map(Some).map_err(|error| reject(error.into()))
        }
    })
}

/// Who signs out: an access token that has expired is as good as none.
pub fn leaving(
    app: &App,
) -> impl Filter<Extract = (Option<Access>,), Error = Rejection> + Clone + use<> {
    let accounts = app.accounts.clone();
    info().and_then(move |info: Arc<RequestInfo>| {
        let accounts = accounts.clone();
        async move {
            let Some(token) = bearer(&info.headers).map_err(reject)? else { return Ok(None) };
            match accounts.authenticate(token).await {
                Ok(caller) => signed_in_as(&caller).map(|signed_in| Some(signed_in.access)),
                Err(crate::accounts::AccessError::Db(error)) => Err(reject(error.into())),
                Err(_) => Ok(None),
            }
        }
    })
}

/// The token that a request shows.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match token {
        Some(token) if !token.is_empty() && values.next().is_none() => Ok(Some(token)),
        _ => Err(Failure::new(
            ProblemCode::TokenInvalid,
            "the header must be: Authorization: Bearer <token>",
        )),
    }
}

/// Somebody who may see how busy the house is: whoever shows the operator's token; where there is
/// none, whoever asks from this very machine, and not through a proxy.
pub fn operator(app: &App) -> impl Filter<Extract = (), Error = Rejection> + Clone + use<> {
    let expected = app.metrics_token.clone();
    info()
        .and_then(move |info: Arc<RequestInfo>| {
            let allowed = match &expected {
                Some(expected) => check_operator(&info.headers, expected),
                None if info.address.is_loopback() && !is_forwarded(&info.headers) => Ok(()),
                None => {
                    let detail = "without a metrics-token, only the server's own machine may ask";
                    Err(Failure::new(ProblemCode::TokenMissing, detail))
                }
            };
            std::future::ready(allowed.map_err(reject))
        })
        .untuple_one()
}

fn check_operator(headers: &HeaderMap, expected: &Secret) -> Result<(), Failure> {
    let missing = || Failure::new(ProblemCode::TokenMissing, "the metrics-token is required");
    let shown = bearer(headers)?.ok_or_else(missing)?;
    // Hashes take as long to compare whatever of the token is right.
    if sha256_hex(&[&shown]) == sha256_hex(&[&expected.reveal()]) {
        Ok(())
    } else {
        Err(Failure::new(ProblemCode::TokenInvalid, "this is not the metrics-token"))
    }
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "via", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// The refresh token in the cookie.
pub fn refresh_token() -> impl Filter<Extract = (Option<Secret>,), Error = Rejection> + Copy {
    info().map(|info: Arc<RequestInfo>| {
        info.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, value)| *name == REFRESH_COOKIE && !value.is_empty())
            .map(|(_, value)| Secret::new(value))
    })
}

/// A header of text, or none.
fn text_header(headers: &HeaderMap, name: &str) -> Result<Option<String>, Failure> {
    let invalid = |detail| Failure::new(ProblemCode::InvalidHeader, format!("{name} {detail}"));
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        // Which of them is meant cannot be known.
        return Err(invalid("must stand once"));
    }
    value.to_str().map(|text| Some(text.to_owned())).map_err(|_| invalid("must be visible ASCII"))
}

/// The caller's key of the request, if he sent one.
pub fn idempotency_key() -> impl Filter<Extract = (Option<String>,), Error = Rejection> + Copy {
    info().and_then(|info: Arc<RequestInfo>| async move {
        let key = text_header(&info.headers, "idempotency-key").map_err(reject)?;
        let is_key = |key: &String| {
            limits::IDEMPOTENCY_KEY.contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match key {
            Some(key) if !is_key(&key) => Err(reject(Failure::new(
                ProblemCode::InvalidHeader,
                format!(
                    "Idempotency-Key must be 1 to {} visible ASCII characters",
                    limits::IDEMPOTENCY_KEY.end()
                ),
            ))),
            key => Ok(key),
        }
    })
}

/// The version that `If-Match` asks for, if it does.
pub fn if_match() -> impl Filter<Extract = (Option<i64>,), Error = Rejection> + Copy {
    info().and_then(|info: Arc<RequestInfo>| async move {
        let Some(tag) = text_header(&info.headers, "if-match").map_err(reject)? else {
            return Ok(None);
        };
        if tag.trim() == "*" {
            return Ok(None);
        }
        let version = tag.trim().strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        version.and_then(|version| version.parse().ok()).map(Some).ok_or_else(|| {
            reject(Failure::new(
                ProblemCode::InvalidHeader,
                "If-Match must be one ETag of this server",
            ))
        })
    })
}

/// `Last-Event-ID`, if the client has one.
pub fn last_event_id() -> impl Filter<Extract = (Option<u64>,), Error = Rejection> + Copy {
    info().and_then(|info: Arc<RequestInfo>| async move {
        let Some(text) = text_header(&info.headers, "last-event-id").map_err(reject)? else {
            return Ok(None);
        };
        text.trim().parse().map(Some).map_err(|_| {
            reject(Failure::new(ProblemCode::InvalidHeader, "Last-Event-ID must be a number"))
        })
    })
}

/// What the client calls itself.
pub fn user_agent() -> impl Filter<Extract = (Option<String>,), Error = Rejection> + Copy {
    info().map(|info: Arc<RequestInfo>| {
        let agent = info.headers.get(header::USER_AGENT)?;
        Some(String::from_utf8_lossy(agent.as_bytes()).into_owned())
    })
}
