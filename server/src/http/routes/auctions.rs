//! Works and auctions: lists, single ones, offering, changing, withdrawing.

use artipul_common::{
    AuctionId, UserId,
    accounts::ArtistProfile,
    auctions::{
        Auction, AuctionQuery, EditAuctionRequest, Genres, ListWorkRequest, Phase, RelistRequest,
    },
    credentials::Scope,
    limits,
    page::{Page, PageQuery},
    problem::{Problem, ProblemCode},
    text,
};
use warp::{
    Filter,
    http::{HeaderValue, header},
};

use super::{created, no_content, ok, ok_bytes, tagged};
use crate::{
    accounts::Caller,
    auction::Refusal,
    db::{
        Conn, DbError, DbResult, accounts, admin,
        auctions::{self, AuctionRow},
        idempotency::RequestKey,
        listings::{self, Filter as ListFilter, Place},
        mine,
    },
    desk::{Edit, ListingError},
    http::{
        body,
        extract::{
            app, artist_id, auction_id, caller, idempotency_key, if_match, json, maybe_caller,
            no_query, parse_query, query, query_text,
        },
        pages::{Cursors, limit, page},
        problem::{Answer, Failure},
        router::Routes,
    },
    parts::App,
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .get("/v1/genres", no_query().and(app(parts)).then(genres))
        .get("/v1/auctions", query_text().and(maybe_caller(parts)).and(app(parts)).then(list))
        .post(
            "/v1/auctions",
            no_query()
                .and(caller(parts, Scope::Sell))
                .and(idempotency_key())
                .and(json())
                .and(app(parts))
                .then(offer),
        )
        .get(
            "/v1/auctions/{id}",
            auction_id().and(no_query()).and(maybe_caller(parts)).and(app(parts)).then(show),
        )
        .patch(
            "/v1/auctions/{id}",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Sell))
                .and(if_match())
                .and(json())
                .and(app(parts))
                .then(edit),
        )
        .delete(
            "/v1/auctions/{id}",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Sell))
                .and(if_match())
                .and(app(parts))
                .then(cancel),
        )
        .post(
            "/v1/auctions/{id}/relist",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Sell))
                .and(idempotency_key())
                .and(json())
                .and(app(parts))
                .then(relist),
        )
        .get("/v1/artists/{id}", artist_id().and(no_query()).and(app(parts)).then(artist))
        .get(
            "/v1/artists/{id}/auctions",
            artist_id().and(query()).and(maybe_caller(parts)).and(app(parts)).then(artist_auctions),
        )
}

