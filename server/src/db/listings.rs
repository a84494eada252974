//! Auctions with their works, as the API shows them: lists and single ones.

use std::collections::{HashMap, HashSet};

use artipul_common::{
    AuctionId, Money, Timestamp, UserId, WorkId,
    accounts::PublicUser,
    auctions::{Auction, MyPart, Phase, Sort},
    limits, text,
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbError, DbResult,
    auctions::{AuctionRow, ENDED, LISTED, count},
    houses::Houses,
    images, on,
    schema::{
        auctions, genres, participations, search_terms, suspended_works, tags, users, watches,
        work_tags, works,
    },
    types::column,
    works::{WorkRow, tags_of},
};
use crate::auction::House;

/// Which auctions, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Their genre.
    pub genre: Option<i32>,
    /// Folded tags, all of which must match.
    pub tags: Vec<String>,
    /// Their phase; drafts are never listed.
    pub phase: Phase,
    /// Their seller.
    pub seller: Option<UserId>,
    /// The least list price.
    pub min_price: Option<Money>,
    /// The greatest list price.
    pub max_price: Option<Money>,
    /// Words of which works must have all, or their beginnings.
    pub words: Vec<String>,
    /// The order.
    pub sort: Sort,
}

/// The place of an auction in an ordered list: its sort key and, among equals, its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Microseconds, points or a count, as the order says.
    pub key: i64,
    /// The auction.
    pub id: AuctionId,
}

impl Place {
    /// Where a row stands in a list of this filter.
    pub fn of(row: &AuctionRow, filter: &Filter) -> Self {
        let micros = |time: NaiveDateTime| time.and_utc().timestamp_micros();
        let key = match (filter.sort, filter.phase) {
            (Sort::Ending, Phase::Ended) => row.closed_at.map_or(0, micros),
            (Sort::Ending, _) => micros(row.ends_at),
            (Sort::Newest, _) => micros(row.created_at),
            (Sort::Cheapest | Sort::Dearest, _) => row.list_price.points(),
            (Sort::Popular, _) => row.bid_count,
        };
        Self { key, id: row.id }
    }

    /// The time at which it stands. Who makes up a place may write any number; what no column can
    /// have is taken for the nearest that it can.
    fn time(self) -> NaiveDateTime {
        let (first, last) = limits::TIMES.into_inner();
        let key = self.key.clamp(first.timestamp_micros(), last.timestamp_micros());
        chrono::DateTime::from_timestamp_micros(key).unwrap_or_default().naive_utc()
    }
}

/// Keeps the rows after a place, in order of a column, whichever way, and of the id.
macro_rules! ordered {
    ($query:expr, $after:expr, $column:expr, asc, $key:expr) => {{
        let query = $query.order(($column.asc(), auctions::id.asc()));
        match $after {
            None => query,
            Some(place) => {
                let key = $key(place);
                // The first of these is what the index serves.
                query.filter($column.ge(key)).filter($column.gt(key).or(auctions::id.gt(place.id)))
            }
        }
    }};
    ($query:expr, $after:expr, $column:expr, desc, $key:expr) => {{
        let query = $query.order(($column.desc(), auctions::id.desc()));
        match $after {
            None => query,
            Some(place) => {
                let key = $key(place);
                query.filter($column.le(key)).filter($column.lt(key).or(auctions::id.lt(place.id)))
            }
        }
    }};
}

