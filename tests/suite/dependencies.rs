//! What the project is built from, as far as it can be told without asking anybody.

use std::{collections::BTreeMap, path::Path};

/// Every package of the lock file: its versions, with where each is from.
fn packages() -> BTreeMap<String, Vec<(String, Option<String>, bool)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let text = std::fs::read_to_string(path).unwrap();
    let mut packages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for package in text.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")));
            line.map(|line| line.trim_end_matches('"').to_owned())
        };
        let (name, version) = (value("name").unwrap(), value("version").unwrap());
        let has_checksum = value("checksum").is_some();
        packages.entry(name).or_default().push((version, value("source"), has_checksum));
    }
    assert!(packages.len() > 200, "{}", packages.len());
    packages
}

#[test]
fn every_package_is_the_projects_own_or_has_a_checksum() {
    for (name, versions) in packages() {
        for (version, source, has_checksum) in versions {
            match source {
                None => assert!(name.starts_with("artipul"), "{name} {version} is from a folder"),
                Some(source) => {
                    assert!(source.starts_with("registry+"), "{name} {version}: {source}");
                    assert!(has_checksum, "{name} {version} has no checksum");
                }
            }
        }
    }
}

#[test]
fn what_keeps_secrets_is_there_once() {
    let packages = packages();
    for name in [
        "aws-lc-rs",
        "bcrypt",
        "hyper",
        "jsonwebtoken",
        "mysql_async",
        "redis",
        "reqwest",
        "rustls",
        "rustls-webpki",
        "tokio-rustls",
        "warp",
    ] {
        let versions = packages.get(name).map_or(0, Vec::len);
        assert!(versions <= 1, "{name} is there {versions} times");
    }
    for name in ["openssl", "openssl-sys", "native-tls"] {
        assert!(!packages.contains_key(name), "{name} is a second TLS");
    }
}
