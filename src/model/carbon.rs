//! Carbon and water (MODEL.md M11).
//!
//! ```text
//! gas      γ = (gas phases + gas share · (M − phases)) / M            share of energy made on site
//! location X_l = E (1 − γ) e_grid + E γ e_gas                         t CO2e a quarter
//! market   X_m = E (1 − γ) e_grid · unmatched + E γ e_gas
//! embodied X_e = Σ chips in service · e_chip / (4 · life)
//! total    X  += X_l + X_e                                            since the start of the grid
//! water    W   = E / PUE_annual · Σ_cooling share · WUE               ML a quarter
//! ```
//!
//! E energy at the meter, M ready IT power, `phases` that of phases of sites. Location-based and
//! market-based emissions are those of the GHG Protocol's scope 2 guidance; gas burnt on site is the
//! company's own and in both. What it took to make a chip is charged while it is in service, evenly
//! over its life, as in LLMCarbon (arXiv 2309.14393, equation 6). WUE is liters of water over energy
//! at the racks (ISO/IEC 30134-9).

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::fleet::first_shown;
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    Carbon as Tonnes, CarbonIntensity, CarbonPerChip, Chips, Energy, ItPower, Pue, Ratio, Scalar,
    Water as Megaliters, Wue,
};

/// Inputs that these modules read.
pub const INPUTS: &[InputDecl] = &[
    input(
        "carbon.grid",
        Q::CarbonIntensity,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "emissions of the grid's electricity where the sites are; without it emissions are not followed",
        r#"{ dist = "triangular", min = "250 g/kWh", mode = "390 g/kWh", max = "480 g/kWh" }"#,
    ),
    input(
        "carbon.unmatched",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("carbon.grid"),
        "share of that electricity that no contract for clean power matches (market-based)",
        "0 %",
    ),
    input(
        "carbon.gas_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("carbon.gas"),
        "share of the ready power outside of phases that burns gas on site",
        "5 %",
    ),
    input(
        "carbon.gas",
        Q::CarbonIntensity,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "emissions of electricity made from gas on site; phases say so by their `source_of_power`",
        "350 to 550 g/kWh",
    ),
    input(
        "carbon.chip",
        Q::CarbonPerChip,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "emissions of making one chip with its share of the server",
        "0.2 to 0.5 t CO2e",
    ),
    input(
        "carbon.chip_life",
        Q::DurationYears,
        Use::Once,
        (0.5, 20.0),
        Need::With("carbon.chip"),
        "economic life over which they are spread",
        r#"{ dist = "triangular", min = "4 years", mode = "5 years", max = "6 years" }"#,
    ),
    input(
        "chip.*.embodied",
        Q::CarbonPerChip,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "emissions of making this chip, in place of `carbon.chip`",
        "0.05 t CO2e",
    ),
    input(
        "water.air",
        Q::Wue,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "water of cooling by air, per energy at the racks; without it water is not followed",
        "0.02 to 0.1 L/kWh",
    ),
    input(
        "water.evaporative",
        Q::Wue,
        Use::Once,
        NON_NEGATIVE,
        Need::With("water.air"),
        "the same of cooling by evaporation",
        "0.2 to 1.8 L/kWh",
    ),
    input(
        "water.liquid",
        Q::Wue,
        Use::Once,
        NON_NEGATIVE,
        Need::With("water.air"),
        "the same of cooling by liquid at the chip",
        "0.05 to 0.6 L/kWh",
    ),
    input(
        "water.liquid_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("water.air"),
        "share of the ready power outside of phases that is cooled by liquid",
        "20 %",
    ),
    input(
        "water.evaporative_share",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("water.air"),
        "share of the rest that is cooled by evaporation; what is left is cooled by air",
        "70 %",
    ),
];

/// Metrics that these modules write.
pub const METRICS: &[MetricDecl] = &[
    metric(
        "carbon.location",
        "Emissions, location-based",
        Q::Carbon,
        Aggregation::Flow,
        "electricity at the grid's mean intensity, and gas on site",
    ),
    metric(
        "carbon.market",
        "Emissions, market-based",
        Q::Carbon,
        Aggregation::Flow,
        "electricity that no contract matches, and gas on site",
    ),
    metric(
        "carbon.on_site",
        "Emissions of gas on site",
        Q::Carbon,
        Aggregation::Flow,
        "part of both",
    ),
    metric(
        "carbon.embodied",
        "Embodied emissions",
        Q::Carbon,
        Aggregation::Flow,
        "making the chips and servers in service, spread over their economic life",
    ),
    metric(
        "carbon.cumulative",
        "Emissions since the start",
        Q::Carbon,
        Aggregation::Stock,
        "location-based and embodied, since the start of the grid",
    ),
    metric(
        "water.total",
        "Water for cooling",
        Q::Water,
        Aggregation::Flow,
        "water used at the sites by the AI fleet, without that of making its electricity",
    ),
];

