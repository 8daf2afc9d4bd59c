//! `explain`: one draw once more, with what was drawn and all that came of it.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::exit::Failure;
use super::terminal::{self, STRONG, styled};
use super::{Input as File, outcome};
use crate::diag::to_json;
use crate::engine::{Drawn, Path, Replay, Shock, replay};
use crate::model::input_decl;
use crate::plan;
use crate::scenario::Scenario;
use crate::tables::{Show, scale_of};
use crate::time::TimeGrid;
use crate::units::{Quantity, Scale, format_value};
use crate::vector::Isa;

/// Options of `explain`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenario with what is laid over it.
    pub input: File,
    /// Number of the draw.
    pub draw: u64,
    /// Seed, in place of the scenario's.
    pub seed: Option<u64>,
    /// Whether to print JSON.
    pub json: bool,
}

/// Replays the draw and prints it.
pub(super) fn explain(options: &Options) -> Result<(), Failure> {
    let mut input = options.input.clone();
    input.sets.extend(options.seed.map(|seed| format!("run.seed={seed}")));
    let (loaded, mut found, sources) = outcome(input.load());
    let planned = loaded.and_then(|scenario| match plan::compile(&scenario) {
        Ok(plan) => Ok((scenario, plan)),
        Err(problems) => {
            found = problems;
            Err(Failure::Invalid)
        }
    });
    if planned.is_err() && options.json {
        terminal::print_json(&json!({ "diagnostics": to_json(&found, &sources) }))?;
    } else {
        terminal::diagnostics(&found, &sources);
    }
    let (scenario, plan) = planned?;
    let replay = replay(&plan, options.draw, Isa::detect());
    if options.json {
        terminal::print_json(&as_json(&scenario, &replay))
    } else {
        terminal::print(&text(&scenario, &replay, terminal::width()))
    }
}

