//! A run folder's `run.json` read again: what a list of runs shows, without opening anything else.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Metric, Ranks, RunResult, Statistics, Summary};
use crate::time::Quarter;

/// Metrics in the headline of `run.json`. Flows are sums of the year, all else is at its end.
pub const HEADLINE: [&str; 10] = [
    "fleet.h100e",
    "fleet.chips",
    "fleet.h100e_bought",
    "cluster.largest",
    "cluster.chips",
    "fleet.it_power",
    "facility.power",
    "capex.total",
    "energy.cost",
    "finance.free_cash_flow",
];

/// The headline of a run as JSON: metrics by name, their values by year.
pub(super) fn headline_json(result: &RunResult) -> Value {
    let ranks = Ranks::of(result);
    let ends: Vec<Quarter> = result.grid.quarters().filter(|quarter| quarter.q() == 4).collect();
    let mut all = Map::new();
    for metric in HEADLINE.iter().filter_map(|name| result.summaries.metric(name)) {
        let mut values = Map::new();
        let mut add = |period: String, summary: Option<&Summary>| {
            let range = summary.and_then(|summary| range_json(&Statistics::of(summary, &ranks)));
            if let Some(range) = range {
                values.insert(period, range);
            }
        };
        for &end in &ends {
            add(end.year().to_string(), at_year_end(result, metric, end));
        }
        if ends.is_empty() {
            let last = result.grid.to();
            add(last.to_string(), at_quarter(result, metric, last));
        }
        if !values.is_empty() {
            let of = json!({ "label": metric.label, "unit": metric.unit, "values": values });
            all.insert(metric.name.clone(), of);
        }
    }
    Value::Object(all)
}

fn at_year_end<'a>(result: &RunResult, metric: &'a Metric, end: Quarter) -> Option<&'a Summary> {
    if metric.aggregation == "flow" {
        let year = metric.years.iter().find(|(year, _)| *year == end.year());
        return year.map(|(_, summary)| summary);
    }
    at_quarter(result, metric, end)
}

fn at_quarter<'a>(result: &RunResult, metric: &'a Metric, quarter: Quarter) -> Option<&'a Summary> {
    let at = result.grid.step(quarter)?.checked_sub(metric.from)?;
    metric.quarters.get(at)
}

/// Median, percentiles, and half of the median's confidence interval.
fn range_json(statistics: &Statistics) -> Option<Value> {
    let [p5, median, p95] = [0.05, 0.5, 0.95].map(|level| statistics.percentile(level));
    let (p5, median, p95) = (p5?, median?, p95?);
    let error = 0.5 * (median.high - median.low);
    median.value.is_finite().then(
        || json!({ "median": median.value, "p5": p5.value, "p95": p95.value, "error": error }),
    )
}

/// What `run.json` says of a run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RunRecord {
    /// Version of the program.
    pub version: String,
    /// Engine number.
    pub engine: u32,
    /// Scenario with its overlays.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Whose fleet it is.
    pub company: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Draws.
    pub draws: u64,
    /// How they are spread by design; empty if they are independent.
    #[serde(default)]
    pub sampling: String,
    /// First quarter.
    pub from: String,
    /// Last quarter.
    pub to: String,
    /// What H100-equivalents are counted by.
    pub h100e: String,
    /// The day that the scenario looks from.
    pub as_of: String,
    /// Newest date that it used, marked hindsight left out.
    pub newest_used: String,
    /// Values of hindsight.
    #[serde(default)]
    pub hindsight: Vec<serde::de::IgnoredAny>,
    /// Inputs by grade.
    #[serde(default)]
    pub grades: BTreeMap<String, u64>,
    /// The few numbers that people look at first, by metric; none in files of earlier versions.
    #[serde(default)]
    pub headline: BTreeMap<String, RecordedMetric>,
    /// What came of its questions.
    #[serde(default)]
    pub targets: Vec<RecordedTarget>,
    /// Things that a reader should know.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Which part of a run it is; none for a whole one.
    #[serde(default)]
    pub shard: Option<RecordedShard>,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordedShard {
    /// Which one, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
    /// Number of its first draw.
    pub first: u64,
    /// Draws of the whole run.
    pub draws: u64,
}

/// A metric of the headline.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RecordedMetric {
    /// Label.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// By year, or by quarter where a run has no year's end.
    pub values: BTreeMap<String, RecordedRange>,
}

