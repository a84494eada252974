//! Offering works: new auctions, of new works and of those that were not sold.
//!
//! Nobody else can know of an auction before it is committed, so these wait in no queue.

use artipul_common::{
    AuctionId, Timestamp, UserId,
    auctions::{ListWorkRequest, Outcome, RelistRequest},
    events::AuctionEventKind,
    micros,
};

use super::Desk;
use crate::{
    auction::{Auction, House, Listing, Status, Terms, TermsError},
    db::{
        AsDbError, Conn, DbError, accounts, admin,
        auctions::{self, AuctionRow, NewAuction},
        idempotency::{self, Answer, Known, RequestKey},
        types::{Named, column},
        works::{self, WorkRow},
    },
    live::{News, Snapshot},
};

/// Why a work was not offered.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// The terms are no terms.
    #[error("some fields are not valid")]
    Invalid(TermsError),
    /// Only artists offer works.
    #[error("only artists list works")]
    ArtistRequired,
    /// The seller offered a work with this reference before.
    #[error("a work with this reference is listed")]
    ReferenceTaken,
    /// There is no such auction, or it is somebody else's draft.
    #[error("there is no such auction")]
    NotFound,
    /// The auction is somebody else's.
    #[error("this is somebody else's auction")]
    NotSeller,
    /// The work is on offer, or was sold.
    #[error("the work is on offer or sold")]
    WorkNotAvailable,
    /// An administrator has suspended the work.
    #[error("the work is suspended")]
    WorkSuspended,
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AsDbError for ListingError {
    fn as_db_error(&self) -> Option<&DbError> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// A new auction, as the streams and the clock are told of it.
struct Listed {
    id: AuctionId,
    ends_at: Timestamp,
    /// None of a draft, or of one that was listed before under the same key.
    snapshot: Option<Snapshot>,
}

impl Desk {
    /// Offers a new work. A repeated request with the same key gives the same auction.
    ///
    /// # Errors
    /// As [`ListingError`] says.
    pub async fn list(
        &self,
        seller: UserId,
        request: ListWorkRequest,
        genre: i32,
        key: Option<RequestKey>,
    ) -> Result<AuctionId, ListingError> {
        let (key_of_house, house) = (self.inner.houses.current_key(), self.inner.houses.current());
        let listed = self
            .inner
            .db
            .write(move |conn| {
                once(conn, seller, key.as_ref(), |conn, now| {
                    let terms = Terms {
                        start_price: request.start_price,
                        reserve: request.reserve_price,
                        buy_now: request.buy_now_price,
                        starts_at: request.starts_at.map_or(now, micros),
                        scheduled_end: micros(request.ends_at),
                    };
                    let auction = offer(seller, terms, request.draft, now, &house)?;
                    let work = describe(conn, seller, &request, genre, now)?;
                    let work_id = works::insert(conn, &work, &request.tags).map_err(taken)?;
                    let new = NewAuction::new(work_id, genre, key_of_house, &auction, now);
                    insert(conn, &new, &auction, now, &house)
                })
            })
            .await?;
        Ok(self.announce(listed))
    }

    /// Offers the work of an auction again, on new terms. A repeated request with the same key
    /// gives the same auction.
    ///
    /// # Errors
    /// As [`ListingError`] says.
    pub async fn relist(
        &self,
        seller: UserId,
        id: AuctionId,
        request: RelistRequest,
        key: Option<RequestKey>,
    ) -> Result<AuctionId, ListingError> {
        let (key_of_house, house) = (self.inner.houses.current_key(), self.inner.houses.current());
        let listed = self
            .inner
            .db
            .write(move |conn| {
                once(conn, seller, key.as_ref(), |conn, now| {
                    let row = available(conn, seller, id)?;
                    let terms = Terms {
                        start_price: request.start_price,
                        reserve: request.reserve_price,
                        buy_now: request.buy_now_price,
                        starts_at: request.starts_at.map_or(now, micros),
                        scheduled_end: micros(request.ends_at),
                    };
                    let auction = offer(seller, terms, request.draft, now, &house)?;
                    let new =
                        NewAuction::new(row.work_id, row.genre_id, key_of_house, &auction, now);
                    insert(conn, &new, &auction, now, &house)
                })
            })
            .await?;
        Ok(self.announce(listed))
    }

    fn announce(&self, listed: Listed) -> AuctionId {
        if let Some(snapshot) = listed.snapshot {
            self.expect_end(listed.id, listed.ends_at);
            let news = News::auction(AuctionEventKind::Resync, snapshot);
            self.inner.outlet.publish(vec![news]);
        }
        listed.id
    }
}

/// Lists once, however often the request comes.
fn once(
    conn: &mut Conn,
    seller: UserId,
    key: Option<&RequestKey>,
    list: impl FnOnce(&mut Conn, Timestamp) -> Result<Listed, ListingError>,
) -> Result<Listed, ListingError> {
    if let Some(listed) = listed_before(conn, seller, key)? {
        return Ok(listed);
    }
    // An account that is being closed waits for this, or this for it.
    accounts::hold(conn, seller)?;
    if !accounts::find(conn, seller)?.is_some_and(|row| row.is_artist) {
        return Err(ListingError::ArtistRequired);
    }
    let now = conn.now()?;
    let listed = match list(conn, now) {
        Err(error @ (ListingError::ReferenceTaken | ListingError::WorkNotAvailable)) => {
            // Perhaps taken by this very request, come over another connection.
            return listed_before(conn, seller, key)?.ok_or(error);
        }
        listed => listed?,
    };
    if let Some(key) = key {
        idempotency::store(conn, Answer::new(seller, key, &listed.id, now)?)?;
    }
    Ok(listed)
}

/// What the same request listed when it came before.
fn listed_before(
    conn: &mut Conn,
    seller: UserId,
    key: Option<&RequestKey>,
) -> Result<Option<Listed>, ListingError> {
    let Some(key) = key else { return Ok(None) };
    match idempotency::look_up(conn, seller, key)? {
        Known::New => Ok(None),
        Known::Reused => Err(ListingError::KeyReused),
        Known::Answered(id) => {
            Ok(Some(Listed { id, ends_at: Timestamp::UNIX_EPOCH, snapshot: None }))
        }
    }
}

fn offer(
    seller: UserId,
    terms: Terms,
    is_draft: bool,
    now: Timestamp,
    house: &House,
) -> Result<Auction, ListingError> {
    let (listing, status) =
        if is_draft { (Listing::Draft, Status::Draft) } else { (Listing::Offer, Status::Listed) };
    let terms = terms.listed(listing, now, house).map_err(ListingError::Invalid)?;
    Ok(Auction::new(seller, terms, status))
}

fn insert(
    conn: &mut Conn,
    new: &NewAuction,
    auction: &Auction,
    now: Timestamp,
    house: &House,
) -> Result<Listed, ListingError> {
    let id = new.insert(conn)?;
    let row = auctions::find(conn, id)?.ok_or(DbError::NotFound)?;
    let is_public = auction.status != Status::Draft;
    let snapshot = is_public.then(|| Snapshot::of(&row, auction, None, now, house));
    Ok(Listed { id, ends_at: auction.ends_at, snapshot })
}

fn describe(
    conn: &mut Conn,
    seller: UserId,
    request: &ListWorkRequest,
    genre_id: i32,
    now: Timestamp,
) -> Result<WorkRow, ListingError> {
    let artist = match &request.artist {
        Some(artist) => artist.clone(),
        None => accounts::find(conn, seller)?.ok_or(DbError::NotFound)?.name,
    };
    Ok(WorkRow {
        seller_id: seller,
        genre_id,
        title: request.title.clone(),
        artist,
        description: request.description.clone(),
        medium: request.medium.clone(),
        dimensions: request.dimensions.clone(),
        year: request.year.clone(),
        reference: request.reference.clone(),
        created_at: column(now),
    })
}

/// The auction whose work may be offered again: its own seller's, over, and not sold; in the genre
/// that the work has by now. The work is locked, so that it is offered once.
fn available(conn: &mut Conn, seller: UserId, id: AuctionId) -> Result<AuctionRow, ListingError> {
    let row = auctions::find(conn, id)?.ok_or(ListingError::NotFound)?;
    if row.seller_id != seller {
        let is_draft = row.status == "draft";
        return Err(if is_draft { ListingError::NotFound } else { ListingError::NotSeller });
    }
    let work = works::lock(conn, row.work_id)?;
    if admin::is_work_suspended(conn, row.work_id)? {
        return Err(ListingError::WorkSuspended);
    }
    let is_over = |row: &AuctionRow| {
        let outcome = row.outcome.as_deref();
        outcome == Some(Outcome::Unsold.name()) || outcome == Some(Outcome::Cancelled.name())
    };
    let all = auctions::of_work(conn, row.work_id)?;
    if !all.iter().all(is_over) {
        return Err(ListingError::WorkNotAvailable);
    }
    Ok(AuctionRow { genre_id: work.genre_id, ..row })
}

fn taken(error: DbError) -> ListingError {
    if error.is_duplicate_of("works", "reference") {
        ListingError::ReferenceTaken
    } else {
        ListingError::Db(error)
    }
}
