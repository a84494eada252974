//! Windows over the screen.

use ratatui::{
    Frame,
    buffer::{Buffer, Cell},
    layout::{Constraint, Layout, Rect},
    style::{Color, Style},
    text::Line,
    widgets::{Block, BorderType, Clear, Padding, Widget},
};

use super::text;
use crate::theme::Theme;

/// A rectangle of at most this size in the middle of `area`.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(height.min(area.height))])
        .flex(ratatui::layout::Flex::Center)
        .areas(area);
    let [window] = Layout::horizontal([Constraint::Length(width.min(area.width))])
        .flex(ratatui::layout::Flex::Center)
        .areas(row);
    window
}

/// Draws an empty window with a title and gives the room in it.
pub(crate) fn window(frame: &mut Frame, area: Rect, title: &str, theme: &Theme) -> Rect {
    clear(area, frame.buffer_mut());
    let title = text::truncate(title, usize::from(area.width.saturating_sub(6)));
    block()
        .border_style(theme.accent)
        .title(Line::styled(format!(" {title} "), theme.heading))
        .render(area, frame.buffer_mut());
    inside(area)
}

/// The room in a window.
pub(crate) fn inside(window: Rect) -> Rect {
    block().inner(window)
}

fn block() -> Block<'static> {
    Block::bordered().border_type(BorderType::Rounded).padding(Padding::horizontal(1))
}

/// Writes lines into a window. Where they do not all fit, the last one, which asks, still does.
pub(crate) fn write(buf: &mut Buffer, area: Rect, lines: &[Line]) {
    let room = usize::from(area.height);
    let cut = lines.len() > room && room > 0;
    let shown = lines.iter().take(if cut { room - 1 } else { room });
    let last = lines.last().filter(|_| cut);
    for (line, y) in shown.chain(last).zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}

/// Empties an area. `Clear` alone leaves a wide letter that begins left of the area and reaches
/// into it, and the terminal would then show that letter over the window's edge.
pub(crate) fn clear(area: Rect, buf: &mut Buffer) {
    if area.x > buf.area.x {
        for y in area.top()..area.bottom() {
            let cell = &mut buf[(area.x - 1, y)];
            if text::width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buf);
}

/// How much of a picture's light is left behind a window, of 256 parts.
const SHADE: u16 = 80;

/// Whether the terminal's own picture is in a cell: escape sequences that draw it, or the letters by
/// which kitty places it, whose colours tell which one.
fn is_print(cell: &Cell) -> bool {
    cell.symbol().starts_with(['\x1b', '\u{10eeee}'])
}

/// Lets what is behind a window step back: texts without colours, pictures in the dark. A picture
/// that the terminal draws itself stays as it is.
pub(crate) fn recede(area: Rect, buf: &mut Buffer, theme: &Theme) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buf[(x, y)];
            if is_print(cell) {
                continue;
            }
            let is_pixel = matches!(cell.symbol(), "▀" | "░" | "▒" | "▓" | "█");
            if let (true, Color::Rgb(..), Color::Rgb(..)) = (is_pixel, cell.fg, cell.bg) {
                (cell.fg, cell.bg) = (shaded(cell.fg), shaded(cell.bg));
                continue;
            }
            if is_pixel {
                cell.set_symbol(" ");
            }
            cell.set_style(Style::reset().patch(theme.behind));
        }
    }
}

fn shaded(color: Color) -> Color {
    let shade = |part: u8| u8::try_from(u16::from(part) * SHADE / 256).unwrap_or(part);
    match color {
        Color::Rgb(red, green, blue) => Color::Rgb(shade(red), shade(green), shade(blue)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{term::graphics::Depth, theme::Ground};

    #[test]
    fn a_picture_behind_a_window_is_dark_and_a_text_has_no_colour() {
        let area = Rect::new(0, 0, 2, 1);
        let mut buf = Buffer::empty(area);
        let light = Color::Rgb(255, 255, 255);
        buf.set_string(0, 0, "▀", Style::new().fg(light).bg(light));
        buf.set_string(1, 0, "₩", Style::new().fg(light));
        recede(area, &mut buf, &Theme::new(Depth::True, Ground::Dark));
        let Color::Rgb(red, ..) = buf[(0, 0)].fg else { panic!("it has a colour") };
        assert!((1..128).contains(&red) && buf[(0, 0)].bg == buf[(0, 0)].fg);
        assert_eq!(buf[(0, 0)].symbol(), "▀");
        assert_ne!(buf[(1, 0)].fg, light);
    }

    #[test]
    fn a_wide_letter_does_not_eat_the_windows_edge() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        buf.set_string(0, 0, "가나다라마", Style::new());
        clear(Rect::new(3, 0, 4, 1), &mut buf);
        assert_eq!(buf[(2, 0)].symbol(), " ");
        assert_eq!(buf[(0, 0)].symbol(), "가");
    }

    #[test]
    fn the_question_is_asked_however_little_room_there_is() {
        let lines = ["a", "b", "c", "go on?"].map(Line::from);
        let area = Rect::new(0, 0, 6, 2);
        let mut buf = Buffer::empty(area);
        write(&mut buf, area, &lines);
        assert_eq!(buf, Buffer::with_lines(["a     ", "go on?"]));
        write(&mut buf, Rect { height: 0, ..area }, &lines);
    }

    #[test]
    fn a_window_fits_into_its_area() {
        let area = Rect::new(0, 1, 30, 8);
        assert_eq!(centred(area, 100, 100), area);
        assert_eq!(centred(area, 10, 4), Rect::new(10, 3, 10, 4));
    }
}
