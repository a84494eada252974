//! Amounts as they are named on a command line. What might be meant otherwise is refused: a bid
//! cannot be taken back.

use artipul_common::Money;

/// What is said of anything else.
const FORM: &str = "must be digits like 1200000, 1,200,000 or 120만";

/// An amount: digits, alone or in groups of three (`1,200,000`, `1_200_000`), with `만` (ten
/// thousand) after them or among them (`120만`, `1만5000`), with `₩` before or `원` after it.
pub(super) fn amount(text: &str) -> Result<Money, String> {
    let wrong = || FORM.to_owned();
    let text = text.trim();
    let text = text.strip_prefix('₩').unwrap_or(text);
    let text = text.strip_suffix('원').unwrap_or(text).trim();
    let points = match text.split_once('만') {
        None => digits(text),
        Some((tens, "")) => digits(tens).and_then(|tens| tens.checked_mul(10_000)),
        Some((tens, rest)) => {
            let rest = digits(rest.trim()).filter(|rest| *rest < 10_000);
            let tens = digits(tens).and_then(|tens| tens.checked_mul(10_000));
            tens.zip(rest).and_then(|(tens, rest)| tens.checked_add(rest))
        }
    };
    points.map(Money::new).ok_or_else(wrong)
}

/// A whole number whose groups, if it has any, are all of three digits.
fn digits(text: &str) -> Option<i64> {
    let groups: Vec<&str> = text.split([',', '_']).collect();
    let is_grouped = groups.len() > 1;
    for (place, group) in groups.iter().enumerate() {
        let length = match (is_grouped, place) {
            (false, _) => 1..=18,
            (true, 0) => 1..=3,
            (true, _) => 3..=3,
        };
        if !length.contains(&group.len()) || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    groups.concat().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_digits_with_separators_or_ten_thousands() {
        for text in ["1200000", "1,200,000", "1_200_000", "₩1,200,000", "1200000원", "120만"] {
            assert_eq!(amount(text), Ok(Money::new(1_200_000)), "{text}");
        }
        assert_eq!(amount("1만5000"), Ok(Money::new(15_000)));
        assert_eq!(amount("1,200만 5,000원"), Ok(Money::new(12_005_000)));
    }

    #[test]
    fn what_might_be_meant_otherwise_is_no_amount() {
        for text in [
            "",
            "만",
            "1.2만",
            "1.2m",
            "1.200.000",
            "1,2",
            "12,00",
            "1200,000",
            ",000",
            "-1",
            "+1",
            "1e6",
            "1만10000",
            "1억",
            "１２",
            "99999999999999999999",
            "1 200 000",
            "0x10",
        ] {
            assert_eq!(amount(text), Err(FORM.to_owned()), "{text}");
        }
    }
}
