//! What the sampler does for a block: which stream, which transform, which column.

use super::Factor;
use super::Memory;
use super::dated::{DatedDraw, DatedTerm, SitePlan, quarter_of, slip_key};
use super::groups::{Group, SharesDraw, compile as compile_groups};
use super::training::dated_of_run;
use crate::diag::{Diagnostic, Diagnostics};
use crate::dist::Regimes;
use crate::model::declare::Use;
use crate::model::factors::FACTORS;
use crate::model::wiring::{EVENT, InputColumn, Wiring};
use crate::sampling::{RegimeSampler, Stream, Transform};
use crate::scenario::{Input, InputValue, Loading, Scenario};
use crate::units::typed::Ratio;

/// An input drawn once.
#[derive(Clone, Debug)]
pub struct Once {
    /// Its key, the name of its stream.
    pub key: String,
    /// Its random numbers.
    pub stream: Stream,
    /// From score to value.
    pub transform: Transform,
    /// Column.
    pub column: usize,
}

/// A factor's part in a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Position of the factor.
    pub factor: usize,
    /// Quarters by which the factor comes earlier.
    pub lag: usize,
    /// Weight.
    pub weight: f64,
}

/// An input whose score is an AR(1) series with parts of the common factors.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its key.
    pub key: String,
    /// Its own random numbers.
    pub stream: Stream,
    /// Weight of its own part: √(1 − Σ λ²).
    pub own_weight: f64,
    /// Parts of the factors.
    pub terms: Vec<Term>,
    /// Column of its own part.
    pub own: usize,
    /// Column of the score.
    pub score: usize,
    /// From score to value.
    pub transform: Transform,
    /// Column of the value.
    pub column: usize,
    /// Drawn in the first quarter of a year only.
    pub yearly: bool,
    /// A chain of regimes in place of the transform.
    pub regime: Option<Regime>,
}

/// A chain of regimes.
#[derive(Clone, Debug)]
pub struct Regime {
    /// Random numbers of the changes.
    pub stream: Stream,
    /// Column of the choice.
    pub choice: usize,
    /// Column of the state.
    pub state: usize,
    /// The chain.
    pub sampler: RegimeSampler,
    /// First step in which it is drawn: the first year without guidance.
    pub from: usize,
}

/// An input drawn afresh each quarter.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Its key.
    pub key: String,
    /// Its random numbers.
    pub stream: Stream,
    /// From score to value.
    pub transform: Transform,
    /// Column.
    pub column: usize,
}

/// An input drawn afresh for each quarter of a year, when the year opens.
#[derive(Clone, Debug)]
pub struct YearAhead {
    /// Its key.
    pub key: String,
    /// Its random numbers.
    pub stream: Stream,
    /// From score to value.
    pub transform: Transform,
    /// Columns of the four quarters.
    pub columns: [usize; 4],
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub(super) struct Draws {
    pub(super) constants: Vec<(usize, f64)>,
    pub(super) once: Vec<Once>,
    pub(super) groups: Vec<Group>,
    pub(super) shares: Option<SharesDraw>,
    pub(super) factors: Vec<Factor>,
    pub(super) series: Vec<Series>,
    pub(super) fresh: Vec<Fresh>,
    pub(super) year_ahead: Vec<YearAhead>,
    pub(super) sites: SitePlan,
    pub(super) score: usize,
    pub(super) own: Memory,
    pub(super) kept: Vec<(String, usize)>,
    pub(super) repairs: Vec<(String, f64)>,
}

/// Inputs that a Dirichlet of `capex.shares` sets, by the names of its components.
const SHARES: [(&str, &str); 3] = [
    ("chips", "capex.chip_share"),
    ("other", "capex.other_share"),
    ("building", "capex.building_share"),
];

fn memory(name: &str, w: &mut Wiring) -> Memory {
    Memory {
        persistence: w.input::<Ratio>(&format!("factor.persistence.{name}")).index(),
        innovation: new_column(w),
    }
}

impl Draws {
    pub(super) fn compile(scenario: &Scenario, w: &mut Wiring, problems: &mut Diagnostics) -> Self {
        let mut draws = Self { score: new_column(w), ..Self::default() };
        let memories: Vec<Memory> = FACTORS.iter().map(|name| memory(name, w)).collect();
        draws.own = memory("own", w);
        let inputs = w.inputs.clone();
        draws.shares(scenario, &inputs, w);
        let mut compiler = Compiler { scenario, w, problems, draws: &mut draws };
        for input in &inputs {
            compiler.input(input);
        }
        compiler.phases(&inputs);
        compiler.runs(&inputs);
        draws.factors(scenario, &memories, w);
        let (groups, repairs) = compile_groups(scenario, &mut draws.once);
        draws.kept = draws
            .once
            .iter()
            .chain(groups.iter().flat_map(|group| &group.members))
            .map(|draw| (draw.key.clone(), draw.column))
            .collect();
        draws.kept.sort();
        (draws.groups, draws.repairs) = (groups, repairs);
        draws
    }

