//! Pictures of works: of half blocks, which is two pixels a cell; without colours, of shades; and
//! by the terminal's own protocol, where it has one.

use std::{fmt, io::Cursor};

use artipul_common::limits;
use image::{DynamicImage, ImageError, ImageReader, Limits, RgbaImage, imageops::FilterType};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::{Color, Style},
    widgets::Widget,
};
use ratatui_image::{
    Image,
    errors::Errors,
    protocol::{Protocol, iterm2::Iterm2, kitty::Kitty, sixel::Sixel},
};

use crate::term::graphics::{Graphics, Paint};

/// The longer side of what is kept for half blocks.
const BLOCKS: u32 = 160;
/// As [`BLOCKS`], for pictures of more columns than that.
const MANY_BLOCKS: u32 = 320;
/// What a picture may take while it is decoded.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
const MAX_SIDE: u32 = 12_000;

/// A picture to be made: for how many cells, and by which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) cells: Size,
    pub(crate) graphics: Graphics,
}

impl Order {
    /// The width in pixels that serves best, of those that servers have; `None` for the whole.
    pub(crate) fn width(&self) -> Option<u32> {
        let wanted = match self.graphics.paint {
            Paint::Nothing | Paint::Blocks => blocks(self.cells),
            Paint::Kitty | Paint::Sixel | Paint::Iterm2 => {
                u32::from(pixels(self.cells, self.graphics.cell).width)
            }
        };
        limits::IMAGE_WIDTHS.into_iter().find(|width| *width >= wanted)
    }
}

/// The longer side of what is kept to be drawn of blocks, in pixels.
fn blocks(cells: Size) -> u32 {
    if cells.width > 160 { MANY_BLOCKS } else { BLOCKS }
}

fn pixels(cells: Size, cell: Size) -> Size {
    Size {
        width: cells.width.saturating_mul(cell.width),
        height: cells.height.saturating_mul(cell.height),
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    #[error(transparent)]
    Undecodable(#[from] ImageError),
    #[error(transparent)]
    Unprintable(#[from] Errors),
}

/// A picture that is ready to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// Width and height of the whole.
    shape: (u32, u32),
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
    print: Option<Print>,
}

/// A picture as the terminal's protocol has it.
#[derive(Clone)]
struct Print(Protocol);

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Print({:?})", self.0.size())
    }
}

