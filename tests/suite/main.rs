//! The end-to-end suites, over every backend.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod admin;
mod audit;
mod bad_input;
mod bidding;
mod catalogue;
mod client;
mod dependencies;
mod documents;
mod editing;
mod forgeries;
mod graphics;
mod headers;
mod images;
mod import;
mod instances;
mod limits;
mod live;
mod migrations;
mod mine;
mod openapi;
mod process;
mod proxies;
mod remembered;
mod scripts;
mod secrets;
mod sms;
mod social;
mod strangers;
mod streams;
mod terminals;
mod tls;
mod wallet;
