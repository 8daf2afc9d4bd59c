//! Targets: questions about the future with a limit and a date.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::document::{Data, Node, Table, to_toml};
use super::keys::is_provenance;
use super::linked_targets;
use super::overlay::Layers;
use super::parts;
use super::problems::Problems;
use super::row_checks;
use super::rows::{period, single, wrong_type};
use super::structure::{metric_quantity, no_metric, stray_key};
use super::types::At;
use super::walk::Draft;
use crate::diag::{Diagnostic, Span, nearest};
use crate::model::declare::{Aggregation, MetricDecl};
use crate::time::{Date, Quarter, TimeGrid};
use crate::units::{Quantity, format_value};

/// One question about the future.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Name; of a part written in place, that of its whole with a number: `NAME.1`.
    pub name: String,
    /// The question in a few words.
    pub title: String,
    /// What is asked, as written: `fleet.h100e at least 600 k H100e`.
    pub asked: String,
    /// Whether it is a part written in place, which is not reported by itself.
    pub part: bool,
    /// What is asked.
    pub ask: Ask,
    /// Last days on which it may be met for the first time, the earliest first.
    pub due: Vec<Due>,
    /// Positions of the targets that are taken as met.
    pub given: Vec<usize>,
    /// Where its name stands.
    pub span: Span,
    /// Where the metric or event that it asks about stands.
    pub place: Span,
}

/// What a target asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Whether a metric lies between two limits, both in its canonical unit; infinite where there
    /// is none.
    Metric {
        /// Its name.
        metric: String,
        /// Lower limit.
        low: f64,
        /// Upper limit.
        high: f64,
        /// When its value counts.
        when: When,
    },
    /// Whether an event comes.
    Event {
        /// The training run.
        run: String,
        /// `start`, `finish` or `release`.
        event: &'static str,
    },
    /// Whether all of these targets are met, by position.
    All(Vec<usize>),
    /// Whether one of them is met.
    Any(Vec<usize>),
}

/// When the value of a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whenever it is reached first.
    First,
    /// At one date or in one quarter.
    At(At),
    /// The year's value.
    During(i32),
    /// In every quarter of the year.
    Throughout(i32),
}

/// A last day, and how to say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The day.
    pub date: Date,
    /// `by 2024-12-31`, `at 2024-12-31`, `in 2024Q4`, `in 2025` or `throughout 2025`.
    pub label: String,
}

/// Keys of a target written in place.
pub(super) const PART_KEYS: [&str; 10] =
    ["metric", "at_least", "at_most", "event", "all", "any", "by", "at", "during", "throughout"];
/// What is asked: one of these.
const ASKS: [&str; 4] = ["metric", "event", "all", "any"];
/// When: one of these.
const WHENS: [&str; 4] = ["by", "at", "during", "throughout"];
/// Ends of the names of events.
const EVENTS: [&str; 3] = ["start", "finish", "release"];
/// No metric is larger in its canonical unit.
const LARGEST: f64 = 1e100;
/// Parts in parts in parts: as deep as anyone can read.
const DEEPEST: usize = 8;

/// A question in its parts: what is asked, as written, and the days.
type Asked = (Ask, String, Vec<Due>);

/// Keys of a target with their places and values.
type Keys<'a> = BTreeMap<&'a str, (&'a Span, &'a Node)>;

