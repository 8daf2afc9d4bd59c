//! Draws that are spread by design, and runs that stop at a precision.

use fleetcast::engine::{
    Asked, Execution, Growing, Measured, Silent, Statistic, Wanted, dimensions, find, looks,
    simulate, spread,
};
use fleetcast::plan::Plan;
use fleetcast::sampling::Sampling;
use fleetcast::time::Quarter;
use fleetcast::vector::{Column, Isa, normal_cdf};
use serde_json::Value;

use crate::support::library::{Texts, planned, valid};
use crate::support::{STARTER, Sim};

const REPLICATES: usize = 16;

/// The starter scenario over one year, with another seed.
fn small(seed: u64, method: Sampling, draws: u64) -> Plan {
    let texts = Texts([("s.toml".to_owned(), STARTER.to_owned())].into());
    let sets = ["run.to=2026Q4".to_owned(), format!("run.seed={seed}")];
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let mut plan = planned(&valid(&texts, "s.toml", &[], &sets));
    spread(&mut [&mut plan], method, draws, Isa::detect()).unwrap();
    plan
}

fn execution() -> Execution {
    Execution { threads: 1, block: 256, isa: Isa::detect() }
}

/// Every pair of random numbers of the largest shipped scenario: neither the numbers nor their
/// distances from the middle know of each other, over the draws of a run.
#[test]
fn no_pair_of_sobol_dimensions_depends_on_each_other() {
    const POINTS: usize = 256;
    let draws = POINTS * REPLICATES;
    let texts = Texts::shipped();
    let scenarios = texts.0.iter().filter(|(path, text)| {
        !path.contains('/') && text.contains("fleetcast") && text.contains("scenario/1")
    });
    let plans = scenarios.map(|(path, _)| {
        let loaded = fleetcast::scenario::load(&texts, path, &[], &[]);
        planned(&loaded.result.unwrap())
    });
    let isa = Isa::detect();
    let mut plan = plans.max_by_key(|plan| dimensions(plan, isa).len()).unwrap();
    spread(&mut [&mut plan], Sampling::Sobol, draws as u64, isa).unwrap();
    let variates = dimensions(&plan, isa);
    assert!(variates.len() > 300, "{}", variates.len());
    // Unit variance each: the coordinate, and how far it is from the middle. One replicate after the
    // other, so that a product of rows is a sum over a replicate.
    let mut column = Column::new(draws / 64);
    let mut rows: Vec<Vec<f32>> = Vec::new();
    for variate in &variates {
        plan.normals(0).fill(variate.stream, variate.time, &mut column);
        let by_replicate = |map: &dyn Fn(f64) -> f64| -> Vec<f32> {
            let draws = (0..REPLICATES).flat_map(|r| (0..POINTS).map(move |i| i * REPLICATES + r));
            draws.map(|draw| map(column.as_slice()[draw]) as f32).collect()
        };
        rows.push(by_replicate(&|z| (normal_cdf(z) - 0.5) * 12.0_f64.sqrt()));
        rows.push(by_replicate(&|z| ((normal_cdf(z) - 0.5).abs() - 0.25) * 48.0_f64.sqrt()));
    }
    let mut pairs = 0_u32;
    let mut worst_sum = (0.0_f64, 0, 0);
    for i in 0..rows.len() {
        for j in 0..i {
            if i / 2 == j / 2 {
                continue;
            }
            let mut sum = 0.0;
            for (a, b) in rows[i].chunks_exact(POINTS).zip(rows[j].chunks_exact(POINTS)) {
                let mut lanes = [0.0_f32; 16];
                for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
                    for lane in 0..16 {
                        lanes[lane] += a[lane] * b[lane];
                    }
                }
                sum += f64::from(lanes.iter().sum::<f32>()) / (POINTS as f64).sqrt();
            }
            pairs += 1;
            let sum = sum.abs() / (REPLICATES as f64).sqrt();
            worst_sum = if sum > worst_sum.0 { (sum, i, j) } else { worst_sum };
        }
    }
    // With a chance of 1 in 1000 over all pairs (Bonferroni). Replicates share the orders of the points: given
    // two orders, the products of a pair go by one number, which is normal over random orders, and by signs
    // of each replicate, so that the sum is as a product of two normal numbers, whose tail lies below e^-x.
    // Within one replicate of 256 points some pairs have the pattern of their Sobol dimensions; scrambling
    // gives it another sign in each.
    let risk = 1e-3 / f64::from(pairs);
    assert!(libm::exp(-worst_sum.0) > risk, "{worst_sum:?} of {pairs}");
    // The test sees two numbers that are the same in half of the draws.
    assert!(libm::exp(-0.5 * (draws as f64).sqrt()) < risk);
}

