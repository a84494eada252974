//! What was sent and must happen exactly once: bids, purchases, top-ups, listings.
//!
//! Each carries a key that it keeps through all its attempts. As long as no answer came, it is
//! neither accepted nor refused; it is sent again until the server says which.

use std::time::Duration;

use artipul_common::{
    AuctionId, Money,
    auctions::{ListWorkRequest, RelistRequest},
    client::ClientError,
    problem::ProblemCode,
};

use super::{
    effect::{Answer, Call, Outcome, RequestId, Slot},
    model::Cx,
};

/// What is to be done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Errand {
    Bid { auction: AuctionId, amount: Money },
    Buy { auction: AuctionId, price: Money },
    Charge { amount: Money },
    ListWork(Box<ListWorkRequest>),
    Relist { auction: AuctionId, terms: Box<RelistRequest> },
}

/// Why an errand waits before it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The answer was lost: it may or may not have happened.
    Unknown,
    /// The server was too busy and did nothing.
    Busy,
}

/// One errand on its way.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) key: String,
    pub(crate) errand: Errand,
    slot: Slot,
    attempts: u32,
    /// Whether an answer was lost before.
    unsure: bool,
    /// Why it is being sent again, if it is.
    pub(crate) doubt: Option<Doubt>,
    /// When it is sent again; `None` while an answer is waited for.
    pub(crate) retry_at: Option<Duration>,
}

/// An errand that came out.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) key: String,
    pub(crate) errand: Errand,
    pub(crate) result: Result<Answer, ClientError>,
    /// It failed here before the server could say whether an earlier attempt was accepted.
    pub(crate) unsure: bool,
}

/// The errands on their way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    sent: Vec<Sent>,
}

const MAX_PAUSE: Duration = Duration::from_secs(8);

impl Outbox {
    /// Sends an errand. Returns its key.
    pub(crate) fn send(cx: &mut Cx, errand: Errand) -> String {
        let key = cx.new_key();
        Self::send_as(cx, key.clone(), errand);
        key
    }

    /// As [`Self::send`], under a key that the same errand also had in another run.
    pub(crate) fn send_as(cx: &mut Cx, key: String, errand: Errand) {
        let mut sent = Sent {
            key,
            errand,
            slot: Slot::default(),
            attempts: 0,
            unsure: false,
            doubt: None,
            retry_at: None,
        };
        sent.attempt(cx);
        cx.shared.outbox.sent.push(sent);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Sent> {
        self.sent.iter().find(|sent| sent.key == key)
    }

    /// Whether an answer is being waited for.
    pub(crate) fn is_sending(&self) -> bool {
        self.sent.iter().any(|sent| sent.retry_at.is_none())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.sent.iter().any(|sent| sent.slot.is_for(id))
    }

    /// Takes an answer. `None` if the errand goes on.
    pub(crate) fn answered(cx: &mut Cx, id: RequestId, outcome: Outcome) -> Option<Settled> {
        let uptime = cx.shared.uptime;
        let outbox = &mut cx.shared.outbox;
        let index = outbox.sent.iter().position(|sent| sent.slot.is_for(id))?;
        let sent = &mut outbox.sent[index];
        sent.slot.take(id);
        if let Err(error) = &outcome
            && let Some(doubt) = doubt(error)
        {
            sent.unsure |= doubt == Doubt::Unknown;
            // A busy server says nothing about an earlier attempt whose answer was lost.
            sent.doubt = Some(if sent.unsure { Doubt::Unknown } else { doubt });
            sent.retry_at = Some(uptime + sent.pause());
            return None;
        }
        let Sent { key, errand, unsure, .. } = outbox.sent.remove(index);
        let by_server = matches!(outcome, Ok(_) | Err(ClientError::Problem(_)));
        Some(Settled { key, errand, result: outcome, unsure: unsure && !by_server })
    }

    /// Sends again what waits for it.
    pub(crate) fn wake(cx: &mut Cx) {
        let uptime = cx.shared.uptime;
        let mut sent = std::mem::take(&mut cx.shared.outbox.sent);
        for one in &mut sent {
            if one.retry_at.is_some_and(|at| at <= uptime) {
                one.attempt(cx);
            }
        }
        cx.shared.outbox.sent = sent;
    }

    /// The next moment at which something is sent again.
    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.sent.iter().filter_map(|sent| sent.retry_at).min()
    }
}

/// Whether the errand must go on after this error.
fn doubt(error: &ClientError) -> Option<Doubt> {
    match error {
        ClientError::Offline(_) | ClientError::Unexpected(_) => Some(Doubt::Unknown),
        // Nobody knows what a server did before it failed inside.
        ClientError::Problem(problem) if problem.code == ProblemCode::Internal => {
            Some(Doubt::Unknown)
        }
        ClientError::Problem(problem)
            if matches!(problem.code, ProblemCode::Busy | ProblemCode::ShuttingDown) =>
        {
            Some(Doubt::Busy)
        }
        _ => None,
    }
}

impl Sent {
    fn attempt(&mut self, cx: &mut Cx) {
        let key = self.key.clone();
        let call = match self.errand.clone() {
            Errand::Bid { auction, amount } => Call::Bid { auction, amount, key },
            Errand::Buy { auction, price } => Call::Buy { auction, price, key },
            Errand::Charge { amount } => Call::Charge { amount, key },
            Errand::ListWork(work) => Call::ListWork { work, key },
            Errand::Relist { auction, terms } => Call::Relist { auction, terms, key },
        };
        self.retry_at = None;
        self.attempts += 1;
        self.slot.wait_for(cx.call(call));
    }

    fn pause(&self) -> Duration {
        (Duration::from_millis(500) * 2u32.pow(self.attempts.min(8))).min(MAX_PAUSE)
    }
}
