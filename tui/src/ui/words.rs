//! Amounts in words: whole, for whoever is to notice a digit too many; and short, as they are
//! spoken of.

use artipul_common::Money;

use crate::i18n::Lang;

/// `백이십만 원`, `one million two hundred thousand won`.
pub(crate) fn in_words(lang: Lang, amount: Money) -> String {
    let number = amount.points().unsigned_abs();
    match lang {
        Lang::Ko => format!("{} 원", korean(number)),
        Lang::En => format!("{} won", english(number)),
    }
}

/// `120만 원`, `12만 5,000원`; `1.2 million won`, `125 thousand won`.
pub(crate) fn short(lang: Lang, amount: Money) -> String {
    let number = amount.points().unsigned_abs();
    match lang {
        Lang::Ko => short_korean(number),
        Lang::En => short_english(number),
    }
}

/// The names of the groups of four digits, the last group first.
const MYRIADS: [&str; 5] = ["", "만", "억", "조", "경"];

/// The groups of so many digits that are not zero, the first digits first, each with its place.
fn groups(number: u64, size: u64) -> Vec<(usize, u64)> {
    let mut rest = number;
    let mut groups = Vec::new();
    for place in 0.. {
        if rest == 0 {
            break;
        }
        groups.push((place, rest % size));
        rest /= size;
    }
    groups.retain(|(_, group)| *group > 0);
    groups.reverse();
    groups
}

fn korean(number: u64) -> String {
    if number == 0 {
        return "영".to_owned();
    }
    let words = groups(number, 10_000).into_iter().enumerate().map(|(index, group)| match group {
        // 만 원, not 일만 원; but 일억 일만 원.
        (1, 1) if index == 0 => MYRIADS[1].to_owned(),
        (place, group) => korean_below_myriad(group) + MYRIADS[place],
    });
    words.collect::<Vec<_>>().join(" ")
}

fn korean_below_myriad(group: u64) -> String {
    const DIGITS: [&str; 10] = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];
    let mut words = String::new();
    for (unit, name) in [(1_000, "천"), (100, "백"), (10, "십"), (1, "")] {
        let digit = usize::try_from(group / unit % 10).unwrap_or(0);
        if digit > 0 {
            // One thousand, hundred or ten is said without the one.
            words += if digit == 1 && unit > 1 { "" } else { DIGITS[digit] };
            words += name;
        }
    }
    words
}

fn short_korean(number: u64) -> String {
    let mut words: Vec<String> = groups(number, 10_000)
        .into_iter()
        .map(|(place, group)| {
            let digits = Money::new(i64::try_from(group).unwrap_or(0));
            format!("{digits}{}", MYRIADS[place])
        })
        .collect();
    if words.is_empty() {
        words.push("0".to_owned());
    }
    // A unit and the currency are written apart, digits and the currency together: 5만 원, 5,000원.
    let gap = if number > 0 && number.is_multiple_of(10_000) { " " } else { "" };
    format!("{}{gap}원", words.join(" "))
}

/// The names of the groups of three digits, the last group first.
const THOUSANDS: [&str; 7] =
    ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"];

