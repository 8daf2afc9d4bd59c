//! The charts of a comparison: a bridge as a waterfall, and what differs draw by draw over time.

use super::from_run::fan::spoken_name;
use super::from_run::headline::{checkable, percent, short_noun, supported};
use super::from_run::{NamedFigure, differ_in, lowered, spelled, unit};
use super::input::{
    AsOf, Caption, DifferenceInput, Quantiles, Quarters, RowsThatFit, Step, Unit, WaterfallInput,
};
use super::{difference_fan, waterfall};
use crate::results::{Bridge, Comparison, Difference, Interval, MetricDifference};
use crate::time::{Date, Quarter, TimeGrid};

/// Metrics whose difference is drawn, those that people look at first in front.
const METRICS: [&str; 6] = [
    "facility.power",
    "fleet.h100e",
    "cluster.largest",
    "capex.total",
    "energy.cost",
    "finance.free_cash_flow",
];

/// The waterfall of each bridge, in order: `waterfall`, `waterfall-2`, …
pub fn bridges(comparison: &Comparison) -> Vec<NamedFigure> {
    let named = |(at, bridge): (usize, &Bridge)| {
        let name = if at == 0 { "waterfall".to_owned() } else { format!("waterfall-{}", at + 1) };
        NamedFigure { name, figure: waterfall(&of_bridge(comparison, bridge)) }
    };
    comparison.bridges.iter().enumerate().map(named).collect()
}

/// The difference of each main metric that moves, draw by draw; the bridged ones first. None if the
/// runs are not paired.
pub fn differences(comparison: &Comparison) -> Vec<NamedFigure> {
    let bridged = comparison.bridges.iter().filter_map(|one| one.headline.split_once('@'));
    let mut names: Vec<&str> = bridged.map(|(name, _)| name).collect();
    names.extend(METRICS);
    let mut found: Vec<NamedFigure> = Vec::new();
    for name in names {
        let Some(drawn) = difference(comparison, name) else { continue };
        if !found.iter().any(|known| known.name == drawn.name) {
            found.push(drawn);
        }
    }
    found
}

/// The difference of one metric, draw by draw; none if no draw differs or the runs are not paired.
pub fn difference(comparison: &Comparison, name: &str) -> Option<NamedFigure> {
    let metric = comparison.metric(name).filter(|metric| metric.aggregation != "indicator")?;
    let figure = difference_fan(&of_metric(comparison, metric)?);
    Some(NamedFigure { name: format!("difference-fan.{name}"), figure })
}

fn caption(comparison: &Comparison, title: String, measure: String, draws: u64) -> Caption {
    let (a, b) = (&comparison.first, &comparison.second);
    let mut credits: Vec<&str> = Vec::new();
    for credit in a.credits.iter().chain(&b.credits) {
        if !credits.contains(&credit.as_str()) {
            credits.push(credit);
        }
    }
    // Runs of one scenario are called by their folders, which do not say what it is.
    let of_one = a.title == b.title && !b.name.starts_with(&format!("{}+", a.name));
    let moving = comparison.changes.iter().filter(|change| change.value_differs);
    let keys: Vec<&str> = moving.map(|change| change.key.as_str()).collect();
    Caption {
        title,
        measure,
        scenario: format!("{} less {}", b.name, a.name),
        draws,
        seed: a.seed,
        notes: if of_one {
            std::iter::once(a.title.clone()).chain(differ_in(&keys)).collect()
        } else {
            Vec::new()
        },
        credit: credits.join(", "),
    }
}

/// The unit of a bridge and what its values are multiplied by.
fn unit_of(bridge: &Bridge) -> (Unit, f64) {
    if bridge.statistic == "probability" {
        (Unit::share("percent"), 1.0)
    } else {
        unit(&bridge.unit)
    }
}

/// `mean`, `median`, `5th percentile`; empty for chances.
pub fn statistic_in_words(statistic: &str) -> String {
    match statistic {
        "probability" => String::new(),
        "p50" => "median".to_owned(),
        other => other
            .strip_prefix('p')
            .map_or_else(|| other.to_owned(), |level| format!("{level}th percentile")),
    }
}

