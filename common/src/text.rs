//! Text as people send it: one normal form, no control characters, bounded lengths; and what is
//! derived from it (search terms, keys for uniqueness, masks).

use std::ops::RangeInclusive;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{Money, limits, problem::FieldError};

/// Collects what is wrong with the fields of one request, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct Checks {
    errors: Vec<FieldError>,
}

impl Checks {
    /// Notes an error of a field.
    pub fn error(&mut self, field: &str, code: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::new(field, code, detail));
    }

    /// Notes that a field's value is past a bound.
    pub fn past(&mut self, field: &str, code: &str, bound: i64, detail: impl Into<String>) {
        self.errors.push(FieldError::new(field, code, detail).bounded(bound));
    }

    /// Notes that an amount must be larger.
    pub fn too_small(&mut self, field: &str, least: Money) {
        self.past(field, "too-small", least.points(), format!("must be at least {least}"));
    }

    /// Notes that an amount must be smaller.
    pub fn too_large(&mut self, field: &str, most: Money) {
        self.past(field, "too-large", most.points(), format!("must be at most {most}"));
    }

    /// One line: NFC, trimmed, no control characters, length in bounds.
    pub fn line(&mut self, field: &str, value: &mut String, length: RangeInclusive<usize>) {
        *value = value.nfc().collect::<String>().trim().to_owned();
        if value.chars().any(char::is_control) {
            self.error(field, "control-character", "control characters are not allowed");
        }
        self.length(field, value, length);
    }

    /// As [`Self::line`], where the field may be absent. An empty text counts as absent.
    pub fn optional_line(
        &mut self,
        field: &str,
        value: &mut Option<String>,
        length: RangeInclusive<usize>,
    ) {
        if let Some(text) = value {
            self.line(field, text, 0..=*length.end());
            if text.is_empty() {
                *value = None;
            }
        }
    }

    /// Several lines: as [`Self::line`], but line ends are allowed (and made `\n`) and tabs.
    pub fn paragraph(&mut self, field: &str, value: &mut String, length: RangeInclusive<usize>) {
        *value = value.nfc().collect::<String>().replace("\r\n", "\n").trim().to_owned();
        if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.error(field, "control-character", "control characters are not allowed");
        }
        self.length(field, value, length);
    }

    /// The form of a text in which it is compared with others ([`fold`]), with its own bound: a few
    /// letters stand for many there.
    pub fn folded(&mut self, field: &str, value: &str, most: usize) -> String {
        let key = fold(value);
        let chars = key.chars().count();
        if chars > most {
            let detail = format!("stands for {chars} characters, must for at most {most}");
            self.error(field, "too-long", detail);
        }
        key
    }

    /// A price or maximum as a seller names it: a positive multiple of the bid unit.
    pub fn price(&mut self, field: &str, amount: Money) {
        if amount < limits::BID_UNIT {
            self.too_small(field, limits::BID_UNIT);
        } else if amount > limits::MAX_AMOUNT {
            self.too_large(field, limits::MAX_AMOUNT);
        } else if !amount.is_multiple_of(limits::BID_UNIT) {
            self.error(
                field,
                "not-multiple",
                format!("must be a multiple of {}", limits::BID_UNIT),
            );
        }
    }

    /// The value, if no error was noted.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }

    fn length(&mut self, field: &str, value: &str, length: RangeInclusive<usize>) {
        let chars = value.chars().count();
        if chars == 0 && *length.start() > 0 {
            self.error(field, "required", "must not be empty");
        } else if chars < *length.start() {
            let detail = format!("must have at least {} characters", length.start());
            self.past(field, "too-short", *length.start() as i64, detail);
        } else if chars > *length.end() {
            let detail = format!("must have at most {} characters, has {chars}", length.end());
            self.past(field, "too-long", *length.end() as i64, detail);
        }
    }
}

/// A form of a text in which equal-looking texts are equal: for unique nicknames and tags.
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The words of a text as they are indexed and looked up: folded, without accents, each at most
/// [`MAX_TERM_CHARS`] long. `Café "Noir"` gives `cafe`, `noir`.
pub fn words(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).nfc().collect();
    fold(&plain)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_TERM_CHARS).collect())
        .collect()
}

/// Longest term of the search index, in characters.
pub const MAX_TERM_CHARS: usize = 40;

/// The terms under which a text can be found, sorted and distinct. Each word stands for its
/// beginnings (the index is searched by prefix); a Hangul word also for the beginnings of its
/// endings, since Korean joins words that people search for one by one.
pub fn index_terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in words(text) {
        let starts = word.char_indices().map(|(at, _)| at);
        if word.chars().all(is_hangul) {
            terms.extend(starts.map(|at| word[at..].to_owned()));
        } else {
            terms.push(word);
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// A nickname as strangers see it: its first character. The mask has the same length for all, so
/// that it tells nothing more.
pub fn mask_nickname(nickname: &str) -> String {
    nickname.chars().take(1).chain("***".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, String> {
        let mut checks = Checks::default();
        let mut value = text.to_owned();
        checks.line("f", &mut value, 1..=5);
        checks.finish(value).map_err(|errors| errors[0].code.clone())
    }

    #[test]
    fn a_line_is_trimmed_and_composed() {
        assert_eq!(line("  ab "), Ok("ab".into()));
        assert_eq!(line("\u{1112}\u{1161}\u{11ab}"), Ok("한".into()));
    }

    #[test]
    fn a_bad_line_says_why() {
        assert_eq!(line("   "), Err("required".into()));
        assert_eq!(line("abcdef"), Err("too-long".into()));
        assert_eq!(line("a\u{1b}b"), Err("control-character".into()));
        assert_eq!(line("a\nb"), Err("control-character".into()));
        assert_eq!(line("가나다라마"), Ok("가나다라마".into()));
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        assert_eq!(words("The Café, ‘NOIR’ (1826–7)"), ["the", "cafe", "noir", "1826", "7"]);
        assert_eq!(words("ﬁne Ångström"), ["fine", "angstrom"]);
        assert!(words(" – ").is_empty());
    }

    #[test]
    fn korean_words_are_found_by_their_parts() {
        assert_eq!(index_terms("풍경화"), ["경화", "풍경화", "화"]);
        assert!(index_terms("한글 Title").contains(&"title".to_owned()));
    }

    #[test]
    fn a_mask_shows_one_character_only() {
        assert_eq!(mask_nickname("blueheron"), "b***");
        assert_eq!(mask_nickname("달빛"), "달***");
    }
}
