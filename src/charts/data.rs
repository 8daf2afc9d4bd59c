//! The numbers behind a figure as a table, and where on the page they lie: for reports, in which a
//! reader can point at a quarter, read its values and save them.

use super::Figure;
use super::figure::layout::share;
use super::figure::{Layer, Point, YAxis};
use super::input::{Prefixes, Scale};
use super::number::{capitalized, compact, fixed, significant};
use super::theme::Role;
use crate::time::{Date, Quarter};

/// The values of a figure, one row for each position.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// Heading of the names of the rows, as in `Quarter`.
    pub heading: String,
    /// What the values are, as in `Million H100 equivalents`.
    pub spelled: String,
    /// Names of the charts that stand side by side; none where there is one only.
    pub panels: Vec<String>,
    /// The columns, from the lowest percentile to the highest, or slices from the bottom up.
    pub columns: Vec<Column>,
    /// The rows: oldest, lowest or topmost first.
    pub rows: Vec<DataRow>,
    /// Whether columns are in the order of the page from the bottom up.
    pub from_below: bool,
}

/// A column of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Unit of the values in [`DataRow::values`], as in `GW`; empty for counts as they are.
    pub unit: String,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { name: name.into(), unit: unit.into() }
    }
}

/// The values at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRow {
    /// The chart that it belongs to, where several stand side by side.
    pub panel: usize,
    /// How far from the left end of the plot it is, as a share of the width; none for a row of the
    /// chart, which is as wide as the plot.
    pub across: Option<f64>,
    /// How far from the top, as a share of the height; none where it is a time or a value across.
    pub down: Option<f64>,
    /// Quarter that ends there, or day, or name.
    pub label: String,
    /// One value for each column, with all digits; not a number where there is none.
    pub values: Vec<f64>,
    /// The same, rounded for people; empty where there is none.
    pub shown: Vec<String>,
}

/// The numbers of a chart whose marks do not tell them, in the units of its axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// Heading of the names of the rows.
    pub heading: String,
    /// What the values are.
    pub spelled: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<NumberRow>,
}

/// One row of them.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberRow {
    /// Where it is in the units of the axes: across and up, none where it runs through.
    pub at: (Option<f64>, Option<f64>),
    /// Name.
    pub label: String,
    /// Values by column, and as people read them.
    pub cells: Vec<(f64, String)>,
}

impl Numbers {
    /// A column in the unit of an axis.
    pub(super) fn column(name: impl Into<String>, axis: &YAxis) -> Column {
        Column::new(name, unit(axis))
    }

    /// A value for such a column; empty where there is none.
    pub(super) fn cell(value: f64, axis: &YAxis) -> (f64, String) {
        (value / factor(axis), shown(value, axis))
    }
}

/// Where the plots lie on the page, in CSS pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// Left end, top, right end and bottom of each plot.
    pub frames: Vec<[f64; 4]>,
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

/// No axis of time ends before this year.
const EARLIEST: f64 = 1900.0;
/// Positions closer than this, in years, are the same.
const SAME: f64 = 1e-6;

/// The numbers behind a figure: by position on its time axis, by panel, or as its builder told them.
/// Lines at a date or a value have none.
pub fn data(figure: &Figure) -> Data {
    if let Some(numbers) = &figure.numbers {
        return told(figure, numbers);
    }
    if figure.panels.is_empty() { over_time(figure) } else { of_panels(figure) }
}

/// As the builder of the chart told them.
fn told(figure: &Figure, numbers: &Numbers) -> Data {
    let row = |row: &NumberRow| DataRow {
        panel: 0,
        across: row.at.0.map(|x| share(x, (figure.x.min, figure.x.max), figure.x.scale)),
        down: row.at.1.map(|y| 1.0 - share(y, (figure.y.min, figure.y.max), figure.y.scale)),
        label: row.label.clone(),
        values: row.cells.iter().map(|(value, _)| *value).collect(),
        shown: row.cells.iter().map(|(_, text)| text.clone()).collect(),
    };
    Data {
        heading: numbers.heading.clone(),
        spelled: numbers.spelled.clone(),
        columns: numbers.columns.clone(),
        rows: numbers.rows.iter().map(row).collect(),
        ..Data::default()
    }
}

