//! `score`: scoring rules with known answers.

use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::scenario::document::{Data, Entry, Table};
use crate::stats::{
    brier, crps_ensemble, crps_exponential, crps_fair, crps_logistic, crps_lognormal, crps_normal,
    crps_uniform, interval_score, log_score_binary, log_score_normal,
};
use crate::units::Quantity;
use crate::validation::expect::{self, ALONE, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Column;

pub(super) const KIND: Kind = Kind {
    name: "score",
    doc: "A scoring rule of a forecast and an outcome, or its mean over calibrated forecasts.",
    keys: &[
        key(
            "rule",
            "`crps`, `crps_fair` (of draws, without the bias of their number), `log`, `interval`, \
             `brier`",
        ),
        key(
            "forecast",
            "draws, as a list; a probability; { low, high, confidence } for `interval`; or a table with \
             `dist`: normal (mean, sd), lognormal (mean_log, sd_log), uniform (min, max), exponential \
             (rate), logistic (location, scale)",
        ),
        key("outcome", "what happened; 1 or 0 for a probability"),
        key(
            "members",
            "instead of forecast and outcome: so many members, drawn as the outcome is, from a \
             standard normal, `draws` times",
        ),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "the score",
    example: r#"[[case]]
id       = "crps"
kind     = "score"
source   = "Gneiting and Raftery 2007"
rule     = "crps"
forecast = { dist = "normal", mean = 0, sd = 1 }
outcome  = 1
expect   = 0.602441357627616"#,
    read: |fields, _| read(fields),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Crps,
    Fair,
    Log,
    Interval,
    Brier,
}

const RULES: &[(&str, Rule)] = &[
    ("crps", Rule::Crps),
    ("crps_fair", Rule::Fair),
    ("log", Rule::Log),
    ("interval", Rule::Interval),
    ("brier", Rule::Brier),
];

/// What is scored.
#[derive(Clone, Debug)]
enum Forecast {
    Draws(Vec<f64>),
    Probability(f64),
    Interval {
        low: f64,
        high: f64,
        confidence: f64,
    },
    /// A family with its two parameters.
    Family(&'static Family, f64, f64),
}

/// A family whose scores have a closed form.
#[derive(Debug)]
struct Family {
    name: &'static str,
    /// Its parameters; the second may be missing.
    first: &'static str,
    second: Option<&'static str>,
    crps: fn(f64, f64, f64) -> f64,
    log: Option<fn(f64, f64, f64) -> f64>,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "normal",
        first: "mean",
        second: Some("sd"),
        crps: crps_normal,
        log: Some(log_score_normal),
    },
    Family {
        name: "lognormal",
        first: "mean_log",
        second: Some("sd_log"),
        crps: crps_lognormal,
        log: None,
    },
    Family { name: "uniform", first: "min", second: Some("max"), crps: crps_uniform, log: None },
    Family {
        name: "exponential",
        first: "rate",
        second: None,
        crps: |rate, _, y| crps_exponential(rate, y),
        log: None,
    },
    Family {
        name: "logistic",
        first: "location",
        second: Some("scale"),
        crps: crps_logistic,
        log: None,
    },
];

/// The score; none if the rule does not fit the forecast.
fn score(rule: Rule, forecast: &Forecast, outcome: f64) -> Option<f64> {
    match (rule, forecast) {
        (Rule::Crps, Forecast::Draws(draws)) => crps_ensemble(draws, outcome),
        (Rule::Fair, Forecast::Draws(draws)) => crps_fair(draws, outcome),
        (Rule::Crps, Forecast::Family(family, a, b)) => Some((family.crps)(*a, *b, outcome)),
        (Rule::Log, Forecast::Family(family, a, b)) => family.log.map(|log| log(*a, *b, outcome)),
        (Rule::Log, Forecast::Probability(p)) => Some(log_score_binary(*p, outcome)),
        (Rule::Brier, Forecast::Probability(p)) => Some(brier(*p, outcome)),
        (Rule::Interval, Forecast::Interval { low, high, confidence }) => {
            Some(interval_score(*low, *high, 1.0 - confidence, outcome))
        }
        _ => None,
    }
}

#[derive(Debug)]
enum Scored {
    One { rule: Rule, forecast: Forecast, outcome: f64 },
    Calibrated { rule: Rule, members: u64, draws: u64, seed: u64 },
}

impl Subject for Scored {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let value = match self {
            Self::One { rule, forecast, outcome } => {
                score(*rule, forecast, *outcome).map(Measured::exact)
            }
            Self::Calibrated { rule, members, draws, seed } => {
                Some(calibrated(*rule, *members, *draws, *seed))
            }
        };
        wanted.iter().map(|_| value.into_iter().collect()).collect()
    }
}

/// Mean score of members that are drawn as the outcome is.
fn calibrated(rule: Rule, members: u64, draws: u64, seed: u64) -> Measured {
    let columns: Vec<Column> =
        (0..=members).map(|k| sample::scores(seed, &format!("member {k}"), 0, draws)).collect();
    let scores: Vec<f64> = (0..draws as usize)
        .map(|draw| {
            let mut all: Vec<f64> = columns.iter().map(|column| column.as_slice()[draw]).collect();
            let outcome = all.pop().unwrap_or(f64::NAN);
            score(rule, &Forecast::Draws(all), outcome).unwrap_or(f64::NAN)
        })
        .collect();
    sample::mean(&scores)
}

fn read(fields: &mut Fields) -> Option<Found> {
    let words: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
    let rule = fields.word("rule", &words);
    let rule = RULES.iter().find(|(name, _)| Some(*name) == rule).map(|(_, rule)| *rule);
    let scored = if fields.get("members").is_some() {
        let members = fields.whole("members", (2, 1_000), 2);
        fields.need("draws", "100_000");
        let draws = fields.whole("draws", (1_000, 1_000_000), 1_000);
        let seed = fields.whole("seed", (0, i64::MAX as u64), 1);
        let (rule, members, draws, seed) = (rule?, members?, draws?, seed?);
        if !matches!(rule, Rule::Crps | Rule::Fair) {
            return unfit(fields);
        }
        Scored::Calibrated { rule, members, draws, seed }
    } else {
        let entry = fields.need("forecast", "{ dist = \"normal\", mean = 0, sd = 1 }")?;
        let forecast = forecast(fields, entry);
        let outcome = fields.number("outcome");
        let (rule, forecast, outcome) = (rule?, forecast?, outcome?);
        if score(rule, &forecast, outcome).is_none() {
            return unfit(fields);
        }
        Scored::One { rule, forecast, outcome }
    };
    let names = Names { listed: &[ALONE], known: &|name| name == ALONE, only: Some(ALONE) };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    Some((Box::new(scored), expectations))
}

fn unfit<T>(fields: &mut Fields) -> Option<T> {
    let place = fields.get("rule").map_or(fields.place.clone(), |entry| entry.node.span.clone());
    let message = "the rule does not score such a forecast";
    let help = "crps scores draws and families, crps_fair two draws or more, log a normal or a \
                probability, brier a probability, interval an interval";
    fields.fail(codes::IMPOSSIBLE, &place, message, help)
}

fn forecast(fields: &mut Fields, entry: &Entry) -> Option<Forecast> {
    match &entry.node.data {
        Data::List(_) => {
            let draws = fields.numbers("forecast")?;
            if draws.is_empty() {
                return fields.fail(codes::RANGE, &entry.node.span, "there are no draws", "[1, 2]");
            }
            Some(Forecast::Draws(draws))
        }
        Data::Table(table) => of_table(fields, entry, table),
        _ => fields.number_in("forecast", 0.0, 1.0).map(Forecast::Probability),
    }
}

fn of_table(fields: &mut Fields, entry: &Entry, table: &Table) -> Option<Forecast> {
    let mut inner = fields.inner(table, entry.key_span.clone(), "`forecast`");
    if inner.get("dist").is_none() {
        inner.only(&["low", "high", "confidence"]);
        let (low, high) = (inner.number("low"), inner.number("high"));
        let confidence = inner.number_in("confidence", 0.0, 0.999_999);
        let (low, high, confidence) = (low?, high?, confidence?);
        if low > high {
            let place = entry.node.span.clone();
            return inner.fail(codes::RANGE, &place, "`low` is above `high`", "");
        }
        return Some(Forecast::Interval { low, high, confidence });
    }
    let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    let name = inner.word("dist", &names)?;
    let family = FAMILIES.iter().find(|family| family.name == name)?;
    let known: Vec<&str> = ["dist", family.first].into_iter().chain(family.second).collect();
    inner.only(&known);
    let first = inner.number(family.first);
    let second = match family.second {
        Some("max") => inner.number("max"),
        Some(name) => inner.number_in(name, f64::MIN_POSITIVE, f64::INFINITY),
        None => Some(0.0),
    };
    Some(Forecast::Family(family, first?, second?))
}
