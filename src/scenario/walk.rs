//! Layers become a draft: every key found in the table of keys, with its place and provenance.

use std::collections::{BTreeMap, BTreeSet};

use super::astray;
use super::codes;
use super::document::{Data, Entry, Node, Table};
use super::keys::{KeyKind, Leaf, PROVENANCE, Shelf, all_paths, is_provenance};
use super::overlay::{Layer, Layers};
use super::problems::{Problems, alike, may_begin};
use super::provenance::Inherited;
use super::structure;
use super::value::{self, ReadValue};
use crate::diag::{Diagnostic, FileId, Span, nearest};
use crate::model::declare::InputDecl;

/// One key as one layer gives it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Dotted path, with the user's names.
    pub(super) path: String,
    pub(super) leaf: Leaf,
    pub(super) node: Node,
    pub(super) key_span: Span,
    /// Whether it came from `--set`.
    pub(super) set: bool,
    /// Provenance that holds where it stands.
    pub(super) inherited: Inherited,
    /// For inputs: the value, if it could be read.
    pub(super) value: Option<ReadValue>,
}

/// All keys of all layers by path.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What each layer gives, in merge order; the last one holds.
    pub(super) values: BTreeMap<String, Vec<Placed>>,
    /// Where each named thing is named, such as `chip.h100`, in merge order.
    pub(super) things: BTreeMap<String, Vec<Span>>,
    /// The same things, with those that a later layer removes.
    pub(super) ever: BTreeSet<String>,
    /// Keys that a layer takes out, and where it says so.
    pub(super) removed: BTreeMap<String, Span>,
    /// Files of which all may be changed or removed by what cannot be read.
    doubtful: Vec<FileId>,
}

impl Draft {
    /// What holds for a path.
    pub(super) fn last(&self, path: &str) -> Option<&Placed> {
        self.values.get(path).and_then(|chain| chain.last())
    }

    /// Whether a message points at what may be changed or removed by what cannot be read.
    pub(super) fn doubts(&self, diagnostic: &Diagnostic) -> bool {
        let labels = diagnostic.primary.iter().chain(&diagnostic.secondary);
        let mut files = labels.map(|label| label.span.file);
        files.any(|file| self.doubtful.contains(&file)) && !structure::is_no_metric(diagnostic)
    }

    /// Values that may be others: some line that cannot be read may set them. That was reported.
    fn doubt(&mut self, hit: &dyn Fn(&str) -> bool) {
        for (path, chain) in self.values.iter_mut().filter(|(path, _)| hit(path)) {
            // A question holds its own mistakes, whatever else is asked.
            let Some(placed) = chain.last().filter(|_| !path.starts_with("target.")) else {
                continue;
            };
            let mut unknown = Placed { value: None, ..placed.clone() };
            unknown.node.data = Data::Lost { key: true };
            chain.push(unknown);
        }
    }

    /// All keys below `prefix.`.
    pub(super) fn below<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Placed)> {
        self.values
            .range(format!("{prefix}.")..format!("{prefix}/"))
            .filter_map(|(path, chain)| Some((path.as_str(), chain.last()?)))
    }

    /// Names of the things directly below a path: the chips of `chip`.
    pub(super) fn names<'a>(&'a self, table: &'a str) -> Vec<(&'a str, &'a Span)> {
        let prefix = format!("{table}.");
        self.things
            .iter()
            .filter_map(|(path, spans)| {
                let name = path.strip_prefix(&prefix).filter(|name| !name.contains('.'))?;
                Some((name, spans.last()?))
            })
            .collect()
    }
}

