//! Random inputs of a group of draws, in the order in which the model asks for them.

use rand::Rng;
use rand::rngs::SmallRng;
use rand_distr::StandardNormal;

use crate::inputs::{Dist, Model};
use crate::lanes::{Lanes, WIDTH};

/// Series whose exponential the model takes: as in Fleetcast, a transform of the sampler's.
const EXPONENTIAL: [usize; 4] = [2, 3, 4, 7];

/// What is drawn once, and in each quarter.
pub struct Draws {
    pub once: Vec<Lanes>,
    pub quarters: Vec<Vec<Lanes>>,
}

/// Draws a group.
pub fn draw(model: &Model, rng: &mut SmallRng) -> Draws {
    let once: Vec<Vec<f64>> = (0..WIDTH).map(|_| once(model, rng)).collect();
    let quarters: Vec<Vec<Vec<f64>>> = (0..WIDTH).map(|_| quarters(model, rng)).collect();
    let join = |of: &dyn Fn(usize) -> f64| Lanes::of(std::array::from_fn(of));
    Draws {
        once: (0..once[0].len()).map(|i| join(&|lane| once[lane][i])).collect(),
        quarters: (0..model.steps)
            .map(|t| {
                (0..quarters[0][t].len()).map(|i| join(&|lane| quarters[lane][t][i])).collect()
            })
            .collect(),
    }
}

fn normal(rng: &mut SmallRng) -> f64 {
    rng.sample(StandardNormal)
}

/// Values of inputs whose normal scores share a factor.
fn grouped(correlation: f64, dists: &[&Dist], rng: &mut SmallRng) -> Vec<f64> {
    let (common, own) = (correlation.sqrt() * normal(rng), (1.0 - correlation).sqrt());
    dists.iter().map(|dist| dist.at(common + own * normal(rng))).collect()
}

fn once(model: &Model, rng: &mut SmallRng) -> Vec<f64> {
    let o = &model.once;
    let single = [
        &o.capex_chip_share,
        &o.capex_chip_share_drift,
        &o.capex_other_share,
        &o.capex_building_share,
        &o.capex_carry,
        &o.chip_network,
        &o.chip_price_decline,
        &o.chip_ramp,
        &o.chip_trend_per_dollar,
        &o.chip_trend_per_watt,
        &o.cluster_share,
        &o.energy_utilization,
        &o.energy_non_ai,
        &o.energy_price,
        &o.facility_annual_pue,
        &o.facility_peak_ratio,
        &o.finance_construction,
        &o.finance_construction_servers,
        &o.finance_construction_time,
        &o.finance_cash_margin,
        &o.finance_debt_limit,
        &o.finance_revenue_growth,
        &o.finance_revenue_guidance_error,
        &o.finance_server_life,
        &o.finance_spendable_share,
        &o.fleet_life,
        &o.site_meta_growth,
        &o.site_meta_growth_factor,
        &o.site_meta_power,
        &o.supply_dock_lag,
        &o.supply_lead,
        &o.supply_growth,
        &o.supply_share,
    ];
    let mut out: Vec<f64> = single.iter().map(|dist| dist.sample(rng)).collect();
    out.extend(grouped(model.error_correlation, &[&model.error, &model.next_error], rng));
    let sold = || model.chips.iter().filter(|chip| chip.follows.is_none());
    let group: Vec<&Dist> =
        sold().filter(|chip| chip.price_in_group).filter_map(|chip| chip.price.as_ref()).collect();
    let mut prices = grouped(model.price_correlation, &group, rng).into_iter();
    for chip in sold() {
        out.push(chip.power.as_ref().map_or(1.0, |dist| dist.sample(rng)));
        out.push(chip.h100e.sample(rng));
        out.push(chip.bf16_ratio.sample(rng));
        out.push(match &chip.price {
            Some(_) if chip.price_in_group => prices.next().unwrap(),
            Some(dist) => dist.sample(rng),
            None => 1.0,
        });
        out.extend(chip.slip.as_ref().map(|dist| dist.sample(rng)));
    }
    out.extend(
        model.chips.iter().filter_map(|chip| chip.stock.as_ref()).map(|dist| dist.sample(rng)),
    );
    out
}

/// Series of each quarter; at the start of a year what sets its regime, and its seasons.
fn quarters(model: &Model, rng: &mut SmallRng) -> Vec<Vec<f64>> {
    let lag = model.series.iter().flat_map(|series| series.lags).max().unwrap();
    let psi = (1.0 - model.phi * model.phi).sqrt();
    let mut factors: Vec<[f64; 5]> = Vec::new();
    for t in 0..model.steps + lag {
        factors.push(std::array::from_fn(|f| match t {
            0 => normal(rng),
            _ => model.phi * factors[t - 1][f] + psi * normal(rng),
        }));
    }
    let mut own: Vec<f64> = model.series.iter().map(|_| normal(rng)).collect();
    let mut quarter = |t: usize| {
        let mut out = Vec::new();
        for (k, series) in model.series.iter().enumerate() {
            if t > 0 {
                own[k] = model.phi * own[k] + psi * normal(rng);
            }
            let shared: f64 =
                (0..5).map(|f| series.weights[f] * factors[t + lag - series.lags[f]][f]).sum();
            let x = series.mean + series.sd * (shared + series.own * own[k]);
            out.push(if EXPONENTIAL.contains(&k) { x.exp() } else { x });
        }
        if t.is_multiple_of(4) {
            out.extend((t / 4 >= model.guided_years).then(|| rng.random::<f64>()));
            out.extend((0..4).map(|_| normal(rng)));
        }
        out
    };
    (0..model.steps).map(&mut quarter).collect()
}
