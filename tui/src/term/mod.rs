//! The terminal: taking it over, giving it back, reading its keys, and when to draw.

pub(crate) mod frames;
pub(crate) mod guard;
pub(crate) mod input;
pub(crate) mod speech;
