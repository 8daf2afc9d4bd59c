//! The subcommands: the only place with files, clock, environment and terminal.

mod about;
mod again;
pub mod chart;
pub mod check;
pub mod compare;
mod conditioning;
pub mod data_file;
mod documents;
pub mod drawing;
pub mod drivers;
pub mod exit;
pub mod explain;
pub mod fit;
mod gallery;
mod identities;
pub mod init;
pub mod keep;
pub mod list;
pub mod merge;
#[cfg(feature = "parquet")]
mod parquet_file;
mod pictures;
mod places;
mod progress;
mod reference;
pub mod report;
pub mod run;
pub mod run_folder;
pub mod runs;
mod save;
mod schema;
pub mod score;
mod score_report;
pub mod shard;
pub mod show;
mod simulation;
pub mod sweep;
mod terminal;
mod until;
pub mod validate;
mod validation_page;

pub use crate::diag::nearest;
use crate::diag::{Diagnostics, Sources};
pub use crate::sampling::Sampling;
use crate::scenario::{self, FileReader, Loaded, Scenario};
use exit::Failure;
pub use simulation::{Machine, Sizes};

/// What the user asked for.
#[derive(Debug)]
pub enum Command {
    /// Project a scenario.
    Run(run::Options),
    /// Make a run of its parts.
    Merge(merge::Options),
    /// Make the report of a run folder.
    Report(report::Options),
    /// Set runs beside each other.
    Compare(compare::Options),
    /// Run a scenario at many points.
    Sweep(sweep::Options),
    /// Find mistakes.
    Check(check::Options),
    /// Show a scenario or explain a value.
    Show(show::Options),
    /// Replay one draw.
    Explain(explain::Options),
    /// Say what drives a result.
    Drivers(drivers::Options),
    /// List, show or compare the runs so far.
    Runs(runs::Options),
    /// Draw charts from run folders.
    Chart(chart::Options),
    /// Score scenarios of the past.
    Score(score::Options),
    /// Make priors again from what was known.
    Fit(fit::Options),
    /// Print the reference.
    List(list::Options),
    /// Check against published results.
    Validate(validate::Options),
    /// Print the JSON Schema.
    Schema,
    /// Write a scenario to start from.
    Init(init::Options),
    /// Print this script of completions.
    Completions(String),
}

/// A scenario file with what is laid over it.
#[derive(Clone, Debug)]
pub struct Input {
    /// Path of the scenario.
    pub file: String,
    /// Paths of overlays, in order.
    pub overlays: Vec<String>,
    /// `key=value` texts, in order.
    pub sets: Vec<String>,
}

/// Does what the user asked for.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(options) => run::run(&options),
        Command::Merge(options) => merge::merge(&options),
        Command::Report(options) => report::report(&options),
        Command::Compare(options) => compare::compare(&options),
        Command::Sweep(options) => sweep::sweep(&options),
        Command::Check(options) => check::check(&options),
        Command::Show(options) => show::show(&options),
        Command::Explain(options) => explain::explain(&options),
        Command::Drivers(options) => drivers::drivers_of(&options),
        Command::Runs(options) => runs::runs(&options),
        Command::Chart(options) => chart::chart(&options),
        Command::Score(options) => score::score(&options),
        Command::Fit(options) => fit::fit(&options),
        Command::List(options) => list::list(&options),
        Command::Validate(options) => validate::validate(&options),
        Command::Schema => schema::schema(),
        Command::Init(options) => init::init(&options),
        Command::Completions(script) => terminal::print(&script),
    }
}

/// Files of this machine.
struct Disk;

impl FileReader for Disk {
    fn read(&self, path: &str) -> std::io::Result<String> {
        String::from_utf8(std::fs::read(path)?).map_err(|error| not_utf8(error.as_bytes()))
    }

    fn beside(&self, path: &str) -> Vec<String> {
        let path = std::path::Path::new(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let entries = std::fs::read_dir(folder.unwrap_or(".".as_ref()));
        let entries = entries.into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// The error for a text in another encoding, with the place of the first byte that tells.
fn not_utf8(bytes: &[u8]) -> std::io::Error {
    let right = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let byte = bytes.get(right.len()).copied().unwrap_or_default();
    let line = right.matches('\n').count() + 1;
    let own = right.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
    let column = own.chars().count() + 1;
    let message = format!("not UTF-8: line {line}, column {column} has the byte 0x{byte:02X}");
    std::io::Error::new(std::io::ErrorKind::InvalidData, message)
}

impl Input {
    fn load(&self) -> Loaded {
        scenario::load(&Disk, &self.file, &self.overlays, &self.sets)
    }

    /// Arguments that make a run of it.
    fn command(&self) -> String {
        let mut words = vec!["run".to_owned(), quoted(&self.file)];
        words.extend(self.overlays.iter().map(|file| format!("--with {}", quoted(file))));
        for set in &self.sets {
            words.push(match set.split_once('=') {
                Some(("run.draws", draws)) => format!("--draws {draws}"),
                Some(("run.seed", seed)) => format!("--seed {seed}"),
                Some(("run.sampling", sampling)) => format!("--sampling {sampling}"),
                _ => format!("--set {}", quoted(set)),
            });
        }
        words.join(" ")
    }
}

/// The scenario, or the failure for what was found; either way what was found is returned, too.
fn outcome(loaded: Loaded) -> (Result<Scenario, Failure>, Diagnostics, Sources) {
    let Loaded { sources, result, diagnostics } = loaded;
    let result = result.map_err(|failure| match failure {
        scenario::Failure::Unreadable => Failure::Unreadable,
        scenario::Failure::Invalid => Failure::Invalid,
    });
    (result, diagnostics, sources)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._+-~/=@:,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// `1 error`, `2,000 errors`.
fn counted(count: usize, noun: &str) -> String {
    crate::tables::counted(count as u64, noun)
}
