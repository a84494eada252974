//! What a house may choose for itself: lengths of time and increments.

use chrono::TimeDelta;

use super::Increments;

/// The settings of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// The step over the price that a challenger must reach.
    pub increments: Increments,
    /// The shortest auction.
    pub min_duration: TimeDelta,
    /// The longest auction.
    pub max_duration: TimeDelta,
    /// A bid with less than this left moves the end to this much after itself.
    pub soft_close: TimeDelta,
    /// How far after the scheduled end late bids may move the end, in all.
    pub max_extension: TimeDelta,
}

impl Default for House {
    fn default() -> Self {
        Self {
            increments: Increments::default(),
            min_duration: TimeDelta::minutes(10),
            max_duration: TimeDelta::days(60),
            soft_close: TimeDelta::minutes(3),
            max_extension: TimeDelta::minutes(60),
        }
    }
}
