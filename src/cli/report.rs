//! `report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::app::report;

pub(super) const AFTER: &str = "\
Examples:
  fleetcast report out/meta-2024-07
  fleetcast report out/meta-2024-07 --xlsx
  fleetcast report out/meta-2024-07 --out meta-for-the-board.html
  fleetcast report out/meta-2024-07 --format md --out - | less
  fleetcast report out/compare/meta-2024-07-vs-meta-2024-07+slow-grid --xlsx

Every run and comparison has its report already: report.html, one file that needs no network, and
report.md for repositories. This command makes them again from the folder alone, without the scenario.";

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Folder of a run or a comparison
    folder: PathBuf,
    /// Make one format only [default: html and md, or what the ending of --out says]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Make report.xlsx too
    #[arg(long)]
    xlsx: bool,
    /// File to write in place of the folder's own; - for standard output
    #[arg(long, value_name = "FILE", conflicts_with = "xlsx")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// A page
    Html,
    /// Markdown
    Md,
    /// A spreadsheet
    Xlsx,
}

impl From<FormatName> for report::Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Html => Self::Html,
            FormatName::Md => Self::Md,
            FormatName::Xlsx => Self::Xlsx,
        }
    }
}

impl From<ReportArgs> for report::Options {
    fn from(args: ReportArgs) -> Self {
        Self {
            folder: args.folder,
            format: args.format.map(Into::into),
            xlsx: args.xlsx,
            out: args.out,
        }
    }
}
