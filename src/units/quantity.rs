//! The table of quantities: what a number of a scenario or a result means.

use super::catalogue::{Unit, unit_named};

/// The scale on which a quantity's percentiles are interpolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NaturalScale {
    /// `ln x`, for quantities that are positive.
    Log,
    /// `ln(x / (1 − x))`, for fractions between 0 and 1.
    Logit,
    /// `x` itself.
    Linear,
}

/// One row of the table of quantities.
#[derive(Clone, Copy, Debug)]
pub struct QuantityDecl {
    /// The quantity.
    pub quantity: Quantity,
    /// Its name in files.
    pub name: &'static str,
    /// What it is, with its article, for sentences.
    pub noun: &'static str,
    /// The unit in which the program computes and writes files; empty for pure numbers.
    pub canonical: &'static str,
    /// A value as it may stand in a scenario.
    pub example: &'static str,
    /// The scale of its percentiles.
    pub scale: NaturalScale,
    /// Whether only the listed units are taken, because others of the same dimension would need
    /// more than a factor.
    pub strict: bool,
    /// The units in which it is displayed, from small to large.
    pub ladder: &'static [&'static str],
    /// Other usual units; the empty name allows a number without unit.
    pub also: &'static [&'static str],
    /// One sentence, after a space: the doc comment of the variant.
    doc: &'static str,
}

impl QuantityDecl {
    /// One sentence about it.
    pub fn doc(&self) -> &'static str {
        self.doc.trim_start()
    }

    /// The units it is usually written in: those of display first.
    pub fn units(&self) -> impl Iterator<Item = &'static str> {
        self.ladder.iter().chain(self.also).copied()
    }
}

