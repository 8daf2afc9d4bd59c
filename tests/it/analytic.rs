//! Runs against closed forms, worked out by hand from the equations of the modules.

use fleetcast::scenario::FileReader;

use crate::support::library::{
    Folder, Run, Texts, analytic, close, planned, repository, simulated, statistics, valid,
};

fn run(name: &str, sets: &[&str], draws: u64) -> Run {
    simulated(&planned(&analytic(name, sets)), draws)
}

/// Fails unless an estimate lies within five of its standard errors.
#[track_caller]
fn within(actual: f64, expected: f64, standard_error: f64, what: &str) {
    let errors = (actual - expected) / standard_error;
    assert!(errors.abs() <= 5.0, "{what}: {actual} is {errors:.1} standard errors from {expected}");
}

#[test]
fn nothing_uncertain_gives_every_draw_the_same() {
    let run = run("constant.toml", &[], 1_000);
    for metric in &run.summaries.metrics {
        let years = metric.years.iter().map(|(_, summary)| summary);
        for summary in metric.quarters.iter().chain(years) {
            let name = &metric.name;
            assert_eq!((summary.moments.count, summary.moments.nonfinite), (1_000, 0), "{name}");
            assert_eq!(summary.low.to_bits(), summary.high.to_bits(), "{name}");
            assert_eq!(summary.moments.sd().unwrap().to_bits(), 0.0_f64.to_bits(), "{name}");
            assert_eq!(summary.moments.mean().unwrap().to_bits(), summary.low.to_bits(), "{name}");
        }
    }
    assert!(run.kept.inputs.is_empty(), "nothing is drawn: {:?}", run.kept.inputs);
}

/// The first quarter of `constant.toml` by hand.
#[test]
fn the_first_quarter_agrees_with_arithmetic_by_hand() {
    let run = run("constant.toml", &[], 64);
    let same = |metric: &str, expected: f64| close(run.mean(metric, 0), expected, 1e-12, metric);

    // Capex of 2025: the middle of 9 to 11 B USD, twice the 5 B USD of 2024. Weights of quarters
    // are 2^((q - 2.5)/4) e^season with seasons of -0.1, 0, 0 and 0.1.
    let weights = [
        libm::exp2(-0.375) * libm::exp(-0.1),
        libm::exp2(-0.125),
        libm::exp2(0.125),
        libm::exp2(0.375) * libm::exp(0.1),
    ];
    let capex = 10.0 * weights[0] / weights.iter().sum::<f64>();
    same("capex.year_plan", 10.0);
    same("capex.plan", capex);
    same("capex.total", capex);
    // 25 % for buildings, 40 % for chips, the rest is left; nothing is unspent.
    same("capex.buildings", 0.25 * capex);
    same("capex.chips", 0.4 * capex);
    same("capex.rest", 0.35 * capex);

    // 20,000 USD a chip and a quarter of that for its network.
    let chips = 0.4 * capex * 1e9 / 25_000.0;
    same("chip.only.price", 25.0);
    same("chip.only.purchases", chips);

    // Of 10,000 chips of half a year, 8 % a year fail, half of them for good; the rest survive a
    // quarter with exp(-(0.75^3 - 0.5^3)/5^3). Half of the delivered are installed: the lag is one
    // quarter.
    let old = 10_000.0 * 0.99 * libm::exp(-(0.421875 - 0.125) / 125.0);
    let installed = old + chips / 2.0;
    same("chip.only.installed", installed);
    same("fleet.chips", installed);
    same("fleet.h100e", 2.0 * installed);
    same("fleet.waiting_h100e", 2.0 * chips / 2.0);
    same("cluster.largest", 0.1 * 2.0 * installed);

    // 2 kW a chip; 60 % of it drawn for 2,191.5 hours at a PUE of 1.1; 8 c/kWh.
    let power = 2.0 * installed / 1_000.0;
    let energy = power * 0.6 * 1.1 * 2_191.5;
    same("fleet.it_power", power);
    same("facility.power", 1.3 * power);
    same("site.ready_power", 1_050.0);
    same("energy.total", energy);
    same("energy.cost", energy * 1_000.0 * 0.08 / 1e9);

    // 8 B USD a year before and 10 % more, half of it cash.
    same("finance.revenue", 8.8);
    same("finance.operating_cash", 4.4);
    same("finance.free_cash_flow", 4.4 - capex);
    // Legacy 0.9 + 0.6. Servers, 40 % of capex, over 20 quarters: half a quarter of what was
    // bought in the quarter before (2 B USD), a whole one of the three before that (1 B USD each).
    let depreciation = 1.5 + 0.4 * (2.0 * 0.5 + 3.0) / 20.0;
    same("finance.depreciation", depreciation);
    same("finance.book_value", 20.0 + capex - depreciation);
    same("binds.money", 1.0);
}

