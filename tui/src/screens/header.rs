//! The lines around every screen: the sections above; below, the keys that hold here, and whether
//! what is shown is live.

use std::{borrow::Cow, time::Duration};

use chrono::TimeDelta;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    app::{
        account::Who,
        links::Liveness,
        model::{Model, Section, Shared},
    },
    i18n::tr,
    keymap::{Action, Key, When},
    ui::{money::won, text},
};

/// After this long, what is lost is called offline.
const OFFLINE_AFTER: TimeDelta = TimeDelta::seconds(15);

/// Something of these lines that can be clicked, and where it stands.
pub(crate) struct Part<T> {
    pub(crate) area: Rect,
    pub(crate) what: T,
    line: Line<'static>,
}

impl<T> Part<T> {
    /// At this column of a line, as wide as its words.
    fn new(what: T, line: Line<'static>, x: u16, area: Rect) -> Self {
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
        Self { area: Rect { x, width, height: 1, ..area }, what, line }
    }

    fn draw(&self, buf: &mut Buffer, line: Rect) {
        let room = line.right().saturating_sub(self.area.x);
        buf.set_line(self.area.x, self.area.y, &self.line, room.min(self.area.width));
    }
}

/// The name of the house and the sections.
pub(crate) fn header(model: &Model, buf: &mut Buffer, area: Rect) {
    let theme = &model.shared.theme;
    let sections = sections(model, area);
    if sections.first().is_some_and(|first| first.area.x > area.x) {
        buf.set_string(area.x, area.y, HOUSE, theme.accent.patch(theme.heading));
    }
    for part in sections {
        part.draw(buf, area);
    }
    if let Some(part) = language(model, area) {
        part.draw(buf, area);
    }
}

const HOUSE: &str = " Artipul ";

/// The sections, each behind its key. The rarer ones stand there where there is room for them
/// beside the others, the name and the language.
pub(crate) fn sections(model: &Model, area: Rect) -> Vec<Part<Section>> {
    let mut lines: Vec<_> = Section::ALL
        .into_iter()
        .filter(|(section, _)| *section == model.section || may_enter(*section, model))
        .map(|(section, name)| (section, tab(model, section, name)))
        .collect();
    let house = text::width(HOUSE);
    let width =
        |lines: &[(Section, Line)]| lines.iter().map(|(_, line)| line.width()).sum::<usize>();
    let language = language(model, area).map_or(0, |part| part.area.width);
    let room = usize::from(area.width.saturating_sub(language)).saturating_sub(house);
    let gives_way = |(section, _): &(Section, Line)| {
        matches!(section, Section::Account | Section::Admin) && *section != model.section
    };
    while width(&lines) > room
        && let Some(index) = lines.iter().rposition(gives_way)
    {
        lines.remove(index);
    }
    // The sections are of more use than the name.
    let has_room = house + width(&lines) <= usize::from(area.width);
    let house = u16::try_from(house).unwrap_or(0);
    let mut x = if has_room { area.x + house } else { area.x };
    let mut parts = Vec::new();
    for (section, line) in lines {
        let part = Part::new(section, line, x, area);
        x = part.area.right();
        parts.push(part);
    }
    parts
}

/// Whether a section is of use to whoever looks at it.
fn may_enter(section: Section, model: &Model) -> bool {
    let account = &model.shared.account;
    match section {
        Section::Account => matches!(account.who, Who::User(_)),
        Section::Admin => account.is_admin(),
        _ => true,
    }
}

