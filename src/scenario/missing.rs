//! What a scenario must give and does not.

use super::codes;
use super::keys::{KEYS, Leaf, Shelf};
use super::problems::Problems;
use super::structure::{LISTED, matches};
use super::walk::Draft;
use crate::diag::{Diagnostic, Span, nearest};
use crate::model::declare::{InputDecl, Need};

/// Structural keys without a default that every scenario gives.
const NEEDED: [&str; 4] = ["company", "as_of", "run.from", "run.to"];

/// Keys that every thing of a kind gives, and the kind in words.
const NEEDED_OF_THINGS: [(&str, &str, &[&str]); 9] = [
    ("source.*", "source", &["date", "title"]),
    ("chip.*", "chip", &["line"]),
    ("site.*.phase.*", "phase", &["planned", "stage"]),
    ("company.*", "company", &[]),
    ("contract.*", "contract", &["provider", "user", "start"]),
    ("lease.*", "lease", &["start"]),
    ("training.*", "training run", &[]),
    ("event.*", "event", &["date"]),
    ("policy.*", "policy", &["date"]),
];

/// An example of an input's value, as TOML.
pub(super) fn example_value(decl: &InputDecl) -> String {
    let bare = decl.example.parse::<f64>().is_ok() && decl.quantity.allows_bare_number();
    if bare || decl.example.starts_with('{') {
        decl.example.to_owned()
    } else {
        format!("\"{}\"", decl.example)
    }
}

/// One message for all keys and inputs that the scenario lacks, pointing at its first key.
pub(super) fn report(draft: &Draft, first: Span, problems: &mut Problems) {
    let mut missing: Vec<(String, String)> = Vec::new();
    for path in NEEDED {
        let elsewhere = path == "company" && draft.last("run.company").is_some();
        if draft.last(path).is_none() && !problems.explains(path) && !elsewhere {
            let example = KEYS.iter().find(|decl| decl.path == path).map_or("", |d| d.example);
            missing.push((path.to_owned(), example.to_owned()));
        }
    }
    for decl in crate::model::inputs() {
        if !decl.key.contains('*') && lacks(draft, decl, decl.key, problems) {
            missing.push((decl.key.to_owned(), example_value(decl)));
        }
    }
    // What names such an input needs no message more.
    for (key, _) in &missing {
        problems.mark_failed(key);
    }
    missing.retain(|(key, example)| match draft.removed.get(key) {
        Some(place) => {
            problems.push(taken_out(key, example, place));
            false
        }
        None => true,
    });
    if missing.is_empty() {
        return;
    }
    let message = match missing.as_slice() {
        [(key, _)] => format!("`{key}` is missing"),
        _ => format!("{} keys are missing", missing.len()),
    };
    let mut diagnostic = Diagnostic::error(codes::MISSING, message)
        .at(first, "this file does not give all it needs");
    for (key, example) in missing.iter().take(LISTED) {
        diagnostic = diagnostic.help(match key.rsplit_once('.') {
            Some((table, key)) => format!("under [{table}]: {key} = {example}"),
            None => format!("at the top: {key} = {example}"),
        });
    }
    if missing.len() > LISTED {
        let rest: Vec<&str> = missing[LISTED..].iter().map(|(key, _)| key.as_str()).collect();
        diagnostic = diagnostic.note(format!("and {}", rest.join(", ")));
    }
    problems.push(diagnostic);
}

/// The message for a key that is needed and that `remove` takes out.
fn taken_out(key: &str, example: &str, place: &Span) -> Diagnostic {
    let message = format!("`{key}` is taken out, but needed");
    let diagnostic = Diagnostic::error(codes::MISSING, message).at(place.clone(), "taken out here");
    let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
    let header = if table.is_empty() { String::new() } else { format!(" under [{table}]") };
    diagnostic
        .help(format!("take it out of `remove`, or give another value{header}: {name} = {example}"))
}

/// Whether an input is needed and neither given nor explained by another message.
fn lacks(draft: &Draft, decl: &InputDecl, path: &str, problems: &Problems) -> bool {
    let needed = match decl.need {
        Need::Always => true,
        Need::Optional => false,
        // What all things of a kind share is needed as soon as one of them is there.
        Need::With(other) if other.contains('*') && !decl.key.contains('*') => {
            draft.values.keys().any(|given| matches(other, given))
        }
        Need::With(other) => draft.last(&with_names(other, path)).is_some(),
    };
    let replaced = super::keys::REPLACED_BY_SHARES.contains(&decl.key)
        && (draft.last("capex.shares").is_some() || problems.explains("capex.shares"));
    needed && !replaced && draft.last(path).is_none() && !problems.explains(path)
}

