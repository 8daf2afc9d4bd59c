//! `compare`: runs beside each other on the same random numbers, and what accounts for the difference.

pub(super) mod asked;
mod bridge;
mod precise;
pub(super) mod recorded;
mod save;
pub(in crate::app) mod sides;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

pub use bridge::Statistic;

use super::exit::Failure;
use super::places::place_text;
use super::progress::{Bar, Interrupt};
use super::simulation::{Machine, Prepared, Sizes, Voice, result_of, stopped_by};
use super::terminal::{self, GOOD, styled};
use super::until;
use super::{counted, quoted};
use crate::engine::simulate_pair;
use crate::results::{
    Bridge, Comparison, InputChange, Interval, Pairs, Precision, REPLICATES, RunResult, Side, Told,
    compare_metrics, compare_targets, comparison_json, designs,
};
use crate::scenario::{ChangeKind, Changed, Mixer, Stated};
use crate::tables::{comparison_csv, comparison_markdown, comparison_text};
use asked::{Figure, Known, Limit};
use bridge::{Grouping, Task};
use sides::Run;

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    #[default]
    Terminal,
    /// For repositories.
    Markdown,
    /// One document with everything.
    Json,
    /// Every metric and period.
    Csv,
    /// One self-contained page.
    Html,
}

/// Options of `compare`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Options {
    /// Scenario files and run folders.
    pub runs: Vec<String>,
    /// Overlays on all of them; with one run, on the second side only.
    pub overlays: Vec<String>,
    /// Single values, the same way.
    pub sets: Vec<String>,
    /// Which of the runs the others are held against; the first if none.
    pub baseline: Option<String>,
    /// How many draws, and which.
    pub sizes: Sizes,
    /// Precisions of differences that decide about the draws.
    pub until: Vec<String>,
    /// How to run.
    pub machine: Machine,
    /// Figures to bridge, `METRIC@PERIOD` or a target; a sensible one if there is none.
    pub bridge: Vec<String>,
    /// Whether to make no bridge.
    pub no_bridge: bool,
    /// What of a figure is bridged.
    pub statistic: Statistic,
    /// Groups of changes: name and patterns of keys.
    pub groups: Vec<(String, Vec<String>)>,
    /// Whether every change has its own bar.
    pub each: bool,
    /// Draws of each run of the bridge.
    pub bridge_draws: Option<u64>,
    /// Conditions under which the program fails.
    pub fail_if: Vec<String>,
    /// Folder of the comparisons.
    pub out: Option<PathBuf>,
    /// How to print.
    pub format: Format,
    /// Whether to print the comparison only.
    pub quiet: bool,
    /// Whether to draw charts.
    pub charts: bool,
}

/// Metrics of which the first that differs is bridged unless the user says which.
const USUAL: [&str; 6] = [
    "facility.power",
    "fleet.h100e",
    "capex.total",
    "cluster.largest",
    "finance.free_cash_flow",
    "energy.cost",
];

