//! What stands around a run in charts: what the company said would be, and past training runs.

use serde::{Deserialize, Serialize};

use super::date_text;
use crate::time::Date;

/// A range that the company gave before the day the scenario looks from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guided {
    /// Metric.
    pub metric: String,
    /// What it is about: `2024`, `2024Q2` or a date.
    pub at: String,
    /// Lower end in the canonical unit.
    #[serde(with = "number_text")]
    pub low: f64,
    /// Upper end; equal to `low` for a single figure.
    #[serde(with = "number_text")]
    pub high: f64,
    /// When it was said.
    #[serde(with = "date_text")]
    pub known: Date,
    /// Its source.
    pub source: String,
}

/// A training run of the past that a scenario sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastRun {
    /// Name in charts.
    pub label: String,
    /// When its model was released, or the run announced.
    #[serde(with = "date_text")]
    pub date: Date,
    /// Whether it was released.
    pub released: bool,
    /// Chips of the job, whatever their kind, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_text")]
    pub chips: Option<f64>,
    /// Its compute in FLOP, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_text")]
    pub compute: Option<f64>,
}

/// A number as text: the header of `summary.bin` has no fractions. The shortest text that gives the
/// same number back.
mod number_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom("not a number"))
    }
}

/// The same for a number that may be missing.
mod optional_text {
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::number_text::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        super::number_text::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        for low in [30.0, 0.1 + 0.2, 1e300, -2.5e-7] {
            let row = Guided {
                metric: "capex.total".to_owned(),
                at: "2024".to_owned(),
                low,
                high: f64::INFINITY,
                known: Date::parse("2024-04-24").unwrap(),
                source: "filing".to_owned(),
            };
            let text = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<Guided>(&text).unwrap(), row, "{text}");
        }
        let run = PastRun {
            label: "Llama".to_owned(),
            date: Date::parse("2024-07-23").unwrap(),
            released: true,
            chips: None,
            compute: Some(3.8e25),
        };
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<PastRun>(&text).unwrap(), run, "{text}");
    }
}