#[test]
fn the_year_agrees_with_arithmetic_by_hand() {
    let run = run("constant.toml", &[], 64);
    let year = |metric: &str, at: usize| run.metric(metric).years[at].1.moments.mean().unwrap();
    close(year("capex.total", 0), 10.0, 1e-12, "capex of the guided year");
    // Growth of 0.1 in the logarithm, twice.
    close(year("capex.total", 1), 10.0 * libm::exp(0.1), 1e-12, "capex of 2026");
    close(year("capex.total", 2), 10.0 * libm::exp(0.2), 1e-12, "capex of 2027");
    close(year("finance.revenue", 0), 44.0, 1e-12, "revenue of 2025");
    close(year("finance.revenue", 2), 40.0 * 1.331, 1e-12, "revenue of 2027");
    close(year("chip.only.purchases", 0), 160_000.0, 1e-12, "4 B USD of chips");
}

/// What waits of a stock that is no longer sold counts as ready, whatever part of it power lets in.
#[test]
fn a_cluster_is_of_all_chips_that_are_ready() {
    let run = run("old-chips.toml", &["site.all.growth=0 MW/quarter"], 64);
    // Of 40,000 old chips half wait, and of these half are ready: the lag is one quarter. So are half of what
    // was bought.
    let (bought, old) = (run.mean("chip.only.purchases", 0) / 2.0, 10_000.0);
    assert!(run.mean("binds.power", 0) > 0.5, "some of them find no power");
    let each = (2.0 * bought + 0.5 * old) / (bought + old);
    let chips = run.mean("cluster.largest", 0) / each;
    close(run.mean("cluster.chips", 0), chips, 1e-12, "chips of the cluster");
    let power = chips * (2.0 * bought + old) / (bought + old) / 1_000.0;
    close(run.mean("cluster.power", 0), 1.3 * power, 1e-12, "power of the cluster");
}

#[test]
fn ready_power_is_the_sum_of_its_growing_additions() {
    let run = run("constant.toml", &["run.to=2030Q4"], 64);
    let mut power = 1_000.0;
    for t in 0..24 {
        // M_t = M_{t-1} + a_0 g^(tau - tau^2/32), tau = min(t, 16).
        let tau = f64::from(t.min(16));
        let added = 50.0 * libm::pow(1.1, tau - tau * tau / 32.0);
        power += added;
        let at = t as usize;
        close(run.mean("site.ready_power", at), power, 1e-12, "ready power");
        close(run.mean("site.added_power", at), added, 1e-11, "added power");
    }
}

#[test]
fn phases_come_on_their_dates_and_leases_run_their_terms() {
    const DRAWS: u64 = 8_000;
    let run = run("sites.toml", &[], DRAWS);
    // 30 of the 91 days of the second quarter, then 30 days late; a quarter has 91.3125 days.
    let date = 1.0 + 30.0 / 91.0 + 30.0 / 91.3125;
    for t in 0..12_u32 {
        let at = t as usize;
        let first = 300.0 * (f64::from(t) + 1.0 - date).clamp(0.0, 1.0);
        let lease = if (2..6).contains(&t) { 100.0 } else { 0.0 };
        let sure = 500.0 + first + lease;
        let ready = &run.quarter("site.ready_power", at);
        if t < 4 {
            close(ready.low, sure, 1e-12, "ready power");
            close(ready.high, sure, 1e-12, "ready power");
        } else {
            // The phase of 2026 comes in six draws of ten, that of no chance never.
            close(ready.low, sure, 1e-12, "without the likely phase");
            close(ready.high, sure + 200.0, 1e-12, "with the likely phase");
            let error = 200.0 * (0.6 * 0.4 / DRAWS as f64).sqrt();
            within(ready.moments.mean().unwrap(), sure + 120.0, error, "mean ready power");
        }
        // A year of 2 B USD, from the third quarter on.
        let left = (6.0 - (f64::from(t) + 1.0).max(2.0)).max(0.0);
        let error = (run.mean("lease.commitments", at) - 0.5 * left).abs();
        assert!(error <= 1e-12, "commitments in quarter {t}: {error}");
        let planned =
            500.0 + 900.0 + if t > 0 { 300.0 } else { 0.0 } + if t > 3 { 200.0 } else { 0.0 };
        close(run.mean("site.planned_power", at), planned, 1e-12, "announced power");
        // Ready or late, a phase that is more than announced counts from its planned quarter on.
        let contracted = planned - 900.0 + lease;
        close(run.mean("site.contracted_power", at), contracted, 1e-12, "contracted power");
    }
}

