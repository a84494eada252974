//! Whether somebody who looks elsewhere is called, and how. Pure.

use artipul_common::events::NoticeKind;

use crate::{config::Notify, term::speech::Speech};

/// Where the user looks, as far as the terminal says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Attention {
    /// The terminal has never said anything about it.
    #[default]
    Unknown,
    /// At this terminal.
    Here,
    /// At something else.
    Elsewhere,
}

impl Attention {
    pub(crate) fn focused(is_focused: bool) -> Self {
        if is_focused { Self::Here } else { Self::Elsewhere }
    }
}

/// How a notice is told aloud, if it is.
///
/// Whoever looks at the terminal sees it. Where the terminal does not say whether he does, it is
/// taken that he does, unless the settings ask for the bell.
pub(crate) fn speech(
    notify: Notify,
    attention: Attention,
    kind: NoticeKind,
    words: &str,
) -> Option<Speech> {
    if !is_urgent(kind) {
        return None;
    }
    match (notify, attention) {
        (Notify::Off, _) | (_, Attention::Here) | (Notify::Auto, Attention::Unknown) => None,
        (Notify::Bell, _) => Some(Speech::Bell),
        (Notify::Auto, Attention::Elsewhere) => Some(Speech::Notify(words.to_owned())),
    }
}

/// Whether a notice is worth an interruption. What the user has just done himself is not.
fn is_urgent(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::Outbid
        | NoticeKind::Won
        | NoticeKind::Lost
        | NoticeKind::Sold
        | NoticeKind::Unsold
        | NoticeKind::EndingSoon
        | NoticeKind::Withdrawn
        | NoticeKind::Refunded => true,
        NoticeKind::Leading | NoticeKind::Charged | NoticeKind::Updated => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(notify: Notify, attention: Attention) -> Option<Speech> {
        speech(notify, attention, NoticeKind::Outbid, "outbid")
    }

    #[test]
    fn whoever_looks_is_not_called() {
        for notify in [Notify::Auto, Notify::Bell, Notify::Off] {
            assert_eq!(told(notify, Attention::Here), None);
        }
    }

    #[test]
    fn whoever_looks_elsewhere_is_called_as_he_likes() {
        let elsewhere = Attention::Elsewhere;
        assert_eq!(told(Notify::Auto, elsewhere), Some(Speech::Notify("outbid".into())));
        assert_eq!(told(Notify::Bell, elsewhere), Some(Speech::Bell));
        assert_eq!(told(Notify::Off, elsewhere), None);
    }

    #[test]
    fn a_terminal_that_says_nothing_is_quiet_unless_the_bell_is_asked_for() {
        assert_eq!(told(Notify::Auto, Attention::Unknown), None);
        assert_eq!(told(Notify::Bell, Attention::Unknown), Some(Speech::Bell));
    }

    #[test]
    fn nobody_is_called_for_what_he_did_himself() {
        let charged = speech(Notify::Bell, Attention::Elsewhere, NoticeKind::Charged, "charged");
        assert_eq!(charged, None);
    }
}
