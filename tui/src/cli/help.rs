//! The help: the commands in groups, and what the exit codes mean.

use std::fmt::Write;

use clap::CommandFactory;

use super::{command::Cli, exit::Exit};

/// The commands, by what somebody wants to do.
const GROUPS: &[(&str, &[&str])] = &[
    ("Look", &["browse", "show", "history", "watch", "genres", "artist"]),
    ("Bid and buy", &["bid", "buy", "follow", "unfollow", "mine", "notices", "wallet", "charge"]),
    ("Offer works (artists)", &["sell", "list", "edit", "publish", "cancel", "relist"]),
    ("Account", &["signup", "login", "logout", "whoami", "profile"]),
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

/// The command line with all its help.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let commands = groups(&command);
    let rest = format!("{EXAMPLES}\n\n{}\n\n{ENVIRONMENT}", exit_codes());
    command
        .help_template(format!(
            "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{commands}\nOptions:\n{{options}}\n\n{{after-help}}"
        ))
        .after_help(rest)
        .disable_help_subcommand(true)
}

fn groups(command: &clap::Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(text, "{title}:");
        for found in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = found.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {:<12} {about}", found.get_name());
        }
        text.push('\n');
    }
    text.push_str("  artipul COMMAND --help tells more of a command.\n");
    text
}

fn exit_codes() -> String {
    let mut text = "Exit codes:".to_owned();
    for exit in Exit::ALL {
        let _ = write!(text, "\n  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_command_stands_in_one_group() {
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        for found in command().get_subcommands() {
            let count = grouped.iter().filter(|name| **name == found.get_name()).count();
            assert_eq!(count, 1, "{}", found.get_name());
        }
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
        look(&command());
    }
}
