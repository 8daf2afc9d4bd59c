//! A result by the values of one key: a line with the band of the draws at each point.

use super::data::{NumberRow, Numbers};
use super::fan::{end_labels, footnote, subtitle};
use super::figure::ticks::y_axis;
use super::figure::{Figure, Layer, Point, Tick, XAxis, YAxis};
use super::input::{Caption, Quantiles, Scale, Unit};
use super::number::compact;
use super::theme::Role;

/// Most values of a key that are named below the axis.
const NAMED: usize = 12;

/// A result by the values of one key.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepLineInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the results.
    pub unit: Unit,
    /// The key, with what its values are.
    pub key: String,
    /// Names of the values, in order.
    pub names: Vec<String>,
    /// The values, if all are numbers that rise; else names stand side by side.
    pub numbers: Option<Vec<f64>>,
    /// Whether equal ratios of the values are equal steps: factors.
    pub ratios: bool,
    /// What the middle is: `median` or `chance`.
    pub statistic: String,
    /// Percentiles at each value, not a number where a point failed; of a chance the ends of its
    /// interval are the outer ones.
    pub quantiles: Quantiles,
}

/// A line with bands where the values are numbers, points with whiskers where they are names.
pub fn sweep_line(input: &SweepLineInput) -> Figure {
    let q = &input.quantiles;
    let curves = [&q.p5, &q.p25, &q.p50, &q.p75, &q.p95];
    let y = y_axis(curves.into_iter().flatten().copied(), &input.unit, Scale::Linear);
    let chance = input.statistic == "chance";
    let reading = match (chance, input.numbers.is_some()) {
        (true, true) => "Chance with its 95 % interval",
        (true, false) => "Points: chance; whiskers: its 95 % interval",
        (false, true) => "Median with central 50 % and 90 % of draws",
        (false, false) => "Points: median; whiskers: central 90 % of draws",
    };
    let reading = format!("{reading}. Across: {}", input.key);
    let (x, layers) = match &input.numbers {
        Some(numbers) => (axis(input, numbers), bands(input, numbers, chance)),
        None => (categories(input), points(input)),
    };
    let lines = input.numbers.is_some();
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&y, &input.unit, &input.caption, &reading),
        footnote: footnote(&input.caption),
        description: description(input),
        numbers: Some(numbers(input, chance, &y)),
        end_labels: if lines && !chance { end_labels(q, &y, &input.unit) } else { Vec::new() },
        layers,
        x,
        y,
        ..Figure::default()
    }
}

fn bands(input: &SweepLineInput, x: &[f64], chance: bool) -> Vec<Layer> {
    let q = &input.quantiles;
    let band = |lower: &[f64], upper: &[f64], role| Layer::Band {
        x: x.to_vec(),
        lower: lower.to_vec(),
        upper: upper.to_vec(),
        role,
        alpha: 1.0,
    };
    let mut layers = vec![band(&q.p5, &q.p95, Role::Outer)];
    if !chance {
        layers.push(band(&q.p25, &q.p75, Role::Inner));
    }
    let role = Role::Median;
    layers.push(Layer::Line { x: x.to_vec(), y: q.p50.clone(), role, width: 4.0, end_dot: true });
    layers
}

/// The values themselves as ticks, as many as have room.
fn axis(input: &SweepLineInput, numbers: &[f64]) -> XAxis {
    let every = numbers.len().div_ceil(NAMED).max(1);
    let named = numbers.iter().zip(&input.names).step_by(every);
    XAxis {
        min: numbers.first().copied().unwrap_or(0.0),
        max: numbers.last().copied().unwrap_or(1.0),
        ticks: named.map(|(&at, name)| Tick { at, label: name.clone() }).collect(),
        scale: if input.ratios { Scale::Log } else { Scale::Linear },
        ..XAxis::default()
    }
}

