//! The PIT histogram: where in the forecasts the observations came to lie, by tenths.

use super::data::{NumberRow, Numbers};
use super::fan::footnote;
use super::figure::ticks::y_axis;
use super::figure::{Figure, Layer, Span, StackSlice, XAxis, YAxis};
use super::input::{Caption, Scale, Unit};
use super::theme::Role;

/// Tenths of the probability.
const BARS: usize = 10;
/// Width of a bar on the axis: that of a quarter, in years.
const BAR: f64 = 0.25;

/// One bar per tenth of the forecasts, as high as the number of observations in it. Forecasts that are
/// right on average make them all alike; high bars at both ends say that the forecasts are too narrow.
pub fn pit(values: &[f64], caption: &Caption) -> Figure {
    let mut counts = [0.0; BARS];
    let inside = values.iter().filter(|value| (0.0..=1.0).contains(*value));
    for value in inside {
        let at = ((value * BARS as f64) as usize).min(BARS - 1);
        counts[at] += 1.0;
    }
    let total: f64 = counts.iter().sum();
    let expected = total / BARS as f64;
    let unit = Unit::plain("", "observations");
    let y = y_axis(counts.iter().copied().chain([0.0, expected]), &unit, Scale::Linear);
    let slice = StackSlice { name: String::new(), values: counts.to_vec(), role: Role::Median };
    let ends: Vec<f64> = (1..=BARS).map(|k| BAR * k as f64).collect();
    let stack = Layer::Stack { x: ends, slices: vec![slice], bars: true };
    let threshold = Layer::Threshold { y: expected, label: "if right on average".to_owned() };
    Figure {
        title: caption.title.clone(),
        subtitle: "Number of observations by tenth of the forecast, from the lowest to the highest"
            .to_owned(),
        footnote: footnote(caption),
        description: description(&counts),
        numbers: Some(numbers(&counts, &y)),
        layers: vec![stack, threshold],
        x: tenths(),
        y,
        ..Figure::default()
    }
}

/// The axis of tenths, named by their percentages.
fn tenths() -> XAxis {
    let label = |k: usize| Span {
        from: BAR * k as f64,
        to: BAR * (k + 1) as f64,
        label: format!("{}–{} %", 10 * k, 10 * (k + 1)),
    };
    XAxis {
        min: 0.0,
        max: BAR * BARS as f64,
        bounds: (0..=BARS).map(|k| BAR * k as f64).collect(),
        labels: (0..BARS).map(label).collect(),
        ..XAxis::default()
    }
}

fn numbers(counts: &[f64], axis: &YAxis) -> Numbers {
    let row = |(k, &count): (usize, &f64)| NumberRow {
        at: (Some(BAR * (k as f64 + 0.5)), None),
        label: format!("{} to {} %", 10 * k, 10 * (k + 1)),
        cells: vec![Numbers::cell(count, axis)],
    };
    Numbers {
        heading: "Tenth of the forecast".to_owned(),
        spelled: "Observations".to_owned(),
        columns: vec![Numbers::column("Observations", axis)],
        rows: counts.iter().enumerate().map(row).collect(),
    }
}

fn description(counts: &[f64]) -> String {
    let counts: Vec<String> = counts.iter().map(|count| format!("{count:.0}")).collect();
    format!("Bars: observations by tenth of the forecast, lowest first: {}.", counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_observation_is_in_one_bar() {
        let caption = Caption::default();
        let figure = pit(&[0.0, 0.05, 0.1, 0.55, 1.0, f64::NAN], &caption);
        let Layer::Stack { slices, .. } = &figure.layers[0] else { panic!("no bars") };
        assert_eq!(slices[0].values, [2.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert!(figure.description.contains("2, 1, 0"));
        assert!(figure.y.max >= 2.0);
        let empty = pit(&[], &caption);
        assert!(empty.y.max > empty.y.min);
    }
}
