//! Opening an account: the phone, its code, then who one is.

use std::time::Duration;

use artipul_common::{
    Timestamp,
    accounts::{
        Secret, SignInRequest, SignUpRequest, VerifyPhoneRequest, check_nickname, normalise_phone,
    },
    client::ClientError,
    limits,
    problem::ProblemCode,
    text::Checks,
};
use chrono::TimeDelta;
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

use super::sign_in::failure;
use crate::{
    app::{
        account::Account,
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{After, Cx, Nav, Shared},
    },
    i18n::tr,
    keymap::Action,
    ui::{
        field::{Kind, TextField},
        form::{Event, Field, Form, Note},
        notice, overlay,
        time::{Grain, countdown},
    },
};

/// How long after the last letter it is asked whether a nickname is free.
const TYPING_PAUSE: Duration = Duration::from_millis(400);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Phone,
    /// A code was sent to this phone, good until then.
    Code {
        phone: String,
        until: Timestamp,
    },
    /// The phone is proven.
    Details {
        phone_token: Secret,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct SignUp {
    step: Step,
    form: Form,
    slot: Slot,
    nickname: Slot,
    nickname_at: Option<Duration>,
    failed: Option<ClientError>,
    after: After,
}

fn phone_form() -> Form {
    Form::new(vec![
        Field::line("phone", "account.phone", 30).hint("account.phone-hint"),
        Field::button("send-code", "sign-up.send-code"),
        Field::button("sign-in", "sign-up.have-account"),
    ])
}

fn code_form() -> Form {
    Form::new(vec![
        Field::text("code", "account.code", TextField::new(Kind::Digits, 6)),
        Field::button("verify", "sign-up.verify"),
        Field::button("send-again", "sign-up.send-again"),
    ])
}

fn details_form() -> Form {
    Form::new(vec![
        Field::line("email", "account.email", *limits::EMAIL_BYTES.end()),
        Field::text("password", "account.password", TextField::new(Kind::Secret, 100))
            .hint("account.password-hint"),
        Field::line("nickname", "account.nickname", *limits::NICKNAME.end())
            .hint("account.nickname-hint"),
        Field::line("name", "account.name", *limits::NAME.end()),
        Field::toggle("is_artist", "account.is-artist", false).hint("account.is-artist-hint"),
        Field::line("college", "account.college", *limits::COLLEGE.end())
            .hint("account.college-hint"),
        Field::button("create", "sign-up.create"),
    ])
}

impl SignUp {
    pub(crate) fn open(after: After) -> Self {
        Self {
            step: Step::Phone,
            form: phone_form(),
            slot: Slot::default(),
            nickname: Slot::default(),
            nickname_at: None,
            failed: None,
            after,
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.slot.is_waiting() || self.nickname.is_waiting()
    }

    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        self.form.takes(event)
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if action == Action::Back {
            return cx.go(Nav::Back);
        }
        let event = self.form.act(action);
        self.heed(event, cx);
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) {
        let event = self.form.key(event);
        self.heed(event, cx);
    }

    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        let event = self.form.paste(pasted);
        self.heed(event, cx);
    }

    pub(crate) fn click(&mut self, at: Position, cx: &mut Cx) {
        let shared = &cx.shared;
        let form = form_area(window(self, crate::app::view::body(shared.size)));
        if let Some(id) = self.form.at(at, form, shared.lang, &shared.theme) {
            let event = self.form.click(id);
            self.heed(event, cx);
        }
    }

    fn heed(&mut self, event: Event, cx: &mut Cx) {
        match event {
            Event::Changed("nickname") => {
                // An answer about the old text is of no use.
                self.nickname.forget();
                self.nickname_at = Some(cx.shared.uptime + TYPING_PAUSE);
            }
            Event::Changed(_) => self.failed = None,
            Event::Pressed("sign-in") => cx.go(Nav::SignIn(self.after)),
            Event::Pressed("send-again") => {
                if let Step::Code { phone, .. } = &self.step {
                    let call = Call::PhoneCode(phone.clone());
                    self.send(call, cx);
                }
            }
            Event::Submitted | Event::Pressed(_) => self.submit(cx),
            Event::Nothing => {}
        }
    }

    fn submit(&mut self, cx: &mut Cx) {
        match &self.step {
            Step::Phone => {
                let phone = self.form.value("phone");
                if normalise_phone(&phone).is_some() {
                    self.send(Call::PhoneCode(phone), cx);
                } else {
                    self.form.set_error("phone", "phone-form");
                }
            }
            Step::Code { phone, .. } => {
                let code = self.form.value("code");
                if code.len() == 6 {
                    let (phone, code) = (phone.clone(), Secret::new(code));
                    self.send(Call::VerifyPhone(VerifyPhoneRequest { phone, code }), cx);
                } else {
                    self.form.set_error("code", "code-form");
                }
            }
            Step::Details { phone_token } => match self.request(phone_token).validated() {
                Ok(request) => self.send(Call::SignUp(Box::new(request)), cx),
                Err(errors) => {
                    self.form.set_errors(&errors);
                }
            },
        }
    }

    fn request(&self, phone_token: &Secret) -> SignUpRequest {
        let is_artist = self.form.is_on("is_artist");
        SignUpRequest {
            email: self.form.value("email"),
            password: Secret::new(self.form.value("password")),
            nickname: self.form.value("nickname"),
            name: self.form.value("name"),
            phone_token: phone_token.clone(),
            is_artist,
            college: self.form.optional("college"),
        }
    }

    fn send(&mut self, call: Call, cx: &mut Cx) {
        if !self.slot.is_waiting() {
            self.failed = None;
            cx.ask(&mut self.slot, call);
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.slot.is_for(id) || self.nickname.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        if self.nickname.take(id) {
            return self.nickname_answered(&outcome);
        }
        self.slot.take(id);
        match outcome {
            Ok(Answer::CodeSent(sent)) => self.code_sent(sent.expires_in, cx),
            Ok(Answer::PhoneVerified(verified)) => {
                self.step = Step::Details { phone_token: verified.phone_token };
                self.form = details_form();
            }
            Ok(Answer::User(_)) if self.is_creating() => {
                // The account is there; the same words open the first session.
                let email = self.form.value("email");
                let password = Secret::new(self.form.value("password"));
                self.form.fields.clear();
                self.form.fields.push(Field::button("wait", "sign-up.create"));
                self.form.focus("wait");
                cx.ask(&mut self.slot, Call::SignIn(SignInRequest { email, password }));
            }
            Ok(Answer::User(user)) => {
                Account::sign_in(cx, *user);
                cx.go(Nav::SignedIn(self.after));
            }
            Ok(_) => {}
            // The account was opened and the session was not: signing in is the way on.
            Err(_) if !self.is_creating() && matches!(self.step, Step::Details { .. }) => {
                cx.go(Nav::SignIn(self.after));
            }
            Err(error) => self.refused(error),
        }
    }

    /// Whether the details are still being filled in.
    fn is_creating(&self) -> bool {
        self.form.fields.iter().any(|field| field.id == "email")
    }

    fn code_sent(&mut self, seconds: u64, cx: &Cx) {
        let phone = match &self.step {
            Step::Code { phone, .. } => phone.clone(),
            _ => self.form.value("phone"),
        };
        let seconds = i64::try_from(seconds).unwrap_or(180);
        let until = cx.shared.now + TimeDelta::seconds(seconds);
        self.step = Step::Code { phone, until };
        self.form = code_form();
    }

    fn refused(&mut self, error: ClientError) {
        let field = match error.code() {
            Some(ProblemCode::EmailTaken) => Some("email"),
            Some(ProblemCode::NicknameTaken) => Some("nickname"),
            Some(ProblemCode::PhoneCodeWrong) => Some("code"),
            _ => None,
        };
        if let (Some(id), Some(code)) = (field, error.code())
            && self.form.fields.iter().any(|field| field.id == id)
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
        if matches!(error.code(), Some(ProblemCode::PhoneTokenInvalid | ProblemCode::PhoneTaken)) {
            self.step = Step::Phone;
            self.form = phone_form();
        }
        self.failed = Some(error);
    }

    fn nickname_answered(&mut self, outcome: &Outcome) {
        // It is checked again when the form is sent; a failure here disturbs nobody.
        let note = match outcome {
            Ok(Answer::NicknameAvailable(true)) => Some(Note::Fine("account.nickname-free")),
            Ok(Answer::NicknameAvailable(false)) => Some(Note::Wrong("account.nickname-taken")),
            _ => None,
        };
        self.form.field_mut("nickname").note = note;
    }

    /// Asks for the nickname once nobody types any more.
    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        if self.nickname_at.is_none_or(|at| at > cx.shared.uptime) {
            return;
        }
        self.nickname_at = None;
        if !self.is_creating() {
            return;
        }
        let mut checks = Checks::default();
        let mut nickname = self.form.value("nickname");
        check_nickname(&mut checks, "nickname", &mut nickname);
        match checks.finish(nickname) {
            Ok(nickname) => {
                self.form.field_mut("nickname").note =
                    Some(Note::Asking("account.nickname-asking"));
                cx.ask(&mut self.nickname, Call::NicknameAvailable(nickname));
            }
            Err(errors) => self.form.field_mut("nickname").error = errors.into_iter().next(),
        }
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        self.nickname_at
    }

    /// The code's time is counted down.
    pub(crate) fn grain(&self, shared: &Shared) -> Option<Grain> {
        matches!(self.step, Step::Code { until, .. } if until > shared.now).then_some(Grain::Second)
    }
}

