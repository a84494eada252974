//! Waiting for conditions, never for time.

use std::time::Duration;

use tokio::time::{interval, timeout};

/// How long a condition may take before a test has failed; far longer than it ever does.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Waits until `condition` gives something.
///
/// # Panics
/// It does not in time.
pub async fn eventually<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    patiently(PATIENCE, what, condition).await
}

/// As [`eventually`], where it may take longer.
///
/// # Panics
/// It does not in time.
pub async fn patiently<T>(
    patience: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let mut looks = interval(LOOK);
    let look = async {
        loop {
            looks.tick().await;
            if let Some(value) = condition().await {
                return value;
            }
        }
    };
    match timeout(patience, look).await {
        Ok(value) => value,
        Err(_) => panic!("not in time: {what}"),
    }
}

/// Waits for a future.
///
/// # Panics
/// It is not ready in time.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("not in time: {what}"),
    }
}
