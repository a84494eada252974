//! The help in Korean. Its English texts stand where the commands are defined; `locales/help.toml`
//! has each of them in both languages.

use std::{collections::HashMap, sync::LazyLock};

use clap::{
    Arg, Command,
    builder::{PossibleValue, Resettable, StyledStr},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    text: Vec<Text>,
}

/// A text in both languages.
#[derive(Deserialize)]
struct Text {
    en: String,
    ko: String,
}

static TEXTS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("../../locales/help.toml"))
        .expect("the table of texts is read in a test");
    table.text.into_iter().map(|text| (text.en, text.ko)).collect()
});

/// A text of the help in Korean; itself, where there is none.
pub(super) fn korean(text: &str) -> String {
    TEXTS.get(text.trim_end()).cloned().unwrap_or_else(|| text.to_owned())
}

/// As [`korean`], for a word of the help itself.
fn word(word: &'static str) -> &'static str {
    TEXTS.get(word).map_or(word, String::as_str)
}

/// As [`korean`], for several paragraphs. Lines of examples are the same in both languages.
fn paragraphs(text: &str) -> String {
    let paragraph = |text: &str| match text.split_once('\n') {
        Some((heading, lines)) if is_example(lines) && !TEXTS.contains_key(text) => {
            format!("{}\n{lines}", korean(heading))
        }
        _ => korean(text),
    };
    text.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

fn is_example(lines: &str) -> bool {
    lines.lines().all(|line| line.starts_with("  "))
}

/// A page of the manual with its headings in Korean.
pub(super) fn page(page: &str) -> String {
    let line = |line: &str| match line.strip_prefix(".SH ") {
        Some(heading) => format!(".SH {}\n", korean(heading)),
        None => format!("{line}\n"),
    };
    page.lines().map(line).collect()
}

/// The command with all its subcommands, told in Korean.
pub(super) fn told(mut command: Command) -> Command {
    command.build();
    translated(command)
}

fn translated(mut command: Command) -> Command {
    let usage = usage(&mut command);
    let told = |text: Option<&StyledStr>| -> Resettable<StyledStr> {
        text.map(|text| paragraphs(&text.to_string()).into()).into()
    };
    let (about, long_about) = (told(command.get_about()), told(command.get_long_about()));
    let after = told(command.get_after_help());
    let long_after = told(command.get_after_long_help());
    command
        .about(about)
        .long_about(long_about)
        .after_help(after)
        .after_long_help(long_after)
        .override_usage(usage)
        .subcommand_help_heading(word("Commands"))
        .help_template(format!(
            "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}",
            korean("Usage")
        ))
        .mut_args(argument)
        .mut_subcommands(translated)
}

/// How a command is written, on lines that stand under each other.
fn usage(command: &mut Command) -> String {
    let english = command.render_usage().to_string();
    let lines = english.trim_start_matches("Usage: ").lines().map(str::trim);
    let written = lines.collect::<Vec<_>>().join("\n        ");
    ["[OPTIONS]", "[COMMAND]", "<COMMAND>"]
        .into_iter()
        .fold(written, |usage, word| usage.replace(word, &korean(word)))
}

fn argument(argument: Arg) -> Arg {
    let heading = match argument.get_help_heading() {
        Some(heading) => TEXTS.get(heading).map_or("", String::as_str),
        None if argument.is_positional() => word("Arguments"),
        None => word("Options"),
    };
    let remarks = remarks(&argument);
    let values = values(&argument);
    let help = argument.get_help().map(|text| korean(&text.to_string()));
    let long = argument.get_long_help().map(|text| korean(&text.to_string()));
    let says_more = values.is_some() || !remarks.is_empty();
    let long = long.or_else(|| help.clone().filter(|_| says_more));
    let long = long.map(|text| {
        let parts = [text].into_iter().chain(values).chain(remarks.iter().cloned());
        StyledStr::from(parts.collect::<Vec<_>>().join("\n\n"))
    });
    let short = help.map(|text| {
        let parts = [text].into_iter().chain(remarks).chain(names(&argument));
        StyledStr::from(parts.collect::<Vec<_>>().join(" "))
    });
    // Those without a flag stand as they are written.
    let argument = match argument.get_index() {
        Some(index) => argument.display_order(index),
        None => argument,
    };
    argument
        .help(Resettable::from(short))
        .long_help(Resettable::from(long))
        .help_heading(heading)
        .hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true)
}

/// What an argument is where it is not given.
fn remarks(argument: &Arg) -> Vec<String> {
    let default = argument.get_default_values().iter().map(|value| value.to_string_lossy());
    let default = default.collect::<Vec<_>>().join(" ");
    let has_default = !default.is_empty()
        && !argument.is_hide_default_value_set()
        && argument.get_action().takes_values();
    let default = has_default.then(|| format!("[{}: {default}]", korean("default")));
    let env = argument.get_env().map(|name| name.to_string_lossy().into_owned());
    let env = env.map(|name| format!("[{}: {name}]", korean("env")));
    env.into_iter().chain(default).collect()
}

fn shown(argument: &Arg) -> Vec<PossibleValue> {
    if argument.is_hide_possible_values_set() || !argument.get_action().takes_values() {
        return Vec::new();
    }
    argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect()
}

/// The values that can be given, in a line.
fn names(argument: &Arg) -> Option<String> {
    let names: Vec<_> = shown(argument).iter().map(|value| value.get_name().to_owned()).collect();
    (!names.is_empty()).then(|| format!("[{}: {}]", korean("possible values"), names.join(", ")))
}

/// The values that can be given, each with what it means.
fn values(argument: &Arg) -> Option<String> {
    let shown = shown(argument);
    let lines: Vec<_> = shown
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("- {}: {}", value.get_name(), korean(&help.to_string())),
            None => format!("- {}", value.get_name()),
        })
        .collect();
    (!lines.is_empty()).then(|| format!("{}:\n{}", korean("Possible values"), lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        cli::{help, misread},
        i18n::Lang,
    };

    /// Every English text of a command and its subcommands that is to be translated.
    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        let whole = [command.get_about(), command.get_long_about()];
        found.extend(whole.into_iter().flatten().map(ToString::to_string));
        let after = [command.get_after_help(), command.get_after_long_help()];
        for text in after.into_iter().flatten().map(ToString::to_string) {
            found.extend(
                text.split("\n\n")
                    .map(|part| match part.split_once('\n') {
                        Some((heading, lines))
                            if is_example(lines) && heading.starts_with("Example") =>
                        {
                            heading.to_owned()
                        }
                        _ => part.to_owned(),
                    })
                    .filter(|part| !part.is_empty()),
            );
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let texts = [argument.get_help(), argument.get_long_help()];
            found.extend(texts.into_iter().flatten().map(ToString::to_string));
            found.extend(argument.get_help_heading().map(str::to_owned));
            let values = shown(argument).into_iter();
            found.extend(values.filter_map(|value| Some(value.get_help()?.to_string())));
        }
        command.get_subcommands().for_each(|command| texts(command, found));
    }

    /// The words around them.
    const WORDS: [&str; 16] = [
        "Usage",
        "Commands",
        "Arguments",
        "Options",
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "EXTRA",
        "VERSION",
        "[OPTIONS]",
        "[COMMAND]",
        "<COMMAND>",
        "default",
        "env",
        "possible values",
        "Possible values",
    ];

    #[test]
    fn every_text_of_the_help_is_there_in_korean() {
        let mut command = help::command(Lang::En);
        command.build();
        let mut found = BTreeSet::from(WORDS.map(str::to_owned));
        // What stands below the whole is put together of its words.
        texts(&command.after_help(""), &mut found);
        found.extend(help::words().chain(misread::sentences()).map(str::to_owned));
        let missing: Vec<_> = found.iter().filter(|text| !TEXTS.contains_key(*text)).collect();
        assert!(missing.is_empty(), "not in locales/help.toml: {missing:#?}");
        let unused: Vec<_> = TEXTS.keys().filter(|text| !found.contains(*text)).collect();
        assert!(unused.is_empty(), "no text of the help: {unused:#?}");
        let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        for (en, ko) in &*TEXTS {
            assert!(is_korean(ko), "{en:?} is {ko:?}");
        }
    }

    /// What a command and its subcommands say of themselves.
    fn pages(command: &mut Command, found: &mut Vec<String>) {
        found.push(command.render_long_help().to_string());
        found.push(command.render_help().to_string());
        let names: Vec<_> =
            command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        for name in names {
            pages(command.find_subcommand_mut(name).unwrap(), found);
        }
    }

    #[test]
    fn no_heading_and_no_remark_of_the_help_is_left_in_english() {
        let mut found = Vec::new();
        pages(&mut help::command(Lang::Ko), &mut found);
        assert!(found.len() > 80, "{}", found.len());
        for page in found {
            for english in
                ["Usage", "Options", "Arguments", "Commands", "[default:", "[env:", "values:"]
            {
                assert!(!page.contains(english), "{english} in\n{page}");
            }
            assert!(page.contains("사용법: artipul"), "{page}");
        }
    }

    #[test]
    fn what_has_no_flag_stands_in_the_order_in_which_it_is_written() {
        let mut command = help::command(Lang::Ko);
        let help = command.find_subcommand_mut("bid").unwrap().render_help().to_string();
        let (_, arguments) = help.split_once("인자:").unwrap();
        assert!(arguments.find("<ID>") < arguments.find("<AMOUNT>"), "{help}");
    }

    #[test]
    fn a_page_of_the_manual_has_headings_in_korean() {
        let manual = ".SH NAME\nartipul\n.SH OPTIONS\n";
        assert_eq!(page(manual), ".SH 이름\nartipul\n.SH OPTIONS\n");
    }
}
