//! Priors from what was known: every figure that a dated scenario takes from the past, made again from the
//! rows that it could see.

use std::collections::BTreeMap;

use super::Guide;
use crate::stats::{mean, sd};
use crate::time::{Date, Quarter};

/// Yearly log changes of capex from here on are a boom, as in `capex.growth`.
const BOOM: f64 = 0.35;
/// Below this one they are a digest.
const DIGEST: f64 = -0.05;
/// Names of the seasons in which a range is given, as in `capex.guidance_error`.
const SEASONS: [&str; 4] = ["first", "april", "july", "october"];

/// What was known on a day.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The last value known of a metric and year.
    pub years: BTreeMap<(String, i32), f64>,
    /// The last value known of a metric and quarter, by its number.
    pub quarters: BTreeMap<(String, i32), f64>,
    /// Ranges that were given.
    pub guides: Vec<Guide>,
}

/// From when on the past is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// First year of changes, growth and margins.
    pub since: i32,
    /// First year of ranges and of the season within a year.
    pub recent: i32,
}

/// One figure from the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The input that it is for.
    pub key: String,
    /// What it is made of.
    pub of: String,
    /// Each value with its period.
    pub values: Vec<(String, f64)>,
    /// Mean.
    pub mean: f64,
    /// Standard deviation with n - 1; none below two values.
    pub sd: Option<f64>,
}

impl Facts {
    /// Changes of the logarithm of a yearly metric.
    fn changes(&self, metric: &str, since: i32) -> Vec<(String, f64)> {
        self.over_years(metric, since, |now, before| libm::log(now / before))
    }

    fn over_years(
        &self,
        metric: &str,
        since: i32,
        of: impl Fn(f64, f64) -> f64,
    ) -> Vec<(String, f64)> {
        let own = self.years.iter().filter(|((name, year), _)| name == metric && *year >= since);
        let one = |((_, year), now): (&(String, i32), &f64)| {
            let before = self.years.get(&(metric.to_owned(), year - 1))?;
            Some((year.to_string(), of(*now, *before)))
        };
        own.filter_map(one).collect()
    }

    /// The last range given in a season of the year that it is about.
    fn range(&self, metric: &str, year: i32, season: usize) -> Option<f64> {
        let at = year.to_string();
        let fits = |guide: &&Guide| {
            guide.metric == metric && guide.at == at && season_of(year, guide.known) == season
        };
        self.guides.iter().filter(fits).max_by_key(|guide| guide.known).map(|guide| guide.middle)
    }
}

/// Season in which a range for a year was given: 0 before April of that year, then by quarter.
fn season_of(year: i32, known: Date) -> usize {
    match known.year().cmp(&year) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => usize::from(known.quarter().q()) - 1,
        std::cmp::Ordering::Greater => 3,
    }
}

/// All figures that can be made of what was known.
pub fn fits(facts: &Facts, window: Window) -> Vec<Fit> {
    let mut fits = growth(facts, window);
    fits.extend(guidance(facts, window));
    fits.extend(seasons(facts, window));
    fits.extend(revenue(facts, window));
    fits.extend(depreciation(facts, window));
    let changes = facts.changes("energy.company", window.since);
    fits.extend(fit("energy.non_ai", "log changes of `energy.company` by year", changes));
    fits
}

fn fit(key: &str, of: &str, values: Vec<(String, f64)>) -> Option<Fit> {
    let plain: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let (mean, sd) = (mean(&plain)?, sd(&plain));
    Some(Fit { key: key.to_owned(), of: of.to_owned(), values, mean, sd })
}

