//! What the fleet is used for (MODEL.md M8), H100e.
//!
//! ```text
//! D_j      = users · requests · items · FLOP / (86,400 s · peak · efficiency) · (1 + g)^years
//! special  chips that cannot train serve ranking first, then inference; what is left is stranded
//! want     = Σ_j (D_j − served by special chips) / f_j                 of the chips that can train
//! serve    = min(want, G − floor, S_{t−1} + n + max(0, want − S_{t−1} − n) / (1 + lag))
//! research = min(share · G, G − floor − serve)
//! flagship = min(job share · largest cluster, G − serve − research),  floor = a share of that want
//! share_j  = used for j / fleet,  idle = the rest,  Σ share_j = 1
//! u        = Σ share_j u_j                                             mean draw over IT power
//! ```
//!
//! G is the fleet that can train, n what it gained in the quarter, f_j how much of an H100e's work
//! counts for a use (`chip.*.use.*`, the mean over the chips in service). New chips serve at once;
//! of a gap that only conversion of training chips can close, 1 / (1 + lag) is closed in a quarter,
//! as chips at the dock are installed. The first quarter is taken to be in balance. Demand is the
//! mean over the day. It does not limit purchases; what is not served is rented, if rent has a
//! price, or lost. `peak` is the H100's dense rate by which H100e are counted.

use super::block::{Block, Col};
use super::chip_kinds::chip_column;
use super::declare::{
    Aggregation, FRACTION, InputDecl, MetricDecl, NON_NEGATIVE, Need, Use, input, metric,
};
use super::fleet::first_shown;
use super::setup::{Basis, Setup};
use super::wiring::Wiring;
use crate::units::Quantity as Q;
use crate::units::typed::{
    Chips, H100e, HOURS_PER_QUARTER, HourPrice, Money, Quarters, Ratio, Scalar,
};
use crate::vector::{exp, ln};

const GATE: &str = "use.ranking.users";

const fn with(
    key: &'static str,
    quantity: Q,
    range: (f64, f64),
    doc: &'static str,
    example: &'static str,
) -> InputDecl {
    input(key, quantity, Use::Once, range, Need::With(GATE), doc, example)
}

/// People: no more than there are on Earth, by far.
const PEOPLE: (f64, f64) = (0.0, 1e11);
/// What one of them asks for in a day, or one request takes.
const EACH: (f64, f64) = (0.0, 1e9);
/// A rate of growth, as a fraction a year.
const GROWTH: (f64, f64) = (-0.9, 50.0);

/// Inputs that this module reads.
pub const INPUTS: &[InputDecl] = &[
    input(
        GATE,
        Q::Count,
        Use::Once,
        PEOPLE,
        Need::Optional,
        "people a day whose feeds and ads are ranked, at the start of the grid; without it the use of the fleet is not followed",
        "3_270_000_000",
    ),
    with("use.ranking.requests", Q::Ratio, EACH, "requests of one of them a day", "50 / 150 / 400"),
    with("use.ranking.items", Q::Ratio, EACH, "items scored for a request", "300 / 1000 / 3000"),
    with("use.ranking.flop", Q::Compute, NON_NEGATIVE, "compute of scoring an item", "2e9 FLOP"),
    with(
        "use.ranking.efficiency",
        Q::Share,
        (1e-6, 1.0),
        "share of the peak rate that ranking sustains",
        "5 / 10 / 20 %",
    ),
    with("use.ranking.growth", Q::GrowthPerYear, GROWTH, "growth of ranking", "25 %/year"),
    with(
        "use.inference.users",
        Q::Count,
        PEOPLE,
        "people a day who use generative models, at the start of the grid",
        "50_000_000",
    ),
    with("use.inference.requests", Q::Ratio, EACH, "requests of one of them a day", "3 / 6 / 12"),
    with(
        "use.inference.tokens",
        Q::Ratio,
        EACH,
        "tokens read and written for a request",
        "500 / 1500 / 4000",
    ),
    with(
        "use.inference.flop",
        Q::Compute,
        NON_NEGATIVE,
        "compute of a token: twice the active parameters",
        "1.6e11 FLOP",
    ),
    with(
        "use.inference.efficiency",
        Q::Share,
        (1e-6, 1.0),
        "share of the peak rate that inference sustains",
        "4 / 10 / 20 %",
    ),
    with("use.inference.growth", Q::GrowthPerYear, GROWTH, "growth of inference", "100 %/year"),
    with(
        "use.research.share",
        Q::Share,
        FRACTION,
        "share of the chips that can train that research and post-training want",
        "15 / 30 / 50 %",
    ),
    with(
        "use.flagship.share",
        Q::Share,
        FRACTION,
        "share of the largest cluster that the flagship's training wants",
        "18 / 51 / 83 %",
    ),
    input(
        "use.flagship.floor",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "share of what the flagship wants that it gets before all others; without it it gets what is left",
        "100 %",
    ),
    with(
        "use.conversion_lag",
        Q::DurationQuarters,
        (0.0, 40.0),
        "mean time to turn training hardware to ranking or inference",
        "1 quarters",
    ),
    input(
        "use.rent",
        Q::PricePerH100eHour,
        Use::Once,
        NON_NEGATIVE,
        Need::Optional,
        "market rent of an H100e for an hour; without it unserved demand is lost",
        "1.5 / 2.3 / 3.5 USD/H100e-h",
    ),
    input(
        "use.draw.training",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::Optional,
        "mean draw over IT power in training",
        "75 %",
    ),
    input(
        "use.draw.inference",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("use.draw.training"),
        "the same in ranking and inference",
        "50 %",
    ),
    input(
        "use.draw.idle",
        Q::Share,
        Use::Once,
        FRACTION,
        Need::With("use.draw.training"),
        "the same of idle chips",
        "20 %",
    ),
];

