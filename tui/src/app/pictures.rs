//! The pictures at hand: which are wanted, on their way, there, or not to be had.

use std::{collections::VecDeque, sync::Arc};

use ratatui::layout::Size;

use super::effect::Effect;
use crate::{
    term::graphics::{Graphics, Paint},
    ui::picture::{Order, Picture},
};

/// One picture's state.
#[derive(Debug, Clone)]
pub(crate) enum State {
    Loading,
    Ready(Arc<Picture>),
    Failed,
}

/// What a picture is known by: where it is, and for how many cells it is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) url: String,
    pub(crate) cells: Size,
}

/// The last pictures that were shown, the newest last.
#[derive(Debug, Clone)]
pub(crate) struct Pictures {
    graphics: Graphics,
    list: VecDeque<(Key, State)>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { graphics: Graphics::blocks(), list: VecDeque::new() }
    }
}

/// What all pictures together may take, in bytes. The last one stays, however large it is.
const BUDGET: usize = 20 * 1024 * 1024;
/// Pictures that are kept, however small they are.
const KEPT: usize = 256;
/// Pictures that are loaded at once.
const AT_ONCE: usize = 3;

impl Pictures {
    /// How pictures are shown from now on. Those made for another way are forgotten.
    pub(crate) fn show_by(&mut self, graphics: Graphics) {
        if self.graphics != graphics {
            self.graphics = graphics;
            self.list.clear();
        }
    }

    /// The terminal was given away: it has forgotten what it keeps for us, and will be sent it anew.
    pub(crate) fn were_forgotten(&mut self) {
        if self.graphics.paint == Paint::Kitty {
            self.list.clear();
        }
    }

    pub(crate) fn graphics(&self) -> &Graphics {
        &self.graphics
    }

    /// Whether pictures are shown at all.
    pub(crate) fn are_shown(&self) -> bool {
        self.graphics.paint != Paint::Nothing
    }

    /// Blocks can be drawn at any size, so one picture does for many.
    fn key(&self, url: &str, cells: Size) -> Key {
        let cells = match self.graphics.paint {
            Paint::Blocks | Paint::Nothing if cells.width <= 160 => Size::ZERO,
            Paint::Blocks | Paint::Nothing => Size::new(u16::MAX, 0),
            Paint::Kitty | Paint::Sixel | Paint::Iterm2 => cells,
        };
        Key { url: url.to_owned(), cells }
    }

    /// The picture for these cells; until it is there, one that was made for others.
    pub(crate) fn get(&self, url: &str, cells: Size) -> Option<&State> {
        let key = self.key(url, cells);
        let exact = self.list.iter().find(|(known, _)| *known == key).map(|(_, state)| state);
        if let Some(State::Ready(_) | State::Failed) = exact {
            return exact;
        }
        let ready =
            |(known, state): &&(Key, State)| known.url == url && matches!(state, State::Ready(_));
        self.list.iter().rev().find(ready).map(|(_, state)| state).or(exact)
    }

    /// Asks for a picture, unless it is known or enough are on their way.
    pub(crate) fn want(&mut self, url: &str, cells: Size, effects: &mut Vec<Effect>) {
        if !self.are_shown() || cells.width == 0 || cells.height == 0 {
            return;
        }
        let key = self.key(url, cells);
        if let Some(at) = self.list.iter().position(|(known, _)| *known == key) {
            if let Some(wanted) = self.list.remove(at) {
                self.list.push_back(wanted);
            }
            return;
        }
        if self.loading() < AT_ONCE {
            self.list.push_back((key.clone(), State::Loading));
            effects.push(Effect::LoadPicture(key, Order { cells, graphics: self.graphics }));
        }
    }

    pub(crate) fn arrived(&mut self, key: &Key, picture: Option<Arc<Picture>>) {
        if let Some((_, state)) = self.list.iter_mut().find(|(known, _)| known == key) {
            *state = picture.map_or(State::Failed, State::Ready);
            self.forget_old();
        }
    }

