//! The core of the model written by hand for one scenario: how much of a draw's cost is the design, in which a model is
//! put together from named equations on columns, and how much the arithmetic that no design can leave out?
//!
//! usage: `by_hand PARAMS.json` measures it, the random inputs given, in turn with Fleetcast's model part; `by_hand
//! PARAMS.json DRAWS OUT.json` writes summaries, to be held against the peers'.

#[path = "../../common/clock.rs"]
mod clock;
#[path = "../../common/disk.rs"]
mod disk;
mod draws;
#[path = "../../peers/naive/src/inputs.rs"]
mod inputs;
mod lanes;
#[path = "../../peers/naive/src/path.rs"]
mod path;
mod step;
#[path = "../../peers/naive/src/table.rs"]
mod table;

use clock::{cpu, median};
use draws::{Draws, draw};
use fleetcast::engine::{BLOCK, Parts, measure};
use fleetcast::plan::compile;
use fleetcast::vector::Isa;
use inputs::Model;
use lanes::{Lanes, WIDTH};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use step::{Chips, Out, Plan, STEPS, State, start, step};

const ROUNDS: usize = 9;
const DRAWS: usize = 131_072;
/// Groups whose inputs are drawn ahead, and used again and again.
const GROUPS: usize = 64;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let model = Model::read(&serde_json::from_str(&text).unwrap());
    let names = table::names(&model);
    let plan = Plan::new(model);
    match (args.get(2), args.get(3)) {
        (Some(draws), Some(out)) => {
            let rows = rows(&plan, names.len(), draws.parse().unwrap());
            std::fs::write(out, table::summarize(&names, &rows).to_string()).unwrap();
        }
        _ => time(&plan, names.len()),
    }
}

/// What a block of draws works on.
struct Work {
    states: Vec<State>,
    chips: Box<Chips>,
    /// A row for each value, with a group more than there are, so that not all rows fall on the same sets of a cache.
    values: Vec<Lanes>,
}

impl Work {
    fn new(groups: usize, values: usize) -> Self {
        Self {
            states: vec![State::new(); groups],
            chips: Box::new(Chips::new()),
            values: vec![Lanes::ZERO; values * (groups + 1)],
        }
    }

    /// A block through all quarters, all its draws in one before the next, as summaries want it.
    fn block(&mut self, plan: &Plan, drawn: &[Draws]) {
        let Self { states, chips, values } = self;
        for (state, drawn) in states.iter_mut().zip(drawn) {
            start(plan, state, &drawn.once);
        }
        let width = drawn.len() + 1;
        let mut rest = values.as_mut_slice();
        for t in 0..STEPS {
            let mut left = 0;
            for (group, (state, drawn)) in states.iter_mut().zip(drawn).enumerate() {
                let mut out = Out { rows: rest.chunks_exact_mut(width), group };
                step(plan, t, (state, chips), &drawn.quarters[t], &mut out);
                left = out.rows.len();
            }
            let used = (rest.len() / width - left) * width;
            rest = &mut rest[used..];
        }
    }
}

/// Values of so many draws, a list for each draw.
fn rows(plan: &Plan, values: usize, draws: usize) -> Vec<Vec<f64>> {
    let mut rng = SmallRng::seed_from_u64(1);
    let mut rows = Vec::new();
    let mut work = Work::new(1, values);
    for _ in 0..draws.div_ceil(WIDTH) {
        work.block(plan, &[draw(&plan.model, &mut rng)]);
        let of = |lane: usize| work.values.iter().step_by(2).map(|x| x.get(lane)).collect();
        rows.extend((0..WIDTH).map(of));
    }
    rows.truncate(draws);
    rows
}

fn time(plan: &Plan, values: usize) {
    let mut rng = SmallRng::seed_from_u64(1);
    let drawn: Vec<Draws> = (0..GROUPS).map(|_| draw(&plan.model, &mut rng)).collect();
    let core = disk::scenario(
        "scenarios/meta-2024-07.toml",
        &["scenarios/overlays/core.toml".to_owned()],
        &[],
    );
    let columns = compile(&core.expect("the scenario is valid")).ok().expect("it gives a plan");
    let isa = Isa::detect();
    let sizes = [256, 128, 64];
    let mut times = vec![Vec::new(); sizes.len() + 1];
    for _ in 0..ROUNDS {
        let model = |part| cpu(|| measure(&columns, DRAWS as u64, BLOCK, isa, part));
        times[0].push(model(Parts::Model) - model(Parts::Sampling));
        for (&size, times) in sizes.iter().zip(&mut times[1..]) {
            let groups = size / WIDTH;
            let mut work = Work::new(groups, values);
            times.push(cpu(|| {
                for at in 0..DRAWS / size {
                    let from = at * groups % GROUPS;
                    work.block(plan, &drawn[from..from + groups]);
                    std::hint::black_box(&work.values);
                }
            }));
        }
    }
    let micros: Vec<f64> =
        times.into_iter().map(|times| 1e6 * median(times) / DRAWS as f64).collect();
    println!("{}, {ROUNDS} rounds in turn, {DRAWS} draws, random inputs given", isa.name());
    println!("Fleetcast's model part, blocks of {BLOCK}: {:.2} us a draw", micros[0]);
    for (size, us) in sizes.iter().zip(&micros[1..]) {
        println!("by hand, blocks of {size}: {us:.2} us a draw, {:.2} of it", us / micros[0]);
    }
}