const fn share(name: &'static str, label: &'static str, doc: &'static str) -> MetricDecl {
    metric(name, label, Q::Share, Aggregation::Ratio, doc)
}
const fn stock(name: &'static str, label: &'static str, doc: &'static str) -> MetricDecl {
    metric(name, label, Q::H100e, Aggregation::Stock, doc)
}

/// Metrics that this module writes.
pub const METRICS: &[MetricDecl] = &[
    stock(
        "use.demand.ranking",
        "Demand of ranking",
        "H100e that would serve it, mean over the day",
    ),
    stock(
        "use.demand.inference",
        "Demand of inference",
        "H100e that would serve it, mean over the day",
    ),
    stock(
        "use.unserved",
        "Unserved demand",
        "demand of ranking and inference that the fleet does not serve",
    ),
    stock("use.stranded", "Stranded chips", "idle chips that cannot train, in H100e"),
    share("use.share.ranking", "Share of ranking", "of the fleet, in H100e"),
    share("use.share.inference", "Share of inference", "of the fleet, in H100e"),
    share(
        "use.share.research",
        "Share of research",
        "of the fleet, in H100e: research and post-training",
    ),
    share(
        "use.share.flagship",
        "Share of the flagship",
        "of the fleet, in H100e: training of the flagship",
    ),
    share("use.share.idle", "Share idle", "of the fleet, in H100e: what no use wants or can take"),
    share("use.utilization", "Utilization", "share of the fleet that is used"),
    share(
        "use.power_utilization",
        "Draw over IT power by use",
        "mean of the draws by use; sets the electricity if `energy.by_use` says so",
    ),
    metric(
        "use.rented_cost",
        "Rent for unserved demand",
        Q::Money,
        Aggregation::Flow,
        "at the market rent; part of the cash margin",
    ),
    metric(
        "use.flagship_worth",
        "Rental worth of the flagship's chips",
        Q::Money,
        Aggregation::Flow,
        "what the chips of the flagship's training would earn or save at the market rent",
    ),
];

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Demand in H100e at the start; `peak` in TFLOP/s.
#[inline(always)]
pub fn demand(
    peak: f64,
    users: Ratio,
    requests: Ratio,
    items: Ratio,
    flop: Ratio,
    efficiency: Ratio,
) -> H100e {
    let rate = users.get() * requests.get() * items.get() * flop.get() / DAY;
    H100e::new(rate / (1e12 * peak * efficiency.get()))
}

/// Growth over a quarter from that of a year.
#[inline(always)]
pub fn quarterly(growth: Ratio) -> Ratio {
    Ratio::new(exp(0.25 * ln(1.0 + growth.get())))
}

