//! Named things: chips, sites with their phases, leases.

use std::collections::BTreeMap;

use super::codes;
use super::keys::{COOLINGS, EVENT_KINDS, LINES, OWNERSHIPS, POWER_SOURCES};
use super::problems::Problems;
use super::types::{
    Chip, Cooling, Event, EventKind, Lease, Line, Ownership, Phase, Policy, PowerSource, Site, Uses,
};
use super::walk::Draft;
use crate::diag::{Diagnostic, Span, nearest};
use crate::time::Date;

/// The chips, line by line, the oldest of a line first.
pub(super) fn chips(draft: &Draft, problems: &mut Problems) -> Vec<Chip> {
    references(draft, "chip", "follows", "chip", problems);
    references(draft, "chip", "power_with", "chip", problems);
    let mut chips: Vec<Chip> =
        draft.names("chip").into_iter().filter_map(|(name, _)| chip(draft, name)).collect();
    for chip in &chips {
        complete(draft, chip, problems);
    }
    let ages: BTreeMap<String, (Line, Option<Date>, usize)> = {
        let by_name: BTreeMap<&str, &Chip> =
            chips.iter().map(|chip| (chip.name.as_str(), chip)).collect();
        chips
            .iter()
            .map(|chip| {
                let (date, depth) = age(&by_name, chip, draft, problems);
                (chip.name.clone(), (chip.line, date, depth))
            })
            .collect()
    };
    chips.sort_by(|a, b| ages.get(&a.name).cmp(&ages.get(&b.name)).then(a.name.cmp(&b.name)));
    chips
}

fn chip(draft: &Draft, name: &str) -> Option<Chip> {
    let path = |key: &str| format!("chip.{name}.{key}");
    let lines = [Line::Main, Line::Other, Line::Custom, Line::Stock];
    let usage = |key: &str| draft.number(&path(&format!("use.{key}"))).unwrap_or(1.0);
    Some(Chip {
        name: name.to_owned(),
        label: draft.text(&path("label")).unwrap_or_else(|| name.to_owned()),
        line: *lines.get(draft.word(&path("line"), LINES)?)?,
        release: draft.date(&path("release")),
        first_volume: draft.date(&path("first_volume")),
        follows: draft.text(&path("follows")),
        power_with: draft.text(&path("power_with")),
        uses: Uses {
            ranking: usage("ranking"),
            inference: usage("inference"),
            training: usage("training"),
        },
    })
}

/// The date that a chip is ordered by, and how many generations of the trend come before it.
fn age(
    chips: &BTreeMap<&str, &Chip>,
    chip: &Chip,
    draft: &Draft,
    problems: &mut Problems,
) -> (Option<Date>, usize) {
    let mut at = chip;
    let mut circle = vec![chip.name.as_str()];
    while let Some(before) = at.follows.as_deref().and_then(|name| chips.get(name)) {
        at = before;
        if circle.contains(&at.name.as_str()) {
            // One message for the circle, at its first name.
            let first = circle.iter().min() == Some(&chip.name.as_str());
            let placed = draft.last(&format!("chip.{}.follows", chip.name));
            if let Some(placed) = placed.filter(|_| first && at.name == chip.name) {
                problems.push(
                    Diagnostic::error(codes::CHIP_CYCLE, "chips follow each other in a circle")
                        .at(placed.node.span.clone(), "leads back to where it came from")
                        .help("one of them must have a date of its own")
                        .note(format!("{} follows {}", circle.join(" follows "), chip.name)),
                );
            }
            return (None, 0);
        }
        circle.push(&at.name);
    }
    let depth = circle.len() - 1;
    (at.first_volume.or(at.release), depth)
}

/// Keys of a chip that the model computes with, or makes others of.
const CHIP_KEYS: [&str; 5] = ["h100e", "dense8", "power", "tdp", "price"];
/// What a rate is divided by to be in H100-equivalents.
const YARDSTICK_RATE: &str = "chip.h100.dense8";
/// What makes the power of a chip of that of its package.
const OVERHEADS: [&str; 2] = ["chip.server_overhead", "chip.network_overhead"];

