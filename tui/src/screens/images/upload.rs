//! A picture on its way to the server.

use artipul_common::client::ClientError;

use crate::app::{
    effect::Slot,
    files::{PictureFault, PictureFile},
};

/// Where a picture stands on its way.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// Its file is being looked at.
    Looking(Slot),
    /// It cannot be sent.
    Refused(PictureFault),
    /// There are as many pictures as a work can have.
    TooMany,
    /// It may be sent.
    Ready(PictureFile),
    /// It waits for the one before it.
    Waiting(PictureFile),
    /// It is being sent.
    Sending(PictureFile),
    /// It was sent and not taken.
    Failed(PictureFile, ClientError),
}

#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// The file's name, safe to show.
    pub(super) name: String,
    pub(super) state: State,
}

impl Upload {
    /// The file, once it was looked at.
    pub(super) fn file(&self) -> Option<&PictureFile> {
        match &self.state {
            State::Ready(file)
            | State::Waiting(file)
            | State::Sending(file)
            | State::Failed(file, _) => Some(file),
            State::Looking(_) | State::Refused(_) | State::TooMany => None,
        }
    }

    /// Whether it would be on the work if all went well.
    pub(super) fn counts(&self) -> bool {
        !matches!(self.state, State::Refused(_) | State::TooMany)
    }

    pub(super) fn is_sending(&self) -> bool {
        matches!(self.state, State::Sending(_))
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.state, State::Failed(..))
    }

    /// Whether it is sent when the user says so.
    pub(super) fn can_be_sent(&self) -> bool {
        matches!(self.state, State::Ready(_) | State::Failed(..))
    }

    /// Puts it in the line of those that are sent.
    pub(super) fn queue(&mut self) {
        if let State::Ready(file) | State::Failed(file, _) = &self.state {
            self.state = State::Waiting(file.clone());
        }
    }
}