/// A page of auctions after a place. Every order has its index by genre; those that bids do not
/// change have another one without.
///
/// # Errors
/// As the database says.
pub fn list(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<Place>,
    now: Timestamp,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    let follows_bids = matches!(filter.sort, Sort::Cheapest | Sort::Dearest | Sort::Popular);
    if !follows_bids || filter.genre.is_some() || filter.seller.is_some() {
        return list_by_index(conn, filter, after, now, limit);
    }
    let genres: Vec<i32> = on!(conn, |c| genres::table.select(genres::id).load(c))?;
    let mut rows = Vec::new();
    for genre in genres {
        let filter = Filter { genre: Some(genre), ..filter.clone() };
        rows.extend(list_by_index(conn, &filter, after, now, limit)?);
    }
    rows.sort_unstable_by_key(|row| {
        let Place { key, id } = Place::of(row, filter);
        (key, id)
    });
    if filter.sort != Sort::Cheapest {
        rows.reverse();
    }
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

fn list_by_index(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<Place>,
    now: Timestamp,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    let now = column(now);
    let rows = on!(conn, |c| {
        let mut query = auctions::table.select(AuctionRow::as_select()).limit(limit).into_boxed();
        query = match filter.phase {
            Phase::Ended => query.filter(auctions::status.eq(ENDED)).filter(
                auctions::work_id.ne_all(suspended_works::table.select(suspended_works::work_id)),
            ),
            Phase::Upcoming => {
                query.filter(auctions::status.eq(LISTED)).filter(auctions::starts_at.gt(now))
            }
            Phase::Open | Phase::Draft => query
                .filter(auctions::status.eq(LISTED))
                .filter(auctions::ends_at.gt(now))
                .filter(auctions::starts_at.le(now)),
        };
        if let Some(genre) = filter.genre {
            query = query.filter(auctions::genre_id.eq(genre));
        }
        if let Some(seller) = filter.seller {
            query = query.filter(auctions::seller_id.eq(seller));
        }
        if let Some(least) = filter.min_price {
            query = query.filter(auctions::list_price.ge(least));
        }
        if let Some(most) = filter.max_price {
            query = query.filter(auctions::list_price.le(most));
        }
        for tag in &filter.tags {
            let tagged = work_tags::table
                .inner_join(tags::table)
                .filter(tags::name_key.eq(tag))
                .select(work_tags::work_id);
            query = query.filter(auctions::work_id.eq_any(tagged));
        }
        for word in &filter.words {
            let found = search_terms::table
                .filter(search_terms::term.ge(word))
                .filter(search_terms::term.lt(format!("{word}{}", char::MAX)))
                .select(search_terms::work_id);
            query = query.filter(auctions::work_id.eq_any(found));
        }
        let query = match (filter.sort, filter.phase) {
            (Sort::Ending, Phase::Ended) => {
                ordered!(query, after, auctions::closed_at, desc, |p: Place| Some(p.time()))
            }
            (Sort::Ending, _) => ordered!(query, after, auctions::ends_at, asc, Place::time),
            (Sort::Newest, _) => ordered!(query, after, auctions::created_at, desc, Place::time),
            (Sort::Cheapest, _) => {
                ordered!(query, after, auctions::list_price, asc, |p: Place| Money::new(p.key))
            }
            (Sort::Dearest, _) => {
                ordered!(query, after, auctions::list_price, desc, |p: Place| Money::new(p.key))
            }
            (Sort::Popular, _) => {
                ordered!(query, after, auctions::bid_count, desc, |p: Place| p.key)
            }
        };
        query.load(c)
    })?;
    Ok(rows)
}

/// The public states of auctions that the streams need: all open ones of a genre, in pages by id.
///
/// # Errors
/// As the database says.
pub fn open_in_genre(
    conn: &mut Conn,
    genre: i32,
    after: AuctionId,
    now: Timestamp,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    let now = column(now);
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::status.eq(LISTED))
        .filter(auctions::genre_id.eq(genre))
        .filter(auctions::ends_at.gt(now))
        .filter(auctions::starts_at.le(now))
        .filter(auctions::id.gt(after))
        .order(auctions::id)
        .limit(limit)
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// The auctions of a genre that closed at or after `since`, the last closed first.
///
/// # Errors
/// As the database says.
pub fn closed_in_genre(
    conn: &mut Conn,
    genre: i32,
    since: Timestamp,
    limit: i64,
) -> DbResult<Vec<AuctionRow>> {
    let since = column(since);
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::status.eq(ENDED))
        .filter(auctions::genre_id.eq(genre))
        .filter(auctions::closed_at.ge(since))
        .order((auctions::closed_at.desc(), auctions::id.desc()))
        .limit(limit)
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// The rows of these auctions, in no order.
///
/// # Errors
/// As the database says.
pub fn rows(conn: &mut Conn, ids: Vec<AuctionId>) -> DbResult<Vec<AuctionRow>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::id.eq_any(ids))
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// Auctions that changed at or after `since`, the first changed first.
///
/// # Errors
/// As the database says.
pub fn changed_since(conn: &mut Conn, since: Timestamp, limit: i64) -> DbResult<Vec<AuctionRow>> {
    Ok(on!(conn, |c| auctions::table
        .filter(auctions::changed_at.ge(column(since)))
        .order((auctions::changed_at, auctions::id))
        .limit(limit)
        .select(AuctionRow::as_select())
        .load(c))?)
}

