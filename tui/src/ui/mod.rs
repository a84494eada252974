//! Widgets: what screens are made of. They know the theme and the languages, and no auction.

pub(crate) mod chart;
pub(crate) mod field;
pub(crate) mod form;
pub(crate) mod fuzzy;
pub(crate) mod list;
pub(crate) mod money;
pub(crate) mod notice;
pub(crate) mod overlay;
pub(crate) mod paths;
pub(crate) mod picture;
pub(crate) mod qr;
pub(crate) mod svg;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod toast;
pub(crate) mod words;