/// Regimes of growth: all changes, then those of each kind of year.
fn growth(facts: &Facts, window: Window) -> Vec<Fit> {
    let changes = facts.changes("capex.total", window.since);
    let part = |key: &str, of: &str, inside: &dyn Fn(f64) -> bool| {
        let values = changes.iter().filter(|(_, change)| inside(*change)).cloned().collect();
        fit(key, of, values)
    };
    let boom = |x: f64| x >= BOOM;
    let digest = |x: f64| x < DIGEST;
    [
        part("capex.growth", "log changes of `capex.total` by year", &|_| true),
        part("capex.growth boom", "those of 0.35 and more", &boom),
        part("capex.growth normal", "those between", &|x| !boom(x) && !digest(x)),
        part("capex.growth digest", "those below -0.05", &digest),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Errors of ranges, by when they were given.
fn guidance(facts: &Facts, window: Window) -> Vec<Fit> {
    let metric = "capex.total";
    let one = |(season, name): (usize, &str)| {
        let own =
            facts.years.iter().filter(|((own, year), _)| own == metric && *year >= window.recent);
        let error = |((_, year), actual): (&(String, i32), &f64)| {
            let said = facts.range(metric, *year, season)?;
            Some((year.to_string(), libm::log(actual / said)))
        };
        let key = format!("capex.guidance_error.{name}");
        fit(&key, "log of capex over the middle of its range", own.filter_map(error).collect())
    };
    SEASONS.into_iter().enumerate().filter_map(one).collect()
}

/// Log weights of the quarters of a year beside its trend: ln of the quarter's capex over the geometric
/// mean of the year's, less (q - 2.5) / 4 of the year's log growth.
fn seasons(facts: &Facts, window: Window) -> Vec<Fit> {
    let metric = "capex.total";
    let mut residuals: [Vec<(String, f64)>; 4] = Default::default();
    for (year, growth) in facts.changes(metric, window.recent) {
        let quarter = |q: u8| {
            let index = Quarter::new(year.parse().ok()?, q)?.index();
            facts.quarters.get(&(metric.to_owned(), index)).map(|value| libm::log(*value))
        };
        let logs: Option<Vec<f64>> = (1..=4).map(quarter).collect();
        let Some(logs) = logs else { continue };
        let middle = logs.iter().sum::<f64>() / 4.0;
        for (at, log) in logs.iter().enumerate() {
            let trend = growth * (at as f64 - 1.5) / 4.0;
            residuals[at].push((year.clone(), log - middle - trend));
        }
    }
    let mut noise = Vec::new();
    for values in &residuals {
        let plain: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
        let Some(center) = mean(&plain) else { continue };
        // With two years each residual is off by half of what it would be with many.
        let scale = (plain.len() as f64 / (plain.len() as f64 - 1.0).max(1.0)).sqrt();
        noise.extend(values.iter().map(|(year, x)| (year.clone(), scale * (x - center))));
    }
    let mut fits: Vec<Fit> = residuals
        .into_iter()
        .enumerate()
        .filter_map(|(at, values)| {
            fit(&format!("capex.season.q{}", at + 1), "log weight beside the trend", values)
        })
        .collect();
    fits.extend(fit("capex.season.noise", "residuals of the four weights", noise));
    fits
}

fn revenue(facts: &Facts, window: Window) -> Vec<Fit> {
    let metric = "finance.revenue";
    let growth = facts.over_years(metric, window.since, |now, before| now / before - 1.0);
    let own =
        facts.years.iter().filter(|((name, year), _)| name == metric && *year >= window.since);
    let margin = |((_, year), revenue): (&(String, i32), &f64)| {
        let cash = facts.years.get(&("finance.operating_cash".to_owned(), *year))?;
        Some((year.to_string(), cash / revenue))
    };
    let margins = own.filter_map(margin).collect();
    let ranges = facts.quarters.iter().filter(|((name, _), _)| name == metric);
    let error = |((_, index), actual): (&(String, i32), &f64)| {
        let quarter = Quarter::new(index.div_euclid(4), index.rem_euclid(4) as u8 + 1)?;
        let at = quarter.to_string();
        let fits = |guide: &&Guide| guide.metric == metric && guide.at == at;
        let said = facts.guides.iter().filter(fits).max_by_key(|guide| guide.known)?.middle;
        (quarter.year() >= window.recent).then(|| (at, libm::log(actual / said)))
    };
    let errors = ranges.filter_map(error).collect();
    [
        fit("finance.revenue_growth", "growth of `finance.revenue` by year", growth),
        fit(
            "finance.revenue_guidance_error",
            "log of revenue over the middle of its range",
            errors,
        ),
        fit("finance.cash_margin", "`finance.operating_cash` over revenue by year", margins),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How unevenly assets enter service, and how much had not when it was last reported.
fn depreciation(facts: &Facts, window: Window) -> Vec<Fit> {
    let of = |metric: &str| -> Vec<(i32, f64)> {
        let own = facts.quarters.iter().filter(|((name, _), _)| name == metric);
        own.map(|((_, index), value)| (*index, *value)).collect()
    };
    let named = |index: i32| {
        let quarter = Quarter::new(index.div_euclid(4), index.rem_euclid(4) as u8 + 1);
        quarter.filter(|quarter| quarter.year() >= window.recent)
    };
    let charges = of("finance.depreciation");
    let pairs = charges.windows(2).filter(|pair| pair[1].0 == pair[0].0 + 1);
    let changes = pairs
        .filter_map(|pair| Some((named(pair[1].0)?.to_string(), libm::log(pair[1].1 / pair[0].1))));
    let stocks = of("finance.construction").into_iter();
    let stocks = stocks.filter_map(|(index, value)| Some((named(index)?.to_string(), value)));
    [
        fit("finance.construction", "construction in progress, B USD", stocks.collect()),
        fit(
            "finance.depreciation_noise",
            "log changes of `finance.depreciation` by quarter",
            changes.collect(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let mut facts = Facts::default();
        let mut year = |metric: &str, year: i32, value: f64| {
            facts.years.insert((metric.to_owned(), year), value);
        };
        for (at, capex) in [(2020, 10.0), (2021, 20.0), (2022, 22.0), (2023, 16.0)] {
            year("capex.total", at, capex);
            year("finance.revenue", at, 4.0 * capex);
            year("finance.operating_cash", at, 2.0 * capex);
        }
        let quarter = |year, q| Quarter::new(year, q).unwrap().index();
        for (q, value) in [(1, 4.0), (2, 5.0), (3, 5.0), (4, 8.0)] {
            facts.quarters.insert(("capex.total".to_owned(), quarter(2022, q)), value);
        }
        facts.quarters.insert(("finance.revenue".to_owned(), quarter(2022, 1)), 11.0);
        let guide = |metric: &str, at: &str, middle, known| Guide {
            metric: metric.to_owned(),
            at: at.to_owned(),
            middle,
            known: Date::parse(known).unwrap(),
        };
        facts.guides = vec![
            guide("capex.total", "2022", 30.0, "2021-10-25"),
            guide("capex.total", "2022", 20.0, "2022-02-02"),
            guide("capex.total", "2023", 20.0, "2023-01-31"),
            guide("capex.total", "2023", 18.0, "2023-07-26"),
            guide("finance.revenue", "2022Q1", 10.0, "2022-02-02"),
        ];
        facts
    }

    fn of(key: &str) -> Fit {
        let window = Window { since: 2021, recent: 2022 };
        let found = fits(&facts(), window).into_iter().find(|fit| fit.key == key);
        found.unwrap_or_else(|| panic!("no {key}"))
    }

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
    }

    #[test]
    fn growth_by_hand() {
        let all = of("capex.growth");
        let logs = [2.0, 1.1, 8.0 / 11.0].map(libm::log);
        near(all.mean, logs.iter().sum::<f64>() / 3.0);
        near(of("capex.growth boom").mean, logs[0]);
        near(of("capex.growth normal").mean, logs[1]);
        near(of("capex.growth digest").mean, logs[2]);
        assert_eq!(of("capex.growth boom").sd, None);
        near(of("finance.revenue_growth").values[0].1, 1.0);
        near(of("finance.cash_margin").mean, 0.5);
    }

    #[test]
    fn ranges_count_by_season() {
        // The last range before April counts, not the first one.
        let first = of("capex.guidance_error.first");
        near(first.values[0].1, libm::log(1.1));
        near(first.values[1].1, libm::log(0.8));
        assert_eq!(
            of("capex.guidance_error.july").values,
            [("2023".to_owned(), libm::log(16.0 / 18.0))]
        );
        near(of("finance.revenue_guidance_error").mean, libm::log(1.1));
    }

    #[test]
    fn depreciation_counts_neighbors_only() {
        let mut facts = Facts::default();
        let quarter = |year, q| Quarter::new(year, q).unwrap().index();
        for (year, q, value) in [(2021, 4, 1.0), (2022, 1, 1.1), (2022, 3, 2.0), (2022, 4, 2.5)] {
            facts.quarters.insert(("finance.depreciation".to_owned(), quarter(year, q)), value);
        }
        facts.quarters.insert(("finance.construction".to_owned(), quarter(2022, 4)), 25.0);
        let all = fits(&facts, Window { since: 2021, recent: 2022 });
        let of = |key: &str| all.iter().find(|fit| fit.key == key).unwrap();
        let changes =
            [("2022Q1".to_owned(), libm::log(1.1)), ("2022Q4".to_owned(), libm::log(1.25))];
        assert_eq!(of("finance.depreciation_noise").values, changes);
        near(of("finance.construction").mean, 25.0);
    }

    #[test]
    fn seasons_are_beside_the_trend() {
        let growth = libm::log(1.1);
        let middle = libm::log(4.0 * 5.0 * 5.0 * 8.0) / 4.0;
        near(of("capex.season.q1").mean, libm::log(4.0) - middle + 1.5 * growth / 4.0);
        near(of("capex.season.q4").mean, libm::log(8.0) - middle - 1.5 * growth / 4.0);
        near(of("capex.season.noise").mean, 0.0);
    }
}
