//! `merge`: the parts of a run, made anywhere, become the run: the same bytes as if one machine had made
//! it.
//!
//! Every folder is read twice: first to see whether all parts are there and fit, then one after the other
//! in their order, so that no more than two parts are in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::HumanCount;

use super::drawing::{Look, Output};
use super::exit::Failure;
use super::places::kept_places;
use super::progress::Interrupt;
use super::run::{Times, as_json, now, seconds_since};
use super::run_folder::{RESOLVED, RunFolder};
use super::save::{Content, Saving};
use super::terminal::{self, GOOD, styled};
use super::{counted, quoted};
use crate::results::{About, Misfit, RunResult, Shard, digest, summary_file};
use crate::tables::{self, Headline};

/// Most folders that a message names.
const NAMED: usize = 8;

/// Options of `merge`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folders of the parts, in any order.
    pub folders: Vec<PathBuf>,
    /// What becomes of them.
    pub output: Output,
}

/// A part, without its numbers.
struct Part {
    path: PathBuf,
    about: About,
    shard: Shard,
}

/// What all parts of a run share.
type Key<'a> = (u32, u64, u64, u64, &'a str);

impl Part {
    fn key(&self) -> Key<'_> {
        let About { engine, seed, digest, .. } = &self.about;
        (*engine, *seed, self.shard.draws, self.shard.of, digest)
    }

    /// How it differs from the others.
    fn other_than(&self, of: &Self) -> String {
        let (own, others) = (self.key(), of.key());
        let numbers = |what: &str, own: u64, others: u64| format!("has {what} {own}, not {others}");
        if own.0 != others.0 {
            numbers("engine", u64::from(own.0), u64::from(others.0))
        } else if own.1 != others.1 {
            numbers("seed", own.1, others.1)
        } else if own.2 != others.2 {
            format!(
                "is of a run of {}, not {}",
                tables::counted(own.2, "draw"),
                HumanCount(others.2)
            )
        } else if own.3 != others.3 {
            format!("is one of {}, not one of {}", tables::counted(own.3, "shard"), others.3)
        } else {
            format!(
                "was made from another scenario: `{}` with digest {}, not `{}` with {}",
                self.about.scenario, own.4, of.about.scenario, others.4
            )
        }
    }
}

/// Reads all parts, makes the run of them and writes its folder.
pub(super) fn merge(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let started = now();
    let mut parts = Vec::new();
    for path in &options.folders {
        interrupt.check()?;
        let (result, shard) = read(path)?;
        parts.push(Part { path: path.clone(), about: result.about, shard });
    }
    check(&parts)?;
    parts.sort_by_key(|part| part.shard.number);
    let Some(first) = parts.first() else { return Ok(()) };
    let target = options.output.folder(&first.shard.name);
    check_target(&target, &parts)?;
    let (resolved, places) = resolved(first)?;
    let load = seconds_since(started);
    let saving = Saving::begin(&target, "run")?;
    let started = now();
    let result = whole(&parts, &interrupt)?;
    let metrics = result.summaries.metrics.iter().map(|metric| metric.name.as_str());
    options.output.check_charts(metrics, "the run has no metric")?;
    let simulate = seconds_since(started);
    let started = now();
    let look = Look::default();
    let figures = options.output.figures(&result, &look)?;
    let content = Content {
        result: &result,
        pages: true,
        figures: &figures,
        look: &look,
        resolved: &resolved,
        places: places.as_deref(),
        xlsx: options.output.xlsx,
    };
    let phases = || vec![("load", load), ("merge", simulate), ("folder", seconds_since(started))];
    let files = saving.finish(&content, phases, &interrupt)?;
    let times = Times { load, simulate, folder: seconds_since(started) };
    if !options.output.quiet {
        terminal::note(&format!(
            "{} {} of {}\n{} {}: {}\n",
            styled(GOOD, "merged"),
            counted(parts.len(), "shard"),
            tables::counted(result.about.draws, "draw"),
            styled(GOOD, "wrote"),
            target.display(),
            counted(files, "file")
        ));
    }
    let headline = Headline::of(&result);
    if options.output.json {
        terminal::print_json(&as_json(&result, &headline, &target, &times))
    } else {
        terminal::print(&headline.text(terminal::width()))
    }
}

/// A part in its folder.
fn read(path: &Path) -> Result<(RunResult, Shard), Failure> {
    let failed = |help: String| Failure::File {
        message: format!("cannot read the shard `{}`", path.display()),
        help,
    };
    if !path.exists() {
        return Err(failed(
            "there is no such folder; a run that was stopped leaves none".to_owned(),
        ));
    }
    let folder = RunFolder::open(path).map_err(|error| failed(error.to_string()))?;
    let bytes = folder.read("summary.bin").map_err(|error| failed(error.to_string()))?;
    let result = summary_file::read(&bytes).map_err(|error| failed(error.to_string()))?;
    match result.shard.clone() {
        Some(shard) => Ok((result, shard)),
        None => Err(Failure::Usage {
            message: format!("`{}` is a whole run, not a shard of one", path.display()),
            help: "name the folders that `fleetcast run --shard` has written".to_owned(),
        }),
    }
}

