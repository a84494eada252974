//! Finding a name by a few of its letters, whatever layout they were typed with.
//!
//! Names and what is typed are compared as keys of a keyboard: so a syllable that is not whole yet
//! finds its name, and so does a word that was typed on the other layout. Korean initials alone
//! (`ㅎㅎ` for 회화) find a name as well.

use crate::keymap::latin;

/// How well a name fits what was typed, the better the higher; `None` where it does not.
pub(crate) fn fit(typed: &str, name: &str) -> Option<u32> {
    let wanted: Vec<char> = keys(typed).collect();
    if wanted.is_empty() {
        return Some(0);
    }
    let by_initials = if typed.chars().all(|c| is_initial(c) || c == ' ') {
        in_order(&initials(typed), &initials(name))
    } else {
        None
    };
    by_initials.max(in_order(&wanted, &keys(name).collect::<Vec<_>>()))
}

/// The keys that write a text, without shift and without spaces at the ends of words.
fn keys(text: &str) -> impl Iterator<Item = char> {
    text.trim().chars().flat_map(|c| {
        let keys = latin(c).map_or_else(|| c.to_string(), std::borrow::Cow::into_owned);
        keys.to_lowercase().chars().collect::<Vec<_>>()
    })
}

fn is_initial(c: char) -> bool {
    ('ㄱ'..='ㅎ').contains(&c)
}

/// The initial consonants of a text, and whatever else it has.
fn initials(text: &str) -> Vec<char> {
    const LEADS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
    text.trim()
        .chars()
        .map(|c| match c {
            '가'..='힣' => {
                let lead = (c as usize - '가' as usize) / 588;
                LEADS.chars().nth(lead).unwrap_or(c)
            }
            other => other,
        })
        .collect()
}

/// Whether all of `wanted` stands in `text` in this order. What stands together, at the start, or
/// at the start of a word, counts more.
fn in_order(wanted: &[char], text: &[char]) -> Option<u32> {
    // A stretch is worth more than the same letters scattered, wherever it begins.
    let stretch = text.windows(wanted.len()).position(|window| window == wanted);
    if let Some(at) = stretch {
        let starts_word = at == 0 || text[at - 1] == ' ';
        return Some(match (at, starts_word) {
            (0, _) if wanted.len() == text.len() => 400,
            (0, _) => 300,
            (_, true) => 200,
            _ => 100,
        });
    }
    let mut rest = text.iter();
    wanted.iter().all(|c| rest.any(|other| other == c)).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_some_of_its_letters_in_order() {
        assert!(fit("bid", "Bid").is_some());
        assert!(fit("oldcity", "Oldest city").is_some());
        assert!(fit("dib", "Bid").is_none());
        assert_eq!(fit("", "Bid"), Some(0));
    }

    #[test]
    fn what_stands_together_is_the_better_find() {
        assert!(fit("paint", "Painting") > fit("paint", "Oriental painting"));
        assert!(fit("paint", "Oriental painting") > fit("pint", "Painting"));
        assert!(fit("sort", "Sort") > fit("sort", "Sort by price"));
    }

    #[test]
    fn a_syllable_that_is_being_typed_finds_its_name() {
        for typed in ["ㅎ", "호", "회", "횧", "회화"] {
            assert!(fit(typed, "회화").is_some(), "{typed}");
        }
        assert!(fit("조", "회화").is_none());
    }

    #[test]
    fn initials_alone_find_a_name() {
        assert!(fit("ㅎㅎ", "회화").is_some());
        assert!(fit("ㄷㅇㅎ", "동양화").is_some());
        assert!(fit("ㅎㄷ", "회화").is_none());
    }

    #[test]
    fn the_other_layout_finds_it_as_well() {
        assert!(fit("ghlghk", "회화").is_some());
        assert!(fit("ㅔ먀ㅜ", "Painting").is_some());
    }
}
