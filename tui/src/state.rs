//! What the client remembers between runs besides the session: what was chosen with a key.
//!
//! It has a file of its own, beside the sessions: the settings file is written by its owner alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::i18n::Lang;

/// What is remembered. Other clients of the same user may remember more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub(crate) lang: Option<Lang>,
}

/// The file, below the folder of the client's state.
pub(crate) fn path_in(folder: &Path) -> PathBuf {
    folder.join("state.toml")
}

impl State {
    /// What is remembered; nothing, where the file is missing or damaged: it only saves a key press.
    pub(crate) fn load(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }

    /// Remembers. The file is replaced whole: it is never half written.
    pub(crate) fn save(self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(&self).map_err(io::Error::other)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        fs::write(&draft, text)?;
        fs::rename(draft, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_remembered_and_what_is_damaged_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(&folder.path().join("artipul"));
        assert_eq!(State::load(&path), State::default());
        for lang in [Lang::Ko, Lang::En] {
            State { lang: Some(lang) }.save(&path).unwrap();
            assert_eq!(State::load(&path).lang, Some(lang));
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a draft is left");
        fs::write(&path, "lang = \"ko\"\nsomething = 1\n").unwrap();
        assert_eq!(State::load(&path).lang, Some(Lang::Ko), "a newer client remembers more");
        fs::write(&path, "lang = ").unwrap();
        assert_eq!(State::load(&path), State::default());
    }
}
