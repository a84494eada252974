//! Where images are kept: a folder, or a bucket that all instances share.
//!
//! What was put is there, also after a crash: files are written whole under another name, synced,
//! and then given theirs.

use std::{
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use object_store::{
    GetResult, ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, gcp::GoogleCloudStorageBuilder,
    local::LocalFileSystem, memory::InMemory, path::Path,
};

/// After so long, what was not finished never will be.
const UNFINISHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where images are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket of S3, or of what speaks its protocol, under a prefix: `s3://BUCKET/PREFIX`.
    S3(String),
    /// In a bucket of Google Cloud Storage, under a prefix: `gs://BUCKET/PREFIX`.
    Gcs(String),
    /// In the process, until it ends.
    Memory,
}

/// A store failed.
#[derive(Debug, thiserror::Error)]
#[error("the images' store: {0}")]
pub struct StoreError(#[from] object_store::Error);

impl StoreError {
    fn of_file(error: std::io::Error) -> Self {
        Self(object_store::Error::Generic { store: "folder", source: error.into() })
    }
}

/// A store of named bytes. Clones are the same.
#[derive(Debug, Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Store {
    /// Opens the store at a place. The credentials of buckets come from the environment.
    ///
    /// # Errors
    /// The folder cannot be created, or the address or the credentials make no sense.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        let (objects, prefix): (Arc<dyn ObjectStore>, Path) = match place {
            Place::Folder(folder) => (Arc::new(open_folder(folder)?), Path::default()),
            Place::S3(url) => {
                (Arc::new(AmazonS3Builder::from_env().with_url(url).build()?), prefix_of(url)?)
            }
            Place::Gcs(url) => {
                let bucket = GoogleCloudStorageBuilder::from_env().with_url(url).build()?;
                (Arc::new(bucket), prefix_of(url)?)
            }
            Place::Memory => (Arc::new(InMemory::new()), Path::default()),
        };
        Ok(Self { objects, prefix })
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// Keeps bytes under a name. They are there for good once this returns.
    ///
    /// # Errors
    /// As the store says.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.objects.put(&self.path(name), bytes.into()).await?;
        Ok(())
    }

    /// Whether something is kept under a name.
    ///
    /// # Errors
    /// As the store says.
    pub async fn has(&self, name: &str) -> Result<bool, StoreError> {
        Ok(found(self.objects.head(&self.path(name)).await)?.is_some())
    }

    /// What is kept under a name.
    ///
    /// # Errors
    /// As the store says.
    pub async fn get(&self, name: &str) -> Result<Option<GetResult>, StoreError> {
        found(self.objects.get(&self.path(name)).await)
    }

    /// Removes what is kept under a name, if there is something.
    ///
    /// # Errors
    /// As the store says.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        found(self.objects.delete(&self.path(name)).await).map(drop)
    }
}

fn found<T>(outcome: object_store::Result<T>) -> Result<Option<T>, StoreError> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What stands behind the bucket in an address.
fn prefix_of(url: &str) -> Result<Path, StoreError> {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let (_, prefix) = rest.split_once('/').unwrap_or_default();
    Ok(Path::parse(prefix).map_err(object_store::Error::from)?)
}

fn open_folder(folder: &FilePath) -> Result<LocalFileSystem, StoreError> {
    std::fs::create_dir_all(folder).map_err(StoreError::of_file)?;
    if let Err(error) = remove_unfinished(folder) {
        tracing::warn!(%error, folder = %folder.display(), "unfinished images were left");
    }
    Ok(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
}

/// Removes what a crash left half written; such names end with a number after a `#`.
fn remove_unfinished(folder: &FilePath) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_unfinished = entry.file_name().to_string_lossy().contains('#');
        if is_unfinished {
            let age = SystemTime::now().duration_since(entry.metadata()?.modified()?);
            if age.is_ok_and(|age| age > UNFINISHED) {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_bucket_is_opened_by_its_address() {
        for (place, prefix) in [
            (Place::S3("s3://bucket/some/prefix".to_owned()), "some/prefix"),
            (Place::S3("s3://bucket".to_owned()), ""),
        ] {
            let store = Store::open(&place).unwrap();
            assert_eq!(store.prefix.as_ref(), prefix, "{place:?}");
            let path = store.path("a.png");
            assert_eq!(path.as_ref(), format!("{prefix}/a.png").trim_start_matches('/'));
        }
        assert!(Store::open(&Place::S3("s3://bucket/a//b".to_owned())).is_err());
    }

    #[tokio::test]
    async fn a_folder_keeps_what_is_put_and_loses_what_was_never_finished() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().join("images"));
        let store = Store::open(&place).unwrap();
        store.put("a.png", Bytes::from_static(b"abc")).await.unwrap();
        let file = |name: &str| folder.path().join("images").join(name);
        for (name, age) in [("b.png#1", UNFINISHED * 2), ("c.png#1", Duration::ZERO)] {
            let unfinished = File::create(file(name)).unwrap();
            unfinished.set_modified(SystemTime::now() - age).unwrap();
        }
        let store = Store::open(&place).unwrap();
        assert_eq!(store.get("a.png").await.unwrap().unwrap().bytes().await.unwrap(), "abc");
        assert!(!file("b.png#1").exists());
        assert!(file("c.png#1").exists(), "somebody may be writing it");
        store.remove("a.png").await.unwrap();
        store.remove("a.png").await.unwrap();
        assert!(!store.has("a.png").await.unwrap());
        assert!(store.get("a.png").await.unwrap().is_none());
    }
}
