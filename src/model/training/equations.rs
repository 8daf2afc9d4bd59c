//! The equations of training runs, each on typed scalars: the published cases call these very
//! functions.

use crate::units::typed::{
    ChipHours, ChipPower, ChipRate, Chips, Days, Energy, Flop, FlopPerDay, H100e, H100ePerChip,
    HourPrice, Minutes, Money, Price, Pue, Quarters, Ratio, Scalar,
};
use crate::vector::{exp, ln};

/// Smallest divisor and argument of a logarithm.
const TINY: f64 = 1e-12;
/// ln 10: orders of magnitude.
const LN_10: f64 = std::f64::consts::LN_10;
/// Hours in a year of 365.25 days.
const HOURS_PER_YEAR: f64 = 8766.0;

#[inline(always)]
fn at_least_tiny(x: f64) -> f64 {
    if x > TINY { x } else { TINY }
}

/// Compute of training a dense transformer, FLOP: six for each parameter and token.
/// Source: Kaplan et al. 2020, arXiv 2001.08361.
#[inline(always)]
pub fn transformer_compute(parameters: Ratio, tokens: Ratio) -> Flop {
    Flop::new(6.0 * parameters.get() * tokens.get())
}

/// Chips in the job: its share of the cluster.
#[inline(always)]
pub fn job_chips(share: Ratio, cluster: Chips) -> Chips {
    cluster * share
}

/// Model FLOP utilization of a job: it falls with the number of chips as (n/reference)^(−decline).
#[inline(always)]
pub fn job_utilization(base: Ratio, chips: Chips, reference: Chips, decline: Ratio) -> Ratio {
    base * exp(-decline.get() * ln(at_least_tiny(chips.over(reference).get())))
}

/// A time that shrinks as the job grows, as (reference/n)^exponent: checkpoints are sharded.
#[inline(always)]
pub fn time_at_size(time: Minutes, chips: Chips, reference: Chips, exponent: Ratio) -> Minutes {
    time * exp(-exponent.get() * ln(at_least_tiny(chips.over(reference).get())))
}

/// Mean time between failures of a job, from failures in 1,000 node-days.
#[inline(always)]
pub fn time_to_failure(chips: Chips, per_node: Ratio, rate: Ratio) -> Minutes {
    // 1,000 node-days are 1,440,000 node-minutes.
    Minutes::new(1.44e6 * per_node.get() / at_least_tiny(chips.get() * rate.get()))
}

/// Best time between checkpoints, √(2 δ MTTF). Source: Young 1974; first order of Daly 2006.
#[inline(always)]
pub fn checkpoint_interval(checkpoint: Minutes, failure: Minutes) -> Minutes {
    Minutes::new((2.0 * checkpoint.get() * failure.get()).sqrt())
}

/// Time lost for each failure: checkpoints since the last one, half an interval of work, and the
/// restart.
#[inline(always)]
pub fn loss_per_failure(
    checkpoint: Minutes,
    restart: Minutes,
    interval: Minutes,
    failure: Minutes,
) -> Minutes {
    checkpoint * failure.over(interval) + interval * 0.5 + restart
}

/// Share of time that makes progress: 1 − loss/MTTF, at least a floor.
#[inline(always)]
pub fn goodput(loss: Minutes, failure: Minutes, floor: Ratio) -> Ratio {
    Ratio::new(1.0 - loss.over(failure).get()).max(floor)
}

/// Speed of a job: chips at their peak rate times the efficiency all in.
#[inline(always)]
pub fn job_speed(chips: Chips, rate: ChipRate, efficiency: Ratio) -> FlopPerDay {
    // A TFLOP/s for a day is 8.64e16 FLOP.
    FlopPerDay::new(chips.get() * rate.get() * efficiency.get() * 8.64e16)
}

/// Days that a run takes: those that its compute needs, up to a limit.
#[inline(always)]
pub fn run_days(compute: Flop, speed: FlopPerDay, longest: Days) -> Days {
    (compute / speed).min(longest)
}

/// Compute of a run of some days, no more than what it is for.
#[inline(always)]
pub fn run_compute(speed: FlopPerDay, days: Days, wanted: Flop) -> Flop {
    (speed * days).min(wanted)
}

/// Chip-hours of a run.
#[inline(always)]
pub fn run_chip_hours(chips: Chips, days: Days) -> ChipHours {
    chips * days
}

