//! What a result says of the scenario that it was made from.

use crate::diag::{Diagnostics, Severity};
use crate::plan::Plan;
use crate::results::{About, Given, Guided, Hindsight, Observed, PastRun, digest};
use crate::sampling::ENGINE;
use crate::scenario::{
    At, Grade, H100eBasis, Input, InputValue, ObservationRow, Scenario, TrainingRun,
};
use crate::stats::normal_upper_quantile;
use crate::time::{Quarter, TimeGrid};
use crate::units::format_number;

/// What the run was made from; `found` are the remarks of loading.
pub(super) fn about(scenario: &Scenario, plan: &Plan, found: &Diagnostics, command: &str) -> About {
    About {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        command: command.to_owned(),
        company: scenario.company.clone(),
        as_of: scenario.as_of,
        h100e: basis(scenario.h100e).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: ENGINE,
        seed: scenario.run.seed,
        draws: scenario.run.draws,
        sampling: match &plan.design {
            Some(design) => design.method().name().to_owned(),
            None => String::new(),
        },
        digest: digest(scenario.resolved_toml()),
        newest_used: scenario.newest_used,
        hindsight: hindsight(scenario),
        grades: grades(scenario),
        warnings: warnings(plan, found),
        credits: credits(scenario),
    }
}

/// The assumptions, in order of their keys.
pub(super) fn given(scenario: &Scenario) -> Vec<Given> {
    let one = |input: &Input| {
        let source = scenario.sources.get(&input.provenance.source);
        let last = input.chain.last();
        Given {
            key: input.key.clone(),
            doc: input.decl.doc.to_owned(),
            value: input.text.clone(),
            unit: input.decl.quantity.canonical_unit().to_owned(),
            drawn: input.decl.used.name().to_owned(),
            scale: if (input.scale - 1.0).abs() <= 0.0 {
                String::new()
            } else {
                format_number(input.scale)
            },
            source: input.provenance.source.clone(),
            title: source.map(|source| source.title.clone()).unwrap_or_default(),
            url: source.map(|source| source.url.clone()).unwrap_or_default(),
            known: input.provenance.known,
            grade: letter(input.provenance.grade),
            hindsight: input.provenance.hindsight,
            note: input.provenance.note.clone(),
            set_by: last.map(|set| set.file.clone()).unwrap_or_default(),
        }
    };
    scenario.inputs.values().map(one).collect()
}

fn letter(grade: Grade) -> char {
    match grade {
        Grade::A => 'A',
        Grade::B => 'B',
        Grade::C => 'C',
        Grade::D => 'D',
    }
}

fn hindsight(scenario: &Scenario) -> Vec<Hindsight> {
    let marks = scenario.hindsight.iter();
    marks
        .map(|mark| Hindsight {
            key: mark.key.clone(),
            known: mark.known,
            source: mark.source.clone(),
        })
        .collect()
}

fn grades(scenario: &Scenario) -> [usize; 4] {
    let mut counts = [0; 4];
    for input in scenario.inputs.values() {
        counts[match input.provenance.grade {
            Grade::A => 0,
            Grade::B => 1,
            Grade::C => 2,
            Grade::D => 3,
        }] += 1;
    }
    counts
}

/// Whether an input has the lowest grade. A chip without a slip of its own has that of all chips.
pub(super) fn is_weak(scenario: &Scenario, key: &str) -> bool {
    let own = scenario.inputs.get(key);
    let shared = || {
        let slip = key.strip_prefix("chip.")?.strip_suffix(".slip")?;
        (!slip.contains('.')).then(|| scenario.inputs.get("chip.slip"))?
    };
    own.or_else(shared).is_some_and(|input| input.provenance.grade == Grade::D)
}

fn warnings(plan: &Plan, found: &Diagnostics) -> Vec<String> {
    let found = found.iter().filter(|one| one.severity == Severity::Warning);
    let mut all: Vec<String> = found.map(|one| one.message.clone()).collect();
    for (group, distance) in &plan.repairs {
        all.push(format!(
            "the correlations of `{group}` were replaced by the nearest possible ones, at a distance \
             of {distance:.3}"
        ));
    }
    all
}

/// Whom to credit: the holders of licensed sources that a value rests on.
pub(super) fn credits(scenario: &Scenario) -> Vec<String> {
    let inputs = scenario.inputs.values().map(|input| &input.provenance);
    let guidance = scenario.guidance.iter().map(|row| &row.provenance);
    let observed = scenario.observations.iter().chain(&scenario.later).map(|row| &row.provenance);
    let mut credits: Vec<String> = inputs
        .chain(guidance)
        .chain(observed)
        .filter_map(|provenance| scenario.sources.get(&provenance.source))
        .filter(|source| !source.license.is_empty())
        .map(|source| {
            let holder = source.title.split(':').next().unwrap_or(&source.title);
            format!("{holder} ({})", source.license)
        })
        .collect();
    credits.sort();
    credits.dedup();
    credits
}

/// What was observed, seen by the run and later.
pub(super) fn observed(scenario: &Scenario) -> Vec<Observed> {
    let grid = scenario.run.grid;
    let seen = scenario.observations.iter().map(|row| one(row, grid, true));
    seen.chain(scenario.later.iter().map(|row| one(row, grid, false))).collect()
}