/// Refuses parts of another run, those that stand twice, and a run of which some are missing.
fn check(parts: &[Part]) -> Result<(), Failure> {
    let mut counts: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for part in parts {
        *counts.entry(part.key()).or_default() += 1;
    }
    // Most parts are of the run that is meant; of two that are as frequent, the one that stands first.
    let count = |part: &Part| counts.get(&part.key()).copied().unwrap_or(0);
    let most = counts.values().max().copied().unwrap_or(0);
    let Some(meant) = parts.iter().find(|part| count(part) == most) else { return Ok(()) };
    let foreign: Vec<String> = parts
        .iter()
        .filter(|part| part.key() != meant.key())
        .map(|part| format!("`{}` {}", part.path.display(), part.other_than(meant)))
        .collect();
    if !foreign.is_empty() {
        return Err(Failure::Usage {
            message: format!("not all shards are of one run: {}", listed(&foreign)),
            help: format!(
                "the others are of the run of `{}`; leave it out, or make it again with the arguments of theirs",
                meant.path.display()
            ),
        });
    }
    let mut wrong = Vec::new();
    let mut missing = Vec::new();
    for number in 1..=meant.shard.of {
        let those: Vec<String> = parts
            .iter()
            .filter(|part| part.shard.number == number)
            .map(|part| format!("`{}`", part.path.display()))
            .collect();
        match those.len() {
            0 => missing.push(number.to_string()),
            1 => {}
            _ => wrong.push(format!("shard {number} is there more than once: {}", listed(&those))),
        }
    }
    let of = meant.shard.of;
    let mut help = "name each folder once".to_owned();
    if let Some(first) = missing.first() {
        let are = if missing.len() == 1 { "shard" } else { "shards" };
        let is = if missing.len() == 1 { "is" } else { "are" };
        wrong.push(format!("{are} {} of {of} {is} missing", listed(&missing)));
        let command = meant.about.command.strip_suffix(&meant.shard.option());
        let command = command.unwrap_or("run SCENARIO");
        help = format!("make it with: fleetcast {command} --shard {first}/{of}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Usage { message: wrong.join("; "), help }) }
}

/// `1, 2 and 3`; of many, the first ones and how many more.
fn listed(all: &[String]) -> String {
    if all.len() > NAMED {
        return format!("{} and {} more", all[..NAMED].join(", "), all.len() - NAMED);
    }
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Refuses to write the run into the folder of one of its parts.
fn check_target(target: &Path, parts: &[Part]) -> Result<(), Failure> {
    let Ok(real) = fs::canonicalize(target) else { return Ok(()) };
    let same = |part: &&Part| fs::canonicalize(&part.path).is_ok_and(|path| path == real);
    match parts.iter().find(same) {
        None => Ok(()),
        Some(part) => Err(Failure::Usage {
            message: format!("`{}` is the folder of shard {}", target.display(), part.shard.number),
            help: "choose another folder with --out".to_owned(),
        }),
    }
}

/// The scenario of the first part, as it was run, and where its values come from.
fn resolved(first: &Part) -> Result<(String, Option<String>), Failure> {
    let failed = |help: String| Failure::File {
        message: format!("cannot read the scenario of the shard `{}`", first.path.display()),
        help,
    };
    let folder = RunFolder::open(&first.path).map_err(|error| failed(error.to_string()))?;
    let bytes = folder.read(RESOLVED).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    if digest(&text) == first.about.digest {
        return Ok((text, kept_places(&folder)));
    }
    let option = quoted(&format!("{}/{}", first.shard.number, first.shard.of));
    Err(failed(format!(
        "scenario.resolved.toml was changed after the run; make it again with --shard {option}"
    )))
}

/// The run that the parts make, in their order.
fn whole(parts: &[Part], interrupt: &Interrupt) -> Result<RunResult, Failure> {
    let mut all: Option<RunResult> = None;
    for part in parts {
        interrupt.check()?;
        let (next, _) = read(&part.path)?;
        match &mut all {
            None => all = Some(next),
            Some(all) => all.append(next).map_err(|misfit| unfit(part, misfit))?,
        }
    }
    let all = all.ok_or_else(|| Failure::Bug("no shard to merge".to_owned()))?;
    match parts.last() {
        Some(last) => all.whole().map_err(|misfit| unfit(last, misfit)),
        None => Ok(all),
    }
}

fn unfit(part: &Part, Misfit { message, help }: Misfit) -> Failure {
    Failure::Usage {
        message: format!(
            "`{}` does not fit to the shards before it: {message}",
            part.path.display()
        ),
        help,
    }
}
