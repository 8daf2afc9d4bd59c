//! Small results made by hand, for the tests of everything that reads results.

pub(crate) use super::drivers::sample::found as drivers;
use super::{
    About, Cause, DateCounts, Estimate, FirstTimes, Given, Guided, Hindsight, Kept, LimitEffect,
    LimitStep, Limits, Metric, Observed, PastRun, RunResult, Summaries, Summary, TargetResult,
    Targets,
};
use crate::stats::Sketch;
use crate::time::{Date, Quarter, TimeGrid};

/// A summary of these values; what is not finite is counted apart.
pub(crate) fn summary(values: &[f64]) -> Summary {
    let pivot = values.iter().copied().find(|x| x.is_finite()).unwrap_or(0.0);
    let mut summary = Summary::new(pivot, 9);
    for &x in values {
        if x.is_finite() {
            summary.moments.add_leaf(1, x - pivot, (x - pivot) * (x - pivot));
            summary.sketch.add(x);
            summary.low = summary.low.min(x);
            summary.high = summary.high.max(x);
        } else {
            summary.moments.add_nonfinite(1);
        }
    }
    summary
}

/// A metric whose value in quarter `step` at quantile `u` is `value(step, u)`; flows have years.
pub(crate) fn metric(
    (name, label, unit, aggregation): (&str, &str, &str, &str),
    grid: TimeGrid,
    draws: u64,
    value: impl Fn(usize, f64) -> f64,
) -> Metric {
    let column = |step| -> Vec<f64> {
        (0..draws).map(|i| value(step, (i as f64 + 0.5) / draws as f64)).collect()
    };
    let columns: Vec<Vec<f64>> = (0..grid.steps()).map(column).collect();
    let mut years = Vec::new();
    for year in grid.years() {
        let steps = [1, 2, 3, 4].map(|q| Quarter::new(year, q).and_then(|q| grid.step(q)));
        if let ([Some(a), .., Some(d)], "flow") = (steps, aggregation) {
            let sums: Vec<f64> = (0..draws as usize)
                .map(|i| columns[a..=d].iter().map(|column| column[i]).sum())
                .collect();
            years.push((year, summary(&sums)));
        }
    }
    let mut quarters: Vec<Summary> = columns.iter().map(|values| summary(values)).collect();
    if aggregation == "indicator" {
        for quarter in &mut quarters {
            quarter.sketch = Sketch::new(9);
        }
    }
    Metric {
        name: name.to_owned(),
        label: label.to_owned(),
        unit: unit.to_owned(),
        aggregation: aggregation.to_owned(),
        doc: format!("{label} of the sample"),
        from: 0,
        quarters,
        years,
    }
}

