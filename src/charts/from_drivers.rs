//! The tornado of what drives a result.

use super::from_run::headline::{percent, short_noun};
use super::from_run::{NamedFigure, lowered, unit};
use super::input::{Caption, RowsThatFit, TornadoInput, TornadoRow, Unit};
use super::number::{compact, counted};
use super::tornado;
use super::tornado::weaker;
use crate::results::{Drivers, OutputKind, TornadoBar};
use crate::time::TimeGrid;

/// Months of a quarter.
const MONTHS: f64 = 3.0;

/// What was run.
#[derive(Clone, Copy, Debug)]
pub struct MadeFrom<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Seed.
    pub seed: u64,
    /// Whom the chart must credit.
    pub credits: &'a [String],
}

/// The tornado of the strongest inputs; none if no input has an effect.
pub fn from_drivers(
    drivers: &Drivers,
    made_from: MadeFrom<'_>,
    grid: TimeGrid,
) -> Option<NamedFigure> {
    let most = RowsThatFit::default();
    let bars = drivers.tornado(most.0);
    let strongest = bars.first()?;
    let output = &drivers.output;
    let (unit, factor) = match output.kind {
        OutputKind::Value => unit(&output.unit),
        OutputKind::Chance => (Unit::share("percent"), 1.0),
        OutputKind::Date => (Unit::plain("months", "months"), MONTHS),
    };
    let row = |bar: &TornadoBar| TornadoRow {
        label: bar.label.clone(),
        low: bar.low.value * factor,
        high: bar.high.value * factor,
        errors: (bar.low.error * factor, bar.high.error * factor),
    };
    let (subject, measure) = words(drivers, grid);
    let say = |value: f64| match output.kind {
        OutputKind::Chance => percent(value),
        _ => format!("{}{}", compact(value * factor, &unit), short_noun(&unit)),
    };
    let title = format!(
        "{} moves {subject} most: from {} to {}",
        strongest.label,
        say(strongest.low.value),
        say(strongest.high.value)
    );
    let others = drivers.found().count().saturating_sub(bars.len());
    let mut notes = Vec::new();
    if others > 0 {
        notes.push(weaker(others));
    }
    let none = drivers.not_found().count();
    if none > 0 {
        let have = if none == 1 { "has" } else { "have" };
        let inputs = counted(none as u64, "input");
        notes.push(format!("{inputs} {have} no effect that can be told from none"));
    }
    let input = TornadoInput {
        caption: Caption {
            title,
            measure,
            scenario: made_from.scenario.to_owned(),
            draws: drivers.draws,
            seed: made_from.seed,
            notes,
            credit: made_from.credits.join(", "),
        },
        unit,
        base: ("Mean".to_owned(), drivers.mean.value * factor),
        sides: ("lowest fifth".to_owned(), "highest fifth".to_owned()),
        rows: bars.iter().map(row).collect(),
        most,
    };
    let name = match output.at.trim_start_matches("by ") {
        "" => format!("tornado.{}", output.name),
        at => format!("tornado.{}.{at}", output.name),
    };
    Some(NamedFigure { name, figure: tornado(&input) })
}

/// What is moved, and how it is measured.
fn words(drivers: &Drivers, grid: TimeGrid) -> (String, String) {
    let output = &drivers.output;
    let label = lowered(&output.label);
    match output.kind {
        OutputKind::Value => {
            (format!("mean {label} in {}", output.at), "mean of the draws in each fifth".to_owned())
        }
        OutputKind::Chance => (
            format!("the chance of “{}” {}", output.label, output.at),
            "share of the draws in each fifth".to_owned(),
        ),
        OutputKind::Date => (
            format!("the first date of “{}”", output.label),
            format!("after the start of {}, mean of the draws in each fifth", grid.from()),
        ),
    }
}
