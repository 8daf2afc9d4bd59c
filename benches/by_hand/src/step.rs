//! The equations of MODEL.md for the core of one scenario as straight code over a group of draws: nothing is a
//! column, nothing is looked up by name, and what is off is not there.

use crate::inputs::{Line, Model, Settings};
use crate::lanes::{Lanes, Mask};

/// Chips that the scenario has.
pub const CHIPS: usize = 13;
/// Quarters that it has.
pub const STEPS: usize = 28;
/// Vintages of all chips: a quarter in which one can be bought, each.
const VINTAGES: usize = 193;
const HOURS: f64 = 2191.5;
/// Where the flows begin that are not of a chip.
const PLAN: usize = 20;
const FLOWS: usize = 37;

/// What is the same in all draws.
pub struct Plan {
    pub model: Model,
    /// Chips on sale, and chips in service, by quarter.
    on: Vec<Vec<usize>>,
    held: Vec<Vec<usize>>,
    retire: Vec<Vec<usize>>,
    /// Where the vintages of each chip begin.
    vintages: [usize; CHIPS],
    /// The chip of the same line that follows.
    newer: Vec<[Option<usize>; CHIPS]>,
    supply_exponent: Vec<f64>,
    building: Vec<f64>,
}

impl Plan {
    pub fn new(model: Model) -> Self {
        assert!(model.chips.len() == CHIPS && model.steps == STEPS, "written for one scenario");
        let sold = |t: usize, g: usize| model.chips[g].first_step <= t;
        let stock = |g: usize| model.chips[g].line == Line::Stock;
        let lists = |keep: &dyn Fn(usize, usize) -> bool, order: &[usize]| {
            let list = |t: usize| order.iter().copied().filter(|&g| keep(t, g)).collect();
            (0..STEPS).map(list).collect::<Vec<Vec<usize>>>()
        };
        let (mut vintages, mut count) = ([0; CHIPS], 0);
        for g in (0..CHIPS).filter(|&g| !stock(g)) {
            vintages[g] = count;
            count += STEPS - model.chips[g].first_step;
        }
        assert_eq!(count, VINTAGES, "written for one scenario");
        let order: Vec<usize> = (0..CHIPS).collect();
        let on = lists(&|t, g| !stock(g) && sold(t, g), &order);
        let held = |t, g| stock(g) || sold(t, g);
        let follows = |on: &Vec<usize>, g: usize| {
            on.iter().copied().find(|&k| k > g && model.chips[k].line == model.chips[g].line)
        };
        let v = &model.value;
        let fade = |s: usize| (s as f64 / v.supply_fade).min(1.0);
        let growth = |s: usize| 1.0 - (1.0 - v.supply_growth_end) * fade(s);
        let life = 4.0 * v.finance_building_life;
        let charge = |j: usize| charged(j, life.into()).get(0);
        Self {
            held: lists(&held, &order),
            retire: lists(&held, &model.retire_order),
            newer: on.iter().map(|on| std::array::from_fn(|g| follows(on, g))).collect(),
            supply_exponent: (0..STEPS).map(|t| (0..t).map(growth).sum()).collect(),
            building: (0..STEPS).map(charge).collect(),
            on,
            vintages,
            model,
        }
    }
}

/// Share of a cost that is charged in its j-th quarter.
#[inline(always)]
fn charged(j: usize, life: Lanes) -> Lanes {
    let j = j as f64;
    (Lanes::all(j + 0.5).min(life) - (j - 0.5).max(0.0)).positive() / life
}

/// Declares a struct of lanes and of lists of lanes, all of them zero at first.
macro_rules! lanes {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? } { $($list:ident: $n:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name { $(pub $field: Lanes,)* $(pub $list: [Lanes; $n],)* }
        impl $name {
            #[inline(always)]
            pub fn new() -> Self {
                Self { $($field: Lanes::ZERO,)* $($list: [Lanes::ZERO; $n],)* }
            }
        }
    };
}

