//! The command line: types and help only. Each command becomes an option struct of [`crate::app`].

mod chart;
mod compare;
mod drivers;
mod fit;
mod merge;
mod report;
mod run;
mod runs;
mod score;
mod shared;
mod sweep;
mod validate;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::app::{Command, check, explain, init, list, show};
use chart::ChartArgs;
use compare::CompareArgs;
use drivers::DriversArgs;
use fit::FitArgs;
use merge::MergeArgs;
use report::ReportArgs;
use run::RunArgs;
use runs::RunsArgs;
use score::ScoreArgs;
use shared::{Layers, draw, seed};
use sweep::SweepArgs;
use validate::ValidateArgs;

/// Colors of help and usage errors; clap drops them for `NO_COLOR` and where there is no terminal.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Red.on_default());

const ABOUT_LONG: &str = "\
Fleetcast projects an AI fleet: the chips a company buys, the clusters they form, the power \
they take and the money they cost, quarter by quarter. Every assumption stands in a scenario file \
with its unit and source; every result is a probability.";

const AFTER: &str = "\
Examples:
  fleetcast init my-fleet.toml              write a scenario to start from
  fleetcast check my-fleet.toml             find its mistakes
  fleetcast run my-fleet.toml               project it, into out/my-fleet/
  fleetcast merge out/my-fleet~shard-*      one run of parts that were made apart
  fleetcast report out/my-fleet             its page again, years later
  fleetcast compare my-fleet.toml --set fleet.repaired=0.9
                                            what a change does, and why
  fleetcast sweep my-fleet.toml --over fleet.repaired=0.7..0.95:6 --metric fleet.h100e@2028
                                            many values of a key at once
  fleetcast show my-fleet.toml chip.ramp    explain one assumption
  fleetcast explain my-fleet.toml --draw 7  replay one draw
  fleetcast drivers out/my-fleet --metric fleet.h100e --at 2026  what drives a result
  fleetcast runs                            the runs so far
  fleetcast chart out/my-fleet              draw charts of a run
  fleetcast list inputs                     what a scenario can say
  fleetcast validate                        check it against published results

Exit status:
  0    done
  1    a bug in fleetcast
  2    wrong usage
  3    a scenario is invalid
  4    a file cannot be read or written, be it one that a scenario extends
  5    a check that was asked for does not hold
  130  interrupted";

