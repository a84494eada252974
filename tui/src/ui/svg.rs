//! A screen as a picture: a ratatui buffer as a standalone SVG, every cell on its grid.
//!
//! Letters are text, so that the picture stays small and sharp; lines, blocks and braille are
//! drawn, because fonts disagree about them.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::codecs::jpeg::JpegEncoder;
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use super::text;

/// Width and height of a cell in pixels.
pub(crate) const CELL: (u16, u16) = (9, 20);
const CELL_WIDTH: f32 = 9.0;
const CELL_HEIGHT: f32 = 20.0;
const FONT_SIZE: f32 = 15.0;
/// From a cell's top to the foot of its letters.
const BASELINE: f32 = 15.0;
const PADDING: f32 = 14.0;
const TITLE_BAR: f32 = 34.0;

/// Of pictures, of 100.
const QUALITY: u8 = 80;

const GROUND: &str = "#16181d";
const TEXT: &str = "#d6d9de";
/// All of them are as wide as the cells; what they lack comes from the last ones.
const FONTS: &str = "'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,'D2Coding',\
                     'Noto Sans Mono CJK KR',monospace";

/// The sixteen colours that terminals name and do not agree about.
const PALETTE: [&str; 16] = [
    "#1d2026", "#e0646c", "#8fc07a", "#e0b565", "#6a9fd8", "#b98ad0", "#5fb3b3", "#c3c7cd",
    "#6b717c", "#f07f86", "#a8d694", "#f2cd85", "#8ab9ea", "#cfa4e4", "#7fcfcf", "#f3f5f7",
];

/// The buffer as an SVG document, in a window with this title.
pub(crate) fn picture(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * CELL_WIDTH + 2.0 * PADDING;
    let height = f32::from(area.height) * CELL_HEIGHT + 2.0 * PADDING + TITLE_BAR;
    let mut svg = String::new();
    frame(&mut svg, width, height, title);
    for y in area.top()..area.bottom() {
        let mut line = Row::new(f32::from(y - area.y) * CELL_HEIGHT);
        let mut x = area.left();
        while x < area.right() {
            let cell = &buffer[(x, y)];
            let columns = text::width(cell.symbol()).clamp(1, 2);
            line.cell(cell, f32::from(x - area.x) * CELL_WIDTH, columns);
            x += columns as u16;
        }
        line.finish(&mut svg);
    }
    svg.push_str("</g></svg>\n");
    svg
}

/// Writing to a string does not fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { let _ = write!($out, $($arg)*); };
}

fn frame(svg: &mut String, width: f32, height: f32, title: &str) {
    put!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONTS}" font-size="{FONT_SIZE}">
<rect width="{width}" height="{height}" rx="10" fill="{GROUND}"/>
<circle cx="20" cy="18" r="6" fill="#e0646c"/><circle cx="40" cy="18" r="6" fill="#e0b565"/><circle cx="60" cy="18" r="6" fill="#8fc07a"/>
<text x="{middle}" y="23" fill="#8a8f98" text-anchor="middle" font-size="13">{title}</text>
<g transform="translate({PADDING} {top})" xml:space="preserve" shape-rendering="crispEdges">
"##,
        middle = width / 2.0,
        top = PADDING / 2.0 + TITLE_BAR,
        title = escaped(title),
    );
}

/// One line of cells: grounds first, then what stands on them.
struct Row {
    y: f32,
    grounds: Vec<(f32, f32, String)>,
    shapes: String,
    runs: Vec<Run>,
}

/// Letters of one look, side by side.
struct Run {
    x: f32,
    end: f32,
    fill: String,
    bold: bool,
    underlined: bool,
    text: String,
}

impl Row {
    fn new(y: f32) -> Self {
        Self { y, grounds: Vec::new(), shapes: String::new(), runs: Vec::new() }
    }

    fn cell(&mut self, cell: &Cell, x: f32, columns: usize) {
        let width = columns as f32 * CELL_WIDTH;
        let (fg, bg) = colours(cell);
        if let Some(bg) = bg {
            self.ground(x, width, bg);
        }
        let symbol = cell.symbol();
        if let Some(picture) = Inline::of(symbol) {
            return picture.put(&mut self.shapes, x, self.y);
        }
        if symbol.trim().is_empty() || cell.modifier.contains(Modifier::HIDDEN) {
            return;
        }
        if self.drawn(symbol, x, &fg) {
            return;
        }
        let bold = cell.modifier.contains(Modifier::BOLD);
        let underlined = cell.modifier.contains(Modifier::UNDERLINED);
        // A wide letter, or one that fonts make wider than it is, stands for itself.
        let joins = columns == 1 && symbol.is_ascii();
        if joins
            && let Some(run) = self.runs.last_mut()
            && run.end == x
            && run.text.is_ascii()
            && (run.fill.as_str(), run.bold, run.underlined) == (fg.as_str(), bold, underlined)
        {
            run.text.push_str(symbol);
            run.end = x + width;
            return;
        }
        let text = symbol.to_owned();
        self.runs.push(Run { x, end: x + width, fill: fg, bold, underlined, text });
    }

