//! What is said while something is on its way that must happen exactly once, and while it is not
//! known whether it did.

use ratatui::text::Line;

use crate::{
    app::{model::Shared, outbox::Doubt},
    i18n::tr,
    ui::{notice, text},
};

/// How an errand stands, wrapped to `columns`.
pub(crate) fn lines(shared: &Shared, key: &str, columns: usize) -> Vec<Line<'static>> {
    let lang = shared.lang;
    let retry = shared.outbox.get(key).and_then(|sent| sent.retry);
    let Some((doubt, at)) = retry else {
        return vec![notice::waiting(shared, "sending.now")];
    };
    let seconds = at.saturating_sub(shared.uptime).as_secs() + 1;
    let (title, explanation) = match doubt {
        Doubt::Unknown => ("sending.unknown", "sending.unknown-means"),
        Doubt::Busy => ("sending.busy", "sending.busy-means"),
    };
    let mut lines = vec![Line::styled(lang.t(title), shared.theme.warning)];
    lines.extend(paragraph(&lang.t(explanation), columns));
    lines.push(Line::default());
    lines.push(notice::waiting(shared, "sending.again"));
    let again = tr!(lang, "sending.again-in", seconds = seconds).into_owned();
    lines.push(Line::styled(again, shared.theme.muted));
    lines
}

/// A text as lines.
pub(crate) fn paragraph(words: &str, columns: usize) -> Vec<Line<'static>> {
    text::wrap(words, columns).into_iter().map(Line::from).collect()
}
