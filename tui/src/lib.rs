//! Artipul's terminal client: browse, bid, buy and list works from a terminal.
//!
//! Without a subcommand it is interactive ([`app`]); [`cli`] has the subcommands.

pub mod app;
mod batch;
pub mod cli;
pub mod config;
pub mod i18n;
mod keymap;
#[cfg(test)]
mod samples;
mod screens;
pub mod session;
mod state;
pub mod term;
#[cfg(test)]
mod tests;
pub mod theme;
mod ui;

rust_i18n::i18n!("locales", fallback = "en");
