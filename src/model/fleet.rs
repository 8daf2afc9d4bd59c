//! Fleet stock by generation and vintage (MODEL.md M4).
//!
//! ```text
//! N_g(t) = R_g Σ_v n_{g,v}/R_{g,v} · K(t − v)
//! K(j)   = S(j/4) · (1 − λ(1−ρ)/4)^j,   S(a) = exp(−(a/c)³)
//! ```
//!
//! n_{g,v} chips of generation g installed in quarter v, λ failures a year, ρ the share of them
//! repaired, c the scale of the life. K is the product of the conditional survivals of MODEL.md,
//! so a cohort that is a years old at the start carries S(a + j/4)/S(a) = S(j/4) · E(j), where the head
//! start E(j) = exp(−3a (j/4) (j/4 + a)/c³) has a quadratic exponent: E(j+1)/E(j) changes by the same factor
//! each quarter. R is the share that early retirement (see `install`) has left of the generation since the
//! start, R_{g,v} its value when the cohort came: all cohorts of a generation are scaled alike, without
//! touching them.

use super::block::{AHEAD, Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Chips, Quarters, Ratio, Scalar};
use crate::vector::{exp, ln};

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "chip.*.stock",
        Q::Chips,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "chips owned at the start of the grid",
        "95 / 130 / 180 k chips",
    ),
    input(
        "chip.*.stock_age",
        Q::DurationYears,
        Use::Setting,
        (0.0, 40.0),
        Need::Optional,
        "their age at the start of the grid",
        "0.5 years",
    ),
    input(
        "chip.*.stock_waiting",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Optional,
        "share of them delivered but not installed, per quarter of dock lag",
        "0.30",
    ),
    input(
        "fleet.waiting_cap",
        Q::Share,
        Use::Setting,
        FRACTION,
        Need::Always,
        "largest share of a starting stock that waits for installation",
        "0.5",
    ),
    input(
        "fleet.failure",
        Q::RatePerYear,
        Use::Once,
        (0.0, 2.0),
        Need::Always,
        "chips that fail a year",
        "9 %/year",
    ),
    input(
        "fleet.repaired",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Always,
        "share of failed chips that is repaired",
        "0.85",
    ),
    input(
        "fleet.life",
        Q::DurationYears,
        Use::Once,
        (0.5, 60.0),
        Need::Always,
        "scale c of the survival exp(-(age/c)^3)",
        "5 / 6.5 / 8 years",
    ),
];
/// Metrics that this module and `install` write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "chip.*.installed",
        "Installed",
        Q::Chips,
        Aggregation::Stock,
        "chips in service at quarter end",
    ),
    metric(
        "chip.*.installed_h100e",
        "Installed",
        Q::H100e,
        Aggregation::Stock,
        "H100-equivalents in service at quarter end",
    ),
];

/// Share of a cohort left. `k` is (quarters since it entered, its age in years when it entered).
#[inline(always)]
pub fn survival(k: (f64, f64), life: Ratio, failure: Ratio, repaired: Ratio) -> Ratio {
    survival_by_log(k, life, log_kept(failure, repaired))
}

/// Log of the share that failures leave in a quarter.
#[inline(always)]
fn log_kept(failure: Ratio, repaired: Ratio) -> Ratio {
    let lost = 0.25 * failure.get() * (1.0 - repaired.get());
    Ratio::new(ln(1.0 - lost))
}

/// Log of the head start E(j) of a cohort. `k` is (j, its age in years at the start).
#[inline(always)]
fn log_head_start(k: (f64, f64), life: Ratio) -> f64 {
    let (years, age) = (0.25 * k.0, k.1);
    let life = life.get();
    -3.0 * age * years * (years + age) / (life * life * life)
}

