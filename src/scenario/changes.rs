//! What differs between two scenarios, and scenarios between the two.
//!
//! Both are taken as resolved: every key with the value that holds. A change belongs to a group that
//! can only move as a whole: a key by itself, a thing (a chip, a site, a training run) of which more
//! than the inputs differ, the rows of one metric and period. A scenario between the two has the
//! values of the second for some groups, and those of the first for all else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind};

use super::keys::REPLACED_BY_SHARES;
use super::overlay::FileReader;
use super::resolved::Parts;
use super::rows::RowPart;
use super::types::{Grade, Input, Scenario, Setting};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// An input of the model.
    Input,
    /// A key of the structure.
    Setting,
    /// Rows of what was said.
    Guidance,
    /// Rows of what was.
    Observation,
    /// A question.
    Target,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Full key, or the name of the rows: `guidance capex.total 2025`.
    pub key: String,
    /// What it means; empty for rows.
    pub doc: &'static str,
    /// What it is about.
    pub kind: ChangeKind,
    /// Canonical unit of an input.
    pub unit: &'static str,
    /// What the first scenario has.
    pub first: Option<Stated>,
    /// What the second has.
    pub second: Option<Stated>,
    /// Whether the value differs, and not only where it comes from.
    pub value_differs: bool,
    /// The group that it moves with; none if it moves no result.
    pub group: Option<String>,
}

/// A value as a scenario gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The value as written.
    pub value: String,
    /// Name of its source; may be empty.
    pub source: String,
    /// Its grade.
    pub grade: Option<Grade>,
    /// What set it: file and line.
    pub set_at: (String, usize),
}

/// Tables whose entries are things with names.
const THINGS: [&str; 7] = ["chip", "site", "lease", "training", "event", "policy", "correlation"];

/// Keys that move no result, or that a comparison sets for both.
const WITHOUT_EFFECT: [&str; 7] = [
    "as_of",
    "company",
    "description",
    "run.draws",
    "run.seed",
    "run.sampling",
    "repair_correlation",
];

/// Keys that a comparison sets for both: they are not told as changes.
const SET_FOR_BOTH: [&str; 3] = ["run.draws", "run.seed", "run.sampling"];

/// Two scenarios and what lies between them.
#[derive(Debug)]
pub struct Mixer<'a> {
    first: &'a Scenario,
    second: &'a Scenario,
    /// What differs, in order of the keys.
    pub changes: Vec<Changed>,
}

impl<'a> Mixer<'a> {
    /// Finds what differs.
    pub fn new(first: &'a Scenario, second: &'a Scenario) -> Self {
        let mut changes = keys(first, second);
        changes.extend(rows(first, second));
        Self { first, second, changes }
    }

    /// The groups, in order of their names.
    pub fn groups(&self) -> Vec<String> {
        let moving = self.changes.iter().filter(|change| change.value_differs);
        let groups: BTreeSet<&String> = moving.filter_map(|change| change.group.as_ref()).collect();
        groups.into_iter().cloned().collect()
    }

    /// Keys of a group.
    pub fn keys(&self, group: &str) -> Vec<String> {
        let inside = |change: &&Changed| change.group.as_deref() == Some(group);
        self.changes.iter().filter(inside).map(|change| change.key.clone()).collect()
    }

    /// The scenario with the values of the second for these groups, and those of the first for all
    /// else. Of the targets it has those that are named, as the first has them, and what they rest on.
    /// If there is no such scenario, the first message says why.
    pub fn mix(&self, taken: &BTreeSet<String>, target: &[&str]) -> Result<Scenario, String> {
        let text = self.text(taken, target);
        let loaded = super::load(&Text(text), "between.toml", &[], &[]);
        loaded.result.map_err(|_| {
            let first = loaded.diagnostics.iter().next();
            first.map_or_else(String::new, |diagnostic| diagnostic.message.clone())
        })
    }

