//! What can be wrong with a value text, in words.

use std::ops::Range;

use strsim::damerau_levenshtein;

use super::Quantity;
use super::catalogue::{Unit, compact};
use super::parse::Number;

/// The kind of a mistake in a value text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueErrorKind {
    /// Not of the form number, number `to` number, or number / number / number, and a unit.
    Syntax,
    /// Thousands are separated by a comma, or decimals by one.
    Comma,
    /// The quantity needs a unit.
    MissingUnit,
    /// No such unit.
    UnknownUnit,
    /// A unit of something else.
    WrongDimension {
        /// What the text is, with its article: `an energy`.
        found: &'static str,
    },
    /// Percentiles that do not rise.
    Order,
    /// A number that the quantity cannot have.
    OutOfRange,
    /// A date is written without quotes.
    NotAText,
}

/// A mistake in a value text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// First byte of the mistake in the text. A range that covers the whole text means the value as
    /// such: its quotes may be marked too.
    pub start: usize,
    /// Just after the last byte of the mistake.
    pub end: usize,
    /// What kind of mistake.
    pub kind: ValueErrorKind,
    /// The rest of a sentence that starts with the key: `takes a power, this is an energy`.
    pub message: String,
    /// A few words for the marked place.
    pub label: String,
    /// What to write instead.
    pub help: String,
}

fn error(
    range: Range<usize>,
    kind: ValueErrorKind,
    message: String,
    label: impl Into<String>,
    help: String,
) -> ValueError {
    let Range { start, end } = range;
    ValueError { start, end, kind, message, label: label.into(), help }
}

/// `write a power, for example "300 MW"`
fn example(quantity: Quantity) -> String {
    format!("write {}, for example \"{}\"", quantity.noun(), quantity.example())
}

pub(super) fn not_a_text(text: &str, quantity: Quantity) -> ValueError {
    error(
        0..text.len(),
        ValueErrorKind::NotAText,
        "takes a date, this is a text".to_owned(),
        "text",
        format!("write a date without quotes, for example {}", quantity.example()),
    )
}

pub(super) fn no_number(text: &str, at: usize, quantity: Quantity) -> ValueError {
    let start = text.len() - text[at..].trim_start().len();
    let rest = text[start..].trim_end();
    let help = if rest.starts_with(['$', '€', '£']) {
        "write the currency after the number, for example \"37 B USD\"".to_owned()
    } else if rest.starts_with('.') {
        format!("write a digit before the point: 0{rest}")
    } else {
        example(quantity)
    };
    let (range, label) = if rest.is_empty() {
        (0..text.len(), "no number")
    } else {
        (start..start + rest.len(), "expected a number here")
    };
    let message = format!("takes {}, this is not a number", quantity.noun());
    error(range, ValueErrorKind::Syntax, message, label, help)
}

pub(super) fn wrong_count(text: &str, count: usize) -> ValueError {
    error(
        0..text.len(),
        ValueErrorKind::Syntax,
        format!("takes one, two or three numbers, not {count} with slashes"),
        format!("{count} numbers"),
        "write \"P5 to P95\" or \"P5 / P50 / P95\", for example \"15 to 290 d\" or \
         \"15 / 80 / 290 d\""
            .to_owned(),
    )
}

pub(super) fn too_large(number: &Number) -> ValueError {
    error(
        number.start..number.end,
        ValueErrorKind::OutOfRange,
        "takes a number below 1e308".to_owned(),
        "too large",
        "check the exponent and the unit".to_owned(),
    )
}

pub(super) fn missing_unit(text: &str, quantity: Quantity) -> ValueError {
    error(
        0..text.len(),
        ValueErrorKind::MissingUnit,
        format!("takes {}, this has no unit", quantity.noun()),
        "no unit",
        example(quantity),
    )
}

pub(super) fn wrong_dimension(
    text: &str,
    written: &str,
    unit: &Unit,
    quantity: Quantity,
) -> ValueError {
    let (found, label) = match Quantity::of_unit(unit) {
        Some(other) => (other.noun(), format!("{} ({written})", other.plain_noun())),
        None => ("something else", format!("in {written}")),
    };
    error(
        0..text.len(),
        ValueErrorKind::WrongDimension { found },
        format!("takes {}, this is {found}", quantity.noun()),
        label,
        example(quantity),
    )
}

