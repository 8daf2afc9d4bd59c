//! One draw of the model, quarter after quarter.

use rand::Rng;
use rand::rngs::SmallRng;
use rand_distr::StandardNormal;

use crate::inputs::{Chip, Line, Model};

const HOURS: f64 = 2191.5;

/// The values of one draw, in the same order for each; names are asked for once.
#[derive(Default)]
pub struct Sink {
    pub values: Vec<f64>,
    pub names: Option<Vec<(String, bool)>>,
    pub flows: Vec<(String, f64)>,
}

impl Sink {
    fn put(&mut self, t: usize, name: &str, value: f64) {
        if let Some(names) = &mut self.names {
            names.push((
                format!("{name} {t}"),
                name.starts_with("binds.")
                    || name == "capex.raised"
                    || name == "capex.inside_guidance",
            ));
        }
        self.values.push(value);
    }

    /// `at` numbers the flows.
    fn flow(&mut self, t: usize, at: usize, name: &str, value: f64) {
        self.put(t, name, value);
        if self.flows.len() <= at {
            self.flows.resize(at + 1, (String::new(), 0.0));
        }
        if self.flows[at].0.is_empty() {
            self.flows[at].0.push_str(if self.names.is_some() { name } else { "-" });
        }
        self.flows[at].1 += value;
    }

    fn close_year(&mut self, year: usize) {
        for (name, sum) in &mut self.flows {
            if !name.is_empty() {
                if let Some(names) = &mut self.names {
                    names.push((format!("{name} -{}", 1 + year), false));
                }
                self.values.push(*sum);
                *sum = 0.0;
            }
        }
    }
}

fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

fn charged(j: f64, quarters: f64) -> f64 {
    ((j + 0.5).min(quarters) - (j - 0.5).max(0.0)).max(0.0) / quarters
}