fn tab(model: &Model, section: Section, name: &'static str) -> Line<'static> {
    let (lang, theme) = (model.shared.lang, &model.shared.theme);
    let key = model.shared.keymap.name_of(lang, When::Global, section.action());
    let name = lang.t(name);
    let unread = model.shared.account.summary.map_or(0, |summary| summary.unread);
    let badge = match section {
        Section::Notices if unread > 0 => format!(" {unread}"),
        _ => String::new(),
    };
    if section == model.section {
        let words = format!(" {key} {name}{badge} ");
        return Line::styled(words, theme.selected.patch(theme.heading));
    }
    Line::from(vec![
        Span::styled(format!(" {key}"), theme.key),
        Span::styled(format!(" {name}"), theme.muted),
        Span::styled(format!("{badge} "), theme.warning),
    ])
}

/// The other language at the right, where there is room.
pub(crate) fn language(model: &Model, area: Rect) -> Option<Part<Action>> {
    let shared = &model.shared;
    let key = shared.keymap.name_of(shared.lang, When::Always, Action::Language);
    let words = format!("{key} {} ", shared.lang.t("header.other-language"));
    let line = Line::styled(words, shared.theme.muted);
    let width = u16::try_from(line.width()).unwrap_or(0);
    (area.width >= 96).then(|| Part::new(Action::Language, line, area.right() - width, area))
}

/// The keys that hold here, as many as fit.
pub(crate) fn footer(model: &Model, buf: &mut Buffer, area: Rect) {
    for part in keys(model, area) {
        part.draw(buf, area);
    }
}

/// The keys of the footer. Help comes last, and is always there.
pub(crate) fn keys(model: &Model, area: Rect) -> Vec<Part<Action>> {
    let shared = &model.shared;
    let contexts = model.contexts();
    let named = |name: Cow<'static, str>, label: &'static str| {
        Line::from(vec![
            Span::styled(name, shared.theme.key),
            Span::raw(" "),
            Span::styled(shared.lang.t(label), shared.theme.muted),
        ])
    };
    let help = contexts.contains(&When::Always).then(|| {
        let name = shared.keymap.name_of(shared.lang, When::Always, Action::Help);
        let line = named(name, "key.help");
        let width = u16::try_from(line.width()).unwrap_or(0);
        Part::new(Action::Help, line, area.right().saturating_sub(width + 1), area)
    });
    let limit = help.as_ref().map_or(area.right(), |help| help.area.x.saturating_sub(1));
    let mut parts = Vec::new();
    let mut x = area.x + 1;
    for binding in shared.keymap.footer(&contexts) {
        if binding.action == Action::Help || !model.offers(binding.action) {
            continue;
        }
        // A key can mean something else where more than one context holds.
        let keymap = &shared.keymap;
        let is_free = |key: &&Key| keymap.action(&contexts, **key) == Some(binding.action);
        let Some(key) = binding.keys.iter().find(is_free) else { continue };
        let part =
            Part::new(binding.action, named(key.name(shared.lang), model.label(binding)), x, area);
        if part.area.right() > limit {
            break;
        }
        x = part.area.right() + 2;
        parts.push(part);
    }
    parts.extend(help);
    parts
}

/// Whether what is shown is live, and who looks at it.
pub(crate) fn status(model: &Model, buf: &mut Buffer, area: Rect) {
    let shared = &model.shared;
    buf.set_style(area, shared.theme.status);
    let (mark, words, style) = liveness(model);
    let who = who(shared);
    let who_width = u16::try_from(text::width(&who)).unwrap_or(0);
    let room = usize::from(area.width.saturating_sub(who_width + 6));
    let base = shared.theme.status;
    buf.set_string(area.x + 1, area.y, mark, base.patch(style));
    buf.set_string(area.x + 3, area.y, text::truncate(&words, room), base);
    let x = area.right().saturating_sub(who_width + 1);
    buf.set_string(x, area.y, who, base);
}

fn liveness(model: &Model) -> (&'static str, String, Style) {
    let shared = &model.shared;
    let (lang, theme) = (shared.lang, &shared.theme);
    match model.liveness() {
        Liveness::Live => ("●", lang.t("live.live").into_owned(), theme.good),
        Liveness::Still if model.read_at().is_none() => {
            ("◌", lang.t("live.connecting").into_owned(), theme.warning)
        }
        Liveness::Connecting => ("◌", lang.t("live.connecting").into_owned(), theme.warning),
        Liveness::Still => {
            let at = model.read_at().map_or("-".to_owned(), |at| shared.zone.clock(at));
            ("○", tr!(lang, "live.still", at = at).into_owned(), theme.muted)
        }
        Liveness::Lost { since, retry_in } => {
            let seconds = retry_in.map_or(0, |left| rounded_up(left).max(1));
            let since_words = shared.zone.clock(since);
            let words = match retry_in {
                None if model.is_trying() => tr!(lang, "live.trying", since = since_words),
                None => {
                    shared.keymap.fill(lang, &tr!(lang, "live.offline", since = since_words)).into()
                }
                Some(_) if shared.now - since < OFFLINE_AFTER => {
                    tr!(lang, "live.reconnecting", seconds = seconds)
                }
                Some(_) => {
                    tr!(lang, "live.offline-retry", since = since_words, seconds = seconds)
                }
            };
            ("○", words.into_owned(), theme.bad)
        }
    }
}

fn rounded_up(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

fn who(shared: &Shared) -> String {
    let lang = shared.lang;
    match &shared.account.who {
        Who::Unknown => lang.t("status.identifying").into_owned(),
        Who::Nobody => lang.t("status.nobody").into_owned(),
        Who::User(user) => match shared.account.wallet {
            Some(wallet) => {
                let nickname = text::truncate(&user.nickname, 20);
                tr!(lang, "status.user", nickname = nickname, available = won(wallet.available))
                    .into_owned()
            }
            None => user.nickname.clone(),
        },
    }
}
