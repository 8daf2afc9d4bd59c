//! Columns of training runs: what they read, and what is kept of them.

use std::ops::Range;

use super::place::OnSite;
use super::{
    Block, Carbon, CarbonIntensity, Chips, Col, Days, Energy, EnergyPrice, FacilityPower, Flop,
    FlopPerDay, H100e, HourPrice, ItPower, Minutes, Money, Parts, Pue, Quarters, Ratio, RunSetup,
    Scalar, Wiring, first_reached, multiple, start_after,
};

/// What all runs share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) decline: Col<Ratio>,
    pub(super) reference: f64,
    pub(super) moe: Option<Col<Ratio>>,
    pub(super) fp8: Option<Col<Ratio>>,
    pub(super) stage: Col<Ratio>,
    pub(super) checkpoint: Col<Minutes>,
    pub(super) restart: Col<Minutes>,
    pub(super) exponent: Col<Ratio>,
    pub(super) failures: Col<Ratio>,
    pub(super) per_node: f64,
    pub(super) floor: f64,
    pub(super) slip_growth: Col<Ratio>,
    pub(super) slip_reference: f64,
    pub(super) draw: Col<Ratio>,
    pub(super) server: Col<Ratio>,
    pub(super) network: Col<Ratio>,
    pub(super) decay: Col<Ratio>,
    pub(super) rent: Option<Col<HourPrice>>,
    pub(super) intensity: Option<Col<CarbonIntensity>>,
    pub(super) annual: Col<Pue>,
    pub(super) peak: Col<Pue>,
    pub(super) electricity: Col<EnergyPrice>,
    pub(super) lag: Col<Quarters>,
    pub(super) work: Work,
}

/// Columns to work in, for one run after the other.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) starts: Col<Ratio>,
    pub(super) cluster: Col<Chips>,
    pub(super) job: Col<Chips>,
    pub(super) mfu: Col<Ratio>,
    pub(super) failure: Col<Minutes>,
    pub(super) checkpoint: Col<Minutes>,
    pub(super) restart: Col<Minutes>,
    pub(super) goodput: Col<Ratio>,
    pub(super) efficiency: Col<Ratio>,
    pub(super) speed: Col<FlopPerDay>,
    pub(super) wanted: Col<Flop>,
    pub(super) days: Col<Days>,
    pub(super) slip: Col<Days>,
    pub(super) cancel: Col<Quarters>,
    pub(super) compute: Col<Flop>,
}

/// A chance and what happens then.
#[derive(Debug)]
pub(super) struct Event<T> {
    pub(super) chance: Col<Ratio>,
    pub(super) uniform: Col<Ratio>,
    pub(super) value: Col<T>,
}

/// When a run can start, where that is not known before the first quarter.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Size that it waits for, and when the cluster reached it.
    pub(super) cluster: Option<(Col<Chips>, Col<Quarters>)>,
    /// A size of one chip, for a run that waits for the power of its site only.
    pub(super) least: Option<Col<Chips>>,
    /// Column of the end of the run before.
    pub(super) after: Option<Col<Quarters>>,
    /// A column of zeros and less: no wait.
    pub(super) none: Col<Quarters>,
}

/// One planned run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) earliest: f64,
    pub(super) moe: bool,
    pub(super) fp8: bool,
    /// Compute as given, or FLOP of another run and how many times.
    pub(super) compute: Result<Col<Flop>, (f64, Col<Ratio>)>,
    pub(super) share: Col<Ratio>,
    pub(super) mfu: Col<Ratio>,
    pub(super) longest: Col<Days>,
    pub(super) prep: Col<Days>,
    pub(super) post: Col<Days>,
    pub(super) slip: Option<Event<Days>>,
    pub(super) descope: Option<Event<Ratio>>,
    pub(super) cancel: Option<(Col<Ratio>, Col<Ratio>)>,
    pub(super) siblings: Option<Col<Ratio>>,
    pub(super) family: Option<usize>,
    pub(super) waiting: Option<Waiting>,
    pub(super) on_site: Option<OnSite>,
    pub(super) start: Col<Quarters>,
    pub(super) finish: Col<Quarters>,
    pub(super) release: Col<Quarters>,
    pub(super) end: Col<Quarters>,
    pub(super) reached: Col<Flop>,
    pub(super) started: Col<Ratio>,
    pub(super) finished: Col<Ratio>,
    pub(super) released: Col<Ratio>,
    pub(super) canceled: Col<Ratio>,
    pub(super) canceled_at: Col<Quarters>,
    pub(super) done: Col<Flop>,
    pub(super) out: Outcome,
}

