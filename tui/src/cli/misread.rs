//! What is wrong with a command line that cannot be read, in Korean. In English, clap says it.

use std::fmt::Write;

use clap::{
    builder::{StyledStr, Styles},
    error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind},
};

use super::korean::korean;

/// Says in Korean what clap has found.
pub(super) struct InKorean;

const ERROR: &str = "error";
const SIMILAR: &str = "a similar one: '{}'";
const AFTER_DASHES: &str = "values that begin with - are written after '--'";
const MORE: &str = "For more information, try '--help'.";

const TWICE: &str = "the argument '{}' cannot be used multiple times";
const CONFLICT: &str = "the argument '{}' cannot be used with: {}";
const NO_EQUALS: &str = "equal sign is needed when assigning values to '{}'";
const NO_VALUE: &str = "a value is required for '{}' but none was supplied";
const NOT_A_VALUE: &str = "invalid value '{}' for '{}'";
const NO_SUCH_COMMAND: &str = "unrecognized subcommand '{}'";
const MISSING: &str = "the following required arguments were not provided: {}";
const NO_COMMAND: &str = "'{}' requires a subcommand but one was not provided";
const TOO_MANY: &str = "unexpected value '{}' for '{}' found; no more were expected";
const TOO_FEW: &str = "of '{}', {} values are required but {} were provided";
const NO_SUCH_ARGUMENT: &str = "unexpected argument '{}' found";
const NOT_UTF8: &str = "invalid UTF-8 was detected";
const UNREADABLE: &str = "the command line cannot be read";
const POSSIBLE: &str = "possible values";
const USAGE: &str = "Usage";

/// Why values are not taken: what the reasons have in them, whatever the value.
const REASONS: [&str; 8] = [
    "an id is a whole number",
    "an id is greater than zero",
    "must be digits like 1200000, 1,200,000 or 120만",
    "visible ASCII characters",
    "there is no scope",
    "must be like 120x36",
    "is not in",
    "invalid digit found in string",
];

impl ErrorFormatter for InKorean {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let styles = Styles::styled();
        let (red, green) = (styles.get_error(), styles.get_valid());
        let mut told = format!("{red}{}:{red:#} {}", korean(ERROR), wrong(error));
        for (number, tip) in tips(error).enumerate() {
            told.push_str(if number == 0 { "\n\n" } else { "\n" });
            let _ = write!(told, "  {green}{tip}{green:#}");
        }
        if let Some(usage) = text(error, ContextKind::Usage) {
            let usage = usage.trim().trim_start_matches("Usage:").trim_start();
            let _ = write!(told, "\n\n{}: {usage}", korean(USAGE));
        }
        let _ = writeln!(told, "\n\n{}", korean(MORE));
        StyledStr::from(told)
    }
}

/// What is wrong, in a sentence.
fn wrong(error: &Error<InKorean>) -> String {
    let of = |kind| text(error, kind).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            prior if prior == argument => filled(TWICE, &[&argument]),
            prior => filled(CONFLICT, &[&argument, &prior]),
        },
        ErrorKind::NoEquals => filled(NO_EQUALS, &[&argument]),
        ErrorKind::InvalidValue if value.is_empty() => filled(NO_VALUE, &[&argument]),
        ErrorKind::InvalidValue => {
            let wrong = filled(NOT_A_VALUE, &[&value, &argument]);
            match text(error, ContextKind::ValidValue) {
                Some(values) => format!("{wrong}\n  [{}: {values}]", korean(POSSIBLE)),
                None => wrong,
            }
        }
        ErrorKind::ValueValidation => {
            let wrong = filled(NOT_A_VALUE, &[&value, &argument]);
            match std::error::Error::source(error) {
                Some(why) => format!("{wrong}: {}", reason(&why.to_string())),
                None => wrong,
            }
        }
        ErrorKind::InvalidSubcommand => {
            filled(NO_SUCH_COMMAND, &[&of(ContextKind::InvalidSubcommand)])
        }
        ErrorKind::MissingRequiredArgument => filled(MISSING, &[&argument]),
        ErrorKind::MissingSubcommand => filled(NO_COMMAND, &[&of(ContextKind::InvalidSubcommand)]),
        ErrorKind::TooManyValues => filled(TOO_MANY, &[&value, &argument]),
        ErrorKind::TooFewValues => {
            let (least, given) = (of(ContextKind::MinValues), of(ContextKind::ActualNumValues));
            filled(TOO_FEW, &[&argument, &least, &given])
        }
        ErrorKind::WrongNumberOfValues => {
            let wanted = of(ContextKind::ExpectedNumValues);
            filled(TOO_FEW, &[&argument, &wanted, &of(ContextKind::ActualNumValues)])
        }
        ErrorKind::UnknownArgument => filled(NO_SUCH_ARGUMENT, &[&argument]),
        ErrorKind::InvalidUtf8 => korean(NOT_UTF8),
        _ => korean(UNREADABLE),
    }
}