/// All targets: those with names in the order of the names, then the parts written in place.
pub(super) fn read(
    draft: &Draft,
    layers: &Layers,
    grid: Option<TimeGrid>,
    problems: &mut Problems,
) -> Vec<Target> {
    let places = draft.names("target");
    let runs = draft.names("training").into_iter().map(|(name, _)| name).collect();
    let (all, named) = (Vec::new(), Vec::new());
    let mut reader = Reader { grid, places: &places, runs, all, named, problems };
    for (name, place) in &places {
        let nothing = nothing(name, (*place).clone());
        reader.all.push(nothing);
    }
    for (at, (name, place)) in places.iter().enumerate() {
        let path = format!("target.{name}");
        let keys: Keys = draft
            .below(&path)
            .filter(|(_, placed)| !placed.node.has_lost())
            .filter_map(|(key, placed)| {
                let key = key.strip_prefix(&path)?.strip_prefix('.')?;
                Some((key, (&placed.key_span, &placed.node)))
            })
            .collect();
        let target = reader.target(&path, &keys, place, 0);
        match target.filter(|_| !reader.problems.explains(&path)) {
            Some(target) => reader.all[at] = target,
            // Reported: what lacks because of it needs no message more.
            None => reader.problems.mark_failed(&path),
        }
    }
    let Reader { mut all, named, problems, .. } = reader;
    row_checks::report_things(&named, draft, layers, problems);
    parts::report_off(&named, draft, problems);
    linked_targets::circles(&all, problems);
    linked_targets::inherit_dates(&mut all, &WHENS, problems);
    all
}

/// Stands for a target that could not be read: that was reported.
fn nothing(name: &str, span: Span) -> Target {
    Target {
        name: name.to_owned(),
        title: String::new(),
        asked: String::new(),
        part: false,
        ask: Ask::Any(Vec::new()),
        due: Vec::new(),
        given: Vec::new(),
        place: span.clone(),
        span,
    }
}

struct Reader<'a, 'p> {
    grid: Option<TimeGrid>,
    /// Names of targets, and where they are.
    places: &'a [(&'a str, &'a Span)],
    runs: Vec<&'a str>,
    all: Vec<Target>,
    /// Metrics, and where they are named.
    named: Vec<(String, Span)>,
    problems: &'p mut Problems,
}

