//! Draws the pictures of the sample gallery: a manner for each genre, a seed for each work.

use std::f32::consts::{PI, TAU};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::canvas::{ASPECT, Canvas, Colour, Waves, mix, rgb};

/// A picture for a work of this genre, as a PNG file with its width and height.
pub(super) fn draw(genre: &str, seed: u64) -> (Vec<u8>, u32, u32) {
    let mut rng = StdRng::seed_from_u64(seed);
    let paint: fn(&mut StdRng) -> Canvas = match genre {
        "painting" => painting,
        "oriental-painting" => oriental_painting,
        "drawing" => drawing,
        "printmaking" => printmaking,
        "sculpture" => sculpture,
        "ceramics" => ceramics,
        "craft" => craft,
        "photography" => photography,
        "illustration" => illustration,
        "calligraphy" => calligraphy,
        "design" => design,
        "media" => media,
        _ => installation,
    };
    let mut canvas = paint(&mut rng);
    canvas.grain(&mut rng, 0.018);
    canvas.into_png()
}

const PALETTES: [[u32; 5]; 6] = [
    [0x1B2A41, 0xE4572E, 0xF3A712, 0xA8C686, 0x669BBC],
    [0x2D1E2F, 0xF15BB5, 0xFEE440, 0x00BBF9, 0x00F5D4],
    [0x264653, 0x2A9D8F, 0xE9C46A, 0xF4A261, 0xE76F51],
    [0x3D405B, 0xE07A5F, 0xF2CC8F, 0x81B29A, 0xF4F1DE],
    [0x0B132B, 0x1C2541, 0x5BC0BE, 0xFFC857, 0xDB3A34],
    [0x582F0E, 0x936639, 0xC2C5AA, 0x656D4A, 0xB6AD90],
];

fn palette(rng: &mut StdRng) -> [Colour; 5] {
    PALETTES[rng.random_range(0..PALETTES.len())].map(rgb)
}

fn any(rng: &mut StdRng, colours: &[Colour]) -> Colour {
    colours[rng.random_range(0..colours.len())]
}

/// A sea or a field under a large sky, in broad strokes.
fn painting(rng: &mut StdRng) -> Canvas {
    let colours = palette(rng);
    let mut canvas = Canvas::new(colours[0]);
    canvas.gradient(mix(colours[4], rgb(0xFFFFFF), 0.25), mix(colours[2], colours[1], 0.4));
    let sun = (rng.random_range(0.2..0.8), rng.random_range(0.12..0.3));
    canvas.disc(sun, 0.06, 0.12, colours[2], 0.9);
    canvas.disc(sun, 0.05, 0.01, mix(colours[2], rgb(0xFFFFFF), 0.6), 1.0);
    let horizon = rng.random_range(0.38..0.5);
    for layer in 0..4 {
        let waves = Waves::new(rng, 4, 0.05);
        let base = horizon + layer as f32 * 0.085;
        let colour = mix(colours[layer % 5], colours[0], layer as f32 * 0.2);
        canvas.hills(|x| base + waves.at(x), colour, mix(colour, colours[2], 0.35));
    }
    for _ in 0..160 {
        let (x, y) = (rng.random_range(0.0..1.0), rng.random_range(horizon..ASPECT));
        let length = rng.random_range(0.03..0.11);
        let colour = any(rng, &colours);
        canvas.stroke(
            &[(x, y), (x + length, y + rng.random_range(-0.01..0.01))],
            0.012,
            0.6,
            colour,
            0.25,
        );
    }
    canvas
}

/// Ink mountains in mist, a pine or a moon, and a red seal.
fn oriental_painting(rng: &mut StdRng) -> Canvas {
    let paper = rgb(0xEFE6D2);
    let mut canvas = Canvas::new(paper);
    canvas.gradient(mix(paper, rgb(0xFFFFFF), 0.2), mix(paper, rgb(0xC9B48A), 0.3));
    let moon = (rng.random_range(0.55..0.85), rng.random_range(0.1..0.2));
    canvas.disc(moon, 0.055, 0.006, mix(paper, rgb(0xFFFFFF), 0.7), 1.0);
    for layer in 0..4 {
        let waves = Waves::new(rng, 6, 0.14 - layer as f32 * 0.015);
        let base = 0.3 + layer as f32 * 0.12;
        let ink = mix(rgb(0x2B2B33), paper, 0.75 - layer as f32 * 0.2);
        canvas.hills(|x| base + waves.at(x), ink, paper);
    }
    let (x, y) = (rng.random_range(0.08..0.3), ASPECT - 0.02);
    canvas.stroke(
        &[(x, y), (x + 0.04, y - 0.2), (x - 0.01, y - 0.35)],
        0.02,
        0.6,
        rgb(0x1E1C1C),
        0.9,
    );
    for _ in 0..14 {
        let (bx, by) = (x + rng.random_range(-0.05..0.08), y - rng.random_range(0.16..0.4));
        canvas.stroke(
            &[(bx, by), (bx + rng.random_range(-0.09..0.09), by - 0.01)],
            0.02,
            0.5,
            rgb(0x25302A),
            0.5,
        );
    }
    seal(&mut canvas, (0.9, ASPECT - 0.1));
    canvas
}

