//! The table of units.
//!
//! A unit text is one of these names, or several joined by `/` and `-`: `M USD/MW-year` is millions
//! of dollars per megawatt and year. Spaces in a unit do not matter; `per` is another word for `/`.

use super::Factor;

/// A base dimension. Power and energy are kept apart: `MW` and `MWh/year` mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// A number without dimension; base unit 1.
    Number,
    /// Base unit W.
    Power,
    /// Base unit Wh.
    Energy,
    /// Base unit USD, nominal.
    Money,
    /// Base unit one physical accelerator.
    Chips,
    /// Base unit one H100-equivalent.
    H100e,
    /// Base unit one floating-point or 8-bit operation.
    Compute,
    /// Base unit day.
    Time,
    /// Base unit gram of CO2 equivalent.
    Carbon,
    /// Base unit liter of water.
    Water,
    /// Base unit order of magnitude (a factor of ten).
    Orders,
    /// Base unit one interruption per 1,000 node-days.
    Failures,
}

/// Number of base dimensions.
const BASES: usize = 12;

/// Exponents of the base dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dimension([i8; BASES]);

impl Dimension {
    /// `self · base^power`; a pure number changes nothing.
    fn with(mut self, base: Base, power: i8) -> Self {
        if base != Base::Number {
            self.0[base as usize] += power;
        }
        self
    }
}

/// One row of the table of units.
#[derive(Clone, Copy, Debug)]
pub struct UnitDecl {
    /// The name as it is displayed.
    pub name: &'static str,
    /// Other spellings that are understood.
    pub aliases: &'static [&'static str],
    /// What it measures.
    pub base: Base,
    /// How many base units it is.
    pub factor: Factor,
    /// Where a factor that is not a power of ten comes from.
    pub source: &'static str,
}

const SI: &str = "SI prefix";
const WORD: &str = "";
const SECONDS: &str = "1 W s = 1 J, 1 h = 3,600 s (SI brochure, 9th edition, table 8)";
const CALENDAR: &str = "Julian year of 365.25 days, a twelfth of it, a quarter of it";
const CLOCK: &str = "1 day = 24 h = 86,400 s (SI brochure, 9th edition, table 8)";

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    base: Base,
    factor: Factor,
    source: &'static str,
) -> UnitDecl {
    UnitDecl { name, aliases, base, factor, source }
}

const fn ten(exponent: i32) -> Factor {
    Factor::ten_to(exponent)
}

const fn ratio(numerator: u64, denominator: u64) -> Factor {
    Factor::new(numerator, denominator, 0)
}

