//! The lines around every screen: the sections above; below, the keys that hold here, and whether
//! what is shown is live.

use std::time::Duration;

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
    keymap::{self, When},
    ui::{money::won, text},
};

/// After this long, what is lost is called offline.
const OFFLINE_AFTER: TimeDelta = TimeDelta::seconds(15);

/// The name of the house and the sections.
pub(crate) fn header(model: &Model, buf: &mut Buffer, area: Rect) {
    let (lang, theme) = (model.shared.lang, &model.shared.theme);
    let mut spans = vec![Span::styled(" Artipul ", theme.accent.patch(theme.heading))];
    for (number, (section, name)) in (1..).zip(Section::ALL) {
        let chosen = section == model.section;
        let name = lang.t(name);
        let unread = model.shared.account.summary.map_or(0, |summary| summary.unread);
        let badge = match section {
            Section::Notices if unread > 0 => format!(" {unread}"),
            _ => String::new(),
        };
        if chosen {
            let words = format!(" {number} {name}{badge} ");
            spans.push(Span::styled(words, theme.selected.patch(theme.heading)));
        } else {
            spans.push(Span::styled(format!(" {number}"), theme.key));
            spans.push(Span::styled(format!(" {name}"), theme.muted));
            spans.push(Span::styled(format!("{badge} "), theme.warning));
        }
    }
    let mut line = Line::from(spans);
    if line.width() > usize::from(area.width) {
        // The sections are of more use than the name.
        line.spans.remove(0);
    }
    buf.set_line(area.x, area.y, &line, area.width);
    let other = format!("F2 {} ", lang.t("header.other-language"));
    let wide = u16::try_from(text::width(&other)).unwrap_or(0);
    if area.width >= 96 {
        buf.set_string(area.right() - wide, area.y, other, theme.muted);
    }
}

/// The keys that hold here, as many as fit.
pub(crate) fn footer(model: &Model, buf: &mut Buffer, area: Rect) {
    let (lang, theme) = (model.shared.lang, &model.shared.theme);
    let contexts = model.contexts();
    let mut x = area.x + 1;
    // Help comes last, and is always there.
    let help = [When::Global, When::Always].iter().any(|when| contexts.contains(when));
    let help_words = format!("F1 {}", lang.t("key.help"));
    let help_width = u16::try_from(text::width(&help_words)).unwrap_or(0) + 1;
    let limit = if help { area.right().saturating_sub(help_width + 1) } else { area.right() };
    for binding in keymap::footer(&contexts) {
        if binding.action == keymap::Action::Help || !model.offers(binding.action) {
            continue;
        }
        // A key can mean something else where more than one context holds.
        let is_free = |key: &&keymap::Key| keymap::action(&contexts, **key) == Some(binding.action);
        let Some(key) = binding.keys.iter().find(is_free) else { continue };
        let (key, label) = (key.name(lang), lang.t(binding.label));
        let width = u16::try_from(text::width(&key) + 1 + text::width(&label)).unwrap_or(u16::MAX);
        if x.saturating_add(width) > limit {
            break;
        }
        buf.set_string(x, area.y, &key, theme.key);
        let key_width = u16::try_from(text::width(&key)).unwrap_or(0);
        buf.set_string(x + key_width + 1, area.y, &label, theme.muted);
        x += width + 2;
    }
    if help {
        let x = area.right().saturating_sub(help_width);
        buf.set_string(x, area.y, "F1", theme.key);
        buf.set_string(x + 3, area.y, lang.t("key.help"), theme.muted);
    }
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
                None => tr!(lang, "live.offline", since = since_words),
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
