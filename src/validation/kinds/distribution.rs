//! `distribution`: a family with its parameters.

use std::cell::OnceCell;
use std::sync::Arc;

use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::dist::{Distribution, Prob};
use crate::sampling::Transform;
use crate::units::{Form, Quantity, parse_value};
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Column;

pub(super) const KIND: Kind = Kind {
    name: "distribution",
    doc: "A distribution in any form that an input of a scenario takes: its moments, quantiles and \
          probabilities, from its closed form and, with `draws`, from draws as the simulator makes \
          them.",
    keys: &[
        key("value", "the distribution: a table with `dist`, or a text such as \"2 to 18 B USD\""),
        key(
            "quantity",
            "what it is a quantity of, which sets the unit and the scale of texts; \
             `signed` (any number, linear scale) if it is left out, `ratio` for the log scale",
        ),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "`mean`, `sd`, `variance`, `median`, `min`, `max`, `p5` (any percentile), \
            `quantile 1e-10`, `upper quantile 1e-16`, `below 3`, `above 3`; with `draws` each of \
            them sampled too, and `distance`, the largest gap between the draws and the closed form",
    example: r#"[[case]]
id       = "lognormal"
kind     = "distribution"
source   = "closed form"
value    = { dist = "lognormal", p5 = 1, p95 = 10 }
draws    = 100_000
expect   = { mean = 4.04001282694573, p99 = 16.1123742802795 }"#,
    read: |fields, _| read(fields),
};

const LISTED: &[&str] = &[
    "mean",
    "sd",
    "variance",
    "median",
    "min",
    "max",
    "p50",
    "quantile 0.5",
    "upper quantile 0.5",
    "below 1",
    "above 1",
    "distance",
];

/// What is asked of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Mean,
    Sd,
    Variance,
    Min,
    Max,
    Lower(f64),
    Upper(f64),
    Below(f64),
    Above(f64),
    Distance,
}

fn ask(name: &str, quantity: Quantity) -> Option<Ask> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let chance = |text: &str| number(text).filter(|p| *p > 0.0 && *p < 1.0);
    let value = |text: &str| match parse_value(text.trim(), quantity) {
        Ok(value) if value.form == Form::Single => value.numbers.first().copied(),
        _ => None,
    };
    Some(match name {
        "mean" => Ask::Mean,
        "sd" => Ask::Sd,
        "variance" => Ask::Variance,
        "min" => Ask::Min,
        "max" => Ask::Max,
        "median" => Ask::Lower(0.5),
        "distance" => Ask::Distance,
        _ => {
            if let Some(rest) = name.strip_prefix("upper quantile ") {
                Ask::Upper(chance(rest)?)
            } else if let Some(rest) = name.strip_prefix("quantile ") {
                Ask::Lower(chance(rest)?)
            } else if let Some(rest) = name.strip_prefix("below ") {
                Ask::Below(value(rest)?)
            } else if let Some(rest) = name.strip_prefix("above ") {
                Ask::Above(value(rest)?)
            } else {
                let level = number(name.strip_prefix('p')?)?;
                Ask::Lower(Some(level / 100.0).filter(|p| *p > 0.0 && *p < 1.0)?)
            }
        }
    })
}

#[derive(Debug)]
struct Drawn {
    dist: Arc<dyn Distribution>,
    quantity: Quantity,
    transform: Option<Transform>,
    draws: u64,
    seed: u64,
    sorted: OnceCell<Vec<f64>>,
}

impl Drawn {
    fn exact(&self, ask: Ask) -> Option<f64> {
        let dist = &self.dist;
        Some(match ask {
            Ask::Mean => dist.mean(),
            Ask::Sd => dist.sd(),
            Ask::Variance => dist.sd() * dist.sd(),
            Ask::Min => dist.support().0,
            Ask::Max => dist.support().1,
            Ask::Lower(p) => dist.quantile(Prob::from_lower(p)),
            Ask::Upper(p) => dist.quantile(Prob::from_upper(p)),
            Ask::Below(x) => dist.cdf(x).lower(),
            Ask::Above(x) => dist.cdf(x).upper(),
            Ask::Distance => return None,
        })
    }

