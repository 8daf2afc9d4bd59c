//! What moves together: loadings on common factors, and rank correlations.

use std::collections::BTreeMap;

use super::codes;
use super::document::{Data, Node, Table};
use super::keys::Shelf;
use super::problems::Problems;
use super::types::{CorrelationGroup, FACTORS, Input, InputValue, Loading};
use super::walk::{Draft, Placed};
use crate::diag::{Diagnostic, Span, nearest};
use crate::model::declare::Use;
use crate::stats::{Matrix, cholesky};

/// How an input is drawn, for messages.
fn drawn(used: Use) -> String {
    match used {
        Use::Setting => "it is a setting of the run".to_owned(),
        used => format!("it is drawn {}", used.name()),
    }
}

/// Stands for the slips of all stages.
const ALL_SLIPS: &str = "site.slip";

/// The inputs that a key stands for: itself, or all slips.
pub(super) fn expand(key: &str, inputs: &BTreeMap<String, Input>) -> Vec<String> {
    if key != ALL_SLIPS {
        return inputs.contains_key(key).then(|| key.to_owned()).into_iter().collect();
    }
    inputs.values().filter(|i| i.decl.key == "site.stage.*.slip").map(|i| i.key.clone()).collect()
}

/// The message for a key of a thing that nobody defines, `chip.b200.price` without a chip `b200`.
/// It explains all other uses of that name too.
/// `named` tells of keys that are named beside it: those are not meant.
fn no_thing(
    draft: &Draft,
    key: &str,
    place: &Span,
    named: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) -> bool {
    let Some((table, name, rest)) =
        ["chip", "site", "lease", "training"].into_iter().find_map(|table| {
            let (name, rest) = key.strip_prefix(table)?.strip_prefix('.')?.split_once('.')?;
            Some((table, name, rest))
        })
    else {
        return false;
    };
    let names = draft.names(table);
    let fixed = Shelf::new().fixed.get(table).is_some_and(|s| s.fixed.contains_key(name));
    if fixed || names.iter().any(|(other, _)| *other == name) {
        return false;
    }
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no {table} `{name}`"))
        .at(place.clone(), format!("unknown {table}"));
    let free = |other: &&str| !named(&format!("{table}.{other}.{rest}"));
    let near = nearest(name, names.iter().map(|(other, _)| *other).filter(free));
    let near = near.and_then(|near| names.iter().find(|(other, _)| *other == near));
    let diagnostic = match near {
        Some((near, span)) => diagnostic
            .also((*span).clone(), format!("there is a `{near}`"))
            .help(format!("did you mean `{table}.{near}`?")),
        None => diagnostic.help(format!("define it: [{table}.{name}]")),
    };
    problems.fail(&format!("{table}.{name}"), diagnostic);
    true
}

/// Whether a key that no input has needs no message: it stands for nothing, or was explained.
fn explained(key: &str, problems: &Problems) -> bool {
    key == ALL_SLIPS || problems.explains(key)
}

/// The loadings by input.
pub(super) fn loadings(
    draft: &Draft,
    inputs: &BTreeMap<String, Input>,
    problems: &mut Problems,
) -> BTreeMap<String, Loading> {
    let mut loadings = BTreeMap::new();
    for (path, placed) in draft.below("factor.loading") {
        let key = path.trim_start_matches("factor.loading.");
        if problems.explains(path) {
            continue;
        }
        let keys = expand(key, inputs);
        if keys.is_empty()
            && !explained(key, problems)
            && !no_thing(draft, key, &placed.key_span, &|_| false, problems)
        {
            problems.push(taken_out(no_input(key, placed, inputs), draft, key));
        }
        let Some(loading) = placed.node.table().map(read_loading) else { continue };
        for key in keys {
            let Some(input) = inputs.get(&key) else { continue };
            if let Some(diagnostic) = unfit(input, &loading, placed) {
                problems.push(diagnostic);
                break;
            }
            loadings.insert(key, loading);
        }
    }
    loadings
}

