//! A question with yes or no, before something that cannot be taken back.

use artipul_common::{AuctionId, ChargeId, Money, SessionId, Timestamp, TokenId, auctions::Phase};
use ratatui::{Frame, layout::Rect, text::Line};

use super::sending::paragraph;
use crate::{
    app::model::Shared,
    i18n::tr,
    ui::{money::won, overlay, text},
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To leave although something is not sent, or not known to have arrived.
    Quit,
    SignOut,
    /// To leave the form about a work with what was typed in it.
    Discard,
    /// To leave pictures that were chosen and not sent.
    LeaveImages,
    RemoveImage,
    /// To list the works of a file; so many are left out for their errors.
    ListBatch {
        works: usize,
        wrong: usize,
    },
    /// To stop in the middle of a file.
    LeaveBatch,
    Withdraw(AuctionId),
    EndSession(SessionId),
    EndOtherSessions,
    TakeBack(TokenId),
    /// To take the selected account of a provider off one's own.
    Unlink,
    /// To take back a top-up, of so much, at that time.
    CancelCharge {
        charge: ChargeId,
        amount: Money,
        at: Timestamp,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) asked: Asked,
}

impl Question {
    pub(crate) fn quit() -> Self {
        Self { asked: Asked::Quit }
    }

    pub(crate) fn sign_out() -> Self {
        Self { asked: Asked::SignOut }
    }

    pub(crate) fn discard() -> Self {
        Self { asked: Asked::Discard }
    }

    pub(crate) fn leave_images() -> Self {
        Self { asked: Asked::LeaveImages }
    }

    pub(crate) fn remove_image() -> Self {
        Self { asked: Asked::RemoveImage }
    }

    pub(crate) fn list_batch(works: usize, wrong: usize) -> Self {
        Self { asked: Asked::ListBatch { works, wrong } }
    }

    pub(crate) fn leave_batch() -> Self {
        Self { asked: Asked::LeaveBatch }
    }

    pub(crate) fn withdraw(auction: AuctionId) -> Self {
        Self { asked: Asked::Withdraw(auction) }
    }

    pub(crate) fn end_session(session: SessionId) -> Self {
        Self { asked: Asked::EndSession(session) }
    }

    pub(crate) fn end_other_sessions() -> Self {
        Self { asked: Asked::EndOtherSessions }
    }

    pub(crate) fn take_back(token: TokenId) -> Self {
        Self { asked: Asked::TakeBack(token) }
    }

    pub(crate) fn unlink() -> Self {
        Self { asked: Asked::Unlink }
    }

    pub(crate) fn cancel_charge(charge: ChargeId, amount: Money, at: Timestamp) -> Self {
        Self { asked: Asked::CancelCharge { charge, amount, at } }
    }
}

/// A draft leaves no trace when it is withdrawn.
fn is_draft(id: AuctionId, shared: &Shared) -> bool {
    shared.lots.get(id).is_some_and(|lot| lot.auction.phase == Phase::Draft)
}

const COLUMNS: u16 = 56;

/// Where the window is.
pub(crate) fn window(question: &Question, shared: &Shared, area: Rect) -> Rect {
    let lines = lines(question, shared, area).len();
    overlay::centred(area, COLUMNS, u16::try_from(lines).unwrap_or(area.height) + 2)
}

/// Draws the question.
pub(crate) fn view(question: &Question, shared: &Shared, frame: &mut Frame, area: Rect) {
    let window = window(question, shared, area);
    let title = shared.lang.t(texts(question, shared).0);
    let inner = overlay::window(frame, window, &title, &shared.theme);
    overlay::write(frame.buffer_mut(), inner, &lines(question, shared, area));
}

/// The title of a question and what it is about.
fn texts(question: &Question, shared: &Shared) -> (&'static str, &'static str) {
    match question.asked {
        Asked::Quit if !shared.outbox.is_empty() => ("question.quit", "question.quit-underway"),
        Asked::Quit => ("question.quit", "question.quit-unsent"),
        Asked::SignOut => ("question.sign-out", "question.sign-out-means"),
        Asked::Discard => ("question.discard", "question.quit-unsent"),
        Asked::LeaveImages => ("question.leave-images", "question.leave-images-means"),
        Asked::ListBatch { .. } => ("question.list-batch", "question.list-batch-means"),
        Asked::LeaveBatch => ("question.leave-batch", "question.leave-batch-means"),
        Asked::RemoveImage => ("question.remove-image", "question.remove-image-means"),
        Asked::Withdraw(id) if is_draft(id, shared) => {
            ("question.delete-draft", "question.delete-draft-means")
        }
        Asked::Withdraw(_) => ("question.withdraw", "question.withdraw-means"),
        Asked::EndSession(_) => ("keep.end-session", "keep.end-session-means"),
        Asked::EndOtherSessions => ("keep.end-others", "keep.end-others-means"),
        Asked::TakeBack(_) => ("keep.take-back", "keep.take-back-means"),
        Asked::Unlink => ("social.unlink", "social.unlink-means"),
        Asked::CancelCharge { .. } => ("keep.cancel-charge", "keep.cancel-charge-means"),
    }
}

/// The very thing that is asked about.
fn about(question: &Question, shared: &Shared) -> Option<String> {
    match question.asked {
        Asked::Withdraw(id) => shared.lots.get(id).map(|lot| lot.auction.title.clone()),
        Asked::CancelCharge { amount, at, .. } => {
            Some(format!("{} · {}", won(amount), shared.zone.date_time(at, shared.now)))
        }
        _ => None,
    }
}

fn lines(question: &Question, shared: &Shared, area: Rect) -> Vec<Line<'static>> {
    let (lang, words) = (shared.lang, texts(question, shared).1);
    let columns = usize::from(COLUMNS.min(area.width).saturating_sub(4));
    let mut lines = match question.asked {
        Asked::ListBatch { works, wrong } => {
            let mut lines = paragraph(&tr!(lang, words, count = works), columns);
            if wrong > 0 {
                lines.extend(paragraph(&tr!(lang, "question.left-out", count = wrong), columns));
            }
            lines
        }
        _ => {
            let about = about(question, shared).map(|about| text::truncate(&about, columns));
            let about = about.map(|about| Line::styled(about, shared.theme.accent));
            about.into_iter().chain(paragraph(&lang.t(words), columns)).collect()
        }
    };
    lines.push(Line::default());
    lines.push(Line::styled(lang.t("question.sure"), shared.theme.heading));
    lines
}
