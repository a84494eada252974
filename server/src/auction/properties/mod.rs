//! Properties of the rules over random histories: against a naive model, and one by one.

mod differential;
mod history;
mod invariants;
mod naive;
mod reach;
mod room;
mod secrets;

use proptest::prelude::ProptestConfig;

/// So many cases, unless `PROPTEST_CASES` says otherwise. A failing history is printed whole, so
/// nothing is kept in files.
fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases, ..config },
    }
}
