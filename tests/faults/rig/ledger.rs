//! What everybody was told about what he sent.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use artipul_common::{AuctionId, Money, UserId, bids::BidReceipt, problem::ProblemCode};

/// A bid or a purchase, and what its sender was told in the end. Nobody sends the same amount for
/// the same auction under two keys.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) auction: AuctionId,
    pub(crate) who: UserId,
    pub(crate) amount: Money,
    pub(crate) outcome: Outcome,
}

/// What somebody was told.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It counts.
    Accepted(BidReceipt),
    /// A rule is against it.
    Refused(ProblemCode),
}

/// Where everybody writes down what he was told.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    attempts: Mutex<Vec<Attempt>>,
    strange: Mutex<Vec<String>>,
    reached: Mutex<HashMap<AuctionId, Money>>,
    accepted: AtomicUsize,
    unanswered: AtomicUsize,
}

impl Ledger {
    pub(crate) fn write(&self, attempt: Attempt) {
        if let Outcome::Accepted(receipt) = &attempt.outcome {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
            let known = reached.entry(attempt.auction).or_default();
            *known = (*known).max(receipt.price);
        }
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }

    /// The highest price of an auction that anybody was told.
    pub(crate) fn reached(&self, auction: AuctionId) -> Option<Money> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).get(&auction).copied()
    }

    /// Writes down what nobody should have been told.
    pub(crate) fn wonder(&self, what: String) {
        self.strange.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Counts a request that the client's own retry did not bring to an answer.
    pub(crate) fn leave_unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    /// How many bids and purchases were acknowledged so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many requests were left unanswered so far.
    pub(crate) fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn strange(&self) -> Vec<String> {
        self.strange.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