fn of_bridge(comparison: &Comparison, bridge: &Bridge) -> WaterfallInput {
    let (unit, factor) = unit_of(bridge);
    let step = |bar: &crate::results::Bar| Step {
        label: bar.name.clone(),
        value: bar.value * factor,
        error: bar.error * factor,
        role: None,
    };
    let statistic = statistic_in_words(&bridge.statistic);
    let measure = match statistic.as_str() {
        "" => "share of the draws".to_owned(),
        statistic => statistic.to_owned(),
    };
    let measure = format!("{measure}; each bar is the mean over all orders of the changes");
    let (a, b) = (&comparison.first.name, &comparison.second.name);
    let still = bridge.bars.iter().filter(|bar| has_no_effect(bar)).count();
    // One bar stands for all that do nothing.
    let drawn = bridge.bars.iter().filter(|bar| still < 2 || !has_no_effect(bar));
    let mut steps: Vec<Step> = drawn.map(step).collect();
    if still > 1 {
        let label = format!("{still} without effect");
        steps.push(Step { label, value: 0.0, error: 0.0, role: None });
    }
    let mut caption =
        caption(comparison, bridge_title(bridge, &unit, factor), measure, bridge.draws);
    if bridge.orders > 0 {
        caption.notes.push(format!("{} orders sampled", bridge.orders));
    }
    WaterfallInput {
        caption,
        unit,
        start: Some((format!("A: {a}"), bridge.from * factor)),
        steps,
        end: (format!("B: {b}"), bridge.to * factor),
        most: RowsThatFit::default(),
    }
}

/// Whether a change moves no draw.
pub fn has_no_effect(bar: &crate::results::Bar) -> bool {
    bar.value.abs() <= 0.0 && bar.error.abs() <= 0.0
}

/// What happens to the headline, and which change does most of it.
fn bridge_title(bridge: &Bridge, unit: &Unit, factor: f64) -> String {
    let statistic = statistic_in_words(&bridge.statistic);
    let (label, at) = bridge.label.rsplit_once(", ").unwrap_or((&bridge.label, ""));
    let subject = match statistic.as_str() {
        "" => format!("Chance of “{}”", bridge.label),
        statistic => {
            let of = if statistic == "mean" || statistic == "median" { "" } else { " of" };
            let at = if at.is_empty() { String::new() } else { format!(" in {at}") };
            format!("{}{of} {}{at}", super::number::capitalized(statistic), lowered(label))
        }
    };
    // As the bars of the chart say it.
    let said = |value: f64, error: f64| {
        checkable(value * factor, 1.96 * error * factor, f64::INFINITY, unit)
    };
    let noun = short_noun(unit);
    let change = said(bridge.change().abs(), bridge.error);
    let verb = if bridge.change() < 0.0 { "falls" } else { "rises" };
    let moving: Vec<_> = bridge.bars.iter().filter(|bar| !has_no_effect(bar)).collect();
    let most = moving.iter().max_by(|x, y| x.value.abs().total_cmp(&y.value.abs()));
    let why = match (moving.len(), most) {
        (1, Some(bar)) => format!(", all of it by {}", bar.name),
        (_, Some(bar)) => {
            let sign = if bar.value > 0.0 { "+" } else { "" };
            let value = said(bar.value, bar.error);
            format!(", mostly by {} ({sign}{value}{noun})", bar.name)
        }
        _ => String::new(),
    };
    format!("{subject} {verb} by {change}{noun}{why}")
}

