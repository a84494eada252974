//! Artipul server.
pub mod auction;
pub mod db;
pub mod desk;
pub mod live;
pub mod stream;
