//! Scores put together: by metric, by part of the model and by how far ahead.

use std::collections::BTreeMap;

use super::baseline::Baseline;
use super::rows::Scored;
use crate::stats::wilson;

/// How a set of forecasts did against one baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// Observations that the baseline says something of.
    pub count: usize,
    /// 1 less the score over that of the baseline's value alone.
    pub point: f64,
    /// The same over that of the baseline with a spread: the headline.
    pub spread: f64,
    /// Whether all spreads come from the baseline's own past errors.
    pub own_errors: bool,
}

/// How many observations lie in a central interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share that the interval claims.
    pub claimed: f64,
    /// Observations inside.
    pub inside: u64,
    /// Observations.
    pub count: u64,
    /// Wilson interval of the share at 95 %, as if the observations were independent. They are not:
    /// those of one run move together, so it is too narrow.
    pub interval: (f64, f64),
}

/// A set of observations and how the forecasts of them did.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What it is: a metric, a part of the model.
    pub name: String,
    /// What sets it apart: quarters or years, how far ahead.
    pub kind: String,
    /// Unit of the mean score; empty where metrics differ, `ln` for logarithms.
    pub unit: String,
    /// Observations.
    pub count: usize,
    /// Mean CRPS; none where metrics differ.
    pub crps: Option<f64>,
    /// Skill against each baseline, in the order of [`Baseline::ALL`].
    pub skills: [Option<Skill>; 4],
    /// Coverage at 50, 80 and 90 %.
    pub coverage: [Coverage; 3],
}

/// Shares of the intervals whose coverage is counted.
const CLAIMED: [f64; 3] = [0.5, 0.8, 0.9];

/// Coverage of the central 50, 80 and 90 %.
pub fn coverage(rows: &[&Scored]) -> [Coverage; 3] {
    CLAIMED.map(|claimed| {
        let inside = rows.iter().filter(|row| row.inside(claimed)).count() as u64;
        let count = rows.len() as u64;
        let interval = wilson(inside, count, 0.95).unwrap_or((0.0, 1.0));
        Coverage { claimed, inside, count, interval }
    })
}

/// By metric, quarters and years apart.
pub fn groups(rows: &[Scored]) -> Vec<Group> {
    by(rows, |row| {
        let kind = if row.yearly { "years" } else { "quarters" };
        (row.metric.clone(), kind.to_owned())
    })
}

/// By part of the model.
pub fn modules(rows: &[Scored]) -> Vec<Group> {
    by(rows, |row| (row.module.to_owned(), String::new()))
}

/// By part of the model and how far ahead the end of the period was.
pub fn horizons(rows: &[Scored]) -> Vec<Group> {
    by(rows, |row| {
        let ahead = match row.ahead {
            x if x <= 0.0 => "already past",
            x if x <= 1.0 => "first year",
            x if x <= 2.0 => "second year",
            _ => "third year and later",
        };
        (row.module.to_owned(), ahead.to_owned())
    })
}

fn by(rows: &[Scored], key: impl Fn(&Scored) -> (String, String)) -> Vec<Group> {
    let mut order: Vec<(String, String)> = Vec::new();
    let mut sets: BTreeMap<(String, String), Vec<&Scored>> = BTreeMap::new();
    for row in rows {
        let key = key(row);
        if !sets.contains_key(&key) {
            order.push(key.clone());
        }
        sets.entry(key).or_default().push(row);
    }
    order.sort();
    let group = |key: (String, String)| {
        let rows = sets.remove(&key)?;
        Some(group(key, &rows))
    };
    order.into_iter().filter_map(group).collect()
}

fn group((name, kind): (String, String), rows: &[&Scored]) -> Group {
    let alike =
        rows.windows(2).all(|pair| pair[0].metric == pair[1].metric && pair[0].log == pair[1].log);
    let unit = rows.first().filter(|_| alike).map(|row| if row.log { "ln" } else { &row.unit });
    let total: f64 = rows.iter().map(|row| row.crps).sum();
    Group {
        name,
        kind,
        unit: unit.unwrap_or_default().to_owned(),
        count: rows.len(),
        crps: alike.then(|| total / rows.len() as f64),
        skills: std::array::from_fn(|at| skill(rows, at)),
        coverage: coverage(rows),
    }
}

/// Skill against a baseline. Metrics differ in unit and size: each gives the ratio of its sums, and the
/// ratios are averaged with the numbers of their observations as weights.
fn skill(rows: &[&Scored], at: usize) -> Option<Skill> {
    let mut sums: BTreeMap<(&str, bool), [f64; 4]> = BTreeMap::new();
    let (mut count, mut own_errors) = (0, true);
    for row in rows {
        let Some(score) = row.baselines.get(at).copied().flatten() else { continue };
        let sum = sums.entry((&row.metric, row.yearly)).or_default();
        for (sum, add) in sum.iter_mut().zip([1.0, row.crps, score.point, score.spread]) {
            *sum += add;
        }
        count += 1;
        own_errors &= score.own_errors;
    }
    let mean = |column: usize| {
        let ratio = |[n, own, ..]: &[f64; 4], theirs: f64| {
            // Both without error: as good as each other.
            if theirs > 0.0 {
                n * own / theirs
            } else if *own > 0.0 {
                f64::INFINITY
            } else {
                *n
            }
        };
        let sum: f64 = sums.values().map(|sum| ratio(sum, sum[column])).sum();
        1.0 - sum / f64::from(count)
    };
    (count > 0).then(|| Skill {
        count: count as usize,
        point: mean(2),
        spread: mean(3),
        own_errors,
    })
}

/// Names of the baselines, in their order.
pub(super) fn names() -> [&'static str; 4] {
    Baseline::ALL.map(Baseline::name)
}
