//! The form about a work: to list it, to change it while nobody has bid, or to offer it again.

mod fields;
mod request;
mod view;

use artipul_common::{
    Timestamp,
    auctions::{Auction, EditAuctionRequest, Phase},
    client::ClientError,
    problem::{FieldError, ProblemCode},
};
use crossterm::event::KeyEvent;
use ratatui::layout::Position;

pub(crate) use self::view::view;
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Shared},
        outbox::{Errand, Outbox, Settled},
        toasts::Tone,
    },
    keymap::Action,
    ui::{
        form::{Event, Form},
        text,
        time::parse_moment,
    },
};

/// What the form is for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// A work that is not listed yet.
    New,
    /// An auction on which nobody has bid, as it stood when the form was opened.
    Edit(Box<Auction>),
    /// The work of an auction that ended without a sale.
    Relist(Box<Auction>),
}

#[derive(Debug, Clone)]
pub(crate) struct Sell {
    purpose: Purpose,
    form: Form,
    /// What stood in the fields when the form was opened.
    original: Vec<String>,
    /// The key under which it was sent.
    sent: Option<String>,
    /// A change on its way.
    saving: Slot,
    /// The auction being read as it is.
    reading: Slot,
    /// The version of the auction that the form is about, once it was read.
    version: Option<String>,
    /// It was changed elsewhere since the form was opened.
    is_behind: bool,
    /// What is wrong and belongs to no field.
    failed: Option<ClientError>,
    strangers: Vec<FieldError>,
}

/// What a key did to the form, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Stay,
    /// The form is left; something typed may be lost.
    Leave,
    /// There is nothing to save.
    Unchanged,
}

impl Sell {
    pub(crate) fn open(purpose: Purpose, cx: &mut Cx) -> Self {
        let form = fields::filled(&purpose, cx.shared);
        let original = form.values();
        let mut reading = Slot::default();
        if let Purpose::Edit(auction) = &purpose {
            cx.ask(&mut reading, Call::AuctionToEdit(auction.id));
        }
        Self {
            purpose,
            form,
            original,
            sent: None,
            saving: Slot::default(),
            reading,
            version: None,
            is_behind: false,
            failed: None,
            strangers: Vec::new(),
        }
    }

    /// Whether something was typed that would be lost.
    pub(crate) fn is_touched(&self) -> bool {
        self.form.values() != self.original
    }

    pub(crate) fn takes(&self, event: KeyEvent) -> bool {
        self.form.takes(event)
    }

    pub(crate) fn is_waiting(&self, shared: &Shared) -> bool {
        self.saving.is_waiting()
            || self.sent.as_ref().is_some_and(|key| shared.outbox.get(key).is_some())
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) -> Turn {
        if action == Action::Back {
            return Turn::Leave;
        }
        let event = self.form.act(action);
        self.heed(event, cx)
    }

