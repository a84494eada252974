//! `artipul doctor`: looks at everything that a working client needs, and says what to do where
//! something is wrong.

mod files;
mod server;
mod terminal;

use std::borrow::Cow;

use artipul_common::client::Client;
use serde::Serialize;

use super::{error::CliError, exit::Exit, output::Printer};
use crate::{
    config::{Config, ConfigError},
    i18n::Lang,
    ui::text,
};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    /// What was found.
    detail: String,
    /// What to do about it.
    hint: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, state: State::Ok, detail: detail.into(), hint: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, hint: Cow<'static, str>) -> Self {
        Self { name, state: State::Warn, detail: detail.into(), hint: Some(hint.into_owned()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, hint: Cow<'static, str>) -> Self {
        Self { name, state: State::Fail, detail: detail.into(), hint: Some(hint.into_owned()) }
    }
}

/// The columns of a check's name.
const NAME: usize = 9;

/// What a check is called where people read it.
fn name(lang: Lang, check: &'static str) -> Cow<'static, str> {
    match check {
        "size" => lang.t("cli.doctor-size"),
        "terminal" => lang.t("cli.doctor-terminal"),
        "colours" => lang.t("cli.doctor-colours"),
        "letters" => lang.t("cli.doctor-letters"),
        "pictures" => lang.t("cli.doctor-pictures"),
        "between" => lang.t("cli.doctor-between"),
        "settings" => lang.t("cli.doctor-settings"),
        "session" => lang.t("cli.doctor-session"),
        "server" => lang.t("cli.doctor-server"),
        "clock" => lang.t("cli.doctor-clock"),
        "token" => lang.t("cli.doctor-token"),
        other => other.into(),
    }
}

/// What was found of all of it.
#[derive(Debug, Serialize)]
struct Findings {
    /// Whether nothing failed.
    healthy: bool,
    checks: Vec<Check>,
}

/// Looks at everything. `settings` and `client` are as they could be had.
pub(super) async fn run(
    printer: Printer,
    lang: Lang,
    settings: Result<&Config, &ConfigError>,
    client: Option<&Client>,
) -> Result<Exit, CliError> {
    // Documents have no language of their own.
    let said = if printer.json { Lang::En } else { lang };
    let mut checks = terminal::checks(said, &|name| std::env::var(name).ok());
    checks.extend(files::checks(said, settings));
    if let Some(client) = client {
        checks.extend(server::checks(said, client).await);
    }
    let healthy = checks.iter().all(|check| check.state != State::Fail);
    let findings = Findings { healthy, checks };
    printer.done(&findings, |sheet| {
        for check in &findings.checks {
            let state = match check.state {
                State::Ok => "ok",
                State::Warn => "warn",
                State::Fail => "FAIL",
            };
            let name = name(said, check.name);
            let gap = " ".repeat(NAME.saturating_sub(text::width(&name)));
            sheet.facts(&[(format!("{state:<4}  {name}{gap}").into(), check.detail.clone())]);
            if let Some(hint) = &check.hint {
                sheet.facts(&[(" ".repeat(15).into(), format!("→ {hint}"))]);
            }
        }
    })?;
    Ok(if healthy { Exit::Done } else { Exit::Failed })
}