/// What the company said would be.
pub(super) fn guidance(scenario: &Scenario) -> Vec<Guided> {
    let rows = scenario.guidance.iter().map(|row| Guided {
        metric: row.metric.clone(),
        at: match row.at {
            At::Year(year) => year.to_string(),
            At::Quarter(quarter) => quarter.to_string(),
            At::Day(date) => date.to_string(),
        },
        low: row.low,
        high: row.high,
        known: row.provenance.known,
        source: row.provenance.source.clone(),
    });
    rows.collect()
}

/// Training runs that are data.
pub(super) fn past_runs(scenario: &Scenario) -> Vec<PastRun> {
    let one = |run: &TrainingRun| {
        let chips = scenario.inputs.get(&format!("training.{}.chips", run.name));
        let chips = chips.and_then(|input| match &input.value {
            InputValue::Dist(value) => Some(value.mean() * input.scale),
            InputValue::Regimes(_) | InputValue::Shares(_) => None,
        });
        Some(PastRun {
            label: run.label.clone(),
            date: run.released.or(run.announced)?,
            released: run.released.is_some(),
            chips,
            compute: scenario.run_compute(&run.name),
        })
    };
    let mut runs: Vec<PastRun> = scenario.runs.iter().filter_map(one).collect();
    runs.sort_by(|a, b| (a.date, &a.label).cmp(&(b.date, &b.label)));
    runs
}

fn one(row: &ObservationRow, grid: TimeGrid, seen: bool) -> Observed {
    let end = |quarter: Quarter| f64::from(grid.offset(quarter) + 1);
    let (at, position) = match row.at {
        // A checked year has a last quarter.
        At::Year(year) => (year.to_string(), Quarter::new(year, 4).map_or(f64::NAN, end)),
        At::Quarter(quarter) => (quarter.to_string(), end(quarter)),
        At::Day(date) => (date.to_string(), grid.position(date)),
    };
    let (low, high) = interval(row);
    Observed {
        metric: row.metric.clone(),
        at,
        position,
        yearly: matches!(row.at, At::Year(_)),
        value: row.value,
        low,
        high,
        known: row.provenance.known,
        seen,
        source: row.provenance.source.clone(),
        basis: row.basis.map(basis).unwrap_or_default().to_owned(),
    }
}

/// The 5 and 95 % points of an uncertain observation: given, or from its relative standard error.
fn interval(row: &ObservationRow) -> (Option<f64>, Option<f64>) {
    let Some(error) = row.error.filter(|_| row.low.is_none()) else { return (row.low, row.high) };
    let reach = normal_upper_quantile(0.05) * error;
    let ends = [libm::exp(-reach) * row.value, libm::exp(reach) * row.value];
    (Some(ends[0].min(ends[1])), Some(ends[0].max(ends[1])))
}

fn basis(basis: H100eBasis) -> &'static str {
    match basis {
        H100eBasis::Dense8 => "dense8",
        H100eBasis::Bf16 => "bf16",
        H100eBasis::Sustained => "sustained",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{FileReader, load};

    struct Text(String);

    impl FileReader for Text {
        fn read(&self, _path: &str) -> std::io::Result<String> {
            Ok(self.0.clone())
        }
    }

    fn starter_with(old: &str, new: &str) -> Scenario {
        let text = include_str!("starter.toml").replace(old, new);
        let loaded = load(&Text(text), "starter.toml", &[], &[]);
        let found: Vec<_> = loaded.diagnostics.iter().map(|d| &d.message).collect();
        loaded.result.unwrap_or_else(|_| panic!("{found:?}"))
    }

    #[test]
    fn observations_lie_at_the_end_of_their_period() {
        let year = "[[observation]]\nmetric = \"finance.revenue\"\nat = 2025\nvalue = \"44 B USD\"\n\
                    source = \"judgment\"\ngrade = \"D\"\n\n[capex]\n";
        let scenario = starter_with("[capex]\n", year);
        let all = observed(&scenario);
        let revenue: Vec<_> = all.iter().filter(|row| row.metric == "finance.revenue").collect();
        let places: Vec<_> = revenue.iter().map(|row| (row.at.as_str(), row.position)).collect();
        // The grid starts in 2026Q1: 2025Q1 ends three quarters before, the year at its start.
        let quarters = [("2025Q1", -3.0), ("2025Q2", -2.0), ("2025Q3", -1.0), ("2025Q4", 0.0)];
        assert_eq!(places, [&quarters[..], &[("2025", 0.0)]].concat());
        assert!(revenue.iter().all(|row| row.seen && row.yearly == (row.at == "2025")));
    }

    #[test]
    fn about_counts_grades_and_credits_licensed_sources() {
        let licensed = "title = \"Epoch AI: an example\"\nlicense = \"CC BY 4.0\"";
        let scenario = starter_with("title = \"Judgment: no document, an example only\"", licensed);
        let plan = crate::plan::compile(&scenario).unwrap();
        let about = about(&scenario, &plan, &Diagnostics::new(), "run starter.toml");
        assert_eq!(about.grades, [0, 0, 0, scenario.inputs.len()]);
        assert_eq!(about.credits, ["Epoch AI (CC BY 4.0)"]);
        assert_eq!(about.warnings, Vec::<String>::new());
        assert_eq!(about.digest.len(), 16);
    }
}
