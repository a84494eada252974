//! Why a command did not do what it was asked to: in words, as a document, and as an exit code.

use std::io;

use artipul_common::{Money, client::ClientError};
use serde_json::{Value, json};

use super::exit::Exit;
use crate::{
    config::ConfigError,
    i18n::{self, Lang, tr},
    ui::money::won,
};

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server's address is none.
    #[error("{0}")]
    Address(ClientError),
    /// There is no terminal to draw on.
    #[error("a terminal is needed")]
    NoTerminal,
    /// Something has to be said with a flag, as there is no terminal to ask at.
    #[error("{0} is needed")]
    Missing(&'static str),
    /// A flag's value cannot be read.
    #[error("{flag}: {detail}")]
    BadValue {
        /// The flag.
        flag: &'static str,
        /// What is wrong with the value.
        detail: String,
    },
    /// A purchase has to name the price that it agrees to.
    #[error("name the price that you agree to: --price {}", .0.points())]
    PriceNeeded(Money),
    /// An action was refused, or could not be taken.
    #[error("{error}")]
    Action {
        /// Why.
        error: ClientError,
        /// The key under which it was sent.
        key: String,
    },
    /// The answer to an action was lost.
    #[error("it is not known whether it was done: {error}")]
    Unknown {
        /// How it was lost.
        error: ClientError,
        /// The key under which the outcome can still be learnt.
        key: String,
    },
    /// A signal came while an action was under way.
    #[error("interrupted")]
    Interrupted {
        /// Which.
        exit: Exit,
        /// The key under which the outcome can still be learnt.
        key: String,
    },
    /// A file cannot be read at all.
    #[error("{0}")]
    File(String),
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Demo(#[from] artipul_server::demo::DemoError),
}

impl CliError {
    /// Whether nobody reads the output any more.
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Client(error) | Self::Action { error, .. } => Exit::of(error),
            Self::Config(_)
            | Self::Address(_)
            | Self::NoTerminal
            | Self::Missing(_)
            | Self::BadValue { .. }
            | Self::PriceNeeded(_) => Exit::Usage,
            Self::Unknown { .. } => Exit::Unknown,
            Self::Interrupted { exit, .. } => *exit,
            Self::Io(_) | Self::File(_) => Exit::Failed,
            #[cfg(feature = "demo")]
            Self::Demo(_) => Exit::Failed,
        }
    }

    /// In a sentence, or some of them on lines of their own.
    pub(super) fn words(&self, lang: Lang) -> String {
        match self {
            Self::Config(ConfigError::Keys { path, errors }) => {
                let (path, errors) = (path.display(), errors.words(lang));
                tr!(lang, "keys.bad", path = path, errors = errors).into_owned()
            }
            Self::Client(error) => failure(lang, error),
            Self::Action { error, .. } => failure(lang, error),
            Self::Address(error) => tr!(lang, "cli.bad-address", detail = error).into_owned(),
            Self::NoTerminal => lang.t("cli.no-terminal").into_owned(),
            Self::Missing(flag) => tr!(lang, "cli.missing", flag = flag).into_owned(),
            Self::BadValue { flag, detail } => format!("{flag}: {detail}"),
            Self::PriceNeeded(price) => {
                tr!(lang, "cli.price-needed", price = won(*price), points = price.points())
                    .into_owned()
            }
            Self::Unknown { error, key } => {
                let cause = failure(lang, error);
                format!("{cause}\n{}", tr!(lang, "cli.unknown", key = key))
            }
            Self::Interrupted { key, .. } => tr!(lang, "cli.unknown", key = key).into_owned(),
            other => other.to_string(),
        }
    }

    /// As the `error` of a document: a stable code, an English message, and whatever fields the
    /// problem has.
    pub(super) fn document(&self) -> Value {
        match self {
            Self::Client(error) | Self::Address(error) => of_client(error),
            Self::Action { error, key } => with_key(of_client(error), key),
            Self::Unknown { key, .. } | Self::Interrupted { key, .. } => {
                with_key(self.plain_document(), key)
            }
            Self::PriceNeeded(price) => {
                let mut document = self.plain_document();
                document["buy_now_price"] = json!(price);
                document
            }
            Self::Missing(flag) | Self::BadValue { flag, .. } => {
                let mut document = self.plain_document();
                document["flag"] = json!(flag);
                document
            }
            other => other.plain_document(),
        }
    }

    fn plain_document(&self) -> Value {
        json!({ "code": self.code(), "message": self.to_string() })
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Client(error) | Self::Address(error) | Self::Action { error, .. } => code(error),
            Self::Config(_) => "settings-invalid",
            Self::Io(_) => "input-output",
            Self::NoTerminal => "no-terminal",
            Self::Missing(_) => "flag-missing",
            Self::BadValue { .. } => "flag-invalid",
            Self::PriceNeeded(_) => "price-needed",
            Self::Unknown { .. } => "outcome-unknown",
            Self::Interrupted { .. } => "interrupted",
            Self::File(_) => "file-unreadable",
            #[cfg(feature = "demo")]
            Self::Demo(_) => "demo-failed",
        }
    }
}

