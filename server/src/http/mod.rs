//! HTTP: reads requests, hands them to whom they concern, answers.
//!
//! [`router`] finds the route of a path, [`routes`] are the routes by resource, [`extract`] reads
//! what they take, [`problem`] turns every error into its document, `browser` has the few pages, and
//! [`serve`] keeps the connections, over [`tls`] or without: each is led by hyper (`connection`),
//! until its answer is a stream (`streaming`) that gets the socket for itself (`handover`). Before
//! the routes stands the [`gate`]: who asks ([`proxies`]), whether he may ask again ([`quotas`]), and
//! what stands on every answer ([`headers`]).

mod body;
mod browser;
mod connection;
pub mod extract;
pub mod gate;
mod handover;
pub mod headers;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod proxies;
mod punctual;
pub mod quotas;
pub mod redirect;
mod request;
pub mod router;
pub mod routes;
pub mod serve;
mod streaming;
mod timely;
pub mod tls;
pub mod upload;
