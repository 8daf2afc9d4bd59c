//! Dated rows: what the company said would be, and what was.

use std::collections::BTreeMap;

use super::codes;
use super::document::{Data, Node, Table, table_to_toml, to_toml};
use super::keys::is_provenance;
use super::overlay::Layers;
use super::problems::Problems;
use super::row_checks::{self, Floor, Twice};
use super::sourcing::Sourcing;
use super::structure::{metric_quantity, no_metric, row_value, stray_key};
use super::types::{At, EventRow, GuidanceRow, H100eBasis, ObservationRow, Provenance};
use super::walk::{Draft, Placed};
use crate::diag::{Diagnostic, Span, nearest};
use crate::time::{Date, Quarter};
use crate::units::Quantity;

/// All rows, those that a run may see apart from later ones.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) guidance: Vec<GuidanceRow>,
    pub(super) observations: Vec<ObservationRow>,
    pub(super) later: Vec<ObservationRow>,
    pub(super) happened: Vec<EventRow>,
    /// Metrics that do not exist, and where they are named.
    unknown: BTreeMap<String, Vec<Span>>,
    /// Metrics of things that have a name, and where.
    named: Vec<(String, Span)>,
    /// What the rows so far are about, to tell when one is given twice.
    twice: Twice,
    /// Every row for the resolved scenario: guidance, observations.
    pub(super) resolved: [Vec<RowPart>; 2],
}

/// A row in the resolved scenario.
#[derive(Clone, Debug)]
pub(super) struct RowPart {
    /// Metric and period: `capex.total 2025`.
    pub(super) name: String,
    /// The row as TOML with its provenance.
    pub(super) text: String,
    /// Its value for people.
    pub(super) shown: String,
    /// Where it comes from.
    pub(super) provenance: Provenance,
    /// Where it stands.
    pub(super) span: Span,
    /// Whether a run may see it.
    pub(super) seen: bool,
}

/// One row whose metric, period and provenance are read.
struct Head {
    metric: String,
    quantity: Quantity,
    at: At,
    provenance: Provenance,
}

impl Head {
    /// Checks that what is paid or counted is not below its floor.
    fn in_range(
        &self,
        key: &str,
        node: &Node,
        numbers: &[f64],
        floor: Floor,
        problems: &mut Problems,
    ) -> Option<()> {
        match row_checks::too_low((key, &self.metric), node, numbers, self.quantity, floor) {
            Some(diagnostic) => {
                problems.push(diagnostic);
                None
            }
            None => Some(()),
        }
    }
}

/// Reads the rows of all layers.
pub(super) fn read(draft: &Draft, sourcing: &mut Sourcing, problems: &mut Problems) -> Rows {
    let mut rows = Rows::default();
    for (index, key) in ["guidance", "observation"].into_iter().enumerate() {
        for placed in draft.values.get(key).into_iter().flatten() {
            let Data::List(items) = &placed.node.data else { continue };
            let known: &[&str] = match index {
                0 => &["metric", "at", "low", "high", "value"],
                _ => &["metric", "at", "value", "error", "h100e"],
            };
            for item in items {
                let Some(table) = item.table() else { continue };
                if index == 1 && table.get("event").is_some() {
                    rows.event((placed, item, table), sourcing, problems);
                    continue;
                }
                let Some(head) = rows.head((placed, item, table), known, sourcing, problems) else {
                    continue;
                };
                let part = part(table, item, &head, sourcing);
                let about = about(key, table, &part);
                let read = match index {
                    0 => guidance(head, table, item, sourcing, problems, &mut rows),
                    _ => observation(head, table, item, sourcing, problems, &mut rows),
                };
                if read.is_none() {
                    continue;
                }
                match rows.twice.check(&about, &part.name, &part.provenance, &part.span) {
                    Some(diagnostic) => problems.push(diagnostic),
                    None => rows.resolved[index].push(part),
                }
            }
        }
    }
    rows.guidance.sort_by_key(|row| row.provenance.known);
    for (name, places) in &rows.unknown {
        problems.push(no_metric(name, &places.iter().collect::<Vec<_>>()));
    }
    rows
}

impl Rows {
    /// Reports metrics of chips, sites and training runs that nobody names.
    pub(super) fn report_things(&self, draft: &Draft, layers: &Layers, problems: &mut Problems) {
        row_checks::report_things(&self.named, draft, layers, problems);
    }

