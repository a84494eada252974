//! How a file's columns and values are read: from flags, and from a file of rules.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;

use super::sheet::Record;

/// The columns, by our names.
pub(crate) const COLUMNS: [&str; 15] = [
    "reference",
    "title",
    "artist",
    "description",
    "genre",
    "tags",
    "medium",
    "dimensions",
    "year",
    "start_price",
    "reserve_price",
    "buy_now_price",
    "starts_at",
    "ends_at",
    "draft",
];

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Flags {
    /// A TOML file of rules: [columns], [genres], [defaults].
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Our column is the file's: `tags=subjects`. Repeatable.
    #[arg(long = "column", value_name = "OURS=THEIRS", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// A value of the genre column is a genre: `on paper, print=printmaking`. Repeatable.
    #[arg(long = "genre", value_name = "VALUE=GENRE", value_parser = pair)]
    genres: Vec<(String, String)>,
    /// What holds where a cell is empty or missing: `start_price=10000`. Repeatable.
    #[arg(long = "default", value_name = "COLUMN=VALUE", value_parser = pair)]
    defaults: Vec<(String, String)>,
}

/// Splits at the last equals sign: a file's values may have some of their own.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((left, right)) if !right.trim().is_empty() => {
            Ok((left.trim().to_owned(), right.trim().to_owned()))
        }
        _ => Err("must be like NAME=VALUE".to_owned()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    columns: BTreeMap<String, String>,
    genres: BTreeMap<String, String>,
    defaults: BTreeMap<String, toml::Value>,
}

/// The rules in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    columns: BTreeMap<String, String>,
    genres: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
}

impl Rules {
    /// The file's rules, and the flags' above them.
    pub(crate) fn read(flags: &Flags) -> Result<Self, String> {
        let mut rules = Self::default();
        if let Some(path) = &flags.rules {
            let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
            let file: File = toml::from_str(&text).map_err(|error| wrong(&error))?;
            rules.columns = file.columns;
            rules.genres = file.genres;
            for (name, value) in file.defaults {
                let value = match value {
                    toml::Value::String(text) => text,
                    other => other.to_string(),
                };
                rules.defaults.insert(name, value);
            }
        }
        rules.columns.extend(flags.columns.iter().cloned());
        rules.genres.extend(flags.genres.iter().cloned());
        rules.defaults.extend(flags.defaults.iter().cloned());
        for name in rules.columns.keys().chain(rules.defaults.keys()) {
            if !COLUMNS.contains(&name.as_str()) {
                return Err(format!("{name:?} is none of our columns: {}", COLUMNS.join(", ")));
            }
        }
        Ok(rules)
    }

    /// Whether the file has the columns that the rules name, and a title.
    pub(crate) fn check(&self, records: &[Record]) -> Result<(), String> {
        let has = |name: &str| records.iter().any(|record| record.cells.contains_key(name));
        if records.is_empty() {
            return Err("there is no work in it".to_owned());
        }
        for (ours, theirs) in &self.columns {
            if !has(theirs) {
                return Err(format!("there is no column {theirs:?} (for {ours})"));
            }
        }
        if has(self.column("title")) {
            Ok(())
        } else {
            Err("there is no column title; name the file's with --column title=…".to_owned())
        }
    }

    fn column<'n>(&'n self, ours: &'n str) -> &'n str {
        self.columns.get(ours).map_or(ours, String::as_str)
    }

    /// A record's value of our column; a genre is translated.
    pub(crate) fn value<'r>(&'r self, record: &'r Record, ours: &str) -> Option<&'r str> {
        let cell = record.cells.get(self.column(ours)).map(String::as_str);
        if ours == "genre"
            && let Some(genre) = self.genres.get(cell.unwrap_or_default())
        {
            return Some(genre);
        }
        cell.or_else(|| self.defaults.get(ours).map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[(&str, &str)]) -> Record {
        let cells = cells.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned()));
        Record { line: 2, cells: cells.collect() }
    }

    fn flags(columns: &[&str], genres: &[&str], defaults: &[&str]) -> Flags {
        let pairs = |texts: &[&str]| texts.iter().map(|text| pair(text).unwrap()).collect();
        Flags {
            rules: None,
            columns: pairs(columns),
            genres: pairs(genres),
            defaults: pairs(defaults),
        }
    }

    #[test]
    fn a_files_own_columns_and_genres_are_translated() {
        let flags = flags(
            &["genre=classification", "tags=subjects"],
            &["on paper, print=printmaking", "=painting"],
            &["start_price=10000"],
        );
        let rules = Rules::read(&flags).unwrap();
        let one = record(&[("classification", "on paper, print"), ("subjects", "a; b")]);
        assert_eq!(rules.value(&one, "genre"), Some("printmaking"));
        assert_eq!(rules.value(&one, "tags"), Some("a; b"));
        assert_eq!(rules.value(&one, "start_price"), Some("10000"));
        assert_eq!(rules.value(&one, "year"), None);
        assert_eq!(rules.value(&record(&[]), "genre"), Some("painting"), "of an empty cell");
        let unknown = record(&[("classification", "relief")]);
        assert_eq!(rules.value(&unknown, "genre"), Some("relief"), "as it stands");
    }

    #[test]
    fn flags_are_stronger_than_the_file() {
        let path = std::env::temp_dir().join(format!("artipul-rules-{}.toml", std::process::id()));
        fs::write(&path, "[defaults]\nstart_price = 5000\nends_at = \"3d\"\n").unwrap();
        let mut flags = flags(&[], &[], &["ends_at=7d"]);
        flags.rules = Some(path.clone());
        let rules = Rules::read(&flags).unwrap();
        fs::remove_file(path).unwrap();
        assert_eq!(rules.value(&record(&[]), "start_price"), Some("5000"));
        assert_eq!(rules.value(&record(&[]), "ends_at"), Some("7d"));
    }

    #[test]
    fn wrong_rules_are_told() {
        assert!(Rules::read(&flags(&["price=x"], &[], &[])).unwrap_err().contains("price"));
        assert!(pair("nonsense").is_err());
        let rules = Rules::read(&flags(&["tags=subjects"], &[], &[])).unwrap();
        let records = [record(&[("title", "A")])];
        assert!(rules.check(&records).unwrap_err().contains("subjects"));
        assert!(rules.check(&[]).is_err());
        assert!(Rules::default().check(&[record(&[("name", "A")])]).unwrap_err().contains("title"));
        assert!(Rules::default().check(&records).is_ok());
    }
}
