//! Pictures of works, as two pixels per cell; without colours, as shades.

use image::{DynamicImage, ImageReader, Limits, imageops::FilterType};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
};

/// The longer side of a kept picture: more than any terminal shows.
const MAX_SIDE: u32 = 320;
/// What a picture may take while it is decoded.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
const MAX_PIXELS: u32 = 12_000;

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Decodes a file's bytes. Slow: not for the drawing thread.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, image::ImageError> {
        let mut reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format()?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_BYTES);
        limits.max_image_width = Some(MAX_PIXELS);
        limits.max_image_height = Some(MAX_PIXELS);
        reader.limits(limits);
        let picture = reader.decode()?;
        let picture = if picture.width().max(picture.height()) > MAX_SIDE {
            picture.resize(MAX_SIDE, MAX_SIDE, FilterType::CatmullRom)
        } else {
            picture
        };
        Ok(Self::from_image(&picture))
    }

    fn from_image(picture: &DynamicImage) -> Self {
        let rgba = picture.to_rgba8();
        // What is transparent lies on white, as on a gallery's wall.
        let pixels = rgba
            .pixels()
            .map(|image::Rgba([r, g, b, alpha])| {
                let over = |value: &u8| {
                    let alpha = u16::from(*alpha);
                    let sum = u16::from(*value) * alpha + 255 * (255 - alpha);
                    u8::try_from(sum / 255).unwrap_or(u8::MAX)
                };
                [over(r), over(g), over(b)]
            })
            .collect();
        Self { width: rgba.width() as usize, height: rgba.height() as usize, pixels }
    }

    /// The cells that the picture takes inside of `area`, at its left and top, in its own shape.
    pub(crate) fn fit(&self, area: Rect) -> Rect {
        let (columns, rows) = (usize::from(area.width), usize::from(area.height) * 2);
        if self.width == 0 || self.height == 0 || columns == 0 || rows == 0 {
            return Rect { width: 0, height: 0, ..area };
        }
        // One cell is one pixel wide and two high.
        let (width, height) = if self.width * rows > self.height * columns {
            (columns, (self.height * columns / self.width).max(1))
        } else {
            ((self.width * rows / self.height).max(1), rows)
        };
        let cells = |pixels: usize| u16::try_from(pixels).unwrap_or(u16::MAX);
        Rect { width: cells(width), height: cells(height.div_ceil(2)), ..area }
    }

    /// Draws the picture into exactly `area`.
    pub(crate) fn draw(&self, area: Rect, buf: &mut Buffer, coloured: bool) {
        let (columns, rows) = (usize::from(area.width), usize::from(area.height) * 2);
        for y in 0..area.height {
            for x in 0..area.width {
                let sample = |half: usize| {
                    let row = usize::from(y) * 2 + half;
                    self.average(usize::from(x), columns, row, rows)
                };
                let (upper, lower) = (sample(0), sample(1));
                let cell = &mut buf[(area.x + x, area.y + y)];
                if coloured {
                    let colour = |[r, g, b]: [u8; 3]| Color::Rgb(r, g, b);
                    cell.set_symbol("▀");
                    cell.set_style(Style::new().fg(colour(upper)).bg(colour(lower)));
                } else {
                    cell.set_symbol(shade(upper, lower));
                }
            }
        }
    }

    /// The mean colour of the part of the picture that one half of a cell shows.
    fn average(&self, x: usize, columns: usize, y: usize, rows: usize) -> [u8; 3] {
        let span = |at: usize, parts: usize, size: usize| {
            let from = at * size / parts;
            from..((at + 1) * size / parts).max(from + 1).min(size)
        };
        let mut sum = [0u32; 3];
        let mut count = 0;
        for row in span(y, rows, self.height) {
            for column in span(x, columns, self.width) {
                let pixel = self.pixels[row * self.width + column];
                for (total, value) in sum.iter_mut().zip(pixel) {
                    *total += u32::from(value);
                }
                count += 1;
            }
        }
        sum.map(|total| u8::try_from(total / count.max(1)).unwrap_or(u8::MAX))
    }
}

/// How bright a cell is, as a character.
fn shade(upper: [u8; 3], lower: [u8; 3]) -> &'static str {
    const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
    let luma =
        |[r, g, b]: [u8; 3]| (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000;
    let bright = (luma(upper) + luma(lower)) / 2;
    SHADES[(bright as usize * SHADES.len() / 256).min(SHADES.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { image::Rgb([255, 0, 0]) } else { image::Rgb([0, 0, 255]) }
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_keeps_its_shape() {
        let picture = Picture::decode(&png(400, 200)).unwrap();
        assert_eq!(picture.fit(Rect::new(2, 1, 40, 40)), Rect::new(2, 1, 40, 10));
        assert_eq!(picture.fit(Rect::new(0, 0, 40, 5)), Rect::new(0, 0, 20, 5));
    }

    #[test]
    fn two_pixels_share_a_cell() {
        let picture = Picture::decode(&png(4, 4)).unwrap();
        let area = Rect::new(0, 0, 4, 2);
        let mut buf = Buffer::empty(area);
        picture.draw(area, &mut buf, true);
        assert_eq!(buf[(0, 0)].fg, Color::Rgb(255, 0, 0));
        assert_eq!(buf[(3, 1)].bg, Color::Rgb(0, 0, 255));
        picture.draw(area, &mut buf, false);
        assert_eq!(buf[(0, 0)].symbol(), "░");
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(Picture::decode(b"<svg/>").is_err());
        assert!(Picture::decode(&[]).is_err());
        assert!(Picture::decode(&png(8, 8)[..40]).is_err());
    }
}
