//! One thing that is read from the server: whether it is on its way, why it failed, and when it
//! is asked for again.

use std::time::Duration;

use artipul_common::client::ClientError;

use super::effect::{Outcome, RequestId, Slot};

/// A read that repeats itself while the server cannot be reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loading {
    slot: Slot,
    error: Option<ClientError>,
    attempts: u32,
    retry_at: Option<Duration>,
}

const MAX_PAUSE: Duration = Duration::from_secs(8);

impl Loading {
    pub(crate) fn wait_for(&mut self, id: RequestId) {
        self.slot.wait_for(id);
        self.retry_at = None;
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.slot.is_waiting()
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.slot.is_for(id)
    }

    /// Why it failed the last time.
    pub(crate) fn error(&self) -> Option<&ClientError> {
        self.error.as_ref()
    }

    /// Takes an answer's arrival; false if it is a stale one.
    pub(crate) fn take(&mut self, id: RequestId, outcome: &Outcome, uptime: Duration) -> bool {
        if !self.slot.take(id) {
            return false;
        }
        match outcome {
            Ok(_) => *self = Self::default(),
            Err(error) => {
                self.error = Some(error.clone());
                self.attempts += 1;
                let pause =
                    (Duration::from_millis(500) * 2u32.pow(self.attempts.min(8))).min(MAX_PAUSE);
                self.retry_at = error.is_passing().then_some(uptime + pause);
            }
        }
        true
    }

    /// Whether it is time to ask again. Asking is up to the owner.
    pub(crate) fn is_due(&self, uptime: Duration) -> bool {
        self.retry_at.is_some_and(|at| at <= uptime)
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.retry_at
    }

    /// Nobody waits for it any more.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::effect::Answer;

    fn offline() -> Outcome {
        Err(ClientError::Offline("refused".into()))
    }

    #[test]
    fn what_could_not_be_reached_is_asked_for_again() {
        let mut loading = Loading::default();
        let at = Duration::from_secs;
        loading.wait_for(RequestId(1));
        assert!(loading.take(RequestId(1), &offline(), at(10)));
        assert!(!loading.is_due(at(10)) && loading.is_due(at(11)));
        loading.wait_for(RequestId(2));
        assert!(!loading.is_due(at(99)), "asked twice at once");
        assert!(loading.take(RequestId(2), &Ok(Answer::Done), at(12)));
        assert!(loading.error().is_none() && loading.next_change().is_none());
    }

    #[test]
    fn a_refusal_is_final_and_a_stale_answer_nothing() {
        let mut loading = Loading::default();
        loading.wait_for(RequestId(1));
        assert!(!loading.take(RequestId(7), &offline(), Duration::ZERO));
        assert!(loading.take(RequestId(1), &Err(ClientError::SignedOut), Duration::ZERO));
        assert!(loading.error().is_some() && loading.next_change().is_none());
    }
}
