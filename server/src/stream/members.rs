//! Who gets the news of something: a list that is shared with what is under way to its members,
//! and copied only when it changes meanwhile.

use std::sync::Arc;

use super::mailbox::Mailbox;

/// Of so many members the memory is fetched together: each of them waits in another place of it.
const AHEAD: usize = 16;

/// A list of subscribers. Clones are what it was when they were made.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(Arc<Vec<Arc<Mailbox>>>);

impl Members {
    pub(super) fn join(&mut self, mailbox: &Arc<Mailbox>) {
        Arc::make_mut(&mut self.0).push(Arc::clone(mailbox));
    }

    pub(super) fn leave(&mut self, mailbox: &Arc<Mailbox>) {
        if let Some(place) = self.0.iter().position(|member| Arc::ptr_eq(member, mailbox)) {
            let members = Arc::make_mut(&mut self.0);
            members.swap_remove(place);
            if members.len() < members.capacity() / 4 {
                members.shrink_to_fit();
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.0.iter()
    }

    /// Does something for every member, in turn.
    pub(super) fn each(&self, act: impl Fn(&Mailbox)) {
        for some in self.0.chunks(AHEAD) {
            some.iter().for_each(|member| member.look_ahead());
            some.iter().for_each(|member| act(member));
        }
    }
}
