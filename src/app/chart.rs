//! `chart`: charts from folders of runs and comparisons, without the scenario.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::compare::recorded::recorded;
use super::compare::sides::unlike;
use super::drawing::{Look, Wanted, lay_out};
use super::exit::Failure;
use super::progress::Interrupt;
use super::run_folder::RunFolder;
use super::terminal;
use crate::charts::from_run::NamedFigure;
use crate::results::{Comparison, RunResult, summary_file};

/// Folder for charts unless the user says otherwise.
pub(super) const CHARTS_FOLDER: &str = "charts";

/// Options of `chart`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folders of runs, or of one comparison.
    pub runs: Vec<PathBuf>,
    /// Which charts.
    pub wanted: Wanted,
    /// How they look.
    pub look: Look,
    /// Folder for the files.
    pub out: Option<PathBuf>,
}

/// Draws, and prints the paths of what it wrote.
pub(super) fn chart(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let figures = match comparison(&options.runs)? {
        Some(comparison) => options.wanted.of_comparison(&comparison, &options.look)?,
        None => of_runs(options)?,
    };
    let files = options.look.files(&lay_out(&figures, &interrupt)?, &interrupt)?;
    let folder = options.out.clone().unwrap_or_else(|| usual_folder(&options.runs));
    let mut written = String::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        save(&path, &bytes).map_err(|error| Failure::File {
            message: format!("cannot write `{}`", path.display()),
            help: error.to_string(),
        })?;
        let _ = writeln!(written, "{}", path.display());
    }
    terminal::print(&written)
}

fn of_runs(options: &Options) -> Result<Vec<NamedFigure>, Failure> {
    if !options.wanted.is_usual() || options.runs.len() > 1 {
        options.wanted.check(options.runs.len())?;
    }
    let results: Vec<RunResult> =
        options.runs.iter().map(|path| read(path)).collect::<Result<_, Failure>>()?;
    let runs: Vec<&RunResult> = results.iter().collect();
    options.wanted.figures(&runs, names(&options.runs, &runs), &options.look)
}

/// What the runs are called: their scenarios, or their folders where several are of one.
fn names(paths: &[PathBuf], runs: &[&RunResult]) -> Vec<String> {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let scenarios: Vec<&str> = runs.iter().map(|run| run.about.scenario.as_str()).collect();
    unlike(&paths, &scenarios)
}

/// The comparison in the only folder; none if it holds a run, or if there are several.
fn comparison(paths: &[PathBuf]) -> Result<Option<Comparison>, Failure> {
    let mut found = None;
    for path in paths {
        // What cannot be opened is said where it is read as a run.
        let Ok(folder) = RunFolder::open(path) else { continue };
        found = recorded(&folder, path)?;
        if found.is_some() && paths.len() > 1 {
            return Err(Failure::Usage {
                message: format!("`{}` holds a comparison, not a run", path.display()),
                help: "name it alone, or name run folders only".to_owned(),
            });
        }
    }
    Ok(found)
}

/// The result in a run folder.
fn read(path: &Path) -> Result<RunResult, Failure> {
    let failed = |help: String| Failure::File {
        message: format!("cannot read the run `{}`", path.display()),
        help,
    };
    let folder = RunFolder::open(path).map_err(|error| failed(error.to_string()))?;
    let bytes = folder.read("summary.bin").map_err(|error| failed(error.to_string()))?;
    let result = summary_file::read(&bytes).map_err(|error| failed(error.to_string()))?;
    super::shard::whole(result, path)
}

/// `charts/NAME`, after the folders of the runs.
fn usual_folder(runs: &[PathBuf]) -> PathBuf {
    let name = |path: &PathBuf| {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        path.file_name()
            .map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
    };
    let names: Vec<String> = runs.iter().map(name).collect();
    let joined = match &names[..] {
        [first, .., last] if names.len() > 3 => format!("{first}..{last}"),
        _ => names.join(","),
    };
    PathBuf::from(CHARTS_FOLDER).join(joined)
}

pub(super) fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
