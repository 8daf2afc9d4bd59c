//! The calibration plot: how many observations lay below each level of their forecasts.

use super::data::{NumberRow, Numbers};
use super::fan::footnote;
use super::figure::ticks::y_axis;
use super::figure::{Figure, Layer, Point, Span, XAxis, YAxis};
use super::input::{Caption, Scale, Unit};
use super::theme::Role;

/// Steps of the diagonal and the band around it.
const STEPS: usize = 50;
/// Half the width of a normal 90 % interval, in standard deviations.
const NINETY: f64 = 1.6448536269514722;

/// The share of observations below each level of their forecasts, beside the diagonal of forecasts that
/// are right on average, with the range in which nine of ten sets of as many independent observations lie
/// at each level.
pub fn calibration(values: &[f64], caption: &Caption) -> Figure {
    let mut sorted: Vec<f64> =
        values.iter().copied().filter(|value| (0.0..=1.0).contains(value)).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let levels: Vec<f64> = (0..=STEPS).map(|k| k as f64 / STEPS as f64).collect();
    let reach = |p: &f64| NINETY * (p * (1.0 - p) / n.max(1.0)).sqrt();
    let band = Layer::Band {
        x: levels.clone(),
        lower: levels.iter().map(|p| (p - reach(p)).max(0.0)).collect(),
        upper: levels.iter().map(|p| (p + reach(p)).min(1.0)).collect(),
        role: Role::Outer,
        alpha: 1.0,
    };
    let diagonal = Layer::Line {
        x: vec![0.0, 1.0],
        y: vec![0.0, 1.0],
        role: Role::Gray,
        width: 1.5,
        end_dot: false,
    };
    let place =
        |(at, value): (usize, &f64)| Point { x: *value, y: (at as f64 + 0.5) / n, whisker: None };
    let points: Vec<Point> = sorted.iter().enumerate().map(place).collect();
    let description = format!(
        "Points: share of {} observations below each level of their forecasts, beside the diagonal.",
        points.len()
    );
    let mut layers = vec![band, diagonal];
    if !points.is_empty() {
        layers.push(Layer::Points { points, filled: true, label: "Observed".to_owned() });
    }
    let y = y_axis([0.0, 1.0].into_iter(), &Unit::share("share of observations"), Scale::Linear);
    Figure {
        numbers: Some(numbers(&sorted, &y)),
        title: caption.title.clone(),
        subtitle: "Share of observations below a level of the forecast, against that level. Band: 90 % of \
                   independent sets of this size"
            .to_owned(),
        footnote: footnote(caption),
        description,
        layers,
        x: levels_axis(),
        y,
        ..Figure::default()
    }
}

fn numbers(sorted: &[f64], axis: &YAxis) -> Numbers {
    let n = sorted.len() as f64;
    let row = |(at, &level): (usize, &f64)| {
        let below = (at as f64 + 0.5) / n;
        let level_told = Numbers::cell(level, axis);
        NumberRow {
            at: (Some(level), Some(below)),
            label: format!("{} of {n}", at + 1),
            cells: vec![level_told, Numbers::cell(below, axis)],
        }
    };
    Numbers {
        heading: "Observation".to_owned(),
        spelled: "Shares".to_owned(),
        columns: vec![
            Numbers::column("Level of the forecast", axis),
            Numbers::column("Observations below it", axis),
        ],
        rows: sorted.iter().enumerate().map(row).collect(),
    }
}

fn levels_axis() -> XAxis {
    let label = |k: usize| Span {
        from: 0.2 * k as f64 - 0.1,
        to: 0.2 * k as f64 + 0.1,
        label: format!("{} %", 20 * k),
    };
    XAxis {
        min: 0.0,
        max: 1.0,
        bounds: (0..=5).map(|k| 0.2 * f64::from(k)).collect(),
        labels: (1..5).map(label).collect(),
        ..XAxis::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_at_their_rank() {
        let figure = calibration(&[0.9, 0.1, f64::NAN], &Caption::default());
        let Some(Layer::Points { points, .. }) = figure.layers.last() else { panic!("no points") };
        let places: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(places, [(0.1, 0.25), (0.9, 0.75)]);
        assert_eq!(calibration(&[], &Caption::default()).layers.len(), 2);
    }
}
