//! Draws what administrators see.

use artipul_common::{
    admin::{AdminAction, ManagedCharge, ManagedUser},
    wallet::ChargeStatus,
};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{AdminScreen, MORE, Tab, deed_name, inner, list_area};
use crate::{
    app::model::Shared,
    i18n::tr,
    screens::{account::is_unread, sending::paragraph},
    ui::{
        money::won,
        table::{self, Cell, Column, Shown, Size},
        tabs,
    },
};

/// Draws the screen into `body`.
pub(crate) fn view(screen: &AdminScreen, shared: &Shared, frame: &mut Frame, body: Rect) {
    let body = inner(body);
    let buf = frame.buffer_mut();
    let (names, chosen) = screen.tab_names(shared);
    tabs::draw(buf, body, &shared.theme, &names, chosen);
    let area = list_area(body);
    let more = Rect { y: area.bottom() + 1, height: MORE.min(body.height), ..body };
    let more = more.intersection(body);
    buf.set_string(area.x, area.bottom(), "─".repeat(area.width.into()), shared.theme.line);
    let lines = match screen.tab {
        Tab::Users => users(screen, shared, buf, area),
        Tab::Charges => charges(screen, shared, buf, area),
        Tab::Trail => trail(screen, shared, buf, area),
    };
    for (line, y) in lines.iter().zip(more.y..more.bottom()) {
        buf.set_line(more.x, y, line, more.width);
    }
}

/// The state of an account in a word, and its colour.
fn state(shared: &Shared, found: &ManagedUser) -> (String, Style) {
    let (lang, theme) = (shared.lang, &shared.theme);
    let (key, style) = match found {
        ManagedUser { closed_at: Some(_), .. } => ("office.closed", theme.muted),
        ManagedUser { suspended: Some(_), .. } => ("office.suspended", theme.bad),
        ManagedUser { user, .. } if user.is_admin => ("office.administrator", theme.accent),
        ManagedUser { user, .. } if user.is_artist => ("account.is-artist", theme.text),
        _ => return (String::new(), theme.text),
    };
    (lang.t(key).into_owned(), style)
}

fn users(
    screen: &AdminScreen,
    shared: &Shared,
    buf: &mut Buffer,
    area: Rect,
) -> Vec<Line<'static>> {
    let list = &screen.users;
    if is_unread(list, shared, buf, area, "office.no-users", "office.no-users-means") {
        return Vec::new();
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::right("ID", Size::Fixed(6)),
        Column::left(lang.t("account.nickname"), Size::Share(2)),
        Column::left(lang.t("account.email"), Size::Share(3)),
        Column::left(lang.t("column.state"), Size::Fixed(14)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let found = &rows[index];
        let (state, style) = state(shared, found);
        vec![
            Cell::new(found.user.id.to_string(), theme.muted),
            Cell::new(found.user.nickname.as_str(), theme.text),
            Cell::new(found.user.email.as_str(), theme.text),
            Cell::new(state, style),
        ]
    });
    list.selected().map_or_else(Vec::new, |found| user(shared, found, area.width.into()))
}

/// More of the selected user.
fn user(shared: &Shared, found: &ManagedUser, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme, user) = (shared.lang, &shared.theme, &found.user);
    let at = |moment| shared.zone.date_time(moment, shared.now);
    let college = user.college.clone().map_or_else(String::new, |college| format!(" · {college}"));
    let since = tr!(lang, "office.since", moment = at(user.created_at));
    let mut lines = vec![
        Line::from(vec![
            Span::styled(user.nickname.clone(), theme.heading),
            Span::styled(format!("  {}{college}", user.name), theme.text),
        ]),
        Line::styled(format!("{} · {} · {since}", user.email, user.phone), theme.muted),
    ];
    if let Some(suspension) = &found.suspended {
        let words = tr!(
            lang,
            "office.suspended-for",
            moment = at(suspension.since),
            reason = suspension.reason
        );
        let words = paragraph(&words, columns).into_iter();
        lines.extend(words.map(|line| line.style(theme.bad)));
    }
    if let Some(closed_at) = found.closed_at {
        let words = tr!(lang, "office.closed-on", moment = at(closed_at)).into_owned();
        lines.push(Line::styled(words, theme.warning));
    }
    lines
}

