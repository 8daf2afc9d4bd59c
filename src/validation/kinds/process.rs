//! `process`: series over time.

use std::cell::OnceCell;

use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::dist::{RegimeParams, Regimes};
use crate::sampling::RegimeSampler;
use crate::stats::{OrnsteinUhlenbeck, ar1_innovation_sd, ar1_stationary_variance};
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Column;

pub(super) const KIND: Kind = Kind {
    name: "process",
    doc: "A series over time: an Ornstein-Uhlenbeck process in exact steps, an AR(1), or the chain \
          of capex regimes.",
    keys: &[
        key("process", "`ou`, `ar1` or `regimes`"),
        key("kappa", "ou: rate of return to the mean"),
        key("theta", "ou: long-run mean"),
        key("sigma", "ou: volatility; ar1: standard deviation of a shock"),
        key(
            "start",
            "ou: value at time 0; regimes: weights of the first period, if not stationary",
        ),
        key("time", "ou: when it is looked at"),
        key("steps", "ou: exact steps until then, when it is sampled; 8 if it is left out"),
        key("phi", "ar1: persistence"),
        key("stationary_sd", "ar1: instead of `sigma`"),
        key("weights", "regimes: stationary weights of boom, normal, digest"),
        key("stay", "regimes: probability of staying"),
        key("mean_log", "regimes: mean log growth of each"),
        key("sd_log", "regimes: its standard deviation in each"),
        key("period", "regimes: which period is looked at, from 1"),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "of ou `mean`, `variance`, `sd`, `stationary_variance`, `stationary_sd`, `phi` (of all the \
            time); of ar1 `stationary_variance`, `stationary_sd`, `innovation_sd`, `autocorrelation 2` \
            (any lag); of regimes `mean`, `variance` and `sd` of log growth in the period, `share 1` \
            (of a regime, 1 to 3), `transition 1 2`; with `draws` all but `stationary_*`, \
            `innovation_sd`, `phi` and `transition` sampled too, of ar1 also `stationary_variance`",
    example: r#"[[case]]
id      = "ou"
kind    = "process"
source  = "closed form"
process = "ou"
kappa   = 0.7
theta   = 3
sigma   = 0.4
start   = 1
time    = 2
draws   = 50_000
expect  = { mean = 2.50680607211679, variance = 0.107335992842832 }"#,
    read: |fields, _| read(fields),
};

#[derive(Debug)]
enum Process {
    Ou { ou: OrnsteinUhlenbeck, start: f64, time: f64, steps: u64 },
    Ar1 { phi: f64, sigma: f64 },
    Regimes { chain: Regimes, period: u64 },
}

#[derive(Debug)]
struct Series {
    process: Process,
    draws: u64,
    seed: u64,
    values: OnceCell<Vec<Column>>,
}

const OF_OU: &[&str] = &["mean", "variance", "sd", "stationary_variance", "stationary_sd", "phi"];
const OF_AR1: &[&str] =
    &["stationary_variance", "stationary_sd", "innovation_sd", "autocorrelation 1"];
const OF_REGIMES: &[&str] = &["mean", "variance", "sd", "share 1", "transition 1 2"];

/// Quarters of an AR(1) that are drawn.
const LAGS: u32 = 12;

fn lag(name: &str) -> Option<u32> {
    let lag = name.strip_prefix("autocorrelation ")?.trim().parse().ok()?;
    (1..LAGS).contains(&lag).then_some(lag)
}

fn regime(text: &str) -> Option<usize> {
    text.trim().parse::<usize>().ok().filter(|k| (1..=3).contains(k)).map(|k| k - 1)
}

fn transition(name: &str) -> Option<(usize, usize)> {
    let (i, j) = name.strip_prefix("transition ")?.split_once(' ')?;
    Some((regime(i)?, regime(j)?))
}

fn share(name: &str) -> Option<usize> {
    regime(name.strip_prefix("share ")?)
}

impl Process {
    fn listed(&self) -> &'static [&'static str] {
        match self {
            Self::Ou { .. } => OF_OU,
            Self::Ar1 { .. } => OF_AR1,
            Self::Regimes { .. } => OF_REGIMES,
        }
    }

    fn knows(&self, name: &str) -> bool {
        match self {
            Self::Ou { .. } => OF_OU.contains(&name),
            Self::Ar1 { .. } => OF_AR1.contains(&name) || lag(name).is_some(),
            Self::Regimes { .. } => {
                OF_REGIMES.contains(&name) || share(name).is_some() || transition(name).is_some()
            }
        }
    }

    fn exact(&self, name: &str) -> Option<f64> {
        match self {
            Self::Ou { ou, start, time, .. } => match name {
                "mean" => Some(ou.mean(*start, *time)),
                "variance" => Some(ou.variance(*time)),
                "sd" => Some(ou.variance(*time).sqrt()),
                "stationary_variance" => Some(ou.stationary_variance()),
                "stationary_sd" => Some(ou.stationary_variance().sqrt()),
                "phi" => Some(ou.phi(*time)),
                _ => None,
            },
            Self::Ar1 { phi, sigma } => match name {
                "stationary_variance" => ar1_stationary_variance(*phi, *sigma),
                "stationary_sd" => ar1_stationary_variance(*phi, *sigma).map(f64::sqrt),
                "innovation_sd" => {
                    let sd = ar1_stationary_variance(*phi, *sigma)?.sqrt();
                    ar1_innovation_sd(*phi, sd)
                }
                _ => lag(name).map(|lag| libm::pow(*phi, f64::from(lag))),
            },
            Self::Regimes { chain, period } => regimes(chain, *period, name),
        }
    }
}

