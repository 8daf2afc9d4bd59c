//! `statistic`: statistics of plain numbers, and the intervals of percentiles and probabilities.

use super::{EXPECT, Found, Kind, TOLERANCE, key};
use crate::stats::{
    RankInterval, kendall, lag1_autocorrelation, mean, pearson, percentile, percentile_ranks, sd,
    shapley, spearman, wilson,
};
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};

pub(super) const KIND: Kind = Kind {
    name: "statistic",
    doc: "A statistic of given numbers, or the interval of a percentile or probability for a \
          number of draws.",
    keys: &[
        key("values", "the numbers"),
        key("digits", "instead: a text whose digits are the numbers, as those of π"),
        key(
            "pattern",
            "instead: { first = [...], then = [...], times = N }: the first numbers, then the others \
             over and over",
        ),
        key("other", "the second column, for correlations"),
        key("sets", "instead: what each set of steps comes to, the set as bits, so 2^n numbers"),
        key("n", "instead of numbers: how many draws there are"),
        key("p", "the percentile, from 0 to 1"),
        key("successes", "draws in which something happened"),
        key("confidence", "confidence of the interval"),
        EXPECT,
        TOLERANCE,
    ],
    gives: "of numbers `mean`, `sd` (n − 1), `variance`, `autocorrelation` (lag 1), `p90` (linear \
            interpolation, type 7), with `other` `pearson`, `spearman`, `kendall`; of `sets` \
            `shapley 1` and so on; of `n`, `p` and \
            `confidence` `rank_low`, `rank_high`, `coverage`; of `n`, `successes` and `confidence` \
            `low`, `high` (Wilson)",
    example: r#"[[case]]
id       = "percentile-type"
kind     = "statistic"
source   = "Hyndman and Fan 1996, type 7"
values   = [1, 2, 3, 4, 10]
expect   = { p90 = 7.6 }
tolerance = "exact""#,
    read: |fields, _| read(fields),
};

#[derive(Debug)]
enum Given {
    Numbers(Vec<f64>),
    Pairs(Vec<f64>, Vec<f64>),
    Ranks(RankInterval),
    Probability(f64, f64),
    Shapley(Vec<f64>),
}

const OF_NUMBERS: &[&str] = &["mean", "sd", "variance", "autocorrelation", "p50"];
const OF_PAIRS: &[&str] = &["pearson", "spearman", "kendall"];
const OF_RANKS: &[&str] = &["rank_low", "rank_high", "coverage"];
const OF_PROBABILITY: &[&str] = &["low", "high"];
const OF_SETS: &[&str] = &["shapley 1", "shapley 2"];

impl Given {
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Numbers(_) => OF_NUMBERS,
            Self::Pairs(..) => OF_PAIRS,
            Self::Ranks(_) => OF_RANKS,
            Self::Probability(..) => OF_PROBABILITY,
            Self::Shapley(_) => OF_SETS,
        }
    }

    fn of(&self, name: &str) -> Option<f64> {
        match (self, name) {
            (Self::Numbers(x), "mean") => mean(x),
            (Self::Numbers(x), "sd") => sd(x),
            (Self::Numbers(x), "variance") => sd(x).map(|sd| sd * sd),
            (Self::Numbers(x), "autocorrelation") => lag1_autocorrelation(x),
            (Self::Numbers(x), _) => {
                let mut sorted = x.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                percentile(&sorted, level(name)?)
            }
            (Self::Pairs(x, y), "pearson") => pearson(x, y),
            (Self::Pairs(x, y), "spearman") => spearman(x, y),
            (Self::Pairs(x, y), "kendall") => kendall(x, y),
            (Self::Ranks(ranks), "rank_low") => Some(ranks.low as f64),
            (Self::Ranks(ranks), "rank_high") => Some(ranks.high as f64),
            (Self::Ranks(ranks), "coverage") => Some(ranks.coverage),
            (Self::Probability(low, _), "low") => Some(*low),
            (Self::Probability(_, high), "high") => Some(*high),
            (Self::Shapley(parts), _) => parts.get(step(name)?).copied(),
            _ => None,
        }
    }
}

fn level(name: &str) -> Option<f64> {
    let level = name.strip_prefix('p')?.parse::<f64>().ok()? / 100.0;
    (0.0..=1.0).contains(&level).then_some(level)
}

