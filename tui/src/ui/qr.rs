//! A text as a QR code of half blocks. What is light is drawn, so that it can be read on dark
//! ground without colours.

use qrcode::{Color, EcLevel, QrCode};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Light modules around the code.
const MARGIN: usize = 2;

/// A code.
pub(crate) struct Code {
    modules: Vec<Color>,
    side: usize,
}

impl Code {
    /// The code of a text; none if it is too long for one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let side = code.width();
        Some(Self { modules: code.into_colors(), side })
    }

    /// Columns and lines.
    pub(crate) fn size(&self) -> (u16, u16) {
        let side = self.side + 2 * MARGIN;
        let columns = u16::try_from(side).unwrap_or(u16::MAX);
        (columns, columns.div_ceil(2))
    }

    /// Whether a module is light; all around the code are.
    fn is_light(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.modules[y * self.side + x] == Color::Light,
            _ => y < self.side + 2 * MARGIN,
        }
    }

    /// Draws it into the upper left of an area.
    pub(crate) fn draw(&self, buf: &mut Buffer, area: Rect, style: Style) {
        let (width, height) = self.size();
        for (line, y) in (0..height).zip(area.top()..area.bottom()) {
            let words: String = (0..width)
                .map(|column| {
                    let (x, y) = (usize::from(column), 2 * usize::from(line));
                    match (self.is_light(x, y), self.is_light(x, y + 1)) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    }
                })
                .collect();
            buf.set_stringn(area.x, y, words, area.width.into(), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_is_where_it_belongs() {
        let code = Code::of("https://artipul.example/a?b=c").unwrap();
        let (width, height) = code.size();
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        code.draw(&mut buf, area, Style::new());
        let side = usize::from(width);
        for y in 0..side {
            for x in 0..side {
                let cell = &buf[(u16::try_from(x).unwrap(), u16::try_from(y / 2).unwrap())];
                let light = match cell.symbol() {
                    "█" => true,
                    "▀" => y % 2 == 0,
                    "▄" => y % 2 == 1,
                    _ => false,
                };
                assert_eq!(light, code.is_light(x, y), "{x} {y}");
            }
        }
        // The corner of the finder: a dark square behind the margin.
        assert!(code.is_light(MARGIN - 1, MARGIN) && !code.is_light(MARGIN, MARGIN));
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert!(Code::of(&"x".repeat(5_000)).is_none());
    }
}
