//! The server's clock as a client knows it. Countdowns follow it, never the client's own.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{self, HeaderMap};

use crate::Timestamp;

/// How far the server's clock is from this machine's.
#[derive(Debug, Default)]
pub struct ServerClock {
    offset: Mutex<Option<Offset>>,
}

/// A difference that no way explains: one of the clocks was set.
const JUMP: TimeDelta = TimeDelta::seconds(2);

#[derive(Debug, Clone, Copy)]
struct Offset {
    ahead: TimeDelta,
    precise: bool,
}

impl ServerClock {
    /// The server's time, as far as it is known; this machine's where nothing was heard yet.
    pub fn now(&self) -> Timestamp {
        Utc::now() + self.ahead()
    }

    /// How far the server is ahead of this machine.
    pub fn ahead(&self) -> TimeDelta {
        self.offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(TimeDelta::zero(), |offset| offset.ahead)
    }

    /// Takes the time from an event. Its way here makes the server look late, never early, so an
    /// event that was longer on its way than another does not count.
    pub fn observe(&self, server_time: Timestamp) {
        let ahead = server_time - Utc::now();
        let known = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let was_delayed = known.is_some_and(|known| {
            known.precise && known.ahead > ahead && known.ahead - ahead < JUMP
        });
        if !was_delayed {
            self.set(Offset { ahead, precise: true });
        }
    }

    /// Takes the time from an answer's `Date`, which counts whole seconds, unless something more
    /// precise is known that agrees with it.
    pub fn observe_date(&self, headers: &HeaderMap) {
        let Some(date) = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
        else {
            return;
        };
        let halfway = date.with_timezone(&Utc) + TimeDelta::milliseconds(500);
        let ahead = halfway - Utc::now();
        let known = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let agrees =
            known.is_some_and(|known| known.precise && (known.ahead - ahead).abs() <= JUMP);
        if !agrees {
            self.set(Offset { ahead, precise: false });
        }
    }

    fn set(&self, offset: Offset) {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn dated(time: Timestamp) -> HeaderMap {
        let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_str(&date).unwrap())])
    }

    #[test]
    fn a_wrong_clock_here_does_not_matter() {
        let clock = ServerClock::default();
        let theirs = Utc::now() + TimeDelta::hours(1);
        clock.observe_date(&dated(theirs));
        assert!((clock.now() - theirs).abs() < TimeDelta::seconds(2));
    }

    #[test]
    fn an_event_is_trusted_over_a_date_that_agrees() {
        let clock = ServerClock::default();
        let theirs = Utc::now() + TimeDelta::hours(1);
        clock.observe(theirs);
        let precise = clock.ahead();
        clock.observe_date(&dated(theirs));
        assert_eq!(clock.ahead(), precise);
    }

    #[test]
    fn an_event_that_was_long_on_its_way_does_not_count() {
        let clock = ServerClock::default();
        clock.observe(Utc::now());
        let known = clock.ahead();
        clock.observe(Utc::now() - TimeDelta::seconds(1));
        assert_eq!(clock.ahead(), known);
        clock.observe(Utc::now() - TimeDelta::seconds(60));
        assert!(clock.ahead() < known, "a clock that was set back");
    }

    #[test]
    fn a_clock_that_jumped_is_noticed() {
        let clock = ServerClock::default();
        clock.observe(Utc::now());
        clock.observe_date(&dated(Utc::now() + TimeDelta::minutes(5)));
        assert!(clock.ahead() > TimeDelta::minutes(4));
    }
}
