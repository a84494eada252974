//! Pages of lists: their length, and cursors that belong to one list only.

use artipul_common::{limits, page::Page, problem::ProblemCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::problem::Failure;
use crate::digest::sha256_hex;

/// How many items a page has.
///
/// # Errors
/// `invalid-query` if it is out of bounds.
pub fn limit(asked: Option<u32>) -> Result<usize, Failure> {
    let limit = asked.unwrap_or(limits::DEFAULT_PAGE);
    if !limits::PAGE.contains(&limit) {
        let (least, most) = (limits::PAGE.start(), limits::PAGE.end());
        let detail = format!("limit must be {least} to {most}");
        return Err(Failure::new(ProblemCode::InvalidQuery, detail));
    }
    Ok(limit as usize)
}

/// Turns places in a list into cursors and back. A cursor of another list is refused.
#[derive(Debug, Clone)]
pub struct Cursors {
    list: String,
}

impl Cursors {
    /// The cursors of the list with this name; filters and order are part of the name.
    pub fn of(list: &[&(dyn std::fmt::Display + Sync)]) -> Self {
        let mut list = sha256_hex(list);
        list.truncate(8);
        Self { list }
    }

    /// The cursor of a place: two numbers.
    pub fn write(&self, key: i64, id: i64) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{key}.{id}", self.list))
    }

    /// The place of a cursor.
    ///
    /// # Errors
    /// `invalid-cursor` if it is none of this list.
    pub fn read(&self, cursor: Option<&str>) -> Result<Option<(i64, i64)>, Failure> {
        let Some(cursor) = cursor else { return Ok(None) };
        let decoded =
            URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|text| String::from_utf8(text).ok());
        let place = decoded.as_deref().and_then(|text| {
            let mut parts = text.split('.');
            let is_ours = parts.next()? == self.list;
            let place = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            (is_ours && parts.next().is_none()).then_some(place)
        });
        place.map(Some).ok_or_else(|| {
            let detail = "the cursor belongs to another list, or to other filters";
            Failure::new(ProblemCode::InvalidCursor, detail)
        })
    }

    /// A page of `limit` items from one more than that, so that it is known whether more follow.
    pub fn page<T>(
        &self,
        mut items: Vec<T>,
        limit: usize,
        place: impl Fn(&T) -> (i64, i64),
    ) -> (Vec<T>, Option<String>) {
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| {
            let (key, id) = place(last);
            self.write(key, id)
        });
        (items, next)
    }
}

/// A page as it is answered.
pub fn page<T>(items: Vec<T>, next_cursor: Option<String>) -> Page<T> {
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let cursors = Cursors::of(&[&"auctions", &"painting"]);
        let cursor = cursors.write(-5, 7);
        assert_eq!(cursors.read(Some(&cursor)).unwrap(), Some((-5, 7)));
        assert_eq!(cursors.read(None).unwrap(), None);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursors::of(&[&"auctions", &"painting"]).write(5, 7);
        let others = Cursors::of(&[&"auctions", &"ceramics"]);
        for cursor in [cursor.as_str(), "", "?", "AAAA", "YWJjLjEuMg"] {
            assert!(others.read(Some(cursor)).is_err(), "{cursor}");
        }
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let cursors = Cursors::of(&[]);
        let place = |item: &i64| (*item, *item);
        assert_eq!(cursors.page(vec![1, 2], 2, place), (vec![1, 2], None));
        let (items, next) = cursors.page(vec![1, 2, 3], 2, place);
        assert_eq!((items, next), (vec![1, 2], Some(cursors.write(2, 2))));
    }
}