/// What chips that cannot train serve: (used for ranking, used for inference, stranded, demand left
/// of ranking, of inference). `effective` is what all of them count for ranking and for inference.
#[inline(always)]
pub fn special(
    fleet: H100e,
    for_ranking: H100e,
    for_inference: H100e,
    ranking: H100e,
    inference: H100e,
) -> (H100e, H100e, H100e, H100e, H100e) {
    let served = for_ranking.min(ranking);
    let used = fleet * served.over(for_ranking);
    let left = fleet - used;
    let can = for_inference * left.over(fleet);
    let served_next = can.min(inference);
    let used_next = left * served_next.over(can);
    (used, used_next, left - used_next, ranking - served, inference - served_next)
}

/// H100e that a demand takes of a fleet, by what all of the fleet counts for it. A fleet that counts
/// for nothing takes no demand.
#[inline(always)]
pub fn taken(demand: H100e, fleet: H100e, counts: H100e) -> H100e {
    H100e::new(if counts.get() > 0.0 { demand.get() * fleet.get() / counts.get() } else { 0.0 })
}

/// H100e in serving. `gained` since the last quarter.
#[inline(always)]
pub fn serving(want: H100e, room: H100e, before: H100e, gained: H100e, lag: Quarters) -> H100e {
    let at_once = before + gained.positive();
    let converted = (want - at_once).positive() * (1.0 / (1.0 + lag.get()));
    want.min(at_once + converted).min(room.positive())
}

/// The flagship's want, and what of it is kept from others.
#[inline(always)]
pub fn flagship_want(fleet: H100e, cluster: H100e, share: Ratio, floor: Ratio) -> (H100e, H100e) {
    let want = (cluster * share).min(fleet);
    (want, want * floor)
}

/// Research, the flagship, and what is idle.
#[inline(always)]
pub fn training(
    fleet: H100e,
    serving: H100e,
    share: Ratio,
    want: H100e,
    floor: H100e,
) -> (H100e, H100e, H100e) {
    let research = (fleet * share).min((fleet - floor - serving).positive());
    let left = (fleet - serving - research).positive();
    let flagship = want.min(left);
    (research, flagship, left - flagship)
}

/// Mean draw over IT power: training, ranking and inference, idle.
#[inline(always)]
pub fn mean_draw(shares: (Ratio, Ratio, Ratio), draws: (Ratio, Ratio, Ratio)) -> Ratio {
    shares.0 * draws.0 + shares.1 * draws.1 + shares.2 * draws.2
}

/// Rent of a quarter.
#[inline(always)]
pub fn rent(price: HourPrice, h100e: H100e) -> Money {
    Money::new(price.get() * h100e.get() * HOURS_PER_QUARTER * 1e-9)
}

#[inline(always)]
fn grow(demand: H100e, factor: Ratio) -> H100e {
    demand * factor
}
#[inline(always)]
fn add_part(k: f64, sum: H100e, part: H100e) -> H100e {
    sum + part * k
}
#[inline(always)]
fn minus(a: H100e, b: H100e) -> H100e {
    a - b
}
#[inline(always)]
fn sum(a: H100e, b: H100e) -> H100e {
    a + b
}
/// H100e in serving by use, ranking first, and what each lacks: nothing where all is served, exactly.
#[inline(always)]
pub fn split(serving: H100e, ranking: H100e, inference: H100e) -> (H100e, H100e, H100e, H100e) {
    let first = ranking.min(serving);
    let lacks = ranking - first;
    (first, serving - first, lacks, (ranking + inference - serving - lacks).positive())
}
/// Shares of the fleet: ranking, inference, research, flagship.
#[inline(always)]
fn shares(
    fleet: H100e,
    ranking: H100e,
    inference: H100e,
    research: H100e,
    flagship: H100e,
) -> (Ratio, Ratio, Ratio, Ratio) {
    (ranking.over(fleet), inference.over(fleet), research.over(fleet), flagship.over(fleet))
}
/// Share that is idle, and the rest.
#[inline(always)]
fn idle_share(fleet: H100e, idle: H100e, stranded: H100e) -> (Ratio, Ratio) {
    let share = (idle + stranded).over(fleet);
    (share, Ratio::new(1.0) - share)
}
/// Demand that is not served, from the H100e that it lacks; all of it where they count for nothing.
#[inline(always)]
pub fn unserved(left: H100e, lacks: H100e, fleet: H100e, counts: H100e) -> H100e {
    if counts.get() > 0.0 { lacks * counts.over(fleet) } else { left }
}