/// Sets the runs beside the baseline, writes a folder for each, prints what differs.
pub(super) fn compare(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let execution = options.machine.execution()?;
    let json = options.format == Format::Json;
    let voice = Voice { quiet: options.quiet, json };
    let inputs = sides::inputs(
        &options.runs,
        &options.overlays,
        &options.sets,
        options.baseline.as_deref(),
    )?;
    let mut opened = sides::open(&inputs, options.sizes, execution, voice)?;
    let precise = precise::draws_for(options, &mut opened, &interrupt)?;
    if let Some(found) = &precise {
        let sizes = Sizes { draws: Some(found.draws), ..options.sizes };
        opened = sides::open(&inputs, sizes, execution, Voice { quiet: true, ..voice })?;
    }
    sides::spread(&mut opened, None)?;
    let Some((baseline, others)) = opened.split_first() else { return Ok(()) };
    if options.format == Format::Html && others.len() > 1 {
        return Err(Failure::Usage {
            message: format!("--format html prints one page, these are {}", others.len()),
            help: "leave it out: each comparison has report.html in its folder".to_owned(),
        });
    }
    let mut comparisons = Vec::new();
    let mut page = String::new();
    let mut failed = false;
    for other in others {
        let precision = precise.as_ref().map(|found| &found.precision);
        let pair = Pair { options, baseline, other, precision, interrupt: &interrupt };
        let (comparison, verdicts, made) = pair.compare()?;
        page = made;
        for verdict in verdicts {
            let word = if verdict.holds { "fails" } else { "holds" };
            if verdict.holds || !options.quiet {
                terminal::note(&format!("{word}: {}: {}\n", verdict.text, verdict.found));
            }
            failed |= verdict.holds;
        }
        comparisons.push(comparison);
    }
    let text = match options.format {
        Format::Html => page,
        format => printed(&comparisons, format),
    };
    terminal::print(&text)?;
    if let Some(found) = &precise {
        until::verdict(&found.precision, found.sampling)?;
    }
    if failed { Err(Failure::CheckFailed) } else { Ok(()) }
}

/// The comparisons in one text.
fn printed(comparisons: &[Comparison], format: Format) -> String {
    let all = |of: &dyn Fn(&Comparison) -> String| {
        comparisons.iter().map(of).collect::<Vec<String>>().join("\n")
    };
    match format {
        Format::Terminal => all(&|one| comparison_text(one, terminal::width())),
        Format::Markdown => all(&comparison_markdown),
        Format::Csv => all(&comparison_csv),
        // The page of the only one.
        Format::Html => String::new(),
        Format::Json => match comparisons {
            [only] => format!("{:#}\n", comparison_json(only)),
            many => {
                let many: Vec<Value> = many.iter().map(comparison_json).collect();
                format!("{:#}\n", json!({ "comparisons": many }))
            }
        },
    }
}

/// One run beside the baseline.
struct Pair<'a> {
    options: &'a Options,
    baseline: &'a sides::Side,
    other: &'a sides::Side,
    precision: Option<&'a Precision>,
    interrupt: &'a Interrupt,
}