/// A metric in a period.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct RecordedRange {
    /// Median.
    pub median: f64,
    /// 5th percentile.
    pub p5: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Monte Carlo error of the median: half of its 95 % confidence interval.
    pub error: f64,
}

/// A question and its answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RecordedTarget {
    /// Name.
    pub name: String,
    /// The question in a few words.
    pub title: String,
    /// By date.
    #[serde(default)]
    pub dates: Vec<RecordedChance>,
}

/// The chance of a target by a date.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RecordedChance {
    /// Last day.
    pub date: String,
    /// How to say it.
    pub when: String,
    /// The chance; none if nothing meets what it is asked under.
    pub probability: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl RunRecord {
    /// Reads a `run.json`; else says why it is none of ours.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Mark {
            fleetcast: Option<String>,
        }
        let found = serde_json::from_slice(text);
        if has_mark(text) && found.is_ok() {
            return found.map_err(|error| error.to_string());
        }
        let mark: Mark = serde_json::from_slice(text)
            .map_err(|error| format!("its run.json is damaged: {error}"))?;
        match mark.fleetcast.as_deref().and_then(|mark| mark.split('/').next()) {
            Some("run") => {}
            Some("compare") => return Err("it holds a comparison".to_owned()),
            Some("sweep") => return Err("it holds a sweep".to_owned()),
            _ => return Err("its run.json is of another program".to_owned()),
        }
        found.map_err(|error| format!("its run.json lacks something: {error}"))
    }

    /// A metric of the headline in a period.
    pub fn range(&self, metric: &str, period: &str) -> Option<RecordedRange> {
        self.headline.get(metric)?.values.get(period).copied()
    }

    /// A target's chance by a day, or by the only day that it asks for.
    pub fn chance(&self, target: &str, day: &str) -> Option<&RecordedChance> {
        let target = self.targets.iter().find(|one| one.name == target)?;
        target.dates.iter().find(|one| one.date == day || one.when == day)
    }

    /// The periods of the headline.
    pub fn periods(&self) -> Vec<&str> {
        let mut periods: Vec<&str> =
            self.headline.values().flat_map(|m| m.values.keys().map(String::as_str)).collect();
        periods.sort_unstable();
        periods.dedup();
        periods
    }
}

/// Whether the text has the mark of a run near its start, where this program writes it.
fn has_mark(text: &[u8]) -> bool {
    let start = &text[..text.len().min(64)];
    let mark = b"\"fleetcast\": \"run/";
    start.windows(mark.len()).any(|window| window == mark)
}

/// An entry of a resolved scenario that two runs do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Key.
    pub key: String,
    /// In the first: the value, and where it comes from.
    pub old: Option<(String, String)>,
    /// In the second.
    pub new: Option<(String, String)>,
}

/// What two resolved scenarios do not share, by key: from their texts, so that scenarios of other
/// versions can be compared, too. Names, titles, sources and sizes are left out.
pub fn resolved_changes(old: &str, new: &str) -> Vec<Change> {
    let (old, new) = (entries(old), entries(new));
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let change = |key: &String| {
        let (before, after) = (old.get(key).cloned(), new.get(key).cloned());
        (before != after).then(|| Change { key: key.clone(), old: before, new: after })
    };
    keys.into_iter().filter_map(change).collect()
}

/// Keys that are told elsewhere or say nothing of the model.
const TOLD: [&str; 7] =
    ["fleetcast", "name", "title", "description", "run.draws", "run.seed", "run.sampling"];

/// Keys with value and provenance, of a text as `run` writes it: one entry for each line.
fn entries(text: &str) -> BTreeMap<String, (String, String)> {
    let mut entries = BTreeMap::new();
    let (mut table, mut rows) = (String::new(), None::<String>);
    for line in text.lines() {
        let row = line.strip_prefix("  ").map(|row| row.trim_end_matches(','));
        if let (Some(key), Some(row)) = (&rows, row) {
            let (value, provenance) = parts(row);
            entries.insert(format!("{key} {value}"), (value, provenance));
            continue;
        }
        rows = None;
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            header.clone_into(&mut table);
        } else if let Some((key, value)) = line.split_once(" = ") {
            let key = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
            if value == "[" {
                rows = Some(key);
            } else if !key.starts_with("source.") && !TOLD.contains(&key.as_str()) {
                entries.insert(key, parts(value));
            }
        }
    }
    entries
}