lanes! {
    /// What a group of draws carries from quarter to quarter.
    State {
        chip_share, chip_drift, other_share, building_share, carry, network, decline_log, ramp, cluster_share,
        utilization, non_ai, energy_price, pue, peak, construction, construction_servers, construction_time,
        margin, debt_limit, revenue_growth, revenue_error, server_life, spendable, added_start, added_log,
        ready_power, lag, ready_share, lead, lead_root, supply_log, company_share, error, next_error,
        chips_bought, h100e_bought, h100_bought, waiting_power, cash, debt, book, cluster, each, each_power,
        carried, legacy, year_plan, spent, open_weight, revenue,
    } {
        h100e: CHIPS, bf16: CHIPS, power: CHIPS, price: CHIPS, first: CHIPS, median: CHIPS, efficiency: CHIPS,
        waiting: CHIPS, kept: CHIPS, regrown: CHIPS, initial: CHIPS, ahead: CHIPS, pace: CHIPS, bend: CHIPS,
        left: STEPS + 1, charged: STEPS + 4, servers: STEPS + 4, built: STEPS, cash_flow: STEPS + 4,
        revenues: STEPS + 4,
        plans: STEPS / 4, weights: 4, regime: 3, sums: FLOWS, cohorts: VINTAGES,
    }
}

lanes! {
    /// What the parts of a quarter hand to each other.
    Quarter {
        share, other, building, markup, index, plan, affordable, cut, own_cash, budget, others, world, cover,
        brake, left, smaller, buildings, capex, need, ready, ready_h100e, free, room, it, fleet,
    } {}
}

lanes! {
    /// The same by chip.
    Chips {} { mix: CHIPS, price: CHIPS, per_money: CHIPS, bought: CHIPS, stock: CHIPS }
}

/// Where values go: row by row, a group of draws in each.
pub struct Out<'a> {
    pub rows: std::slice::ChunksExactMut<'a, Lanes>,
    pub group: usize,
}

impl Out<'_> {
    #[inline(always)]
    fn put(&mut self, x: Lanes) {
        let row = self.rows.next().expect("a row for each value");
        row[self.group] = x;
    }
}

/// A flow of the quarter, and its sum over the year.
#[inline(always)]
fn flow(out: &mut Out, s: &mut State, at: usize, x: Lanes) {
    out.put(x);
    s.sums[at] += x;
}

#[inline(always)]
fn power_of(log: Lanes, exponent: impl Into<Lanes>) -> Lanes {
    (log * exponent.into()).exp()
}

/// What a group of draws keeps, from what is drawn once.
#[inline(always)]
pub fn start(plan: &Plan, s: &mut State, drawn: &[Lanes]) {
    for sum in [&mut s.chips_bought, &mut s.h100e_bought, &mut s.h100_bought, &mut s.waiting_power]
    {
        *sum = Lanes::ZERO;
    }
    for lists in [&mut s.waiting, &mut s.initial] {
        *lists = [Lanes::ZERO; CHIPS];
    }
    (s.sums, s.carried) = ([Lanes::ZERO; FLOWS], Lanes::ZERO);
    let mut at = 0;
    let mut next = || {
        at += 1;
        drawn[at - 1]
    };
    let [chip_share, chip_drift, other_share, building_share, carry, network, decline] =
        [next(), next(), next(), next(), next(), next(), next()];
    (s.chip_share, s.chip_drift, s.other_share, s.building_share) =
        (chip_share, chip_drift, other_share, building_share);
    (s.carry, s.network, s.decline_log, s.ramp) = (carry, network, (1.0 - decline).ln(), next());
    let (per_dollar, per_watt) = (next(), next());
    (s.cluster_share, s.utilization, s.non_ai, s.energy_price) = (next(), next(), next(), next());
    (s.pue, s.peak) = (next(), next());
    (s.construction, s.construction_servers, s.construction_time) = (next(), next(), next());
    (s.margin, s.debt_limit, s.revenue_growth, s.revenue_error) = (next(), next(), next(), next());
    (s.server_life, s.spendable) = (next(), next());
    let life = next();
    (s.added_start, s.added_log, s.ready_power) = (next(), next().ln(), next());
    (s.lag, s.lead) = (next(), next());
    (s.supply_log, s.company_share, s.error, s.next_error) = (next().ln(), next(), next(), next());
    s.ready_share = 1.0 / (1.0 + s.lag);
    s.lead_root = (s.lead * 0.5).sqrt();
    chips(plan, s, per_dollar, per_watt, &mut next);
    stock(plan, s, life, &mut next);
    let (v, [capex, revenue, cash, _]) = (&plan.model.value, &plan.model.reported);
    for i in 0..4 {
        (s.revenues[i], s.cash_flow[i]) = (revenue[i].into(), cash[i].into());
        s.servers[i] = (capex[i] * v.finance_legacy_server_share).into();
    }
    (s.cash, s.debt) = (v.finance_cash.into(), v.finance_debt.into());
    (s.book, s.cluster) = (v.finance_book_value.into(), v.cluster_largest.into());
    (s.each, s.year_plan) = (Lanes::ONE, capex[..4].iter().sum::<f64>().into());
    s.regime = [Lanes::all(-1.0); 3];
    for j in 0..s.charged.len() {
        s.charged[j] = charged(j, 4.0 * s.server_life);
    }
}

