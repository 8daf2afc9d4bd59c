//! The fan chart: one metric over time with its uncertainty and what was reported.

use super::figure::ticks::{x_axis, y_axis};
use super::figure::{EndLabel, Figure, Layer, Point, YAxis};
use super::from_run::headline::alike;
use super::input::{Caption, FanInput, Known, Observation, Quantiles, Scale, Unit};
use super::number::{self, THIN};
use super::theme::Role;

/// Median line, central 50, 80 and 90 % bands, values at the right end, reported values as points.
pub fn fan(input: &FanInput) -> Figure {
    let x = x_axis(&input.quarters);
    let y = y_axis(values(input, (x.min, x.max)), &input.unit, input.scale);
    let bands = format!("Median with central 50{THIN}%, 80{THIN}% and 90{THIN}% of draws");
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&y, &input.unit, &input.caption, &bands),
        footnote: footnote(&input.caption),
        description: description(input),
        layers: layers(input),
        end_labels: end_labels(&input.quantiles, &y, &input.unit),
        x,
        y,
        ..Figure::default()
    }
}

/// Everything that the y axis has to hold.
pub(super) fn values(input: &FanInput, (from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    let q = &input.quantiles;
    let curves = [&q.p5, &q.p10, &q.p25, &q.p50, &q.p75, &q.p90, &q.p95];
    let reported = input.observations.iter().filter(move |o| o.x >= from && o.x <= to);
    let reported = reported.flat_map(|o| {
        let (low, high) = o.interval.unwrap_or((o.value, o.value));
        [low, o.value, high]
    });
    let fan = curves.into_iter().flatten().copied();
    fan.chain(reported).chain(input.thresholds.iter().map(|t| t.value))
}

/// "Gigawatts, in service at quarter end. Median with …".
pub(super) fn subtitle(y: &YAxis, unit: &Unit, caption: &Caption, reading: &str) -> String {
    let noun = match y.scale {
        Scale::Linear => y.prefix.spelled(unit),
        Scale::Log => format!("{}, logarithmic scale", number::capitalized(&unit.noun)),
    };
    let measure =
        if caption.measure.is_empty() { String::new() } else { format!(", {}", caption.measure) };
    format!("{noun}{measure}. {reading}")
}

/// "10 000 draws · seed 7 · scenario … · notes · credit".
pub(super) fn footnote(caption: &Caption) -> String {
    let mut parts =
        vec![number::counted(caption.draws, "draw"), format!("seed\u{a0}{}", caption.seed)];
    if !caption.scenario.is_empty() {
        parts.push(format!("scenario {}", caption.scenario));
    }
    parts.extend(caption.notes.iter().cloned());
    if !caption.credit.is_empty() {
        parts.push(caption.credit.clone());
    }
    parts.join(" · ")
}

fn layers(input: &FanInput) -> Vec<Layer> {
    let q = &input.quantiles;
    let x = &input.quarters.ends;
    let band = |lower: &[f64], upper: &[f64], role| Layer::Band {
        x: x.clone(),
        lower: lower.to_vec(),
        upper: upper.to_vec(),
        role,
        alpha: 1.0,
    };
    let mut layers = vec![
        band(&q.p5, &q.p95, Role::Outer),
        band(&q.p10, &q.p90, Role::Middle),
        band(&q.p25, &q.p75, Role::Inner),
    ];
    let as_of = input.as_of.iter();
    layers.extend(as_of.map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    let thresholds = input.thresholds.iter();
    layers.extend(thresholds.map(|t| Layer::Threshold { y: t.value, label: t.label.clone() }));
    layers.push(Layer::Line {
        x: x.clone(),
        y: q.p50.clone(),
        role: Role::Median,
        width: 4.0,
        end_dot: true,
    });
    let points = [(Known::ByAsOf, "Reported"), (Known::Later, "Reported later")];
    layers.extend(points.into_iter().filter_map(|(known, label)| points_of(input, known, label)));
    layers
}

fn points_of(input: &FanInput, known: Known, label: &str) -> Option<Layer> {
    let point = |o: &Observation| Point { x: o.x, y: o.value, whisker: o.interval };
    let shown = |o: &&Observation| {
        o.known == known && o.value.is_finite() && (input.scale == Scale::Linear || o.value > 0.0)
    };
    let mut points: Vec<Point> = input.observations.iter().filter(shown).map(point).collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    let filled = known == Known::ByAsOf;
    (!points.is_empty()).then(|| Layer::Points { points, filled, label: label.into() })
}

/// Quantiles at the right end. A label that would say the same as the median is left out.
pub(super) fn end_labels(q: &Quantiles, y: &YAxis, unit: &Unit) -> Vec<EndLabel> {
    let Some(median) = last(&q.p50) else { return Vec::new() };
    let middle = y.say(median, unit);
    let mut labels = vec![EndLabel {
        text: format!("Median · {}", y.say_with_unit(median, unit)),
        y: median,
        role: Role::Median,
        bold: true,
        rank: 0,
        slack: f64::INFINITY,
        group: None,
        slice: None,
    }];
    let others = [
        (&q.p95, 95, 1, 1.6),
        (&q.p5, 5, 1, 1.6),
        (&q.p75, 75, 2, 0.8),
        (&q.p25, 25, 2, 0.8),
        (&q.p90, 90, 3, 0.1),
        (&q.p10, 10, 3, 0.1),
    ];
    for (curve, percent, rank, slack) in others {
        let Some(value) = last(curve) else { continue };
        let text = y.say(value, unit);
        if text != middle {
            labels.push(EndLabel {
                text: format!("{percent}{THIN}% · {text}"),
                y: value,
                role: Role::Gray,
                bold: false,
                rank,
                slack,
                // Both sides of a band are named, or none.
                group: Some(rank),
                slice: None,
            });
        }
    }
    labels
}

fn last(curve: &[f64]) -> Option<f64> {
    curve.last().copied().filter(|v| v.is_finite())
}

fn description(input: &FanInput) -> String {
    let q = &input.quantiles;
    let finite = |curve: &[f64]| curve.iter().rposition(|v| v.is_finite());
    let Some(end) = finite(&q.p50) else {
        return format!("Fan chart without values: {}.", input.caption.title);
    };
    let say = |value: f64| number::compact(value, &input.unit);
    let quarter = |i: usize| input.quarters.labels.get(i).map_or("", String::as_str);
    let start = q.p50.iter().position(|v| v.is_finite()).unwrap_or(end);
    let range = q.p5.get(end).zip(q.p95.get(end)).filter(|(a, b)| a.is_finite() && b.is_finite());
    let range = range.map_or_else(String::new, |(&low, &high)| {
        format!("; at the end nine draws of ten lie between {} and {}", say(low), say(high))
    });
    let count = |known| input.observations.iter().filter(|o| o.known == known).count();
    let reported = match (count(Known::ByAsOf), count(Known::Later)) {
        (0, 0) => String::new(),
        (known, later) => format!(" Reported values: {known} known by then, {later} later."),
    };
    let flat = |curve: &[f64]| curve.iter().all(|v| !v.is_finite() || alike(*v, q.p50[end]));
    if flat(&q.p5) && flat(&q.p95) {
        let at = say(q.p50[end]);
        return format!(
            "Fan chart. All draws stay at {at} from {} to {}.{reported}",
            quarter(start),
            quarter(end)
        );
    }
    format!(
        "Fan chart. The median goes from {} ({}) to {} ({}){range}.{reported}",
        say(q.p50[start]),
        quarter(start),
        say(q.p50[end]),
        quarter(end)
    )
}
