//! One summary: counts, exact sums and the histogram in their canonical forms.

use super::SummaryError;
use super::bytes::{Reader, Writer};
use crate::results::{LEVELS, Replicated, Summary};
use crate::stats::{Counts, ExactSum, Moments, Sketch, SketchParts, Window};

/// Sums from here on are refused: near the largest double, parts of a sum need not add up.
const LARGEST: f64 = 1e300;

/// Marks bins that lie about another point than zero, which then follows.
const ABOUT: u8 = 0x80;

pub(super) fn write(out: &mut Writer, summary: &Summary) {
    let moments = &summary.moments;
    out.u64(moments.count);
    out.u64(moments.nonfinite);
    // Which of the two zeros is kept depends on the order of merges: write the positive one.
    out.floats(&[moments.pivot, summary.low + 0.0, summary.high + 0.0]);
    for sum in [&moments.sum, &moments.sum2] {
        let parts = sum.parts();
        // Parts do not overlap: 2,098 bits from the largest to the smallest double make 40 of them.
        out.u8(parts.len() as u8);
        out.floats(&parts);
    }
    write_sketch(out, &summary.sketch);
}

/// What replicates know of a summary.
pub(super) fn write_replicated(out: &mut Writer, summary: &Summary) {
    let unknown = Replicated { mean_error: f64::NAN, worth: [f64::NAN; LEVELS.len()] };
    let found = summary.replicated.as_deref().unwrap_or(&unknown);
    out.floats(&[found.mean_error]);
    out.floats(&found.worth);
}

pub(super) fn read_replicated(from: &mut Reader<'_>) -> Result<Box<Replicated>, SummaryError> {
    let mean_error = from.f64()?;
    let mut worth = [0.0; LEVELS.len()];
    for level in &mut worth {
        *level = from.f64()?;
    }
    // What is not known is not a number.
    if mean_error < 0.0 || worth.iter().any(|level| *level < 0.0) {
        return Err(SummaryError::Damaged("the errors of a summary are wrong"));
    }
    Ok(Box::new(Replicated { mean_error, worth }))
}

pub(super) fn write_sketch(out: &mut Writer, sketch: &Sketch) {
    let offset = sketch.offset().to_bits();
    if offset == 0 {
        out.u8(sketch.mantissa_bits());
    } else {
        out.u8(sketch.mantissa_bits() | ABOUT);
        out.u64(offset);
    }
    out.u64(sketch.zeros());
    for window in sketch.windows() {
        out.u32(window.first);
        match window.counts {
            Counts::Small(counts) => write_counts(out, counts),
            Counts::Large(counts) => write_counts(out, &counts),
        }
    }
}

fn write_counts<T: Copy + Ord + Into<u64>>(out: &mut Writer, counts: &[T]) {
    // Bins are numbered by 32 bits.
    out.u32(counts.len() as u32);
    let width = width(counts);
    out.u8(width);
    // A loop for each width, so that none decides about every count.
    match width {
        1 => out.cut::<1, T>(counts),
        2 => out.cut::<2, T>(counts),
        4 => out.cut::<4, T>(counts),
        _ => out.cut::<8, T>(counts),
    }
}

/// Bytes for each count: the fewest of 1, 2, 4 and 8 that hold all.
fn width<T: Copy + Ord + Into<u64>>(counts: &[T]) -> u8 {
    match counts.iter().max().map_or(0, |&most| most.into()) {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

pub(super) fn read(from: &mut Reader<'_>, draws: u64) -> Result<Summary, SummaryError> {
    let (count, nonfinite, pivot) = (from.u64()?, from.u64()?, from.f64()?);
    if count.checked_add(nonfinite).is_none_or(|all| all > draws) || !pivot.is_finite() {
        return Err(SummaryError::Damaged("the counts of a summary are wrong"));
    }
    let (low, high) = read_ends(from, count)?;
    let (sum, sum2) = (read_sum(from)?, read_sum(from)?);
    let sketch = read_sketch(from)?;
    if sketch.count() != count && sketch.count() != 0 {
        return Err(SummaryError::Damaged("a histogram is wrong"));
    }
    let moments = Moments { count, nonfinite, pivot, sum, sum2 };
    Ok(Summary { moments, sketch, low, high, replicated: None })
}

/// Smallest and largest of `count` values.
fn read_ends(from: &mut Reader<'_>, count: u64) -> Result<(f64, f64), SummaryError> {
    checked_ends(from.f64()?, from.f64()?, count)
}

/// The same, when they have been read.
pub(super) fn checked_ends(low: f64, high: f64, count: u64) -> Result<(f64, f64), SummaryError> {
    let right = if count == 0 {
        low == f64::INFINITY && high == f64::NEG_INFINITY
    } else {
        low.is_finite() && high.is_finite() && low <= high
    };
    let wrong = SummaryError::Damaged("the smallest and largest value are wrong");
    if right { Ok((low, high)) } else { Err(wrong) }
}

pub(super) fn read_sketch(from: &mut Reader<'_>) -> Result<Sketch, SummaryError> {
    let bits = from.u8()?;
    let offset = if bits & ABOUT == 0 { 0 } else { from.u64()? };
    if bits & ABOUT != 0 && offset == 0 {
        return Err(SummaryError::Damaged("a histogram is wrong"));
    }
    let parts = SketchParts {
        mantissa_bits: bits & !ABOUT,
        offset,
        zeros: from.u64()?,
        negative: read_window(from)?,
        positive: read_window(from)?,
    };
    Sketch::from_parts(&parts).ok_or(SummaryError::Damaged("a histogram is wrong"))
}

/// An exact sum, checked to be in canonical form before and after it is added up: a sum that
/// overflows would not come to an end.
fn read_sum(from: &mut Reader<'_>) -> Result<ExactSum, SummaryError> {
    let length = from.u8()?;
    let parts = from.floats(u64::from(length))?;
    let sizes = parts.iter().all(|part| part.abs() > 0.0 && part.abs() < LARGEST);
    // Each part is the rounding error of what lies above it, so far smaller.
    let falling = parts.windows(2).all(|pair| pair[1].abs() <= pair[0].abs() * f64::EPSILON);
    let sum = if sizes && falling { ExactSum::from_parts(&parts) } else { None };
    sum.filter(|sum| sum.parts() == parts).ok_or(SummaryError::Damaged("a sum is wrong"))
}

fn read_window(from: &mut Reader<'_>) -> Result<Window, SummaryError> {
    let (first, length, bytes) = (from.u32()?, from.u32()?, from.u8()?);
    if ![1, 2, 4, 8].contains(&bytes) {
        return Err(SummaryError::Damaged("a histogram is wrong"));
    }
    let taken = from.take(u64::from(length) * u64::from(bytes))?;
    let counts: Vec<u64> = taken.chunks_exact(usize::from(bytes)).map(little_endian).collect();
    if width(&counts) == bytes {
        Ok(Window { first, counts })
    } else {
        Err(SummaryError::Damaged("a histogram is wrong"))
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |x, &byte| x << 8 | u64::from(byte))
}