    fn ground(&mut self, x: f32, width: f32, fill: String) {
        match self.grounds.last_mut() {
            Some((from, wide, last)) if *last == fill && *from + *wide == x => *wide += width,
            _ => self.grounds.push((x, width, fill)),
        }
    }

    /// Draws what is no letter. Returns false for letters.
    fn drawn(&mut self, symbol: &str, x: f32, fill: &str) -> bool {
        let Some(c) = symbol.chars().next().filter(|_| symbol.chars().count() == 1) else {
            return false;
        };
        let y = self.y;
        let shapes = &mut self.shapes;
        let mut rect = |dx: f32, dy: f32, width: f32, height: f32, opacity: f32| {
            put!(
                shapes,
                r#"<rect x="{:.2}" y="{:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}""#,
                x + dx,
                y + dy
            );
            if opacity < 1.0 {
                put!(shapes, r#" fill-opacity="{opacity}""#);
            }
            shapes.push_str("/>");
        };
        let (w, h) = (CELL_WIDTH, CELL_HEIGHT);
        match c {
            '▀' => rect(0.0, 0.0, w, h / 2.0, 1.0),
            '▄' => rect(0.0, h / 2.0, w, h / 2.0, 1.0),
            '█' => rect(0.0, 0.0, w, h, 1.0),
            '▌' => rect(0.0, 0.0, w / 2.0, h, 1.0),
            '▐' => rect(w / 2.0, 0.0, w / 2.0, h, 1.0),
            '░' => rect(0.0, 0.0, w, h, 0.25),
            '▒' => rect(0.0, 0.0, w, h, 0.5),
            '▓' => rect(0.0, 0.0, w, h, 0.75),
            '⠀'..='⣿' => braille(c, &mut rect),
            _ => return self.stroke(c, x, fill),
        }
        true
    }

    /// Draws a line of a frame. Returns false for anything else.
    fn stroke(&mut self, c: char, x: f32, fill: &str) -> bool {
        let (w, h) = (CELL_WIDTH, CELL_HEIGHT);
        let (mx, my) = (w / 2.0, h / 2.0);
        let path = match c {
            '─' => format!("M0 {my}H{w}"),
            '│' => format!("M{mx} 0V{h}"),
            '╭' => format!("M{mx} {h}V{b}Q{mx} {my} {w} {my}", b = my + mx),
            '╮' => format!("M0 {my}Q{mx} {my} {mx} {b}V{h}", b = my + mx),
            '╰' => format!("M{mx} 0V{t}Q{mx} {my} {w} {my}", t = my - mx),
            '╯' => format!("M0 {my}Q{mx} {my} {mx} {t}V0", t = my - mx),
            '┌' => format!("M{mx} {h}V{my}H{w}"),
            '┐' => format!("M0 {my}H{mx}V{h}"),
            '└' => format!("M{mx} 0V{my}H{w}"),
            '┘' => format!("M0 {my}H{mx}V0"),
            _ => return false,
        };
        put!(
            self.shapes,
            r#"<path transform="translate({x:.2} {y:.2})" d="{path}" fill="none" stroke="{fill}" stroke-width="1.2"/>"#,
            y = self.y
        );
        true
    }

    fn finish(self, svg: &mut String) {
        let y = self.y;
        for (x, width, fill) in &self.grounds {
            put!(
                svg,
                r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{CELL_HEIGHT}" fill="{fill}"/>"#
            );
        }
        svg.push_str(&self.shapes);
        for run in &self.runs {
            put!(
                svg,
                r#"<text x="{x:.2}" y="{y:.2}" fill="{fill}" textLength="{length:.2}" lengthAdjust="spacingAndGlyphs""#,
                x = run.x,
                y = y + BASELINE,
                fill = run.fill,
                length = run.end - run.x
            );
            if run.bold {
                svg.push_str(r#" font-weight="bold""#);
            }
            if run.underlined {
                svg.push_str(r#" text-decoration="underline""#);
            }
            put!(svg, ">{}</text>", escaped(&run.text));
        }
        svg.push('\n');
    }
}

/// A picture that goes to a terminal by iTerm2's protocol, which is a PNG in letters.
struct Inline<'s> {
    width: &'s str,
    height: &'s str,
    png: &'s str,
}

impl<'s> Inline<'s> {
    /// The picture in a cell's symbol, if there is one.
    fn of(symbol: &'s str) -> Option<Self> {
        let (_, rest) = symbol.split_once("]1337;File=")?;
        let (head, rest) = rest.split_once(':')?;
        let (png, _) = rest.split_once('\x07')?;
        let value = |name: &str| head.split(';').find_map(|part| part.strip_prefix(name));
        let width = value("width=")?.strip_suffix("px")?;
        let height = value("height=")?.strip_suffix("px")?;
        Some(Self { width, height, png })
    }

    fn put(&self, shapes: &mut String, x: f32, y: f32) {
        let Self { width, height, .. } = self;
        let (kind, data) = match self.jpeg() {
            Some(jpeg) => ("jpeg", STANDARD.encode(jpeg)),
            None => ("png", self.png.to_owned()),
        };
        put!(
            shapes,
            r#"<image x="{x:.2}" y="{y:.2}" width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/>"#
        );
    }

    /// The same in fewer bytes.
    fn jpeg(&self) -> Option<Vec<u8>> {
        let png = STANDARD.decode(self.png).ok()?;
        let picture = image::load_from_memory(&png).ok()?.to_rgb8();
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        picture.write_with_encoder(encoder).ok()?;
        Some(bytes)
    }
}

/// Dots in two columns of four; Unicode counts them 1-2-3 and 4-5-6, then 7 and 8 below.
fn braille(c: char, rect: &mut impl FnMut(f32, f32, f32, f32, f32)) {
    const PLACES: [(f32, f32); 8] = [
        (0.0, 0.0),
        (0.0, 1.0),
        (0.0, 2.0),
        (1.0, 0.0),
        (1.0, 1.0),
        (1.0, 2.0),
        (0.0, 3.0),
        (1.0, 3.0),
    ];
    const DOT: f32 = 2.6;
    let bits = c as u32 - '⠀' as u32;
    for (bit, (column, row)) in PLACES.into_iter().enumerate() {
        if bits & (1 << bit) != 0 {
            let x = (column + 0.5) * CELL_WIDTH / 2.0 - DOT / 2.0;
            let y = (row + 0.5) * CELL_HEIGHT / 4.0 - DOT / 2.0;
            rect(x, y, DOT, DOT, 1.0);
        }
    }
}

/// Text and ground of a cell, as a terminal shows them.
fn colours(cell: &Cell) -> (String, Option<String>) {
    let fg = colour(cell.fg).unwrap_or_else(|| TEXT.to_owned());
    let bg = colour(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        (bg.unwrap_or_else(|| GROUND.to_owned()), Some(fg))
    } else {
        (fg, bg)
    }
}

/// A colour as `#rrggbb`; `None` for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    let named = |index: usize| Some(PALETTE[index].to_owned());
    match colour {
        Color::Reset => None,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(index @ 0..=15) => named(usize::from(index)),
        Color::Indexed(index @ 16..=231) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let index = index - 16;
            let (r, g, b) = (level(index / 36), level(index / 6 % 6), level(index % 6));
            Some(format!("#{r:02x}{g:02x}{b:02x}"))
        }
        Color::Indexed(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, style);
        picture(&buffer, "a <title> & more")
    }

