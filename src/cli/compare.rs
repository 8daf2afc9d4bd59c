//! `compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{Layers, MachineArgs, SamplingArg, SizeArgs, draws};
use crate::app::Sizes;
use crate::app::compare::{self, Format, Statistic};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast compare scenarios/meta-2024-07.toml --with scenarios/overlays/slow-grid.toml
  fleetcast compare scenarios/meta-2024-07.toml --set site.slip=\"30 to 400 d\" --set capex.growth.stay=0.5
  fleetcast compare out/meta-2024-07 out/meta-2026-07 --baseline out/meta-2024-07
  fleetcast compare a.toml b.toml --bridge facility.power@2026Q4 --group chips=chip.*,supply.*
  fleetcast compare a.toml b.toml --sampling sobol --until \"facility.power@2026Q4 mean within 1%\"
  fleetcast compare a.toml b.toml --fail-if \"facility.power@2026Q4 > 5%\" --format markdown

Runs are made on common random numbers: draw i of both shares every input that they have in common, so
that the difference is known far better than either run. Run folders are run again from their resolved
scenarios; those of another engine number are compared by their summaries, as independent. The bridge
says how much of a change each changed input accounts for: the mean over all orders of the changes. A
folder out/compare/A-vs-B/ is written. Exit status is 5 if a condition of --fail-if holds, or if a precision
of --until is not reached.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub(super) struct CompareArgs {
    /// Scenario files and run folders; or one, with changes
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    #[command(flatten)]
    layers: Layers,
    /// Which of the runs the others are held against [default: the first]
    #[arg(long, value_name = "RUN")]
    baseline: Option<String>,
    #[command(flatten)]
    sizes: SizeArgs,
    #[command(flatten)]
    sampling: SamplingArg,
    /// Precision of a difference up to which to double the draws: "METRIC@PERIOD [mean|P5|P50|P95] within 1%" of the baseline; may be repeated
    #[arg(long, value_name = "PRECISION")]
    until: Vec<String>,
    #[command(flatten)]
    machine: MachineArgs,
    /// Figure to bridge: METRIC@PERIOD, TARGET or TARGET@DATE; may be repeated [default: one that differs]
    #[arg(long, value_name = "FIGURE")]
    bridge: Vec<String>,
    /// Make no bridge
    #[arg(long, conflicts_with_all = ["bridge", "group", "each"])]
    no_bridge: bool,
    /// What of a metric is bridged
    #[arg(long, value_enum, default_value = "mean")]
    statistic: StatisticName,
    /// Changes that are one bar of the bridge: NAME=PATTERN,PATTERN; may be repeated
    #[arg(long, value_name = "NAME=KEYS", value_parser = group)]
    group: Vec<(String, Vec<String>)>,
    /// One bar for every change, however many there are
    #[arg(long)]
    each: bool,
    /// Draws of each run of the bridge [default: fewer, the more runs it takes]
    #[arg(long, value_name = "N", value_parser = draws)]
    bridge_draws: Option<u64>,
    /// Condition under which to end with status 5: "METRIC@PERIOD [STATISTIC] > 5%"; may be repeated
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<String>,
    /// Folder of the comparison folders [default: out/compare]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "terminal")]
    format: FormatName,
    /// Write tables but no charts
    #[arg(long)]
    no_charts: bool,
    /// Print the comparison only, without progress, notes and warnings
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON document, as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    Terminal,
    Markdown,
    Json,
    Csv,
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatisticName {
    Mean,
    P5,
    P10,
    P25,
    P50,
    P75,
    P90,
    P95,
}

impl From<CompareArgs> for compare::Options {
    fn from(args: CompareArgs) -> Self {
        Self {
            runs: args.runs,
            overlays: args.layers.with,
            sets: args.layers.set,
            baseline: args.baseline,
            sizes: Sizes { sampling: args.sampling.sampling, ..args.sizes.into() },
            until: args.until,
            machine: args.machine.into(),
            bridge: args.bridge,
            no_bridge: args.no_bridge,
            statistic: match args.statistic {
                StatisticName::Mean => Statistic::Mean,
                StatisticName::P5 => Statistic::Percentile(0.05),
                StatisticName::P10 => Statistic::Percentile(0.10),
                StatisticName::P25 => Statistic::Percentile(0.25),
                StatisticName::P50 => Statistic::Percentile(0.50),
                StatisticName::P75 => Statistic::Percentile(0.75),
                StatisticName::P90 => Statistic::Percentile(0.90),
                StatisticName::P95 => Statistic::Percentile(0.95),
            },
            groups: args.group,
            each: args.each,
            bridge_draws: args.bridge_draws,
            fail_if: args.fail_if,
            out: args.out,
            format: match args.format {
                _ if args.json => Format::Json,
                FormatName::Terminal => Format::Terminal,
                FormatName::Markdown => Format::Markdown,
                FormatName::Json => Format::Json,
                FormatName::Csv => Format::Csv,
                FormatName::Html => Format::Html,
            },
            quiet: args.quiet,
            charts: !args.no_charts,
        }
    }
}

/// A name and patterns of keys.
fn group(text: &str) -> Result<(String, Vec<String>), String> {
    let wrong = || "write NAME=PATTERN,PATTERN, such as chips=chip.*,supply.*".to_owned();
    let (name, patterns) = text.split_once('=').ok_or_else(wrong)?;
    let patterns: Vec<String> = patterns.split(',').map(|part| part.trim().to_owned()).collect();
    if name.trim().is_empty() || patterns.iter().any(String::is_empty) {
        return Err(wrong());
    }
    Ok((name.trim().to_owned(), patterns))
}
