//! Numbers as readers see them: two or three significant digits, thin-space thousands, true minus signs, one
//! prefix per axis.

use super::input::{Prefixes, Unit};
use crate::units::plural;

/// Narrow no-break space: before a percent sign and between groups of three digits.
pub const THIN: char = '\u{202f}';
/// No-break space: between a number and its prefix or unit.
const SPACE: char = '\u{a0}';

/// A power of ten taken out of all numbers of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefix {
    /// What one shown unit is worth.
    pub factor: f64,
    /// Sign after the number, as in `M`.
    pub symbol: String,
    /// Word before the noun, as in `million ` or `giga`.
    pub word: String,
}

impl Prefix {
    fn none() -> Self {
        Self { factor: 1.0, symbol: String::new(), word: String::new() }
    }

    /// The prefix that shows `largest` as a number of at least 1 (and below 1000 where there is one).
    pub fn for_largest(largest: f64, unit: &Unit) -> Self {
        let short = [
            (1e12, "T", "trillion "),
            (1e9, "B", "billion "),
            (1e6, "M", "million "),
            (1e3, "k", "thousand "),
        ];
        let metric = [
            (1e18, "E", "exa"),
            (1e15, "P", "peta"),
            (1e12, "T", "tera"),
            (1e9, "G", "giga"),
            (1e6, "M", "mega"),
            (1e3, "k", "kilo"),
        ];
        let steps: &[(f64, &str, &str)] = match unit.prefixes {
            Prefixes::None => &[],
            Prefixes::Percent => return Self { factor: 0.01, ..Self::none() },
            Prefixes::Power => return Self::power_of_ten(largest),
            Prefixes::Money => &short,
            Prefixes::Metric if unit.after.is_empty() => &short,
            Prefixes::Metric => &metric,
        };
        steps.iter().find(|(factor, ..)| largest.abs() >= factor * (1.0 - 1e-9)).map_or_else(
            Self::none,
            |&(factor, symbol, word)| Self { factor, symbol: symbol.into(), word: word.into() },
        )
    }

    fn power_of_ten(largest: f64) -> Self {
        let power = exponent(largest);
        if (0..4).contains(&power) {
            return Self::none();
        }
        let symbol = format!("×{THIN}10{}", superscript(power));
        Self { factor: libm::exp10(f64::from(power)), word: format!("{symbol} "), symbol }
    }

    /// A number text with prefix and unit: `$60 B`, `4 GW`, `12 M`, `40 %`.
    pub fn with_unit(&self, number: &str, unit: &Unit) -> String {
        let times = self.symbol.starts_with('×');
        let gap = if times && !unit.after.is_empty() { "\u{a0}" } else { "" };
        let tail = format!("{}{gap}{}", self.symbol, unit.after);
        let space = match tail.chars().next() {
            None => String::new(),
            Some('%' | '×') => THIN.to_string(),
            Some(_) => SPACE.to_string(),
        };
        match number.strip_prefix('−') {
            Some(rest) => format!("−{}{rest}{space}{tail}", unit.before),
            None => format!("{}{number}{space}{tail}", unit.before),
        }
    }

    /// The words of a subtitle: `Million H100 equivalents`, `Gigawatts`.
    pub fn spelled(&self, unit: &Unit) -> String {
        capitalized(&format!("{}{}", self.word, unit.noun))
    }
}

/// The text with its first letter in upper case.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The company as the title of its scenario writes it, as in `xAI`, or with a capital letter.
pub fn company(title: &str, key: &str) -> String {
    let mut words = title.split(|c: char| !c.is_alphanumeric());
    let found = words.find(|word| !word.is_empty() && word.eq_ignore_ascii_case(key));
    found.map_or_else(|| capitalized(key), str::to_owned)
}

/// The power of ten of the leading digit; 0 for zero and for values that are not finite.
pub fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    // The logarithm of 1000 may come out a hair below 3.
    (libm::log10(value.abs()) + 1e-12).floor() as i32
}