/// The position that `shapley 1` names.
fn step(name: &str) -> Option<usize> {
    name.strip_prefix("shapley ")?.parse::<usize>().ok()?.checked_sub(1)
}

impl Subject for Given {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let value = |w: &Expectation| self.of(&w.name).map(Measured::exact).into_iter().collect();
        wanted.iter().map(value).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let given = if fields.get("n").is_some() {
        interval(fields)?
    } else if fields.get("sets").is_some() {
        sets(fields)?
    } else {
        numbers(fields)?
    };
    let is_numbers = matches!(given, Given::Numbers(_));
    let known = |name: &str| match &given {
        Given::Shapley(parts) => step(name).is_some_and(|at| at < parts.len()),
        _ => given.names().contains(&name) || is_numbers && level(name).is_some(),
    };
    let names = Names { listed: given.names(), known: &known, only: None };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    Some((Box::new(given), expectations))
}

fn sets(fields: &mut Fields) -> Option<Given> {
    let values = fields.numbers("sets")?;
    let steps = values.len().checked_ilog2().unwrap_or(0) as usize;
    let parts = shapley(steps, &values);
    if steps > 0 && !parts.is_empty() {
        return Some(Given::Shapley(parts));
    }
    let place = fields.get("sets")?.node.span.clone();
    let message = format!("`sets` has {} numbers, which is no power of two", values.len());
    let help = "for two steps: nothing, the first, the second, both, as in sets = [0, 1, 2, 4]";
    fields.fail(codes::RANGE, &place, message, help)
}

fn interval(fields: &mut Fields) -> Option<Given> {
    let n = fields.whole("n", (1, 100_000_000), 1);
    let confidence = fields.number_in("confidence", 0.0, 1.0);
    let place = fields.place.clone();
    let given = if fields.get("successes").is_some() {
        let successes = fields.whole("successes", (0, 100_000_000), 0);
        wilson(successes?, n?, confidence?).map(|(low, high)| Given::Probability(low, high))
    } else {
        let p = fields.number_in("p", 0.0, 1.0);
        percentile_ranks(n?, p?, confidence?).map(Given::Ranks)
    };
    if given.is_none() {
        let message = "there is no such interval";
        let help = "p and confidence lie between 0 and 1, successes are no more than n";
        return fields.fail(codes::RANGE, &place, message, help);
    }
    given
}

fn numbers(fields: &mut Fields) -> Option<Given> {
    let ways: Vec<&str> = ["values", "digits", "pattern"]
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    let x = match ways.as_slice() {
        ["values"] => fields.numbers("values")?,
        ["digits"] => {
            let text = fields.text("digits", "\"31415926\"")?;
            text.chars().filter_map(|c| c.to_digit(10)).map(f64::from).collect()
        }
        ["pattern"] => pattern(fields)?,
        _ => {
            let place = fields.place.clone();
            let message = format!(
                "{} takes one of `values`, `digits`, `pattern`, `sets` and `n`",
                fields.what
            );
            return fields.fail(codes::MISSING, &place, message, "for example values = [1, 2, 3]");
        }
    };
    let Some(entry) = fields.get("other") else { return Some(Given::Numbers(x)) };
    let y = fields.numbers("other")?;
    if x.len() == y.len() {
        return Some(Given::Pairs(x, y));
    }
    let message = format!("`other` has {} numbers, the first column {}", y.len(), x.len());
    fields.fail(codes::RANGE, &entry.key_span, message, "both need the same number")
}

fn pattern(fields: &mut Fields) -> Option<Vec<f64>> {
    let entry = fields.get("pattern")?;
    let Some(table) = entry.node.table() else {
        return fields.wrong(entry, "a table", "{ first = [1], then = [2, 3], times = 500 }");
    };
    let mut inner = fields.inner(table, entry.key_span.clone(), "`pattern`");
    inner.only(&["first", "then", "times"]);
    let first =
        if inner.get("first").is_some() { inner.numbers("first") } else { Some(Vec::new()) };
    let then = inner.numbers("then");
    let times = inner.whole("times", (1, 1_000_000), 1);
    let (mut all, then) = (first?, then?);
    for _ in 0..times? {
        all.extend(&then);
    }
    Some(all)
}
