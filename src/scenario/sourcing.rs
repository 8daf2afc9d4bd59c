//! Whether values have a source, and whether it was known in time. Values that lack the same thing
//! share one message, since the mistake is usually one line.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::problems::Problems;
use super::provenance::{Inherited, Slot};
use super::types::{Grade, Provenance, Source};
use super::walk::Draft;
use crate::diag::{Diagnostic, FileId, Severity, Span, nearest};
use crate::time::Date;

/// Most places that one message marks.
const MARKED: usize = 4;

/// A key and where it is given.
type Place = (String, Span);

/// The sources of a scenario, and what is wrong with their uses.
#[derive(Debug, Default)]
pub(super) struct Sourcing {
    /// The day the scenario looks from; none if it is missing or wrong.
    pub(super) as_of: Option<Date>,
    /// Whether a missing source is only a warning.
    pub(super) warn: bool,
    sources: BTreeMap<String, (Source, Span)>,
    /// Sources that were named, but are not fit for use; that was reported.
    broken: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Sources of values that the scenario does not see.
    aside: BTreeSet<String>,
    /// By file and what is missing: a source, a grade.
    unsourced: BTreeMap<(FileId, bool, bool), Vec<Place>>,
    unknown: BTreeMap<String, Vec<Place>>,
    /// Left out since another message should explain it.
    silent: Vec<Place>,
    late: BTreeMap<(String, Date), Vec<Place>>,
}

impl Sourcing {
    /// Reads all sources.
    pub(super) fn new(draft: &Draft) -> Self {
        let mut this = Self {
            as_of: draft.date("as_of"),
            warn: draft.text("unsourced").as_deref() == Some("warn"),
            ..Self::default()
        };
        for (name, span) in draft.names("source") {
            let text = |key: &str| draft.text(&format!("source.{name}.{key}")).unwrap_or_default();
            match draft.date(&format!("source.{name}.date")) {
                Some(date) => {
                    let source = Source {
                        date,
                        title: text("title"),
                        url: text("url"),
                        document: text("document"),
                        license: text("license"),
                        note: text("note"),
                    };
                    this.sources.insert(name.to_owned(), (source, span.clone()));
                }
                None => {
                    this.broken.insert(name.to_owned());
                }
            }
        }
        this
    }

    /// The sources that were used.
    pub(super) fn used(&self) -> BTreeMap<String, Source> {
        let pick = |name: &String| {
            let known = self.sources.get(name).map(|(source, _)| source.clone());
            known.or_else(|| self.synthetic(name)).map(|source| (name.clone(), source))
        };
        self.used.iter().filter_map(pick).collect()
    }

    /// The sources of values that have none.
    fn synthetic(&self, name: &str) -> Option<Source> {
        let title = match name {
            "set" => "Set on the command line",
            "none" => "No source",
            _ => return None,
        };
        Some(Source {
            date: self.as_of?,
            title: title.to_owned(),
            url: String::new(),
            document: String::new(),
            license: String::new(),
            note: String::new(),
        })
    }

    /// The provenance of one value; nothing if it is incomplete, which is reported later.
    pub(super) fn resolve(
        &mut self,
        key: &str,
        span: &Span,
        around: &Inherited,
        set: bool,
        problems: &Problems,
    ) -> Option<Provenance> {
        let place = (key.to_owned(), span.clone());
        let name = self.name(&place, around, set, problems)?;
        let unsourced = around.source == Slot::Empty;
        let grade = match &around.grade {
            Slot::Given(grade, _) => *grade,
            _ if unsourced => Grade::D,
            Slot::Bad => {
                self.silent.push(place);
                return None;
            }
            Slot::Empty => {
                self.unsourced.entry((span.file, false, true)).or_default().push(place.clone());
                if !self.warn {
                    return None;
                }
                Grade::D
            }
        };
        self.used.insert(name.clone());
        let as_of = self.as_of?;
        let known = match &around.known {
            Slot::Given(date, _) => *date,
            Slot::Bad => {
                self.silent.push(place);
                return None;
            }
            Slot::Empty => self.sources.get(&name).map_or(as_of, |(source, _)| source.date),
        };
        // What rests on a source of the future was not known before, whatever it says of itself.
        let published = self.sources.get(&name).map(|(source, _)| source.date);
        let known = published.filter(|date| *date > as_of).map_or(known, |date| date.max(known));
        Some(Provenance {
            source: name,
            grade,
            known,
            hindsight: around.hindsight,
            note: around.note.clone(),
        })
    }