impl Pair<'_> {
    /// The comparison, what its limits say, and its page.
    fn compare(&self) -> Result<(Comparison, Vec<asked::Verdict>, String), Failure> {
        let known = known(self.baseline).and(&known(self.other));
        let limits: Vec<Limit> = self
            .options
            .fail_if
            .iter()
            .map(|text| asked::limit(text, &known))
            .collect::<Result<_, _>>()?;
        let figures: Vec<Figure> = self
            .options
            .bridge
            .iter()
            .map(|text| {
                known.figure(text).map_err(|(message, help)| Failure::Usage {
                    message: format!("--bridge {text}: {message}"),
                    help,
                })
            })
            .collect::<Result<_, _>>()?;
        let mut name = format!("{}-vs-{}", self.baseline.name, self.other.name);
        if sides::recorded_name(&self.baseline.given).is_some() {
            // What was recorded, with the command that made it, stays as it is.
            name += "-again";
        }
        let saving = save::begin(self.options.out.as_deref(), &name)?;
        let comparison = match (&self.baseline.run, &self.other.run) {
            (Run::Plan(a), Run::Plan(b)) => self.paired([a, b], &known, figures)?,
            _ => self.independent()?,
        };
        let scenarios = [self.baseline, self.other].map(|side| match &side.run {
            Run::Plan(prepared) => Some(&prepared.scenario),
            Run::Summary(..) => None,
        });
        let charts = self.options.charts;
        let save::Saved { folder, files, page } =
            save::finish(saving, &comparison, scenarios, charts, self.interrupt)?;
        if !self.options.quiet {
            let wrote = styled(GOOD, "wrote");
            terminal::note(&format!("{wrote} {}: {}\n", folder.display(), counted(files, "file")));
        }
        let verdicts = limits.iter().map(|limit| limit.judge(&comparison)).collect();
        Ok((comparison, verdicts, page))
    }

    /// Both run again, in lockstep.
    fn paired(
        &self,
        sides: [&Prepared; 2],
        known: &Known,
        mut figures: Vec<Figure>,
    ) -> Result<Comparison, Failure> {
        let [a, b] = sides;
        let draws = a.scenario.run.draws;
        let bar = Bar::new(draws, self.options.quiet, self.interrupt.clone());
        let found = simulate_pair([&a.plan, &b.plan], draws, a.execution, &bar);
        bar.clear();
        let found = found.map_err(|stopped| stopped_by(stopped, a.execution.threads))?;
        let results = [result_of(a, found.first), result_of(b, found.second)];
        let mixer = Mixer::new(&a.scenario, &b.scenario);
        let mut comparison =
            self.comparison([&results[0], &results[1]], Some(&found.pairs), &mixer.changes);
        if self.options.no_bridge {
            return Ok(comparison);
        }
        if let Some(why) = bridge::impossible(&mixer, sides) {
            comparison.no_bridge = why;
            return Ok(comparison);
        }
        if figures.is_empty() {
            figures.extend(usual(&comparison, known));
        }
        if figures.is_empty() {
            "No bridge: no headline and no chance differs by more than the error."
                .clone_into(&mut comparison.no_bridge);
            return Ok(comparison);
        }
        comparison.bridges = self.bridges(&mixer, sides, &figures)?;
        Ok(comparison)
    }

    fn bridges(
        &self,
        mixer: &Mixer<'_>,
        sides: [&Prepared; 2],
        figures: &[Figure],
    ) -> Result<Vec<Bridge>, Failure> {
        let grouping = Grouping { named: self.options.groups.clone(), each: self.options.each };
        bridge::bridges(&Task {
            mixer,
            sides,
            figures,
            statistic: self.options.statistic,
            grouping: &grouping,
            draws: self.options.bridge_draws,
            quiet: self.options.quiet,
            interrupt: self.interrupt,
        })
    }

    /// From summaries, as of strangers.
    fn independent(&self) -> Result<Comparison, Failure> {
        let mut why = Vec::new();
        let mut results = Vec::new();
        for side in [self.baseline, self.other] {
            match &side.run {
                Run::Plan(prepared) => {
                    let quiet = self.options.quiet;
                    results.push(super::simulation::simulated(prepared, quiet, self.interrupt)?);
                }
                Run::Summary(reason, result) => {
                    why.push(reason.clone());
                    results.push((**result).clone());
                }
            }
        }
        let [a, b] = results.as_slice() else {
            return Err(Failure::Bug("a comparison needs two runs".to_owned()));
        };
        let changes = given_changes(a, b);
        let mut comparison = self.comparison([a, b], None, &[]);
        comparison.changes = changes;
        comparison.notes.push(format!(
            "Compared as independent runs, since {}. What that costs: nothing cancels, so that the \
             variance ratio is 1 and intervals are as wide as those of two strangers; what happens \
             draw by draw is not known, and there is no bridge. Run both scenarios again to have all \
             of it.",
            why.join(", and ")
        ));
        "No bridge: it needs both scenarios to be run again.".clone_into(&mut comparison.no_bridge);
        Ok(comparison)
    }

    fn comparison(
        &self,
        [a, b]: [&RunResult; 2],
        pairs: Option<&Pairs>,
        changes: &[Changed],
    ) -> Comparison {
        let (metrics, [only_first, only_second]) = compare_metrics(a, b, pairs);
        let mut notes = Vec::new();
        for (side, run) in [(self.baseline, a), (self.other, b)] {
            let left: u64 = run.summaries.left_range.iter().map(|left| left.draws).sum();
            if left > 0 {
                let draws = counted(left as usize, "draw");
                notes.push(format!("{draws} of {} left the physical range.", side.name));
            }
        }
        notes.extend(self.sampled(a));
        let only: Vec<String> = [("A", &only_first), ("B", &only_second)]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(letter, names)| format!("{} in {letter} only", counted(names.len(), "metric")))
            .collect();
        if !only.is_empty() {
            notes.push(format!("Not compared: {}.", only.join(", ")));
        }
        Comparison {
            first: about_side(self.baseline, a),
            second: about_side(self.other, b),
            paired: pairs.is_some(),
            notes,
            changes: changes.iter().map(change).collect(),
            metrics,
            only_first,
            only_second,
            targets: compare_targets(a, b, pairs),
            bridges: Vec::new(),
            no_bridge: String::new(),
            command: self.command(),
        }
    }

    /// How the draws were spread, and what was asked of the differences.
    fn sampled(&self, run: &RunResult) -> Vec<String> {
        let spread = designs(run.about.sampling());
        let mut notes: Vec<String> = spread
            .map(|spread| {
                format!(
                    "Draws are {REPLICATES} independent replicates of {spread}, in dimensions that both \
                     runs share by name; errors come from how far these lie apart. The bridge draws \
                     independently."
                )
            })
            .into_iter()
            .collect();
        if let Some(precision) = self.precision {
            let asked: Vec<&str> = precision.asked.iter().map(|one| one.text.as_str()).collect();
            let [looks, look] = precision.looks;
            notes.push(format!(
                "Draws by --until, look {look} of {looks}, {}: {}.",
                precision.ended_in_words(),
                asked.join("; ")
            ));
        }
        notes
    }

    /// Arguments that make this comparison again.
    fn command(&self) -> String {
        let options = self.options;
        let mut text = format!("compare {}", quoted(&self.baseline.given));
        if self.other.given != self.baseline.given || options.runs.len() > 1 {
            let _ = write!(text, " {}", quoted(&self.other.given));
        }
        for (name, values) in [("--with", &options.overlays), ("--set", &options.sets)] {
            for value in values {
                let _ = write!(text, " {name} {}", quoted(value));
            }
        }
        let sizes = [("--draws", options.sizes.draws), ("--seed", options.sizes.seed)];
        for (name, value) in sizes {
            if let Some(value) = value {
                let _ = write!(text, " {name} {value}");
            }
        }
        if let Some(sampling) = options.sizes.sampling {
            let _ = write!(text, " --sampling {}", sampling.name());
        }
        for statement in &options.until {
            let _ = write!(text, " --until {}", quoted(statement));
        }
        for figure in &options.bridge {
            let _ = write!(text, " --bridge {}", quoted(figure));
        }
        for (name, patterns) in &options.groups {
            let _ = write!(text, " --group {}", quoted(&format!("{name}={}", patterns.join(","))));
        }
        if let Statistic::Percentile(level) = options.statistic {
            let _ = write!(text, " --statistic p{}", (100.0 * level).round());
        }
        for (switch, given) in [("--each", options.each), ("--no-bridge", options.no_bridge)] {
            if given {
                let _ = write!(text, " {switch}");
            }
        }
        if let Some(draws) = options.bridge_draws {
            let _ = write!(text, " --bridge-draws {draws}");
        }
        text
    }
}

