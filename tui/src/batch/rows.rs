//! Turns records into works to be listed, or says what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use artipul_common::{
    Money, Timestamp, auctions::ListWorkRequest, limits, problem::FieldError, text,
};
use sha2::{Digest, Sha256};

use super::{rules::Rules, sheet::Record};
use crate::ui::{
    money::parse_won,
    time::{Zone, parse_moment},
};

/// A work to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Where it stands in the file.
    pub(crate) line: u64,
    /// What is asked of the server; it has a reference.
    pub(crate) request: ListWorkRequest,
}

impl Row {
    /// By this a later run knows it again.
    pub(crate) fn reference(&self) -> &str {
        self.request.reference.as_deref().unwrap_or_default()
    }

    /// The key under which it is listed: a row that is sent again is listed once.
    pub(crate) fn key(&self) -> String {
        digest(&[self.reference(), &self.request.ends_at.to_rfc3339()])
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowError {
    /// Where it stands in the file.
    pub(crate) line: u64,
    /// One fault per field.
    pub(crate) faults: Vec<FieldError>,
}

/// The works of a file, and what is wrong with the others.
pub(crate) fn all(
    records: &[Record],
    rules: &Rules,
    genres: &BTreeSet<String>,
    now: Timestamp,
) -> (Vec<Row>, Vec<RowError>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut errors = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for record in records {
        match row(record, rules, genres, now) {
            Err(faults) => errors.push(RowError { line: record.line, faults }),
            Ok(row) => {
                let first = *lines.entry(row.reference().to_owned()).or_insert(row.line);
                if first == row.line {
                    rows.push(row);
                } else {
                    let detail = format!("the same as in line {first}");
                    let faults = vec![FieldError::new("reference", "duplicate", detail)];
                    errors.push(RowError { line: row.line, faults });
                }
            }
        }
    }
    (rows, errors)
}

fn row(
    record: &Record,
    rules: &Rules,
    genres: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Row, Vec<FieldError>> {
    let mut reader = Reader { record, rules, now, faults: Vec::new() };
    let request = reader.request();
    let mut faults = reader.faults;
    if !genres.contains(&request.genre) && !request.genre.is_empty() {
        let detail = format!("there is no genre {:?}", request.genre);
        faults.push(FieldError::new("genre", "unknown", detail));
    }
    match request.validated() {
        // What could not be read has no value to be judged.
        Err(wrong) => {
            let known: BTreeSet<String> = faults.iter().map(|fault| fault.field.clone()).collect();
            faults.extend(wrong.into_iter().filter(|fault| !known.contains(&fault.field)));
            Err(faults)
        }
        Ok(_) if !faults.is_empty() => Err(faults),
        Ok(mut request) => {
            request.reference.get_or_insert_with(|| made_reference(&request_parts(record)));
            Ok(Row { line: record.line, request })
        }
    }
}

/// Reads the cells of one record.
struct Reader<'r> {
    record: &'r Record,
    rules: &'r Rules,
    now: Timestamp,
    faults: Vec<FieldError>,
}

impl<'r> Reader<'r> {
    fn request(&mut self) -> ListWorkRequest {
        let tags = self.tags();
        let mut description = self.paragraph("description");
        if tags.len() > limits::MAX_TAGS {
            let all = tags.join(" · ");
            description =
                if description.is_empty() { all } else { format!("{description}\n\n{all}") };
        }
        ListWorkRequest {
            title: self.line("title").unwrap_or_default(),
            description,
            genre: self.line("genre").unwrap_or_default(),
            tags: tags.into_iter().take(limits::MAX_TAGS).collect(),
            artist: self.line("artist"),
            medium: self.line("medium"),
            dimensions: self.line("dimensions"),
            year: self.line("year"),
            reference: self.line("reference"),
            start_price: self.price("start_price").unwrap_or_else(|| {
                self.missing("start_price");
                limits::BID_UNIT
            }),
            reserve_price: self.price("reserve_price"),
            buy_now_price: self.price("buy_now_price"),
            starts_at: self.moment("starts_at"),
            ends_at: self.moment("ends_at").unwrap_or_else(|| {
                self.missing("ends_at");
                self.now
            }),
            draft: self.draft(),
        }
    }

    fn cell(&self, column: &str) -> Option<&'r str> {
        self.rules.value(self.record, column)
    }

    fn missing(&mut self, column: &str) {
        if !self.faults.iter().any(|fault| fault.field == column) {
            self.faults.push(FieldError::new(column, "required", "must not be empty"));
        }
    }

    /// One line: what stands between line ends and tabs in the file is one text.
    fn line(&self, column: &str) -> Option<String> {
        self.cell(column).map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn paragraph(&self, column: &str) -> String {
        self.cell(column).unwrap_or_default().replace("\r\n", "\n").replace('\r', "\n")
    }

    fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for tag in self.cell("tags").unwrap_or_default().split(';') {
            let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ");
            if !tag.is_empty() && seen.insert(text::fold(&tag)) {
                tags.push(tag);
            }
        }
        tags
    }

    fn price(&mut self, column: &str) -> Option<Money> {
        let cell = self.cell(column)?;
        let price = parse_won(cell);
        if price.is_none() {
            let detail = format!("{cell:?} is no amount");
            self.faults.push(FieldError::new(column, "invalid", detail));
        }
        price
    }

    fn moment(&mut self, column: &str) -> Option<Timestamp> {
        let cell = self.cell(column)?;
        let moment =
            parse_moment(cell, self.now, Zone::Local).or_else(|| cell.parse::<Timestamp>().ok());
        if moment.is_none() {
            let detail = format!("{cell:?} is no moment");
            self.faults.push(FieldError::new(column, "invalid", detail));
        }
        moment
    }

    fn draft(&mut self) -> bool {
        let Some(cell) = self.cell("draft") else { return false };
        match cell.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            _ => {
                let detail = format!("{cell:?} is neither true nor false");
                self.faults.push(FieldError::new("draft", "invalid", detail));
                false
            }
        }
    }
}

