//! Inputs before and after a run was conditioned on observations.

use super::round::{counted, grouped};
use super::{Align, Audience, Cell, Column, Show, Table};
use crate::results::{Conditioned, InputShift, RunResult, Spread};
use crate::units::Scale;

/// Values in their own unit.
const PLAIN: Scale = Scale { factor: 1.0, unit: "" };
/// Inputs that the headline names.
const NAMED: usize = 5;
/// Parts of a spread: name in files, and the number.
type Part = (&'static str, fn(&Spread) -> f64);
const PARTS: [Part; 5] = [
    ("mean", |s| s.mean),
    ("sd", |s| s.sd),
    ("p5", |s| s.p5),
    ("p50", |s| s.p50),
    ("p95", |s| s.p95),
];

/// Every input before and after, the one that moved most first; none if the run was not conditioned.
pub fn posterior_table(result: &RunResult) -> Option<Table> {
    let conditioned = result.conditioned.as_ref()?;
    let mut columns = vec![Column::words("input", "Input")];
    for when in ["prior", "posterior"] {
        for (part, _) in PARTS {
            let column = Column::numbers(&format!("{when}_{part}"), "", "");
            columns.push(column.only(Audience::Programs));
        }
    }
    let people = |name: &str, heading: &str| {
        let column = Column { align: Align::Right, ..Column::words(name, heading) };
        column.only(Audience::People)
    };
    columns.push(people("prior", "Prior: median (P5–P95)"));
    columns.push(people("posterior", "Posterior: median (P5–P95)"));
    columns.push(Column::numbers("shift", "Moved, in standard deviations", ""));
    columns.push(Column::numbers("shift_error", "Error", ""));
    Some(Table {
        title: "Inputs before and after the observations".to_owned(),
        columns,
        rows: conditioned.inputs.iter().map(row).collect(),
        notes: notes(conditioned),
    })
}

fn row(input: &InputShift) -> Vec<Cell> {
    let exact = |x: f64| Cell::Number(x, Show { scale: PLAIN, error: 0.0 });
    let mut row = vec![Cell::Text(input.key.clone())];
    for spread in [&input.prior, &input.posterior] {
        row.extend(PARTS.iter().map(|(_, of)| exact(of(spread))));
    }
    row.extend([&input.prior, &input.posterior].map(|spread| Cell::Text(range(spread))));
    let shown = Show { scale: PLAIN, error: input.error };
    row.push(Cell::Number(input.shift, shown));
    row.push(Cell::Number(input.error, Show { scale: PLAIN, error: 0.1 * input.error }));
    row
}

fn range(spread: &Spread) -> String {
    let [median, low, high] = [spread.p50, spread.p5, spread.p95].map(digits);
    format!("{median} ({low}–{high})")
}

/// Three digits that count.
fn digits(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{x:.2e}");
    }
    let places = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 1.0 {
        2
    } else {
        4
    };
    format!("{x:.places$}")
}

fn notes(conditioned: &Conditioned) -> Vec<String> {
    let mut notes = vec![
        format!(
            "{}; {} of equal weight, worth about {} independent ones. Moved: mean \
             after less mean before, over the standard deviation before. Values are in canonical units; \
             a key with @ is drawn quarter by quarter.",
            counted(conditioned.facts.len() as u64, "observation"),
            counted(conditioned.draws, "draw"),
            grouped(&(conditioned.effective.round() as u64).to_string()),
        ),
        format!(
            "Used: {}.",
            conditioned
                .facts
                .iter()
                .map(|fact| format!("{} {}", fact.metric, fact.at))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    ];
    notes.extend(
        conditioned.left_out.iter().map(|one| format!("Left out: {}: {}.", one.what, one.reason)),
    );
    notes
}

/// Lines for the headline: how the run was conditioned, and what moved most.
pub(super) fn lines(result: &RunResult) -> Vec<String> {
    let Some(conditioned) = &result.conditioned else { return Vec::new() };
    let moved: Vec<String> = conditioned
        .inputs
        .iter()
        .filter(|input| input.moved())
        .take(NAMED)
        .map(|input| {
            let shift = Show { scale: PLAIN, error: input.error }.text(input.shift);
            let sign = if input.shift > 0.0 { "+" } else { "" };
            format!("{} {sign}{shift}", input.key)
        })
        .collect();
    let moved = if moved.is_empty() {
        "no input moved by more than chance explains".to_owned()
    } else {
        format!("inputs that moved most, in standard deviations: {}", moved.join(", "))
    };
    vec![format!(
        "Conditioned on {}, {}; {moved}. All intervals are those of the effective draws.",
        counted(conditioned.facts.len() as u64, "observation"),
        counted(conditioned.effective.round() as u64, "effective draw"),
    )]
}