    fn head(
        &mut self,
        (placed, item, table): (&Placed, &Node, &Table),
        known: &[&str],
        sourcing: &mut Sourcing,
        problems: &mut Problems,
    ) -> Option<Head> {
        let key = placed.path.as_str();
        let around = placed.inherited.enter(table, &|_| false, key, problems);
        let stray = |e: &&super::document::Entry| {
            !known.contains(&e.key.as_str()) && !is_provenance(&e.key)
        };
        if let Some(entry) = table.entries.iter().find(stray) {
            problems.push(stray_key(entry, key, known));
            return None;
        }
        let provenance = sourcing.resolve(key, &item.span, &around, placed.set, problems);
        let metric = required(table, "metric", item, problems)?;
        let Some(name) = metric.text() else {
            problems.push(wrong_type("metric", "the name of a metric", metric, "\"capex.total\""));
            return None;
        };
        let Some(quantity) = metric_quantity(name) else {
            self.unknown.entry(name.to_owned()).or_default().push(metric.span.clone());
            return None;
        };
        self.named.push((name.to_owned(), metric.span.clone()));
        let at = period(required(table, "at", item, problems)?, problems)?;
        Some(Head { metric: name.to_owned(), quantity, at, provenance: provenance? })
    }

    /// Reads a row that says when an event came.
    fn event(
        &mut self,
        (placed, item, table): (&Placed, &Node, &Table),
        sourcing: &mut Sourcing,
        problems: &mut Problems,
    ) -> Option<()> {
        let key = placed.path.as_str();
        let around = placed.inherited.enter(table, &|_| false, key, problems);
        let known = ["event", "at"];
        let stray = |e: &&super::document::Entry| {
            !known.contains(&e.key.as_str()) && !is_provenance(&e.key)
        };
        if let Some(entry) = table.entries.iter().find(stray) {
            problems.push(stray_key(entry, key, &known));
            return None;
        }
        let provenance = sourcing.resolve(key, &item.span, &around, placed.set, problems);
        let event = &table.get("event")?.node;
        let name = event.text().filter(|name| is_event(name));
        let Some(name) = name else {
            let example = "\"training.llama-4.release\"";
            let what = "`training.NAME.start`, `.finish` or `.release`";
            problems.push(match event.text() {
                Some(name) => Diagnostic::error(codes::UNKNOWN_NAME, format!("no event `{name}`"))
                    .at(event.span.clone(), "unknown event")
                    .help(format!("events are {what}")),
                None => wrong_type("event", what, event, example),
            });
            return None;
        };
        let at = required(table, "at", item, problems)?;
        let Data::Date(date) = at.data else {
            problems.push(wrong_type("at", "the day of the event", at, "2025-04-05"));
            return None;
        };
        let provenance = provenance?;
        if provenance.known < date {
            problems.push(too_early(item, name, &date.to_string(), &provenance));
            return None;
        }
        if let Some(again) = self.twice.check(name, name, &provenance, &item.span) {
            problems.push(again);
            return None;
        }
        self.resolved[1].push(RowPart {
            name: format!("{name} {date}"),
            text: resolved(table, &provenance),
            shown: format!("{date}, known {}", provenance.known),
            provenance: provenance.clone(),
            span: item.span.clone(),
            seen: sourcing.seen(&provenance),
        });
        self.happened.push(EventRow { event: name.to_owned(), date, provenance });
        Some(())
    }
}

/// Whether a name is that of an event of a training run.
fn is_event(name: &str) -> bool {
    ["training.*.start", "training.*.finish", "training.*.release"]
        .iter()
        .any(|pattern| super::structure::matches(pattern, name))
}

/// The message for what was known before it was.
fn too_early(item: &Node, what: &str, at: &str, provenance: &Provenance) -> Diagnostic {
    let Provenance { known, source, .. } = provenance;
    Diagnostic::error(
        codes::HINDSIGHT,
        format!("`{what}` of {at} cannot have been known on {known}"),
    )
    .at(item.span.clone(), format!("known from {known} (source `{source}`)"))
    .help("give the day on which it was published, or make it guidance if it was a plan")
}

/// First day of a period.
fn first_day(at: At) -> Option<Date> {
    match at {
        At::Year(year) => Quarter::new(year, 1).map(Quarter::start),
        At::Quarter(quarter) => Some(quarter.start()),
        At::Day(date) => Some(date),
    }
}

fn required<'a>(
    table: &'a Table,
    key: &str,
    item: &Node,
    problems: &mut Problems,
) -> Option<&'a Node> {
    if let Some(entry) = table.get(key) {
        return Some(&entry.node);
    }
    problems.push(
        Diagnostic::error(codes::MISSING, format!("the row has no `{key}`"))
            .at(item.span.clone(), "")
            .help(match key {
                "at" => "add at = 2024, at = \"2024Q1\" or a date",
                "metric" => "add metric = \"capex.total\"",
                _ => "add value = \"...\" with a unit, or low and high",
            }),
    );
    None
}

