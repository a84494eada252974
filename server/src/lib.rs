//! Artipul server.
pub mod accounts;
pub mod auction;
pub mod config;
pub mod db;
pub mod desk;
mod digest;
pub mod live;
pub mod stream;
pub mod telemetry;
pub mod wallet;
