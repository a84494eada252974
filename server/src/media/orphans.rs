//! Removes images that no work names any more, or that none ever came to name.

use std::time::Duration;

use artipul_common::Timestamp;
use chrono::TimeDelta;
use tokio::{runtime::Handle, time::timeout};

use super::{Media, names_of, store::StoreError};
use crate::db::{
    Conn, DbError, DbResult,
    images::{self, Fate},
};

/// How long an image may be no work's: longer than any upload takes.
const GRACE: TimeDelta = TimeDelta::days(1);
/// Images of one run.
const LIMIT: i64 = 200;
/// How long the store may take to remove one, during which a row is locked.
const PATIENCE: Duration = Duration::from_secs(5);

impl Media {
    /// Removes what has been no work's for a day.
    ///
    /// # Errors
    /// As the database says; what the store does not remove is left for the next time.
    pub async fn remove_orphans(&self) -> DbResult<()> {
        let db = &self.inner.db;
        let (before, loose) = db
            .read(|conn| {
                let before = conn.now()? - GRACE;
                Ok((before, images::loose_before(conn, before, LIMIT)?))
            })
            .await?;
        for name in loose {
            let (media, runtime) = (self.clone(), Handle::current());
            db.write(move |conn| media.decide(conn, &name, before, &runtime)).await?;
        }
        Ok(())
    }

    /// Removes an image that is an orphan. It is locked meanwhile: who sends it again waits, and
    /// then keeps it again.
    fn decide(
        &self,
        conn: &mut Conn,
        name: &str,
        before: Timestamp,
        runtime: &Handle,
    ) -> Result<(), DbError> {
        match images::fate(conn, name, before)? {
            Fate::Undecided => return Ok(()),
            Fate::Named => {}
            Fate::Orphan => match runtime.block_on(timeout(PATIENCE, self.remove(name))) {
                Ok(Ok(())) => tracing::info!(name, "an image that no work names was removed"),
                Ok(Err(error)) => {
                    tracing::warn!(name, %error, "an image was not removed");
                    return Ok(());
                }
                Err(_) => {
                    tracing::warn!(name, "an image was not removed in time");
                    return Ok(());
                }
            },
        }
        images::settle(conn, name)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        for name in names_of(name) {
            self.inner.store.remove(&name).await?;
        }
        Ok(())
    }
}
