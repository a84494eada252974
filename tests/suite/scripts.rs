//! `artipul` as scripts use it: documents, exit codes, streams, and what needs no server.

mod account;
mod failures;
mod local;
mod streams;
mod trade;

use serde_json::Value;

/// The number of an auction, a charge or a notice, as it is typed.
fn typed(id: &Value) -> String {
    id.as_i64().unwrap_or_else(|| panic!("{id} is no id")).to_string()
}