/// Peak rate of an H100 by which H100e are counted, TFLOP/s; none if no file gives it.
pub fn peak_rate(setup: &Setup) -> Option<f64> {
    let key = match setup.basis {
        Basis::Dense8 => "chip.h100.dense8",
        Basis::Bf16 | Basis::Sustained => "chip.h100.bf16",
    };
    setup.settings.get(key).copied()
}

/// Whether the use of the fleet is followed. A plan is refused where only the peak rate lacks.
pub(super) fn is_on(w: &Wiring) -> bool {
    w.given(GATE) && peak_rate(w.setup()).is_some()
}

#[derive(Debug)]
struct Demand {
    users: Col<Ratio>,
    requests: Col<Ratio>,
    items: Col<Ratio>,
    flop: Col<Ratio>,
    efficiency: Col<Ratio>,
    growth: Col<Ratio>,
    factor: Col<Ratio>,
    now: Col<H100e>,
    /// What special chips leave.
    left: Col<H100e>,
    /// What the others' H100e count for it.
    counts: Col<H100e>,
    /// H100e used: special chips, others.
    special: Col<H100e>,
    used: Col<H100e>,
    want: Col<H100e>,
    /// H100e that the others lack for it.
    lacks: Col<H100e>,
    unserved: Col<H100e>,
}

impl Demand {
    fn wire(w: &mut Wiring, class: &str, items: &str) -> Self {
        let key = |name: &str| format!("use.{class}.{name}");
        Self {
            users: w.input(&key("users")),
            requests: w.input(&key("requests")),
            items: w.input(&key(items)),
            flop: w.input(&key("flop")),
            efficiency: w.input(&key("efficiency")),
            growth: w.input(&key("growth")),
            factor: w.state(),
            now: w.metric(&format!("use.demand.{class}")),
            left: w.state(),
            counts: w.state(),
            special: w.state(),
            used: w.state(),
            want: w.state(),
            lacks: w.state(),
            unserved: w.state(),
        }
    }
}

/// A chip's H100e in service, and what they count for ranking and inference.
#[derive(Debug)]
struct Unit {
    from: usize,
    installed: Col<H100e>,
    counts: [f64; 2],
}

#[derive(Debug)]
struct Parts {
    peak: f64,
    demands: [Demand; 2],
    /// Chips that cannot train.
    special: Vec<Unit>,
    /// Chips that can, but count less than whole for something.
    partial: Vec<Unit>,
    fleet: Col<H100e>,
    cluster: Col<H100e>,
    special_fleet: Col<H100e>,
    special_counts: [Col<H100e>; 2],
    trains: Col<H100e>,
    before: Col<H100e>,
    gained: Col<H100e>,
    want: Col<H100e>,
    room: Col<H100e>,
    serving: Col<H100e>,
    lag: Col<Quarters>,
    no_lag: Col<Quarters>,
    research_share: Col<Ratio>,
    flagship_share: Col<Ratio>,
    floor_share: Col<Ratio>,
    flagship_want: Col<H100e>,
    floor: Col<H100e>,
    research: Col<H100e>,
    flagship: Col<H100e>,
    idle: Col<H100e>,
    stranded: Col<H100e>,
    unserved: Col<H100e>,
    shares: [Col<Ratio>; 5],
    utilization: Col<Ratio>,
    draw: Option<([Col<Ratio>; 3], Col<Ratio>)>,
    rent: Option<(Col<HourPrice>, Col<Money>, Col<Money>)>,
}

/// The module.
#[derive(Debug)]
pub struct Usage(Option<Parts>);

impl Usage {
    /// Finds its inputs and hands out its columns.
    pub fn wire(w: &mut Wiring) -> Self {
        let peak = peak_rate(w.setup()).filter(|_| is_on(w));
        Self(peak.map(|peak| Parts::wire(w, peak)))
    }

