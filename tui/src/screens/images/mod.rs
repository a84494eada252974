//! The pictures of a work, in their order: looking at them, adding some from files of this
//! machine, moving and removing them.

mod upload;
mod view;

use std::path::Path;

use artipul_common::{
    AuctionId,
    auctions::{EditAuctionRequest, Image},
    limits,
};
use crossterm::event::KeyEvent;

use self::upload::{State, Upload};
pub(crate) use self::view::{view, window};
use super::{question::Question, wall};
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Dialog, Nav, Shared},
        toasts::Tone,
    },
    i18n::tr,
    keymap::{Action, When},
    ui::{
        field::{Kind, TextField},
        paths, text,
    },
};

/// The longest path that is typed.
const PATH_CHARS: usize = 4_096;

#[derive(Debug, Clone)]
pub(crate) struct ImagesDialog {
    auction: AuctionId,
    /// Counts the pictures of the work and then those on their way.
    selected: usize,
    uploads: Vec<Upload>,
    /// The path that is being typed.
    path: Option<TextField>,
    sending: Slot,
    /// An order or a removal on its way.
    changing: Slot,
    /// The order was changed again since it was sent.
    moved_again: bool,
    /// The picture about whose removal it is being asked.
    doomed: Option<String>,
}

impl ImagesDialog {
    pub(crate) fn open(auction: AuctionId) -> Self {
        Self {
            auction,
            selected: 0,
            uploads: Vec::new(),
            path: None,
            sending: Slot::default(),
            changing: Slot::default(),
            moved_again: false,
            doomed: None,
        }
    }

    pub(crate) fn when(&self) -> When {
        if self.path.is_some() { When::Path } else { When::Images }
    }

