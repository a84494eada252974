//! How this terminal can show pictures and colours: by what it says, by what its environment says,
//! and by what the user says.

use clap::ValueEnum;
use ratatui::layout::Size;
use serde::Deserialize;

use super::answers::Answers;

/// The setting `images`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Images {
    /// The best that the terminal says it can do.
    #[default]
    Auto,
    /// By kitty's protocol.
    Kitty,
    /// As sixels.
    Sixel,
    /// By iTerm2's protocol.
    Iterm2,
    /// Of half blocks: two pixels a letter.
    Half,
    /// No pictures.
    Off,
}

/// What pictures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Paint {
    Kitty,
    Sixel,
    Iterm2,
    Blocks,
    Nothing,
}

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    Mono,
    Sixteen,
    Indexed,
    True,
}

/// How pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Graphics {
    pub(crate) paint: Paint,
    /// A cell in pixels.
    pub(crate) cell: Size,
    /// Whether what is meant for the terminal must be handed through tmux.
    pub(crate) through_tmux: bool,
    /// Whether a picture should be small on its way rather than quickly made.
    pub(crate) far: bool,
}

/// What the environment says of the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) term: String,
    pub(crate) term_program: String,
    pub(crate) lc_terminal: String,
    pub(crate) colorterm: String,
    pub(crate) no_color: bool,
    pub(crate) in_tmux: bool,
    pub(crate) over_ssh: bool,
    pub(crate) is_konsole: bool,
    pub(crate) is_wezterm: bool,
    /// The size of a cell in pixels, as the terminal's driver has it.
    pub(crate) cell: Option<(u16, u16)>,
}

/// A cell, where nobody says how large it is.
const USUAL_CELL: Size = Size { width: 10, height: 20 };

impl Environment {
    /// What the variables say.
    pub(crate) fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name| var(name).unwrap_or_default();
        let is_set = |name| var(name).is_some_and(|value| !value.is_empty());
        Self {
            term: text("TERM"),
            term_program: text("TERM_PROGRAM"),
            lc_terminal: text("LC_TERMINAL"),
            colorterm: text("COLORTERM"),
            // Whatever it is set to (no-color.org).
            no_color: is_set("NO_COLOR"),
            in_tmux: is_set("TMUX"),
            over_ssh: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            is_konsole: is_set("KONSOLE_VERSION"),
            is_wezterm: is_set("WEZTERM_EXECUTABLE"),
            cell: None,
        }
    }

    /// Whether asking the terminal makes sense at all.
    pub(crate) fn can_be_asked(&self) -> bool {
        !matches!(self.term.as_str(), "" | "dumb" | "linux")
    }

    /// How many colours there are.
    pub(crate) fn depth(&self) -> Depth {
        let colour = self.colorterm.to_ascii_lowercase();
        if self.no_color || self.term == "dumb" {
            Depth::Mono
        } else if matches!(colour.as_str(), "truecolor" | "24bit") || self.term.contains("direct") {
            Depth::True
        } else if ["kitty", "ghostty", "foot", "alacritty", "wezterm", "256"]
            .iter()
            .any(|name| self.term.contains(name))
        {
            let is_true = !self.term.contains("256") || self.iterm2_is_known();
            if is_true { Depth::True } else { Depth::Indexed }
        } else {
            Depth::Sixteen
        }
    }

    /// Terminals that show pictures by iTerm2's protocol, and say so by a variable only. Some of
    /// them claim kitty's as well and do not have the part of it that is needed here.
    fn iterm2_is_known(&self) -> bool {
        let programs = ["iTerm", "WezTerm", "mintty", "vscode", "Tabby", "Hyper", "rio", "Warp"];
        let is_one = |name: &str| programs.iter().any(|program| name.contains(program));
        is_one(&self.term_program)
            || self.lc_terminal.contains("iTerm")
            || self.is_konsole
            || self.is_wezterm
    }
}

impl Graphics {
    /// No pictures but of blocks: what is assumed before the terminal has answered.
    pub(crate) fn blocks() -> Self {
        Self { paint: Paint::Blocks, cell: USUAL_CELL, through_tmux: false, far: false }
    }