#[test]
fn revenue_has_the_moments_of_a_product_of_lognormals() {
    const DRAWS: u64 = 20_000;
    let run = run("revenue.toml", &[], DRAWS);
    let n = DRAWS as f64;
    for (quarter, first) in [8.0, 9.0, 10.0, 13.0].into_iter().enumerate() {
        for years in 1..=3_usize {
            // The log is a sum of noises four quarters apart, each N(0, 0.1^2) and an AR(1) of 0.7:
            // variance 0.01 (k + 2 sum_j (k - j) 0.7^(4 j)).
            let k = years as f64;
            let sum: f64 =
                (1..years).map(|j| 2.0 * (k - j as f64) * libm::pow(0.7, 4.0 * j as f64)).sum();
            let variance = 0.01 * (k + sum);
            let mean = first * libm::pow(1.1, k) * libm::exp(0.5 * variance);
            let sd = mean * libm::expm1(variance).sqrt();
            let e = |times: f64| libm::exp(times * variance);
            let kurtosis = e(4.0) + 2.0 * e(3.0) + 3.0 * e(2.0) - 3.0;
            let moments = &run.quarter("finance.revenue", 4 * (years - 1) + quarter).moments;
            let what = format!("quarter {quarter} after {years} years");
            within(moments.mean().unwrap(), mean, sd / n.sqrt(), &what);
            let error = sd * ((kurtosis - 1.0) / (4.0 * n)).sqrt();
            within(moments.sd().unwrap(), sd, error, &what);
        }
    }
}

#[test]
fn two_series_correlate_by_the_product_of_their_loadings() {
    let run = run("factors.toml", &[], 8_192);
    let logs =
        |name: &str| -> Vec<f64> { run.result(name).iter().map(|&x| libm::log(x)).collect() };
    let (capex, revenue) = (logs("capex.total@2025"), logs("finance.revenue@2025"));
    let n = capex.len() as f64;
    let moments = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        (mean, variance.sqrt())
    };
    let ((mean_a, sd_a), (mean_b, sd_b)) = (moments(&capex), moments(&revenue));
    // Each is normal with its own mean and spread...
    within(mean_a, libm::log(5.0) + 0.1, 0.2 / n.sqrt(), "mean growth");
    within(sd_a, 0.2, 0.2 / (2.0 * n).sqrt(), "spread of growth");
    within(mean_b, libm::log(11.0), 0.1 / n.sqrt(), "mean noise");
    within(sd_b, 0.1, 0.1 / (2.0 * n).sqrt(), "spread of noise");
    // ...and the factor is all that they have in common: 0.75 times 0.5.
    let product: f64 = capex.iter().zip(&revenue).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let correlation = product / ((n - 1.0) * sd_a * sd_b);
    within(correlation, 0.375, (1.0 - 0.375 * 0.375) / n.sqrt(), "correlation");
    let alone = simulated(
        &planned(&analytic("factors.toml", &["factor.loading.\"finance.revenue_noise\".ai=0.0"])),
        64,
    );
    let kept = (&alone.result("capex.total@2025"), &run.result("capex.total@2025")[..64]);
    assert_eq!(*kept.0, kept.1, "the loading of one series moves no other");
}