    /// Checks the source of a value that the scenario does not see.
    pub(super) fn check(
        &mut self,
        key: &str,
        span: &Span,
        around: &Inherited,
        set: bool,
        problems: &Problems,
    ) {
        let used = self.used.clone();
        self.resolve(key, span, around, set, problems);
        self.aside.extend(self.used.difference(&used).cloned());
        self.used = used;
    }

    /// The name of a value's source.
    fn name(
        &mut self,
        place: &Place,
        around: &Inherited,
        set: bool,
        problems: &Problems,
    ) -> Option<String> {
        match &around.source {
            Slot::Bad => {
                self.silent.push(place.clone());
                None
            }
            Slot::Given(name, _) if self.sources.contains_key(name) => Some(name.clone()),
            Slot::Given(name, at) => {
                if self.broken.contains(name) || problems.explains(&format!("source.{name}")) {
                    self.silent.push(place.clone());
                    return None;
                }
                let list = self.unknown.entry(name.clone()).or_default();
                // Many values may have it from one table.
                if !list.iter().any(|(_, span)| span == at) {
                    list.push((place.0.clone(), at.clone()));
                }
                None
            }
            Slot::Empty if set => Some("set".to_owned()),
            Slot::Empty => {
                let no_grade = around.grade == Slot::Empty;
                let kind = (place.1.file, true, no_grade);
                self.unsourced.entry(kind).or_default().push(place.clone());
                self.warn.then(|| "none".to_owned())
            }
        }
    }

    /// Whether the run may see it.
    pub(super) fn seen(&self, provenance: &Provenance) -> bool {
        provenance.hindsight || self.as_of.is_none_or(|as_of| provenance.known <= as_of)
    }

    /// Notes a value that became known too late.
    pub(super) fn late(&mut self, key: &str, span: &Span, provenance: &Provenance) {
        self.late
            .entry((provenance.source.clone(), provenance.known))
            .or_default()
            .push((key.to_owned(), span.clone()));
    }

    /// Notes unknown sources of tables without values of their own.
    fn idle(&mut self, problems: &Problems) {
        for (path, name, span) in &problems.sources {
            let known = self.sources.contains_key(name) || self.broken.contains(name);
            if known || problems.explains(&format!("source.{name}")) {
                continue;
            }
            let list = self.unknown.entry(name.clone()).or_default();
            if !list.iter().any(|(_, other)| other == span) {
                list.push((path.clone(), span.clone()));
            }
        }
    }

    /// Reports all that was noted.
    pub(super) fn report(&mut self, draft: &Draft, problems: &mut Problems) {
        self.idle(problems);
        for ((_, source, grade), places) in &self.unsourced {
            problems.push(self.no_source(places, *source, *grade));
        }
        for (name, places) in &self.unknown {
            problems.push(self.unknown_source(name, places));
        }
        for ((name, known), places) in &self.late {
            problems.push(self.too_late(name, *known, places, draft));
        }
        // Nothing may be left out in silence.
        if !problems.list.has_errors() && !self.silent.is_empty() {
            problems.push(self.no_source(&self.silent, true, true));
        }
    }

