//! Draws the pictures of a work: the list at the left, the selected one at the right.

use artipul_common::{auctions::Image, client::ClientError, limits};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    ImagesDialog,
    upload::{State, Upload},
};
use crate::{
    app::{
        files::{PictureFault, PictureFile},
        model::Shared,
    },
    i18n::{self, tr},
    screens::{sending::paragraph, wall},
    ui::{
        list::ListCursor,
        notice, overlay,
        table::{self, Cell, Column, Shown, Size},
        text,
    },
};

const COLUMNS: u16 = 104;
const LINES: u16 = 30;
/// Lines below the list that are kept for what is said of the selected picture.
const REMARKS: u16 = 5;

/// Where the window is.
pub(crate) fn window(area: Rect) -> Rect {
    let room = Rect { height: area.height.saturating_sub(1), ..area };
    overlay::centred(room, COLUMNS.min(area.width.saturating_sub(2)), LINES)
}

/// Where the selected picture hangs in the window: at the right of the list.
pub(super) fn preview(window: Rect) -> Rect {
    let inner = overlay::inside(window);
    let list = inner.width * 11 / 20;
    Rect { x: inner.x + list + 2, width: inner.width.saturating_sub(list + 2), ..inner }
}

/// Draws the window.
pub(crate) fn view(dialog: &ImagesDialog, shared: &Shared, frame: &mut Frame, area: Rect) {
    let window = window(area);
    let inner = overlay::window(frame, window, &title(dialog, shared), &shared.theme);
    let buf = frame.buffer_mut();
    let left = Rect { width: inner.width * 11 / 20, ..inner };
    let list = Rect { height: left.height.saturating_sub(REMARKS + 1), ..left };
    if dialog.len(shared) == 0 {
        let (words, hint) = (shared.lang.t("images.empty"), shared.lang.t("images.empty-hint"));
        let whole = Rect { height: inner.height.saturating_sub(REMARKS), ..inner };
        notice::draw(buf, whole, shared, &words, &hint, shared.theme.heading);
    } else {
        rows(dialog, shared, buf, list);
        if let Some(image) = dialog.selected_image(shared) {
            wall::hang_in_window(shared, &image, wall::place(shared, &image, preview(window)), buf);
        }
    }
    let below = Rect {
        y: list.bottom() + 1,
        height: left.bottom().saturating_sub(list.bottom() + 1),
        ..left
    };
    match &dialog.path {
        Some(_) => path(dialog, shared, frame, Rect { width: inner.width, ..below }),
        None => {
            let lines = remarks(dialog, shared, below.width.into());
            for (line, y) in lines.iter().zip(below.y..below.bottom()) {
                frame.buffer_mut().set_line(below.x, y, line, below.width);
            }
        }
    }
}

fn title(dialog: &ImagesDialog, shared: &Shared) -> String {
    let title = shared.lots.get(dialog.auction).map_or("", |lot| lot.auction.title.as_str());
    let title = text::truncate(title, 50);
    let (count, most) = (dialog.kept(shared).len(), limits::MAX_IMAGES);
    tr!(shared.lang, "images.title", title = title, count = count, most = most).into_owned()
}

fn rows(dialog: &ImagesDialog, shared: &Shared, buf: &mut Buffer, area: Rect) {
    let lang = shared.lang;
    let columns = [
        Column::right("", Size::Fixed(2)),
        Column::left(lang.t("images.picture"), Size::Share(1)),
        Column::right(lang.t("images.state"), Size::Fixed(14)),
    ];
    let kept = dialog.kept(shared);
    let (len, height) = (dialog.len(shared), usize::from(area.height.saturating_sub(1)));
    let mut cursor = ListCursor::default();
    cursor.select(dialog.selected);
    cursor.fit(len, height);
    table::draw(area, buf, &shared.theme, &columns, &Shown::selecting(cursor, len), |index| {
        let number = Cell::new((index + 1).to_string(), shared.theme.muted);
        let mut cells = vec![number];
        cells.extend(match index.checked_sub(kept.len()) {
            None => kept_cells(shared, index, &kept[index]),
            Some(index) => upload_cells(shared, &dialog.uploads[index]),
        });
        cells
    });
}

fn kept_cells(shared: &Shared, index: usize, image: &Image) -> Vec<Cell> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let size = format!("{} × {}", image.width, image.height);
    let state = if index == 0 { "images.main" } else { "images.kept" };
    let style = if index == 0 { theme.accent } else { theme.muted };
    vec![Cell::new(size, theme.text), Cell::new(lang.t(state), style)]
}

