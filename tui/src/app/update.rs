//! What happens to the model when something happens. Pure: no I/O, no clock; the time and a
//! random number are in [`Ctx`], and what is to be done outside is returned as data.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{
    account::{Account, Who},
    alerts::Attention,
    command,
    effect::{Call, Effect},
    links::Liveness,
    model::{After, Cx, Dialog, Model, Nav, Section},
    msg::{Ctx, Msg},
    navigate,
    outbox::Outbox,
    subs,
    toasts::Tone,
    view,
};
use crate::{
    i18n::tr,
    keymap::{self, Action, When},
    screens::{
        palette::Palette,
        question::{Asked, Question},
        reading::Reading,
    },
    term::speech::Speech,
    ui::text,
};

/// Takes a message. Returns what is to be done.
pub(crate) fn update(model: &mut Model, msg: Msg, ctx: &Ctx) -> Vec<Effect> {
    model.shared.begin(ctx);
    let mut turn = Turn { model, effects: Vec::new(), nav: Vec::new() };
    turn.receive(msg);
    turn.navigate();
    turn.settle();
    turn.navigate();
    turn.model.shared.covers = view::covers(turn.model);
    turn.effects
}

/// One update under way.
pub(super) struct Turn<'a> {
    pub(super) model: &'a mut Model,
    pub(super) effects: Vec<Effect>,
    pub(super) nav: Vec<Nav>,
}

/// What a screen of `$turn` may use.
macro_rules! cx {
    ($turn:expr) => {
        Cx { shared: &mut $turn.model.shared, effects: &mut $turn.effects, nav: &mut $turn.nav }
    };
}
pub(super) use cx;

