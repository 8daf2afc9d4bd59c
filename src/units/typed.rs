//! Quantities as types: one `f64` each, in one canonical unit, joined only by the products that
//! make sense. What the model's equations are written in.
//!
//! Same dimension, different meaning is a different type: [`ItPower`] becomes [`FacilityPower`]
//! only through a [`Pue`]. Each type carries its exponents of (money, energy, time, compute,
//! chips); every relation below is checked against them when the crate is compiled.

/// A typed scalar: a transparent wrapper of an `f64` in the type's canonical unit.
pub trait Scalar: Copy {
    /// Exponents of money, energy, time, compute and chips.
    const DIMENSION: [i8; 5];
    /// Canonical unit, as table headings write it.
    const UNIT: &'static str;
    /// From a number in the canonical unit.
    fn new(value: f64) -> Self;
    /// As a number in the canonical unit.
    fn get(self) -> f64;
}

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $dim:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
        #[repr(transparent)]
        pub struct $name(f64);

        impl Scalar for $name {
            const DIMENSION: [i8; 5] = $dim;
            const UNIT: &'static str = $unit;
            #[inline(always)]
            fn new(value: f64) -> Self {
                Self(value)
            }
            #[inline(always)]
            fn get(self) -> f64 {
                self.0
            }
        }

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);
            /// The smaller of two, without regard to the sign of zero or to NaN.
            #[inline(always)]
            #[must_use]
            pub fn min(self, other: Self) -> Self {
                if self.0 < other.0 { self } else { other }
            }
            /// The larger of two, without regard to the sign of zero or to NaN.
            #[inline(always)]
            #[must_use]
            pub fn max(self, other: Self) -> Self {
                if self.0 > other.0 { self } else { other }
            }
            /// Zero where it is negative.
            #[inline(always)]
            #[must_use]
            pub fn positive(self) -> Self {
                self.max(Self::ZERO)
            }
            /// Quotient of two of a kind; the divisor is at least tiny, so that nothing over
            /// nothing is nothing (MODEL.md, rule 8).
            #[inline(always)]
            #[must_use]
            pub fn over(self, other: Self) -> Ratio {
                Ratio(self.0 / if other.0 > TINY { other.0 } else { TINY })
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl std::ops::Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
    };
}

/// Smallest divisor: far below every quantity of the model in its canonical unit.
const TINY: f64 = 1e-12;

/// Multiplying by a pure number keeps the kind.
macro_rules! scaled {
    ($($name:ident),*) => {$(
        impl std::ops::Mul<Ratio> for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, factor: Ratio) -> Self {
                Self(self.0 * factor.0)
            }
        }
        impl std::ops::Mul<f64> for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
    )*};
}