/// Every unit name.
pub const UNITS: &[UnitDecl] = &[
    row("%", &["percent"], Base::Number, ten(-2), WORD),
    row("x", &["×", "1"], Base::Number, ten(0), WORD),
    row("W", &[], Base::Power, ten(0), WORD),
    row("kW", &[], Base::Power, ten(3), SI),
    row("MW", &[], Base::Power, ten(6), SI),
    row("GW", &[], Base::Power, ten(9), SI),
    row("TW", &[], Base::Power, ten(12), SI),
    row("Wh", &[], Base::Energy, ten(0), WORD),
    row("kWh", &[], Base::Energy, ten(3), SI),
    row("MWh", &[], Base::Energy, ten(6), SI),
    row("GWh", &[], Base::Energy, ten(9), SI),
    row("TWh", &[], Base::Energy, ten(12), SI),
    row("PWh", &[], Base::Energy, ten(15), SI),
    row("J", &[], Base::Energy, Factor::new(1, 3_600, 0), SECONDS),
    row("kJ", &[], Base::Energy, Factor::new(1, 3_600, 3), SECONDS),
    row("MJ", &[], Base::Energy, Factor::new(1, 3_600, 6), SECONDS),
    row("GJ", &[], Base::Energy, Factor::new(1, 3_600, 9), SECONDS),
    row("TJ", &[], Base::Energy, Factor::new(1, 3_600, 12), SECONDS),
    row("PJ", &[], Base::Energy, Factor::new(1, 3_600, 15), SECONDS),
    row("c", &["¢", "cent", "cents", "US cents"], Base::Money, ten(-2), WORD),
    row("USD", &["dollars"], Base::Money, ten(0), WORD),
    row("k USD", &["thousand USD"], Base::Money, ten(3), WORD),
    row("M USD", &["mn USD", "million USD"], Base::Money, ten(6), WORD),
    row("B USD", &["bn USD", "G USD", "billion USD"], Base::Money, ten(9), WORD),
    row("T USD", &["tn USD", "trillion USD"], Base::Money, ten(12), WORD),
    row("chips", &["chip", "GPUs", "GPU", "units", "unit"], Base::Chips, ten(0), WORD),
    row("k chips", &["k GPUs", "k GPU", "k units", "thousand chips"], Base::Chips, ten(3), WORD),
    row("M chips", &["M GPUs", "M GPU", "M units", "million chips"], Base::Chips, ten(6), WORD),
    row("H100e", &[], Base::H100e, ten(0), WORD),
    row("k H100e", &["thousand H100e"], Base::H100e, ten(3), WORD),
    row("M H100e", &["million H100e"], Base::H100e, ten(6), WORD),
    row("B H100e", &["billion H100e"], Base::H100e, ten(9), WORD),
    row("FLOP", &["OP"], Base::Compute, ten(0), WORD),
    row("MFLOP", &["MOP"], Base::Compute, ten(6), SI),
    row("GFLOP", &["GOP"], Base::Compute, ten(9), SI),
    row("TFLOP", &["TOP"], Base::Compute, ten(12), SI),
    row("PFLOP", &["POP"], Base::Compute, ten(15), SI),
    row("EFLOP", &["EOP"], Base::Compute, ten(18), SI),
    row("ZFLOP", &["ZOP"], Base::Compute, ten(21), SI),
    row("YFLOP", &["YOP"], Base::Compute, ten(24), SI),
    row("PFLOP/s-day", &["PFLOP/s-days"], Base::Compute, Factor::new(864, 1, 17), CLOCK),
    row("EFLOP/s-day", &["EFLOP/s-days"], Base::Compute, Factor::new(864, 1, 20), CLOCK),
    row("s", &["second", "seconds"], Base::Time, ratio(1, 86_400), CLOCK),
    row("min", &["minute", "minutes"], Base::Time, ratio(1, 1_440), CLOCK),
    row("h", &["hour", "hours"], Base::Time, ratio(1, 24), CLOCK),
    row("d", &["day", "days"], Base::Time, ratio(1, 1), CLOCK),
    row("weeks", &["week"], Base::Time, ratio(7, 1), CLOCK),
    row("months", &["month"], Base::Time, ratio(1_461, 48), CALENDAR),
    row("quarters", &["quarter"], Base::Time, ratio(1_461, 16), CALENDAR),
    row("years", &["year", "yr", "y"], Base::Time, ratio(1_461, 4), CALENDAR),
    row("mg", &["mg CO2", "mg CO2e"], Base::Carbon, ten(-3), SI),
    row("g", &["g CO2", "g CO2e"], Base::Carbon, ten(0), WORD),
    row("kg", &["kg CO2", "kg CO2e"], Base::Carbon, ten(3), SI),
    row("t", &["t CO2", "t CO2e"], Base::Carbon, ten(6), SI),
    row("kt", &["kt CO2", "kt CO2e"], Base::Carbon, ten(9), SI),
    row("Mt", &["Mt CO2", "Mt CO2e"], Base::Carbon, ten(12), SI),
    row("L", &["l", "liter", "liters"], Base::Water, ten(0), WORD),
    row("m3", &["m³"], Base::Water, ten(3), "1 m³ = 1,000 L (SI brochure, 9th edition, table 8)"),
    row("ML", &[], Base::Water, ten(6), SI),
    row("GL", &[], Base::Water, ten(9), SI),
    row("orders", &["order"], Base::Orders, ten(0), WORD),
    row("per 1000 node-days", &[], Base::Failures, ten(0), WORD),
];

/// A unit as read: what it measures, and how many base units it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// How many base units it is.
    pub factor: Factor,
}

/// The unit with this name, simple or joined; the empty name is the unit of pure numbers.
pub fn unit_named(name: &str) -> Option<Unit> {
    let compact = compact(name);
    if compact.is_empty() {
        return Some(Unit { dimension: Dimension::default(), factor: Factor::ONE });
    }
    if let Some(decl) = simple(&compact) {
        return Some(Unit {
            dimension: Dimension::default().with(decl.base, 1),
            factor: decl.factor,
        });
    }
    joined(&compact)
}