    /// What to show pictures by.
    pub(crate) fn choose(images: Images, environment: &Environment, answers: &Answers) -> Self {
        let cell = answers.cell.or(environment.cell);
        let paint = match images {
            Images::Off => Paint::Nothing,
            Images::Half => Paint::Blocks,
            Images::Kitty => Paint::Kitty,
            Images::Sixel => Paint::Sixel,
            Images::Iterm2 => Paint::Iterm2,
            // Pixels that are not told how large a cell is would cover what is beside them.
            Images::Auto if environment.no_color || cell.is_none() => Paint::Blocks,
            Images::Auto => best(environment, answers),
        };
        Self {
            paint,
            cell: cell.map_or(USUAL_CELL, Size::from),
            // tmux draws sixels itself.
            through_tmux: environment.in_tmux && paint != Paint::Sixel,
            far: environment.over_ssh,
        }
    }
}

fn best(environment: &Environment, answers: &Answers) -> Paint {
    // tmux hands iTerm2's pictures through without knowing where they are, so they would stay.
    if environment.iterm2_is_known() && !environment.in_tmux {
        Paint::Iterm2
    } else if answers.kitty {
        Paint::Kitty
    } else if answers.sixel {
        Paint::Sixel
    } else {
        Paint::Blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(vars: &[(&str, &str)]) -> Environment {
        Environment::read(|name| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const ALL: Answers = Answers { kitty: true, sixel: true, cell: Some((10, 20)), ground: None };

    fn chosen(vars: &[(&str, &str)], answers: Answers) -> Paint {
        Graphics::choose(Images::Auto, &environment(vars), &answers).paint
    }

    #[test]
    fn the_best_that_the_terminal_can_do_is_chosen() {
        assert_eq!(chosen(&[("TERM", "xterm-kitty")], ALL), Paint::Kitty);
        assert_eq!(chosen(&[("TERM", "foot")], Answers { kitty: false, ..ALL }), Paint::Sixel);
        assert_eq!(chosen(&[("TERM_PROGRAM", "WezTerm")], ALL), Paint::Iterm2);
        assert_eq!(chosen(&[("KONSOLE_VERSION", "250400")], ALL), Paint::Iterm2);
        assert_eq!(chosen(&[], Answers::default()), Paint::Blocks);
        assert_eq!(chosen(&[("NO_COLOR", "0")], ALL), Paint::Blocks);
        assert_eq!(chosen(&[], Answers { cell: None, ..ALL }), Paint::Blocks);
    }

    #[test]
    fn within_tmux_only_what_it_can_keep_in_place() {
        let tmux = [("TMUX", "/tmp/tmux"), ("LC_TERMINAL", "iTerm2")];
        assert_eq!(chosen(&tmux, Answers::default()), Paint::Blocks);
        let kitty = Graphics::choose(Images::Auto, &environment(&tmux), &ALL);
        assert_eq!((kitty.paint, kitty.through_tmux), (Paint::Kitty, true));
        let sixel = Answers { kitty: false, ..ALL };
        let sixel = Graphics::choose(Images::Auto, &environment(&tmux), &sixel);
        assert_eq!((sixel.paint, sixel.through_tmux), (Paint::Sixel, false));
    }

    #[test]
    fn what_the_user_says_holds() {
        for (images, paint) in [
            (Images::Off, Paint::Nothing),
            (Images::Half, Paint::Blocks),
            (Images::Kitty, Paint::Kitty),
            (Images::Sixel, Paint::Sixel),
            (Images::Iterm2, Paint::Iterm2),
        ] {
            let environment = environment(&[("NO_COLOR", "1")]);
            assert_eq!(Graphics::choose(images, &environment, &ALL).paint, paint);
        }
    }

    #[test]
    fn colours_are_as_many_as_the_terminal_has() {
        for (vars, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Depth::True),
            (&[("TERM", "xterm-kitty")], Depth::True),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "dumb")], Depth::Mono),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], Depth::Mono),
        ] {
            assert_eq!(environment(vars).depth(), depth, "{vars:?}");
        }
    }
}