/// The figures whose intervals are checked.
fn figures(plan: &Plan) -> Vec<Wanted> {
    let at = |metric: &str| {
        let quarter = Quarter::parse("2026Q4").unwrap();
        find(plan, &Asked::Quarter { metric: metric.to_owned(), quarter }).unwrap()
    };
    let mut wanted = Vec::new();
    for metric in ["fleet.h100e", "energy.cost"] {
        for statistic in [Statistic::Mean, Statistic::Percentile(0.5), Statistic::Percentile(0.95)]
        {
            wanted.push(Wanted { watched: at(metric), statistic });
        }
    }
    wanted
}

/// Long-run values, from far more draws than any of the runs has.
fn long_run() -> Vec<f64> {
    let plan = small(99_999, Sampling::Sobol, 1 << 17);
    let wanted = figures(&plan);
    let mut growing = Growing::new(&plan, execution(), &wanted);
    growing.grow(1 << 17, &Silent, &|| false).unwrap();
    wanted.iter().map(|one| growing.measure(one, 0.05).value).collect()
}

/// Over 200 seeds, the intervals of runs of a fixed size, and those with which runs end that stop as
/// soon as they are precise, miss the long-run value as often as they say, or less.
#[test]
fn intervals_cover_the_long_run_value_as_often_as_they_say() {
    const SEEDS: u64 = 200;
    let truth = long_run();
    let schedule = looks(1 << 15);
    for method in [Sampling::Independent, Sampling::Latin, Sampling::Sobol] {
        let mut missed = vec![[0_u32; 2]; truth.len()];
        let mut stopped_at = vec![0_u32; schedule.len()];
        for seed in 0..SEEDS {
            let plan = small(seed, method, schedule[0]);
            let wanted = figures(&plan);
            let mut growing = Growing::new(&plan, execution(), &wanted);
            let misses = |found: Measured, truth: f64| truth < found.low || truth > found.high;
            growing.grow(schedule[0], &Silent, &|| false).unwrap();
            for (at, one) in wanted.iter().enumerate() {
                missed[at][0] += u32::from(misses(growing.measure(one, 0.05), truth[at]));
            }
            // Latin hypercubes are made anew for each look, which the test of the command does.
            if method == Sampling::Latin {
                continue;
            }
            let risk = 0.05 / schedule.len() as f64;
            let mut open: Vec<usize> = (0..wanted.len()).collect();
            for (look, draws) in schedule.iter().enumerate() {
                growing.grow(*draws, &Silent, &|| false).unwrap();
                open.retain(|&at| {
                    let found = growing.measure(&wanted[at], risk);
                    let within = match method {
                        Sampling::Sobol => 0.012,
                        _ => 0.022,
                    };
                    let done =
                        found.reach() <= within * found.value.abs() || look + 1 == schedule.len();
                    if done {
                        stopped_at[look] += 1;
                        missed[at][1] += u32::from(misses(found, truth[at]));
                    }
                    !done
                });
                if open.is_empty() {
                    break;
                }
            }
        }
        for (at, [fixed, stopped]) in missed.iter().enumerate() {
            // Of 200 at 5 %: 10 on average, with a standard deviation of 3.1. Percentiles of replicates
            // are taken with the width of a bin on either side, so that they may miss less often.
            assert!(*fixed <= 22, "{method:?} {at}: {fixed} of {SEEDS} miss");
            assert!(*stopped <= 20, "{method:?} {at}: {stopped} of {SEEDS} miss where they stop");
        }
        let fixed: u32 = missed.iter().map(|[fixed, _]| fixed).sum();
        // 1,200 intervals, six of them of one run: 60 on average.
        assert!((12..=110).contains(&fixed), "{method:?}: {missed:?}");
        if method != Sampling::Latin {
            let used = stopped_at.iter().filter(|count| **count > 0).count();
            assert!(used >= 2, "runs end at more than one look: {stopped_at:?}");
        }
    }
}

