//! Storage: one set of queries over SQLite or MySQL (MariaDB), chosen at run time.
//!
//! [`Db`] hands out connections on blocking threads; [`Conn`] is one of either backend, and
//! [`on!`] runs the same diesel query on whichever it is. Queries live in one file per aggregate.
//! Nothing here knows a rule of an auction.

mod bulk;
mod conn;
mod error;
mod kept;
mod literal;
mod migrate;
mod pool;
pub mod schema;
mod script;
pub mod types;

pub mod accounts;
pub mod admin;
pub mod auctions;
pub mod audit;
pub mod bids;
pub mod houses;
pub mod idempotency;
pub mod identities;
pub mod images;
pub mod listings;
pub mod mine;
pub mod notifications;
pub mod sessions;
pub mod tokens;
pub mod wallets;
pub mod works;

pub use self::{
    conn::{Conn, Link, MysqlConn},
    error::DbError,
    pool::{AsDbError, Backend, Db, administer, inspect},
};
pub(crate) use conn::{later, on};
pub use migrate::is_up_to_date;

/// What a query gives.
pub type DbResult<T> = Result<T, DbError>;