    fn text(&self, taken: &BTreeSet<String>, target: &[&str]) -> String {
        let (a, b) = (&*self.first.parts, &*self.second.parts);
        let mut parts = Parts { sources: b.sources.clone(), ..a.clone() };
        parts.sources.extend(a.sources.clone());
        // Nothing of either scenario is later than the later of the two days.
        if let (Some(part), true) = (b.keys.get("as_of"), self.second.as_of > self.first.as_of) {
            parts.keys.insert("as_of".to_owned(), part.clone());
        }
        let wanted = targets(a, target);
        parts.keys.retain(|path, _| {
            path.strip_prefix("target.")
                .is_none_or(|rest| wanted.contains(rest.split('.').next().unwrap_or(rest)))
        });
        for rows in &mut parts.rows {
            rows.retain(|row| row.seen);
        }
        for change in &self.changes {
            if !change.group.as_ref().is_some_and(|group| taken.contains(group)) {
                continue;
            }
            let row = match change.kind {
                ChangeKind::Guidance => Some(0),
                ChangeKind::Observation => Some(1),
                _ => None,
            };
            if let Some(kind) = row {
                let name = change.key.split_once(' ').map_or("", |(_, name)| name);
                parts.rows[kind].retain(|row| row.name != name);
                let other = b.rows[kind].iter().filter(|row| row.seen && row.name == name);
                parts.rows[kind].extend(other.cloned());
            } else if let Some(part) = b.keys.get(&change.key) {
                parts.keys.insert(change.key.clone(), part.clone());
            } else {
                parts.keys.remove(&change.key);
            }
        }
        parts.text()
    }
}

/// A file that is only in memory.
struct Text(String);

impl FileReader for Text {
    fn read(&self, path: &str) -> std::io::Result<String> {
        if path == "between.toml" {
            Ok(self.0.clone())
        } else {
            Err(Error::from(ErrorKind::NotFound))
        }
    }
}

/// The targets and those that they rest on.
fn targets(parts: &Parts, target: &[&str]) -> BTreeSet<String> {
    let names = parts.things.iter().filter_map(|path| path.strip_prefix("target."));
    let names: Vec<&str> = names.filter(|name| !name.contains('.')).collect();
    let mut wanted: BTreeSet<String> = target.iter().map(|&name| name.to_owned()).collect();
    let mut waiting: Vec<String> = wanted.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        for key in ["all", "any", "given"] {
            let Some(part) = parts.keys.get(&format!("target.{name}.{key}")) else { continue };
            for other in &names {
                if part.text.contains(&format!("\"{other}\"")) && wanted.insert((*other).to_owned())
                {
                    waiting.push((*other).to_owned());
                }
            }
        }
    }
    wanted
}

/// Keys that differ.
fn keys(first: &Scenario, second: &Scenario) -> Vec<Changed> {
    let (a, b) = (&first.parts.keys, &second.parts.keys);
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let mut found = Vec::new();
    for path in paths {
        let same = a.get(path).map(|part| &part.text) == b.get(path).map(|part| &part.text);
        if same || SET_FOR_BOTH.contains(&path.as_str()) {
            continue;
        }
        let inputs = [first, second].map(|scenario| scenario.inputs.get(path));
        let stated = [first, second].map(|scenario| stated(scenario, path));
        let [old, new] = stated;
        let input = inputs[0].or(inputs[1]);
        let value_differs =
            old.as_ref().map(|old| &old.value) != new.as_ref().map(|new| &new.value);
        let part = a.get(path).or_else(|| b.get(path));
        let target = path.starts_with("target.");
        found.push(Changed {
            key: path.clone(),
            doc: part.map_or("", |part| part.doc),
            kind: match input {
                Some(_) => ChangeKind::Input,
                None if target => ChangeKind::Target,
                None => ChangeKind::Setting,
            },
            unit: input.map_or("", |input| input.decl.quantity.canonical_unit()),
            first: old,
            second: new,
            value_differs,
            group: None,
        });
    }
    let groups = Groups::new(first, second, &found);
    for change in &mut found {
        change.group = groups.of(&change.key);
    }
    found
}

/// What a scenario says of a key.
fn stated(scenario: &Scenario, path: &str) -> Option<Stated> {
    if let Some(input) = scenario.inputs.get(path) {
        let grade = Some(input.provenance.grade);
        let source = input.provenance.source.clone();
        return Some(told(bare(input), source, grade, input.chain.last()));
    }
    let chain = scenario.settings.get(path)?;
    scenario.parts.keys.get(path)?;
    let last = chain.last()?;
    let value = last.text.trim_matches('"').to_owned();
    Some(told(value, String::new(), None, Some(last)))
}

fn told(value: String, source: String, grade: Option<Grade>, set: Option<&Setting>) -> Stated {
    let set_at = set.map_or((String::new(), 0), |set| (set.file.clone(), set.line));
    Stated { value, source, grade, set_at }
}

/// The value as written, without the quotes of a text.
fn bare(input: &Input) -> String {
    input.text.trim_matches('"').to_owned()
}

