//! Values, and rows of values, as MySQL reads them in the text of a statement.
//!
//! Each bid has some fifty numbers, so this is left neither to formatting nor to the query builder.

use artipul_common::{AuctionId, Money, UserId};
use chrono::{Datelike, NaiveDateTime, Timelike};

/// A value that can stand in a statement.
pub(super) trait Literal {
    /// Writes it at the text's end.
    fn write(&self, text: &mut String);
}

/// A row that can stand in an insertion.
pub(super) trait Row {
    /// The statement, up to the first row.
    const INSERT: &'static str;

    /// Writes it at the text's end.
    fn write(&self, text: &mut String);
}

/// Has rows written out whose fields are called as the columns of a table.
macro_rules! row {
    ($row:ty as $table:ident: $first:ident $(, $column:ident)* $(,)?) => {
        impl $crate::db::literal::Row for $row {
            const INSERT: &'static str = concat!(
                "INSERT INTO `", stringify!($table), "` (`", stringify!($first), "`",
                $(", `", stringify!($column), "`",)* ") VALUES "
            );

            fn write(&self, text: &mut String) {
                use $crate::db::literal::Literal;
                // That the table has these columns.
                let _ = ($table::$first, $($table::$column),*);
                text.push('(');
                self.$first.write(text);
                $(
                    text.push_str(", ");
                    self.$column.write(text);
                )*
                text.push(')');
            }
        }
    };
}
pub(super) use row;

impl Literal for i64 {
    fn write(&self, text: &mut String) {
        if *self < 0 {
            text.push('-');
        }
        text.push_str(itoa::Buffer::new().format(self.unsigned_abs()));
    }
}

impl Literal for bool {
    fn write(&self, text: &mut String) {
        i64::from(*self).write(text);
    }
}

impl Literal for Money {
    fn write(&self, text: &mut String) {
        self.points().write(text);
    }
}

macro_rules! ids {
    ($($id:ty),+) => {$(
        impl Literal for $id {
            fn write(&self, text: &mut String) {
                self.get().write(text);
            }
        }
    )+};
}
ids!(AuctionId, UserId);

impl Literal for NaiveDateTime {
    fn write(&self, text: &mut String) {
        time(text, self);
    }
}

impl Literal for &str {
    fn write(&self, into: &mut String) {
        text(into, self.as_bytes());
    }
}

impl Literal for String {
    fn write(&self, into: &mut String) {
        text(into, self.as_bytes());
    }
}

impl<T: Literal> Literal for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => value.write(text),
            None => null(text),
        }
    }
}

pub(super) fn null(text: &mut String) {
    text.push_str("NULL");
}

/// A time, with its microseconds.
pub(super) fn time(text: &mut String, time: &NaiveDateTime) {
    let mut written = *b"'0000-00-00 00:00:00.000000'";
    let mut put = |places: std::ops::Range<usize>, mut value: u32| {
        for place in written[places].iter_mut().rev() {
            *place += (value % 10) as u8;
            value /= 10;
        }
    };
    put(1..5, u32::try_from(time.year()).unwrap_or_default());
    put(6..8, time.month());
    put(9..11, time.day());
    put(12..14, time.hour());
    put(15..17, time.minute());
    put(18..20, time.second());
    put(21..27, time.nanosecond() / 1_000);
    text.push_str(std::str::from_utf8(&written).expect("it is ASCII"));
}

/// A text. What could mean something to the server, in whatever mode it is, goes as digits.
pub(super) fn text(into: &mut String, bytes: &[u8]) {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_:.,".contains(byte);
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(is_plain) => {
            into.push('\'');
            into.push_str(text);
            into.push('\'');
        }
        _ => {
            into.push_str("_utf8mb4 X'");
            let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
            into.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
            into.push('\'');
        }
    }
}
