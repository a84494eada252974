//! A window in which one thing is done by a form: a phone is proven where that is needed, the form
//! is filled in, asked about again where much depends on it, and sent; then it says what came of it
//! or goes.
//!
//! What is done in it is a [`Purpose`].

use artipul_common::{
    Timestamp,
    accounts::{Secret, VerifyPhoneRequest, normalise_phone},
    client::ClientError,
    problem::{FieldError, ProblemCode},
};
use chrono::TimeDelta;
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

use super::{
    account::{join::Join, purpose::Purpose as Keep},
    admin::deed::Deed,
    sending::paragraph,
    sign_in::failure,
};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Nav, Shared},
        toasts::Tone,
    },
    i18n::{self, tr},
    keymap::{Action, When},
    ui::{
        field::{Kind, TextField},
        form::{Control, Event, Field, Form},
        notice, overlay, text,
        time::{Grain, countdown},
    },
};

/// What is done in a window.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// Something with one's own account.
    Keep(Keep),
    /// Opening an account for somebody whom a provider knows.
    Join(Box<Join>),
    /// Something that administrators do.
    Deed(Deed),
}

/// What came of it.
pub(crate) enum End {
    /// The window goes with a message.
    Said(String),
    /// It goes, and what follows says enough.
    Silent,
    /// It is gone already.
    Left,
    /// It stays to show this.
    Shown(Found),
}

/// What a window shows when it has done its work.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// An address, most of it hidden.
    Email(String),
    /// A personal access token.
    Token(Secret),
}

#[derive(Debug, Clone)]
enum Stage {
    /// A phone is typed.
    Phone,
    /// A code was sent to this phone, good until then.
    Code {
        phone: String,
        until: Timestamp,
    },
    /// The rest is typed.
    Details,
    /// It is asked whether that is meant.
    Sure(Box<Call>),
    Found(Found),
    /// It is done, and nothing is left to be shown.
    Over,
}

#[derive(Debug, Clone)]
pub(crate) struct Window {
    purpose: Purpose,
    stage: Stage,
    form: Form,
    /// From the verification of a phone.
    proof: Option<Secret>,
    slot: Slot,
    failed: Option<ClientError>,
}

const COLUMNS: u16 = 70;

fn phone_form() -> Form {
    Form::new(vec![
        Field::line("phone", "account.phone", 30).hint("account.phone-hint"),
        Field::button("send-code", "sign-up.send-code"),
    ])
}

fn code_form() -> Form {
    Form::new(vec![
        Field::text("code", "account.code", TextField::new(Kind::Digits, 6)),
        Field::button("verify", "sign-up.verify"),
        Field::button("send-again", "sign-up.send-again"),
    ])
}

impl Purpose {
    fn title(&self) -> &'static str {
        match self {
            Self::Keep(keep) => keep.title(),
            Self::Join(_) => "sign-up.title",
            Self::Deed(deed) => deed.title(),
        }
    }

    fn needs_phone(&self) -> bool {
        match self {
            Self::Keep(keep) => keep.needs_phone(),
            Self::Join(_) => true,
            Self::Deed(_) => false,
        }
    }

    /// What is said where the phone is typed.
    fn to_phone(&self) -> &'static str {
        match self {
            Self::Keep(Keep::Phone) => "keep.to-new-phone",
            Self::Join(_) => "social.to-phone",
            _ => "keep.to-phone",
        }
    }

    fn form(&self, shared: &Shared) -> Form {
        match self {
            Self::Keep(keep) => keep.form(shared),
            Self::Join(join) => join.form(),
            Self::Deed(deed) => deed.form(),
        }
    }

    fn explained(&self, shared: &Shared) -> String {
        match self {
            Self::Keep(keep) => keep.explained(shared),
            Self::Join(join) => join.explained(shared),
            Self::Deed(deed) => deed.explained(shared),
        }
    }

    fn call(
        &self,
        form: &Form,
        proof: Option<&Secret>,
        shared: &Shared,
    ) -> Result<Option<Call>, Vec<FieldError>> {
        match self {
            Self::Keep(keep) => keep.call(form, proof, shared),
            Self::Join(join) => join.call(form, proof),
            Self::Deed(deed) => deed.call(form),
        }
    }

    /// Whether it is asked about again before it is sent.
    fn is_asked_about(&self) -> bool {
        matches!(self, Self::Deed(deed) if deed.is_asked_about())
    }

    fn ended(&self, form: &Form, answer: Answer, cx: &mut Cx) -> End {
        match self {
            Self::Keep(keep) => keep.ended(answer, cx),
            Self::Join(join) => join.ended(answer, cx),
            Self::Deed(deed) => deed.ended(form, cx),
        }
    }
}

