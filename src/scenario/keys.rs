//! Every key of the scenario format: the structural ones here, the inputs from the model's
//! declarations. The reader of files, the JSON Schema and the reference use this one table.

use std::collections::BTreeMap;

use super::document::{Entry, Node, Table};
use crate::model::declare::{InputDecl, Need, Use};
use crate::units::Quantity;

/// What a structural key takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of a thing: `chip` or `site.stage`.
    Name(&'static str),
    /// A date.
    Date,
    /// A quarter as a text, `2024Q1`.
    Quarter,
    /// A whole number between two limits.
    Whole(u64, u64),
    /// A number between two limits.
    Number(f64, f64),
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of rows of numbers.
    Matrix,
    /// Weights on factors.
    Loading,
    /// Shares that sum to one.
    Shares,
    /// Dated rows: what was said.
    Guidance,
    /// Dated rows: what was.
    Observation,
    /// A date, or a planned date with a slip.
    Release,
    /// The name of a metric.
    Metric,
    /// A value of the metric that is named beside it.
    Figure,
    /// A date or several.
    Deadlines,
    /// A date, a quarter or a year.
    Period,
    /// A year.
    Year,
    /// Names of targets, or targets written in place.
    Targets,
}

/// One structural key. `*` stands for a name of the user's.
#[derive(Clone, Copy, Debug)]
pub struct KeyDecl {
    /// Dotted path.
    pub path: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// What holds when it is left out; empty if nothing does.
    pub default: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// A right value, as TOML.
    pub example: &'static str,
}

const fn key(
    path: &'static str,
    kind: KeyKind,
    default: &'static str,
    doc: &'static str,
    example: &'static str,
) -> KeyDecl {
    KeyDecl { path, kind, default, doc, example }
}

/// Kinds of files, as written in the first key before the edition.
pub const FILE_KINDS: &[&str] = &["scenario", "catalog", "overlay"];

/// The edition of the format that this version reads.
pub const EDITION: u32 = 1;

const FILE_WORDS: &[&str] = &["scenario/1", "catalog/1", "overlay/1"];
const BASES: &[&str] = &["dense8", "bf16", "sustained"];
/// Words for [`super::Line`], in its order.
pub(super) const LINES: &[&str] = &["main", "other", "custom", "stock"];
/// Words for [`super::Cooling`], in its order.
pub(super) const COOLINGS: &[&str] = &["air", "evaporative", "liquid"];
/// Words for [`super::Ownership`], in its order.
pub(super) const OWNERSHIPS: &[&str] = &["owned", "leased"];
/// Words for [`super::PowerSource`], in its order.
pub(super) const POWER_SOURCES: &[&str] = &["grid", "gas"];

/// Words for the numerics of a training run.
pub(super) const NUMERICS: &[&str] = &["bf16", "fp8"];
/// Words for its architecture.
pub(super) const ARCHITECTURES: &[&str] = &["dense", "moe"];
/// Words for [`super::EventKind`], in its order.
pub(super) const EVENT_KINDS: &[&str] = &["acquisition", "stake", "pay"];

/// Words for whose chips a contract is about: the user's or the provider's.
pub(super) const CHIPS_OF: &[&str] = &["user", "provider"];

