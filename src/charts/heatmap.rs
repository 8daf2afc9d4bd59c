//! The heat map: a result at every combination of the values of two keys.

use super::data::{NumberRow, Numbers};
use super::fan::footnote;
use super::figure::{Bar, Figure, Layer, Note, Side, Span, XAxis, YAxis, row};
use super::input::{Caption, Prefixes, Unit};
use super::number::{Prefix, capitalized, compact, exponent, fixed, significant};
use super::theme::Role;

/// Steps of the color.
const STEPS: usize = 64;
/// Paper between cells, as a share of a cell.
const GAP: f64 = 0.012;
/// Most columns whose cells have room for their numbers.
const NUMBERED: usize = 12;
/// Most names along an axis.
const NAMED: usize = 14;

/// A result at every combination of the values of two keys.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatmapInput {
    /// Words around the picture.
    pub caption: Caption,
    /// Unit of the values.
    pub unit: Unit,
    /// The key of the rows and the names of its values, from the bottom up.
    pub rows: (String, Vec<String>),
    /// The key of the columns and the names of its values, from left to right.
    pub columns: (String, Vec<String>),
    /// What each cell is, as in `median`.
    pub statistic: String,
    /// The values by row; not a number where a point failed.
    pub values: Vec<Vec<f64>>,
}

/// A cell for each combination, the stronger the higher, with its number where there is room.
pub fn heatmap(input: &HeatmapInput) -> Figure {
    let (columns, rows) = (input.columns.1.len(), input.rows.1.len());
    let values = || input.values.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let prefix = Prefix::for_largest(high.abs().max(low.abs()), &input.unit);
    let decimals = decimals(low / prefix.factor, high / prefix.factor, &input.unit);
    let say = |value: f64| fixed(value / prefix.factor, decimals);
    let share = input.unit.prefixes == Prefixes::Percent;
    // A chance says that it is one; the others have their unit in the subtitle.
    let in_cell = |value: f64| {
        if share { prefix.with_unit(&say(value), &input.unit) } else { say(value) }
    };
    let (mut bars, mut notes) = (Vec::new(), Vec::new());
    for (i, line) in input.values.iter().enumerate() {
        let y = row(rows - 1 - i.min(rows - 1), rows);
        for (j, &value) in line.iter().enumerate() {
            let x = j as f64 + 0.5;
            if value.is_finite() {
                let share = if high > low { (value - low) / (high - low) } else { 0.5 };
                let index = (share * (STEPS - 1) as f64).round() as usize;
                bars.push(Bar {
                    x: (x - 0.5 + GAP, x + 0.5 - GAP),
                    y: (y - 0.5 + GAP, y + 0.5 - GAP),
                    role: Role::Heat { index, count: STEPS },
                });
            }
            if columns <= NUMBERED {
                let text = if value.is_finite() { in_cell(value) } else { "failed".to_owned() };
                let (role, side) = (Role::Ink, Side::Middle);
                notes.push(Note { at: (x, y), side, text, role, bold: false, dot: false });
            }
        }
    }
    let mut caption = input.caption.clone();
    if low <= high {
        let [low, high] = [low, high].map(|value| prefix.with_unit(&say(value), &input.unit));
        caption.notes.insert(0, format!("palest {low}, strongest {high}"));
    }
    Figure {
        title: caption.title.clone(),
        subtitle: format!(
            "{}, {}. Up: {}; across: {}",
            prefix.spelled(&input.unit),
            input.statistic,
            input.rows.0,
            input.columns.0
        ),
        footnote: footnote(&caption),
        description: description(input, (low, high)),
        numbers: Some(numbers(input, &prefix, &say)),
        x: across(&input.columns.1),
        y: YAxis::of_rows(thinned(&input.rows.1).into_iter().rev()),
        layers: vec![Layer::Bars(bars), Layer::Notes(notes)],
        ..Figure::default()
    }
}

/// Every cell with the values of both keys.
fn numbers(input: &HeatmapInput, prefix: &Prefix, say: &dyn Fn(f64) -> String) -> Numbers {
    let count = input.rows.1.len();
    let mut rows = Vec::new();
    for (i, (down, line)) in input.rows.1.iter().zip(&input.values).enumerate() {
        for (j, (across, &value)) in input.columns.1.iter().zip(line).enumerate() {
            let text = if value.is_finite() { say(value) } else { "failed".to_owned() };
            rows.push(NumberRow {
                at: (Some(j as f64 + 0.5), Some(row(count - 1 - i, count))),
                label: format!("{down}, {across}"),
                cells: vec![(value / prefix.factor, text)],
            });
        }
    }
    let unit = YAxis { prefix: prefix.clone(), unit: input.unit.clone(), ..YAxis::default() };
    Numbers {
        heading: format!("{}, {}", input.rows.0, input.columns.0),
        spelled: prefix.spelled(&input.unit),
        columns: vec![Numbers::column(capitalized(&input.statistic), &unit)],
        rows,
    }
}

