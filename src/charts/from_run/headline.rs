//! Headlines: what a chart shows, in numbers rounded to what their error supports.

use crate::charts::input::{Prefixes, Unit};
use crate::charts::number::{Prefix, compact, exponent, fixed};
use crate::results::Interval;

/// The value with as many digits as its interval supports: none that is finer than the interval.
pub(in crate::charts) fn supported(interval: Interval, factor: f64, unit: &Unit) -> String {
    let value = interval.value * factor;
    let width = (interval.high - interval.low).abs() * factor;
    let usual = compact(value, unit);
    if unit.prefixes == Prefixes::Power || !width.is_finite() || width <= 0.0 || value == 0.0 {
        return usual;
    }
    let finest = libm::exp10(f64::from(exponent(width)));
    let leading = exponent(value);
    if finest <= libm::exp10(f64::from(leading - usual_digits(value) + 1)) {
        return usual;
    }
    rounded_to(value, finest, unit).unwrap_or(usual)
}

/// Digits of a number in a chart.
fn usual_digits(value: f64) -> i32 {
    if value.abs() / libm::exp10(f64::from(exponent(value))) < 1.9995 { 3 } else { 2 }
}

/// The value to a whole number of `finest`, which is a power of ten; none if that is zero.
fn rounded_to(value: f64, finest: f64, unit: &Unit) -> Option<String> {
    let rounded = (value / finest).round() * finest;
    if rounded == 0.0 {
        return None;
    }
    let prefix = Prefix::for_largest(rounded, unit);
    let decimals = -exponent(finest / prefix.factor);
    Some(prefix.with_unit(&fixed(rounded / prefix.factor, decimals.max(0) as usize), unit))
}

/// A change as people can check it: as finely as the totals beside it, of which the last digit is
/// worth `finest`, or with the usual digits if these are finer, to the second digit of its error.
pub(in crate::charts) fn checkable(value: f64, half: f64, finest: f64, unit: &Unit) -> String {
    let usual = compact(value, unit);
    if unit.prefixes == Prefixes::Power || value == 0.0 || !value.is_finite() {
        return usual;
    }
    // Usual numbers keep all digits before the point.
    let own = libm::exp10(f64::from(exponent(value) - usual_digits(value) + 1))
        .min(Prefix::for_largest(value, unit).factor);
    let known = if half > 0.0 && half.is_finite() {
        libm::exp10(f64::from(exponent(half) - 1))
    } else {
        0.0
    };
    let step = own.min(finest).max(known);
    rounded_to(value, step, unit).unwrap_or(usual)
}

/// A share in percent, with a decimal only where it says something: `37 %`, `0.4 %`, `under 0.1 %`.
pub(in crate::charts) fn percent(share: f64) -> String {
    const SPACE: char = crate::charts::number::THIN;
    let shown = 100.0 * share;
    if shown <= 0.0 {
        format!("0{SPACE}%")
    } else if shown < 0.1 {
        format!("under 0.1{SPACE}%")
    } else if shown > 99.9 && shown < 100.0 {
        format!("over 99.9{SPACE}%")
    } else if !(1.0..=99.0).contains(&shown) && shown < 100.0 {
        format!("{}{SPACE}%", fixed(shown, 1))
    } else {
        format!("{}{SPACE}%", fixed(shown, 0))
    }
}

/// What the median does: passes a round value for good, turns negative or positive, or goes from
/// here to there. Values in the unit; labels name the quarters; `say` writes the median of one.
pub(in crate::charts) fn course(
    subject: &str,
    labels: &[String],
    medians: &[f64],
    from: f64,
    times: &[f64],
    unit: &Unit,
    say: &dyn Fn(usize) -> String,
) -> String {
    let shown: Vec<(usize, f64)> =
        medians.iter().copied().enumerate().filter(|(_, m)| m.is_finite()).collect();
    let (Some(&(first, begin)), Some(&(last, end))) = (shown.first(), shown.last()) else {
        return format!("median {subject}");
    };
    let label = |i: usize| labels.get(i).map_or("", String::as_str);
    if shown.iter().all(|(_, m)| alike(*m, begin)) {
        let noun = short_noun(unit);
        return format!("median {subject} stays at {}{noun} until {}", say(last), label(last));
    }
    if begin * end < 0.0 {
        let turned = shown.iter().rfind(|(_, m)| m * end <= 0.0).map_or(first, |(i, _)| *i);
        let sign = if end < 0.0 { "negative" } else { "positive" };
        return format!(
            "median {subject} turns {sign} in {} and is {} in {}",
            label(turned + 1),
            say(last),
            label(last)
        );
    }
    if let Some((value, i)) = passed(&shown, (from, times)) {
        let (value, noun) = (compact_round(value, unit), short_noun(unit));
        return format!("median {subject} passes {value}{noun} in {}", label(i));
    }
    format!(
        "median {subject} goes from {} in {} to {}{} in {}",
        say(first),
        label(first),
        say(last),
        short_noun(unit),
        label(last)
    )
}

/// Whether two values are the same but for rounding.
pub(in crate::charts) fn alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// What is counted, after a number without a unit: ` H100e`.
pub(in crate::charts) fn short_noun(unit: &Unit) -> &'static str {
    match unit.noun.as_str() {
        "H100 equivalents" => "\u{a0}H100e",
        "chips" => "\u{a0}chips",
        _ => "",
    }
}