/// What each chip is.
#[inline(always)]
fn chips(
    plan: &Plan,
    s: &mut State,
    per_dollar: Lanes,
    per_watt: Lanes,
    next: &mut impl FnMut() -> Lanes,
) {
    let (chips, v) = (&plan.model.chips, &plan.model.value);
    let years = v.chip_trend_interval / 4.0;
    let gain = (per_dollar * (years * std::f64::consts::LN_10)).exp();
    let gain_power = gain / power_of(per_watt.ln(), years);
    for (g, chip) in chips.iter().enumerate() {
        if let Some(f) = chip.follows {
            (s.h100e[g], s.bf16[g]) = (s.h100e[f] * gain, s.bf16[f] * gain);
            s.power[g] = s.power[f] * gain_power;
            (s.price[g], s.median[g]) = (s.price[f], s.median[f]);
            s.first[g] = s.first[f] + v.chip_trend_interval;
        } else {
            let power = next();
            s.power[g] = match chip.power_with {
                Some(with) => power * s.power[with],
                None => power * 0.001,
            };
            s.h100e[g] = next();
            s.bf16[g] = s.h100e[g] * next();
            (s.price[g], s.median[g]) = (next(), chip.price_median.into());
            s.first[g] = f64::NEG_INFINITY.into();
            if chip.slip.is_some() {
                s.first[g] = chip.announced + next();
                if g > 0 && chips[g - 1].line == chip.line {
                    s.first[g] = s.first[g].max(s.first[g - 1] + v.chip_spacing);
                }
            }
        }
        s.efficiency[g] = s.h100e[g] / s.power[g];
    }
}

/// The stock at the start, and how chips of each age survive.
#[inline(always)]
fn stock(plan: &Plan, s: &mut State, life: Lanes, next: &mut impl FnMut() -> Lanes) {
    let v = &plan.model.value;
    let keep = (1.0 - v.fleet_failure * (1.0 - v.fleet_repaired) / 4.0).ln();
    let rate = 1.0 / (life * life * life);
    for j in 0..s.left.len() {
        let years = 0.25 * j as f64;
        s.left[j] = (keep * j as f64 - rate * years.powi(3)).exp();
    }
    for (g, chip) in plan.model.chips.iter().enumerate() {
        (s.kept[g], s.regrown[g]) = (Lanes::ONE, Lanes::ONE);
        if chip.stock.is_none() {
            continue;
        }
        let stock = next();
        s.waiting[g] = stock * (chip.stock_waiting * s.lag).min(v.fleet_waiting_cap);
        s.initial[g] = stock - s.waiting[g];
        s.waiting_power += s.waiting[g] * s.power[g];
        // (a + y)³ - a³ - y³ = 3 a y (a + y): how much faster an old stock dies than a new one.
        let a = chip.stock_age;
        let faster = |y: f64| rate * (-3.0 * a * y * (y + a));
        s.ahead[g] = Lanes::ONE;
        s.pace[g] = faster(0.25).exp();
        s.bend[g] = (faster(0.5) - faster(0.25) - faster(0.25)).exp();
        if a <= 2.0 {
            s.chips_bought += stock;
            s.h100e_bought += stock * s.h100e[g];
            if chip.name == "h100" {
                s.h100_bought += stock;
            }
        }
    }
}

