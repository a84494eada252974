//! Amounts as people read and type them.

use artipul_common::Money;

/// `₩1,200,000`; movements out of a wallet as `-₩1,200,000`.
pub(crate) fn won(amount: Money) -> String {
    if amount < Money::ZERO { format!("-₩{}", -amount) } else { format!("₩{amount}") }
}

/// As [`won`], with a plus before what comes in.
pub(crate) fn signed_won(amount: Money) -> String {
    if amount > Money::ZERO { format!("+{}", won(amount)) } else { won(amount) }
}

/// The amount that somebody typed, whatever he grouped the digits with. `None` without digits or
/// with anything else among them.
pub(crate) fn parse_won(text: &str) -> Option<Money> {
    let compact: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | '.' | '₩' | '원') && !c.is_whitespace())
        .collect();
    (!compact.is_empty() && compact.chars().all(|c| c.is_ascii_digit()))
        .then(|| compact.parse().ok().map(Money::new))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_in_won() {
        assert_eq!(won(Money::new(1_200_000)), "₩1,200,000");
        assert_eq!(won(Money::new(-45_000)), "-₩45,000");
        assert_eq!(signed_won(Money::new(45_000)), "+₩45,000");
        assert_eq!(signed_won(Money::ZERO), "₩0");
    }

    #[test]
    fn an_amount_is_read_however_it_is_grouped() {
        for text in ["1200000", "1,200,000", "₩1,200,000", " 1 200 000원", "1.200.000"] {
            assert_eq!(parse_won(text), Some(Money::new(1_200_000)), "{text}");
        }
        for text in ["", ",", "-1", "12a", "99999999999999999999"] {
            assert_eq!(parse_won(text), None, "{text}");
        }
    }
}
