//! The terminal: its size, its colours, its letters, and what lies between it and the program.

use std::io::{self, IsTerminal};

use super::Check;
use crate::i18n::{Lang, tr};

/// Columns and lines that the screens need.
const LEAST: (u16, u16) = (60, 16);

/// Looks at the terminal, by these variables of the environment.
pub(super) fn checks(lang: Lang, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Check> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let size = io::stdout().is_terminal().then(crossterm::terminal::size).and_then(Result::ok);
    let mut checks = vec![
        size_check(lang, size),
        kind(lang, &set),
        colours(lang, &set),
        letters(lang, &set),
        pictures(lang, &set),
    ];
    if let Some(between) = between(&set) {
        checks.push(Check::ok("between", between));
    }
    checks
}

type Set<'s> = &'s dyn Fn(&str) -> Option<String>;

fn size_check(lang: Lang, size: Option<(u16, u16)>) -> Check {
    match size {
        None => Check::ok("size", lang.t("cli.doctor-no-terminal")),
        Some((columns, lines)) if columns < LEAST.0 || lines < LEAST.1 => {
            let hint = tr!(lang, "small.hint", width = LEAST.0, height = LEAST.1);
            Check::warn("size", format!("{columns} × {lines}"), hint.into_owned().into())
        }
        Some((columns, lines)) => Check::ok("size", format!("{columns} × {lines}")),
    }
}

fn kind(lang: Lang, set: Set<'_>) -> Check {
    match set("TERM") {
        Some(term) if term != "dumb" => Check::ok("terminal", format!("TERM={term}")),
        term => {
            let found = format!("TERM={}", term.unwrap_or_default());
            Check::warn("terminal", found, lang.t("cli.doctor-term-hint"))
        }
    }
}

fn colours(lang: Lang, set: Set<'_>) -> Check {
    let has = |name: &str, part: &str| set(name).is_some_and(|value| value.contains(part));
    if set("NO_COLOR").is_some() {
        return Check::ok("colours", lang.t("cli.doctor-no-color"));
    }
    let count = if has("COLORTERM", "truecolor") || has("COLORTERM", "24bit") {
        "16,777,216"
    } else if has("TERM", "256") {
        "256"
    } else {
        "16"
    };
    Check::ok("colours", count)
}

fn letters(lang: Lang, set: Set<'_>) -> Check {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let found = locale.unwrap_or_else(|| "C".to_owned());
    let folded = found.to_ascii_lowercase().replace('-', "");
    if folded.contains("utf8") {
        Check::ok("letters", found)
    } else {
        Check::warn("letters", found, lang.t("cli.doctor-utf8-hint"))
    }
}

/// The protocol for pictures that the terminal most likely speaks; the client itself asks it.
fn pictures(lang: Lang, set: Set<'_>) -> Check {
    let is = |name: &str, parts: &[&str]| {
        set(name).is_some_and(|value| parts.iter().any(|part| value.contains(part)))
    };
    let protocol = if set("KITTY_WINDOW_ID").is_some() || is("TERM", &["kitty", "ghostty"]) {
        "kitty"
    } else if is("TERM_PROGRAM", &["iTerm", "WezTerm"]) {
        "iterm2"
    } else if is("TERM", &["sixel", "foot", "mlterm"]) {
        "sixel"
    } else {
        return Check::ok("pictures", lang.t("cli.doctor-half-blocks"));
    };
    Check::ok("pictures", protocol)
}

fn between(set: Set<'_>) -> Option<String> {
    let names = [("tmux", "TMUX"), ("screen", "STY"), ("ssh", "SSH_CONNECTION")];
    let found: Vec<_> =
        names.into_iter().filter(|(_, name)| set(name).is_some()).map(|(what, _)| what).collect();
    (!found.is_empty()).then(|| found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn found(variables: &[(&str, &str)], name: &str) -> (State, String) {
        let variable = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        };
        let check = checks(Lang::En, &variable).into_iter().find(|check| check.name == name);
        check.map(|check| (check.state, check.detail)).unwrap()
    }

    #[test]
    fn the_environment_tells_what_the_terminal_can_do() {
        let kitty = [("TERM", "xterm-kitty"), ("COLORTERM", "truecolor"), ("LANG", "ko_KR.UTF-8")];
        assert_eq!(found(&kitty, "pictures").1, "kitty");
        assert_eq!(found(&kitty, "colours").1, "16,777,216");
        assert_eq!(found(&kitty, "letters"), (State::Ok, "ko_KR.UTF-8".to_owned()));
        let far = [("TERM", "screen-256color"), ("TMUX", "/tmp/x"), ("SSH_CONNECTION", "a b")];
        assert_eq!(found(&far, "between").1, "tmux, ssh");
        assert_eq!(found(&far, "colours").1, "256");
    }

    #[test]
    fn what_would_spoil_the_screen_is_warned_of() {
        assert_eq!(found(&[], "terminal").0, State::Warn);
        assert_eq!(found(&[("TERM", "dumb")], "terminal").0, State::Warn);
        assert_eq!(found(&[("LANG", "C")], "letters").0, State::Warn);
        assert_eq!(found(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], "letters").0, State::Warn);
    }
}