/// Walks every layer in merge order, and checks whatever can be checked within one.
pub(super) fn walk(layers: &Layers, shelf: &Shelf, problems: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    let mut lost_all = false;
    for (at, layer) in layers.list.iter().enumerate() {
        let mut walker = Walker::new(shelf, problems, layer);
        walker.document();
        let Walker { found, things, lost, .. } = walker;
        lost_all |= layer.document.lost;
        if layer.document.lost || lost.iter().any(|loss| loss.hits("remove")) {
            draft.doubt(&|_| true);
            draft.doubtful.extend(layers.list[..at].iter().map(|layer| layer.file));
        } else if !lost.is_empty() {
            draft.doubt(&|path| lost.iter().any(|loss| loss.hits(path)));
        }
        for placed in &found {
            if placed.leaf.path() == "remove" {
                remove(&mut draft, placed, lost_all, problems);
            }
        }
        for placed in found {
            replace(&mut draft, &placed);
            draft.values.entry(placed.path.clone()).or_default().push(placed);
        }
        for (path, span) in things {
            draft.ever.insert(path.clone());
            draft.things.entry(path).or_default().push(span);
        }
    }
    problems.lost_all = lost_all;
    draft
}

/// A value takes the place of the table of keys that a layer below gives, and the other way round.
fn replace(draft: &mut Draft, placed: &Placed) {
    let table = "training.*.compute";
    let pattern = placed.leaf.path();
    if pattern == table {
        let below = format!("{}.", placed.path);
        draft.values.retain(|path, _| !path.starts_with(&below));
    } else if pattern.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
        && let Some((value, _)) = placed.path.rsplit_once('.')
    {
        draft.values.remove(value);
    }
}

/// Takes keys out of the layers below.
fn remove(draft: &mut Draft, placed: &Placed, lost_all: bool, problems: &mut Problems) {
    let Data::List(items) = &placed.node.data else { return };
    for item in items {
        let Some(key) = item.text() else { continue };
        let hit = |path: &str| {
            path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
        };
        let paths = || draft.values.keys().chain(draft.things.keys());
        if paths().any(|path| hit(path)) {
            let taken = draft.values.keys().filter(|path| hit(path));
            draft.removed.extend(taken.map(|path| (path.clone(), item.span.clone())));
            draft.values.retain(|path, _| !hit(path));
            draft.things.retain(|path, _| !hit(path));
            problems.sources.retain(|(path, ..)| !hit(path));
            continue;
        }
        if lost_all || problems.explains(key) {
            continue;
        }
        let near = nearest(key, paths().map(String::as_str));
        problems.push(
            Diagnostic::error(codes::NOTHING_THERE, format!("there is no `{key}` to remove"))
                .at(item.span.clone(), "no file below gives it")
                .help(near.map_or_else(String::new, |near| format!("did you mean `{near}`?"))),
        );
    }
}

struct Walker<'a> {
    shelf: &'a Shelf,
    problems: &'a mut Problems,
    layer: &'a Layer,
    found: Vec<Placed>,
    things: Vec<(String, Span)>,
    lost: Vec<Loss>,
}

/// What cannot be read in a layer.
enum Loss {
    /// The value or the table at a path.
    At(String),
    /// A line in a table, of which only the first letters may be those of a key.
    Line { table: String, start: String },
}

impl Loss {
    /// Whether it may set what stands at a path.
    fn hits(&self, path: &str) -> bool {
        match self {
            Self::At(lost) => path == lost || below(path, lost).is_some(),
            Self::Line { table, start } => below(path, table).is_some_and(|rest| {
                may_begin(start, rest.split_once('.').map_or(rest, |(key, _)| key))
            }),
        }
    }
}

/// What follows the path of a table in that of something in it.
fn below<'a>(path: &'a str, table: &str) -> Option<&'a str> {
    if table.is_empty() { Some(path) } else { path.strip_prefix(table)?.strip_prefix('.') }
}

impl<'a> Walker<'a> {
    fn new(shelf: &'a Shelf, problems: &'a mut Problems, layer: &'a Layer) -> Self {
        Self { shelf, problems, layer, found: Vec::new(), things: Vec::new(), lost: Vec::new() }
    }

    fn document(&mut self) {
        let root = &self.layer.document.root;
        let own = |key: &str| {
            key != "source" && self.shelf.fixed.contains_key(key)
                || key == "source" && root.get(key).is_some_and(|e| e.node.table().is_some())
        };
        let mut inherited = Inherited::default().enter(root, &own, "", self.problems);
        if self.layer.document.lost {
            // So may the header of a table around others.
            inherited.poison();
        }
        for path in &self.layer.document.crowded {
            self.problems.mark_failed(path);
            self.lost.push(Loss::At(path.clone()));
        }
        self.entries(self.shelf, root, "", &inherited);
    }