    /// Demand at the start.
    #[inline(always)]
    pub fn start(&self, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        for d in &p.demands {
            b.map5_with(d.now, p.peak, d.users, d.requests, d.items, d.flop, d.efficiency, demand);
            b.map1(
                d.factor,
                d.growth,
                #[inline(always)]
                |growth| quarterly(growth),
            );
        }
        b.fill(p.no_lag, Quarters::ZERO);
        b.fill(p.serving, H100e::ZERO);
        b.fill(p.trains, H100e::ZERO);
    }

    /// Uses of the quarter.
    #[inline(always)]
    pub fn step(&self, t: usize, b: &mut Block) {
        let Some(p) = &self.0 else { return };
        p.step_demand(t, b);
        p.step_special(t, b);
        p.step_serving(t, b);
        p.step_training(b);
        p.step_totals(b);
    }
}

impl Parts {
    fn wire(w: &mut Wiring, peak: f64) -> Self {
        let count = w.setup().chips.len();
        let special = (0..count).filter_map(|chip| Unit::wire(w, chip, |chip| !chip.trains));
        let special: Vec<Unit> = special.collect();
        let partial = (0..count).filter_map(|chip| {
            Unit::wire(w, chip, |chip| chip.trains && chip.serves.iter().any(|&f| f < 1.0))
        });
        let partial: Vec<Unit> = partial.collect();
        Self {
            peak,
            demands: [Demand::wire(w, "ranking", "items"), Demand::wire(w, "inference", "tokens")],
            special,
            partial,
            fleet: w.read("fleet.h100e"),
            cluster: w.read("cluster.largest"),
            special_fleet: w.state(),
            special_counts: [w.state(), w.state()],
            trains: w.state(),
            before: w.state(),
            gained: w.state(),
            want: w.state(),
            room: w.state(),
            serving: w.state(),
            lag: w.input("use.conversion_lag"),
            no_lag: w.state(),
            research_share: w.input("use.research.share"),
            flagship_share: w.input("use.flagship.share"),
            // Columns start as zeros: without a floor nothing is kept from others.
            floor_share: w.optional("use.flagship.floor").unwrap_or_else(|| w.state()),
            flagship_want: w.state(),
            floor: w.state(),
            research: w.state(),
            flagship: w.state(),
            idle: w.state(),
            stranded: w.metric("use.stranded"),
            unserved: w.metric("use.unserved"),
            shares: ["ranking", "inference", "research", "flagship", "idle"]
                .map(|name| w.metric(&format!("use.share.{name}"))),
            utilization: w.metric("use.utilization"),
            draw: w.given("use.draw.training").then(|| {
                (
                    ["training", "inference", "idle"]
                        .map(|name| w.input(&format!("use.draw.{name}"))),
                    w.metric("use.power_utilization"),
                )
            }),
            rent: w.given("use.rent").then(|| {
                (w.input("use.rent"), w.metric("use.rented_cost"), w.metric("use.flagship_worth"))
            }),
        }
    }

    #[inline(always)]
    fn step_demand(&self, t: usize, b: &mut Block) {
        for d in self.demands.iter().filter(|_| t > 0) {
            b.map2(d.now, d.now, d.factor, grow);
        }
    }

    /// What cannot train serves first.
    #[inline(always)]
    fn step_special(&self, t: usize, b: &mut Block) {
        let sums = [self.special_fleet, self.special_counts[0], self.special_counts[1]];
        for sum in sums {
            b.fill(sum, H100e::ZERO);
        }
        for u in self.special.iter().filter(|u| u.from <= t) {
            for (sum, k) in sums.into_iter().zip([1.0, u.counts[0], u.counts[1]]) {
                b.map2_with(sum, k, sum, u.installed, add_part);
            }
        }
        let [ranking, inference] = &self.demands;
        b.map5(
            (ranking.special, inference.special, self.stranded, ranking.left, inference.left),
            self.special_fleet,
            self.special_counts[0],
            self.special_counts[1],
            ranking.now,
            inference.now,
            special,
        );
        b.copy(self.before, self.trains);
        b.map2(self.trains, self.fleet, self.special_fleet, minus);
        b.map2(self.gained, self.trains, self.before, minus);
        for (at, d) in self.demands.iter().enumerate() {
            b.copy(d.counts, self.trains);
            for u in self.partial.iter().filter(|u| u.from <= t) {
                b.map2_with(d.counts, u.counts[at] - 1.0, d.counts, u.installed, add_part);
            }
        }
    }