    pub(crate) fn key(&mut self, event: KeyEvent, cx: &mut Cx) -> Turn {
        let event = self.form.key(event);
        self.heed(event, cx)
    }

    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        let event = self.form.paste(pasted);
        self.heed(event, cx);
    }

    pub(crate) fn click(&mut self, at: Position, cx: &mut Cx) -> Turn {
        let shared = &cx.shared;
        let form = view::form_area(self, shared, crate::app::view::body(shared.size));
        match self.form.at(at, form, shared.lang, &shared.theme) {
            Some(id) => {
                let event = self.form.click(id);
                self.heed(event, cx)
            }
            None => Turn::Stay,
        }
    }

    fn heed(&mut self, event: Event, cx: &mut Cx) -> Turn {
        match event {
            Event::Submitted | Event::Pressed("send" | "save") => return self.send(false, cx),
            Event::Pressed("keep" | "publish") => return self.send(true, cx),
            Event::Changed(_) => {
                self.failed = None;
                self.strangers.clear();
            }
            Event::Nothing | Event::Pressed(_) => {}
        }
        Turn::Stay
    }

    /// Sends what was typed. `other` is the second button's way: what is new is kept as a draft,
    /// and a draft is put on offer.
    fn send(&mut self, other: bool, cx: &mut Cx) -> Turn {
        if self.sent.is_some() || self.saving.is_waiting() {
            return Turn::Stay;
        }
        self.failed = None;
        self.is_behind = false;
        self.strangers.clear();
        let sent = match &self.purpose {
            Purpose::New => self.listing(other, cx.shared).map(|work| {
                self.sent = Some(Outbox::send(cx, Errand::ListWork(Box::new(work))));
            }),
            Purpose::Relist(auction) => {
                let auction = auction.id;
                self.relisting(other, cx.shared).map(|terms| {
                    let errand = Errand::Relist { auction, terms: Box::new(terms) };
                    self.sent = Some(Outbox::send(cx, errand));
                })
            }
            Purpose::Edit(auction) => match self.changes(auction, other, cx.shared) {
                Ok(changes) if changes == EditAuctionRequest::default() => {
                    return Turn::Unchanged;
                }
                changes => {
                    let (id, version) = (auction.id, self.version.clone());
                    changes.map(|changes| {
                        let call = Call::EditAuction(id, Box::new(changes), version);
                        cx.ask(&mut self.saving, call);
                    })
                }
            },
        };
        match sent {
            Ok(()) => self.form.clear_errors(),
            Err(errors) => self.strangers = self.form.set_errors(&errors),
        }
        Turn::Stay
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.saving.is_for(id) || self.reading.is_for(id)
    }

    /// Whether this form is the one that sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        self.sent.as_deref() == Some(key)
    }

    /// A change was answered. The auction, if it was taken.
    pub(crate) fn answered(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        cx: &mut Cx,
    ) -> Option<Box<Auction>> {
        if self.reading.take(id) {
            if let Ok(Answer::AuctionToEdit(auction, version)) = outcome {
                self.version = version;
                cx.shared.lots.put((*auction).clone());
                self.catch_up(auction, cx.shared);
            }
            return None;
        }
        self.saving.take(id);
        self.finish(outcome, cx)
    }

    /// Takes the auction as it is: fields that nobody has touched show it; beside those that were
    /// typed in, it is told.
    fn catch_up(&mut self, auction: Box<Auction>, shared: &Shared) {
        let purpose = Purpose::Edit(auction);
        let fresh = fields::filled(&purpose, shared);
        for (index, before) in self.original.iter_mut().enumerate() {
            let id = self.form.fields[index].id;
            if !fresh.has(id) || fresh.value(id) == *before {
                continue;
            }
            let (now, typed) = (fresh.value(id), self.form.value(id));
            if typed == *before {
                self.form.set(id, &now);
            } else if typed != now {
                let shown = if id == "genre" { shared.genre_name(&now) } else { &now };
                self.form.field_mut(id).newer = Some(text::clean(shown));
            }
            *before = now;
        }
        self.purpose = purpose;
    }

    /// A listing came out. The auction, if it was taken.
    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) -> Option<Box<Auction>> {
        self.sent = None;
        self.finish(settled.result, cx)
    }

    /// What was typed stays where it was not taken.
    fn finish(&mut self, outcome: Outcome, cx: &mut Cx) -> Option<Box<Auction>> {
        match outcome {
            Ok(Answer::Auction(auction)) => {
                let words = cx.lang().t(self.praise(&auction));
                cx.shared.toast(Tone::Good, words);
                return Some(auction);
            }
            Ok(_) => {}
            Err(ClientError::Problem(problem)) if !problem.errors.is_empty() => {
                self.strangers = self.form.set_errors(&problem.errors);
            }
            Err(error) => self.refused(error, cx),
        }
        None
    }

    /// Where somebody was faster, the form catches up, and what was typed can be saved again.
    fn refused(&mut self, error: ClientError, cx: &mut Cx) {
        match (&self.purpose, error.code()) {
            (Purpose::Edit(auction), Some(ProblemCode::PreconditionFailed)) => {
                self.is_behind = true;
                cx.ask(&mut self.reading, Call::AuctionToEdit(auction.id));
            }
            _ => self.failed = Some(error),
        }
    }

    fn praise(&self, auction: &Auction) -> &'static str {
        match (&self.purpose, auction.phase) {
            (Purpose::Edit(before), phase) if before.phase == phase => "sell.saved",
            (_, Phase::Draft) => "sell.kept",
            (_, Phase::Upcoming) => "sell.scheduled",
            _ => "sell.listed",
        }
    }

    /// Whether the auction went on without the form: what was typed cannot be saved any more.
    fn is_overtaken(&self, shared: &Shared) -> bool {
        let code = self.failed.as_ref().and_then(ClientError::code);
        let refused = code == Some(ProblemCode::AuctionHasBids);
        let bid = match &self.purpose {
            Purpose::Edit(auction) => {
                shared.lots.get(auction.id).is_some_and(|lot| lot.auction.bid_count > 0)
            }
            Purpose::New | Purpose::Relist(_) => false,
        };
        refused || bid
    }

    /// The moment that stands in a field, if one does.
    fn moment(&self, id: &str, shared: &Shared) -> Option<Timestamp> {
        parse_moment(&self.form.value(id), shared.now, shared.zone)
    }

    /// What follows by itself from the state: genres may come after the form was opened.
    pub(crate) fn settle(&mut self, shared: &Shared) {
        if self.form.has("genre") && self.form.value("genre").is_empty() {
            let untouched = !self.is_touched();
            fields::fill_genre(&mut self.form, &self.purpose, shared);
            if untouched {
                self.original = self.form.values();
            }
        }
    }
}