/// Every panel's rows, in the columns of all of them.
fn of_panels(figure: &Figure) -> Data {
    let parts: Vec<Data> = figure.panels.iter().map(data).collect();
    let mut columns: Vec<Column> = Vec::new();
    for column in parts.iter().flat_map(|part| &part.columns) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let mut rows = Vec::new();
    for (panel, part) in parts.iter().enumerate() {
        let place = |column: &Column| part.columns.iter().position(|own| own == column);
        let places: Vec<Option<usize>> = columns.iter().map(place).collect();
        rows.extend(part.rows.iter().map(|row| {
            DataRow {
                panel,
                values: places.iter().map(|at| at.map_or(f64::NAN, |at| row.values[at])).collect(),
                shown: places
                    .iter()
                    .map(|at| at.map_or_else(String::new, |at| row.shown[at].clone()))
                    .collect(),
                ..row.clone()
            }
        }));
    }
    let first = parts.into_iter().next().unwrap_or_default();
    Data {
        panels: figure.panels.iter().map(|panel| panel.title.clone()).collect(),
        columns,
        rows,
        ..first
    }
}

fn over_time(figure: &Figure) -> Data {
    // An axis of values, or of shares, is none of time: its chart tells its numbers itself.
    if !figure.x.ticks.is_empty() || figure.x.max <= EARLIEST {
        return Data::default();
    }
    let series = all_series(figure);
    let mut positions: Vec<f64> =
        series.iter().flat_map(|(_, points)| points.iter().map(|point| point.0)).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup_by(|a, b| (*a - *b).abs() < SAME);
    let seen = |x: &f64| *x >= figure.x.min - SAME && *x <= figure.x.max + SAME;
    let bars = figure.layers.iter().any(|layer| matches!(layer, Layer::Stack { bars: true, .. }));
    // A bar lies over the quarter before its end.
    let back = if bars { 0.125 } else { 0.0 };
    let ends = (figure.x.min, figure.x.max);
    let row = |x: f64| {
        let at = |(_, points): &Series| {
            let found = points.iter().find(|point| (point.0 - x).abs() < SAME);
            found.map_or(f64::NAN, |point| point.1)
        };
        let cells = series.iter().map(|one| Numbers::cell(at(one), &figure.y));
        let (values, shown) = cells.unzip();
        let across = Some(share(x - back, ends, figure.x.scale));
        DataRow { panel: 0, across, down: None, label: label(x), values, shown }
    };
    let mut rows: Vec<DataRow> = positions.into_iter().filter(seen).map(row).collect();
    let mut columns: Vec<Column> =
        series.iter().map(|(name, _)| Numbers::column(name, &figure.y)).collect();
    single_points(figure, &mut columns, &mut rows);
    Data {
        heading: "Quarter".to_owned(),
        spelled: spelled(&figure.y),
        panels: Vec::new(),
        columns,
        rows,
        from_below: true,
    }
}