scalar!(
    /// A pure number: a share, a factor, a log change.
    Ratio, "", [0, 0, 0, 0, 0]
);
scalar!(
    /// Facility power (or energy) over IT power (or energy), at least 1.
    Pue, "", [0, 0, 0, 0, 0]
);
scalar!(
    /// Money, billions of nominal USD.
    Money, "B USD", [1, 0, 0, 0, 0]
);
scalar!(
    /// What a buyer pays for one chip, thousands of nominal USD.
    Price, "k USD/chip", [1, 0, 0, 0, -1]
);
scalar!(
    /// Accelerators as sold, units.
    Chips, "chips", [0, 0, 0, 0, 1]
);
scalar!(
    /// Compute rate in H100-equivalents.
    H100e, "H100e", [0, 0, -1, 1, 0]
);
scalar!(
    /// H100-equivalents of one chip.
    H100ePerChip, "H100e/chip", [0, 0, -1, 1, -1]
);
scalar!(
    /// Power at the racks, MW.
    ItPower, "MW", [0, 1, -1, 0, 0]
);
scalar!(
    /// Power at the meter, MW.
    FacilityPower, "MW", [0, 1, -1, 0, 0]
);
scalar!(
    /// IT power of one chip with its share of server and network, kW.
    ChipPower, "kW/chip", [0, 1, -1, 0, -1]
);
scalar!(
    /// Energy, MWh.
    Energy, "MWh", [0, 1, 0, 0, 0]
);
scalar!(
    /// Price of electricity, USD/MWh.
    EnergyPrice, "USD/MWh", [1, -1, 0, 0, 0]
);
scalar!(
    /// Cost of buildings and power equipment, millions of USD per MW of IT power.
    PowerCost, "M USD/MW", [1, -1, 1, 0, 0]
);
scalar!(
    /// A time span, or a time since the start of the grid, in quarters.
    Quarters, "quarters", [0, 0, 1, 0, 0]
);
scalar!(
    /// Emissions, tonnes of CO2 equivalent. Counts as a number among the exponents.
    Carbon, "t CO2e", [0, 0, 0, 0, 0]
);
scalar!(
    /// Emissions per energy, g CO2e/kWh.
    CarbonIntensity, "g/kWh", [0, -1, 0, 0, 0]
);
scalar!(
    /// Emissions of making one accelerator with its share of the server, t CO2e.
    CarbonPerChip, "t CO2e/chip", [0, 0, 0, 0, -1]
);
scalar!(
    /// Water, millions of liters. Counts as a number among the exponents.
    Water, "ML", [0, 0, 0, 0, 0]
);
scalar!(
    /// Water per energy at the racks, L/kWh.
    Wue, "L/kWh", [0, -1, 0, 0, 0]
);
scalar!(
    /// Yearly cost of a unit of IT power, millions of USD per MW and year.
    YearlyPowerCost, "M USD/MW-year", [1, -1, 0, 0, 0]
);
scalar!(
    /// Cost or rent of one H100-equivalent for an hour, USD.
    HourPrice, "USD/H100e-h", [1, 0, 0, -1, 0]
);

scalar!(
    /// An amount of computing, FLOP.
    Flop, "FLOP", [0, 0, 0, 1, 0]
);
scalar!(
    /// Compute done in a day, FLOP.
    FlopPerDay, "FLOP/d", [0, 0, -1, 1, 0]
);
scalar!(
    /// Peak dense compute rate of one chip, TFLOP/s.
    ChipRate, "TFLOP/s", [0, 0, -1, 1, -1]
);
scalar!(
    /// Chips times the hours that they work.
    ChipHours, "chip-h", [0, 0, 1, 0, 1]
);
scalar!(
    /// A time span in days.
    Days, "d", [0, 0, 1, 0, 0]
);
scalar!(
    /// A short time span, minutes.
    Minutes, "min", [0, 0, 1, 0, 0]
);

scaled!(
    Ratio,
    Flop,
    FlopPerDay,
    ChipRate,
    ChipHours,
    Days,
    Minutes,
    Pue,
    Money,
    Price,
    Chips,
    H100e,
    H100ePerChip,
    ItPower,
    FacilityPower,
    ChipPower,
    Energy,
    EnergyPrice,
    PowerCost,
    Quarters,
    Carbon,
    CarbonIntensity,
    CarbonPerChip,
    Water,
    Wue,
    YearlyPowerCost,
    HourPrice
);

