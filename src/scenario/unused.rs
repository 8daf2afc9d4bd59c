//! Inputs that are given and have no effect, since the one that they belong to is not there.

use std::collections::BTreeMap;

use super::codes;
use super::missing::{example_value, with_names};
use super::problems::Problems;
use super::structure::{LISTED, MARKED, marked, matches};
use super::walk::Draft;
use crate::diag::{Diagnostic, Span};
use crate::model::declare::{InputDecl, Need};
use crate::model::{input_decl, inputs};

/// Warns of them, once for each key that is lacking, and gives them all.
pub(super) fn report(draft: &Draft, problems: &mut Problems) -> Vec<String> {
    let mut without: BTreeMap<String, Vec<(&str, &Span)>> = BTreeMap::new();
    for decl in inputs() {
        let Some(other) = needed_by(decl) else { continue };
        for (path, chain) in draft.values.iter().filter(|(path, _)| belongs(path, decl)) {
            let other = with_names(other, path);
            let Some(placed) = chain.last() else { continue };
            if draft.last(&other).is_none() && !problems.explains(&other) {
                without.entry(other).or_default().push((path, &placed.key_span));
            }
        }
    }
    for (other, keys) in &mut without {
        keys.sort_by_key(|(_, span)| (span.file, span.start));
        problems.push(warning(other, keys));
    }
    let mut unused: Vec<String> =
        without.into_values().flatten().map(|(path, _)| path.to_owned()).collect();
    unused.sort_unstable();
    unused
}

/// The input without which one has no effect.
fn needed_by(decl: &InputDecl) -> Option<&'static str> {
    match decl.need {
        // What all things of a kind share stands in catalogs, for those that have such things.
        Need::With(other) if other.contains('*') && !decl.key.contains('*') => None,
        Need::With(other) => input_decl(other).is_some().then_some(other),
        Need::Always | Need::Optional => None,
    }
}

/// Whether a path is of this input, and of no other that fits it too.
fn belongs(path: &str, decl: &InputDecl) -> bool {
    matches(decl.key, path) && input_decl(path).is_some_and(|own| own.key == decl.key)
}

fn warning(other: &str, keys: &[(&str, &Span)]) -> Diagnostic {
    let message = match keys {
        [(key, _)] => format!("`{key}` has no effect without `{other}`"),
        _ => format!("{} keys have no effect without `{other}`", keys.len()),
    };
    let places: Vec<&Span> = keys.iter().take(MARKED).map(|(_, span)| *span).collect();
    let mut diagnostic = marked(Diagnostic::warning(codes::UNUSED, message), &places, "not used");
    if keys.len() > 1 {
        let names: Vec<String> =
            keys.iter().take(LISTED).map(|(key, _)| format!("`{key}`")).collect();
        let more = keys.len().saturating_sub(LISTED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        diagnostic = diagnostic.note(format!("not used: {}{rest}", names.join(", ")));
    }
    let example = input_decl(other).map(example_value).unwrap_or_default();
    diagnostic.help(format!("give {other} = {example}, or leave out what belongs to it"))
}