/// E(1)/E(0), and the factor by which such a ratio changes each quarter: E(2)/E(1) over E(1)/E(0).
#[inline(always)]
fn first_head_start(age: f64, life: Ratio) -> (Ratio, Ratio) {
    let one = log_head_start((1.0, age), life);
    let two = log_head_start((2.0, age), life);
    (Ratio::new(exp(one)), Ratio::new(exp(two - one - one)))
}

/// What is left of a starting stock a quarter later, with its new head start and the ratio to the next.
#[inline(always)]
fn older(ahead: Ratio, pace: Ratio, bend: Ratio, left: Ratio) -> (Ratio, Ratio, Ratio) {
    let ahead = ahead * pace;
    (ahead * left, ahead, pace * bend)
}

#[inline(always)]
fn survival_by_log(k: (f64, f64), life: Ratio, log_kept: Ratio) -> Ratio {
    let (quarters, age) = k;
    let (from, to) = (age / life.get(), (age + 0.25 * quarters) / life.get());
    Ratio::new(exp(from * from * from - to * to * to + quarters * log_kept.get()))
}

/// Share of a starting stock that waits for installation.
#[inline(always)]
pub fn waiting_share(k: (f64, f64), lag: Quarters) -> Ratio {
    let (per_quarter, cap) = k;
    Ratio::new(per_quarter * lag.get()).min(Ratio::new(cap))
}

#[inline(always)]
fn split_stock(stock: Chips, waiting: Ratio) -> (Chips, Chips) {
    let waits = stock * waiting;
    (stock - waits, waits)
}

/// Chips left of a cohort, added to what is counted already.
#[inline(always)]
pub fn add_cohort(sum: Chips, cohort: Chips, left: Ratio) -> Chips {
    sum + cohort * left
}

/// Chips left of a starting stock, after early retirement.
#[inline(always)]
fn stock_left(initial: Chips, left: Ratio, kept: Ratio) -> Chips {
    add_cohort(Chips::ZERO, initial, left) * kept
}

/// Cohorts of one chip.
#[derive(Debug, Clone)]
pub(crate) struct Cohorts {
    pub(crate) earliest: Option<usize>,
    stock: Option<Col<Chips>>,
    age: f64,
    waiting_share: f64,
    /// What was installed at the start.
    pub(crate) initial: Option<Col<Chips>>,
    /// What is left of a cohort of the initial stock: now, and in the next quarters once the chip is on sale.
    pub(crate) initial_left: [Col<Ratio>; AHEAD],
    /// Its head start E(j), the ratio to the next one, and what that ratio changes by.
    head_start: [Col<Ratio>; 3],
    /// What early retirement has left of the generation, and one over it.
    pub(crate) kept: Col<Ratio>,
    pub(crate) regrown: Col<Ratio>,
    /// Installed by quarter, from `earliest` on, over what was kept by then.
    pub(crate) installed: Vec<Col<Chips>>,
    pub(crate) waiting: Col<Chips>,
    pub(crate) in_service: Col<Chips>,
    /// The sums of the next quarters over the cohorts of today.
    begun: [Col<Chips>; AHEAD - 1],
}

/// The module.
#[derive(Debug)]
pub struct Fleet {
    pub(crate) cohorts: Vec<Cohorts>,
    failure: Col<Ratio>,
    repaired: Col<Ratio>,
    life: Col<Ratio>,
    log_kept: Col<Ratio>,
    lag: Col<Quarters>,
    cap: f64,
    /// K(j) for j quarters.
    left: Vec<Col<Ratio>>,
    share: Col<Ratio>,
}

