//! `score`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{Layers, MachineArgs, SizeArgs};
use crate::app::Input;
use crate::app::score::{self, Form};

pub(super) const AFTER: &str = "\
Examples:
  fleetcast score scenarios/meta-2024-07.toml
  fleetcast score scenarios/meta-2024-02.toml scenarios/meta-2024-07.toml --markdown > docs/scores.md
  fleetcast score scenarios/meta-2024-07.toml --draws 20_000 --json | jq '.scores[0].metrics'
  fleetcast score scenarios/meta-2024-07.toml --report out/how-it-did.html
  fleetcast score scenarios/meta-2024-07.toml --charts out/scores --no-report

A run sees nothing that became known after the scenario's day; every observation since then is scored:
CRPS, log score, interval score and PIT, and the skill over four baselines that knew no more. Questions
whose answer is known get Brier and log scores. --with and --set hold for all scenarios.
A page with a fan of each metric, the PIT histogram, the calibration plot and all tables is left in
out/score-NAME.html (out/scores.html for several scenarios).";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct ScoreArgs {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    sizes: SizeArgs,
    #[command(flatten)]
    machine: MachineArgs,
    /// Print Markdown, as in docs/scores.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Draw a PIT histogram and a calibration plot of each scenario into this folder
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// File of the page with fans, calibration and tables [default: out/score-NAME.html]
    #[arg(long, value_name = "FILE", conflicts_with = "no_report")]
    report: Option<PathBuf>,
    /// Write no page
    #[arg(long)]
    no_report: bool,
    /// Print the scores only, without progress and warnings
    #[arg(long, short)]
    quiet: bool,
}

impl From<ScoreArgs> for score::Options {
    fn from(args: ScoreArgs) -> Self {
        let Layers { with, set } = args.layers;
        let input = |file| Input { file, overlays: with.clone(), sets: set.clone() };
        let form = match (args.markdown, args.json) {
            (true, _) => Form::Markdown,
            (_, true) => Form::Json,
            _ => Form::Text,
        };
        Self {
            inputs: args.scenarios.into_iter().map(input).collect(),
            sizes: args.sizes.into(),
            machine: args.machine.into(),
            form,
            charts: args.charts,
            report: args.report,
            no_report: args.no_report,
            quiet: args.quiet,
        }
    }
}
