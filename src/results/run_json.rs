//! `run.json`: what a run folder was made from and what we wrote into it. Deterministic: nothing in
//! it depends on the clock or the machine; timings are in a file of their own.

use super::record::headline_json;
use super::{
    Comparison, LeftRange, REPLICATES, RunResult, Side, conditioned_json, limits_json,
    precision_json, targets_json,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Marks a `run.json` as ours; the number rises when its meaning changes.
const KIND: &str = "run/1";

/// The text of `run.json` for a result and the names of the other files in its folder.
pub fn run_json(result: &RunResult, files: &[String]) -> String {
    let about = &result.about;
    let mut files = files.to_vec();
    files.sort();
    files.dedup();
    let hindsight: Vec<Value> = about
        .hindsight
        .iter()
        .map(|h| json!({ "key": h.key, "known": h.known.to_string(), "source": h.source }))
        .collect();
    let [a, b, c, d] = about.grades;
    let mut all = json!({
        "fleetcast": KIND,
        "version": about.version,
        "engine": about.engine,
        "scenario": about.scenario,
        "title": about.title,
        "company": about.company,
        "digest": about.digest,
        "seed": about.seed,
        "draws": about.draws,
        "from": result.grid.from().to_string(),
        "to": result.grid.to().to_string(),
        "h100e": about.h100e,
        "as_of": about.as_of.to_string(),
        "newest_used": about.newest_used.to_string(),
        "newest_hindsight": about.newest_hindsight().map(|day| day.to_string()),
        "hindsight": hindsight,
        "grades": { "A": a, "B": b, "C": c, "D": d },
        "headline": headline_json(result),
        "nonfinite": nonfinite(result),
        "limits": limits_json(result),
        "left_range": left_range_json(result),
        "targets": targets_json(result),
        "warnings": about.warnings,
        "credits": about.credits,
        "files": files,
    });
    if let (Some(conditioned), Some(all)) = (&result.conditioned, all.as_object_mut()) {
        all.insert("conditioned".to_owned(), conditioned_json(conditioned));
    }
    if let Some(all) = all.as_object_mut() {
        if !about.sampling.is_empty() {
            all.insert("sampling".to_owned(), json!(about.sampling));
            all.insert("replicates".to_owned(), json!(REPLICATES));
        }
        if let Some(precision) = &result.precision {
            all.insert("precision".to_owned(), precision_json(precision));
        }
    }
    if let (Some(shard), Some(all)) = (&result.shard, all.as_object_mut()) {
        all.insert("shard".to_owned(), shard.as_json());
    }
    pretty(&all)
}

/// The text of `timings.json`: seconds by phase, in the given order. Kept apart from `run.json`,
/// since the same run takes another time each time.
pub fn timings_json(seconds: &[(&str, f64)]) -> String {
    let phases: Map<String, Value> =
        seconds.iter().map(|&(phase, time)| (phase.to_owned(), json!(time))).collect();
    pretty(&json!({ "seconds": phases }))
}

/// Marks the `run.json` of a comparison folder.
const COMPARISON: &str = "compare/1";

/// The text of `run.json` for the folder of a comparison: its two runs and the other files in it.
pub fn comparison_run_json(comparison: &Comparison, files: &[String]) -> String {
    let mut files = files.to_vec();
    files.sort();
    let side = |side: &Side| {
        json!({
            "name": side.name,
            "title": side.title,
            "digest": side.digest,
            "engine": side.engine,
            "version": side.version,
            "seed": side.seed,
            "draws": side.draws,
            "as_of": side.as_of,
        })
    };
    pretty(&json!({
        "fleetcast": COMPARISON,
        "a": side(&comparison.first),
        "b": side(&comparison.second),
        "paired": comparison.paired,
        "command": comparison.command,
        "files": files,
    }))
}

/// What decides whether the draws of a run can be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Number of the engine.
    pub engine: u64,
    /// Whether the draws were weighed by observations.
    pub conditioned: bool,
    /// Which part of the draws it is, and of how many, if it is not all of them.
    pub shard: Option<(u64, u64)>,
}

