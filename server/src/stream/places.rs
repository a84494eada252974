//! How many streams an address has open, at this instance.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::locality::Locality;

/// Another stream would be one too many for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this address has {0} streams open, which is all it may have")]
pub struct TooMany(usize);

/// The places for streams. Clones are the same.
#[derive(Clone, Default)]
pub struct Places {
    most: Option<usize>,
    taken: Arc<Mutex<HashMap<Locality, usize>>>,
}

/// A place for a stream, free again when it is dropped.
pub struct Place {
    places: Places,
    locality: Locality,
}

impl Places {
    /// At most so many for each address; without a number, as many as come.
    pub fn new(most: Option<usize>) -> Self {
        Self { most, ..Self::default() }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Locality, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a stream to this address.
    ///
    /// # Errors
    /// It has as many as it may have.
    pub fn take(&self, address: IpAddr) -> Result<Place, TooMany> {
        let locality = Locality::from(address);
        let mut taken = self.taken();
        let count = taken.entry(locality).or_default();
        if self.most.is_some_and(|most| *count >= most) {
            let count = *count;
            if count == 0 {
                taken.remove(&locality);
            }
            return Err(TooMany(count));
        }
        *count += 1;
        drop(taken);
        Ok(Place { places: self.clone(), locality })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.locality) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.locality);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_they_become_free() {
        let places = Places::new(Some(2));
        let here: IpAddr = "192.0.2.7".parse().unwrap();
        let there: IpAddr = "192.0.2.8".parse().unwrap();
        let one = places.take(here).ok();
        let two = places.take("::ffff:192.0.2.7".parse().unwrap()).ok();
        assert!(one.is_some() && two.is_some());
        assert_eq!(places.take(here).err(), Some(TooMany(2)));
        assert!(places.take(there).is_ok());
        drop(one);
        assert!(places.take(here).is_ok());
        drop(two);
        assert!(places.taken().is_empty(), "nothing is left of those who are gone");
    }
}
