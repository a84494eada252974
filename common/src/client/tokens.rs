//! Where a client keeps its session between calls, and between runs.

use std::{
    future::{Future, ready},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::accounts::Secret;

/// The kept refresh token, held exclusively: nobody else, in no process, reads or renews it until
/// this is dropped.
pub trait KeptToken: Send {
    /// The refresh token, if there is one.
    ///
    /// # Errors
    /// Where it is kept cannot be read.
    fn read(&mut self) -> io::Result<Option<Secret>>;

    /// Keeps another refresh token, or none.
    ///
    /// # Errors
    /// Where it is kept cannot be written.
    fn write(&mut self, token: Option<&Secret>) -> io::Result<()>;
}

/// The future of [`TokenStore::lock`].
pub type Locking<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn KeptToken>>> + Send + 'a>>;

/// A place for the refresh token. A refresh token works once, so that two users of the same one
/// must take turns.
pub trait TokenStore: Send + Sync {
    /// Waits for the turn.
    fn lock(&self) -> Locking<'_>;

    /// Whether a token is kept, as far as can be told without waiting.
    fn has_token(&self) -> bool;

    /// A token that is sent as it is and never renewed, instead of a session.
    fn fixed_access_token(&self) -> Option<Secret> {
        None
    }
}

/// Keeps the refresh token for as long as the client lives.
#[derive(Clone, Default)]
pub struct MemoryTokens {
    token: Arc<Mutex<Option<Secret>>>,
}

impl MemoryTokens {
    fn guard(&self) -> MutexGuard<'_, Option<Secret>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryTokens {
    fn lock(&self) -> Locking<'_> {
        // The client renews one at a time, and no other process sees this memory.
        Box::pin(ready(Ok(Box::new(self.clone()) as Box<dyn KeptToken>)))
    }

    fn has_token(&self) -> bool {
        self.guard().is_some()
    }
}

impl KeptToken for MemoryTokens {
    fn read(&mut self) -> io::Result<Option<Secret>> {
        Ok(self.guard().clone())
    }

    fn write(&mut self, token: Option<&Secret>) -> io::Result<()> {
        *self.guard() = token.cloned();
        Ok(())
    }
}

/// A token that was given from outside (`ARTIPUL_TOKEN`) and is used as it is.
pub struct FixedToken(pub Secret);

impl TokenStore for FixedToken {
    fn lock(&self) -> Locking<'_> {
        Box::pin(ready(Ok(Box::new(MemoryTokens::default()) as Box<dyn KeptToken>)))
    }

    fn has_token(&self) -> bool {
        true
    }

    fn fixed_access_token(&self) -> Option<Secret> {
        Some(self.0.clone())
    }
}
