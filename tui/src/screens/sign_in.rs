//! Signing in with e-mail and password.

use artipul_common::{
    accounts::{Secret, SignInRequest},
    client::ClientError,
    limits,
    problem::ProblemCode,
    text::Checks,
};
use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

use super::{account::ways::Ways, sending::paragraph};
use crate::{
    app::{
        account::Account,
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{After, Cx, Dialog, Nav, Shared},
    },
    i18n,
    keymap::Action,
    ui::{
        field::{Kind, TextField},
        form::{Event, Field, Form},
        notice, overlay, text,
    },
};

#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    form: Form,
    slot: Slot,
    failed: Option<ClientError>,
    after: After,
}

impl SignIn {
    pub(crate) fn open(after: After) -> Self {
        let form = Form::new(vec![
            Field::line("email", "account.email", *limits::EMAIL_BYTES.end()),
            Field::text("password", "account.password", TextField::new(Kind::Secret, 100)),
            Field::button("sign-in", "sign-in.button"),
            Field::button("sign-up", "sign-in.no-account"),
            Field::button("other-ways", "keep.other-ways"),
        ]);
        Self { form, slot: Slot::default(), failed: None, after }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.slot.is_waiting()
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
        let form = form_area(window(crate::app::view::body(shared.size)));
        if let Some(id) = self.form.at(at, form, shared.lang, &shared.theme) {
            let event = self.form.click(id);
            self.heed(event, cx);
        }
    }

    fn heed(&mut self, event: Event, cx: &mut Cx) {
        match event {
            Event::Submitted | Event::Pressed("sign-in") => self.send(cx),
            Event::Pressed("sign-up") => cx.go(Nav::SignUp(self.after)),
            Event::Pressed("other-ways") => {
                let ways = Ways::in_again(self.after, cx);
                cx.go(Nav::Show(Box::new(Dialog::Ways(ways))));
            }
            Event::Changed(_) => self.failed = None,
            Event::Nothing | Event::Pressed(_) => {}
        }
    }

    fn send(&mut self, cx: &mut Cx) {
        if self.slot.is_waiting() {
            return;
        }
        let mut checks = Checks::default();
        let mut email = self.form.value("email");
        artipul_common::accounts::check_email(&mut checks, "email", &mut email);
        let password = self.form.value("password");
        if password.is_empty() {
            checks.error("password", "required", "");
        }
        match checks.finish(SignInRequest { email, password: Secret::new(password) }) {
            Ok(request) => {
                self.failed = None;
                self.form.clear_errors();
                cx.ask(&mut self.slot, Call::SignIn(request));
            }
            Err(errors) => {
                self.form.set_errors(&errors);
            }
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.slot.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.slot.take(id);
        match outcome {
            Ok(Answer::User(user)) => {
                Account::sign_in(cx, *user);
                cx.go(Nav::SignedIn(self.after));
            }
            Ok(_) => {}
            Err(error) => {
                // Only a password that was wrong must be typed again.
                if error.code() == Some(ProblemCode::CredentialsWrong) {
                    self.form.set("password", "");
                    self.form.focus("password");
                }
                self.failed = Some(error);
            }
        }
    }
}

/// Where the window is.
pub(crate) fn window(body: Rect) -> Rect {
    overlay::centred(body, 66, 13)
}

/// Where the fields are in the window.
fn form_area(window: Rect) -> Rect {
    let inner = overlay::inside(window);
    Rect { y: inner.y + 2, height: inner.height.saturating_sub(5), ..inner }
}

/// Draws the window.
pub(crate) fn view(sign_in: &SignIn, shared: &Shared, frame: &mut Frame, area: Rect) {
    let lang = shared.lang;
    let window = window(area);
    let inner = overlay::window(frame, window, &lang.t("sign-in.title"), &shared.theme);
    let server = text::truncate(&shared.server, usize::from(inner.width));
    frame.buffer_mut().set_string(inner.x, inner.y, server, shared.theme.muted);
    let form = form_area(window);
    let cursor = sign_in.form.draw(frame, form, lang, &shared.theme);
    let below = Rect { y: form.bottom(), height: inner.bottom() - form.bottom(), ..inner };
    let lines = match &sign_in.failed {
        _ if sign_in.is_waiting() => vec![notice::waiting(shared, "sign-in.waiting")],
        Some(error) => failure(shared, error, usize::from(inner.width)),
        None => Vec::new(),
    };
    for (line, y) in lines.iter().zip(below.y + 1..below.bottom()) {
        frame.buffer_mut().set_line(below.x, y, line, below.width);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Why it failed, below a form.
pub(crate) fn failure(shared: &Shared, error: &ClientError, columns: usize) -> Vec<Line<'static>> {
    paragraph(&i18n::failure(shared.lang, error), columns)
        .into_iter()
        .map(|line| line.style(shared.theme.bad))
        .collect()
}
