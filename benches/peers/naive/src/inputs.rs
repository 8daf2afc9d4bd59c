//! What a scenario gives, read from the parameters that all peers share.

use std::collections::HashMap;

use rand::Rng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, LogNormal, Normal, StandardNormal, Triangular, Uniform};
use serde_json::{Value, json};

pub enum Dist {
    Constant(f64),
    TwoPiece { scale: Scale, center: f64, below: f64, above: f64 },
    LogNormal(LogNormal<f64>),
    Normal { dist: Normal<f64>, floor: f64 },
    Triangular(Triangular<f64>),
    Uniform(Uniform<f64>),
}

pub enum Scale {
    Linear,
    Log,
    Logit,
}

impl Dist {
    pub fn read(v: &Value) -> Dist {
        let x = |key: &str| v[key].as_f64().unwrap();
        match v["kind"].as_str().unwrap() {
            "constant" => Dist::Constant(x("a")),
            "triangular" => Dist::Triangular(Triangular::new(x("a"), x("c"), x("b")).unwrap()),
            "uniform" => Dist::Uniform(Uniform::new(x("a"), x("b")).unwrap()),
            "normal" => Dist::Normal { dist: Normal::new(x("a"), x("b")).unwrap(), floor: x("c") },
            "two_piece" => {
                let (center, below, above) = (x("a"), x("b"), x("c"));
                let scale = match v["scale"].as_str().unwrap() {
                    "linear" => Scale::Linear,
                    "log" if below == above => {
                        return Dist::LogNormal(LogNormal::new(center, below).unwrap());
                    }
                    "log" => Scale::Log,
                    _ => Scale::Logit,
                };
                Dist::TwoPiece { scale, center, below, above }
            }
            kind => panic!("unknown distribution {kind}"),
        }
    }

    pub fn sample(&self, rng: &mut SmallRng) -> f64 {
        match self {
            Dist::Constant(x) => *x,
            Dist::LogNormal(d) => d.sample(rng),
            Dist::Normal { dist, floor } => dist.sample(rng).max(*floor),
            Dist::Triangular(d) => d.sample(rng),
            Dist::Uniform(d) => d.sample(rng),
            Dist::TwoPiece { .. } => {
                let z = rng.sample(StandardNormal);
                self.at(z)
            }
        }
    }

    /// The value at a normal score.
    pub fn at(&self, z: f64) -> f64 {
        match self {
            Dist::TwoPiece { scale, center, below, above } => {
                let x = center + if z < 0.0 { below } else { above } * z;
                match scale {
                    Scale::Linear => x,
                    Scale::Log => x.exp(),
                    Scale::Logit => 1.0 / (1.0 + (-x).exp()),
                }
            }
            Dist::LogNormal(_) => unreachable!("read with `two_sided`"),
            _ => panic!("not in a group"),
        }
    }

