//! Money as a type, so that an amount cannot be added to a count.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
};

use serde::{Deserialize, Serialize};

/// An amount of points; 1 point is 1 KRW. Negative amounts are movements out of an account.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, example = 120_000))]
#[cfg_attr(
    feature = "diesel",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "diesel", diesel(sql_type = diesel::sql_types::BigInt))]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many points.
    pub const fn new(points: i64) -> Self {
        Self(points)
    }

    /// The number of points.
    pub const fn points(self) -> i64 {
        self.0
    }

    /// Whether the amount is a whole number of `step`s.
    pub const fn is_multiple_of(self, step: Self) -> bool {
        self.0 % step.0 == 0
    }
}

impl fmt::Display for Money {
    /// Digits in groups of three, without a currency: `1,200,000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.0 < 0 {
            grouped.push('-');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// Amounts are bounded far below `i64::MAX` (see `limits::MAX_AMOUNT`), so a sum that does not
/// fit is a defect, and a defect in money must stop rather than wrap.
const FITS: &str = "amounts are bounded far below i64::MAX";

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect(FITS))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect(FITS))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.checked_neg().expect(FITS))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(feature = "diesel")]
mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql},
        serialize::{self, Output, ToSql},
        sql_types::BigInt,
    };

    use super::Money;

    impl<DB> ToSql<BigInt, DB> for Money
    where
        DB: Backend,
        i64: ToSql<BigInt, DB>,
    {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
            self.0.to_sql(out)
        }
    }

    impl<DB> FromSql<BigInt, DB> for Money
    where
        DB: Backend,
        i64: FromSql<BigInt, DB>,
    {
        fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
            i64::from_sql(bytes).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_groups_of_three() {
        for (points, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (120_000, "120,000"),
            (1_200_000, "1,200,000"),
            (-45_000, "-45,000"),
            (-100, "-100"),
        ] {
            assert_eq!(Money::new(points).to_string(), text);
        }
        assert_eq!(format!("{:>8}", Money::new(1_000)), "   1,000");
    }

    #[test]
    #[should_panic(expected = "bounded")]
    fn a_sum_never_wraps() {
        let _ = Money::new(i64::MAX) + Money::new(1);
    }
}
