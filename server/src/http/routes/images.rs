//! Images of works: adding, removing, showing.

use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use artipul_common::{
    AuctionId, UserId,
    credentials::Scope,
    images::{ImageQuery, Images},
    limits,
    problem::{Problem, ProblemCode},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use object_store::GetResult;
use utoipa::ToSchema;
use warp::{
    Filter,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    reply::{Reply, Response},
};

use super::{created, no_content, tagged};
use crate::{
    accounts::Caller,
    auction::Refusal,
    db::{auctions, images},
    http::{
        extract::{
            app, auction_id, caller, headers, if_match, image_name, image_of_auction, no_query,
            query, upload,
        },
        problem::{Answer, Failure},
        router::Routes,
        upload::Upload,
    },
    media::{MediaError, store::StoreError},
    parts::App,
};

/// Images up to so many bytes are sent from memory; of larger ones a part at a time is there.
const SMALL: u64 = 1024 * 1024;

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .post(
            "/v1/auctions/{id}/images",
            auction_id()
                .and(no_query())
                .and(caller(parts, Scope::Sell))
                .and(if_match())
                .and(upload())
                .and(app(parts))
                .then(add),
        )
        .delete(
            "/v1/auctions/{id}/images/{image}",
            auction_id()
                .and(image_of_auction())
                .and(no_query())
                .and(caller(parts, Scope::Sell))
                .and(if_match())
                .and(app(parts))
                .then(remove),
        )
        .get(
            "/v1/images/{name}",
            image_name().and(query()).and(headers()).and(app(parts)).then(show),
        )
}

/// A form with pictures.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is there to be described")]
pub(crate) struct Pictures {
    /// JPEG, PNG or WebP, still; repeatable.
    #[schema(value_type = Vec<String>, format = Binary)]
    image: Vec<Vec<u8>>,
}

/// Add pictures to a work.
///
/// By its seller, while no bid stands. They come after those that are there; one that is there is
/// not added again. What they say of place, time and camera is removed.
#[utoipa::path(
    post, path = "/v1/auctions/{id}/images", operation_id = "add_images",
    tag = "Works and auctions",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header)),
    request_body(content = inline(Pictures), content_type = "multipart/form-data"),
    responses(
        (status = 201, body = Images),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn add(
    id: AuctionId,
    caller: Caller,
    version: Option<i64>,
    upload: Upload,
    app: App,
) -> Answer {
    // The desk decides; this spares whoever will be refused the sending.
    if let Err(refusal) = check_changeable(id, caller.user, &app).await {
        return Err(upload.refuse(refusal).await);
    }
    let _admitted = match app.media.door().enter(caller.user).await {
        Ok(admitted) => admitted,
        Err(crowded) => return Err(upload.refuse(crowded.into()).await),
    };
    let mut kept = Vec::new();
    for (index, file) in upload.receive(app.media.inbox()).await?.into_iter().enumerate() {
        let image = app.media.keep(file).await.map_err(|error| match error {
            MediaError::Picture(error) => {
                Failure::field(&format!("image.{index}"), error.code(), &error.to_string())
            }
            error => error.into(),
        })?;
        kept.push(image);
    }
    let items = app.desk.add_images(id, caller.user, version, kept).await?;
    let row = app.db.read(move |conn| auctions::find(conn, id)).await?;
    let answer = created(&Images { items });
    Ok(match row {
        Some(row) => tagged(answer, row.version),
        None => answer,
    })
}

async fn check_changeable(id: AuctionId, user: UserId, app: &App) -> Result<(), Failure> {
    let (row, now) = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            Ok((auctions::find(conn, id)?, now))
        })
        .await?;
    let auction = row.ok_or(Refusal::NotFound)?.auction()?;
    Ok(auction.check_changeable(user, now)?)
}

/// Take a picture from a work.
///
/// By its seller, while no bid stands.
#[utoipa::path(
    delete, path = "/v1/auctions/{id}/images/{image}", operation_id = "remove_image",
    tag = "Works and auctions",
    params(
        ("id" = i64, Path), ("image" = String, Path), ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn remove(
    id: AuctionId,
    name: String,
    caller: Caller,
    version: Option<i64>,
    app: App,
) -> Answer {
    app.desk.remove_image(id, caller.user, version, name).await?;
    Ok(no_content())
}

/// An image.
///
/// It never changes: its name is made from its content. With `If-None-Match` it is not sent again
/// to whoever has it.
#[utoipa::path(
    get, path = "/v1/images/{name}", operation_id = "image", tag = "Works and auctions",
    params(("name" = String, Path), ImageQuery),
    responses(
        (status = 200, content(
            (serde_json::Value = "image/jpeg"), (serde_json::Value = "image/png"),
        )),
        (status = 304),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn show(
    name: String,
    ImageQuery { w }: ImageQuery,
    headers: HeaderMap,
    app: App,
) -> Answer {
    if w.is_some_and(|width| !limits::IMAGE_WIDTHS.contains(&width)) {
        let widths = limits::IMAGE_WIDTHS.map(|width| width.to_string()).join(", ");
        return Err(Failure::new(ProblemCode::InvalidQuery, format!("w must be one of {widths}")));
    }
    let missing = || Failure::new(ProblemCode::ImageNotFound, "there is no such image");
    let lookup = name.clone();
    let row = app.db.read(move |conn| images::find(conn, &lookup)).await?.ok_or_else(missing)?;
    let narrower = w.filter(|width| *width < row.width.unsigned_abs());
    let tag = match narrower {
        Some(width) => format!("\"{name}.w{width}\""),
        None => format!("\"{name}\""),
    };
    if is_known(&headers, &tag) {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(unchanging(response, &tag));
    }
    let found = app.media.get(&name, narrower).await?.ok_or_else(missing)?;
    let mut response = unchanging(body(found).await?, &tag);
    if let Ok(content_type) = HeaderValue::from_str(&row.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    Ok(response)
}

/// Whether the client has what this tag names.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

/// The answer with what holds of all images: that they do not change, and are nothing but images.
fn unchanging(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // Pages of others may show them.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn body(found: GetResult) -> Result<Response, Failure> {
    let length = found.meta.size;
    if length <= SMALL {
        let bytes = found.bytes().await.map_err(StoreError::from).map_err(MediaError::from)?;
        return Ok(Response::new(bytes.into()));
    }
    let mut response = warp::reply::stream(Parts(found.into_stream().into())).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// An image in parts. Answers have to be able to be shared, which a stream under a lock is; nobody
/// ever waits for it.
struct Parts(Mutex<BoxStream<'static, object_store::Result<Bytes>>>);

impl Stream for Parts {
    type Item = object_store::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}
