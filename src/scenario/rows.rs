//! Dated rows: what the company said would be, and what was.

use std::collections::BTreeMap;

use super::codes;
use super::document::{Data, Entry, Node, Table, table_to_toml, to_toml};
use super::keys::is_provenance;
use super::overlay::Layers;
use super::problems::Problems;
use super::row_checks::{self, Floor, Twice};
use super::sourcing::Sourcing;
use super::structure::{metric_quantity, no_metric, row_value, stray_key, strays};
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
    /// Whether some observation could not be read: what is not there may be that one.
    pub(super) faulty: bool,
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

/// What a row is about: each part, where it could be read.
struct Head {
    metric: Option<(String, Quantity)>,
    at: Option<At>,
    provenance: Option<Provenance>,
    /// Whether all its keys are known.
    whole: bool,
}

/// One row whose metric, period and provenance are read.
struct About {
    metric: String,
    quantity: Quantity,
    at: At,
    provenance: Provenance,
}

impl Head {
    /// All parts, if none was wrong.
    fn about(self) -> Option<About> {
        let (metric, quantity) = self.metric?;
        let (at, provenance) = (self.at?, self.provenance?);
        self.whole.then_some(About { metric, quantity, at, provenance })
    }

    /// A number of the row in the unit of its metric; nothing is said of it if that is not known.
    fn numbers(&self, key: &str, node: &Node, problems: &mut Problems) -> Option<Vec<f64>> {
        numbers(key, node, self.metric.as_ref()?.1, problems)
    }

