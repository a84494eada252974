//! Draws the account.

use artipul_common::{
    accounts::User,
    credentials::{PersonalToken, SessionInfo},
    social::Identity,
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{AccountScreen, Tab, inner, list_area};
use crate::{
    app::{model::Shared, paged::Paged},
    i18n,
    keymap::{Action, When},
    ui::{
        notice,
        table::{self, Cell, Column, Shown, Size},
        tabs, text,
    },
};

/// Columns of the labels of facts.
const LABEL: usize = 14;

/// Draws the screen into `body`.
pub(crate) fn view(screen: &AccountScreen, shared: &Shared, frame: &mut Frame, body: Rect) {
    let body = inner(body);
    let buf = frame.buffer_mut();
    let (names, chosen) = screen.tab_names(shared);
    tabs::draw(buf, body, &shared.theme, &names, chosen);
    let area = list_area(body);
    match screen.tab {
        Tab::Profile => profile(shared, buf, area),
        Tab::Sessions => sessions(&screen.sessions, shared, buf, area),
        Tab::Tokens => tokens(&screen.tokens, shared, buf, area),
        Tab::Links => links(&screen.links, shared, buf, area),
    }
}

/// What the profile says, and the keys that change it.
fn profile(shared: &Shared, buf: &mut Buffer, area: Rect) {
    let Some(user) = shared.account.user() else { return };
    let columns = usize::from(area.width);
    let mut lines = Vec::new();
    for (label, value, action) in facts(shared, user) {
        lines.push(fact(shared, label, &value, action, columns));
    }
    lines.push(Line::default());
    lines.push(fact(shared, "account.password", "••••••••", Some(Action::ChangePassword), columns));
    if let Some(introduction) = &user.introduction {
        lines.push(Line::default());
        lines.push(Line::styled(shared.lang.t("cli.introduction"), shared.theme.muted));
        let words = text::wrap(introduction, columns.min(76));
        lines.extend(words.into_iter().map(Line::from));
    }
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
}

type Fact = (&'static str, String, Option<Action>);

fn facts(shared: &Shared, user: &User) -> Vec<Fact> {
    let lang = shared.lang;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let is_artist = lang.t(if user.is_artist { "form.yes" } else { "form.no" }).into_owned();
    let since = shared.zone.date_time(user.created_at, shared.now);
    let mut facts = vec![
        ("account.nickname", user.nickname.clone(), Some(Action::Edit)),
        ("account.name", user.name.clone(), None),
        ("account.is-artist", is_artist, None),
        ("account.college", text(&user.college), None),
        ("cli.address", text(&user.address), None),
        ("account.email", user.email.clone(), Some(Action::ChangeEmail)),
        ("account.phone", user.phone.clone(), Some(Action::ChangePhone)),
        ("cli.since", since, None),
    ];
    if user.is_admin {
        facts.push(("keep.role", lang.t("office.administrator").into_owned(), None));
    }
    facts
}

/// A fact, with the key at the right that changes it.
fn fact(
    shared: &Shared,
    label: &'static str,
    value: &str,
    action: Option<Action>,
    columns: usize,
) -> Line<'static> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let key = action.map(|action| shared.keymap.name_of(lang, When::Profile, action));
    let key = key.map_or_else(String::new, |key| format!("{key} "));
    let change = action.map_or_else(String::new, |_| lang.t("key.edit").into_owned());
    let aside = text::width(&key) + text::width(&change);
    let room = columns.min(76).saturating_sub(LABEL + 2 + aside);
    let value = text::left(&text::truncate(value, room.saturating_sub(1)), room);
    let spans = vec![
        Span::styled(value, theme.text),
        Span::styled(key, theme.key),
        Span::styled(change, theme.muted),
    ];
    table::fact(&lang.t(label), LABEL, spans, theme)
}

fn sessions(list: &Paged<SessionInfo>, shared: &Shared, buf: &mut Buffer, area: Rect) {
    if is_unread(list, shared, buf, area, "keep.no-sessions", "keep.no-sessions-means") {
        return;
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::left(lang.t("keep.device"), Size::Share(2)),
        Column::left(lang.t("keep.from"), Size::Share(1)),
        Column::left(lang.t("keep.signed-in"), Size::Fixed(12)),
        Column::left(lang.t("keep.last-used"), Size::Fixed(12)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let session = &rows[index];
        let unknown = || "-".to_owned();
        let device = session.user_agent.clone().unwrap_or_else(unknown);
        let device = match session.current {
            true => format!("● {device} · {}", lang.t("keep.here")),
            false => format!("  {device}"),
        };
        let style = if session.current { theme.good } else { theme.text };
        let at = |moment| Cell::new(shared.zone.short(moment, shared.now), theme.muted);
        vec![
            Cell::new(device, style),
            Cell::new(session.address.clone().unwrap_or_else(unknown), theme.text),
            at(session.created_at),
            at(session.last_used_at),
        ]
    });
}

fn tokens(list: &Paged<PersonalToken>, shared: &Shared, buf: &mut Buffer, area: Rect) {
    if is_unread(list, shared, buf, area, "keep.no-tokens", "keep.no-tokens-means") {
        return;
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::left(lang.t("keep.token-name"), Size::Share(1)),
        Column::left(lang.t("keep.scopes"), Size::Fixed(20)),
        Column::left(lang.t("keep.expires"), Size::Fixed(16)),
        Column::left(lang.t("keep.last-used"), Size::Fixed(16)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let token = &rows[index];
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let moment = |at, never| match at {
            Some(at) => shared.zone.date_time(at, shared.now),
            None => lang.t(never).into_owned(),
        };
        let is_over = token.expires_at.is_some_and(|end| end <= shared.now);
        let end = if is_over { theme.bad } else { theme.text };
        vec![
            Cell::new(token.name.as_str(), theme.text),
            Cell::new(scopes.join(" "), theme.muted),
            Cell::new(moment(token.expires_at, "keep.never-expires"), end),
            Cell::new(moment(token.last_used_at, "keep.never-used"), theme.muted),
        ]
    });
}

fn links(list: &Paged<Identity>, shared: &Shared, buf: &mut Buffer, area: Rect) {
    if is_unread(list, shared, buf, area, "social.no-links", "social.no-links-means") {
        return;
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::left(lang.t("social.provider"), Size::Share(1)),
        Column::left(lang.t("account.email"), Size::Share(2)),
        Column::left(lang.t("social.since"), Size::Fixed(16)),
        Column::left(lang.t("keep.last-used"), Size::Fixed(16)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let link = &rows[index];
        let at = |moment| Cell::new(shared.zone.date_time(moment, shared.now), theme.muted);
        let email = link.email.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            Cell::new(link.name.as_str(), theme.text),
            Cell::new(email, theme.text),
            at(link.created_at),
            at(link.last_used_at),
        ]
    });
}

/// Says why there are no rows, where there are none.
pub(crate) fn is_unread<T>(
    list: &Paged<T>,
    shared: &Shared,
    buf: &mut Buffer,
    area: Rect,
    empty: &'static str,
    empty_means: &'static str,
) -> bool {
    let lang = shared.lang;
    if !list.rows().is_empty() {
        return false;
    }
    if let Some(error) = list.error() {
        let hint = if error.is_passing() { "load.again-by-itself" } else { "load.again-by-key" };
        let words = i18n::failure(lang, error);
        notice::draw(buf, area, shared, &words, &lang.t(hint), shared.theme.bad);
    } else if list.is_known() {
        let hint = lang.t(empty_means);
        notice::draw(buf, area, shared, &lang.t(empty), &hint, shared.theme.heading);
    } else {
        notice::draw_waiting(buf, area, shared, "sign-up.waiting");
    }
    true
}