pub(super) fn wrong_type(key: &str, what: &str, node: &Node, example: &str) -> Diagnostic {
    let noun = node.noun();
    Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` takes {what}, this is {noun}"))
        .at(node.span.clone(), noun)
        .help(format!("for example {key} = {example}"))
}

/// A year, a quarter or a date.
pub(super) fn period(node: &Node, problems: &mut Problems) -> Option<At> {
    let at = match &node.data {
        Data::Number(n) => n
            .whole
            .and_then(|year| i32::try_from(year).ok())
            .filter(|year| (1900..=2200).contains(year))
            .map(At::Year),
        Data::Text(text) => Quarter::parse(text).map(At::Quarter),
        Data::Date(date) => Some(At::Day(*date)),
        _ => None,
    };
    if at.is_none() {
        let message = "`at` takes a year, a quarter or a date";
        problems.push(
            Diagnostic::error(codes::PERIOD, message)
                .at(node.span.clone(), "none of these")
                .help("for example at = 2024, at = \"2024Q1\" or at = 2024-07-31"),
        );
    }
    at
}

fn numbers(
    key: &str,
    node: &Node,
    quantity: Quantity,
    problems: &mut Problems,
) -> Option<Vec<f64>> {
    match row_value(key, node, quantity) {
        Ok(numbers) => Some(numbers),
        Err(diagnostic) => {
            problems.push(*diagnostic);
            None
        }
    }
}

/// One number of a quantity.
pub(super) fn single(
    key: &str,
    node: &Node,
    quantity: Quantity,
    problems: &mut Problems,
) -> Option<f64> {
    let numbers = numbers(key, node, quantity, problems)?;
    if let [x] = numbers.as_slice() {
        return Some(*x);
    }
    problems.push(
        Diagnostic::error(codes::VALUE, format!("`{key}` takes one number"))
            .at(node.span.clone(), "several numbers")
            .help(format!("for example {key} = \"{}\"", quantity.example())),
    );
    None
}

fn guidance(
    head: Head,
    table: &Table,
    item: &Node,
    sourcing: &Sourcing,
    problems: &mut Problems,
    rows: &mut Rows,
) -> Option<()> {
    let (low, high) = match (table.get("low"), table.get("high"), table.get("value")) {
        (None, None, Some(value)) => {
            let numbers = numbers("value", &value.node, head.quantity, problems)?;
            head.in_range("value", &value.node, &numbers, Floor::AboveZero, problems)?;
            (*numbers.first()?, *numbers.last()?)
        }
        (Some(low), Some(high), None) => {
            let bounds = [("low", low), ("high", high)]
                .map(|(key, entry)| single(key, &entry.node, head.quantity, problems));
            let [Some(a), Some(b)] = bounds else { return None };
            head.in_range("low", &low.node, &[a], Floor::AboveZero, problems)?;
            if a > b {
                problems.push(
                    Diagnostic::error(codes::RANGE, "`low` is above `high`")
                        .at(low.node.span.clone(), "")
                        .also(high.node.span.clone(), "")
                        .help("swap them"),
                );
                return None;
            }
            (a, b)
        }
        (low, high, value) => {
            problems.push(bounds(&item.span, low.is_some(), high.is_some(), value.is_some()));
            return None;
        }
    };
    if sourcing.seen(&head.provenance) {
        let Head { metric, quantity, at, provenance } = head;
        rows.guidance.push(GuidanceRow { metric, quantity, at, low, high, provenance });
    }
    Some(())
}

/// The message for a row without the right bounds.
fn bounds(span: &Span, low: bool, high: bool, value: bool) -> Diagnostic {
    let message = match (low, high, value) {
        (false, false, false) => "the row has no `value`, and no `low` and `high`",
        (_, _, true) => "the row has both a `value` and a bound",
        (true, ..) => "the row has a `low` but no `high`",
        _ => "the row has a `high` but no `low`",
    };
    let code = if value { codes::CONFLICT } else { codes::MISSING };
    Diagnostic::error(code, message)
        .at(span.clone(), "")
        .help("write low and high, or value for a single figure")
}

fn observation(
    head: Head,
    table: &Table,
    item: &Node,
    sourcing: &Sourcing,
    problems: &mut Problems,
    rows: &mut Rows,
) -> Option<()> {
    let value = required(table, "value", item, problems)?;
    let numbers = numbers("value", value, head.quantity, problems)?;
    head.in_range("value", value, &numbers, Floor::Zero, problems)?;
    let (value, low, high) = match numbers.as_slice() {
        [x] => (*x, None, None),
        [low, high] => (middle(*low, *high, head.quantity), Some(*low), Some(*high)),
        [low, x, high] => (*x, Some(*low), Some(*high)),
        _ => return None,
    };
    let error = match table.get("error") {
        Some(entry) => Some(relative_error(&entry.node, problems)?),
        None => None,
    };
    let basis = match table.get("h100e") {
        Some(entry) => Some(basis(&head, &entry.node, problems)?),
        None => None,
    };
    if first_day(head.at).is_some_and(|first| head.provenance.known < first) {
        let at = table.get("at").map(|entry| to_toml(&entry.node)).unwrap_or_default();
        problems.push(too_early(item, &head.metric, at.trim_matches('"'), &head.provenance));
        return None;
    }
    let seen = sourcing.seen(&head.provenance);
    let Head { metric, quantity, at, provenance } = head;
    let row = ObservationRow { metric, quantity, at, value, low, high, error, basis, provenance };
    let list = if seen { &mut rows.observations } else { &mut rows.later };
    list.push(row);
    Some(())
}

/// A relative standard error: above 0, and at most 1, where the value itself is in doubt.
fn relative_error(node: &Node, problems: &mut Problems) -> Option<f64> {
    let error = single("error", node, Quantity::Share, problems)?;
    if error > 0.0 && error <= 1.0 {
        return Some(error);
    }
    let (label, help) = if error > 1.0 {
        ("more than the value itself", "give an interval instead: value = \"1 / 3 / 9 GW\"")
    } else {
        ("not above 0", "leave it out for a figure that is known exactly")
    };
    let message =
        format!("`error` takes a relative standard error above 0 and up to 1, this is {error}");
    problems.push(
        Diagnostic::error(codes::RANGE, message).at(node.span.clone(), label).help(help.to_owned()),
    );
    None
}

/// What an amount of H100-equivalents is counted by.
fn basis(head: &Head, node: &Node, problems: &mut Problems) -> Option<H100eBasis> {
    let word = match node.text() {
        Some("dense8") => Some(H100eBasis::Dense8),
        Some("bf16") => Some(H100eBasis::Bf16),
        Some("sustained") => Some(H100eBasis::Sustained),
        _ => None,
    };
    if word.is_none() {
        let what = "\"dense8\", \"bf16\" or \"sustained\"";
        problems.push(match node.text() {
            Some(text) => {
                let near = nearest(text, ["dense8", "bf16", "sustained"]);
                let help = near.map_or_else(
                    || format!("write {what}"),
                    |near| format!("did you mean \"{near}\"?"),
                );
                Diagnostic::error(codes::UNKNOWN_WORD, format!("`h100e` cannot be `{text}`"))
                    .at(node.span.clone(), "")
                    .help(help)
            }
            None => wrong_type("h100e", what, node, "\"dense8\""),
        });
    } else if head.quantity != Quantity::H100e {
        let message = format!("`{}` is not counted in H100-equivalents", head.metric);
        let diagnostic = Diagnostic::error(codes::CONFLICT, message);
        problems.push(diagnostic.at(node.span.clone(), "").help("take `h100e` out"));
        return None;
    }
    word
}

/// The middle of an interval on the quantity's natural scale, as for an input.
fn middle(low: f64, high: f64, quantity: Quantity) -> f64 {
    let scale = super::value::scale_of(quantity);
    crate::dist::two_piece(scale, low, None, high)
        .map_or(f64::midpoint(low, high), |dist| dist.quantile(crate::dist::Prob::from_lower(0.5)))
}

fn part(table: &Table, item: &Node, head: &Head, sourcing: &Sourcing) -> RowPart {
    let text =
        |key: &str| table.get(key).map(|entry| to_toml(&entry.node).trim_matches('"').to_owned());
    let value = match (text("value"), text("low"), text("high")) {
        (Some(value), ..) => value,
        (None, Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    };
    let at = text("at").unwrap_or_default();
    RowPart {
        name: format!("{} {at}", head.metric),
        text: resolved(table, &head.provenance),
        shown: format!("{value}, known {}", head.provenance.known),
        provenance: head.provenance.clone(),
        span: item.span.clone(),
        seen: sourcing.seen(&head.provenance),
    }
}

/// What a row says something about.
fn about(key: &str, table: &Table, part: &RowPart) -> String {
    let text = |key: &str| table.get(key).map(|entry| to_toml(&entry.node)).unwrap_or_default();
    // A source of the future moves the days of all its rows to its own.
    let stated = if part.seen { String::new() } else { text("known") };
    format!("{key} {} {} {stated}", part.name, text("h100e"))
}

/// The row with its whole provenance.
fn resolved(table: &Table, provenance: &Provenance) -> String {
    let own = table.entries.iter().filter(|entry| !is_provenance(&entry.key));
    let own = own.map(|entry| (entry.key.as_str(), to_toml(&entry.node)));
    let mut own: Vec<(&str, String)> = own.collect();
    own.sort_unstable_by_key(|(key, _)| (*key != "metric", *key));
    let entries: Vec<(&str, String)> =
        own.into_iter().chain(super::resolved::provenance_entries(provenance)).collect();
    table_to_toml(entries.into_iter())
}
