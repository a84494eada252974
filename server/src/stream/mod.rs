//! The streams: what happens is told to whoever listens.
//!
//! The [`hub`] fans news out to the subscribers of this process, [`sse`] turns them into bytes
//! once, [`publish`] takes them from the desk to the hub and to the other instances, and [`sync`]
//! takes the other instances' to the hub and bridges the time when they cannot be heard.

pub mod hub;
pub mod publish;
pub mod sse;
pub mod sync;