/// One draw.
pub fn path(model: &Model, rng: &mut SmallRng, sink: &mut Sink) {
    let v = &model.value;
    let chips = &model.chips;
    let count = chips.len();
    let normal = |rng: &mut SmallRng| -> f64 { rng.sample(StandardNormal) };
    let (chip_share, chip_drift) =
        (model.once.capex_chip_share.sample(rng), model.once.capex_chip_share_drift.sample(rng));
    let (other_share, building_share) =
        (model.once.capex_other_share.sample(rng), model.once.capex_building_share.sample(rng));
    let (carry, network) =
        (model.once.capex_carry.sample(rng), model.once.chip_network.sample(rng));
    let (decline, ramp_length) =
        (model.once.chip_price_decline.sample(rng), model.once.chip_ramp.sample(rng));
    let (per_dollar, per_watt) =
        (model.once.chip_trend_per_dollar.sample(rng), model.once.chip_trend_per_watt.sample(rng));
    let (cluster_share, utilization) =
        (model.once.cluster_share.sample(rng), model.once.energy_utilization.sample(rng));
    let (non_ai, energy_price) =
        (model.once.energy_non_ai.sample(rng), model.once.energy_price.sample(rng));
    let (pue, peak) =
        (model.once.facility_annual_pue.sample(rng), model.once.facility_peak_ratio.sample(rng));
    let construction = model.once.finance_construction.sample(rng);
    let construction_servers = model.once.finance_construction_servers.sample(rng);
    let construction_time = model.once.finance_construction_time.sample(rng);
    let (margin, debt_limit) =
        (model.once.finance_cash_margin.sample(rng), model.once.finance_debt_limit.sample(rng));
    let (revenue_growth, revenue_error) = (
        model.once.finance_revenue_growth.sample(rng),
        model.once.finance_revenue_guidance_error.sample(rng),
    );
    let (server_life, spendable) = (
        model.once.finance_server_life.sample(rng),
        model.once.finance_spendable_share.sample(rng),
    );
    let life = model.once.fleet_life.sample(rng);
    let (added_start, added_growth) =
        (model.once.site_meta_growth.sample(rng), model.once.site_meta_growth_factor.sample(rng));
    let mut ready_power = model.once.site_meta_power.sample(rng);
    let (dock_lag, lead) =
        (model.once.supply_dock_lag.sample(rng), model.once.supply_lead.sample(rng));
    let (supply_growth, company_share) =
        (model.once.supply_growth.sample(rng), model.once.supply_share.sample(rng));
    let common = normal(rng);
    let r = model.error_correlation;
    let error = model.error.at(r.sqrt() * common + (1.0 - r).sqrt() * normal(rng));
    let next_error = model.next_error.at(r.sqrt() * common + (1.0 - r).sqrt() * normal(rng));

    // What each chip is.
    let mut power = vec![0.0; count];
    for g in 0..count {
        if let (None, Some(dist)) = (chips[g].power_with, &chips[g].power) {
            power[g] = dist.sample(rng);
        }
    }
    let (mut h100e, mut bf16, mut price0, mut first) =
        (vec![0.0; count], vec![0.0; count], vec![0.0; count], vec![f64::NEG_INFINITY; count]);
    let mut median: Vec<f64> = chips.iter().map(|c| c.price_median).collect();
    let common = normal(rng);
    let interval = v.chip_trend_interval;
    for g in 0..count {
        let chip = &chips[g];
        if let Some(f) = chip.follows {
            let gain = 10f64.powf(per_dollar * interval / 4.0);
            h100e[g] = h100e[f] * gain;
            bf16[g] = bf16[f] * gain;
            power[g] = power[f] * gain / per_watt.powf(interval / 4.0);
            price0[g] = price0[f];
            median[g] = median[f];
            first[g] = first[f] + interval;
            continue;
        }
        if let (Some(with), Some(dist)) = (chip.power_with, &chip.power) {
            power[g] = dist.sample(rng) * power[with];
        }
        h100e[g] = chip.h100e.sample(rng);
        bf16[g] = h100e[g] * chip.bf16_ratio.sample(rng);
        if let Some(dist) = &chip.price {
            price0[g] = if chip.price_in_group {
                let r = model.price_correlation;
                dist.at(r.sqrt() * common + (1.0 - r).sqrt() * normal(rng))
            } else {
                dist.sample(rng)
            };
        }
        if let Some(slip) = &chip.slip {
            first[g] = chip.announced + slip.sample(rng);
            if g > 0 && chips[g - 1].line == chip.line {
                first[g] = first[g].max(first[g - 1] + v.chip_spacing);
            }
        }
    }

    // The stock at the start, and what has been bought since 2022.
    let survival = |age: f64| (-(age / life).powi(3)).exp();
    let mut cohorts: Vec<Vec<(f64, f64)>> = vec![Vec::new(); count];
    let mut waiting = vec![0.0; count];
    let (mut chips_bought, mut h100e_bought, mut h100_bought) = (0.0, 0.0, 0.0);
    for g in 0..count {
        let chip = &chips[g];
        if let Some(dist) = &chip.stock {
            let stock = dist.sample(rng);
            waiting[g] = stock * (chip.stock_waiting * dock_lag).min(v.fleet_waiting_cap);
            cohorts[g].push((stock - waiting[g], chip.stock_age));
            if chip.stock_age <= 2.0 {
                chips_bought += stock;
                h100e_bought += stock * h100e[g];
                h100_bought += if chip.name == "h100" { stock } else { 0.0 };
            }
        }
    }
    let mut waiting_power: f64 = (0..count).map(|g| waiting[g] * power[g] / 1000.0).sum();

    // Common factors from four quarters before the grid on, and each series' own part.
    let lag = model.series.iter().flat_map(|s| s.lags).max().unwrap();
    let psi = (1.0 - model.phi * model.phi).sqrt();
    let mut factors = vec![[0.0; 5]; model.steps + lag];
    for t in 0..model.steps + lag {
        for f in 0..5 {
            let e = normal(rng);
            factors[t][f] = if t == 0 { e } else { model.phi * factors[t - 1][f] + psi * e };
        }
    }
    let mut own: Vec<f64> = model.series.iter().map(|_| normal(rng)).collect();

    let [capex_known, revenue_known, cash_known, depreciation_known] = &model.reported;
    let mut revenue: Vec<f64> = revenue_known[..4].to_vec();
    let mut cash_flow: Vec<f64> = cash_known[..4].to_vec();
    let mut servers: Vec<f64> =
        capex_known[..4].iter().map(|x| x * v.finance_legacy_server_share).collect();
    let mut built: Vec<f64> = Vec::new();
    let (mut cash, mut debt, mut book) = (v.finance_cash, v.finance_debt, v.finance_book_value);
    let (mut cluster, mut each, mut each_power) = (v.cluster_largest, 1.0, 0.0);
    let (mut carried, mut factor) = (0.0, 1.0);
    let mut year_plan: f64 = capex_known[..4].iter().sum();
    let mut plans: Vec<f64> = Vec::new();
    let mut regime: Option<usize> = None;
    let mut weights = [0.0; 4];
    let (mut spent, mut open_weight) = (0.0, 1.0);
    let midpoint = 0.5 * (model.low + model.high);

    for t in 0..model.steps {
        let (middle, year) = (t as f64 + 0.5, t / 4);
        let (open, guided) = (t >= model.closed, year < model.guided_years);
        let mut x = [0.0; 8];
        for (k, s) in model.series.iter().enumerate() {
            if t > 0 {
                own[k] = model.phi * own[k] + psi * normal(rng);
            }
            let shared: f64 = (0..5).map(|f| s.weights[f] * factors[t + lag - s.lags[f]][f]).sum();
            x[k] = s.mean + s.sd * (shared + s.own * own[k]);
        }
        let [
            growth_noise,
            share_noise,
            price_noise,
            revenue_noise,
            additions_noise,
            cover_noise,
            supply_noise,
            depreciation_noise,
        ] = x;

        // The year's plan and its quarters.
        if t % 4 == 0 {
            let before = year_plan;
            if guided {
                year_plan = midpoint * error;
            } else {
                let chances = regime.map_or(model.regime_start, |k| model.regime_chain[k]);
                let u: f64 = rng.random();
                let k = if u < chances[0] {
                    0
                } else if u < chances[0] + chances[1] {
                    1
                } else {
                    2
                };
                regime = Some(k);
                year_plan =
                    before * (model.regime_mean[k] + model.regime_sd[k] * growth_noise).exp();
            }
            plans.push(year_plan);
            let growth = (year_plan / before).ln();
            (spent, open_weight) = (0.0, 0.0);
            for q in 0..4 {
                let noise = model.season_sd * normal(rng);
                weights[q] = (growth * (q as f64 - 1.5) / 4.0 + model.season[q] + noise).exp();
                if t + q < model.closed {
                    spent += capex_known[4 + t + q];
                } else {
                    open_weight += weights[q];
                }
            }
        }
        let share = (chip_share + chip_drift * t as f64 / 4.0 + share_noise)
            .clamp(v.capex_chip_share_floor, v.capex_chip_share_ceiling);
        let fit = ((1.0 - v.capex_rest_floor) / (share + other_share + building_share)).min(1.0);
        let (nu, other, beta) = (share * fit, other_share * fit, building_share * fit);

        // Shares of spending and prices.
        let on: Vec<usize> = (0..count)
            .filter(|&g| chips[g].line != Line::Stock && chips[g].first_step <= t)
            .collect();
        let mut mix = vec![0.0; count];
        for line in [Line::Main, Line::Other] {
            let mut left = 1.0;
            for &g in on.iter().rev().filter(|&&g| chips[g].line == line) {
                if chips[g].on_sale {
                    mix[g] = left;
                } else if middle >= first[g] {
                    let ramp =
                        1.0 / (1.0 + 9f64.powf(1.0 - 2.0 * (middle - first[g]) / ramp_length));
                    mix[g] = left * ramp;
                    left *= 1.0 - ramp;
                }
            }
        }
        let markup = price_noise.exp() * (1.0 + network);
        let (mut bare, mut price) = (vec![0.0; count], vec![0.0; count]);
        let (mut paid, mut usual) = (0.0, 0.0);
        for &g in &on {
            let newer = on.iter().copied().find(|&k| k > g && chips[k].line == chips[g].line);
            let years = newer.map_or(0.0, |k| (middle - first[k]).max(0.0) / 4.0);
            let fall = (1.0 - decline).powf(years);
            bare[g] = price0[g] * fall;
            price[g] = bare[g] * markup;
            sink.put(t, &named(sink, chips, g, "price"), price[g]);
            if chips[g].line == Line::Main {
                paid += mix[g] * price[g];
                usual += mix[g] * median[g] * fall;
            }
        }
        let index = paid / (usual * (1.0 + network));
        sink.put(t, "chip.price_index", index);

        // Plan, revenue, what can be paid.
        let mut plan = if open {
            (year_plan - spent).max(0.0) * weights[t % 4] / open_weight
        } else {
            capex_known[4 + t]
        };
        if open && !guided {
            plan *= index.powf(v.capex_price_response * (nu + other));
        }
        revenue.push(if !open {
            revenue_known[4 + t]
        } else if let Some(known) = model.revenue_guidance.get(&t) {
            known * revenue_error
        } else {
            revenue[t] * (1.0 + revenue_growth) * revenue_noise.exp()
        });
        cash_flow.push(if open { revenue[4 + t] * margin } else { cash_known[4 + t] });
        let theta = spendable * cash_flow[4 + t];
        let mut affordable = plan;
        if open {
            let year_cash: f64 = cash_flow[t + 1..].iter().sum();
            let room = (debt_limit * year_cash - debt).max(0.0).min(v.finance_debt_step);
            affordable = plan.min((theta + room + (cash - v.finance_cash_floor).max(0.0)).max(0.0));
        }
        let cut = plan - affordable;
        sink.put(t, "capex.year_plan", year_plan);
        sink.flow(t, 20, "capex.plan", plan);
        sink.flow(t, 21, "finance.revenue", revenue[4 + t]);
        sink.flow(t, 22, "finance.operating_cash", cash_flow[4 + t]);
        sink.flow(t, 23, "capex.shortfall", cut);
        if guided {
            sink.put(
                t,
                "capex.inside_guidance",
                flag(model.low <= year_plan && year_plan <= model.high),
            );
            sink.put(t, "capex.raised", flag(year_plan / next_error > 1.01 * midpoint));
        }

        // Supply and purchases.
        let budget = nu * affordable + carried;
        let others = other * affordable;
        let exponent: f64 = (0..t)
            .map(|s| 1.0 - (1.0 - v.supply_growth_end) * (s as f64 / v.supply_fade).min(1.0))
            .sum();
        let world = v.supply_revenue * (supply_growth.ln() * exponent + supply_noise).exp();
        let cover =
            if open { (v.supply_cover + cover_noise * (lead / 2.0).sqrt()).exp() } else { 1.0 };
        let mut wanted = vec![0.0; count];
        let (mut plan_power, mut on_order) = (0.0, 0.0);
        for &g in &on {
            let money = if chips[g].line == Line::Main { budget } else { others };
            wanted[g] = mix[g] * money / price[g] * 1e6;
            plan_power += wanted[g] * power[g] / 1000.0;
            on_order += wanted[g] * h100e[g] * lead;
        }
        let brake = if plan_power > 0.0 {
            (2.0 + dock_lag - waiting_power / plan_power).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let mut bought = vec![0.0; count];
        let (mut limits, mut left, mut left_others) = (vec![0.0; count], budget, others);
        let mut supply_is_smaller = false;
        for &g in &on {
            if chips[g].line == Line::Main {
                let supply = company_share * world * mix[g] / bare[g] * 1e6;
                supply_is_smaller |= supply.min(wanted[g]) < (cover * wanted[g]).min(wanted[g]);
                limits[g] = (cover * wanted[g]).min(supply) * brake;
                bought[g] = limits[g].min(wanted[g]);
                left -= bought[g] * price[g] / 1e6;
            } else {
                bought[g] = wanted[g] * brake;
                left_others -= bought[g] * price[g] / 1e6;
            }
        }
        let nothing = |x: f64| if x < 1e-12 * (budget + others) { 0.0 } else { x };
        left = nothing(left);
        for &g in on.iter().rev().filter(|&&g| chips[g].line == Line::Main) {
            let more = (limits[g] - bought[g]).max(0.0).min(left * 1e6 / price[g]);
            bought[g] += more;
            left -= more * price[g] / 1e6;
        }
        let spent_main = budget - left;
        left_others = nothing(left_others);
        left = nothing(left + left_others);
        let carried_out = if open { carry * left } else { 0.0 };
        let buildings = beta * affordable + left - carried_out;
        let capex = affordable + carried - carried_out;
        carried = carried_out;
        for &g in &on {
            sink.flow(t, g, &named(sink, chips, g, "purchases"), bought[g]);
            chips_bought += bought[g];
            h100e_bought += bought[g] * h100e[g];
            h100_bought += if chips[g].name == "h100" { bought[g] } else { 0.0 };
        }
        sink.flow(t, 24, "capex.chip_budget", budget);
        sink.flow(t, 25, "capex.rest", affordable * (1.0 - nu - other - beta));
        sink.flow(t, 26, "capex.chips", spent_main);
        sink.flow(t, 27, "capex.other_chips", others - left_others);
        sink.flow(t, 28, "capex.buildings", buildings);
        sink.flow(t, 29, "capex.total", capex);
        sink.put(t, "capex.to_revenue", capex / revenue[4 + t]);
        sink.put(t, "capex.carried", carried);
        sink.put(t, "fleet.on_order", on_order);
        sink.put(t, "fleet.chips_bought", chips_bought);
        sink.put(t, "fleet.h100e_bought", h100e_bought);
        sink.put(t, "fleet.h100_bought", h100_bought);

        // Failures and age.
        let keep = 1.0 - v.fleet_failure * (1.0 - v.fleet_repaired) / 4.0;
        let mut stock = vec![0.0; count];
        for g in 0..count {
            for (chips, age) in &mut cohorts[g] {
                *chips *= keep * survival(*age + 0.25) / survival(*age);
                *age += 0.25;
                stock[g] += *chips;
            }
        }

        // Power.
        let back = t.saturating_sub(v.site_capex_lag as usize) / 4;
        let (tau, fade) = ((t as f64).min(v.site_meta_fade), v.site_meta_fade);
        let trend = plans[0] * (v.site_capex_trend * back as f64).exp();
        let added = added_start
            * added_growth.powf(tau - tau * tau / (2.0 * fade))
            * (plans[back] / trend).powf(v.site_capex_elasticity)
            * additions_noise.exp();
        ready_power += added;
        sink.flow(t, 30, "site.added_power", added);
        sink.put(t, "site.ready_power", ready_power);
        sink.put(t, "facility.ready_power", ready_power * peak);

        // Early retirement and installation.
        let held = |g: &usize| chips[*g].line == Line::Stock || chips[*g].first_step <= t;
        let mut ready = vec![0.0; count];
        let (mut need, mut all_ready, mut ready_h100e, mut newest) = (0.0, 0.0, 0.0, 0.0);
        for &g in &on {
            waiting[g] += bought[g];
            ready[g] = waiting[g] / (1.0 + dock_lag);
            need += ready[g] * power[g] / 1000.0;
            all_ready += ready[g];
            ready_h100e += ready[g] * h100e[g];
            if chips[g].line == Line::Main && first[g] <= middle {
                newest = h100e[g] / power[g];
            }
        }
        let used: f64 = (0..count).filter(held).map(|g| stock[g] * power[g] / 1000.0).sum();
        let mut free = ((1.0 - v.facility_reserve) * ready_power - used).max(0.0);
        let gap = (need - free).max(0.0);
        let room = if need > 0.0 { 1.0 - gap / need } else { 1.0 };
        let (mut gap_left, mut retired) = (gap, 0.0);
        for &g in model.retire_order.iter().filter(|g| held(g)) {
            let old = h100e[g] / power[g] <= v.fleet_retire_efficiency * newest;
            if old && gap_left > 0.0 && stock[g] > 0.0 {
                let units = (gap_left * 1000.0 / power[g]).min(stock[g]);
                let kept = 1.0 - units / stock[g];
                for (chips, _) in &mut cohorts[g] {
                    *chips *= kept;
                }
                gap_left -= units * power[g] / 1000.0;
                retired += units;
                stock[g] -= units;
            }
        }
        free += gap - gap_left;
        let part = if need > 0.0 { (free / need).min(1.0) } else { 1.0 };
        for &g in &on {
            let installed = part * ready[g];
            cohorts[g].push((installed, 0.0));
            stock[g] += installed;
            waiting[g] -= installed;
        }
        waiting_power = on.iter().map(|&g| waiting[g] * power[g] / 1000.0).sum();
        let power_binds = room < 0.98 || brake < 0.98;
        let chips_bind = !power_binds && left > 0.02 * budget;
        let cash_binds = !power_binds && !chips_bind && cut > 0.0;
        sink.put(t, "binds.power", flag(power_binds));
        sink.put(t, "binds.installation", 0.0);
        sink.put(t, "binds.supply", flag(chips_bind && supply_is_smaller));
        sink.put(t, "binds.lead_time", flag(chips_bind && !supply_is_smaller));
        sink.put(t, "binds.affordability", flag(cash_binds));
        sink.put(t, "binds.money", flag(!power_binds && !chips_bind && !cash_binds));
        let (mut it, mut fleet, mut fleet16, mut units) = (0.0, 0.0, 0.0, 0.0);
        for g in (0..count).filter(held) {
            sink.put(t, &named(sink, chips, g, "installed"), stock[g]);
            sink.put(t, &named(sink, chips, g, "installed_h100e"), stock[g] * h100e[g]);
            it += stock[g] * power[g] / 1000.0;
            fleet += stock[g] * h100e[g];
            fleet16 += stock[g] * bf16[g];
            units += stock[g];
        }
        sink.flow(t, 31, "fleet.retired", retired);
        sink.put(t, "fleet.it_power", it);
        sink.put(t, "facility.power", it * peak);
        sink.put(t, "fleet.chips", units);
        sink.put(t, "fleet.h100e", fleet);
        sink.put(t, "fleet.h100e_bf16", fleet16);
        sink.put(t, "fleet.waiting_h100e", on.iter().map(|&g| waiting[g] * h100e[g]).sum());

        // Largest cluster, energy.
        cluster = f64::max(cluster, cluster_share * fleet);
        if all_ready > 0.0 {
            each = ready_h100e / all_ready;
            each_power = need / ready_h100e;
        }
        sink.put(t, "cluster.largest", cluster);
        sink.put(t, "cluster.chips", cluster / each);
        sink.put(t, "cluster.power", cluster * each_power * peak);
        let energy = it * utilization * pue * HOURS;
        let company = energy + non_ai / 4.0 * (1.0 + v.energy_non_ai_growth).powi(1 + year as i32);
        sink.flow(t, 32, "energy.total", energy);
        sink.flow(t, 33, "energy.cost", energy * energy_price / 1e9);
        sink.flow(t, 34, "energy.company", company);

        // Depreciation, cash and debt.
        let mut fresh = 0.0;
        for (i, cost) in servers.iter().enumerate() {
            fresh += cost * charged((t + 3 - i) as f64, 4.0 * server_life);
        }
        for (i, cost) in built.iter().enumerate().take((t + 1).saturating_sub(4)) {
            fresh += cost * charged((t - i - 4) as f64, 4.0 * v.finance_building_life);
        }
        let (at, life) = (t as f64 + 0.5, 4.0 * server_life);
        let entered = at.min(construction_time);
        let gone = (at - life).max(0.0).min(construction_time);
        let rate = construction_servers * (entered - gone) / life
            + (1.0 - construction_servers) * entered / (4.0 * v.finance_building_life);
        fresh += construction * rate / construction_time;
        let run_off = |amount: f64, quarters: f64| amount * (1.0 - t as f64 / quarters).max(0.0);
        let legacy = run_off(v.finance_legacy_server_depreciation, v.finance_legacy_server_runoff)
            + run_off(v.finance_legacy_other_depreciation, v.finance_legacy_other_runoff);
        if !open {
            factor = (depreciation_known[4 + t] - fresh) / legacy;
        }
        let even = legacy * factor + fresh;
        let depreciation = if open { even * depreciation_noise.exp() } else { even };
        servers.push(v.finance_server_share * capex);
        built.push(buildings);
        book += capex - depreciation;
        let issue = (capex - theta - (cash - v.finance_cash_floor).max(0.0)).max(0.0);
        debt += issue;
        cash += theta - capex + issue - v.finance_buyback_share * (theta - capex).max(0.0);
        sink.flow(t, 35, "finance.depreciation", depreciation);
        sink.put(t, "finance.depreciation_to_revenue", depreciation / revenue[4 + t]);
        sink.flow(t, 36, "finance.free_cash_flow", cash_flow[4 + t] - capex);
        sink.put(t, "finance.book_value", book);
        sink.put(t, "finance.cash", cash);
        sink.put(t, "finance.debt", debt);
        if t % 4 == 3 {
            sink.close_year(year);
        }
    }
}

/// The name of a chip's metric, if anyone asks.
fn named(sink: &Sink, chips: &[Chip], g: usize, what: &str) -> String {
    if sink.names.is_some() { format!("chip.{}.{what}", chips[g].name) } else { String::new() }
}
