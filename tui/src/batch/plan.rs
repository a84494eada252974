//! What a batch would do: what is new, what is listed already, and what is listed otherwise.

use std::collections::HashMap;

use artipul_common::auctions::Auction;

use super::rows::Row;

/// What is listed already, by reference: the newest auction of each work.
#[derive(Debug, Default)]
pub(crate) struct Listed(HashMap<String, Auction>);

impl Extend<Auction> for Listed {
    /// Auctions come newest first.
    fn extend<I: IntoIterator<Item = Auction>>(&mut self, auctions: I) {
        for auction in auctions {
            if let Some(reference) = auction.reference.clone() {
                self.0.entry(reference).or_insert(auction);
            }
        }
    }
}

/// What a batch would do. What is listed stays as it is: its terms may stand already.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Rows that are not listed.
    pub(crate) new: Vec<Row>,
    /// Rows that are listed as they stand.
    pub(crate) same: Vec<Row>,
    /// Rows that are listed with other texts, and which.
    pub(crate) differing: Vec<(Row, Vec<&'static str>)>,
}

/// One row of a plan.
pub(crate) enum Step<'p> {
    /// It would be listed.
    New(&'p Row),
    /// It is listed.
    Same(&'p Row),
    /// It is listed with other texts.
    Differs(&'p Row, &'p [&'static str]),
}

impl Plan {
    pub(crate) fn new(rows: Vec<Row>, listed: &Listed) -> Self {
        let mut plan = Self::default();
        for row in rows {
            match listed.0.get(row.reference()) {
                None => plan.new.push(row),
                Some(auction) => match differences(&row, auction) {
                    fields if fields.is_empty() => plan.same.push(row),
                    fields => plan.differing.push((row, fields)),
                },
            }
        }
        plan
    }

    /// All rows, in the order of the file.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let new = self.new.iter().map(|row| (row.line, Step::New(row)));
        let same = self.same.iter().map(|row| (row.line, Step::Same(row)));
        let differing =
            self.differing.iter().map(|(row, fields)| (row.line, Step::Differs(row, fields)));
        let mut steps: Vec<_> = new.chain(same).chain(differing).collect();
        steps.sort_by_key(|(line, _)| *line);
        steps.into_iter().map(|(_, step)| step).collect()
    }
}

/// In which texts a row and its auction differ. Times are not compared: a length of time from now
/// is another moment in every run; nor are prices, which the seller may have changed since.
fn differences(row: &Row, auction: &Auction) -> Vec<&'static str> {
    let request = &row.request;
    let mut fields = Vec::new();
    let mut compare = |field, is_same: bool| {
        if !is_same {
            fields.push(field);
        }
    };
    compare("title", request.title == auction.title);
    compare("artist", request.artist.as_ref().is_none_or(|artist| *artist == auction.artist));
    compare("description", request.description == auction.description);
    compare("genre", request.genre == auction.genre);
    compare("tags", same_tags(&request.tags, &auction.tags));
    compare("medium", request.medium == auction.medium);
    compare("dimensions", request.dimensions == auction.dimensions);
    compare("year", request.year == auction.year);
    fields
}

/// A tag that somebody else spelled first keeps his spelling.
fn same_tags(wanted: &[String], listed: &[String]) -> bool {
    let folded = |tags: &[String]| -> Vec<String> {
        tags.iter().map(|tag| artipul_common::text::fold(tag)).collect()
    };
    folded(wanted) == folded(listed)
}
