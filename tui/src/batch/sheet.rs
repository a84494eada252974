//! Reads a file of works into records: cells by column, with the line where each begins.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::{Spanned, Table, Value};

/// One work as it stands in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line where it begins, from 1.
    pub(crate) line: u64,
    /// Its cells that are not empty, by the file's column names.
    pub(crate) cells: BTreeMap<String, String>,
}

/// Reads a file: TOML by its ending, otherwise CSV.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        read_toml(&bytes)
    } else {
        read_csv(&bytes)
    }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Record>, String> {
    // Spreadsheets mark UTF-8 so.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        return Err(format!("line {line} is not UTF-8; save the file as UTF-8"));
    }
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    for (place, name) in columns.iter().enumerate() {
        if !name.is_empty() && columns[..place].contains(name) {
            return Err(format!("the column {name:?} stands twice"));
        }
    }
    let record = |row: csv::Result<csv::StringRecord>| {
        let row = row.map_err(|error| error.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        let cells = columns.iter().zip(&row).map(|(name, cell)| (name.clone(), cell.trim()));
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        Ok(Record { line, cells: cells.map(|(name, cell)| (name, cell.to_owned())).collect() })
    };
    reader.records().map(record).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "work")]
    works: Vec<Spanned<Table>>,
}

fn read_toml(bytes: &[u8]) -> Result<Vec<Record>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let record = |work: Spanned<Table>| {
        let start = work.span().start.min(text.len());
        let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        let mut record = Record { line: line as u64, ..Record::default() };
        for (name, value) in work.into_inner() {
            let cell = cell(&value).ok_or_else(|| format!("line {line}: {name} is no text"))?;
            if !cell.trim().is_empty() {
                record.cells.insert(name, cell.trim().to_owned());
            }
        }
        Ok(record)
    };
    file.works.into_iter().map(record).collect()
}

fn cell(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(is_so) => is_so.to_string(),
        Value::Datetime(moment) => moment.to_string(),
        Value::Array(values) => values.iter().map(cell).collect::<Option<Vec<_>>>()?.join(";"),
        Value::Float(_) | Value::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &Record) -> Vec<(&str, &str)> {
        record.cells.iter().map(|(name, cell)| (name.as_str(), cell.as_str())).collect()
    }

    #[test]
    fn a_cell_may_have_commas_quotes_and_line_ends() {
        let file = "title,artist\n\"A \"\"B\"\",\nC\",Kim\nD,\n";
        let records = read_csv(file.as_bytes()).unwrap();
        assert_eq!(cells(&records[0]), [("artist", "Kim"), ("title", "A \"B\",\nC")]);
        assert_eq!(records[0].line, 2);
        assert_eq!(cells(&records[1]), [("title", "D")], "an empty cell is none");
        assert_eq!(records[1].line, 4);
    }

    #[test]
    fn a_spreadsheets_mark_is_no_part_of_the_first_column() {
        let records = read_csv("\u{feff}title\r\n달\r\n".as_bytes()).unwrap();
        assert_eq!(cells(&records[0]), [("title", "달")]);
    }

    #[test]
    fn what_is_no_table_is_told_with_its_line() {
        assert!(read_csv(b"title\nok\n\xb4\xde\n").unwrap_err().contains("line 3"));
        assert!(read_csv(b"title,title\n").unwrap_err().contains("twice"));
        assert!(read_csv(b"title,artist\na\n").unwrap_err().contains("line: 2"));
    }

    #[test]
    fn toml_gives_the_same_records() {
        let file = "[[work]]\ntitle = \"달\"\nyear = 2026\ntags = [\"a\", \"b\"]\n\n[[work]]\ntitle = \"B\"\ndraft = true\n";
        let records = read_toml(file.as_bytes()).unwrap();
        assert_eq!(cells(&records[0]), [("tags", "a;b"), ("title", "달"), ("year", "2026")]);
        assert_eq!(cells(&records[1]), [("draft", "true"), ("title", "B")]);
        assert_eq!((records[0].line, records[1].line), (1, 6));
        assert!(read_toml(b"[[work]]\ntitle = 1.5").unwrap_err().contains("line 1"));
        assert!(read_toml(b"[[works]]\n").is_err());
    }
}