impl Picture {
    /// Decodes a file's bytes. Slow: not for the drawing thread.
    ///
    /// # Errors
    /// They are no picture, or too large a one.
    pub(crate) fn decode(bytes: &[u8], order: &Order) -> Result<Self, PictureError> {
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(ImageError::IoError)?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_BYTES);
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        reader.limits(limits);
        let picture = reader.decode()?;
        let shape = (picture.width(), picture.height());
        let print = print(&picture, order)?;
        let side = blocks(order.cells);
        let small = if shape.0.max(shape.1) > side {
            picture.resize(side, side, FilterType::Triangle)
        } else {
            picture
        };
        let (width, height) = (small.width() as usize, small.height() as usize);
        Ok(Self { shape, width, height, pixels: on_white(&small.to_rgba8()), print })
    }

    /// What it takes in memory, roughly, in bytes.
    pub(crate) fn size(&self) -> usize {
        let print = match self.print.as_ref().map(|print| &print.0) {
            Some(Protocol::Sixel(sixel)) => sixel.data.len(),
            Some(Protocol::ITerm2(iterm2)) => iterm2.data.len(),
            // Its pixels, written in letters; compressed, it is less.
            Some(Protocol::Kitty(_)) => {
                (self.shape.0 as usize * self.shape.1 as usize * 4).min(MAX_PRINT) * 4 / 3
            }
            Some(Protocol::Halfblocks(_)) | None => 0,
        };
        self.pixels.len() * 3 + print
    }

    /// Draws the picture into exactly `area`: by the terminal's protocol where it was made for that
    /// size and nothing lies over it.
    pub(crate) fn draw(&self, area: Rect, buf: &mut Buffer, coloured: bool, is_covered: bool) {
        match &self.print {
            Some(Print(print)) if !is_covered && print.size() == area.as_size() => {
                Image::new(print).render(area, buf);
            }
            _ => self.draw_blocks(area, buf, coloured),
        }
    }

    fn draw_blocks(&self, area: Rect, buf: &mut Buffer, coloured: bool) {
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

/// The most that a picture made for a terminal takes, in bytes.
const MAX_PRINT: usize = 8 * 1024 * 1024;

/// The cells that a picture of this shape takes inside of `area`, at its left and top.
pub(crate) fn fit((width, height): (u32, u32), area: Rect, cell: Size) -> Rect {
    if width == 0 || height == 0 || area.is_empty() {
        return Rect { width: 0, height: 0, ..area };
    }
    let room = pixels(area.as_size(), cell);
    let (room_width, room_height) = (u64::from(room.width), u64::from(room.height));
    let (width, height) = (u64::from(width), u64::from(height));
    let (width, height) = if width * room_height > height * room_width {
        (room_width, height * room_width / width)
    } else {
        (width * room_height / height, room_height)
    };
    let cells = |pixels: u64, size: u16, most: u16| {
        let size = u64::from(size.max(1));
        u16::try_from(((pixels + size / 2) / size).max(1)).unwrap_or(u16::MAX).min(most)
    };
    Rect {
        width: cells(width, cell.width, area.width),
        height: cells(height, cell.height, area.height),
        ..area
    }
}

/// The picture as the terminal's protocol has it, if it has one.
fn print(picture: &DynamicImage, order: &Order) -> Result<Option<Print>, PictureError> {
    let Graphics { paint, cell, through_tmux, far } = order.graphics;
    if matches!(paint, Paint::Nothing | Paint::Blocks) || order.cells.width == 0 {
        return Ok(None);
    }
    let size = order.cells;
    let room = pixels(size, cell);
    let (width, height) = (u32::from(room.width), u32::from(room.height));
    // To the pixel, so that no edge of the ground is seen: the cells were chosen to fit its shape,
    // which is off by half a cell at most.
    let sized = picture.resize_exact(width.max(1), height.max(1), FilterType::Triangle);
    let protocol = match paint {
        Paint::Kitty => {
            let id = rand::random();
            Protocol::Kitty(Kitty::new(sized, size, id, through_tmux, far, false)?)
        }
        Paint::Sixel => Protocol::Sixel(Sixel::new(on_paper(&sized), size, through_tmux)?),
        Paint::Iterm2 => Protocol::ITerm2(Iterm2::new(sized, size, through_tmux)?),
        Paint::Nothing | Paint::Blocks => return Ok(None),
    };
    Ok(Some(Print(protocol)))
}

/// What is transparent lies on white, as on a gallery's wall.
fn on_white(picture: &RgbaImage) -> Vec<[u8; 3]> {
    let over = |value: u8, alpha: u8| {
        let sum = u16::from(value) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
        u8::try_from(sum / 255).unwrap_or(u8::MAX)
    };
    picture
        .pixels()
        .map(|image::Rgba([r, g, b, alpha])| [*r, *g, *b].map(|value| over(value, *alpha)))
        .collect()
}

/// As [`on_white`], as a picture.
fn on_paper(picture: &DynamicImage) -> DynamicImage {
    let pixels = on_white(&picture.to_rgba8()).into_flattened();
    image::RgbImage::from_raw(picture.width(), picture.height(), pixels)
        .map_or_else(|| picture.clone(), DynamicImage::ImageRgb8)
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

    const CELLS: Size = Size { width: 4, height: 2 };

    fn order(paint: Paint) -> Order {
        Order { cells: CELLS, graphics: Graphics { paint, ..Graphics::blocks() } }
    }

    fn decoded(bytes: &[u8], paint: Paint) -> Picture {
        Picture::decode(bytes, &order(paint)).unwrap()
    }

    #[test]
    fn a_picture_keeps_its_shape() {
        let (cell, square) = (Size::new(10, 20), Size::new(10, 10));
        let wide = (400, 200);
        assert_eq!(fit(wide, Rect::new(2, 1, 40, 40), cell), Rect::new(2, 1, 40, 10));
        assert_eq!(fit(wide, Rect::new(0, 0, 40, 5), cell), Rect::new(0, 0, 20, 5));
        assert_eq!(fit(wide, Rect::new(0, 0, 40, 40), square), Rect::new(0, 0, 40, 20));
        assert_eq!(fit((1, 10_000), Rect::new(0, 0, 9, 9), square), Rect::new(0, 0, 1, 9));
        assert_eq!(fit((0, 4), Rect::new(0, 0, 9, 9), square), Rect::new(0, 0, 0, 0));
    }

    #[test]
    fn no_more_of_a_picture_is_asked_for_than_can_be_seen() {
        let width = |paint, columns| {
            let graphics = Graphics { paint, ..Graphics::blocks() };
            Order { cells: Size::new(columns, 10), graphics }.width()
        };
        assert_eq!(width(Paint::Blocks, 28), Some(160));
        assert_eq!(width(Paint::Blocks, 200), Some(320));
        assert_eq!(width(Paint::Kitty, 28), Some(320));
        assert_eq!(width(Paint::Sixel, 120), Some(1_280));
        assert_eq!(width(Paint::Kitty, 400), None, "the whole");
    }

    #[test]
    fn a_protocols_picture_is_drawn_unless_something_covers_it() {
        let area = Rect::new(0, 0, 4, 2);
        for (paint, begins) in
            [(Paint::Kitty, "\x1b_G"), (Paint::Sixel, "\x1b"), (Paint::Iterm2, "\x1b")]
        {
            let picture = decoded(&png(40, 40), paint);
            let mut buf = Buffer::empty(area);
            picture.draw(area, &mut buf, true, true);
            assert_eq!(buf[(0, 0)].symbol(), "▀", "{paint:?}");
            picture.draw(area, &mut buf, true, false);
            assert!(buf[(0, 0)].symbol().starts_with(begins), "{paint:?}");
            assert!(picture.size() > decoded(&png(40, 40), Paint::Blocks).size());
        }
    }

    #[test]
    fn whatever_fits_is_drawn_by_the_protocol() {
        let bytes = png(80, 57);
        for width in 3..30 {
            let graphics = Graphics { paint: Paint::Iterm2, ..Graphics::blocks() };
            let place = fit((80, 57), Rect::new(0, 0, width, 9), graphics.cell);
            let order = Order { cells: place.as_size(), graphics };
            let mut buf = Buffer::empty(place);
            Picture::decode(&bytes, &order).unwrap().draw(place, &mut buf, true, false);
            assert!(buf[(0, 0)].symbol().starts_with('\x1b'), "{place:?}");
        }
    }

    #[test]
    fn a_picture_made_for_another_size_is_drawn_of_blocks_meanwhile() {
        let area = Rect::new(0, 0, 6, 3);
        let mut buf = Buffer::empty(area);
        decoded(&png(40, 40), Paint::Kitty).draw(area, &mut buf, true, false);
        assert_eq!(buf[(0, 0)].symbol(), "▀");
    }

    #[test]
    fn two_pixels_share_a_cell() {
        let picture = decoded(&png(4, 4), Paint::Blocks);
        let area = Rect::new(0, 0, 4, 2);
        let mut buf = Buffer::empty(area);
        picture.draw(area, &mut buf, true, false);
        assert_eq!(buf[(0, 0)].fg, Color::Rgb(255, 0, 0));
        assert_eq!(buf[(3, 1)].bg, Color::Rgb(0, 0, 255));
        picture.draw(area, &mut buf, false, false);
        assert_eq!(buf[(0, 0)].symbol(), "░");
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        for bytes in [&b"<svg/>"[..], &[], &png(8, 8)[..40]] {
            assert!(Picture::decode(bytes, &order(Paint::Blocks)).is_err());
        }
    }
}
