//! The points, by what they load.

pub(crate) mod bids;
pub(crate) mod client;
pub(crate) mod grown;
pub(crate) mod settle;
pub(crate) mod streams;
