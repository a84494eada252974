//! What Artipul's server and its clients both know: ids, money, the shapes of requests and
//! answers, problem codes and stream events; with the feature `client`, the typed API client.
//!
//! It holds no rule of an auction and no state of a server.

pub mod accounts;
pub mod admin;
pub mod auctions;
pub mod bids;
#[cfg(feature = "client")]
pub mod client;
pub mod credentials;
pub mod events;
mod ids;
pub mod images;
pub mod limits;
pub mod mine;
mod money;
pub mod page;
pub mod problem;
pub mod social;
pub mod text;
pub mod wallet;

pub use ids::{
    ActionId, AuctionId, ChargeId, EntryId, NotificationId, SessionId, TokenId, UserId, WorkId,
};
pub use money::Money;

/// An instant in UTC, as every time in the API is.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// An instant as it is kept: in whole microseconds. What lies in a leap second, which no database
/// knows, lies in the second after it.
pub fn micros(time: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}