/// A key pattern with the names that stand at its stars in `path`.
pub(super) fn with_names(pattern: &str, path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    let filled = pattern.split('.').enumerate().map(|(at, part)| match part {
        "*" => parts.get(at).copied().unwrap_or(part),
        part => part,
    });
    filled.collect::<Vec<_>>().join(".")
}

/// Reports named things that lack a key all of their kind give, one message each.
pub(super) fn report_things(draft: &Draft, shelf: &Shelf, problems: &mut Problems) {
    let of_things = crate::model::inputs().filter_map(|decl| {
        let (table, key) = decl.key.rsplit_once('.')?;
        table.contains('*').then_some((decl, table, key))
    });
    let of_things: Vec<_> = of_things.collect();
    for (thing, spans) in &draft.things {
        let Some(span) = spans.last() else { continue };
        let mut lacking: Vec<(String, String)> = Vec::new();
        let structural = NEEDED_OF_THINGS.iter().find(|(pattern, ..)| matches(pattern, thing));
        let kind = structural.map_or("table", |(_, kind, _)| kind);
        for key in structural.map_or(&[] as &[&str], |(.., keys)| keys) {
            let path = format!("{thing}.{key}");
            if draft.last(&path).is_none() && !problems.explains(&path) {
                lacking.push(((*key).to_owned(), example_of(shelf, &path)));
            }
        }
        for &(decl, table, key) in &of_things {
            if matches(table, thing)
                && is_name(table, thing)
                && lacks(draft, decl, &format!("{thing}.{key}"), problems)
            {
                lacking.push((key.to_owned(), example_value(decl)));
            }
        }
        lacking.retain(|(key, example)| {
            let path = format!("{thing}.{key}");
            let Some(place) = draft.removed.get(&path) else { return true };
            let diagnostic = taken_out(&path, example, place);
            problems.fail(&path, diagnostic);
            false
        });
        if !lacking.is_empty() {
            incomplete(draft, thing, (kind, span), &lacking, problems);
        }
    }
}

/// `site.stage.x` fits `site.*.x`-like patterns too: the fixed part wins.
fn is_name(table: &str, thing: &str) -> bool {
    let fixed = thing.starts_with("site.stage.");
    !fixed || table.starts_with("site.stage.")
}

fn example_of(shelf: &Shelf, path: &str) -> String {
    match shelf.at(path).and_then(|shelf| shelf.leaf) {
        Some(Leaf::Key(decl)) => decl.example.to_owned(),
        Some(Leaf::Input(decl)) => example_value(decl),
        _ => "...".to_owned(),
    }
}

/// Reports what a named thing lacks.
fn incomplete(
    draft: &Draft,
    thing: &str,
    (kind, span): (&str, &Span),
    lacking: &[(String, String)],
    problems: &mut Problems,
) {
    let (table, name) = thing.rsplit_once('.').unwrap_or(("", thing));
    let keys: Vec<String> = lacking.iter().map(|(key, _)| format!("`{key}`")).collect();
    let message = format!("{kind} `{name}` has no {}", keys.join(" and no "));
    let mut diagnostic = Diagnostic::error(codes::INCOMPLETE, message).at(span.clone(), "");
    let others = draft.names(table);
    let near = |halves: bool| {
        let names = others.iter().map(|(other, _)| *other).filter(|other| *other != name);
        nearest(name, names.filter(|other| !halves || apart(draft, table, name, other)))
    };
    let half = near(true);
    if let Some(near) = half.or_else(|| near(false))
        && let Some((_, place)) = others.iter().find(|(other, _)| *other == near)
    {
        if half.is_some() {
            // Two halves of one thing: each lacks what stands in the other one.
            problems.mark_failed(thing);
            problems.mark_failed(&format!("{table}.{near}"));
        }
        diagnostic = diagnostic
            .also((*place).clone(), format!("there is a `{near}`"))
            .help(format!("did you mean `{near}`?"));
    }
    for (key, example) in lacking {
        diagnostic = diagnostic.help(format!("to make it complete, add {key} = {example}"));
    }
    problems.lacks(thing, diagnostic);
}

/// Whether two things have no key in common, as the halves of a thing whose name is misspelled once.
fn apart(draft: &Draft, table: &str, one: &str, other: &str) -> bool {
    let prefix = format!("{table}.{one}");
    let other = format!("{table}.{other}");
    draft.below(&prefix).all(|(path, _)| {
        let key = path.strip_prefix(&prefix).unwrap_or(path);
        draft.last(&format!("{other}{key}")).is_none()
    })
}