fn seal(canvas: &mut Canvas, (x, y): (f32, f32)) {
    let red = rgb(0xB3312C);
    canvas.rectangle((x, y), (x + 0.045, y + 0.05), red, 0.9);
    let paper = rgb(0xF2E9DC);
    canvas.rectangle((x + 0.011, y + 0.01), (x + 0.017, y + 0.04), paper, 0.9);
    canvas.rectangle((x + 0.026, y + 0.01), (x + 0.032, y + 0.04), paper, 0.9);
    canvas.rectangle((x + 0.008, y + 0.022), (x + 0.037, y + 0.027), paper, 0.9);
}

/// Charcoal: the contour of a figure and its hatching.
fn drawing(rng: &mut StdRng) -> Canvas {
    let mut canvas = Canvas::new(rgb(0xF4F0E8));
    let charcoal = rgb(0x2A2724);
    let x = rng.random_range(0.4..0.6);
    canvas.disc((x, 0.16), 0.075, 0.03, mix(charcoal, rgb(0xF4F0E8), 0.7), 0.8);
    let lean = rng.random_range(-0.1..0.1);
    let body = [(x, 0.23), (x - 0.14, 0.32), (x - 0.11 + lean, 0.48), (x - 0.2 + lean, 0.7)];
    let mirrored: Vec<_> = body.iter().map(|(px, py)| (2.0 * x - px + lean, *py)).collect();
    canvas.stroke(&body, 0.018, 0.3, charcoal, 0.75);
    canvas.stroke(&mirrored, 0.013, 0.3, charcoal, 0.75);
    for _ in 0..120 {
        let (sx, sy) = (x + rng.random_range(-0.13..0.16) + lean, rng.random_range(0.3..0.68));
        let length = rng.random_range(0.03..0.08);
        canvas.stroke(&[(sx, sy), (sx + length, sy - length)], 0.004, 0.4, charcoal, 0.35);
    }
    for _ in 0..9 {
        let (sx, sy) = (rng.random_range(0.02..0.25), rng.random_range(0.5..0.72));
        canvas.stroke(
            &[(sx, sy), (sx + 0.2, sy + rng.random_range(-0.02..0.02))],
            0.006,
            0.5,
            charcoal,
            0.2,
        );
    }
    canvas
}

/// A woodcut: few colours, cut lines, strong shapes.
fn printmaking(rng: &mut StdRng) -> Canvas {
    let paper = rgb(0xF1EAD9);
    let ink = any(rng, &[rgb(0x12343B), rgb(0x7A1F1F), rgb(0x20302B), rgb(0x1B1B3A)]);
    let second = any(rng, &[rgb(0xE1B12C), rgb(0xD35400), rgb(0x6AB0A1), rgb(0xC44536)]);
    let mut canvas = Canvas::new(paper);
    canvas.rectangle((0.06, 0.05), (0.94, ASPECT - 0.05), ink, 1.0);
    let waves = Waves::new(rng, 3, 0.05);
    let lines = rng.random_range(11.0..17.0_f32);
    let centre = (rng.random_range(0.35..0.65), rng.random_range(0.25..0.35));
    canvas.each(|x, y, old| {
        let is_inside = (0.07..0.93).contains(&x) && (0.06..ASPECT - 0.06).contains(&y);
        if !is_inside {
            return old;
        }
        let distance = ((x - centre.0).powi(2) + (y - centre.1).powi(2)).sqrt();
        if distance < 0.12 {
            return second;
        }
        let stripe = ((y + waves.at(x)) * lines * TAU + distance * 20.0).sin();
        if stripe > 0.35 { paper } else { old }
    });
    canvas
}