/// Weights of the regimes in a period.
fn weights(chain: &Regimes, period: u64) -> [f64; 3] {
    let moves = chain.transition();
    (1..period).fold(chain.start(), |before, _| {
        std::array::from_fn(|j| (0..3).map(|i| before[i] * moves[i][j]).sum())
    })
}

fn regimes(chain: &Regimes, period: u64, name: &str) -> Option<f64> {
    if let Some((i, j)) = transition(name) {
        return Some(chain.transition()[i][j]);
    }
    let weights = weights(chain, period);
    let (means, sds) = (chain.mean_log(), chain.sd_log());
    let sum = |f: &dyn Fn(usize) -> f64| (0..3).map(|k| weights[k] * f(k)).sum::<f64>();
    let mean = sum(&|k| means[k]);
    let variance = sum(&|k| sds[k] * sds[k] + (means[k] - mean) * (means[k] - mean));
    match name {
        "mean" => Some(mean),
        "variance" => Some(variance),
        "sd" => Some(variance.sqrt()),
        _ => share(name).map(|k| weights[k]),
    }
}

impl Series {
    /// Columns of the series at the times that are looked at.
    fn values(&self) -> &[Column] {
        self.values.get_or_init(|| match &self.process {
            Process::Ou { ou, start, time, steps } => vec![self.ou(ou, *start, *time, *steps)],
            Process::Ar1 { phi, sigma } => self.ar1(*phi, *sigma),
            Process::Regimes { chain, period } => self.regimes(chain, *period),
        })
    }

    fn ou(&self, ou: &OrnsteinUhlenbeck, start: f64, time: f64, steps: u64) -> Column {
        let step = time / steps as f64;
        let (phi, sd) = (ou.phi(step), ou.variance(step).sqrt());
        let mut x = sample::scores(self.seed, "series", 0, self.draws);
        x.fill(start);
        for t in 0..steps {
            let shocks = sample::scores(self.seed, "series", t as u32, self.draws);
            for (x, z) in x.as_mut_slice().iter_mut().zip(shocks.as_slice()) {
                *x = ou.theta + (*x - ou.theta) * phi + sd * z;
            }
        }
        x
    }

    fn ar1(&self, phi: f64, sigma: f64) -> Vec<Column> {
        let start = ar1_stationary_variance(phi, sigma).unwrap_or(f64::NAN).sqrt();
        let mut all: Vec<Column> = Vec::new();
        for t in 0..LAGS {
            let mut x = sample::scores(self.seed, "series", t, self.draws);
            for (at, x) in x.as_mut_slice().iter_mut().enumerate() {
                let before = all.last().map(|column: &Column| column.as_slice()[at]);
                *x = before.map_or(start * *x, |before| phi * before + sigma * *x);
            }
            all.push(x);
        }
        all
    }

    /// State and value in the period.
    fn regimes(&self, chain: &Regimes, period: u64) -> Vec<Column> {
        let sampler = RegimeSampler {
            start: chain.start_thresholds(),
            next: chain.thresholds(),
            mean: chain.mean_log(),
            sd: chain.sd_log(),
            scale: 1.0,
        };
        let column = |name: &str, t: u64| sample::scores(self.seed, name, t as u32, self.draws);
        let (mut state, mut value) = (column("state", 0), column("value", 0));
        for t in 0..period {
            let (choice, series) = (column("choice", t), column("series", t));
            sampler.step(t == 0, &choice, &series, &mut state, &mut value);
        }
        vec![state, value]
    }