/// What may have been meant.
fn tips(error: &Error<InKorean>) -> impl Iterator<Item = String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let similar = kinds.into_iter().filter_map(|kind| text(error, kind));
    let dashes = text(error, ContextKind::Suggested).filter(|tip| tip.contains("as a value"));
    similar.map(|meant| filled(SIMILAR, &[&meant])).chain(dashes.map(|_| korean(AFTER_DASHES)))
}

/// What clap knows of an error, as a list if it is several things.
fn text(error: &Error<InKorean>, kind: ContextKind) -> Option<String> {
    Some(match error.get(kind)? {
        ContextValue::None => return None,
        ContextValue::Strings(several) => several.join(", "),
        ContextValue::StyledStrs(several) => {
            several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        one => one.to_string(),
    })
    .filter(|text| !text.is_empty())
}

/// A sentence in Korean with these in its places.
fn filled(sentence: &'static str, parts: &[&str]) -> String {
    let sentence = korean(sentence);
    let mut pieces = sentence.split("{}");
    let mut told = pieces.next().unwrap_or_default().to_owned();
    for (piece, part) in pieces.zip(parts) {
        told.push_str(part);
        told.push_str(piece);
    }
    told
}

/// Why a value is not taken.
fn reason(english: &str) -> String {
    let known = REASONS.into_iter().find(|reason| english.contains(reason));
    known.map_or_else(|| english.to_owned(), korean)
}

/// All sentences.
#[cfg(test)]
pub(super) fn sentences() -> impl Iterator<Item = &'static str> {
    let sentences = [
        ERROR,
        SIMILAR,
        AFTER_DASHES,
        MORE,
        TWICE,
        CONFLICT,
        NO_EQUALS,
        NO_VALUE,
        NOT_A_VALUE,
        NO_SUCH_COMMAND,
        MISSING,
        NO_COMMAND,
        TOO_MANY,
        TOO_FEW,
        NO_SUCH_ARGUMENT,
        NOT_UTF8,
        UNREADABLE,
    ];
    sentences.into_iter().chain(REASONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::help, i18n::Lang};

    fn told(line: &str) -> String {
        let words = ["artipul"].into_iter().chain(line.split(' '));
        let error = help::command(Lang::Ko).try_get_matches_from(words).unwrap_err();
        error.apply::<InKorean>().to_string()
    }

    #[test]
    fn what_is_wrong_is_said_in_korean() {
        for (line, says) in [
            ("bid", ["빠진 인자: <ID>, <AMOUNT>", "사용법: artipul bid"]),
            ("brows", ["알 수 없는 명령: 'brows'", "비슷한 것: 'browse'"]),
            ("bid 1 5 --frob", ["알 수 없는 인자: '--frob'", "'--' 다음에"]),
            ("bid x 5", ["'x' 값은 '<ID>'에 쓸 수 없습니다", "번호는 1 이상의 정수입니다"]),
            ("bid 17 abc", ["'abc' 값은", "1200000, 1,200,000, 120만"]),
            ("--json --json", ["한 번만 쓸 수 있는 인자: '--json'", "--help"]),
            ("browse --phase nope", ["가능한 값: upcoming, open, ended", "비슷한 것: 'open'"]),
            ("browse --limit 5000", ["'5000' 값은", "정해진 범위"]),
            ("browse --phase", ["'--phase <PHASE>'에 값이 빠졌습니다", "--help"]),
            ("account tokens make --name x --scope y", ["'y' 값은", "그런 권한은 없습니다"]),
            ("bid 1 2 --key 달", ["'달' 값은", "ASCII"]),
            ("mine --json", ["'artipul mine' 다음에 명령이 필요합니다", "[옵션]"]),
            ("bid 1 2 3", ["알 수 없는 인자: '3'", "[옵션]"]),
        ] {
            let told = told(line);
            for words in says {
                assert!(told.contains(words), "{line}: no {words:?} in\n{told}");
            }
            assert!(told.starts_with("오류: "), "{told}");
            for english in ["error", "Usage", "tip:", "try", "invalid", "found"] {
                assert!(!told.contains(english), "{line}: {english:?} in\n{told}");
            }
        }
    }

    #[test]
    fn every_sentence_has_its_places_in_korean() {
        for sentence in sentences() {
            let places = |text: &str| text.matches("{}").count();
            assert_eq!(places(sentence), places(&korean(sentence)), "{sentence}");
        }
    }
}
