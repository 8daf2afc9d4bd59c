//! Forecasts that anyone could have made on the scenario's day, from the same dated rows.

use super::series::{Period, Series};
use super::{Guide, Input};
use crate::stats::{crps_lognormal, crps_normal};
use crate::time::{Date, Quarter};

/// Fewest own errors that a spread is taken from.
const FEWEST: usize = 3;
/// The same for ranges, of which there is one a year.
const FEWEST_RANGES: usize = 2;

/// A baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Baseline {
    /// The last value known stays.
    LastValue,
    /// The last value known grows on as it did over the year before it.
    LastGrowth,
    /// The middle of the range that the company gave; of a year that is partly known, its quarters share
    /// what is left alike.
    Guidance,
    /// The last value known grows at a constant rate that the scenario states.
    Trend,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LastValue, Self::LastGrowth, Self::Guidance, Self::Trend];

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::LastValue => "last value",
            Self::LastGrowth => "last growth",
            Self::Guidance => "guidance",
            Self::Trend => "trend",
        }
    }

    /// What it does, in a line.
    pub fn doc(self) -> &'static str {
        match self {
            Self::LastValue => "the last value known stays",
            Self::LastGrowth => "the last value known grows on as it did over the year before it",
            Self::Guidance => "the middle of the range that the company gave",
            Self::Trend => "the last value known grows at the constant rate of `score.trend`",
        }
    }
}

/// A baseline's forecast of one observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forecast {
    /// Its value.
    pub(super) point: f64,
    /// Root mean square of its own errors at this distance, known by the scenario's day: of the
    /// logarithm where all values are positive. None where there were too few.
    pub(super) sd: Option<f64>,
    /// Whether errors are of the logarithm.
    pub(super) log: bool,
    /// Steps of its series from the last value to the period.
    pub(super) ahead: f64,
}

/// How a baseline did on one observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineScore {
    /// Its value.
    pub forecast: f64,
    /// CRPS of the value alone: the distance.
    pub point: f64,
    /// CRPS with a spread from its own past errors.
    pub spread: f64,
    /// Whether there were such errors. If not, the spread is the one that would have served it best on
    /// the observations of its group, which nobody could have known: a bound in its favor.
    pub own_errors: bool,
}

/// The observation that a forecast is scored on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// Its value.
    pub(super) value: f64,
    /// Standard deviation of its error, on the scale that is scored.
    pub(super) error: f64,
    /// Whether the logarithm is scored.
    pub(super) log: bool,
}

/// What the forecasts of one metric need.
pub(super) struct Knowledge<'a> {
    metric: &'a str,
    series: Series,
    guidance: &'a [Guide],
    as_of: Date,
    trend: Option<f64>,
}

impl<'a> Knowledge<'a> {
    pub(super) fn of(input: &'a Input<'_>, metric: &'a str) -> Self {
        let start = input.starts.iter().find(|start| start.metric == metric);
        Self {
            metric,
            series: Series::seen(input.result, metric, start.map(|start| start.value)),
            guidance: &input.guidance,
            as_of: input.result.about.as_of,
            trend: input.trends.iter().find(|(name, _)| name == metric).map(|(_, rate)| *rate),
        }
    }

    /// The forecast of a period.
    pub(super) fn forecast(&self, baseline: Baseline, period: Period) -> Option<Forecast> {
        if baseline == Baseline::Guidance {
            return self.guided(period);
        }
        let (end, length) = self.series.place(period)?;
        let last = self.series.last()?;
        let point = self.value(baseline, last, end, length)?;
        let positive = self.is_positive() && point > 0.0;
        let (sd, ahead) =
            (self.past(baseline, end - last, length, positive), f64::from(end - last));
        Some(Forecast { point, sd, log: positive, ahead })
    }

    fn is_positive(&self) -> bool {
        let (Some(first), Some(last)) = (self.series.first(), self.series.last()) else {
            return false;
        };
        !self.series.signed
            && (first..=last).filter_map(|place| self.series.at(place)).all(|value| value > 0.0)
    }

