//! What happens to the model when something happens. Pure: no I/O, no clock; the time and a
//! random number are in [`Ctx`], and what is to be done outside is returned as data.

use artipul_common::{
    AuctionId,
    auctions::Phase,
    client::{
        ClientError,
        stream::{AuctionEvent, Item, UserEvent},
    },
    events::{AuctionEventKind, NoticeKind},
};
use crossterm::event::{KeyEvent, KeyEventKind};

use super::{
    account::{self, Account, Who},
    effect::{Answer, Call, Effect, Outcome, RequestId},
    links::{self, LinkName, Liveness},
    model::{After, Cx, Dialog, Model, Nav, Section},
    msg::{Ctx, Msg},
    navigate,
    outbox::{Errand, Outbox, Settled},
    subs,
    toasts::Tone,
};
use crate::{
    i18n,
    keymap::{self, Action, When},
    screens::{
        notices,
        question::{Asked, Question},
        reading::Reading,
    },
};

/// Takes a message. Returns what is to be done.
pub(crate) fn update(model: &mut Model, msg: Msg, ctx: &Ctx) -> Vec<Effect> {
    model.shared.begin(ctx);
    let mut turn = Turn { model, effects: Vec::new(), nav: Vec::new() };
    turn.receive(msg);
    turn.navigate();
    turn.settle();
    turn.navigate();
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
            Msg::Paste(text) => self.paste(&text),
            Msg::Resized(width, height) => {
                self.model.shared.size = ratatui::layout::Size::new(width, height);
            }
            Msg::Woken => {}
            Msg::Answered(id, outcome) => self.answered(id, *outcome),
            Msg::Live(name, item) => self.live(name, &item),
            Msg::Mine(item) => self.mine(&item),
            Msg::Picture(url, picture) => self.model.shared.pictures.arrived(&url, picture),
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
        if self.takes(event) {
            return self.type_key(event);
        }
        let mut meant = false;
        for key in keymap::keys_of(event) {
            // The one before may have opened something that takes this one.
            if let Some(action) = keymap::action(&self.model.contexts(), key) {
                meant = true;
                self.act(action);
                self.navigate();
            }
        }
        let types = |when: &When| matches!(when, When::Form | When::Search | When::Amount);
        if !meant && self.model.contexts().iter().any(types) {
            self.type_key(event);
        }
    }

    /// Whether the field with the focus takes this key, whatever the key table says.
    fn takes(&self, event: KeyEvent) -> bool {
        match self.model.dialogs.last() {
            Some(Dialog::SignIn(dialog)) => dialog.takes(event),
            Some(Dialog::SignUp(dialog)) => dialog.takes(event),
            Some(_) => false,
            None => self.model.contexts().contains(&When::Form) && self.model.sell.takes(event),
        }
    }

    fn type_key(&mut self, event: KeyEvent) {
        match self.model.dialogs.last_mut() {
            Some(Dialog::Bid(dialog)) => dialog.key(event),
            Some(Dialog::TopUp(dialog)) => dialog.key(event),
            Some(Dialog::SignIn(dialog)) => dialog.key(event, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.key(event, &mut cx!(self)),
            Some(Dialog::Buy(_) | Dialog::Reading(_) | Dialog::Question(_)) => {}
            None => match self.model.section {
                Section::Browse => self.model.browse.key(event, &mut cx!(self)),
                Section::Sell => self.model.sell.key(event, &mut cx!(self)),
                Section::Mine | Section::Wallet | Section::Notices => {}
            },
        }
    }

    fn paste(&mut self, text: &str) {
        let contexts = self.model.contexts();
        match self.model.dialogs.last_mut() {
            Some(Dialog::Bid(dialog)) => dialog.paste(text),
            Some(Dialog::TopUp(dialog)) => dialog.paste(text),
            Some(Dialog::SignIn(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.paste(text, &mut cx!(self)),
            Some(Dialog::Buy(_) | Dialog::Reading(_) | Dialog::Question(_)) => {}
            None if contexts.contains(&When::Form) => {
                self.model.sell.paste(text, &mut cx!(self));
            }
            None if contexts.contains(&When::Search) => {
                self.model.browse.paste(text, &mut cx!(self));
            }
            None => {}
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Quit => self.quit(),
            Action::Help => {
                let here = self.model.contexts();
                self.model.dialogs.push(Dialog::Reading(Reading::help(here)));
            }
            Action::Language => self.model.shared.lang = self.model.shared.lang.other(),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Account if self.model.shared.account.user().is_some() => {
                self.model.dialogs.push(Dialog::Question(Question::sign_out()));
            }
            Action::Account => self.nav.push(Nav::SignIn(After::Nothing)),
            Action::Browse => self.nav.push(Nav::Section(Section::Browse)),
            Action::Mine => self.nav.push(Nav::Section(Section::Mine)),
            Action::Wallet => self.nav.push(Nav::Section(Section::Wallet)),
            Action::Sell => self.nav.push(Nav::Section(Section::Sell)),
            Action::Notices => self.nav.push(Nav::Section(Section::Notices)),
            _ => self.act_on_top(action),
        }
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
        }
        match self.model.dialogs.last_mut() {
            Some(Dialog::Reading(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Question(question)) => {
                let asked = question.asked;
                self.decide(asked, action);
            }
            Some(Dialog::Bid(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::Buy(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::TopUp(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::SignIn(dialog)) => dialog.act(action, &mut cx!(self)),
            Some(Dialog::SignUp(dialog)) => dialog.act(action, &mut cx!(self)),
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
            Section::Sell => self.model.sell.act(action, &mut cx!(self)),
            Section::Notices => self.model.notices.act(action, &mut cx!(self)),
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
            Asked::Withdraw(id) => {
                if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
                    page.withdraw(&mut cx!(self));
                }
            }
        }
    }

    fn answered(&mut self, id: RequestId, outcome: Outcome) {
        let shared = &mut self.model.shared;
        let reached = !matches!(outcome, Err(ClientError::Offline(_)));
        shared.links.call(reached, shared.now);
        if outcome.is_ok() {
            shared.read_at = Some(shared.now);
        }
        let signed_out = matches!(outcome, Err(ClientError::SignedOut));
        self.deliver(id, outcome);
        if signed_out && !self.model.shared.account.is_nobody() {
            self.session_over();
        }
    }

    /// Gives an answer to the one who asked. Who asked for something newer since gets nothing.
    fn deliver(&mut self, id: RequestId, outcome: Outcome) {
        let model = &mut *self.model;
        if model.shared.account.owns(id) {
            if Account::answered(&mut cx!(self), id, outcome) == account::Turn::SignedOut {
                self.session_over();
            }
        } else if model.shared.outbox.owns(id) {
            if let Some(settled) = Outbox::answered(&mut cx!(self), id, outcome) {
                self.settled(settled);
            }
        } else if model.shared.genres_read.owns(id) {
            let uptime = model.shared.uptime;
            model.shared.genres_read.take(id, &outcome, uptime);
            if let Ok(Answer::Genres(genres)) = outcome {
                model.shared.genres = genres.items;
            }
        } else if let Some(index) =
            model.shared.watching.iter().position(|(known, ..)| *known == id)
        {
            let (_, auction, watching) = model.shared.watching.remove(index);
            self.watched(auction, watching, &outcome);
        } else if let Some(index) = model.shared.rereads.iter().position(|known| *known == id) {
            model.shared.rereads.remove(index);
            if let Ok(Answer::Auction(auction)) = outcome {
                model.shared.lots.put(*auction);
            }
        } else if model.shared.signing_out.take(id) {
            if let Err(error) = outcome {
                model.shared.fail(&error);
            }
        } else {
            self.deliver_to_screen(id, outcome);
        }
    }

    fn deliver_to_screen(&mut self, id: RequestId, outcome: Outcome) {
        for dialog in &mut self.model.dialogs {
            match dialog {
                Dialog::Bid(dialog) if dialog.owns(id) => {
                    return dialog.answered(outcome, &mut cx!(self));
                }
                Dialog::TopUp(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::SignIn(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::SignUp(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                _ => {}
            }
        }
        if let Some(page) = self.model.page.as_mut().filter(|page| page.owns(id)) {
            page.answered(id, outcome, &mut cx!(self));
        } else if self.model.browse.owns(id) {
            self.model.browse.answered(id, outcome, &mut cx!(self));
        } else if self.model.mine.owns(id) {
            self.model.mine.answered(id, outcome, &mut cx!(self));
        } else if self.model.wallet.owns(id) {
            self.model.wallet.answered(id, outcome, &mut cx!(self));
        } else if self.model.sell.owns(id) {
            self.model.sell.answered(id, outcome, &mut cx!(self));
        } else if self.model.notices.owns(id) {
            self.model.notices.answered(id, outcome, &mut cx!(self));
        }
    }

    /// The session has ended without the user having asked for it.
    fn session_over(&mut self) {
        navigate::forget_user(self);
        let words = self.model.shared.lang.t("toast.session-over");
        self.model.shared.toast(Tone::Warning, words);
    }

    fn watched(&mut self, auction: AuctionId, watching: bool, outcome: &Outcome) {
        let shared = &mut self.model.shared;
        match outcome {
            Ok(_) => {
                shared.lots.set_watching(auction, watching);
                let words = if watching { "toast.watched" } else { "toast.unwatched" };
                let words = shared.lang.t(words).into_owned();
                shared.toasts.push(shared.uptime, Tone::Plain, words, Some(auction));
                self.nav.push(Nav::Changed);
            }
            Err(error) => shared.fail(error),
        }
    }

    /// What was sent exactly once came out: the window that sent it says so, or a message does.
    fn settled(&mut self, settled: Settled) {
        if let Ok(Answer::Receipt(receipt)) = &settled.result {
            self.model.shared.lots.receipt(receipt);
            self.reread(receipt.auction_id);
        }
        if settled.result.is_ok() {
            self.nav.push(Nav::Changed);
        }
        let key = settled.key.clone();
        for dialog in &mut self.model.dialogs {
            match dialog {
                Dialog::Bid(dialog) if dialog.sent(&key) => {
                    return dialog.settled(settled, &mut cx!(self));
                }
                Dialog::Buy(dialog) if dialog.sent(&key) => return dialog.settled(settled),
                Dialog::TopUp(dialog) if dialog.sent(&key) => {
                    return dialog.settled(settled, &mut cx!(self));
                }
                _ => {}
            }
        }
        if self.model.sell.sent(&key) {
            return self.model.sell.settled(settled, &mut cx!(self));
        }
        self.tell(&settled);
    }

    /// Says how something came out whose window was closed.
    fn tell(&mut self, settled: &Settled) {
        use artipul_common::bids::BidResult;
        let shared = &mut self.model.shared;
        let lang = shared.lang;
        let about = match settled.errand {
            Errand::Bid { auction, .. } | Errand::Buy { auction, .. } => Some(auction),
            Errand::Charge { .. } | Errand::ListWork(_) => None,
        };
        let (words, tone) = match &settled.result {
            Ok(Answer::Receipt(receipt)) => match receipt.result {
                BidResult::Leading => (lang.t("bid.leading").into_owned(), Tone::Good),
                BidResult::Outbid => (lang.t("bid.outbid").into_owned(), Tone::Bad),
                BidResult::Bought => (lang.t("bid.bought").into_owned(), Tone::Good),
            },
            // A charge or a listing is told by what it changes.
            Ok(_) => return,
            Err(error) => {
                let why = i18n::failure(lang, error);
                let title = if settled.unsure { "sending.still-unknown" } else { "bid.refused" };
                (format!("{}: {why}", lang.t(title)), Tone::Bad)
            }
        };
        shared.toasts.push(shared.uptime, tone, words, about);
    }

    /// Reads an auction again, to learn the user's part in it.
    fn reread(&mut self, id: AuctionId) {
        if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
            page.read_auction(&mut cx!(self));
        } else {
            let request = cx!(self).call(Call::Auction(id));
            self.model.shared.rereads.push(request);
        }
    }

    fn live(&mut self, name: LinkName, item: &Item<AuctionEvent>) {
        let shared = &mut self.model.shared;
        let back = shared.links.item(name, item, shared.now, shared.uptime) == links::Turn::Back;
        if back {
            match name {
                LinkName::Page(id) => {
                    if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
                        page.read(&mut cx!(self));
                    }
                }
                LinkName::List if self.model.section == Section::Browse => {
                    self.model.browse.read(&mut cx!(self));
                }
                LinkName::List => self.model.mine.touch(),
                LinkName::Me => {}
            }
        }
        if let Item::Event(event) = item {
            self.auction_event(event);
        }
    }

    fn auction_event(&mut self, event: &AuctionEvent) {
        let id = event.state.auction_id;
        let shared = &mut self.model.shared;
        let nickname = shared.account.nickname().map(str::to_owned);
        let change = shared.lots.apply(event, shared.uptime, nickname.as_deref());
        if !change.newer {
            return;
        }
        let closed = event.kind == AuctionEventKind::Closed || event.state.phase == Phase::Ended;
        if change.unsure || (closed && self.model.is_page(id)) {
            self.reread(id);
        }
        if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
            page.bid_placed(&mut cx!(self));
        }
    }

    fn mine(&mut self, item: &Item<UserEvent>) {
        let shared = &mut self.model.shared;
        let back =
            shared.links.item(LinkName::Me, item, shared.now, shared.uptime) == links::Turn::Back;
        match item {
            Item::Event(event) => self.notice(event),
            Item::SignedOut => self.session_over(),
            _ if back => {
                self.nav.push(Nav::Changed);
                if let Some(page) = &mut self.model.page {
                    page.read_auction(&mut cx!(self));
                }
            }
            _ => {}
        }
    }

    fn notice(&mut self, event: &UserEvent) {
        let notice = &event.notice;
        if !self.model.shared.is_new_notice(notice.notification_id) {
            return;
        }
        self.nav.push(Nav::Changed);
        if let Some(id) = notice.auction_id {
            self.model.shared.lots.notice(id, event.kind);
            if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
                page.read_auction(&mut cx!(self));
            }
        }
        if self.is_said_already(event.kind, notice.auction_id) {
            return;
        }
        let shared = &mut self.model.shared;
        let (words, tone) =
            notices::sentence(shared.lang, event.kind, notice.title.as_deref(), notice.price);
        shared.toasts.push(shared.uptime, tone, words, notice.auction_id);
    }

    /// Whether an open window says what a notice says.
    fn is_said_already(&self, kind: NoticeKind, auction: Option<AuctionId>) -> bool {
        self.model.dialogs.iter().any(|dialog| match dialog {
            Dialog::Bid(dialog) => {
                matches!(kind, NoticeKind::Leading | NoticeKind::Won)
                    && auction == Some(dialog.auction())
            }
            Dialog::Buy(dialog) => kind == NoticeKind::Won && auction == Some(dialog.auction()),
            Dialog::TopUp(_) => kind == NoticeKind::Charged,
            _ => false,
        })
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
                Section::Sell => self.model.sell.settle(&mut cx!(self)),
                Section::Notices => self.model.notices.settle(&mut cx!(self)),
                Section::Browse => {}
            }
        }
        match self.model.dialogs.last_mut() {
            Some(Dialog::SignUp(dialog)) => dialog.settle(&mut cx!(self)),
            Some(Dialog::Bid(dialog)) => dialog.follow_price(&self.model.shared),
            Some(Dialog::Buy(dialog)) => dialog.look_into_wallet(&self.model.shared),
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
