//! A draft becomes a scenario: what the files say together, checked against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::contracts;
use super::dependence;
use super::keys::{KeyKind, Leaf, REPLACED_BY_SHARES, SHARES, Shelf};
use super::missing;
use super::overlay::Layers;
use super::problems::Problems;
use super::provenance::Slot;
use super::row_checks::Twice;
use super::rows::RowPart;
use super::sourcing::Sourcing;
use super::things;
use super::training;
use super::types::{
    H100eBasis, HindsightMark, Input, InputValue, Provenance, RunSettings, Scenario, Setting,
};
use super::value::{Row, ends, limits};
use super::walk::{Draft, Placed};
use super::{history, parts, resolved, rows, structure, targets, unused};
use crate::diag::{Diagnostic, Sources, Span, nearest};
use crate::model::declare::InputDecl;
use crate::time::{Date, TimeGrid};
use crate::units::format_value;

/// Number of draws of a scenario that names none.
const DRAWS: u64 = 100_000;
/// Seed of a scenario that names none.
const SEED: u64 = 1;
/// Most quarters of a grid: a hundred years.
const MOST_STEPS: usize = 400;

/// What validation works on.
pub(super) struct Context<'a> {
    pub(super) draft: &'a Draft,
    pub(super) shelf: &'a Shelf,
    pub(super) layers: &'a Layers,
    pub(super) texts: &'a Sources,
    /// Name of the scenario, if no key gives one.
    pub(super) name: String,
    /// What the overlays add to a name that a key gives.
    pub(super) overlays: String,
}

impl Context<'_> {
    /// The name that a key gives with those of the overlays behind it, or that of the file.
    fn scenario_name(&self) -> String {
        let given = self.draft.text("name").map(|name| format!("{name}{}", self.overlays));
        given.unwrap_or_else(|| self.name.clone())
    }
}

/// The scenario's title with those of the overlays behind it, or what `--set` says.
fn title(context: &Context) -> Option<String> {
    let layers = &context.layers.list;
    let of_overlay = |file| layers.iter().skip(context.layers.root + 1).any(|one| one.file == file);
    let mut title: Option<String> = None;
    for placed in context.draft.values.get("title")? {
        let text = placed.node.text()?;
        let added = !placed.set && of_overlay(placed.key_span.file);
        title = match title {
            Some(base) if added => Some(format!("{base} + {text}")),
            None if added => None,
            _ => Some(text.to_owned()),
        };
    }
    title
}

/// The scenario, if nothing is wrong. All problems between keys and files are collected.
pub(super) fn validate(context: &Context, problems: &mut Problems) -> Option<Scenario> {
    let draft = context.draft;
    let root = context.layers.list.get(context.layers.root)?;
    let first = root.first_key();
    missing::report_things(draft, context.shelf, problems);
    let mut sourcing = Sourcing::new(draft);
    let unseen = training::unseen(draft);
    let mut inputs = inputs(context, &unseen, &mut sourcing, problems);
    missing::report(draft, first.clone(), problems);
    scales(draft, &mut inputs, problems);
    shares(draft, problems);
    let rows = rows::read(draft, &mut sourcing, problems);
    sourcing.report(draft, problems);
    let chips = things::chips(draft, problems);
    let sites = things::sites(draft, problems);
    let leases = things::leases(draft);
    let companies = contracts::companies(draft);
    let contracts = contracts::contracts(draft, &companies, &sites, problems);
    let (events, policies) = (things::events(draft), things::policies(draft));
    let loadings = dependence::loadings(draft, &inputs, problems);
    let correlations = dependence::correlations(draft, &inputs, problems);
    rows.report_things(draft, context.layers, problems);
    parts::report(draft, &sites, problems);
    let grid = grid(draft, problems);
    history::report(draft, &rows, grid, &first, problems);
    let targets = targets::read(draft, context.layers, grid, problems);
    let trends = trends(draft, problems);
    let runs = training::runs(draft, &inputs, &unseen, (grid, &sites), problems);
    let unused = unused::report(draft, problems);
    if problems.list.has_errors() {
        return None;
    }
    let as_of = sourcing.as_of?;
    let name = context.scenario_name();
    let said = rows.guidance.iter().map(|row| &row.provenance);
    let seen = said.chain(rows.observations.iter().map(|row| &row.provenance));
    let newest_used = newest(inputs.values().map(|input| &input.provenance).chain(seen), as_of);
    let hindsight = hindsight(&inputs);
    let mut scenario = Scenario {
        title: title(context).unwrap_or_else(|| name.clone()),
        name,
        description: draft.text("description").unwrap_or_default(),
        company: contracts::company(draft)?,
        as_of,
        h100e: basis(draft),
        energy_by_use: draft.flag("energy.by_use").unwrap_or(false),
        run: run_settings(draft, grid?),
        inputs,
        chips,
        sites,
        leases,
        companies,
        contracts,
        runs,
        events,
        policies,
        loadings,
        correlations,
        repair_correlation: draft.flag("repair_correlation").unwrap_or(false),
        guidance: rows.guidance,
        observations: rows.observations,
        later: rows.later,
        happened: rows.happened,
        condition_error: condition_error(draft),
        trends,
        newest_used,
        hindsight,
        unused,
        targets,
        settings: settings(context),
        rows: row_settings(context, &rows.resolved),
        sources: sourcing.used(),
        resolved: String::new(),
        parts: Arc::default(),
    };
    let pieces = resolved::parts(&scenario, draft, &rows.resolved);
    scenario.resolved = pieces.text();
    scenario.parts = Arc::new(pieces);
    Some(scenario)
}

