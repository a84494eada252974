//! The two languages of the client: which one to speak, and what refusals are called in it.
//!
//! Every text on the screen comes from `locales/`; a test holds the two files against each other
//! and against the code.

use std::borrow::Cow;

use artipul_common::{
    Money,
    auctions::Bilingual,
    client::ClientError,
    problem::{FieldError, Problem, ProblemCode},
};

use crate::ui::money::won;

/// A language.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Korean.
    Ko,
    /// English.
    En,
}

/// The text of a key in a language, with its placeholders filled.
macro_rules! tr {
    ($lang:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        rust_i18n::t!($key, locale = $lang.code() $(, $name = $value)*)
    };
}
pub(crate) use tr;

impl Lang {
    /// The language's code, which is also the name of its file.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Ko => Self::En,
            Self::En => Self::Ko,
        }
    }

    /// The language that the environment's locale asks for.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty());
        if locale.is_some_and(|locale| locale.to_lowercase().starts_with("ko")) {
            Self::Ko
        } else {
            Self::En
        }
    }

    /// The text of a key without placeholders.
    pub(crate) fn t(self, key: &'static str) -> Cow<'static, str> {
        tr!(self, key)
    }

    /// The half of a name that is in this language.
    pub(crate) fn of(self, name: &Bilingual) -> &str {
        match self {
            Self::Ko => &name.ko,
            Self::En => &name.en,
        }
    }
}

/// Why a call failed, in a sentence for its user.
pub(crate) fn failure(lang: Lang, error: &ClientError) -> String {
    match error {
        ClientError::Problem(problem) => refusal(lang, problem),
        ClientError::SignedOut => lang.t("failure.signed-out").into_owned(),
        ClientError::Offline(_) => lang.t("failure.offline").into_owned(),
        ClientError::Unexpected(_) => lang.t("failure.unexpected").into_owned(),
        ClientError::Tokens(detail) => tr!(lang, "failure.tokens", detail = detail).into_owned(),
    }
}

/// Why the server refused, in a sentence for the user.
pub(crate) fn refusal(lang: Lang, problem: &Problem) -> String {
    let amount = |amount: Option<Money>| won(amount.unwrap_or_default());
    match problem.code {
        ProblemCode::BidTooLow => {
            tr!(lang, "problem.bid-too-low", min_next = amount(problem.min_next)).into_owned()
        }
        ProblemCode::InsufficientPoints => tr!(
            lang,
            "problem.insufficient-points",
            available = amount(problem.available),
            required = amount(problem.required)
        )
        .into_owned(),
        ProblemCode::RateLimited => {
            let seconds = problem.retry_after.unwrap_or(1);
            tr!(lang, "problem.rate-limited", seconds = seconds).into_owned()
        }
        ProblemCode::Internal => {
            let id = problem.request_id.as_deref().unwrap_or("-");
            tr!(lang, "problem.internal", id = id).into_owned()
        }
        code => text_of(lang, format!("problem.{code}"))
            .unwrap_or_else(|| crate::ui::text::clean(&problem.detail)),
    }
}

/// What is wrong with a field, in a few words beside it. A code without words of ours is told in
/// the server's own (English) ones.
pub(crate) fn field_error(lang: Lang, error: &FieldError) -> String {
    let with_bound = error.bound.and_then(|bound| {
        let bound = match error.code.as_str() {
            "too-small" | "too-large" => won(Money::new(bound)),
            "too-soon" | "too-late" => length(lang, bound),
            _ => bound.to_string(),
        };
        let text = text_of(lang, format!("field-error.{}-bound", error.code))?;
        Some(text.replace("%{bound}", &bound))
    });
    with_bound
        .or_else(|| text_of(lang, format!("field-error.{}", error.code)))
        .unwrap_or_else(|| crate::ui::text::clean(&error.detail))
}

/// A length of time, in the largest unit in which it is whole.
fn length(lang: Lang, seconds: i64) -> String {
    match seconds {
        _ if seconds % 86_400 == 0 => tr!(lang, "length.days", count = seconds / 86_400),
        _ if seconds % 3_600 == 0 => tr!(lang, "length.hours", count = seconds / 3_600),
        _ if seconds % 60 == 0 => tr!(lang, "length.minutes", count = seconds / 60),
        _ => tr!(lang, "length.seconds", count = seconds),
    }
    .into_owned()
}