/// The largest of 1, 2, 5, 10, 20 … that the median passes after `from` and stays above, and when.
fn passed(shown: &[(usize, f64)], (from, times): (f64, &[f64])) -> Option<(f64, usize)> {
    let (begin, end) = (shown.first()?.1, shown.last()?.1);
    if end <= 0.0 {
        return None;
    }
    let top = exponent(end);
    let round = [5.0, 2.0, 1.0];
    let values = [top, top - 1]
        .into_iter()
        .flat_map(|power| round.map(|mantissa| mantissa * libm::exp10(f64::from(power))));
    // A median that only dips below a value and comes back passes nothing.
    values.filter(|value| begin < *value && *value <= end).find_map(|value| {
        let below = shown.iter().rposition(|(_, m)| *m < value)?;
        let (i, _) = *shown.get(below + 1)?;
        times.get(i).is_some_and(|&x| x > from).then_some((value, i))
    })
}

/// A round value as it is said: `1 GW`, not `1.00 GW`.
pub(in crate::charts) fn compact_round(value: f64, unit: &Unit) -> String {
    if unit.prefixes == Prefixes::Power {
        return compact(value, unit);
    }
    let prefix = Prefix::for_largest(value, unit);
    let number = value / prefix.factor;
    let decimals = (0..6).find(|&d| {
        let scaled = number * libm::exp10(f64::from(d));
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
    });
    prefix.with_unit(&fixed(number, decimals.unwrap_or(2) as usize), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::input::Quarters;

    fn plain(text: &str) -> String {
        text.replace(['\u{202f}', '\u{a0}'], " ")
    }

    #[test]
    fn a_median_that_does_not_move_stays() {
        let quarters = Quarters::starting(2024, 1, 3);
        let unit = Unit::count("H100 equivalents");
        let said = |medians: [f64; 3]| {
            let say = |i: usize| compact(medians[i], &unit);
            plain(&course("fleet", &quarters.labels, &medians, 2024.0, &quarters.ends, &unit, &say))
        };
        assert_eq!(said([2e6, 2e6, 2e6]), "median fleet stays at 2.0 M H100e until 2024Q3");
        assert_eq!(said([0.0, 0.0, 0.0]), "median fleet stays at 0 H100e until 2024Q3");
        assert!(said([1.1e6, 1.2e6, 1.3e6]).contains(" goes from "));
    }

    #[test]
    fn digits_end_where_the_error_begins() {
        let unit = Unit::metric("W", "watts");
        let of = |value: f64, half: f64| {
            let interval = Interval { value, low: value - half, high: value + half };
            plain(&supported(interval, 1e6, &unit))
        };
        assert_eq!(of(3412.0, 10.0), "3.4 GW", "the usual two digits");
        assert_eq!(of(3412.0, 1500.0), "3 GW");
        assert_eq!(of(1812.0, 150.0), "1.8 GW", "not 1.81");
        assert_eq!(of(0.0, 1.0), "0 W");
    }

    #[test]
    fn changes_can_be_checked_against_totals_as_far_as_their_error_goes() {
        let unit = Unit::metric("W", "watts");
        let of = |value: f64, half: f64, finest: f64| {
            plain(&checkable(value * 1e6, half * 1e6, finest * 1e6, &unit))
        };
        assert_eq!(of(-96.2, 20.6, 1.0), "−96 MW", "10.881 GW to 10.785 GW");
        assert_eq!(of(-96.2, 20.6, f64::INFINITY), "−96 MW");
        assert_eq!(of(1043.4, 4.0, 1.0), "1.043 GW", "as finely as the totals");
        assert_eq!(of(1043.4, 4.0, 100.0), "1.04 GW", "or the usual digits");
        assert_eq!(
            of(1043.4, 240.0, 1.0),
            "1.04 GW",
            "no finer than the second digit of the error"
        );
        assert_eq!(of(912.2, 4.0, 100.0), "912 MW");
        assert_eq!(of(0.31, 21.0, 1.0), "310 kW", "a number that is all error keeps its size");
        assert_eq!(of(3.2468, 0.0, 0.01), "3.25 MW", "without an error as finely as the totals");
        assert_eq!(of(0.0, 1.0, 1.0), "0 W");
        let share = Unit::share("percent");
        assert_eq!(plain(&checkable(0.0314, 0.002, 0.001, &share)), "3.1 %");
    }

    #[test]
    fn shares_are_whole_percents_in_the_middle() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.0004, "under 0.1 %"),
            (0.004, "0.4 %"),
            (0.372, "37 %"),
            (0.996, "99.6 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(plain(&percent(share)), text);
        }
    }

    #[test]
    fn headlines_say_when_a_round_value_is_passed() {
        let quarters = Quarters::starting(2024, 1, 12);
        let say = |value: &dyn Fn(f64) -> f64| {
            let medians: Vec<f64> = (0..12).map(|i| value(f64::from(i))).collect();
            let unit = Unit::metric("W", "watts");
            let spoken = |i: usize| compact(medians[i], &unit);
            let (labels, ends) = (&quarters.labels, &quarters.ends);
            plain(&course("power", labels, &medians, 2024.5, ends, &unit, &spoken))
        };
        assert_eq!(say(&|i| 0.4e9 + 0.1e9 * i), "median power passes 1 GW in 2025Q3");
        assert_eq!(
            say(&|i| 3.2e9 - 0.1e9 * i),
            "median power goes from 3.2 GW in 2024Q1 to 2.1 GW in 2026Q4"
        );
        assert_eq!(
            say(&|i| 2.5e9 - 1e9 * i),
            "median power turns negative in 2024Q4 and is −8.5 GW in 2026Q4"
        );
        let dip = |i: f64| {
            2.1e9 + 1e8 * (i - 4.0).abs() - 5e8 * f64::from(u8::from((5.5..6.5).contains(&i)))
        };
        assert!(say(&dip).starts_with("median power goes from 2.5 GW"), "{}", say(&dip));
        assert_eq!(say(&|_| f64::NAN), "median power");
    }
}
