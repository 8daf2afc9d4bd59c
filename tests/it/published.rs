//! Published results that need nothing but the units and one equation.

use fleetcast::model::formulas::formula;
use fleetcast::units::{Quantity, to_canonical};

#[track_caller]
fn within(actual: f64, expected: f64, relative: f64) {
    assert!((actual / expected - 1.0).abs() <= relative, "{actual} is not {expected}");
}

#[track_caller]
fn canonical(value: f64, unit: &str, quantity: Quantity) -> f64 {
    to_canonical(value, unit, quantity).unwrap_or_else(|| panic!("no unit {unit}"))
}

/// Nvidia, quarter to April 2024: 19.44 B USD of compute sales, 97.5 % of it hardware, 88 % of that
/// H100 at 28,284 USD (the middle of 25 to 32 k USD). Epoch: 490, 585 and 688 thousand chips.
#[test]
fn chips_sold_from_revenue() {
    let supply = formula("supply_limit").unwrap();
    let revenue = canonical(19.44, "B USD", Quantity::Money);
    let price = canonical(28_284.0, "USD", Quantity::PricePerChip);
    let units = (supply.call)(&[revenue * 0.975, 0.88, price, 1.0]);
    within(units, 589_700.0, 1e-3);
    assert!((490e3..688e3).contains(&units));
}

/// US data centers by 2028: 325 TWh a year at half of capacity are 74.2 GW (LBNL 2024).
#[test]
fn capacity_from_yearly_energy() {
    let year = canonical(325.0, "TWh/year", Quantity::EnergyPerYear);
    let hours = canonical(1.0, "TWh", Quantity::Energy) / canonical(1.0, "MWh", Quantity::Energy);
    assert!((hours - 1e6).abs() < 1e-6);
    within(year / 8_760.0 / 0.5, canonical(74.2, "GW", Quantity::Power), 5e-3);
}

/// 152.1 TWh growing for seven years at 3.7, 5 and 10 % (EPRI 2024).
#[test]
fn energy_compounds() {
    for (rate, expected) in [("3.7", 196.1), ("5", 214.0), ("10", 296.4)] {
        let percent: f64 = rate.parse().unwrap();
        let growth = canonical(percent, "%/year", Quantity::GrowthPerYear);
        let energy = (0..7).fold(152.1, |energy, _| energy * (1.0 + growth));
        within(energy, expected, 1e-3);
    }
}

/// 27 MW of Llama 3.1 405B, 5,000 times the compute, hardware four times, numbers twice and runs three
/// times as good: 5.6 GW (Epoch 2024).
#[test]
fn power_of_a_run_in_2030() {
    let megawatts = canonical(27.0, "MW", Quantity::Power) * 5_000.0 / (4.0 * 2.0 * 3.0);
    within(megawatts, canonical(5.6, "GW", Quantity::Power), 1e-2);
}
