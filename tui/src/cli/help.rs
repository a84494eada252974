//! The help: the commands in groups, and what the exit codes mean.

use std::fmt::Write;

use clap::CommandFactory;

use super::{command::Cli, exit::Exit, korean};
use crate::i18n::Lang;

/// The commands, by what somebody wants to do.
const GROUPS: &[(&str, &[&str])] = &[
    ("Look", &["browse", "show", "history", "watch", "genres", "artist"]),
    ("Bid and buy", &["bid", "buy", "follow", "unfollow", "mine", "notices", "wallet", "charge"]),
    ("Offer works (artists)", &["sell", "list", "edit", "images", "publish", "cancel", "relist"]),
    ("Account", &["signup", "login", "logout", "whoami", "profile", "account"]),
    ("Administer", &["admin"]),
    ("More", &["demo", "doctor", "completions", "man"]),
];

const EXAMPLES: &str = "\
Examples:
  artipul demo                           a house of its own, to try everything
  artipul                                the screens
  artipul browse --genre painting
  artipul bid 17 1,200,000 --json
  artipul watch 17 --plain";

const ENVIRONMENT: &str = "\
Environment:
  ARTIPUL_SERVER   the server's address, unless --server says it
  ARTIPUL_TOKEN    a token to use instead of the session that `artipul login` keeps
  NO_COLOR         no colours";

const USAGE: &str = "Usage";
const OPTIONS: &str = "Options";
const EXIT_CODES: &str = "Exit codes:";
const MORE: &str = "artipul COMMAND --help tells more of a command.";

/// The command line with all its help.
pub fn command(lang: Lang) -> clap::Command {
    let command = Cli::command().disable_help_subcommand(true);
    let command = match lang {
        Lang::En => command,
        Lang::Ko => korean::told(command),
    };
    let commands = groups(&command, lang);
    let rest = [EXAMPLES, &exit_codes(lang), ENVIRONMENT].map(|part| said(lang, part)).join("\n\n");
    let (usage, options) = (said(lang, USAGE), said(lang, OPTIONS));
    command
        .help_template(format!(
            "{{about}}\n\n{usage}: {{usage}}\n\n{commands}\n{options}:\n{{options}}{{after-help}}"
        ))
        .after_help(rest)
}

/// Words of the help in a language.
fn said(lang: Lang, words: &str) -> String {
    match lang {
        Lang::En => words.to_owned(),
        Lang::Ko => korean::korean(words),
    }
}

/// The words that are put into the help here.
#[cfg(test)]
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let titles = GROUPS.iter().map(|(title, _)| *title);
    let meanings = Exit::ALL.into_iter().map(Exit::meaning);
    [USAGE, OPTIONS, MORE, EXAMPLES, ENVIRONMENT, EXIT_CODES]
        .into_iter()
        .chain(titles)
        .chain(meanings)
}

fn groups(command: &clap::Command, lang: Lang) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(text, "{}:", said(lang, title));
        for found in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = found.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {:<12} {about}", found.get_name());
        }
        text.push('\n');
    }
    let _ = writeln!(text, "  {}", said(lang, MORE));
    text
}

fn exit_codes(lang: Lang) -> String {
    let mut text = said(lang, EXIT_CODES);
    for exit in Exit::ALL {
        let _ = write!(text, "\n  {:>3}  {}", exit.code(), said(lang, exit.meaning()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        for lang in [Lang::Ko, Lang::En] {
            command(lang).debug_assert();
        }
    }

    #[test]
    fn every_command_stands_in_one_group() {
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        for found in command(Lang::En).get_subcommands() {
            let count = grouped.iter().filter(|name| **name == found.get_name()).count();
            assert_eq!(count, 1, "{}", found.get_name());
        }
    }

    #[test]
    fn the_help_tells_of_every_command_and_option_once() {
        for lang in [Lang::Ko, Lang::En] {
            let mut command = command(lang);
            let help = command.render_help().to_string();
            for found in command.get_subcommands() {
                let row = format!("  {:<12} ", found.get_name());
                let rows = help.lines().filter(|line| line.starts_with(&row)).count();
                assert_eq!(rows, 1, "{lang:?}: {}", found.get_name());
            }
            let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
            for long in shown.filter_map(clap::Arg::get_long) {
                assert!(help.contains(&format!("--{long}")), "{lang:?}: --{long}");
            }
        }
    }

    /// The manual for those who write scripts.
    const SCRIPTS: &str = include_str!("../../../docs/scripts.md");

    /// Every command that does something, as it is typed: `wallet`, `wallet entries`.
    fn typed(command: &clap::Command, before: &str, found: &mut Vec<String>) {
        for next in command.get_subcommands() {
            let words = format!("{before}{}", next.get_name());
            if !next.is_subcommand_required_set() {
                found.push(words.clone());
            }
            typed(next, &format!("{words} "), found);
        }
    }

    #[test]
    fn the_manual_of_scripts_names_every_command() {
        let rows: Vec<_> = SCRIPTS.lines().filter_map(|line| line.strip_prefix("| `")).collect();
        let named: Vec<_> = rows
            .iter()
            .flat_map(|row| row.split(" | ").next().unwrap_or_default().split(", "))
            .map(|name| name.trim_matches('`'))
            .collect();
        let mut commands = Vec::new();
        typed(&command(Lang::En), "", &mut commands);
        for words in &commands {
            assert!(named.contains(&words.as_str()), "{words} is not in docs/scripts.md");
        }
        for name in named {
            assert!(commands.iter().any(|words| words == name), "there is no command {name}");
        }
    }

    #[test]
    fn the_manual_of_scripts_names_every_exit_code() {
        for exit in Exit::ALL {
            let row = format!("| {} | ", exit.code());
            assert!(SCRIPTS.contains(&row), "{row} is not in docs/scripts.md");
        }
        let rows = SCRIPTS.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        let count = rows.filter(|code| code.parse::<u8>().is_ok()).count();
        assert_eq!(count, Exit::ALL.len(), "a code that there is not");
    }

    #[test]
    fn every_command_answers_in_json() {
        let mut command = command(Lang::En);
        command.build();
        fn look(command: &clap::Command) {
            let takes_json = command.get_arguments().any(|argument| argument.get_id() == "json");
            assert!(takes_json, "{} has no --json", command.get_name());
            command.get_subcommands().for_each(look);
        }
        look(&command);
    }

    #[test]
    fn every_command_and_flag_says_what_it_is() {
        fn look(command: &clap::Command) {
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let named = format!("{} {}", command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{named} has no help");
            }
            for found in command.get_subcommands() {
                assert!(found.get_about().is_some(), "{} has no help", found.get_name());
                look(found);
            }
        }
        look(&command(Lang::En));
    }
}