    /// Drops the ones that were not wanted for the longest time, once there is too much.
    fn forget_old(&mut self) {
        let size = |state: &State| match state {
            State::Ready(picture) => picture.size(),
            State::Loading | State::Failed => 0,
        };
        let mut total: usize = self.list.iter().map(|(_, state)| size(state)).sum();
        while (total > BUDGET || self.list.len() > KEPT) && self.list.len() > 1 {
            let Some((_, state)) = self.list.pop_front() else { return };
            total -= size(&state);
        }
    }

    /// Gives those another chance that could not be had.
    pub(crate) fn retry_failed(&mut self) {
        self.list.retain(|(_, state)| !matches!(state, State::Failed));
    }

    fn loading(&self) -> usize {
        self.list.iter().filter(|(_, state)| matches!(state, State::Loading)).count()
    }

    /// Whether some are on their way.
    pub(crate) fn are_loading(&self) -> bool {
        self.loading() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: Size = Size { width: 20, height: 10 };

    fn picture(side: u32, cells: Size) -> Arc<Picture> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(side, side).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let order = Order { cells, graphics: Graphics::blocks() };
        Arc::new(Picture::decode(bytes.get_ref(), &order).unwrap())
    }

    fn key(url: &str) -> Key {
        Key { url: url.to_owned(), cells: Size::ZERO }
    }

    #[test]
    fn a_picture_is_asked_for_once_and_few_at_a_time() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        for url in ["/a", "/a", "/b", "/c", "/d"] {
            pictures.want(url, CELLS, &mut effects);
        }
        assert_eq!(effects.len(), AT_ONCE);
        pictures.arrived(&key("/a"), None);
        pictures.want("/d", CELLS, &mut effects);
        pictures.want("/a", CELLS, &mut effects);
        assert_eq!(effects.len(), AT_ONCE + 1);
    }

    #[test]
    fn what_was_not_looked_at_for_the_longest_time_is_forgotten() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        for number in 0..KEPT * 2 {
            let url = format!("/{number}");
            pictures.want(&url, CELLS, &mut effects);
            pictures.arrived(&key(&url), None);
            pictures.want("/0", CELLS, &mut effects);
        }
        assert!(pictures.get("/1", CELLS).is_none());
        assert!(pictures.get("/0", CELLS).is_some());
        assert_eq!(pictures.list.len(), KEPT);
    }

    #[test]
    fn all_together_they_stay_within_their_budget() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        let large = picture(400, Size::new(200, 100));
        let fit = BUDGET / large.size();
        assert!(fit < KEPT, "the budget is what bounds these");
        for number in 0..fit * 2 {
            let url = format!("/{number}");
            pictures.want(&url, CELLS, &mut effects);
            pictures.arrived(&key(&url), Some(Arc::clone(&large)));
        }
        assert_eq!(pictures.list.len(), fit);
    }

    #[test]
    fn a_protocol_makes_each_size_anew_and_shows_the_other_meanwhile() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        pictures.show_by(Graphics { paint: Paint::Kitty, ..Graphics::blocks() });
        pictures.want("/a", CELLS, &mut effects);
        pictures.arrived(&Key { url: "/a".to_owned(), cells: CELLS }, Some(picture(8, CELLS)));
        let larger = Size::new(40, 20);
        pictures.want("/a", larger, &mut effects);
        assert_eq!(effects.len(), 2);
        assert!(matches!(pictures.get("/a", larger), Some(State::Ready(_))));
    }

    #[test]
    fn what_the_terminal_forgot_is_made_anew() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        for (paint, times) in [(Paint::Kitty, 2), (Paint::Sixel, 1)] {
            effects.clear();
            pictures.show_by(Graphics { paint, ..Graphics::blocks() });
            pictures.want("/a", CELLS, &mut effects);
            pictures.were_forgotten();
            pictures.want("/a", CELLS, &mut effects);
            assert_eq!(effects.len(), times, "{paint:?}");
        }
    }

    #[test]
    fn nothing_is_loaded_where_pictures_are_off() {
        let (mut pictures, mut effects) = (Pictures::default(), Vec::new());
        pictures.show_by(Graphics { paint: Paint::Nothing, ..Graphics::blocks() });
        pictures.want("/a", CELLS, &mut effects);
        assert!(effects.is_empty());
    }
}