    fn entries(&mut self, shelf: &Shelf, table: &Table, path: &str, inherited: &Inherited) {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let nameless = astray::without_name(shelf, table);
        if !nameless.is_empty() {
            astray::report_nameless(path, &nameless, self.problems);
        }
        for entry in &table.entries {
            if let Data::Lost { key: false } = entry.node.data {
                self.problems.lose(path, &entry.key);
                self.lost.push(Loss::Line { table: path.to_owned(), start: entry.key.clone() });
                continue;
            }
            let fixed = shelf.fixed.contains_key(entry.key.as_str());
            let group = path.is_empty() && entry.node.table().is_some();
            let provenance =
                is_provenance(&entry.key) && (!fixed || entry.key == "source" && !group);
            if provenance || nameless.iter().any(|other| std::ptr::eq(*other, entry)) {
                continue;
            }
            match misspelled(shelf, entry) {
                Spelling::Wrong(meant) => unknown.push((entry, meant)),
                Spelling::Right => known.push(entry),
            }
        }
        if let Some(lost) = astray::lost_header(self.shelf, &self.layer.document.root, &unknown) {
            lost.report(self.problems);
            unknown.retain(|(entry, _)| !lost.holds(entry));
        }
        for (entry, meant) in unknown {
            self.unknown(shelf, entry, path, meant);
        }
        for entry in known {
            self.entry(shelf, entry, path, inherited);
        }
    }

    fn entry(&mut self, shelf: &Shelf, entry: &Entry, table: &str, inherited: &Inherited) {
        let path = join(table, &entry.key);
        let Some(child) = shelf.child(&entry.key) else { return };
        if let Some(leaf) = child.leaf.filter(|_| !child.is_table(&entry.node)) {
            self.leaf(leaf, entry, path, inherited);
            return;
        }
        if !shelf.fixed.contains_key(entry.key.as_str()) && !self.name(entry, &path) {
            return;
        }
        if entry.node.is_lost() {
            self.lost_table(shelf, entry, path);
            return;
        }
        let Data::Table(inner) = &entry.node.data else {
            self.not_a_table(child, entry, &path);
            return;
        };
        if !shelf.fixed.contains_key(entry.key.as_str()) {
            self.things.push((path.clone(), entry.key_span.clone()));
        }
        let own = |key: &str| child.fixed.contains_key(key);
        let mut inherited = inherited.enter(inner, &own, &path, self.problems);
        let part_of_thing = table.contains('.') && shelf.fixed.contains_key(entry.key.as_str());
        if part_of_thing && inner.entries.is_empty() {
            self.empty(child, entry, &path);
            return;
        }
        if self.problems.explains(&path) {
            // A misspelled header beside this table may have held its provenance.
            inherited.poison();
        }
        self.entries(child, inner, &path, &inherited);
    }

    /// A table in braces that cannot be read.
    fn lost_table(&mut self, shelf: &Shelf, entry: &Entry, path: String) {
        self.problems.mark_failed(&path);
        if !shelf.fixed.contains_key(entry.key.as_str()) {
            self.things.push((path.clone(), entry.key_span.clone()));
        }
        self.lost.push(Loss::At(path));
    }

    fn leaf(&mut self, leaf: Leaf, entry: &Entry, path: String, inherited: &Inherited) {
        let mut placed = Placed {
            path,
            leaf,
            node: entry.node.clone(),
            key_span: entry.key_span.clone(),
            set: self.layer.set,
            inherited: inherited.clone(),
            value: None,
        };
        if placed.node.has_lost() {
            self.partly(&mut placed, leaf);
            self.found.push(placed);
            return;
        }
        match leaf {
            // One text after `--set` that stands for several keys is told once.
            Leaf::Input(_) if self.layer.set && self.problems.told_at(&placed.node.span) => {
                self.problems.mark_failed(&placed.path);
            }
            Leaf::Input(decl) => placed.value = self.value(&placed, decl),
            Leaf::Key(decl) if decl.kind == KeyKind::Shares => {
                placed.value = value::read(&placed, &super::keys::SHARES, self.problems);
            }
            Leaf::Key(decl) => structure::check(&placed, decl, self.problems),
        }
        self.found.push(placed);
    }

