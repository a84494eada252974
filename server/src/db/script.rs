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
}

impl Script {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// The statements that wait, which do so no longer.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Adds a statement.
    pub(super) fn add(&mut self, query: &impl QueryFragment<Mysql>) -> DbResult<()> {
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
        write!(self.text, "{value}").expect("a string takes everything");
    }

    fn write_time(&mut self, kind: MysqlType, bytes: &[u8]) -> DbResult<()> {
        let time =
            <MysqlTime as diesel::deserialize::FromSql<sql_types::Timestamp, Mysql>>::from_sql(
                MysqlValue::new(bytes, kind),
            )
            .map_err(|error| DbError::Defect(error.to_string()))?;
        let MysqlTime { year, month, day, hour, minute, second, second_part, .. } = time;
        write!(
            self.text,
            "'{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{second_part:06}'"
        )
        .expect("a string takes everything");
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