/// What follows the numbers is no unit: a slip that is known, or a misspelled unit.
pub(super) fn unknown_unit(
    text: &str,
    numbers: &[Number],
    range: Range<usize>,
    quantity: Quantity,
) -> ValueError {
    let written = &text[range.clone()];
    if let Some((kind, help)) = slip(text, written, numbers, quantity) {
        let message = format!("takes {}, this cannot be read", quantity.noun());
        return error(range, kind, message, "not understood", help);
    }
    let help = match suggestion(written, quantity) {
        Some(unit) => format!("did you mean `{unit}`?"),
        None => example(quantity),
    };
    let message = format!("takes {}, but `{written}` is no unit", quantity.noun());
    error(range, ValueErrorKind::UnknownUnit, message, "unknown unit", help)
}

/// The kind and the cure of a usual slip after a number.
fn slip(
    text: &str,
    rest: &str,
    numbers: &[Number],
    quantity: Quantity,
) -> Option<(ValueErrorKind, String)> {
    let last = numbers.last().map_or("", |number| &text[number.start..number.end]);
    let tail = |start: &str| rest.strip_prefix(start).map(str::trim_start);
    let number_follows = |after: &str| after.starts_with(|c: char| c.is_ascii_digit());
    let digits_after =
        |after: &str| -> String { after.chars().take_while(char::is_ascii_digit).collect() };
    if let Some(after) = tail(",").filter(|after| number_follows(after)) {
        let digits = digits_after(after);
        return Some((
            ValueErrorKind::Comma,
            format!("write {last}_{digits} for thousands, or {last}.{digits} for decimals"),
        ));
    }
    let syntax = |help: String| Some((ValueErrorKind::Syntax, help));
    if number_follows(rest) {
        let digits = digits_after(rest);
        return syntax(format!("group digits by an underscore: {last}_{digits}"));
    }
    if let Some(after) = ["-", "–", "—", "...", ".."].into_iter().find_map(tail)
        && number_follows(after)
    {
        let lacks_unit = after.ends_with(|c: char| c.is_ascii_digit());
        let unit = if lacks_unit && !quantity.allows_bare_number() {
            format!(" {}", quantity.canonical_unit())
        } else {
            String::new()
        };
        return syntax(format!("write \"{last} to {after}{unit}\" for a range"));
    }
    let powers = ["x10", "×10", "*10", "x 10", "× 10", "* 10", "·10", "· 10"];
    if powers.into_iter().any(|start| rest.starts_with(start)) {
        return syntax("write a power of ten with an e, for example 3.8e26".to_owned());
    }
    if rest.contains(" to ") || rest.contains(" / ") {
        return syntax("write the unit once, at the end, for example \"300 to 400 MW\"".to_owned());
    }
    if rest.contains(['$', '€', '£']) {
        return syntax("write USD for dollars, for example \"37 B USD\"".to_owned());
    }
    None
}

/// The unit of `quantity` that `written` probably means.
fn suggestion(written: &str, quantity: Quantity) -> Option<&'static str> {
    let word = compact(written);
    let same_but_case = |unit: &&'static str| compact(unit).to_lowercase() == word.to_lowercase();
    if let Some(unit) = quantity.decl().units().find(same_but_case) {
        return Some(unit);
    }
    // `40 B` for `40 B USD`, `350 k` for `350 k chips`.
    let begun = |unit: &&'static str| unit.split_once(' ').is_some_and(|(start, _)| start == word);
    if let Some(unit) = quantity.decl().units().find(begun) {
        return Some(unit);
    }
    let length = word.chars().count();
    let most = if length < 2 { 0 } else { (length / 3).clamp(1, 2) };
    quantity
        .decl()
        .units()
        .filter(|unit| !unit.is_empty())
        .map(|unit| (damerau_levenshtein(&word, &compact(unit)), unit))
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, unit)| unit)
}

