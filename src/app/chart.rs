//! `chart`: charts from run folders, without the scenario.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::drawing::{Look, Wanted};
use super::exit::Failure;
use super::progress::Interrupt;
use super::run_folder::RunFolder;
use super::terminal;
use crate::results::{RunResult, summary_file};

/// Folder for charts unless the user says otherwise.
pub(super) const CHARTS_FOLDER: &str = "charts";

/// Options of `chart`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run folders.
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
    if !options.wanted.is_usual() || options.runs.len() > 1 {
        options.wanted.check(options.runs.len())?;
    }
    let results: Vec<RunResult> =
        options.runs.iter().map(|path| read(path)).collect::<Result<_, Failure>>()?;
    let runs: Vec<&RunResult> = results.iter().collect();
    let figures = options.wanted.figures(&runs, &options.look)?;
    let files = options.look.files(&figures, &interrupt)?;
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