/// What is reported of a run once it has started.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) planned: Col<Flop>,
    pub(super) cluster: Col<Chips>,
    pub(super) job: Col<Chips>,
    pub(super) job_h100e: Col<H100e>,
    pub(super) mfu: Col<Ratio>,
    pub(super) goodput: Col<Ratio>,
    pub(super) efficiency: Col<Ratio>,
    pub(super) days: Col<Days>,
    pub(super) power: Col<ItPower>,
    pub(super) facility: Col<FacilityPower>,
    pub(super) energy: Col<Energy>,
    pub(super) cost_energy: Col<Money>,
    pub(super) amortized: Col<Money>,
    pub(super) acquisition: Col<Money>,
    pub(super) rental: Option<Col<Money>>,
    pub(super) emissions: Option<Col<Carbon>>,
}

/// One family: its past runs, and the sum.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) past: Vec<(f64, f64)>,
    pub(super) compute: Col<Flop>,
}

impl Run {
    pub(super) fn wire(w: &mut Wiring, setup: &RunSetup, after: Option<Col<Quarters>>) -> Self {
        let key = |quantity: &str| format!("training.{}.{quantity}", setup.name);
        let event = |w: &mut Wiring, name: &str| {
            w.given(&key(&format!("{name}.chance")))
                .then(|| (w.input(&key(&format!("{name}.chance"))), w.event(&key(name))))
        };
        let descope = event(w, "descope");
        let slip = event(w, "slip");
        let min_cluster = w.optional(&key("min_cluster"));
        let on_site = OnSite::wire(w, setup);
        let least = (on_site.is_some() && min_cluster.is_none()).then(|| w.state());
        let size = min_cluster.or(least);
        let waits = size.is_some() || after.is_some();
        let steps = w.setup().steps();
        Self {
            earliest: setup.earliest,
            moe: setup.moe,
            fp8: setup.fp8,
            compute: match setup.base {
                Some(base) => Err((base, w.input(&key("compute.times")))),
                None => Ok(w.input(&key("compute"))),
            },
            share: w.optional("training.share").unwrap_or_else(|| w.input(&key("share"))),
            mfu: w.input(&key("mfu")),
            longest: w.input(&key("longest")),
            prep: w.input(&key("prep")),
            post: w.input(&key("post_training")),
            slip: slip.map(|(chance, uniform)| Event {
                chance,
                uniform,
                value: w.input(&key("slip.value")),
            }),
            descope: descope.map(|(chance, uniform)| Event {
                chance,
                uniform,
                value: w.input(&key("descope.value")),
            }),
            cancel: w
                .given(&key("cancel"))
                .then(|| (w.input(&key("cancel")), w.event(&key("cancel")))),
            siblings: w.optional(&key("siblings")),
            family: setup.family,
            waiting: waits.then(|| Waiting {
                cluster: size.map(|size| (size, w.state())),
                least,
                after,
                none: w.state(),
            }),
            on_site,
            start: w.share(&key("~start")),
            finish: w.share(&key("~finish")),
            release: w.share(&key("~release")),
            end: w.state(),
            reached: w.share(&key("~run_compute")),
            started: w.run_metric(setup, "started", 0..steps),
            finished: w.run_metric(setup, "finished", 0..steps),
            released: w.run_metric(setup, "released", 0..steps),
            canceled: w.run_metric(setup, "canceled", 0..steps),
            canceled_at: w.state(),
            done: w.run_metric(setup, "compute", 0..steps),
            out: Outcome::wire(w, setup, steps.saturating_sub(1)..steps),
        }
    }

    /// Nothing has happened; where a run waits for nothing, its start is known.
    #[inline(always)]
    pub(super) fn begin(&self, b: &mut Block) {
        let never = Quarters::new(f64::INFINITY);
        for column in [self.finish, self.release, self.end, self.canceled_at] {
            b.fill(column, never);
        }
        for column in [self.started, self.finished, self.released, self.canceled] {
            b.fill(column, Ratio::ZERO);
        }
        b.fill(self.reached, Flop::ZERO);
        self.out.clear(b);
        match self.compute {
            Ok(given) => b.copy(self.out.planned, given),
            Err((base, times)) => b.map1_with(self.out.planned, base, times, multiple),
        }
        match &self.waiting {
            None => b.map1_with(
                self.start,
                self.earliest,
                self.prep,
                #[inline(always)]
                |earliest, prep| Quarters::new(earliest) + prep.quarters(),
            ),
            Some(waiting) => {
                b.fill(self.start, never);
                b.fill(waiting.none, Quarters::new(f64::NEG_INFINITY));
                if let Some((_, there)) = waiting.cluster {
                    b.fill(there, never);
                }
                if let Some(place) = &self.on_site {
                    place.begin(b);
                }
                if let Some(least) = waiting.least {
                    b.fill(least, Chips::new(1.0));
                }
            }
        }
    }

    /// The cluster that it has, at the end of the quarter before and of this one.
    #[inline(always)]
    pub(super) fn place(&self, parts: &Parts) -> (Col<H100e>, Col<H100e>) {
        self.on_site
            .as_ref()
            .map_or((parts.before, parts.cluster), |place| (place.cluster, place.cluster))
    }

