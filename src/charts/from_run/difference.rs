//! The difference of two runs at year ends, draw by draw, from the draws that they keep.

use std::collections::{BTreeMap, BTreeSet};

use super::fan::spoken;
use super::headline::percent;
use super::{NamedFigure, Page, differ_in, names, start_year, unit_of};
use crate::charts::difference_fan;
use crate::charts::input::{DifferenceInput, Quantiles, Quarters};
use crate::charts::number::compact;
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::results::{Given, LEVELS, RunResult};
use crate::stats::percentile;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "difference-fan",
    doc: "A metric of a second run less that of a first one, draw by draw at year ends: what they have in common cancels.",
    takes: &[Takes::Metric],
    always: false,
    from: Origin::Runs(build),
};

fn build(runs: &[&RunResult], choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let &[first, second] = runs else {
        return Err(Lack::Data("a difference is one of two runs".to_owned()));
    };
    if first.about.seed != second.about.seed || first.about.engine != second.about.engine {
        return Err(Lack::Data(
            "the runs have different random numbers: run both with one --seed and one version"
                .to_owned(),
        ));
    }
    let name = choice.metric.as_deref().unwrap_or("facility.power");
    let (page, other) = (Page::new(first), Page::new(second));
    let metric = page.spread(name)?;
    other.spread(name)?;
    let (unit, factor) = unit_of(metric);
    let years = differences(first, second, name);
    if years.is_empty() {
        return Err(Lack::Data(format!(
            "single draws of `{name}` at common year ends are not kept"
        )));
    }
    let mut sorted: Vec<Vec<f64>> = years.iter().map(|(_, values)| values.clone()).collect();
    for values in &mut sorted {
        values.sort_by(f64::total_cmp);
    }
    let level = |k: usize| -> Vec<f64> {
        let at = |values: &Vec<f64>| percentile(values, LEVELS[k]).map_or(f64::NAN, |v| v * factor);
        sorted.iter().map(at).collect()
    };
    let quantiles = Quantiles::of_levels(level);
    let (subject, measure, _) = spoken(metric);
    let subject = subject.strip_prefix("quarterly ").unwrap_or(&subject).to_owned();
    let flow = metric.aggregation == "flow";
    let (last_year, last) = &years[years.len() - 1];
    let above = last.iter().filter(|d| **d > 0.0).count() as f64 / last.len().max(1) as f64;
    let median = quantiles.p50[quantiles.p50.len() - 1];
    let sign = if median > 0.0 { "+" } else { "" };
    let title = format!(
        "Median difference of {subject} in {last_year}: {sign}{}; above zero in {} of the draws",
        compact(median, &unit),
        percent(above)
    );
    let shift = if flow { 0.5 } else { 1.0 };
    let measure = measure.replace("quarter end", "year end");
    let mut caption = page.caption(title, if flow { "per year" } else { &measure });
    caption.draws = last.len() as u64;
    let called = names(runs, choice);
    caption.scenario = format!("{} less {}", called[1], called[0]);
    if first.about.scenario == second.about.scenario {
        caption.notes.splice(0..0, differing(first, second));
    }
    let input = DifferenceInput {
        caption,
        unit,
        quarters: Quarters {
            labels: years.iter().map(|(year, _)| year.to_string()).collect(),
            ends: years.iter().map(|(year, _)| f64::from(*year) + shift).collect(),
        },
        quantiles,
        names: (called[0].clone(), called[1].clone()),
        above: Some(above),
        as_of: page.as_of.clone().filter(|a| a.x > start_year(first)),
    };
    Ok(vec![NamedFigure { name: format!("difference-fan.{name}"), figure: difference_fan(&input) }])
}

/// What differs of the inputs of two runs of one scenario.
fn differing(first: &RunResult, second: &RunResult) -> Option<String> {
    let of = |given: &Given| (given.key.clone(), (given.value.clone(), given.scale.clone()));
    let given = |run: &RunResult| run.given.iter().map(of).collect::<BTreeMap<_, _>>();
    let (a, b) = (given(first), given(second));
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let keys: Vec<&str> =
        keys.into_iter().filter(|key| a.get(*key) != b.get(*key)).map(String::as_str).collect();
    differ_in(&keys)
}

/// Second less first, by year; draws that are not a number in one of them are left out.
fn differences(first: &RunResult, second: &RunResult, metric: &str) -> Vec<(i32, Vec<f64>)> {
    let mut years: Vec<(i32, Vec<f64>)> = first
        .kept
        .results
        .iter()
        .filter_map(|(name, a)| {
            let year: i32 = name.strip_prefix(metric)?.strip_prefix('@')?.parse().ok()?;
            let (_, b) = second.kept.results.iter().find(|(other, _)| other == name)?;
            let pairs = a.iter().zip(b).map(|(a, b)| b - a).filter(|d| d.is_finite());
            Some((year, pairs.collect()))
        })
        .collect();
    years.retain(|(_, values)| !values.is_empty());
    years.sort_by_key(|(year, _)| *year);
    years
}
