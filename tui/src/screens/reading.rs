//! A text over the screen that is only read: the help, made from the key table, and all about a
//! work.

use artipul_common::AuctionId;
use ratatui::{
    Frame,
    layout::{Rect, Size},
    text::{Line, Span},
};

use super::{facts, lot_row};
use crate::{
    app::model::{Cx, Nav, Shared},
    keymap::{Action, Key, When},
    ui::{overlay, text},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Help,
    Work(AuctionId),
}

#[derive(Debug, Clone)]
pub(crate) struct Reading {
    subject: Subject,
    /// The contexts that the help begins with: those from which it was opened.
    here: Vec<When>,
    top: usize,
}

const COLUMNS: u16 = 76;

/// Where the window is.
pub(crate) fn window(area: Rect) -> Rect {
    overlay::centred(area, COLUMNS, area.height)
}

fn visible(size: Size) -> usize {
    usize::from(window(crate::app::view::body(size)).height.saturating_sub(2))
}

fn columns(area: Rect) -> usize {
    usize::from(window(area).width.saturating_sub(4))
}

impl Reading {
    pub(crate) fn help(here: Vec<When>) -> Self {
        Self { subject: Subject::Help, here, top: 0 }
    }

    pub(crate) fn work(auction: AuctionId) -> Self {
        Self { subject: Subject::Work(auction), here: Vec::new(), top: 0 }
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let half = visible(cx.shared.size) / 2;
        let top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(half),
            Action::PageDown => self.top + half,
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            Action::Back => return cx.go(Nav::Back),
            _ => self.top,
        };
        self.scroll_to(top, cx.shared);
    }

    /// Scrolls by lines.
    pub(crate) fn wheel(&mut self, lines: i32, shared: &Shared) {
        let by = lines.unsigned_abs() as usize;
        let top = if lines < 0 { self.top.saturating_sub(by) } else { self.top + by };
        self.scroll_to(top, shared);
    }

    fn scroll_to(&mut self, top: usize, shared: &Shared) {
        let columns = columns(crate::app::view::body(shared.size));
        let last = self.lines(shared, columns).len().saturating_sub(visible(shared.size));
        self.top = top.min(last);
    }

    fn lines(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        match self.subject {
            Subject::Help => help(shared, &self.here),
            Subject::Work(id) => match shared.lots.get(id) {
                Some(lot) => work(shared, lot, columns),
                None => Vec::new(),
            },
        }
    }
}

fn work(shared: &Shared, lot: &crate::app::lots::Lot, columns: usize) -> Vec<Line<'static>> {
    let auction = &lot.auction;
    let mut lines: Vec<Line> = text::wrap(&auction.title, columns)
        .into_iter()
        .map(|line| Line::styled(line, shared.theme.heading))
        .collect();
    lines.push(Line::styled(text::truncate(&auction.artist, columns), shared.theme.accent));
    if let Some(year) = &auction.year {
        lines.push(Line::styled(text::truncate(year, columns), shared.theme.muted));
    }
    lines.push(Line::default());
    lines.extend(facts::work(shared, lot, columns));
    lines.push(Line::default());
    lines.extend(facts::terms(shared, lot));
    if !auction.description.is_empty() {
        lines.push(Line::default());
        lines.extend(text::wrap(&auction.description, columns).into_iter().map(Line::from));
    }
    lines
}

