//! Images of works: read, cleaned, made in several sizes, and kept under names made from their
//! content, so that they never change.
//!
//! An image is kept before any work names it, and removed long after none does any more. Few are
//! decoded at the same time, which bounds the memory that they take. Nothing here knows an
//! auction.

mod container;
pub mod door;
mod orphans;
pub mod picture;
pub mod store;

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use artipul_common::limits;
use bytes::Bytes;
use object_store::GetResult;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use self::{
    door::Door,
    picture::{Format, Picture, PictureError, Written},
    store::{Store, StoreError},
};
use crate::{
    db::{Db, DbError, images, images::ImageRow, types::column},
    digest::sha256_of,
};

/// How long an image waits for its turn to be decoded.
const PATIENCE: Duration = Duration::from_secs(20);
/// Digits of an image's name.
const NAME_DIGITS: usize = 40;

/// Why an image was not kept, or not found.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// It is no picture that is taken.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Too many others wait.
    #[error("too many images wait")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// What was received could not be written or read.
    #[error("a file of an upload: {0}")]
    File(#[from] io::Error),
}

/// The images of a server. Clones are the same.
#[derive(Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    db: Db,
    /// Where what is received waits to be read.
    inbox: PathBuf,
    door: Door,
    decoders: Arc<Semaphore>,
    /// One at a time makes sizes that are missing, so that nobody makes the same.
    making: Mutex<()>,
}

/// A picture with its sizes, ready to be kept.
struct Prepared {
    name: String,
    width: u32,
    height: u32,
    whole: Written,
    sizes: Vec<(String, Written)>,
}

impl Media {
    /// The images in a store; what is received goes through files in `inbox`.
    pub fn new(store: Store, db: Db, inbox: PathBuf, decoders: usize) -> Self {
        let inner = Inner {
            store,
            db,
            inbox,
            door: Door::default(),
            decoders: Arc::new(Semaphore::new(decoders)),
            making: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where what is received waits to be read.
    pub fn inbox(&self) -> &Path {
        &self.inner.inbox
    }

    /// Where uploads are let in.
    pub fn door(&self) -> &Door {
        &self.inner.door
    }

    /// Keeps what was sent, cleaned and in all its sizes. The same picture is kept once. The row
    /// is for a work to name it; it is not in the database yet.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn keep(&self, mut sent: File) -> Result<ImageRow, MediaError> {
        let prepared = self
            .decode(move || {
                let mut bytes = Vec::new();
                sent.rewind()?;
                sent.read_to_end(&mut bytes)?;
                let picture = Picture::read(&bytes)?;
                drop(bytes);
                Ok(Prepared::of(&picture)?)
            })
            .await?;
        let created_at = self.loosen(&prepared.name).await?;
        let row = ImageRow {
            name: prepared.name,
            content_type: prepared.whole.format.content_type().to_owned(),
            width: prepared.width.cast_signed(),
            height: prepared.height.cast_signed(),
            bytes: i64::try_from(prepared.whole.bytes.len()).unwrap_or(i64::MAX),
            created_at,
        };
        for (name, size) in prepared.sizes {
            self.put(&name, size).await?;
        }
        // Last, so that where it is, its sizes are.
        self.put(&row.name, prepared.whole).await?;
        Ok(row)
    }

    /// Keeps a PNG as it is, and gives its name. Its sizes are made when somebody asks for them.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn put_png(&self, bytes: &[u8]) -> Result<String, MediaError> {
        let whole = Written { bytes: bytes.to_vec(), format: Format::Png };
        let name = name_of(&whole);
        self.loosen(&name).await?;
        self.put(&name, whole).await?;
        Ok(name)
    }

    async fn loosen(&self, name: &str) -> Result<chrono::NaiveDateTime, DbError> {
        let name = name.to_owned();
        let loosened = move |conn: &mut _| {
            let now = crate::db::Conn::now(conn)?;
            images::loosen(conn, &name, now)?;
            Ok(column(now))
        };
        self.inner.db.write(loosened).await
    }

    async fn put(&self, name: &str, written: Written) -> Result<(), StoreError> {
        if self.inner.store.has(name).await? {
            return Ok(());
        }
        self.inner.store.put(name, Bytes::from(written.bytes)).await
    }