/// Whether a chip has what the model computes with.
fn complete(draft: &Draft, chip: &Chip, problems: &mut Problems) {
    let path = |key: &str| format!("chip.{}.{key}", chip.name);
    let has = |problems: &Problems, key: &str| {
        draft.last(&path(key)).is_some() || problems.explains(&path(key))
    };
    let known = problems.explains(&path("follows"));
    if chip.follows.is_some() || known {
        return;
    }
    let given = |key: &str| draft.last(key).is_some() || problems.explains(key);
    let mut lacking: Vec<(&str, &str)> = Vec::new();
    if !has(problems, "h100e") && !has(problems, "dense8") {
        lacking.push(("`h100e` or `dense8`", "dense8 = \"1979 TFLOP/s\""));
    } else if !has(problems, "h100e") && !given(YARDSTICK_RATE) {
        lacking.push(("`h100e`, and chip `h100` no `dense8`", "h100e = \"2.4 / 2.5 / 2.6\""));
    }
    if !has(problems, "power") && !has(problems, "tdp") {
        lacking.push(("`power` or `tdp`", "power = \"1.39 kW\""));
    } else if !has(problems, "power") && !OVERHEADS.into_iter().all(given) {
        lacking.push((
            "`power`, which `tdp` gives only with `chip.server_overhead` and \
             `chip.network_overhead`",
            "power = \"1.39 kW\"",
        ));
    }
    if chip.line != Line::Stock && !has(problems, "price") {
        lacking.push(("`price`", "price = \"25 to 32 k USD\""));
    }
    let Some(span) = draft.things.get(&format!("chip.{}", chip.name)).and_then(|s| s.last()) else {
        return;
    };
    if lacking.is_empty() {
        return;
    }
    let keys: Vec<&str> = lacking.iter().map(|(key, _)| *key).collect();
    let message = format!("chip `{}` has no {}", chip.name, keys.join(" and no "));
    let mut diagnostic = Diagnostic::error(codes::INCOMPLETE, message);
    // Where a layer above takes such a key out, that is the mistake.
    let keys = CHIP_KEYS.into_iter().map(path).chain([YARDSTICK_RATE.to_owned()]);
    let mut keys = keys.chain(OVERHEADS.map(str::to_owned)).filter(|key| draft.last(key).is_none());
    diagnostic = match keys.find_map(|key| draft.removed.get(&key)) {
        Some(place) => {
            let diagnostic = diagnostic.at(place.clone(), "taken out here");
            diagnostic.also(span.clone(), "this chip").help("take it out of `remove`")
        }
        None => diagnostic.at(span.clone(), ""),
    };
    for (_, example) in lacking {
        diagnostic = diagnostic.help(format!("add {example} under [chip.{}]", chip.name));
    }
    problems.fail(&format!("chip.{}", chip.name), diagnostic);
}

/// Reports names under `TABLE.*.KEY` (or `TABLE.*.phase.*.KEY`) that no thing of `target` has: one
/// message for each wrong name.
pub(super) fn references(
    draft: &Draft,
    table: &str,
    key: &str,
    target: &str,
    problems: &mut Problems,
) {
    let known = draft.names(target);
    let mut wrong: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for (path, placed) in draft.below(table) {
        let Some(name) = placed.node.text().filter(|_| path.ends_with(&format!(".{key}"))) else {
            continue;
        };
        let there = known.iter().any(|(other, _)| *other == name);
        if !there && !problems.spoils(path) && !problems.explains(&format!("{target}.{name}")) {
            wrong.entry(name).or_default().push(&placed.node.span);
        }
    }
    let noun = match target {
        "training" => "training run",
        _ => target.rsplit('.').next().unwrap_or(target),
    };
    for (name, spans) in wrong {
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no {noun} `{name}`"));
        for (at, span) in spans.into_iter().enumerate() {
            diagnostic = match at {
                0 => diagnostic.at(span.clone(), format!("unknown {noun}")),
                _ => diagnostic.also(span.clone(), "and here"),
            };
        }
        let near = nearest(name, known.iter().map(|(other, _)| *other));
        let place = near.and_then(|n| known.iter().find(|(other, _)| *other == n));
        diagnostic = match place {
            Some((near, span)) => diagnostic
                .also((*span).clone(), format!("there is a `{near}`"))
                .help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("define it: [{target}.{name}]")),
        };
        problems.fail(&format!("{target}.{name}"), diagnostic);
    }
}

/// The sites with their phases.
pub(super) fn sites(draft: &Draft, problems: &mut Problems) -> Vec<Site> {
    references(draft, "site", "stage", "site.stage", problems);
    let as_of = draft.date("as_of");
    let mut sites = Vec::new();
    for (name, span) in draft.names("site") {
        let table = format!("site.{name}.phase");
        let mut phases = Vec::new();
        for (phase_name, _) in draft.names(&table) {
            let path = format!("{table}.{phase_name}");
            announced_in_time(draft, &path, as_of, problems);
            phases.extend(phase(draft, phase_name, &path));
        }
        forms(draft, name, span, problems);
        let label = draft.text(&format!("site.{name}.label")).unwrap_or_else(|| name.to_owned());
        sites.push(Site {
            name: name.to_owned(),
            label,
            owner: draft.text(&format!("site.{name}.owner")),
            group: draft.text(&format!("site.{name}.group")),
            scattered: draft.flag(&format!("site.{name}.scattered")).unwrap_or(false),
            phases,
        });
    }
    sites
}