fn upload_cells(shared: &Shared, upload: &Upload) -> Vec<Cell> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let (state, style) = match &upload.state {
        State::Looking(_) => ("images.looking", theme.muted),
        State::Refused(_) | State::TooMany => ("images.refused", theme.bad),
        State::Ready(_) => ("images.ready", theme.good),
        State::Waiting(_) => ("images.waiting", theme.muted),
        State::Sending(_) => ("images.sending", theme.accent),
        State::Failed(..) => ("images.failed", theme.bad),
    };
    vec![Cell::new(upload.name.as_str(), theme.text), Cell::new(lang.t(state), style)]
}

/// What is to be said of the selected picture.
fn remarks(dialog: &ImagesDialog, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let said = |words: &str, style| -> Vec<Line<'static>> {
        paragraph(words, columns).into_iter().map(|line| line.style(style)).collect()
    };
    let Some(index) = dialog.selected_upload(shared) else {
        return if dialog.kept(shared).len() > 1 {
            said(&lang.t("images.order-means"), theme.muted)
        } else {
            Vec::new()
        };
    };
    match &dialog.uploads[index].state {
        State::Looking(_) => Vec::new(),
        State::Refused(fault) => said(&refusal(shared, *fault), theme.bad),
        State::TooMany => {
            let most = limits::MAX_IMAGES;
            said(&tr!(lang, "images.too-many", most = most), theme.bad)
        }
        State::Failed(_, error) => {
            let mut lines = said(&why_failed(shared, error), theme.bad);
            lines.extend(said(&lang.t("images.failed-means"), theme.muted));
            lines
        }
        State::Ready(file) => {
            let mut lines = said(&described(file), theme.text);
            lines.extend(said(&lang.t("images.ready-means"), theme.muted));
            lines
        }
        State::Waiting(file) | State::Sending(file) => said(&described(file), theme.text),
    }
}

/// The server judges what is in a file better than can be done here.
fn why_failed(shared: &Shared, error: &ClientError) -> String {
    let lang = shared.lang;
    match error {
        ClientError::Problem(problem) if !problem.errors.is_empty() => {
            let why = i18n::field_error(lang, &problem.errors[0]);
            tr!(lang, "images.not-taken", why = why).into_owned()
        }
        error => i18n::failure(lang, error),
    }
}

/// `1600 × 1200 · JPEG · 2.4 MB`.
fn described(file: &PictureFile) -> String {
    const MEGABYTE: f64 = 1024.0 * 1024.0;
    let size = match file.bytes {
        bytes if bytes < 1024 * 1024 => format!("{} KB", bytes.div_ceil(1024)),
        bytes => format!("{:.1} MB", bytes as f64 / MEGABYTE),
    };
    format!("{} × {} · {} · {size}", file.width, file.height, file.format)
}

fn refusal(shared: &Shared, fault: PictureFault) -> String {
    let lang = shared.lang;
    match fault {
        PictureFault::Missing => lang.t("images.missing").into_owned(),
        PictureFault::Unreadable => lang.t("images.unreadable").into_owned(),
        PictureFault::NotAPicture => lang.t("images.not-a-picture").into_owned(),
        PictureFault::TooManyBytes => {
            let most = limits::MAX_IMAGE_BYTES / (1024 * 1024);
            tr!(lang, "images.too-many-bytes", most = most).into_owned()
        }
        PictureFault::TooManyPixels => {
            let side = limits::MAX_IMAGE_SIDE;
            let most = limits::MAX_IMAGE_PIXELS / 1_000_000;
            tr!(lang, "images.too-many-pixels", side = side, most = most).into_owned()
        }
    }
}

/// The field for a path, and what may be written into it.
fn path(dialog: &ImagesDialog, shared: &Shared, frame: &mut Frame, area: Rect) {
    let Some(field) = &dialog.path else { return };
    let lang = shared.lang;
    let label = lang.t("images.path");
    let indent = u16::try_from(text::width(&label)).unwrap_or(0) + 2;
    let line = Line::from(vec![Span::styled(label, shared.theme.accent)]);
    frame.buffer_mut().set_line(area.x, area.y, &line, area.width);
    let input = Rect {
        x: area.x + indent.min(area.width),
        width: area.width.saturating_sub(indent),
        height: 1.min(area.height),
        ..area
    };
    let cursor = field.draw(input, frame.buffer_mut(), shared.theme.field_focus);
    frame.set_cursor_position(cursor);
    let hint = paragraph(&lang.t("images.path-hint"), input.width.into());
    for (line, y) in hint.into_iter().zip(area.y + 1..area.bottom()) {
        let line = line.style(shared.theme.muted);
        frame.buffer_mut().set_line(input.x, y, &line, input.width);
    }
}
