//! The colours, by role and in one place. Screens ask for a role, never for a colour.
//!
//! Saturated roles use the terminal's own sixteen colours, so that they fit its theme; greys and
//! grounds are chosen for dark and for light ground apart, and left out where a terminal has
//! sixteen colours only.

use clap::ValueEnum;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::term::graphics::Depth;

/// The setting `theme`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum GroundSetting {
    /// As the terminal says; dark, if it says nothing.
    #[default]
    Auto,
    /// Light letters on dark ground.
    Dark,
    /// Dark letters on light ground.
    Light,
}

/// What the letters stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Dark,
    Light,
}

impl GroundSetting {
    /// The ground, given the colour that the terminal says it has.
    pub(crate) fn resolve(self, said: Option<[u8; 3]>) -> Ground {
        match (self, said) {
            (Self::Dark, _) | (Self::Auto, None) => Ground::Dark,
            (Self::Light, _) => Ground::Light,
            (Self::Auto, Some([r, g, b])) => {
                let bright = u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114;
                if bright > 127_500 { Ground::Light } else { Ground::Dark }
            }
        }
    }
}

/// How each role looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Theme {
    /// How many colours the terminal has.
    pub(crate) depth: Depth,
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
    /// Where a picture is to hang.
    pub(crate) wall: Style,
}

/// The shades between the ground and the letters.
struct Greys {
    /// Letters that can be skipped.
    muted: Color,
    line: Color,
    behind: Color,
    /// Letters on a raised ground, and that ground.
    raised: (Color, Color),
    wall: (Color, Color),
    /// Letters on the ground of what is chosen, and that ground.
    chosen: (Color, Color),
    flash: (Color, Color),
    /// Yellow cannot be read on white.
    money: Color,
    accent: Color,
    good: Color,
    warning: Color,
}

const fn grey(index: u8) -> Color {
    Color::Indexed(index)
}

const DARK: Greys = Greys {
    muted: grey(245),
    line: grey(240),
    behind: grey(240),
    raised: (grey(252), grey(236)),
    wall: (grey(243), grey(235)),
    chosen: (grey(231), grey(24)),
    flash: (grey(16), grey(221)),
    money: Color::Yellow,
    accent: Color::Cyan,
    good: Color::Green,
    warning: Color::Yellow,
};

const LIGHT: Greys = Greys {
    muted: grey(241),
    line: grey(248),
    behind: grey(249),
    raised: (grey(236), grey(254)),
    wall: (grey(243), grey(255)),
    chosen: (grey(231), grey(25)),
    flash: (grey(16), grey(222)),
    money: grey(94),
    accent: grey(24),
    good: grey(22),
    warning: grey(130),
};

/// With no more colours than have names, these are the only ones that every palette can show on
/// its ground.
const SIXTEEN: Greys = Greys {
    muted: Color::Reset,
    line: Color::Reset,
    behind: Color::DarkGray,
    raised: (Color::White, Color::Blue),
    wall: (Color::Reset, Color::Reset),
    chosen: (Color::White, Color::Blue),
    flash: (Color::Black, Color::Yellow),
    money: Color::Yellow,
    accent: Color::Cyan,
    good: Color::Green,
    warning: Color::Yellow,
};

impl Theme {
    /// The theme for a terminal of so many colours on this ground.
    pub(crate) fn new(depth: Depth, ground: Ground) -> Self {
        match (depth, ground) {
            (Depth::Mono, _) => Self::plain(),
            (Depth::Sixteen, _) => Self::of(&SIXTEEN, depth),
            (_, Ground::Dark) => Self::of(&DARK, depth),
            (_, Ground::Light) => Self::of(&LIGHT, depth),
        }
    }

    fn of(greys: &Greys, depth: Depth) -> Self {
        let fg = |colour| Style::new().fg(colour);
        let on = |(letters, ground)| Style::new().fg(letters).bg(ground);
        Self {
            depth,
            coloured: true,
            text: Style::new(),
            muted: fg(greys.muted),
            line: fg(greys.line),
            accent: fg(greys.accent),
            heading: Style::new().add_modifier(Modifier::BOLD),
            money: fg(greys.money).add_modifier(Modifier::BOLD),
            good: fg(greys.good).add_modifier(Modifier::BOLD),
            bad: fg(Color::Red).add_modifier(Modifier::BOLD),
            warning: fg(greys.warning),
            selected: on(greys.chosen),
            flash: on(greys.flash).add_modifier(Modifier::BOLD),
            key: fg(greys.accent).add_modifier(Modifier::BOLD),
            field: on(greys.raised),
            field_focus: on(greys.chosen),
            behind: fg(greys.behind),
            status: on(greys.raised),
            wall: on(greys.wall),
        }
    }

    /// Bold, underlined and reversed only.
    pub(crate) fn plain() -> Self {
        let with = |modifier| Style::new().add_modifier(modifier);
        Self {
            depth: Depth::Mono,
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
            wall: with(Modifier::DIM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_is_what_the_terminal_says_unless_the_user_knows_better() {
        let (black, white) = (Some([30, 30, 30]), Some([250, 245, 230]));
        for (setting, said, ground) in [
            (GroundSetting::Auto, None, Ground::Dark),
            (GroundSetting::Auto, black, Ground::Dark),
            (GroundSetting::Auto, white, Ground::Light),
            (GroundSetting::Dark, white, Ground::Dark),
            (GroundSetting::Light, black, Ground::Light),
        ] {
            assert_eq!(setting.resolve(said), ground, "{setting:?} {said:?}");
        }
    }

    #[test]
    fn a_theme_has_no_more_colours_than_the_terminal() {
        let said = |depth| format!("{:?}", Theme::new(depth, Ground::Dark));
        for colour in ["fg: Some", "bg: Some", "fg(", "bg("] {
            assert!(!said(Depth::Mono).contains(colour), "{}", said(Depth::Mono));
        }
        assert!(!said(Depth::Sixteen).contains("Indexed("));
        assert!(!said(Depth::Indexed).contains("Rgb"));
    }
}