impl Turn<'_> {
    fn receive(&mut self, msg: Msg) {
        match msg {
            Msg::Started { signed_in: true } => Account::identify(&mut cx!(self)),
            Msg::Started { signed_in: false } => self.model.shared.account.who = Who::Nobody,
            Msg::Key(event) => self.key(event),
            Msg::Mouse(mouse) => self.mouse(mouse),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resized(width, height) => {
                self.model.shared.size = ratatui::layout::Size::new(width, height);
            }
            Msg::Continued(width, height) => {
                self.model.shared.size = ratatui::layout::Size::new(width, height);
                self.model.shared.pictures.were_forgotten();
                self.effects.push(Effect::TakeBack);
            }
            Msg::Focus(focused) => self.model.shared.attention = Attention::focused(focused),
            Msg::Woken => {}
            Msg::Answered(id, outcome) => self.answered(id, *outcome),
            Msg::Live(name, item) => self.live(name, &item),
            Msg::Mine(item) => self.mine(&item),
            Msg::Picture(key, picture) => self.model.shared.pictures.arrived(&key, picture),
            Msg::Terminal(answers) => self.model.shared.take_terminal(&answers),
            Msg::Terminated => self.effects.push(Effect::Quit),
        }
    }

    fn navigate(&mut self) {
        while !self.nav.is_empty() {
            for nav in std::mem::take(&mut self.nav) {
                navigate::go(self, nav);
            }
        }
    }

    fn key(&mut self, event: KeyEvent) {
        if event.kind == KeyEventKind::Release {
            return;
        }
        self.model.shared.clicked = None;
        if self.takes(event) {
            return self.type_key(event);
        }
        let mut meant = false;
        for key in keymap::keys_of(event) {
            // The one before may have opened something that takes this one.
            if let Some(action) = self.model.shared.keymap.action(&self.model.contexts(), key) {
                meant = true;
                self.act(action);
                self.navigate();
            }
        }
        let types = |when: &When| when.is_text() || *when == When::Amount;
        if !meant && self.model.contexts().iter().any(types) {
            self.type_key(event);
        }
    }

    /// Whether the field with the focus takes this key, whatever the key table says.
    fn takes(&self, event: KeyEvent) -> bool {
        match self.model.dialogs.last() {
            Some(Dialog::SignIn(dialog)) => dialog.takes(event),
            Some(Dialog::SignUp(dialog)) => dialog.takes(event),
            Some(Dialog::Window(dialog)) => dialog.takes(event),
            Some(_) => false,
            None => self.model.contexts().contains(&When::Form) && self.model.studio.takes(event),
        }
    }

    fn type_key(&mut self, event: KeyEvent) {
        match self.model.dialogs.last_mut() {
            Some(Dialog::Bid(dialog)) => dialog.key(event),
            Some(Dialog::TopUp(dialog)) => dialog.key(event),
            Some(Dialog::Palette(dialog)) => dialog.key(event),
            Some(Dialog::Images(dialog)) => dialog.key(event),
            Some(Dialog::SignIn(dialog)) => dialog.key(event, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.key(event, &mut cx!(self)),
            Some(Dialog::Window(dialog)) => dialog.key(event, &mut cx!(self)),
            Some(Dialog::Ways(_) | Dialog::Social(_) | Dialog::Artist(_)) => {}
            Some(Dialog::Buy(_) | Dialog::Reading(_) | Dialog::Question(_) | Dialog::Look(_)) => {}
            None => match self.model.section {
                Section::Browse => self.model.browse.key(event, &mut cx!(self)),
                Section::Sell => self.model.studio.key(event, &mut cx!(self)),
                Section::Mine
                | Section::Wallet
                | Section::Notices
                | Section::Account
                | Section::Admin => {}
            },
        }
    }

    fn paste(&mut self, text: &str) {
        let contexts = self.model.contexts();
        match self.model.dialogs.last_mut() {
            Some(Dialog::Bid(dialog)) => dialog.paste(text),
            Some(Dialog::TopUp(dialog)) => dialog.paste(text),
            Some(Dialog::Palette(dialog)) => dialog.paste(text),
            Some(Dialog::Images(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::SignIn(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::Window(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::Ways(_) | Dialog::Social(_) | Dialog::Artist(_)) => {}
            Some(Dialog::Buy(_) | Dialog::Reading(_) | Dialog::Question(_) | Dialog::Look(_)) => {}
            None if contexts.contains(&When::Form) => {
                self.model.studio.paste(text, &mut cx!(self));
            }
            None if contexts.contains(&When::Search) => {
                self.model.browse.paste(text, &mut cx!(self));
            }
            None => {}
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Quit => self.quit(),
            Action::Help => {
                let here = self.model.contexts();
                self.model.dialogs.push(Dialog::Reading(Reading::help(here)));
            }
            Action::Language => {
                let lang = self.model.shared.lang.other();
                self.model.shared.lang = lang;
                self.effects.push(Effect::RememberLang(lang));
            }
            Action::Mouse => self.toggle_mouse(),
            Action::Palette if self.model.contexts().contains(&When::Palette) => {}
            Action::Palette => {
                let palette = Palette::open(self.model);
                self.model.dialogs.push(Dialog::Palette(Box::new(palette)));
            }
            Action::Copy => self.copy(),
            Action::Suspend => {
                self.model.shared.pictures.were_forgotten();
                self.effects.push(Effect::Suspend);
            }
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Account if self.model.shared.account.user().is_some() => {
                self.model.dialogs.push(Dialog::Question(Question::sign_out()));
            }
            Action::Account => self.nav.push(Nav::SignIn(After::Nothing)),
            Action::Rebid => match self.model.rebid() {
                Some(id) => self.nav.push(Nav::Rebid(id)),
                None => self.act_on_top(action),
            },
            Action::Browse => self.nav.push(Nav::Section(Section::Browse)),
            Action::Mine => self.nav.push(Nav::Section(Section::Mine)),
            Action::Wallet => self.nav.push(Nav::Section(Section::Wallet)),
            Action::Sell => self.nav.push(Nav::Section(Section::Sell)),
            Action::Notices => self.nav.push(Nav::Section(Section::Notices)),
            Action::Profile => self.nav.push(Nav::Section(Section::Account)),
            Action::Admin => self.nav.push(Nav::Section(Section::Admin)),
            _ => self.act_on_top(action),
        }
    }

    /// Without the mouse, the terminal selects text by itself again.
    fn toggle_mouse(&mut self) {
        let shared = &mut self.model.shared;
        shared.mouse = !shared.mouse;
        let words = shared.lang.t(if shared.mouse { "toast.mouse-on" } else { "toast.mouse-off" });
        shared.toast(Tone::Plain, words);
        self.effects.push(Effect::Say(Speech::Mouse(shared.mouse)));
    }

    /// Copies what the screen shows as a command line, and says so: not every terminal takes a
    /// text for the clipboard, and from the message it can be read.
    fn copy(&mut self) {
        if let Some(Dialog::Social(dialog)) = self.model.dialogs.last() {
            let dialog = dialog.clone();
            return dialog.copy(&mut cx!(self));
        }
        if let Some(Dialog::Window(window)) = self.model.dialogs.last()
            && let Some(secret) = window.secret()
        {
            self.effects.push(Effect::Say(Speech::CopySecret(secret.clone())));
            let words = self.model.shared.lang.t("keep.token-copied");
            return self.model.shared.toast(Tone::Good, words);
        }
        let line = command::line(self.model);
        let shared = &mut self.model.shared;
        let Some(line) = line else {
            let words = shared.lang.t("copy.nothing");
            return shared.toast(Tone::Plain, words);
        };
        let words = tr!(shared.lang, "copy.done", command = text::clean(&line)).into_owned();
        shared.toast(Tone::Good, words);
        self.effects.push(Effect::Say(Speech::Copy(line)));
    }

    /// Leaves, or asks first where something would be lost. Whoever insists leaves.
    fn quit(&mut self) {
        let asked =
            |dialog: &Dialog| matches!(dialog, Dialog::Question(Question { asked: Asked::Quit }));
        if self.model.has_unsent() && !self.model.dialogs.iter().any(asked) {
            self.model.dialogs.push(Dialog::Question(Question::quit()));
        } else {
            self.effects.push(Effect::Quit);
        }
    }

    fn act_on_top(&mut self, action: Action) {
        if action == Action::Refresh {
            self.model.shared.pictures.retry_failed();
            if self.model.shared.account.is_in_doubt() {
                Account::identify(&mut cx!(self));
            }
        }
        match self.model.dialogs.last_mut() {
            Some(Dialog::Reading(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Look(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Question(question)) => {
                let asked = question.asked;
                self.decide(asked, action);
            }
            Some(Dialog::Palette(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Bid(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Buy(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::TopUp(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Images(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::SignIn(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Window(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Ways(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Social(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Artist(dialog)) => dialog.act(action, &mut cx!(self)),
            None => self.act_on_screen(action),
        }
    }

    fn act_on_screen(&mut self, action: Action) {
        if let Some(page) = &mut self.model.page {
            return page.act(action, &mut cx!(self));
        }
        match self.model.section {
            Section::Browse => self.model.browse.act(action, &mut cx!(self)),
            Section::Mine => self.model.mine.act(action, &mut cx!(self)),
            Section::Wallet => self.model.wallet.act(action, &mut cx!(self)),
            Section::Sell => self.model.studio.act(action, &mut cx!(self)),
            Section::Notices => self.model.notices.act(action, &mut cx!(self)),
            Section::Account => self.model.account.act(action, &mut cx!(self)),
            Section::Admin => self.model.admin.act(action, &mut cx!(self)),
        }
    }

    /// Takes the answer to a question of ours.
    fn decide(&mut self, asked: Asked, action: Action) {
        if !matches!(action, Action::Confirm | Action::Back) {
            return;
        }
        self.model.dialogs.pop();
        if action == Action::Back {
            return;
        }
        match asked {
            Asked::Quit => self.effects.push(Effect::Quit),
            Asked::SignOut => self.nav.push(Nav::SignOut),
            Asked::ListBatch { .. } => self.model.studio.list_batch(&mut cx!(self)),
            Asked::LeaveBatch => self.model.studio.leave_batch(),
            Asked::LeaveImages => self.nav.push(Nav::Back),
            Asked::RemoveImage => {
                if let Some(Dialog::Images(dialog)) = self.model.dialogs.last_mut() {
                    dialog.remove(&mut cx!(self));
                }
            }
            Asked::Discard => self.model.studio.discard(),
            Asked::EndSession(id) => self.model.account.end_session(id, &mut cx!(self)),
            Asked::EndOtherSessions => self.model.account.end_other_sessions(&mut cx!(self)),
            Asked::Unlink => self.model.account.unlink(&mut cx!(self)),
            Asked::TakeBack(id) => self.model.account.take_back(id, &mut cx!(self)),
            Asked::CancelCharge { charge, .. } => {
                self.model.wallet.cancel_charge(charge, &mut cx!(self));
            }
            Asked::Withdraw(id) => match &mut self.model.page {
                Some(page) if page.id() == id => page.withdraw(&mut cx!(self)),
                Some(_) => {}
                None => self.model.studio.withdraw(id, &mut cx!(self)),
            },
        }
    }

    /// What follows by itself from the new state.
    fn settle(&mut self) {
        let uptime = self.model.shared.uptime;
        self.model.shared.toasts.drop_old(uptime);
        Outbox::wake(&mut cx!(self));
        if self.model.shared.account.is_due(uptime) {
            Account::identify(&mut cx!(self));
        }
        self.read_genres();
        let has_page = self.model.page.is_some();
        if let Some(page) = &mut self.model.page {
            page.settle(&mut cx!(self));
        }
        let browsing = self.model.section == Section::Browse && !has_page;
        self.model.browse.settle(&mut cx!(self), browsing);
        if self.model.shared.account.user().is_some() {
            match self.model.section {
                Section::Mine => self.model.mine.settle(&mut cx!(self)),
                Section::Wallet => self.model.wallet.settle(&mut cx!(self)),
                Section::Sell => self.model.studio.settle(&mut cx!(self)),
                Section::Notices => self.model.notices.settle(&mut cx!(self)),
                Section::Account => self.model.account.settle(&mut cx!(self)),
                Section::Admin => self.model.admin.settle(&mut cx!(self)),
                Section::Browse => {}
            }
        }
        match self.model.dialogs.last_mut() {
            Some(Dialog::SignUp(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Look(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Bid(dialog)) => dialog.follow_price(&self.model.shared),
            Some(Dialog::Buy(dialog)) => dialog.look_into_wallet(&self.model.shared),
            Some(Dialog::Images(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Window(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Social(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Artist(dialog)) => dialog.settle(&mut cx!(self)),
            _ => {}
        }
        let links = subs::links(self.model);
        self.model.shared.links.keep(&links);
        self.model.shared.stale = matches!(self.model.liveness(), Liveness::Lost { .. });
        self.model.forget_unused_lots();
    }

    fn read_genres(&mut self) {
        let shared = &self.model.shared;
        let reading = &shared.genres_read;
        let never = shared.genres.is_empty() && reading.error().is_none();
        if (never && !reading.is_waiting()) || reading.is_due(shared.uptime) {
            let id = cx!(self).call(Call::Genres);
            self.model.shared.genres_read.wait_for(id);
        }
    }
}
