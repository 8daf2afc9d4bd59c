//! Tables of single metrics: every statistic of every quarter, and of every whole year for flows.

use super::round::scale_of;
use super::{Audience, Cell, Column, Show, Table};
use crate::results::{Interval, LEVELS, Metric, Ranks, RunResult, Statistics, Summary};
use crate::units::Scale;

/// Room for the cells of a row.
const MOST_CELLS: usize = 36;

/// A metric with the statistics of its periods.
pub(super) struct Described<'a> {
    pub(super) metric: &'a Metric,
    pub(super) periods: Vec<Period>,
}

/// One quarter or year.
pub(super) struct Period {
    name: String,
    stats: Statistics,
    /// Smallest and largest value.
    ends: (f64, f64),
}

impl<'a> Described<'a> {
    pub(super) fn of(result: &RunResult, metric: &'a Metric, ranks: &Ranks) -> Self {
        let period = |name, summary: &Summary| Period {
            name,
            stats: Statistics::of(summary, ranks),
            ends: (summary.low, summary.high),
        };
        let quarters = metric.quarters.iter().enumerate().map(|(at, summary)| {
            period(result.grid.quarter(metric.from + at).to_string(), summary)
        });
        let years = metric.years.iter().map(|(year, summary)| period(year.to_string(), summary));
        Self { metric, periods: quarters.chain(years).collect() }
    }

    fn is_indicator(&self) -> bool {
        is_indicator(self.metric)
    }

    /// Unit in which people see it.
    fn scale(&self) -> Scale {
        let medians = self.periods.iter().filter_map(|period| period.stats.percentile(0.5));
        scale_of(&self.metric.unit, medians.map(|median| median.value))
    }

    /// The table of this metric alone.
    pub(super) fn table(&self) -> Table {
        let scale = self.scale();
        let indicator = self.is_indicator();
        let shown = if scale.unit.is_empty() { &self.metric.unit } else { scale.unit };
        let separator = if shown.is_empty() { "" } else { ", " };
        let mut notes = vec![self.metric.doc.clone()];
        if indicator {
            notes.push(
                "Probabilities in percent, with 95 % confidence intervals of the simulation."
                    .to_owned(),
            );
        } else {
            notes.push(
                "P5 to P95 are percentiles over the draws; digits are those that the number of \
                 draws supports. A year of a flow is the sum of its quarters."
                    .to_owned(),
            );
        }
        let lost: u64 = self.periods.iter().map(|period| period.stats.nonfinite).sum();
        if lost > 0 {
            notes.push(format!("{lost} values were not finite and are left out."));
        }
        Table {
            title: format!("{} ({}){separator}{shown}", self.metric.label, self.metric.name),
            columns: columns(&self.metric.unit, Some(indicator)),
            rows: self.rows(Some(indicator), scale),
            notes,
        }
    }

    /// Its rows in the table of all metrics.
    fn long_rows(&self) -> Vec<Vec<Cell>> {
        self.rows(None, Scale { factor: 1.0, unit: "" })
    }

    fn rows(&self, only: Option<bool>, scale: Scale) -> Vec<Vec<Cell>> {
        self.periods.iter().map(|period| self.row(period, only, scale)).collect()
    }

    fn row(&self, period: &Period, only: Option<bool>, scale: Scale) -> Vec<Cell> {
        let stats = &period.stats;
        let number = |value, error| Cell::Number(value, Show { scale, error });
        let mut row = Vec::with_capacity(MOST_CELLS);
        row.extend([
            Cell::Text(self.metric.name.clone()),
            Cell::Text(self.metric.unit.clone()),
            Cell::Text(period.name.clone()),
            Cell::Count(stats.count),
            Cell::Count(stats.nonfinite),
        ]);
        let indicator = self.is_indicator();
        if only != Some(true) {
            row.push(number(stats.mean, stats.mean_error));
            row.push(number(stats.mean_error, f64::NAN));
            // Standard error of a standard deviation, σ/√(2n) for a normal distribution.
            row.push(number(stats.sd, stats.mean_error * std::f64::consts::FRAC_1_SQRT_2));
            let plain = [period.ends.0, period.ends.1, stats.zeros];
            row.extend(plain.map(|x| number(x, f64::NAN)));
            if indicator {
                row.pop();
                row.push(Cell::Empty);
            }
            for interval in stats.percentiles {
                let ends = [interval.value, interval.low, interval.high];
                // The percentiles of ones and zeros say nothing.
                let cell = |x| Cell::Number(x, Show::interval(scale, interval));
                row.extend(ends.map(|x| if indicator { Cell::Empty } else { cell(x) }));
            }
        }
        if only != Some(false) {
            let interval = if indicator { stats.probability() } else { None };
            row.extend(probability(interval));
            row.push(interval.map_or(Cell::Empty, |i| Cell::Text(super::percent_range(i))));
        }
        row
    }
}

