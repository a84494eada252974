//! A question with yes or no, before something that cannot be taken back.

use artipul_common::{AuctionId, auctions::Phase};
use ratatui::{Frame, layout::Rect, text::Line};

use super::sending::paragraph;
use crate::{app::model::Shared, ui::overlay};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To leave although something is not sent, or not known to have arrived.
    Quit,
    SignOut,
    /// To leave the form about a work with what was typed in it.
    Discard,
    Withdraw(AuctionId),
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

    pub(crate) fn withdraw(auction: AuctionId) -> Self {
        Self { asked: Asked::Withdraw(auction) }
    }
}

/// A draft leaves no trace when it is withdrawn.
fn is_draft(id: AuctionId, shared: &Shared) -> bool {
    shared.lots.get(id).is_some_and(|lot| lot.auction.phase == Phase::Draft)
}

/// Draws the question.
pub(crate) fn view(question: &Question, shared: &Shared, frame: &mut Frame, area: Rect) {
    const COLUMNS: u16 = 56;
    let lang = shared.lang;
    let (title, words) = match question.asked {
        Asked::Quit if !shared.outbox.is_empty() => ("question.quit", "question.quit-underway"),
        Asked::Quit => ("question.quit", "question.quit-unsent"),
        Asked::SignOut => ("question.sign-out", "question.sign-out-means"),
        Asked::Discard => ("question.discard", "question.quit-unsent"),
        Asked::Withdraw(id) if is_draft(id, shared) => {
            ("question.delete-draft", "question.delete-draft-means")
        }
        Asked::Withdraw(_) => ("question.withdraw", "question.withdraw-means"),
    };
    let columns = usize::from(COLUMNS.min(area.width).saturating_sub(4));
    let mut lines = paragraph(&lang.t(words), columns);
    lines.push(Line::default());
    lines.push(Line::styled(lang.t("question.sure"), shared.theme.heading));
    let height = u16::try_from(lines.len()).unwrap_or(area.height) + 2;
    let window = overlay::centred(area, COLUMNS, height);
    let inner = overlay::window(frame, window, &lang.t(title), &shared.theme);
    overlay::write(frame.buffer_mut(), inner, &lines);
}
