//! Opens an address in the user's browser, where he has one on this machine.

use std::{
    process::{Command, Stdio},
    thread,
};

/// The program that opens addresses here, if somebody sits at this machine.
fn opener(variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("SSH_CONNECTION") || is_set("SSH_TTY") {
        None
    } else if cfg!(target_os = "macos") {
        Some("open")
    } else if is_set("WSL_DISTRO_NAME") {
        Some("wslview")
    } else if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        Some("xdg-open")
    } else {
        None
    }
}

/// Whether a text is an address of the web, and no word that a program could take for an option.
fn is_web(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic() && !"\"'`\\".contains(c))
    })
}

/// Opens an address, and does not wait for it. The address is shown as well, so that nothing is
/// lost where it cannot be opened.
pub(crate) fn open(address: &str) {
    let Some(program) = opener(|name| std::env::var(name).ok()).filter(|_| is_web(address)) else {
        return;
    };
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Whether there is such a program is found out by this alone. The system keeps the end of a
    // program until somebody has asked for it.
    if let Ok(mut child) = command.spawn() {
        thread::spawn(move || child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(set: &[&str]) -> Option<&'static str> {
        opener(|name| set.contains(&name).then(|| "x".to_owned()))
    }

    #[test]
    fn nothing_is_opened_for_somebody_who_sits_elsewhere() {
        assert_eq!(chosen(&["SSH_CONNECTION", "DISPLAY"]), None);
        assert_eq!(chosen(&["SSH_TTY", "WSL_DISTRO_NAME"]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_is_opened_by_what_the_desktop_has() {
        assert_eq!(chosen(&["DISPLAY"]), Some("xdg-open"));
        assert_eq!(chosen(&["WAYLAND_DISPLAY"]), Some("xdg-open"));
        assert_eq!(chosen(&["WSL_DISTRO_NAME", "DISPLAY"]), Some("wslview"));
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn only_addresses_of_the_web_are_opened() {
        assert!(is_web("https://acme.example/authorize?state=a&nonce=b"));
        for other in [
            "",
            "--help",
            "file:///etc/passwd",
            "https://",
            "https://a b",
            "javascript:1",
            "https://a'b",
        ] {
            assert!(!is_web(other), "{other}");
        }
    }
}
