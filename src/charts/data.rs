//! The numbers behind a figure as a table, and where on the page they lie: for reports, in which a
//! reader can point at a quarter, read its values and save them.

use super::figure::layout::layout;
use super::figure::{Layer, Point, YAxis};
use super::font::Fonts;
use super::input::{Prefixes, Scale};
use super::number::{capitalized, compact, fixed, significant};
use super::theme::Role;
use super::{DrawError, Figure};
use crate::time::{Date, Quarter};

/// The values of a figure, one row for each position on the time axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// Unit of the values in [`DataRow::values`], as in `GW`; empty for counts as they are.
    pub unit: String,
    /// What the values are, as in `Million H100 equivalents`.
    pub spelled: String,
    /// Whether the values are bars over the quarter before their position.
    pub bars: bool,
    /// Names of the columns, from the lowest percentile to the highest, or slices from the bottom up.
    pub columns: Vec<String>,
    /// The rows, oldest first.
    pub rows: Vec<DataRow>,
}

/// The values at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRow {
    /// Position on the time axis.
    pub x: f64,
    /// Quarter that ends there, or the day.
    pub label: String,
    /// One value for each column, with all digits; not a number where there is none.
    pub values: Vec<f64>,
    /// The same, rounded for people; empty where there is none.
    pub shown: Vec<String>,
}

/// Where the plot lies on the page, in CSS pixels, and the times at its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// Left end of the plot.
    pub left: f64,
    /// Its top.
    pub top: f64,
    /// Its right end.
    pub right: f64,
    /// Its bottom.
    pub bottom: f64,
    /// Time at the left end.
    pub from: f64,
    /// Time at the right end.
    pub to: f64,
}

/// Where the plot of a figure lies.
pub fn plot(figure: &Figure) -> Result<Plot, DrawError> {
    let fonts = Fonts::load().map_err(|e| DrawError::Font(e.to_string()))?;
    let page = layout(figure, &fonts);
    let frame = page.plot;
    Ok(Plot {
        width: page.width,
        height: page.height,
        left: frame.left,
        top: frame.top,
        right: frame.right,
        bottom: frame.bottom,
        from: figure.x.min,
        to: figure.x.max,
    })
}

/// An SVG file of [`super::Format::Svg`] as [`super::Format::SvgInline`] would have it: without its
/// font.
pub fn without_font(svg: &str) -> String {
    const END: &str = "</style>\n";
    let style = |text: &str| Some((text.find("<style>@font-face")?, text.find(END)?));
    match style(svg) {
        Some((from, to)) => format!("{}{}", &svg[..from], &svg[to + END.len()..]),
        None => svg.to_owned(),
    }
}

/// One column: its name and its values by position.
type Series = (String, Vec<(f64, f64)>);

/// Positions closer than this, in years, are the same.
const SAME: f64 = 1e-6;

/// The numbers behind a figure over time; none of one with an axis of values. Lines at a date or a
/// value have none.
pub fn data(figure: &Figure) -> Data {
    if !figure.x.ticks.is_empty() {
        return Data::default();
    }
    let series = all_series(figure);
    let mut positions: Vec<f64> =
        series.iter().flat_map(|(_, points)| points.iter().map(|point| point.0)).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup_by(|a, b| (*a - *b).abs() < SAME);
    let seen = |x: &f64| *x >= figure.x.min - SAME && *x <= figure.x.max + SAME;
    let factor = factor(&figure.y);
    let row = |x: f64| {
        let at = |(_, points): &Series| {
            let found = points.iter().find(|point| (point.0 - x).abs() < SAME);
            found.map_or(f64::NAN, |point| point.1)
        };
        let values: Vec<f64> = series.iter().map(at).collect();
        DataRow {
            x,
            label: label(x),
            shown: values.iter().map(|&value| shown(value, &figure.y)).collect(),
            values: values.iter().map(|value| value / factor).collect(),
        }
    };
    Data {
        unit: unit(&figure.y),
        spelled: spelled(&figure.y),
        bars: figure.layers.iter().any(|layer| matches!(layer, Layer::Stack { bars: true, .. })),
        rows: positions.into_iter().filter(seen).map(row).collect(),
        columns: series.into_iter().map(|(name, _)| name).collect(),
    }
}