    /// The factors, each with as much history as some series lags behind it.
    fn factors(&mut self, scenario: &Scenario, memories: &[Memory], w: &mut Wiring) {
        for (position, name) in FACTORS.iter().enumerate() {
            let lag = self
                .series
                .iter()
                .flat_map(|series| &series.terms)
                .filter(|term| term.factor == position)
                .map(|term| term.lag)
                .max();
            if let Some(lag) = lag {
                self.factors.push(Factor {
                    stream: Stream::new(scenario.run.seed, &format!("factor.{name}")),
                    memory: memories[position],
                    history: (0..=lag).map(|_| new_column(w)).collect(),
                });
            } else {
                // A factor that no series loads on is not drawn at all.
                self.factors.push(Factor {
                    stream: Stream::new(scenario.run.seed, &format!("factor.{name}")),
                    memory: memories[position],
                    history: Vec::new(),
                });
            }
        }
    }

    fn shares(&mut self, scenario: &Scenario, inputs: &[InputColumn], w: &mut Wiring) {
        let Some(Input { value: InputValue::Shares(dirichlet), .. }) =
            scenario.inputs.get("capex.shares")
        else {
            return;
        };
        let mut components = Vec::new();
        let mut columns = Vec::new();
        for (position, name) in ["chips", "other", "building", "rest"].iter().enumerate() {
            let Ok(gamma) = dirichlet.component(position) else { return };
            let Some(transform) = Transform::new(&gamma, 1.0) else { return };
            components
                .push((Stream::new(scenario.run.seed, &format!("capex.shares.{name}")), transform));
            let target =
                SHARES.iter().find(|(component, _)| component == name).and_then(|(_, key)| {
                    inputs.iter().find(|input| input.key == *key).map(|input| input.columns[0])
                });
            columns.push(target.unwrap_or_else(|| new_column(w)));
        }
        self.shares = Some(SharesDraw { components, columns, sum: new_column(w) });
    }
}

struct Compiler<'a, 'b, 'w> {
    scenario: &'a Scenario,
    w: &'b mut Wiring<'w>,
    problems: &'b mut Diagnostics,
    draws: &'b mut Draws,
}

impl<'a> Compiler<'a, '_, '_> {
    fn input(&mut self, input: &InputColumn) {
        if input.key.ends_with(EVENT) {
            self.event(input);
            return;
        }
        let Some(given) = self.given(&input.key) else { return };
        let stream = self.stream(&input.key);
        let column = input.columns[0];
        let Some(transform) = self.transform(given) else { return };
        match input.used {
            Use::Setting | Use::Once => {
                if let Some(value) = transform.constant() {
                    self.draws.constants.push((column, value));
                } else {
                    let key = input.key.clone();
                    self.draws.once.push(Once { key, stream, transform, column });
                }
            }
            Use::Quarter | Use::Year => {
                let series = self.series(given, stream, transform, column);
                self.draws.series.push(series);
            }
            Use::Fresh if input.columns.len() == 4 => {
                let columns = std::array::from_fn(|q| input.columns[q]);
                let key = input.key.clone();
                self.draws.year_ahead.push(YearAhead { key, stream, transform, columns });
            }
            Use::Fresh => {
                let key = input.key.clone();
                self.draws.fresh.push(Fresh { key, stream, transform, column });
            }
            Use::Dated => {}
        }
    }

