//! The end-to-end suites, over every backend.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bidding;
mod client;
mod import;
mod instances;
mod live;
mod process;
mod streams;
