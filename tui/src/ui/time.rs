//! Times as people read and type them: how long is left, when something was, until when.

use artipul_common::Timestamp;
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

use crate::i18n::{Lang, tr};

/// The zone in which times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// This machine's.
    Local,
    /// A given one.
    #[cfg_attr(not(test), expect(dead_code, reason = "pictures and tests need one that stays"))]
    Fixed(FixedOffset),
}

impl Zone {
    fn at(self, time: Timestamp) -> DateTime<FixedOffset> {
        match self {
            Self::Local => time.with_timezone(&Local).fixed_offset(),
            Self::Fixed(offset) => time.with_timezone(&offset),
        }
    }

    /// `14:03:22`.
    pub(crate) fn clock(self, time: Timestamp) -> String {
        self.at(time).format("%H:%M:%S").to_string()
    }

    /// `2026-12-01 18:00`, without the date today.
    pub(crate) fn date_time(self, time: Timestamp, now: Timestamp) -> String {
        let (then, now) = (self.at(time), self.at(now));
        let same_day = then.date_naive() == now.date_naive();
        then.format(if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
    }

    /// `12-01 18:00`, without the date today, and with the year where it is far away.
    pub(crate) fn day_time(self, time: Timestamp, now: Timestamp) -> String {
        if (time - now).abs() > TimeDelta::days(180) {
            return self.date_time(time, now);
        }
        let (then, now) = (self.at(time), self.at(now));
        let same_day = then.date_naive() == now.date_naive();
        then.format(if same_day { "%H:%M" } else { "%m-%d %H:%M" }).to_string()
    }

    /// `2026-12-01 18:00`, as [`parse_moment`] reads it.
    pub(crate) fn typed(self, time: Timestamp) -> String {
        self.at(time).format("%Y-%m-%d %H:%M").to_string()
    }

    /// `12-01 18:00`, or `18:00:05` today: for columns.
    pub(crate) fn short(self, time: Timestamp, now: Timestamp) -> String {
        let (then, now) = (self.at(time), self.at(now));
        let same_day = then.date_naive() == now.date_naive();
        then.format(if same_day { "%H:%M:%S" } else { "%m-%d %H:%M" }).to_string()
    }

    fn local(self, time: NaiveDateTime) -> Option<Timestamp> {
        match self {
            Self::Local => Local.from_local_datetime(&time).earliest().map(|at| at.to_utc()),
            Self::Fixed(offset) => {
                offset.from_local_datetime(&time).single().map(|at| at.with_timezone(&Utc))
            }
        }
    }
}

/// How often a countdown changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grain {
    /// Every second.
    Second,
    /// Every minute.
    Minute,
}

/// How finely a countdown with so much left is shown.
pub(crate) fn grain(left: TimeDelta) -> Grain {
    // A little more than an hour: the change to seconds must not be missed by a minute's pause.
    if left < TimeDelta::minutes(62) { Grain::Second } else { Grain::Minute }
}

/// How long is left: `12:33`, `4h 12m`, `2d 4h`.
pub(crate) fn countdown(lang: Lang, left: TimeDelta) -> String {
    let seconds = left.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    if hours < 1 {
        format!("{minutes:02}:{:02}", seconds % 60)
    } else if days < 1 {
        tr!(lang, "time.hours-minutes", hours = hours, minutes = minutes % 60).into_owned()
    } else {
        tr!(lang, "time.days-hours", days = days, hours = hours % 24).into_owned()
    }
}

/// The moment that somebody typed: a length of time from now (`7d`, `36h`, `90m`, `1d 12h`), a
/// date (its end), or a date and a time of day.
pub(crate) fn parse_moment(text: &str, now: Timestamp, zone: Zone) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(length) = parse_length(text) {
        return now.checked_add_signed(length);
    }
    let text = text.replace('T', " ").replace(['.', '/'], "-");
    for format in ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(&text, format) {
            return zone.local(time);
        }
    }
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
    zone.local(date.and_hms_opt(23, 59, 59)?)
}

