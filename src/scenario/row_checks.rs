//! What is wrong with dated rows beyond their form: too low, given twice, of a thing that nobody
//! names.

use std::collections::BTreeMap;

use super::codes;
use super::document::Node;
use super::overlay::Layers;
use super::problems::Problems;
use super::structure::{marked, may_be_negative};
use super::types::Provenance;
use super::walk::Draft;
use crate::diag::{Diagnostic, FileId, Span, nearest};
use crate::time::Date;
use crate::units::{Quantity, format_value};

/// Least value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Floor {
    /// What was may have been nothing.
    Zero,
    /// A plan is compared by its logarithm, and nothing has none.
    AboveZero,
}

/// The message for a row below its floor. `key` is that of the row, and its metric.
pub(super) fn too_low(
    (key, metric): (&str, &str),
    node: &Node,
    numbers: &[f64],
    quantity: Quantity,
    floor: Floor,
) -> Option<Diagnostic> {
    let (limit, above) = match floor {
        Floor::Zero => ("at least 0", false),
        Floor::AboveZero => ("above 0", true),
    };
    let x = numbers.iter().copied().find(|x| *x < 0.0 || above && *x <= 0.0)?;
    if may_be_negative(metric) {
        return None;
    }
    Some(
        Diagnostic::error(codes::RANGE, format!("`{key}` of `{metric}` must be {limit}"))
            .at(node.span.clone(), format!("this is {}", format_value(x, quantity)))
            .help(format!("for example {key} = \"{}\"", quantity.example())),
    )
}

/// Rows of one file by what they say something about. Later files may correct earlier ones.
#[derive(Debug, Default)]
pub(super) struct Twice {
    seen: BTreeMap<(FileId, String), Span>,
}

impl Twice {
    /// The message if a row of the same file already says when, from the same source and day.
    pub(super) fn check(
        &mut self,
        about: &str,
        name: &str,
        provenance: &Provenance,
        span: &Span,
    ) -> Option<Diagnostic> {
        let about = format!("{about} {} {}", provenance.source, provenance.known);
        self.note(about, name, provenance.known, span)
    }

    /// Notes a row; the message if there was one like it.
    pub(super) fn note(
        &mut self,
        about: String,
        name: &str,
        known: Date,
        span: &Span,
    ) -> Option<Diagnostic> {
        let Some(first) = self.seen.get(&(span.file, about.clone())) else {
            self.seen.insert((span.file, about), span.clone());
            return None;
        };
        Some(
            Diagnostic::error(codes::DUPLICATE, format!("`{name}` is given twice"))
                .at(span.clone(), "the second time")
                .also(first.clone(), "the first time")
                .help("remove one of the two")
                .help(format!("or write when the later one became known, if it was not {known}")),
        )
    }
}

/// Reports metrics of chips, sites and training runs that no file names, the literal `*` included.
/// What a layer removes was there, and files of observations may name it. Shared files may name
/// training runs that are over, and so no part of the scenario.
pub(super) fn report_things(
    named: &[(String, Span)],
    draft: &Draft,
    layers: &Layers,
    problems: &mut Problems,
) {
    let mut unknown: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for (metric, span) in named {
        let wrong = |thing: &Thing| {
            !(thing.known(draft) || thing.may_be_over() && layers.below_root(span.file))
        };
        if thing(metric).is_some_and(|thing| wrong(&thing)) {
            unknown.entry(metric).or_default().push(span);
        }
    }
    for (metric, places) in unknown {
        let Some(thing) = thing(metric) else { continue };
        let path = thing.path();
        if !problems.explains(&path) {
            problems.fail(&path, thing.unknown(draft, &places));
        }
    }
}

/// Where families of training runs stand, in the names of their metrics.
const FAMILY: &str = "training.family";

/// The thing in the name of a metric: `chip`, `h100`, `installed`.
struct Thing<'a> {
    table: &'a str,
    name: &'a str,
    rest: &'a str,
}

fn thing(metric: &str) -> Option<Thing<'_>> {
    let family = metric.strip_prefix(FAMILY).and_then(|rest| rest.strip_prefix('.'));
    let (table, rest) =
        family.map_or_else(|| metric.split_once('.'), |rest| Some((FAMILY, rest)))?;
    let (name, rest) = rest.split_once('.')?;
    let named = format!("{table}.*.{rest}");
    let declared = crate::model::metrics().any(|decl| decl.name == named)
        || super::keys::OBSERVED.iter().any(|(observed, ..)| *observed == named);
    declared.then_some(Thing { table, name, rest })
}

impl Thing<'_> {
    fn path(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }

    fn may_be_over(&self) -> bool {
        self.table == "training" && self.name != "*"
    }

    fn known(&self, draft: &Draft) -> bool {
        // Sites that others track one by one need not be those of the scenario; families are named
        // by their runs.
        let free = ["facility", FAMILY].contains(&self.table) && self.name != "*";
        free || draft.ever.contains(&self.path())
    }

    fn unknown(&self, draft: &Draft, places: &[&Span]) -> Diagnostic {
        let Self { table, name, rest } = self;
        let noun = match *table {
            "facility" => "site",
            "training" => "training run",
            FAMILY => "family of training runs",
            table => table,
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no {noun} `{name}`"));
        let mut diagnostic = marked(diagnostic, places, &format!("unknown {noun}"));
        let names = draft.names(table);
        let near = nearest(name, names.iter().map(|(other, _)| *other));
        if let Some((near, span)) = names.iter().find(|(other, _)| near == Some(*other)) {
            diagnostic = diagnostic.also((*span).clone(), format!("there is a `{near}`"));
        }
        diagnostic.help(match (near, names.first()) {
            (Some(near), _) => format!("did you mean `{table}.{near}.{rest}`?"),
            (None, Some((other, _))) => format!("name one, for example `{table}.{other}.{rest}`"),
            (None, None) => format!("name a {noun}: `{table}.NAME.{rest}`"),
        })
    }
}