pub(crate) fn grid(from: &str, to: &str) -> TimeGrid {
    TimeGrid::new(Quarter::parse(from).unwrap(), Quarter::parse(to).unwrap()).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn about(draws: u64) -> About {
    About {
        scenario: "meta-2024-07".to_owned(),
        title: "Meta's AI fleet as seen on 31 July 2024".to_owned(),
        description: String::new(),
        command: "run scenarios/meta-2024-07.toml".to_owned(),
        company: "Meta".to_owned(),
        as_of: date("2024-07-31"),
        h100e: "dense8".to_owned(),
        version: "0.1.0".to_owned(),
        engine: 1,
        seed: u64::MAX,
        draws,
        sampling: String::new(),
        digest: "0123456789abcdef".to_owned(),
        newest_used: date("2024-07-24"),
        hindsight: vec![Hindsight {
            key: "site.slip".to_owned(),
            known: date("2024-10-30"),
            source: "10-Q".to_owned(),
        }],
        grades: [10, 20, 30, 40],
        warnings: vec!["unused key `training.next`".to_owned()],
        credits: vec!["Epoch AI (CC BY 4.0)".to_owned()],
    }
}

fn given(key: &str, grade: char) -> Given {
    Given {
        key: key.to_owned(),
        doc: format!("what `{key}` means"),
        value: "\"10 to 20 %\"".to_owned(),
        unit: String::new(),
        drawn: "once".to_owned(),
        scale: String::new(),
        source: "epoch-2024".to_owned(),
        title: "Epoch AI: an example".to_owned(),
        url: "https://example.org/epoch".to_owned(),
        known: date("2024-05-01"),
        grade,
        hindsight: false,
        note: String::new(),
        set_by: "scenarios/catalog/model.toml".to_owned(),
    }
}

fn guided(at: &str, low: f64, high: f64, known: &str) -> Guided {
    Guided {
        metric: "capex.total".to_owned(),
        at: at.to_owned(),
        low,
        high,
        known: date(known),
        source: "filing".to_owned(),
    }
}

fn past_run(label: &str, day: &str, chips: Option<f64>) -> PastRun {
    PastRun {
        label: label.to_owned(),
        date: date(day),
        released: true,
        chips,
        compute: Some(3.8e25),
    }
}

fn observed(at: &str, position: f64, value: f64, high: Option<f64>) -> Observed {
    Observed {
        metric: "fleet.h100e".to_owned(),
        at: at.to_owned(),
        position,
        yearly: false,
        value,
        low: high.map(|_| value / 2.0),
        high,
        known: date("2024-01-18"),
        seen: true,
        source: "a letter".to_owned(),
        basis: "dense8".to_owned(),
    }
}

/// A result of the headline's metrics with plausible sizes, growing over the quarters of the grid.
pub(crate) fn run(from: &str, to: &str, draws: u64) -> RunResult {
    let grid = grid(from, to);
    // Growth by quarter, and a spread that widens with time: a factor of 2 up and down at first.
    let growing = |first: f64, growth: f64, wide: f64| {
        move |step: usize, u: f64| {
            let spread = 0.7 * (1.0 + wide * step as f64);
            first * libm::exp(growth * step as f64 + spread * (2.0 * u - 1.0))
        }
    };
    let make = |names, value: &dyn Fn(usize, f64) -> f64| metric(names, grid, draws, value);
    let binds = |name: &'static str, label: &'static str, low: f64, high: f64| {
        metric((name, label, "", "indicator"), grid, draws, move |_, u| {
            f64::from(u8::from(low <= u && u < high))
        })
    };
    let metrics = vec![
        make(("capex.total", "Capex", "B USD", "flow"), &growing(7.0, 0.09, 0.03)),
        make(("fleet.h100e", "Fleet", "H100e", "stock"), &growing(2.6e5, 0.2, 0.05)),
        make(("fleet.chips", "Chips installed", "chips", "stock"), &growing(2.2e5, 0.13, 0.05)),
        make(("fleet.h100e_bought", "H100e bought", "H100e", "stock"), &growing(3.4e5, 0.2, 0.05)),
        make(
            ("cluster.largest", "Largest cluster", "H100e", "stock"),
            &growing(24_576.0, 0.2, 0.05),
        ),
        make(
            ("cluster.chips", "Largest cluster, chips", "chips", "stock"),
            &growing(24_576.0, 0.12, 0.05),
        ),
        make(("fleet.it_power", "IT power in use", "MW", "stock"), &growing(310.0, 0.16, 0.05)),
        make(("facility.power", "Facility power", "MW", "stock"), &growing(350.0, 0.16, 0.05)),
        make(
            ("energy.cost", "Electricity cost of the AI fleet", "B USD", "flow"),
            &growing(0.05, 0.16, 0.05),
        ),
        make(("finance.free_cash_flow", "Free cash flow", "B USD", "flow"), &|step, u| {
            12.0 - step as f64 + 30.0 * (u - 0.5)
        }),
        binds("binds.money", "Money binds", 0.0, 0.71),
        binds("binds.affordability", "Affordability binds", 2.0, 2.0),
        binds("binds.supply", "Chip supply binds", 0.71, 0.85),
        binds("binds.lead_time", "Lead time binds", 0.85, 0.9),
        binds("binds.power", "Power binds", 0.9, 0.99),
        binds("binds.installation", "Installation binds", 0.99, 1.0),
    ];
    RunResult {
        about: about(draws),
        given: vec![given("chip.h100.price", 'B'), given("supply.share", 'D')],
        grid,
        summaries: Summaries { metrics, ..Summaries::default() },
        kept: Kept {
            inputs: vec![("supply.share".to_owned(), vec![0.1, 0.2, 0.15])],
            results: vec![("fleet.h100e@2024".to_owned(), vec![1e5, 3e5, 2e5])],
            ..Kept::default()
        },
        guidance: Vec::new(),
        past_runs: Vec::new(),
        beside: None,
        shard: None,
        conditioned: None,
        precision: None,
        limits: None,
        observations: vec![
            observed("2024Q1", 1.0, 2.5e5, None),
            observed("2024Q4", 4.0, 6e5, Some(7e5)),
        ],
    }
}

/// A result of a few thousand bytes: both signs, zeros, fractions, and a value left out.
pub(crate) fn tiny() -> RunResult {
    let values = [-3.25, 0.0, 0.1, 0.11, f64::NAN];
    let value = |step: usize, u: f64| values[(u * 5.0) as usize] * (1.0 + step as f64);
    let grid = grid("2024Q1", "2024Q4");
    let mut result = run("2024Q1", "2024Q1", 5);
    let mut late = metric(("fleet.h100e", "Fleet", "H100e", "stock"), grid, 5, value);
    late.quarters.drain(..3);
    late.from = 3;
    let mut flow = metric(("capex.total", "Capex", "B USD", "flow"), grid, 5, value);
    flow.quarters.truncate(1);
    result.grid = grid;
    result.summaries.metrics = vec![late, flow];
    result.summaries.targets = targets(5);
    result.kept.targets = vec![("fleet".to_owned(), vec![f64::INFINITY, 3.5])];
    result.limits = Some(limits(3, 5));
    result
}

/// What limits cost at one step, in round numbers.
pub(crate) fn limits(step: usize, draws: u64) -> Limits {
    let estimate = |mean: f64| Estimate { mean, error: mean / 200.0 };
    let effect = |quarter, since, lost| LimitEffect {
        quarter: estimate(quarter),
        since: estimate(since),
        lost: estimate(lost),
    };
    let cause = |limit: &str, what: &str, draws| Cause {
        limit: limit.to_owned(),
        what: what.to_owned(),
        draws,
    };
    let step = LimitStep {
        step,
        fleet: estimate(5e5),
        lost: estimate(2e6),
        joint: estimate(1e3),
        effects: vec![effect(1e4, 5e4, 1e6), effect(0.0, 0.0, 4e5), effect(2e3, 3e3, 6e5)],
        causes: vec![cause("money", "guidance", draws / 2), cause("power", "hall one", draws / 4)],
    };
    let names = ["money", "chips", "power"].map(str::to_owned).to_vec();
    Limits { names, draws, steps: vec![step], warnings: vec!["it rests on little".to_owned()] }
}

/// When draw `i` of `draws` meets the first of [`targets`]: a quarter of them in 2024, a quarter in
/// 2025, half of them never.
fn first_time(i: u64, draws: u64) -> f64 {
    let u = (i as f64 + 0.5) / draws as f64;
    if u > 0.75 {
        3.0 + u
    } else if u > 0.5 {
        5.0 + u
    } else {
        f64::INFINITY
    }
}

/// A target with two dates, and another one given the first.
fn targets(draws: u64) -> Targets {
    let mut first = FirstTimes::default();
    for time in (0..draws).map(|i| first_time(i, draws)) {
        if time.is_finite() {
            first.sketch.add(time);
            first.low = first.low.min(time);
            first.high = first.high.max(time);
        } else {
            first.never += 1;
        }
    }
    let by = |day: &str, met: u64, condition: u64, failed_by: Vec<u64>| DateCounts {
        each: 1.0,
        date: date(day),
        label: format!("by {day}"),
        met,
        condition,
        both: met,
        error: None,
        failed_by,
    };
    let (half, quarter) = (draws / 2, draws / 4);
    let rest = draws - half - quarter;
    let (soon, late) = (draws - quarter - half, draws - half);
    let fleet = TargetResult {
        name: "fleet".to_owned(),
        title: "Fleet of 600,000 H100e".to_owned(),
        asked: "fleet.h100e at least 600 k H100e".to_owned(),
        given: Vec::new(),
        first: first.clone(),
        dates: vec![
            by("2024-12-31", soon, draws, vec![half, quarter, 0, 0]),
            by("2025-12-31", late, draws, vec![0, half, 0, 0]),
        ],
    };
    let power = TargetResult {
        name: "power".to_owned(),
        title: "power at least 1 GW".to_owned(),
        asked: "power at least 1 GW".to_owned(),
        given: vec!["fleet".to_owned()],
        first,
        dates: vec![by("2024-12-31", 0, late, vec![0, 0, rest, late - rest])],
    };
    let limits = ["money", "supply", "power"].map(str::to_owned).to_vec();
    Targets { limits, list: vec![fleet, power] }
}

/// A run with targets, of which the first input decides and the second does not.
pub(crate) fn with_targets(draws: u64) -> RunResult {
    let mut result = run("2024Q1", "2026Q4", draws);
    result.summaries.targets = targets(draws);
    result.guidance =
        vec![guided("2024", 30.0, 37.0, "2024-02-01"), guided("2024", 37.0, 40.0, "2024-07-31")];
    result.past_runs = vec![
        past_run("Llama 3 8B", "2024-04-18", None),
        past_run("Llama 3.1 405B", "2024-07-23", Some(16_384.0)),
    ];
    let times: Vec<f64> = (0..draws).map(|i| first_time(i, draws)).collect();
    let noise = |i: u64| ((i * 7919) % 1009) as f64;
    result.kept.inputs = vec![
        ("finance.buffer".to_owned(), (0..draws).map(|i| i as f64).collect()),
        ("supply.share".to_owned(), (0..draws).map(noise).collect()),
    ];
    result.kept.targets = vec![("fleet".to_owned(), times.clone()), ("power".to_owned(), times)];
    result
}