    /// Checks that what is paid or counted is not below its floor.
    fn in_range(
        &self,
        key: &str,
        node: &Node,
        numbers: &[f64],
        floor: Floor,
        problems: &mut Problems,
    ) -> Option<()> {
        let (metric, quantity) = self.metric.as_ref()?;
        match row_checks::too_low((key, metric), node, numbers, *quantity, floor) {
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
                let Some(table) = item.table() else {
                    rows.faulty |= index == 1;
                    continue;
                };
                if index == 1 && table.get("event").is_some() {
                    rows.event((placed, item, table), sourcing, problems);
                    continue;
                }
                let head = rows.head((placed, item, table), known, sourcing, problems);
                let read = match index {
                    0 => guidance(head, table, item, problems).map(Read::Guidance),
                    _ => observation(head, table, item, problems).map(Read::Observation),
                };
                let Some(read) = read else {
                    rows.faulty |= index == 1;
                    continue;
                };
                let part = part(table, item, read.about(), sourcing);
                let about = about(key, table, &part);
                rows.keep(read, part.seen);
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

/// A row of either kind.
enum Read {
    Guidance(GuidanceRow),
    Observation(ObservationRow),
}

impl Read {
    fn about(&self) -> (&str, &Provenance) {
        match self {
            Self::Guidance(row) => (&row.metric, &row.provenance),
            Self::Observation(row) => (&row.metric, &row.provenance),
        }
    }
}

impl Rows {
    /// Puts a row with those that a run may see, or with later ones.
    fn keep(&mut self, read: Read, seen: bool) {
        match read {
            Read::Guidance(row) if seen => self.guidance.push(row),
            Read::Guidance(_) => {}
            Read::Observation(row) if seen => self.observations.push(row),
            Read::Observation(row) => self.later.push(row),
        }
    }

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
    ) -> Head {
        let key = placed.path.as_str();
        let around = placed.inherited.enter(table, &|_| false, key, problems);
        let whole = no_strays(table, key, known, problems);
        let provenance = sourcing.resolve(key, &item.span, &around, placed.set, problems);
        let metric = required(table, "metric", item, whole, problems);
        let metric = metric.and_then(|node| self.metric(node, problems));
        let at = required(table, "at", item, whole, problems);
        let at = at.and_then(|node| period(node, problems));
        Head { metric, at, provenance, whole }
    }

    /// The metric of a row and its quantity.
    fn metric(&mut self, node: &Node, problems: &mut Problems) -> Option<(String, Quantity)> {
        let Some(name) = node.text() else {
            problems.push(wrong_type("metric", "the name of a metric", node, "\"capex.total\""));
            return None;
        };
        let Some(quantity) = metric_quantity(name) else {
            self.unknown.entry(name.to_owned()).or_default().push(node.span.clone());
            return None;
        };
        self.named.push((name.to_owned(), node.span.clone()));
        Some((name.to_owned(), quantity))
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
        let whole = no_strays(table, key, &["event", "at"], problems);
        let provenance = sourcing.resolve(key, &item.span, &around, placed.set, problems);
        let name = event_name(&table.get("event")?.node, problems);
        let date = required(table, "at", item, whole, problems).and_then(|at| {
            if let Data::Date(date) = at.data {
                return Some(date);
            }
            problems.push(wrong_type("at", "the day of the event", at, "2025-04-05"));
            None
        });
        let (name, date, provenance) = (name.filter(|_| whole)?, date?, provenance?);
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

/// Reports all keys that a row does not have; whether there are none.
fn no_strays(table: &Table, path: &str, known: &[&str], problems: &mut Problems) -> bool {
    let told = |entry: &&Entry| !entry.node.is_lost();
    let strays = strays(table, known).filter(told);
    strays.map(|entry| problems.push(stray_key(entry, path, known))).count() == 0
        && !table.has_lost()
}

/// The name of an event that rows may date.
fn event_name<'a>(event: &'a Node, problems: &mut Problems) -> Option<&'a str> {
    let name = event.text();
    if let Some(name) = name.filter(|name| is_event(name)) {
        return Some(name);
    }
    let what = "`training.NAME.start`, `.finish` or `.release`";
    problems.push(match name {
        Some(name) => Diagnostic::error(codes::UNKNOWN_NAME, format!("no event `{name}`"))
            .at(event.span.clone(), "unknown event")
            .help(format!("events are {what}")),
        None => wrong_type("event", what, event, "\"training.llama-4.release\""),
    });
    None
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

/// What a row must have. Beside a key that it does not have, nothing is said to be missing: that one
/// may have been meant.
fn required<'a>(
    table: &'a Table,
    key: &str,
    item: &Node,
    whole: bool,
    problems: &mut Problems,
) -> Option<&'a Node> {
    if let Some(entry) = table.get(key) {
        return Some(&entry.node);
    }
    if !whole {
        return None;
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
    problems: &mut Problems,
) -> Option<GuidanceRow> {
    let range = match (table.get("low"), table.get("high"), table.get("value")) {
        (None, None, Some(value)) => single_figure(&head, &value.node, problems),
        (Some(low), Some(high), None) => low_to_high(&head, &low.node, &high.node, problems),
        (low, high, value) => {
            if head.whole {
                problems.push(bounds(&item.span, low.is_some(), high.is_some(), value.is_some()));
            }
            None
        }
    };
    let (about, (low, high)) = (head.about(), range?);
    let About { metric, quantity, at, provenance } = about?;
    Some(GuidanceRow { metric, quantity, at, low, high, provenance })
}

/// The limits of a guidance that gives one figure, or a text with its range.
fn single_figure(head: &Head, value: &Node, problems: &mut Problems) -> Option<(f64, f64)> {
    let numbers = head.numbers("value", value, problems)?;
    head.in_range("value", value, &numbers, Floor::AboveZero, problems)?;
    Some((*numbers.first()?, *numbers.last()?))
}

/// The limits of a guidance that gives them apart.
fn low_to_high(
    head: &Head,
    low: &Node,
    high: &Node,
    problems: &mut Problems,
) -> Option<(f64, f64)> {
    let quantity = head.metric.as_ref()?.1;
    let bounds =
        [("low", low), ("high", high)].map(|(key, node)| single(key, node, quantity, problems));
    let [Some(a), Some(b)] = bounds else { return None };
    head.in_range("low", low, &[a], Floor::AboveZero, problems)?;
    if a > b {
        problems.push(
            Diagnostic::error(codes::RANGE, "`low` is above `high`")
                .at(low.span.clone(), "")
                .also(high.span.clone(), "")
                .help("swap them"),
        );
        return None;
    }
    Some((a, b))
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
    problems: &mut Problems,
) -> Option<ObservationRow> {
    let value = required(table, "value", item, head.whole, problems);
    let value = value.and_then(|node| observed(&head, node, problems));
    let error = table.get("error").map(|entry| relative_error(&entry.node, problems));
    let basis = table.get("h100e").map(|entry| basis(&head, &entry.node, problems));
    let About { metric, quantity, at, provenance } = head.about()?;
    if first_day(at).is_some_and(|first| provenance.known < first) {
        let at = table.get("at").map(|entry| to_toml(&entry.node)).unwrap_or_default();
        problems.push(too_early(item, &metric, at.trim_matches('"'), &provenance));
        return None;
    }
    let (value, low, high) = value?;
    let (error, basis) = (settled(error)?, settled(basis)?);
    Some(ObservationRow { metric, quantity, at, value, low, high, error, basis, provenance })
}

/// What was not given, or given and right.
#[expect(clippy::option_option, reason = "wrong, not given, given")]
fn settled<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

/// An observed value and its limits, if it has any.
fn observed(
    head: &Head,
    node: &Node,
    problems: &mut Problems,
) -> Option<(f64, Option<f64>, Option<f64>)> {
    let numbers = head.numbers("value", node, problems)?;
    head.in_range("value", node, &numbers, Floor::Zero, problems)?;
    match numbers.as_slice() {
        [x] => Some((*x, None, None)),
        [low, high] => {
            Some((middle(*low, *high, head.metric.as_ref()?.1), Some(*low), Some(*high)))
        }
        [low, x, high] => Some((*x, Some(*low), Some(*high))),
        _ => None,
    }
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
    } else if let Some((metric, quantity)) = &head.metric
        && *quantity != Quantity::H100e
    {
        let message = format!("`{metric}` is not counted in H100-equivalents");
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

fn part(
    table: &Table,
    item: &Node,
    (metric, provenance): (&str, &Provenance),
    sourcing: &Sourcing,
) -> RowPart {
    let text =
        |key: &str| table.get(key).map(|entry| to_toml(&entry.node).trim_matches('"').to_owned());
    let value = match (text("value"), text("low"), text("high")) {
        (Some(value), ..) => value,
        (None, Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    };
    let at = text("at").unwrap_or_default();
    RowPart {
        name: format!("{metric} {at}"),
        text: resolved(table, provenance),
        shown: format!("{value}, known {}", provenance.known),
        provenance: provenance.clone(),
        span: item.span.clone(),
        seen: sourcing.seen(provenance),
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