/// What designs are for: over seeds, means spread less than those of independent draws, and about as
/// much as the replicates say.
#[test]
fn designs_are_better_than_chance_and_know_by_how_much() {
    let mut spreads = Vec::new();
    for method in [Sampling::Independent, Sampling::Latin, Sampling::Sobol] {
        let (mut means, mut errors) = (Vec::new(), Vec::new());
        for seed in 0..40 {
            let plan = small(seed, method, 4096);
            let (summaries, _) = simulate(&plan, 4096, execution(), &Silent).unwrap();
            let metric = summaries.metric("fleet.h100e").unwrap();
            let last = metric.quarters.last().unwrap();
            means.push(last.moments.mean().unwrap());
            errors.push(match &last.replicated {
                Some(known) => known.mean_error,
                None => last.moments.standard_error().unwrap(),
            });
        }
        let n = means.len() as f64;
        let center = means.iter().sum::<f64>() / n;
        let squares: f64 = means.iter().map(|x| (x - center) * (x - center)).sum();
        let spread = (squares / (n - 1.0)).sqrt();
        let stated = (errors.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        // A standard deviation of 40 values is known to 11 %.
        assert!((spread / stated - 1.0).abs() < 0.5, "{method:?}: {spread} {stated}");
        spreads.push(spread);
    }
    assert!(spreads[1] < 0.7 * spreads[0], "{spreads:?}");
    assert!(spreads[2] < 0.5 * spreads[0], "{spreads:?}");
}

fn run(arguments: &str) -> Sim {
    Sim::starter().args("run s.toml --no-charts -q").args(arguments)
}

#[test]
fn threads_and_blocks_move_no_byte_of_a_design() {
    for method in ["lhs", "sobol"] {
        let bytes = |machine: &str| {
            let arguments = format!("--draws 5000 --sampling {method} --out r {machine}");
            let outcome = run(&arguments).run().exits(0);
            std::fs::read(outcome.path("r/summary.bin")).unwrap()
        };
        let one = bytes("--threads 1 --block-size 256 --isa portable");
        for machine in ["--threads 3", "--threads 2 --block-size 64", "--block-size 1024"] {
            assert!(one == bytes(machine), "{method} {machine}");
        }
    }
}

#[test]
fn a_run_says_how_its_draws_were_spread() {
    let outcome = run("--draws 4096 --sampling sobol --out r").run().exits(0);
    outcome.says("4,096 Sobol draws");
    let outcome = run("--draws 4096 --sampling sobol --out r --json").run().exits(0);
    assert_eq!(outcome.json()["sampling"], "sobol");
    let record: Value = serde_json::from_str(&outcome.text("r/run.json")).unwrap();
    assert_eq!((&record["sampling"], &record["replicates"]), (&"sobol".into(), &16.into()));
    assert!(outcome.text("r/report.md").contains("replicates of scrambled Sobol points"));
    assert!(outcome.text("r/scenario.resolved.toml").contains("sobol"));
    let mut listed = outcome.command();
    let listed = listed.args(["runs", "show", "r"]).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    // Independent draws are what holds anyway: said or not, nothing changes.
    let plain = run("--draws 1024 --out r").run().exits(0);
    let said = run("--draws 1024 --sampling independent --out r").run().exits(0);
    for file in ["run.json", "summary.bin", "scenario.resolved.toml"] {
        assert_eq!(plain.text_or_bytes(file), said.text_or_bytes(file), "{file}");
    }
    assert!(!plain.text("r/run.json").contains("sampling"));
}

trait Bytes {
    fn text_or_bytes(&self, name: &str) -> Vec<u8>;
}

impl Bytes for crate::support::Outcome {
    fn text_or_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(format!("r/{name}"))).unwrap()
    }
}

#[test]
fn a_run_stops_when_it_is_precise_and_can_be_made_again() {
    for method in ["independent", "lhs", "sobol"] {
        let arguments = format!("--sampling {method} --draws 65536 --out r --json");
        let outcome = run(&arguments)
            .arg("--until")
            .arg("fleet.h100e@2026Q4 mean within 2%")
            .arg("--until")
            .arg("fleet.h100e@2026Q4 P90 within 4 %")
            .run()
            .exits(0);
        let found = outcome.json();
        let precision = &found["precision"];
        assert_eq!((&precision["reached"], &precision["ended"]), (&true.into(), &"precise".into()));
        for one in precision["until"].as_array().unwrap() {
            let of = |key: &str| one[key].as_f64().unwrap();
            assert!(of("high") - of("value") <= of("tolerance") * of("value"));
            assert!(of("low") < of("value"));
        }
        let draws = found["draws"].as_u64().unwrap();
        assert!(draws >= 4096 && draws.is_power_of_two(), "{draws}");
        // The same number of draws asked for directly gives the same results.
        let again = run(&format!("--sampling {method} --draws {draws} --out r")).run().exits(0);
        assert_eq!(
            outcome.text_or_bytes("tables/all.csv"),
            again.text_or_bytes("tables/all.csv"),
            "{method}"
        );
    }
}

