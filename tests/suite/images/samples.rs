//! Pictures to send: good ones, and what only says that it is one.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A picture that looks different in each of its corners, and at each size.
pub(super) fn photo(width: u32, height: u32) -> DynamicImage {
    let colour = |x: u32, y: u32| {
        let part = |at: u32, of: u32| (at * 255 / of.max(1)) as u8;
        Rgb([part(x, width), part(y, height), part(x + y, width + height)])
    };
    RgbImage::from_fn(width, height, colour).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

/// A WebP without loss.
pub(super) fn webp(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::WebP)
}

pub(super) fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 95)).unwrap();
    bytes
}

fn made(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

/// A JPEG in four inks, 16 by 16.
pub(super) fn cmyk_jpeg() -> Vec<u8> {
    made(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBE\
         V0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAA\
         AAAAAAcABv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AybJtIQCgheheigighen/2Q==",
    )
}

/// A JPEG that comes in several scans, 16 by 16.
pub(super) fn progressive_jpeg() -> Vec<u8> {
    made(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxO\
         QERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2Nj\
         Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAA\
         AAAAAAAAAAAABAX/xAAVAQEBAAAAAAAAAAAAAAAAAAADBP/aAAwDAQACEAMQAAABmoOhqP/EABQQAQAAAAAA\
         AAAAAAAAAAAAACD/2gAIAQEAAQUCH//EABYRAAMAAAAAAAAAAAAAAAAAAAAEQf/aAAgBAwEBPwFan//EABYR\
         AAMAAAAAAAAAAAAAAAAAAAAEQf/aAAgBAgEBPwFuH//EABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEABj8C\
         H//EABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEAAT8hH//aAAwDAQACAAMAAAAQo//EABURAQEAAAAAAAAA\
         AAAAAAAAAMEA/9oACAEDAQE/EDb/xAAVEQEBAAAAAAAAAAAAAAAAAADBAP/aAAgBAgEBPxBS/8QAFBABAAAA\
         AAAAAAAAAAAAAAAAIP/aAAgBAQABPxAf/9k=",
    )
}

/// A WebP with loss, 16 by 16.
pub(super) fn lossy_webp() -> Vec<u8> {
    made(
        "UklGRjgAAABXRUJQVlA4ICwAAABwAQCdASoQABAAAsBMJaACdAFAAAD+7uR/Ih//OJfFH/gG23v/4BgeYAAA\
         AA==",
    )
}

/// A WebP of two frames.
pub(super) fn animated_webp() -> Vec<u8> {
    made(
        "UklGRoQAAABXRUJQVlA4WAoAAAACAAAAAwAAAwAAQU5JTQYAAAAAAAAAAABBTk1GKAAAAAAAAAAAAAMAAAMA\
         AAAAAAJWUDhMDwAAAC8DwAAABxD9j/4HIqL/AQBBTk1GKAAAAAAAAAAAAAMAAAMAAAAAAABWUDhMDwAAAC8D\
         wAAABxDR//4HIqL/AQA=",
    )
}

/// A PNG that is announced to move.
pub(super) fn animated_png() -> Vec<u8> {
    let still = png(&photo(4, 4));
    let control = chunk(*b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    [&still[..HEAD], &control, &still[HEAD..]].concat()
}

/// Bytes of a PNG up to the end of its first chunk.
const HEAD: usize = 8 + 12 + 13;

/// A PNG that says that it is as large as this, with 8 or 16 bits per channel, and whose pixels
/// cannot be unpacked: whoever tries finds it damaged, not large.
pub(super) fn png_bomb(width: u32, height: u32, bits: u8) -> Vec<u8> {
    const RGBA: u8 = 6;
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, RGBA, 0, 0, 0]].concat();
    let pixels = chunk(*b"IDAT", &[0xff; 900]);
    [b"\x89PNG\r\n\x1a\n", &chunk(*b"IHDR", &head)[..], &pixels, &chunk(*b"IEND", &[])].concat()
}

/// A JPEG that says that it is as large as this.
pub(super) fn jpeg_bomb(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(&photo(16, 16));
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A WebP that says that it is as large as this, less than 16,384 on a side.
pub(super) fn webp_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = webp(&photo(16, 16));
    let size = (width - 1) | (height - 1) << 14;
    let after_signature = 12 + 8 + 1;
    bytes[after_signature..after_signature + 4].copy_from_slice(&size.to_le_bytes());
    bytes
}

/// A chunk of a PNG.
pub(super) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let checked = [&kind[..], data].concat();
    [&length[..], &checked, &checksum(&checked).to_be_bytes()].concat()
}

/// A PNG with more chunks behind its first.
pub(super) fn png_with(picture: &DynamicImage, chunks: &[Vec<u8>]) -> Vec<u8> {
    let plain = png(picture);
    [&plain[..HEAD], &chunks.concat(), &plain[HEAD..]].concat()
}

/// CRC-32, as PNG has it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => sum >> 1 ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    })
}

/// A JPEG with more segments behind its beginning.
pub(super) fn jpeg_with(picture: &DynamicImage, segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = jpeg(picture);
    [&plain[..2], &segments.concat(), &plain[2..]].concat()
}

/// A segment of a JPEG.
pub(super) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, data].concat()
}

/// Where a picture was taken, in words that stand in no picture otherwise.
pub(super) const PLACE: &[u8] = b"37.5665N 126.9780E";

/// What a camera notes: how it was held, and where.
pub(super) fn exif(orientation: u16) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const UNDEFINED: u16 = 7;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let value = value.to_le_bytes();
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let directory = |entries: &[Vec<u8>]| {
        let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
        [&count[..], &entries.concat(), &[0; 4]].concat()
    };
    let (first, place) = (8, 8 + 2 + 2 * 12 + 4);
    let text = place + 2 + 12 + 4;
    let tiff = [b"II*\0", &u32::to_le_bytes(first)[..]].concat();
    let main =
        directory(&[entry(0x0112, SHORT, 1, orientation.into()), entry(0x8825, LONG, 1, place)]);
    let gps = directory(&[entry(0x001c, UNDEFINED, PLACE.len() as u32, text)]);
    [&tiff[..], &main, &gps, PLACE].concat()
}