/// A lit form on a plinth.
fn sculpture(rng: &mut StdRng) -> Canvas {
    let wall = any(rng, &[rgb(0x3C4048), rgb(0x51483F), rgb(0x2F3E46)]);
    let mut canvas = Canvas::new(wall);
    canvas.gradient(mix(wall, rgb(0xFFFFFF), 0.2), mix(wall, rgb(0x000000), 0.35));
    let stone = any(rng, &[rgb(0xD8D2C4), rgb(0xB08D57), rgb(0xA5A58D), rgb(0xC9ADA7)]);
    canvas.rectangle((0.32, 0.58), (0.68, ASPECT), mix(wall, rgb(0xFFFFFF), 0.55), 1.0);
    let waves = Waves::new(rng, 3, 0.05);
    let hole = rng.random_range(0.28..0.42);
    canvas.each(|x, y, old| {
        let along = (y - 0.08) / 0.5;
        if !(0.0..1.0).contains(&along) {
            return old;
        }
        let half = 0.05 + 0.11 * (along * PI).sin() + waves.at(along).abs();
        let offset = x - 0.5 - waves.at(along + 0.3) * 0.6;
        let in_hole = offset.powi(2) + (y - hole).powi(2) < 0.0022;
        if offset.abs() > half || in_hole {
            return old;
        }
        let light = 0.5 - offset / half * 0.5;
        mix(mix(stone, rgb(0x000000), 0.65), mix(stone, rgb(0xFFFFFF), 0.35), light)
    });
    canvas
}

/// A vessel, turned and glazed.
fn ceramics(rng: &mut StdRng) -> Canvas {
    let table = any(rng, &[rgb(0x6B705C), rgb(0x8D99AE), rgb(0x7F5539), rgb(0x4A4E69)]);
    let mut canvas = Canvas::new(table);
    canvas.gradient(mix(table, rgb(0xFFFFFF), 0.55), mix(table, rgb(0xFFFFFF), 0.2));
    canvas.rectangle((0.0, 0.6), (1.0, ASPECT), mix(table, rgb(0x000000), 0.25), 1.0);
    let glaze =
        any(rng, &[rgb(0xF5F3EE), rgb(0x9DB4A0), rgb(0x8FA9BF), rgb(0x5E3023), rgb(0x2F4858)]);
    let (belly, neck) = (rng.random_range(0.17..0.25), rng.random_range(0.05..0.1));
    let drip = Waves::new(rng, 4, 0.025);
    let height = rng.random_range(0.42..0.52);
    let second = mix(glaze, any(rng, &[rgb(0x264653), rgb(0x9C6644), rgb(0xFFFFFF)]), 0.5);
    canvas.disc((0.52, 0.63), 0.2, 0.06, rgb(0x000000), 0.25);
    canvas.each(|x, y, old| {
        let along = (y - (0.63 - height)) / height;
        if !(0.0..1.0).contains(&along) {
            return old;
        }
        let half = neck + (belly - neck) * (along.powf(0.8) * PI * 0.92).sin().max(0.0).powf(0.8);
        let offset = (x - 0.5) / half;
        if offset.abs() > 1.0 {
            return old;
        }
        let body = if along < 0.42 + drip.at(x * 2.0) * 3.0 { second } else { glaze };
        let light = (0.62 - offset * 0.55 - offset.powi(2) * 0.2).clamp(0.0, 1.0);
        let shine =
            (1.0 - ((offset + 0.35).powi(2) * 30.0 + (along - 0.3).powi(2) * 25.0)).max(0.0);
        let lit = mix(mix(body, rgb(0x000000), 0.6), mix(body, rgb(0xFFFFFF), 0.25), light);
        mix(lit, rgb(0xFFFFFF), shine * 0.7)
    });
    canvas
}

/// Woven threads.
fn craft(rng: &mut StdRng) -> Canvas {
    let colours = palette(rng);
    let mut canvas = Canvas::new(colours[0]);
    let (columns, rows) = (rng.random_range(22..34), rng.random_range(18..26));
    let pattern = rng.random_range(2..6);
    canvas.each(|x, y, _| {
        let (cx, cy) = (x * columns as f32, y / ASPECT * rows as f32);
        let (column, row) = (cx as usize, cy as usize);
        let is_warp = (column + row).is_multiple_of(2);
        let thread = if is_warp { column / pattern } else { row / pattern };
        let colour = colours[thread % 5];
        let across = if is_warp { cx.fract() } else { cy.fract() };
        mix(mix(colour, rgb(0x000000), 0.45), colour, (across * PI).sin())
    });
    canvas
}

