//! Changes of the accounting life of servers on a date (MODEL.md M10), a part of `finance`.
//!
//! ```text
//! charge_v = left_v · d / max(4 L − a, d)                             B USD a quarter
//! left_v  −= charge_v
//! ```
//!
//! What is left of a vintage of age a (quarters in service at the start of the quarter) is spread
//! evenly over what is left of the life L that holds now, d being the part of the quarter in
//! service: a change of estimate acts on the future only (ASC 250-10-45-17). With one life this is
//! straight-line depreciation. Older servers are a row of equal vintages with 1, 2, … quarters left
//! at the start, which the change lengthens alike.

use super::block::{Block, Col};
use super::declare::{InputDecl, Need, Use, input};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Quarters, Ratio, Scalar};

/// Inputs that this part reads.
pub const INPUTS: &[InputDecl] = &[input(
    "policy.*.server_life",
    Q::DurationYears,
    Use::Once,
    (0.5, 12.0),
    Need::Always,
    "accounting life of servers and network from the policy's date on",
    "5.5 years",
)];

/// Charge of a quarter and what is left. `k` is (age at the start of the quarter, quarters of it in
/// service); life in years.
#[inline(always)]
pub fn prospective_charge(k: (f64, f64), left: Money, life: Ratio) -> (Money, Money) {
    let (age, during) = k;
    let rest = 4.0 * life.get() - age;
    let charge = left * (during / if rest > during { rest } else { during });
    (charge, left - charge)
}

/// The same of a vintage that would be charged off in `rest` quarters without the change.
#[inline(always)]
pub fn lengthened_charge(rest: f64, left: Money, longer: Quarters) -> (Money, Money) {
    let rest = rest + longer.get();
    let charge = left * (1.0 / if rest > 1.0 { rest } else { 1.0 });
    (charge, left - charge)
}

/// Factor on older charges that makes a reported quarter come out as reported.
#[inline(always)]
pub fn older_factor(reported: f64, fresh: Money, older: Money) -> Ratio {
    Ratio::new((reported - fresh.get()) / older.get())
}

/// Depreciation in all.
#[inline(always)]
pub fn all_charges(fresh: Money, older: Money, factor: Ratio) -> Money {
    fresh + older * factor
}

#[inline(always)]
fn sum(a: Money, b: Money) -> Money {
    a + b
}
#[inline(always)]
fn left_at_start(age: f64, cost: Money, life: Ratio) -> Money {
    cost * Ratio::new(1.0 - age / (4.0 * life.get())).clip(Ratio::ZERO, Ratio::new(1.0))
}
#[inline(always)]
fn longer(now: Ratio, before: Ratio) -> Quarters {
    Quarters::new(4.0 * (now.get() - before.get()))
}

/// Changes of life that fall into the grid.
#[derive(Debug)]
pub(super) struct LifeChanges {
    /// First step in which each holds, and the new life.
    changes: Vec<(usize, Col<Ratio>)>,
    before: Col<Ratio>,
    /// The life that holds now.
    pub(super) life: Col<Ratio>,
    longer: Col<Quarters>,
    /// What is left of older servers, by quarters left at the start: 1, 2, …
    older: Vec<Col<Money>>,
    older_each: f64,
    /// Charge of older servers.
    pub(super) older_servers: Col<Money>,
    /// For the charge of all older assets.
    pub(super) older_charge: Col<Money>,
    part: Col<Money>,
}

impl LifeChanges {
    /// Hands out columns; `servers` is what older servers charge at the start, and for how long.
    pub(super) fn wire(w: &mut Wiring, servers: (f64, f64)) -> Option<Self> {
        let setup = w.setup();
        let inside = |at: f64| at > 0.0 && at < setup.steps() as f64;
        let changes: Vec<(usize, Col<Ratio>)> = setup
            .policies
            .iter()
            .filter(|policy| inside(policy.date))
            .map(|policy| {
                (policy.date.ceil() as usize, w.input(&format!("{}.server_life", policy.key)))
            })
            .collect();
        let rows = servers.1.round().max(1.0);
        (!changes.is_empty()).then(|| Self {
            changes,
            before: w.input("finance.server_life"),
            life: w.state(),
            longer: w.state(),
            older: w.states(rows as usize),
            older_each: servers.0 / rows,
            older_servers: w.state(),
            older_charge: w.state(),
            part: w.state(),
        })
    }

