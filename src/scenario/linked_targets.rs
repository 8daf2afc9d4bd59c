//! Targets that are made of others: circles, and dates that come from their parts.

use std::collections::BTreeSet;

use super::codes;
use super::problems::Problems;
use super::targets::{Due, Target};
use crate::diag::Diagnostic;
use crate::time::Date;

/// Reports targets that are made of each other.
pub(super) fn circles(all: &[Target], problems: &mut Problems) {
    for (at, target) in all.iter().enumerate().filter(|(_, target)| !target.part) {
        let Some(way) = way_back(all, at) else { continue };
        // One message for the circle, at its first name.
        if way.iter().any(|&other| !all[other].part && other < at) {
            continue;
        }
        let names: Vec<&str> =
            way.iter().filter(|&&at| !all[at].part).map(|&at| all[at].name.as_str()).collect();
        let message = "targets are made of each other in a circle";
        problems.push(
            Diagnostic::error(codes::TARGET_CYCLE, message)
                .at(target.span.clone(), "leads back to where it came from")
                .help("take one of them out of `all` or `any`")
                .note(format!("{} needs {}", names.join(" needs "), target.name)),
        );
    }
}

/// A way from a target through its parts back to it.
fn way_back(all: &[Target], from: usize) -> Option<Vec<usize>> {
    let mut seen = vec![false; all.len()];
    let mut ways = vec![vec![from]];
    while let Some(way) = ways.pop() {
        for &part in all[*way.last()?].parts() {
            if part == from {
                return Some(way);
            }
            if !std::mem::replace(&mut seen[part], true) {
                ways.push(way.iter().copied().chain([part]).collect());
            }
        }
    }
    None
}

/// Gives targets of others the dates of their parts, where they have none of their own.
pub(super) fn inherit_dates(all: &mut [Target], whens: &[&str], problems: &mut Problems) {
    for at in 0..all.len() {
        let mut days = BTreeSet::new();
        let mut seen = BTreeSet::new();
        collect_days(all, at, &mut seen, &mut days);
        let target = &all[at];
        let path = format!("target.{}", target.name);
        let unread = whens.iter().any(|key| problems.explains(&format!("{path}.{key}")));
        let explains = |at: &usize| problems.explains(&format!("target.{}", all[*at].name));
        if days.is_empty() && !unread && !target.part && !seen.iter().any(explains) {
            problems.fail(
                &path,
                Diagnostic::error(codes::MISSING, format!("`{path}` does not say when"))
                    .at(target.span.clone(), "neither it nor its parts have a date")
                    .help("add by = 2025-12-31"),
            );
        }
        if all[at].due.is_empty() {
            let due = |date: &Date| Due { date: *date, label: format!("by {date}") };
            all[at].due = days.iter().map(due).collect();
        }
    }
}

/// The days of a target, or else of its parts; each is seen once.
fn collect_days(all: &[Target], at: usize, seen: &mut BTreeSet<usize>, days: &mut BTreeSet<Date>) {
    if !seen.insert(at) {
        return;
    }
    days.extend(all[at].due.iter().map(|due| due.date));
    if all[at].due.is_empty() {
        for &part in all[at].parts() {
            collect_days(all, part, seen, days);
        }
    }
}