#[test]
fn a_precision_that_is_not_reached_ends_with_status_5_and_says_so() {
    let outcome = run("--draws 8192 --out r")
        .args("--until")
        .arg("fleet.h100e@2026Q4 mean within 0.001%")
        .run()
        .exits(5)
        .remarks("not reached")
        .remarks("asked 0.001 %")
        .remarks("8,192 draws are the most")
        .remarks("allow more with --draws, try --sampling sobol, or ask for less");
    let record: Value = serde_json::from_str(&outcome.text("r/run.json")).unwrap();
    assert_eq!(record["precision"]["ended"], "draws");
    assert_eq!(record["precision"]["until"][0]["reached"], false);
    // Nobody is sent to where he is.
    run("--draws 4096 --sampling sobol --out s")
        .args("--until")
        .arg("fleet.h100e@2026Q4 mean within 0.001%")
        .run()
        .exits(5)
        .remarks("allow more with --draws, or ask for less");
    // A budget that is over at once still allows the first look.
    let outcome = run("--draws 1e9 --out r --budget 1ms")
        .args("--until")
        .arg("fleet.h100e@2026Q4 mean within 0.001%")
        .run()
        .exits(5)
        .remarks("budget of 1ms");
    let record: Value = serde_json::from_str(&outcome.text("r/run.json")).unwrap();
    assert_eq!(record["precision"]["ended"], "budget");
    assert_eq!(record["draws"], 4096);
}

#[test]
fn bad_statements_of_precision_get_advice() {
    for (text, message, help) in [
        ("fleet.h1000e@2026Q4 within 1%", "no metric or target `fleet.h1000e`", "`fleet.h100e`"),
        ("fleet.h100e@2026Q4 whithin 1%", "`whithin` is not `within`", "write for example"),
        ("fleet.h100e@2026Q4", "does not say `within`", "write for example"),
        ("fleet.h100e within 1%", "needs a quarter or a year", "fleet.h100e@2030"),
        ("fleet.h100e@2062Q4 within 1%", "2062Q4", "fleet.h100e@2030"),
        ("fleet.h100e@soon within 1%", "neither a quarter nor a year", "fleet.h100e@2030"),
        ("fleet.h100e@2026Q4 P101 within 1%", "no percentile", "P95"),
        ("fleet.h100e@2026Q4 maen within 1%", "no statistic `maen`", "mean"),
        ("fleet.h100e@2026Q4 within 1", "has no unit", "1%"),
        ("fleet.h100e@2026Q4 within 5 MW", "no unit of", "1%"),
        ("fleet.h100e@2026Q4 within -1%", "above zero", "1%"),
        ("fleet.h100e@2026Q4 within 0%", "above zero", "1%"),
        ("fleet.h100e@2026Q4 within much", "no number", "1%"),
        ("binds.money@2026Q4 P50 within 1pp", "1 or 0", "mean"),
        ("binds.money@2026Q4 within 1%", "percentage points", "1pp"),
        ("", "within", "write for example"),
    ] {
        run("--out r").arg("--until").arg(text).run().exits(2).remarks(message).remarks(help);
    }
    run("--budget 3s").run().exits(2).remarks("--until");
    run("--until x --budget 3").run().exits(2).remarks("needs a unit");
    run("--sampling sobl").run().exits(2).remarks("did you mean `sobol`?");
    Sim::starter_with("seed  = 1\n", "seed  = 1\nsampling = \"sobl\"\n")
        .args("check s.toml")
        .run()
        .exits(3)
        .remarks("sobol");
    run("--condition --sampling sobol --set condition.error=0.1")
        .run()
        .exits(2)
        .remarks("a conditioned run cannot have sobol draws");
}

#[test]
fn compared_runs_share_a_design() {
    let compared = |method: &str| {
        Sim::starter()
            .args(
                "compare s.toml --set supply.lead=3.2quarters --draws 8192 --no-charts --no-bridge",
            )
            .args("-q --json --sampling")
            .arg(method)
            .run()
            .exits(0)
            .json()
    };
    let error = |found: &Value| {
        let metrics = found["metrics"].as_array().unwrap();
        let fleet = metrics.iter().find(|one| one["name"] == "fleet.h100e").unwrap();
        let last = fleet["quarters"].as_array().unwrap().last().unwrap().clone();
        (last["mean"]["value"].as_f64().unwrap(), last["mean_error"].as_f64().unwrap())
    };
    let (mean, chance) = error(&compared("independent"));
    for method in ["lhs", "sobol"] {
        let (found, spread) = error(&compared(method));
        let apart = (chance * chance + spread * spread).sqrt();
        assert!((found - mean).abs() < 5.0 * apart, "{method}: {found} {mean}");
        // An error from sixteen replicates is itself known to a fifth: what a design gains in a mean over
        // this many inputs may not show, but it must not lose.
        assert!(spread < 1.5 * chance && spread > 0.0, "{method}: {spread} {chance}");
    }
}