/// Points with names of their own have a column, and a row each.
fn single_points(figure: &Figure, columns: &mut Vec<Column>, rows: &mut Vec<DataRow>) {
    let mut points: Vec<(f64, f64, String)> = Vec::new();
    for layer in &figure.layers {
        match layer {
            Layer::Named(named) => {
                let named = named
                    .iter()
                    .map(|(point, name)| (point.x, point.y, format!("{name}, {}", label(point.x))));
                points.extend(named);
            }
            Layer::Notes(notes) => {
                let dots = notes.iter().filter(|note| note.dot);
                points.extend(dots.map(|note| {
                    (note.at.0, note.at.1, format!("{}, {}", note.text, label(note.at.0)))
                }));
            }
            _ => {}
        }
    }
    points.retain(|(x, y, _)| *x >= figure.x.min && *x <= figure.x.max && y.is_finite());
    if points.is_empty() {
        return;
    }
    columns.push(Numbers::column("Single point", &figure.y));
    for row in rows.iter_mut() {
        row.values.push(f64::NAN);
        row.shown.push(String::new());
    }
    let ends = ((figure.x.min, figure.x.max), (figure.y.min, figure.y.max));
    for (x, y, label) in points {
        let mut values = vec![f64::NAN; columns.len() - 1];
        let mut shown = vec![String::new(); columns.len() - 1];
        let (value, text) = Numbers::cell(y, &figure.y);
        values.push(value);
        shown.push(text);
        rows.push(DataRow {
            panel: 0,
            across: Some(share(x, ends.0, figure.x.scale)),
            down: Some(1.0 - share(y, ends.1, figure.y.scale)),
            label,
            values,
            shown,
        });
    }
}