/// Emissions of energy.
#[inline(always)]
pub fn emissions(intensity: CarbonIntensity, energy: Energy) -> Tonnes {
    intensity * energy
}

/// Location-based and market-based emissions of electricity from the grid.
#[inline(always)]
pub fn bought(energy: Energy, grid: CarbonIntensity, unmatched: Ratio) -> (Tonnes, Tonnes) {
    let location = emissions(grid, energy);
    (location, location * unmatched)
}

/// The same where a share of the electricity is made from gas on site, and what of both that is.
#[inline(always)]
pub fn with_gas(
    energy: Energy,
    grid: CarbonIntensity,
    unmatched: Ratio,
    gas: CarbonIntensity,
    gas_share: Ratio,
) -> (Tonnes, Tonnes, Tonnes) {
    let (location, market) = bought(energy * (1.0 - gas_share.get()), grid, unmatched);
    let burnt = emissions(gas, energy * gas_share);
    (location + burnt, market + burnt, burnt)
}

/// Embodied emissions that fall into a quarter in service; life in years.
#[inline(always)]
pub fn embodied(each: CarbonPerChip, chips: Chips, life: Ratio) -> Tonnes {
    each * chips * (0.25 / life.get())
}

/// Share of ready power with some property: that of phases, and a share of what is outside of them.
#[inline(always)]
pub fn mixed_share(ready: ItPower, phases: ItPower, having: ItPower, outside: Ratio) -> Ratio {
    let rest = (ready - phases).positive();
    (having + rest * outside).over(ready).clip(Ratio::ZERO, Ratio::new(1.0))
}

/// Water per energy at the racks. Shares of liquid cooling, and of evaporative cooling in all.
#[inline(always)]
pub fn mean_wue(liquid_share: Ratio, evaporative_share: Ratio, each: (Wue, Wue, Wue)) -> Wue {
    let (liquid, evaporative, air) = each;
    let rest = Ratio::new(1.0) - liquid_share - evaporative_share;
    liquid * liquid_share + evaporative * evaporative_share + air * rest.max(Ratio::ZERO)
}

/// Water for energy at the meter.
#[inline(always)]
pub fn cooling_water(energy: Energy, annual: Pue, each: Wue) -> Megaliters {
    each * Energy::new(energy.get() / annual.get())
}

#[inline(always)]
fn add(a: Tonnes, b: Tonnes) -> Tonnes {
    a + b
}
#[inline(always)]
fn add_own(
    sum: Tonnes,
    own: CarbonPerChip,
    common: CarbonPerChip,
    chips: Chips,
    life: Ratio,
) -> Tonnes {
    sum + embodied(own, chips, life) - embodied(common, chips, life)
}
#[inline(always)]
fn of_the_rest(liquid: Ratio, evaporative: Ratio) -> Ratio {
    Ratio::new((1.0 - liquid.get()) * evaporative.get())
}

/// Ready power, and that of phases: all and with some property.
#[derive(Clone, Copy, Debug)]
struct Mix {
    ready: Col<ItPower>,
    phases: Col<ItPower>,
    having: Col<ItPower>,
    share: Col<Ratio>,
}

impl Mix {
    /// `name` is that of the share; it is that outside of phases where there are none.
    fn wire(w: &mut Wiring, having: &str, name: &str, outside: Col<Ratio>) -> Option<Self> {
        if w.setup().phases.is_empty() {
            w.share_as(name, outside);
            return None;
        }
        Some(Self {
            ready: w.read("site.ready_power"),
            phases: w.read("site.~phase_power"),
            having: w.read(having),
            share: w.share(name),
        })
    }
}

/// The share of the whole: that outside of phases where there are none.
#[inline(always)]
fn mix(mix: Option<Mix>, outside: Col<Ratio>, b: &mut Block) -> Col<Ratio> {
    let Some(m) = mix else { return outside };
    b.map4(m.share, m.ready, m.phases, m.having, outside, mixed_share);
    m.share
}

#[derive(Debug)]
struct Operation {
    energy: Col<Energy>,
    grid: Col<CarbonIntensity>,
    unmatched: Col<Ratio>,
    gas: Option<Gas>,
    location: Col<Tonnes>,
    market: Col<Tonnes>,
}

