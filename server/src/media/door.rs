//! Lets uploads in: few at a time, and few of the same user, since each takes room on the disk
//! for as long as its sender takes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use artipul_common::UserId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Uploads at the same time.
const PLACES: usize = 16;
/// Uploads of one user at the same time.
pub const PLACES_OF_ONE: usize = 4;
/// How long an upload waits to be let in.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an upload is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Crowded {
    /// There are too many.
    #[error("too many uploads are under way")]
    Full,
    /// There are too many of this user.
    #[error("at most {PLACES_OF_ONE} uploads at a time")]
    OfOne,
}

/// Lets uploads in.
pub struct Door {
    places: Arc<Semaphore>,
    by_user: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Default for Door {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), by_user: Arc::default() }
    }
}

/// An upload that was let in; its place is free again when this is dropped.
pub struct Admitted {
    _place: OwnedSemaphorePermit,
    _share: Share,
}

impl Door {
    /// Lets an upload of a user in.
    ///
    /// # Errors
    /// As [`Crowded`] says.
    pub async fn enter(&self, user: UserId) -> Result<Admitted, Crowded> {
        let share = self.share(user)?;
        let place = timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| Crowded::Full)?.expect("the semaphore is never closed");
        Ok(Admitted { _place: place, _share: share })
    }

    fn share(&self, user: UserId) -> Result<Share, Crowded> {
        let mut by_user = lock(&self.by_user);
        let count = by_user.entry(user).or_default();
        if *count >= PLACES_OF_ONE {
            return Err(Crowded::OfOne);
        }
        *count += 1;
        Ok(Share { user, by_user: Arc::clone(&self.by_user) })
    }
}

/// One of the places that a user may have.
struct Share {
    user: UserId,
    by_user: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut by_user = lock(&self.by_user);
        match by_user.get_mut(&self.user) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(by_user.remove(&self.user)),
        }
    }
}

fn lock(by_user: &Mutex<HashMap<UserId, usize>>) -> MutexGuard<'_, HashMap<UserId, usize>> {
    by_user.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_user_has_few_places_and_all_together_not_many() {
        let door = Door::default();
        let mut inside = Vec::new();
        for user in 1.. {
            for _ in 0..PLACES_OF_ONE {
                inside.push(door.enter(UserId::new(user)).await);
            }
            assert_eq!(door.enter(UserId::new(user)).await.err(), Some(Crowded::OfOne));
            if inside.len() == PLACES {
                break;
            }
        }
        let late = UserId::new(99);
        assert!(inside.iter().all(Result::is_ok));
        assert_eq!(door.enter(late).await.err(), Some(Crowded::Full));
        inside.clear();
        assert!(door.enter(late).await.is_ok());
        assert!(lock(&door.by_user).is_empty(), "nobody is remembered");
    }
}