macro_rules! quantities {
    ($($(#[doc = $doc:literal])+ $variant:ident: $name:literal, $noun:literal, $canonical:literal,
       $example:literal, $scale:ident $($strict:ident)?, [$($ladder:literal),*],
       [$($also:literal),*];)+) => {
        /// A dimension with a meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Quantity {
            $($(#[doc = $doc])+ $variant,)+
        }

        /// Every quantity, in the order of [`Quantity`].
        pub const QUANTITIES: &[QuantityDecl] = &[
            $(QuantityDecl {
                quantity: Quantity::$variant,
                name: $name,
                noun: $noun,
                canonical: $canonical,
                example: $example,
                scale: NaturalScale::$scale,
                strict: !concat!("" $(, stringify!($strict))?).is_empty(),
                ladder: &[$($ladder),*],
                also: &[$($also),*],
                doc: concat!($($doc),+),
            },)+
        ];
    };
}

// Where two quantities have the same dimension, the first one names it in messages.
quantities! {
    /// A positive ratio, such as a PUE; canonical 1, log scale.
    Ratio: "ratio", "a ratio", "", "1.3", Log, [""], ["%", "x"];
    /// A fraction or probability between 0 and 1; canonical 1, logit scale.
    Share: "share", "a share", "", "35 %", Logit, ["%"], [""];
    /// A number of any sign without unit, such as a log change; canonical 1, linear scale.
    Signed: "signed", "a number", "", "-0.35", Linear, [""], ["%"];
    /// A whole number, such as a number of nodes; canonical 1, log scale.
    Count: "count", "a whole number", "", "16", Log, [""], [];
    /// Growth from one quarter to the next as a fraction; canonical `1/quarter`, linear scale.
    GrowthPerQuarter: "growth_per_quarter", "a growth per quarter", "1/quarter", "4 %/quarter",
        Linear strict, ["%/quarter"], ["1/quarter"];
    /// Growth from one year to the next as a fraction; canonical `1/year`, linear scale.
    GrowthPerYear: "growth_per_year", "a growth per year", "1/year", "17 %/year",
        Linear strict, ["%/year"], ["1/year"];
    /// A hazard or loss rate; canonical `1/year`, log scale.
    RatePerYear: "rate_per_year", "a rate per year", "1/year", "9 %/year",
        Log, ["%/year"], ["1/year", "%/quarter", "1/quarter"];
    /// Power; canonical `MW`, log scale.
    Power: "power", "a power", "MW", "300 MW", Log, ["W", "kW", "MW", "GW", "TW"], [];
    /// Power added in a quarter; canonical `MW/quarter`, log scale.
    PowerPerQuarter: "power_per_quarter", "a power per time", "MW/quarter", "190 MW/quarter",
        Log, ["kW/quarter", "MW/quarter", "GW/quarter"], ["MW/year", "GW/year"];
    /// Power of one accelerator with its share of the server; canonical `kW`, log scale.
    PowerPerChip: "power_per_chip", "a power per chip", "kW", "1.39 kW",
        Log, ["W", "kW"], ["MW", "W/chip", "kW/chip"];
    /// Energy; canonical `MWh`, log scale.
    Energy: "energy", "an energy", "MWh", "240 GWh",
        Log, ["kWh", "MWh", "GWh", "TWh"], ["Wh", "PWh", "J", "kJ", "MJ", "GJ", "TJ", "PJ"];
    /// Energy used in a year; canonical `MWh/year`, log scale.
    EnergyPerYear: "energy_per_year", "an energy per time", "MWh/year", "13.5 TWh/year",
        Log, ["kWh/year", "MWh/year", "GWh/year", "TWh/year"], ["TWh/quarter", "GWh/d"];
    /// Money, nominal; canonical `B USD` (billions), log scale.
    Money: "money", "an amount of money", "B USD", "37 B USD",
        Log, ["USD", "k USD", "M USD", "B USD", "T USD"], [];
    /// Money per quarter; canonical `B USD/quarter`, log scale.
    MoneyPerQuarter: "money_per_quarter", "money per time", "B USD/quarter", "8.47 B USD/quarter",
        Log, ["USD/quarter", "k USD/quarter", "M USD/quarter", "B USD/quarter", "T USD/quarter"],
        ["M USD/year", "B USD/year"];
    /// Money per year; canonical `B USD/year`, log scale.
    MoneyPerYear: "money_per_year", "money per time", "B USD/year", "40 B USD/year",
        Log, ["USD/year", "k USD/year", "M USD/year", "B USD/year", "T USD/year"],
        ["M USD/quarter", "B USD/quarter"];
    /// Price of one accelerator; canonical `k USD` (thousands), log scale.
    PricePerChip: "price_per_chip", "a price per chip", "k USD", "25 k USD",
        Log, ["USD", "k USD", "M USD"], ["USD/chip", "k USD/chip"];
    /// Rent or cost of one H100-equivalent for an hour; canonical `USD/H100e-h`, log scale.
    PricePerH100eHour: "price_per_h100e_hour", "a price per H100e-hour", "USD/H100e-h",
        "2.1 USD/H100e-h", Log, ["USD/H100e-h"], ["USD/h", "c/h", "c/H100e-h", "USD/chip-h"];
    /// Price of electricity; canonical `USD/MWh`, log scale.
    ElectricityPrice: "electricity_price", "a price of energy", "USD/MWh", "8.3 c/kWh",
        Log, ["USD/MWh"], ["c/kWh", "USD/kWh"];
    /// Cost of building a unit of power; canonical `M USD/MW`, log scale.
    CostPerPower: "cost_per_power", "a cost per power", "M USD/MW", "11 M USD/MW",
        Log, ["M USD/MW"], ["USD/W", "k USD/kW", "USD/kW", "B USD/GW"];
    /// Running cost of a unit of power; canonical `M USD/MW-year`, log scale.
    CostPerPowerYear: "cost_per_power_year", "a cost per power and time", "M USD/MW-year",
        "0.3 M USD/MW-year", Log, ["M USD/MW-year"],
        ["k USD/MW-year", "k USD/kW-year", "USD/kW-year", "USD/kW-month"];
    /// Physical accelerators; canonical `chips`, log scale.
    Chips: "chips", "a number of chips", "chips", "350 k chips",
        Log, ["chips", "k chips", "M chips"], ["GPUs", "k GPUs", "M GPUs", "units", "k units"];
    /// Accelerators per quarter; canonical `chips/quarter`, log scale.
    ChipsPerQuarter: "chips_per_quarter", "chips per time", "chips/quarter", "60 k chips/quarter",
        Log, ["chips/quarter", "k chips/quarter", "M chips/quarter"],
        ["k GPUs/quarter", "k chips/year", "M chips/year"];
    /// H100-equivalents; canonical `H100e`, log scale.
    H100e: "h100e", "a number of H100e", "H100e", "600 k H100e",
        Log, ["H100e", "k H100e", "M H100e", "B H100e"], [];
    /// H100-equivalents of one accelerator; canonical `H100e/chip`, log scale.
    H100ePerChip: "h100e_per_chip", "H100e per chip", "H100e/chip", "2.5",
        Log, ["H100e/chip"], ["", "H100e"];
    /// H100-equivalents per power; canonical `H100e/kW`, log scale.
    H100ePerPower: "h100e_per_power", "H100e per power", "H100e/kW", "1.2 H100e/kW",
        Log, ["H100e/kW"], ["H100e/MW"];
    /// Rate of computing; canonical `TFLOP/s`, log scale.
    ComputeRate: "compute_rate", "a compute rate", "TFLOP/s", "989.4 TFLOP/s", Log,
        ["FLOP/s", "GFLOP/s", "TFLOP/s", "PFLOP/s", "EFLOP/s", "ZFLOP/s", "YFLOP/s"],
        ["TOP/s", "POP/s"];
    /// Amount of computing; canonical `FLOP`, log scale.
    Compute: "compute", "a compute", "FLOP", "3.8e26 FLOP",
        Log, ["FLOP"], ["EFLOP", "ZFLOP", "YFLOP", "PFLOP/s-day", "EFLOP/s-day"];
    /// Accelerators times the hours that they work; canonical `chip-h`, log scale.
    ChipTime: "chip_time", "an amount of chip time", "chip-h", "30.84 M GPU-h",
        Log, ["chip-h", "k chips-h", "M chips-h"], ["GPU-h", "k GPU-h", "M GPU-h"];
    /// Growth of computing per dollar; canonical `orders/year` (of magnitude), linear scale.
    FlopPerDollarGrowth: "flop_per_dollar_growth", "orders of magnitude per year", "orders/year",
        "0.14 orders/year", Linear, ["orders/year"], [];
    /// A length of time; canonical `d`, log scale.
    Duration: "duration", "a duration", "d", "80 d",
        Log, ["d"], ["min", "h", "days", "weeks", "months", "quarters", "years"];
    /// A length of time in quarters; canonical `quarters`, log scale.
    DurationQuarters: "duration_quarters", "a duration", "quarters", "2 quarters",
        Log, ["quarters"], ["d", "days", "weeks", "months", "years"];
    /// A length of time in years; canonical `years`, log scale.
    DurationYears: "duration_years", "a duration", "years", "5 years",
        Log, ["years"], ["d", "days", "weeks", "months", "quarters"];
    /// A short length of time; canonical `min`, log scale.
    DurationMinutes: "duration_minutes", "a duration", "min", "10 min",
        Log, ["min"], ["s", "h", "d"];
    /// Interruptions per 1,000 node-days; log scale.
    FailureRate: "failure_rate", "failures per 1,000 node-days", "per 1000 node-days", "3.8",
        Log, ["per 1000 node-days"], [""];
    /// Emissions of CO2 equivalent; canonical `t CO2e`, log scale.
    Carbon: "carbon", "a mass of CO2e", "t CO2e", "250 kt CO2e",
        Log, ["g CO2e", "kg CO2e", "t CO2e", "kt CO2e", "Mt CO2e"], ["kg", "t", "kt", "Mt"];
    /// Emissions of making one accelerator; canonical `t CO2e/chip`, log scale.
    CarbonPerChip: "carbon_per_chip", "CO2e per chip", "t CO2e/chip", "0.2 t CO2e/chip",
        Log, ["kg CO2e/chip", "t CO2e/chip"], ["kg", "t", "kg/chip", "t/chip"];
    /// Emissions per energy; canonical `g/kWh`, log scale.
    CarbonIntensity: "carbon_intensity", "emissions per energy", "g/kWh", "390 g/kWh",
        Log, ["g/kWh"], ["kg/MWh", "t/MWh", "g CO2e/kWh"];
    /// Water; canonical `ML` (million liters), log scale.
    Water: "water", "a volume of water", "ML", "900 ML", Log, ["L", "m3", "ML", "GL"], [];
    /// Water per energy; canonical `L/kWh`, log scale.
    Wue: "wue", "water per energy", "L/kWh", "0.2 L/kWh", Log, ["L/kWh"], ["m3/MWh"];
    /// A calendar date, written as a date of TOML, not as a text; its number is the day.
    Date: "date", "a date", "date", "2024-09-01", Linear, [], [];
}

impl Quantity {
    /// Its row in the table.
    pub fn decl(self) -> &'static QuantityDecl {
        // The enum and the table are made by one macro from one list.
        &QUANTITIES[self as usize]
    }

    /// The quantity with this name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        QUANTITIES.iter().find(|decl| decl.name == name).map(|decl| decl.quantity)
    }

    /// Its name in files, such as `power_per_chip`.
    pub fn name(self) -> &'static str {
        self.decl().name
    }

    /// The unit of its numbers in the program and in headings of files; empty for pure numbers.
    pub fn canonical_unit(self) -> &'static str {
        self.decl().canonical
    }

    /// What it is, with its article: `a power`, `an energy`.
    pub fn noun(self) -> &'static str {
        self.decl().noun
    }

    /// What it is, without an article: `power`, `energy`.
    pub fn plain_noun(self) -> &'static str {
        let noun = self.noun();
        noun.strip_prefix("a ").or_else(|| noun.strip_prefix("an ")).unwrap_or(noun)
    }

    /// A value as it may stand in a scenario.
    pub fn example(self) -> &'static str {
        self.decl().example
    }

    /// The scale on which its percentiles are interpolated.
    pub fn natural_scale(self) -> NaturalScale {
        self.decl().scale
    }

    /// Whether a number without unit is allowed.
    pub fn allows_bare_number(self) -> bool {
        self.decl().units().any(str::is_empty)
    }

    /// Whether numbers with this unit can be read as this quantity.
    pub fn accepts(self, unit: &Unit) -> bool {
        let decl = self.decl();
        decl.units().filter_map(unit_named).any(|known| {
            if decl.strict { known == *unit } else { known.dimension == unit.dimension }
        })
    }

    /// The first quantity that is usually written in this unit, else one of its dimension.
    pub(super) fn of_unit(unit: &Unit) -> Option<Self> {
        let usual = |decl: &&QuantityDecl| decl.units().any(|name| unit_named(name) == Some(*unit));
        QUANTITIES
            .iter()
            .find(usual)
            .or_else(|| QUANTITIES.iter().find(|decl| decl.quantity.accepts(unit)))
            .map(|decl| decl.quantity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::parse_value;
    use std::collections::BTreeSet;

    fn written() -> impl Iterator<Item = &'static QuantityDecl> {
        QUANTITIES.iter().filter(|decl| decl.quantity != Quantity::Date)
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, decl) in QUANTITIES.iter().enumerate() {
            assert_eq!(decl.quantity as usize, index);
            assert_eq!(Quantity::from_name(decl.name), Some(decl.quantity));
        }
        let names: BTreeSet<&str> = QUANTITIES.iter().map(|decl| decl.name).collect();
        assert_eq!(names.len(), QUANTITIES.len());
        assert_eq!(Quantity::from_name("nothing"), None);
    }

    #[test]
    fn every_unit_of_a_quantity_is_known_and_accepted() {
        for decl in written() {
            for name in decl.units().chain([decl.canonical]) {
                let unit = unit_named(name).unwrap_or_else(|| panic!("{}: {name}", decl.name));
                assert!(decl.quantity.accepts(&unit), "{}: {name}", decl.name);
            }
        }
    }

    #[test]
    fn ladders_go_up_in_one_dimension() {
        for decl in written() {
            let units: Vec<Unit> = decl.ladder.iter().filter_map(|name| unit_named(name)).collect();
            assert!(!units.is_empty(), "{}", decl.name);
            for pair in units.windows(2) {
                assert!(pair[0].factor.as_f64() < pair[1].factor.as_f64(), "{}", decl.name);
                assert_eq!(pair[0].dimension, pair[1].dimension, "{}", decl.name);
            }
        }
    }

    #[test]
    fn examples_can_be_read() {
        for decl in written() {
            let value = parse_value(decl.example, decl.quantity);
            assert!(value.is_ok(), "{}: {value:?}", decl.name);
        }
    }

    #[test]
    fn growth_per_year_is_not_growth_per_quarter() {
        let unit = unit_named("%/year").unwrap();
        assert!(!Quantity::GrowthPerQuarter.accepts(&unit));
        assert!(Quantity::GrowthPerYear.accepts(&unit));
        assert!(Quantity::RatePerYear.accepts(&unit_named("%/quarter").unwrap()));
    }

    #[test]
    fn a_unit_tells_its_quantity() {
        let of = |name| unit_named(name).and_then(|unit| Quantity::of_unit(&unit));
        assert_eq!(of("MWh"), Some(Quantity::Energy));
        assert_eq!(of("%/year"), Some(Quantity::GrowthPerYear));
        assert_eq!(of("B USD"), Some(Quantity::Money));
        assert_eq!(of("USD/s"), Some(Quantity::MoneyPerQuarter));
        assert_eq!(of("%"), Some(Quantity::Ratio));
        assert_eq!(of("W/L"), None);
    }

    #[test]
    fn every_quantity_has_a_sentence() {
        assert_eq!(Quantity::Power.decl().doc(), "Power; canonical `MW`, log scale.");
        for decl in QUANTITIES {
            assert!(decl.doc().ends_with('.') && !decl.doc().contains("  "), "{}", decl.name);
        }
    }

    #[test]
    fn nouns_lose_their_article() {
        assert_eq!(Quantity::Power.plain_noun(), "power");
        assert_eq!(Quantity::Energy.plain_noun(), "energy");
        assert_eq!(Quantity::MoneyPerYear.plain_noun(), "money per time");
    }
}