/// Lower bounds from the outermost on, lines and slices, upper bounds, reported values.
fn all_series(figure: &Figure) -> Vec<Series> {
    let (mut lower, mut middle, mut upper, mut reported) = (vec![], vec![], vec![], vec![]);
    let zip = |x: &[f64], y: &[f64]| x.iter().copied().zip(y.iter().copied()).collect::<Vec<_>>();
    for layer in &figure.layers {
        match layer {
            Layer::Band { x, lower: low, upper: high, role, .. } => {
                let (below, above) = bounds(figure, *role);
                lower.push((below, zip(x, low)));
                upper.insert(0, (above, zip(x, high)));
            }
            Layer::Line { x, y, role, .. } => middle.push((line(figure, *role), zip(x, y))),
            Layer::Stack { x, slices, .. } => {
                let slices = slices.iter().map(|slice| (slice.name.clone(), zip(x, &slice.values)));
                middle.extend(slices);
            }
            Layer::Points { points, label, .. } => reported.extend(values_of(points, label)),
            // A date or a value, not a series of values.
            _ => {}
        }
    }
    let mut all: Vec<Series> = Vec::new();
    for (name, points) in [lower, middle, upper, reported].concat() {
        // Pieces of one curve are one column.
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(points),
            None => all.push((name, points)),
        }
    }
    all
}

/// Points and, where any has one, the ends of their whiskers.
fn values_of(points: &[Point], label: &str) -> Vec<Series> {
    let ends = |pick: fn((f64, f64)) -> f64| -> Vec<(f64, f64)> {
        points.iter().filter_map(|p| Some((p.x, pick(p.whisker?)))).collect()
    };
    let mut all = vec![(label.to_owned(), points.iter().map(|p| (p.x, p.y)).collect())];
    if points.iter().any(|point| point.whisker.is_some()) {
        all.push((format!("{label}, low"), ends(|ends| ends.0)));
        all.push((format!("{label}, high"), ends(|ends| ends.1)));
    }
    all
}

fn bounds(figure: &Figure, role: Role) -> (String, String) {
    let both = |low: &str, high: &str| (low.to_owned(), high.to_owned());
    match role {
        Role::Outer => both("P5", "P95"),
        Role::Middle => both("P10", "P90"),
        Role::Inner => both("P25", "P75"),
        _ => {
            let name = line(figure, role);
            (format!("{name}, low"), format!("{name}, high"))
        }
    }
}

/// What a curve is called at the right end of the chart.
fn line(figure: &Figure, role: Role) -> String {
    if role == Role::Median {
        return "Median".to_owned();
    }
    let label = figure.end_labels.iter().find(|label| label.role == role && label.slice.is_none());
    let name = label.and_then(|label| label.text.split(" · ").next());
    name.unwrap_or("Value").to_owned()
}

/// The quarter that ends at a position, or the day.
fn label(x: f64) -> String {
    let quarters = x * 4.0;
    let whole = quarters.round();
    let quarter = |index: f64| {
        let (year, q) = (libm::floor(index / 4.0), index - 4.0 * libm::floor(index / 4.0));
        Quarter::new(year as i32, q as u8 + 1)
    };
    if (quarters - whole).abs() < 4.0 * SAME {
        return quarter(whole - 1.0).map_or_else(String::new, |quarter| quarter.to_string());
    }
    let Some(inside) = quarter(quarters.floor()) else { return String::new() };
    let days = (quarters - quarters.floor()) * inside.length() as f64;
    let day = Date::from_days(inside.start().days() + (days + SAME).floor() as i64);
    day.map_or_else(String::new, |day| day.to_string())
}

/// What the values of a table are divided by: nothing on a logarithmic axis, where each value has a
/// prefix of its own.
fn factor(y: &YAxis) -> f64 {
    if y.scale == Scale::Log { 1.0 } else { y.prefix.factor }
}