/// Percentiles of the differences over time; nothing where no draw differs or runs are not paired.
fn of_metric(comparison: &Comparison, metric: &MetricDifference) -> Option<DifferenceInput> {
    let paired = |one: &&Difference| one.of_draws.is_some();
    let quarters: Vec<&Difference> = metric.quarters.iter().filter(paired).collect();
    let moves = quarters.iter().any(|one| {
        one.of_draws.as_ref().is_some_and(|draws| draws.draws_above + draws.draws_below > 0)
    });
    let last = quarters.last()?;
    if !moves || quarters.len() < 2 {
        return None;
    }
    let (unit, factor) = unit_of_metric(metric);
    let ends = quarters.iter().map(|one| Quarter::parse(&one.period).map(end_of));
    let ends: Vec<f64> = ends.collect::<Option<_>>()?;
    let level = |k: usize| -> Vec<f64> {
        let of = |one: &&Difference| {
            one.of_draws.as_ref().map_or(f64::NAN, |draws| draws.percentiles[k] * factor)
        };
        quarters.iter().map(of).collect()
    };
    let (subject, measure) = spoken_name(&metric.name, &metric.label, &metric.aggregation);
    let above = last.of_draws.as_ref()?.above.value;
    let title = fan_title(last, &subject, &unit, factor)?;
    Some(DifferenceInput {
        caption: caption(comparison, title, measure, comparison.first.draws),
        unit,
        quarters: Quarters {
            labels: quarters.iter().map(|one| one.period.clone()).collect(),
            ends,
        },
        quantiles: Quantiles::of_levels(level),
        names: (comparison.first.name.clone(), comparison.second.name.clone()),
        above: Some(above),
        as_of: as_of(comparison),
    })
}

/// Shares are shown in percent.
fn unit_of_metric(metric: &MetricDifference) -> (Unit, f64) {
    let share = metric.name.contains(".share.") || metric.name.ends_with("utilization");
    if share && metric.unit.is_empty() { (Unit::share("percent"), 1.0) } else { unit(&metric.unit) }
}

/// How much lower or higher the metric is at the end, and in how many draws.
fn fan_title(last: &Difference, subject: &str, unit: &Unit, factor: f64) -> Option<String> {
    let draws = last.of_draws.as_ref()?;
    let all = (draws.draws_above + draws.draws_equal + draws.draws_below).max(1) as f64;
    let (median, at) = (draws.median, &last.period);
    let (word, count) = if median.value < 0.0 {
        ("lower", draws.draws_below)
    } else {
        ("higher", draws.draws_above)
    };
    let subject = super::number::capitalized(subject);
    let share = percent(count as f64 / all);
    let noun = short_noun(unit);
    if median.value.abs() <= 0.0 {
        let moved = percent((draws.draws_above + draws.draws_below) as f64 / all);
        let mean = last.mean;
        let average = if mean.low > 0.0 || mean.high < 0.0 {
            let word = if mean.value < 0.0 { "lower" } else { "higher" };
            let size = supported(sized(mean), factor, unit);
            format!("{size}{noun} {word} on average")
        } else {
            "in either direction".to_owned()
        };
        return Some(format!("{subject} in {at} differs in {moved} of the draws, {average}"));
    }
    // Nor is a shift worth a number that drowns in the spread.
    let spread = draws.percentiles[6] - draws.percentiles[0];
    let hardly = median.value.abs() < 0.01 * spread;
    if hardly || (median.low <= 0.0 && median.high >= 0.0) {
        return Some(format!(
            "{subject} in {at} hardly moves at the median, and is {word} in {share} of the draws"
        ));
    }
    let size = supported(sized(median), factor, unit);
    Some(format!(
        "{subject} is {size}{noun} {word} in {at} at the median, and {word} in {share} of the draws"
    ))
}

/// Without its sign.
fn sized(one: Interval) -> Interval {
    let half = 0.5 * (one.high - one.low);
    let value = one.value.abs();
    Interval { value, low: value - half, high: value + half }
}

fn end_of(quarter: Quarter) -> f64 {
    f64::from(quarter.year()) + f64::from(quarter.q()) / 4.0
}

/// The day that both look from, within the time of both.
fn as_of(comparison: &Comparison) -> Option<AsOf> {
    let (a, b) = (&comparison.first, &comparison.second);
    let day = Date::parse(&a.as_of).filter(|_| a.as_of == b.as_of)?;
    let (from, to) = Quarter::parse(&a.from).zip(Quarter::parse(&a.to))?;
    let start = end_of(from) - 0.25;
    let x = start + TimeGrid::new(from, to)?.position(day) / 4.0;
    (x > start && x < end_of(to)).then(|| AsOf { x, label: format!("as of {}", spelled(day)) })
}
