//! Ids as types, so that a work's id cannot be given where an auction's is meant.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// The text is not made of digits only, or does not fit.
    #[error("an id is a whole number: {0}")]
    NotANumber(#[from] ParseIntError),
    /// The number is zero or negative.
    #[error("an id is greater than zero")]
    NotPositive,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, example = 1))]
        #[cfg_attr(feature = "diesel", derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow))]
        #[cfg_attr(feature = "diesel", diesel(sql_type = diesel::sql_types::BigInt))]
        pub struct $name(i64);

        impl $name {
            /// Wraps a number that the database gave.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The number itself.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                // `i64` would take a sign and leading zeros; one id has one spelling.
                match text.parse::<i64>()? {
                    number if number > 0 && !text.starts_with(['+', '0']) => Ok(Self(number)),
                    _ => Err(InvalidId::NotPositive),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match i64::deserialize(deserializer)? {
                    number if number > 0 => Ok(Self(number)),
                    _ => Err(serde::de::Error::custom(InvalidId::NotPositive)),
                }
            }
        }

        #[cfg(feature = "diesel")]
        impl<DB> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            DB: diesel::backend::Backend,
            i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }

        #[cfg(feature = "diesel")]
        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for $name
        where
            DB: diesel::backend::Backend,
            i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person with an account: bidder, artist or both.
    UserId;
    /// An artwork.
    WorkId;
    /// One offering of one work.
    AuctionId;
    /// One top-up of a wallet through the payment gateway.
    ChargeId;
    /// One line of a wallet's history.
    EntryId;
    /// One notice to one user.
    NotificationId;
    /// One sign-in on one device, through all rotations of its refresh token.
    SessionId;
    /// One personal access token.
    TokenId;
    /// One action of an administrator.
    ActionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!("42".parse(), Ok(AuctionId::new(42)));
        for text in ["", "0", "-1", "+1", "01", "1.0", "1e3", " 1", "9223372036854775808", "a"] {
            assert!(text.parse::<AuctionId>().is_err(), "{text:?} was taken for an id");
        }
    }

    #[test]
    fn json_refuses_what_is_no_id() {
        assert_eq!(serde_json::from_str::<UserId>("7").unwrap(), UserId::new(7));
        for json in ["0", "-1", "\"1\"", "1.5", "null", "9223372036854775808"] {
            assert!(serde_json::from_str::<UserId>(json).is_err(), "{json} was taken for an id");
        }
    }
}