    fn no_source(&self, keys: &[Place], source: bool, grade: bool) -> Diagnostic {
        let what = match (source, grade) {
            (true, true) => "no source and no grade",
            (true, false) => "no source",
            _ => "no grade",
        };
        let message = match keys {
            [(key, _)] => format!("`{key}` has {what}"),
            _ => format!("{} values have {what}", keys.len()),
        };
        let mut diagnostic = Diagnostic::error(codes::UNSOURCED, message);
        if self.warn {
            diagnostic.severity = Severity::Warning;
        }
        let lines = match (source, grade) {
            (true, true) => "source = \"...\" and grade = \"...\"",
            (true, false) => "source = \"...\"",
            _ => "grade = \"...\"",
        };
        let table = common_table(keys);
        let help = if table.is_empty() {
            format!("add {lines} to each value, or to a table around it")
        } else {
            format!("add {lines} to `{table}` or to each value")
        };
        marked(diagnostic, keys, what).help(help)
    }

    fn unknown_source(&self, name: &str, places: &[Place]) -> Diagnostic {
        let message = format!("no source `{name}`");
        let names = |used: bool| {
            let taken = |name: &String| self.used.contains(name) || self.aside.contains(name);
            let names = self.sources.keys().filter(move |other| taken(other) == used);
            nearest(name, names.map(String::as_str))
        };
        // If nobody uses the other name, it may be the definition that is misspelled.
        let (near, free) = match names(false) {
            Some(near) => (Some(near), true),
            None => (names(true), false),
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_SOURCE, message);
        let Some((near, span)) = near.and_then(|n| Some((n, self.sources.get(n)?.1.clone())))
        else {
            return marked(diagnostic, places, "unknown source")
                .help(format!("define it: [source.{name}] with a `date` and a `title`"));
        };
        if !free || places.len() == 1 {
            let label = if free { "defined here, and not used" } else { "" };
            let diagnostic = marked(diagnostic, places, "unknown source");
            return diagnostic.also(span, label).help(format!("did you mean `{near}`?"));
        }
        let mut diagnostic = diagnostic.at(span, format!("defined here as `{near}`"));
        for (key, span) in places.iter().take(MARKED) {
            diagnostic = diagnostic.also(span.clone(), format!("used by `{key}`"));
        }
        diagnostic.help(format!("write [source.{name}] here, or `{near}` where it is used"))
    }

    fn too_late(&self, name: &str, known: Date, places: &[Place], draft: &Draft) -> Diagnostic {
        let as_of = self.as_of.map(|date| date.to_string()).unwrap_or_default();
        let message = match places {
            [(key, _)] => format!("`{key}` was not known on {as_of}"),
            _ => format!("{} values were not known on {as_of}", places.len()),
        };
        let label = format!("known from {known} (source `{name}`)");
        let mut diagnostic = marked(Diagnostic::error(codes::HINDSIGHT, message), places, &label);
        if let Some(placed) = draft.last("as_of") {
            diagnostic = diagnostic.also(placed.node.span.clone(), "the scenario looks from here");
        }
        diagnostic.help(
            "use what was known then, or write hindsight = true beside it; such values are counted",
        )
    }
}

/// Marks the places, the first as the place of the mistake.
fn marked(mut diagnostic: Diagnostic, places: &[Place], label: &str) -> Diagnostic {
    for (at, (key, span)) in places.iter().enumerate().take(MARKED) {
        diagnostic = match at {
            0 => diagnostic.at(span.clone(), label),
            _ => diagnostic.also(span.clone(), format!("and `{key}`")),
        };
    }
    if places.len() > MARKED {
        let rest: Vec<String> =
            places[MARKED..].iter().map(|(key, _)| format!("`{key}`")).collect();
        diagnostic = diagnostic.note(format!("also {}", rest.join(", ")));
    }
    diagnostic
}

/// The innermost table that holds all keys.
fn common_table(places: &[Place]) -> String {
    let Some((first, _)) = places.first() else { return String::new() };
    let mut table = first.rsplit_once('.').map_or("", |(table, _)| table);
    while !table.is_empty()
        && !places
            .iter()
            .all(|(key, _)| key.strip_prefix(table).is_some_and(|k| k.starts_with('.')))
    {
        table = table.rsplit_once('.').map_or("", |(table, _)| table);
    }
    table.to_owned()
}