/// A city at blue hour, in black and white or nearly so.
fn photography(rng: &mut StdRng) -> Canvas {
    let tone = any(rng, &[rgb(0x14213D), rgb(0x2B2D42), rgb(0x1F1F1F), rgb(0x3A2E39)]);
    let mut canvas = Canvas::new(tone);
    canvas.gradient(mix(tone, rgb(0xFFFFFF), 0.18), mix(tone, rgb(0xFFD6A5), 0.55));
    for layer in 0..3 {
        let shade = mix(tone, rgb(0x000000), 0.15 + layer as f32 * 0.25);
        let mut x = -0.02;
        while x < 1.0 {
            let width = rng.random_range(0.05..0.13);
            let top = rng.random_range(0.18..0.42) + layer as f32 * 0.1;
            canvas.rectangle((x, top), (x + width, ASPECT), shade, 1.0);
            for _ in 0..rng.random_range(2..9) {
                let (wx, wy) =
                    (x + rng.random_range(0.01..width), rng.random_range(top + 0.02..0.74));
                canvas.rectangle((wx, wy), (wx + 0.008, wy + 0.011), rgb(0xFFE8B6), 0.85);
            }
            x += width + rng.random_range(0.0..0.02);
        }
    }
    canvas
}

/// A flat landscape with a house, a tree and a moon.
fn illustration(rng: &mut StdRng) -> Canvas {
    let colours = palette(rng);
    let mut canvas = Canvas::new(colours[4]);
    canvas.gradient(mix(colours[4], rgb(0xFFFFFF), 0.45), mix(colours[2], rgb(0xFFFFFF), 0.55));
    canvas.disc((rng.random_range(0.15..0.85), 0.14), 0.07, 0.003, rgb(0xFFF6D8), 1.0);
    for layer in 0..3 {
        let waves = Waves::new(rng, 2, 0.05);
        let base = 0.42 + layer as f32 * 0.1;
        let colour = mix(colours[3], colours[0], layer as f32 * 0.33);
        canvas.hills(|x| base + waves.at(x), colour, colour);
    }
    let x = rng.random_range(0.25..0.65);
    canvas.rectangle((x, 0.44), (x + 0.15, 0.58), rgb(0xFFF8EC), 1.0);
    for step in 0..20 {
        let (up, in_) = (step as f32 * 0.005, step as f32 * 0.0045);
        canvas.rectangle(
            (x - 0.02 + in_, 0.44 - up),
            (x + 0.17 - in_, 0.447 - up),
            colours[1],
            1.0,
        );
    }
    canvas.rectangle((x + 0.06, 0.5), (x + 0.09, 0.58), colours[0], 1.0);
    let tree = x + rng.random_range(0.22..0.3);
    canvas.rectangle((tree, 0.45), (tree + 0.015, 0.6), rgb(0x5A3E2B), 1.0);
    canvas.disc((tree + 0.007, 0.41), 0.06, 0.004, mix(colours[3], colours[0], 0.3), 1.0);
    canvas
}

/// A few strokes of a thick brush, and a seal.
fn calligraphy(rng: &mut StdRng) -> Canvas {
    let paper = any(rng, &[rgb(0xF5EFE0), rgb(0xF0E4C8), rgb(0xFBF7EF)]);
    let mut canvas = Canvas::new(paper);
    let ink = rgb(0x16130F);
    let strokes = rng.random_range(4..7);
    for _ in 0..strokes {
        let (x, y) = (rng.random_range(0.2..0.6), rng.random_range(0.1..0.55));
        let (dx, dy) = (rng.random_range(0.08..0.3), rng.random_range(-0.12..0.22));
        let bend = rng.random_range(-0.08..0.08);
        let points = [(x, y), (x + dx * 0.5, y + dy * 0.4 + bend), (x + dx, y + dy)];
        canvas.stroke(&points, rng.random_range(0.03..0.06), 0.75, ink, 0.9);
    }
    let down = rng.random_range(0.4..0.55);
    canvas.stroke(&[(down, 0.08), (down + 0.01, 0.35), (down - 0.04, 0.64)], 0.055, 0.6, ink, 0.95);
    for _ in 0..25 {
        let at = (rng.random_range(0.1..0.9), rng.random_range(0.05..0.7));
        canvas.disc(at, rng.random_range(0.001..0.005), 0.002, ink, 0.5);
    }
    seal(&mut canvas, (0.82, ASPECT - 0.13));
    canvas
}

