//! Who is signed in, what he has, and how much of everything is his.

use std::time::Duration;

use artipul_common::{UserId, accounts::User, client::ClientError, mine::Summary, wallet::Wallet};

use super::{
    effect::{Answer, Call, Outcome, RequestId, Slot},
    loading::Loading,
    model::Cx,
};

/// Who uses the client.
#[derive(Debug, Clone, Default)]
pub(crate) enum Who {
    /// A session was kept, and the server has not said yet whose.
    #[default]
    Unknown,
    /// Nobody is signed in.
    Nobody,
    /// This one is.
    User(Box<User>),
}

/// Something that is read again whenever it may have changed, one request at a time.
#[derive(Debug, Clone, Copy, Default)]
struct Fresh {
    slot: Slot,
    /// It changed again while it was being read.
    stale: bool,
}

impl Fresh {
    fn read(&mut self, cx: &mut Cx, call: Call) {
        if self.slot.is_waiting() {
            self.stale = true;
        } else {
            self.stale = false;
            self.slot.wait_for(cx.call(call));
        }
    }

    /// Takes the answer; true if it is already out of date.
    fn take(&mut self, id: RequestId) -> bool {
        self.slot.take(id);
        std::mem::take(&mut self.stale)
    }
}

/// The signed-in user and his numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) who: Who,
    pub(crate) wallet: Option<Wallet>,
    pub(crate) summary: Option<Summary>,
    me: Loading,
    wallet_read: Fresh,
    summary_read: Fresh,
}

/// What an answer meant for the account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Nothing,
    /// It is known now who is signed in.
    SignedIn,
    /// The session is over.
    SignedOut,
}

impl Account {
    pub(crate) fn user(&self) -> Option<&User> {
        match &self.who {
            Who::User(user) => Some(user),
            Who::Unknown | Who::Nobody => None,
        }
    }

    pub(crate) fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    pub(crate) fn nickname(&self) -> Option<&str> {
        self.user().map(|user| user.nickname.as_str())
    }

    /// Whether an administrator is signed in.
    pub(crate) fn is_admin(&self) -> bool {
        self.user().is_some_and(|user| user.is_admin)
    }

    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self.who, Who::Nobody)
    }

    /// Whether it is not known who is signed in, and nobody is asking.
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self.who, Who::Unknown) && !self.me.is_waiting()
    }

    /// Asks whose the kept session is.
    pub(crate) fn identify(cx: &mut Cx) {
        let id = cx.call(Call::Me);
        cx.shared.account.me.wait_for(id);
    }

    /// Reads wallet and counts again.
    pub(crate) fn refresh(cx: &mut Cx) {
        if cx.shared.account.user().is_none() {
            return;
        }
        let (mut wallet, mut summary) =
            (cx.shared.account.wallet_read, cx.shared.account.summary_read);
        wallet.read(cx, Call::Wallet);
        summary.read(cx, Call::Summary);
        cx.shared.account.wallet_read = wallet;
        cx.shared.account.summary_read = summary;
    }

    /// The user has just signed in, or changed his profile.
    pub(crate) fn sign_in(cx: &mut Cx, user: User) {
        cx.shared.account.who = Who::User(Box::new(user));
        Self::refresh(cx);
    }

    /// Nobody is signed in any more.
    pub(crate) fn sign_out(&mut self) {
        *self = Self { who: Who::Nobody, ..Self::default() };
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.me.owns(id) || self.wallet_read.slot.is_for(id) || self.summary_read.slot.is_for(id)
    }

    pub(crate) fn answered(cx: &mut Cx, id: RequestId, outcome: Outcome) -> Turn {
        let uptime = cx.shared.uptime;
        let account = &mut cx.shared.account;
        account.me.take(id, &outcome, uptime);
        let stale = if account.wallet_read.slot.is_for(id) {
            account.wallet_read.take(id)
        } else if account.summary_read.slot.is_for(id) {
            account.summary_read.take(id)
        } else {
            false
        };
        let turn = match outcome {
            Ok(Answer::User(user)) => {
                Self::sign_in(cx, *user);
                return Turn::SignedIn;
            }
            Ok(Answer::Wallet(wallet)) => {
                account.wallet = Some(wallet);
                Turn::Nothing
            }
            Ok(Answer::Summary(summary)) => {
                account.summary = Some(summary);
                Turn::Nothing
            }
            Err(ClientError::SignedOut) => return Turn::SignedOut,
            _ => Turn::Nothing,
        };
        if stale {
            Self::refresh(cx);
        }
        turn
    }

    /// Whether it is time to ask again whose the session is.
    pub(crate) fn is_due(&self, uptime: Duration) -> bool {
        self.me.is_due(uptime)
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.me.next_change()
    }
}