/// Finds the group of a key.
struct Groups {
    /// Things that move as a whole: paths.
    whole: Vec<String>,
    /// Whether one has `capex.shares` and the other the keys that it replaces.
    shares: bool,
}

impl Groups {
    fn new(first: &Scenario, second: &Scenario, changes: &[Changed]) -> Self {
        let things: BTreeSet<&String> =
            first.parts.things.iter().chain(&second.parts.things).collect();
        let outer = |thing: &&&String| {
            THINGS.iter().any(|table| {
                let rest = thing.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'));
                rest.is_some_and(|name| {
                    // A stage of sites is a thing of its own; a phase belongs to its site.
                    !name.contains('.') || (*table == "site" && is_stage(name))
                })
            })
        };
        let structural = |thing: &str| {
            changes.iter().any(|change| {
                let inside = below(&change.key, thing) && !is_label(&change.key);
                let alone = change.first.is_none() || change.second.is_none();
                inside && (alone || change.kind == ChangeKind::Setting)
            })
        };
        let whole = things.iter().filter(outer).filter(|thing| structural(thing));
        let shares = changes.iter().any(|change| change.key == "capex.shares");
        Self { whole: whole.map(|thing| (**thing).clone()).collect(), shares }
    }

    fn of(&self, key: &str) -> Option<String> {
        // The label of a thing that comes or goes does so with it.
        if let Some(thing) = self.whole.iter().find(|thing| below(key, thing)) {
            return Some(thing.clone());
        }
        let cosmetic = is_label(key) || key.starts_with("target.");
        if WITHOUT_EFFECT.contains(&key) || cosmetic {
            return None;
        }
        if self.shares && (key == "capex.shares" || REPLACED_BY_SHARES.contains(&key)) {
            return Some("capex.shares".to_owned());
        }
        if key.starts_with("run.") {
            return Some("run".to_owned());
        }
        Some(key.to_owned())
    }
}

/// Whether a key is a name in charts.
fn is_label(key: &str) -> bool {
    key.rsplit('.').next() == Some("label")
}

fn is_stage(name: &str) -> bool {
    name.strip_prefix("stage.").is_some_and(|stage| !stage.contains('.'))
}

/// Whether a key lies within a thing.
fn below(key: &str, thing: &str) -> bool {
    key.strip_prefix(thing).is_some_and(|rest| rest.starts_with('.'))
}

/// Rows that differ, by metric and period.
fn rows(first: &Scenario, second: &Scenario) -> Vec<Changed> {
    let kinds = [("guidance", ChangeKind::Guidance), ("observation", ChangeKind::Observation)];
    let mut found = Vec::new();
    for (at, (word, kind)) in kinds.into_iter().enumerate() {
        let [a, b] = [first, second].map(|scenario| by_name(scenario, at));
        let names: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
        for name in names {
            let texts = |rows: Option<&Vec<(&RowPart, &Setting)>>| {
                let rows = rows.into_iter().flatten();
                rows.map(|(row, _)| row.text.clone()).collect::<Vec<_>>()
            };
            let (old, new) = (a.get(name), b.get(name));
            if texts(old) == texts(new) {
                continue;
            }
            let stated = |rows: Option<&Vec<(&RowPart, &Setting)>>, other: Vec<String>| {
                let own = rows?.iter().filter(|(row, _)| !other.contains(&row.text));
                let own: Vec<_> = own.collect();
                let (last, set) = own.last()?;
                let values: Vec<&str> = own.iter().map(|(row, _)| row.shown.as_str()).collect();
                let provenance = &last.provenance;
                let grade = Some(provenance.grade);
                Some(told(values.join("; "), provenance.source.clone(), grade, Some(set)))
            };
            let (first, second) = (stated(old, texts(new)), stated(new, texts(old)));
            found.push(Changed {
                key: format!("{word} {name}"),
                doc: "",
                kind,
                unit: "",
                value_differs: first.as_ref().map(|f| &f.value)
                    != second.as_ref().map(|s| &s.value),
                first,
                second,
                group: Some(format!("{word} {name}")),
            });
        }
    }
    found
}

/// The rows that a run may see, by metric and period.
fn by_name(scenario: &Scenario, kind: usize) -> BTreeMap<&str, Vec<(&RowPart, &Setting)>> {
    let mut found: BTreeMap<&str, Vec<(&RowPart, &Setting)>> = BTreeMap::new();
    for (row, set) in scenario.parts.rows[kind].iter().zip(&scenario.rows[kind]) {
        if row.seen {
            found.entry(&row.name).or_default().push((row, set));
        }
    }
    found
}
