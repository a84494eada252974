//! Artipul's API server.
//!
//! A request flows one way: [`http`] reads and answers; it calls [`accounts`] and [`wallet`],
//! reads through [`db`], or hands a command to the [`desk`]. The desk asks the pure rules in
//! [`auction`] what a command means, writes through `db`, and then tells [`live`] and [`stream`],
//! which tell the clients. [`parts`] has what handlers work with; [`app`] is where all of it is wired
//! together.

pub mod accounts;
pub mod admin;
pub mod app;
pub mod auction;
pub mod audit;
pub mod config;
pub mod db;
#[cfg(feature = "demo")]
pub mod demo;
pub mod desk;
mod digest;
pub mod http;
mod jobs;
pub mod live;
pub mod locality;
pub mod media;
pub mod outbound;
pub mod parts;
pub mod recent;
pub mod sms;
pub mod stream;
pub mod telemetry;
pub mod wallet;