/// Where the window is.
pub(crate) fn window(sign_up: &SignUp, body: Rect) -> Rect {
    let height = if matches!(sign_up.step, Step::Details { .. }) { 19 } else { 13 };
    overlay::centred(body, 70, height)
}

/// Where the fields are in the window.
fn form_area(window: Rect) -> Rect {
    let inner = overlay::inside(window);
    Rect { y: inner.y + 2, height: inner.height.saturating_sub(4), ..inner }
}

/// Draws the window.
pub(crate) fn view(sign_up: &SignUp, shared: &Shared, frame: &mut Frame, area: Rect) {
    let lang = shared.lang;
    let window = window(sign_up, area);
    let inner = overlay::window(frame, window, &lang.t("sign-up.title"), &shared.theme);
    let step = match &sign_up.step {
        Step::Phone => Line::styled(lang.t("sign-up.step-phone"), shared.theme.muted),
        Step::Code { phone, until } => {
            let left = *until - shared.now;
            if left > TimeDelta::zero() {
                let left = countdown(lang, left);
                let words = tr!(lang, "sign-up.step-code", phone = phone, left = left);
                Line::styled(words.into_owned(), shared.theme.muted)
            } else {
                Line::styled(lang.t("sign-up.code-expired"), shared.theme.warning)
            }
        }
        Step::Details { .. } => Line::styled(lang.t("sign-up.step-details"), shared.theme.muted),
    };
    frame.buffer_mut().set_line(inner.x, inner.y, &step, inner.width);
    let form = form_area(window);
    let cursor = sign_up.form.draw(frame, form, lang, &shared.theme);
    let lines = match &sign_up.failed {
        _ if sign_up.slot.is_waiting() => vec![notice::waiting(shared, "sign-up.waiting")],
        Some(error) => failure(shared, error, usize::from(inner.width)),
        None => Vec::new(),
    };
    for (line, y) in lines.iter().zip(form.bottom()..inner.bottom()) {
        frame.buffer_mut().set_line(inner.x, y, line, inner.width);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}