fn text_of(lang: Lang, key: String) -> Option<String> {
    crate::_rust_i18n_try_translate(lang.code(), key).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    fn messages(lang: Lang) -> BTreeMap<String, String> {
        crate::_rust_i18n_backend()
            .messages_for_locale(lang.code())
            .expect("the language has texts")
            .into_iter()
            .map(|(key, text)| (key.into_owned(), text.into_owned()))
            .collect()
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (ko, en) = (messages(Lang::Ko), messages(Lang::En));
        let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&ko), keys(&en));
        for (key, text) in &ko {
            assert!(!text.trim().is_empty(), "{key} is empty in Korean");
            assert!(!en[key].trim().is_empty(), "{key} is empty in English");
            assert_eq!(placeholders(text), placeholders(&en[key]), "placeholders of {key}");
        }
    }

    /// Keys that are put together at run time, by what they begin with.
    const COMPOSED: [&str; 2] = ["problem.", "field-error."];

    #[test]
    fn every_key_in_the_code_has_a_text_and_every_text_is_used() {
        let texts = messages(Lang::En);
        let mut code = String::new();
        for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
            code += &fs::read_to_string(file).unwrap();
        }
        let quoted: BTreeSet<&str> = code.split('"').collect();
        for key in texts.keys() {
            let composed = COMPOSED.iter().any(|prefix| key.starts_with(prefix));
            assert!(composed || quoted.contains(key.as_str()), "{key} is not used");
        }
        for prefix in texts.keys().filter_map(|key| key.split_once('.')).map(|(head, _)| head) {
            for word in quoted.iter().filter(|word| is_key_of(word, prefix)) {
                assert!(texts.contains_key(*word), "{word} has no text");
            }
        }
    }

    fn is_key_of(word: &str, prefix: &str) -> bool {
        word.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase() || "-.".contains(c))
        }) && !word.ends_with('.')
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .collect()
    }

    #[test]
    fn every_problem_has_words_in_both_languages() {
        for lang in [Lang::Ko, Lang::En] {
            for code in ProblemCode::ALL.iter().chain([&ProblemCode::Unknown]) {
                let words = refusal(lang, &Problem::new(*code, "server's words"));
                assert_ne!(words, "server's words", "{code} in {lang:?}");
                assert!(!words.contains("%{"), "{code} in {lang:?}: {words}");
            }
        }
    }

    #[test]
    fn the_locale_of_the_environment_is_followed() {
        let of = |variables: &[(&str, &str)]| {
            Lang::of_environment(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8")]), Lang::Ko);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "ko_KR.UTF-8")]), Lang::En);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "ko")]), Lang::Ko);
        assert_eq!(of(&[]), Lang::En);
    }

    #[test]
    fn a_value_past_a_bound_is_told_the_bound() {
        let words = |lang, code: &str, bound| {
            field_error(lang, &FieldError::new("any", code, "server's words").bounded(bound))
        };
        for lang in [Lang::Ko, Lang::En] {
            assert!(words(lang, "too-small", 310_000).contains("₩310,000"));
            assert!(words(lang, "too-large", 310_000).contains("₩310,000"));
            assert!(words(lang, "too-short", 8).contains('8'));
            assert!(words(lang, "too-long", 400).contains("400"));
            assert!(words(lang, "too-many", 3).contains('3'));
        }
        assert!(words(Lang::En, "too-soon", 600).contains("10 minutes"));
        assert!(words(Lang::Ko, "too-soon", 600).contains("10분"));
        assert!(words(Lang::En, "too-late", 60 * 86_400).contains("60 days"));
        assert!(words(Lang::Ko, "too-late", 36 * 3_600).contains("36시간"));
        assert!(words(Lang::Ko, "too-soon", 90).contains("90초"));
        let unbounded = FieldError::new("any", "too-small", "server's words");
        assert_eq!(field_error(Lang::En, &unbounded), "is too small");
    }

    #[test]
    fn a_low_bid_says_what_would_be_enough() {
        let problem = Problem {
            min_next: Some(Money::new(1_300_000)),
            ..Problem::new(ProblemCode::BidTooLow, "")
        };
        assert!(refusal(Lang::Ko, &problem).contains("₩1,300,000"));
        assert!(refusal(Lang::En, &problem).contains("₩1,300,000"));
    }
}
