//! What was known of a metric, period by period.

use std::collections::BTreeMap;

use crate::results::{Observed, RunResult};
use crate::time::{Date, Quarter};

/// What a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Period {
    /// A year.
    Year(i32),
    /// A quarter, or its last day.
    Quarter(Quarter),
    /// Another day.
    Day(Date),
}

impl Period {
    /// Reads `2024`, `2024Q2` or a date.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(quarter) = Quarter::parse(text) {
            return Some(Self::Quarter(quarter));
        }
        if let Some(date) = Date::parse(text) {
            let quarter = date.quarter();
            return Some(if date == quarter.end() {
                Self::Quarter(quarter)
            } else {
                Self::Day(date)
            });
        }
        text.parse().ok().map(Self::Year)
    }

    /// Its last day.
    pub(super) fn end(self) -> Option<Date> {
        match self {
            Self::Year(year) => Quarter::new(year, 4).map(Quarter::end),
            Self::Quarter(quarter) => Some(quarter.end()),
            Self::Day(date) => Some(date),
        }
    }
}

/// One figure for each period: the one that became known last.
pub(super) fn latest<'a>(
    observations: impl Iterator<Item = &'a Observed>,
) -> BTreeMap<(String, Period), &'a Observed> {
    let mut latest: BTreeMap<(String, Period), &Observed> = BTreeMap::new();
    for row in observations {
        let Some(period) = Period::parse(&row.at) else { continue };
        let key = (row.metric.clone(), period);
        let newer = latest.get(&key).is_none_or(|old| old.known <= row.known);
        if newer {
            latest.insert(key, row);
        }
    }
    latest
}

/// What was known of one metric by the scenario's day, by number of the quarter (or year).
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    values: BTreeMap<i32, f64>,
    /// Periods in a year.
    pub(super) per_year: i32,
    /// Whether a value holds until the next one.
    stock: bool,
    /// Whether it is a difference, which may be negative and grows by amounts, not by factors.
    pub(super) signed: bool,
}

impl Series {
    /// What the run could see, or the start of the grid where it saw nothing.
    pub(super) fn seen(result: &RunResult, metric: &str, start: Option<f64>) -> Self {
        let seen = result.observations.iter().filter(|row| row.seen && row.metric == metric);
        let latest = latest(seen);
        let quarters = latest.iter().filter_map(|((_, period), row)| match period {
            Period::Quarter(quarter) => Some((quarter.index(), row.value)),
            _ => None,
        });
        let years = latest.iter().filter_map(|((_, period), row)| match period {
            Period::Year(year) => Some((*year, row.value)),
            _ => None,
        });
        let found = result.summaries.metric(metric);
        let stock = found.is_some_and(|metric| metric.aggregation == "stock");
        let signed = found.is_some_and(|metric| metric.quarters.iter().any(|q| q.low < 0.0));
        let quarterly: BTreeMap<i32, f64> = quarters.collect();
        if !quarterly.is_empty() {
            return Self { values: quarterly, per_year: 4, stock, signed };
        }
        let yearly: BTreeMap<i32, f64> = years.collect();
        if !yearly.is_empty() {
            return Self { values: yearly, per_year: 1, stock, signed };
        }
        let before = result.grid.from().index() - 1;
        let values = start.map(|value| (before, value)).into_iter().collect();
        Self { values, per_year: 4, stock, signed }
    }

    /// The number of a period, and how many of the series' steps it sums.
    pub(super) fn place(&self, period: Period) -> Option<(i32, i32)> {
        match (period, self.per_year) {
            (Period::Quarter(quarter), 4) => Some((quarter.index(), 1)),
            (Period::Year(year), 4) => {
                Some((Quarter::new(year, 4)?.index(), if self.stock { 1 } else { 4 }))
            }
            (Period::Year(year), 1) => Some((year, 1)),
            _ => None,
        }
    }

    /// The last period with a value.
    pub(super) fn last(&self) -> Option<i32> {
        self.values.keys().next_back().copied()
    }

    pub(super) fn first(&self) -> Option<i32> {
        self.values.keys().next().copied()
    }

    /// The value of a period; for a stock, the last one until then.
    pub(super) fn at(&self, place: i32) -> Option<f64> {
        if self.stock {
            return self.values.range(..=place).next_back().map(|(_, value)| *value);
        }
        self.values.get(&place).copied()
    }

    /// The sum of `length` periods up to `end`; for a single one, its value as reported.
    pub(super) fn sum(&self, end: i32, length: i32) -> Option<f64> {
        if length == 1 {
            return self.values.get(&end).copied();
        }
        (0..length).map(|back| self.at(end - back)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        let quarter = |year, q| Quarter::new(year, q).unwrap();
        assert_eq!(Period::parse("2024"), Some(Period::Year(2024)));
        assert_eq!(Period::parse("2024Q2"), Some(Period::Quarter(quarter(2024, 2))));
        assert_eq!(Period::parse("2024-06-30"), Some(Period::Quarter(quarter(2024, 2))));
        let day = Date::parse("2024-10-30").unwrap();
        assert_eq!(Period::parse("2024-10-30"), Some(Period::Day(day)));
        assert_eq!(Period::parse("soon"), None);
        assert_eq!(Period::Year(2024).end(), Date::parse("2024-12-31"));
    }

    #[test]
    fn stocks_hold_and_flows_do_not() {
        let values: BTreeMap<i32, f64> = [(10, 1.0), (12, 4.0)].into();
        let mut series = Series { values, per_year: 4, stock: true, signed: false };
        assert_eq!(series.at(11), Some(1.0));
        assert_eq!(series.at(20), Some(4.0));
        assert_eq!(series.at(9), None);
        series.stock = false;
        assert_eq!(series.at(11), None);
        assert_eq!(series.sum(12, 1), Some(4.0));
        assert_eq!(series.sum(12, 2), None);
    }
}