/// Columns with their names in the middle.
fn across(names: &[String]) -> XAxis {
    let shown = thinned(names).into_iter().enumerate();
    let span = |(k, label): (usize, String)| Span { from: k as f64, to: k as f64 + 1.0, label };
    XAxis { max: names.len().max(1) as f64, labels: shown.map(span).collect(), ..XAxis::default() }
}

/// Only so many names as have room; the others are left empty.
fn thinned(names: &[String]) -> Vec<String> {
    let every = names.len().div_ceil(NAMED).max(1);
    let keep = |(k, name): (usize, &String)| {
        if k.is_multiple_of(every) { name.clone() } else { String::new() }
    };
    names.iter().enumerate().map(keep).collect()
}

/// Decimals that tell a fiftieth of the range apart, and no more than three; of chances a tenth, and no
/// more than the two digits that other charts give them.
fn decimals(low: f64, high: f64, unit: &Unit) -> usize {
    let range = if high > low { high - low } else { high.abs().max(1e-3) };
    let enough = |parts: f64, most: usize| {
        (0..most).find(|&n| range * libm::exp10(n as f64) >= parts).unwrap_or(most)
    };
    if unit.prefixes != Prefixes::Percent {
        return enough(50.0, 3);
    }
    enough(10.0, (1 - exponent(high)).clamp(1, 3) as usize)
}

fn description(input: &HeatmapInput, (low, high): (f64, f64)) -> String {
    let say = |value: f64| match input.unit.prefixes {
        Prefixes::None => significant(value),
        _ => compact(value, &input.unit),
    };
    let ends = |names: &[String]| match (names.first(), names.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    };
    format!(
        "Heat map. {} from {} to {}; {} from {}, {} from {}.",
        capitalized(&input.statistic),
        say(low),
        say(high),
        input.rows.0,
        ends(&input.rows.1),
        input.columns.0,
        ends(&input.columns.1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_cell_is_the_largest_and_a_failed_one_has_no_color() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let figure = heatmap(&HeatmapInput {
            caption: Caption::default(),
            unit: Unit::metric("W", "watts"),
            rows: ("slip".to_owned(), names(&["x0.5", "x2"])),
            columns: ("stay".to_owned(), names(&["0.4", "0.6", "0.8"])),
            statistic: "median".to_owned(),
            values: vec![vec![1e9, 2e9, 3e9], vec![2.0e9, f64::NAN, 5e9]],
        });
        let Layer::Bars(bars) = &figure.layers[0] else { panic!("no cells") };
        assert_eq!(bars.len(), 5);
        let top = bars.iter().find(|bar| bar.role == Role::Heat { index: 63, count: 64 }).unwrap();
        assert!(top.x.0 > 2.0 && top.y.0 > 1.0, "right column, upper row: {top:?}");
        let bottom =
            bars.iter().find(|bar| bar.role == Role::Heat { index: 0, count: 64 }).unwrap();
        assert!(bottom.x.1 < 1.0 && bottom.y.1 < 1.0, "left column, lower row: {bottom:?}");
        let Layer::Notes(notes) = &figure.layers[1] else { panic!("no numbers") };
        assert_eq!(notes.iter().filter(|note| note.text == "failed").count(), 1);
        assert_eq!(notes[0].text, "1.00");
        assert_eq!(figure.y.ticks[0].label, "x2");
        let words = &figure.description;
        assert!(words.starts_with("Heat map. Median from 1.00"), "{words}");
        assert!(words.contains(" to 5.0") && words.contains("stay from 0.4 to 0.8"), "{words}");
    }

    #[test]
    fn chances_are_percents() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let texts = |values: [f64; 2]| {
            let figure = heatmap(&HeatmapInput {
                caption: Caption::default(),
                unit: Unit::share("percent"),
                rows: ("slip".to_owned(), names(&["x1"])),
                columns: ("stay".to_owned(), names(&["0.4", "0.6"])),
                statistic: "chance".to_owned(),
                values: vec![values.to_vec()],
            });
            let Layer::Notes(notes) = &figure.layers[1] else { panic!("no numbers") };
            let texts: Vec<String> =
                notes.iter().map(|note| note.text.replace('\u{202f}', " ")).collect();
            (texts, figure.footnote.replace(['\u{202f}', '\u{a0}'], " "))
        };
        let (cells, footnote) = texts([0.057, 0.082]);
        assert_eq!(cells, ["5.7 %", "8.2 %"]);
        assert!(footnote.contains("palest 5.7 %, strongest 8.2 %"), "{footnote}");
        assert_eq!(texts([0.05, 0.62]).0, ["5 %", "62 %"]);
        assert_eq!(texts([0.0012, 0.0031]).0, ["0.12 %", "0.31 %"]);
        assert_eq!(texts([0.054, 0.056]).0, ["5.4 %", "5.6 %"]);
        assert_eq!(texts([0.4, 0.4]).0, ["40 %", "40 %"]);
    }
}