/// Every structural key.
#[rustfmt::skip]
pub const KEYS: &[KeyDecl] = &[
    key("fleetcast", KeyKind::Word(FILE_WORDS), "", "kind of file and edition of the format; the first key", r#""scenario/1""#),
    key("name", KeyKind::Text, "the file's name", "name of the scenario in run folders", r#""meta-2024-07""#),
    key("title", KeyKind::Text, "the file's name", "one line for headings", r#""Meta as known on 31 July 2024""#),
    key("description", KeyKind::Text, "empty", "a few sentences", r#""Fleet, power and money to 2030""#),
    key("extends", KeyKind::Texts, "none", "files that this one builds on, relative to it, in order", r#"["catalog/sources.toml"]"#),
    key("company", KeyKind::Text, "", "whose fleet it is", r#""meta""#),
    key("company.*.label", KeyKind::Text, "the name", "name of a company in tables", r#""Oracle""#),
    key("run.company", KeyKind::Text, "`company`", "whose fleet it is, in a file that has tables of companies", r#""openai""#),
    key("as_of", KeyKind::Date, "", "the day that the scenario looks from: what became known later is not used", "2024-07-31"),
    key("h100e", KeyKind::Word(BASES), "dense8", "what H100-equivalents are measured by", r#""dense8""#),
    key("unsourced", KeyKind::Word(&["error", "warn"]), "error", "whether a value without a source is refused", r#""error""#),
    key("repair_correlation", KeyKind::Flag, "false", "whether a correlation matrix that is not positive definite is replaced by the nearest one", "true"),
    key("remove", KeyKind::Texts, "none", "keys and tables of the files below that are taken out", r#"["finance.spendable_share"]"#),
    key("scale.*", KeyKind::Number(1e-6, 1e6), "1", "factor on every draw of an input", "2.0"),
    key("run.from", KeyKind::Quarter, "", "first quarter", r#""2024Q1""#),
    key("run.to", KeyKind::Quarter, "", "last quarter", r#""2030Q4""#),
    key("run.draws", KeyKind::Whole(1, 10_000_000_000), "100_000", "number of draws", "100_000"),
    key("run.seed", KeyKind::Whole(0, i64::MAX as u64), "1", "seed of all random numbers", "20240731"),
    key("run.sampling", KeyKind::Word(&["independent", "lhs", "sobol"]), "independent", "how draws are spread: each on its own, in Latin hypercubes, or as scrambled Sobol points", r#""sobol""#),
    key("run.condition", KeyKind::Flag, "false", "whether `run` weighs its draws by the observations up to `as_of`", "true"),
    key("condition.error", KeyKind::Number(1e-4, 10.0), "none", "relative standard error of observations that give neither an error nor an interval, in conditioned runs", "0.1"),
    key("score.trend.*", KeyKind::Number(0.01, 100.0), "none", "yearly factor by which the baseline of a constant trend lets a metric grow, in scores", "2.656"),
    key("source.*.date", KeyKind::Date, "", "when it was published", "2024-07-31"),
    key("source.*.title", KeyKind::Text, "", "what it is", r#""Second-quarter results""#),
    key("source.*.url", KeyKind::Text, "empty", "its address", r#""https://example.org/q2""#),
    key("source.*.document", KeyKind::Text, "empty", "file name of a copy", r#""q2.txt""#),
    key("source.*.license", KeyKind::Text, "empty", "license of its data", r#""CC BY 4.0""#),
    key("source.*.note", KeyKind::Text, "empty", "a remark", r#""without leases""#),
    key("guidance", KeyKind::Guidance, "none", "what the company said would be, as dated rows", r#"[{ metric = "capex.total", at = 2024, low = "37 B USD", high = "40 B USD", source = "q2", grade = "A" }]"#),
    key("observation", KeyKind::Observation, "none", "what was, as dated rows", r#"[{ metric = "capex.total", at = "2024Q2", value = "8.47 B USD", source = "q2", grade = "A" }]"#),
    key("chip.*.label", KeyKind::Text, "the name", "name in charts", r#""H100""#),
    key("chip.*.line", KeyKind::Word(LINES), "", "whose list it is on: the main vendor's, another's, the company's own, or none", r#""main""#),
    key("chip.*.release", KeyKind::Release, "none", "when it came out; for one to come, `planned` and `slip`", "2022-09-20"),
    key("chip.*.first_volume", KeyKind::Date, "on sale from the start", "announced date of the first volume", "2024-10-01"),
    key("chip.*.follows", KeyKind::Name("chip"), "none", "the generation before it, for one beyond the roadmap that is derived by trend", r#""rubin""#),
    key("chip.*.power_with", KeyKind::Name("chip"), "none", "the chip with whose power a constant power scales", r#""h100""#),
    key("chip.*.use.ranking", KeyKind::Number(0.0, 1.0), "1", "how much of its work counts for ranking", "1.0"),
    key("chip.*.use.inference", KeyKind::Number(0.0, 1.0), "1", "how much of its work counts for inference", "0.6"),
    key("chip.*.use.training", KeyKind::Number(0.0, 1.0), "1", "how much of its work counts for training", "0.0"),
    key("site.*.label", KeyKind::Text, "the name", "name in charts", r#""Louisiana""#),
    key("site.*.owner", KeyKind::Name("company"), "the company of the run", "whose site it is; another's counts by contract only", r#""oracle""#),
    key("site.*.group", KeyKind::Text, "none", "sites with the same word here are connected by one network", r#""memphis""#),
    key("site.*.scattered", KeyKind::Flag, "false", "whether it stands for several places, which hold no one cluster", "true"),
    key("contract.*.label", KeyKind::Text, "the name", "name in tables", r#""Azure""#),
    key("contract.*.provider", KeyKind::Name("company"), "", "company whose power or chips they are", r#""oracle""#),
    key("contract.*.user", KeyKind::Name("company"), "", "company that uses them", r#""openai""#),
    key("contract.*.site", KeyKind::Name("site"), "none", "site whose power it is about, or a `share` of it", r#""abilene""#),
    key("contract.*.chip", KeyKind::Name("chip"), "none", "kind of chip that `capacity` counts", r#""b200""#),
    key("contract.*.chips", KeyKind::Word(CHIPS_OF), "user", "whose chips are in it: the user's, so that only power changes hands, or the provider's", r#""provider""#),
    key("contract.*.start", KeyKind::Date, "", "first day of the contract", "2026-07-01"),
    key("site.*.phase.*.announced", KeyKind::Date, "none", "when the phase was announced", "2024-12-04"),
    key("site.*.phase.*.planned", KeyKind::Date, "", "when the phase is to be ready", "2026-06-01"),
    key("site.*.phase.*.stage", KeyKind::Name("site.stage"), "", "how far it is", r#""construction""#),
    key("site.*.phase.*.cooling", KeyKind::Word(COOLINGS), "air", "how it is cooled", r#""liquid""#),
    key("site.*.phase.*.ownership", KeyKind::Word(OWNERSHIPS), "owned", "whose building it is", r#""leased""#),
    key("site.*.phase.*.source_of_power", KeyKind::Word(POWER_SOURCES), "grid", "where its electricity comes from", r#""gas""#),
    key("lease.*.start", KeyKind::Date, "", "first day of the contract", "2025-01-01"),
    key("energy.by_use", KeyKind::Flag, "false", "whether the use of the fleet sets the draw of power, in place of `energy.utilization`", "true"),
    key("event.*.date", KeyKind::Date, "", "the day on which it happens, or from which its wait counts", "2025-06-12"),
    key("event.*.kind", KeyKind::Word(EVENT_KINDS), "acquisition", "what it is: pay packages vest, the others are paid", r#""stake""#),
    key("policy.*.date", KeyKind::Date, "", "the day from which the accounting policy holds", "2025-01-01"),
    key("capex.shares", KeyKind::Shares, "none", "the shares of capex drawn together, in place of `chip_share`, `other_share` and `building_share`", r#"{ dist = "dirichlet", mean = { chips = 0.30, other = 0.06, building = 0.30, rest = 0.34 }, concentration = 50 }"#),
    key("factor.loading.*", KeyKind::Loading, "none", "weights of an input's series on the common factors", "{ ai = 0.4, chip = 0.5, lag = { ai = 4 } }"),
    key("correlation.*.between", KeyKind::Texts, "", "inputs that are drawn once, together", r#"["chip.h100.price", "chip.b200.price"]"#),
    key("correlation.*.rank", KeyKind::Number(-1.0, 1.0), "", "rank correlation of every pair", "0.5"),
    key("correlation.*.matrix", KeyKind::Matrix, "", "rank correlations in the order of `between`", "[[1.0, 0.5], [0.5, 1.0]]"),
    key("training.*.label", KeyKind::Text, "the name", "name in charts", r#""Llama 4""#),
    key("training.*.family", KeyKind::Text, "none", "family of models, whose compute is summed", r#""llama-4""#),
    key("training.*.released", KeyKind::Date, "none", "when the model of a past run was released; such a run is data", "2024-07-23"),
    key("training.*.announced", KeyKind::Date, "none", "when a run was announced that was not released; such a run is data", "2025-04-05"),
    key("training.*.earliest", KeyKind::Date, "none", "earliest start of a planned run", "2024-09-01"),
    key("training.*.after", KeyKind::Name("training"), "none", "planned run that must have ended before", r#""llama-4""#),
    key("training.*.compute.of", KeyKind::Name("training"), "none", "run that `times` counts in", r#""llama-3-1-405b""#),
    key("training.*.numerics", KeyKind::Word(NUMERICS), "bf16", "number format of training", r#""fp8""#),
    key("training.*.architecture", KeyKind::Word(ARCHITECTURES), "dense", "dense, or a mixture of experts", r#""moe""#),
    key("training.*.site", KeyKind::Name("site"), "none", "site it runs on: its power bounds the cluster (site form)", r#""colossus-2""#),
    key("target.*.title", KeyKind::Text, "what is asked", "the question in a few words, without its date", r#""Fleet of 600,000 H100e""#),
    key("target.*.metric", KeyKind::Metric, "none", "metric that is asked about; needs a limit, and one of `by`, `at`, `during` and `throughout`", r#""fleet.h100e""#),
    key("target.*.at_least", KeyKind::Figure, "none", "lower limit, in the unit of the metric", r#""600 k H100e""#),
    key("target.*.at_most", KeyKind::Figure, "none", "upper limit, in the unit of the metric", r#""40 B USD""#),
    key("target.*.event", KeyKind::Text, "none", "event that is asked about: `training.NAME.start`, `.finish` or `.release`; needs `by`", r#""training.llama-4.release""#),
    key("target.*.all", KeyKind::Targets, "none", "targets that must all be met", r#"["fleet-600k", { metric = "finance.free_cash_flow", at_least = "0 B USD", during = 2025 }]"#),
    key("target.*.any", KeyKind::Targets, "none", "targets of which one must be met", r#"["fleet-600k", "cluster-100k"]"#),
    key("target.*.by", KeyKind::Deadlines, "of `all` and `any`: the dates of their targets", "last day, or list of last days, on which it may be met for the first time", "[2024-12-31, 2025-12-31]"),
    key("target.*.at", KeyKind::Period, "none", "the value then, and at no other time: of a date, a quarter or a year", r#""2024Q4""#),
    key("target.*.during", KeyKind::Year, "none", "the year's value: the sum of a flow, the last quarter of all else", "2025"),
    key("target.*.throughout", KeyKind::Year, "none", "the values of every quarter of the year", "2025"),
    key("target.*.given", KeyKind::Texts, "none", "targets that are taken as met, each by the last of its dates: the chance is then a conditional one", r#"["fleet-600k"]"#),
];

/// A key that says where the values of its table come from, and holds for all that name no other.
#[derive(Clone, Copy, Debug)]
pub struct ProvenanceKey {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// One line of documentation.
    pub doc: &'static str,
    /// A right value, as TOML.
    pub example: &'static str,
}

const fn provenance(
    name: &'static str,
    kind: KeyKind,
    doc: &'static str,
    example: &'static str,
) -> ProvenanceKey {
    ProvenanceKey { name, kind, doc, example }
}

/// Grades of values, best first.
pub(super) const GRADES: &[&str] = &["A", "B", "C", "D"];

/// Keys that every table and value may have.
#[rustfmt::skip]
pub const PROVENANCE: &[ProvenanceKey] = &[
    provenance("source", KeyKind::Name("source"), "name of the source", r#""meta-2024q2""#),
    provenance("grade", KeyKind::Word(GRADES), "A reported by its owner, B independent estimate, C inference from data, D judgment", r#""B""#),
    provenance("known", KeyKind::Date, "when it became known, if not on the date of its source", "2024-07-31"),
    provenance("hindsight", KeyKind::Flag, "whether it may be known later than `as_of`; such values are counted", "true"),
    provenance("note", KeyKind::Text, "a remark", r#""nearly 600,000""#),
];

/// Metrics that rows may hold although the model does not compute them: name, quantity, what it is.
pub const OBSERVED: &[(&str, Quantity, &str)] = &[
    (
        "site.tracked_power",
        Quantity::Power,
        "IT power of the sites that are tracked one by one, at period end; not all of a company's",
    ),
    (
        "facility.tracked_power",
        Quantity::Power,
        "facility power at peak of the sites that are tracked one by one, at period end",
    ),
    (
        "facility.*.tracked_power",
        Quantity::Power,
        "facility power at peak of one tracked site, at period end",
    ),
    (
        "finance.construction",
        Quantity::Money,
        "construction in progress as accounts have it, at period end",
    ),
];

/// Whether a key is one of [`PROVENANCE`].
pub(super) fn is_provenance(key: &str) -> bool {
    PROVENANCE.iter().any(|p| p.name == key)
}

/// Stands for the key `capex.shares` among inputs.
pub(super) const SHARES: InputDecl = InputDecl {
    key: "capex.shares",
    quantity: Quantity::Share,
    used: Use::Once,
    range: (0.0, 1.0),
    need: Need::Optional,
    doc: "shares of capex drawn together",
    example: r#"{ dist = "dirichlet", mean = { chips = 0.30, other = 0.06, building = 0.30, rest = 0.34 }, concentration = 50 }"#,
};

/// What `capex.shares` replaces.
pub(super) const REPLACED_BY_SHARES: [&str; 3] =
    ["capex.chip_share", "capex.other_share", "capex.building_share"];

/// The declaration of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf {
    Key(&'static KeyDecl),
    Input(&'static InputDecl),
}

impl Leaf {
    pub(super) fn path(&self) -> &'static str {
        match self {
            Leaf::Key(decl) => decl.path,
            Leaf::Input(decl) => decl.key,
        }
    }

    pub(super) fn doc(&self) -> &'static str {
        match self {
            Leaf::Key(decl) => decl.doc,
            Leaf::Input(decl) => decl.doc,
        }
    }
}

/// A table of the format: its keys by name, and what a name of the user's stands for.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) fixed: BTreeMap<&'static str, Shelf>,
    pub(super) any: Option<Box<Shelf>>,
    pub(super) leaf: Option<Leaf>,
}

impl Shelf {
    /// The whole format.
    pub(super) fn new() -> Self {
        let mut root = Self::default();
        for decl in KEYS {
            root.add(Leaf::Key(decl));
        }
        for decl in crate::model::inputs() {
            root.add(Leaf::Input(decl));
        }
        root
    }

    fn add(&mut self, leaf: Leaf) {
        let mut shelf = self;
        for part in leaf.path().split('.') {
            shelf = match part {
                "*" => shelf.any.get_or_insert_default(),
                name => shelf.fixed.entry(name).or_default(),
            };
        }
        shelf.leaf = Some(leaf);
    }

    /// Whether a value is written as a table of keys in its place: `{ times = 10, of = "a" }`.
    pub(super) fn is_table(&self, node: &Node) -> bool {
        let has = |table: &Table| {
            let named = |entry: &Entry| match &self.any {
                Some(any) => {
                    entry.node.table().is_some() || any.fixed.contains_key(entry.key.as_str())
                }
                None => self.fixed.contains_key(entry.key.as_str()),
            };
            table.entries.iter().any(named)
        };
        self.leaf.is_some() && node.table().is_some_and(has)
    }

    /// What stands under a key, its own first, then as a name.
    pub(super) fn child(&self, key: &str) -> Option<&Shelf> {
        self.fixed.get(key).or(self.any.as_deref())
    }

    /// The declaration at a dotted path; names in it may not have dots except for the last part.
    pub(super) fn at(&self, path: &str) -> Option<&Shelf> {
        let mut shelf = self;
        let mut rest = path;
        loop {
            let (part, more) = rest.split_once('.').map_or((rest, None), |(p, m)| (p, Some(m)));
            let child = shelf.child(part)?;
            match more {
                None => return Some(child),
                // Names of loadings are keys with dots.
                Some(_) if child.leaf.is_some() && !shelf.fixed.contains_key(part) => {
                    return Some(child);
                }
                Some(more) => (shelf, rest) = (child, more),
            }
        }
    }
}

/// All keys of inputs and structure, with `*` for names.
pub(super) fn all_paths() -> Vec<&'static str> {
    let inputs = crate::model::inputs().map(|decl| decl.key);
    KEYS.iter().map(|decl| decl.path).chain(inputs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `training.*.compute` is a value, or a table in place of one; `company` is a name, or holds tables.
    #[test]
    fn no_other_key_is_both_a_value_and_a_table_or_given_twice() {
        let mut paths = all_paths();
        paths.sort_unstable();
        for pair in paths.windows(2) {
            assert_ne!(pair[0], pair[1]);
            let both = pair[1].starts_with(&format!("{}.", pair[0]));
            let known = ["training.*.compute", "company"].contains(&pair[0]);
            assert!(!both || known, "{} and {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn paths_lead_to_their_declarations() {
        let shelf = Shelf::new();
        for (path, found) in [
            ("run.from", "run.from"),
            ("chip.h100.price", "chip.*.price"),
            ("chip.slip", "chip.slip"),
            ("site.stage.announced.slip", "site.stage.*.slip"),
            ("factor.loading.capex.growth", "factor.loading.*"),
        ] {
            let leaf = shelf.at(path).and_then(|s| s.leaf);
            assert_eq!(leaf.map(|l| l.path()), Some(found), "{path}");
        }
        assert!(shelf.at("run.form").is_none());
        assert!(shelf.at("chip.h100").is_some_and(|s| s.leaf.is_none()));
    }

    #[test]
    fn examples_and_words_are_toml() {
        for decl in KEYS {
            let text = format!("x = {}", decl.example);
            assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{}", decl.path);
            assert!(!decl.doc.is_empty() && !decl.doc.ends_with('.'), "{}", decl.path);
        }
    }
}
