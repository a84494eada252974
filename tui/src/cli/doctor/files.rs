//! The client's own files: the settings, and the session, which nobody else may read.

use std::{fs, path::Path};

use super::Check;
use crate::{
    config::{Config, ConfigError, config_path, session_directory},
    i18n::Lang,
    session::FileTokens,
};

/// Looks at the files.
pub(super) fn checks(lang: Lang, settings: Result<&Config, &ConfigError>) -> Vec<Check> {
    let mut checks = vec![settings_check(lang, settings)];
    if let (Ok(config), Ok(directory)) = (settings, session_directory()) {
        checks.push(session(lang, FileTokens::new(&directory, &config.server).path()));
    }
    checks
}

fn settings_check(lang: Lang, settings: Result<&Config, &ConfigError>) -> Check {
    match (settings, config_path()) {
        (Err(error), _) => {
            Check::fail("settings", error.to_string(), lang.t("cli.doctor-settings-hint"))
        }
        (Ok(_), Ok(path)) if path.exists() => Check::ok("settings", path.display().to_string()),
        (Ok(_), Ok(path)) => {
            Check::ok("settings", format!("{} ({})", path.display(), lang.t("cli.doctor-no-file")))
        }
        (Ok(_), Err(error)) => {
            Check::fail("settings", error.to_string(), lang.t("cli.doctor-settings-hint"))
        }
    }
}

fn session(lang: Lang, path: &Path) -> Check {
    let shown = path.display().to_string();
    match fs::metadata(path) {
        Err(_) => Check::ok("session", format!("{shown} ({})", lang.t("cli.doctor-no-file"))),
        Ok(file) if is_private(&file) => Check::ok("session", shown),
        Ok(_) => Check::fail("session", shown, lang.t("cli.doctor-session-hint")),
    }
}

#[cfg(unix)]
fn is_private(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}