/// One quarter.
#[inline(always)]
pub fn step(
    plan: &Plan,
    t: usize,
    (s, l): (&mut State, &mut Chips),
    drawn: &[Lanes],
    out: &mut Out,
) {
    let [growth, share, price, revenue, additions, cover, supply, depreciation] =
        *drawn.first_chunk().expect("eight series");
    let q = &mut Quarter::new();
    year_plan(plan, t, s, growth, &drawn[8..]);
    shares(plan, t, s, q, share);
    prices(plan, t, s, q, l, price, out);
    money(plan, t, s, q, revenue, out);
    wanted(plan, t, s, q, l, [cover, supply]);
    purchases(plan, t, s, q, l, out);
    survival(plan, t, s, l);
    sites(plan, t, s, additions, out);
    need(plan, t, s, q, l);
    let retired = retirement(plan, t, s, q, l);
    installation(plan, t, s, q, l, retired, out);
    cluster_and_energy(plan, t, s, q, out);
    finance(plan, t, s, q, depreciation, out);
    if t % 4 == 3 {
        for at in plan.on[t].iter().copied().chain(PLAN..FLOWS) {
            out.put(s.sums[at]);
            s.sums[at] = Lanes::ZERO;
        }
    }
}

#[inline(always)]
fn year_plan(plan: &Plan, t: usize, s: &mut State, noise: Lanes, drawn: &[Lanes]) {
    if t % 4 > 0 {
        return;
    }
    let (m, before, year) = (&plan.model, s.year_plan, t / 4);
    let mut at = 0;
    let mut next = || {
        at += 1;
        drawn[at - 1]
    };
    if year < m.guided_years {
        s.year_plan = 0.5 * (m.low + m.high) * s.error;
    } else {
        let (u, chain) = (next(), &m.regime_chain);
        let (was_first, was_second) = (s.regime[0].above(0.5), s.regime[1].above(0.5));
        let later =
            |k: usize| was_first.pick(chain[0][k], was_second.pick(chain[1][k], chain[2][k]));
        let chance = |k: usize| s.regime[0].below(0.0).pick(m.regime_start[k], later(k));
        let (first, low) = (u.below(chance(0)), u.below(chance(0) + chance(1)));
        let of = |x: &[f64; 3]| first.pick(x[0], low.pick(x[1], x[2]));
        s.year_plan = before * (of(&m.regime_mean) + of(&m.regime_sd) * noise).exp();
        s.regime = [first.flag(), low.and(first.not()).flag(), low.not().flag()];
    }
    s.plans[year] = s.year_plan;
    let growth = (s.year_plan / before).ln();
    (s.spent, s.open_weight) = (Lanes::ZERO, Lanes::ZERO);
    for k in 0..4 {
        let even = growth * ((k as f64 - 1.5) / 4.0) + m.season[k];
        s.weights[k] = (even + m.season_sd * next()).exp();
        if t + k < m.closed {
            s.spent += m.reported[0][4 + t + k].into();
        } else {
            s.open_weight += s.weights[k];
        }
    }
}

#[inline(always)]
fn shares(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, noise: Lanes) {
    let v = &plan.model.value;
    let share = s.chip_share + s.chip_drift * (t as f64 / 4.0) + noise;
    let share = share.max(v.capex_chip_share_floor).min(v.capex_chip_share_ceiling);
    let fit = ((1.0 - v.capex_rest_floor) / (share + s.other_share + s.building_share)).min(1.0);
    (q.share, q.other, q.building) = (share * fit, s.other_share * fit, s.building_share * fit);
}

