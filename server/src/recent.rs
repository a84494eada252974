//! Answers that everybody gets alike, kept for a moment: the pages that are browsed most.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;

/// After how long an answer is read again if nothing is heard of a change: that an auction has begun
/// is not told, nor who follows it elsewhere.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// Answers that are kept.
const ANSWERS: usize = 256;
/// The longest one, in bytes.
const LONGEST: usize = 256 * 1024;

/// The answers, by what was asked. Clones are the same.
#[derive(Clone, Default)]
pub struct Recent {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    changes: AtomicU64,
    answers: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    /// How many changes there had been when it was read.
    changes: u64,
    since: Instant,
    answer: Bytes,
}

/// What an answer will be kept as, taken before it is read.
#[derive(Debug, Clone, Copy)]
pub struct Stamp(u64);

impl Recent {
    fn answers(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.inner.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something has changed: no answer that was read before is good any more.
    pub fn forget(&self) {
        self.inner.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// The stamp of an answer that is read from now on.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.inner.changes.load(Ordering::Acquire))
    }

    /// The answer, if it is still good. Of those who find it old, one is to read it again; it does
    /// for the others meanwhile.
    pub fn get(&self, question: &str) -> Option<Bytes> {
        let Stamp(changes) = self.stamp();
        let mut answers = self.answers();
        let kept = answers.get_mut(question).filter(|kept| kept.changes == changes)?;
        if kept.since.elapsed() >= GOOD_FOR {
            kept.since = Instant::now();
            return None;
        }
        Some(kept.answer.clone())
    }

    /// Keeps an answer.
    pub fn put(&self, question: String, Stamp(changes): Stamp, answer: Bytes) {
        if answer.len() > LONGEST || question.len() > LONGEST {
            return;
        }
        let mut answers = self.answers();
        if answers.len() >= ANSWERS && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.insert(question, Kept { changes, since: Instant::now(), answer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Bytes = Bytes::from_static(b"answer");

    #[test]
    fn an_answer_is_given_again_until_something_changes() {
        let recent = Recent::default();
        recent.put("question".to_owned(), recent.stamp(), ANSWER);
        assert_eq!(recent.get("question"), Some(ANSWER));
        assert_eq!(recent.get("another"), None);
        recent.forget();
        assert_eq!(recent.get("question"), None);
    }

    #[test]
    fn of_those_who_find_an_answer_old_one_reads_it_again() {
        let recent = Recent::default();
        recent.put("question".to_owned(), recent.stamp(), ANSWER);
        for kept in recent.answers().values_mut() {
            kept.since = Instant::now().checked_sub(GOOD_FOR).unwrap();
        }
        assert_eq!(recent.get("question"), None);
        assert_eq!(recent.get("question"), Some(ANSWER));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_given_after_it() {
        let recent = Recent::default();
        let stamp = recent.stamp();
        recent.forget();
        recent.put("question".to_owned(), stamp, ANSWER);
        assert_eq!(recent.get("question"), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let recent = Recent::default();
        for number in 0..3 * ANSWERS {
            recent.put(number.to_string(), recent.stamp(), ANSWER);
        }
        assert!(recent.answers().len() <= ANSWERS);
        recent.put("long".to_owned(), recent.stamp(), vec![0; LONGEST + 1].into());
        assert_eq!(recent.get("long"), None);
    }
}
