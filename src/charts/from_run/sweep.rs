//! The charts of a sweep: a heat map for each figure where two keys make a grid, a line for one key.

use super::{NamedFigure, unit};
use crate::charts::heatmap::{HeatmapInput, heatmap};
use crate::charts::input::{Caption, Quantiles, Unit};
use crate::charts::number::{compact, counted};
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
    let cells = values.iter().zip(&downs).flat_map(|(row, down)| {
        row.iter().zip(&acrosses).map(move |(value, across)| (*value, down, across))
    });
    let found: Vec<_> = cells.filter(|cell| cell.0.is_finite()).collect();
    let mut caption = caption(sweep, at);
    let ends = (
        found.iter().min_by(|a, b| a.0.total_cmp(&b.0)),
        found.iter().max_by(|a, b| a.0.total_cmp(&b.0)),
    );
    if let (Some(low), Some(high)) = ends {
        caption.title = format!(
            "{}: {statistic} {} to {}, highest at {} and {}",
            caption.title,
            compact(low.0, &unit),
            compact(high.0, &unit),
            high.1,
            high.2
        );
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
        caption.title = format!(
            "{}: {statistic} {} at {}, {} at {}",
            caption.title,
            compact(first.0, &unit),
            first.1,
            compact(last.0, &unit),
            last.1
        );
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
