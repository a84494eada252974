//! Images: kept under a name made from their content, so that they never change.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use crate::digest::sha256_of;

/// The images of a server, in a folder.
#[derive(Debug, Clone)]
pub struct Media {
    folder: Arc<PathBuf>,
}

impl Media {
    /// The images in a folder, which is created if it is not there.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn new(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Keeps a PNG image and gives its name. The same image is kept once.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put_png(&self, bytes: &[u8]) -> io::Result<String> {
        let name = format!("{}.png", &sha256_of(bytes)[..40]);
        let path = self.folder.join(&name);
        if path.exists() {
            return Ok(name);
        }
        // Renamed when it is whole, so that nobody ever reads half an image.
        let unfinished = self.folder.join(format!(".{name}.{:x}", rand::random::<u64>()));
        let mut file = std::fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &path)?;
        Ok(name)
    }

    /// An image's bytes; `None` if there is none of this name.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        // Names are made here, so one that could lead out of the folder is none of them.
        let is_name = name.len() < 80
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
            && !name.starts_with('.');
        if !is_name {
            return Ok(None);
        }
        match std::fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
