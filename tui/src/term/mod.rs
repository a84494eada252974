//! The terminal: taking it over, giving it back, reading its keys, and when to draw.

pub(crate) mod answers;
pub(crate) mod browser;
pub(crate) mod depth;
#[cfg(debug_assertions)]
pub(crate) mod drill;
pub(crate) mod frames;
pub mod graphics;
pub(crate) mod guard;
pub(crate) mod input;
pub(crate) mod lent;
#[cfg(unix)]
pub(crate) mod query;
pub(crate) mod speech;
