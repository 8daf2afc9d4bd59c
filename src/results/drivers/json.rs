//! Drivers as JSON.

use serde_json::{Value, json};

use super::{Driver, DriverGroup, Drivers, GradePart};
use crate::stats::{AtEnds, Effect, Measured};

/// Everything, in canonical units; dates of a first date are quarters since the start of the grid.
pub fn drivers_json(drivers: &Drivers) -> Value {
    let label = |&at: &usize| drivers.list[at].input.key.clone();
    let group = |group: &DriverGroup| {
        json!({
            "shares": group.names,
            "members": group.members.iter().map(label).collect::<Vec<_>>(),
            "effect": group.effect.as_ref().map(effect),
        })
    };
    let output = &drivers.output;
    json!({
        "output": {
            "name": output.name,
            "label": output.label,
            "unit": output.unit,
            "at": output.at,
            "kind": output.kind.name(),
            "mean": measured(drivers.mean),
            "sd": drivers.sd,
            "p90": measured(drivers.p90),
        },
        "draws": drivers.draws,
        "left_out": drivers.left_out,
        "pilot": drivers.pilot,
        "drivers": drivers.list.iter().map(driver).collect::<Vec<_>>(),
        "groups": drivers.groups.iter().map(group).collect::<Vec<_>>(),
        "grades": drivers.grades.iter().map(grade).collect::<Vec<_>>(),
        "rest": measured(drivers.rest),
        "missing": drivers.missing,
    })
}

fn driver(driver: &Driver) -> Value {
    json!({
        "key": driver.input.key,
        "label": driver.input.label(),
        "kind": driver.input.kind.name(),
        "numbers": driver.numbers,
        "fitted": driver.fitted,
        "shares": driver.input.shares,
        "grade": driver.grade.map(String::from),
        "source": driver.source,
        "title": driver.title,
        "known": driver.known.map(|known| known.to_string()),
        "found": driver.found(),
        "p": driver.p,
        "effect": driver.effect.as_ref().map(effect),
        "part": measured(driver.part),
    })
}

fn effect(effect: &Effect) -> Value {
    json!({
        "rank": measured(effect.rank),
        "mean": at_ends(&effect.mean),
        "p90": at_ends(&effect.p90),
        "share": measured(effect.share),
    })
}

fn at_ends(ends: &AtEnds) -> Value {
    json!({
        "low": measured(ends.low),
        "high": measured(ends.high),
        "change": measured(ends.change),
    })
}

fn measured(measured: Measured) -> Value {
    json!({ "value": measured.value, "error": measured.error })
}

fn grade(grade: &GradePart) -> Value {
    let sources = grade.sources.iter().map(|source| {
        json!({
            "source": source.source,
            "title": source.title,
            "part": measured(source.part),
            "inputs": source.inputs,
        })
    });
    json!({
        "grade": grade.grade.to_string(),
        "part": measured(grade.part),
        "sources": sources.collect::<Vec<_>>(),
    })
}