impl Window {
    pub(crate) fn open(purpose: Purpose, shared: &Shared) -> Self {
        let (stage, form) = if purpose.needs_phone() {
            (Stage::Phone, phone_form())
        } else {
            (Stage::Details, purpose.form(shared))
        };
        Self { purpose, stage, form, proof: None, slot: Slot::default(), failed: None }
    }

    /// Whether it leads into an account, so that it stays when nobody is signed in.
    pub(crate) fn is_door(&self) -> bool {
        match &self.purpose {
            Purpose::Keep(keep) => matches!(keep, Keep::FindEmail | Keep::ResetPassword),
            Purpose::Join(_) => true,
            Purpose::Deed(_) => false,
        }
    }

    pub(crate) fn when(&self) -> When {
        match self.stage {
            Stage::Sure(_) => When::Question,
            Stage::Found(_) | Stage::Over => When::Found,
            Stage::Phone | Stage::Code { .. } | Stage::Details => When::Form,
        }
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        action != Action::Copy || self.secret().is_some()
    }

    /// What is shown this once, and may be copied.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match &self.stage {
            Stage::Found(Found::Token(token)) => Some(token),
            _ => None,
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.slot.is_waiting()
    }

    /// The code's time is counted down.
    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        matches!(self.stage, Stage::Code { until, .. } if until > shared.now)
            .then_some(Grain::Second)
    }

    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        self.when() == When::Form && self.form.takes(event)
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        match (&self.stage, action) {
            (Stage::Sure(call), Action::Confirm) => {
                let call = Call::clone(call);
                self.send(call, cx);
            }
            (Stage::Sure(_), Action::Back) if !self.is_waiting() => self.stage = Stage::Details,
            (_, Action::Back) => cx.go(Nav::Back),
            (Stage::Phone | Stage::Code { .. } | Stage::Details, _) => {
                let event = self.form.act(action);
                self.heed(event, cx);
            }
            _ => {}
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) {
        if self.when() == When::Form {
            let event = self.form.key(event);
            self.heed(event, cx);
        }
    }

    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        if self.when() == When::Form {
            let event = self.form.paste(pasted);
            self.heed(event, cx);
        }
    }

    pub(crate) fn click(&mut self, at: Position, cx: &mut Cx) {
        let shared = &cx.shared;
        let body = crate::app::view::body(shared.size);
        let place = self.form_place(shared, overlay::inside(self.place(shared, body)));
        let found = self.form.at(at, place, shared.lang, &shared.theme);
        if let Some(id) = found.filter(|_| self.when() == When::Form) {
            let event = self.form.click(id);
            self.heed(event, cx);
        }
    }

    fn heed(&mut self, event: Event, cx: &mut Cx) {
        match event {
            Event::Nothing => {}
            Event::Changed(_) => self.failed = None,
            Event::Pressed("send-again") => {
                if let Stage::Code { phone, .. } = &self.stage {
                    let call = Call::PhoneCode(phone.clone());
                    self.send(call, cx);
                }
            }
            Event::Submitted | Event::Pressed(_) => self.submit(cx),
        }
    }

    fn submit(&mut self, cx: &mut Cx) {
        match &self.stage {
            Stage::Phone => {
                let phone = self.form.value("phone");
                if normalise_phone(&phone).is_some() {
                    self.send(Call::PhoneCode(phone), cx);
                } else {
                    self.form.set_error("phone", "phone-form");
                }
            }
            Stage::Code { phone, .. } => {
                let code = self.form.value("code");
                if code.len() == 6 {
                    let (phone, code) = (phone.clone(), Secret::new(code));
                    self.send(Call::VerifyPhone(VerifyPhoneRequest { phone, code }), cx);
                } else {
                    self.form.set_error("code", "code-form");
                }
            }
            Stage::Details => self.submit_details(cx),
            Stage::Sure(_) | Stage::Found(_) | Stage::Over => {}
        }
    }

    fn submit_details(&mut self, cx: &mut Cx) {
        if self.is_waiting() {
            return;
        }
        match self.purpose.call(&self.form, self.proof.as_ref(), cx.shared) {
            Ok(Some(call)) if self.purpose.is_asked_about() => {
                self.form.clear_errors();
                self.failed = None;
                self.stage = Stage::Sure(Box::new(call));
            }
            Ok(Some(call)) => {
                self.form.clear_errors();
                self.send(call, cx);
            }
            Ok(None) => {
                let end = self.purpose.ended(&self.form, Answer::Done, cx);
                self.end(end, cx);
            }
            Err(errors) => {
                self.form.set_errors(&errors);
            }
        }
    }

    fn send(&mut self, call: Call, cx: &mut Cx) {
        if !self.slot.is_waiting() {
            self.failed = None;
            cx.ask(&mut self.slot, call);
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.slot.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.slot.take(id);
        match outcome {
            Ok(Answer::CodeSent(sent)) => self.code_sent(sent.expires_in, cx),
            Ok(Answer::PhoneVerified(verified)) => self.proven(verified.phone_token, cx),
            Ok(answer) => {
                let end = self.purpose.ended(&self.form, answer, cx);
                self.end(end, cx);
            }
            Err(error) => self.refused(error, cx.shared),
        }
    }

    fn code_sent(&mut self, seconds: u64, cx: &Cx) {
        let phone = match &self.stage {
            Stage::Code { phone, .. } => phone.clone(),
            _ => self.form.value("phone"),
        };
        let seconds = i64::try_from(seconds).unwrap_or(180);
        let until = cx.shared.now + TimeDelta::seconds(seconds);
        self.stage = Stage::Code { phone, until };
        self.form = code_form();
    }

    fn proven(&mut self, phone_token: Secret, cx: &mut Cx) {
        self.proof = Some(phone_token);
        self.stage = Stage::Details;
        self.form = self.purpose.form(cx.shared);
        // Where nothing else has to be typed, the proof is all that is sent.
        if self.form.fields.iter().all(|field| matches!(field.control, Control::Button)) {
            self.submit_details(cx);
        }
    }

    fn end(&mut self, end: End, cx: &mut Cx) {
        self.stage = match end {
            End::Shown(found) => Stage::Found(found),
            End::Silent => Stage::Over,
            End::Left => return,
            End::Said(words) => {
                cx.shared.toast(Tone::Good, words);
                Stage::Over
            }
        };
    }

    /// Goes once it is done and nothing lies over it.
    pub(crate) fn settle(&self, cx: &mut Cx) {
        if matches!(self.stage, Stage::Over) {
            cx.go(Nav::Back);
        }
    }

    fn refused(&mut self, error: ClientError, shared: &Shared) {
        if matches!(self.stage, Stage::Sure(_)) {
            self.stage = Stage::Details;
        }
        let field = match error.code() {
            Some(ProblemCode::EmailTaken) => Some("email"),
            Some(ProblemCode::NicknameTaken) => Some("nickname"),
            Some(ProblemCode::PhoneCodeWrong) => Some("code"),
            _ => None,
        };
        if let (Some(id), Some(code)) = (field, error.code())
            && self.form.has(id)
        {
            self.form.set_error(id, code.as_str());
            return self.form.focus(id);
        }
        if let ClientError::Problem(problem) = &error
            && !problem.errors.is_empty()
            && self.form.set_errors(&problem.errors).is_empty()
        {
            return;
        }
        let void = matches!(
            error.code(),
            Some(
                ProblemCode::PhoneTokenInvalid
                    | ProblemCode::PhoneTaken
                    | ProblemCode::AccountNotFound
            )
        );
        if void && self.purpose.needs_phone() {
            *self = Self::open(self.purpose.clone(), shared);
        }
        self.failed = Some(error);
    }

    /// What is said above the form.
    fn explained(&self, shared: &Shared) -> (String, bool) {
        let lang = shared.lang;
        match &self.stage {
            Stage::Phone => (lang.t(self.purpose.to_phone()).into_owned(), false),
            Stage::Code { phone, until } => {
                let left = *until - shared.now;
                if left > TimeDelta::zero() {
                    let left = countdown(lang, left);
                    (tr!(lang, "keep.to-code", phone = phone, left = left).into_owned(), false)
                } else {
                    (lang.t("sign-up.code-expired").into_owned(), true)
                }
            }
            _ => (self.purpose.explained(shared), false),
        }
    }

    /// What is said below the form.
    fn remarks(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        if self.is_waiting() {
            return vec![notice::waiting(shared, "sign-up.waiting")];
        }
        let Some(error) = &self.failed else { return Vec::new() };
        let mut lines = failure(shared, error, columns);
        if let ClientError::Problem(problem) = error
            && problem.code == ProblemCode::AccountInUse
        {
            for tie in &problem.errors {
                let words = i18n::field_error(shared.lang, tie);
                lines.push(Line::styled(format!("  · {words}"), shared.theme.bad));
            }
        }
        lines
    }

    /// The lines of the form with a hint and its buttons.
    fn form_lines(&self) -> u16 {
        let lines = self.form.fields.iter().map(|field| match field.control {
            Control::Paragraph(_) => 4,
            Control::Button => 0,
            _ => 1,
        });
        // A hint of two lines, a gap, the buttons.
        lines.sum::<u16>() + 4
    }

    /// Where the window is.
    pub(crate) fn place(&self, shared: &Shared, body: Rect) -> Rect {
        let columns = usize::from(COLUMNS.min(body.width).saturating_sub(4));
        let lines = match &self.stage {
            Stage::Found(_) | Stage::Sure(_) | Stage::Over => self.words(shared, columns).len(),
            _ => {
                let above = paragraph(&self.explained(shared).0, columns).len() + 1;
                above + usize::from(self.form_lines()) + self.remarks(shared, columns).len().max(2)
            }
        };
        let height = u16::try_from(lines).unwrap_or(body.height).saturating_add(2);
        overlay::centred(body, COLUMNS, height)
    }

    /// Where the form is in the room of the window: between what is said above and below it.
    fn form_place(&self, shared: &Shared, inner: Rect) -> Rect {
        let columns = usize::from(inner.width);
        let lines = |count: usize| u16::try_from(count).unwrap_or(inner.height);
        let above = lines(paragraph(&self.explained(shared).0, columns).len() + 1);
        let below = lines(self.remarks(shared, columns).len().max(1));
        let y = inner.y + above.min(inner.height);
        Rect { y, height: inner.bottom().saturating_sub(y + below), ..inner }
    }

    /// What is said where nothing is typed.
    fn words(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        let (lang, theme) = (shared.lang, &shared.theme);
        let mut lines = Vec::new();
        match &self.stage {
            Stage::Sure(_) => {
                lines.extend(paragraph(&self.purpose.explained(shared), columns));
                if self.form.has("reason") {
                    lines.push(Line::default());
                    let reason =
                        format!("{}: {}", lang.t("office.reason"), self.form.value("reason"));
                    lines.extend(paragraph(&text::clean(&reason), columns));
                }
                lines.push(Line::default());
                lines.push(match self.is_waiting() {
                    true => notice::waiting(shared, "sign-up.waiting"),
                    false => Line::styled(lang.t("question.sure"), theme.heading),
                });
            }
            Stage::Found(Found::Email(email)) => {
                lines.push(Line::styled(lang.t("keep.email-found"), theme.muted));
                lines.push(Line::default());
                lines.push(Line::styled(email.clone(), theme.heading));
            }
            Stage::Found(Found::Token(token)) => {
                lines.extend(paragraph(&lang.t("keep.token-shown"), columns));
                lines.push(Line::default());
                lines.extend(
                    broken(token.reveal(), columns)
                        .into_iter()
                        .map(|part| Line::styled(part, theme.accent)),
                );
            }
            _ => {}
        }
        lines
    }
}

/// A word that is too long for a line, in lines.
pub(super) fn broken(word: &str, columns: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(columns.max(1)).map(|part| part.iter().collect()).collect()
}

/// Draws the window.
pub(crate) fn view(window: &Window, shared: &Shared, frame: &mut Frame, body: Rect) {
    let lang = shared.lang;
    let place = window.place(shared, body);
    let inner = overlay::window(frame, place, &lang.t(window.purpose.title()), &shared.theme);
    let columns = usize::from(inner.width);
    if window.when() != When::Form {
        return overlay::write(frame.buffer_mut(), inner, &window.words(shared, columns));
    }
    let (words, is_warning) = window.explained(shared);
    let style = if is_warning { shared.theme.warning } else { shared.theme.muted };
    let form = window.form_place(shared, inner);
    for (line, y) in paragraph(&words, columns).into_iter().zip(inner.y..form.y) {
        frame.buffer_mut().set_line(inner.x, y, &line.style(style), inner.width);
    }
    let remarks = window.remarks(shared, columns);
    let cursor = window.form.draw(frame, form, lang, &shared.theme);
    for (line, y) in remarks.iter().zip(form.bottom()..inner.bottom()) {
        frame.buffer_mut().set_line(inner.x, y, line, inner.width);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}