/// An integer in superscript digits.
pub fn superscript(power: i32) -> String {
    power
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            _ => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
        })
        .collect()
}

/// A value with a fixed number of decimals, grouped, with a true minus sign and no negative zero.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let negative = value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let mut out = String::from(if negative { "−" } else { "" });
    out.push_str(&grouped(whole));
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + 6);
    for (i, c) in digits.chars().enumerate() {
        // Four digits stay together, as on maps of years and in most style books.
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(c);
    }
    out
}

/// A count with thin-space thousands.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A count with its noun: `1 draw`, `10 000 draws`.
pub fn counted(value: u64, noun: &str) -> String {
    format!("{}{SPACE}{}", count(value), plural(value, noun))
}

/// A value with two significant digits, or three when it starts with a 1; never less than its whole part.
///
/// So the relative step between neighbors stays between 1 and 5 %: 0.31, 1.25, 2.2, 12.4, 45, 191.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let power = exponent(value);
    let leading = value.abs() / libm::exp10(f64::from(power));
    let digits = if leading < 1.9995 { 3 } else { 2 };
    let text = fixed(value, (digits - 1 - power).clamp(0, 9) as usize);
    // 9.96 rounds to "10.0": one digit too many for a two-digit number, which is harmless.
    text
}

/// A value with its own prefix and unit, as in `2.2 M` or `$22 B`.
pub fn compact(value: f64, unit: &Unit) -> String {
    let prefix = Prefix::for_largest(value, unit);
    prefix.with_unit(&significant(value / prefix.factor), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_company_is_spelled_as_its_title_does() {
        for (title, key, expected) in [
            ("What OpenAI uses, as known in 2026", "openai", "OpenAI"),
            ("xAI as known on 30 September 2026", "xai", "xAI"),
            ("Meta's plans", "meta", "Meta"),
            ("A metaphor", "meta", "Meta"),
            ("", "google", "Google"),
        ] {
            assert_eq!(company(title, key), expected);
        }
    }

    #[test]
    fn significant_digits_follow_the_table() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.3149, "0.31"),
            (0.125, "0.125"),
            (1.2499, "1.25"),
            (2.24, "2.2"),
            (3.0, "3.0"),
            (12.44, "12.4"),
            (45.4, "45"),
            (191.2, "191"),
            (1912.0, "1912"),
            (48_912.0, "48\u{202f}912"),
            (-22.3, "−22"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(significant(value), text, "{value}");
        }
    }

    #[test]
    fn units_and_prefixes_read_as_in_print() {
        let chips = Unit::count("H100 equivalents");
        let watts = Unit::metric("W", "watts");
        for (value, unit, text) in [
            (2.2e6, &chips, "2.2 M"),
            (999.6e3, &chips, "1000 k"),
            (350e3, &chips, "350 k"),
            (3.4e9, &watts, "3.4 GW"),
            (-22.4e9, &Unit::dollars(), "−$22 B"),
            (0.386, &Unit::share("of quarters"), "39 %"),
            (3.8e26, &Unit::powers("FLOP", "FLOP"), "3.8 × 10²⁶ FLOP"),
            (12.0, &Unit::plain("", "sites"), "12.0"),
        ] {
            assert_eq!(compact(value, unit).replace([THIN, SPACE], " "), text);
        }
        assert_eq!(Prefix::for_largest(3e9, &watts).spelled(&watts), "Gigawatts");
        assert_eq!(Prefix::for_largest(3e6, &chips).spelled(&chips), "Million H100 equivalents");
    }

    #[test]
    fn no_negative_zero() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "−0.01");
    }

    proptest! {
        #![proptest_config(crate::charts::tests::seeded(256))]

        #[test]
        fn significant_is_within_three_percent(value in prop_oneof![1e-6..1e9f64, -1e9..-1e-6f64]) {
            let text = significant(value).replace('−', "-").replace(THIN, "");
            let back: f64 = text.parse().unwrap();
            prop_assert!((back - value).abs() <= 0.0251 * value.abs(), "{value} {text}");
        }
    }
}
