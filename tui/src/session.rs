//! Where the session is kept between runs: the refresh token, in a file that only its owner can
//! read, one per server.
//!
//! A refresh token works once. Whoever renews it holds the lock of its file meanwhile, so that two
//! clients of one user take turns. The file is replaced whole: it is never half written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use artipul_common::{
    accounts::Secret,
    client::tokens::{KeptToken, Locking, TokenStore},
};

/// The file with the refresh token of one server.
#[derive(Debug, Clone)]
pub struct FileTokens {
    path: PathBuf,
}

impl FileTokens {
    /// The session with the server at `base`, kept in `directory`.
    pub fn new(directory: &Path, base: &str) -> Self {
        Self { path: directory.join(file_name(base)) }
    }

    /// The file itself.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A server's address as the name of a file: letters, digits, `.` and `-` stay, the rest becomes
/// `_` with its number, so that two addresses never share a name.
fn file_name(base: &str) -> String {
    let mut name = String::new();
    for byte in base.trim_end_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
            b'A'..=b'Z' => name.push(char::from(byte.to_ascii_lowercase())),
            other => name.push_str(&format!("_{other:02x}")),
        }
    }
    name + ".token"
}

impl TokenStore for FileTokens {
    fn lock(&self) -> Locking<'_> {
        let path = self.path.clone();
        Box::pin(async move {
            // Waiting for another process blocks, so it happens beside the other tasks.
            let kept = tokio::task::spawn_blocking(move || LockedFile::lock(path)).await;
            let kept = kept.map_err(io::Error::other)??;
            Ok(Box::new(kept) as Box<dyn KeptToken>)
        })
    }

    fn has_token(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|file| file.len() > 0)
    }
}

/// The token's file while nobody else may touch it.
struct LockedFile {
    path: PathBuf,
    /// Held until it is dropped. The lock has a file of its own: the token's is replaced.
    _lock: File,
}

impl LockedFile {
    fn lock(path: PathBuf) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            create_private_directory(directory)?;
        }
        let lock = private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(path.with_extension("lock"))?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }
}

impl KeptToken for LockedFile {
    fn read(&mut self) -> io::Result<Option<Secret>> {
        match fs::read_to_string(&self.path) {
            Ok(token) => {
                let token = token.trim();
                Ok((!token.is_empty()).then(|| Secret::new(token)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, token: Option<&Secret>) -> io::Result<()> {
        let Some(token) = token else {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        let draft = self.path.with_extension("new");
        // One that a crash left behind may have other rights.
        let _ = fs::remove_file(&draft);
        let mut file = private(OpenOptions::new().create_new(true).write(true)).open(&draft)?;
        file.write_all(token.reveal().as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&draft, &self.path)?;
        sync_directory(&self.path)
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn create_private_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(not(unix))]
fn create_private_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

/// A rename is on disk only when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(directory) = path.parent()
    {
        return File::open(directory)?.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::TryLockError;

    use super::*;

    fn store() -> (tempfile::TempDir, FileTokens) {
        let directory = tempfile::tempdir().unwrap();
        let tokens = FileTokens::new(&directory.path().join("s"), "http://127.0.0.1:7410");
        (directory, tokens)
    }

    #[tokio::test]
    async fn a_token_is_kept_for_its_owner_only() {
        let (_directory, tokens) = store();
        assert!(!tokens.has_token());
        tokens.lock().await.unwrap().write(Some(&Secret::new("first"))).unwrap();
        tokens.lock().await.unwrap().write(Some(&Secret::new("second"))).unwrap();
        assert!(tokens.has_token());
        let kept = tokens.lock().await.unwrap().read().unwrap();
        assert_eq!(kept, Some(Secret::new("second")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(tokens.path()), 0o600);
            assert_eq!(mode(tokens.path().parent().unwrap()), 0o700);
        }
        tokens.lock().await.unwrap().write(None).unwrap();
        assert!(!tokens.has_token());
        assert_eq!(tokens.lock().await.unwrap().read().unwrap(), None);
        tokens.lock().await.unwrap().write(None).expect("what is gone can be forgotten again");
    }

    #[tokio::test]
    async fn two_clients_take_turns() {
        let (_directory, tokens) = store();
        let mut first = tokens.lock().await.unwrap();
        // Another process opens the file for itself.
        let others = || File::open(tokens.path().with_extension("lock")).unwrap();
        assert!(matches!(others().try_lock(), Err(TryLockError::WouldBlock)));
        let waiting = tokens.clone();
        let second = tokio::spawn(async move { waiting.lock().await.unwrap().read().unwrap() });
        first.write(Some(&Secret::new("rotated"))).unwrap();
        drop(first);
        assert_eq!(second.await.unwrap(), Some(Secret::new("rotated")));
        assert!(others().try_lock().is_ok());
    }

    #[test]
    fn every_server_has_a_file_of_its_own() {
        let names: Vec<_> =
            ["http://a:1", "https://a:1", "http://a:11", "http://a/1", "http://a_2f1"]
                .map(file_name)
                .into();
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(file_name("http://a:1/"), file_name("HTTP://A:1"));
        assert!(names.iter().all(|name| !name.contains(['/', ':'])));
    }
}
