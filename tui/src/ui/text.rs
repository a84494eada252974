//! Text from outside, made safe to show, and measured as the terminal shows it.
//!
//! Titles, names and descriptions are written by strangers. What they write must not move the
//! cursor, turn the line around, or make a column wider than it is.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Marks on one letter that are still writing; more are an attack on the line above.
const MAX_MARKS: usize = 3;

/// A text from outside as one line.
pub(crate) fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.nfc() {
        if is_combining_mark(c) {
            marks += 1;
            // A mark needs a letter to stand on; alone it would join whatever is drawn before it.
            if marks > MAX_MARKS || line.is_empty() {
                continue;
            }
        } else {
            marks = 0;
        }
        match c {
            c if c.is_control() || is_line_break(c) => push_space(&mut line),
            c if is_hidden(c) => {}
            c if c.is_whitespace() => push_space(&mut line),
            c => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// A text from outside as paragraphs: like [`clean`], but line breaks stay (at most two in a row).
pub(crate) fn clean_paragraphs(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\n', '\u{2028}', '\u{2029}']) {
        let line = clean(line);
        if line.is_empty() && lines.last().is_none_or(String::is_empty) {
            continue;
        }
        lines.push(line);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n")
}

fn push_space(line: &mut String) {
    if !line.is_empty() && !line.ends_with(' ') {
        line.push(' ');
    }
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that are not seen but change how others are seen: directions, joiners, variation
/// selectors, tags, fillers.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in at most `columns`, with `…` where something was left out.
pub(crate) fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// The text in exactly `columns`, at the left.
pub(crate) fn left(text: &str, columns: usize) -> String {
    let mut text = truncate(text, columns);
    text.extend(std::iter::repeat_n(' ', columns - width(&text)));
    text
}

/// The text in exactly `columns`, at the right.
pub(crate) fn right(text: &str, columns: usize) -> String {
    let text = truncate(text, columns);
    let mut padded = " ".repeat(columns - width(&text));
    padded.push_str(&text);
    padded
}

/// The lines of a text that is shown `columns` wide. Korean words stay whole where they fit.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(2))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .break_words(true);
    text.split('\n')
        .flat_map(|line| textwrap::wrap(line, &options))
        .map(std::borrow::Cow::into_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(clean("\u{1b}[2Jgone\u{7}"), "[2Jgone");
        assert_eq!(clean("a\u{9b}31mb"), "a 31mb");
        assert_eq!(clean("a\r\nb\tc"), "a b c");
    }

    #[test]
    fn nothing_turns_the_line_around() {
        assert_eq!(clean("price \u{202e}000,1\u{202c} won"), "price 000,1 won");
        assert_eq!(clean("\u{2067}a\u{2069}\u{200f}b"), "ab");
    }

    #[test]
    fn nothing_hides_in_a_title() {
        assert_eq!(clean("a\u{200b}\u{feff}\u{ad}b\u{e0041}\u{3164}c"), "abc");
        assert_eq!(clean("   "), "");
    }

    #[test]
    fn decomposed_hangul_is_composed() {
        assert_eq!(clean("\u{1112}\u{1161}\u{11ab}글"), "한글");
        assert_eq!(clean("e\u{301}"), "é");
    }

    #[test]
    fn a_heap_of_marks_is_cut() {
        let heap = format!("x{}", "\u{30a}".repeat(50));
        assert_eq!(clean(&heap).chars().count(), 1 + MAX_MARKS);
        assert_eq!(clean("\u{301}\u{301}a"), "a");
    }

    #[test]
    fn paragraphs_keep_their_breaks_and_nothing_else() {
        assert_eq!(clean_paragraphs("\n\na\r\nb\n\n\n\nc\u{1b}[0m\n\n"), "a\nb\n\nc [0m");
    }

    #[test]
    fn a_cut_text_says_so_and_never_splits_a_wide_letter() {
        assert_eq!(truncate("달빛 아래", 9), "달빛 아래");
        assert_eq!(truncate("달빛 아래", 8), "달빛 아…");
        assert_eq!(truncate("달빛 아래", 7), "달빛…");
        assert_eq!(truncate("달빛", 1), "…");
        assert_eq!(truncate("달빛", 0), "");
        for columns in 0..20 {
            assert!(width(&truncate("가a나b다c라d마e", columns)) <= columns);
            assert_eq!(width(&left("가a나b다c라d마e", columns)), columns);
            assert_eq!(width(&right("가a나b", columns)), columns);
        }
    }

    #[test]
    fn korean_words_are_not_torn_where_they_fit() {
        assert_eq!(wrap("달빛 아래 정물화", 9), ["달빛 아래", "정물화"]);
        assert_eq!(wrap("아주긴단어하나", 6), ["아주긴", "단어하", "나"]);
        for line in wrap("가나다라마바사 아자차카 타파하", 7) {
            assert!(width(&line) <= 7, "{line}");
        }
    }
}
