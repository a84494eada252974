//! When to draw: only after something changed, and at most 60 times a second.

use std::time::{Duration, Instant};

/// The shortest time between two frames.
const BETWEEN: Duration = Duration::from_micros(16_667);

/// Collects changes into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    changed: bool,
    last: Option<Instant>,
}

impl Frames {
    /// Something changed.
    pub(crate) fn touch(&mut self) {
        self.changed = true;
    }

    /// How long until the next frame; `None` while there is nothing to draw.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        self.changed.then(|| {
            let since = self.last.map_or(BETWEEN, |last| now.saturating_duration_since(last));
            BETWEEN.saturating_sub(since)
        })
    }

    /// The frame was drawn.
    pub(crate) fn drawn(&mut self, now: Instant) {
        self.changed = false;
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_that_did_not_change() {
        let mut frames = Frames::default();
        let start = Instant::now();
        assert_eq!(frames.wait(start), None);
        frames.touch();
        assert_eq!(frames.wait(start), Some(Duration::ZERO));
        frames.drawn(start);
        assert_eq!(frames.wait(start), None);
    }

    #[test]
    fn many_changes_share_a_frame() {
        let mut frames = Frames::default();
        let start = Instant::now();
        frames.touch();
        frames.drawn(start);
        frames.touch();
        frames.touch();
        let soon = start + Duration::from_millis(5);
        assert_eq!(frames.wait(soon), Some(BETWEEN - Duration::from_millis(5)));
        assert_eq!(frames.wait(start + BETWEEN), Some(Duration::ZERO));
    }
}