/// A probability and the ends of its interval.
pub(super) fn probability(interval: Option<Interval>) -> [Cell; 3] {
    let cell = |x| Cell::Number(x, Show { scale: Scale { factor: 0.01, unit: "%" }, error: 0.0 });
    interval.map_or([const { Cell::Empty }; 3], |i| [i.value, i.low, i.high].map(cell))
}

pub(super) fn is_indicator(metric: &Metric) -> bool {
    metric.aggregation == "indicator"
}

/// The columns of indicators, of other metrics, or of both.
fn columns(unit: &str, only: Option<bool>) -> Vec<Column> {
    let files = |column: Column| column.only(Audience::Programs);
    let mut columns = vec![
        files(Column::words("metric", "Metric")),
        files(Column::words("unit", "Unit")),
        Column::words("period", "Period"),
        files(Column::numbers("draws", "Draws", "")),
        files(Column::numbers("nonfinite", "Not finite", "")),
    ];
    if only != Some(true) {
        columns.push(Column::numbers("mean", "Mean", unit));
        columns.push(files(Column::numbers("mean_error", "Standard error", unit)));
        columns.push(Column::numbers("sd", "SD", unit));
        columns.push(files(Column::numbers("min", "Smallest", unit)));
        columns.push(files(Column::numbers("max", "Largest", unit)));
        columns.push(files(Column::numbers("zeros", "Share of zeros", "")));
        for level in LEVELS {
            let percent = (100.0 * level).round() as u32;
            let name = format!("p{percent}");
            columns.push(Column::numbers(&name, &format!("P{percent}"), unit));
            for end in ["low", "high"] {
                let name = format!("{name}_{end}");
                columns.push(files(Column::numbers(&name, &name, unit)));
            }
        }
    }
    if only != Some(false) {
        for name in ["probability", "probability_low", "probability_high"] {
            columns.push(files(Column::numbers(name, name, "")));
        }
        let range = Column::numbers("percent", "Probability, %", "");
        columns.push(range.only(Audience::People));
    }
    columns
}

/// One metric in every quarter and, for flows, every whole year; `None` if the result has no metric
/// of this name.
///
/// For programs: `metric, unit, period, draws, nonfinite`, mean with its standard error, sd, smallest
/// and largest value, share of exact zeros, and the percentiles 5 to 95 each with the 95 % confidence interval that the
/// number of draws gives (`p50, p50_low, p50_high`), in the canonical unit. For indicators:
/// `probability` with its Wilson interval.
pub fn metric_table(result: &RunResult, metric: &str) -> Option<Table> {
    let metric = result.summaries.metric(metric)?;
    Some(Described::of(result, metric, &Ranks::of(result)).table())
}

/// All metrics in one long table: one row for each metric and period.
pub fn all_metrics_table(result: &RunResult) -> Table {
    let ranks = Ranks::of(result);
    let metrics = result.summaries.metrics.iter();
    let described: Vec<_> = metrics.map(|metric| Described::of(result, metric, &ranks)).collect();
    long_table(&described)
}

pub(super) fn long_table(described: &[Described<'_>]) -> Table {
    Table {
        title: "All metrics".to_owned(),
        columns: columns("", None),
        rows: described.iter().flat_map(Described::long_rows).collect(),
        notes: Vec::new(),
    }
}
