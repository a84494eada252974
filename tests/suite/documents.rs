//! What the documents say of the tests.

use std::{collections::BTreeSet, fs, path::Path};

/// The names of all functions of Rust files below a folder, each with its file's name before it.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        for part in fs::read_to_string(&path).unwrap().split("fn ").skip(1) {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let name: String = part.chars().take_while(|c| is_name(*c)).collect();
            found.insert(format!("{module}::{name}"));
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut known = BTreeSet::new();
    for folder in ["tests", "tui/src", "server/src", "common/src"] {
        functions(&root.join(folder), &mut known);
    }
    let text = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let named: Vec<&str> =
        text.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        // Tests that run by themselves on each backend have its name at their end.
        let is_known = known.contains(name)
            || known.iter().any(|known| known.strip_suffix("_embedded") == Some(name));
        assert!(is_known, "{name} is not there");
    }
}
