//! The physical range: what every draw must keep to in every quarter, on whatever input.

use std::collections::BTreeMap;

use crate::model::setup::Setup;

/// Metrics that are amounts of something: zero or more.
const AMOUNTS: [&str; 14] = [
    "fleet.chips",
    "fleet.h100e",
    "fleet.h100e_bought",
    "fleet.waiting_h100e",
    "cluster.largest",
    "site.ready_power",
    "fleet.it_power",
    "facility.power",
    "energy.total",
    "finance.revenue",
    "capex.total",
    "capex.chips",
    "capex.buildings",
    "capex.carried",
];
/// Metrics that may fall below zero.
const BALANCES: [&str; 4] = [
    "finance.operating_cash",
    "finance.depreciation",
    "finance.book_value",
    "finance.free_cash_flow",
];

/// What a column must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Zero or more, and finite.
    Amount,
    /// Finite.
    Balance,
    /// At most what is energized less the reserve, or what was there before, if that is more.
    Power {
        /// Column of the power that is energized.
        ready: usize,
        /// Column of the power in service before anything was installed.
        before: usize,
        /// One less the reserve.
        part: f64,
    },
}

/// One thing that a draw must keep to.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeCheck {
    /// What it says of a draw that does not.
    pub cause: String,
    /// Column.
    pub column: usize,
    /// What the column must keep to.
    pub bound: Bound,
}

/// All that a draw must keep to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranges {
    /// Checked in this order: the first one that fails is the cause.
    pub checks: Vec<RangeCheck>,
    /// Column of a flag: 1 from the quarter on in which a draw left its range.
    pub left: usize,
}

impl Ranges {
    /// Finds the columns; `left` is a free one.
    pub(super) fn compile(setup: &Setup, names: &BTreeMap<String, usize>, left: usize) -> Self {
        let of = |name: &'static str, bound: Bound, what: &str| {
            let cause = format!("{name} {what}");
            Some(RangeCheck { cause, column: *names.get(name)?, bound })
        };
        let amounts = AMOUNTS.iter().map(|name| of(name, Bound::Amount, "negative or not finite"));
        let balances = BALANCES.iter().map(|name| of(name, Bound::Balance, "not finite"));
        let power = || {
            let ready = *names.get("site.ready_power")?;
            let before = *names.get("fleet.~power_before")?;
            let part = 1.0 - setup.settings.get("facility.reserve").copied()?;
            let bound = Bound::Power { ready, before, part };
            of("fleet.it_power", bound, "above what is energized")
        };
        Self { checks: amounts.chain(balances).chain([power()]).flatten().collect(), left }
    }
}
