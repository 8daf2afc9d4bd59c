//! `comparison.json` read again, so that a comparison can be drawn and reported on from its folder.

use serde::{Deserialize, Deserializer};

use super::Comparison;

/// What the files of this version say they are.
pub(super) const FORMAT: &str = "comparison/1";

/// Reads what [`super::comparison_json`] wrote: the same comparison, with all digits.
pub fn read_comparison(bytes: &[u8]) -> Result<Comparison, String> {
    #[derive(Deserialize)]
    struct Tag {
        fleetcast: String,
    }
    let broken = |error: serde_json::Error| format!("it is not a whole comparison.json: {error}");
    let tag: Tag = serde_json::from_slice(bytes).map_err(broken)?;
    if tag.fleetcast != FORMAT {
        return Err(format!("it says `{}`; this version reads `{FORMAT}`", tag.fleetcast));
    }
    serde_json::from_slice(bytes).map_err(broken)
}

/// A number; JSON has none that is not one, and says `null` for it.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// A row of such numbers.
pub(super) fn numbers<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<[f64; super::LEVELS.len()], D::Error> {
    let read = <[Option<f64>; super::LEVELS.len()]>::deserialize(from)?;
    Ok(read.map(|value| value.unwrap_or(f64::NAN)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Bar, Bridge, Side, comparison_json};

    fn comparison(value: f64) -> Comparison {
        let side = Side {
            name: "a".to_owned(),
            title: "A".to_owned(),
            company: "meta".to_owned(),
            as_of: "2024-07-31".to_owned(),
            from: "2024Q1".to_owned(),
            to: "2025Q4".to_owned(),
            draws: 10,
            seed: u64::MAX,
            digest: "0".to_owned(),
            engine: 1,
            version: "0.1.0".to_owned(),
            credits: Vec::new(),
            warnings: vec!["“careful”".to_owned()],
        };
        let bars = vec![Bar {
            name: "k".to_owned(),
            keys: vec!["k".to_owned()],
            value,
            error: value / 3.0,
        }];
        let bridge = Bridge {
            headline: "facility.power@2025Q4".to_owned(),
            label: "Facility power, 2025Q4".to_owned(),
            unit: "MW".to_owned(),
            statistic: "mean".to_owned(),
            from: value.sqrt(),
            to: 1.0 / value,
            error: f64::NAN,
            draws: 10,
            runs: 2,
            orders: 0,
            bars,
            notes: Vec::new(),
        };
        Comparison {
            first: side.clone(),
            second: side,
            paired: true,
            notes: Vec::new(),
            changes: Vec::new(),
            metrics: Vec::new(),
            only_first: Vec::new(),
            only_second: Vec::new(),
            targets: Vec::new(),
            bridges: vec![bridge],
            no_bridge: String::new(),
            command: "compare a b".to_owned(),
        }
    }

    #[test]
    fn every_digit_comes_back_and_what_is_no_number_stays_none() {
        // Digits that a quick reader of decimals would round to a neighbor.
        for value in [0.1, 1.0 / 3.0, 8.98846567431158e307, 2.2250738585072014e-308] {
            let made = comparison(value);
            let text = format!("{:#}\n", comparison_json(&made));
            let read = read_comparison(text.as_bytes()).unwrap();
            let (old, new) = (&made.bridges[0], &read.bridges[0]);
            assert_eq!(
                [old.from, old.to, old.bars[0].value, old.bars[0].error].map(f64::to_bits),
                [new.from, new.to, new.bars[0].value, new.bars[0].error].map(f64::to_bits)
            );
            assert!(new.error.is_nan());
            assert_eq!(made.first, read.first);
            assert_eq!(text, format!("{:#}\n", comparison_json(&read)));
        }
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        for (text, why) in [
            ("", "not a whole"),
            ("{\"fleetcast\": \"comparison/1\"}", "missing field"),
            ("{\"fleetcast\": \"comparison/9\"}", "comparison/9"),
            ("[1]", "not a whole"),
        ] {
            let error = read_comparison(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