    /// The value that the baseline gave from `last` for the sum of `length` steps up to `end`.
    fn value(&self, baseline: Baseline, last: i32, end: i32, length: i32) -> Option<f64> {
        let one = |place: i32| {
            if length > 1 && place <= last {
                return self.series.at(place);
            }
            self.step(baseline, last, place)
        };
        (0..length).map(|back| one(end - back)).sum()
    }

    fn step(&self, baseline: Baseline, last: i32, place: i32) -> Option<f64> {
        let now = self.series.at(last)?;
        let years = f64::from(place - last) / f64::from(self.series.per_year);
        match baseline {
            Baseline::LastValue => Some(now),
            Baseline::LastGrowth => {
                let before = self.series.at(last - self.series.per_year)?;
                if self.is_positive() {
                    Some(now * libm::pow(now / before, years))
                } else {
                    Some(now + (now - before) * years)
                }
            }
            Baseline::Trend => Some(now * libm::pow(self.trend?, years)),
            Baseline::Guidance => None,
        }
    }

    /// Root mean square of the errors of the same forecast made from every earlier period. Where there
    /// are too few so far ahead, those less far ahead grow with the root of the distance, as those of a
    /// random walk do.
    fn past(&self, baseline: Baseline, ahead: i32, length: i32, log: bool) -> Option<f64> {
        for shorter in (1..=ahead).rev() {
            let errors = self.errors(baseline, shorter, length, log);
            if errors.len() >= FEWEST {
                let scale = (f64::from(ahead) / f64::from(shorter)).sqrt();
                return Some(scale * root_mean_square(&errors));
            }
        }
        None
    }

    fn errors(&self, baseline: Baseline, ahead: i32, length: i32, log: bool) -> Vec<f64> {
        let (Some(first), Some(last)) = (self.series.first(), self.series.last()) else {
            return Vec::new();
        };
        let error = |origin: i32| {
            let end = origin + ahead;
            let actual = self.series.sum(end, length)?;
            let said = self.value(baseline, origin, end, length)?;
            if log {
                (actual > 0.0 && said > 0.0).then(|| libm::log(actual / said))
            } else {
                Some(actual - said)
            }
        };
        (first..=last - ahead).filter_map(error).collect()
    }

    /// The middle of the last range known for the period, or what it leaves for an open quarter.
    fn guided(&self, period: Period) -> Option<Forecast> {
        let point = match period {
            Period::Year(_) => self.middle(period, self.as_of)?,
            Period::Quarter(quarter) => match self.middle(period, self.as_of) {
                Some(middle) => middle,
                None => self.left_of_year(quarter)?,
            },
            Period::Day(_) => return None,
        };
        let errors = self.guidance_errors(period);
        let sd = (errors.len() >= FEWEST_RANGES).then(|| root_mean_square(&errors));
        (point > 0.0).then_some(Forecast { point, sd, log: true, ahead: 1.0 })
    }

    /// Middle of the last range for a period that was given by a day.
    fn middle(&self, period: Period, by: Date) -> Option<f64> {
        let fits = |guide: &&Guide| {
            guide.metric == self.metric
                && guide.known <= by
                && Period::parse(&guide.at) == Some(period)
        };
        self.guidance.iter().filter(fits).max_by_key(|guide| guide.known).map(|guide| guide.middle)
    }

    fn left_of_year(&self, quarter: Quarter) -> Option<f64> {
        let whole = self.middle(Period::Year(quarter.year()), self.as_of)?;
        let quarters = (1..=4).filter_map(|q| Quarter::new(quarter.year(), q));
        let known = |quarter: Quarter| self.series.sum(quarter.index(), 1);
        let (mut spent, mut open) = (0.0, 0.0);
        for quarter in quarters {
            match known(quarter).filter(|_| self.series.per_year == 4) {
                Some(value) => spent += value,
                None => open += 1.0,
            }
        }
        (open > 0.0).then(|| (whole - spent) / open)
    }