/// The nicknames of users.
///
/// # Errors
/// As the database says.
pub fn nicknames(conn: &mut Conn, ids: Vec<UserId>) -> DbResult<HashMap<UserId, String>> {
    let rows: Vec<(UserId, String)> = on!(conn, |c| users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::nickname))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// Dresses rows as the API shows them to `viewer` at `now`, in the same order.
///
/// # Errors
/// As the database says.
pub fn dress(
    conn: &mut Conn,
    rows: &[AuctionRow],
    viewer: Option<UserId>,
    now: Timestamp,
    houses: &Houses,
) -> DbResult<Vec<Auction>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut wardrobe = Wardrobe::load(conn, rows, viewer)?;
    rows.iter()
        .map(|row| {
            let house = houses.of(conn, row.house_id)?;
            wardrobe.dress(row, viewer, now, &house)
        })
        .collect()
}

/// What belongs to a page of auctions, by id.
struct Wardrobe {
    works: HashMap<WorkId, WorkRow>,
    genres: HashMap<i32, String>,
    tags: HashMap<WorkId, Vec<String>>,
    images: HashMap<WorkId, Vec<artipul_common::auctions::Image>>,
    sellers: HashMap<UserId, PublicUser>,
    nicknames: HashMap<UserId, String>,
    watchers: HashMap<AuctionId, u64>,
    watched: HashSet<AuctionId>,
    maxima: HashMap<AuctionId, Money>,
}

impl Wardrobe {
    fn load(conn: &mut Conn, rows: &[AuctionRow], viewer: Option<UserId>) -> DbResult<Self> {
        let ids: Vec<AuctionId> = rows.iter().map(|row| row.id).collect();
        let work_ids: Vec<WorkId> = rows.iter().map(|row| row.work_id).collect();
        let works: Vec<(WorkId, WorkRow)> = on!(conn, |c| works::table
            .filter(works::id.eq_any(work_ids.clone()))
            .select((works::id, WorkRow::as_select()))
            .load(c))?;
        let genres: Vec<(i32, String)> =
            on!(conn, |c| genres::table.select((genres::id, genres::slug)).load(c))?;
        let mut people: Vec<UserId> =
            rows.iter().flat_map(|row| [Some(row.seller_id), row.leader_id]).flatten().collect();
        people.sort_unstable();
        people.dedup();
        let people = public_users(conn, people)?;
        let (watched, maxima) = match viewer {
            Some(viewer) => (watched(conn, viewer, &ids)?, maxima(conn, viewer, &ids)?),
            None => Default::default(),
        };
        Ok(Self {
            works: works.into_iter().collect(),
            genres: genres.into_iter().collect(),
            tags: tags_of(conn, work_ids.clone())?,
            images: images::of_works(conn, work_ids)?,
            nicknames: people.iter().map(|user| (user.id, user.nickname.clone())).collect(),
            sellers: people.into_iter().map(|user| (user.id, user)).collect(),
            watchers: watchers(conn, &ids)?,
            watched,
            maxima,
        })
    }