fn no_input(key: &str, placed: &Placed, inputs: &BTreeMap<String, Input>) -> Diagnostic {
    let usable = inputs.values().filter(|i| i.decl.used.takes_loadings());
    let near = nearest(key, usable.map(|i| i.key.as_str()).chain([ALL_SLIPS]))
        .or_else(|| nearest(key, inputs.keys().map(String::as_str)));
    let help = near.map_or_else(
        || "name an input that the scenario gives".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(codes::UNKNOWN_KEY, format!("there is no input `{key}`"))
        .at(placed.key_span.clone(), "unknown input")
        .help(help)
}

/// The message for an input that is not there, if a layer takes it out.
fn taken_out(diagnostic: Diagnostic, draft: &Draft, key: &str) -> Diagnostic {
    let place = draft.removed.get(key).filter(|_| diagnostic.code == codes::UNKNOWN_KEY);
    let Some(place) = place else { return diagnostic };
    let help = "leave it in, or take out what names it too".to_owned();
    Diagnostic { help: vec![help], ..diagnostic }.also(place.clone(), "taken out here")
}

/// The message for an input that cannot have these loadings.
fn unfit(input: &Input, loading: &Loading, placed: &Placed) -> Option<Diagnostic> {
    let (span, key) = (placed.key_span.clone(), &input.key);
    if !input.decl.used.takes_loadings() {
        return Some(
            Diagnostic::error(codes::LOADING, format!("`{key}` cannot have loadings"))
                .at(span, drawn(input.decl.used))
                .help(if input.decl.used == Use::Once {
                    "an input drawn once can join a group of [correlation]"
                } else {
                    "only inputs drawn each quarter, each year or at a date have loadings"
                }),
        );
    }
    let slip = input.decl.key == "site.stage.*.slip";
    (loading.site != 0.0 && !slip).then(|| {
        let message = format!("`{key}` has no site to load on");
        Diagnostic::error(codes::LOADING, message)
            .at(span, "`site` is what the phases of one site share")
            .help("remove `site`; only `site.slip` has it")
    })
}

/// A table that was checked before.
fn read_loading(table: &Table) -> Loading {
    let number = |table: &Table, key: &str| match table.get(key).map(|entry| &entry.node.data) {
        Some(Data::Number(number)) => number.value,
        _ => 0.0,
    };
    let lags = table.get("lag").and_then(|entry| entry.node.table());
    Loading {
        weights: FACTORS.map(|factor| number(table, factor)),
        lags: FACTORS.map(|factor| lags.map_or(0, |lags| number(lags, factor) as u32)),
        site: number(table, "site"),
    }
}

/// The correlation groups.
pub(super) fn correlations(
    draft: &Draft,
    inputs: &BTreeMap<String, Input>,
    problems: &mut Problems,
) -> Vec<CorrelationGroup> {
    let mut groups = Vec::new();
    let mut taken: BTreeMap<String, Span> = BTreeMap::new();
    let mut names = draft.names("correlation");
    names.sort_by_key(|(_, span)| (span.file, span.start));
    for (name, span) in names {
        let table = format!("correlation.{name}");
        if problems.explains(&table) {
            continue;
        }
        groups.extend(group(draft, name, span, inputs, &mut taken, problems));
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

fn group(
    draft: &Draft,
    name: &str,
    span: &Span,
    inputs: &BTreeMap<String, Input>,
    taken: &mut BTreeMap<String, Span>,
    problems: &mut Problems,
) -> Option<CorrelationGroup> {
    let key = |key: &str| format!("correlation.{name}.{key}");
    let between = draft.last(&key("between"));
    let (rank, matrix) = (draft.last(&key("rank")), draft.last(&key("matrix")));
    let what = match (between, rank, matrix) {
        (None, ..) if !problems.explains(&key("between")) => "`between`",
        (_, None, None) if !["rank", "matrix"].iter().any(|k| problems.explains(&key(k))) => {
            "`rank` and no `matrix`"
        }
        _ => "",
    };
    if !what.is_empty() {
        problems.push(
            Diagnostic::error(codes::INCOMPLETE, format!("correlation `{name}` has no {what}"))
                .at(span.clone(), "")
                .help(
                    "for example between = [\"chip.h100.price\", \"chip.b200.price\"], rank = 0.5",
                ),
        );
        return None;
    }
    let members = members(draft, &between?.node, inputs, taken, problems)?;
    if problems.explains(&key("matrix")) {
        return None;
    }
    let (ranks, place) = match (rank, matrix) {
        (Some(rank), Some(matrix)) => {
            problems.push(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("correlation `{name}` has a rank and a matrix"),
                )
                .at(matrix.key_span.clone(), "")
                .also(rank.key_span.clone(), "")
                .help("keep one of the two"),
            );
            return None;
        }
        (Some(rank), None) => {
            let Data::Number(number) = &rank.node.data else { return None };
            (equal(members.len(), number.value), &rank.node.span)
        }
        (None, Some(_)) if problems.explains(&key("matrix")) => return None,
        (None, Some(matrix)) => (square(&matrix.node, members.len(), problems)?, &matrix.node.span),
        (None, None) => return None,
    };
    let scores: Vec<Vec<f64>> =
        ranks.into_iter().map(|row| row.into_iter().map(normal_score).collect()).collect();
    let repair = draft.flag("repair_correlation").unwrap_or(false);
    let possible = || cholesky(&Matrix::from_fn(members.len(), |i, j| scores[i][j])).is_some();
    let explained = problems.explains("repair_correlation") || problems.explains(&key("rank"));
    if !repair && !explained && !possible() {
        problems.push(no_draws(name, place));
        return None;
    }
    Some(CorrelationGroup { name: name.to_owned(), members, matrix: scores, span: place.clone() })
}

/// The message for correlations that contradict each other.
fn no_draws(name: &str, place: &Span) -> Diagnostic {
    Diagnostic::error(codes::MATRIX, format!("no draws can have the correlations of `{name}`"))
        .at(place.clone(), "not positive definite")
        .help(
            "weaken the correlations, or write `repair_correlation = true` to use the nearest \
             valid ones",
        )
}

/// The correlation of normal scores that gives the rank correlation `r`: 2 sin(π r / 6)
/// (Pearson 1907; Kruskal 1958, DOI 10.1080/01621459.1958.10501481).
fn normal_score(r: f64) -> f64 {
    // Exact where the formula is exact.
    if r.abs() >= 1.0 { r } else { 2.0 * libm::sin(std::f64::consts::PI * r / 6.0) }
}

fn equal(n: usize, rank: f64) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { rank }).collect()).collect()
}