/// The constant trends that scores compare with.
fn trends(draft: &Draft, problems: &mut Problems) -> Vec<(String, f64)> {
    let mut trends = Vec::new();
    for (path, placed) in draft.below("score.trend") {
        let name = path.trim_start_matches("score.trend.");
        if structure::metric_quantity(name).is_none() {
            problems.push(structure::no_metric(name, &[&placed.key_span]));
        } else if let Some(factor) = draft.number(path).filter(|_| !problems.explains(path)) {
            trends.push((name.to_owned(), factor));
        }
    }
    trends
}

/// Grid, draws and seed, and whether to condition.
fn run_settings(draft: &Draft, grid: TimeGrid) -> RunSettings {
    RunSettings {
        grid,
        draws: draft.whole("run.draws").unwrap_or(DRAWS),
        seed: draft.whole("run.seed").unwrap_or(SEED),
        sampling: match draft.text("run.sampling").as_deref() {
            Some("lhs") => "lhs",
            Some("sobol") => "sobol",
            _ => "independent",
        },
        condition: draft.flag("run.condition").unwrap_or(false),
    }
}

/// Relative standard error of observations that give none.
fn condition_error(draft: &Draft) -> Option<f64> {
    draft.number("condition.error")
}

fn basis(draft: &Draft) -> H100eBasis {
    match draft.text("h100e").as_deref() {
        Some("bf16") => H100eBasis::Bf16,
        Some("sustained") => H100eBasis::Sustained,
        _ => H100eBasis::Dense8,
    }
}

fn newest<'a>(used: impl Iterator<Item = &'a Provenance>, as_of: Date) -> Date {
    let dates = used.filter(|p| !p.hindsight).map(|p| p.known);
    dates.filter(|known| *known <= as_of).max().unwrap_or(as_of)
}

fn hindsight(inputs: &BTreeMap<String, Input>) -> Vec<HindsightMark> {
    inputs
        .values()
        .filter(|input| input.provenance.hindsight)
        .map(|input| HindsightMark {
            key: input.key.clone(),
            known: input.provenance.known,
            source: input.provenance.source.clone(),
        })
        .collect()
}

/// What set each structural key, oldest first.
fn settings(context: &Context) -> BTreeMap<String, Vec<Setting>> {
    let structural = |chain: &Vec<Placed>| chain.iter().all(|p| matches!(p.leaf, Leaf::Key(_)));
    context
        .draft
        .values
        .iter()
        .filter(|(_, chain)| structural(chain))
        .map(|(path, chain)| {
            let set = |placed: &Placed| {
                let text = super::document::to_toml(&placed.node);
                setting(context.texts, &placed.key_span, text, &Slot::Empty)
            };
            (path.clone(), chain.iter().map(set).collect())
        })
        .collect()
}

/// Where each row stands, by guidance and observations.
fn row_settings(context: &Context, rows: &[Vec<RowPart>; 2]) -> [Vec<Setting>; 2] {
    let one = |row: &RowPart| {
        let mut set = setting(context.texts, &row.span, row.shown.clone(), &Slot::Empty);
        set.source.clone_from(&row.provenance.source);
        set
    };
    [0, 1].map(|k| rows[k].iter().map(one).collect())
}

fn setting(texts: &Sources, span: &Span, text: String, source: &Slot<String>) -> Setting {
    let file = texts.get(span.file);
    let source = match source {
        Slot::Given(name, _) => name.clone(),
        _ => String::new(),
    };
    Setting {
        file: file.map(|file| file.name().to_owned()).unwrap_or_default(),
        line: file.map_or(0, |file| file.line_col(span.start).0),
        text,
        source,
    }
}

