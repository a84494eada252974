//! Draws a file of works: the path, the plan, and how far it has come.

use artipul_common::problem::FieldError;
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Rect, Size},
    style::Style,
    text::{Line, Span},
};

use super::{Batch, Progress};
use crate::{
    app::model::Shared,
    batch::preview::{Entry, Fate, Preview, PreviewError},
    i18n::{self, tr},
    screens::sending::{self, paragraph},
    ui::{
        money::won,
        notice,
        table::{self, Cell, Column, Shown},
        text,
    },
};

/// Lines above the table.
const ABOVE: u16 = 3;
/// Lines below it, for what is said of the selected row.
const BELOW: u16 = 4;

fn inner(body: Rect) -> Rect {
    Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
}

fn list_area(body: Rect) -> Rect {
    let inner = inner(body);
    let height = inner.height.saturating_sub(ABOVE + BELOW);
    Rect { y: inner.y + ABOVE.min(inner.height), height, ..inner }
}

/// Rows that the table shows.
pub(super) fn list_height(size: Size) -> usize {
    usize::from(list_area(crate::app::view::body(size)).height.saturating_sub(1))
}

/// Draws the screen into `body`.
pub(crate) fn view(batch: &Batch, shared: &Shared, frame: &mut Frame, body: Rect) {
    let (lang, theme) = (shared.lang, &shared.theme);
    let area = inner(body);
    frame.buffer_mut().set_string(area.x, area.y, lang.t("batch.heading"), theme.heading);
    if batch.path.is_some() {
        return path(batch, shared, frame, area);
    }
    let buf = frame.buffer_mut();
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    if let Some(preview) = &batch.preview {
        plan(batch, preview, shared, buf, body);
    } else if let Some(error) = &batch.failed {
        let words = refusal(shared, error);
        notice::draw(buf, below, shared, &words, &lang.t("batch.other-file"), theme.bad);
    } else {
        notice::draw_waiting(buf, below, shared, "batch.reading");
    }
}

fn refusal(shared: &Shared, error: &PreviewError) -> String {
    let lang = shared.lang;
    match error {
        PreviewError::Missing => lang.t("images.missing").into_owned(),
        PreviewError::File(detail) => {
            tr!(lang, "batch.no-table", detail = text::clean(detail)).into_owned()
        }
        PreviewError::Server(error) => i18n::failure(lang, error),
    }
}

/// The field for the path of the file, and what such a file has in it.
fn path(batch: &Batch, shared: &Shared, frame: &mut Frame, area: Rect) {
    let Some(field) = &batch.path else { return };
    let lang = shared.lang;
    let label = lang.t("batch.file");
    let indent = u16::try_from(text::width(&label)).unwrap_or(0) + 2;
    let y = area.y + 2.min(area.height);
    frame.buffer_mut().set_string(area.x, y, label, shared.theme.accent);
    let width = area.width.saturating_sub(indent);
    let input = Rect { x: area.x + indent, y, width, height: 1 };
    let cursor = field.draw(input, frame.buffer_mut(), shared.theme.field_focus);
    frame.set_cursor_position(cursor);
    let lines = paragraph(&lang.t("batch.file-hint"), usize::from(width).min(76));
    for (line, y) in lines.into_iter().zip(y + 2..area.bottom()) {
        frame.buffer_mut().set_line(input.x, y, &line.style(shared.theme.muted), width);
    }
}