    fn dress(
        &mut self,
        row: &AuctionRow,
        viewer: Option<UserId>,
        now: Timestamp,
        house: &House,
    ) -> DbResult<Auction> {
        let missing = |what: &str| DbError::Defect(format!("auction {} has no {what}", row.id));
        let auction = row.auction()?;
        let work = self.works.get(&row.work_id).cloned().ok_or_else(|| missing("work"))?;
        let seller = self.sellers.get(&row.seller_id).cloned().ok_or_else(|| missing("seller"))?;
        let genre = self.genres.get(&row.genre_id).cloned().ok_or_else(|| missing("genre"))?;
        let leader = row.leader_id.and_then(|leader| self.nicknames.get(&leader));
        let is_seller = viewer == Some(row.seller_id);
        let me = viewer.map(|viewer| MyPart {
            leading: row.leader_id == Some(viewer),
            maximum: self.maxima.get(&row.id).copied(),
            watching: self.watched.contains(&row.id),
            participating: self.maxima.contains_key(&row.id),
        });
        Ok(Auction {
            id: row.id,
            work_id: row.work_id,
            title: work.title,
            artist: work.artist,
            description: work.description,
            genre,
            tags: self.tags.get(&row.work_id).cloned().unwrap_or_default(),
            medium: work.medium,
            dimensions: work.dimensions,
            year: work.year,
            seller,
            images: self.images.get(&row.work_id).cloned().unwrap_or_default(),
            start_price: row.start_price,
            has_reserve: row.reserve_price.is_some(),
            reserve_met: auction.reserve_met(),
            buy_now_price: row.buy_now_price,
            price: row.price,
            min_next: auction.min_next(now, house),
            bid_count: auction.bid_count,
            leader: leader.map(|nickname| text::mask_nickname(nickname)),
            phase: auction.phase(now),
            outcome: auction.outcome(),
            starts_at: row.starts_at.and_utc(),
            scheduled_end: row.scheduled_end.and_utc(),
            ends_at: row.ends_at.and_utc(),
            seq: auction.seq,
            watchers: self.watchers.get(&row.id).copied().unwrap_or_default(),
            created_at: row.created_at.and_utc(),
            reserve_price: row.reserve_price.filter(|_| is_seller),
            reference: work.reference.filter(|_| is_seller),
            me,
        })
    }
}

/// What everybody may know of users.
///
/// # Errors
/// As the database says.
pub fn public_users(conn: &mut Conn, ids: Vec<UserId>) -> DbResult<Vec<PublicUser>> {
    let rows: Vec<(UserId, String, bool, Option<String>)> = on!(conn, |c| users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::nickname, users::is_artist, users::college))
        .load(c))?;
    let user = |(id, nickname, is_artist, college)| PublicUser { id, nickname, is_artist, college };
    Ok(rows.into_iter().map(user).collect())
}

fn watchers(conn: &mut Conn, ids: &[AuctionId]) -> DbResult<HashMap<AuctionId, u64>> {
    let rows: Vec<(AuctionId, i64)> = on!(conn, |c| watches::table
        .filter(watches::auction_id.eq_any(ids.to_vec()))
        .group_by(watches::auction_id)
        .select((watches::auction_id, diesel::dsl::count_star()))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, watchers)| (id, count(watchers))).collect())
}

fn watched(conn: &mut Conn, viewer: UserId, ids: &[AuctionId]) -> DbResult<HashSet<AuctionId>> {
    let rows: Vec<AuctionId> = on!(conn, |c| watches::table
        .filter(watches::user_id.eq(viewer))
        .filter(watches::auction_id.eq_any(ids.to_vec()))
        .select(watches::auction_id)
        .load(c))?;
    Ok(rows.into_iter().collect())
}

fn maxima(
    conn: &mut Conn,
    viewer: UserId,
    ids: &[AuctionId],
) -> DbResult<HashMap<AuctionId, Money>> {
    let rows: Vec<(AuctionId, Money)> = on!(conn, |c| participations::table
        .filter(participations::user_id.eq(viewer))
        .filter(participations::auction_id.eq_any(ids.to_vec()))
        .select((participations::auction_id, participations::maximum))
        .load(c))?;
    Ok(rows.into_iter().collect())
}
