//! The client's settings: defaults, then its file, then the environment, then flags.

use std::{fs, io, path::PathBuf, sync::Arc};

use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;

use crate::{
    i18n::Lang,
    keymap::{
        Keymap,
        remap::{self, KeyErrors},
    },
    state::{self, State},
    term::graphics::Images,
    theme::GroundSetting,
};

/// Where the server is, unless somebody says otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:7410";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there and cannot be read.
    #[error("{path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file has something in it that is no setting.
    #[error("{path} is not valid: {error}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        error: Box<toml::de::Error>,
    },
    /// The keys that the file chooses cannot be had.
    #[error("{path}: {errors}")]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong, line by line.
        errors: KeyErrors,
    },
    /// There is no home directory to keep anything in.
    #[error("the home directory cannot be found: {0}")]
    NoHome(etcetera::HomeDirError),
}

/// How a user who looks elsewhere is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// By a notification of the desktop, where the terminal says that he looks elsewhere.
    #[default]
    Auto,
    /// By the terminal's bell, also where the terminal does not say where he looks.
    Bell,
    /// Not at all.
    Off,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Option<String>,
    lang: Option<Lang>,
    notify: Option<Notify>,
    mouse: Option<bool>,
    browser: Option<bool>,
    /// Read from the text in [`remap`], which knows keys and tells lines.
    keys: Option<toml::Table>,
    images: Option<Images>,
    theme: Option<GroundSetting>,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The server's address.
    pub server: String,
    /// Whether a flag or the environment named the server.
    pub server_named: bool,
    /// The language to speak.
    pub lang: Lang,
    /// How a user who looks elsewhere is called.
    pub notify: Notify,
    /// The file of what is remembered between runs.
    pub state_path: PathBuf,
    /// Whether the mouse is heard.
    pub mouse: bool,
    /// Whether addresses are opened in a browser.
    pub browser: bool,
    /// Which key does what.
    pub(crate) keymap: Arc<Keymap>,
    /// How pictures are shown.
    pub images: Images,
    /// Whether the terminal's ground is dark or light.
    pub theme: GroundSetting,
}

impl Config {
    /// The settings, with what flags (or `ARTIPUL_SERVER`) say above what the file says.
    ///
    /// # Errors
    /// The file is there and cannot be used.
    pub fn load(server: Option<String>, lang: Option<Lang>) -> Result<Self, ConfigError> {
        let path = config_path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        };
        let file = match parse(&text) {
            Ok(file) => file,
            Err(error) => return Err(ConfigError::Invalid { path, error: Box::new(error) }),
        };
        let keymap = match remap::read(&text) {
            Ok(keymap) => Arc::new(keymap),
            Err(errors) => return Err(ConfigError::Keys { path, errors }),
        };
        let state_path = state::path_in(&state_directory()?);
        let environment = || Lang::of_environment(|name| std::env::var(name).ok());
        Ok(Self {
            server_named: server.is_some(),
            server: server.or(file.server).unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
            lang: choose_lang(lang, State::load(&state_path).lang, file.lang, environment),
            state_path,
            notify: file.notify.unwrap_or_default(),
            mouse: file.mouse.unwrap_or(true),
            browser: file.browser.unwrap_or(true),
            keymap,
            images: file.images.unwrap_or_default(),
            theme: file.theme.unwrap_or_default(),
        })
    }
}

fn parse(text: &str) -> Result<File, toml::de::Error> {
    toml::from_str(text)
}

/// The client's own file.
///
/// # Errors
/// There is no home directory.
pub fn config_path() -> Result<PathBuf, ConfigError> {
    let directories = choose_base_strategy().map_err(ConfigError::NoHome)?;
    Ok(directories.config_dir().join("artipul").join("client.toml"))
}

/// Where sessions are kept.
///
/// # Errors
/// There is no home directory.
pub fn session_directory() -> Result<PathBuf, ConfigError> {
    Ok(state_directory()?.join("sessions"))
}

/// Where all is that the client keeps by itself.
fn state_directory() -> Result<PathBuf, ConfigError> {
    let directories = choose_base_strategy().map_err(ConfigError::NoHome)?;
    let base = directories.state_dir().unwrap_or_else(|| directories.data_dir());
    Ok(base.join("artipul"))
}

/// The language to speak: what a flag says for this run; else what was chosen with the key, which
/// its user has said last and with the screen before his eyes; else what the file says; else what
/// the environment asks for, which is often nobody's choice.
fn choose_lang(
    flag: Option<Lang>,
    remembered: Option<Lang>,
    file: Option<Lang>,
    environment: impl FnOnce() -> Lang,
) -> Lang {
    flag.or(remembered).or(file).unwrap_or_else(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_a_server_and_a_language() {
        let file = parse("server = \"https://artipul.example\"\nlang = \"ko\"\n").unwrap();
        assert_eq!(file.server.as_deref(), Some("https://artipul.example"));
        assert_eq!(file.lang, Some(Lang::Ko));
        assert_eq!(parse("").unwrap(), File::default());
    }

    #[test]
    fn the_file_says_how_to_call_whoever_looks_elsewhere() {
        for (word, notify) in [("auto", Notify::Auto), ("bell", Notify::Bell), ("off", Notify::Off)]
        {
            assert_eq!(parse(&format!("notify = \"{word}\"")).unwrap().notify, Some(notify));
        }
        assert!(parse("notify = true").is_err());
    }

    #[test]
    fn the_language_is_what_was_said_last_and_most_clearly() {
        let (ko, en) = (Some(Lang::Ko), Some(Lang::En));
        assert_eq!(choose_lang(ko, en, en, || Lang::En), Lang::Ko);
        assert_eq!(choose_lang(None, ko, en, || Lang::En), Lang::Ko);
        assert_eq!(choose_lang(None, None, ko, || Lang::En), Lang::Ko);
        assert_eq!(choose_lang(None, None, None, || Lang::Ko), Lang::Ko);
    }

    #[test]
    fn a_misspelt_setting_is_told() {
        assert!(parse("sever = \"x\"").unwrap_err().to_string().contains("sever"));
        assert!(parse("lang = \"fr\"").is_err());
    }
}