impl Reader<'_, '_> {
    /// Reports a mistake: there is no such target then.
    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.problems.push(diagnostic);
        None
    }

    fn target(&mut self, path: &str, keys: &Keys, place: &Span, depth: usize) -> Option<Target> {
        let asks: Vec<&str> = ASKS.into_iter().filter(|key| keys.contains_key(key)).collect();
        let name = path.strip_prefix("target.").unwrap_or(path).to_owned();
        // All that can be told is, whatever is wrong with the rest.
        let one = self.one_ask(path, keys, &asks, place);
        let fit = self.companions(path, keys, &asks);
        let read = self.questions(path, keys, &asks, place, depth);
        let given = self.given(path, &name, keys);
        let (asks, (), (ask, asked, mut due), given) = (one?, fit?, read?, given?);
        due.sort();
        due.dedup();
        let title = keys.get("title").and_then(|(_, node)| node.text());
        let title = title.unwrap_or(&asked).to_owned();
        let (span, place) = (place.clone(), keys[asks].1.span.clone());
        Some(Target { name, title, asked, part: depth > 0, ask, due, given, span, place })
    }

    /// What is asked, with the dates. Where there is not one question, all are read for their mistakes,
    /// and the dates once.
    fn questions(
        &mut self,
        path: &str,
        keys: &Keys,
        asks: &[&str],
        place: &Span,
        depth: usize,
    ) -> Option<Asked> {
        if asks.is_empty() {
            self.when(path, keys, place, true, None);
            return None;
        }
        let undated: Keys =
            keys.iter().filter(|(key, _)| !WHENS.contains(key)).map(|(k, v)| (*k, *v)).collect();
        let inherits = asks.iter().any(|asks| ["all", "any"].contains(asks));
        let mut found = None;
        for (at, asks) in asks.iter().enumerate() {
            let keys = if at == 0 { keys } else { &undated };
            let part = depth > 0 || at > 0 || inherits;
            found = match *asks {
                "metric" => self.metric(path, keys, place, part),
                "event" => self.event(path, keys, place, part),
                _ => self.combination(path, keys, asks, depth),
            };
        }
        found
    }

    /// The one thing that is asked.
    fn one_ask<'k>(
        &mut self,
        path: &str,
        keys: &Keys,
        asks: &[&'k str],
        place: &Span,
    ) -> Option<&'k str> {
        if let [asks] = asks {
            return Some(asks);
        }
        if asks.is_empty() && ASKS.iter().any(|key| self.problems.explains(&join(path, key))) {
            return None;
        }
        let diagnostic = match asks {
            [one, other, ..] => Diagnostic::error(
                codes::CONFLICT,
                format!("`{path}` has both `{one}` and `{other}`"),
            )
            .at(keys[other].0.clone(), "")
            .also(keys[one].0.clone(), "")
            .help("ask one thing, and put several together: all = [{ metric = ... }, \"NAME\"]"),
            _ => Diagnostic::error(codes::MISSING, format!("`{path}` asks for nothing"))
                .at(place.clone(), "no `metric`, `event`, `all` or `any`")
                .help("add metric = \"fleet.h100e\" with at_least = \"600 k H100e\"")
                .help("or event = \"training.NAME.release\", or all = [...], or any = [...]"),
        };
        self.fail(diagnostic)
    }

    /// Keys that go with others only, and those of which there is one at most.
    fn companions(&mut self, path: &str, keys: &Keys, asks: &[&str]) -> Option<()> {
        let Some(other) = asks.first().filter(|_| !asks.contains(&"metric")) else {
            return self.one_date(path, keys);
        };
        let dated = keys.contains_key("by");
        let groups: [(&[&str], &str); 2] = [
            (&["at_least", "at_most"], "remove it"),
            (
                &["at", "during", "throughout"],
                if dated { "remove it" } else { "write by = 2025-12-31" },
            ),
        ];
        let mut fit = Some(());
        for (group, help) in groups {
            let given: Vec<&str> =
                group.iter().copied().filter(|key| keys.contains_key(key)).collect();
            let [key, more @ ..] = given.as_slice() else { continue };
            let message = format!("`{path}` has `{key}`, which goes with a `metric` only");
            let mut diagnostic =
                Diagnostic::error(codes::CONFLICT, message).at(keys[key].0.clone(), "");
            for key in more {
                diagnostic = diagnostic.also(keys[key].0.clone(), "and so does this");
            }
            fit = self.fail(diagnostic.also(keys[other].0.clone(), "").help(help));
        }
        fit
    }

    fn one_date(&mut self, path: &str, keys: &Keys) -> Option<()> {
        let whens: Vec<&str> = WHENS.into_iter().filter(|key| keys.contains_key(key)).collect();
        let [one, other, more @ ..] = whens.as_slice() else { return Some(()) };
        let message = format!("`{path}` has both `{one}` and `{other}`");
        let mut diagnostic = Diagnostic::error(codes::CONFLICT, message)
            .at(keys[other].0.clone(), "")
            .also(keys[one].0.clone(), "");
        for key in more {
            diagnostic = diagnostic.also(keys[key].0.clone(), "a date more");
        }
        self.fail(diagnostic.help("keep one of them; a second question is a target of its own"))
    }

    fn metric(&mut self, path: &str, keys: &Keys, place: &Span, part: bool) -> Option<Asked> {
        let (_, node) = keys["metric"];
        let Some(metric) = node.text() else {
            let example = "\"fleet.h100e\"";
            return self.fail(wrong_type("metric", "the name of a metric", node, example));
        };
        let decl = crate::model::metric_decl(metric);
        match decl {
            Some(_) => self.named.push((metric.to_owned(), node.span.clone())),
            None => self.problems.push(not_computed(metric, &node.span)),
        }
        let limits = ["at_least", "at_most"].map(|key| self.limit(key, keys, decl));
        let limited = match limits {
            [Ok(low), Ok(high)] => self.limits(path, keys, [low, high], place),
            _ => None,
        };
        let when = self.when(path, keys, place, part, decl);
        decl?;
        let ((low, high), (when, due)) = (limited?, when?);
        let mut asked = metric.to_owned();
        for key in ["at_least", "at_most"] {
            let Some((_, node)) = keys.get(key) else { continue };
            let and = if asked.len() > metric.len() { " and" } else { "" };
            let text = node.text().map_or_else(|| to_toml(node), str::to_owned);
            asked = format!("{asked}{and} {} {text}", key.replace('_', " "));
        }
        Some((Ask::Metric { metric: metric.to_owned(), low, high, when }, asked, due))
    }

    /// One limit of a metric, if it is given. Where the metric is not known, nothing is known of its unit.
    fn limit(
        &mut self,
        key: &str,
        keys: &Keys,
        decl: Option<&MetricDecl>,
    ) -> Result<Option<f64>, ()> {
        let Some((_, node)) = keys.get(key) else { return Ok(None) };
        let decl = decl.ok_or(())?;
        let value = single(key, node, decl.quantity, self.problems).ok_or(())?;
        let message = if value.abs() > LARGEST {
            format!("`{key}` is larger than any metric")
        } else if value < 0.0 && !decl.signed {
            format!("`{}` is never below 0", decl.name)
        } else if value > 1.0 && decl.quantity == Quantity::Share {
            format!("`{}` is a share, never above 1", decl.name)
        } else {
            return Ok(Some(value));
        };
        let shown = format!("this is {}", format_value(value, decl.quantity));
        let diagnostic = Diagnostic::error(codes::RANGE, message)
            .at(node.span.clone(), shown)
            .help(format!("for example {key} = \"{}\"", decl.quantity.example()));
        self.fail(diagnostic).ok_or(())
    }

    fn limits(
        &mut self,
        path: &str,
        keys: &Keys,
        limits: [Option<f64>; 2],
        place: &Span,
    ) -> Option<(f64, f64)> {
        match limits {
            [None, None] => {
                let known = ["at_least", "at_most"];
                let other = ASKS.iter().any(|key| *key != "metric" && keys.contains_key(key));
                // Beside another question, the metric may be what is to go.
                if other || known.iter().any(|key| self.problems.explains(&join(path, key))) {
                    return None;
                }
                let message = format!("`{path}` has neither `at_least` nor `at_most`");
                let diagnostic = Diagnostic::error(codes::MISSING, message)
                    .at(place.clone(), "a metric without a limit")
                    .help("add one with a unit, for example at_least = \"600 k H100e\"");
                self.fail(diagnostic)
            }
            [Some(low), Some(high)] if low > high => {
                let message = "`at_least` is above `at_most`";
                let diagnostic = Diagnostic::error(codes::RANGE, message)
                    .at(keys["at_least"].1.span.clone(), "")
                    .also(keys["at_most"].1.span.clone(), "")
                    .help("swap them");
                self.fail(diagnostic)
            }
            [low, high] => Some((low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))),
        }
    }

    /// When the value of a metric counts, and the days that follow from it. Of several dates, all are
    /// read, and none holds.
    fn when(
        &mut self,
        path: &str,
        keys: &Keys,
        place: &Span,
        part: bool,
        decl: Option<&MetricDecl>,
    ) -> Option<(When, Vec<Due>)> {
        let given: Vec<&str> = WHENS.into_iter().filter(|key| keys.contains_key(key)).collect();
        if given.is_empty() {
            self.must_say_when(path, keys, place, part)?;
            return Some((When::First, Vec::new()));
        }
        let mut read = Vec::new();
        for key in given {
            read.push(self.one_when(key, keys[key].1, decl));
        }
        let [one] = <[_; 1]>::try_from(read).ok()?;
        one
    }

    fn one_when(
        &mut self,
        key: &str,
        node: &Node,
        decl: Option<&MetricDecl>,
    ) -> Option<(When, Vec<Due>)> {
        let when = match key {
            "by" => return Some((When::First, self.by(node)?)),
            "at" => match period(node, self.problems) {
                Some(At::Year(year)) => When::During(year),
                Some(at) => When::At(at),
                None => return None,
            },
            "during" => When::During(self.year(key, node)?),
            _ => When::Throughout(self.year(key, node)?),
        };
        let is = |kind| decl.is_some_and(|decl| decl.aggregation == kind);
        let whole = is(Aggregation::Flow) || matches!(when, When::Throughout(_));
        let due = self.inside(when, node, whole, is(Aggregation::Stock))?;
        Some((when, due))
    }

    fn must_say_when(&mut self, path: &str, keys: &Keys, place: &Span, part: bool) -> Option<()> {
        if part {
            return Some(());
        }
        let told = |key: &&str| keys.contains_key(key) || self.problems.explains(&join(path, key));
        if WHENS.iter().any(told) {
            return None;
        }
        let diagnostic = Diagnostic::error(codes::MISSING, format!("`{path}` does not say when"))
            .at(place.clone(), "no date")
            .help("add by = 2025-12-31, or at, during or throughout");
        self.fail(diagnostic)
    }

    fn year(&mut self, key: &str, node: &Node) -> Option<i32> {
        let year = match &node.data {
            Data::Number(number) => number.whole.and_then(|year| i32::try_from(year).ok()),
            _ => None,
        };
        let year = year.filter(|year| (1900..=2200).contains(year));
        year.or_else(|| self.fail(wrong_type(key, "a year", node, "2025")))
    }

    /// Checks that a period lies in the grid, all of it where that counts.
    fn inside(
        &mut self,
        when: When,
        node: &Node,
        whole: bool,
        interpolated: bool,
    ) -> Option<Vec<Due>> {
        let grid = self.grid?;
        let fourth = |year| Quarter::new(year, 4);
        let (last, label) = match when {
            When::First => return Some(Vec::new()),
            When::At(At::Year(year)) | When::During(year) => (fourth(year)?, format!("in {year}")),
            When::Throughout(year) => (fourth(year)?, format!("throughout {year}")),
            When::At(At::Quarter(quarter)) => (quarter, format!("in {quarter}")),
            When::At(At::Day(date)) => {
                self.day(date, node, grid)?;
                let early = date.quarter() == grid.from() && date < grid.from().end();
                if early && interpolated {
                    let message = "no value is known before the end of the first quarter";
                    let diagnostic = Diagnostic::error(codes::PERIOD, message)
                        .at(node.span.clone(), "")
                        .help(format!("the first day with one is {}", grid.from().end()));
                    return self.fail(diagnostic);
                }
                return Some(vec![Due { date, label: format!("at {date}") }]);
            }
        };
        let yearly = !matches!(when, When::At(_));
        let first = if yearly && whole { last.plus(-3) } else { last };
        if grid.step(first).is_none() || grid.step(last).is_none() {
            let part = match when {
                When::At(_) => last.to_string(),
                _ if whole => format!("all of {}", last.year()),
                _ => format!("the end of {}", last.year()),
            };
            let message =
                format!("the run from {} to {} does not hold {part}", grid.from(), grid.to());
            let diagnostic = Diagnostic::error(codes::PERIOD, message)
                .at(node.span.clone(), "outside")
                .help("ask for a period within the run, or change `run.from` and `run.to`");
            return self.fail(diagnostic);
        }
        Some(vec![Due { date: last.end(), label }])
    }

    /// Checks that a day lies in the grid.
    fn day(&mut self, date: Date, node: &Node, grid: TimeGrid) -> Option<()> {
        let message = if date < grid.from().start() {
            format!("{date} is before the first quarter, {}", grid.from())
        } else if date > grid.to().end() {
            format!("{date} is after the last quarter, {}", grid.to())
        } else {
            return Some(());
        };
        let diagnostic = Diagnostic::error(codes::PERIOD, message)
            .at(node.span.clone(), "outside of the run")
            .help(format!("dates lie from {} to {}", grid.from().start(), grid.to().end()));
        self.fail(diagnostic)
    }

    fn by(&mut self, node: &Node) -> Option<Vec<Due>> {
        let items = match &node.data {
            Data::List(items) if !items.is_empty() => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut seen = BTreeSet::new();
        let mut due = Vec::new();
        for item in items {
            due.push(self.due(item, &mut seen));
        }
        due.into_iter().collect()
    }

    /// One of the last days.
    fn due(&mut self, item: &Node, seen: &mut BTreeSet<Date>) -> Option<Due> {
        let Data::Date(date) = item.data else {
            let mut diagnostic = wrong_type("by", "a date or dates", item, "2024-12-31");
            if item.text().is_some_and(|text| Date::parse(text).is_some()) {
                diagnostic = diagnostic.help("write dates without quotes");
            }
            return self.fail(diagnostic);
        };
        if !seen.insert(date) {
            let message = format!("{date} is given twice");
            let diagnostic = Diagnostic::error(codes::DUPLICATE, message)
                .at(item.span.clone(), "the second time")
                .help("take one of the two out");
            return self.fail(diagnostic);
        }
        if let Some(grid) = self.grid {
            self.day(date, item, grid)?;
        }
        Some(Due { date, label: format!("by {date}") })
    }

    fn event(&mut self, path: &str, keys: &Keys, place: &Span, part: bool) -> Option<Asked> {
        let due = match keys.get("by") {
            Some((_, node)) => self.by(node),
            None => self.must_say_when(path, keys, place, part).map(|()| Vec::new()),
        };
        let (ask, name) = self.event_named(path, keys["event"].1)?;
        Some((ask, name, due?))
    }

    fn event_named(&mut self, path: &str, node: &Node) -> Option<(Ask, String)> {
        if self.problems.explains(&join(path, "event")) {
            return None;
        }
        let Some(name) = node.text() else {
            let example = "\"training.NAME.release\"";
            return self.fail(wrong_type("event", "the name of an event", node, example));
        };
        let found = name.strip_prefix("training.").and_then(|rest| rest.rsplit_once('.'));
        let event = found.and_then(|(_, end)| EVENTS.into_iter().find(|event| *event == end));
        let (Some((run, _)), Some(event)) = (found, event) else {
            return self.no_event(name, node);
        };
        if self.problems.spoils(&format!("training.{run}")) {
            return None;
        }
        if !self.runs.contains(&run) {
            return self.no_event(name, node);
        }
        Some((Ask::Event { run: run.to_owned(), event }, name.to_owned()))
    }

    fn no_event<T>(&mut self, name: &str, node: &Node) -> Option<T> {
        let known: Vec<String> = self
            .runs
            .iter()
            .flat_map(|run| EVENTS.map(|event| format!("training.{run}.{event}")))
            .collect();
        let near = nearest(name, known.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                "the scenario has no training run; one is a table, [training.NAME]".to_owned()
            }
            None => format!("the events are `{}`", known.join("`, `")),
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no event `{name}`"))
            .at(node.span.clone(), "unknown event")
            .help(help);
        self.fail(diagnostic)
    }

    /// `all` or `any`.
    fn combination(&mut self, path: &str, keys: &Keys, asks: &str, depth: usize) -> Option<Asked> {
        let due = match keys.get("by") {
            Some((_, node)) => self.by(node),
            None => Some(Vec::new()),
        };
        let (_, node) = keys[asks];
        let items = match &node.data {
            Data::List(items) if !items.is_empty() && depth < DEEPEST => items.as_slice(),
            Data::List(items) if items.is_empty() => {
                let diagnostic = Diagnostic::error(codes::NO_VALUE, format!("`{asks}` is empty"))
                    .at(node.span.clone(), "no target")
                    .help("name targets, or write them in place: [\"NAME\", { metric = ... }]");
                return self.fail(diagnostic);
            }
            _ => {
                let example = "[\"NAME\", { metric = ... }]";
                return self.fail(wrong_type(asks, "a list of targets", node, example));
            }
        };
        // All are read, so that all mistakes are reported.
        let mut found = Vec::new();
        for (at, item) in items.iter().enumerate() {
            found.push(match &item.data {
                Data::Table(table) => self.part(&format!("{path}.{}", at + 1), table, item, depth),
                _ => self.named(asks, item),
            });
        }
        let parts: Vec<usize> = found.into_iter().collect::<Option<_>>()?;
        let names: Vec<&str> = parts.iter().map(|&at| self.text_of(at)).collect();
        let asked = format!("{asks} of: {}", names.join("; "));
        Some((if asks == "all" { Ask::All(parts) } else { Ask::Any(parts) }, asked, due?))
    }

    /// A target written in place.
    fn part(&mut self, path: &str, table: &Table, item: &Node, depth: usize) -> Option<usize> {
        let strange = |key: &str| !PART_KEYS.contains(&key) && !is_provenance(key);
        let strays: Vec<_> = table.entries.iter().filter(|entry| strange(&entry.key)).collect();
        for entry in &strays {
            // What is missing beside it needs no message more.
            self.problems.fail(path, stray_key(entry, path, &PART_KEYS));
        }
        let entries = table.entries.iter().filter(|entry| !is_provenance(&entry.key));
        let keys: Keys =
            entries.map(|entry| (entry.key.as_str(), (&entry.key_span, &entry.node))).collect();
        let target = self.target(path, &keys, &item.span, depth + 1);
        let target = target.filter(|_| strays.is_empty())?;
        self.all.push(target);
        Some(self.all.len() - 1)
    }

    /// The position of a target by its name.
    fn named(&mut self, key: &str, item: &Node) -> Option<usize> {
        let Some(name) = item.text() else {
            return self.fail(wrong_type(key, "names of targets", item, "[\"NAME\"]"));
        };
        let found = self.places.iter().position(|(known, _)| *known == name);
        if found.is_some() || self.problems.explains(&format!("target.{name}")) {
            return found;
        }
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no target `{name}`"))
            .at(item.span.clone(), "unknown target");
        let near = nearest(name, self.places.iter().map(|(known, _)| *known));
        let place = near.and_then(|near| self.places.iter().find(|(known, _)| *known == near));
        let diagnostic = match place {
            Some((near, span)) => diagnostic
                .also((*span).clone(), format!("there is a `{near}`"))
                .help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("define it: [target.{name}]")),
        };
        self.fail(diagnostic)
    }

    fn text_of(&self, at: usize) -> &str {
        let target = &self.all[at];
        if target.part { &target.asked } else { &target.name }
    }

    fn given(&mut self, path: &str, name: &str, keys: &Keys) -> Option<Vec<usize>> {
        let Some((_, Node { data: Data::List(items), .. })) = keys.get("given") else {
            return Some(Vec::new());
        };
        let mut given = Vec::new();
        for item in items {
            if item.text() == Some(name) {
                let message = format!("`{path}` is taken as met to ask whether it is met");
                let diagnostic = Diagnostic::error(codes::TARGET_CYCLE, message)
                    .at(item.span.clone(), "itself")
                    .help("name another target");
                given.push(self.fail(diagnostic));
            } else {
                given.push(self.named("given", item));
            }
        }
        given.into_iter().collect()
    }
}

/// The message for a metric that does not exist, or that rows may hold but the model does not compute.
fn not_computed(metric: &str, span: &Span) -> Diagnostic {
    if metric_quantity(metric).is_none() {
        return no_metric(metric, &[span]);
    }
    Diagnostic::error(codes::UNKNOWN_NAME, format!("`{metric}` is observed, and not computed"))
        .at(span.clone(), "no metric of a run")
        .help("`fleetcast list metrics` shows those that targets may ask about")
}

fn join(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

impl Target {
    /// Positions of its parts.
    pub fn parts(&self) -> &[usize] {
        match &self.ask {
            Ask::All(parts) | Ask::Any(parts) => parts,
            Ask::Metric { .. } | Ask::Event { .. } => &[],
        }
    }
}
