//! The charts of a run: which metrics, in which units, under which headline.

use super::figure::Figure;
use super::input::{
    AsOf, BindingInput, Caption, Constraint, FanInput, Known, Observation, Quantiles, Quarters,
    Scale, Slice, StackedInput, Unit,
};
use super::number::{capitalized, compact};
use super::{binding, fan, stacked_area};
use crate::results::{Metric, Ranks, RunResult, Statistics};
use crate::time::Date;

/// A figure and the name of its files.
#[derive(Debug, Clone)]
pub struct NamedFigure {
    /// Name without ending.
    pub name: String,
    /// The figure.
    pub figure: Figure,
}

/// One fan chart of a run.
struct Fan {
    metric: &'static str,
    /// What the headline is about.
    subject: &'static str,
    measure: &'static str,
    scale: Scale,
}

const fn line(metric: &'static str, subject: &'static str, measure: &'static str) -> Fan {
    Fan { metric, subject, measure, scale: Scale::Linear }
}

/// Metrics that every run draws.
const FANS: &[Fan] = &[
    Fan {
        scale: Scale::Log,
        ..line("fleet.h100e", "installed fleet", "in service at quarter end")
    },
    Fan {
        scale: Scale::Log,
        ..line("fleet.h100e_bought", "bought fleet", "bought since 2022, at quarter end")
    },
    Fan {
        scale: Scale::Log,
        ..line("cluster.largest", "largest cluster", "connected, at quarter end")
    },
    line("fleet.it_power", "IT power in use", "of all accelerators in service, at quarter end"),
    line("facility.power", "facility power", "at the meter at peak, at quarter end"),
    line("capex.total", "capex", "per quarter, nominal"),
    line("finance.free_cash_flow", "free cash flow", "per quarter, nominal"),
    line("finance.depreciation", "depreciation", "per quarter, nominal"),
    line("energy.cost", "electricity cost of the AI fleet", "per quarter, nominal"),
];

/// Limits in the order of the stack, with the metrics that hold them.
const LIMITS: [(Constraint, &str); 6] = [
    (Constraint::Money, "binds.money"),
    (Constraint::Affordability, "binds.affordability"),
    (Constraint::Chips, "binds.supply"),
    (Constraint::LeadTime, "binds.lead_time"),
    (Constraint::Power, "binds.power"),
    (Constraint::Installation, "binds.installation"),
];

/// All charts of a run.
pub fn figures(result: &RunResult) -> Vec<NamedFigure> {
    let page = Page::new(result);
    let mut figures: Vec<NamedFigure> = FANS.iter().filter_map(|fan| page.fan(fan)).collect();
    figures.extend(page.fleet_by_generation());
    figures.push(page.binding());
    figures
}

/// What all charts of a run share.
struct Page<'a> {
    result: &'a RunResult,
    ranks: Ranks,
    quarters: Quarters,
    as_of: Option<AsOf>,
}

impl<'a> Page<'a> {
    fn new(result: &'a RunResult) -> Self {
        let from = result.grid.from();
        let quarters = Quarters::starting(from.year(), u32::from(from.q()), result.grid.steps());
        let day = result.about.as_of;
        let x = start_year(result) + result.grid.position(day) / 4.0;
        let inside = quarters.ends.last().is_some_and(|&end| x > start_year(result) && x < end);
        let as_of = inside.then(|| AsOf { x, label: format!("as of {}", spelled(day)) });
        Self { result, ranks: Ranks::new(result.about.draws), quarters, as_of }
    }

    fn caption(&self, title: String, measure: &str) -> Caption {
        let about = &self.result.about;
        let notes = if about.hindsight.is_empty() {
            Vec::new()
        } else {
            vec![format!("{} inputs rest on hindsight", about.hindsight.len())]
        };
        Caption {
            title,
            measure: measure.to_owned(),
            scenario: about.scenario.clone(),
            draws: about.draws,
            seed: about.seed,
            notes,
            credit: about.credits.join(", "),
        }
    }

    /// Statistics by quarter; `None` before the metric means anything.
    fn by_quarter(&self, metric: &Metric) -> Vec<Option<Statistics>> {
        let before = (0..metric.from).map(|_| None);
        let after =
            metric.quarters.iter().map(|summary| Some(Statistics::of(summary, &self.ranks)));
        let mut all: Vec<_> = before.chain(after).collect();
        all.resize(self.quarters.ends.len(), None);
        all
    }

    fn fan(&self, fan_decl: &Fan) -> Option<NamedFigure> {
        let metric = self.result.summaries.metric(fan_decl.metric)?;
        let (unit, factor) = unit(&metric.unit);
        let statistics = self.by_quarter(metric);
        let level = |k: usize| -> Vec<f64> {
            let value = |s: &Option<Statistics>| {
                s.as_ref().map_or(f64::NAN, |s| s.percentiles[k].value * factor)
            };
            statistics.iter().map(value).collect()
        };
        let quantiles = Quantiles {
            p5: level(0),
            p10: level(1),
            p25: level(2),
            p50: level(3),
            p75: level(4),
            p90: level(5),
            p95: level(6),
        };
        let title = self.headline(fan_decl.subject, &quantiles.p50, &unit);
        let input = FanInput {
            caption: self.caption(title, fan_decl.measure),
            unit,
            scale: fan_decl.scale,
            quarters: self.quarters.clone(),
            observations: self.observations(fan_decl.metric, factor),
            quantiles,
            as_of: self.as_of.clone(),
            thresholds: Vec::new(),
        };
        Some(NamedFigure { name: format!("fan.{}", fan_decl.metric), figure: fan(&input) })
    }

