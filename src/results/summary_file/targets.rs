//! Targets: first times and counts by date.

use super::SummaryError;
use super::bytes::{Reader, Writer};
use super::header::{DateText, TargetText};
use super::summary::{read_ends, read_sketch, write_sketch};
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

pub(super) fn write(out: &mut Writer, targets: &Targets) {
    for target in &targets.list {
        out.u64(target.first.never);
        // Which of the two zeros is kept depends on the order of merges: write the positive one.
        out.floats(&[target.first.low + 0.0, target.first.high + 0.0]);
        write_sketch(out, &target.first.sketch);
        for date in &target.dates {
            for &count in [date.met, date.condition, date.both].iter().chain(&date.failed_by) {
                out.u64(count);
            }
        }
    }
}

pub(super) fn read(
    limits: Vec<String>,
    texts: Vec<TargetText>,
    draws: u64,
    from: &mut Reader<'_>,
) -> Result<Targets, SummaryError> {
    let mut list = Vec::new();
    for text in texts {
        let first = read_first(draws, from)?;
        let mut dates = Vec::new();
        for date in text.dates {
            dates.push(read_date(date, limits.len(), draws, from)?);
        }
        let TargetText { name, title, asked, given, .. } = text;
        list.push(TargetResult { name, title, asked, given, first, dates });
    }
    Ok(Targets { limits, list })
}

fn read_first(draws: u64, from: &mut Reader<'_>) -> Result<FirstTimes, SummaryError> {
    let never = from.u64()?;
    let count = draws.checked_sub(never).ok_or(WRONG)?;
    let (low, high) = read_ends(from, count)?;
    let sketch = read_sketch(from)?;
    if sketch.count() != count || sketch.mantissa_bits() != TIME_BITS {
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
        failed_by,
        each: 1.0,
    })
}