/// The value of an entry, and what stands beside it.
fn parts(entry: &str) -> (String, String) {
    let Some((value, provenance)) = entry.split_once(", source = ") else {
        return (entry.to_owned(), String::new());
    };
    let provenance = provenance.strip_suffix(" }").unwrap_or(provenance);
    let value = match value.strip_prefix("{ value = ") {
        Some(plain) => plain.to_owned(),
        None => format!("{value} }}"),
    };
    (value, provenance.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{run_json, sample};

    #[test]
    fn what_is_written_is_read() {
        let mut result = sample::with_targets(400);
        result.about.draws = 400;
        let record = RunRecord::parse(run_json(&result, &[]).as_bytes()).unwrap();
        assert_eq!((record.seed, record.draws, record.engine), (u64::MAX, 400, 1));
        assert_eq!(record.periods(), ["2024", "2025", "2026"]);
        assert_eq!(record.hindsight.len(), 1);
        let fleet = record.range("fleet.h100e", "2026").unwrap();
        assert!(fleet.p5 < fleet.median && fleet.median < fleet.p95 && fleet.error > 0.0);
        let chance = record.chance("fleet", "2024-12-31").unwrap();
        assert_eq!(chance.probability, Some(0.25));
        assert_eq!(record.chance("fleet", "2031-01-01"), None);
        // A flow is the sum of its year.
        let year = record.range("capex.total", "2024").unwrap().median;
        let metric = result.summaries.metric("capex.total").unwrap();
        let sum = metric.years[0].1.sketch.quantile(0.5).unwrap();
        assert!((year / sum - 1.0).abs() < 1e-9, "{year} {sum}");
    }

    #[test]
    fn a_grid_without_a_year_end_has_its_last_quarter() {
        let record = run_json(&sample::run("2024Q1", "2024Q2", 100), &[]);
        assert_eq!(RunRecord::parse(record.as_bytes()).unwrap().periods(), ["2024Q2"]);
    }

    #[test]
    fn what_is_not_ours_is_said() {
        for (text, why) in [
            ("{\"version\": 3}", "another program"),
            ("[1]", "damaged"),
            ("{\"fleetcast\": \"run/1\", \"version\"", "damaged"),
            ("{\"fleetcast\": \"run/1\", \"version\": \"1\"}", "lacks something: missing field"),
            ("{\"fleetcast\": \"scenario/1\"}", "another program"),
            ("", "damaged"),
        ] {
            let error = RunRecord::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn entries_that_differ() {
        let old = "name = \"a\"\nh100e = \"dense8\"\nguidance = [\n  { metric = \"x\", low = 1, source = \
                   \"s\", grade = \"A\" },\n]\n\n[supply]\nshare = { value = \"14 %\", source = \"omdia\", \
                   grade = \"C\" }\nlead = { dist = \"uniform\", min = 1, source = \"a\", grade = \"B\" }\n\n\
                   [source.omdia]\ntitle = \"T\"\n";
        let new = old
            .replace(
                "\"14 %\", source = \"omdia\", grade = \"C\"",
                "\"10 %\", source = \"set\", grade = \"D\"",
            )
            .replace("name = \"a\"", "name = \"b\"")
            .replace("grade = \"B\"", "grade = \"A\"")
            .replace("low = 1", "low = 2")
            .replace("title = \"T\"", "title = \"U\"");
        let changes = resolved_changes(old, &new);
        let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
        let rows = ["guidance { metric = \"x\", low = 1 }", "guidance { metric = \"x\", low = 2 }"];
        assert_eq!(keys, [rows[0], rows[1], "supply.lead", "supply.share"]);
        assert_eq!((&changes[0].new, &changes[1].old), (&None, &None));
        let lead = changes[2].old.as_ref().unwrap();
        assert_eq!(lead.0, "{ dist = \"uniform\", min = 1 }");
        assert_eq!(changes[3].old.as_ref().unwrap().0, "\"14 %\"");
        assert_eq!(changes[3].new.as_ref().unwrap().1, "\"set\", grade = \"D\"");
        assert!(resolved_changes(old, old).is_empty());
    }
}