/// Sustained rate of one chip over a run, everything counted.
#[inline(always)]
pub fn sustained_rate(compute: Flop, hours: ChipHours) -> ChipRate {
    compute / hours
}

/// That rate over the peak rate.
#[inline(always)]
pub fn overall_efficiency(compute: Flop, hours: ChipHours, rate: ChipRate) -> Ratio {
    sustained_rate(compute, hours).over(rate)
}

/// Energy at the meter of chips that draw a share of their power for some hours.
#[inline(always)]
pub fn run_energy(power: ChipPower, hours: ChipHours, draw: Ratio, annual: Pue) -> Energy {
    Energy::new(power.get() * hours.get() * draw.get() * annual.get() * 1e-3)
}

/// What is left of a price after some years in which price-performance grows by orders of magnitude a year.
/// Source: Epoch, training-cost-trends.
#[inline(always)]
pub fn decayed_value(price: Price, orders: Ratio, years: Ratio) -> Price {
    price * exp(-LN_10 * orders.get() * years.get())
}

/// Value that chips lose while they work: orders a year times ln 10, of their value at the start.
/// Source: as [`decayed_value`].
#[inline(always)]
pub fn amortized_cost(value: Price, orders: Ratio, hours: ChipHours) -> Money {
    Money::new(value.get() * hours.get() * (1e-6 * LN_10 / HOURS_PER_YEAR) * orders.get())
}

/// Cost of servers with the network between them, which is a share of the whole.
#[inline(always)]
pub fn with_network(servers: Money, share: Ratio) -> Money {
    Money::new(servers.get() / at_least_tiny(1.0 - share.get()))
}

/// Cost of buying the job's servers with their network.
#[inline(always)]
pub fn acquisition_cost(chips: Chips, server: Price, share: Ratio) -> Money {
    with_network(server * chips, share)
}

/// Cost of renting the same compute.
#[inline(always)]
pub fn rental_cost(price: HourPrice, hours: ChipHours, each: H100ePerChip) -> Money {
    Money::new(price.get() * hours.get() * each.get() * 1e-9)
}

/// How long a release slips, if it does: in proportion to a power of the planned compute.
#[inline(always)]
pub fn slip_at_size(slip: Days, planned: Flop, reference: Flop, growth: Ratio) -> Days {
    slip * exp(growth.get() * ln(at_least_tiny(planned.over(reference).get())))
}

/// Time until a run is canceled, from a uniform and a rate a year: −ln(1 − u)/rate.
#[inline(always)]
pub fn time_to_cancel(uniform: Ratio, rate: Ratio) -> Quarters {
    Quarters::new(-4.0 * ln(at_least_tiny(1.0 - uniform.get())) / at_least_tiny(rate.get()))
}

/// When a cluster that grows over quarter `t` from one size to another reaches a size, or later
/// than that quarter: linear in between.
#[inline(always)]
pub fn reached(t: f64, before: H100e, now: H100e, size: H100e) -> Quarters {
    let part = (size.get() - before.get()) / at_least_tiny(now.get() - before.get());
    let part = if part > 0.0 { part } else { 0.0 };
    Quarters::new(if now.get() < size.get() { f64::INFINITY } else { t + part })
}

/// Size of a cluster at a time in quarter `t`.
#[inline(always)]
pub fn cluster_at(t: f64, before: H100e, now: H100e, time: Quarters) -> H100e {
    let part = Ratio::new(time.get() - t).clip(Ratio::ZERO, Ratio::new(1.0));
    before + (now - before) * part
}