pub(super) fn not_rising(text: &str, low: &Number, high: &Number) -> ValueError {
    let (below, above) = (&text[low.start..low.end], &text[high.start..high.end]);
    error(
        low.start..high.end,
        ValueErrorKind::Order,
        "takes percentiles that rise".to_owned(),
        format!("{below} is not below {above}"),
        "write the 5th percentile first and the 95th last, or one number if it is certain"
            .to_owned(),
    )
}

pub(super) fn out_of_range(number: &Number, single: bool, quantity: Quantity) -> ValueError {
    let (message, label) = match quantity {
        Quantity::Count => ("takes whole numbers from 0 on", "not a whole number from 0 on"),
        Quantity::Share if single => ("takes a share from 0 to 1", "not between 0 and 1"),
        Quantity::Share => ("takes percentiles strictly between 0 and 1", "not between 0 and 1"),
        _ => ("takes positive percentiles", "not positive"),
    };
    let help = match quantity {
        Quantity::Count => "write a whole number, for example \"16\"".to_owned(),
        Quantity::Share => "write 35 % or 0.35 for 35 of 100".to_owned(),
        _ => "write percentiles above zero".to_owned(),
    };
    error(number.start..number.end, ValueErrorKind::OutOfRange, message.to_owned(), label, help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::parse_value;
    use Quantity as Q;
    use ValueErrorKind as K;

    fn fail(text: &str, quantity: Quantity) -> ValueError {
        parse_value(text, quantity).expect_err(text)
    }

    #[test]
    fn an_energy_is_no_power() {
        let e = fail("300 MWh", Q::Power);
        assert_eq!(e.kind, K::WrongDimension { found: "an energy" });
        assert_eq!(e.message, "takes a power, this is an energy");
        assert_eq!(e.label, "energy (MWh)");
        assert_eq!(e.help, "write a power, for example \"300 MW\"");
        assert_eq!((e.start, e.end), (0, 7));
    }

    #[test]
    fn wrong_dimensions_are_named() {
        let cases = [
            ("4 %/year", Q::GrowthPerQuarter, "a growth per year"),
            ("4 %", Q::GrowthPerQuarter, "a ratio"),
            ("37 B USD", Q::Power, "an amount of money"),
            ("37 B USD/year", Q::Money, "money per time"),
            ("5 chips", Q::H100e, "a number of chips"),
            ("5 TFLOP", Q::ComputeRate, "a compute"),
            ("5 W/L", Q::Power, "something else"),
            ("300 MW", Q::Ratio, "a power"),
            ("300 MW", Q::EnergyPerYear, "a power"),
        ];
        for (text, quantity, found) in cases {
            assert_eq!(fail(text, quantity).kind, K::WrongDimension { found }, "{text}");
        }
    }

    #[test]
    fn unknown_units_get_a_suggestion() {
        let cases = [
            ("300 mw", Q::Power, "did you mean `MW`?"),
            ("300 MX", Q::Power, "did you mean `MW`?"),
            ("40 B", Q::Money, "did you mean `B USD`?"),
            ("350 k", Q::Chips, "did you mean `k chips`?"),
            ("350 k chpis", Q::Chips, "did you mean `k chips`?"),
            ("989 TFLOPS", Q::ComputeRate, "did you mean `TFLOP/s`?"),
            ("4 %/quater", Q::GrowthPerQuarter, "did you mean `%/quarter`?"),
            ("4 monhts", Q::Duration, "did you mean `months`?"),
            ("300 horses", Q::Power, "write a power, for example \"300 MW\""),
        ];
        for (text, quantity, help) in cases {
            let e = fail(text, quantity);
            assert_eq!((e.kind, e.help.as_str()), (K::UnknownUnit, help), "{text}");
        }
        let e = fail("37 to 40 BUSDD", Q::Money);
        assert_eq!((e.start, e.end), (9, 14));
        assert_eq!(e.message, "takes an amount of money, but `BUSDD` is no unit");
    }

    #[test]
    fn usual_slips_get_their_cure() {
        let cases = [
            ("16,384 chips", Q::Chips, K::Comma, "16_384"),
            ("1,5 MW", Q::Power, K::Comma, "1.5"),
            ("16 384 chips", Q::Chips, K::Syntax, "16_384"),
            ("37-40 B USD", Q::Money, K::Syntax, "\"37 to 40 B USD\""),
            ("37–40 B USD", Q::Money, K::Syntax, "\"37 to 40 B USD\""),
            ("30..40", Q::Power, K::Syntax, "\"30 to 40 MW\""),
            ("0.3-0.4", Q::Share, K::Syntax, "\"0.3 to 0.4\""),
            ("$37 B", Q::Money, K::Syntax, "after the number"),
            ("37 B$", Q::Money, K::Syntax, "write USD"),
            ("3.8x10^26 FLOP", Q::Compute, K::Syntax, "3.8e26"),
            ("3.8 × 10^26 FLOP", Q::Compute, K::Syntax, "3.8e26"),
            ("300 MW to 400 MW", Q::Power, K::Syntax, "the unit once"),
            ("15 d / 80 d / 290 d", Q::Duration, K::Syntax, "the unit once"),
            ("15 / 80 d", Q::Duration, K::Syntax, "P5 to P95"),
            ("1 / 2 / 3 / 4 d", Q::Duration, K::Syntax, "P5 to P95"),
            (".5 MW", Q::Power, K::Syntax, "0.5"),
            ("about 300 MW", Q::Power, K::Syntax, "\"300 MW\""),
            ("", Q::Power, K::Syntax, "\"300 MW\""),
            ("nan MW", Q::Power, K::Syntax, "\"300 MW\""),
            ("300 to MW", Q::Power, K::Syntax, "\"300 MW\""),
            ("2024-09-01", Q::Date, K::NotAText, "without quotes"),
            ("300", Q::Power, K::MissingUnit, "\"300 MW\""),
        ];
        for (text, quantity, kind, cure) in cases {
            let e = fail(text, quantity);
            assert_eq!(e.kind, kind, "{text}: {e:?}");
            assert!(e.help.contains(cure), "{text}: {}", e.help);
        }
    }

    #[test]
    fn percentiles_must_rise_and_fit_their_scale() {
        let cases = [
            ("40 to 37 MW", Q::Power, K::Order),
            ("40 to 40 MW", Q::Power, K::Order),
            ("15 / 290 / 80 d", Q::Duration, K::Order),
            ("0 to 5 MW", Q::Power, K::OutOfRange),
            ("-1 to 5 B USD", Q::Money, K::OutOfRange),
            ("0 to 50 %", Q::Share, K::OutOfRange),
            ("50 to 100 %", Q::Share, K::OutOfRange),
            ("101 %", Q::Share, K::OutOfRange),
            ("35", Q::Share, K::OutOfRange),
            ("2.5", Q::Count, K::OutOfRange),
            ("-2", Q::Count, K::OutOfRange),
            ("1e999 MW", Q::Power, K::OutOfRange),
            ("1e99999999999 MW", Q::Power, K::OutOfRange),
        ];
        for (text, quantity, kind) in cases {
            assert_eq!(fail(text, quantity).kind, kind, "{text}");
        }
        let e = fail("15 / 290 / 80 d", Q::Duration);
        assert_eq!((e.start, e.end, e.label.as_str()), (5, 13, "290 is not below 80"));
        assert!(parse_value("-10 to 5 %/year", Q::GrowthPerYear).is_ok());
    }

    #[test]
    fn ranges_lie_on_characters_of_any_text() {
        let pieces = ["", "1", "−", "é", " to ", " / ", "MW", ",", "e", ".", "_", "日本", "%", "$"];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let text = format!("{a}{b}{c}");
                    for quantity in [Q::Power, Q::Share, Q::Date] {
                        if let Err(e) = parse_value(&text, quantity) {
                            assert!(text.get(e.start..e.end).is_some(), "{text:?}: {e:?}");
                            assert!(!e.message.is_empty() && !e.help.is_empty(), "{text:?}");
                        }
                    }
                }
            }
        }
    }
}
