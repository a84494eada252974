//! Many rows by one statement.

use diesel::{expression::SqlLiteral, sql_types::SingleValue};

/// Rows per statement; SQLite takes some 32,000 values in one.
pub(super) const CHUNK: usize = 1_000;

/// In an upsert on MySQL, what the row of a column would have had; MariaDB has no other word for
/// it.
pub(super) fn given<T: SingleValue>(column: &str) -> SqlLiteral<T> {
    diesel::dsl::sql(&format!("VALUES({column})"))
}

/// The changes of an upsert on MySQL that gives these columns of a table what the row would have
/// had.
macro_rules! as_given {
    ($table:ident: $($column:ident),+ $(,)?) => {
        ($($table::$column.eq($crate::db::bulk::given(stringify!($column))),)+)
    };
}
pub(super) use as_given;
