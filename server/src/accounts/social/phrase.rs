//! Two words that somebody compares: those in his terminal with those in his browser.

use rand::{RngExt, SeedableRng, rngs::StdRng};

const FIRST: [&str; 64] = [
    "amber", "ancient", "bold", "brave", "bright", "brown", "calm", "clear", "clever", "cold",
    "coral", "crimson", "curious", "dark", "deep", "distant", "eager", "early", "fair", "gentle",
    "glad", "golden", "grand", "green", "happy", "hidden", "honest", "humble", "indigo", "ivory",
    "jolly", "keen", "kind", "late", "light", "little", "lively", "lucky", "merry", "mild",
    "misty", "modern", "narrow", "noble", "olive", "patient", "pink", "plain", "proud", "purple",
    "quick", "quiet", "rapid", "rosy", "royal", "scarlet", "silent", "silver", "steady", "tender",
    "violet", "warm", "white", "yellow",
];

const SECOND: [&str; 64] = [
    "anchor", "apple", "autumn", "bamboo", "bell", "bird", "boat", "bridge", "brush", "candle",
    "canvas", "cedar", "cloud", "comet", "crane", "dragon", "drum", "eagle", "easel", "falcon",
    "feather", "field", "flower", "forest", "fountain", "frame", "garden", "glacier", "harbor",
    "heron", "horizon", "island", "kettle", "lake", "lantern", "lemon", "lion", "lotus", "maple",
    "meadow", "melon", "mirror", "moon", "mountain", "ocean", "orchard", "palace", "pepper",
    "pine", "planet", "river", "rocket", "saddle", "sparrow", "summer", "temple", "thunder",
    "tiger", "tower", "tulip", "valley", "violin", "window", "winter",
];

/// A phrase that nobody can foretell.
pub(super) fn new_phrase() -> String {
    let mut rng = StdRng::try_from_rng(&mut rand::rngs::SysRng)
        .expect("the operating system has random numbers");
    let mut word = |words: &[&'static str; 64]| words[rng.random_range(0..words.len())];
    format!("{} {}", word(&FIRST), word(&SECOND))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_word_stands_twice() {
        let words: BTreeSet<_> = FIRST.into_iter().chain(SECOND).collect();
        assert_eq!(words.len(), FIRST.len() + SECOND.len());
        assert_eq!(new_phrase().split(' ').count(), 2);
    }
}