/// A site has power, grows by itself, or has phases; the last two exclude each other.
fn forms(draft: &Draft, name: &str, span: &Span, problems: &mut Problems) {
    let path = format!("site.{name}");
    let table = format!("{path}.phase");
    let phases = draft.names(&table);
    let given = |key: &str| draft.last(&format!("{path}.{key}"));
    match (given("growth"), phases.first()) {
        (Some(growth), Some((phase, place))) => problems.push(
            Diagnostic::error(codes::CONFLICT, format!("site `{name}` has both growth and phases"))
                .at((*place).clone(), "adds power at a date")
                .also(growth.key_span.clone(), "adds power without phases")
                .help(format!(
                    "give one or the other: delete `growth` with its keys, or [{table}.{phase}]"
                ))
                .note("what a file below gives is taken out by `remove`"),
        ),
        (None, None) if given("power").is_none() && !told(&path, problems) => {
            let message = format!("site `{name}` has no `power`, no `growth` and no phase");
            problems.fail(
                &path,
                Diagnostic::error(codes::INCOMPLETE, message)
                    .at(span.clone(), "nothing is known of it")
                    .help("add power = \"300 MW\" with a source")
                    .help(format!("or a phase under [{table}.NAME]")),
            );
        }
        _ => {}
    }
}

/// Whether a message tells why a site has nothing.
fn told(path: &str, problems: &Problems) -> bool {
    ["power", "growth", "phase"].iter().any(|key| problems.explains(&format!("{path}.{key}")))
}

fn phase(draft: &Draft, name: &str, path: &str) -> Option<Phase> {
    let key = |key: &str| format!("{path}.{key}");
    let coolings = [Cooling::Air, Cooling::Evaporative, Cooling::Liquid];
    let owners = [Ownership::Owned, Ownership::Leased];
    let powers = [PowerSource::Grid, PowerSource::Gas];
    let cooling = draft.word(&key("cooling"), COOLINGS).unwrap_or(0);
    let owner = draft.word(&key("ownership"), OWNERSHIPS).unwrap_or(0);
    let power = draft.word(&key("source_of_power"), POWER_SOURCES).unwrap_or(0);
    Some(Phase {
        name: name.to_owned(),
        announced: draft.date(&key("announced")),
        planned: draft.date(&key("planned"))?,
        stage: draft.text(&key("stage"))?,
        cooling: *coolings.get(cooling)?,
        ownership: *owners.get(owner)?,
        power_source: *powers.get(power)?,
    })
}

/// A phase that was announced later cannot be in the scenario.
fn announced_in_time(draft: &Draft, path: &str, as_of: Option<Date>, problems: &mut Problems) {
    let key = format!("{path}.announced");
    let (Some(date), Some(as_of), Some(placed)) = (draft.date(&key), as_of, draft.last(&key))
    else {
        return;
    };
    if date > as_of && !placed.inherited.hindsight {
        let message = format!("`{path}` was not announced on {as_of}");
        problems.push(
            Diagnostic::error(codes::HINDSIGHT, message)
                .at(placed.node.span.clone(), "after the day that the scenario looks from")
                .help("remove the phase, or write hindsight = true beside it"),
        );
    }
}

/// The events.
pub(super) fn events(draft: &Draft) -> Vec<Event> {
    let kinds = [EventKind::Acquisition, EventKind::Stake, EventKind::Pay];
    let event = |name: &str| {
        let date = draft.date(&format!("event.{name}.date"))?;
        let kind = draft.word(&format!("event.{name}.kind"), EVENT_KINDS).unwrap_or(0);
        Some(Event { name: name.to_owned(), date, kind: *kinds.get(kind)? })
    };
    draft.names("event").into_iter().filter_map(|(name, _)| event(name)).collect()
}

/// The changes of accounting policy.
pub(super) fn policies(draft: &Draft) -> Vec<Policy> {
    let policy = |name: &str| {
        let date = draft.date(&format!("policy.{name}.date"))?;
        Some(Policy { name: name.to_owned(), date })
    };
    draft.names("policy").into_iter().filter_map(|(name, _)| policy(name)).collect()
}

/// The leases.
pub(super) fn leases(draft: &Draft) -> Vec<Lease> {
    draft
        .names("lease")
        .into_iter()
        .filter_map(|(name, _)| {
            let start = draft.date(&format!("lease.{name}.start"))?;
            Some(Lease { name: name.to_owned(), start })
        })
        .collect()
}
