//! HTTP: reads requests, hands them to whom they concern, answers.
//!
//! [`router`] finds the route of a path, [`routes`] are the routes by resource, [`extract`] reads
//! what they take, [`problem`] turns every error into its document, `browser` has the few pages, and [`serve`] keeps the
//! connections: each is led by hyper (`connection`), until its answer is a stream (`streaming`) that
//! gets the socket for itself (`handover`).

mod browser;
mod connection;
pub mod extract;
mod handover;
pub mod openapi;
pub mod pages;
pub mod problem;
mod request;
pub mod router;
pub mod routes;
pub mod serve;
mod streaming;
mod timely;
pub mod upload;