/// What can be asked of a side.
fn known(side: &sides::Side) -> Known {
    match &side.run {
        Run::Plan(prepared) => Known::of_plan(&prepared.plan, prepared.scenario.run.grid),
        Run::Summary(_, result) => Known::of_result(result),
    }
}

/// What is bridged if the user names nothing: the first usual metric that differs at the end, else
/// the chance that differs most, in widths of its interval.
fn usual(comparison: &Comparison, known: &Known) -> Option<Figure> {
    for name in USUAL {
        let Some(metric) = comparison.metric(name) else { continue };
        let last = metric.quarters.iter().rev().find(|one| one.period.ends_with("Q4"));
        let Some(last) = last.or_else(|| metric.quarters.last()) else { continue };
        let whole = last
            .period
            .strip_suffix("Q4")
            .filter(|year| metric.years.iter().any(|one| one.period == *year));
        let one = whole.and_then(|year| metric.at(year)).unwrap_or(last);
        if one.mean.value.abs() > 4.0 * one.mean_error {
            return known.figure(&format!("{name}@{}", one.period)).ok();
        }
    }
    let apart = |one: &Interval| one.low > 0.0 || one.high < 0.0;
    let dates = comparison
        .targets
        .iter()
        .filter(|target| target.both_ask)
        .flat_map(|target| target.dates.iter().map(move |date| (target, date)));
    let (target, date, _) = dates
        .filter_map(|(target, date)| {
            let difference = date.difference.filter(apart)?;
            Some((target, date, difference.value.abs() / (difference.high - difference.low)))
        })
        .max_by(|a, b| a.2.total_cmp(&b.2))?;
    known.figure(&format!("target.{}@{}", target.name, date.label)).ok()
}

