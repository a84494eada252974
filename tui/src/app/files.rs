//! Pictures in files of this machine: looked at before they are sent, and read when they are.
//! Everything here blocks; it is not for the drawing thread.

use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

use artipul_common::{auctions::Image, limits};
use image::{ImageFormat, ImageReader};
use unicode_normalization::UnicodeNormalization;

use crate::ui::picture::{Order, Picture};

/// What the address of a picture on this machine begins with.
const SCHEME: &str = "file:";

/// A picture that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureFile {
    /// Where it is, from the root.
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// What the format is called.
    pub(crate) format: &'static str,
}

impl PictureFile {
    /// The picture as those are described that are on a server.
    pub(crate) fn image(&self) -> Image {
        let url = format!("{SCHEME}{}", self.path.display());
        Image { name: String::new(), width: self.width, height: self.height, url }
    }
}

/// Why a file cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureFault {
    /// There is no such file.
    Missing,
    /// It may not be read, or it is a folder.
    Unreadable,
    /// It is no JPEG, PNG or WebP.
    NotAPicture,
    TooManyBytes,
    TooManyPixels,
}

/// Looks at a file: whether it is a picture that the server takes.
pub(crate) fn look_at(path: &str) -> Result<PictureFile, PictureFault> {
    let path = found(path)?;
    let bytes = path.metadata().map_err(|error| fault(&error))?;
    if !bytes.is_file() {
        return Err(PictureFault::Unreadable);
    }
    if bytes.len() > limits::MAX_IMAGE_BYTES as u64 {
        return Err(PictureFault::TooManyBytes);
    }
    let file = File::open(&path).map_err(|error| fault(&error))?;
    let reader = ImageReader::new(BufReader::new(file)).with_guessed_format();
    let reader = reader.map_err(|error| fault(&error))?;
    let format = match reader.format() {
        Some(ImageFormat::Jpeg) => "JPEG",
        Some(ImageFormat::Png) => "PNG",
        Some(ImageFormat::WebP) => "WebP",
        _ => return Err(PictureFault::NotAPicture),
    };
    let (width, height) = reader.into_dimensions().map_err(|_| PictureFault::NotAPicture)?;
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > limits::MAX_IMAGE_SIDE || pixels > limits::MAX_IMAGE_PIXELS {
        return Err(PictureFault::TooManyPixels);
    }
    Ok(PictureFile { path, bytes: bytes.len(), width, height, format })
}

/// The bytes of a file, unless there are more than the server takes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, PictureFault> {
    let file = File::open(path).map_err(|error| fault(&error))?;
    let mut bytes = Vec::new();
    // It may have grown since it was looked at.
    let most = limits::MAX_IMAGE_BYTES as u64;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
    if bytes.len() as u64 > most { Err(PictureFault::TooManyBytes) } else { Ok(bytes) }
}

/// The picture at an address on this machine; `None` for any other address.
pub(crate) fn picture(url: &str, order: &Order) -> Option<Option<Picture>> {
    let path = url.strip_prefix(SCHEME)?;
    let bytes = read(Path::new(path)).ok();
    Some(bytes.and_then(|bytes| Picture::decode(&bytes, order).ok()))
}

/// The file that somebody means, from the root: his home may be `~`, and letters may be written
/// in parts in its name, as some systems do.
pub(crate) fn found(path: &str) -> Result<PathBuf, PictureFault> {
    let home = std::env::home_dir();
    let path = match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    let decomposed = PathBuf::from(path.to_string_lossy().nfd().collect::<String>());
    [path, decomposed].iter().find_map(|path| path.canonicalize().ok()).ok_or(PictureFault::Missing)
}

fn fault(error: &std::io::Error) -> PictureFault {
    match error.kind() {
        ErrorKind::NotFound => PictureFault::Missing,
        _ => PictureFault::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::term::graphics::Graphics;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn written(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> String {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn order() -> Order {
        Order { cells: Size::new(20, 10), graphics: Graphics::blocks() }
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_tells_its_size_and_format() {
        let folder = folder();
        let path = written(&folder, "달 항아리.png", &png(64, 48));
        let file = look_at(&path).unwrap();
        assert_eq!((file.width, file.height, file.format), (64, 48, "PNG"));
        assert!(picture(&file.image().url, &order()).unwrap().is_some());
        assert!(picture("/v1/images/a.png", &order()).is_none(), "the server's was read here");
    }

    #[test]
    fn a_name_written_in_parts_is_found() {
        let folder = folder();
        written(&folder, "\u{1112}\u{1161}\u{11ab}.png", &png(4, 4));
        let typed = folder.path().join("한.png");
        assert!(look_at(typed.to_str().unwrap()).is_ok());
    }

    #[test]
    fn what_cannot_be_sent_is_told_before_anything_is_sent() {
        let folder = folder();
        let look = |name: &str, bytes: &[u8]| look_at(&written(&folder, name, bytes));
        assert_eq!(look("a.txt", b"no picture"), Err(PictureFault::NotAPicture));
        assert_eq!(look("a.gif", b"GIF89a\x01\x00\x01\x00\x00"), Err(PictureFault::NotAPicture));
        assert_eq!(look("cut.png", &png(8, 8)[..12]), Err(PictureFault::NotAPicture));
        assert_eq!(look("wide.png", &png(12_001, 1)), Err(PictureFault::TooManyPixels));
        assert_eq!(look_at("/no/such.png"), Err(PictureFault::Missing));
        assert_eq!(look_at(folder.path().to_str().unwrap()), Err(PictureFault::Unreadable));
        let large = folder.path().join("large.png");
        let file = File::create(&large).unwrap();
        file.set_len(limits::MAX_IMAGE_BYTES as u64 + 1).unwrap();
        assert_eq!(look_at(large.to_str().unwrap()), Err(PictureFault::TooManyBytes));
        assert_eq!(read(&large), Err(PictureFault::TooManyBytes));
    }
}
