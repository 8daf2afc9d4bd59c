//! The charts of a sweep: a heat map for each figure where two keys make a grid, a line for one key.

use super::{NamedFigure, unit};
use crate::charts::heatmap::{HeatmapInput, heatmap};
use crate::charts::input::{Caption, Quantiles, Unit};
use crate::charts::number::{Prefix, compact, counted, fixed};
use crate::charts::sweep_line::{SweepLineInput, sweep_line};
use crate::results::{Sweep, SweptCell, SweptKey, SweptPoint, SweptValue};

/// The charts of a sweep; none where its points are not a grid of one or two keys.
pub fn sweep_figures(sweep: &Sweep) -> Vec<NamedFigure> {
    if sweep.design != "grid" {
        return Vec::new();
    }
    let figures = 0..sweep.figures.len();
    let drawn = figures.filter_map(|at| {
        let figure = match sweep.keys.as_slice() {
            [key] if key.values.len() > 1 => line(sweep, at, key),
            [down, across] if down.values.len() * across.values.len() > 1 => {
                heatmap(&map(sweep, at, (down, across)))
            }
            _ => return None,
        };
        let kind = if sweep.keys.len() == 1 { "line" } else { "heatmap" };
        Some(NamedFigure { name: format!("{kind}-{}", sweep.figures[at].name), figure })
    });
    drawn.collect()
}

fn cells(sweep: &Sweep, at: usize) -> impl Iterator<Item = &SweptCell> {
    sweep.points.iter().filter_map(move |point| point.cell(at))
}

/// Unit and factor of a figure, and what its middle is.
fn measure(sweep: &Sweep, at: usize) -> (Unit, f64, &'static str) {
    if cells(sweep, at).any(|cell| matches!(cell, SweptCell::Chance(_))) {
        return (Unit::share("percent"), 1.0, "chance");
    }
    let (unit, factor) = unit(&sweep.figures[at].unit);
    (unit, factor, "median")
}

fn caption(sweep: &Sweep, at: usize) -> Caption {
    let failed = sweep.failed().count();
    let notes = if failed > 0 {
        vec![format!("{failed} of {} failed", counted(sweep.points.len() as u64, "point"))]
    } else {
        Vec::new()
    };
    Caption {
        title: sweep.figures[at].label.clone(),
        measure: String::new(),
        scenario: sweep.scenario.clone(),
        draws: sweep.draws,
        seed: sweep.seed,
        notes,
        credit: sweep.credits.join(", "),
    }
}

fn names(key: &SweptKey) -> Vec<String> {
    key.values.iter().map(SweptValue::shown).collect()
}

fn map(sweep: &Sweep, at: usize, (down, across): (&SweptKey, &SweptKey)) -> HeatmapInput {
    let (unit, factor, statistic) = measure(sweep, at);
    let middle =
        |point: &SweptPoint| point.cell(at).map_or(f64::NAN, |cell| factor * cell.middle());
    let width = across.values.len();
    let values: Vec<Vec<f64>> =
        sweep.points.chunks(width.max(1)).map(|row| row.iter().map(middle).collect()).collect();
    let (downs, acrosses) = (names(down), names(across));
    let mut caption = caption(sweep, at);
    let keys = [(down.column(), downs.as_slice()), (across.column(), acrosses.as_slice())];
    if let Some(found) = told(&values, &keys, statistic, &unit) {
        caption.title = format!("{}: {found}", caption.title);
    }
    HeatmapInput {
        caption,
        unit,
        rows: (down.column(), downs),
        columns: (across.column(), acrosses),
        statistic: statistic.to_owned(),
        values,
    }
}

/// What a map shows: its range, where it is highest, and which key moves nothing; none if all points failed.
fn told(
    values: &[Vec<f64>],
    keys: &[(String, &[String]); 2],
    statistic: &str,
    unit: &Unit,
) -> Option<String> {
    let cells = values.iter().enumerate().flat_map(|(row, line)| {
        line.iter().enumerate().map(move |(column, value)| (*value, [row, column]))
    });
    let found: Vec<(f64, [usize; 2])> = cells.filter(|cell| cell.0.is_finite()).collect();
    let low = found.iter().min_by(|a, b| a.0.total_cmp(&b.0))?.0;
    let &(high, place) = found.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    // A key moves something if two points that differ in it alone have different values.
    let moves = [0, 1].map(|key| {
        found.iter().any(|(value, at)| {
            found
                .iter()
                .any(|(other, to)| at[1 - key] == to[1 - key] && value.to_bits() != other.to_bits())
        })
    });
    let [from, to] = apart([low, high], unit);
    let at = |key: usize| &keys[key].1[place[key]];
    Some(match moves {
        _ if from == to => format!("{statistic} {from} at every point"),
        [true, true] => {
            format!("{statistic} {from} to {to}, highest at {} and {}", at(0), at(1))
        }
        [first, _] => {
            let (moving, still) = if first { (0, 1) } else { (1, 0) };
            let idle = &keys[still].0;
            format!("{statistic} {from} to {to}, highest at {}; {idle} moves nothing", at(moving))
        }
    })
}

