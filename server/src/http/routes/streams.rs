//! Streams of server-sent events.

use std::{collections::HashSet, net::IpAddr, sync::Arc, time::Duration};

use artipul_common::{
    AuctionId, NotificationId,
    credentials::Scope,
    events::{AuctionState, EventsQuery, Notice},
    limits,
    problem::{Problem, ProblemCode},
};
use chrono::{TimeDelta, Utc};
use warp::Filter;

use crate::{
    accounts::Caller,
    auction::Refusal,
    db::{listings, notifications, types::Named},
    http::{
        extract::{address, app, auction_id, caller, last_event_id, no_query, query},
        problem::{Answer, Failure},
        router::Routes,
        streaming,
    },
    parts::App,
    stream::{
        hub::{Interest, Subscription},
        sse::Frame,
        sync::{self, read_snapshots, snapshots},
    },
};

pub(super) fn routes(parts: &App) -> Routes {
    Routes::default()
        .get(
            "/v1/auctions/{id}/events",
            auction_id()
                .and(no_query())
                .and(address())
                .and(last_event_id())
                .and(app(parts))
                .then(one),
        )
        .get("/v1/events", query().and(address()).and(last_event_id()).and(app(parts)).then(many))
        .get(
            "/v1/me/events",
            no_query()
                .and(caller(parts, Scope::Read))
                .and(address())
                .and(last_event_id())
                .and(app(parts))
                .then(mine),
        )
}

/// Auctions of a genre that are read at once.
const PAGE: i64 = 500;
/// How long somebody may be away and is still told what closed meanwhile.
const AWAY: TimeDelta = TimeDelta::minutes(10);
/// How often it is looked whether the owner of a stream has signed out meanwhile.
const LOOK: Duration = Duration::from_secs(5);
/// Notices that a client may have missed; older ones are in the list of notifications.
const MISSED: i64 = 200;