fn members(
    draft: &Draft,
    between: &Node,
    inputs: &BTreeMap<String, Input>,
    taken: &mut BTreeMap<String, Span>,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let Data::List(items) = &between.data else { return None };
    let named = |key: &str| items.iter().any(|item| item.text() == Some(key));
    let mut members = Vec::new();
    let mut complete = true;
    for item in items {
        let Some(key) = item.text() else {
            complete = false;
            continue;
        };
        if !inputs.contains_key(key)
            && !problems.explains(key)
            && no_thing(draft, key, &item.span, &named, problems)
        {
            complete = false;
            continue;
        }
        match member(key, item, inputs, taken, problems) {
            Ok(()) => {
                taken.insert(key.to_owned(), item.span.clone());
                members.push(key.to_owned());
            }
            Err(diagnostic) => {
                complete = false;
                if let Some(diagnostic) = diagnostic {
                    problems.push(taken_out(*diagnostic, draft, key));
                }
            }
        }
    }
    if complete && members.len() < 2 {
        let place = items.first().unwrap_or(between);
        problems.push(
            Diagnostic::error(codes::CORRELATION, "a correlation needs two inputs or more")
                .at(place.span.clone(), "")
                .help("add another input, or remove the group"),
        );
        return None;
    }
    complete.then_some(members)
}

