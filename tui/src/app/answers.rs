//! Gives answers to those who asked.

use artipul_common::{AuctionId, bids::BidResult, client::ClientError};

use super::{
    account::{self, Account},
    effect::{Answer, Call, Outcome, RequestId},
    model::{Cx, Dialog, Nav},
    navigate,
    outbox::{Errand, Outbox, Settled},
    toasts::Tone,
    update::{Turn, cx},
};
use crate::i18n;

impl Turn<'_> {
    pub(super) fn answered(&mut self, id: RequestId, outcome: Outcome) {
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
        } else if model.shared.rebidding.take(id) {
            self.rebid(outcome);
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
                Dialog::Images(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::SignIn(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::SignUp(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::Ways(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::Artist(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::Social(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                Dialog::Window(dialog) if dialog.owns(id) => {
                    return dialog.answered(id, outcome, &mut cx!(self));
                }
                _ => {}
            }
        }
        if let Some(images) = self.model.left_images.as_mut().filter(|images| images.owns(id)) {
            images.answered_unseen(id, outcome, &mut cx!(self));
        } else if let Some(page) = self.model.page.as_mut().filter(|page| page.owns(id)) {
            page.answered(id, outcome, &mut cx!(self));
        } else if self.model.browse.owns(id) {
            self.model.browse.answered(id, outcome, &mut cx!(self));
        } else if self.model.mine.owns(id) {
            self.model.mine.answered(id, outcome, &mut cx!(self));
        } else if self.model.wallet.owns(id) {
            self.model.wallet.answered(id, outcome, &mut cx!(self));
        } else if self.model.studio.owns(id) {
            self.model.studio.answered(id, outcome, &mut cx!(self));
        } else if self.model.notices.owns(id) {
            self.model.notices.answered(id, outcome, &mut cx!(self));
        } else if self.model.account.owns(id) {
            self.model.account.answered(id, outcome, &mut cx!(self));
        } else if self.model.admin.owns(id) {
            self.model.admin.answered(id, outcome, &mut cx!(self));
        }
    }

    /// The auction in which the user wants to bid again was read.
    fn rebid(&mut self, outcome: Outcome) {
        match outcome {
            Ok(Answer::Auction(auction)) => {
                self.nav.push(Nav::Bid(auction.id));
                self.model.shared.lots.put(*auction);
            }
            Ok(_) => {}
            Err(error) => self.model.shared.fail(&error),
        }
    }

    /// The session has ended without the user having asked for it.
    pub(super) fn session_over(&mut self) {
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
        if self.model.studio.sent(&key) {
            return self.model.studio.settled(settled, &mut cx!(self));
        }
        self.tell(&settled);
    }

    /// Says how something came out whose window was closed.
    fn tell(&mut self, settled: &Settled) {
        let shared = &mut self.model.shared;
        let lang = shared.lang;
        let about = match settled.errand {
            Errand::Bid { auction, .. } | Errand::Buy { auction, .. } => Some(auction),
            Errand::Relist { auction, .. } => Some(auction),
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
    pub(super) fn reread(&mut self, id: AuctionId) {
        if let Some(page) = self.model.page.as_mut().filter(|page| page.id() == id) {
            page.read_auction(&mut cx!(self));
        } else {
            let request = cx!(self).call(Call::Auction(id));
            self.model.shared.rereads.push(request);
        }
    }
}
