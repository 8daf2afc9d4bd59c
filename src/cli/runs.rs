//! `runs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::app::runs::{List, OUT, Options};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast runs
  fleetcast runs --scenario slow-grid --since 2026-11-01
  fleetcast runs --metric fleet.h100e@2026
  fleetcast runs show meta-2024-07
  fleetcast runs diff meta-2024-07 meta-2024-07+slow-grid

Each folder's run.json is read: there is no index that could be stale. Folders that are no runs are
named on standard error. A metric is one of the headline at a year's end, or a target at one of its
days; other results are in the tables of a run folder.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct RunsArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Folder of the run folders
    #[arg(value_name = "DIR", default_value = OUT)]
    folder: PathBuf,
    /// Only runs with this text in their name, scenario or title, in any case
    #[arg(long, value_name = "TEXT")]
    scenario: Option<String>,
    /// Only runs written on this day or later, in universal time
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Show a metric at a year's end, such as fleet.h100e@2026, or a target at its day
    #[arg(long, value_name = "METRIC@PERIOD")]
    metric: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what a run was made from, its headline and its questions
    #[command(after_help = "Example:\n  fleetcast runs show meta-2024-07")]
    Show {
        /// Name of a run, or path of its folder
        name: String,
        /// Folder of the run folders
        #[arg(long = "in", value_name = "DIR", default_value = OUT)]
        folder: PathBuf,
        /// Print its run.json
        #[arg(long)]
        json: bool,
    },
    /// Say what two runs do not share: settings, inputs, headline and chances
    #[command(after_help = "Example:\n  fleetcast runs diff meta-2024-07 meta-2024-07+slow-grid")]
    Diff {
        /// Name of a run, or path of its folder
        old: String,
        /// Name of another run, or path of its folder
        new: String,
        /// Folder of the run folders
        #[arg(long = "in", value_name = "DIR", default_value = OUT)]
        folder: PathBuf,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl From<RunsArgs> for Options {
    fn from(args: RunsArgs) -> Self {
        match args.action {
            Some(Action::Show { name, folder, json }) => Self::Show { name, folder, json },
            Some(Action::Diff { old, new, folder, json }) => {
                Self::Diff { names: [old, new], folder, json }
            }
            None => Self::List(List {
                folder: args.folder,
                scenario: args.scenario,
                since: args.since,
                metric: args.metric,
                json: args.json,
            }),
        }
    }
}
