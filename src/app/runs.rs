//! `runs`: the run folders so far, each by its `run.json`. There is no index: the folders are the
//! record.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rayon::prelude::*;
use serde_json::{Value, json};

use super::exit::Failure;
use super::run_folder::{RESOLVED, RUN_JSON};
use super::{counted, terminal};
use crate::results::{Change, RunRecord, resolved_changes};
use crate::tables::{Highlight, ListedRun, RunDifference, format_named, record_text, runs_table};
use crate::time::Date;

/// Folder of all run folders.
pub const OUT: &str = "out";
/// Folders in it that hold no runs.
const COMPARE: &str = "out/compare";
const SWEEP: &str = "out/sweep";
/// Seconds of a day.
const DAY: u64 = 86_400;

/// What to do with the runs.
#[derive(Clone, Debug)]
pub enum Options {
    /// List those in a folder.
    List(List),
    /// Show one.
    Show {
        /// Its name, or a path.
        name: String,
        /// Folder of all run folders.
        folder: PathBuf,
        /// Whether to print JSON.
        json: bool,
    },
    /// Say what two do not share.
    Diff {
        /// Names, or paths.
        names: [String; 2],
        /// Folder of all run folders.
        folder: PathBuf,
        /// Whether to print JSON.
        json: bool,
    },
}

/// Which runs to list, and what to show.
#[derive(Clone, Debug)]
pub struct List {
    /// Folder of all run folders.
    pub folder: PathBuf,
    /// Text in the name, scenario or title, in any case.
    pub scenario: Option<String>,
    /// The earliest day on which they were written.
    pub since: Option<String>,
    /// `METRIC@PERIOD` or `TARGET@DAY`.
    pub metric: Option<String>,
    /// Whether to print JSON.
    pub json: bool,
}

/// Does it.
pub(super) fn runs(options: &Options) -> Result<(), Failure> {
    match options {
        Options::List(list) => list_runs(list),
        Options::Show { name, folder, json } => show(name, folder, *json),
        Options::Diff { names, folder, json } => diff(names, folder, *json),
    }
}

/// A run folder that could be read.
struct Run {
    name: String,
    path: PathBuf,
    written: Option<SystemTime>,
    record: RunRecord,
}

impl Run {
    /// The day on which it was written, in universal time.
    fn day(&self) -> Option<Date> {
        let since = self.written?.duration_since(UNIX_EPOCH).ok()?;
        Date::from_days(i64::try_from(since.as_secs() / DAY).ok()?)
    }
}

/// A folder that is no run, and why.
struct LeftOut {
    name: String,
    why: String,
}

/// Reads the runs of a folder, in the order of their names.
fn read_all(folder: &Path) -> Result<(Vec<Run>, Vec<LeftOut>), Failure> {
    let failure = |error: io::Error| Failure::File {
        message: format!("cannot read the folder `{}`", folder.display()),
        help: error.to_string(),
    };
    if folder.join(RUN_JSON).is_file() {
        // The folder is a run itself.
        return Ok(match read(folder) {
            Ok(run) => (vec![run], Vec::new()),
            Err(left) => (Vec::new(), vec![left]),
        });
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        // What starts with a dot is being written.
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // Comparisons and sweeps have folders of their own beside the runs.
        let others = [COMPARE, SWEEP].iter().any(|other| entry.path().ends_with(other));
        // Links to folders count, too.
        if !hidden && !others && entry.path().is_dir() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    let read: Vec<Result<Run, LeftOut>> = paths.par_iter().map(|path| read(path)).collect();
    let (mut runs, mut left) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(run) => runs.push(run),
            Err(out) => left.push(out),
        }
    }
    Ok((runs, left))
}

fn read(path: &Path) -> Result<Run, LeftOut> {
    let name = || {
        let whole = path.file_name().map(|name| name.to_string_lossy().into_owned());
        whole.unwrap_or_else(|| path.display().to_string())
    };
    let file = path.join(RUN_JSON);
    let left = |why: String| LeftOut { name: name(), why };
    let text = fs::read(&file).map_err(|error| {
        left(match error.kind() {
            io::ErrorKind::NotFound => format!("it has no {RUN_JSON}"),
            _ => format!("its {RUN_JSON} cannot be read: {error}"),
        })
    })?;
    let record = RunRecord::parse(&text).map_err(left)?;
    let written = fs::metadata(&file).and_then(|data| data.modified()).ok();
    Ok(Run { name: name(), path: path.to_path_buf(), written, record })
}

