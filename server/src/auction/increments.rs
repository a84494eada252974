//! By how much a challenger must go over the price.

use artipul_common::{Money, limits};

/// Why a table of increments is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIncrements {
    /// There is no step for prices without an upper bound.
    #[error("the last increment must have no upper bound, and only the last")]
    Unbounded,
    /// The bounds do not rise.
    #[error("the bounds must rise")]
    NotRising,
    /// A step is smaller than that for lower prices, so that a higher price could be outbid for less
    /// than a lower one.
    #[error("the steps must not fall")]
    Falling,
    /// It has more rows than anybody could explain to a bidder.
    #[error("there are at most {MAX_ROWS} rows")]
    TooMany,
    /// A bound or a step is no positive multiple of the bid unit.
    #[error("bounds and steps must be positive multiples of {unit}", unit = limits::BID_UNIT)]
    NotMultiple,
}

/// Rows of a table.
const MAX_ROWS: usize = 30;

/// The table of increments: for prices below a bound, a step; above the last bound, the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increments {
    bounded: Vec<(Money, Money)>,
    last: Money,
}

impl Increments {
    /// A table from rows of an upper bound (none in the last row) and a step.
    ///
    /// # Errors
    /// The bounds do not rise, or something is no positive multiple of the bid unit.
    pub fn new(
        rows: impl IntoIterator<Item = (Option<Money>, Money)>,
    ) -> Result<Self, InvalidIncrements> {
        let is_multiple =
            |amount: Money| amount > Money::ZERO && amount.is_multiple_of(limits::BID_UNIT);
        let mut bounded: Vec<(Money, Money)> = Vec::new();
        let mut rows = rows.into_iter();
        while let Some((bound, step)) = rows.next() {
            if !is_multiple(step) || !bound.is_none_or(is_multiple) {
                return Err(InvalidIncrements::NotMultiple);
            }
            if bounded.last().is_some_and(|(_, lower)| step < *lower) {
                return Err(InvalidIncrements::Falling);
            }
            if bounded.len() >= MAX_ROWS {
                return Err(InvalidIncrements::TooMany);
            }
            match bound {
                None if rows.next().is_none() => return Ok(Self { bounded, last: step }),
                None => return Err(InvalidIncrements::Unbounded),
                Some(bound) if bounded.last().is_some_and(|(last, _)| *last >= bound) => {
                    return Err(InvalidIncrements::NotRising);
                }
                Some(bound) => bounded.push((bound, step)),
            }
        }
        Err(InvalidIncrements::Unbounded)
    }

    /// The step over a price.
    pub fn over(&self, price: Money) -> Money {
        self.bounded.iter().find(|(bound, _)| price < *bound).map_or(self.last, |(_, step)| *step)
    }

    /// The rows, as [`Self::new`] takes them.
    pub fn rows(&self) -> impl Iterator<Item = (Option<Money>, Money)> {
        let bounded = self.bounded.iter().map(|(bound, step)| (Some(*bound), *step));
        bounded.chain([(None, self.last)])
    }
}

impl Default for Increments {
    /// The house's own table.
    fn default() -> Self {
        let rows = [
            (50_000, 1_000),
            (100_000, 2_000),
            (300_000, 5_000),
            (1_000_000, 10_000),
            (3_000_000, 50_000),
            (5_000_000, 100_000),
            (10_000_000, 200_000),
        ];
        Self {
            bounded: rows
                .into_iter()
                .map(|(bound, step)| (Money::new(bound), Money::new(step)))
                .collect(),
            last: Money::new(500_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(price: i64) -> i64 {
        Increments::default().over(Money::new(price)).points()
    }

    #[test]
    fn the_step_grows_at_each_bound() {
        for (price, expected) in [
            (1_000, 1_000),
            (49_000, 1_000),
            (50_000, 2_000),
            (99_000, 2_000),
            (100_000, 5_000),
            (299_000, 5_000),
            (300_000, 10_000),
            (999_000, 10_000),
            (1_000_000, 50_000),
            (2_999_000, 50_000),
            (3_000_000, 100_000),
            (4_999_000, 100_000),
            (5_000_000, 200_000),
            (9_999_000, 200_000),
            (10_000_000, 500_000),
            (900_000_000, 500_000),
        ] {
            assert_eq!(step(price), expected, "over {price}");
        }
    }

    #[test]
    fn a_table_must_be_one() {
        let table = |rows: &[(Option<i64>, i64)]| {
            Increments::new(
                rows.iter().map(|(bound, step)| (bound.map(Money::new), Money::new(*step))),
            )
        };
        assert!(table(&[(Some(5_000), 1_000), (None, 2_000)]).is_ok());
        assert_eq!(table(&[]), Err(InvalidIncrements::Unbounded));
        assert_eq!(table(&[(Some(5_000), 1_000)]), Err(InvalidIncrements::Unbounded));
        assert_eq!(table(&[(None, 1_000), (None, 1_000)]), Err(InvalidIncrements::Unbounded));
        assert_eq!(
            table(&[(Some(5_000), 1_000), (Some(5_000), 1_000), (None, 1_000)]),
            Err(InvalidIncrements::NotRising)
        );
        assert_eq!(table(&[(Some(5_000), 2_000), (None, 1_000)]), Err(InvalidIncrements::Falling));
        assert_eq!(table(&[(None, 1_500)]), Err(InvalidIncrements::NotMultiple));
        assert_eq!(table(&[(None, 0)]), Err(InvalidIncrements::NotMultiple));
        let long: Vec<_> =
            (1..=30).map(|n| (Some(n * 1_000), 1_000)).chain([(None, 1_000)]).collect();
        assert_eq!(table(&long), Err(InvalidIncrements::TooMany));
    }

    #[test]
    fn the_rows_make_the_same_table_again() {
        let table = Increments::default();
        assert_eq!(Increments::new(table.rows()), Ok(table));
    }
}