    fn kept<'a>(&self, shared: &'a Shared) -> &'a [Image] {
        shared.lots.get(self.auction).map_or(&[], |lot| &lot.auction.images)
    }

    fn len(&self, shared: &Shared) -> usize {
        self.kept(shared).len() + self.uploads.len()
    }

    /// The selected picture on its way, if it is one of those.
    fn selected_upload(&self, shared: &Shared) -> Option<usize> {
        let index = self.selected.checked_sub(self.kept(shared).len())?;
        (index < self.uploads.len()).then_some(index)
    }

    /// The selected picture, if there is something to see.
    fn selected_image(&self, shared: &Shared) -> Option<Image> {
        match self.selected_upload(shared) {
            Some(index) => Some(self.uploads[index].file()?.image()),
            None => self.kept(shared).get(self.selected).cloned(),
        }
    }

    /// How many pictures the work would have if all went well.
    fn count(&self, shared: &Shared) -> usize {
        self.kept(shared).len() + self.uploads.iter().filter(|upload| upload.counts()).count()
    }

    pub(crate) fn auction(&self) -> AuctionId {
        self.auction
    }

    /// What goes on when the window is left: the picture that is being sent. What came of it is
    /// seen when the window is opened again.
    pub(crate) fn left(mut self) -> Option<Self> {
        self.uploads.retain(Upload::is_sending);
        self.path = None;
        self.sending.is_waiting().then_some(self)
    }

    /// Tells what came of a picture while the window was left.
    pub(crate) fn answered_unseen(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        let title = cx.shared.lots.get(self.auction).map(|lot| lot.auction.title.clone());
        let title = text::clean(&title.unwrap_or_default());
        self.answered(id, outcome, cx);
        let (key, tone) = if self.uploads.is_empty() {
            ("images.sent-unseen", Tone::Good)
        } else {
            ("images.failed-unseen", Tone::Bad)
        };
        let words = tr!(cx.lang(), key, title = title).into_owned();
        cx.shared.toasts.push(cx.shared.uptime, tone, words, Some(self.auction));
    }

    /// Whether pictures were chosen and are not on the server.
    pub(crate) fn has_unsent(&self) -> bool {
        self.uploads.iter().any(Upload::counts)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.sending.is_waiting() || self.changing.is_waiting()
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action, shared: &Shared) -> bool {
        match action {
            Action::New => self.path.is_none() && self.count(shared) < limits::MAX_IMAGES,
            Action::Confirm => self.uploads.iter().any(Upload::can_be_sent),
            Action::Refresh => self.uploads.iter().any(Upload::has_failed),
            Action::Earlier => self.neighbour(shared, false).is_some(),
            Action::Later => self.neighbour(shared, true).is_some(),
            Action::Remove => self.selected < self.len(shared),
            _ => true,
        }
    }

    /// The place to which the selected picture can move. What is on the server and what is on its
    /// way there do not mix.
    fn neighbour(&self, shared: &Shared, later: bool) -> Option<usize> {
        let other =
            if later { self.selected.checked_add(1) } else { self.selected.checked_sub(1) }?;
        let kept = self.kept(shared).len();
        let same_kind = (self.selected < kept) == (other < kept);
        (self.selected < self.len(shared) && other < self.len(shared) && same_kind).then_some(other)
    }

    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) {
        if self.path.is_some() {
            return self.act_on_path(action, cx);
        }
        if !self.offers(action, cx.shared) {
            return;
        }
        match action {
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down => {
                self.selected = (self.selected + 1).min(self.len(cx.shared).saturating_sub(1));
            }
            Action::New => self.path = Some(TextField::new(Kind::Line, PATH_CHARS)),
            Action::Confirm => {
                self.uploads.iter_mut().for_each(Upload::queue);
                self.send_next(cx);
            }
            Action::Refresh => {
                let failed = self.uploads.iter_mut().filter(|upload| upload.has_failed());
                failed.for_each(Upload::queue);
                self.send_next(cx);
            }
            Action::Earlier => self.shift(false, cx),
            Action::Later => self.shift(true, cx),
            Action::Remove => self.ask_to_remove(cx),
            Action::Back if self.has_unsent() => {
                cx.go(Nav::Show(Box::new(Dialog::Question(Question::leave_images()))));
            }
            Action::Back => cx.go(Nav::Back),
            _ => {}
        }
    }

    fn act_on_path(&mut self, action: Action, cx: &mut Cx) {
        match action {
            Action::Open => {
                let typed = self.path.take().map(|field| field.value().to_owned());
                self.add(&typed.unwrap_or_default(), cx);
            }
            Action::Back => self.path = None,
            _ => {}
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent) {
        if let Some(field) = &mut self.path {
            field.key(event);
        }
    }

    /// A path that comes without being asked for is that of a dropped file.
    pub(crate) fn paste(&mut self, pasted: &str, cx: &mut Cx) {
        match &mut self.path {
            Some(field) => {
                field.insert(pasted);
            }
            None => self.add(pasted, cx),
        }
    }

    /// Has the files looked at whose paths are in a text.
    fn add(&mut self, text: &str, cx: &mut Cx) {
        for path in paths::split(text) {
            let name = Path::new(&path).file_name().map(|name| name.to_string_lossy());
            let name = text::clean(&name.unwrap_or_else(|| path.as_str().into()));
            let state = if self.count(cx.shared) < limits::MAX_IMAGES {
                let mut slot = Slot::default();
                cx.ask(&mut slot, Call::LookAtPicture(path));
                State::Looking(slot)
            } else {
                State::TooMany
            };
            self.uploads.push(Upload { name, state });
            self.selected = self.len(cx.shared) - 1;
        }
    }

    /// Sends the first one that waits, unless one is being sent.
    fn send_next(&mut self, cx: &mut Cx) {
        if self.sending.is_waiting() {
            return;
        }
        for upload in &mut self.uploads {
            if let State::Waiting(file) = &upload.state {
                let file = file.clone();
                let call = Call::AddImage { auction: self.auction, path: file.path.clone() };
                cx.ask(&mut self.sending, call);
                upload.state = State::Sending(file);
                return;
            }
        }
    }

    /// Moves the selected picture by one place.
    fn shift(&mut self, later: bool, cx: &mut Cx) {
        let Some(other) = self.neighbour(cx.shared, later) else { return };
        let kept = self.kept(cx.shared).len();
        if self.selected >= kept {
            self.uploads.swap(self.selected - kept, other - kept);
        } else {
            let mut images = self.kept(cx.shared).to_vec();
            images.swap(self.selected, other);
            cx.shared.lots.set_images(self.auction, images);
            self.send_order(cx);
        }
        self.selected = other;
    }

    /// Sends the order as it is shown; one that changes meanwhile is sent after it.
    fn send_order(&mut self, cx: &mut Cx) {
        self.moved_again = self.changing.is_waiting();
        if self.moved_again {
            return;
        }
        let names = self.kept(cx.shared).iter().map(|image| image.name.clone()).collect();
        let edit = EditAuctionRequest { images: Some(names), ..EditAuctionRequest::default() };
        let call = Call::EditAuction(self.auction, Box::new(edit), None);
        cx.ask(&mut self.changing, call);
    }

    /// What is only here is dropped at once; for what is on the server, it is asked first.
    fn ask_to_remove(&mut self, cx: &mut Cx) {
        match self.selected_upload(cx.shared) {
            Some(index) if self.uploads[index].is_sending() => {}
            Some(index) => {
                self.uploads.remove(index);
            }
            None if self.changing.is_waiting() => {}
            None => {
                let image = self.kept(cx.shared).get(self.selected);
                self.doomed = image.map(|image| image.name.clone());
                cx.go(Nav::Show(Box::new(Dialog::Question(Question::remove_image()))));
            }
        }
    }

    /// Removes the picture about which it was asked; the question has been answered.
    pub(crate) fn remove(&mut self, cx: &mut Cx) {
        if let Some(name) = self.doomed.take() {
            cx.ask(&mut self.changing, Call::RemoveImage(self.auction, name));
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        let looks =
            |upload: &Upload| matches!(upload.state, State::Looking(slot) if slot.is_for(id));
        self.sending.is_for(id) || self.changing.is_for(id) || self.uploads.iter().any(looks)
    }

    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome, cx: &mut Cx) {
        if self.sending.take(id) {
            self.sent(outcome, cx);
        } else if self.changing.take(id) {
            self.changed(outcome, cx);
        } else {
            self.looked_at(id, outcome);
        }
    }

    fn looked_at(&mut self, id: RequestId, outcome: Outcome) {
        let upload = self
            .uploads
            .iter_mut()
            .find(|upload| matches!(upload.state, State::Looking(slot) if slot.is_for(id)));
        let Some(upload) = upload else { return };
        match outcome {
            Ok(Answer::PictureFile(file)) => upload.state = State::Ready(file),
            Ok(Answer::PictureFault(fault)) => upload.state = State::Refused(fault),
            _ => {}
        }
    }

    fn sent(&mut self, outcome: Outcome, cx: &mut Cx) {
        let Some(index) = self.uploads.iter().position(Upload::is_sending) else { return };
        match outcome {
            Ok(Answer::Images(added)) => {
                self.uploads.remove(index);
                let mut images = self.kept(cx.shared).to_vec();
                // One that was there already is not added again.
                images.extend(added.into_iter().filter(|image| {
                    self.kept(cx.shared).iter().all(|kept| kept.name != image.name)
                }));
                cx.shared.lots.set_images(self.auction, images);
                cx.go(Nav::Changed);
            }
            Ok(Answer::PictureFault(fault)) => self.uploads[index].state = State::Refused(fault),
            Ok(_) => {}
            Err(error) => {
                if let Some(file) = self.uploads[index].file().cloned() {
                    self.uploads[index].state = State::Failed(file, error);
                }
            }
        }
        self.send_next(cx);
    }

    fn changed(&mut self, outcome: Outcome, cx: &mut Cx) {
        match outcome {
            // What was moved since stays where it is shown.
            Ok(_) if self.moved_again => return self.send_order(cx),
            Ok(Answer::Auction(auction)) => cx.shared.lots.put(*auction),
            Ok(_) => self.read_again(cx),
            Err(error) => {
                cx.shared.fail(&error);
                self.moved_again = false;
                self.read_again(cx);
            }
        }
        cx.go(Nav::Changed);
    }

    fn read_again(&self, cx: &mut Cx) {
        let request = cx.call(Call::Auction(self.auction));
        cx.shared.rereads.push(request);
    }

    /// What follows by itself from the state.
    pub(crate) fn settle(&mut self, cx: &mut Cx) {
        self.selected = self.selected.min(self.len(cx.shared).saturating_sub(1));
        let preview = view::preview(view::window(crate::app::view::body(cx.shared.size)));
        if let Some(image) = self.selected_image(cx.shared) {
            let place = wall::place(cx.shared, &image, preview);
            wall::want(cx, &image, place);
        }
    }
}