    /// "Meta: median installed fleet goes from 509 k in 2024Q4 to 17.9 M in 2030Q4".
    fn headline(&self, subject: &str, medians: &[f64], unit: &Unit) -> String {
        let year_ends = || {
            let labels = self.quarters.labels.iter().zip(medians);
            labels.filter(|(label, median)| label.ends_with("Q4") && median.is_finite())
        };
        match (year_ends().next(), year_ends().next_back()) {
            (Some((first, from)), Some((last, to))) if first != last => format!(
                "{}: median {subject} goes from {} in {first} to {} in {last}",
                self.company(),
                compact(*from, unit),
                compact(*to, unit)
            ),
            _ => format!("{}: median {subject}", self.company()),
        }
    }

    fn company(&self) -> String {
        capitalized(&self.result.about.company)
    }

    fn observations(&self, metric: &str, factor: f64) -> Vec<Observation> {
        let rows =
            self.result.observations.iter().filter(|row| row.metric == metric && !row.yearly);
        let mut points: Vec<Observation> = rows
            .map(|row| Observation {
                x: start_year(self.result) + row.position / 4.0,
                value: row.value * factor,
                interval: row.low.zip(row.high).map(|(low, high)| (low * factor, high * factor)),
                known: if row.seen { Known::ByAsOf } else { Known::Later },
            })
            .filter(|point| point.x > start_year(self.result))
            .collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        points
    }

    fn fleet_by_generation(&self) -> Option<NamedFigure> {
        let metrics = &self.result.summaries.metrics;
        let shown = metrics
            .iter()
            .filter(|m| m.name.starts_with("chip.") && m.name.ends_with(".installed_h100e"));
        let slices: Vec<Slice> = shown
            .map(|metric| {
                let mean = |s: Option<Statistics>| s.map_or(0.0, |s| s.mean);
                let name = metric.label.strip_prefix("Installed ").unwrap_or(&metric.label);
                Slice {
                    name: name.to_owned(),
                    values: self.by_quarter(metric).into_iter().map(mean).collect(),
                }
            })
            .collect();
        let last = slices.iter().max_by(|a, b| {
            let end = |slice: &Slice| slice.values.last().copied().unwrap_or(0.0);
            end(a).total_cmp(&end(b))
        })?;
        let end = self.quarters.labels.last()?;
        let title = format!(
            "{}: the largest part of the mean fleet in {end} is {}",
            self.company(),
            last.name
        );
        let input = StackedInput {
            caption: self.caption(title, "in service at quarter end, by generation"),
            unit: Unit::count("H100 equivalents"),
            quarters: self.quarters.clone(),
            slices,
            as_of: self.as_of.clone(),
        };
        Some(NamedFigure { name: "fleet-by-generation".to_owned(), figure: stacked_area(&input) })
    }

    fn binding(&self) -> NamedFigure {
        let shares: Vec<(Constraint, Vec<f64>)> = LIMITS
            .iter()
            .filter_map(|(limit, name)| {
                let metric = self.result.summaries.metric(name)?;
                let mean = |s: Option<Statistics>| s.map_or(0.0, |s| s.mean);
                Some((*limit, self.by_quarter(metric).into_iter().map(mean).collect()))
            })
            .collect();
        let input = BindingInput {
            caption: self.caption(
                format!("{}: {}", self.company(), binding_title(&shares, &self.quarters)),
                "probability that each limit sets the fleet",
            ),
            quarters: self.quarters.clone(),
            shares,
            as_of: self.as_of.clone(),
        };
        NamedFigure { name: "binding".to_owned(), figure: binding(&input) }
    }
}

/// "money binds most often; power peaks at 38 % in 2030Q2".
fn binding_title(shares: &[(Constraint, Vec<f64>)], quarters: &Quarters) -> String {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let most = shares.iter().max_by(|a, b| sum(&a.1).total_cmp(&sum(&b.1)));
    let peak = shares
        .iter()
        .filter(|(limit, _)| most.is_none_or(|(first, _)| first != limit))
        .flat_map(|(limit, values)| {
            values.iter().enumerate().map(move |(t, share)| (*limit, t, *share))
        })
        .max_by(|a, b| a.2.total_cmp(&b.2));
    match (most, peak) {
        (Some((first, _)), Some((second, t, share))) if share > 0.0 => format!(
            "{} binds most often; {} peaks at {:.0} % in {}",
            first.name().to_lowercase(),
            second.name().to_lowercase(),
            100.0 * share,
            quarters.labels[t]
        ),
        (Some((first, _)), _) => format!("{} binds throughout", first.name().to_lowercase()),
        (None, _) => "what limits the fleet".to_owned(),
    }
}

fn start_year(result: &RunResult) -> f64 {
    let from = result.grid.from();
    f64::from(from.year()) + f64::from(from.q() - 1) / 4.0
}

fn spelled(day: Date) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("{} {} {}", day.day(), MONTHS[usize::from(day.month()) - 1], day.year())
}

/// Chart unit of a canonical unit, and the factor to its base.
fn unit(canonical: &str) -> (Unit, f64) {
    match canonical {
        "MW" => (Unit::metric("W", "watts"), 1e6),
        "MWh" => (Unit::metric("Wh", "watt-hours"), 1e6),
        "B USD" => (Unit::dollars(), 1e9),
        "H100e" => (Unit::count("H100 equivalents"), 1.0),
        "chips" => (Unit::count("chips"), 1.0),
        "" => (Unit::plain("", "ratio"), 1.0),
        other => (Unit::plain(other, other), 1.0),
    }
}