    /// A uniform that decides whether something happens.
    fn event(&mut self, input: &InputColumn) {
        let Some(transform) = Transform::new(&*crate::dist::unit_uniform(), 1.0) else { return };
        let (key, column) = (input.key.clone(), input.columns[0]);
        self.draws.once.push(Once { stream: self.stream(&key), key, transform, column });
    }

    fn stream(&self, name: &str) -> Stream {
        Stream::new(self.scenario.run.seed, name)
    }

    /// The scenario's value for a key; a chip without a slip of its own shares `chip.slip`.
    fn given(&self, key: &str) -> Option<&'a Input> {
        let shared = || {
            let slip = crate::model::matches("chip.*.slip", key);
            slip.then(|| self.scenario.inputs.get("chip.slip")).flatten()
        };
        self.scenario.inputs.get(key).or_else(shared)
    }

    fn transform(&mut self, input: &Input) -> Option<Transform> {
        let transform = match &input.value {
            InputValue::Dist(distribution) => Transform::new(&**distribution, input.scale),
            // Regimes and shares bring their own recipe.
            InputValue::Regimes(_) | InputValue::Shares(_) => {
                Transform::new(&*crate::dist::constant(0.0), 1.0)
            }
        };
        if transform.is_none() {
            self.problems.push(
                Diagnostic::error(
                    super::codes::QUANTILE,
                    format!("`{}` cannot be drawn: some quantile is not finite", input.key),
                )
                .at(input.span.clone(), "no finite quantile")
                .help("give it a lower spread, or bounds"),
            );
        }
        transform
    }

    fn series(
        &mut self,
        input: &Input,
        stream: Stream,
        transform: Transform,
        column: usize,
    ) -> Series {
        let (own_weight, terms) = terms(self.scenario.loadings.get(&input.key));
        let regime = match &input.value {
            InputValue::Regimes(regimes) => Some(self.regime(&input.key, regimes, input.scale)),
            InputValue::Dist(_) | InputValue::Shares(_) => None,
        };
        Series {
            key: input.key.clone(),
            stream,
            own_weight,
            terms,
            own: new_column(self.w),
            score: new_column(self.w),
            transform,
            column,
            yearly: input.decl.used == Use::Year,
            regime,
        }
    }

    /// The chain starts in the first year without guidance.
    fn regime(&mut self, key: &str, regimes: &Regimes, scale: f64) -> Regime {
        let setup = self.w.setup();
        let unguided = |t: &usize| {
            let year = setup.quarters[*t].0;
            let closed = (1..=4).all(|q| setup.capex.contains_key(&(year, q)));
            setup.opens_year(*t) && !closed && !setup.capex_ranges.contains_key(&year)
        };
        let from = (0..setup.steps()).find(unguided).unwrap_or(usize::MAX);
        Regime {
            stream: self.stream(&format!("{key} regime")),
            choice: new_column(self.w),
            state: new_column(self.w),
            sampler: RegimeSampler {
                start: regimes.start_thresholds(),
                next: regimes.thresholds(),
                mean: regimes.mean_log(),
                sd: regimes.sd_log(),
                scale,
            },
            from,
        }
    }

    /// Slip and completion of each phase, at the quarter for which it is planned.
    fn phases(&mut self, inputs: &[InputColumn]) {
        let setup = self.w.setup();
        let mut sites = SitePlan {
            sites: setup.sites.iter().map(|site| self.stream(&format!("site.{site}"))).collect(),
            ..SitePlan::default()
        };
        for (position, phase) in setup.phases.iter().enumerate() {
            let at = quarter_of(phase.planned);
            let key = slip_key(setup, position);
            let Some(slip) = self.scenario.inputs.get(&key) else { continue };
            let Some(transform) = self.transform(slip) else { continue };
            let (own, terms, until) = dated_terms(self.scenario.loadings.get(&key), at, phase.site);
            sites.until = sites.until.max(until);
            for (name, transform) in [("slip", Some(transform)), ("completed", None)] {
                let key = format!("{}.{name}", phase.key);
                let Some(input) = inputs.iter().find(|input| input.key == key) else { continue };
                sites.draws.push(DatedDraw {
                    key: key.clone(),
                    stream: self.stream(&key),
                    own,
                    terms: terms.clone(),
                    score: new_column(self.w),
                    column: input.columns[0],
                    transform,
                });
            }
        }
        self.draws.sites = sites;
    }

    /// Preparation, post-training and slip of each planned run, at the quarters for which they are
    /// planned.
    fn runs(&mut self, inputs: &[InputColumn]) {
        let setup = self.w.setup();
        for run in &setup.runs {
            for (key, planned) in dated_of_run(setup, run) {
                let Some(input) = inputs.iter().find(|input| input.key == key) else { continue };
                let Some(given) = self.scenario.inputs.get(&key) else { continue };
                let Some(transform) = self.transform(given) else { continue };
                if let Some(value) = transform.constant() {
                    self.draws.constants.push((input.columns[0], value));
                    continue;
                }
                let at = quarter_of(planned);
                let (own, terms, until) = dated_terms(self.scenario.loadings.get(&key), at, 0);
                let until = if terms.is_empty() { 0 } else { until };
                let (stream, score) = (self.stream(&key), new_column(self.w));
                let (column, transform) = (input.columns[0], Some(transform));
                let sites = &mut self.draws.sites;
                sites.until = sites.until.max(until);
                sites.draws.push(DatedDraw { key, stream, own, terms, score, column, transform });
            }
        }
        let sites = &mut self.draws.sites;
        if !sites.draws.is_empty() {
            let series = FACTORS.len() + sites.sites.len();
            sites.series = (0..series).map(|_| new_column(self.w)).collect();
            let terms = || sites.draws.iter().flat_map(|draw| &draw.terms);
            let used = |position: &usize| terms().any(|term| term.factor == *position);
            sites.used = (0..series).filter(used).collect();
        }
    }
}

