//! What the limits cost: texts in the header, estimates as bytes.

use super::SummaryError;
use super::bytes::{Reader, Writer};
use super::header::{CauseText, LimitStepText, LimitsText};
use crate::results::{Cause, Estimate, LimitEffect, LimitStep, Limits};
use crate::time::TimeGrid;

const WRONG: SummaryError = SummaryError::Damaged("the limits are wrong");

/// What the header says of them.
pub(super) fn text(limits: &Limits) -> LimitsText {
    let cause = |cause: &Cause| CauseText {
        limit: cause.limit.clone(),
        what: cause.what.clone(),
        draws: cause.draws,
    };
    let step = |step: &LimitStep| LimitStepText {
        step: step.step,
        causes: step.causes.iter().map(cause).collect(),
    };
    LimitsText {
        names: limits.names.clone(),
        draws: limits.draws,
        steps: limits.steps.iter().map(step).collect(),
        warnings: limits.warnings.clone(),
    }
}

pub(super) fn write(out: &mut Writer, limits: &Limits) {
    for step in &limits.steps {
        let effects = step.effects.iter().flat_map(|e| [e.quarter, e.since, e.lost]);
        for estimate in [step.fleet, step.lost, step.joint].into_iter().chain(effects) {
            out.floats(&[estimate.mean, estimate.error]);
        }
    }
}

pub(super) fn read(
    text: LimitsText,
    grid: TimeGrid,
    draws: u64,
    from: &mut Reader<'_>,
) -> Result<Limits, SummaryError> {
    let rising = text.steps.is_sorted_by(|a, b| a.step < b.step);
    let inside = text.steps.iter().all(|step| step.step < grid.steps());
    let counted = |step: &LimitStepText| {
        let sum = step.causes.iter().try_fold(0_u64, |sum, cause| sum.checked_add(cause.draws));
        sum.is_some_and(|sum| sum <= text.draws)
    };
    if !rising || !inside || text.draws > draws || !text.steps.iter().all(counted) {
        return Err(WRONG);
    }
    let mut steps = Vec::new();
    for step in text.steps {
        let [fleet, lost, joint] = [estimate(from)?, estimate(from)?, estimate(from)?];
        let mut effects = Vec::new();
        for _ in &text.names {
            let [quarter, since, lost] = [estimate(from)?, estimate(from)?, estimate(from)?];
            effects.push(LimitEffect { quarter, since, lost });
        }
        let cause = |c: CauseText| Cause { limit: c.limit, what: c.what, draws: c.draws };
        let causes = step.causes.into_iter().map(cause).collect();
        steps.push(LimitStep { step: step.step, fleet, lost, joint, effects, causes });
    }
    Ok(Limits { names: text.names, draws: text.draws, steps, warnings: text.warnings })
}

fn estimate(from: &mut Reader<'_>) -> Result<Estimate, SummaryError> {
    Ok(Estimate { mean: from.f64()?, error: from.f64()? })
}
