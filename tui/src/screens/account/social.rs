//! Signing in with a provider's account, or linking it: the user goes to a browser, and the client
//! waits for what comes of that.

use std::time::Duration;

use artipul_common::{
    Timestamp,
    client::ClientError,
    social::{Flow, Outcome as Came, Provider},
};
use chrono::TimeDelta;
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style},
    text::Line,
};

use super::join::Join;
use crate::{
    app::{
        account::Account,
        effect::{Answer, Call, Effect, Outcome, RequestId, Slot},
        keeping::{Keeping, Kept},
        model::{After, Cx, Dialog, Nav, Shared},
        toasts::Tone,
    },
    i18n::tr,
    keymap::Action,
    screens::{
        sending::paragraph,
        sign_in::failure,
        window::{self, Window},
    },
    term::{graphics::Depth, speech::Speech},
    ui::{
        notice, overlay, qr,
        time::{Grain, countdown},
    },
};

/// How often it is asked what came of it.
const PAUSE: Duration = Duration::from_secs(2);
/// Columns of the words beside a code.
const WORDS: u16 = 46;
/// Columns of the words alone.
const COLUMNS: u16 = 74;

#[derive(Debug, Clone)]
enum Stage {
    Beginning,
    /// The browser is not done.
    Waiting {
        flow: Box<Flow>,
        until: Timestamp,
        ask_at: Duration,
    },
    Failed(ClientError),
    Expired,
    /// It is done, and nothing is left to be shown.
    Over,
}

#[derive(Debug, Clone)]
pub(crate) struct SocialDialog {
    provider: Provider,
    links: bool,
    after: After,
    stage: Stage,
    slot: Slot,
}

impl SocialDialog {
    /// Begins to sign in, and goes on with what was wanted before.
    pub(crate) fn sign_in(provider: Provider, after: After, cx: &mut Cx) -> Self {
        Self::begin(provider, false, after, cx)
    }

    /// Begins to link.
    pub(crate) fn link(provider: Provider, cx: &mut Cx) -> Self {
        Self::begin(provider, true, After::Nothing, cx)
    }

    fn begin(provider: Provider, links: bool, after: After, cx: &mut Cx) -> Self {
        let mut slot = Slot::default();
        let id = provider.id.clone();
        let question = if links { Keeping::BeginLink(id) } else { Keeping::BeginSocial(id) };
        cx.ask(&mut slot, Call::Keeping(question));
        Self { provider, links, after, stage: Stage::Beginning, slot }
    }