/// Lower bounds from the outermost on, lines and slices, upper bounds, reported values.
fn all_series(figure: &Figure) -> Vec<Series> {
    let (mut lower, mut middle, mut upper, mut reported) = (vec![], vec![], vec![], vec![]);
    let mut threads = 0;
    let zip = |x: &[f64], y: &[f64]| x.iter().copied().zip(y.iter().copied()).collect::<Vec<_>>();
    for layer in &figure.layers {
        match layer {
            Layer::Band { x, lower: low, upper: high, role, .. } => {
                let (below, above) = bounds(figure, *role);
                lower.push((below, zip(x, low)));
                upper.insert(0, (above, zip(x, high)));
            }
            // A line straight up marks a range at a date.
            Layer::Line { x, .. } if x.len() > 1 && x.iter().all(|at| (at - x[0]).abs() < SAME) => {
            }
            // Nor does a thread among many have a name.
            Layer::Line { role: Role::Thread, x, y, .. } => {
                threads += 1;
                middle.push((format!("Draw {}", threads - 1), zip(x, y)));
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
        Role::Outer | Role::DifferenceOuter => both("P5", "P95"),
        Role::Middle | Role::DifferenceMiddle => both("P10", "P90"),
        Role::Inner | Role::DifferenceInner => both("P25", "P75"),
        // A band in the color of a line is its central half.
        _ => {
            let name = line(figure, role);
            (format!("{name}, P25"), format!("{name}, P75"))
        }
    }
}

/// What a curve is called at the right end of the chart.
fn line(figure: &Figure, role: Role) -> String {
    let mut labels = figure.end_labels.iter().filter(|label| label.role == role && label.bold);
    let name = labels.find_map(|label| Some(label.text.split_once(" · ")?.0.to_owned()));
    name.unwrap_or_else(|| if role == Role::Median { "Median" } else { "Value" }.to_owned())
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
    // What no pixel of the chart can show is nothing: a difference of rounding, say.
    if value.abs() < 1e-6 * y.max.abs().max(y.min.abs()) {
        return "0".to_owned();
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
    use crate::charts::input::RowsThatFit;
    use crate::charts::{Format, Laid, draw};
    use crate::results::sample;

    #[test]
    fn every_chart_of_a_run_has_numbers_by_quarter() {
        let result = sample::run("2024Q1", "2025Q4", 200);
        for named in figures(&result) {
            let data = data(&named.figure);
            assert!(data.rows.len() >= 8 && !data.columns.is_empty(), "{}", named.name);
            assert!(data.rows.windows(2).all(|pair| pair[0].across < pair[1].across));
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
        let names: Vec<&str> = power.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["P5", "P10", "P25", "Median", "P75", "P90", "P95"]);
        assert!(power.columns.iter().all(|column| column.unit == "GW"));
        assert_eq!(power.spelled, "Gigawatts");
        assert!(power.rows.iter().all(|row| row.values.windows(2).all(|pair| pair[0] <= pair[1])));
        let metric = result.summaries.metric("facility.power").unwrap();
        let median = metric.quarters[7].sketch.quantile(0.5).unwrap();
        assert!((power.rows[7].values[3] - median / 1e3).abs() < 1e-9 * median, "{power:?}");
        let fleet = data(&all[0].figure);
        assert!(fleet.columns.iter().any(|column| column.name == "Reported, high"), "{fleet:?}");
        let binding = data(&all.last().unwrap().figure);
        assert_eq!(binding.columns[0], Column::new("Money", "%"));
        assert_eq!(binding.rows[0].shown[0], "71");
    }

    #[test]
    fn every_other_chart_has_numbers_where_its_marks_are() {
        for (name, figure) in crate::charts::gallery_tests::pictures(RowsThatFit::default()) {
            let data = data(&figure);
            assert!(!data.heading.is_empty() && !data.columns.is_empty(), "{name}");
            assert!(data.rows.len() >= 3, "{name}: {} rows", data.rows.len());
            assert_eq!(data.panels.is_empty(), name != "small-multiples", "{name}");
            assert!(data.columns.iter().all(|column| !column.name.contains("Value")), "{name}");
            for row in &data.rows {
                let at = [row.across, row.down];
                assert!(at.iter().any(Option::is_some) && !row.label.is_empty(), "{name} {row:?}");
                let inside = |share: &f64| (-1e-9..=1.0 + 1e-9).contains(share);
                assert!(at.iter().flatten().all(inside), "{name} {row:?}");
                assert_eq!(
                    (row.values.len(), row.shown.len()),
                    (data.columns.len(), row.values.len())
                );
                assert!(row.shown.iter().any(|text| !text.is_empty()), "{name} {row:?}");
            }
        }
    }

    #[test]
    fn differences_are_told_by_percentile_and_bars_sum_up() {
        let all = crate::charts::gallery_tests::pictures(RowsThatFit::default());
        let of = |wanted: &str| data(&all.iter().find(|(name, _)| *name == wanted).unwrap().1);
        let names = |data: &Data| -> Vec<String> {
            data.columns.iter().map(|column| column.name.clone()).collect()
        };
        let fan = ["P5", "P10", "P25", "Median", "P75", "P90", "P95"];
        assert_eq!(names(&of("difference-fan")), fan);
        assert_eq!(names(&of("waterfall")), ["Adds", "95 % error", "Total"]);
        let bridge = of("waterfall");
        let added: f64 =
            bridge.rows.iter().map(|row| row.values[0]).filter(|v| v.is_finite()).sum();
        let (first, last) = (&bridge.rows[0], bridge.rows.last().unwrap());
        assert!((first.values[2] + added - last.values[2]).abs() < 1e-9 * last.values[2]);
        assert!(first.down < last.down && first.across.is_none());
        let histogram = of("histogram");
        let draws: f64 = histogram.rows.iter().map(|row| row.values[2]).sum();
        assert!((99.0..=100.0 + 1e-9).contains(&draws), "{draws} %");
        let passage = of("first-passage");
        assert_eq!(names(&passage), ["In the quarter", "Met by then"]);
    }

    #[test]
    fn a_file_without_its_font_is_what_a_page_draws() {
        let result = sample::run("2024Q1", "2025Q4", 200);
        let figure = &figures(&result)[0].figure;
        let draw = |format| String::from_utf8(draw(figure, format).unwrap()).unwrap();
        assert_eq!(without_font(&draw(Format::Svg)), draw(Format::SvgInline));
        let plot = Laid::new(figure).unwrap().plot();
        let [[left, top, right, bottom]] = plot.frames[..] else { panic!("{plot:?}") };
        assert!(left > 0.0 && left < right && right < plot.width, "{plot:?}");
        assert!(top < bottom && bottom < plot.height, "{plot:?}");
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