#[inline(always)]
fn prices(
    plan: &Plan,
    t: usize,
    s: &mut State,
    q: &mut Quarter,
    l: &mut Chips,
    noise: Lanes,
    out: &mut Out,
) {
    let (chips, on, middle) = (&plan.model.chips, &plan.on[t], t as f64 + 0.5);
    for line in [Line::Main, Line::Other] {
        let mut left = Lanes::ONE;
        for &g in on.iter().rev().filter(|&&g| chips[g].line == line) {
            l.mix[g] = if chips[g].on_sale {
                left
            } else {
                let since = (middle - s.first[g]) / s.ramp;
                let ramp = 1.0 / (1.0 + ((1.0 - 2.0 * since) * 9_f64.ln()).exp());
                s.first[g].at_most(middle).pick(left * ramp, 0.0)
            };
            left -= l.mix[g];
        }
    }
    q.markup = noise * (1.0 + s.network);
    let (mut paid, mut usual) = (Lanes::ZERO, Lanes::ZERO);
    for &g in on {
        let years = |k: usize| (middle - s.first[k]).positive() * 0.25;
        let fall = match plan.newer[t][g] {
            Some(k) => power_of(s.decline_log, years(k)),
            None => Lanes::ONE,
        };
        l.price[g] = s.price[g] * fall * q.markup;
        l.per_money[g] = 1e6 / l.price[g];
        out.put(l.price[g]);
        if chips[g].line == Line::Main {
            paid += l.mix[g] * l.price[g];
            usual += l.mix[g] * s.median[g] * fall;
        }
    }
    q.index = paid / (usual * (1.0 + s.network));
    out.put(q.index);
}

/// Plan, revenue, what can be paid.
#[inline(always)]
fn money(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, noise: Lanes, out: &mut Out) {
    let (m, v) = (&plan.model, &plan.model.value);
    let (open, guided) = (t >= m.closed, t / 4 < m.guided_years);
    q.plan = m.reported[0].get(4 + t).copied().unwrap_or(0.0).into();
    if open {
        q.plan = (s.year_plan - s.spent).positive() * s.weights[t % 4] / s.open_weight;
        if !guided {
            q.plan = q.plan * power_of(q.index.ln(), v.capex_price_response * (q.share + q.other));
        }
    }
    s.revenue = match m.revenue_guidance.get(&t) {
        _ if !open => m.reported[1][4 + t].into(),
        Some(&known) => known * s.revenue_error,
        None => s.revenues[t] * (1.0 + s.revenue_growth) * noise,
    };
    s.revenues[4 + t] = s.revenue;
    let cash_flow = if open { s.revenue * s.margin } else { m.reported[2][4 + t].into() };
    s.cash_flow[4 + t] = cash_flow;
    q.own_cash = s.spendable * cash_flow;
    q.affordable = q.plan;
    if open {
        let year = s.cash_flow[t + 1] + s.cash_flow[t + 2] + s.cash_flow[t + 3] + cash_flow;
        let room = (s.debt_limit * year - s.debt).positive().min(v.finance_debt_step);
        let own = q.own_cash + room + (s.cash - v.finance_cash_floor).positive();
        q.affordable = q.plan.min(own.positive());
    }
    q.cut = q.plan - q.affordable;
    out.put(s.year_plan);
    flow(out, s, PLAN, q.plan);
    flow(out, s, PLAN + 1, s.revenue);
    flow(out, s, PLAN + 2, cash_flow);
    flow(out, s, PLAN + 3, q.cut);
    if guided {
        let inside = Lanes::all(m.low).at_most(s.year_plan).and(s.year_plan.at_most(m.high));
        out.put(inside.flag());
        out.put((s.year_plan / s.next_error).above(1.01 * 0.5 * (m.low + m.high)).flag());
    }
}