/// The inputs that hold.
fn inputs(
    context: &Context,
    unseen: &training::Unseen,
    sourcing: &mut Sourcing,
    problems: &mut Problems,
) -> BTreeMap<String, Input> {
    let mut inputs = BTreeMap::new();
    for (path, chain) in &context.draft.values {
        let Some(placed) = chain.last() else { continue };
        let decl = match placed.leaf {
            Leaf::Input(decl) => decl,
            Leaf::Key(decl) if decl.kind == KeyKind::Shares => &SHARES,
            Leaf::Key(_) => continue,
        };
        if let Some(date) = training::unseen_run(unseen, path) {
            for row in chain.iter().flat_map(|placed| &placed.value).flat_map(|value| &value.rows) {
                sourcing.check(path, &row.span, &row.inherited, placed.set, problems);
            }
            if date.is_none() {
                problems.mark_failed(path);
            }
            continue;
        }
        match input(context, path, decl, chain, sourcing, problems) {
            Some(input) => {
                inputs.insert(path.clone(), input);
            }
            // Reported, or to be reported with others: what names the input needs no message.
            None => problems.mark_failed(path),
        }
    }
    inputs
}

fn input(
    context: &Context,
    path: &str,
    decl: &'static InputDecl,
    chain: &[Placed],
    sourcing: &mut Sourcing,
    problems: &mut Problems,
) -> Option<Input> {
    // What was overridden needs a source as well, but may be of any date.
    let (placed, before) = chain.split_last()?;
    for old in before {
        for row in old.value.iter().flat_map(|value| &value.rows) {
            sourcing.resolve(path, &row.span, &row.inherited, old.set, problems);
        }
    }
    let value = placed.value.as_ref()?;
    let mut known: Vec<(&Row, Provenance)> = Vec::new();
    for row in &value.rows {
        let provenance = sourcing.resolve(path, &row.span, &row.inherited, placed.set, problems);
        known.push((row, provenance?));
    }
    let visible = known.iter().filter(|(_, provenance)| sourcing.seen(provenance));
    let Some((row, provenance)) = visible.max_by_key(|(_, provenance)| provenance.known) else {
        if value.dated {
            problems.fail(path, nothing_known(placed, &known, sourcing.as_of));
        } else if let Some((row, provenance)) = known.first() {
            sourcing.late(path, &row.span, provenance);
        }
        return None;
    };
    if let Some(diagnostic) = twice(path, &known, sourcing) {
        problems.fail(path, diagnostic);
        return None;
    }
    let mut history: Vec<Setting> = Vec::new();
    for old in before {
        for row in old.value.iter().flat_map(|value| &value.rows) {
            history.push(setting(
                context.texts,
                &row.span,
                row.text.clone(),
                &row.inherited.source,
            ));
        }
    }
    let mut rows: Vec<&(&Row, Provenance)> = known
        .iter()
        .filter(|(_, other)| sourcing.seen(other) && other.known <= provenance.known)
        .collect();
    rows.sort_by_key(|(other, p)| (p.known, std::ptr::eq(*other, *row)));
    for (row, provenance) in rows {
        let mut set = setting(context.texts, &row.span, row.text.clone(), &row.inherited.source);
        set.source.clone_from(&provenance.source);
        history.push(set);
    }
    Some(Input {
        key: path.to_owned(),
        decl,
        value: row.value.clone()?,
        scale: 1.0,
        text: row.text.clone(),
        provenance: provenance.clone(),
        chain: history,
        span: row.span.clone(),
    })
}

/// The message for two rows that were known on one day: only one of them can hold.
fn twice(path: &str, rows: &[(&Row, Provenance)], sourcing: &Sourcing) -> Option<Diagnostic> {
    let mut twice = Twice::default();
    let seen = rows.iter().filter(|(_, provenance)| sourcing.seen(provenance));
    let mut again = seen.map(|(row, provenance)| {
        twice.note(provenance.known.to_string(), path, provenance.known, &row.span)
    });
    again.find_map(|diagnostic| diagnostic)
}

fn nothing_known(placed: &Placed, rows: &[(&Row, Provenance)], as_of: Option<Date>) -> Diagnostic {
    let as_of = as_of.map(|date| date.to_string()).unwrap_or_default();
    let first = rows.iter().map(|(_, provenance)| provenance.known).min();
    let first = first.map(|date| date.to_string()).unwrap_or_default();
    let message = format!("no row of `{}` was known on {as_of}", placed.path);
    Diagnostic::error(codes::NOTHING_KNOWN, message)
        .at(placed.key_span.clone(), format!("known from {first} on"))
        .help("add a row with what was known or judged then")
}