fn unit(y: &YAxis) -> String {
    let symbol = if y.scale == Scale::Log { "" } else { y.prefix.symbol.as_str() };
    let after = if y.unit.before == "$" { "USD" } else { y.unit.after.as_str() };
    let space =
        if symbol.is_empty() || after.is_empty() || y.unit.before.is_empty() { "" } else { " " };
    format!("{symbol}{space}{after}")
}

fn spelled(y: &YAxis) -> String {
    match y.scale {
        Scale::Linear => y.prefix.spelled(&y.unit),
        Scale::Log => capitalized(&y.unit.noun),
    }
}

fn shown(value: f64, y: &YAxis) -> String {
    if !value.is_finite() {
        return String::new();
    }
    if y.scale == Scale::Log {
        return compact(value, &y.unit);
    }
    let number = value / y.prefix.factor;
    if y.unit.prefixes == Prefixes::Percent {
        return fixed(number, usize::from(number.abs() < 9.95));
    }
    significant(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::from_run::figures;
    use crate::charts::{Format, draw};
    use crate::results::sample;

    #[test]
    fn every_chart_of_a_run_has_numbers_by_quarter() {
        let result = sample::run("2024Q1", "2025Q4", 200);
        for named in figures(&result) {
            let data = data(&named.figure);
            assert!(data.rows.len() >= 8 && !data.columns.is_empty(), "{}", named.name);
            assert!(data.rows.windows(2).all(|pair| pair[0].x < pair[1].x), "{}", named.name);
            let last = data.rows.last().unwrap();
            assert_eq!(last.label, "2025Q4", "{}", named.name);
            for row in &data.rows {
                assert_eq!(row.values.len(), data.columns.len());
                for (value, shown) in row.values.iter().zip(&row.shown) {
                    assert_eq!(value.is_finite(), !shown.is_empty(), "{} {row:?}", named.name);
                }
            }
        }
    }

    #[test]
    fn a_fan_has_percentiles_in_order_and_what_was_reported() {
        let result = sample::run("2024Q1", "2025Q4", 200);
        let all = figures(&result);
        let power = all.iter().find(|named| named.name == "fan.facility.power").unwrap();
        let power = data(&power.figure);
        assert_eq!(power.columns, ["P5", "P10", "P25", "Median", "P75", "P90", "P95"]);
        assert_eq!((power.unit.as_str(), power.spelled.as_str()), ("GW", "Gigawatts"));
        assert!(power.rows.iter().all(|row| row.values.windows(2).all(|pair| pair[0] <= pair[1])));
        let metric = result.summaries.metric("facility.power").unwrap();
        let median = metric.quarters[7].sketch.quantile(0.5).unwrap();
        assert!((power.rows[7].values[3] - median / 1e3).abs() < 1e-9 * median, "{power:?}");
        let fleet = data(&all[0].figure);
        assert!(fleet.columns.iter().any(|name| name == "Reported, high"), "{fleet:?}");
        let binding = data(&all.last().unwrap().figure);
        assert_eq!((binding.unit.as_str(), binding.columns[0].as_str()), ("%", "Money"));
        assert_eq!(binding.rows[0].shown[0], "71");
    }

    #[test]
    fn a_file_without_its_font_is_what_a_page_draws() {
        let result = sample::run("2024Q1", "2025Q4", 200);
        let figure = &figures(&result)[0].figure;
        let draw = |format| String::from_utf8(draw(figure, format).unwrap()).unwrap();
        assert_eq!(without_font(&draw(Format::Svg)), draw(Format::SvgInline));
        let plot = plot(figure).unwrap();
        assert!(plot.left > 0.0 && plot.left < plot.right && plot.right < plot.width, "{plot:?}");
        assert!(plot.top < plot.bottom && plot.bottom < plot.height && plot.from < plot.to);
    }

    #[test]
    fn positions_are_named_by_quarter_or_day() {
        for (x, name) in [
            (2024.25, "2024Q1"),
            (2025.0, "2024Q4"),
            (2024.0 + 30.0 / 91.0 / 4.0, "2024-01-31"),
            (2024.5 + 45.5 / 92.0 / 4.0, "2024-08-15"),
        ] {
            assert_eq!(label(x), name, "{x}");
        }
    }
}