/// Follow one auction.
///
/// Server-sent events `top-bid`, `extended`, `closed` and `resync`; each carries the whole public
/// state, and its id is the auction's sequence. The stream ends with `closed`.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/events", tag = "Streams",
    params(("id" = i64, Path), ("Last-Event-ID" = Option<u64>, Header)),
    responses(
        (status = 200, content_type = "text/event-stream", body = AuctionState),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn one(id: AuctionId, address: IpAddr, last: Option<u64>, app: App) -> Answer {
    let interest = Interest { auctions: vec![id], ends_with_auction: true, ..Interest::default() };
    let place = app.places.take(address)?;
    let subscription = app.hub.subscribe(interest).at(place);
    let states = states(&subscription, last.unwrap_or_default(), &app).await?;
    let is_over = states.iter().any(|frame| frame.is_last());
    // Whoever comes back after the end is told again that it is over, as the stream has to end.
    let last = last.filter(|_| !is_over);
    let missed = last.and_then(|last| Some((last, app.hub.missed(id, last)?)));
    Ok(streaming::answer(match missed {
        Some((last, missed)) => subscription.resume(id, last, missed),
        None => subscription.begin(states),
    }))
}

/// Follow many auctions.
///
/// Over one connection: up to 200 single auctions, and all open auctions of genres. It begins with
/// the state of each. Whoever comes back with a `Last-Event-ID` is told as well which auctions of
/// the genres have closed in the last ten minutes.
#[utoipa::path(
    get, path = "/v1/events", tag = "Streams",
    params(EventsQuery, ("Last-Event-ID" = Option<u64>, Header)),
    responses(
        (status = 200, content_type = "text/event-stream", body = AuctionState),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn many(
    query: EventsQuery,
    address: IpAddr,
    last: Option<u64>,
    app: App,
) -> Answer {
    let invalid = |detail: String| Failure::new(ProblemCode::InvalidQuery, detail);
    let EventsQuery { mut auctions, genres } = query;
    auctions.sort_unstable();
    auctions.dedup();
    if auctions.len() > limits::MAX_STREAM_AUCTIONS {
        let most = limits::MAX_STREAM_AUCTIONS;
        return Err(invalid(format!("one stream carries at most {most} single auctions")));
    }
    if auctions.is_empty() && genres.is_empty() {
        return Err(invalid("name an auction or a genre".to_owned()));
    }
    let mut keys = Vec::new();
    for slug in &genres {
        let key = app.genres.key(slug);
        keys.push(key.ok_or_else(|| invalid(format!("there is no genre {slug:?}")))?);
    }
    keys.sort_unstable();
    keys.dedup();
    let interest = Interest { auctions, genres: keys.clone(), ..Interest::default() };
    let place = app.places.take(address)?;
    let subscription = app.hub.subscribe(interest).at(place);
    // Whoever comes back may have heard elsewhere what is not known here yet; of which auction, his
    // last number does not say.
    let least = if last.is_some() { u64::MAX } else { 0 };
    let mut first = states(&subscription, least, &app).await?;
    for genre in keys {
        first.extend(genre_states(genre, &app).await?);
        if last.is_some() {
            first.extend(closed_meanwhile(genre, &app).await?);
        }
    }
    let mut begun = HashSet::new();
    first.retain(|frame| frame.about().is_none_or(|auction| begun.insert(auction)));
    Ok(streaming::answer(subscription.begin(first)))
}

/// Follow what concerns oneself.
///
/// Events `outbid`, `leading`, `won`, `lost`, `sold`, `unsold`, `charged`, `ending-soon`; the id is
/// the notification's. Each is sent at least once; `notification_id` tells repeats. The stream ends
/// when the access token expires, or soon after it was signed out.
#[utoipa::path(
    get, path = "/v1/me/events", tag = "Streams",
    params(("Last-Event-ID" = Option<u64>, Header)),
    responses(
        (status = 200, content_type = "text/event-stream", body = Notice),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn mine(caller: Caller, address: IpAddr, last: Option<u64>, app: App) -> Answer {
    let interest = Interest { user: Some(caller.user), ..Interest::default() };
    let place = app.places.take(address)?;
    let subscription = app.hub.subscribe(interest).at(place);
    let mut first = vec![Frame::heartbeat()];
    if let Some(last) = last {
        let last = NotificationId::new(i64::try_from(last).unwrap_or(i64::MAX));
        let rows = app
            .db
            .read(move |conn| {
                let from = conn.now()? - sync::OVERLAP;
                notifications::missed(conn, caller.user, last, from, MISSED)
            })
            .await?;
        for row in rows {
            first.push(Frame::notice(Named::from_name(&row.kind)?, &row.notice()));
        }
    }
    Ok(streaming::answer(subscription.begin(first).until(no_longer_let_in(caller, app))))
}

/// Waits until a caller's access token has expired or was signed out.
async fn no_longer_let_in(caller: Caller, app: App) {
    let left = caller.expires_at().map(|end| (end - Utc::now()).to_std().unwrap_or_default());
    let expired = async {
        match left {
            Some(left) => tokio::time::sleep(left).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(expired);
    loop {
        tokio::select! {
            () = &mut expired => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        // Where that cannot be found out, nobody would be let in either.
        if app.accounts.is_signed_out(&caller).await.unwrap_or(true) {
            return;
        }
    }
}

/// The states of the single auctions of a subscription, as its first frames; none with a sequence
/// number below `least`, unless there is no newer one.
async fn states(
    subscription: &Subscription,
    least: u64,
    app: &App,
) -> Result<Vec<Arc<Frame>>, Failure> {
    let (mut known, unknown) = subscription.known_states(Utc::now(), least);
    if !unknown.is_empty() {
        let read = read_snapshots(&app.db, unknown.clone(), app.houses.clone()).await?;
        if let Some(missing) =
            unknown.iter().find(|id| !read.iter().any(|found| found.state.auction_id == **id))
        {
            tracing::debug!(%missing, "a stream of an auction that there is not");
            return Err(Refusal::NotFound.into());
        }
        app.hub.learn(&read);
        known.extend(read);
    }
    Ok(known.iter().map(Frame::state).collect())
}

async fn genre_states(genre: i32, app: &App) -> Result<Vec<Arc<Frame>>, Failure> {
    let mut frames = Vec::new();
    let mut after = AuctionId::new(0);
    loop {
        let houses = app.houses.clone();
        let (last, page) = app
            .db
            .read(move |conn| {
                let now = conn.now()?;
                let rows = listings::open_in_genre(conn, genre, after, now, PAGE)?;
                let last = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| row.id);
                Ok((last, snapshots(conn, &rows, now, &houses)?))
            })
            .await?;
        frames.extend(page.iter().map(Frame::state));
        match last {
            Some(last) => after = last,
            None => return Ok(frames),
        }
    }
}

/// The auctions of a genre that whoever comes back may not have seen closing.
async fn closed_meanwhile(genre: i32, app: &App) -> Result<Vec<Arc<Frame>>, Failure> {
    let houses = app.houses.clone();
    let closed = app
        .db
        .read(move |conn| {
            let now = conn.now()?;
            let rows = listings::closed_in_genre(conn, genre, now - AWAY, PAGE)?;
            snapshots(conn, &rows, now, &houses)
        })
        .await?;
    Ok(closed.iter().map(Frame::state).collect())
}
