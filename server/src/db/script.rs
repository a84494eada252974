//! Statements that go to MySQL together: their values written out, and all of them, with the
//! commit, in one round trip.

use chrono::NaiveDateTime;
use diesel::{
    deserialize::FromSql,
    mysql::{Mysql, MysqlQueryBuilder, MysqlType, MysqlValue},
    query_builder::{QueryBuilder, QueryFragment, bind_collector::RawBytesBindCollector},
    sql_types,
};

use super::{
    DbError, DbResult,
    literal::{self, Literal, Row},
};

/// Statements that wait to be sent.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    /// Whether MySQL, when it has come so far, looks no foreign keys up.
    is_unchecked: bool,
}

/// The room that is kept for the next statements, in bytes; what is longer is sent in pieces. MySQL
/// takes messages of 16 MB and more, unless it was told otherwise (`max_allowed_packet`).
const ROOM: usize = 256 * 1024;

const CHECKED: &str = "SET SESSION foreign_key_checks = 1;";
const UNCHECKED: &str = "SET SESSION foreign_key_checks = 0;";

impl Script {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether so much waits that it should not become more.
    pub(super) fn is_long(&self) -> bool {
        self.text.len() >= ROOM
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

    /// Adds a statement that is written out already, but for its semicolon.
    pub(super) fn add_text(
        &mut self,
        write: impl FnOnce(&mut String) -> DbResult<()>,
    ) -> DbResult<()> {
        self.check(true);
        let start = self.text.len();
        match write(&mut self.text) {
            Ok(()) => self.text.push(';'),
            Err(error) => {
                self.text.truncate(start);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Adds the insertion of rows by one statement, and what follows their values; of very many
    /// rows, the first. Tells how many.
    pub(super) fn insert<R: Row>(&mut self, rows: &[R], ending: &str) -> DbResult<usize> {
        if rows.is_empty() {
            return Ok(0);
        }
        let mut count = 0;
        self.add_text(|text| {
            let (start, mut before) = (text.len(), R::INSERT);
            for row in rows {
                text.push_str(before);
                row.write(text);
                before = ", ";
                count += 1;
                if text.len() - start >= ROOM {
                    break;
                }
            }
            text.push_str(ending);
            Ok(())
        })?;
        Ok(count)
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
            literal::null(&mut self.text);
            return Ok(());
        };
        match kind {
            MysqlType::Tiny | MysqlType::Short | MysqlType::Long | MysqlType::LongLong => {
                integer(bytes)?.write(&mut self.text);
            }
            MysqlType::DateTime | MysqlType::Timestamp => {
                literal::time(&mut self.text, &time(kind, bytes)?);
            }
            MysqlType::String => literal::text(&mut self.text, bytes),
            other => return Err(DbError::Defect(format!("no literal of {other:?}"))),
        }
        Ok(())
    }
}

fn time(kind: MysqlType, bytes: &[u8]) -> DbResult<NaiveDateTime> {
    <NaiveDateTime as FromSql<sql_types::Timestamp, Mysql>>::from_sql(MysqlValue::new(bytes, kind))
        .map_err(|error| DbError::Defect(error.to_string()))
}

#[cfg(test)]
impl Script {
    /// What goes to MySQL of these statements.
    pub(super) fn text_of<T>(add: impl FnOnce(&mut Self) -> DbResult<T>) -> String {
        let mut script = Self::default();
        add(&mut script).unwrap();
        script.ending_with("").to_owned()
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
        bids::{BidRow, Participation, ParticipationRow},
        schema::{bids, participations, works},
    };

    fn text_of(query: &impl QueryFragment<Mysql>) -> String {
        Script::text_of(|script| script.add(query))
    }

    fn a_bid() -> BidRow {
        let time = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        BidRow {
            auction_id: AuctionId::new(i64::MAX),
            number: 0,
            bidder_id: UserId::new(-17),
            kind: "bid".to_owned(),
            maximum: Money::new(i64::MIN),
            price: Money::new(1_000_000),
            seq: None,
            placed_at: time.and_hms_micro_opt(3, 4, 5, 60).unwrap(),
        }
    }

    #[test]
    fn values_are_written_out() {
        let text = text_of(&diesel::insert_into(bids::table).values(&[a_bid()][..]));
        let (_, values) = text.split_once("VALUES ").unwrap();
        assert_eq!(
            values,
            "(9223372036854775807, 0, -17, 'bid', -9223372036854775808, 1000000, NULL, \
             '2026-01-02 03:04:05.000060');"
        );
    }

    #[test]
    fn rows_are_written_as_the_query_builder_has_them() {
        let rows = [a_bid(), BidRow { number: 10, seq: Some(7), ..a_bid() }];
        assert_eq!(
            Script::text_of(|script| script.insert(&rows, "")),
            text_of(&diesel::insert_into(bids::table).values(&rows[..]))
        );
        let (user, auction) = (UserId::new(3), AuctionId::new(4));
        let row = ParticipationRow::new(user, auction, Money::new(5), a_bid().placed_at.and_utc());
        let rows = [row.clone(), row];
        let with = |is_stranger| rows.each_ref().map(|row| Participation { row, is_stranger });
        let as_built = text_of(&diesel::insert_into(participations::table).values(&rows[..]));
        assert_eq!(Script::text_of(|script| script.insert(&with(false), "")), as_built);
        let looked_up =
            as_built.replace("(3,", "((SELECT user_id FROM wallets WHERE user_id = 3),");
        assert_eq!(Script::text_of(|script| script.insert(&with(true), "")), looked_up);
        assert_eq!(Script::text_of(|script| script.insert::<BidRow>(&[], "")), "");
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