fn code(error: &ClientError) -> &'static str {
    match error {
        ClientError::Problem(problem) => problem.code.as_str(),
        ClientError::SignedOut => "signed-out",
        ClientError::Offline(_) => "offline",
        ClientError::Unexpected(_) => "answer-not-understood",
        ClientError::Tokens(_) => "session-not-kept",
    }
}

/// A call's failure as a document: of a problem everything that it says.
fn of_client(error: &ClientError) -> Value {
    let message = match error {
        ClientError::Problem(problem) => problem.detail.clone(),
        other => other.to_string(),
    };
    let mut document = json!({ "code": code(error), "message": message });
    if let ClientError::Problem(problem) = error
        && let Ok(Value::Object(fields)) = serde_json::to_value(problem)
    {
        for (name, value) in fields {
            if name != "code" && name != "detail" {
                document[name] = value;
            }
        }
    }
    document
}

fn with_key(mut document: Value, key: &str) -> Value {
    document["idempotency_key"] = json!(key);
    document
}

/// Why a call failed, with what helps whoever looks for the mistake.
pub(super) fn failure(lang: Lang, error: &ClientError) -> String {
    let words = i18n::failure(lang, error);
    match error {
        ClientError::Offline(detail) | ClientError::Unexpected(detail) => {
            format!("{words} ({detail})")
        }
        ClientError::SignedOut => format!("{words}\n{}", lang.t("cli.sign-in-hint")),
        ClientError::Problem(problem) => {
            let fields = problem.errors.iter();
            let fields = fields
                .map(|error| format!("\n{}: {}", error.field, i18n::field_error(lang, error)));
            words + &fields.collect::<String>()
        }
        ClientError::Tokens(_) => words,
    }
}

#[cfg(test)]
mod tests {
    use artipul_common::problem::{FieldError, Problem, ProblemCode};

    use super::*;

    fn problem(problem: Problem) -> ClientError {
        ClientError::Problem(Box::new(problem))
    }

    #[test]
    fn a_refusal_keeps_what_the_server_said() {
        let low = Problem {
            min_next: Some(Money::new(11_000)),
            ..Problem::new(ProblemCode::BidTooLow, "must be at least 11,000")
        };
        let error = CliError::Action { error: problem(low), key: "k1".to_owned() };
        let document = error.document();
        assert_eq!(document["code"], "bid-too-low");
        assert_eq!(document["message"], "must be at least 11,000");
        assert_eq!(document["min_next"], 11_000);
        assert_eq!(document["status"], 409);
        assert_eq!(document["idempotency_key"], "k1");
        assert_eq!(error.exit(), Exit::Refused);
    }

    #[test]
    fn every_wrong_field_has_a_line() {
        let wrong = Problem::invalid_fields(vec![
            FieldError::new("title", "required", ""),
            FieldError::new("genre", "required", ""),
        ]);
        let words = CliError::Client(problem(wrong)).words(Lang::En);
        assert_eq!(words.lines().count(), 3, "{words}");
        assert!(words.contains("genre: is needed"));
    }

    #[test]
    fn a_lost_answer_names_the_key() {
        let error = ClientError::Offline("gone".to_owned());
        let error = CliError::Unknown { error, key: "k2".to_owned() };
        assert!(error.words(Lang::En).contains("--key k2"));
        assert!(error.words(Lang::Ko).contains("--key k2"));
        assert_eq!(error.document()["idempotency_key"], "k2");
    }
}