#[test]
fn regimes_come_as_often_as_they_should() {
    const DRAWS: u64 = 20_000;
    let run = run("regimes.toml", &[], DRAWS);
    let n = DRAWS as f64;
    let growth = [0.6, 0.1, -0.25];
    let start = [0.5, 0.3, 0.2];
    // With a stay of 0.6 and weights p: f12 = 0.2 (p1 + p2 - p3), f13 = 0.4 p1 - f12,
    // f23 = 0.4 p2 - f12, and the chance of a change is f over the weight of the state that is left.
    let p = [0.33, 0.47, 0.20];
    let f12 = 0.2 * (p[0] + p[1] - p[2]);
    let (f13, f23) = (0.4 * p[0] - f12, 0.4 * p[1] - f12);
    let change = [
        [0.6, f12 / p[0], f13 / p[0]],
        [f12 / p[1], 0.6, f23 / p[1]],
        [f13 / p[2], f23 / p[2], 0.6],
    ];
    // Capex of the first year is one of three values, that of the second one of six.
    let mut first: Vec<(f64, f64)> =
        (0..3).map(|k| (5.0 * libm::exp(growth[k]), start[k])).collect();
    let mut second = Vec::new();
    for i in 0..3 {
        for j in i..3 {
            let both = if i == j { 0.0 } else { start[j] * change[j][i] };
            let chance = start[i] * change[i][j] + both;
            second.push((5.0 * libm::exp(growth[i] + growth[j]), chance));
        }
    }
    for (step, values) in [(0, &mut first), (4, &mut second)] {
        values.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sketch = &run.quarter("capex.year_plan", step).sketch;
        let mut above = 0.0;
        for (k, &(value, chance)) in values.iter().enumerate() {
            let next = values.get(k + 1).map_or(0.5 * value, |next| next.0);
            let reached = sketch.at_least(0.5 * (value + next)).unwrap();
            close(reached.lower, reached.upper, 0.0, "no value lies near the border");
            let share = reached.fraction - above;
            let error = (chance * (1.0 - chance) / n).sqrt();
            within(share, chance, error, &format!("share of {value} in quarter {step}"));
            above = reached.fraction;
        }
        close(above, 1.0, 1e-15, "no other value");
    }
}

/// Identities that hold in every draw. A run of one draw shows all its metrics, so a few seeds show
/// a few draws; means show all of them at once.
#[test]
fn accounts_add_up() {
    let texts = Texts::shipped();
    for scenario in texts.0.keys().filter(|path| !path.contains('/')) {
        add_up(&texts, scenario);
    }
}

/// B300 came out two quarters before the grid of this scenario: in the middle of the first quarter it
/// takes 1/(1 + 9^(1 - 2·2.5/3.5)) of what the main vendor gets, B200 the rest.
#[test]
fn a_ramp_that_began_before_the_grid_goes_on() {
    let sets = ["chip.ramp=\"3.5 quarters\"", "supply.share=\"100 %\""];
    let run = simulated(&planned(&valid(&Texts::shipped(), "meta-2026-07.toml", &[], &sets)), 1);
    let spent = |chip: &str| {
        let of = |quantity: &str| run.mean(&format!("chip.{chip}.{quantity}"), 0);
        of("purchases") * of("price")
    };
    let share = spent("b300") / (spent("b200") + spent("b300"));
    let ramp = 1.0 / (1.0 + libm::pow(9.0, 1.0 - 2.0 * 2.5 / 3.5));
    close(share, ramp, 1e-12, "share of B300");
}

/// The same for chips of all lines, crews, phases, leases and shares that sum to one.
#[test]
fn accounts_add_up_in_other_forms() {
    add_up(&Folder(repository("tests/cases")), "forms.toml");
}

fn add_up(reader: &dyn FileReader, path: &str) {
    let plan = |sets: &[&str]| planned(&valid(reader, path, &[], sets));
    let seeds: Vec<String> = (1..=8).map(|seed| format!("run.seed={seed}")).collect();
    let mut runs: Vec<Run> = seeds.iter().map(|seed| simulated(&plan(&[seed]), 1)).collect();
    runs.push(simulated(&plan(&[]), 2_000));
    for run in &runs {
        for t in 0..run.metric("capex.total").quarters.len() {
            quarter_adds_up(run, t);
        }
    }
}