fn english(number: u64) -> String {
    if number == 0 {
        return "zero".to_owned();
    }
    let words = groups(number, 1_000).into_iter().map(|(place, group)| {
        let words = english_below_thousand(group);
        if place == 0 { words } else { format!("{words} {}", THOUSANDS[place]) }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn english_below_thousand(group: u64) -> String {
    #[rustfmt::skip]
    const SMALL: [&str; 20] = [
        "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] =
        ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let group = usize::try_from(group).unwrap_or(0);
    let (hundreds, rest) = (group / 100, group % 100);
    let mut words = Vec::new();
    if hundreds > 0 {
        words.push(format!("{} hundred", SMALL[hundreds]));
    }
    match (rest / 10, rest % 10) {
        (_, _) if rest == 0 => {}
        (0 | 1, _) => words.push(SMALL[rest].to_owned()),
        (tens, 0) => words.push(TENS[tens].to_owned()),
        (tens, ones) => words.push(format!("{}-{}", TENS[tens], SMALL[ones])),
    }
    words.join(" ")
}

fn short_english(number: u64) -> String {
    let Some(&(place, _)) = groups(number, 1_000).first() else { return "0 won".to_owned() };
    if place == 0 {
        return format!("{number} won");
    }
    let unit = 1_000u64.pow(u32::try_from(place).unwrap_or(0));
    let fraction = format!("{:0width$}", number % unit, width = 3 * place);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction} {} won", number / unit, THOUSANDS[place])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(lang: Lang, points: i64) -> String {
        in_words(lang, Money::new(points))
    }

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (points, ko, en) in [
            (0, "영 원", "zero won"),
            (1_000, "천 원", "one thousand won"),
            (10_000, "만 원", "ten thousand won"),
            (111_000, "십일만 천 원", "one hundred eleven thousand won"),
            (1_200_000, "백이십만 원", "one million two hundred thousand won"),
            (
                12_345_000,
                "천이백삼십사만 오천 원",
                "twelve million three hundred forty-five thousand won",
            ),
            (100_000_000, "일억 원", "one hundred million won"),
            (100_010_000, "일억 일만 원", "one hundred million ten thousand won"),
            (1_000_000_000_000, "일조 원", "one trillion won"),
        ] {
            assert_eq!(words(Lang::Ko, points), ko);
            assert_eq!(words(Lang::En, points), en);
        }
    }

    #[test]
    fn amounts_are_short_where_they_are_round() {
        for (points, ko, en) in [
            (0, "0원", "0 won"),
            (5_000, "5,000원", "5 thousand won"),
            (50_000, "5만 원", "50 thousand won"),
            (125_000, "12만 5,000원", "125 thousand won"),
            (1_200_000, "120만 원", "1.2 million won"),
            (12_345_000, "1,234만 5,000원", "12.345 million won"),
            (320_000_000, "3억 2,000만 원", "320 million won"),
            (1_000_000_001_000, "1조 1,000원", "1.000000001 trillion won"),
        ] {
            assert_eq!(short(Lang::Ko, Money::new(points)), ko);
            assert_eq!(short(Lang::En, Money::new(points)), en);
        }
    }

    /// Reads Korean words the way a reader does: units multiply what stands before them.
    fn read_korean(words: &str) -> i64 {
        let (mut total, mut group, mut digit) = (0, 0, None);
        for c in words.trim_end_matches('원').chars().filter(|c| !c.is_whitespace()) {
            if let Some(found) = "영일이삼사오육칠팔구".chars().position(|known| known == c)
            {
                digit = Some(i64::try_from(found).unwrap());
                continue;
            }
            match c {
                '십' | '백' | '천' => {
                    let unit = match c {
                        '십' => 10,
                        '백' => 100,
                        _ => 1_000,
                    };
                    group += digit.take().unwrap_or(1) * unit;
                }
                '만' | '억' | '조' => {
                    let unit = match c {
                        '만' => 10_000,
                        '억' => 100_000_000,
                        _ => 1_000_000_000_000,
                    };
                    group += digit.take().unwrap_or(0);
                    total += group.max(1) * unit;
                    group = 0;
                }
                other => panic!("{other} is no number"),
            }
        }
        total + group + digit.unwrap_or(0)
    }

    fn read_english(words: &str) -> i64 {
        let (mut total, mut group) = (0, 0);
        for word in words.trim_end_matches(" won").split([' ', '-']) {
            let small = [
                "zero",
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
                "thirteen",
                "fourteen",
                "fifteen",
                "sixteen",
                "seventeen",
                "eighteen",
                "nineteen",
            ];
            let tens =
                ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
            let place = |list: &[&str]| list.iter().position(|known| *known == word);
            if let Some(number) = place(&small) {
                group += i64::try_from(number).unwrap();
            } else if let Some(number) = place(&tens) {
                group += 10 * (i64::try_from(number).unwrap() + 2);
            } else if word == "hundred" {
                group *= 100;
            } else {
                let unit = match word {
                    "thousand" => 1_000,
                    "million" => 1_000_000,
                    "billion" => 1_000_000_000,
                    "trillion" => 1_000_000_000_000,
                    other => panic!("{other} is no number"),
                };
                total += group * unit;
                group = 0;
            }
        }
        total + group
    }

    /// Reads what is short: digits, points and units.
    fn read_short(words: &str) -> i64 {
        let words = words.trim_end_matches("won").trim_end_matches('원').replace(',', "");
        let units = [
            ("만", 10_000),
            ("억", 100_000_000),
            ("조", 1_000_000_000_000),
            (" thousand", 1_000),
            (" million", 1_000_000),
            (" billion", 1_000_000_000),
            (" trillion", 1_000_000_000_000),
        ];
        if let Some((number, unit)) = units
            .iter()
            .skip(3)
            .find_map(|(name, unit)| Some((words.trim().strip_suffix(name)?, unit)))
        {
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let digits = unit.to_string().len() - 1;
            return whole.parse::<i64>().unwrap() * unit
                + format!("{fraction:0<digits$}").parse::<i64>().unwrap();
        }
        words
            .split_whitespace()
            .map(|part| {
                let unit =
                    units.iter().find_map(|(name, unit)| Some((part.strip_suffix(name)?, *unit)));
                let (digits, unit) = unit.unwrap_or((part, 1));
                digits.parse::<i64>().unwrap() * unit
            })
            .sum()
    }

    fn amount() -> impl Strategy<Value = i64> {
        // Amounts of every length, round ones and odd ones.
        prop_oneof![
            0..1_000_000_000_000i64,
            0..10_000_000i64,
            (0..100_000_000i64).prop_map(|n| n * 10_000)
        ]
    }

    proptest! {
        #[test]
        fn words_say_what_the_digits_say(points in amount()) {
            prop_assert_eq!(read_korean(&words(Lang::Ko, points)), points);
            prop_assert_eq!(read_english(&words(Lang::En, points)), points);
            for lang in [Lang::Ko, Lang::En] {
                prop_assert_eq!(read_short(&short(lang, Money::new(points))), points);
            }
        }
    }
}