/// A poster: a grid of discs, quarters and bars.
fn design(rng: &mut StdRng) -> Canvas {
    let colours = palette(rng);
    let mut canvas = Canvas::new(mix(colours[4], rgb(0xFFFFFF), 0.6));
    let cell = 0.125;
    for row in 0..6 {
        for column in 0..8 {
            let (x, y) = (column as f32 * cell, row as f32 * cell);
            let (back, front) = (any(rng, &colours), any(rng, &colours));
            canvas.rectangle((x, y), (x + cell, y + cell), back, 1.0);
            let middle = (x + cell / 2.0, y + cell / 2.0);
            match rng.random_range(0..4) {
                0 => canvas.disc(middle, cell * 0.4, 0.003, front, 1.0),
                1 => canvas.rectangle((x, y), (x + cell / 2.0, y + cell), front, 1.0),
                2 => {
                    canvas.each_in_quarter((x, y), cell, front);
                }
                _ => canvas.disc(middle, cell * 0.18, 0.003, front, 1.0),
            }
        }
    }
    canvas
}

impl Canvas {
    /// A quarter of a disc that fills a cell.
    fn each_in_quarter(&mut self, (x, y): (f32, f32), cell: f32, colour: Colour) {
        self.each(|px, py, old| {
            let is_in = (x..x + cell).contains(&px) && (y..y + cell).contains(&py);
            let distance = ((px - x).powi(2) + (py - y).powi(2)).sqrt();
            if is_in && distance < cell { colour } else { old }
        });
    }
}

/// Interference on a screen.
fn media(rng: &mut StdRng) -> Canvas {
    let colours = [rgb(0x080713), rgb(0x00F5D4), rgb(0xF15BB5), rgb(0xFEE440), rgb(0x3A86FF)];
    let mut canvas = Canvas::new(colours[0]);
    let (a, b) = (any(rng, &colours[1..]), any(rng, &colours[1..]));
    let waves = Waves::new(rng, 4, 0.3);
    let others = Waves::new(rng, 4, 0.3);
    let frequency = rng.random_range(18.0..42.0_f32);
    canvas.each(|x, y, old| {
        let value = ((x + waves.at(y)) * frequency).sin() * ((y + others.at(x)) * frequency).cos();
        let scan = 0.8 + 0.2 * (y * 900.0).sin();
        let lit = mix(old, if value > 0.0 { a } else { b }, value.abs().powf(1.5));
        mix(rgb(0x000000), lit, scan)
    });
    canvas
}

/// A room with hanging lights.
fn installation(rng: &mut StdRng) -> Canvas {
    let wall = any(rng, &[rgb(0x22223B), rgb(0x2B2118), rgb(0x1D3557), rgb(0x332E3C)]);
    let mut canvas = Canvas::new(wall);
    canvas.gradient(mix(wall, rgb(0x000000), 0.5), mix(wall, rgb(0xFFFFFF), 0.12));
    canvas.rectangle((0.0, 0.58), (1.0, ASPECT), mix(wall, rgb(0x000000), 0.55), 1.0);
    let light = any(rng, &[rgb(0xFFD166), rgb(0xF8F7FF), rgb(0xFF9F1C), rgb(0xBDE0FE)]);
    for _ in 0..rng.random_range(14..26) {
        let (x, y) = (rng.random_range(0.06..0.94), rng.random_range(0.1..0.52));
        canvas.rectangle((x - 0.001, 0.0), (x + 0.001, y), mix(wall, rgb(0xFFFFFF), 0.35), 0.7);
        let size = rng.random_range(0.008..0.026);
        canvas.disc((x, y), size, size * 4.0, light, 0.35);
        canvas.disc((x, y), size, 0.004, mix(light, rgb(0xFFFFFF), 0.5), 1.0);
        canvas.disc((x, 1.16 - y), size, size * 3.0, light, 0.12);
    }
    let x = rng.random_range(0.3..0.7);
    canvas.disc((x, 0.5), 0.015, 0.003, rgb(0x0A0A0F), 1.0);
    canvas.rectangle((x - 0.014, 0.51), (x + 0.014, 0.63), rgb(0x0A0A0F), 1.0);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_work_has_its_own_picture_and_keeps_it() {
        let (one, width, height) = draw("ceramics", 1);
        assert_eq!((width, height), (480, 360));
        assert_eq!(draw("ceramics", 1).0, one);
        assert_ne!(draw("ceramics", 2).0, one);
        assert_ne!(draw("painting", 1).0, one);
    }
}
