//! What the limits of the fleet cost: the table, and lines for the headline.

use super::layout::wrap;
use super::round::counted;
use super::{Audience, Cell, Column, Show, Table, percent, scale_of};
use crate::results::{Estimate, LimitEffect, LimitStep, Limits, RunResult};
use crate::units::Scale;

/// Unit of the fleet.
const UNIT: &str = "H100e";
/// Effects of a limit: name in files, heading, value.
type Part = (&'static str, &'static str, fn(&LimitEffect) -> Estimate);
const PARTS: [Part; 3] = [
    ("quarter", "10 % more in this quarter", |e| e.quarter),
    ("since", "10 % more since the start", |e| e.since),
    ("lost", "Part of the lost fleet", |e| e.lost),
];

/// By quarter and limit: shadow values, the split of the lost fleet, and what was to blame. Empty
/// if the result does not say.
pub fn limits_table(result: &RunResult) -> Option<Table> {
    let limits = result.limits.as_ref()?;
    let mut columns = vec![Column::words("period", "Quarter"), Column::words("limit", "Limit")];
    let values = limits.steps.iter().flat_map(|step| &step.effects);
    let scale = scale_of(UNIT, values.flat_map(|e| PARTS.map(|(.., of)| of(e).mean)));
    for (name, heading, _) in PARTS {
        columns.push(Column::numbers(name, &format!("{heading}, {}", scale.unit), UNIT));
        let error = format!("{name}_error");
        columns.push(Column::numbers(&error, &error, UNIT).only(Audience::Programs));
    }
    columns.push(Column::words("blame", "To blame where it sets the fleet, in % of all draws"));
    let mut rows = Vec::new();
    for step in &limits.steps {
        let period = result.grid.quarter(step.step).to_string();
        for (name, effect) in limits.names.iter().zip(&step.effects) {
            let mut row = vec![Cell::Text(period.clone()), Cell::Text(name.clone())];
            row.extend(PARTS.iter().flat_map(|(.., of)| cells(of(effect), scale)));
            row.push(Cell::Text(blame(limits, step, name)));
            rows.push(row);
        }
        for (name, estimate, at) in
            [("fleet", step.fleet, 1), ("all limits", step.lost, 2), ("jointly", step.joint, 1)]
        {
            let mut row = vec![Cell::Text(period.clone()), Cell::Text(name.to_owned())];
            for part in 0..PARTS.len() {
                let empty = [Cell::Empty, Cell::Empty];
                row.extend(if part == at { cells(estimate, scale) } else { empty });
            }
            row.push(Cell::Empty);
            rows.push(row);
        }
    }
    Some(Table {
        title: "What the limits of the fleet cost, H100e".to_owned(),
        columns,
        rows,
        notes: notes(limits),
    })
}

fn notes(limits: &Limits) -> Vec<String> {
    let mut notes = vec![
        format!(
            "Means over the first {}, run again with the same random numbers. 10 % more: H100e \
             installed in addition at the end of the quarter if money for chips, what can be bought \
             (supply and orders), ready power or crews are 10 % more, in this quarter alone or in \
             all since the start. Fleet: what these draws have as it is.",
            counted(limits.draws, "draw")
        ),
        "Part of the lost fleet: what all limits ten times as wide would add (all limits), split \
         among them by Shapley's value. Jointly: what 10 % more of all at once adds beyond the sum \
         of each alone; positive where two limits bind together."
            .to_owned(),
        "To blame: for power the phase whose delay costs most ready power in the quarter, planned \
         power where none is late, or additions where sites have no phases; for chips the \
         generation with most H100e planned and not bought; for money price where chips dearer than \
         usual are over half of what this draw buys less than the median money at usual prices \
         would, else affordability where cash cut capex, else guidance: the plan itself."
            .to_owned(),
    ];
    notes.extend(limits.warnings.iter().map(|warning| format!("Warning: {warning}.")));
    notes
}

fn cells(estimate: Estimate, scale: Scale) -> [Cell; 2] {
    let exact = Show { scale, error: 0.0 };
    let shown = Show { scale, error: estimate.error };
    [Cell::Number(estimate.mean, shown), Cell::Number(estimate.error, exact)]
}

fn blame(limits: &Limits, step: &LimitStep, name: &str) -> String {
    let causes = step.causes.iter().filter(|cause| cause.limit == name);
    let words: Vec<String> = causes
        .map(|c| format!("{} {}", c.what, percent(c.draws as f64 / limits.draws.max(1) as f64)))
        .collect();
    words.join(", ")
}

/// Lines for the headline about the last quarter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Costs {
    pub(super) lines: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// What the limits cost at the end of the run, in short.
pub(super) fn costs(result: &RunResult) -> Costs {
    let Some(limits) = &result.limits else { return Costs::default() };
    let Some(step) = limits.steps.last() else { return Costs::default() };
    let period = result.grid.quarter(step.step);
    let each = |word: &dyn Fn(&LimitEffect) -> String| {
        let words = limits.names.iter().zip(&step.effects);
        words.map(|(name, e)| format!("{name}\u{a0}{}", word(e))).collect::<Vec<_>>().join(", ")
    };
    let scale = scale_of(UNIT, step.effects.iter().map(|e| e.since.mean));
    let more = each(&|e| {
        let shown = Show { scale, error: e.since.error }.text(e.since.mean);
        if e.since.mean > 0.0 { format!("+{shown}") } else { shown }
    });
    let mut lines = vec![format!("10 % more of each adds by {period}, {}: {more}", scale.unit)];
    if step.lost.mean > 0.0 {
        let parts = each(&|e| percent(e.lost.mean / step.lost.mean).replace(' ', "\u{a0}"));
        lines.push(format!("Of the fleet lost to all limits by {period}: {parts}"));
    }
    let warnings = limits.warnings.iter().map(|warning| format!("Warning: {warning}."));
    Costs { lines, warnings: warnings.collect() }
}

impl Costs {
    /// The lines, no wider than `width`.
    pub(super) fn text(&self, width: Option<usize>) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.push_str(&wrap(line, width, 2).replace('\u{a0}', " "));
            out.push('\n');
        }
        out
    }
}