/// Two values with their unit, with as many digits as tell them apart, if some do.
fn apart(values: [f64; 2], unit: &Unit) -> [String; 2] {
    let short = values.map(|value| compact(value, unit));
    if short[0] != short[1] {
        return short;
    }
    let prefix = Prefix::for_largest(values[0].abs().max(values[1].abs()), unit);
    let with = |decimals: usize| {
        values.map(|value| prefix.with_unit(&fixed(value / prefix.factor, decimals), unit))
    };
    (1..=MOST_DECIMALS).map(with).find(|[low, high]| low != high).unwrap_or(short)
}

/// Decimals beyond which a difference is told as none.
const MOST_DECIMALS: usize = 4;

fn line(sweep: &Sweep, at: usize, key: &SweptKey) -> crate::charts::Figure {
    let (unit, factor, statistic) = measure(sweep, at);
    let level = |k: usize, chance: fn(&crate::results::Interval) -> f64| -> Vec<f64> {
        let value = |point: &SweptPoint| match point.cell(at) {
            Some(SweptCell::Metric(found)) => factor * found.percentiles[k].value,
            Some(SweptCell::Chance(found)) => chance(found),
            None => f64::NAN,
        };
        sweep.points.iter().map(value).collect()
    };
    let numbers: Option<Vec<f64>> = key.values.iter().map(|value| value.number).collect();
    let rising = |numbers: &Vec<f64>| key.numeric && numbers.windows(2).all(|w| w[0] < w[1]);
    let middles = level(3, |chance| chance.value);
    let told: Vec<(f64, String)> =
        middles.into_iter().zip(names(key)).filter(|(value, _)| value.is_finite()).collect();
    let mut caption = caption(sweep, at);
    if let [first, .., last] = told.as_slice() {
        let [low, high] = apart([first.0, last.0], &unit);
        caption.title =
            format!("{}: {statistic} {low} at {}, {high} at {}", caption.title, first.1, last.1);
    }
    sweep_line(&SweepLineInput {
        caption,
        unit,
        key: key.column(),
        names: names(key),
        numbers: numbers.filter(rising),
        ratios: key.factor,
        statistic: statistic.to_owned(),
        quantiles: Quantiles {
            p5: level(0, |chance| chance.low),
            p25: level(2, |chance| chance.value),
            p50: level(3, |chance| chance.value),
            p75: level(4, |chance| chance.value),
            p95: level(6, |chance| chance.high),
            ..Quantiles::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(values: &[&[f64]]) -> String {
        let names = |stem: &str| (1..=3).map(|k| format!("{stem}{k}")).collect::<Vec<String>>();
        let (rows, columns) = (names("r"), names("c"));
        let keys = [("row".to_owned(), rows.as_slice()), ("column".to_owned(), columns.as_slice())];
        let (unit, factor) = unit("MW");
        let values: Vec<Vec<f64>> =
            values.iter().map(|row| row.iter().map(|x| factor * x).collect()).collect();
        told(&values, &keys, "median", &unit).unwrap_or_default().replace('\u{a0}', " ")
    }

    #[test]
    fn a_map_says_where_it_is_highest_and_what_moves_nothing() {
        let both = title(&[&[1000.0, 2000.0], &[3000.0, 4000.0]]);
        assert_eq!(both, "median 1.00 GW to 4.0 GW, highest at r2 and c2");
        let across = title(&[&[1000.0, 2000.0], &[1000.0, 2000.0]]);
        assert_eq!(across, "median 1.00 GW to 2.0 GW, highest at c2; row moves nothing");
        let down = title(&[&[1000.0, f64::NAN], &[3000.0, 3000.0]]);
        assert_eq!(down, "median 1.00 GW to 3.0 GW, highest at r2; column moves nothing");
        assert_eq!(title(&[&[1000.0, 1000.0]]), "median 1.00 GW at every point");
        assert_eq!(title(&[&[f64::NAN]]), "");
    }

    #[test]
    fn ends_that_round_to_the_same_get_digits_that_tell_them_apart() {
        let close = title(&[&[3278.0, 3287.0]]);
        assert_eq!(close, "median 3.28 GW to 3.29 GW, highest at c2; row moves nothing");
        let closer = title(&[&[3278.0, 3278.000001]]);
        assert_eq!(closer, "median 3.3 GW at every point");
    }
}
