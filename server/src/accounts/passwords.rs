//! Passwords: bcrypt, on a bounded number of threads.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::db::accounts::NO_PASSWORD;

/// Hashes and compares passwords, at most as many at once as the machine has cores.
pub(super) struct Passwords {
    cost: u32,
    turns: Arc<Semaphore>,
    /// Compared with where there is no account, so that it takes as long.
    nobody: String,
}

impl Passwords {
    pub(super) fn new(cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = bcrypt::non_truncating_hash("nobody has this password", cost)
            .expect("the cost is checked in the configuration");
        Self { cost, turns: Arc::new(Semaphore::new(cores)), nobody }
    }

    /// The hash of a password, whose length was checked.
    pub(super) async fn hash(&self, password: String) -> Result<String, String> {
        let cost = self.cost;
        self.on_a_thread(move || bcrypt::non_truncating_hash(password, cost))
            .await
            .map_err(|error| error.to_string())
    }

    /// Whether a password has this hash; without a hash, or with that of no password, false after
    /// the same time.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> bool {
        let hash = hash.filter(|hash| hash != NO_PASSWORD);
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        // A password that is too long for bcrypt cannot have been set.
        let is_right =
            self.on_a_thread(move || bcrypt::non_truncating_verify(password, &hash)).await;
        is_right.unwrap_or(false) && exists
    }

    async fn on_a_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turns = Arc::clone(&self.turns);
        let turn = turns.acquire_owned().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let passwords = Passwords::new(4);
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        let right = |password: &str, hash: Option<&String>| {
            passwords.verify(password.to_owned(), hash.cloned())
        };
        assert!(right("correct horse", Some(&hash)).await);
        assert!(!right("correct horsf", Some(&hash)).await);
        for none in [None, Some(&NO_PASSWORD.to_owned())] {
            assert!(!right("nobody has this password", none).await);
            assert!(!right(NO_PASSWORD, none).await);
        }
        assert!(!right(&"x".repeat(100), Some(&hash)).await);
    }
}
