//! One picture: what was sent is read, put upright, and written again without anything but its
//! pixels. No I/O; it is what bounds the memory that a picture may take.

use std::io::{self, Cursor, Write};

use artipul_common::limits;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageResult, Limits,
    codecs::{
        jpeg::{JpegDecoder, JpegEncoder},
        png::{PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    imageops::FilterType,
    metadata::Orientation,
};

use super::container;

/// Bytes of a picture's pixels while it is worked on: as many as the largest has with 8 bits per
/// channel, so that one with 16 may have half as many pixels.
const MAX_PIXEL_BYTES: u64 = 4 * limits::MAX_IMAGE_PIXELS;
/// Bytes of what stands beside the pixels of a PNG, when it is unpacked.
const MAX_CHUNK_BYTES: u64 = 64 * 1024 * 1024;
/// How good a JPEG is; the second where the first would be too large to keep.
const JPEG_QUALITIES: [u8; 2] = [90, 70];

/// Why something is not kept as a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// There are no bytes.
    #[error("is empty")]
    Empty,
    /// It is of no format that is known, whatever its name and declared type are.
    #[error("must be a JPEG, PNG or WebP picture")]
    NotAPicture,
    /// It moves.
    #[error("must be a still picture, this one is animated")]
    Animated,
    /// Its end is missing, or something within it.
    #[error("is damaged or not whole")]
    Damaged,
    /// It has too many pixels.
    #[error(
        "must have at most {} pixels on a side and {} million in all, and half as many with 16 bits per channel",
        limits::MAX_IMAGE_SIDE,
        limits::MAX_IMAGE_PIXELS / 1_000_000
    )]
    TooManyPixels,
    /// It would take too many bytes to keep.
    #[error("is too intricate to be kept; make it smaller")]
    TooIntricate,
}

impl PictureError {
    /// The stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::NotAPicture => "not-a-picture",
            Self::Animated => "animated",
            Self::Damaged => "damaged",
            Self::TooManyPixels | Self::TooIntricate => "too-large",
        }
    }
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::Damaged,
        }
    }
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Of photographs.
    Jpeg,
    /// Of everything that was sent without loss, or that is transparent somewhere.
    Png,
}

impl Format {
    /// The end of the names of such pictures.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Their media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The format that a name ends with.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        [Self::Jpeg, Self::Png].into_iter().find(|format| format.extension() == extension)
    }
}

/// A picture as it is kept.
pub struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How they are to be read.
    pub format: Format,
}

/// A picture in memory: upright, 8 bits per channel.
pub struct Picture {
    pixels: DynamicImage,
    is_lossless: bool,
}

