//! `compare --until`: how many draws it takes until differences are known as well as is asked.

use indicatif::HumanCount;

use super::asked::Known;
use super::sides::{self, Run, Side};
use super::{Options, known};
use crate::app::exit::Failure;
use crate::app::progress::{Bar, Interrupt};
use crate::app::simulation::{Prepared, result_of, stopped_by};
use crate::app::terminal;
use crate::app::until::{CONFIDENCE, MOST, Stated, precision_of};
use crate::engine::{Asked, Statistic, looks, simulate_pair};
use crate::results::{
    Ended, Interval, MetricDifference, PAIRED_LEVELS, Precision, PrecisionAsked, Replicated,
    TargetDifference, compare_metrics, compare_targets,
};
use crate::sampling::Sampling;
use crate::stats::normal_upper_quantile;

/// How many draws it takes, and what is then known.
pub(super) struct Found {
    pub(super) draws: u64,
    pub(super) precision: Precision,
    pub(super) sampling: Sampling,
}

/// Makes all comparisons at the draws of each look, until every statement holds in all of them.
pub(super) fn draws_for(
    options: &Options,
    opened: &mut [Side],
    interrupt: &Interrupt,
) -> Result<Option<Found>, Failure> {
    if options.until.is_empty() {
        return Ok(None);
    }
    if let Some(side) = opened.iter().find(|side| matches!(side.run, Run::Summary(..))) {
        return Err(Failure::Usage {
            message: format!(
                "`{}` cannot be run again, so its draws are what they are",
                side.given
            ),
            help: "leave out --until, or name its scenario".to_owned(),
        });
    }
    let both = opened.iter().map(known).reduce(|all, one| all.and(&one)).unwrap_or_default();
    let stated = statements(options, opened, &both)?;
    let most = options.sizes.draws.unwrap_or(MOST);
    let schedule = looks(most);
    for (at, &look) in schedule.iter().enumerate() {
        sides::spread(opened, Some(look))?;
        let mut asked = Vec::new();
        let Some((baseline, others)) = opened.split_first() else { return Ok(None) };
        for other in others {
            let (Run::Plan(a), Run::Plan(b)) = (&baseline.run, &other.run) else { continue };
            let compared = compared([a, b], look, options.quiet, interrupt)?;
            let factor = wider(a.sampling(), schedule.len());
            asked.extend(stated.iter().map(|one| judge(one, &compared, factor)));
        }
        if !options.quiet {
            let parts: Vec<String> =
                asked.iter().map(|one| format!("{} {}", one.figure, precision_of(one))).collect();
            terminal::note(&format!("  {:>10} draws: {}\n", HumanCount(look), parts.join("; ")));
        }
        let reached = asked.iter().all(|one| one.reached);
        if reached || at + 1 == schedule.len() {
            let ended = if reached { Ended::Precise } else { Ended::Draws };
            let sampling = match &opened.first().map(|side| &side.run) {
                Some(Run::Plan(prepared)) => prepared.sampling(),
                _ => Sampling::Independent,
            };
            let precision = Precision {
                asked,
                ended,
                most,
                looks: [schedule.len(), at + 1],
                confidence: CONFIDENCE,
                budget: String::new(),
            };
            return Ok(Some(Found { draws: look, precision, sampling }));
        }
    }
    Err(Failure::Bug("a comparison without looks".to_owned()))
}

fn statements(options: &Options, opened: &[Side], both: &Known) -> Result<Vec<Stated>, Failure> {
    let plan = opened.iter().find_map(|side| match &side.run {
        Run::Plan(prepared) => Some(&prepared.plan),
        Run::Summary(..) => None,
    });
    let Some(plan) = plan else { return Ok(Vec::new()) };
    let read = |text: &String| {
        let stated = Stated::read(text, both, plan)?;
        match stated.statistic {
            Statistic::Percentile(level)
                if !PAIRED_LEVELS.iter().any(|known| (known - level).abs() < 1e-9) =>
            {
                Err(Failure::Usage {
                    message: format!(
                        "--until \"{text}\": differences are of means, P5, P50 and P95"
                    ),
                    help: "take one of these".to_owned(),
                })
            }
            _ => Ok(stated),
        }
    };
    options.until.iter().map(read).collect()
}