const CHECK_AFTER: &str = "\
Examples:
  fleetcast check scenarios/meta-2024-07.toml
  fleetcast check scenarios/*.toml --deny-warnings
  fleetcast check my-fleet.toml --json

Exit status is 3 if a scenario is invalid, 4 if it or a file that it names cannot be read, and 5 if
--deny-warnings is given and there is a warning.";

const SHOW_AFTER: &str = "\
Examples:
  fleetcast show scenarios/meta-2024-07.toml > one-file.toml
  fleetcast show scenarios/meta-2024-07.toml chip.h100.price
  fleetcast show scenarios/meta-2024-07.toml chip.h100
  fleetcast show scenarios/meta-2024-07.toml supply.lead --with scenarios/overlays/tight-chips.toml";

const EXPLAIN_AFTER: &str = "\
Examples:
  fleetcast explain scenarios/meta-2024-07.toml --draw 17
  fleetcast explain scenarios/meta-2024-07.toml --with scenarios/overlays/slow-grid.toml --draw 17
  fleetcast explain scenarios/meta-2024-07.toml --draw 17 --json | jq .dates

A draw is the same in a run of any size: its random numbers depend on the seed, the name of the
input, the quarter and the number of the draw only.";

const LIST_AFTER: &str = "\
Examples:
  fleetcast list inputs --filter chip
  fleetcast list distributions
  fleetcast list units --json
  fleetcast list --markdown > docs/reference.md
  fleetcast list documents --markdown > docs/documents.md";

const SCHEMA_AFTER: &str = "\
Example:
  fleetcast schema > fleetcast.schema.json

Editors that know TOML then complete keys and mark mistakes in a scenario that starts with
  #:schema ./fleetcast.schema.json";

const INIT_AFTER: &str = "\
Examples:
  fleetcast init
  fleetcast init my-fleet.toml && fleetcast run my-fleet.toml

A file that exists is never overwritten.";

const COMPLETIONS_AFTER: &str = "\
Examples:
  fleetcast completions bash > ~/.local/share/bash-completion/completions/fleetcast
  fleetcast completions zsh > ~/.zfunc/_fleetcast
  fleetcast completions fish > ~/.config/fish/completions/fleetcast.fish
  fleetcast completions powershell >> $PROFILE
  fleetcast completions elvish > ~/.config/elvish/lib/fleetcast.elv";

#[derive(Debug, Parser)]
#[command(
    name = "fleetcast", version, about = "Probabilistic projections of AI fleets",
    long_about = ABOUT_LONG, after_help = AFTER, styles = STYLES, max_term_width = 100,
    subcommand_required = true, arg_required_else_help = true, infer_subcommands = false
)]
struct Cli {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Project a scenario: a headline, and a folder with tables and charts
    #[command(after_help = run::AFTER)]
    Run(RunArgs),
    /// Make one run of the parts that `run --shard` made
    #[command(after_help = merge::AFTER)]
    Merge(MergeArgs),
    /// Make the report of a run folder: a page to read, print and send
    #[command(after_help = report::AFTER)]
    Report(ReportArgs),
    /// Set runs beside each other: what differs, by how much, and what accounts for it
    #[command(after_help = compare::AFTER)]
    Compare(CompareArgs),
    /// Run a scenario at many points: a few keys over ranges of values, in one table
    #[command(after_help = sweep::AFTER)]
    Sweep(SweepArgs),
    /// Find the mistakes of scenarios without running them
    #[command(after_help = CHECK_AFTER)]
    Check(CheckArgs),
    /// Show a scenario as one file, or explain one of its values
    #[command(after_help = SHOW_AFTER)]
    Show(ShowArgs),
    /// Replay one draw: what was drawn, and all that came of it
    #[command(after_help = EXPLAIN_AFTER)]
    Explain(ExplainArgs),
    /// Say what drives a result: which inputs move it, and how far
    #[command(after_help = drivers::AFTER)]
    Drivers(DriversArgs),
    /// List the runs so far, show one, or say what two do not share
    #[command(after_help = runs::AFTER)]
    Runs(RunsArgs),
    /// Draw charts from run folders, without the scenario
    #[command(after_help = chart::AFTER)]
    Chart(ChartArgs),
    /// Score scenarios of the past against what has become known since
    #[command(after_help = score::AFTER)]
    Score(ScoreArgs),
    /// Make the priors of a scenario again from what was known on its day
    #[command(after_help = fit::AFTER)]
    Fit(FitArgs),
    /// List what scenarios can say and what runs give: the reference
    #[command(after_help = LIST_AFTER)]
    List(ListArgs),
    /// Check the program against published results and known answers
    #[command(after_help = validate::AFTER)]
    Validate(ValidateArgs),
    /// Print the JSON Schema of scenario files
    #[command(after_help = SCHEMA_AFTER)]
    Schema,
    /// Write a scenario to start from
    #[command(after_help = INIT_AFTER)]
    Init(InitArgs),
    /// Print the script by which a shell completes commands and options
    #[command(after_help = COMPLETIONS_AFTER)]
    Completions {
        /// Shell to write for
        shell: Shell,
    },
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    layers: Layers,
    /// End with status 5 if there is a warning
    #[arg(long)]
    deny_warnings: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Scenario file
    file: String,
    /// Key to explain, such as chip.h100.price, or a table of keys, such as chip.h100
    key: Option<String>,
    #[command(flatten)]
    layers: Layers,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// Scenario file
    scenario: String,
    #[command(flatten)]
    layers: Layers,
    /// Number of the draw, from 0
    #[arg(long, value_name = "N", value_parser = draw)]
    draw: u64,
    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// What to list [default: everything]
    #[arg(value_enum)]
    what: Option<What>,
    /// Only rows that hold this text, in any case
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Print Markdown, as in docs/reference.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Assumptions that a scenario gives
    Inputs,
    /// Other keys of a scenario
    Keys,
    /// Results of a run
    Metrics,
    /// Families of distributions
    Distributions,
    /// Quantities and their units
    Units,
    /// Charts of a run
    Charts,
    /// Codes of messages about scenarios
    Codes,
    /// Figures of the articles that the project began with, and what became of them
    Documents,
}

impl From<What> for list::What {
    fn from(what: What) -> Self {
        match what {
            What::Inputs => Self::Inputs,
            What::Keys => Self::Keys,
            What::Metrics => Self::Metrics,
            What::Distributions => Self::Distributions,
            What::Units => Self::Units,
            What::Charts => Self::Charts,
            What::Codes => Self::Codes,
            What::Documents => Self::Documents,
        }
    }
}

#[derive(Debug, Args)]
struct InitArgs {
    /// File to write
    #[arg(default_value = "scenario.toml")]
    file: PathBuf,
}

/// The command that the arguments ask for; prints help or a usage error and ends the program if
/// they ask for none.
pub fn parse() -> Command {
    let matches = command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()).command.into()
}

/// The command line. Options take what looks like a negative number, so that whatever reads the value
/// can say what to write: it would else be taken for an option of its own.
fn command() -> clap::Command {
    let open = |arg: clap::Arg| {
        let takes = arg.get_action().takes_values() && !arg.is_positional();
        if takes { arg.allow_negative_numbers(true) } else { arg }
    };
    Cli::command().mut_subcommands(|sub| sub.mut_args(open))
}

impl From<Sub> for Command {
    fn from(sub: Sub) -> Self {
        match sub {
            Sub::Run(args) => Self::Run(args.into()),
            Sub::Merge(args) => Self::Merge(args.into()),
            Sub::Report(args) => Self::Report(args.into()),
            Sub::Compare(args) => Self::Compare(args.into()),
            Sub::Sweep(args) => Self::Sweep(args.into()),
            Sub::Check(args) => Self::Check(check::Options {
                files: args.files,
                overlays: args.layers.with,
                sets: args.layers.set,
                deny_warnings: args.deny_warnings,
                json: args.json,
            }),
            Sub::Show(args) => Self::Show(show::Options {
                input: args.layers.on(args.file),
                key: args.key,
                json: args.json,
            }),
            Sub::Explain(args) => Self::Explain(explain::Options {
                input: args.layers.on(args.scenario),
                draw: args.draw,
                seed: args.seed,
                json: args.json,
            }),
            Sub::Drivers(args) => Self::Drivers(args.into()),
            Sub::Runs(args) => Self::Runs(args.into()),
            Sub::Chart(args) => Self::Chart(args.into()),
            Sub::Score(args) => Self::Score(args.into()),
            Sub::Fit(args) => Self::Fit(args.into()),
            Sub::List(args) => Self::List(list::Options {
                what: args.what.map(Into::into),
                filter: args.filter,
                form: match (args.markdown, args.json) {
                    (true, _) => list::Form::Markdown,
                    (false, true) => list::Form::Json,
                    (false, false) => list::Form::Terminal,
                },
            }),
            Sub::Validate(args) => Self::Validate(args.into()),
            Sub::Schema => Self::Schema,
            Sub::Init(args) => Self::Init(init::Options { file: args.file }),
            Sub::Completions { shell } => Self::Completions(completions(shell)),
        }
    }
}

/// The script of completions.
fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "fleetcast", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_subcommand_shows_an_example() {
        for sub in Cli::command().get_subcommands() {
            let after = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("fleetcast "), "{}", sub.get_name());
        }
    }
}
