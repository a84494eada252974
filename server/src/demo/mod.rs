//! The demo: a server of its own in a folder of its own, with a sample gallery and robot bidders.
//!
//! Nothing of it stays: the folder is removed when the demo ends, and one that a killed demo left
//! behind is removed by the next.

mod canvas;
mod gallery;
mod pictures;
mod robots;
mod seed;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use artipul_common::accounts::Secret;
use tokio::task::JoinHandle;

use crate::{
    app::{Server, StartError},
    config::{ConfigError, Sources},
    desk::ListingError,
    media::MediaError,
    wallet::WalletError,
};

/// Why a demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its folder.
    #[error("the demo's folder: {0}")]
    Folder(#[from] io::Error),
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its gallery.
    #[error("the sample gallery: {0}")]
    Gallery(String),
}

impl From<crate::db::DbError> for DemoError {
    fn from(error: crate::db::DbError) -> Self {
        Self::Gallery(error.to_string())
    }
}

impl From<MediaError> for DemoError {
    fn from(error: MediaError) -> Self {
        Self::Gallery(error.to_string())
    }
}

impl From<ListingError> for DemoError {
    fn from(error: ListingError) -> Self {
        Self::Gallery(error.to_string())
    }
}

impl From<WalletError> for DemoError {
    fn from(error: WalletError) -> Self {
        Self::Gallery(error.to_string())
    }
}

/// A running demo.
pub struct Demo {
    server: Server,
    robots: JoinHandle<()>,
    folder: Folder,
}

/// The address to sign in with.
pub const EMAIL: &str = "you@demo.artipul";
/// The password of everybody in the demo.
pub const PASSWORD: &str = "demo-demo";

impl Demo {
    /// Starts a server on a free port of this machine, with a gallery and robots that bid.
    ///
    /// # Errors
    /// As [`DemoError`] says.
    pub async fn start() -> Result<Self, DemoError> {
        let folder = Folder::new(&std::env::temp_dir())?;
        let config = Sources::default()
            .set("listen", "127.0.0.1:0")
            .set("data-dir", folder.path.display().to_string())
            // Everybody has the same password, which anybody may read here.
            .set("bcrypt-cost", "4")
            // An evening at the auctions in a few minutes.
            .set("min-duration", "30s")
            .set("soft-close", "20s")
            .set("max-extension", "3m")
            .set("ending-soon", "1m")
            .set("shutdown-grace", "1s")
            .config()?;
        let server = Server::start(config).await?;
        let people = seed::people(server.app()).await?;
        seed::gallery(server.app(), &people).await?;
        robots::warm_up(server.app(), &people).await;
        let robots = tokio::spawn(robots::run(server.app().clone(), people));
        Ok(Self { server, robots, folder })
    }

    /// Where its server is.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The bidder for whom it is: address and password.
    pub fn credentials(&self) -> (String, Secret) {
        (EMAIL.to_owned(), Secret::new(PASSWORD))
    }

    /// Ends it, and removes all that it left.
    pub async fn stop(self) {
        self.robots.abort();
        self.server.stop().await;
        drop(self.folder);
    }
}

const PREFIX: &str = "artipul-demo-";

/// A folder that is removed when it is dropped.
struct Folder {
    path: PathBuf,
    /// Held as long as the folder is used.
    _lock: File,
}

impl Folder {
    fn new(parent: &Path) -> io::Result<Self> {
        remove_abandoned(parent);
        let path = parent.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let lock = File::create(path.join("demo.lock"))?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the demo's folder was not removed");
        }
    }
}

/// Removes the folders of demos that were killed.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let lock = entry.path().join("demo.lock");
        let is_abandoned = is_ours && File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok());
        if is_abandoned {
            // Somebody else's, or being removed by another demo: then it is not ours to care for.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{TimeDelta, Utc};

    use super::*;
    use crate::{audit, db::listings};

    /// More than there are.
    const ALL: i64 = 1_000;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_gallery_has_something_of_everything_and_its_books_are_in_order() {
        let demo = Demo::start().await.unwrap();
        let app = demo.server.app().clone();
        let (of_app, houses) = (app.clone(), app.houses.clone());
        let read = app.db.read(move |conn| {
            let rows = listings::changed_since(conn, chrono::DateTime::UNIX_EPOCH, ALL)?;
            let now = conn.now()?;
            let auctions = listings::dress(conn, &rows, None, now, &houses)?;
            Ok((auctions, audit::run(conn, &houses)?))
        });
        let (auctions, report) = read.await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new());
        assert!(report.bids > 0 && auctions.len() >= 40);
        let genres: BTreeSet<String> = auctions.iter().map(|work| work.genre.clone()).collect();
        let every = of_app.genres.all().into_iter().map(|genre| genre.slug).collect();
        assert_eq!(genres, every);
        assert!(auctions.iter().all(|work| !work.images.is_empty()));
        let left = |pick: fn(TimeDelta, TimeDelta) -> TimeDelta| {
            auctions.iter().map(|work| work.ends_at - Utc::now()).reduce(pick)
        };
        assert!(left(Ord::min) < Some(TimeDelta::minutes(2)));
        assert!(left(Ord::max) > Some(TimeDelta::days(1)));
        let folder = demo.folder.path.clone();
        demo.stop().await;
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_leaves_nothing_and_clears_what_was_abandoned() {
        let parent = std::env::temp_dir().join(format!("artipul-folders-{}", std::process::id()));
        fs::create_dir_all(&parent).unwrap();
        let abandoned = parent.join(format!("{PREFIX}0"));
        fs::create_dir_all(&abandoned).unwrap();
        fs::write(abandoned.join("demo.lock"), "").unwrap();
        let one = Folder::new(&parent).unwrap();
        assert!(!abandoned.exists());
        let two = Folder::new(&parent).unwrap();
        assert!(one.path.exists() && two.path.exists(), "one in use is left alone");
        drop((one, two));
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
        fs::remove_dir(&parent).unwrap();
    }
}
