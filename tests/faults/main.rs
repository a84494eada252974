//! Nothing lost: real servers, databases and Redis as processes, people who bid, buy and watch, one
//! fault or several at once, and afterwards a comparison of what everybody was told with what the
//! database holds.
//!
//! Each test has a [`rig::Site`] of its own and a [`rig::Crowd`] in it. `ARTIPUL_FAULT_SECONDS`
//! makes the load longer and the faults more.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it went through")]

mod rig;

mod clients;
mod clock;
mod database;
mod embedded;
mod keys;
mod live_store;
mod proxy;
mod servers;
mod together;
