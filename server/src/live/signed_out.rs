//! What an instance knows of signed-out tokens without asking: all of them, as long as it hears
//! the others, and once it was told of those that came before it heard them.

use std::{
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use super::expiring::Expiring;

/// The signed-out tokens that this instance knows.
pub(super) struct SignedOut {
    /// After so long without a word from the others, something may be missing.
    silence: Duration,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// As long as each would have been good.
    tokens: Expiring<String, ()>,
    heard: Option<Instant>,
    /// How often the others could not be heard any more.
    gaps: u64,
    is_whole: bool,
}

impl SignedOut {
    pub(super) fn new(silence: Duration) -> Self {
        Self { silence, state: RwLock::default() }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that the channel was heard.
    pub(super) fn hear(&self) {
        self.write().heard = Some(Instant::now());
    }

    /// From here on something may be missing.
    pub(super) fn lose(&self) {
        let mut state = self.write();
        state.heard = None;
        state.is_whole = false;
        state.gaps += 1;
    }

    pub(super) fn add(&self, tokens: &[(String, Duration)]) {
        let mut state = self.write();
        for (token, ttl) in tokens {
            state.tokens.insert(token.clone(), (), *ttl);
        }
    }

    /// While the others are heard but what came before is not known: which gap that is.
    pub(super) fn gap(&self) -> Option<u64> {
        let state = self.read();
        (state.heard.is_some() && !state.is_whole).then_some(state.gaps)
    }

    /// Takes all tokens that were signed out before, read after [`SignedOut::gap`] was asked.
    pub(super) fn complete(&self, gap: u64, tokens: &[(String, Duration)]) {
        self.add(tokens);
        let mut state = self.write();
        state.is_whole |= state.heard.is_some() && state.gaps == gap;
    }

    /// Whether any of these tokens was signed out, if that is known.
    pub(super) fn know_any<'a>(&self, tokens: impl IntoIterator<Item = &'a str>) -> Option<bool> {
        let state = self.read();
        let is_there = tokens.into_iter().any(|token| state.tokens.get(token).is_some());
        // A process that was stopped wakes up with an old ear.
        let is_certain =
            || state.is_whole && state.heard.is_some_and(|heard| heard.elapsed() < self.silence);
        (is_there || is_certain()).then_some(is_there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn token() -> Vec<(String, Duration)> {
        vec![("token".to_owned(), LONG)]
    }

    #[test]
    fn it_knows_nothing_for_certain_before_it_was_told_of_what_came_before() {
        let known = SignedOut::new(LONG);
        assert_eq!((known.know_any(["token"]), known.gap()), (None, None));
        known.hear();
        assert_eq!(known.know_any(["token"]), None);
        let gap = known.gap().unwrap();
        known.complete(gap, &token());
        assert_eq!(
            (known.know_any(["token"]), known.know_any(["other"])),
            (Some(true), Some(false))
        );
        assert_eq!(known.gap(), None);
    }

    #[test]
    fn a_gap_while_the_past_is_read_leaves_it_uncertain() {
        let known = SignedOut::new(LONG);
        known.hear();
        let gap = known.gap().unwrap();
        known.lose();
        known.hear();
        known.complete(gap, &token());
        assert_eq!((known.know_any(["token"]), known.know_any(["other"])), (Some(true), None));
    }

    #[test]
    fn silence_makes_it_uncertain_and_a_signed_out_token_stays_so() {
        let known = SignedOut::new(Duration::ZERO);
        known.hear();
        known.complete(known.gap().unwrap(), &token());
        assert_eq!((known.know_any(["token"]), known.know_any(["other"])), (Some(true), None));
    }
}