fn charges(
    screen: &AdminScreen,
    shared: &Shared,
    buf: &mut Buffer,
    area: Rect,
) -> Vec<Line<'static>> {
    let list = &screen.charges;
    if is_unread(list, shared, buf, area, "office.no-charges", "office.no-charges-means") {
        return Vec::new();
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::right("ID", Size::Fixed(6)),
        Column::right(lang.t("office.user"), Size::Fixed(10)),
        Column::left(lang.t("column.when"), Size::Fixed(14)),
        Column::right(lang.t("column.amount"), Size::Share(1)),
        Column::left(lang.t("column.state"), Size::Fixed(22)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let ManagedCharge { user_id, charge } = &rows[index];
        let (state, style) = charge_state(shared, charge.status);
        vec![
            Cell::new(charge.id.to_string(), theme.muted),
            Cell::new(user_id.to_string(), theme.text),
            Cell::new(shared.zone.short(charge.created_at, shared.now), theme.muted),
            Cell::new(won(charge.amount), theme.text),
            Cell::new(state, style),
        ]
    });
    Vec::new()
}

fn charge_state(shared: &Shared, status: ChargeStatus) -> (String, Style) {
    let theme = &shared.theme;
    let (key, style) = match status {
        ChargeStatus::Pending => ("cli.charge-pending", theme.warning),
        ChargeStatus::Paid => ("top-up.paid", theme.good),
        ChargeStatus::Cancelled => ("entry.charge-cancelled", theme.muted),
        ChargeStatus::Failed => ("top-up.not-paid", theme.bad),
    };
    (shared.lang.t(key).into_owned(), style)
}

fn trail(
    screen: &AdminScreen,
    shared: &Shared,
    buf: &mut Buffer,
    area: Rect,
) -> Vec<Line<'static>> {
    let list = &screen.trail;
    if is_unread(list, shared, buf, area, "office.no-trail", "office.no-trail-means") {
        return Vec::new();
    }
    let (lang, theme) = (shared.lang, &shared.theme);
    let columns = [
        Column::left(lang.t("column.when"), Size::Fixed(14)),
        Column::right(lang.t("office.by"), Size::Fixed(8)),
        Column::left(lang.t("office.deed"), Size::Fixed(20)),
        Column::right(lang.t("office.number"), Size::Fixed(8)),
        Column::left(lang.t("office.reason"), Size::Share(1)),
    ];
    let rows = list.rows();
    let shown = Shown::selecting(list.cursor(), rows.len());
    table::draw(area, buf, theme, &columns, &shown, |index| {
        let action = &rows[index];
        let by = action.admin_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        vec![
            Cell::new(shared.zone.short(action.at, shared.now), theme.muted),
            Cell::new(by, theme.muted),
            Cell::new(lang.t(deed_name(action.kind)), theme.text),
            Cell::new(format!("#{}", action.subject_id), theme.text),
            Cell::new(action.reason.as_str(), theme.muted),
        ]
    });
    list.selected().map_or_else(Vec::new, |action| told(shared, action, area.width.into()))
}

/// More of the selected deed: its whole reason.
fn told(shared: &Shared, action: &AdminAction, columns: usize) -> Vec<Line<'static>> {
    let (lang, theme) = (shared.lang, &shared.theme);
    let heading = format!("{} #{}", lang.t(deed_name(action.kind)), action.subject_id);
    let mut lines = vec![Line::styled(heading, theme.heading)];
    lines.extend(paragraph(&action.reason, columns));
    lines
}