#[inline(always)]
fn wanted(
    plan: &Plan,
    t: usize,
    s: &mut State,
    q: &mut Quarter,
    l: &mut Chips,
    [cover, supply]: [Lanes; 2],
) {
    let (m, v) = (&plan.model, &plan.model.value);
    q.budget = q.share * q.affordable + s.carried;
    q.others = q.other * q.affordable;
    q.world = v.supply_revenue * (s.supply_log * plan.supply_exponent[t] + supply).exp();
    let open = t >= m.closed;
    q.cover = if open { (v.supply_cover + cover * s.lead_root).exp() } else { Lanes::ONE };
    let mut power = Lanes::ZERO;
    for &g in &plan.on[t] {
        let money = if m.chips[g].line == Line::Main { q.budget } else { q.others };
        l.bought[g] = l.mix[g] * money * l.per_money[g];
        power += l.bought[g] * s.power[g];
    }
    let room = (2.0 + s.lag - s.waiting_power / power).positive().min(1.0);
    q.brake = power.above(0.0).pick(room, 1.0);
}

#[inline(always)]
fn purchases(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, l: &mut Chips, out: &mut Out) {
    let (m, on) = (&plan.model, &plan.on[t]);
    let main = |g: usize| m.chips[g].line == Line::Main;
    let (mut left, mut left_others, mut on_order) = (q.budget, q.others, Lanes::ZERO);
    let (mut smaller, mut limits) = (Mask::none(), [Lanes::ZERO; CHIPS]);
    for &g in on {
        let wanted = l.bought[g];
        on_order += wanted * s.h100e[g];
        if main(g) {
            let supply = s.company_share * q.world * l.mix[g] * q.markup * l.per_money[g];
            let ordered = q.cover * wanted;
            smaller = smaller.or(supply.min(wanted).below(ordered.min(wanted)));
            limits[g] = ordered.min(supply) * q.brake;
            l.bought[g] = limits[g].min(wanted);
            left -= l.bought[g] * l.price[g] * 1e-6;
        } else {
            l.bought[g] = wanted * q.brake;
            left_others -= l.bought[g] * l.price[g] * 1e-6;
        }
    }
    let tiny = 1e-12 * (q.budget + q.others);
    let nothing = |x: Lanes| x.below(tiny).pick(0.0, x);
    left = nothing(left);
    for &g in on.iter().rev().filter(|&&g| main(g)) {
        let more = (limits[g] - l.bought[g]).positive().min(left * l.per_money[g]);
        l.bought[g] += more;
        left -= more * l.price[g] * 1e-6;
    }
    let spent = q.budget - left;
    left_others = nothing(left_others);
    q.left = nothing(left + left_others);
    q.smaller = smaller.flag();
    let carried = if t >= m.closed { s.carry * q.left } else { Lanes::ZERO };
    q.buildings = q.building * q.affordable + q.left - carried;
    q.capex = q.affordable + s.carried - carried;
    s.carried = carried;
    for &g in on {
        flow(out, s, g, l.bought[g]);
        s.chips_bought += l.bought[g];
        s.h100e_bought += l.bought[g] * s.h100e[g];
        if g == 0 {
            s.h100_bought += l.bought[g];
        }
    }
    let rest = q.affordable * (1.0 - q.share - q.other - q.building);
    let flows = [q.budget, rest, spent, q.others - left_others, q.buildings, q.capex];
    for k in 0..flows.len() {
        flow(out, s, PLAN + 4 + k, flows[k]);
    }
    out.put(q.capex / s.revenue);
    out.put(s.carried);
    out.put(on_order * s.lead);
    out.put(s.chips_bought);
    out.put(s.h100e_bought);
    out.put(s.h100_bought);
}

/// Failures and age.
#[inline(always)]
fn survival(plan: &Plan, t: usize, s: &mut State, l: &mut Chips) {
    for &g in &plan.held[t] {
        let chip = &plan.model.chips[g];
        let mut sum = Lanes::ZERO;
        if chip.stock.is_some() {
            s.ahead[g] *= s.pace[g];
            s.pace[g] *= s.bend[g];
            sum = s.initial[g] * (s.ahead[g] * s.left[t + 1]);
        }
        if chip.line != Line::Stock {
            let age = t - chip.first_step;
            let cohorts = &s.cohorts[plan.vintages[g]..][..age];
            for (at, cohort) in cohorts.iter().enumerate() {
                sum += *cohort * s.left[age - at];
            }
        }
        l.stock[g] = sum * s.kept[g];
    }
}