impl Picture {
    /// Reads what was sent. Whether it is too large is decided by its head, before anything is
    /// unpacked.
    ///
    /// # Errors
    /// As [`PictureError`] says.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.is_empty() {
            return Err(PictureError::Empty);
        }
        match image::guess_format(bytes) {
            Ok(image::ImageFormat::Jpeg) => Self::read_jpeg(bytes),
            Ok(image::ImageFormat::Png) => Self::read_png(bytes),
            Ok(image::ImageFormat::WebP) => Self::read_webp(bytes),
            _ => Err(PictureError::NotAPicture),
        }
    }

    fn read_jpeg(bytes: &[u8]) -> Result<Self, PictureError> {
        if !container::is_whole_jpeg(bytes) {
            return Err(PictureError::Damaged);
        }
        let decoder = JpegDecoder::new(Cursor::new(bytes))?;
        Ok(Self { pixels: decode(decoder)?, is_lossless: false })
    }

    fn read_png(bytes: &[u8]) -> Result<Self, PictureError> {
        let decoder = PngDecoder::with_limits(Cursor::new(bytes), png_limits())?;
        if decoder.is_apng()? {
            return Err(PictureError::Animated);
        }
        Ok(Self { pixels: decode(decoder)?, is_lossless: true })
    }

    fn read_webp(bytes: &[u8]) -> Result<Self, PictureError> {
        let chunks = container::webp_chunks(bytes).ok_or(PictureError::Damaged)?;
        let decoder = WebPDecoder::new(Cursor::new(bytes))?;
        if decoder.has_animation() {
            return Err(PictureError::Animated);
        }
        Ok(Self { pixels: decode(decoder)?, is_lossless: chunks.contains(b"VP8L") })
    }

    /// Its width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Its height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// The picture in a smaller width, at the same proportions.
    #[must_use]
    pub fn narrowed(&self, width: u32) -> Self {
        let height = u64::from(self.height()) * u64::from(width) / u64::from(self.width());
        let height = u32::try_from(height).unwrap_or(u32::MAX).max(1);
        let pixels = self.pixels.resize_exact(width, height, FilterType::CatmullRom);
        Self { pixels, is_lossless: self.is_lossless }
    }

    /// Writes it as it is kept: nothing but pixels.
    ///
    /// # Errors
    /// [`PictureError::TooIntricate`] if that takes too many bytes.
    pub fn write(&self) -> Result<Written, PictureError> {
        let is_opaque = !self.pixels.has_alpha();
        if (self.is_lossless || !is_opaque)
            && let Ok(written) = self.write_as(Format::Png)
        {
            return Ok(written);
        }
        if is_opaque { self.write_as(Format::Jpeg) } else { Err(PictureError::TooIntricate) }
    }

    /// Writes it in this format. Only a PNG keeps what is transparent.
    ///
    /// # Errors
    /// [`PictureError::TooIntricate`] if that takes too many bytes.
    pub fn write_as(&self, format: Format) -> Result<Written, PictureError> {
        let bytes = match format {
            Format::Png => written(|bytes| self.pixels.write_with_encoder(PngEncoder::new(bytes)))?,
            Format::Jpeg => {
                let encode = |quality| {
                    written(|bytes| {
                        let encoder = JpegEncoder::new_with_quality(bytes, quality);
                        self.pixels.write_with_encoder(encoder)
                    })
                };
                JPEG_QUALITIES
                    .into_iter()
                    .find_map(|quality| encode(quality).ok())
                    .ok_or(PictureError::TooIntricate)?
            }
        };
        Ok(Written { bytes, format })
    }
}

/// Unpacks what is not too large, and puts it upright.
fn decode(mut decoder: impl ImageDecoder) -> Result<DynamicImage, PictureError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    let is_too_large = width.max(height) > limits::MAX_IMAGE_SIDE
        || u64::from(width) * u64::from(height) > limits::MAX_IMAGE_PIXELS
        || decoder.total_bytes() > MAX_PIXEL_BYTES;
    if is_too_large {
        return Err(PictureError::TooManyPixels);
    }
    // What says this unintelligibly says nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = with_8_bits(DynamicImage::from_decoder(decoder)?);
    pixels.apply_orientation(orientation);
    Ok(pixels)
}

fn with_8_bits(pixels: DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageLuma16(_) => pixels.into_luma8().into(),
        DynamicImage::ImageLumaA16(_) => pixels.into_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) => pixels.into_rgb8().into(),
        DynamicImage::ImageRgba16(_) => pixels.into_rgba8().into(),
        pixels => pixels,
    }
}

fn png_limits() -> Limits {
    let mut png = Limits::no_limits();
    png.max_image_width = Some(limits::MAX_IMAGE_SIDE);
    png.max_image_height = Some(limits::MAX_IMAGE_SIDE);
    png.max_alloc = Some(MAX_CHUNK_BYTES);
    png
}

/// What `encode` writes, unless it is too much.
fn written(encode: impl FnOnce(&mut Bounded) -> ImageResult<()>) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Bounded(Vec::new());
    encode(&mut bytes).map_err(|_| PictureError::TooIntricate)?;
    Ok(bytes.0)
}

/// Bytes, no more than a picture may have that is kept.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > limits::MAX_KEPT_IMAGE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