impl Fleet {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let steps = w.setup().steps();
        Self {
            cohorts: (0..w.setup().chips.len()).map(|chip| Cohorts::wire(w, chip)).collect(),
            failure: w.input("fleet.failure"),
            repaired: w.input("fleet.repaired"),
            life: w.input("fleet.life"),
            log_kept: w.state(),
            lag: w.input("supply.dock_lag"),
            cap: w.setting("fleet.waiting_cap"),
            left: w.states(steps + AHEAD),
            share: w.state(),
        }
    }

    /// Survival by age, and the stock at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        b.map2(
            self.log_kept,
            self.failure,
            self.repaired,
            #[inline(always)]
            |failure, repaired| log_kept(failure, repaired),
        );
        for (j, &left) in self.left.iter().enumerate() {
            b.map2_with(
                left,
                (j as f64, 0.0),
                self.life,
                self.log_kept,
                #[inline(always)]
                |k, life, log_kept| survival_by_log(k, life, log_kept),
            );
        }
        for c in &self.cohorts {
            b.fill(c.waiting, Chips::ZERO);
            b.fill(c.in_service, Chips::ZERO);
            b.fill(c.kept, Ratio::new(1.0));
            b.fill(c.regrown, Ratio::new(1.0));
            if let (Some(stock), Some(initial)) = (c.stock, c.initial) {
                b.map1_with(self.share, (c.waiting_share, self.cap), self.lag, waiting_share);
                b.map2((initial, c.waiting), stock, self.share, split_stock);
                let [ahead, pace, bend] = c.head_start;
                b.fill(ahead, Ratio::new(1.0));
                b.map1_with(
                    (pace, bend),
                    c.age,
                    self.life,
                    #[inline(always)]
                    |age, life| first_head_start(age, life),
                );
            }
        }
    }

    /// Chips left at the start of the quarter's installations.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        for c in self.cohorts.iter().filter(|c| c.held(t)) {
            match c.earliest.and_then(|earliest| t.checked_sub(earliest)) {
                Some(since) => self.step_cohorts(c, t, since, b),
                None => self.step_stock(c, t, b),
            }
        }
    }

    /// What is left of a chip that has been on sale for `since` quarters.
    #[inline(always)]
    fn step_cohorts(&self, c: &Cohorts, t: usize, since: usize, b: &mut Block) {
        let (k, weights) = (since % AHEAD, &self.left[1..]);
        if k == 0 {
            self.age_stock(c, t, AHEAD, b);
            let [one, two, three] = c.begun;
            let first = c.initial.map(|initial| (initial, c.initial_left));
            b.sums_ahead([c.in_service, one, two, three], first, &c.installed[..since], weights);
        }
        let begun = if k == 0 { c.in_service } else { c.begun[k - 1] };
        b.add_since(c.in_service, begun, &c.installed[since - k..since], weights, c.kept);
    }

    /// What is left of a starting stock that nothing has joined yet.
    #[inline(always)]
    fn step_stock(&self, c: &Cohorts, t: usize, b: &mut Block) {
        let Some(initial) = c.initial else { return };
        self.age_stock(c, t, 1, b);
        b.map3(c.in_service, initial, c.initial_left[0], c.kept, stock_left);
    }

    /// Shares left of the starting stock, from this quarter on.
    #[inline(always)]
    fn age_stock(&self, c: &Cohorts, t: usize, quarters: usize, b: &mut Block) {
        if c.initial.is_none() {
            return;
        }
        let [ahead, pace, bend] = c.head_start;
        for (&out, &left) in c.initial_left.iter().zip(&self.left[t + 1..]).take(quarters) {
            b.map4((out, ahead, pace), ahead, pace, bend, left, older);
        }
    }
}

impl Cohorts {
    /// The cohort that joins in a quarter, if the chip is on sale then.
    pub(crate) fn vintage(&self, t: usize) -> Option<Col<Chips>> {
        let earliest = self.earliest.filter(|&earliest| earliest <= t)?;
        Some(self.installed[t - earliest])
    }

    /// Whether there can be chips before a quarter's installations.
    fn held(&self, t: usize) -> bool {
        self.initial.is_some() || self.earliest.is_some_and(|earliest| earliest <= t)
    }

