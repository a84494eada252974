//! How a command ends, as the number that scripts branch on.

use std::process::ExitCode;

use artipul_common::{client::ClientError, problem::ProblemCode};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// It was done; a bid leads, or has bought the work.
    Done = 0,
    /// It was not done, or not wholly, for a reason that no other code names.
    Failed = 1,
    /// It was asked for in a wrong way; nothing was sent.
    Usage = 2,
    /// The bid was accepted, and somebody else's maximum is at least as high.
    Outbid = 3,
    /// The rules of the house refuse it.
    Refused = 4,
    /// Nobody is signed in, or the token or password is refused.
    SignedOut = 5,
    /// There is no such thing, or it is not public.
    NotFound = 6,
    /// The server cannot be reached or is busy, and has done nothing.
    TryLater = 7,
    /// The answer was lost: it may have been done or not.
    Unknown = 8,
    /// SIGHUP ended it.
    HungUp = 129,
    /// SIGINT (Ctrl-C) ended it.
    Interrupted = 130,
    /// SIGTERM ended it.
    Terminated = 143,
}

impl Exit {
    /// Every code, in the order of the numbers.
    pub(super) const ALL: [Self; 12] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Outbid,
        Self::Refused,
        Self::SignedOut,
        Self::NotFound,
        Self::TryLater,
        Self::Unknown,
        Self::HungUp,
        Self::Interrupted,
        Self::Terminated,
    ];

    pub(super) const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for the help and the manual.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; of a bid: it leads, or has bought the work",
            Self::Failed => "not done, or not wholly; the message says why",
            Self::Usage => "asked for in a wrong way; nothing was sent",
            Self::Outbid => "the bid was accepted, but somebody else leads",
            Self::Refused => "refused by the rules: too low, own auction, ended, too few points...",
            Self::SignedOut => "not signed in, or the token or password was refused",
            Self::NotFound => "there is no such auction, artist or charge",
            Self::TryLater => "the server is offline or busy and has done nothing: try later",
            Self::Unknown => "the answer was lost: repeat with the same --key to learn the outcome",
            Self::HungUp => "ended by SIGHUP",
            Self::Interrupted => "ended by SIGINT (Ctrl-C)",
            Self::Terminated => "ended by SIGTERM",
        }
    }

    /// How a command ends whose call failed.
    pub(super) fn of(error: &ClientError) -> Self {
        match error {
            ClientError::SignedOut => Self::SignedOut,
            ClientError::Offline(_) => Self::TryLater,
            ClientError::Unexpected(_) | ClientError::Tokens(_) => Self::Failed,
            ClientError::Problem(problem) => match (problem.code, problem.status) {
                (ProblemCode::Internal | ProblemCode::Unknown, 500) => Self::Failed,
                (_, 400) => Self::Usage,
                (_, 401) => Self::SignedOut,
                (_, 404) => Self::NotFound,
                (_, 429 | 500..) => Self::TryLater,
                _ => Self::Refused,
            },
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use artipul_common::problem::Problem;

    use super::*;

    #[test]
    fn every_problem_has_the_code_of_its_kind() {
        let of = |code| Exit::of(&ClientError::Problem(Box::new(Problem::new(code, ""))));
        for &code in ProblemCode::ALL {
            assert!(!matches!(of(code), Exit::Done | Exit::Outbid | Exit::Unknown), "{code}");
        }
        assert_eq!(of(ProblemCode::BidTooLow), Exit::Refused);
        assert_eq!(of(ProblemCode::InsufficientPoints), Exit::Refused);
        assert_eq!(of(ProblemCode::TokenRevoked), Exit::SignedOut);
        assert_eq!(of(ProblemCode::CredentialsWrong), Exit::SignedOut);
        assert_eq!(of(ProblemCode::AuctionNotFound), Exit::NotFound);
        assert_eq!(of(ProblemCode::RateLimited), Exit::TryLater);
        assert_eq!(of(ProblemCode::Busy), Exit::TryLater);
        assert_eq!(of(ProblemCode::Internal), Exit::Failed);
        assert_eq!(of(ProblemCode::InvalidQuery), Exit::Usage);
    }

    #[test]
    fn the_list_has_every_code_once_and_in_order() {
        assert!(Exit::ALL.is_sorted_by(|one, next| one.code() < next.code()));
    }
}