/// All cells of a record: two records are the same work if all of them are.
fn request_parts(record: &Record) -> Vec<&str> {
    record.cells.iter().flat_map(|(name, cell)| [name.as_str(), cell.as_str()]).collect()
}

fn made_reference(parts: &[&str]) -> String {
    format!("row-{}", &digest(parts)[..24])
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn record(line: u64, cells: &[(&str, &str)]) -> Record {
        let mut all = BTreeMap::from([
            ("title".to_owned(), "A work".to_owned()),
            ("genre".to_owned(), "painting".to_owned()),
            ("start_price".to_owned(), "10,000".to_owned()),
            ("ends_at".to_owned(), "7d".to_owned()),
        ]);
        for (name, cell) in cells {
            all.insert((*name).to_owned(), (*cell).to_owned());
        }
        all.retain(|_, cell| !cell.is_empty());
        Record { line, cells: all }
    }

    fn read(records: &[Record]) -> (Vec<Row>, Vec<RowError>) {
        let genres = BTreeSet::from(["painting".to_owned()]);
        all(records, &Rules::default(), &genres, now())
    }

    fn one(cells: &[(&str, &str)]) -> ListWorkRequest {
        let (mut rows, errors) = read(&[record(2, cells)]);
        assert_eq!(errors, []);
        rows.remove(0).request
    }

    fn faults(cells: &[(&str, &str)]) -> Vec<(String, String)> {
        let (_, errors) = read(&[record(2, cells)]);
        let faults = errors.into_iter().flat_map(|error| error.faults);
        faults.map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn cells_become_a_request() {
        let request = one(&[("year", "c.1805–10"), ("artist", "William\n\tBlake")]);
        assert_eq!(request.start_price, Money::new(10_000));
        assert_eq!(request.ends_at, now() + TimeDelta::days(7));
        assert_eq!(request.artist.as_deref(), Some("William Blake"), "on one line");
        assert_eq!(request.year.as_deref(), Some("c.1805–10"));
        assert!(!request.draft);
    }

    #[test]
    fn three_tags_are_tags_and_all_are_told() {
        let request = one(&[("tags", "Dante; ; hell;Hell; fire; smoke")]);
        assert_eq!(request.tags, ["Dante", "hell", "fire"]);
        assert_eq!(request.description, "Dante · hell · fire · smoke");
        let request = one(&[("tags", "a;b"), ("description", "Words.")]);
        assert_eq!(request.description, "Words.");
    }

    #[test]
    fn every_fault_of_a_row_is_told_at_once() {
        let told = faults(&[
            ("title", &"x".repeat(500)),
            ("genre", "nonsense"),
            ("start_price", "cheap"),
            ("ends_at", "soon"),
            ("draft", "maybe"),
        ]);
        let expected = [
            ("start_price", "invalid"),
            ("ends_at", "invalid"),
            ("draft", "invalid"),
            ("genre", "unknown"),
            ("title", "too-long"),
        ];
        assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    }

    #[test]
    fn what_is_needed_and_missing_is_told() {
        let told = faults(&[("genre", ""), ("start_price", ""), ("ends_at", "")]);
        let fields: Vec<_> = told.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["start_price", "ends_at", "genre"]);
        assert!(told.iter().all(|(_, code)| code == "required"));
    }

    #[test]
    fn a_reference_is_made_from_the_row_and_stays() {
        let reference = |cells: &[(&str, &str)]| one(cells).reference.unwrap();
        assert_eq!(reference(&[]), reference(&[]));
        assert_ne!(reference(&[]), reference(&[("year", "2026")]));
        assert_eq!(reference(&[("reference", "A00009")]), "A00009");
    }

    #[test]
    fn a_reference_stands_once() {
        let (rows, errors) = read(&[
            record(2, &[("reference", "A1")]),
            record(3, &[("reference", "A2")]),
            record(4, &[("reference", "A1"), ("title", "Another")]),
        ]);
        assert_eq!(rows.len(), 2);
        assert_eq!(errors[0].line, 4);
        assert!(errors[0].faults[0].detail.contains("line 2"));
    }
}