/// When a run ends its pre-training, leaves the cluster and is released: `finish`, `end`,
/// `release`. A run that is canceled on the way is never finished or released.
#[inline(always)]
pub fn milestones(
    start: Quarters,
    days: Days,
    post_training: Days,
    slip: Days,
    cancel: Quarters,
) -> (Quarters, Quarters, Quarters) {
    let never = f64::INFINITY;
    let length = days.quarters().get();
    let whole = length + (post_training + slip).quarters().get();
    let cancel = cancel.get();
    let finish = if cancel < length { never } else { start.get() + length };
    let end = start.get() + if cancel < length { cancel } else { length };
    let release = if cancel < whole { never } else { start.get() + whole };
    (Quarters::new(finish), Quarters::new(end), Quarters::new(release))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, relative: f64) -> bool {
        (a - b).abs() <= relative * b.abs()
    }
    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }

    #[test]
    fn utilization_falls_with_the_job() {
        // Twice the chips at a decline of 0.05: 0.40 · 2^(−0.05).
        let u = job_utilization(r(0.4), Chips::new(32_768.0), Chips::new(16_384.0), r(0.05));
        assert!(close(u.get(), 0.4 * libm::exp2(-0.05), 1e-14));
    }

    #[test]
    fn young_and_daly_by_hand() {
        // 16,384 chips, 8 a node, 3.8 failures in 1,000 node-days: 185.03 min between failures. A
        // checkpoint of 0.2 min every √(2 · 0.2 · 185.03) = 8.603 min, 4 min to restart: 12.603 min
        // lost for each failure, 6.81 % of the time.
        let m = time_to_failure(Chips::new(16_384.0), r(8.0), r(3.8));
        assert!(close(m.get(), 185.032_894_736, 1e-9));
        let interval = checkpoint_interval(Minutes::new(0.2), m);
        assert!(close(interval.get(), 8.603_090_0, 1e-6));
        let loss = loss_per_failure(Minutes::new(0.2), Minutes::new(4.0), interval, m);
        assert!(close(loss.get(), 12.603_090, 1e-6));
        assert!(close(goodput(loss, m, r(0.3)).get(), 0.931_887, 1e-6));
        assert!(close(goodput(Minutes::new(500.0), m, r(0.3)).get(), 0.3, 1e-15));
    }

    #[test]
    fn checkpoints_get_faster_with_more_chips() {
        let n = Chips::new(4.0 * 16_384.0);
        let t = time_at_size(Minutes::new(4.0), n, Chips::new(16_384.0), r(0.5));
        assert!(close(t.get(), 2.0, 1e-14));
    }

    #[test]
    fn a_run_stops_at_its_limit() {
        let speed = FlopPerDay::new(1e24);
        let (wanted, longest) = (Flop::new(3e26), Days::new(270.0));
        let days = run_days(wanted, speed, longest);
        assert!(close(days.get(), 270.0, 1e-15));
        assert!(close(run_compute(speed, days, wanted).get(), 2.7e26, 1e-12));
        let days = run_days(Flop::new(1e26), speed, longest);
        assert!(close(days.get(), 100.0, 1e-12));
    }

    #[test]
    fn a_cluster_grows_linearly_within_a_quarter() {
        let (a, b) = (H100e::new(80_000.0), H100e::new(120_000.0));
        assert!(close(reached(3.0, a, b, H100e::new(100_000.0)).get(), 3.5, 1e-15));
        assert!(close(reached(3.0, a, b, H100e::new(50_000.0)).get(), 3.0, 1e-15));
        assert!(reached(3.0, a, b, H100e::new(130_000.0)).get().is_infinite());
        assert!(close(cluster_at(3.0, a, b, Quarters::new(3.25)).get(), 90_000.0, 1e-15));
        assert!(close(cluster_at(3.0, a, b, Quarters::new(2.0)).get(), 80_000.0, 1e-15));
    }

    #[test]
    fn dates_follow_each_other() {
        // Two quarters of training, one of post-training and one of slip, from quarter 1 on.
        let at = |cancel: f64| {
            let (q, two) = (Days::new(91.3125), Days::new(182.625));
            milestones(Quarters::new(1.0), two, q, q, Quarters::new(cancel))
        };
        let (finish, end, release) = at(9.0);
        assert!(close(finish.get(), 3.0, 1e-14) && close(end.get(), 3.0, 1e-14));
        assert!(close(release.get(), 5.0, 1e-14));
        let (finish, end, release) = at(1.5);
        assert!(finish.get().is_infinite() && release.get().is_infinite());
        assert!(close(end.get(), 2.5, 1e-14));
        let (finish, _, release) = at(3.0);
        assert!(close(finish.get(), 3.0, 1e-14) && release.get().is_infinite());
    }

    #[test]
    fn a_slip_grows_with_compute_and_a_hazard_with_time() {
        let slip = slip_at_size(Days::new(100.0), Flop::new(3.8e26), Flop::new(3.8e25), r(0.2));
        assert!(close(slip.get(), 100.0 * libm::pow(10.0, 0.2), 1e-13));
        // At a rate of 15 % a year, a quarter of all runs would be canceled within 1.918 years.
        assert!(close(time_to_cancel(r(0.25), r(0.15)).get(), 4.0 * 1.917_880_483, 1e-9));
    }
}