fn list_runs(list: &List) -> Result<(), Failure> {
    let since = list.since.as_deref().map(day).transpose()?;
    let highlight = list.metric.as_deref().map_or(Ok(Highlight::Title), highlight)?;
    let (mut runs, left) = read_all(&list.folder)?;
    let all = runs.len();
    runs.retain(|run| since.is_none_or(|since| run.day().is_some_and(|day| day >= since)));
    if let Some(text) = &list.scenario {
        let text = text.to_lowercase();
        let has = |of: &str| of.to_lowercase().contains(&text);
        runs.retain(|run| has(&run.name) || has(&run.record.scenario) || has(&run.record.title));
    }
    // The newest first; those of one second by name.
    runs.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| a.name.cmp(&b.name)));
    known(&runs, &highlight)?;
    if list.json {
        return terminal::print_json(&as_json(list, &runs, &left, &highlight));
    }
    for out in &left {
        terminal::note(&format!("left out {}: {}\n", out.name, out.why));
    }
    if runs.is_empty() {
        let where_to = list.folder.display();
        let many = counted(all, "run");
        return terminal::print(&format!("no run to show, of {many} in {where_to}\n"));
    }
    let listed: Vec<ListedRun<'_>> = runs
        .iter()
        .map(|run| ListedRun {
            name: &run.name,
            written: run.day().map_or_else(String::new, |day| day.to_string()),
            record: &run.record,
        })
        .collect();
    let table = runs_table(&listed, &highlight);
    let text = format_named("terminal").map(|form| form.render(&table, Some(terminal::width())));
    let mut text = text.unwrap_or_default();
    if runs.len() < all {
        let _ = writeln!(text, "{} of {}", runs.len(), counted(all, "run"));
    }
    terminal::print(&text)
}

/// A day as an option.
fn day(text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| Failure::Usage {
        message: format!("`{text}` is no day"),
        help: "write --since 2026-11-22".to_owned(),
    })
}

fn highlight(text: &str) -> Result<Highlight, Failure> {
    match text.split_once('@') {
        Some((name, at)) if !name.is_empty() && !at.is_empty() => {
            Ok(Highlight::Value { name: name.to_owned(), at: at.to_owned() })
        }
        _ => Err(Failure::Usage {
            message: format!("`{text}` names no metric and period"),
            help: "write --metric fleet.h100e@2026, or a target with its day".to_owned(),
        }),
    }
}

