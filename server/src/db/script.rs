//! Statements that go to MySQL together: their values written out, and all of them, with the
//! commit, in one round trip.

use std::fmt::Write;

use diesel::{
    mysql::{Mysql, MysqlQueryBuilder, MysqlType, MysqlValue, data_types::MysqlTime},
    query_builder::{QueryBuilder, QueryFragment, bind_collector::RawBytesBindCollector},
    sql_types,
};

use super::{DbError, DbResult};

/// Statements that wait to be sent.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    /// Whether MySQL, when it has come so far, looks no foreign keys up.
    is_unchecked: bool,
}

/// The room that is kept for the next statements, in bytes.
const ROOM: usize = 256 * 1024;

const CHECKED: &str = "SET SESSION foreign_key_checks = 1;";
const UNCHECKED: &str = "SET SESSION foreign_key_checks = 0;";

impl Script {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Forgets what waits, but not how much room it took.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(ROOM);
        self.is_unchecked = false;
    }

    /// The statements that wait, and one more at their end.
    pub(super) fn ending_with(&mut self, statement: &str) -> &str {
        self.check(true);
        self.text.push_str(statement);
        &self.text
    }

    /// What undoes a transaction of which some scripts were sent, perhaps not to their ends.
    pub(super) fn rollback() -> String {
        format!("ROLLBACK;{CHECKED}")
    }

    fn check(&mut self, foreign_keys: bool) {
        if self.is_unchecked == foreign_keys {
            self.text.push_str(if foreign_keys { CHECKED } else { UNCHECKED });
            self.is_unchecked = !foreign_keys;
        }
    }

    /// Adds a statement.
    pub(super) fn add(&mut self, query: &impl QueryFragment<Mysql>) -> DbResult<()> {
        self.check(true);
        self.push(query)
    }

    /// Adds an upsert of rows that are there and locked, which changes no reference to one that
    /// was not looked up. MySQL takes it for an insertion and would lock every row that these
    /// refer to: a bid would wait for whoever changes a profile, and he for the bid.
    pub(super) fn add_to_existing(&mut self, query: &impl QueryFragment<Mysql>) -> DbResult<()> {
        self.check(false);
        self.push(query)
    }

    fn push(&mut self, query: &impl QueryFragment<Mysql>) -> DbResult<()> {
        let mut builder = MysqlQueryBuilder::new();
        query.to_sql(&mut builder, &Mysql)?;
        let sql = builder.finish();
        let mut binds = RawBytesBindCollector::<Mysql>::new();
        query.collect_binds(&mut binds, &mut (), &Mysql)?;
        let start = self.text.len();
        let written = self.write_out(&sql, &binds);
        if written.is_err() {
            self.text.truncate(start);
        }
        written
    }

    fn write_out(&mut self, sql: &str, binds: &RawBytesBindCollector<Mysql>) -> DbResult<()> {
        let mut parts = sql.split('?');
        self.text.push_str(parts.next().unwrap_or_default());
        let mut values = binds.metadata.iter().zip(&binds.binds);
        for part in parts {
            let Some((kind, value)) = values.next() else { return Err(mismatch(sql)) };
            self.write_value(*kind, value.as_deref())?;
            self.text.push_str(part);
        }
        if values.next().is_some() {
            return Err(mismatch(sql));
        }
        self.text.push(';');
        Ok(())
    }

    fn write_value(&mut self, kind: MysqlType, value: Option<&[u8]>) -> DbResult<()> {
        let Some(bytes) = value else {
            self.text.push_str("NULL");
            return Ok(());
        };
        match kind {
            MysqlType::Tiny | MysqlType::Short | MysqlType::Long | MysqlType::LongLong => {
                self.write_integer(integer(bytes)?);
            }
            MysqlType::DateTime | MysqlType::Timestamp => self.write_time(kind, bytes)?,
            MysqlType::String => self.write_text(bytes),
            other => return Err(DbError::Defect(format!("no literal of {other:?}"))),
        }
        Ok(())
    }

    fn write_integer(&mut self, value: i64) {
        if value < 0 {
            self.text.push('-');
        }
        self.write_digits(value.unsigned_abs(), 1);
    }

    /// At least so many digits. Each bid has some fifty numbers, so this is not left to formatting.
    fn write_digits(&mut self, mut value: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        while value > 0 {
            start -= 1;
            digits[start] += u8::try_from(value % 10).expect("a digit");
            value /= 10;
        }
        let start = start.min(digits.len() - least);
        self.text.extend(digits[start..].iter().map(|digit| char::from(*digit)));
    }

    fn write_time(&mut self, kind: MysqlType, bytes: &[u8]) -> DbResult<()> {
        let time =
            <MysqlTime as diesel::deserialize::FromSql<sql_types::Timestamp, Mysql>>::from_sql(
                MysqlValue::new(bytes, kind),
            )
            .map_err(|error| DbError::Defect(error.to_string()))?;
        let MysqlTime { year, month, day, hour, minute, second, second_part, .. } = time;
        let parts = [
            ('\'', year, 4),
            ('-', month, 2),
            ('-', day, 2),
            (' ', hour, 2),
            (':', minute, 2),
            (':', second, 2),
        ];
        for (before, value, digits) in parts {
            self.text.push(before);
            self.write_digits(value.into(), digits);
        }
        self.text.push('.');
        self.write_digits(second_part, 6);
        self.text.push('\'');
        Ok(())
    }

    /// What could mean something to the server, in whatever mode it is, goes as digits.
    fn write_text(&mut self, bytes: &[u8]) {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_:.,".contains(byte);
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.iter().all(is_plain) => {
                self.text.push('\'');
                self.text.push_str(text);
                self.text.push('\'');
            }
            _ => {
                self.text.push_str("_utf8mb4 X'");
                for byte in bytes {
                    write!(self.text, "{byte:02X}").expect("a string takes everything");
                }
                self.text.push('\'');
            }
        }
    }
}

