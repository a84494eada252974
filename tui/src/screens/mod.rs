//! One file (or folder) per screen: its model, its update and its view.
//!
//! A screen knows what is shared ([`crate::app::model::Shared`]) and itself. It asks for what lies
//! outside of it: calls by effects, other screens by `Nav`.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod artist;
pub(crate) mod auction;
pub(crate) mod batch;
pub(crate) mod bid;
pub(crate) mod browse;
pub(crate) mod buy;
pub(crate) mod facts;
pub(crate) mod header;
pub(crate) mod images;
pub(crate) mod look;
pub(crate) mod lot_row;
pub(crate) mod mine;
pub(crate) mod notices;
pub(crate) mod palette;
pub(crate) mod question;
pub(crate) mod reading;
pub(crate) mod sell;
pub(crate) mod sending;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod studio;
pub(crate) mod top_up;
pub(crate) mod wall;
pub(crate) mod wallet;
pub(crate) mod window;