fn own_weight(squares: f64) -> f64 {
    (1.0 - squares).max(0.0).sqrt()
}

fn terms(loading: Option<&Loading>) -> (f64, Vec<Term>) {
    let Some(loading) = loading else { return (1.0, Vec::new()) };
    let terms: Vec<Term> = (0..FACTORS.len())
        .filter(|&factor| loading.weights[factor] != 0.0)
        .map(|factor| Term {
            factor,
            lag: loading.lags[factor] as usize,
            weight: loading.weights[factor],
        })
        .collect();
    (own_weight(terms.iter().map(|term| term.weight * term.weight).sum()), terms)
}

fn dated_terms(loading: Option<&Loading>, at: u32, site: usize) -> (f64, Vec<DatedTerm>, u32) {
    let (_, series) = terms(loading);
    let site_weight = loading.map_or(0.0, |loading| loading.site);
    let squares: f64 = series.iter().map(|term| term.weight * term.weight).sum();
    let mut dated: Vec<DatedTerm> = series
        .iter()
        .map(|term| DatedTerm {
            factor: term.factor,
            at: at.saturating_sub(term.lag as u32),
            weight: term.weight,
        })
        .collect();
    if site_weight != 0.0 {
        dated.push(DatedTerm { factor: FACTORS.len() + site, at, weight: site_weight });
    }
    (own_weight(squares + site_weight * site_weight), dated, at)
}

fn new_column(w: &mut Wiring) -> usize {
    w.state::<Ratio>().index()
}