#[inline(always)]
fn sites(plan: &Plan, t: usize, s: &mut State, noise: Lanes, out: &mut Out) {
    let v = &plan.model.value;
    let back = t.saturating_sub(v.site_capex_lag as usize) / 4;
    let (tau, fade) = ((t as f64).min(v.site_meta_fade), v.site_meta_fade);
    let trend = s.plans[0] * (v.site_capex_trend * back as f64).exp();
    let added = s.added_start
        * power_of(s.added_log, tau - tau * tau / (2.0 * fade))
        * power_of((s.plans[back] / trend).ln(), v.site_capex_elasticity)
        * noise;
    s.ready_power += added;
    flow(out, s, PLAN + 10, added);
    out.put(s.ready_power);
    out.put(s.ready_power * s.peak);
}

#[inline(always)]
fn need(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, l: &mut Chips) {
    (q.need, q.ready, q.ready_h100e) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
    for &g in &plan.on[t] {
        s.waiting[g] += l.bought[g];
        let ready = s.waiting[g] * s.ready_share;
        q.need += ready * s.power[g];
        q.ready += ready;
        q.ready_h100e += ready * s.h100e[g];
    }
    let mut used = Lanes::ZERO;
    for &g in &plan.held[t] {
        used += l.stock[g] * s.power[g];
    }
    q.free = ((1.0 - plan.model.value.facility_reserve) * s.ready_power - used).positive();
}

/// Early retirement: how many chips make room.
#[inline(always)]
fn retirement(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, l: &mut Chips) -> Lanes {
    let (m, middle) = (&plan.model, t as f64 + 0.5);
    let mut newest = Lanes::ZERO;
    for &g in plan.on[t].iter().filter(|&&g| m.chips[g].line == Line::Main) {
        newest = s.first[g].at_most(middle).pick(s.efficiency[g], newest);
    }
    let (bar, gap) = (m.value.fleet_retire_efficiency * newest, (q.need - q.free).positive());
    q.room = q.need.above(0.0).pick(1.0 - gap / q.need, 1.0);
    let (mut left, mut retired) = (gap, Lanes::ZERO);
    for &g in &plan.retire[t] {
        let stock = l.stock[g];
        let old = s.efficiency[g].at_most(bar).and(left.above(0.0)).and(stock.above(0.0));
        if old.any() {
            let units = old.pick((left / s.power[g]).min(stock), 0.0);
            // Never all, so that later cohorts can be counted against what is kept.
            let kept = (1.0 - old.pick(units / stock, 0.0)).max(1e-10);
            s.kept[g] *= kept;
            s.regrown[g] = s.regrown[g] / kept;
            left -= units * s.power[g];
            retired += units;
            l.stock[g] -= units;
        }
    }
    q.free += gap - left;
    retired
}

#[inline(always)]
fn installation(
    plan: &Plan,
    t: usize,
    s: &mut State,
    q: &mut Quarter,
    l: &mut Chips,
    retired: Lanes,
    out: &mut Out,
) {
    let part = q.need.above(0.0).pick((q.free / q.need).min(1.0), 1.0) * s.ready_share;
    let mut waiting = Lanes::ZERO;
    s.waiting_power = Lanes::ZERO;
    for &g in &plan.on[t] {
        let installed = s.waiting[g] * part;
        s.cohorts[plan.vintages[g] + t - plan.model.chips[g].first_step] = installed * s.regrown[g];
        l.stock[g] += installed;
        s.waiting[g] -= installed;
        s.waiting_power += s.waiting[g] * s.power[g];
        waiting += s.waiting[g] * s.h100e[g];
    }
    let power = q.room.below(0.98).or(q.brake.below(0.98));
    let chips = power.not().and(q.left.above(0.02 * q.budget));
    let supply = q.smaller.above(0.5);
    let cash = power.or(chips).not().and(q.cut.above(0.0));
    out.put(power.flag());
    out.put(Lanes::ZERO);
    out.put(chips.and(supply).flag());
    out.put(chips.and(supply.not()).flag());
    out.put(cash.flag());
    out.put(power.or(chips).or(cash).not().flag());
    let (mut bf16, mut units) = (Lanes::ZERO, Lanes::ZERO);
    (q.it, q.fleet) = (Lanes::ZERO, Lanes::ZERO);
    for &g in &plan.held[t] {
        let (stock, own) = (l.stock[g], l.stock[g] * s.h100e[g]);
        out.put(stock);
        out.put(own);
        q.it += stock * s.power[g];
        q.fleet += own;
        bf16 += stock * s.bf16[g];
        units += stock;
    }
    flow(out, s, PLAN + 11, retired);
    out.put(q.it);
    out.put(q.it * s.peak);
    out.put(units);
    out.put(q.fleet);
    out.put(bf16);
    out.put(waiting);
}