fn integer(bytes: &[u8]) -> DbResult<i64> {
    let wrong = |_| DbError::Defect(format!("an integer of {} bytes", bytes.len()));
    Ok(match bytes.len() {
        1 => i8::from_ne_bytes(bytes.try_into().map_err(wrong)?).into(),
        2 => i16::from_ne_bytes(bytes.try_into().map_err(wrong)?).into(),
        4 => i32::from_ne_bytes(bytes.try_into().map_err(wrong)?).into(),
        _ => i64::from_ne_bytes(bytes.try_into().map_err(wrong)?),
    })
}

fn mismatch(sql: &str) -> DbError {
    DbError::Defect(format!("values and places differ in {sql}"))
}

#[cfg(test)]
mod tests {
    use artipul_common::{AuctionId, Money, UserId};
    use chrono::NaiveDate;
    use diesel::prelude::*;

    use super::*;
    use crate::db::{
        bids::BidRow,
        schema::{bids, works},
    };

    fn text_of(query: &impl QueryFragment<Mysql>) -> String {
        let mut script = Script::default();
        script.add(query).unwrap();
        script.ending_with("").to_owned()
    }

    #[test]
    fn values_are_written_out() {
        let time = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let row = BidRow {
            auction_id: AuctionId::new(i64::MAX),
            number: 0,
            bidder_id: UserId::new(-17),
            kind: "bid".to_owned(),
            maximum: Money::new(i64::MIN),
            price: Money::new(1_000_000),
            seq: None,
            placed_at: time.and_hms_micro_opt(3, 4, 5, 60).unwrap(),
        };
        let text = text_of(&diesel::insert_into(bids::table).values(&[row][..]));
        let (_, values) = text.split_once("VALUES ").unwrap();
        assert_eq!(
            values,
            "(9223372036854775807, 0, -17, 'bid', -9223372036854775808, 1000000, NULL, \
             '2026-01-02 03:04:05.000060');"
        );
    }

    #[test]
    fn text_means_nothing_to_the_server() {
        let written = |title: &str| {
            let text = text_of(&diesel::update(works::table).set(works::title.eq(title)));
            text.split_once("= ").unwrap().1.to_owned()
        };
        assert_eq!(written("Sea, 2026"), "'Sea, 2026';");
        assert_eq!(written(""), "'';");
        for title in
            ["'", "\\", "?", "a'; DROP TABLE bids; --", "달빛", "\0", "\u{1f3a8}", "--", "%"]
        {
            let hex: String = title.bytes().map(|byte| format!("{byte:02X}")).collect();
            let plain = format!("'{title}';");
            let text = written(title);
            assert!(text == format!("_utf8mb4 X'{hex}';") || (title == "--" && text == plain));
        }
    }
}