/// Puts the factors of `scale` on the inputs.
fn scales(draft: &Draft, inputs: &mut BTreeMap<String, Input>, problems: &mut Problems) {
    for (path, placed) in draft.below("scale") {
        let key = path.trim_start_matches("scale.");
        let Some(factor) = draft.number(path).filter(|_| !problems.explains(path)) else {
            continue;
        };
        let keys = dependence::expand(key, inputs);
        if keys.is_empty() && !problems.explains(key) {
            let near = nearest(key, inputs.keys().map(String::as_str));
            let parameter = |input: &&String| {
                key.strip_prefix(input.as_str()).is_some_and(|rest| rest.starts_with('.'))
            };
            let of = inputs.keys().find(parameter);
            problems.push(
                Diagnostic::error(
                    codes::NOTHING_THERE,
                    format!("there is no input `{key}` to scale"),
                )
                .at(placed.key_span.clone(), "no file gives it")
                .help(match (of, near) {
                    (Some(input), _) => format!(
                        "a factor belongs to the whole input `{input}`; its parameters take values"
                    ),
                    (_, Some(near)) => format!("did you mean `{near}`?"),
                    _ => String::new(),
                }),
            );
        }
        for key in keys {
            let Some(input) = inputs.get_mut(&key) else { continue };
            input.scale = factor;
            if let Some(diagnostic) = beyond(input, placed) {
                problems.push(diagnostic);
                break;
            }
        }
    }
}

/// The message for an input that leaves its limits by being scaled.
fn beyond(input: &Input, placed: &Placed) -> Option<Diagnostic> {
    let InputValue::Dist(dist) = &input.value else { return None };
    let (low, high) = input.decl.range;
    let (p1, p99) = ends(dist.as_ref());
    let x =
        [p1 * input.scale, p99 * input.scale].into_iter().find(|x| !(low..=high).contains(x))?;
    let quantity = input.decl.quantity;
    let message = format!("`{}` must be {}", input.key, limits(low, high, quantity));
    Some(
        Diagnostic::error(codes::RANGE, message)
            .at(
                placed.node.span.clone(),
                format!("1 draw in 100 would be {} or more extreme", format_value(x, quantity)),
            )
            .help("use a factor nearer to 1, or an overlay with another distribution"),
    )
}

/// `capex.shares` and what it replaces exclude each other.
fn shares(draft: &Draft, problems: &mut Problems) {
    let Some(shares) = draft.last("capex.shares") else { return };
    let replaced: Vec<&Placed> =
        REPLACED_BY_SHARES.into_iter().filter_map(|key| draft.last(key)).collect();
    if replaced.is_empty() {
        return;
    }
    let message = "`capex.shares` stands in place of other keys that are given too";
    let mut diagnostic =
        Diagnostic::error(codes::CONFLICT, message).at(shares.key_span.clone(), "");
    for placed in &replaced {
        diagnostic = diagnostic.also(placed.key_span.clone(), "");
    }
    // `remove` takes out what files below give, and nothing of its own file.
    let (beside, below): (Vec<&Placed>, Vec<&Placed>) =
        replaced.into_iter().partition(|placed| placed.key_span.file == shares.key_span.file);
    let listed = |keys: &[&Placed], quote: &str, comma: &str| {
        let keys: Vec<String> = keys.iter().map(|p| format!("{quote}{}{quote}", p.path)).collect();
        keys.join(comma)
    };
    if !beside.is_empty() {
        let keys = listed(&beside, "`", " and ");
        diagnostic = diagnostic.help(format!("delete {keys} in this file, or `capex.shares`"));
    }
    if !below.is_empty() {
        let keys = listed(&below, "\"", ", ");
        diagnostic = diagnostic.help(format!("take out what files below give: remove = [{keys}]"));
    }
    problems.push(diagnostic);
}

fn grid(draft: &Draft, problems: &mut Problems) -> Option<TimeGrid> {
    let (from, to) = (draft.quarter("run.from")?, draft.quarter("run.to")?);
    let grid = TimeGrid::new(from, to);
    let what = match grid {
        None => "`run.to` is before `run.from`".to_owned(),
        Some(grid) if grid.steps() > MOST_STEPS => {
            format!("the grid has {} quarters, at most {MOST_STEPS} are possible", grid.steps())
        }
        Some(_) => return grid,
    };
    let (to, from) = (draft.last("run.to")?, draft.last("run.from")?);
    problems.push(
        Diagnostic::error(codes::PERIOD, what)
            .at(to.node.span.clone(), "last quarter")
            .also(from.node.span.clone(), "first quarter")
            .help("for example from = \"2024Q1\", to = \"2030Q4\""),
    );
    None
}
