//! The streams: what happens is told to whoever listens.
//!
//! The [`hub`] knows who listens to what. Its fan-out, a thread of its own, takes frames ([`sse`]:
//! news as bytes, made once) to the subscribers' mailboxes, and from there straight to their
//! sockets, or through the body of a response. [`publish`] takes the news from the desk to the hub
//! and to the other instances, and [`sync`] takes the other instances' to the hub and bridges the
//! time when they cannot be heard.

mod fanout;
pub mod hub;
mod mailbox;
mod members;
pub mod places;
pub mod publish;
pub mod sse;
pub mod subscription;
pub mod sync;
mod wire;

#[cfg(test)]
#[path = "direct_tests.rs"]
mod tests;