    /// Whether it leads into an account.
    pub(crate) fn is_door(&self) -> bool {
        !self.links
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Beginning | Stage::Waiting { .. })
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        action == Action::Back || matches!(self.stage, Stage::Waiting { .. })
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        match (action, &self.stage) {
            (Action::Back, _) => cx.go(Nav::Back),
            (Action::Open, Stage::Waiting { flow, .. }) => {
                cx.effects.push(Effect::OpenBrowser(flow.authorize_url.clone()));
            }
            _ => {}
        }
    }

    /// Copies the address that the browser has to go to.
    pub(crate) fn copy(&self, cx: &mut Cx) {
        if let Stage::Waiting { flow, .. } = &self.stage {
            cx.effects.push(Effect::Say(Speech::Copy(flow.authorize_url.clone())));
            let words = cx.lang().t("social.copied");
            cx.shared.toast(Tone::Good, words);
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.slot.is_for(id)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        self.slot.take(id);
        match outcome {
            Ok(Answer::Kept(Kept::Flow(flow))) => self.begun(flow, cx),
            Ok(Answer::Kept(Kept::Came(came))) => self.came(*came, cx),
            Ok(_) => {}
            Err(error) => match &mut self.stage {
                Stage::Waiting { ask_at, .. } if error.is_passing() => {
                    *ask_at = cx.shared.uptime + PAUSE;
                }
                stage => *stage = Stage::Failed(error),
            },
        }
    }

    fn begun(&mut self, flow: Box<Flow>, cx: &mut Cx) {
        let seconds = i64::try_from(flow.expires_in).unwrap_or(600);
        let until = cx.shared.now + TimeDelta::seconds(seconds);
        cx.effects.push(Effect::OpenBrowser(flow.authorize_url.clone()));
        self.stage = Stage::Waiting { flow, until, ask_at: cx.shared.uptime + PAUSE };
    }

    fn came(&mut self, came: Came, cx: &mut Cx) {
        match came {
            Came::Pending {} => {
                if let Stage::Waiting { ask_at, .. } = &mut self.stage {
                    *ask_at = cx.shared.uptime + PAUSE;
                }
            }
            Came::SignedIn { session } => {
                Account::sign_in(cx, session.user);
                cx.go(Nav::SignedIn(self.after));
            }
            Came::Linked { identity } => {
                let words = tr!(cx.lang(), "social.linked", provider = identity.name).into_owned();
                cx.shared.toast(Tone::Good, words);
                cx.go(Nav::Changed);
                self.stage = Stage::Over;
            }
            Came::SignUpNeeded {
                sign_up_token,
                email,
                suggested_email,
                suggested_nickname,
                name,
                ..
            } => {
                let join = Join {
                    provider: self.provider.name.clone(),
                    sign_up_token,
                    email,
                    suggested_email,
                    suggested_nickname,
                    name,
                    after: self.after,
                };
                let purpose = window::Purpose::Join(Box::new(join));
                let window = Window::open(purpose, cx.shared);
                self.stage = Stage::Over;
                cx.go(Nav::Instead(Box::new(Dialog::Window(Box::new(window)))));
            }
        }
    }

    /// Asks again when it is time, and goes once it is done.
    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        match &self.stage {
            Stage::Over => cx.go(Nav::Back),
            Stage::Waiting { until, .. } if *until <= cx.shared.now => self.stage = Stage::Expired,
            Stage::Waiting { flow, ask_at, .. }
                if *ask_at <= cx.shared.uptime && !self.slot.is_waiting() =>
            {
                let question = Keeping::Collect(flow.clone());
                cx.ask(&mut self.slot, Call::Keeping(question));
            }
            _ => {}
        }
    }

    pub(crate) fn next_change(&self) -> Option<Duration> {
        match self.stage {
            Stage::Waiting { ask_at, .. } if !self.slot.is_waiting() => Some(ask_at),
            _ => None,
        }
    }

    /// The time that is left is counted down.
    pub(crate) fn grain(&self) -> Option<Grain> {
        matches!(self.stage, Stage::Waiting { .. }).then_some(Grain::Second)
    }

    fn lines(&self, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
        let (lang, theme) = (shared.lang, &shared.theme);
        match &self.stage {
            Stage::Beginning | Stage::Over => vec![notice::waiting(shared, "sign-up.waiting")],
            Stage::Failed(error) => failure(shared, error, columns),
            Stage::Expired => paragraph(&lang.t("social.expired"), columns),
            Stage::Waiting { flow, until, .. } => {
                let mut lines = paragraph(&lang.t("social.open"), columns);
                lines.push(Line::default());
                lines.extend(
                    window::broken(&flow.authorize_url, columns)
                        .into_iter()
                        .map(|part| Line::styled(part, theme.accent)),
                );
                lines.push(Line::default());
                lines.extend(paragraph(&lang.t("social.phrase"), columns));
                lines.push(Line::styled(format!("  {}", flow.phrase), theme.heading));
                lines.push(Line::default());
                let left = countdown(lang, *until - shared.now);
                let words = tr!(lang, "social.waiting", left = left).into_owned();
                lines.push(notice::spinning(shared, words));
                lines
            }
        }
    }

    /// The code with the address, if both it and the words fit.
    fn code(&self, body: Rect) -> Option<qr::Code> {
        let Stage::Waiting { flow, .. } = &self.stage else { return None };
        let code = qr::Code::of(&flow.authorize_url)?;
        let (width, height) = code.size();
        let fits = width + WORDS + 6 <= body.width && height + 2 <= body.height;
        fits.then_some(code)
    }

    /// Where the window is.
    pub(crate) fn place(&self, shared: &Shared, body: Rect) -> Rect {
        if let Some(code) = self.code(body) {
            let (width, height) = code.size();
            return overlay::centred(body, width + WORDS + 6, height + 2);
        }
        let columns = usize::from(COLUMNS.min(body.width).saturating_sub(4));
        let lines = self.lines(shared, columns).len();
        let height = u16::try_from(lines).unwrap_or(body.height).saturating_add(2);
        overlay::centred(body, COLUMNS, height)
    }
}

/// Draws the window.
pub(crate) fn view(dialog: &SocialDialog, shared: &Shared, frame: &mut Frame, body: Rect) {
    let place = dialog.place(shared, body);
    let title = tr!(shared.lang, "social.title", provider = dialog.provider.name);
    let inner = overlay::window(frame, place, &title, &shared.theme);
    let buf = frame.buffer_mut();
    let Some(code) = dialog.code(body) else {
        let lines = dialog.lines(shared, inner.width.into());
        return overlay::write(buf, inner, &lines);
    };
    let (width, _) = code.size();
    let style = match shared.theme.depth {
        Depth::Mono => Style::new(),
        _ => Style::new().fg(Color::White).bg(Color::Black),
    };
    code.draw(buf, inner, style);
    let x = inner.x + width + 2;
    let words = Rect { x, width: inner.right().saturating_sub(x), ..inner };
    overlay::write(buf, words, &dialog.lines(shared, words.width.into()));
}