    /// An image as it is kept, in a width in which there are images. Nothing if there is none of
    /// this name, which is to be one that a work names.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn get(
        &self,
        name: &str,
        width: Option<u32>,
    ) -> Result<Option<GetResult>, MediaError> {
        let Some(width) = width else { return Ok(self.inner.store.get(name).await?) };
        let size = size_name(name, width);
        if let Some(found) = self.inner.store.get(&size).await? {
            return Ok(Some(found));
        }
        self.make_sizes(name, &size).await?;
        match self.inner.store.get(&size).await? {
            // What cannot be read to be made smaller comes as it is.
            None => Ok(self.inner.store.get(name).await?),
            found => Ok(found),
        }
    }

    /// Makes the sizes of an image that was kept without them, unless `wanted` has been made
    /// meanwhile.
    async fn make_sizes(&self, name: &str, wanted: &str) -> Result<(), MediaError> {
        let making = timeout(PATIENCE, self.inner.making.lock());
        let _making = making.await.map_err(|_| MediaError::Busy)?;
        if self.inner.store.has(wanted).await? {
            return Ok(());
        }
        let Some(found) = self.inner.store.get(name).await? else { return Ok(()) };
        let Some(format) = Format::of_name(name) else { return Ok(()) };
        let bytes = found.bytes().await.map_err(StoreError::from)?;
        let whole_name = name.to_owned();
        let sizes =
            self.decode(move || Ok(sizes_of(&Picture::read(&bytes)?, &whole_name, format)?)).await;
        match sizes {
            Ok(sizes) => {
                for (name, size) in sizes {
                    self.put(&name, size).await?;
                }
                Ok(())
            }
            Err(MediaError::Picture(error)) => {
                tracing::warn!(name, %error, "an image has no sizes");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Does what takes much memory and time, on a thread of its own, when it is its turn.
    async fn decode<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
    ) -> Result<T, MediaError> {
        let turn = self.turn().await?;
        let working = tokio::task::spawn_blocking(move || {
            // Kept until the thread is done, even if nobody waits for it any more.
            let _turn = turn;
            work()
        });
        working.await.unwrap_or_else(|error| {
            // A decoder that panics does so for what it was given.
            tracing::warn!(%error, "an image could not be decoded");
            Err(PictureError::Damaged.into())
        })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, MediaError> {
        let turn = Arc::clone(&self.inner.decoders).acquire_owned();
        let turn = timeout(PATIENCE, turn).await.map_err(|_| MediaError::Busy)?;
        Ok(turn.expect("the semaphore is never closed"))
    }
}

impl Prepared {
    fn of(picture: &Picture) -> Result<Self, PictureError> {
        let whole = picture.write()?;
        let name = name_of(&whole);
        let sizes = sizes_of(picture, &name, whole.format)?;
        Ok(Self { name, width: picture.width(), height: picture.height(), whole, sizes })
    }
}

fn name_of(whole: &Written) -> String {
    format!("{}.{}", &sha256_of(&whole.bytes)[..NAME_DIGITS], whole.format.extension())
}

/// The name of an image in another width.
fn size_name(name: &str, width: u32) -> String {
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    format!("{name}.w{width}.{extension}")
}

/// The names of everything that is kept of an image, itself last.
fn names_of(name: &str) -> impl Iterator<Item = String> {
    let sizes = limits::IMAGE_WIDTHS.map(|width| size_name(name, width));
    sizes.into_iter().chain([name.to_owned()])
}

/// A picture in every width that is smaller than its own, by name.
fn sizes_of(
    picture: &Picture,
    name: &str,
    format: Format,
) -> Result<Vec<(String, Written)>, PictureError> {
    let mut sizes = Vec::new();
    let mut narrowed: Option<Picture> = None;
    for width in limits::IMAGE_WIDTHS.into_iter().rev().filter(|width| *width < picture.width()) {
        // Each is made from the next larger one, which is near enough and soon read.
        let smaller = narrowed.as_ref().unwrap_or(picture).narrowed(width);
        sizes.push((size_name(name, width), smaller.write_as(format)?));
        narrowed = Some(smaller);
    }
    Ok(sizes)
}
