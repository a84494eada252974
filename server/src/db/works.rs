//! Works, their genre, tags and search terms.

use std::collections::HashMap;

use artipul_common::{
    UserId, WorkId,
    auctions::{Bilingual, Genre},
    text,
};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    Conn, DbResult, Link,
    bulk::CHUNK,
    on,
    schema::{genres, search_terms, tags, work_tags, works},
};

/// A genre with its key in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenreRow {
    /// Its key.
    pub id: i32,
    /// As the API shows it.
    pub genre: Genre,
}

/// All genres, in the order in which they are shown.
///
/// # Errors
/// As the database says.
pub fn genres(conn: &mut Conn) -> DbResult<Vec<GenreRow>> {
    let rows: Vec<(i32, String, String, String)> = on!(conn, |c| genres::table
        .order(genres::position)
        .select((genres::id, genres::slug, genres::name_ko, genres::name_en))
        .load(c))?;
    let row =
        |(id, slug, ko, en)| GenreRow { id, genre: Genre { slug, name: Bilingual { ko, en } } };
    Ok(rows.into_iter().map(row).collect())
}

/// A work's own columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = works, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct WorkRow {
    /// Whose it is.
    pub seller_id: UserId,
    /// Its genre.
    pub genre_id: i32,
    /// Its title.
    pub title: String,
    /// The artist's name on its label.
    pub artist: String,
    /// What the seller says of it.
    pub description: String,
    /// What it is made of.
    pub medium: Option<String>,
    /// How large it is.
    pub dimensions: Option<String>,
    /// When it was made.
    pub year: Option<String>,
    /// The seller's own reference.
    pub reference: Option<String>,
    /// When it was first listed.
    pub created_at: NaiveDateTime,
}

/// Puts a work with its tags into the database and makes it searchable.
///
/// # Errors
/// [`super::DbError::Duplicate`] of `works.reference` if the seller has one with this reference.
pub fn insert(conn: &mut Conn, work: &WorkRow, tags: &[String]) -> DbResult<WorkId> {
    on!(conn, |c| diesel::insert_into(works::table).values(work).execute(c))?;
    let id = WorkId::new(conn.last_insert_id()?);
    tag(conn, id, tags)?;
    index(conn, id, work, tags)?;
    Ok(id)
}

/// Locks a work, so that it is offered once at a time.
///
/// # Errors
/// As the database says.
pub fn lock(conn: &mut Conn, id: WorkId) -> DbResult<WorkRow> {
    Ok(match conn.link()? {
        Link::Sqlite(c) => works::table.find(id).select(WorkRow::as_select()).first(c)?,
        Link::Mysql(c) => {
            works::table.find(id).select(WorkRow::as_select()).for_update().first(c)?
        }
    })
}

/// Writes a work back, with other tags where they are given.
///
/// # Errors
/// As the database says.
pub fn save(
    conn: &mut Conn,
    id: WorkId,
    work: &WorkRow,
    new_tags: Option<&[String]>,
) -> DbResult<()> {
    on!(conn, |c| diesel::update(works::table.find(id)).set(work).execute(c))?;
    if let Some(tags) = new_tags {
        on!(conn, |c| diesel::delete(work_tags::table.filter(work_tags::work_id.eq(id)))
            .execute(c))?;
        tag(conn, id, tags)?;
    }
    let kept;
    let tags = match new_tags {
        Some(tags) => tags,
        None => {
            kept = tags_of(conn, vec![id])?.remove(&id).unwrap_or_default();
            &kept
        }
    };
    on!(conn, |c| diesel::delete(search_terms::table.filter(search_terms::work_id.eq(id)))
        .execute(c))?;
    index(conn, id, work, tags)
}

#[derive(Insertable)]
#[diesel(table_name = work_tags)]
struct WorkTagRow {
    work_id: WorkId,
    position: i32,
    tag_id: i64,
}

fn tag(conn: &mut Conn, work_id: WorkId, names: &[String]) -> DbResult<()> {
    for (position, name) in (0..).zip(names) {
        let key = text::fold(name);
        let row = (tags::name.eq(name), tags::name_key.eq(&key));
        let find = || tags::table.filter(tags::name_key.eq(&key)).select(tags::id);
        // The first spelling of a tag stays; a tag that somebody else adds meanwhile is his.
        let tag_id: i64 = match conn.link()? {
            Link::Sqlite(c) => {
                diesel::insert_into(tags::table).values(row).on_conflict_do_nothing().execute(c)?;
                find().first(c)?
            }
            Link::Mysql(c) => match find().first(c).optional()? {
                Some(id) => id,
                None => {
                    diesel::insert_or_ignore_into(tags::table).values(row).execute(c)?;
                    find().first(c)?
                }
            },
        };
        let row = WorkTagRow { work_id, position, tag_id };
        on!(conn, |c| diesel::insert_into(work_tags::table).values(row).execute(c))?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = search_terms)]
struct TermRow {
    term: String,
    work_id: WorkId,
}

fn index(conn: &mut Conn, work_id: WorkId, work: &WorkRow, tags: &[String]) -> DbResult<()> {
    let medium = work.medium.as_deref().unwrap_or_default();
    let text = format!("{} {} {medium} {}", work.title, work.artist, tags.join(" "));
    let rows: Vec<TermRow> =
        text::index_terms(&text).into_iter().map(|term| TermRow { term, work_id }).collect();
    for rows in rows.chunks(CHUNK) {
        on!(conn, |c| diesel::insert_into(search_terms::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// The tags of works, in their order.
///
/// # Errors
/// As the database says.
pub fn tags_of(conn: &mut Conn, works: Vec<WorkId>) -> DbResult<HashMap<WorkId, Vec<String>>> {
    let rows: Vec<(WorkId, String)> = on!(conn, |c| work_tags::table
        .inner_join(tags::table)
        .filter(work_tags::work_id.eq_any(works))
        .order((work_tags::work_id, work_tags::position))
        .select((work_tags::work_id, tags::name))
        .load(c))?;
    let mut by_work: HashMap<WorkId, Vec<String>> = HashMap::new();
    for (work, tag) in rows {
        by_work.entry(work).or_default().push(tag);
    }
    Ok(by_work)
}