/// What differs between two runs.
struct Differences {
    metrics: Vec<MetricDifference>,
    targets: Vec<TargetDifference>,
}

/// The differences of a pair at a number of draws, without a bridge.
fn compared(
    [a, b]: [&Prepared; 2],
    draws: u64,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<Differences, Failure> {
    let bar = Bar::new(draws, quiet, interrupt.clone());
    let found = simulate_pair([&a.plan, &b.plan], draws, a.execution, &bar);
    bar.clear();
    let found = found.map_err(|stopped| stopped_by(stopped, a.execution.threads))?;
    let [mut first, mut second] = [result_of(a, found.first), result_of(b, found.second)];
    (first.about.draws, second.about.draws) = (draws, draws);
    let (metrics, _) = compare_metrics(&first, &second, Some(&found.pairs));
    Ok(Differences { metrics, targets: compare_targets(&first, &second, Some(&found.pairs)) })
}

/// By how much the intervals at 95 % are to be wider so that all looks together miss as often.
fn wider(sampling: Sampling, looks: usize) -> f64 {
    let tail = |risk: f64| match sampling {
        Sampling::Independent => normal_upper_quantile(0.5 * risk),
        Sampling::Latin | Sampling::Sobol => Replicated::reach(1.0 - risk),
    };
    let risk = 1.0 - CONFIDENCE;
    tail(risk / looks as f64) / tail(risk)
}

/// What a comparison says of a statement. A share of one is a share of what the baseline has.
fn judge(stated: &Stated, comparison: &Differences, factor: f64) -> PrecisionAsked {
    let found = found(stated, comparison);
    let (difference, base) =
        found.unwrap_or((Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN }, f64::NAN));
    let wide = |end: f64| difference.value + factor * (end - difference.value);
    let mut asked = PrecisionAsked {
        text: stated.text.clone(),
        figure: format!("difference of {}", stated.name()),
        unit: stated.figure.unit.clone(),
        tolerance: if stated.relative { stated.tolerance * base.abs() } else { stated.tolerance },
        relative: false,
        reached: false,
        value: difference.value,
        low: wide(difference.low),
        high: wide(difference.high),
    };
    asked.reached = asked.reach() <= asked.allowed();
    asked
}

/// The difference that a statement is about, and what the baseline has.
fn found(stated: &Stated, comparison: &Differences) -> Option<(Interval, f64)> {
    match &stated.figure.asked {
        Asked::Target { name, label } => {
            let target = comparison.targets.iter().find(|target| target.name == *name)?;
            let date = target.dates.iter().find(|date| date.label == *label)?;
            Some((date.difference?, date.first?.value))
        }
        Asked::Quarter { metric, quarter } => {
            of_metric(stated, comparison, metric, &quarter.to_string())
        }
        Asked::Year { metric, year } => of_metric(stated, comparison, metric, &year.to_string()),
    }
}

fn of_metric(
    stated: &Stated,
    comparison: &Differences,
    metric: &str,
    period: &str,
) -> Option<(Interval, f64)> {
    let one = comparison.metrics.iter().find(|one| one.name == metric)?.at(period)?;
    Some(match stated.statistic {
        Statistic::Percentile(level) => {
            let at = PAIRED_LEVELS.iter().position(|known| (known - level).abs() < 1e-9)?;
            let first = [one.first.p5, one.first.p50, one.first.p95];
            (one.percentiles[at], first[at])
        }
        Statistic::Mean | Statistic::Chance => (one.mean, one.first.mean),
    })
}
