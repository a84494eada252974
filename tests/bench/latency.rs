//! How long things took.

use std::time::Duration;

/// Lengths of time, each of them kept, in microseconds: a few million fit.
#[derive(Debug, Default, Clone)]
pub(crate) struct Latencies(Vec<u32>);

/// What is told of many lengths of time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Half of them are not longer.
    pub(crate) p50: Duration,
    /// 99 of 100 are not longer.
    pub(crate) p99: Duration,
    /// 999 of 1,000 are not longer.
    pub(crate) p999: Duration,
}

impl Latencies {
    /// Adds one.
    pub(crate) fn add(&mut self, latency: Duration) {
        self.0.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// What they are in all; zeros if there are none.
    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let at = |per_mille: usize| {
            // The smallest that so many of all do not exceed.
            let rank = (self.0.len() * per_mille).div_ceil(1_000).max(1);
            let micros = self.0.get(rank - 1).copied().unwrap_or_default();
            Duration::from_micros(micros.into())
        };
        Summary { p50: at(500), p99: at(990), p999: at(999) }
    }
}

/// The middle one of numbers, the mean of both if there are two; zero if there are none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        length if length % 2 == 1 => numbers[half],
        _ => f64::midpoint(numbers[half - 1], numbers[half]),
    }
}
