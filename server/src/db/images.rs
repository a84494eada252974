//! The images of works, and those that may be no work's.
//!
//! What is kept of an image is older than the first row that names it, and stays as long as one
//! does. An image is *loose* from before it is kept, and again from when a work loses it. One that
//! has been loose for long is named by no upload under way, so it can be looked whether a work
//! names it, and removed if none does.

use std::collections::HashMap;

use artipul_common::{Timestamp, WorkId, auctions::Image};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, Link,
    bulk::as_given,
    on,
    schema::{images, loose_images, suspended_works},
    types::column,
};

/// An image of a work, without its place among them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = images)]
pub struct ImageRow {
    /// Its name, made from its content.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Width in pixels.
    pub width: i32,
    /// Height in pixels.
    pub height: i32,
    /// Size in bytes.
    pub bytes: i64,
    /// When it was added.
    pub created_at: NaiveDateTime,
}

impl ImageRow {
    /// The image as the API shows it.
    pub fn image(&self) -> Image {
        Image {
            url: format!("/v1/images/{}", self.name),
            name: self.name.clone(),
            width: self.width.unsigned_abs(),
            height: self.height.unsigned_abs(),
        }
    }
}

/// The images of a work, in their order.
///
/// # Errors
/// As the database says.
pub fn of_work(conn: &mut Conn, work: WorkId) -> DbResult<Vec<ImageRow>> {
    Ok(on!(conn, |c| images::table
        .filter(images::work_id.eq(work))
        .order(images::position)
        .select(ImageRow::as_select())
        .load(c))?)
}

/// The images of works, in their order.
///
/// # Errors
/// As the database says.
pub fn of_works(conn: &mut Conn, works: Vec<WorkId>) -> DbResult<HashMap<WorkId, Vec<Image>>> {
    let rows: Vec<(WorkId, ImageRow)> = on!(conn, |c| images::table
        .filter(images::work_id.eq_any(works))
        .order((images::work_id, images::position))
        .select((images::work_id, ImageRow::as_select()))
        .load(c))?;
    let mut by_work: HashMap<WorkId, Vec<Image>> = HashMap::new();
    for (work, row) in rows {
        by_work.entry(work).or_default().push(row.image());
    }
    Ok(by_work)
}

/// Gives a work its images, in this order, instead of those that it has, which are `old`.
///
/// # Errors
/// As the database says.
pub fn replace(
    conn: &mut Conn,
    work: WorkId,
    old: &[ImageRow],
    new: &[ImageRow],
    now: Timestamp,
) -> DbResult<()> {
    for lost in old.iter().filter(|old| new.iter().all(|new| new.name != old.name)) {
        loosen(conn, &lost.name, now)?;
    }
    on!(conn, |c| diesel::delete(images::table.filter(images::work_id.eq(work))).execute(c))?;
    for (position, image) in (0i32..).zip(new) {
        let row = (
            images::work_id.eq(work),
            images::position.eq(position),
            images::name.eq(&image.name),
            images::content_type.eq(&image.content_type),
            images::width.eq(image.width),
            images::height.eq(image.height),
            images::bytes.eq(image.bytes),
            images::created_at.eq(image.created_at),
        );
        on!(conn, |c| diesel::insert_into(images::table).values(row).execute(c))?;
    }
    Ok(())
}

/// An image of this name, if a work has one that is not suspended.
///
/// # Errors
/// As the database says.
pub fn find(conn: &mut Conn, name: &str) -> DbResult<Option<ImageRow>> {
    Ok(on!(conn, |c| images::table
        .filter(images::name.eq(name))
        .filter(images::work_id.ne_all(suspended_works::table.select(suspended_works::work_id)))
        .select(ImageRow::as_select())
        .first(c)
        .optional())?)
}

/// Notes that an image may be no work's from now on.
///
/// # Errors
/// As the database says.
pub fn loosen(conn: &mut Conn, name: &str, now: Timestamp) -> DbResult<()> {
    let row = (loose_images::name.eq(name), loose_images::since.eq(column(now)));
    match conn.link()? {
        Link::Sqlite(c) => diesel::insert_into(loose_images::table)
            .values(row)
            .on_conflict(loose_images::name)
            .do_update()
            .set(loose_images::since.eq(column(now)))
            .execute(c)?,
        Link::Mysql(c) => diesel::insert_into(loose_images::table)
            .values(row)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set(as_given!(loose_images: since))
            .execute(c)?,
    };
    Ok(())
}

/// Images that have been loose since before a time, the longest first.
///
/// # Errors
/// As the database says.
pub fn loose_before(conn: &mut Conn, before: Timestamp, limit: i64) -> DbResult<Vec<String>> {
    Ok(on!(conn, |c| loose_images::table
        .filter(loose_images::since.lt(column(before)))
        .order(loose_images::since)
        .limit(limit)
        .select(loose_images::name)
        .load(c))?)
}

/// What became of an image that was loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A work names it.
    Named,
    /// No work does.
    Orphan,
    /// It was loosened again, or somebody else has looked after it.
    Undecided,
}

/// What became of an image that has been loose since before a time. Until the transaction ends,
/// nobody can loosen it again, so of an orphan nobody has begun to make use again.
///
/// # Errors
/// As the database says.
pub fn fate(conn: &mut Conn, name: &str, before: Timestamp) -> DbResult<Fate> {
    let since: Option<NaiveDateTime> = match conn.link()? {
        // The transaction is the only one that writes.
        Link::Sqlite(c) => {
            loose_images::table.find(name).select(loose_images::since).first(c).optional()?
        }
        Link::Mysql(c) => loose_images::table
            .find(name)
            .select(loose_images::since)
            .for_update()
            .first(c)
            .optional()?,
    };
    if since.is_none_or(|since| since >= column(before)) {
        return Ok(Fate::Undecided);
    }
    Ok(if find(conn, name)?.is_some() { Fate::Named } else { Fate::Orphan })
}

/// Forgets that an image was loose.
///
/// # Errors
/// As the database says.
pub fn settle(conn: &mut Conn, name: &str) -> DbResult<()> {
    on!(conn, |c| diesel::delete(loose_images::table.find(name)).execute(c))?;
    Ok(())
}