    /// What is left at the start of servers bought before the grid and of older ones.
    #[inline(always)]
    pub(super) fn start(&self, servers: &[Col<Money>], b: &mut Block) {
        b.copy(self.life, self.before);
        b.fill(self.longer, Quarters::ZERO);
        for (position, &cost) in servers.iter().enumerate() {
            // The newest enters service in the first quarter.
            let age = (servers.len() - 1 - position) as f64 - 0.5;
            b.map2_with(cost, if age > 0.0 { age } else { 0.0 }, cost, self.before, left_at_start);
        }
        for (position, &left) in self.older.iter().enumerate() {
            b.fill(left, Money::new(self.older_each * (position + 1) as f64));
        }
    }

    /// Charges of the quarter: `servers` by quarter of spending, those in service only, whose sum is
    /// added to `fresh`, and of older servers.
    #[inline(always)]
    pub(super) fn step(&self, t: usize, servers: &[Col<Money>], fresh: Col<Money>, b: &mut Block) {
        for &(_, life) in self.changes.iter().filter(|(from, _)| *from == t) {
            b.copy(self.life, life);
            b.map2(self.longer, self.life, self.before, longer);
        }
        for (position, &left) in servers.iter().enumerate() {
            let quarters = servers.len() - 1 - position;
            let k = if quarters == 0 { (0.0, 0.5) } else { (quarters as f64 - 0.5, 1.0) };
            b.map2_with((self.part, left), k, left, self.life, prospective_charge);
            b.map2(fresh, fresh, self.part, sum);
        }
        b.fill(self.older_servers, Money::ZERO);
        for (position, &left) in self.older.iter().enumerate() {
            let rest = (position + 1) as f64 - t as f64;
            b.map2_with((self.part, left), rest, left, self.longer, lengthened_charge);
            b.map2(self.older_servers, self.older_servers, self.part, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finance::straight_line;

    /// Charges of 100 B USD by quarter, the life being `lives(j)`.
    fn charges(lives: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut left = Money::new(100.0);
        (0..40)
            .map(|j| {
                let k = if j == 0 { (0.0, 0.5) } else { (j as f64 - 0.5, 1.0) };
                let (charge, rest) = prospective_charge(k, left, Ratio::new(lives(j)));
                left = rest;
                charge.get()
            })
            .collect()
    }

    #[test]
    fn one_life_is_straight_line() {
        for life in [2.0, 4.37, 5.5] {
            for (j, charge) in charges(|_| life).into_iter().enumerate() {
                let expected = 100.0 * straight_line(j as f64, Ratio::new(life)).get();
                assert!((charge - expected).abs() < 1e-11, "{life} {j}: {charge} {expected}");
            }
        }
    }

    #[test]
    fn a_longer_life_spreads_what_is_left() {
        // Four years, 25 / 4 a quarter; after 3.5 quarters 78.125 are left, over 22 - 3.5 quarters.
        let with = charges(|j| if j < 4 { 4.0 } else { 5.5 });
        assert!((with[3] - 6.25).abs() < 1e-12);
        assert!((with[4] - 78.125 / 18.5).abs() < 1e-12);
        assert!((with.iter().sum::<f64>() - 100.0).abs() < 1e-10);
        assert!(with[21] > 4.0 && with[23].abs() < 1e-9);
    }

    #[test]
    fn a_life_that_is_over_is_charged_off_at_once() {
        let with = charges(|j| if j < 12 { 4.0 } else { 2.0 });
        assert!((with[12] - (100.0 - 11.5 * 6.25)).abs() < 1e-10 && with[13].abs() < 1e-10);
    }

    #[test]
    fn older_servers_run_off_in_a_line_until_the_change() {
        // 18 vintages of 0.12 each are the 2.16 B USD that fall to zero in 18 quarters.
        let mut left: Vec<Money> = (1..=18).map(|k| Money::new(0.12 * f64::from(k))).collect();
        let mut total = |t: f64, longer: f64| {
            let mut sum = 0.0;
            for (position, left) in left.iter_mut().enumerate() {
                let rest = (position + 1) as f64 - t;
                let (charge, now) = lengthened_charge(rest, *left, Quarters::new(longer));
                (*left, sum) = (now, sum + charge.get());
            }
            sum
        };
        for t in 0..4 {
            let expected = 2.16 * (1.0 - f64::from(t) / 18.0);
            assert!((total(f64::from(t), 0.0) - expected).abs() < 1e-12);
        }
        // Fourteen are left with 1 to 14 quarters and 0.12 each; a year longer.
        let expected: f64 = (1..=14).map(|k| 0.12 * f64::from(k) / f64::from(k + 4)).sum();
        assert!((total(4.0, 4.0) - expected).abs() < 1e-12);
    }
}
