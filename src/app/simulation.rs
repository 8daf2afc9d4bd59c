//! A scenario made ready and simulated: what all commands that run draws share.

use serde_json::json;

use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::{Input, about, counted, outcome, terminal};
use crate::diag::{Diagnostics, Sources, to_json};
use crate::engine::{BLOCK, Execution, Stopped, simulate, spread};
use crate::plan::{self, Plan};
use crate::results::{Kept, RunResult, Summaries};
use crate::sampling::Sampling;
use crate::scenario::Scenario;
use crate::vector::Isa;

/// How many draws, and which: the scenario's unless the user says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Number of draws.
    pub draws: Option<u64>,
    /// Seed of all random numbers.
    pub seed: Option<u64>,
    /// How draws are spread.
    pub sampling: Option<Sampling>,
}

/// How to run, without any effect on results.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine {
    /// Threads; all processors if none.
    pub threads: Option<usize>,
    /// Draws in a block.
    pub block: Option<usize>,
    /// Instruction set; the widest one there is if none.
    pub isa: Option<Isa>,
}

/// How a command talks beside its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    /// No progress, notes and warnings.
    pub(super) quiet: bool,
    /// The answer is JSON.
    pub(super) json: bool,
}

/// What is to be simulated.
pub(super) struct Prepared {
    pub(super) scenario: Scenario,
    pub(super) plan: Plan,
    /// What loading found, already printed.
    pub(super) found: Diagnostics,
    /// Arguments of the program that make the run again.
    pub(super) command: String,
    pub(super) execution: Execution,
}

impl Machine {
    pub(super) fn execution(&self) -> Result<Execution, Failure> {
        let isa = self.isa.unwrap_or_else(Isa::detect);
        if !isa.is_available() {
            let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
            return Err(Failure::Usage {
                message: format!("this processor has no {}", isa.name()),
                help: format!("it has {}", names.join(", ")),
            });
        }
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or_else(processors);
        Ok(Execution { threads, block: self.block.unwrap_or(BLOCK), isa })
    }
}

impl Sizes {
    /// The scenario with draws and seed as single values on top, so that the resolved scenario says
    /// what was run.
    pub(super) fn over(&self, input: &Input) -> Input {
        let mut input = input.clone();
        input.sets.extend(self.draws.map(|draws| format!("run.draws={draws}")));
        input.sets.extend(self.seed.map(|seed| format!("run.seed={seed}")));
        let sampling = self.sampling.filter(|sampling| *sampling != Sampling::Independent);
        input.sets.extend(sampling.map(|sampling| format!("run.sampling={}", sampling.name())));
        input
    }
}

/// Loads and compiles; what is found is printed.
pub(super) fn prepare(
    input: &Input,
    sizes: Sizes,
    execution: Execution,
    voice: Voice,
) -> Result<Prepared, Failure> {
    let input = sizes.over(input);
    let (scenario, found, sources) = outcome(input.load());
    let compiled = scenario.and_then(|scenario| match plan::compile(&scenario) {
        Ok(plan) => Ok((scenario, plan)),
        Err(problems) => {
            reject(voice, &problems, &sources)?;
            Err(Failure::Invalid)
        }
    });
    if found.has_errors() {
        reject(voice, &found, &sources)?;
    } else if !voice.quiet {
        terminal::diagnostics(&found, &sources);
    }
    let (scenario, plan) = compiled?;
    if sizes.sampling == Some(Sampling::Independent) && scenario.run.sampling != "independent" {
        // Said again only where the files say otherwise: it is what holds anyway.
        let mut input = input;
        input.sets.push("run.sampling=independent".to_owned());
        return prepare(&input, Sizes::default(), execution, Voice { quiet: true, ..voice });
    }
    Ok(Prepared { scenario, plan, found, command: input.command(), execution })
}

impl Prepared {
    /// How the scenario wants its draws spread.
    pub(super) fn sampling(&self) -> Sampling {
        Sampling::parse(self.scenario.run.sampling).unwrap_or_default()
    }

    /// Says that a command other than `run` does not weigh the draws, where the scenario wants that.
    pub(super) fn warn_of_plain_draws(&self, command: &str, voice: Voice) {
        if self.scenario.run.condition && !voice.quiet {
            let other = if command == "compare" {
                "; `run` both, and compare their folders"
            } else {
                "; `run` does"
            };
            terminal::warning(&format!(
                "`{command}` takes the plain draws of `{}` and does not weigh them by observations, \
                 as its run.condition says{other}",
                self.scenario.name
            ));
        }
    }

    /// Spreads its draws as the scenario says.
    pub(super) fn spread(&mut self) -> Result<(), Failure> {
        let (sampling, draws) = (self.sampling(), self.scenario.run.draws);
        self.spread_for(sampling, draws)
    }

    pub(super) fn spread_for(&mut self, sampling: Sampling, draws: u64) -> Result<(), Failure> {
        let execution = self.execution;
        spread(&mut [&mut self.plan], sampling, draws, execution.isa)
            .map_err(|stopped| stopped_by(stopped, execution.threads))
    }
}

/// Prints what makes a scenario invalid.
fn reject(voice: Voice, problems: &Diagnostics, sources: &Sources) -> Result<(), Failure> {
    if voice.json {
        return terminal::print_json(&json!({ "diagnostics": to_json(problems, sources) }));
    }
    terminal::diagnostics(problems, sources);
    Ok(())
}

/// Simulates with a progress bar. Limits and what stands beside are left to the caller.
pub(super) fn simulated(
    prepared: &Prepared,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<RunResult, Failure> {
    let scenario = &prepared.scenario;
    let draws = scenario.run.draws;
    let bar = Bar::new(draws, quiet, interrupt.clone());
    let simulated = simulate(&prepared.plan, draws, prepared.execution, &bar);
    bar.clear();
    let found = simulated.map_err(|stopped| stopped_by(stopped, prepared.execution.threads))?;
    Ok(result_of(prepared, found))
}

/// What was simulated, with what it was made from.
pub(super) fn result_of(prepared: &Prepared, (summaries, kept): (Summaries, Kept)) -> RunResult {
    let scenario = &prepared.scenario;
    RunResult {
        about: about::about(scenario, &prepared.plan, &prepared.found, &prepared.command),
        given: about::given(scenario),
        grid: scenario.run.grid,
        summaries,
        kept,
        limits: None,
        observations: about::observed(scenario),
        guidance: about::guidance(scenario),
        past_runs: about::past_runs(scenario),
        beside: None,
        shard: None,
        conditioned: None,
        precision: None,
    }
}

/// Why there is no result.
pub(super) fn stopped_by(stopped: Stopped, threads: usize) -> Failure {
    match stopped {
        Stopped::Cancelled => Failure::Interrupted,
        Stopped::Threads(error) => Failure::File {
            message: format!("cannot start {}", counted(threads, "thread")),
            help: format!("try --threads 1 ({error})"),
        },
    }
}
