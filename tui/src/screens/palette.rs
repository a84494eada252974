//! All that can be done here, to be found by a few letters: every action with its key, the
//! sections, the genres, the orders.

use artipul_common::auctions::Sort;
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
    text::{Line, Span},
};

use crate::{
    app::model::{Cx, Model, Nav, Shared},
    i18n::{Lang, tr},
    keymap::{Action, When},
    screens::browse,
    ui::{
        field::{Kind, TextField},
        fuzzy,
        list::ListCursor,
        overlay, text,
    },
};

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Do(Action),
    /// Browse this genre; all without one.
    Genre(Option<String>),
    Sort(Sort),
}

/// A command as it is listed.
#[derive(Debug, Clone)]
struct Entry {
    command: Command,
    name: String,
    /// What it is called in the other language: whoever knows only that one finds it as well.
    other_name: String,
    keys: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Palette {
    field: TextField,
    entries: Vec<Entry>,
    /// What fits what was typed, the best first.
    found: Vec<usize>,
    cursor: ListCursor,
}

const COLUMNS: u16 = 64;
const LINES: u16 = 18;
const MAX_CHARS: usize = 60;

/// The window, its line for what is typed and its rows.
struct Parts {
    window: Rect,
    field: Rect,
    rows: Rect,
}

fn parts(body: Rect) -> Parts {
    let window = overlay::centred(body, COLUMNS, LINES);
    let inner = overlay::inside(window);
    let field = Rect { height: 1.min(inner.height), ..inner };
    let rows = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    Parts { window, field, rows }
}

/// Where the window is.
pub(crate) fn window(body: Rect) -> Rect {
    parts(body).window
}

fn height(size: Size) -> usize {
    usize::from(parts(crate::app::view::body(size)).rows.height)
}

impl Palette {
    /// The list of what can be done where the model is.
    pub(crate) fn open(model: &Model) -> Self {
        let mut palette = Self {
            field: TextField::new(Kind::Line, MAX_CHARS),
            entries: actions(model),
            found: Vec::new(),
            cursor: ListCursor::default(),
        };
        // Where a window is open, another list would close it with what was typed there.
        if model.dialogs.is_empty() {
            palette.entries.extend(genres(&model.shared));
            palette.entries.extend(sorts(model.shared.lang));
        }
        palette.find();
        palette
    }

    fn find(&mut self) {
        let typed = self.field.value();
        let mut fits: Vec<(u32, usize)> = (0..)
            .zip(&self.entries)
            .filter_map(|(index, entry)| {
                let fit = fuzzy::fit(typed, &entry.name).max(fuzzy::fit(typed, &entry.other_name));
                Some((fit?, index))
            })
            .collect();
        fits.sort_by_key(|(fit, index)| (std::cmp::Reverse(*fit), *index));
        self.found = fits.into_iter().map(|(_, index)| index).collect();
        self.cursor = ListCursor::default();
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let height = height(cx.shared.size);
        if self.cursor.act(action, self.found.len(), height) {
            return self.cursor.fit(self.found.len(), height);
        }
        match action {
            Action::Back => cx.go(Nav::Back),
            Action::Open => self.choose(self.cursor.selected(), cx),
            _ => {}
        }
    }