fn categories(input: &SweepLineInput) -> XAxis {
    let tick = |(k, name): (usize, &String)| Tick { at: k as f64 + 0.5, label: name.clone() };
    XAxis {
        max: input.names.len().max(1) as f64,
        ticks: input.names.iter().enumerate().map(tick).collect(),
        ..XAxis::default()
    }
}

fn points(input: &SweepLineInput) -> Vec<Layer> {
    let q = &input.quantiles;
    let ends = q.p50.iter().zip(q.p5.iter().zip(&q.p95)).enumerate();
    let points = ends
        .filter(|(_, (middle, _))| middle.is_finite())
        .map(|(k, (&y, (&low, &high)))| Point { x: k as f64 + 0.5, y, whisker: Some((low, high)) });
    let (points, label) = (points.collect(), String::new());
    vec![Layer::Points { points, filled: true, label }]
}

/// Percentiles, or the chance with its interval, at each value.
fn numbers(input: &SweepLineInput, chance: bool, axis: &YAxis) -> Numbers {
    let q = &input.quantiles;
    let curves: Vec<(&str, &Vec<f64>)> = if chance {
        vec![("Chance", &q.p50), ("95 % interval, low", &q.p5), ("95 % interval, high", &q.p95)]
    } else {
        vec![("P5", &q.p5), ("P25", &q.p25), ("Median", &q.p50), ("P75", &q.p75), ("P95", &q.p95)]
    };
    let at = |k: usize| match &input.numbers {
        Some(numbers) => numbers.get(k).copied(),
        None => Some(k as f64 + 0.5),
    };
    let cells = |k: usize| {
        let value = |(_, curve): &(&str, &Vec<f64>)| curve.get(k).copied().unwrap_or(f64::NAN);
        curves.iter().map(|curve| Numbers::cell(value(curve), axis)).collect()
    };
    let row = |(k, name): (usize, &String)| NumberRow {
        at: (at(k), None),
        label: name.clone(),
        cells: cells(k),
    };
    Numbers {
        heading: input.key.clone(),
        spelled: axis.prefix.spelled(&input.unit),
        columns: curves.iter().map(|(name, _)| Numbers::column(*name, axis)).collect(),
        rows: input.names.iter().enumerate().map(row).collect(),
    }
}

fn description(input: &SweepLineInput) -> String {
    let say = |value: f64| compact(value, &input.unit);
    let values = input.names.iter().zip(&input.quantiles.p50);
    let values: Vec<String> = values
        .map(|(name, &value)| {
            let value = if value.is_finite() { say(value) } else { "failed".to_owned() };
            format!("{name}: {value}")
        })
        .collect();
    format!("Line chart. {} by {}. {}.", input.statistic, input.key, values.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(numbers: Option<Vec<f64>>) -> SweepLineInput {
        let curve = |factor: f64| vec![1e9 * factor, 2e9 * factor, f64::NAN];
        SweepLineInput {
            caption: Caption::default(),
            unit: Unit::metric("W", "watts"),
            key: "site.slip (factor)".to_owned(),
            names: ["x0.5", "x1", "x2"].map(str::to_owned).to_vec(),
            numbers,
            ratios: true,
            statistic: "median".to_owned(),
            quantiles: Quantiles {
                p5: curve(0.5),
                p25: curve(0.8),
                p50: curve(1.0),
                p75: curve(1.2),
                p95: curve(2.0),
                ..Quantiles::default()
            },
        }
    }

    #[test]
    fn numbers_make_a_line_and_names_make_points() {
        let line = sweep_line(&input(Some(vec![0.5, 1.0, 2.0])));
        assert_eq!(line.layers.len(), 3);
        assert_eq!((line.x.min, line.x.max, line.x.scale), (0.5, 2.0, Scale::Log));
        assert!(line.y.max >= 4e9);
        assert!(line.description.contains("x2: failed"), "{}", line.description);
        let named = sweep_line(&input(None));
        let Layer::Points { points, .. } = &named.layers[0] else { panic!("no points") };
        assert_eq!(points.len(), 2);
        assert_eq!(points[1].whisker, Some((1e9, 4e9)));
    }
}