    /// The value of an input. Messages about it name what was typed, where that stands for several keys.
    fn value(&mut self, placed: &Placed, decl: &'static InputDecl) -> Option<ReadValue> {
        let Some(typed) = &self.layer.typed else {
            return value::read(placed, decl, self.problems);
        };
        let shown = Placed { path: typed.clone(), ..placed.clone() };
        let read = value::read(&shown, decl, self.problems);
        if self.problems.explains(typed) {
            self.problems.mark_failed(&placed.path);
        }
        read
    }

    /// A value of which some or all cannot be read.
    fn partly(&mut self, placed: &mut Placed, leaf: Leaf) {
        self.problems.mark_failed(&placed.path);
        self.lost.push(Loss::At(placed.path.clone()));
        match (leaf, &mut placed.node.data) {
            (Leaf::Key(decl), Data::List(_))
                if matches!(decl.kind, KeyKind::Guidance | KeyKind::Observation) =>
            {
                structure::check(placed, decl, self.problems);
            }
            (Leaf::Input(_), Data::Table(table)) => {
                placed.inherited.enter(table, &|_| false, &placed.path, self.problems);
            }
            (Leaf::Input(decl), Data::List(items)) => {
                items.retain(|item| !item.has_lost());
                if !items.is_empty() {
                    value::read(placed, decl, self.problems);
                }
            }
            _ => {}
        }
    }

    /// Whether a name of the user's has only letters that names may have.
    fn name(&mut self, entry: &Entry, path: &str) -> bool {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let legal = !entry.key.is_empty() && entry.key.chars().all(letter);
        if !legal {
            let message = format!("`{}` cannot be a name", entry.key);
            self.problems.fail(
                path,
                Diagnostic::error(codes::NAME, message)
                    .at(entry.key_span.clone(), "")
                    .help("names have letters, digits, `-` and `_`"),
            );
        }
        legal
    }

    /// A part of a named thing, such as its `descope`, that says nothing.
    fn empty(&mut self, child: &Shelf, entry: &Entry, path: &str) {
        let keys = keys_of(child);
        let help = if keys.is_empty() {
            format!("name what is in it: [{path}.NAME], or remove it")
        } else {
            format!("its keys are {keys}; or remove it")
        };
        let diagnostic = Diagnostic::error(codes::NO_VALUE, format!("`{path}` is empty"));
        self.problems
            .fail(path, diagnostic.at(entry.key_span.clone(), "a table without keys").help(help));
    }

    fn not_a_table(&mut self, child: &Shelf, entry: &Entry, path: &str) {
        let noun = entry.node.noun();
        let keys = keys_of(child);
        self.problems.fail(
            path,
            Diagnostic::error(codes::WRONG_TYPE, format!("`{path}` is a table, this is {noun}"))
                .at(entry.node.span.clone(), noun)
                .help(if is_list_of_tables(&entry.node) {
                    format!("write [{path}], with one bracket on each side")
                } else if keys.is_empty() {
                    format!("write a table of named tables: [{path}.NAME]")
                } else {
                    format!("its keys are {keys}")
                }),
        );
    }

    fn unknown(&mut self, shelf: &Shelf, entry: &Entry, table: &str, meant: Option<&str>) {
        let key = &entry.key;
        let place =
            if table.is_empty() { "at the top level".to_owned() } else { format!("in `{table}`") };
        let path = join(table, key);
        let elsewhere = elsewhere(&path, key);
        let help = if key.contains('.') && self.shelf.at(&path).is_some() {
            format!("write it without quotes: {key}")
        } else if let Some(meant) = meant {
            format!("did you mean `{meant}`?")
        } else if !elsewhere.is_empty() {
            // What was meant to be given there is not missing as well.
            for path in &elsewhere {
                self.problems.mark_failed(path);
            }
            let named: Vec<String> =
                elsewhere.iter().map(|path| astray::placeholders(path)).collect();
            format!("did you mean `{}`?", named.join("` or `"))
        } else {
            let names = match &shelf.any {
                Some(_) => format!("; a name of your own is a table, [{path}]"),
                None => String::new(),
            };
            format!("the keys {place} are {}{names}", keys_of(shelf))
        };
        let message = format!("no key `{key}` {place}");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, message)
            .at(entry.key_span.clone(), "unknown key")
            .help(help);
        self.problems.unknown(table, key, diagnostic);
    }
}