/// All genres.
#[utoipa::path(
    get, path = "/v1/genres", tag = "Works and auctions",
    responses(
        (status = 200, body = Genres),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn genres(app: App) -> Answer {
    Ok(ok(&Genres { items: app.genres.all() }))
}

/// Browse auctions.
///
/// By genre, tags, phase, seller, price and words; in one of five orders. Without a token a page
/// may be a second old, or two where another server has changed something.
#[utoipa::path(
    get, path = "/v1/auctions", tag = "Works and auctions",
    params(AuctionQuery),
    responses(
        (status = 200, body = Page<Auction>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn list(question: String, caller: Option<Caller>, app: App) -> Answer {
    if caller.is_some() {
        return Ok(ok(&browse(parse_query(&question)?, caller, &app).await?));
    }
    // Whoever is nobody sees what everybody sees; what was answered before need not be understood.
    if let Some(answer) = app.recent.get(&question) {
        return Ok(ok_bytes(answer));
    }
    let stamp = app.recent.stamp();
    let answer = body::json(&browse(parse_query(&question)?, None, &app).await?);
    app.recent.put(question, stamp, answer.clone());
    Ok(ok_bytes(answer))
}

async fn browse(
    query: AuctionQuery,
    caller: Option<Caller>,
    app: &App,
) -> Result<Page<Auction>, Failure> {
    let limit = limit(query.limit)?;
    let asked_words = query.q.is_some();
    let cursor = query.cursor.clone();
    let filter = filter(query, app)?;
    let cursors = Cursors::of(&[&format!("{filter:?}")]);
    let after =
        cursors.read(cursor.as_deref())?.map(|(key, id)| Place { key, id: AuctionId::new(id) });
    if asked_words && filter.words.is_empty() {
        // Nothing has a word that is none.
        return Ok(page(Vec::new(), None));
    }
    let (houses, viewer) = (app.houses.clone(), caller.map(|caller| caller.user));
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let rows = listings::list(conn, &filter, after, now, limit as i64 + 1)?;
            let (rows, next) = cursors.page(rows, limit, |row| {
                let place = Place::of(row, &filter);
                (place.key, place.id.get())
            });
            Ok(page(listings::dress(conn, &rows, viewer, now, &houses)?, next))
        })
        .await?;
    Ok(answer)
}

fn filter(query: AuctionQuery, app: &App) -> Result<ListFilter, Failure> {
    let invalid = |detail: String| Failure::new(ProblemCode::InvalidQuery, detail);
    let genre = match &query.genre {
        None => None,
        Some(slug) => match app.genres.key(slug) {
            Some(key) => Some(key),
            None => return Err(invalid(format!("there is no genre {slug:?}"))),
        },
    };
    let phase = query.phase.unwrap_or(Phase::Open);
    if phase == Phase::Draft {
        return Err(invalid("drafts are listed under /v1/me/auctions".to_owned()));
    }
    if query.tags.len() > limits::MAX_TAGS {
        return Err(invalid(format!("at most {} tags", limits::MAX_TAGS)));
    }
    let words = match &query.q {
        None => Vec::new(),
        Some(q) if limits::SEARCH.contains(&q.chars().count()) => {
            let mut words = text::words(q);
            words.dedup();
            words.truncate(limits::MAX_SEARCH_WORDS);
            words
        }
        Some(_) => {
            let most = limits::SEARCH.end();
            return Err(invalid(format!("q must have 1 to {most} characters")));
        }
    };
    Ok(ListFilter {
        genre,
        tags: query.tags.iter().map(|tag| text::fold(tag.trim())).collect(),
        phase,
        seller: query.seller,
        min_price: query.min_price,
        max_price: query.max_price,
        words,
        sort: query.sort.unwrap_or_default(),
    })
}

/// One auction.
///
/// The answer's `ETag` is what `If-Match` takes when it is changed.
#[utoipa::path(
    get, path = "/v1/auctions/{id}", operation_id = "show_auction", tag = "Works and auctions",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = Auction),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn show(id: AuctionId, caller: Option<Caller>, app: App) -> Answer {
    let (auction, version) = read(id, caller.map(|caller| caller.user), &app).await?;
    Ok(tagged(ok(&auction), version))
}

/// Reads an auction as `viewer` may see it, and has it closed if it should have ended.
async fn read(id: AuctionId, viewer: Option<UserId>, app: &App) -> Result<(Auction, i64), Failure> {
    let houses = app.houses.clone();
    let found = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let Some(row) = auctions::find(conn, id)? else { return Ok(None) };
            if row.status == auctions::ENDED && is_hidden(conn, &row, viewer)? {
                return Ok(None);
            }
            let version = row.version;
            let dressed = listings::dress(conn, &[row], viewer, now, &houses)?.pop();
            Ok(dressed.map(|auction| (auction, version)))
        })
        .await?;
    let is_seen =
        |auction: &Auction| auction.phase != Phase::Draft || viewer == Some(auction.seller.id);
    let (auction, version) = found
        .filter(|(auction, _)| is_seen(auction))
        .ok_or_else(|| Failure::from(Refusal::NotFound))?;
    if auction.phase == Phase::Ended && auction.outcome.is_none() {
        app.desk.poke(id);
    }
    Ok((auction, version))
}

/// Whether administrators have taken the work out of the viewer's sight.
fn is_hidden(conn: &mut Conn, row: &AuctionRow, viewer: Option<UserId>) -> DbResult<bool> {
    if !admin::is_work_suspended(conn, row.work_id)? || viewer == Some(row.seller_id) {
        return Ok(false);
    }
    match viewer {
        Some(viewer) => Ok(!admin::is_admin(conn, viewer)?),
        None => Ok(true),
    }
}