fn about_side(side: &sides::Side, run: &RunResult) -> Side {
    let about = &run.about;
    Side {
        name: side.name.clone(),
        title: about.title.clone(),
        company: about.company.clone(),
        as_of: about.as_of.to_string(),
        from: run.grid.from().to_string(),
        to: run.grid.to().to_string(),
        draws: about.draws,
        seed: about.seed,
        digest: about.digest.clone(),
        engine: about.engine,
        version: about.version.clone(),
        credits: about.credits.clone(),
        warnings: about.warnings.clone(),
    }
}

fn change(changed: &Changed) -> InputChange {
    let told = |stated: &Stated| Told {
        value: stated.value.clone(),
        source: stated.source.clone(),
        grade: stated.grade.map(|grade| format!("{grade:?}")).unwrap_or_default(),
        set_at: place_text(&stated.set_at),
    };
    InputChange {
        key: changed.key.clone(),
        doc: changed.doc.to_owned(),
        kind: match changed.kind {
            ChangeKind::Input => "input",
            ChangeKind::Setting => "setting",
            ChangeKind::Guidance => "guidance",
            ChangeKind::Observation => "observation",
            ChangeKind::Target => "target",
        }
        .to_owned(),
        unit: changed.unit.to_owned(),
        first: changed.first.as_ref().map(told),
        second: changed.second.as_ref().map(told),
        value_differs: changed.value_differs,
        group: changed.group.clone().unwrap_or_default(),
    }
}

/// The inputs that differ, as far as summaries tell.
fn given_changes(a: &RunResult, b: &RunResult) -> Vec<InputChange> {
    let keys: std::collections::BTreeSet<&str> =
        a.given.iter().chain(&b.given).map(|given| given.key.as_str()).collect();
    let mut found = Vec::new();
    for key in keys {
        let of = |run: &RunResult| run.given.iter().find(|given| given.key == key).cloned();
        let (old, new) = (of(a), of(b));
        let value = |given: &Option<crate::results::Given>| {
            given.as_ref().map(|given| (given.value.clone(), given.scale.clone()))
        };
        let source = |given: &Option<crate::results::Given>| {
            given.as_ref().map(|given| (given.source.clone(), given.known))
        };
        let value_differs = value(&old) != value(&new);
        if !value_differs && source(&old) == source(&new) {
            continue;
        }
        let told = |given: &crate::results::Given| Told {
            value: if given.scale.is_empty() {
                given.value.clone()
            } else {
                format!("{} × {}", given.value, given.scale)
            },
            source: given.source.clone(),
            grade: given.grade.to_string(),
            set_at: given.set_by.clone(),
        };
        let one = new.as_ref().or(old.as_ref());
        found.push(InputChange {
            key: key.to_owned(),
            doc: one.map(|given| given.doc.clone()).unwrap_or_default(),
            kind: "input".to_owned(),
            unit: one.map(|given| given.unit.clone()).unwrap_or_default(),
            first: old.as_ref().map(told),
            second: new.as_ref().map(told),
            value_differs,
            group: key.to_owned(),
        });
    }
    found
}
