//! What the client says to a terminal besides its screen: the bell, a notification of the
//! desktop, a text for the clipboard.

use artipul_common::accounts::Secret;
use crossterm::{Command, clipboard::CopyToClipboard};

use crate::ui::text;

/// Something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Speech {
    Bell,
    /// A sentence for whoever looks at another window.
    Notify(String),
    /// A text for the clipboard.
    Copy(String),
    /// A text for the clipboard that is shown nowhere else.
    CopySecret(Secret),
    /// Whether clicks and the wheel are to be told.
    Mouse(bool),
}

/// What is between the client and whoever it speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// A terminal in a window of its own.
    Window,
    /// A multiplexer, which keeps what it does not know to itself but passes the bell on; or a
    /// console without a desktop, which would write what it does not know on the screen.
    BellOnly,
}

impl Host {
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let is_console = |term: String| {
            ["linux", "dumb", "screen", "tmux"].iter().any(|name| term.starts_with(name))
        };
        if is_set("TMUX") || is_set("STY") || variable("TERM").is_none_or(is_console) {
            Self::BellOnly
        } else {
            Self::Window
        }
    }
}

/// A text for the clipboard, as it is written to the terminal.
fn clipboard(words: &str) -> String {
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(words)
        .write_ansi(&mut sequence)
        .expect("a string takes whatever is written to it");
    sequence
}

/// The longest sentence of a notification, in columns.
const MAX_COLUMNS: usize = 120;

impl Speech {
    /// What is written to the terminal.
    pub(crate) fn sequence(&self, host: Host) -> String {
        match self {
            Self::Bell => BELL.to_owned(),
            Self::Notify(_) if host == Host::BellOnly => BELL.to_owned(),
            Self::Notify(words) => notification(words),
            Self::Copy(words) => clipboard(words),
            Self::CopySecret(secret) => clipboard(secret.reveal()),
            Self::Mouse(true) => HEAR_MOUSE.to_owned(),
            Self::Mouse(false) => IGNORE_MOUSE.to_owned(),
        }
    }
}

/// Asks for clicks and the wheel, where they are. Crossterm would also ask for every movement.
pub(crate) const HEAR_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
pub(crate) const IGNORE_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";

const BELL: &str = "\x07";

/// OSC 9, and the bell for those who do not know it. The name in front also keeps a title such as
/// `4;1;50` from being taken for a progress bar, which some terminals draw for that.
fn notification(words: &str) -> String {
    let words = text::truncate(&text::clean(words), MAX_COLUMNS);
    format!("\x1b]9;Artipul: {words}\x1b\\{BELL}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Host {
        Host::of_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_notification_carries_nothing_that_a_terminal_would_obey() {
        let words = format!("밀려났습니다\x1b]52;c;eA==\x07\u{9c}\n{}", "x".repeat(5_000));
        let sequence = Speech::Notify(words).sequence(Host::Window);
        let inner = sequence.strip_prefix("\x1b]9;Artipul: 밀려났습니다").unwrap();
        let inner = inner.strip_suffix("\x1b\\\x07").unwrap();
        assert!(!inner.contains(char::is_control), "{inner:?}");
        assert!(sequence.len() < 400);
    }

    #[test]
    fn a_multiplexer_and_a_console_hear_the_bell() {
        let told = |host| Speech::Notify("outbid".into()).sequence(host);
        let inside = host(&[("TERM", "xterm-256color"), ("TMUX", "/tmp/tmux-1000/default,1,0")]);
        assert_eq!(told(inside), "\x07");
        assert_eq!(told(host(&[("TERM", "linux")])), "\x07");
        assert_eq!(told(host(&[])), "\x07");
        assert!(told(host(&[("TERM", "xterm-256color")])).starts_with("\x1b]9;"));
    }

    #[test]
    fn what_is_copied_is_encoded() {
        let sequence = Speech::Copy("artipul show 3".into()).sequence(Host::Window);
        assert_eq!(sequence, "\x1b]52;c;YXJ0aXB1bCBzaG93IDM=\x1b\\");
    }
}