    fn sampled(&self, name: &str) -> Option<Measured> {
        if self.draws == 0 {
            return None;
        }
        let n = self.draws as usize;
        let column = |at: usize| self.values().get(at).map(|column| &column.as_slice()[..n]);
        match (&self.process, name) {
            (Process::Ar1 { .. }, "stationary_variance") => {
                Some(sample::variance(column(LAGS as usize - 1)?))
            }
            (Process::Ar1 { .. }, _) => {
                let (x, y) = (column(0)?, column(lag(name)? as usize)?);
                Some(sample::batched(n, |r| crate::stats::pearson(&x[r.clone()], &y[r])))
            }
            (process, _) => {
                let values = column(usize::from(matches!(process, Process::Regimes { .. })))?;
                match name {
                    "mean" => Some(sample::mean(values)),
                    "variance" => Some(sample::variance(values)),
                    "sd" => Some(sample::sd(values)),
                    _ => {
                        let k = share(name)? as f64;
                        let hits = column(0)?.iter().filter(|x| (**x - k).abs() < 0.5).count();
                        Some(sample::share(hits, n))
                    }
                }
            }
        }
    }
}

impl Subject for Series {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        wanted
            .iter()
            .map(|w| {
                let exact = self.process.exact(&w.name).map(Measured::exact);
                let sampled = self.sampled(&w.name).map(Measured::beside);
                exact.into_iter().chain(sampled).collect()
            })
            .collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let process = match fields.word("process", &["ou", "ar1", "regimes"])? {
        "ou" => ou(fields),
        "ar1" => ar1(fields),
        _ => chain(fields),
    };
    let draws = fields.whole("draws", (3_200, sample::MOST), 0);
    let seed = fields.whole("seed", (0, i64::MAX as u64), 1);
    let process = process?;
    let known = |name: &str| process.knows(name);
    let names = Names { listed: process.listed(), known: &known, only: None };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    let series = Series { process, draws: draws?, seed: seed?, values: OnceCell::new() };
    Some((Box::new(series), expectations))
}

fn ou(fields: &mut Fields) -> Option<Process> {
    let kappa = fields.number_in("kappa", 1e-9, f64::INFINITY);
    let theta = fields.number("theta");
    let sigma = fields.number_in("sigma", 0.0, f64::INFINITY);
    let (start, time) = (fields.number("start"), fields.number_in("time", 0.0, f64::INFINITY));
    let steps = fields.whole("steps", (1, 10_000), 8);
    let ou = OrnsteinUhlenbeck { kappa: kappa?, theta: theta?, sigma: sigma? };
    Some(Process::Ou { ou, start: start?, time: time?, steps: steps? })
}

fn ar1(fields: &mut Fields) -> Option<Process> {
    let phi = fields.number("phi")?;
    if phi.abs() >= 1.0 {
        let place = fields.place.clone();
        let message = format!("`phi` must lie between -1 and 1, this is {phi}");
        return fields.fail(codes::IMPOSSIBLE, &place, message, "beyond, nothing is stationary");
    }
    let sigma = if fields.get("stationary_sd").is_some() {
        let sd = fields.number_in("stationary_sd", 0.0, f64::INFINITY)?;
        ar1_innovation_sd(phi, sd)?
    } else {
        fields.number_in("sigma", 0.0, f64::INFINITY)?
    };
    Some(Process::Ar1 { phi, sigma })
}

fn chain(fields: &mut Fields) -> Option<Process> {
    let three = |fields: &mut Fields, key: &str| -> Option<[f64; 3]> {
        let list = fields.numbers(key)?;
        if let Ok(three) = <[f64; 3]>::try_from(list) {
            return Some(three);
        }
        let place = fields.get(key)?.node.span.clone();
        let message = format!("`{key}` takes three numbers: boom, normal, digest");
        fields.fail(codes::RANGE, &place, message, "for example [0.33, 0.47, 0.20]")
    };
    let weights = three(fields, "weights");
    let start =
        if fields.get("start").is_some() { three(fields, "start").map(Some) } else { Some(None) };
    let (mean_log, sd_log) = (three(fields, "mean_log"), three(fields, "sd_log"));
    let stay = fields.number("stay");
    let period = fields.whole("period", (1, 1_000), 1);
    let params = RegimeParams {
        weights: weights?,
        start: start?,
        stay: stay?,
        mean_log: mean_log?,
        sd_log: sd_log?,
    };
    match Regimes::new(params) {
        Ok(chain) => Some(Process::Regimes { chain, period: period? }),
        Err(error) => {
            let place = fields.place.clone();
            fields.fail(codes::IMPOSSIBLE, &place, error.message, error.help)
        }
    }
}
