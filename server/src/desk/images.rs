//! Adding, removing and ordering the images of a work, while its auction may be changed.

use std::collections::BTreeSet;

use artipul_common::{Timestamp, UserId, auctions::Image, limits, problem::FieldError};

use super::{Answered, DeskError, Reply, edit::check, entry::Entry};
use crate::db::{
    Conn, DbResult,
    images::{self, ImageRow},
    works,
};

/// A change of the images of a work.
#[derive(Debug, Clone)]
pub(super) enum ImagesEdit {
    /// These come after those that are there. One that is there is not added again.
    Add(Vec<ImageRow>),
    /// The one of this name goes.
    Remove(String),
}

/// Changes the images of an auction's work.
pub(super) fn edit(
    conn: &mut Conn,
    entry: &mut Entry,
    seller: UserId,
    version: Option<i64>,
    edit: &ImagesEdit,
    now: Timestamp,
) -> DbResult<Answered> {
    let allowed =
        check(entry, version).and_then(|()| Ok(entry.auction.check_changeable(seller, now)?));
    if let Err(error) = allowed {
        return Ok(Err(error));
    }
    let work = entry.row.work_id;
    works::lock(conn, work)?;
    let old = images::of_work(conn, work)?;
    let changed = match edit {
        ImagesEdit::Add(added) => add(&old, added),
        ImagesEdit::Remove(name) => remove(&old, name).map(|new| (new, Reply::Done)),
    };
    let (new, reply) = match changed {
        Ok(changed) => changed,
        Err(error) => return Ok(Err(error)),
    };
    if new != old {
        images::replace(conn, work, &old, &new, now)?;
        entry.auction = entry.auction.with_changed_work();
        entry.is_changed = true;
    }
    Ok(Ok(reply))
}

fn add(old: &[ImageRow], added: &[ImageRow]) -> Result<(Vec<ImageRow>, Reply), DeskError> {
    let mut new = old.to_vec();
    let mut answer: Vec<Image> = Vec::new();
    for image in added {
        if new.iter().all(|known| known.name != image.name) {
            new.push(image.clone());
        }
        answer.push(image.image());
    }
    if new.len() > limits::MAX_IMAGES {
        let detail = format!("a work has at most {} pictures", limits::MAX_IMAGES);
        let error = FieldError::new("image", "too-many", detail);
        return Err(DeskError::Invalid(vec![error.bounded(limits::MAX_IMAGES as i64)]));
    }
    Ok((new, Reply::Images(answer)))
}

fn remove(old: &[ImageRow], name: &str) -> Result<Vec<ImageRow>, DeskError> {
    let new: Vec<ImageRow> = old.iter().filter(|image| image.name != name).cloned().collect();
    if new.len() == old.len() { Err(DeskError::NoSuchImage) } else { Ok(new) }
}

/// The images in another order, which has to name each of them once.
pub(super) fn reordered(old: &[ImageRow], order: &[String]) -> Result<Vec<ImageRow>, FieldError> {
    let names: BTreeSet<&String> = order.iter().collect();
    let find = |name: &String| old.iter().find(|image| image.name == *name).cloned();
    let new: Option<Vec<ImageRow>> = order.iter().map(find).collect();
    new.filter(|new| new.len() == old.len() && names.len() == old.len()).ok_or_else(|| {
        FieldError::new("images", "invalid", "must name each picture of the work once")
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;

    fn rows(names: &[&str]) -> Vec<ImageRow> {
        let row = |name: &&str| ImageRow {
            name: (*name).to_owned(),
            content_type: "image/png".to_owned(),
            width: 1,
            height: 1,
            bytes: 1,
            created_at: NaiveDateTime::default(),
        };
        names.iter().map(row).collect()
    }

    #[test]
    fn an_order_names_each_once() {
        let old = rows(&["a", "b", "c"]);
        let order = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            reordered(&old, &names).ok()
        };
        assert_eq!(order(&["c", "a", "b"]), Some(rows(&["c", "a", "b"])));
        let others: [&[&str]; 5] =
            [&[], &["a", "b"], &["a", "b", "b"], &["a", "b", "c", "c"], &["a", "b", "d"]];
        for names in others {
            assert_eq!(order(names), None, "{names:?}");
        }
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let old = rows(&["a", "b"]);
        let (new, reply) = add(&old, &rows(&["b", "c", "c"])).unwrap();
        assert_eq!(new, rows(&["a", "b", "c"]));
        let Reply::Images(answer) = reply else { panic!("{reply:?}") };
        let names: Vec<&str> = answer.iter().map(|image| image.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "c"], "what was sent, as it was sent");
    }
}
