//! A small canvas: soft shapes on a grid of colours, saved as PNG.

use std::f32::consts::TAU;

use rand::{RngExt, rngs::StdRng};

/// A colour: red, green, blue, each 0 to 1.
pub(super) type Colour = [f32; 3];

/// A colour from `0xRRGGBB`.
pub(super) const fn rgb(hex: u32) -> Colour {
    [
        ((hex >> 16) & 255) as f32 / 255.0,
        ((hex >> 8) & 255) as f32 / 255.0,
        (hex & 255) as f32 / 255.0,
    ]
}

/// A mixture of two colours.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share.clamp(0.0, 1.0))
}

/// A picture in the making. Coordinates run from 0 to 1, from the upper left.
pub(super) struct Canvas {
    pixels: Vec<Colour>,
}

pub(super) const WIDTH: usize = 480;
pub(super) const HEIGHT: usize = 360;
/// Height in units of width.
pub(super) const ASPECT: f32 = HEIGHT as f32 / WIDTH as f32;

impl Canvas {
    /// Paper of one colour.
    pub(super) fn new(paper: Colour) -> Self {
        Self { pixels: vec![paper; WIDTH * HEIGHT] }
    }

    /// Paints every point; `paint` gets the point and its colour. `y` runs from 0 to [`ASPECT`].
    pub(super) fn each(&mut self, mut paint: impl FnMut(f32, f32, Colour) -> Colour) {
        for (index, pixel) in self.pixels.iter_mut().enumerate() {
            let x = (index % WIDTH) as f32 / WIDTH as f32;
            let y = (index / WIDTH) as f32 / WIDTH as f32;
            *pixel = paint(x, y, *pixel);
        }
    }

    /// Paints the points of a box around a shape, which is faster than all of them.
    fn within(
        &mut self,
        (left, top): (f32, f32),
        (right, bottom): (f32, f32),
        mut paint: impl FnMut(f32, f32, Colour) -> Colour,
    ) {
        let cell =
            |position: f32, most: usize| ((position * WIDTH as f32).max(0.0) as usize).min(most);
        for row in cell(top, HEIGHT)..cell(bottom + 0.01, HEIGHT) {
            for column in cell(left, WIDTH)..cell(right + 0.01, WIDTH) {
                let pixel = &mut self.pixels[row * WIDTH + column];
                *pixel = paint(column as f32 / WIDTH as f32, row as f32 / WIDTH as f32, *pixel);
            }
        }
    }

    /// From one colour at the top to another at the bottom.
    pub(super) fn gradient(&mut self, top: Colour, bottom: Colour) {
        self.each(|_, y, _| mix(top, bottom, y / ASPECT));
    }

    /// A disc with a soft edge.
    pub(super) fn disc(
        &mut self,
        (x, y): (f32, f32),
        radius: f32,
        softness: f32,
        colour: Colour,
        opacity: f32,
    ) {
        let reach = radius + softness;
        self.within((x - reach, y - reach), (x + reach, y + reach), |px, py, old| {
            let distance = ((px - x).powi(2) + (py - y).powi(2)).sqrt();
            let share = ((reach - distance) / softness.max(0.002)).clamp(0.0, 1.0);
            mix(old, colour, share * opacity)
        });
    }

    /// An upright rectangle.
    pub(super) fn rectangle(
        &mut self,
        (left, top): (f32, f32),
        (right, bottom): (f32, f32),
        colour: Colour,
        opacity: f32,
    ) {
        self.within((left, top), (right, bottom), |x, y, old| {
            let is_in = (left..right).contains(&x) && (top..bottom).contains(&y);
            mix(old, colour, if is_in { opacity } else { 0.0 })
        });
    }

    /// A brush stroke through points, thinner towards its end.
    pub(super) fn stroke(
        &mut self,
        points: &[(f32, f32)],
        width: f32,
        taper: f32,
        colour: Colour,
        opacity: f32,
    ) {
        let steps = 60 * points.len().max(2);
        for step in 0..=steps {
            let along = step as f32 / steps as f32;
            let at = on_curve(points, along);
            let width = width * (1.0 - taper * along);
            self.disc(at, width / 2.0, width * 0.25 + 0.002, colour, opacity);
        }
    }

    /// A closed shape: everything below a line of heights, from left to right.
    pub(super) fn hills(&mut self, height: impl Fn(f32) -> f32, colour: Colour, mist: Colour) {
        self.each(|x, y, old| {
            let edge = height(x);
            let depth = y - edge;
            if depth < 0.0 {
                return mix(old, colour, (1.0 + depth * 120.0).clamp(0.0, 1.0));
            }
            mix(colour, mist, depth * 2.2)
        });
    }

    /// Grain, so that no area is flat.
    pub(super) fn grain(&mut self, rng: &mut StdRng, strength: f32) {
        for pixel in &mut self.pixels {
            let noise = rng.random_range(-strength..=strength);
            *pixel = pixel.map(|channel| (channel + noise).clamp(0.0, 1.0));
        }
    }

    /// The picture as a PNG file, with its width and height.
    pub(super) fn into_png(self) -> (Vec<u8>, u32, u32) {
        let bytes: Vec<u8> = self
            .pixels
            .iter()
            .flatten()
            .map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8)
            .collect();
        let mut file = Vec::new();
        let (width, height) = (WIDTH as u32, HEIGHT as u32);
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&bytes))
            .expect("a picture of this size fits into memory");
        (file, width, height)
    }
}

/// A point on a smooth line through points (Catmull-Rom).
fn on_curve(points: &[(f32, f32)], along: f32) -> (f32, f32) {
    let last = points.len() - 1;
    let position = along * last as f32;
    let index = (position as usize).min(last.saturating_sub(1));
    let t = position - index as f32;
    let point = |offset: isize| {
        let at = (index as isize + offset).clamp(0, last as isize);
        points[at.unsigned_abs()]
    };
    let (a, b, c, d) = (point(-1), point(0), point(1), point(2));
    let blend = |a: f32, b: f32, c: f32, d: f32| {
        0.5 * (2.0 * b
            + (c - a) * t
            + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
            + (3.0 * b - a - 3.0 * c + d) * t * t * t)
    };
    (blend(a.0, b.0, c.0, d.0), blend(a.1, b.1, c.1, d.1))
}

/// Smooth random heights: waves of different lengths.
pub(super) struct Waves {
    waves: Vec<(f32, f32, f32)>,
}

impl Waves {
    /// So many waves, each shorter and lower than the one before.
    pub(super) fn new(rng: &mut StdRng, count: usize, height: f32) -> Self {
        let wave = |n: usize| {
            let scale = 1.8_f32.powi(n as i32);
            (rng.random_range(0.7..1.6) * scale, rng.random_range(0.0..TAU), height / scale)
        };
        Self { waves: (0..count).map(wave).collect() }
    }

    /// The height at a place.
    pub(super) fn at(&self, x: f32) -> f32 {
        self.waves
            .iter()
            .map(|(frequency, phase, height)| (x * frequency * TAU + phase).sin() * height)
            .sum()
    }
}
