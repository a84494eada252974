//! HTTP: reads requests, hands them to whom they concern, answers.
//!
//! [`router`] finds the route of a path, [`routes`] are the routes by resource, [`extract`] reads
//! what they take, [`problem`] turns every error into its document, and [`serve`] keeps the
//! connections.

pub mod extract;
pub mod openapi;
pub mod pages;
pub mod problem;
mod request;
pub mod router;
pub mod routes;
pub mod serve;