/// Everything for people.
fn text(scenario: &Scenario, replay: &Replay, width: usize) -> String {
    let grid = scenario.run.grid;
    let mut out = format!(
        "{}\ndraw {} of {}, seed {}\n",
        styled(STRONG, &scenario.title),
        replay.draw,
        scenario.name,
        scenario.run.seed
    );
    if let Some((step, cause)) = &replay.left_range {
        let quarter = grid.quarter(*step);
        let _ = writeln!(out, "It left its physical range in {quarter}: {cause}.");
    }
    let mut section = |title: &str, body: String| {
        let _ = write!(out, "\n{}\n{body}", styled(STRONG, title));
    };
    section("What was drawn once, and the percent of its distribution below it", inputs(replay));
    let shocks = shocks(&replay.shocks, grid, width);
    section("What was drawn by quarter: the percent of its distribution below it", shocks);
    section("Dates", dates(replay, grid));
    section("What came of it", path(replay, grid, width));
    out
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// A value with its unit; what has no declaration is a pure number.
fn value_of(key: &str, value: f64) -> String {
    format_value(value, input_decl(key).map_or(Quantity::Ratio, |decl| decl.quantity))
}

fn inputs(replay: &Replay) -> String {
    let row = |input: &Drawn| {
        // The chance of an event is a number between 0 and 1 that nobody wrote.
        let key = input.key.replace(".~happens", " (chance)");
        let percentile = input.percentile.map_or_else(String::new, percent);
        vec![key, value_of(&input.key, input.value), percentile]
    };
    aligned(&replay.inputs.iter().map(row).collect::<Vec<_>>())
}

fn dates(replay: &Replay, grid: TimeGrid) -> String {
    let row = |(name, date): &(String, f64)| {
        let when = grid.date(*date).map_or_else(
            || if *date < 0.0 { "before the grid" } else { "not within the horizon" }.to_owned(),
            |date| date.to_string(),
        );
        vec![name.clone(), when]
    };
    aligned(&replay.dates.iter().map(row).collect::<Vec<_>>())
}

/// Rows with their first column at the left and the others at the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells = |at: usize| rows.iter().filter_map(move |row| row.get(at));
    let length = |text: &String| text.chars().count();
    let widths: Vec<usize> =
        (0..count).map(|at| cells(at).map(length).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match at {
                0 => write!(line, " {cell:width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Columns of one quarter in the table of shocks.
const CELL: usize = 3;

/// Shocks as rows, quarters as columns of whole percents, as many years side by side as fit.
fn shocks(shocks: &[Shock], grid: TimeGrid, width: usize) -> String {
    let name = shocks.iter().map(|shock| shock.key.len()).max().unwrap_or(0);
    let fit = width.saturating_sub(2 + name) / CELL;
    let mut out = String::new();
    let mut first = 0;
    while first < grid.steps() {
        let opens = usize::from(grid.quarter(first).q() - 1);
        let whole_years = ((fit + opens) / 4 * 4).saturating_sub(opens).max(1);
        let steps = first..grid.steps().min(first + whole_years);
        let mut line = format!("  {:name$}", "");
        for step in steps.clone() {
            let quarter = grid.quarter(step);
            let year = format!("{:02}", quarter.year().rem_euclid(100));
            let label = if quarter.q() == 1 || step == first { year } else { String::new() };
            let _ = write!(line, "{label:>CELL$}");
        }
        let _ = writeln!(out, "{}", styled(terminal::DIM, line.trim_end()));
        for shock in shocks {
            let mut line = format!("  {:name$}", shock.key);
            for step in steps.clone() {
                let cell = match (shock.values[step], shock.percentiles[step]) {
                    (_, Some(share)) => format!("{:.0}", (100.0 * share).min(99.0)),
                    (Some(_), None) => "*".to_owned(),
                    (None, None) => "·".to_owned(),
                };
                let _ = write!(line, "{cell:>CELL$}");
            }
            let _ = writeln!(out, "{line}");
        }
        first = steps.end;
    }
    for shock in shocks.iter().filter(|shock| shock.percentiles.iter().all(Option::is_none)) {
        let _ = writeln!(out, "  * {}", shock.key);
        let drawn = shock.values.iter().enumerate().filter_map(|(step, value)| {
            Some(format!("{} {}", grid.quarter(step), value_of(&shock.key, (*value)?)))
        });
        let each = width.saturating_sub(4) / REGIME;
        for part in drawn.collect::<Vec<String>>().chunks(each.max(1)) {
            let mut line = String::from("   ");
            for cell in part {
                let _ = write!(line, " {cell:width$}", width = REGIME - 1);
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

/// Columns of the value of a regime.
const REGIME: usize = 16;

/// The metrics that explain most, with what they are called; the later ones where there is room.
const PATH: [(&str, &str); 9] = [
    ("fleet.h100e", "Fleet"),
    ("cluster.largest", "Cluster"),
    ("fleet.it_power", "IT power"),
    ("site.ready_power", "Ready"),
    ("capex.total", "Capex"),
    ("finance.free_cash_flow", "FCF"),
    ("fleet.h100e_bought", "Bought"),
    ("fleet.waiting_h100e", "Waiting"),
    ("energy.total", "Energy"),
];
/// Columns of the last two of these are shown from this width on.
const WIDE: usize = 110;

fn path(replay: &Replay, grid: TimeGrid, width: usize) -> String {
    let shown = if width < WIDE { 6 } else { PATH.len() };
    let metric = |name: &str| replay.metrics.iter().find(|path| path.name == name);
    let columns: Vec<(&str, &Path, Scale)> = PATH[..shown]
        .iter()
        .filter_map(|&(name, label)| {
            let path = metric(name)?;
            Some((label, path, scale_of(path.unit, path.values.iter().flatten().copied())))
        })
        .collect();
    let mut rows = vec![vec![String::new()], vec![String::new()]];
    for (label, path, scale) in &columns {
        let unit = if scale.unit.is_empty() { path.unit } else { scale.unit };
        rows[0].push((*label).to_owned());
        rows[1].push(unit.to_owned());
    }
    rows[0].push("Limit".to_owned());
    rows.extend((0..grid.steps()).map(|step| {
        let mut row = vec![grid.quarter(step).to_string()];
        row.extend(columns.iter().map(|(_, path, scale)| match path.values[step] {
            Some(value) => Show { scale: *scale, error: f64::NAN }.text(value),
            None => "–".to_owned(),
        }));
        row.push(limits(replay, step));
        row
    }));
    aligned(&rows)
}

/// What bound in a quarter.
fn limits(replay: &Replay, step: usize) -> String {
    let binds = replay.metrics.iter().filter_map(|path| {
        let name = path.name.strip_prefix("binds.")?;
        path.values[step].filter(|&x| x > 0.5).map(|_| name.replace('_', " "))
    });
    binds.collect::<Vec<String>>().join(", ")
}

fn as_json(scenario: &Scenario, replay: &Replay) -> Value {
    let grid = scenario.run.grid;
    let inputs = replay.inputs.iter().map(|input| {
        json!({
            "key": input.key,
            "value": input.value,
            "unit": input_decl(&input.key).map(|decl| decl.quantity.canonical_unit()),
            "percentile": input.percentile,
        })
    });
    let shocks = replay.shocks.iter().map(|shock| {
        json!({
            "key": shock.key,
            "unit": input_decl(&shock.key).map(|decl| decl.quantity.canonical_unit()),
            "values": shock.values,
            "percentiles": shock.percentiles,
        })
    });
    let metrics = replay.metrics.iter().map(|path| {
        let years = path.years.iter().map(|(year, sum)| (year.to_string(), json!(sum)));
        json!({
            "metric": path.name,
            "unit": path.unit,
            "values": path.values,
            "years": years.collect::<Map<_, _>>(),
        })
    });
    let dates = replay.dates.iter().map(|(name, date)| {
        let date = grid.date(*date).map(|date| date.to_string());
        (name.clone(), json!(date))
    });
    let left = replay
        .left_range
        .as_ref()
        .map(|(step, cause)| json!({ "quarter": grid.quarter(*step).to_string(), "cause": cause }));
    json!({
        "scenario": scenario.name,
        "draw": replay.draw,
        "seed": scenario.run.seed,
        "left_range": left,
        "quarters": grid.labels(),
        "inputs": inputs.collect::<Vec<_>>(),
        "shocks": shocks.collect::<Vec<_>>(),
        "dates": dates.collect::<Map<_, _>>(),
        "limits": (0..grid.steps()).map(|step| limits(replay, step)).collect::<Vec<_>>(),
        "metrics": metrics.collect::<Vec<_>>(),
    })
}
