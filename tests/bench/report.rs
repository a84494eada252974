//! What was measured, against what it should be.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    latency::{Summary, median},
    load::Measured,
};

/// What a number should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One number that has a target.
struct Point {
    name: String,
    unit: &'static str,
    measured: f64,
    against: Option<Against>,
    target: Target,
}

/// What a number is held against.
struct Against {
    floor: f64,
    ratio: f64,
}

/// One load that ran.
struct Run {
    name: String,
    per_second: f64,
    latency: Summary,
    cpu_seconds: f64,
    note: String,
}

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report {
    facts: Vec<(String, String)>,
    points: Vec<Point>,
    runs: Vec<Run>,
}

impl Point {
    /// What is held against the target: the ratio to the floor where there is one.
    fn judged(&self) -> f64 {
        self.against.as_ref().map_or(self.measured, |against| against.ratio)
    }

    fn is_met(&self) -> bool {
        match self.target {
            Target::AtLeast(bound) => self.judged() >= bound,
            Target::AtMost(bound) => self.judged() <= bound,
        }
    }
}

impl Report {
    /// Adds something that explains the numbers.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.push((name.to_owned(), value.into()));
    }

    /// Adds a number that has a target of its own.
    pub(crate) fn value(&mut self, name: &str, unit: &'static str, measured: f64, target: Target) {
        let name = name.to_owned();
        self.points.push(Point { name, unit, measured, against: None, target });
    }

    /// Adds a number that is held against a floor, from several rounds of both: the medians of the
    /// number, of the floor, and of their ratio.
    pub(crate) fn ratio(
        &mut self,
        name: &str,
        unit: &'static str,
        rounds: &[(f64, f64)],
        target: Target,
    ) {
        let ratio = median(rounds.iter().map(|(measured, floor)| measured / floor));
        let measured = median(rounds.iter().map(|(measured, _)| *measured));
        let floor = median(rounds.iter().map(|(_, floor)| *floor));
        let against = Some(Against { floor, ratio });
        self.points.push(Point { name: name.to_owned(), unit, measured, against, target });
    }

    /// Adds a load that ran, with how much it did.
    pub(crate) fn run(
        &mut self,
        name: &str,
        measured: &Measured,
        count: u64,
        note: impl Into<String>,
    ) {
        self.runs.push(Run {
            name: name.to_owned(),
            per_second: measured.per_second(count),
            latency: measured.latency,
            cpu_seconds: measured.cpu.as_secs_f64(),
            note: note.into(),
        });
    }

    /// Whether every target was met.
    pub(crate) fn is_met(&self) -> bool {
        self.points.iter().all(Point::is_met)
    }

    /// As tables.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.facts {
            line(&mut text, format_args!("{name:10} {value}"));
        }
        line(&mut text, format_args!(""));
        line(
            &mut text,
            format_args!(
                "{:46} {:>12} {:>12} {:>8}  {:18} ",
                "point", "measured", "floor", "ratio", "target"
            ),
        );
        for point in &self.points {
            line(&mut text, format_args!("{}", point_line(point)));
        }
        line(&mut text, format_args!(""));
        line(
            &mut text,
            format_args!(
                "{:46} {:>10} {:>9} {:>9} {:>9} {:>7}",
                "load", "a second", "p50 ms", "p99 ms", "p999 ms", "CPU s"
            ),
        );
        for run in &self.runs {
            let Summary { p50, p99, p999 } = run.latency;
            let [p50, p99, p999] = [p50, p99, p999].map(|latency| latency.as_secs_f64() * 1e3);
            line(
                &mut text,
                format_args!(
                    "{:46} {:>10.0} {p50:>9.2} {p99:>9.2} {p999:>9.2} {:>7.2}  {}",
                    run.name, run.per_second, run.cpu_seconds, run.note
                ),
            );
        }
        text
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Value {
        let facts: serde_json::Map<_, _> =
            self.facts.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let points = self.points.iter().map(|point| {
            let (bound, is_least) = match point.target {
                Target::AtLeast(bound) => (bound, true),
                Target::AtMost(bound) => (bound, false),
            };
            json!({
                "point": point.name, "unit": point.unit, "measured": point.measured,
                "floor": point.against.as_ref().map(|against| against.floor),
                "ratio": point.against.as_ref().map(|against| against.ratio),
                "target": bound, "at_least": is_least, "met": point.is_met(),
            })
        });
        let runs = self.runs.iter().map(|run| {
            let micros = |latency: std::time::Duration| latency.as_micros() as u64;
            json!({
                "load": run.name, "per_second": run.per_second, "cpu_seconds": run.cpu_seconds,
                "p50_us": micros(run.latency.p50), "p99_us": micros(run.latency.p99),
                "p999_us": micros(run.latency.p999), "note": run.note,
            })
        });
        json!({
            "facts": facts,
            "points": points.collect::<Vec<_>>(),
            "loads": runs.collect::<Vec<_>>(),
        })
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "{line}");
}

fn point_line(point: &Point) -> String {
    let judged = if point.against.is_some() { "" } else { point.unit };
    let target = match point.target {
        Target::AtLeast(bound) => format!(">= {} {judged}", short(bound)),
        Target::AtMost(bound) => format!("<= {} {judged}", short(bound)),
    };
    let (floor, ratio) = match &point.against {
        Some(Against { floor, ratio }) => (short(*floor), format!("{ratio:.3}")),
        None => (String::new(), String::new()),
    };
    let name = format!("{}, {}", point.name, point.unit);
    let met = if point.is_met() { "met" } else { "MISSED" };
    let measured = short(point.measured);
    format!("{name:46} {measured:>12} {floor:>12} {ratio:>8}  {target:18} {met}")
}

/// A number with as many digits as tell something.
fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 || number.fract() == 0.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}
