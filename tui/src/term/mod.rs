//! The terminal: taking it over, giving it back, reading its keys, and when to draw.

pub(crate) mod answers;
pub(crate) mod depth;
pub(crate) mod frames;
pub mod graphics;
pub(crate) mod guard;
pub(crate) mod input;
#[cfg(unix)]
pub(crate) mod query;