    #[test]
    fn letters_stand_on_their_grid() {
        let svg = drawn("ab 달빛 c", Style::new());
        assert!(svg.contains(r##"<text x="0.00" y="15.00" fill="#d6d9de" textLength="18.00""##));
        for (letter, x) in [("달", 27), ("빛", 45), ("c", 72)] {
            let text = svg.split("<text").find(|text| text.contains(&format!(">{letter}<")));
            assert!(text.unwrap().contains(&format!(r#"x="{x}.00""#)), "{letter}");
        }
    }

    #[test]
    fn a_picture_is_held_as_it_is() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(4, 4).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let data = STANDARD.encode(png.get_ref());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        let head = "\x1b]1337;File=inline=1;size=9;width=36px;height=40px;doNotMoveCursor=1";
        buffer[(1, 0)].set_symbol(&format!("{head}:{data}\x07"));
        let svg = picture(&buffer, "artipul");
        let image =
            r#"<image x="9.00" y="0.00" width="36" height="40" href="data:image/jpeg;base64,"#;
        assert!(svg.contains(image), "{svg}");
        assert!(!svg.contains('\x1b'));
    }

    #[test]
    fn text_cannot_break_the_document() {
        let svg = drawn("<&\">", Style::new());
        assert!(svg.contains("&lt;&amp;&quot;&gt;"));
        assert!(svg.contains("a &lt;title&gt; &amp; more"));
    }

    #[test]
    fn colours_are_those_of_the_cells() {
        let svg = drawn("x", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(196)));
        assert!(svg.contains("#010203") && svg.contains("#ff0000"));
        let svg = drawn("x", Style::new().fg(Color::Red).add_modifier(Modifier::REVERSED));
        assert!(svg.contains(&format!("fill=\"{}\"/>", PALETTE[1])));
        assert_eq!(colour(Color::Indexed(255)).unwrap(), "#eeeeee");
    }

    #[test]
    fn half_blocks_and_braille_are_drawn() {
        let svg = drawn("▀⣿─", Style::new());
        assert!(!svg.contains('▀') && !svg.contains('⣿') && !svg.contains('─'));
        assert_eq!(svg.matches("<rect").count(), 1 + 1 + 8);
    }
}