fn plan(batch: &Batch, preview: &Preview, shared: &Shared, buf: &mut Buffer, body: Rect) {
    let area = inner(body);
    let name = text::truncate(&preview.name, usize::from(area.width / 2));
    let heading = text::width(&shared.lang.t("batch.heading"));
    let x = area.x + u16::try_from(heading).unwrap_or(0) + 2;
    buf.set_string(x, area.y, name, shared.theme.accent);
    buf.set_line(area.x, area.y + 1, &summary(batch, shared), area.width);
    let list = list_area(body);
    rows(batch, shared, buf, list);
    let y = list.bottom() + 1;
    let lines = remarks(batch, shared, area.width.into());
    for (line, y) in lines.iter().zip(y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}

/// How many rows are what; once it began, how far it is.
fn summary(batch: &Batch, shared: &Shared) -> Line<'static> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let progress = |is: fn(&Progress) -> bool| batch.progress.iter().filter(|one| is(one)).count();
    let listed = progress(|one| matches!(one, Progress::Listed));
    let failed = progress(|one| matches!(one, Progress::Failed(_)));
    let (open, wrong) = batch.counts();
    if batch.is_sending() {
        // Those that failed are open as well.
        let all = listed + open + 1;
        let words = tr!(lang, "batch.sending", done = listed + failed, all = all);
        return Line::styled(words.into_owned(), theme.accent);
    }
    if listed + failed > 0 {
        let words = tr!(lang, "batch.done", listed = listed, failed = failed);
        let style = if failed > 0 { theme.warning } else { theme.good };
        return Line::styled(words.into_owned(), style);
    }
    let same = batch.entries().len() - open - wrong;
    let counted = tr!(lang, "batch.summary", new = open, same = same).into_owned();
    let mut spans = vec![Span::styled(counted, theme.text)];
    if wrong > 0 {
        let words = tr!(lang, "batch.wrong", wrong = wrong);
        spans.push(Span::styled(format!(" · {words}"), theme.bad));
    }
    Line::from(spans)
}

fn rows(batch: &Batch, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let lang = shared.lang;
    let fixed = table::Size::Fixed;
    let columns = [
        Column::right(lang.t("batch.line"), fixed(4)),
        Column::left(lang.t("column.title"), table::Size::Share(1)),
        Column::left(lang.t("work.genre"), fixed(12)),
        Column::right(lang.t("terms.start"), fixed(12)),
        Column::right(lang.t("batch.ends"), fixed(11)),
        Column::right(lang.t("images.state"), fixed(14)),
    ];
    let entries = batch.entries();
    let shown = Shown::selecting(batch.cursor, entries.len());
    table::draw(area, buf, &shared.theme, &columns, &shown, |index| {
        let (entry, theme) = (&entries[index], &shared.theme);
        let (state, style) = state(shared, entry, &batch.progress[index]);
        let ends = entry.ends_at.map(|at| shared.zone.short(at, shared.now));
        vec![
            Cell::new(entry.line.to_string(), theme.muted),
            Cell::new(entry.title.as_str(), theme.text),
            Cell::new(shared.genre_name(&entry.genre), theme.muted),
            Cell::new(entry.start_price.map_or_else(String::new, won), theme.text),
            Cell::new(ends.unwrap_or_default(), theme.muted),
            Cell::new(lang.t(state), style),
        ]
    });
}

fn state(shared: &Shared, entry: &Entry, progress: &Progress) -> (&'static str, Style) {
    let theme = &shared.theme;
    match (progress, &entry.fate) {
        (Progress::Sending, _) => ("images.sending", theme.accent),
        (Progress::Listed, _) => ("batch.listed", theme.good),
        (Progress::Failed(_), _) => ("images.failed", theme.bad),
        (Progress::Planned, Fate::New(_)) => ("batch.new", theme.good),
        (Progress::Planned, Fate::Same) => ("batch.same", theme.muted),
        (Progress::Planned, Fate::Differs(_)) => ("batch.differs", theme.warning),
        (Progress::Planned, Fate::Wrong(_)) => ("batch.faulty", theme.bad),
    }
}

/// What is to be said of the selected row.
fn remarks(batch: &Batch, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let index = batch.cursor.selected();
    let Some(entry) = batch.entries().get(index) else { return Vec::new() };
    let said = |words: &str, style: Style| -> Vec<Line<'static>> {
        paragraph(words, columns).into_iter().map(|line| line.style(style)).collect()
    };
    if let Some((key, _)) = batch.sent.as_ref().filter(|(_, sending)| *sending == index) {
        return sending::lines(shared, key, columns);
    }
    match (&batch.progress[index], &entry.fate) {
        (Progress::Failed(error), _) => said(&i18n::failure(lang, error), theme.bad),
        (_, Fate::Wrong(faults)) => {
            let faults: Vec<String> = faults.iter().map(|fault| told(shared, fault)).collect();
            said(&faults.join(" · "), theme.bad)
        }
        (_, Fate::Differs(fields)) => {
            said(&tr!(lang, "list.differs", fields = fields.join(", ")), theme.warning)
        }
        _ => Vec::new(),
    }
}

/// A fault with the column where it is.
fn told(shared: &Shared, fault: &FieldError) -> String {
    format!("{}: {}", text::clean(&fault.field), i18n::field_error(shared.lang, fault))
}