/// Fails if no run has what is to be shown.
fn known(runs: &[Run], highlight: &Highlight) -> Result<(), Failure> {
    let Highlight::Value { name, at } = highlight else { return Ok(()) };
    let has =
        |run: &Run| run.record.range(name, at).is_some() || run.record.chance(name, at).is_some();
    if runs.is_empty() || runs.iter().any(has) {
        return Ok(());
    }
    let mut names: Vec<&str> =
        runs.iter().flat_map(|run| run.record.headline.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let mut periods: Vec<&str> = runs.iter().flat_map(|run| run.record.periods()).collect();
    periods.sort_unstable();
    periods.dedup();
    Err(Failure::Usage {
        message: format!("no run has `{name}` at {at} in its headline"),
        help: format!(
            "headlines have {} at {}, and the days of targets; `runs show NAME` shows them",
            names.join(", "),
            periods.join(", ")
        ),
    })
}

fn as_json(list: &List, runs: &[Run], left: &[LeftOut], highlight: &Highlight) -> Value {
    let one = |run: &Run| {
        let record = &run.record;
        let mut value = json!({
            "name": run.name,
            "path": run.path.display().to_string(),
            "written": run.day().map(|day| day.to_string()),
            "scenario": record.scenario,
            "title": record.title,
            "company": record.company,
            "as_of": record.as_of,
            "version": record.version,
            "engine": record.engine,
            "digest": record.digest,
            "seed": record.seed,
            "draws": record.draws,
            "shard": record.shard.map(|shard| json!({ "number": shard.number, "of": shard.of, "draws": shard.draws })),
            "from": record.from,
            "to": record.to,
            "warnings": record.warnings.len(),
        });
        if let (Highlight::Value { name, at }, Some(all)) = (highlight, value.as_object_mut()) {
            let range = record.range(name, at).map(|range| {
                json!({
                    "median": range.median, "p5": range.p5, "p95": range.p95, "error": range.error,
                })
            });
            let chance = record.chance(name, at).map(|chance| {
                json!({
                    "probability": chance.probability, "low": chance.low, "high": chance.high,
                })
            });
            all.insert(format!("{name}@{at}"), json!(range.or(chance)));
        }
        value
    };
    let left_out = left.iter().map(|out| json!({ "name": out.name, "why": out.why }));
    json!({
        "folder": list.folder.display().to_string(),
        "runs": runs.iter().map(one).collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
    })
}

/// The run of a name in the folder, or at a path.
fn named(name: &str, folder: &Path) -> Result<Run, Failure> {
    let inside = folder.join(name);
    let path = if inside.is_dir() { inside } else { PathBuf::from(name) };
    if !path.is_dir() {
        return Err(Failure::File {
            message: format!("there is no run `{name}`"),
            help: format!("`fleetcast runs {}` lists those that there are", folder.display()),
        });
    }
    read(&path).map_err(|left| Failure::File {
        message: format!("`{}` is not a run", path.display()),
        help: left.why,
    })
}

fn show(name: &str, folder: &Path, json: bool) -> Result<(), Failure> {
    let run = named(name, folder)?;
    if json {
        let text = fs::read_to_string(run.path.join(RUN_JSON)).map_err(|error| Failure::File {
            message: format!("cannot read the run `{}`", run.path.display()),
            help: error.to_string(),
        })?;
        return terminal::print(&text);
    }
    terminal::print(&record_text(&run.name, &run.record, terminal::width()))
}

fn diff(names: &[String; 2], folder: &Path, json: bool) -> Result<(), Failure> {
    let [old, new] = [named(&names[0], folder)?, named(&names[1], folder)?];
    let resolved = |run: &Run| fs::read_to_string(run.path.join(RESOLVED)).ok();
    let changes = resolved(&old).zip(resolved(&new)).map(|(a, b)| resolved_changes(&a, &b));
    let difference = RunDifference::of(&old.record, &new.record, changes);
    if json {
        return terminal::print_json(&difference_json(&old, &new, &difference));
    }
    let text = difference.text((&old.name, &new.name), terminal::width());
    terminal::print(&text)
}

fn difference_json(old: &Run, new: &Run, difference: &RunDifference) -> Value {
    let settings = difference.settings.iter();
    let settings = settings.map(|(what, a, b)| json!({ "setting": what, "old": a, "new": b }));
    let side = |side: &Option<(String, String)>| {
        side.as_ref().map(|(value, beside)| json!({ "value": value, "provenance": beside }))
    };
    let input = |change: &Change| json!({ "key": change.key, "old": side(&change.old), "new": side(&change.new) });
    let headline = difference.headline.iter().map(|d| {
        json!({
            "metric": d.metric,
            "unit": d.unit,
            "period": d.period,
            "old": d.old,
            "new": d.new,
            "change": d.new - d.old,
            "error": d.error,
        })
    });
    let chances = difference.chances.iter().map(|(title, when, a, b)| {
        json!({ "title": title, "when": when, "old": a.value, "new": b.value })
    });
    json!({
        "old": old.path.display().to_string(),
        "new": new.path.display().to_string(),
        "settings": settings.collect::<Vec<_>>(),
        "inputs": difference.inputs.as_ref().map(|all| all.iter().map(input).collect::<Vec<_>>()),
        "headline": headline.collect::<Vec<_>>(),
        "targets": chances.collect::<Vec<_>>(),
    })
}
