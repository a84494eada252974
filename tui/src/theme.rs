//! The colours, by role and in one place. Screens ask for a role, never for a colour.
//!
//! Saturated roles use the terminal's own sixteen colours, so that they fit its theme; greys are
//! such that they can be read on dark and on light ground.

use ratatui::style::{Color, Modifier, Style};

/// How each role looks.
#[derive(Debug, Clone)]
pub(crate) struct Theme {
    /// Whether colours may be used at all.
    pub(crate) coloured: bool,
    /// Ordinary text.
    pub(crate) text: Style,
    /// Labels, hints and what can be skipped.
    pub(crate) muted: Style,
    /// Lines and frames.
    pub(crate) line: Style,
    /// The frame of what has the focus, the name of the house.
    pub(crate) accent: Style,
    /// Headings and titles.
    pub(crate) heading: Style,
    /// Prices.
    pub(crate) money: Style,
    /// The user leads, has won, has been paid.
    pub(crate) good: Style,
    /// The user was outbid; something failed.
    pub(crate) bad: Style,
    /// Time runs out; something waits.
    pub(crate) warning: Style,
    /// The selected row.
    pub(crate) selected: Style,
    /// What has just changed.
    pub(crate) flash: Style,
    /// A key's name.
    pub(crate) key: Style,
    /// The ground of a text field.
    pub(crate) field: Style,
    /// The ground of the text field with the focus.
    pub(crate) field_focus: Style,
    /// What is behind a window.
    pub(crate) behind: Style,
    /// The status line.
    pub(crate) status: Style,
}

impl Theme {
    /// The theme for a terminal; without colours if `NO_COLOR` is set to anything (no-color.org).
    pub(crate) fn for_environment(no_color: Option<String>) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) { Self::plain() } else { Self::colour() }
    }

    pub(crate) fn colour() -> Self {
        let fg = |colour| Style::new().fg(colour);
        Self {
            coloured: true,
            text: Style::new(),
            muted: fg(Color::Indexed(245)),
            line: fg(Color::Indexed(240)),
            accent: fg(Color::Cyan),
            heading: Style::new().add_modifier(Modifier::BOLD),
            money: fg(Color::Yellow).add_modifier(Modifier::BOLD),
            good: fg(Color::Green).add_modifier(Modifier::BOLD),
            bad: fg(Color::Red).add_modifier(Modifier::BOLD),
            warning: fg(Color::Yellow),
            selected: fg(Color::Indexed(231)).bg(Color::Indexed(24)),
            flash: fg(Color::Indexed(16)).bg(Color::Indexed(221)).add_modifier(Modifier::BOLD),
            key: fg(Color::Cyan).add_modifier(Modifier::BOLD),
            field: fg(Color::Indexed(252)).bg(Color::Indexed(236)),
            field_focus: fg(Color::Indexed(231)).bg(Color::Indexed(24)),
            behind: fg(Color::Indexed(240)),
            status: fg(Color::Indexed(252)).bg(Color::Indexed(236)),
        }
    }

    /// Bold, underlined and reversed only.
    pub(crate) fn plain() -> Self {
        let with = |modifier| Style::new().add_modifier(modifier);
        Self {
            coloured: false,
            text: Style::new(),
            muted: Style::new(),
            line: Style::new(),
            accent: with(Modifier::BOLD),
            heading: with(Modifier::BOLD),
            money: with(Modifier::BOLD),
            good: with(Modifier::BOLD),
            bad: with(Modifier::BOLD),
            warning: Style::new(),
            selected: with(Modifier::REVERSED),
            flash: with(Modifier::REVERSED.union(Modifier::BOLD)),
            key: with(Modifier::BOLD),
            field: with(Modifier::UNDERLINED),
            field_focus: with(Modifier::REVERSED),
            behind: with(Modifier::DIM),
            status: with(Modifier::REVERSED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_is_respected_whatever_it_says() {
        assert!(!Theme::for_environment(Some("0".into())).coloured);
        assert!(Theme::for_environment(Some(String::new())).coloured);
        assert!(Theme::for_environment(None).coloured);
    }

    #[test]
    fn a_plain_theme_has_no_colour_in_any_role() {
        let description = format!("{:?}", Theme::plain());
        for colour in ["fg: Some", "bg: Some", "fg(", "bg("] {
            assert!(!description.contains(colour), "{description}");
        }
    }
}