/// A unit name without spaces, `per` written as `/`: the form in which names are compared.
pub(super) fn compact(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return name.to_owned();
    }
    name.replace(" per ", "/").chars().filter(|c| !c.is_whitespace()).collect()
}

fn simple(compact_name: &str) -> Option<&'static UnitDecl> {
    // Most names differ in their first letter.
    let start = compact_name.bytes().next();
    let same = |name: &str| {
        name.bytes().next() == start && name.chars().filter(|c| *c != ' ').eq(compact_name.chars())
    };
    UNITS.iter().find(|decl| same(decl.name) || decl.aliases.iter().any(|name| same(name)))
}

/// `A/B-C` is A per B and C; without A it is 1 per B and C. `A-B` is A times B.
fn joined(compact_name: &str) -> Option<Unit> {
    let (top, bottom) = compact_name.split_once('/').unwrap_or((compact_name, ""));
    let mut unit = Unit { dimension: Dimension::default(), factor: Factor::ONE };
    let divides = top.len() < compact_name.len();
    for part in top.split(['-', '·']).filter(|_| !top.is_empty() || !divides) {
        let decl = simple(part)?;
        unit.dimension = unit.dimension.with(decl.base, 1);
        unit.factor = unit.factor.times(decl.factor);
    }
    for part in bottom.split(['/', '-', '·']).filter(|_| divides) {
        let decl = simple(part)?;
        unit.dimension = unit.dimension.with(decl.base, -1);
        unit.factor = unit.factor.over(decl.factor);
    }
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn factor(name: &str) -> f64 {
        unit_named(name).unwrap_or_else(|| panic!("{name}")).factor.as_f64()
    }

    #[test]
    fn no_two_units_share_a_name() {
        let mut seen = BTreeSet::new();
        for decl in UNITS {
            for name in std::iter::once(&decl.name).chain(decl.aliases) {
                assert!(seen.insert(compact(name)), "{name} stands twice");
            }
        }
    }

    #[test]
    fn factors_that_are_no_powers_of_ten_have_a_source() {
        for decl in UNITS {
            let power_of_ten = format!("{:e}", decl.factor.as_f64()).starts_with("1e");
            assert!(power_of_ten || !decl.source.is_empty(), "{}", decl.name);
        }
    }

    #[test]
    fn known_conversions_hold() {
        let cases = [
            ("MWh", 1e6),
            ("GJ", 1e9 / 3600.0),
            ("PFLOP/s-day", 8.64e19),
            ("months", 30.4375),
            ("quarters", 91.3125),
            ("years", 365.25),
            ("USD/W", 1.0),
            ("M USD/MW", 1.0),
            ("k USD/kW", 1.0),
            ("c/kWh", 1e-5),
            ("USD/MWh", 1e-6),
            ("t/MWh", 1.0),
            ("kg/MWh", 1e-3),
            ("1/year", 1.0 / 365.25),
            ("/year", 1.0 / 365.25),
            ("%/quarter", 0.01 / 91.3125),
        ];
        for (name, expected) in cases {
            let relative = factor(name) / expected - 1.0;
            assert!(relative.abs() < 1e-15, "{name}: {} against {expected}", factor(name));
        }
    }

    #[test]
    fn spaces_and_per_do_not_matter() {
        for name in ["M USD/MW-year", "MUSD / MW - year", "M USD per MW per year", "M  USD/MW/yr"] {
            assert_eq!(unit_named(name), unit_named("M USD/MW-year"), "{name}");
            assert!(unit_named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_no_units() {
        for name in ["MX", "mw", "MW/", "MW//h", "-", "/", "USD/foo", "384 chips", "$"] {
            assert_eq!(unit_named(name), None, "{name}");
        }
    }

    #[test]
    fn power_and_energy_per_time_stay_apart() {
        let dimension = |name| unit_named(name).map(|unit| unit.dimension);
        assert_ne!(dimension("MW"), dimension("MWh/h"));
        assert_ne!(dimension("chips"), dimension("H100e"));
        assert_eq!(dimension("%"), dimension(""));
    }
}
