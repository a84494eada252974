//! The settings of the rules, kept with the auctions that run under them: a house that changes its
//! increments changes no auction that is listed already.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use artipul_common::Money;
use chrono::TimeDelta;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Conn, DbError, DbResult, on, schema::houses};
use crate::auction::{House, Increments};

/// The settings of this server and those of earlier auctions. Clones are the same.
#[derive(Debug, Clone)]
pub struct Houses {
    current: i32,
    known: Arc<RwLock<HashMap<i32, Arc<House>>>>,
}

/// Keys begin with 1.
const NO_KEY: i32 = 0;

/// Settings as they are written down.
#[derive(Serialize, Deserialize)]
struct Stored {
    min_duration_ms: i64,
    max_duration_ms: i64,
    soft_close_ms: i64,
    max_extension_ms: i64,
    /// Last, since MySQL compares the beginning only; a table has at most 30 rows.
    increments: Vec<(Option<Money>, Money)>,
}

impl Houses {
    /// The stored settings, with `house` among them as the current ones.
    ///
    /// # Errors
    /// As the database says.
    pub fn open(conn: &mut Conn, house: &House) -> DbResult<Self> {
        let text = write(house)?;
        let find = |conn: &mut Conn| -> DbResult<Option<i32>> {
            Ok(on!(conn, |c| houses::table
                .filter(houses::settings.eq(&text))
                .select(houses::id)
                .first(c)
                .optional())?)
        };
        let current = match find(conn)? {
            Some(id) => id,
            None => {
                let row = houses::settings.eq(&text);
                // Another instance may be starting with the same settings.
                on!(conn, |c| diesel::insert_or_ignore_into(houses::table).values(row).execute(c))?;
                find(conn)?.ok_or(DbError::NotFound)?
            }
        };
        let known = HashMap::from([(current, Arc::new(house.clone()))]);
        Ok(Self { current, known: Arc::new(RwLock::new(known)) })
    }

    /// The stored settings, read as they are needed; `house` stands among them under no key that
    /// an auction has.
    pub fn stored(house: &House) -> Self {
        let known = HashMap::from([(NO_KEY, Arc::new(house.clone()))]);
        Self { current: NO_KEY, known: Arc::new(RwLock::new(known)) }
    }

    /// The key of the settings of auctions that are listed now.
    pub fn current_key(&self) -> i32 {
        self.current
    }

    /// The settings of this key.
    ///
    /// # Errors
    /// As the database says; [`DbError::NotFound`] if there are none.
    pub fn of(&self, conn: &mut Conn, key: i32) -> DbResult<Arc<House>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(house) = known {
            return Ok(house);
        }
        let text: String =
            on!(conn, |c| houses::table.find(key).select(houses::settings).first(c))?;
        let house = Arc::new(read(&text)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(key).or_insert(house)))
    }

    /// The settings of auctions that are listed now.
    pub fn current(&self) -> Arc<House> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known[&self.current])
    }
}

fn write(house: &House) -> DbResult<String> {
    let stored = Stored {
        increments: house.increments.rows().collect(),
        min_duration_ms: house.min_duration.num_milliseconds(),
        max_duration_ms: house.max_duration.num_milliseconds(),
        soft_close_ms: house.soft_close.num_milliseconds(),
        max_extension_ms: house.max_extension.num_milliseconds(),
    };
    serde_json::to_string(&stored).map_err(|error| DbError::Defect(error.to_string()))
}

fn read(text: &str) -> DbResult<House> {
    let wrong =
        |error: &dyn std::fmt::Display| DbError::Defect(format!("stored settings: {error}"));
    let stored: Stored = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    Ok(House {
        increments: Increments::new(stored.increments).map_err(|error| wrong(&error))?,
        min_duration: TimeDelta::milliseconds(stored.min_duration_ms),
        max_duration: TimeDelta::milliseconds(stored.max_duration_ms),
        soft_close: TimeDelta::milliseconds(stored.soft_close_ms),
        max_extension: TimeDelta::milliseconds(stored.max_extension_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_were_written() {
        let house = House { soft_close: TimeDelta::milliseconds(1_500), ..House::default() };
        assert_eq!(read(&write(&house).unwrap()).unwrap(), house);
    }
}
