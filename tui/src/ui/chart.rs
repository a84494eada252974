//! The price over time, as steps: a price holds until the next one.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::Marker,
    widgets::{
        Widget,
        canvas::{Canvas, Line as Stroke},
    },
};

use super::{money::won, text};
use crate::theme::Theme;
use artipul_common::Money;

/// One price and since when, in any unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: f64,
    pub(crate) price: Money,
}

/// What the axes say.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Draws the steps, oldest first, up to the time `until`. Needs two lines and some columns; draws
/// nothing in less.
pub(crate) fn draw(
    area: Rect,
    buf: &mut Buffer,
    theme: &Theme,
    steps: &[Step],
    until: f64,
    labels: &Labels,
) {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
    let (low, high) = (first.price.min(last.price), first.price.max(last.price));
    let label_width = text::width(&won(high)).max(text::width(&won(low)));
    let gutter = u16::try_from(label_width + 1).unwrap_or(0);
    if area.height < 3 || area.width < gutter + 12 {
        return;
    }
    let plot =
        Rect { x: area.x + gutter, width: area.width - gutter, height: area.height - 1, ..area };
    let axis = |y: u16, price: Money, buf: &mut Buffer| {
        buf.set_string(area.x, y, text::right(&won(price), label_width), theme.muted);
    };
    if high > low {
        axis(plot.y, high, buf);
        axis(plot.bottom() - 1, low, buf);
    } else {
        axis(plot.y + (plot.height - 1) / 2, low, buf);
    }
    let to_width = text::width(&labels.to);
    let room = usize::from(plot.width).saturating_sub(to_width);
    let line = format!("{}{}", text::left(&labels.from, room), labels.to);
    buf.set_string(plot.x, plot.bottom(), line, theme.muted);
    stroke(plot, buf, theme.good.remove_modifier(ratatui::style::Modifier::all()), steps, until);
}

fn stroke(plot: Rect, buf: &mut Buffer, style: Style, steps: &[Step], until: f64) {
    let price = |step: &Step| step.price.points() as f64;
    let low = steps.iter().map(price).fold(f64::INFINITY, f64::min);
    let high = steps.iter().map(price).fold(f64::NEG_INFINITY, f64::max);
    // A flat line runs through the middle.
    let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
    let from = steps.first().map_or(0.0, |step| step.at);
    let until = until.max(from + 1.0);
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([from, until])
        .y_bounds([low, high])
        .paint(|canvas| {
            let colour = style.fg.unwrap_or_default();
            let ends = steps.iter().skip(1).map(|step| (step.at, Some(step)));
            for (step, (end, next)) in steps.iter().zip(ends.chain([(until, None)])) {
                let (y, end) = (price(step), end.min(until));
                canvas.draw(&Stroke { x1: step.at, y1: y, x2: end, y2: y, color: colour });
                if let Some(next) = next {
                    let y2 = price(next);
                    canvas.draw(&Stroke { x1: end, y1: y, x2: end, y2, color: colour });
                }
            }
        })
        .render(plot, buf);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(steps: &[(f64, i64)], width: u16, height: u16) -> Vec<String> {
        let steps: Vec<Step> =
            steps.iter().map(|(at, price)| Step { at: *at, price: Money::new(*price) }).collect();
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let labels = Labels { from: "12:00".into(), to: "13:00".into() };
        draw(area, &mut buf, &Theme::plain(), &steps, 100.0, &labels);
        (0..height)
            .map(|y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>())
            .collect()
    }

    #[test]
    fn a_rising_price_is_a_stair() {
        let lines = drawn(&[(0.0, 1_000), (50.0, 3_000)], 27, 4);
        assert!(lines[0].starts_with("₩3,000 "), "{lines:?}");
        assert!(lines[2].starts_with("₩1,000 "), "{lines:?}");
        assert!(lines[0].trim_end().ends_with('⠉'), "{lines:?}");
        assert!(lines[2].contains('⣀'), "{lines:?}");
        assert!(lines[3].contains("12:00") && lines[3].ends_with("13:00"), "{lines:?}");
    }

    #[test]
    fn one_price_is_a_line() {
        let lines = drawn(&[(0.0, 1_000)], 27, 4);
        assert!(
            lines.iter().any(|line| line.chars().filter(|c| *c > '⠀' && *c < '⣿').count() > 10)
        );
    }

    #[test]
    fn too_little_room_draws_nothing() {
        assert!(drawn(&[(0.0, 1_000)], 10, 4).iter().all(|line| line.trim().is_empty()));
        assert!(drawn(&[(0.0, 1_000)], 40, 2).iter().all(|line| line.trim().is_empty()));
        assert!(drawn(&[], 40, 8).iter().all(|line| line.trim().is_empty()));
    }
}
