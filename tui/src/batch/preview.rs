//! A file as it is shown before its works are listed: every row with what would become of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use artipul_common::{
    Money, Timestamp,
    client::{Client, ClientError},
    problem::FieldError,
};

use super::{
    plan::{Plan, Step},
    rows::{self, Row, RowError},
    rules::Rules,
    sheet::{self, Record},
};
use crate::ui::text;

/// What would become of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It would be listed.
    New(Box<Row>),
    /// It is listed as it stands.
    Same,
    /// It is listed with other texts, and in these they differ.
    Differs(Vec<&'static str>),
    /// It cannot be listed.
    Wrong(Vec<FieldError>),
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it stands in the file.
    pub(crate) line: u64,
    /// Its title, safe to show.
    pub(crate) title: String,
    pub(crate) genre: String,
    pub(crate) start_price: Option<Money>,
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) fate: Fate,
}

/// All rows of a file, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preview {
    /// What the file is called.
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
}

/// Why there is nothing to show.
#[derive(Debug, Clone)]
pub(crate) enum PreviewError {
    /// There is no such file.
    Missing,
    /// The file is no table of works.
    File(String),
    /// The server could not be asked what is listed.
    Server(ClientError),
}

impl From<ClientError> for PreviewError {
    fn from(error: ClientError) -> Self {
        Self::Server(error)
    }
}

/// Reads a file and asks the server what of it is listed already. Nothing is listed.
pub(crate) async fn read(client: &Client, path: &Path) -> Result<Preview, PreviewError> {
    let rules = Rules::default();
    let file = path.to_owned();
    let records = tokio::task::spawn_blocking(move || sheet::read(&file)).await;
    let records = records
        .map_err(|error| PreviewError::File(error.to_string()))?
        .map_err(PreviewError::File)?;
    rules.check(&records).map_err(PreviewError::File)?;
    let genres = client.genres().await?.items;
    let slugs: BTreeSet<String> = genres.into_iter().map(|genre| genre.slug).collect();
    let (rows, errors) = rows::all(&records, &rules, &slugs, client.clock().now());
    let plan = Plan::new(rows, &super::listed(client).await?);
    let name = path.file_name().map(|name| name.to_string_lossy());
    Ok(Preview {
        name: text::clean(&name.unwrap_or_default()),
        entries: entries(&plan, errors, &records, &rules),
    })
}

fn entries(plan: &Plan, errors: Vec<RowError>, records: &[Record], rules: &Rules) -> Vec<Entry> {
    let mut entries: BTreeMap<u64, Entry> = BTreeMap::new();
    for step in plan.steps() {
        let (row, fate) = match step {
            Step::New(row) => (row, Fate::New(Box::new(row.clone()))),
            Step::Same(row) => (row, Fate::Same),
            Step::Differs(row, fields) => (row, Fate::Differs(fields.to_vec())),
        };
        let request = &row.request;
        let entry = Entry {
            line: row.line,
            title: text::clean(&request.title),
            genre: request.genre.clone(),
            start_price: Some(request.start_price),
            ends_at: Some(request.ends_at),
            fate,
        };
        entries.insert(row.line, entry);
    }
    for error in errors {
        let record = records.iter().find(|record| record.line == error.line);
        let cell = |column| record.and_then(|record| rules.value(record, column));
        let entry = Entry {
            line: error.line,
            title: text::clean(cell("title").unwrap_or_default()),
            genre: text::clean(cell("genre").unwrap_or_default()),
            start_price: None,
            ends_at: None,
            fate: Fate::Wrong(error.faults),
        };
        entries.insert(error.line, entry);
    }
    entries.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{batch::plan::Listed, samples};

    fn record(line: u64, title: &str, price: &str) -> Record {
        let cells = [
            ("reference", format!("A{line}")),
            ("title", title.to_owned()),
            ("genre", "painting".to_owned()),
            ("start_price", price.to_owned()),
            ("ends_at", "7d".to_owned()),
        ];
        let cells = cells.into_iter().map(|(name, cell)| (name.to_owned(), cell));
        Record { line, cells: cells.collect() }
    }

    #[test]
    fn every_row_is_shown_once_in_the_order_of_the_file() {
        let records = [
            record(2, "New", "10000"),
            record(3, "Wro\u{1b}ng", "cheap"),
            record(4, "Listed", "10000"),
        ];
        let genres = BTreeSet::from(["painting".to_owned()]);
        let rules = Rules::default();
        let (rows, errors) = rows::all(&records, &rules, &genres, samples::now());
        let mut auction = samples::auction(1);
        auction.reference = Some("A4".into());
        let mut listed = Listed::default();
        listed.extend([auction]);
        let plan = Plan::new(rows, &listed);
        let entries = entries(&plan, errors, &records, &rules);
        let titles: Vec<_> = entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["New", "Wro ng", "Listed"]);
        assert!(matches!(entries[0].fate, Fate::New(_)));
        assert!(
            matches!(&entries[1].fate, Fate::Wrong(faults) if faults[0].field == "start_price")
        );
        assert!(matches!(&entries[2].fate, Fate::Differs(fields) if fields.contains(&"title")));
    }
}