    /// When it starts, as far as that is known at the end of the quarter.
    #[inline(always)]
    pub(super) fn wait(&self, at: f64, b: &mut Block, parts: &Parts) {
        let Some(waiting) = &self.waiting else { return };
        if let Some((size, there)) = waiting.cluster {
            let (before, now) = self.place(parts);
            b.map6_with(
                there,
                at,
                there,
                before,
                now,
                parts.cluster,
                parts.chips,
                size,
                #[inline(always)]
                |at, there, before, now, largest, chips, size| {
                    first_reached(at, there, before, now, (largest, chips), size)
                },
            );
        }
        let mut there = waiting.cluster.map_or(waiting.none, |(_, there)| there);
        if let Some(place) = &self.on_site {
            there = place.wait(there, b);
        }
        let after = waiting.after.unwrap_or(waiting.none);
        b.map3_with(self.start, self.earliest, there, after, self.prep, start_after);
    }
}

impl Outcome {
    pub(super) fn wire(w: &mut Wiring, setup: &RunSetup, during: Range<usize>) -> Self {
        let rental = w.given("use.rent");
        let emissions = w.given("carbon.grid");
        Self {
            planned: w.run_metric(setup, "planned_compute", during.clone()),
            cluster: w.run_metric(setup, "cluster_chips", during.clone()),
            job: w.run_metric(setup, "job_chips", 0..during.end),
            job_h100e: w.run_metric(setup, "job_h100e", during.clone()),
            mfu: w.run_metric(setup, "mfu", during.clone()),
            goodput: w.run_metric(setup, "goodput", during.clone()),
            efficiency: w.run_metric(setup, "efficiency", during.clone()),
            days: w.run_metric(setup, "days", during.clone()),
            power: w.run_metric(setup, "power", during.clone()),
            facility: w.run_metric(setup, "facility_power", during.clone()),
            energy: w.run_metric(setup, "energy", during.clone()),
            cost_energy: w.run_metric(setup, "cost_energy", during.clone()),
            amortized: w.run_metric(setup, "cost_amortized", during.clone()),
            acquisition: w.run_metric(setup, "cost_acquisition", during.clone()),
            rental: rental.then(|| w.run_metric(setup, "cost_rental", during.clone())),
            emissions: emissions.then(|| w.run_metric(setup, "emissions", during)),
        }
    }

    #[inline(always)]
    fn clear(&self, b: &mut Block) {
        b.fill(self.cluster, Chips::ZERO);
        b.fill(self.job, Chips::ZERO);
        b.fill(self.job_h100e, H100e::ZERO);
        for column in [self.mfu, self.goodput, self.efficiency] {
            b.fill(column, Ratio::ZERO);
        }
        b.fill(self.days, Days::ZERO);
        b.fill(self.power, ItPower::ZERO);
        b.fill(self.facility, FacilityPower::ZERO);
        b.fill(self.energy, Energy::ZERO);
        let costs = [Some(self.cost_energy), Some(self.amortized), Some(self.acquisition)];
        for column in costs.into_iter().chain([self.rental]).flatten() {
            b.fill(column, Money::ZERO);
        }
        if let Some(column) = self.emissions {
            b.fill(column, Carbon::ZERO);
        }
    }
}

impl Shared {
    pub(super) fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let runs = || setup.runs.iter();
        Self {
            decline: w.input("training.mfu_decline"),
            reference: w.setting("training.reference_chips"),
            moe: runs().any(|run| run.moe).then(|| w.input("training.moe_factor")),
            fp8: runs().any(|run| run.fp8).then(|| w.input("training.fp8_gain")),
            stage: w.input("training.stage_factor"),
            checkpoint: w.input("training.checkpoint_time"),
            restart: w.input("training.restart_time"),
            exponent: w.input("training.size_exponent"),
            failures: w.input("training.failure_rate"),
            per_node: w.setting("training.chips_per_node"),
            floor: w.setting("training.goodput_floor"),
            slip_growth: w.input("training.slip_growth"),
            slip_reference: w.setting("training.slip_reference"),
            draw: w.input("training.draw"),
            server: w.input("training.server_factor"),
            network: w.input("training.network_share"),
            decay: w.input("training.value_decay"),
            rent: w.optional("use.rent"),
            intensity: w.optional("carbon.grid"),
            annual: w.input("facility.annual_pue"),
            peak: w.read("facility.~peak"),
            electricity: w.input("energy.price"),
            lag: w.input("supply.dock_lag"),
            work: Work {
                starts: w.state(),
                cluster: w.state(),
                job: w.state(),
                mfu: w.state(),
                failure: w.state(),
                checkpoint: w.state(),
                restart: w.state(),
                goodput: w.state(),
                efficiency: w.state(),
                speed: w.state(),
                wanted: w.state(),
                days: w.state(),
                slip: w.state(),
                cancel: w.state(),
                compute: w.state(),
            },
        }
    }
}