    /// Log errors of the middles of ranges that were given as long before the end of their period, of
    /// periods that had ended. A quarter of a guided year has the error of its year's range.
    fn guidance_errors(&self, period: Period) -> Vec<f64> {
        let own = self.middle(period, self.as_of).is_some();
        let (back, year): (i32, i32) = match period {
            Period::Year(year) => (4, year),
            Period::Quarter(quarter) if own => (1, quarter.year()),
            Period::Quarter(quarter) => (4, quarter.year()),
            Period::Day(_) => return Vec::new(),
        };
        let quarters = self.series.first().zip(self.series.last());
        let Some((first, last)) = quarters.filter(|_| self.series.per_year == 4) else {
            return Vec::new();
        };
        let error = |end: i32| {
            let past = quarter_of(end)?;
            if back == 1 {
                let said = self.middle(Period::Quarter(past), past.end())?;
                return Some(libm::log(self.series.sum(end, 1)? / said));
            }
            if past.q() != 4 {
                return None;
            }
            // As many years before as the year in question lies ahead.
            let shift = year - past.year();
            let (then, month) = (self.as_of.year() - shift, self.as_of.month());
            let by = Date::new(then, month, self.as_of.day()).or(Date::new(then, month, 28))?;
            let said = self.middle(Period::Year(past.year()), by)?;
            Some(libm::log(self.series.sum(end, 4)? / said))
        };
        (first..=last).filter_map(error).filter(|error| error.is_finite()).collect()
    }
}

fn quarter_of(index: i32) -> Option<Quarter> {
    Quarter::new(index.div_euclid(4), index.rem_euclid(4) as u8 + 1)
}

fn root_mean_square(errors: &[f64]) -> f64 {
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    (squares / errors.len().max(1) as f64).sqrt()
}

impl Forecast {
    /// What a relative spread for one step ahead is multiplied by.
    fn unit(&self, outcome: Outcome) -> f64 {
        let size = if self.log || outcome.log { 1.0 } else { self.point.abs() };
        size * self.ahead.max(0.0).sqrt()
    }

    /// CRPS with this spread, on the scale of the outcome and with its error.
    pub(super) fn crps(&self, sd: f64, outcome: Outcome) -> f64 {
        let Outcome { value, error, log } = outcome;
        let total = |own: f64| (own * own + error * error).sqrt();
        match (log, self.log) {
            (true, _) => crps_normal(libm::log(self.point), total(sd), libm::log(value)),
            // Relative errors around a value on the plain scale: lognormal while the outcome is certain.
            (false, true) if error <= 0.0 => crps_lognormal(libm::log(self.point), sd, value),
            (false, true) => crps_normal(self.point, total(sd * self.point), value),
            (false, false) => crps_normal(self.point, total(sd), value),
        }
    }
}

/// Scores of one baseline on the observations of a group, in order; none where it says nothing.
pub(super) fn scored(pairs: &[Option<(Forecast, Outcome)>]) -> Vec<Option<BaselineScore>> {
    let served_best = best_spread(pairs);
    let one = |(forecast, outcome): (Forecast, Outcome)| {
        if outcome.log && forecast.point <= 0.0 {
            return None;
        }
        let sd = forecast.sd.unwrap_or(served_best * forecast.unit(outcome));
        Some(BaselineScore {
            forecast: forecast.point,
            point: forecast.crps(0.0, outcome),
            spread: forecast.crps(sd, outcome),
            own_errors: forecast.sd.is_some(),
        })
    };
    pairs.iter().map(|pair| pair.and_then(one)).collect()
}

/// The spread for one step ahead that gives the lowest sum of scores to forecasts without errors of their
/// own, to a part in a hundred.
fn best_spread(pairs: &[Option<(Forecast, Outcome)>]) -> f64 {
    let wanting: Vec<&(Forecast, Outcome)> =
        pairs.iter().flatten().filter(|(forecast, _)| forecast.sd.is_none()).collect();
    if wanting.is_empty() {
        return 0.0;
    }
    let total = |sd: f64| -> f64 {
        let one = |(forecast, outcome): &&(Forecast, Outcome)| {
            forecast.crps(sd * forecast.unit(*outcome), *outcome)
        };
        wanting.iter().map(one).sum()
    };
    let candidates = (0..=400).map(|k| 0.0025 * f64::from(k));
    candidates.min_by(|a, b| total(*a).total_cmp(&total(*b))).unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