    /// As `read`, but always with a value at a normal score.
    fn two_sided(v: &Value) -> Dist {
        let x = |key: &str| v[key].as_f64().unwrap();
        assert_eq!(v["scale"], "log");
        Dist::TwoPiece { scale: Scale::Log, center: x("a"), below: x("b"), above: x("c") }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Line {
    Main,
    Other,
    Stock,
}

pub struct Chip {
    pub name: String,
    pub line: Line,
    pub first_step: usize,
    pub on_sale: bool,
    pub announced: f64,
    pub follows: Option<usize>,
    pub slip: Option<Dist>,
    pub h100e: Dist,
    pub bf16_ratio: Dist,
    pub power: Option<Dist>,
    pub power_with: Option<usize>,
    pub price: Option<Dist>,
    pub price_in_group: bool,
    pub price_median: f64,
    pub stock: Option<Dist>,
    pub stock_age: f64,
    pub stock_waiting: f64,
}

pub struct Series {
    pub mean: f64,
    pub sd: f64,
    pub own: f64,
    pub weights: [f64; 5],
    pub lags: [usize; 5],
}

/// Settings and inputs by name, found once.
macro_rules! named {
    ($name:ident, $what:ty, $read:expr, $($field:ident = $key:literal),+ $(,)?) => {
        pub struct $name { $(pub $field: $what),+ }
        impl $name {
            pub fn read(v: &Value) -> Self {
                let read = $read;
                Self { $($field: read(&v[$key])),+ }
            }
        }
    };
}
named!(
    Settings,
    f64,
    |v: &Value| v.as_f64().unwrap(),
    chip_trend_interval = "chip.trend.interval",
    chip_spacing = "chip.spacing",
    fleet_waiting_cap = "fleet.waiting_cap",
    finance_legacy_server_share = "finance.legacy_server_share",
    finance_cash = "finance.cash",
    finance_debt = "finance.debt",
    finance_book_value = "finance.book_value",
    cluster_largest = "cluster.largest",
    capex_chip_share_floor = "capex.chip_share_floor",
    capex_chip_share_ceiling = "capex.chip_share_ceiling",
    capex_rest_floor = "capex.rest_floor",
    capex_price_response = "capex.price_response",
    finance_debt_step = "finance.debt_step",
    finance_cash_floor = "finance.cash_floor",
    supply_growth_end = "supply.growth_end",
    supply_fade = "supply.fade",
    supply_revenue = "supply.revenue",
    supply_cover = "supply.cover",
    fleet_failure = "fleet.failure",
    fleet_repaired = "fleet.repaired",
    site_capex_lag = "site.capex_lag",
    site_meta_fade = "site.meta.fade",
    site_capex_trend = "site.capex_trend",
    site_capex_elasticity = "site.capex_elasticity",
    facility_reserve = "facility.reserve",
    fleet_retire_efficiency = "fleet.retire_efficiency",
    energy_non_ai_growth = "energy.non_ai_growth",
    finance_building_life = "finance.building_life",
    finance_legacy_server_depreciation = "finance.legacy_server_depreciation",
    finance_legacy_server_runoff = "finance.legacy_server_runoff",
    finance_legacy_other_depreciation = "finance.legacy_other_depreciation",
    finance_legacy_other_runoff = "finance.legacy_other_runoff",
    finance_server_share = "finance.server_share",
    finance_buyback_share = "finance.buyback_share",
);
named!(
    Once,
    Dist,
    |v: &Value| Dist::read(v),
    capex_chip_share = "capex.chip_share",
    capex_chip_share_drift = "capex.chip_share_drift",
    capex_other_share = "capex.other_share",
    capex_building_share = "capex.building_share",
    capex_carry = "capex.carry",
    chip_network = "chip.network",
    chip_price_decline = "chip.price_decline",
    chip_ramp = "chip.ramp",
    chip_trend_per_dollar = "chip.trend.per_dollar",
    chip_trend_per_watt = "chip.trend.per_watt",
    cluster_share = "cluster.share",
    energy_utilization = "energy.utilization",
    energy_non_ai = "energy.non_ai",
    energy_price = "energy.price",
    facility_annual_pue = "facility.annual_pue",
    facility_peak_ratio = "facility.peak_ratio",
    finance_cash_margin = "finance.cash_margin",
    finance_debt_limit = "finance.debt_limit",
    finance_revenue_growth = "finance.revenue_growth",
    finance_revenue_guidance_error = "finance.revenue_guidance_error",
    finance_server_life = "finance.server_life",
    finance_spendable_share = "finance.spendable_share",
    fleet_life = "fleet.life",
    site_meta_growth = "site.meta.growth",
    site_meta_growth_factor = "site.meta.growth_factor",
    site_meta_power = "site.meta.power",
    supply_dock_lag = "supply.dock_lag",
    supply_lead = "supply.lead",
    supply_growth = "supply.growth",
    supply_share = "supply.share",
    finance_construction = "finance.construction",
    finance_construction_servers = "finance.construction_servers",
    finance_construction_time = "finance.construction_time",
);

pub struct Model {
    pub steps: usize,
    pub closed: usize,
    pub chips: Vec<Chip>,
    pub once: Once,
    pub value: Settings,
    pub series: Vec<Series>,
    pub error: Dist,
    pub next_error: Dist,
    pub error_correlation: f64,
    pub price_correlation: f64,
    pub low: f64,
    pub high: f64,
    pub guided_years: usize,
    pub revenue_guidance: HashMap<usize, f64>,
    /// Reported capex, revenue, operating cash and depreciation from four quarters before the grid on.
    pub reported: [Vec<f64>; 4],
    pub phi: f64,
    pub season: [f64; 4],
    pub season_sd: f64,
    pub regime_start: [f64; 3],
    pub regime_chain: [[f64; 3]; 3],
    pub regime_mean: [f64; 3],
    pub regime_sd: [f64; 3],
    pub retire_order: Vec<usize>,
}

pub fn numbers<const N: usize>(v: &Value) -> [f64; N] {
    std::array::from_fn(|i| v[i].as_f64().unwrap())
}

impl Model {
    pub fn read(p: &Value) -> Model {
        let index = |v: &Value| usize::try_from(v.as_i64().unwrap()).ok();
        let grouped = p["groups"][1]["keys"].as_array().unwrap();
        let dist = |v: &Value| (!v.is_null()).then(|| Dist::read(v));
        let chip = |c: &Value| {
            let name = c["name"].as_str().unwrap().to_owned();
            let price_in_group = grouped.contains(&json!(format!("chip.{name}.price")));
            Chip {
                line: match c["line"].as_str().unwrap() {
                    "main" => Line::Main,
                    "other" => Line::Other,
                    _ => Line::Stock,
                },
                first_step: c["first_step"].as_u64().unwrap() as usize,
                on_sale: c["on_sale"].as_bool().unwrap(),
                announced: c["announced"].as_f64().unwrap(),
                follows: index(&c["follows"]),
                slip: dist(&c["slip"]),
                h100e: Dist::read(&c["h100e"]),
                bf16_ratio: Dist::read(&c["bf16_ratio"]),
                power: dist(&c["power"]),
                power_with: index(&c["power_with"]),
                price: if price_in_group {
                    Some(Dist::two_sided(&c["price"]))
                } else {
                    dist(&c["price"])
                },
                price_in_group,
                price_median: c["price_median"].as_f64().unwrap(),
                stock: dist(&c["stock"]),
                stock_age: c["stock_age"].as_f64().unwrap(),
                stock_waiting: c["stock_waiting"].as_f64().unwrap(),
                name,
            }
        };
        let series = |s: &Value| Series {
            mean: s["mean"].as_f64().unwrap(),
            sd: s["sd"].as_f64().unwrap(),
            own: s["own"].as_f64().unwrap(),
            weights: numbers(&s["weights"]),
            lags: std::array::from_fn(|f| s["lags"][f].as_u64().unwrap() as usize),
        };
        let closed = p["closed"].as_u64().unwrap() as usize;
        let reported = |metric: &str| {
            let rows = &p["reported"][metric];
            (-4..closed as i64).map(|t| rows[t.to_string()].as_f64().unwrap()).collect()
        };
        let error = |which: &str| {
            let season = p["guided"][which].as_str().unwrap();
            Dist::two_sided(&p["once"][format!("capex.guidance_error.{season}")])
        };
        let map = |v: &Value| v.as_object().unwrap().clone().into_iter();
        Model {
            steps: p["steps"].as_u64().unwrap() as usize,
            closed,
            chips: p["chips"].as_array().unwrap().iter().map(chip).collect(),
            once: Once::read(&p["once"]),
            value: Settings::read(&p["value"]),
            series: p["series"].as_array().unwrap().iter().map(series).collect(),
            error: error("season"),
            next_error: error("next"),
            error_correlation: p["groups"][0]["normal"].as_f64().unwrap(),
            price_correlation: p["groups"][1]["normal"].as_f64().unwrap(),
            low: p["guided"]["low"].as_f64().unwrap(),
            high: p["guided"]["high"].as_f64().unwrap(),
            guided_years: p["guided"]["years"].as_u64().unwrap() as usize,
            revenue_guidance: map(&p["revenue_guidance"])
                .map(|(k, v)| (k.parse().unwrap(), v.as_f64().unwrap()))
                .collect(),
            reported: [
                "capex.total",
                "finance.revenue",
                "finance.operating_cash",
                "finance.depreciation",
            ]
            .map(reported),
            phi: p["phi"].as_f64().unwrap(),
            season: numbers(&p["season"]),
            season_sd: p["season_sd"].as_f64().unwrap(),
            regime_start: numbers(&p["regime"]["start"]),
            regime_chain: std::array::from_fn(|i| numbers(&p["regime"]["chain"][i])),
            regime_mean: numbers(&p["regime"]["mean"]),
            regime_sd: numbers(&p["regime"]["sd"]),
            retire_order: p["retire_order"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| index(g).unwrap())
                .collect(),
        }
    }
}
