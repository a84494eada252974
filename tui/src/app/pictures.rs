//! The pictures at hand: which are wanted, on their way, there, or not to be had.

use std::{collections::VecDeque, sync::Arc};

use super::effect::Effect;
use crate::ui::picture::Picture;

/// One picture's state.
#[derive(Debug, Clone)]
pub(crate) enum State {
    Loading,
    Ready(Arc<Picture>),
    Failed,
}

/// The last pictures that were shown, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pictures {
    list: VecDeque<(String, State)>,
}

/// Pictures that are kept; each takes up to 300 KB.
const KEPT: usize = 48;
/// Pictures that are loaded at once.
const AT_ONCE: usize = 3;

impl Pictures {
    pub(crate) fn get(&self, url: &str) -> Option<&State> {
        self.list.iter().find(|(known, _)| known == url).map(|(_, state)| state)
    }

    /// Asks for a picture, unless it is known or enough are on their way.
    pub(crate) fn want(&mut self, url: &str, effects: &mut Vec<Effect>) {
        let loading = |(_, state): &&(String, State)| matches!(state, State::Loading);
        if self.get(url).is_some() || self.list.iter().filter(loading).count() >= AT_ONCE {
            return;
        }
        if self.list.len() == KEPT {
            self.list.pop_front();
        }
        self.list.push_back((url.to_owned(), State::Loading));
        effects.push(Effect::LoadPicture(url.to_owned()));
    }

    pub(crate) fn arrived(&mut self, url: &str, picture: Option<Arc<Picture>>) {
        if let Some((_, state)) = self.list.iter_mut().find(|(known, _)| known == url) {
            *state = picture.map_or(State::Failed, State::Ready);
        }
    }

    /// Gives those another chance that could not be had.
    pub(crate) fn retry_failed(&mut self) {
        self.list.retain(|(_, state)| !matches!(state, State::Failed));
    }

    /// Whether some are on their way.
    pub(crate) fn are_loading(&self) -> bool {
        self.list.iter().any(|(_, state)| matches!(state, State::Loading))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_asked_for_once_and_few_at_a_time() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        for url in ["/a", "/a", "/b", "/c", "/d"] {
            pictures.want(url, &mut effects);
        }
        assert_eq!(effects.len(), AT_ONCE);
        pictures.arrived("/a", None);
        pictures.want("/d", &mut effects);
        pictures.want("/a", &mut effects);
        assert_eq!(effects.len(), AT_ONCE + 1);
    }

    #[test]
    fn old_pictures_are_forgotten() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        for number in 0..KEPT * 2 {
            let url = format!("/{number}");
            pictures.want(&url, &mut effects);
            pictures.arrived(&url, None);
        }
        assert!(pictures.get("/0").is_none());
        assert_eq!(pictures.list.len(), KEPT);
    }
}
