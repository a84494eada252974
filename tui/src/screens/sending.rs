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
    let sent = shared.outbox.get(key);
    let Some(doubt) = sent.and_then(|sent| sent.doubt) else {
        return vec![notice::waiting(shared, "sending.now")];
    };
    // What is not known stays unknown while it is sent again, whatever made the last attempt fail.
    let (title, explanation) = match doubt {
        Doubt::Unknown => ("sending.unknown", "sending.unknown-means"),
        Doubt::Busy => ("sending.busy", "sending.busy-means"),
    };
    let mut lines = vec![Line::styled(lang.t(title), shared.theme.warning)];
    lines.extend(paragraph(&lang.t(explanation), columns));
    lines.push(Line::default());
    lines.push(match sent.and_then(|sent| sent.retry_at) {
        Some(at) => {
            let seconds = at.saturating_sub(shared.uptime).as_secs() + 1;
            let words = tr!(lang, "sending.again-in", seconds = seconds).into_owned();
            Line::styled(words, shared.theme.muted)
        }
        None => notice::waiting(shared, "sending.again"),
    });
    lines
}

/// A text as lines.
pub(crate) fn paragraph(words: &str, columns: usize) -> Vec<Line<'static>> {
    text::wrap(words, columns).into_iter().map(Line::from).collect()
}