fn quarter_adds_up(run: &Run, t: usize) {
    let of = |metric: &str| run.mean(metric, t);
    let sum = |metrics: &[&str]| metrics.iter().map(|metric| of(metric)).sum::<f64>();
    let names = |start: &str, end: &str| -> Vec<&str> {
        let metrics = run.summaries.metrics.iter().filter(|metric| metric.from <= t);
        let names = metrics.map(|metric| metric.name.as_str());
        names.filter(|name| name.starts_with(start) && name.ends_with(end)).collect()
    };
    let parts = ["capex.chips", "capex.other_chips", "capex.buildings", "capex.rest"];
    close(sum(&parts), of("capex.total"), 1e-9, "parts of capex");
    let free = of("finance.operating_cash") - of("capex.total");
    let scale = of("capex.total").max(of("finance.operating_cash"));
    let error = (free - of("finance.free_cash_flow")).abs();
    assert!(error <= 1e-9 * scale, "free cash flow in quarter {t}: {error}");
    close(sum(&names("chip.", ".installed")), of("fleet.chips"), 1e-9, "chips of all kinds");
    let binds = names("binds.", "");
    assert_eq!(binds.len(), 6, "{binds:?}");
    close(sum(&binds), 1.0, 1e-12, "one limit binds");
    if run.quarter("binds.money", t).moments.count == 1 {
        let ones = binds.iter().filter(|name| (of(name) - 1.0).abs() < 1e-15).count();
        assert_eq!(ones, 1, "exactly one limit binds in quarter {t}");
    }
}

/// The sums of years are sums of their quarters, also for chips that come out during the grid.
#[test]
fn years_are_the_sums_of_their_quarters() {
    let shipped = valid(&Texts::shipped(), "meta-2024-07.toml", &[], &[]);
    let run = simulated(&planned(&shipped), 2_000);
    let mut wrong = Vec::new();
    for metric in run.summaries.metrics.iter().filter(|metric| metric.aggregation == "flow") {
        for (year, summary) in &metric.years {
            let first = 4 * (year - 2024) as usize;
            let of = |t: usize| t.checked_sub(metric.from).and_then(|at| metric.quarters.get(at));
            let quarters: f64 = (first..first + 4)
                .filter_map(of)
                .map(|quarter| quarter.moments.mean().unwrap())
                .sum();
            let sum = summary.moments.mean().unwrap();
            if (sum - quarters).abs() > 1e-9 * quarters.abs().max(summary.moments.sd().unwrap()) {
                wrong.push(format!("{} {year}: {sum}, quarters {quarters}", metric.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is reported of a constant is the constant.
#[test]
fn percentiles_lie_between_the_extremes() {
    let constant = run("constant.toml", &[], 1_000);
    let shipped =
        simulated(&planned(&valid(&Texts::shipped(), "meta-2024-07.toml", &[], &[])), 1_000);
    let mut wrong = Vec::new();
    for metric in constant.summaries.metrics.iter().chain(&shipped.summaries.metrics) {
        let years = metric.years.iter().map(|(_, summary)| summary);
        for summary in metric.quarters.iter().chain(years) {
            for percentile in statistics(summary).percentiles {
                let value = percentile.value;
                if value < summary.low || value > summary.high {
                    let (name, low, high) = (&metric.name, summary.low, summary.high);
                    wrong.push(format!("{name}: {value} outside {low} to {high}"));
                }
            }
        }
    }
    let count = wrong.len();
    wrong.truncate(10);
    assert!(wrong.is_empty(), "{count}, such as\n{}", wrong.join("\n"));
}

/// Chips that make room go oldest first whatever their line; what follows a chip comes an interval later.
#[test]
fn the_oldest_chips_make_room_first() {
    let setup = planned(&valid(&Texts::shipped(), "meta-2024-07.toml", &[], &[])).setup;
    let names: Vec<&str> =
        setup.oldest_first.iter().map(|&chip| setup.chips[chip].name.as_str()).collect();
    let oldest = ["v100-class", "a100", "h100", "mi300x", "mtia-v2", "b200", "b300", "mi350"];
    let later = ["rubin", "mi400", "rubin-ultra", "next", "next-2", "next-3"];
    assert_eq!(names, [&oldest[..], &later[..]].concat());
}
