//! Colours for terminals that have fewer: what screens draw in true colours is brought to the
//! nearest one that there is.

use ratatui::{buffer::Buffer, style::Color};

use super::graphics::Depth;

/// Brings every colour of a frame to one that the terminal has.
pub(crate) fn adapt(buf: &mut Buffer, depth: Depth) {
    let nearest: fn(Color) -> Color = match depth {
        Depth::True | Depth::Mono => return,
        Depth::Indexed => indexed,
        Depth::Sixteen => named,
    };
    for cell in &mut buf.content {
        (cell.fg, cell.bg) = (nearest(cell.fg), nearest(cell.bg));
    }
}

/// The steps of each part in the cube of 216 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn indexed(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else { return colour };
    let nearest = |value: u8| {
        (0u8..6).min_by_key(|step| STEPS[usize::from(*step)].abs_diff(value)).unwrap_or(0)
    };
    let cube = [r, g, b].map(nearest);
    let in_cube = cube.map(|step| STEPS[usize::from(step)]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    // 24 greys, from 8 in steps of 10.
    let grey = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let in_greys = [8 + 10 * grey; 3];
    let wanted = [r, g, b];
    if distance(wanted, in_greys) < distance(wanted, in_cube) {
        Color::Indexed(232 + grey)
    } else {
        Color::Indexed(16 + 36 * cube[0] + 6 * cube[1] + cube[2])
    }
}

/// The sixteen as most terminals show them.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

fn named(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else { return colour };
    let nearest = NAMED.iter().min_by_key(|(_, known)| distance(*known, [r, g, b]));
    nearest.map_or(colour, |(named, _)| *named)
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn the_nearest_colour_is_taken() {
        for (colour, index) in [
            (Color::Rgb(0, 0, 0), 16),
            (Color::Rgb(255, 255, 255), 231),
            (Color::Rgb(255, 0, 0), 196),
            (Color::Rgb(128, 128, 128), 244),
            (Color::Rgb(97, 134, 178), 67),
        ] {
            assert_eq!(indexed(colour), Color::Indexed(index), "{colour:?}");
        }
        assert_eq!(named(Color::Rgb(210, 10, 0)), Color::Red);
        assert_eq!(named(Color::Indexed(24)), Color::Indexed(24), "those are chosen elsewhere");
    }

    #[test]
    fn a_terminal_of_true_colours_gets_them() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 1, 1));
        buf[(0, 0)].fg = Color::Rgb(1, 2, 3);
        adapt(&mut buf, Depth::True);
        assert_eq!(buf[(0, 0)].fg, Color::Rgb(1, 2, 3));
        adapt(&mut buf, Depth::Indexed);
        assert_eq!(buf[(0, 0)].fg, Color::Indexed(16));
    }
}