    #[inline(always)]
    fn step_serving(&self, t: usize, b: &mut Block) {
        let (cluster, share, floor) = (self.cluster, self.flagship_share, self.floor_share);
        b.map4((self.flagship_want, self.floor), self.trains, cluster, share, floor, flagship_want);
        b.map2(self.room, self.trains, self.floor, minus);
        let [ranking, inference] = &self.demands;
        for d in &self.demands {
            b.map3(d.want, d.left, self.trains, d.counts, taken);
        }
        b.map2(self.want, ranking.want, inference.want, sum);
        let lag = if t == 0 { self.no_lag } else { self.lag };
        b.map5(self.serving, self.want, self.room, self.serving, self.gained, lag, serving);
        let out = (ranking.used, inference.used, ranking.lacks, inference.lacks);
        b.map3(out, self.serving, ranking.want, inference.want, split);
        for d in &self.demands {
            b.map4(d.unserved, d.left, d.lacks, self.trains, d.counts, unserved);
        }
        b.map2(self.unserved, ranking.unserved, inference.unserved, sum);
    }

    #[inline(always)]
    fn step_training(&self, b: &mut Block) {
        b.map5(
            (self.research, self.flagship, self.idle),
            self.trains,
            self.serving,
            self.research_share,
            self.flagship_want,
            self.floor,
            training,
        );
    }

    #[inline(always)]
    fn step_totals(&self, b: &mut Block) {
        for d in &self.demands {
            b.map2(d.used, d.used, d.special, sum);
        }
        let [ranking, inference, research, flagship, idle] = self.shares;
        b.map5(
            (ranking, inference, research, flagship),
            self.fleet,
            self.demands[0].used,
            self.demands[1].used,
            self.research,
            self.flagship,
            shares,
        );
        let out = (idle, self.utilization);
        b.map3(out, self.fleet, self.idle, self.stranded, idle_share);
        if let Some(([training, serving, nothing], draw)) = self.draw {
            b.map8(
                draw,
                ranking,
                inference,
                research,
                flagship,
                idle,
                training,
                serving,
                nothing,
                #[inline(always)]
                |a, b, c, d, e, f, g, h| mean_draw((c + d, a + b, e), (f, g, h)),
            );
        }
        if let Some((price, rented, worth)) = self.rent {
            b.map2(rented, price, self.unserved, rent);
            b.map2(worth, price, self.flagship, rent);
        }
    }
}

