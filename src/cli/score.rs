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
  fleetcast score scenarios/meta-2024-07.toml --charts out/scores

A run sees nothing that became known after the scenario's day; every observation since then is scored:
CRPS, log score, interval score and PIT, and the skill over four baselines that knew no more. Questions
whose answer is known get Brier and log scores. --with and --set hold for all scenarios.";

#[derive(Debug, Args)]
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
            quiet: args.quiet,
        }
    }
}