/// Whether an input may join a group; otherwise the message, if one is needed.
fn member(
    key: &str,
    item: &Node,
    inputs: &BTreeMap<String, Input>,
    taken: &BTreeMap<String, Span>,
    problems: &Problems,
) -> Result<(), Option<Box<Diagnostic>>> {
    let wrong = |code, message: String, label: &str, help: String| {
        let diagnostic = Diagnostic::error(code, message).at(item.span.clone(), label).help(help);
        Err(Some(Box::new(diagnostic)))
    };
    let Some(input) = inputs.get(key) else {
        if problems.explains(key) {
            return Err(None);
        }
        let once = inputs.values().filter(|i| i.decl.used == Use::Once).map(|i| i.key.as_str());
        let help = nearest(key, once).map_or_else(
            || "name an input that the scenario gives".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return wrong(
            codes::UNKNOWN_KEY,
            format!("there is no input `{key}`"),
            "unknown input",
            help,
        );
    };
    if let Some(before) = taken.get(key) {
        let message = format!("`{key}` stands in a correlation twice");
        let diagnostic = Diagnostic::error(codes::CORRELATION, message)
            .at(item.span.clone(), "the second time")
            .also(before.clone(), "the first time")
            .help("an input belongs to one group; put all of the group in one matrix");
        return Err(Some(Box::new(diagnostic)));
    }
    // A constant of a later file or of the command line is meant to stand in for the distribution.
    if let InputValue::Dist(dist) = &input.value
        && input.decl.used == Use::Once
        && input.span.file == item.span.file
        && dist.support().0 >= dist.support().1
    {
        return wrong(
            codes::CORRELATION,
            format!("`{key}` is a constant, which moves with nothing"),
            "a constant",
            "give it a distribution, or take it out of the group".to_owned(),
        );
    }
    let help = match input.decl.used {
        Use::Once if matches!(input.value, InputValue::Dist(_)) => return Ok(()),
        used if used.takes_loadings() => "give it loadings in [factor.loading] instead",
        _ => "only inputs that are drawn once can join a group",
    };
    let message = format!("`{key}` cannot join a correlation");
    let label = drawn(input.decl.used);
    wrong(codes::CORRELATION, message, &label, help.to_owned())
}

/// A symmetric matrix of `n` rows with ones on its diagonal.
fn square(node: &Node, n: usize, problems: &mut Problems) -> Option<Vec<Vec<f64>>> {
    let Data::List(rows) = &node.data else { return None };
    let cells: Vec<Vec<(f64, &Span)>> = rows.iter().map(numbers).collect();
    let wrong = |what: String, place: &Span, label: &str| {
        Diagnostic::error(codes::MATRIX, format!("the matrix {what}"))
            .at(place.clone(), label)
            .help("rows and columns are in the order of `between`")
    };
    let size = || format!("must have {n} rows of {n} numbers");
    let places = || (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    let diagnostic = if let Some(row) = rows.iter().zip(&cells).find(|(_, row)| row.len() != n) {
        wrong(size(), &row.0.span, &format!("this has {}", row.1.len()))
    } else if cells.len() != n {
        wrong(size(), &node.span, &format!("this has {} rows", cells.len()))
    } else if let Some(i) = (0..n).find(|i| (cells[*i][*i].0 - 1.0).abs() > 0.0) {
        wrong("must have ones on its diagonal".to_owned(), cells[i][i].1, "on the diagonal")
    } else if let Some((i, j)) = places().find(|(i, j)| !(-1.0..=1.0).contains(&cells[*i][*j].0)) {
        wrong("must have numbers between -1 and 1".to_owned(), cells[i][j].1, "")
    } else if let Some((i, j)) =
        places().find(|(i, j)| j < i && (cells[*i][*j].0 - cells[*j][*i].0).abs() > 0.0)
    {
        wrong("must be symmetric".to_owned(), cells[i][j].1, "differs from the other one")
            .also(cells[j][i].1.clone(), "the same two inputs")
    } else {
        return Some(cells.iter().map(|row| row.iter().map(|(x, _)| *x).collect()).collect());
    };
    problems.push(diagnostic);
    None
}

/// The numbers of a row with their places.
fn numbers(row: &Node) -> Vec<(f64, &Span)> {
    let Data::List(items) = &row.data else { return Vec::new() };
    let number = |item: &'_ Node| match &item.data {
        Data::Number(number) => number.value,
        _ => f64::NAN,
    };
    items.iter().map(|item| (number(item), &item.span)).collect()
}
