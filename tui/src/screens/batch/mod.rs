//! Listing the works of a file: its rows as a plan, and then each with what became of it.

mod view;

use artipul_common::client::ClientError;
use crossterm::event::KeyEvent;

pub(crate) use self::view::view;
use super::question::Question;
use crate::{
    app::{
        effect::{Answer, Call, Outcome, RequestId, Slot},
        model::{Cx, Dialog, Nav, Shared},
        outbox::{Errand, Outbox, Settled},
    },
    batch::preview::{Entry, Fate, Preview, PreviewError},
    keymap::{Action, When},
    ui::{
        field::{Kind, TextField},
        list::ListCursor,
        paths,
    },
};

/// The longest path that is typed.
const PATH_CHARS: usize = 4_096;

/// What became of a row.
#[derive(Debug, Clone)]
enum Progress {
    /// Nothing yet.
    Planned,
    Sending,
    Listed,
    Failed(ClientError),
}

#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// The path that is being typed.
    path: Option<TextField>,
    reading: Slot,
    failed: Option<PreviewError>,
    preview: Option<Box<Preview>>,
    /// As many as the preview has rows.
    progress: Vec<Progress>,
    /// The key under which a row is being sent, and which row it is.
    sent: Option<(String, usize)>,
    cursor: ListCursor,
}

impl Batch {
    pub(crate) fn open() -> Self {
        Self {
            path: Some(TextField::new(Kind::Line, PATH_CHARS)),
            reading: Slot::default(),
            failed: None,
            preview: None,
            progress: Vec::new(),
            sent: None,
            cursor: ListCursor::default(),
        }
    }

    /// Where keys hold, what is on top first.
    pub(crate) fn contexts(&self) -> Vec<When> {
        if self.path.is_some() {
            vec![When::Path, When::Always]
        } else {
            vec![When::Batch, When::List, When::Global, When::Always]
        }
    }

    fn entries(&self) -> &[Entry] {
        self.preview.as_ref().map_or(&[], |preview| &preview.entries)
    }

    /// Rows that are sent when the user says so.
    fn open_rows(&self) -> impl Iterator<Item = usize> {
        let rows = self.entries().iter().zip(&self.progress).enumerate();
        rows.filter(|(_, (entry, progress))| {
            matches!(entry.fate, Fate::New(_))
                && matches!(progress, Progress::Planned | Progress::Failed(_))
        })
        .map(|(index, _)| index)
    }

    /// How many works would be listed now, and how many rows are left out for their errors.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let wrong = |entry: &&Entry| matches!(entry.fate, Fate::Wrong(_));
        (self.open_rows().count(), self.entries().iter().filter(wrong).count())
    }

    pub(crate) fn is_sending(&self) -> bool {
        self.sent.is_some()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.reading.is_waiting() || self.is_sending()
    }

    /// Whether the footer should offer an action.
    pub(crate) fn offers(&self, action: Action) -> bool {
        match action {
            Action::Confirm => !self.is_sending() && self.open_rows().next().is_some(),
            Action::Batch => !self.is_waiting(),
            _ => true,
        }
    }

    /// Does an action. Returns whether the screen is left.
    pub(crate) fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        if self.path.is_some() {
            return self.act_on_path(action, cx);
        }
        let (rows, height) = (self.entries().len(), view::list_height(cx.shared.size));
        if self.cursor.act(action, rows, height) || !self.offers(action) {
            return false;
        }
        match action {
            Action::Confirm => {
                let (works, wrong) = self.counts();
                ask(Question::list_batch(works, wrong), cx);
            }
            Action::Batch => *self = Self::open(),
            Action::Back if self.is_sending() => ask(Question::leave_batch(), cx),
            Action::Back => return true,
            _ => {}
        }
        false
    }

    fn act_on_path(&mut self, action: Action, cx: &mut Cx) -> bool {
        let Some(field) = &self.path else { return false };
        match action {
            Action::Open => {
                let path = paths::split(field.value()).into_iter().next();
                if let Some(path) = path {
                    self.path = None;
                    cx.ask(&mut self.reading, Call::ReadBatch(path));
                }
                false
            }
            action => action == Action::Back,
        }
    }

    pub(crate) fn key(&mut self, event: KeyEvent) {
        if let Some(field) = &mut self.path {
            field.key(event);
        }
    }

    pub(crate) fn paste(&mut self, pasted: &str) {
        if let Some(field) = &mut self.path {
            field.insert(pasted);
        }
    }

    pub(crate) fn owns(&self, id: RequestId) -> bool {
        self.reading.is_for(id)
    }

    /// The file was looked at.
    pub(crate) fn answered(&mut self, id: RequestId, outcome: Outcome) {
        self.reading.take(id);
        match outcome {
            Ok(Answer::Preview(preview)) => {
                self.progress = vec![Progress::Planned; preview.entries.len()];
                self.preview = Some(preview);
            }
            Ok(Answer::NoPreview(error)) => self.failed = Some(error),
            Ok(_) => {}
            Err(error) => self.failed = Some(PreviewError::Server(error)),
        }
    }

    /// Lists what can be listed; the question has been answered.
    pub(crate) fn begin(&mut self, cx: &mut Cx) {
        for index in self.open_rows().collect::<Vec<_>>() {
            self.progress[index] = Progress::Planned;
        }
        self.send_next(cx);
    }

    /// Sends the first row that was not sent. One at a time: whoever stops knows what is listed.
    fn send_next(&mut self, cx: &mut Cx) {
        let planned = |index: &usize| matches!(self.progress[*index], Progress::Planned);
        let Some(index) = self.open_rows().find(planned) else { return };
        let Fate::New(row) = &self.entries()[index].fate else { return };
        // The same row has the same key in every run: it is listed once, however it is repeated.
        let (key, work) = (row.key(), Box::new(row.request.clone()));
        Outbox::send_as(cx, key.clone(), Errand::ListWork(work));
        self.progress[index] = Progress::Sending;
        self.sent = Some((key, index));
        self.cursor.select(index);
    }

    /// Whether this is what sent it.
    pub(crate) fn sent(&self, key: &str) -> bool {
        self.sent.as_ref().is_some_and(|(sent, _)| sent == key)
    }

    /// A row was listed, or refused.
    pub(crate) fn settled(&mut self, settled: Settled, cx: &mut Cx) {
        let Some((_, index)) = self.sent.take() else { return };
        self.progress[index] = match settled.result {
            Ok(Answer::Auction(auction)) => {
                cx.shared.lots.put(*auction);
                Progress::Listed
            }
            Ok(_) => Progress::Planned,
            Err(error) => Progress::Failed(error),
        };
        self.send_next(cx);
        if !self.is_sending() {
            cx.go(Nav::Changed);
        }
    }

    pub(crate) fn settle(&mut self, shared: &Shared) {
        let height = view::list_height(shared.size);
        self.cursor.fit(self.entries().len(), height);
    }
}

fn ask(question: Question, cx: &mut Cx) {
    cx.go(Nav::Show(Box::new(Dialog::Question(question))));
}