/// Every binding of the table by context: first what holds here, then the rest.
fn help(shared: &Shared, here: &[When]) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let names = |when: &When| When::ALL.iter().find(|(known, _)| known == when).copied();
    let first = here.iter().filter_map(names);
    let rest = When::ALL.into_iter().filter(|(when, _)| !here.contains(when));
    // Who does not administer has no use for those.
    let is_for_all = |when: When, action: Action| {
        shared.account.is_admin() || (when != When::Admin && !action.is_for_administrators())
    };
    let mut lines = Vec::new();
    for (when, name) in first.chain(rest) {
        let bindings = shared.keymap.of(when).filter(|found| is_for_all(when, found.action));
        let bindings: Vec<_> = bindings.collect();
        if bindings.is_empty() {
            continue;
        }
        lines.push(Line::styled(lang.t(name), shared.theme.heading));
        for binding in bindings {
            let names: Vec<_> = binding.keys.iter().map(|key| Key::name(*key, lang)).collect();
            lines.push(Line::from(vec![
                Span::styled(format!("  {}", text::left(&names.join("  "), 24)), shared.theme.key),
                Span::raw(lang.t(binding.label)),
            ]));
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled(lang.t("help.marks"), shared.theme.heading));
    for (mark, words) in [
        ("★", "help.mark-leading"),
        ("!", "help.mark-outbid"),
        ("◆", "help.mark-seller"),
        ("♥", "help.mark-watching"),
        (lot_row::RESERVE_MARK, "help.mark-reserve"),
        (lot_row::BUY_NOW_MARK, "help.mark-buy-now"),
    ] {
        lines.push(Line::from(vec![
            Span::styled(format!("  {}", text::left(mark, 24)), shared.theme.key),
            Span::raw(lang.t(words)),
        ]));
    }
    lines
}

/// Draws the text.
pub(crate) fn view(reading: &Reading, shared: &Shared, frame: &mut Frame, area: Rect) {
    let lang = shared.lang;
    let title = match reading.subject {
        Subject::Help => "help.title",
        Subject::Work(_) => "help.work",
    };
    let window = window(area);
    let lines = reading.lines(shared, columns(area));
    let inner = overlay::window(frame, window, &lang.t(title), &shared.theme);
    let buf = frame.buffer_mut();
    for (line, y) in lines.iter().skip(reading.top).zip(inner.y..inner.bottom()) {
        buf.set_line(inner.x, y, line, inner.width);
    }
    let below = lines.len().saturating_sub(reading.top + usize::from(inner.height));
    if below > 0 {
        let more = crate::i18n::tr!(lang, "help.more", lines = below).into_owned();
        let width = u16::try_from(text::width(&more)).unwrap_or(0) + 2;
        let x = window.right().saturating_sub(width + 2);
        buf.set_string(x, window.bottom() - 1, format!(" {more} "), shared.theme.muted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artipul_common::accounts::User;

    use crate::{app::account::Who, i18n::Lang, samples};

    #[test]
    fn the_help_tells_every_binding() {
        for lang in [Lang::Ko, Lang::En] {
            let mut model = samples::model(lang);
            model.shared.account.who =
                Who::User(Box::new(User { is_admin: true, ..samples::user() }));
            let text: Vec<String> =
                help(&model.shared, &[When::Page]).iter().map(ToString::to_string).collect();
            for binding in When::ALL.iter().flat_map(|(when, _)| model.shared.keymap.of(*when)) {
                let label = lang.t(binding.label);
                assert!(text.iter().any(|line| line.ends_with(label.as_ref())), "{label}");
            }
        }
    }

    #[test]
    fn only_administrators_are_told_of_what_only_they_may() {
        let mut model = samples::model(Lang::En);
        let told = |model: &crate::app::model::Model| {
            let lines = help(&model.shared, &[When::Page]);
            lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let label = Lang::En.t("office.key-suspend-work");
        model.shared.account.who = Who::User(Box::new(samples::user()));
        assert!(!told(&model).contains(&*label));
        model.shared.account.who = Who::User(Box::new(User { is_admin: true, ..samples::user() }));
        assert!(told(&model).contains(&*label));
    }

    #[test]
    fn the_help_begins_where_one_is() {
        let model = samples::model(Lang::En);
        let lines = help(&model.shared, &[When::Wallet, When::Always]);
        assert_eq!(lines[0].to_string(), Lang::En.t("when.wallet"));
    }
}