#[derive(Debug)]
struct Gas {
    each: Col<CarbonIntensity>,
    outside: Col<Ratio>,
    mix: Option<Mix>,
    on_site: Col<Tonnes>,
}

#[derive(Debug)]
struct Embodied {
    each: Col<CarbonPerChip>,
    life: Col<Ratio>,
    chips: Col<Chips>,
    /// Chips with a figure of their own: their number in service from a step on.
    own: Vec<(Col<CarbonPerChip>, Col<Chips>, usize)>,
    total: Col<Tonnes>,
}

/// Emissions.
#[derive(Debug)]
pub struct Carbon {
    operation: Option<Operation>,
    embodied: Option<Embodied>,
    cumulative: Option<Col<Tonnes>>,
}

impl Carbon {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let operation = w.given("carbon.grid").then(|| Operation::wire(w));
        let embodied = w.given("carbon.chip").then(|| Embodied::wire(w));
        let some = operation.is_some() || embodied.is_some();
        Self { operation, embodied, cumulative: some.then(|| w.metric("carbon.cumulative")) }
    }

    /// Nothing is emitted before the first quarter.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if let Some(cumulative) = self.cumulative {
            b.fill(cumulative, Tonnes::ZERO);
        }
    }

    /// Emissions of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(cumulative) = self.cumulative else { return };
        if let Some(o) = &self.operation {
            if let Some(gas) = &o.gas {
                let share = mix(gas.mix, gas.outside, b);
                let out = (o.location, o.market, gas.on_site);
                b.map5(out, o.energy, o.grid, o.unmatched, gas.each, share, with_gas);
            } else {
                b.map3((o.location, o.market), o.energy, o.grid, o.unmatched, bought);
            }
            b.map2(cumulative, cumulative, o.location, add);
        }
        if let Some(e) = &self.embodied {
            b.map3(e.total, e.each, e.chips, e.life, embodied);
            for &(own, chips, _) in e.own.iter().filter(|(.., from)| *from <= t) {
                b.map5(e.total, e.total, own, e.each, chips, e.life, add_own);
            }
            b.map2(cumulative, cumulative, e.total, add);
        }
    }
}

impl Operation {
    fn wire(w: &mut Wiring) -> Self {
        Self {
            energy: w.read("energy.total"),
            grid: w.input("carbon.grid"),
            unmatched: w.input("carbon.unmatched"),
            gas: w.given("carbon.gas").then(|| {
                let outside = w.input("carbon.gas_share");
                Gas {
                    each: w.input("carbon.gas"),
                    outside,
                    mix: Mix::wire(w, "site.~gas_power", "carbon.~gas_share", outside),
                    on_site: w.metric("carbon.on_site"),
                }
            }),
            location: w.metric("carbon.location"),
            market: w.metric("carbon.market"),
        }
    }
}

impl Embodied {
    fn wire(w: &mut Wiring) -> Self {
        let mut own = Vec::new();
        for (position, chip) in w.setup().chips.iter().enumerate() {
            if let Some(each) = w.optional(&chip_column(&chip.name, "embodied")) {
                let stock = w.optional::<Chips>(&chip_column(&chip.name, "stock"));
                let from = first_shown(w.setup().earliest_step(position), stock, w.setup().steps());
                own.push((each, w.read(&chip_column(&chip.name, "installed")), from));
            }
        }
        Self {
            each: w.input("carbon.chip"),
            life: w.input("carbon.chip_life"),
            chips: w.read("fleet.chips"),
            own,
            total: w.metric("carbon.embodied"),
        }
    }
}

#[derive(Debug)]
struct Parts {
    energy: Col<Energy>,
    annual: Col<Pue>,
    each: [Col<Wue>; 3],
    outside_liquid: Col<Ratio>,
    evaporative_of_rest: Col<Ratio>,
    outside_evaporative: Col<Ratio>,
    liquid: Option<Mix>,
    evaporative: Option<Mix>,
    mean: Col<Wue>,
    total: Col<Megaliters>,
}

/// Water for cooling.
#[derive(Debug)]
pub struct Water(Option<Parts>);