impl Unit {
    fn wire(
        w: &mut Wiring,
        chip: usize,
        wanted: impl Fn(&super::setup::ChipSetup) -> bool,
    ) -> Option<Self> {
        let setup = w.setup().chips[chip].clone();
        let earliest = w.setup().earliest_step(chip);
        let stock = w.optional::<Chips>(&chip_column(&setup.name, "stock"));
        let steps = w.setup().steps();
        let there = wanted(&setup) && (earliest.is_some() || stock.is_some());
        there.then(|| Self {
            from: first_shown(earliest, stock, steps),
            installed: w.read(&chip_column(&setup.name, "installed_h100e")),
            counts: setup.serves,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn h(x: f64) -> H100e {
        H100e::new(x)
    }
    fn r(x: f64) -> Ratio {
        Ratio::new(x)
    }
    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    #[test]
    fn demand_is_users_times_what_each_takes() {
        // 86.4 million users, 10 requests of 100 items of 10^9 FLOP: 10^15 FLOP/s; at a tenth of
        // 2,000 TFLOP/s that takes 5 H100e.
        let d = demand(2_000.0, r(86.4e6), r(10.0), r(100.0), r(1e9), r(0.1));
        assert!(close(d.get(), 5.0));
        assert!(close(quarterly(r(1.0)).get() * quarterly(r(1.0)).get(), 2.0_f64.sqrt()));
    }

    #[test]
    fn chips_that_cannot_train_rank_first() {
        // 100 H100e that count whole for ranking and 60 % for inference.
        let (ranking, inference, stranded, left_r, left_i) =
            special(h(100.0), h(100.0), h(60.0), h(70.0), h(10.0));
        assert!(close(ranking.get(), 70.0) && close(inference.get(), 10.0 / 0.6));
        assert!(close(stranded.get(), 30.0 - 10.0 / 0.6));
        assert!(close(left_r.get(), 0.0) && close(left_i.get(), 0.0));
        let (ranking, inference, stranded, left_r, left_i) =
            special(h(100.0), h(100.0), h(60.0), h(70.0), h(50.0));
        assert!(close(inference.get(), 30.0) && close(left_i.get(), 50.0 - 18.0));
        assert!(close(ranking.get() + inference.get() + stranded.get(), 100.0));
        assert!(close(left_r.get(), 0.0));
        // None of them: all demand is left.
        let none = special(h(0.0), h(0.0), h(0.0), h(70.0), h(50.0));
        assert!(close(none.3.get(), 70.0) && close(none.4.get(), 50.0) && close(none.2.get(), 0.0));
    }

    #[test]
    fn new_chips_serve_at_once_and_others_are_converted_with_a_lag() {
        let lag = Quarters::new;
        let serve = |want, gained, l| serving(h(want), h(500.0), h(100.0), h(gained), lag(l)).get();
        assert!(close(serve(80.0, 0.0, 1.0), 80.0));
        assert!(close(serve(180.0, 0.0, 1.0), 140.0));
        assert!(close(serve(180.0, 50.0, 1.0), 165.0));
        assert!(close(serve(180.0, -50.0, 0.0), 180.0));
        assert!(close(serve(900.0, 0.0, 0.0), 500.0));
        assert!(close(taken(h(30.0), h(100.0), h(50.0)).get(), 60.0));
        assert!(close(taken(h(30.0), h(100.0), h(0.0)).get(), 0.0));
        // 150 wanted, 120 there: ranking's 100 first, inference lacks 30, which count half.
        let (ranking, inference, none, lacks) = split(h(120.0), h(100.0), h(50.0));
        assert!(close(ranking.get(), 100.0) && close(inference.get(), 20.0));
        assert!(none.get() == 0.0 && close(lacks.get(), 30.0));
        assert!(close(unserved(h(25.0), lacks, h(100.0), h(50.0)).get(), 15.0));
        assert!(close(unserved(h(25.0), h(0.0), h(100.0), h(0.0)).get(), 25.0));
    }

    #[test]
    fn the_flagship_gets_what_is_left_or_its_floor() {
        let (want, floor) = flagship_want(h(1_000.0), h(800.0), r(0.5), r(0.0));
        let (research, flagship, idle) = training(h(1_000.0), h(600.0), r(0.3), want, floor);
        assert!(close(research.get(), 300.0) && close(flagship.get(), 100.0));
        assert!(close(idle.get(), 0.0));
        let (want, floor) = flagship_want(h(1_000.0), h(800.0), r(0.5), r(1.0));
        let (research, flagship, _) = training(h(1_000.0), h(600.0), r(0.3), want, floor);
        assert!(close(research.get(), 0.0) && close(flagship.get(), 400.0));
        let (research, flagship, idle) = training(h(1_000.0), h(100.0), r(0.3), want, floor);
        assert!(close(research.get(), 300.0) && close(flagship.get(), 400.0));
        assert!(close(idle.get(), 200.0));
    }

    #[test]
    fn shares_sum_to_one_and_set_the_draw() {
        let (a, b, c, d) = shares(h(1_000.0), h(200.0), h(100.0), h(300.0), h(300.0));
        let (idle, used) = idle_share(h(1_000.0), h(80.0), h(20.0));
        assert!(close(used.get(), 0.9));
        assert!(close((a + b + c + d + idle).get(), 1.0) && close(idle.get(), 0.1));
        let u = mean_draw((c + d, a + b, idle), (r(0.75), r(0.5), r(0.2)));
        assert!(close(u.get(), 0.6 * 0.75 + 0.3 * 0.5 + 0.1 * 0.2));
        // 1,000 H100e at 2 USD for a quarter.
        assert!(close(rent(HourPrice::new(2.0), h(1_000.0)).get(), 2.0 * 1_000.0 * 2_191.5 / 1e9));
    }
}