fn parse_length(text: &str) -> Option<TimeDelta> {
    let mut total = TimeDelta::zero();
    let mut digits = String::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        let unit = match c.to_ascii_lowercase() {
            c if c.is_ascii_digit() => {
                digits.push(c);
                continue;
            }
            'd' | '일' => TimeDelta::try_days,
            'h' | '시' => TimeDelta::try_hours,
            'm' | '분' => TimeDelta::try_minutes,
            // "시간": the unit was read already.
            '간' if digits.is_empty() => continue,
            _ => return None,
        };
        total = total.checked_add(&unit(digits.parse().ok()?)?)?;
        digits.clear();
    }
    (digits.is_empty() && total > TimeDelta::zero()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEOUL: Zone = Zone::Fixed(FixedOffset::east_opt(9 * 3600).unwrap());

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_countdown_is_as_fine_as_it_matters() {
        let en = |seconds| countdown(Lang::En, TimeDelta::seconds(seconds));
        assert_eq!(en(-5), "00:00");
        assert_eq!(en(59), "00:59");
        assert_eq!(en(3599), "59:59");
        assert_eq!(en(4 * 3600 + 720), "4h 12m");
        assert_eq!(en(2 * 86400 + 4 * 3600 + 1), "2d 4h");
        assert_eq!(countdown(Lang::Ko, TimeDelta::hours(25)), "1일 1시간");
    }

    #[test]
    fn seconds_are_counted_before_they_are_shown() {
        assert_eq!(grain(TimeDelta::minutes(61)), Grain::Second);
        assert_eq!(grain(TimeDelta::minutes(63)), Grain::Minute);
    }

    #[test]
    fn an_end_is_a_length_or_a_moment() {
        let now = at("2026-11-22T03:00:00Z");
        let read = |text| parse_moment(text, now, SEOUL);
        assert_eq!(read("7d"), Some(now + TimeDelta::days(7)));
        assert_eq!(read("36h"), Some(now + TimeDelta::hours(36)));
        assert_eq!(read(" 90m "), Some(now + TimeDelta::minutes(90)));
        assert_eq!(read("1d 12h"), Some(now + TimeDelta::hours(36)));
        assert_eq!(read("1일 12시간"), Some(now + TimeDelta::hours(36)));
        assert_eq!(read("2026-12-01 18:00"), Some(at("2026-12-01T09:00:00Z")));
        assert_eq!(read("2026.12.01 18:00"), Some(at("2026-12-01T09:00:00Z")));
        assert_eq!(read("2026-12-01"), Some(at("2026-12-01T14:59:59Z")));
        for text in ["", "7", "d", "0d", "7x", "2026-13-01", "2026-12-01 25:00", "soon", "-7d"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("99999999999999999d"), None);
    }

    #[test]
    fn a_moment_is_typed_as_it_is_read() {
        let time = at("2026-11-22T15:30:00Z");
        let typed = SEOUL.typed(time);
        assert_eq!(typed, "2026-11-23 00:30");
        assert_eq!(parse_moment(&typed, at("2026-11-22T03:00:00Z"), SEOUL), Some(time));
    }

    #[test]
    fn a_time_today_needs_no_date() {
        let now = at("2026-11-22T03:00:00Z");
        assert_eq!(SEOUL.date_time(at("2026-11-22T05:30:00Z"), now), "14:30");
        assert_eq!(SEOUL.date_time(at("2026-11-22T15:30:00Z"), now), "2026-11-23 00:30");
        assert_eq!(SEOUL.day_time(at("2026-11-22T05:30:00Z"), now), "14:30");
        assert_eq!(SEOUL.day_time(at("2027-01-02T15:30:00Z"), now), "01-03 00:30");
        assert_eq!(SEOUL.day_time(at("2025-11-22T05:30:00Z"), now), "2025-11-22 14:30");
        assert_eq!(SEOUL.short(at("2026-11-21T05:30:00Z"), now), "11-21 14:30");
    }
}
