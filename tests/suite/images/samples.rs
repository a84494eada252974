//! Pictures to send.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A picture that looks different in each of its corners, and at each size.
pub(super) fn photo(width: u32, height: u32) -> DynamicImage {
    let colour = |x: u32, y: u32| {
        let part = |at: u32, of: u32| (at * 255 / of.max(1)) as u8;
        Rgb([part(x, width), part(y, height), part(x + y, width + height)])
    };
    RgbImage::from_fn(width, height, colour).into()
}

pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(super) fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 95)).unwrap();
    bytes
}
