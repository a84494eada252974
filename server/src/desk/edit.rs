//! Changing and withdrawing an auction while nobody has bid.

use artipul_common::{
    Timestamp, UserId, auctions::EditAuctionRequest, micros, problem::FieldError,
};

use super::{Answered, DeskError, Edit, Reply, entry::Entry, images::reordered};
use crate::{
    auction::{Auction, House, Listing, Status, Terms, TermsError},
    db::{
        Conn, DbResult, admin, auctions,
        houses::Houses,
        images,
        works::{self, WorkRow},
    },
};

/// Withdraws an auction; a draft leaves no trace.
pub(super) fn cancel(
    conn: &mut Conn,
    entry: &mut Entry,
    seller: UserId,
    version: Option<i64>,
    now: Timestamp,
) -> DbResult<Answered> {
    let cancelled =
        match check(entry, version).and_then(|()| Ok(entry.auction.cancel(seller, now)?)) {
            Ok(cancelled) => cancelled,
            Err(error) => return Ok(Err(error)),
        };
    if entry.auction.status == Status::Draft {
        auctions::remove_draft(conn, &entry.row, now)?;
        entry.is_removed = true;
    }
    entry.auction = cancelled;
    entry.is_changed = true;
    Ok(Ok(Reply::Done))
}

/// Changes an auction and its work.
pub(super) fn edit(
    conn: &mut Conn,
    entry: &mut Entry,
    seller: UserId,
    version: Option<i64>,
    edit: &Edit,
    now: Timestamp,
    houses: &Houses,
) -> DbResult<Answered> {
    let house = houses.current();
    let changed = check(entry, version)
        .and_then(|()| Ok(entry.auction.check_changeable(seller, now)?))
        .and_then(|()| {
            amend(&entry.auction, &edit.request, now, &house).map_err(DeskError::Invalid)
        });
    let changed = match changed {
        Ok(changed) => changed,
        Err(error) => return Ok(Err(error)),
    };
    let mut work = works::lock(conn, entry.row.work_id)?;
    if changed.status == Status::Listed && admin::is_work_suspended(conn, entry.row.work_id)? {
        return Ok(Err(DeskError::WorkSuspended));
    }
    if let Some(order) = &edit.request.images {
        let old = images::of_work(conn, entry.row.work_id)?;
        match reordered(&old, order) {
            Ok(new) => images::replace(conn, entry.row.work_id, &old, &new, now)?,
            Err(error) => return Ok(Err(DeskError::Invalid(vec![error]))),
        }
    }
    describe(&mut work, edit);
    works::save(conn, entry.row.work_id, &work, edit.request.tags.as_deref())?;
    entry.row.genre_id = work.genre_id;
    // Nobody has bid, so nobody relies on the settings that held when it was listed.
    entry.row.house_id = houses.current_key();
    entry.house = house;
    entry.title = work.title;
    entry.auction = changed;
    entry.is_edited = entry.before.status == Status::Listed;
    entry.is_changed = true;
    Ok(Ok(Reply::Done))
}

/// Whether the auction is as the seller last saw it.
pub(super) fn check(entry: &Entry, version: Option<i64>) -> Result<(), DeskError> {
    match version {
        // Several changes of one batch each count.
        Some(_) if entry.is_changed => Err(DeskError::Changed),
        Some(version) if version != entry.row.version => Err(DeskError::Changed),
        _ => Ok(()),
    }
}

/// The auction on the terms that the request leaves or sets.
fn amend(
    auction: &Auction,
    request: &EditAuctionRequest,
    now: Timestamp,
    house: &House,
) -> Result<Auction, TermsError> {
    let old = &auction.terms;
    let terms = Terms {
        start_price: request.start_price.unwrap_or(old.start_price),
        reserve: request.reserve_price.unwrap_or(old.reserve),
        buy_now: request.buy_now_price.unwrap_or(old.buy_now),
        starts_at: request.starts_at.map_or(old.starts_at, micros),
        scheduled_end: request.ends_at.map_or(old.scheduled_end, micros),
    };
    let invalid = |field, detail| vec![FieldError::new(field, "invalid", detail)];
    let (status, listing) = match (auction.status, request.draft) {
        (Status::Draft, Some(false)) => (Status::Listed, Listing::Offer),
        (Status::Draft, _) => (Status::Draft, Listing::Draft),
        (_, Some(true)) => {
            return Err(invalid("draft", "a listed auction is no draft any more"));
        }
        _ if auction.has_started(now) => {
            if terms.starts_at != old.starts_at {
                return Err(invalid("starts_at", "the auction has started"));
            }
            (Status::Listed, Listing::Running)
        }
        _ => (Status::Listed, Listing::Offer),
    };
    Ok(auction.with_terms(terms.listed(listing, now, house)?, status))
}

fn describe(work: &mut WorkRow, Edit { request, genre }: &Edit) {
    let set = |column: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            column.clone_from(value);
        }
    };
    set(&mut work.title, &request.title);
    set(&mut work.description, &request.description);
    set(&mut work.artist, &request.artist);
    for (column, value) in [
        (&mut work.medium, &request.medium),
        (&mut work.dimensions, &request.dimensions),
        (&mut work.year, &request.year),
    ] {
        if let Some(value) = value {
            column.clone_from(value);
        }
    }
    work.genre_id = genre.unwrap_or(work.genre_id);
}