    fn sorted(&self) -> &[f64] {
        self.sorted.get_or_init(|| {
            let Some(transform) = &self.transform else { return Vec::new() };
            let scores = sample::scores(self.seed, "value", 0, self.draws);
            let mut values = Column::new(scores.tiles().len());
            transform.apply(&scores, &mut values);
            let mut values = values.as_slice()[..self.draws as usize].to_vec();
            values.sort_unstable_by(f64::total_cmp);
            values
        })
    }

    fn sampled(&self, ask: Ask) -> Option<Measured> {
        if self.draws == 0 {
            return None;
        }
        let sorted = self.sorted();
        let below = |x: f64| sorted.partition_point(|value| *value <= x);
        Some(match ask {
            Ask::Mean => sample::mean(sorted),
            Ask::Sd => sample::sd(sorted),
            Ask::Variance => sample::variance(sorted),
            Ask::Lower(p) => sample::quantile(sorted, p),
            Ask::Upper(p) => sample::quantile(sorted, 1.0 - p),
            Ask::Below(x) => sample::share(below(x), sorted.len()),
            Ask::Above(x) => sample::share(sorted.len() - below(x), sorted.len()),
            Ask::Distance => return Some(Measured::exact(self.distance())),
            // The ends of a support are never drawn.
            Ask::Min | Ask::Max => return None,
        })
    }

    /// Largest gap between the share of draws below a value and its probability.
    fn distance(&self) -> f64 {
        let sorted = self.sorted();
        let n = sorted.len() as f64;
        let gap = |(i, x): (usize, &f64)| {
            let p = self.dist.cdf(*x).lower();
            (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
        };
        sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
    }
}

/// Whether a sample of `n` can say anything about a probability.
fn in_reach(ask: Ask, dist: &dyn Distribution, draws: u64) -> bool {
    let p = match ask {
        Ask::Lower(p) | Ask::Upper(p) => p,
        Ask::Below(x) | Ask::Above(x) => dist.cdf(x).lower(),
        _ => return true,
    };
    p.min(1.0 - p) * draws as f64 >= 100.0
}

impl Subject for Drawn {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let values = |name: &str| {
            let Some(ask) = ask(name, self.quantity) else { return Vec::new() };
            let exact = self.exact(ask).map(Measured::exact);
            let sampled = if in_reach(ask, self.dist.as_ref(), self.draws) {
                self.sampled(ask)
            } else {
                None
            };
            match (exact, sampled) {
                (Some(exact), Some(sampled)) => vec![exact, sampled.beside()],
                (one, other) => one.or(other).into_iter().collect(),
            }
        };
        wanted.iter().map(|w| values(&w.name)).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let quantity = fields.quantity();
    let draws = fields.whole("draws", (1_000, sample::MOST), 0);
    let seed = fields.whole("seed", (0, i64::MAX as u64), 1);
    let quantity = quantity?;
    let entry = fields.need("value", "{ dist = \"normal\", mean = 0, sd = 1 }")?;
    let dist = fields.dist("value", &entry.node, &entry.key_span, quantity)?;
    let draws = draws?;
    let known =
        |name: &str| ask(name, quantity).is_some_and(|ask| ask != Ask::Distance || draws > 0);
    let unit = |name: &str| match ask(name, quantity) {
        Some(Ask::Variance | Ask::Below(_) | Ask::Above(_) | Ask::Distance) => Quantity::Signed,
        _ => quantity,
    };
    let names = Names { listed: LISTED, known: &known, only: None };
    let expectations = expect::read(fields, &names, &unit)?;
    let transform = Transform::new(dist.as_ref(), 1.0);
    if transform.is_none() && draws > 0 {
        let message = "a quantile of the distribution is not finite: it cannot be drawn";
        return fields.fail(codes::IMPOSSIBLE, &entry.key_span, message, "leave out `draws`");
    }
    let sorted = OnceCell::new();
    let drawn = Drawn { dist, quantity, transform, draws, seed: seed?, sorted };
    Some((Box::new(drawn), expectations))
}