const fn adds_up(a: [i8; 5], b: [i8; 5], c: [i8; 5]) -> bool {
    let mut i = 0;
    while i < 5 {
        if a[i] + b[i] != c[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// `A * B = C`, with the factor between the canonical units, and `C / A = B`, `C / B = A`.
macro_rules! product {
    ($a:ident * $b:ident = $c:ident, $factor:expr) => {
        const _: () = assert!(
            adds_up($a::DIMENSION, $b::DIMENSION, $c::DIMENSION),
            concat!(stringify!($a), " * ", stringify!($b), " is no ", stringify!($c))
        );
        impl std::ops::Mul<$b> for $a {
            type Output = $c;
            #[inline(always)]
            fn mul(self, other: $b) -> $c {
                // Times a constant, not over it: a division costs eight times as much.
                $c(self.0 * other.0 * (1.0 / $factor))
            }
        }
        impl std::ops::Div<$a> for $c {
            type Output = $b;
            #[inline(always)]
            fn div(self, other: $a) -> $b {
                $b(self.0 * $factor / if other.0 > TINY { other.0 } else { TINY })
            }
        }
    };
}

// A thousand USD times a chip is a millionth of a billion USD.
product!(Price * Chips = Money, 1e6);
// A kilowatt a chip times a chip is a thousandth of a megawatt.
product!(ChipPower * Chips = ItPower, 1e3);
product!(H100ePerChip * Chips = H100e, 1.0);
product!(EnergyPrice * Energy = Money, 1e9);
product!(PowerCost * ItPower = Money, 1e3);
product!(ItPower * Pue = FacilityPower, 1.0);
product!(FlopPerDay * Days = Flop, 1.0);
product!(Chips * Days = ChipHours, 1.0 / 24.0);
// A TFLOP/s for an hour is 3.6e15 FLOP.
product!(ChipHours * ChipRate = Flop, 1.0 / 3.6e15);
// A gram per kilowatt-hour is a thousandth of a tonne per megawatt-hour.
product!(CarbonIntensity * Energy = Carbon, 1e3);
product!(CarbonPerChip * Chips = Carbon, 1.0);
// A liter per kilowatt-hour is a thousandth of a million liters per megawatt-hour.
product!(Wue * Energy = Water, 1e3);

/// Hours in a quarter: 8,766 hours of a Julian year over four.
pub const HOURS_PER_QUARTER: f64 = 2191.5;

/// Days in a quarter: a quarter of a Julian year of 365.25 days.
pub const DAYS_PER_QUARTER: f64 = 91.3125;

impl Days {
    /// The same span in quarters.
    #[inline(always)]
    #[must_use]
    pub fn quarters(self) -> Quarters {
        Quarters(self.0 * (1.0 / DAYS_PER_QUARTER))
    }
}

impl ItPower {
    /// Energy when this power is drawn for a time.
    #[inline(always)]
    #[must_use]
    pub fn over_time(self, time: Quarters) -> Energy {
        Energy(self.0 * time.0 * HOURS_PER_QUARTER)
    }
}

impl YearlyPowerCost {
    /// Cost of a quarter for this power.
    #[inline(always)]
    #[must_use]
    pub fn of_quarter(self, power: ItPower) -> Money {
        Money(self.0 * power.0 * 0.25e-3)
    }
}

impl Energy {
    /// Energy at the meter for this energy at the racks.
    #[inline(always)]
    #[must_use]
    pub fn at_meter(self, annual: Pue) -> Energy {
        Energy(self.0 * annual.0)
    }
}

impl Ratio {
    /// Within two bounds.
    #[inline(always)]
    #[must_use]
    pub fn clip(self, low: Ratio, high: Ratio) -> Ratio {
        self.max(low).min(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_chips_at_30_k_usd_cost_30_million_usd() {
        assert!(((Price(30.0) * Chips(1000.0)).get() - 0.03).abs() < 1e-15);
        assert!(((Money(0.03) / Price(30.0)).get() - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn power_adds_up_to_megawatts_and_money() {
        assert!(((ChipPower(1.39) * Chips(100_000.0)).get() - 139.0).abs() < 1e-9);
        assert!(((ItPower(80.0) * Pue(1.25)).get() - 100.0).abs() < 1e-12);
        assert!(((EnergyPrice(80.0) * Energy(1e6)).get() - 0.08).abs() < 1e-15);
        assert!(((PowerCost(11.7) * ItPower(1000.0)).get() - 11.7).abs() < 1e-12);
    }

    #[test]
    fn nothing_over_nothing_is_nothing() {
        assert!(Chips(0.0).over(Chips(0.0)).get().abs() < 1e-300);
    }
}
