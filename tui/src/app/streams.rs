//! Takes what streams bring: prices, notices, and whether they are live.

use artipul_common::{
    AuctionId,
    auctions::Phase,
    client::stream::{AuctionEvent, Item, UserEvent},
    events::{AuctionEventKind, Notice, NoticeKind},
};

use super::{
    alerts,
    effect::Effect,
    links::{self, LinkName},
    lots::Standing,
    model::{Cx, Dialog, Nav, Section},
    toasts::Tone,
    update::{Turn, cx},
};
use crate::{i18n::tr, screens::notices, ui::money::won};

impl Turn<'_> {
    pub(super) fn live(&mut self, name: LinkName, item: &Item<AuctionEvent>) {
        let shared = &mut self.model.shared;
        let back = shared.links.item(name, item, shared.now, shared.uptime) == links::Turn::Back;
        // Refused is a list with an auction that is not there any more: the list is read again.
        if back || matches!(item, Item::Refused(_)) {
            match name {
                LinkName::Page(id) => {
                    if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
                        page.read(&mut cx!(self));
                    }
                }
                LinkName::List if self.model.section == Section::Browse => {
                    self.model.browse.read(&mut cx!(self));
                }
                LinkName::List if self.model.section == Section::Sell => self.model.studio.touch(),
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
        self.tell_watched(id);
    }

    /// Says that a watched work moved, where the user does not see it move.
    fn tell_watched(&mut self, id: AuctionId) {
        let model = &mut *self.model;
        let on_list = model.page.is_none() && model.dialogs.is_empty();
        if on_list || model.is_page(id) {
            return;
        }
        let shared = &mut model.shared;
        let Some(lot) = shared.lots.get(id).filter(|lot| !lot.was_sold()) else { return };
        if shared.standing(lot) == Standing::Watching {
            let (title, price) = (&lot.auction.title, won(lot.shown_price()));
            let words = tr!(shared.lang, "toast.watched-moved", title = title, price = price);
            shared.toasts.push(shared.uptime, Tone::Plain, words.into_owned(), Some(id));
        }
    }

    pub(super) fn mine(&mut self, item: &Item<UserEvent>) {
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
            if event.kind == NoticeKind::Outbid || self.model.is_page(id) {
                // Whoever bids again is to find the least that he can bid.
                self.reread(id);
            }
        }
        if !self.is_said_already(event.kind, notice.auction_id) {
            self.tell_notice(event.kind, notice);
        }
    }

    /// Says what a notice says, here and, to a user who looks elsewhere, aloud.
    fn tell_notice(&mut self, kind: NoticeKind, notice: &Notice) {
        let shared = &mut self.model.shared;
        let (words, tone) =
            notices::sentence(shared.lang, kind, notice.title.as_deref(), notice.price);
        let speech = alerts::speech(shared.notify, shared.attention, kind, &words);
        self.effects.extend(speech.map(Effect::Say));
        match notice.auction_id {
            Some(id) if kind == NoticeKind::Outbid => {
                shared.toasts.push_outbid(shared.uptime, words, id);
            }
            about => shared.toasts.push(shared.uptime, tone, words, about),
        }
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
}
