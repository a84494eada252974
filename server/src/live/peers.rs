//! The other instances that were heard lately, and questions that all of them have to answer.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// The other instances.
pub(super) struct Peers {
    /// After so long without a word an instance is gone, or knows that it cannot be heard.
    silence: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    heard: HashMap<u64, Instant>,
    /// Since when this instance hears itself without a pause, and the last time that it did.
    listening: Option<(Instant, Instant)>,
    last_heard: Option<Instant>,
    questions: HashMap<u64, Open>,
    asked: u64,
}

struct Open {
    missing: HashSet<u64>,
    answered: oneshot::Sender<()>,
}

/// A question to all instances that are there.
pub(super) struct Question<'a> {
    peers: &'a Peers,
    number: u64,
    answered: oneshot::Receiver<()>,
}

impl Peers {
    pub(super) fn new(silence: Duration) -> Self {
        Self { silence, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that an instance is there.
    pub(super) fn hear(&self, peer: u64) {
        let silence = self.silence;
        let mut state = self.state();
        state.last_heard = Some(Instant::now());
        state.heard.insert(peer, Instant::now());
        state.heard.retain(|_, heard| heard.elapsed() < silence);
    }

    /// Takes note that this instance has heard itself, so that it would have heard others.
    pub(super) fn hear_oneself(&self) {
        let now = Instant::now();
        let mut state = self.state();
        let since = state.listening.map_or(now, |(since, _)| since);
        state.listening = Some((since, now));
    }

    /// From here on others may not be heard.
    pub(super) fn lose(&self) {
        self.state().listening = None;
    }

    /// Whether there is certainly no other instance: it would have been heard several times.
    pub(super) fn are_none(&self) -> bool {
        let long = self.silence * 3;
        let state = self.state();
        let has_listened = state
            .listening
            .is_some_and(|(since, last)| since.elapsed() >= long && last.elapsed() < self.silence);
        has_listened && state.last_heard.is_none_or(|heard| heard.elapsed() >= long)
    }

    /// Opens a question; it is for the caller to send it.
    pub(super) fn ask(&self) -> Question<'_> {
        let (sender, answered) = oneshot::channel();
        let mut state = self.state();
        state.asked += 1;
        let number = state.asked;
        let is_there = |heard: &Instant| heard.elapsed() < self.silence;
        let there = state.heard.iter().filter(|(_, heard)| is_there(heard));
        let missing: HashSet<u64> = there.map(|(peer, _)| *peer).collect();
        if missing.is_empty() {
            // Nobody waits for this yet, so it cannot fail.
            let _ = sender.send(());
        } else {
            state.questions.insert(number, Open { missing, answered: sender });
        }
        Question { peers: self, number, answered }
    }

    /// Takes an instance's answer.
    pub(super) fn answer(&self, peer: u64, number: u64) {
        let mut state = self.state();
        let Some(open) = state.questions.get_mut(&number) else { return };
        open.missing.remove(&peer);
        if open.missing.is_empty()
            && let Some(open) = state.questions.remove(&number)
        {
            // Whoever asked may have given up.
            let _ = open.answered.send(());
        }
    }
}

impl Question<'_> {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Waits until every instance has answered, or must know that it cannot be heard.
    pub(super) async fn answered(mut self) {
        if timeout(self.peers.silence, &mut self.answered).await.is_err() {
            tracing::debug!("an instance has not answered");
        }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.peers.state().questions.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test(start_paused = true)]
    async fn a_question_to_nobody_is_answered() {
        let started = tokio::time::Instant::now();
        Peers::new(LONG).ask().answered().await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_waits_for_every_instance() {
        let started = tokio::time::Instant::now();
        let peers = Peers::new(LONG);
        peers.hear(1);
        peers.hear(2);
        let question = peers.ask();
        let number = question.number();
        peers.answer(1, number);
        peers.answer(3, number);
        assert_eq!(peers.state().questions.len(), 1, "the second is missing");
        peers.answer(2, number);
        question.answered().await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_that_is_gone_is_not_waited_for_longer_than_its_silence() {
        let started = tokio::time::Instant::now();
        let peers = Peers::new(LONG);
        peers.hear(1);
        peers.ask().answered().await;
        assert_eq!(started.elapsed(), LONG);
        assert!(peers.state().questions.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_hears_only_himself_for_long_is_alone() {
        let second = Duration::from_secs(1);
        let peers = Peers::new(second);
        let listen = async |seconds: u32| {
            for _ in 0..seconds * 2 {
                peers.hear_oneself();
                tokio::time::advance(second / 2).await;
            }
        };
        assert!(!peers.are_none(), "not known yet");
        listen(2).await;
        assert!(!peers.are_none(), "not known yet");
        listen(2).await;
        assert!(peers.are_none());
        peers.hear(1);
        assert!(!peers.are_none(), "another one has come");
        listen(2).await;
        assert!(!peers.are_none(), "it may only be slow");
        listen(2).await;
        assert!(peers.are_none(), "it has gone");
        tokio::time::advance(second).await;
        assert!(!peers.are_none(), "deaf without knowing it");
        peers.lose();
        listen(2).await;
        assert!(!peers.are_none(), "it has heard nobody for a while");
        listen(2).await;
        assert!(peers.are_none());
    }
}