/// How the run of a `run.json` was made; `None` if it is not that of a run.
pub fn made_of(run_json: &str) -> Option<Made> {
    let value: Value = serde_json::from_str(run_json).ok()?;
    if !value.get("fleetcast")?.as_str()?.starts_with("run/") {
        return None;
    }
    let engine = value.get("engine")?.as_u64()?;
    let conditioned = value.get("conditioned").is_some_and(|told| !told.is_null());
    let part = |shard: &Value| Some((shard.get("number")?.as_u64()?, shard.get("of")?.as_u64()?));
    let shard = value.get("shard").and_then(part);
    Some(Made { engine, conditioned, shard })
}

/// What the folder of a `run.json` holds: `run`, `compare` or `sweep`; `None` if the text is none of ours.
pub fn kind_of(run_json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(run_json).ok()?;
    let (kind, _) = value.get("fleetcast")?.as_str()?.split_once('/')?;
    Some(kind.to_owned())
}

/// The files that a `run.json` lists; `None` if the text is not a `run.json` of ours.
pub fn listed_files(run_json: &str) -> Option<Vec<String>> {
    if !run_json.trim_start().starts_with('{') {
        return None;
    }
    let Listing { fleetcast, files } = serde_json::from_str(run_json).ok()?;
    let ours = ["run/", "compare/", "sweep/"].iter().any(|ours| fleetcast.starts_with(ours));
    ours.then_some(files)
}

/// What lists the files of a folder; the rest of its `run.json`, nearly all of it, is passed over.
#[derive(Deserialize)]
struct Listing {
    fleetcast: String,
    files: Vec<String>,
}

/// Values that were infinite or not a number, over all quarters, for metrics that have any.
fn nonfinite(result: &RunResult) -> Map<String, Value> {
    let mut counts = Map::new();
    for metric in &result.summaries.metrics {
        let count: u64 = metric.quarters.iter().map(|summary| summary.moments.nonfinite).sum();
        if count > 0 {
            counts.insert(metric.name.clone(), json!(count));
        }
    }
    counts
}

/// Draws that left their physical range, by cause, with the first of them.
pub fn left_range_json(result: &RunResult) -> Vec<Value> {
    let of = |left: &LeftRange| {
        let quarter = |step: usize| result.grid.quarter(step).to_string();
        let first = left.first.iter();
        let first = first.map(|&(draw, step)| json!({ "draw": draw, "quarter": quarter(step) }));
        json!({ "cause": left.cause, "draws": left.draws, "first": first.collect::<Vec<_>>() })
    };
    result.summaries.left_range.iter().map(of).collect()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    fn names(files: &[&str]) -> Vec<String> {
        files.iter().map(|&file| file.to_owned()).collect()
    }

    #[test]
    fn it_says_what_the_run_was_made_from() {
        let mut result = sample::run("2024Q1", "2025Q4", 200);
        let text = run_json(&result, &names(&["tables/b.csv", "summary.bin", "summary.bin"]));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["seed"], json!(u64::MAX));
        assert_eq!(value["as_of"], json!("2024-07-31"));
        assert_eq!(value["hindsight"][0]["known"], json!("2024-10-30"));
        assert_eq!(value["grades"]["C"], json!(30));
        assert_eq!(value["files"], json!(["summary.bin", "tables/b.csv"]));
        assert_eq!(value["nonfinite"], json!({}));
        result.summaries.metrics[1].quarters[0].moments.nonfinite = 3;
        result.summaries.metrics[1].quarters[4].moments.nonfinite = 2;
        let value: Value = serde_json::from_str(&run_json(&result, &[])).unwrap();
        assert_eq!(value["nonfinite"], json!({ "fleet.h100e": 5 }));
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn the_list_of_files_is_read_from_our_own_only() {
        let result = sample::tiny();
        let files = names(&["a.txt", "b/c.txt"]);
        assert_eq!(listed_files(&run_json(&result, &files)), Some(files));
        for other in
            ["", "{}", "[]", r#"{"files": []}"#, r#"{"fleetcast": "scenario/1", "files": []}"#]
        {
            assert_eq!(listed_files(other), None, "{other}");
        }
    }

    #[test]
    fn timings_keep_their_order() {
        let text = timings_json(&[("simulate", 1.5), ("charts", 0.25)]);
        assert!(text.find("simulate").unwrap() < text.find("charts").unwrap(), "{text}");
    }
}