impl Water {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        Self(w.given("water.air").then(|| {
            let (outside_liquid, outside_evaporative) = (w.input("water.liquid_share"), w.state());
            let mut mix = |having: &str, name: &str, outside: Col<Ratio>| {
                Mix::wire(w, having, &format!("water.~{name}"), outside)
            };
            let liquid = mix("site.~liquid_power", "liquid", outside_liquid);
            let evaporative = mix("site.~evaporative_power", "evaporative", outside_evaporative);
            Parts {
                energy: w.read("energy.total"),
                annual: w.input("facility.annual_pue"),
                each: ["water.liquid", "water.evaporative", "water.air"].map(|key| w.input(key)),
                outside_liquid,
                evaporative_of_rest: w.input("water.evaporative_share"),
                outside_evaporative,
                liquid,
                evaporative,
                mean: w.state(),
                total: w.metric("water.total"),
            }
        }))
    }

    /// Shares outside of phases, fixed for a draw.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        if let Some(p) = &self.0 {
            b.map2(p.outside_evaporative, p.outside_liquid, p.evaporative_of_rest, of_the_rest);
        }
    }

    /// Water of the quarter.
    #[inline(always)]
    pub fn step(&self, _t: usize, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        let liquid_share = mix(p.liquid, p.outside_liquid, b);
        let evaporative_share = mix(p.evaporative, p.outside_evaporative, b);
        let [liquid, evaporative, air] = p.each;
        b.map5(
            p.mean,
            liquid_share,
            evaporative_share,
            liquid,
            evaporative,
            air,
            #[inline(always)]
            |l, e, a, b, c| mean_wue(l, e, (a, b, c)),
        );
        b.map3(p.total, p.energy, p.annual, p.mean, cooling_water);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn a_million_megawatt_hours_at_390_grams_are_390_thousand_tonnes() {
        let g = CarbonIntensity::new;
        let (location, market) = bought(Energy::new(1e6), g(390.0), r(0.0));
        assert!(close(location.get(), 390_000.0) && close(market.get(), 0.0));
        // A tenth from gas on site at 450 g, a quarter of the rest unmatched.
        let (location, market, gas) =
            with_gas(Energy::new(1e6), g(390.0), r(0.25), g(450.0), r(0.1));
        assert!(close(gas.get(), 45_000.0));
        assert!(close(location.get(), 351_000.0 + 45_000.0));
        assert!(close(market.get(), 87_750.0 + 45_000.0));
    }

    #[test]
    fn a_chip_is_charged_once_over_its_life() {
        let quarter = embodied(CarbonPerChip::new(0.3), Chips::new(1_000.0), r(5.0));
        assert!(close(quarter.get() * 20.0, 300.0));
        let sum = add_own(
            quarter,
            CarbonPerChip::new(0.1),
            CarbonPerChip::new(0.3),
            Chips::new(100.0),
            r(5.0),
        );
        assert!(close(sum.get() * 20.0, 270.0 + 10.0));
    }

    #[test]
    fn phases_say_what_they_are_and_the_rest_takes_the_share() {
        let mw = ItPower::new;
        // 100 MW of gas in 300 MW of phases, and 10 % of the other 200 MW.
        assert!(close(mixed_share(mw(500.0), mw(300.0), mw(100.0), r(0.1)).get(), 0.24));
        assert!(close(mixed_share(mw(0.0), mw(0.0), mw(0.0), r(0.1)).get(), 0.0));
    }

    #[test]
    fn water_follows_the_kinds_of_cooling() {
        let l = Wue::new;
        let evaporative = of_the_rest(r(0.2), r(0.5));
        assert!(close(evaporative.get(), 0.4));
        let mean = mean_wue(r(0.2), evaporative, (l(0.3), l(1.0), l(0.0)));
        assert!(close(mean.get(), 0.06 + 0.4));
        // 1.1 GWh at the meter are 1 GWh at the racks: 0.46 million liters.
        assert!(close(cooling_water(Energy::new(1_100.0), Pue::new(1.1), mean).get(), 0.46));
    }

    /// VALIDATION.md V3: energy and emissions of three published models.
    #[test]
    fn published_training_runs_emit_what_their_cards_say() {
        // 700 W a chip.
        let mwh = |gpu_hours: f64| Energy::new(gpu_hours * 700.0 / 1e6);
        let large = mwh(30.84e6);
        assert!((large.get() - 21_588.0).abs() < 0.5);
        let intensity = CarbonIntensity::new(1e3 * 8_930.0 / large.get());
        assert!((intensity.get() - 413.7).abs() < 0.1);
        for (gpu_hours, tonnes) in [(1.46e6, 420.0), (7.0e6, 2_040.0), (39.3e6, 11_390.0)] {
            let emitted = emissions(intensity, mwh(gpu_hours)).get();
            assert!((emitted / tonnes - 1.0).abs() < 0.007, "{gpu_hours}: {emitted}");
        }
    }
}
