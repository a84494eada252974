//! The form that lists a work.

use artipul_common::{
    Timestamp, accounts::EditProfileRequest, auctions::ListWorkRequest, client::ClientError,
    limits, problem::FieldError,
};
use crossterm::event::KeyEvent;
use ratatui::{Frame, layout::Rect, text::Line};

use super::{sending, sign_in::failure};
use crate::{
    app::{
        account::Account,
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Nav, Section, Shared},
        outbox::{Errand, Outbox, Settled},
        toasts::Tone,
    },
    i18n::tr,
    keymap::Action,
    ui::{
        field::TextField,
        form::{Event, Field, Form},
        notice, text,
        time::{countdown, parse_moment},
    },
};

/// The end that is proposed.
const USUAL_LENGTH: &str = "7d";

#[derive(Debug, Clone)]
pub(crate) struct Sell {
    form: Form,
    /// The key under which it was sent.
    sent: Option<String>,
    /// What is wrong and belongs to no field.
    failed: Option<ClientError>,
    strangers: Vec<FieldError>,
    becoming_artist: Slot,
}

impl Default for Sell {
    fn default() -> Self {
        Self {
            form: empty_form(),
            sent: None,
            failed: None,
            strangers: Vec::new(),
            becoming_artist: Slot::default(),
        }
    }
}

fn empty_form() -> Form {
    let amount = |id, label| Field::text(id, label, TextField::amount());
    let mut form = Form::new(vec![
        Field::line("title", "sell.title", *limits::TITLE.end()),
        Field::choice("genre", "sell.genre"),
        amount("start_price", "sell.start-price").hint("sell.start-price-hint"),
        amount("reserve_price", "sell.reserve-price").hint("sell.reserve-price-hint"),
        amount("buy_now_price", "sell.buy-now-price").hint("sell.buy-now-price-hint"),
        Field::line("ends_at", "sell.ends-at", 40).hint("sell.ends-at-hint"),
        Field::line("starts_at", "sell.starts-at", 40).hint("sell.starts-at-hint"),
        Field::line("medium", "sell.medium", *limits::MEDIUM.end()).hint("sell.medium-hint"),
        Field::line("dimensions", "sell.dimensions", *limits::DIMENSIONS.end())
            .hint("sell.dimensions-hint"),
        Field::line("year", "sell.year", *limits::YEAR.end()),
        Field::line("tags", "sell.tags", 3 * limits::TAG.end()).hint("sell.tags-hint"),
        Field::line("artist", "sell.artist", *limits::ARTIST.end()).hint("sell.artist-hint"),
        Field::paragraph("description", "sell.description"),
        Field::toggle("draft", "sell.draft", false).hint("sell.draft-hint"),
        Field::button("send", "sell.send"),
        Field::button("clear", "sell.clear"),
    ]);
    form.set("ends_at", USUAL_LENGTH);
    form
}

impl Sell {
    /// Whether something was typed that would be lost.
    pub(crate) fn is_touched(&self) -> bool {
        ["title", "start_price", "description", "medium"]
            .into_iter()
            .any(|id| !self.form.value(id).is_empty())
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        self.form.takes(event)
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        self.becoming_artist.is_waiting()
            || self.sent.as_ref().is_some_and(|key| shared.outbox.get(key).is_some())
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        let artist = cx.shared.account.user().is_some_and(|user| user.is_artist);
        match action {
            Action::Back => cx.go(Nav::Section(Section::Browse)),
            Action::Confirm if !artist && !self.becoming_artist.is_waiting() => {
                let edit =
                    EditProfileRequest { is_artist: Some(true), ..EditProfileRequest::default() };
                cx.ask(&mut self.becoming_artist, Call::EditProfile(Box::new(edit)));
            }
            _ if artist => {
                let event = self.form.act(action);
                self.heed(event, cx);
            }
            _ => {}
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) {
        let event = self.form.key(event);
        self.heed(event, cx);
    }

    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        let event = self.form.paste(pasted);
        self.heed(event, cx);
    }

    fn heed(&mut self, event: Event, cx: &mut Cx) {
        match event {
            Event::Submitted | Event::Pressed("send") => self.send(cx),
            Event::Pressed("clear") => {
                self.clear();
                self.offer_genres(cx.shared);
            }
            Event::Changed(_) => {
                self.failed = None;
                self.strangers.clear();
            }
            Event::Nothing | Event::Pressed(_) => {}
        }
    }

    fn send(&mut self, cx: &mut Cx) {
        if self.sent.is_some() {
            return;
        }
        self.failed = None;
        self.strangers.clear();
        match self.request(cx.shared) {
            Ok(work) => {
                self.form.clear_errors();
                self.sent = Some(Outbox::send(cx, Errand::ListWork(Box::new(work))));
            }
            Err(errors) => self.strangers = self.form.set_errors(&errors),
        }
    }

    fn end(&self, shared: &Shared) -> Option<Timestamp> {
        parse_moment(&self.form.value("ends_at"), shared.now, shared.zone)
    }