#[inline(always)]
fn cluster_and_energy(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, out: &mut Out) {
    let some = q.ready.above(0.0);
    s.cluster = s.cluster.max(s.cluster_share * q.fleet);
    s.each = some.pick(q.ready_h100e / q.ready, s.each);
    s.each_power = some.pick(q.need / q.ready_h100e, s.each_power);
    out.put(s.cluster);
    out.put(s.cluster / s.each);
    out.put(s.cluster * s.each_power * s.peak);
    let energy = q.it * s.utilization * s.pue * HOURS;
    let growth = (1.0 + plan.model.value.energy_non_ai_growth).powi(1 + t as i32 / 4);
    flow(out, s, PLAN + 12, energy);
    flow(out, s, PLAN + 13, energy * s.energy_price * 1e-9);
    flow(out, s, PLAN + 14, energy + s.non_ai * (0.25 * growth));
}

/// Depreciation of what was bought since the start.
#[inline(always)]
fn fresh_depreciation(plan: &Plan, t: usize, s: &State) -> Lanes {
    let mut fresh = Lanes::ZERO;
    for at in 0..t + 4 {
        fresh += s.servers[at] * s.charged[t + 3 - at];
    }
    for at in 0..(t + 1).saturating_sub(4) {
        fresh += s.built[at] * plan.building[t - at - 4];
    }
    let (now, life) = (t as f64 + 0.5, 4.0 * s.server_life);
    let entered = Lanes::all(now).min(s.construction_time);
    let gone = (now - life).positive().min(s.construction_time);
    let buildings = entered / (4.0 * plan.model.value.finance_building_life);
    let servers = s.construction_servers;
    let rate = servers * (entered - gone) / life + (1.0 - servers) * buildings;
    fresh + s.construction * rate / s.construction_time
}

/// Depreciation of what there was at the start, as the quarter's share of it.
fn legacy(v: &Settings, t: usize) -> f64 {
    let run_off = |amount: f64, quarters: f64| amount * (1.0 - t as f64 / quarters).max(0.0);
    run_off(v.finance_legacy_server_depreciation, v.finance_legacy_server_runoff)
        + run_off(v.finance_legacy_other_depreciation, v.finance_legacy_other_runoff)
}

#[inline(always)]
fn finance(plan: &Plan, t: usize, s: &mut State, q: &mut Quarter, noise: Lanes, out: &mut Out) {
    let (m, v) = (&plan.model, &plan.model.value);
    let (fresh, legacy) = (fresh_depreciation(plan, t, s), legacy(v, t));
    let open = t >= m.closed;
    if !open {
        s.legacy = (m.reported[3][4 + t] - fresh) / legacy;
    }
    let even = legacy * s.legacy + fresh;
    let depreciation = if open { even * noise } else { even };
    s.servers[4 + t] = v.finance_server_share * q.capex;
    s.built[t] = q.buildings;
    s.book += q.capex - depreciation;
    let short = q.capex - q.own_cash;
    let issue = (short - (s.cash - v.finance_cash_floor).positive()).positive();
    s.debt += issue;
    s.cash += issue - short - v.finance_buyback_share * (0.0 - short).positive();
    flow(out, s, PLAN + 15, depreciation);
    out.put(depreciation / s.revenue);
    flow(out, s, PLAN + 16, s.cash_flow[4 + t] - q.capex);
    out.put(s.book);
    out.put(s.cash);
    out.put(s.debt);
}