async fn listed(id: AuctionId, seller: UserId, app: &App) -> Answer {
    let (auction, version) = read(id, Some(seller), app).await?;
    let mut response = tagged(created(&auction), version);
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/auctions/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

impl From<ListingError> for Failure {
    fn from(error: ListingError) -> Self {
        let code = match error {
            ListingError::Invalid(errors) => return Self::fields(errors),
            ListingError::Db(error) => return error.into(),
            ListingError::ArtistRequired => ProblemCode::ArtistRequired,
            ListingError::ReferenceTaken => ProblemCode::ReferenceTaken,
            ListingError::NotFound => ProblemCode::AuctionNotFound,
            ListingError::NotSeller => ProblemCode::NotSeller,
            ListingError::WorkNotAvailable => ProblemCode::WorkNotAvailable,
            ListingError::WorkSuspended => ProblemCode::WorkSuspended,
            ListingError::KeyReused => ProblemCode::IdempotencyKeyReused,
        };
        Self::new(code, error.to_string())
    }
}

fn genre_key(slug: &str, app: &App) -> Result<i32, Failure> {
    let no_genre = || Failure::field("genre", "unknown", "there is no such genre");
    app.genres.key(slug).ok_or_else(no_genre)
}

/// Offer a work.
#[utoipa::path(
    post, path = "/v1/auctions", tag = "Works and auctions",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = ListWorkRequest,
    responses(
        (status = 201, body = Auction),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn offer(
    caller: Caller,
    key: Option<String>,
    body: ListWorkRequest,
    app: App,
) -> Answer {
    let body = body.validated().map_err(Failure::fields)?;
    let genre = genre_key(&body.genre, &app)?;
    let key = key.map(|key| RequestKey::new(key, &[&"list", &format!("{body:?}")]));
    let id = app.desk.list(caller.user, body, genre, key).await?;
    listed(id, caller.user, &app).await
}

/// Change an auction and its work.
///
/// By its seller, while no bid stands. What is absent stays, null empties.
#[utoipa::path(
    patch, path = "/v1/auctions/{id}", operation_id = "edit_auction", tag = "Works and auctions",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header)),
    request_body = EditAuctionRequest,
    responses(
        (status = 200, body = Auction),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn edit(
    id: AuctionId,
    caller: Caller,
    version: Option<i64>,
    body: EditAuctionRequest,
    app: App,
) -> Answer {
    let request = body.validated().map_err(Failure::fields)?;
    let genre = request.genre.as_deref().map(|slug| genre_key(slug, &app)).transpose()?;
    app.desk.edit(id, caller.user, version, Edit { request, genre }).await?;
    let (auction, version) = read(id, Some(caller.user), &app).await?;
    Ok(tagged(ok(&auction), version))
}

/// Withdraw an auction.
///
/// By its seller, while no bid stands. A draft is gone then.
#[utoipa::path(
    delete, path = "/v1/auctions/{id}", operation_id = "cancel_auction", tag = "Works and auctions",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn cancel(
    id: AuctionId,
    caller: Caller,
    version: Option<i64>,
    app: App,
) -> Answer {
    app.desk.cancel(id, caller.user, version).await?;
    Ok(no_content())
}

/// Offer a work again.
///
/// On new terms, after an auction that ended unsold or was withdrawn.
#[utoipa::path(
    post, path = "/v1/auctions/{id}/relist", tag = "Works and auctions",
    params(("id" = i64, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = RelistRequest,
    responses(
        (status = 201, body = Auction),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn relist(
    id: AuctionId,
    caller: Caller,
    key: Option<String>,
    body: RelistRequest,
    app: App,
) -> Answer {
    let key = key.map(|key| RequestKey::new(key, &[&"relist", &id, &format!("{body:?}")]));
    let id = app.desk.relist(caller.user, id, body, key).await?;
    listed(id, caller.user, &app).await
}

fn no_artist() -> Failure {
    Failure::new(ProblemCode::ArtistNotFound, "there is no such artist")
}

/// An artist's public profile.
#[utoipa::path(
    get, path = "/v1/artists/{id}", tag = "Works and auctions",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = ArtistProfile),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn artist(id: UserId, app: App) -> Answer {
    let found = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            accounts::artist(conn, id, now)
        })
        .await?;
    Ok(ok(&found.ok_or_else(no_artist)?))
}

/// All of an artist's public auctions.
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/artists/{id}/auctions", tag = "Works and auctions",
    params(("id" = i64, Path), PageQuery),
    responses(
        (status = 200, body = Page<Auction>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])),
)]
pub(crate) async fn artist_auctions(
    id: UserId,
    query: PageQuery,
    caller: Option<Caller>,
    app: App,
) -> Answer {
    let limit = limit(query.limit)?;
    let cursors = Cursors::of(&[&"artist", &id]);
    let before = cursors.read(query.cursor.as_deref())?.map(|(id, _)| id);
    let (houses, viewer) = (app.houses.clone(), caller.map(|caller| caller.user));
    let answer = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            if accounts::artist(conn, id, now)?.is_none() {
                return Err(DbError::NotFound);
            }
            let rows = mine::auctions_of(conn, id, None, false, now, before, limit as i64 + 1)?;
            let (rows, next) = cursors.page(rows, limit, |row| (row.id.get(), 0));
            Ok(page(listings::dress(conn, &rows, viewer, now, &houses)?, next))
        })
        .await
        .map_err(|error| match error {
            DbError::NotFound => no_artist(),
            error => error.into(),
        })?;
    Ok(ok(&answer))
}