    /// What was typed as a request, or everything that is wrong with it.
    fn request(&self, shared: &Shared) -> Result<ListWorkRequest, Vec<FieldError>> {
        let form = &self.form;
        let mut errors = Vec::new();
        let mut error = |field: &str, code: &str| errors.push(FieldError::new(field, code, ""));
        let start_price = form.money("start_price");
        if start_price.is_none() {
            error("start_price", "required");
        }
        let ends_at = self.end(shared);
        if ends_at.is_none() {
            error("ends_at", "time-form");
        }
        let starts_at =
            form.optional("starts_at").map(|text| parse_moment(&text, shared.now, shared.zone));
        if starts_at == Some(None) {
            error("starts_at", "time-form");
        }
        let tags = form.value("tags");
        let request = ListWorkRequest {
            title: form.value("title"),
            description: form.value("description"),
            genre: form.value("genre"),
            tags: tags
                .split(',')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
            artist: form.optional("artist"),
            medium: form.optional("medium"),
            dimensions: form.optional("dimensions"),
            year: form.optional("year"),
            reference: None,
            // A stand-in where it is missing; its own error is told already.
            start_price: start_price.unwrap_or(limits::BID_UNIT),
            reserve_price: form.money("reserve_price"),
            buy_now_price: form.money("buy_now_price"),
            starts_at: starts_at.flatten(),
            ends_at: ends_at.unwrap_or(shared.now),
            draft: form.is_on("draft"),
        };
        match request.validated() {
            Ok(request) if errors.is_empty() => Ok(request),
            Ok(_) => Err(errors),
            Err(more) => {
                errors.extend(more);
                Err(errors)
            }
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.becoming_artist.is_for(id)
    }

    /// The profile was changed: one who lists works is an artist.
    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.becoming_artist.take(id);
        match outcome {
            Ok(Answer::User(user)) => Account::sign_in(cx, *user),
            Ok(_) => {}
            Err(error) => cx.shared.fail(&error),
        }
    }

    /// Whether this form is the one that sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        self.sent.as_deref() == Some(key)
    }

    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) {
        self.sent = None;
        match settled.result {
            Ok(Answer::Auction(auction)) => {
                self.clear();
                let words = if auction.phase == artipul_common::auctions::Phase::Draft {
                    "sell.kept"
                } else {
                    "sell.listed"
                };
                let words = cx.lang().t(words);
                cx.shared.toast(Tone::Good, words);
                let id = auction.id;
                cx.shared.lots.put(*auction);
                cx.go(Nav::Changed);
                // Whoever leaves the page finds the work among his own, not an empty form.
                cx.go(Nav::Section(Section::Mine));
                cx.go(Nav::Open(id));
            }
            Ok(_) => {}
            Err(error) => {
                if let ClientError::Problem(problem) = &error
                    && !problem.errors.is_empty()
                {
                    self.strangers = self.form.set_errors(&problem.errors);
                    return;
                }
                self.failed = Some(error);
            }
        }
    }

    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        self.offer_genres(cx.shared);
    }

    fn offer_genres(&mut self, shared: &Shared) {
        let genres = shared.genres.iter();
        let offered = genres.map(|genre| (genre.slug.clone(), genre.name.clone())).collect();
        self.form.set_options("genre", offered);
    }
}

/// Draws the screen into `body`.
pub(crate) fn view(sell: &Sell, shared: &Shared, frame: &mut Frame, body: Rect) {
    let lang = shared.lang;
    if shared.account.user().is_some_and(|user| !user.is_artist) {
        let (title, hint) = (lang.t("sell.artists-only"), lang.t("sell.become-artist"));
        let buf = frame.buffer_mut();
        return notice::draw(buf, body, shared, &title, &hint, shared.theme.heading);
    }
    let area = Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body };
    frame.buffer_mut().set_string(area.x, area.y, lang.t("sell.heading"), shared.theme.heading);
    let remarks = remarks(sell, shared, usize::from(area.width));
    let below = u16::try_from(remarks.len()).unwrap_or(0).min(area.height / 2);
    let form = Rect { y: area.y + 2, height: area.height.saturating_sub(2 + below), ..area };
    let cursor = sell.form.draw(frame, form, lang, &shared.theme);
    for (line, y) in remarks.iter().zip(form.bottom()..area.bottom()) {
        frame.buffer_mut().set_line(area.x, y, line, area.width);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// What stands below the form: what is on its way, what is wrong, or when it will end.
fn remarks(sell: &Sell, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let lang = shared.lang;
    if let Some(key) = &sell.sent {
        return sending::lines(shared, key, columns);
    }
    if let Some(error) = &sell.failed {
        return failure(shared, error, columns);
    }
    if let Some(error) = sell.strangers.first() {
        let words = crate::i18n::field_error(lang, error);
        let words = format!("{}: {words}", text::clean(&error.field));
        return vec![Line::styled(text::truncate(&words, columns), shared.theme.bad)];
    }
    let Some(end) = sell.end(shared) else { return Vec::new() };
    let (at, left) = (shared.zone.date_time(end, shared.now), countdown(lang, end - shared.now));
    let words = tr!(lang, "sell.preview", end = at, left = left);
    vec![Line::styled(text::truncate(&words, columns), shared.theme.muted)]
}
