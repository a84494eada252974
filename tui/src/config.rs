//! The client's settings: defaults, then its file, then the environment, then flags.

use std::{fs, io, path::PathBuf};

use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;

use crate::{i18n::Lang, term::graphics::Images, theme::GroundSetting};

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
    /// There is no home directory to keep anything in.
    #[error("the home directory cannot be found: {0}")]
    NoHome(etcetera::HomeDirError),
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Option<String>,
    lang: Option<Lang>,
    images: Option<Images>,
    theme: Option<GroundSetting>,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The server's address.
    pub server: String,
    /// The language to speak.
    pub lang: Lang,
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
        let file = match fs::read_to_string(&path) {
            Ok(text) => parse(&text)
                .map_err(|error| ConfigError::Invalid { path, error: Box::new(error) })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => File::default(),
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        };
        let environment = || Lang::of_environment(|name| std::env::var(name).ok());
        Ok(Self {
            server: server.or(file.server).unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
            lang: lang.or(file.lang).unwrap_or_else(environment),
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
    let directories = choose_base_strategy().map_err(ConfigError::NoHome)?;
    let base = directories.state_dir().unwrap_or_else(|| directories.data_dir());
    Ok(base.join("artipul").join("sessions"))
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
    fn a_misspelt_setting_is_told() {
        assert!(parse("sever = \"x\"").unwrap_err().to_string().contains("sever"));
        assert!(parse("lang = \"fr\"").is_err());
    }
}