    fn wire(w: &mut Wiring, chip: usize) -> Self {
        let setup = &w.setup().chips[chip];
        let key = |quantity: &str| chip_column(&setup.name, quantity);
        let earliest = w.setup().earliest_step(chip);
        let steps = w.setup().steps();
        let stock = w.optional(&key("stock"));
        let or_zero = |x: f64| if x.is_nan() { 0.0 } else { x };
        Self {
            earliest,
            stock,
            age: or_zero(w.setting(&key("stock_age"))),
            waiting_share: or_zero(w.setting(&key("stock_waiting"))),
            initial: stock.map(|_| w.state()),
            initial_left: std::array::from_fn(|_| w.state()),
            head_start: [w.state(), w.state(), w.state()],
            kept: w.share(&key("~kept")),
            regrown: w.state(),
            installed: w.states(earliest.map_or(0, |first| steps - first)),
            waiting: w.share(&key("~waiting")),
            in_service: w.metric_during(
                &key("installed"),
                Some(setup.label.clone()),
                first_shown(earliest, stock, steps)..steps,
            ),
            begun: std::array::from_fn(|_| w.state()),
        }
    }
}

/// First step in which a chip can be in the fleet; `steps` if it never is.
pub(crate) fn first_shown<Q>(
    earliest: Option<usize>,
    stock: Option<Col<Q>>,
    steps: usize,
) -> usize {
    if stock.is_some() { 0 } else { earliest.unwrap_or(steps) }
}

/// Whether all chips that can be in the fleet can train.
pub(crate) fn all_train(w: &mut Wiring) -> bool {
    let steps = w.setup().steps();
    (0..w.setup().chips.len()).all(|chip| {
        let setup = &w.setup().chips[chip];
        let stock = w.optional::<Chips>(&chip_column(&setup.name, "stock"));
        setup.trains || first_shown(w.setup().earliest_step(chip), stock, steps) == steps
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }

    #[test]
    fn survival_is_conditional() {
        // 63 % survive five years of a scale of 6.5 years without failures: exp(-(5/6.5)^3).
        let five = survival((20.0, 0.0), r(6.5), r(0.0), r(0.0)).get();
        assert!((five - libm::exp(-libm::pow(5.0 / 6.5, 3.0))).abs() < 1e-14);
        // Five quarters and then fifteen are as good as twenty at once.
        let (a, b) = (
            survival((5.0, 0.0), r(6.5), r(0.0), r(0.0)),
            survival((15.0, 1.25), r(6.5), r(0.0), r(0.0)),
        );
        assert!(((a * b).get() - five).abs() < 1e-14);
        // Failures: 9 % a year, 85 % repaired, over a year.
        let year = survival((4.0, 0.0), r(1e6), r(0.09), r(0.85)).get();
        assert!((year - libm::pow(1.0 - 0.09 * 0.15 / 4.0, 4.0)).abs() < 1e-14);
    }

    #[test]
    fn a_starting_stock_dies_as_cohorts_of_its_age_do() {
        for (age, life) in [(0.0, 6.5), (0.5, 8.0), (6.0, 5.0)] {
            let (life, kept) = (r(life), (r(0.09), r(0.85)));
            let (mut ahead, (mut pace, bend)) = (r(1.0), first_head_start(age, life));
            for j in 1..=60 {
                let new = survival((f64::from(j), 0.0), life, kept.0, kept.1);
                let left;
                (left, ahead, pace) = older(ahead, pace, bend, new);
                let old = survival((f64::from(j), age), life, kept.0, kept.1).get();
                assert!((left.get() - old).abs() <= 1e-12 * old, "{age} {j}: {} {old}", left.get());
            }
        }
    }

    #[test]
    fn at_most_half_of_a_stock_waits() {
        assert!((waiting_share((0.3, 0.5), Quarters::new(1.0)).get() - 0.3).abs() < 1e-15);
        assert!((waiting_share((0.3, 0.5), Quarters::new(3.0)).get() - 0.5).abs() < 1e-15);
    }
}
