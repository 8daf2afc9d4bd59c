//! Targets: first times and counts by date.

use super::SummaryError;
use super::bytes::{Reader, Writer};
use super::header::{DateText, TargetText};
use super::summary::{checked_ends, read_sketch, write_sketch};
use crate::results::{DateCounts, FirstTimes, TIME_BITS, TargetResult, Targets};

const WRONG: SummaryError = SummaryError::Damaged("the counts of a target are wrong");

/// What the header says of them.
pub(super) fn texts(targets: &Targets) -> Vec<TargetText> {
    let dates = |target: &TargetResult| {
        let dates = target.dates.iter();
        dates.map(|date| DateText { date: date.date, label: date.label.clone() }).collect()
    };
    let text = |target: &TargetResult| TargetText {
        name: target.name.clone(),
        title: target.title.clone(),
        asked: target.asked.clone(),
        given: target.given.clone(),
        dates: dates(target),
    };
    targets.list.iter().map(text).collect()
}

pub(super) fn write(out: &mut Writer, targets: &Targets, designed: bool) {
    for target in &targets.list {
        out.u64(target.first.never);
        // Which of the two zeros is kept depends on the order of merges: write the positive one.
        out.floats(&[target.first.low + 0.0, target.first.high + 0.0]);
        write_sketch(out, &target.first.sketch);
        for date in &target.dates {
            for &count in [date.met, date.condition, date.both].iter().chain(&date.failed_by) {
                out.u64(count);
            }
            if designed {
                out.floats(&[date.error.unwrap_or(f64::NAN)]);
            }
        }
    }
}

pub(super) fn read(
    limits: Vec<String>,
    texts: Vec<TargetText>,
    (draws, designed): (u64, bool),
    from: &mut Reader<'_>,
) -> Result<Targets, SummaryError> {
    let mut list = Vec::new();
    for text in texts {
        let first = read_first(draws, from)?;
        let mut dates = Vec::new();
        for date in text.dates {
            let mut counts = read_date(date, limits.len(), draws, from)?;
            if designed {
                counts.error = Some(from.f64()?).filter(|error| *error >= 0.0);
            }
            dates.push(counts);
        }
        let TargetText { name, title, asked, given, .. } = text;
        list.push(TargetResult { name, title, asked, given, first, dates });
    }
    Ok(Targets { limits, list })
}

fn read_first(draws: u64, from: &mut Reader<'_>) -> Result<FirstTimes, SummaryError> {
    let never = from.u64()?;
    let ends = from.floats(2)?;
    let sketch = read_sketch(from)?;
    let (low, high) = checked_ends(ends[0], ends[1], sketch.count())?;
    // Draws that left their physical range are in neither.
    let all = never.checked_add(sketch.count());
    if all.is_none_or(|all| all > draws) || sketch.mantissa_bits() != TIME_BITS {
        return Err(WRONG);
    }
    Ok(FirstTimes { sketch, low, high, never })
}

fn read_date(
    text: DateText,
    limits: usize,
    draws: u64,
    from: &mut Reader<'_>,
) -> Result<DateCounts, SummaryError> {
    let [met, condition, both] = [from.u64()?, from.u64()?, from.u64()?];
    let mut failed_by = Vec::new();
    for _ in 0..=limits {
        failed_by.push(from.u64()?);
    }
    let failed = condition.checked_sub(both).ok_or(WRONG)?;
    let sum = failed_by.iter().try_fold(0_u64, |sum, &count| sum.checked_add(count));
    if met > draws || condition > draws || both > met || sum != Some(failed) {
        return Err(WRONG);
    }
    Ok(DateCounts {
        date: text.date,
        label: text.label,
        met,
        condition,
        both,
        error: None,
        failed_by,
        each: 1.0,
    })
}
