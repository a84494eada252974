//! Artipul server.
pub mod auction;
pub mod db;