fn join(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// The keys of a table, for messages.
fn keys_of(shelf: &Shelf) -> String {
    let keys: Vec<String> = shelf.fixed.keys().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

/// Most keys of other tables that one message names.
const NAMED: usize = 3;

/// Keys of other tables of which one was probably meant; none if it could be any of many.
fn elsewhere(path: &str, key: &str) -> Vec<&'static str> {
    let same = |full: &&str| full.rsplit('.').next() == Some(key);
    let mut found: Vec<&str> = all_paths().into_iter().filter(same).collect();
    if found.is_empty() {
        found.extend(nearest(path, all_paths()));
    }
    if found.len() > NAMED { Vec::new() } else { found }
}

/// Whether it is what headers in two brackets give.
fn is_list_of_tables(node: &Node) -> bool {
    matches!(&node.data, Data::List(items) if items.iter().any(|item| item.table().is_some()))
}

/// Whether a table has a key.
enum Spelling<'a> {
    Right,
    /// It does not; the key that was probably meant.
    Wrong(Option<&'a str>),
}

fn misspelled<'a>(shelf: &'a Shelf, entry: &Entry) -> Spelling<'a> {
    let key = entry.key.as_str();
    if shelf.fixed.contains_key(key) {
        return Spelling::Right;
    }
    let near = |words: &[&'a str]| {
        nearest(key, words.iter().copied())
            .or_else(|| words.iter().copied().find(|word| alike(key, word)))
    };
    let fixed: Vec<&str> = shelf.fixed.keys().copied().collect();
    let all: Vec<&str> =
        fixed.iter().copied().chain(PROVENANCE.iter().map(|decl| decl.name)).collect();
    let Some(any) = &shelf.any else { return Spelling::Wrong(near(&all)) };
    if any.leaf.is_some() {
        return Spelling::Right;
    }
    let Some(table) = entry.node.table() else {
        // A named thing is a table: anything else was meant for a key of the table around.
        let meant = near(&all);
        if meant.is_none() && is_list_of_tables(&entry.node) {
            return Spelling::Right;
        }
        let wrong = meant.is_some() || !fixed.is_empty();
        return if wrong { Spelling::Wrong(meant) } else { Spelling::Right };
    };
    if ["dist", "value"].iter().any(|k| table.get(k).is_some() && !any.fixed.contains_key(k)) {
        return Spelling::Wrong(near(&fixed));
    }
    match near_group(shelf, any, table, &near) {
        Some(meant) => Spelling::Wrong(Some(meant)),
        None => Spelling::Right,
    }
}

/// A table beside the user's names that was probably meant: what stands in this one fits there.
fn near_group<'a>(
    shelf: &'a Shelf,
    any: &Shelf,
    table: &Table,
    near: &dyn Fn(&[&'a str]) -> Option<&'a str>,
) -> Option<&'a str> {
    let groups = shelf.fixed.iter().filter(|(_, s)| s.leaf.is_none());
    let meant = near(&groups.map(|(name, _)| *name).collect::<Vec<_>>())?;
    let known = |shelf: &Shelf| {
        let keys = table.entries.iter().filter(|e| !is_provenance(&e.key));
        keys.filter(|e| shelf.child(&e.key).is_some()).count()
    };
    let (there, here) = (known(shelf.fixed.get(meant)?), known(any));
    let bare = table.entries.iter().all(|e| is_provenance(&e.key)) && !table.entries.is_empty();
    (there > here || bare).then_some(meant)
}