    /// Does what stands in a row.
    pub(crate) fn choose(&self, row: usize, cx: &mut Cx) {
        if let Some(index) = self.found.get(row) {
            cx.go(Nav::Back);
            cx.go(Nav::Command(self.entries[*index].command.clone()));
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent) {
        if self.field.key(event) {
            self.find();
        }
    }

    pub(crate) fn paste(&mut self, pasted: &str) {
        if self.field.insert(pasted) {
            self.find();
        }
    }

    /// Scrolls by lines.
    pub(crate) fn wheel(&mut self, lines: i32, size: Size) {
        self.cursor.wheel(lines, self.found.len(), height(size));
    }

    /// The row at a place on the screen.
    pub(crate) fn row_at(&self, size: Size, at: Position) -> Option<usize> {
        let rows = parts(crate::app::view::body(size)).rows;
        let shown = self.cursor.visible(self.found.len(), rows.height.into());
        let row = shown.start + usize::from(at.y.checked_sub(rows.y)?);
        (rows.contains(at) && shown.contains(&row)).then_some(row)
    }
}

/// Every action that has a key here and makes sense, each once.
fn actions(model: &Model) -> Vec<Entry> {
    let (lang, mut contexts) = (model.shared.lang, model.contexts());
    // Moving about is rarely what somebody looks for here.
    contexts.sort_by_key(|when| *when == When::List);
    let mut entries: Vec<Entry> = Vec::new();
    for binding in contexts.iter().flat_map(|when| model.shared.keymap.of(*when)) {
        let command = Command::Do(binding.action);
        let is_listed = entries.iter().any(|entry| entry.command == command);
        if binding.action == Action::Palette || is_listed || !model.offers(binding.action) {
            continue;
        }
        let keys: Vec<_> = binding.keys.iter().take(2).map(|key| key.name(lang)).collect();
        entries.push(Entry {
            command,
            name: lang.t(model.label(binding)).into_owned(),
            other_name: lang.other().t(model.label(binding)).into_owned(),
            keys: keys.join("  "),
        });
    }
    entries
}

fn genres(shared: &Shared) -> Vec<Entry> {
    let named = |lang: Lang, genre: &str| tr!(lang, "palette.genre", genre = genre).into_owned();
    let entry = |command: Command, ko: &str, en: &str| {
        let (name, other_name) = (named(Lang::Ko, ko), named(Lang::En, en));
        let (name, other_name) =
            if shared.lang == Lang::Ko { (name, other_name) } else { (other_name, name) };
        Entry { command, name, other_name, keys: String::new() }
    };
    let all = "browse.all-genres";
    std::iter::once(entry(Command::Genre(None), &Lang::Ko.t(all), &Lang::En.t(all)))
        .chain(shared.genres.iter().map(|genre| {
            let command = Command::Genre(Some(genre.slug.clone()));
            entry(command, &genre.name.ko, &genre.name.en)
        }))
        .collect()
}

fn sorts(lang: Lang) -> impl Iterator<Item = Entry> {
    let name = |lang: Lang, sort| {
        tr!(lang, "palette.sort", sort = lang.t(browse::sort_key(sort))).into_owned()
    };
    browse::SORTS.into_iter().map(move |sort| Entry {
        command: Command::Sort(sort),
        name: name(lang, sort),
        other_name: name(lang.other(), sort),
        keys: String::new(),
    })
}

/// Draws the window.
pub(crate) fn view(palette: &Palette, shared: &Shared, frame: &mut Frame, body: Rect) {
    let theme = &shared.theme;
    let parts = parts(body);
    overlay::window(frame, parts.window, &shared.lang.t("key.palette"), theme);
    let cursor = palette.field.draw(parts.field, frame.buffer_mut(), theme.field_focus);
    frame.set_cursor_position(cursor);
    if palette.field.value().is_empty() {
        let words = text::truncate(&shared.lang.t("palette.hint"), parts.field.width.into());
        let style = theme.field_focus.patch(theme.muted);
        frame.buffer_mut().set_string(parts.field.x, parts.field.y, words, style);
    }
    let buf = frame.buffer_mut();
    if palette.found.is_empty() && parts.rows.height > 0 {
        let words = shared.lang.t("palette.nothing");
        buf.set_string(parts.rows.x, parts.rows.y, words, theme.muted);
    }
    let columns = usize::from(parts.rows.width);
    let shown = palette.cursor.visible(palette.found.len(), parts.rows.height.into());
    for (row, y) in shown.zip(parts.rows.y..parts.rows.bottom()) {
        let entry = &palette.entries[palette.found[row]];
        let name = text::left(&entry.name, columns.saturating_sub(text::width(&entry.keys) + 1));
        let line = Line::from(vec![
            Span::raw(format!("{name} ")),
            Span::styled(entry.keys.clone(), theme.key),
        ]);
        buf.set_line(parts.rows.x, y, &line, parts.rows.width);
        if row == palette.cursor.selected() {
            buf.set_style(Rect { y, height: 1, ..parts.rows }, theme.selected);
        }
    }
}
