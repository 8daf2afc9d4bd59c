//! What is paid for before the grid and not yet written off, and how unevenly assets enter service: a
//! part of `finance` (MODEL.md M10).
//!
//! ```text
//! charge_t = C · (s / 4L + (1 − s) / 4B) · u(t + ½) / n,   u(x) = min(x, n)        B USD a quarter
//! D&A_t    = D&A by straight lines · e^noise,              in quarters that are not reported
//! ```
//!
//! C is the construction in progress at the start of the grid that enters service evenly in n quarters, s
//! the share of it that is servers with a life of L years (their charge ends after L), B the life of
//! buildings. The noise is there because assets enter service in lumps, early or late, and are written
//! off early at times; it is a series, so that one quarter is like the next. A change of life on a
//! date (`policy`) does not lengthen what was under construction.

use super::block::{Block, Col};
use super::declare::{FRACTION, InputDecl, NON_NEGATIVE, Need, Use, input};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{Money, Quarters, Ratio, Scalar};
use crate::vector::exp;

/// Inputs that this part reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        "finance.construction",
        Q::Money,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "construction in progress at the start of the grid, less servers of the last quarter before it",
        "20 B USD",
    ),
    input(
        "finance.construction_servers",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("finance.construction"),
        "share of it that is servers and network; the rest is buildings",
        "0.15 / 0.3 / 0.5",
    ),
    input(
        "finance.construction_time",
        Q::DurationQuarters,
        Use::Once,
        (1.0, 40.0),
        Need::With("finance.construction"),
        "time in which it enters service, evenly",
        "4 / 6 / 9 quarters",
    ),
    input(
        "finance.depreciation_noise",
        Q::Signed,
        Use::Quarter,
        (-1.0, 1.0),
        Need::Optional,
        "log of a quarter's depreciation over that by straight lines",
        "{ dist = \"normal\", mean = 0.0, sd = 0.08 }",
    ),
];

/// Quarterly charge of what was under construction. `k` is (quarters since the start of the grid at
/// mid-quarter, life of buildings in years); life in years.
#[inline(always)]
pub fn construction_charge(
    k: (f64, f64),
    amount: Money,
    servers: Ratio,
    life: Ratio,
    time: Quarters,
) -> Money {
    let (at, building_life) = k;
    let (n, quarters) = (time.get(), 4.0 * life.get());
    let entered = if at < n { at } else { n };
    let age = at - quarters;
    let gone = if age < 0.0 {
        0.0
    } else if age < n {
        age
    } else {
        n
    };
    let share = servers.get() * (entered - gone) / quarters
        + (1.0 - servers.get()) * entered / (4.0 * building_life);
    amount * (share / n)
}

/// Depreciation with what is uneven in it.
#[inline(always)]
pub fn uneven(depreciation: Money, noise: Ratio) -> Money {
    depreciation * exp(noise.get())
}

#[inline(always)]
fn plus(a: Money, b: Money) -> Money {
    a + b
}

/// The part.
#[derive(Debug)]
pub(super) struct Construction {
    stock: Option<Stock>,
    noise: Option<Col<Ratio>>,
    building_life: f64,
}

#[derive(Clone, Copy, Debug)]
struct Stock {
    amount: Col<Money>,
    servers: Col<Ratio>,
    time: Col<Quarters>,
    life: Col<Ratio>,
    charge: Col<Money>,
}

impl Construction {
    /// Finds its inputs and hands out its columns.
    pub(super) fn wire(w: &mut Wiring) -> Self {
        Self {
            stock: w.given("finance.construction").then(|| Stock {
                amount: w.input("finance.construction"),
                servers: w.input("finance.construction_servers"),
                time: w.input("finance.construction_time"),
                life: w.input("finance.server_life"),
                charge: w.state(),
            }),
            noise: w.optional("finance.depreciation_noise"),
            building_life: w.setting("finance.building_life"),
        }
    }

    /// Adds the charge of the quarter to `fresh`.
    #[inline(always)]
    pub(super) fn add(&self, t: usize, fresh: Col<Money>, b: &mut Block) {
        let Some(s) = self.stock else { return };
        let k = (t as f64 + 0.5, self.building_life);
        b.map4_with(s.charge, k, s.amount, s.servers, s.life, s.time, construction_charge);
        b.map2(fresh, fresh, s.charge, plus);
    }

    /// Makes a quarter's depreciation uneven.
    #[inline(always)]
    pub(super) fn disturb(&self, depreciation: Col<Money>, b: &mut Block) {
        let Some(noise) = self.noise else { return };
        b.map2(
            depreciation,
            depreciation,
            noise,
            #[inline(always)]
            |a, b| uneven(a, b),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(at: f64) -> f64 {
        let k = (at, 25.0);
        let amount = Money::new(20.0);
        construction_charge(k, amount, Ratio::new(0.3), Ratio::new(4.5), Quarters::new(6.0)).get()
    }

    #[test]
    fn it_enters_service_evenly_and_servers_leave_after_their_life() {
        // 6 B USD of servers over 18 quarters and 14 of buildings over 100 are 0.47333 a quarter.
        let full = 6.0 / 18.0 + 14.0 / 100.0;
        assert!((charge(0.5) - full / 12.0).abs() < 1e-14);
        assert!((charge(3.0) - full / 2.0).abs() < 1e-14);
        assert!((charge(6.5) - full).abs() < 1e-14);
        // Half of the servers are gone 21 quarters after the start, all of them after 24.
        assert!((charge(21.0) - (3.0 / 18.0 + 0.14)).abs() < 1e-14);
        assert!((charge(24.5) - 0.14).abs() < 1e-14);
        // Servers are charged off once.
        let servers: f64 = (0..30).map(|t| charge(f64::from(t) + 0.5)).sum::<f64>()
            - (0..30).map(|t| 0.14 * (f64::from(t) + 0.5).min(6.0) / 6.0).sum::<f64>();
        assert!((servers - 6.0).abs() < 1e-12, "{servers}");
    }

    #[test]
    fn noise_is_a_factor() {
        assert!((uneven(Money::new(2.0), Ratio::ZERO).get() - 2.0).abs() < 1e-15);
        let up = uneven(Money::new(2.0), Ratio::new(0.1)).get();
        assert!((up - 2.210_341_836_151_295).abs() < 1e-12, "{up}");
    }
}
