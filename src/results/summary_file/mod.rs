//! `summary.bin`: a whole [`RunResult`] in one file. The format is described in
//! `docs/summary-format.md`.
//!
//! The same result gives the same bytes. A file is read without trust: lengths are checked before
//! anything is allocated, a checksum finds damage, and what the checksum lets through is checked too.

mod bytes;
mod header;
mod limits;
mod summary;
mod targets;

use std::{fmt, io};

use super::digest::{FNV1A, fnv1a, fnv1a_on};
use super::{Beside, Kept, Metric, Observed, RunResult, Summaries, Summary};
use bytes::{Reader, Writer};
use header::{BesideText, ColumnText, Header, MetricText, ObservedText};

/// First bytes of every file.
const MAGIC: &[u8; 8] = b"FLEETSUM";
/// Edition of the format that is written, and the newest one that can be read.
pub const EDITION: u32 = 5;
/// Edition of files of independent draws, which have no errors from replicates.
const INDEPENDENT: u32 = 4;
/// Magic, edition and length of the header.
const PREFIX: usize = 8 + 4 + 8;
/// Bytes of the checksum at the end.
const CHECKSUM: usize = 8;
/// Bytes that are written at once.
const PIECE: usize = 1 << 18;
/// More draws than any run has; confidence intervals of more would take too much memory.
const MOST_DRAWS: u64 = 1_000_000_000_000;

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SummaryError {
    /// It does not start like a summary.
    NotASummary,
    /// It was written by a newer version, in this edition of the format.
    Newer(u32),
    /// It is cut short or changed; with what is wrong.
    Damaged(&'static str),
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASummary => write!(f, "not a summary written by fleetcast"),
            Self::Newer(edition) => write!(
                f,
                "written by a newer version (edition {edition} of the format, this version reads \
                 up to {EDITION})"
            ),
            Self::Damaged(what) => write!(f, "damaged summary: {what}"),
        }
    }
}

impl std::error::Error for SummaryError {}

/// Writes `summary.bin`, a piece at a time: a whole one takes as much memory as what it is made from.
///
/// Fails if the sink does.
pub fn write(result: &RunResult, sink: impl io::Write) -> io::Result<()> {
    let mut sink = Checked { sink, checksum: FNV1A };
    let mut out = Writer::default();
    let designed = !result.about.sampling.is_empty();
    write_header(&mut out, result, designed);
    for metric in &result.summaries.metrics {
        for summary in metric.quarters.iter().chain(metric.years.iter().map(|(_, year)| year)) {
            summary::write(&mut out, summary);
            if designed {
                summary::write_replicated(&mut out, summary);
            }
            sink.take(&mut out, PIECE)?;
        }
    }
    targets::write(&mut out, &result.summaries.targets, designed);
    if let Some(beside) = kept_beside(result) {
        targets::write(&mut out, &beside.targets, false);
    }
    if let Some(limits) = &result.limits {
        limits::write(&mut out, limits);
    }
    let Kept { inputs, results, targets } = &result.kept;
    for (_, values) in inputs.iter().chain(results).chain(targets) {
        out.floats(values);
        sink.take(&mut out, PIECE)?;
    }
    sink.take(&mut out, 0)?;
    sink.finish()
}

fn write_header(out: &mut Writer, result: &RunResult, designed: bool) {
    out.bytes(MAGIC);
    out.u32(if designed { EDITION } else { INDEPENDENT });
    let header = header_of(result).to_json();
    out.u64(header.len() as u64);
    out.bytes(header.as_bytes());
    for seen in &result.observations {
        let ends = [seen.low, seen.high].map(|end| end.unwrap_or(f64::NAN));
        out.floats(&[seen.position, seen.value, ends[0], ends[1]]);
    }
}

/// A sink, and the checksum of what it took.
struct Checked<W> {
    sink: W,
    checksum: u64,
}

impl<W: io::Write> Checked<W> {
    /// Takes what was collected, if it is as many bytes as `least`.
    fn take(&mut self, out: &mut Writer, least: usize) -> io::Result<()> {
        let Some(piece) = out.drain(least) else { return Ok(()) };
        self.checksum = fnv1a_on(self.checksum, piece.as_slice());
        self.sink.write_all(piece.as_slice())
    }

    fn finish(mut self) -> io::Result<()> {
        self.sink.write_all(&self.checksum.to_le_bytes())?;
        self.sink.flush()
    }
}

/// The result that [`write()`] wrote.
pub fn read(file: &[u8]) -> Result<RunResult, SummaryError> {
    if file.len() < MAGIC.len() || !file.starts_with(MAGIC) {
        return Err(SummaryError::NotASummary);
    }
    let mut prefix = Reader::new(&file[MAGIC.len()..]);
    let edition = prefix.u32()?;
    // Before the checksum: a newer edition may have another one.
    if edition > EDITION {
        return Err(SummaryError::Newer(edition));
    }
    if edition == 0 || file.len() < PREFIX + CHECKSUM {
        return Err(SummaryError::Damaged("the file is cut short"));
    }
    let (body, checksum) = file.split_at(file.len() - CHECKSUM);
    if checksum != fnv1a(body).to_le_bytes() {
        return Err(SummaryError::Damaged("the checksum is wrong"));
    }
    let mut from = Reader::new(&body[MAGIC.len() + 4..]);
    let length = from.u64()?;
    let header = Header::from_json(from.take(length)?)?;
    let result = read_body(header, &mut from)?;
    if from.is_empty() {
        Ok(result)
    } else {
        Err(SummaryError::Damaged("there is more at the end"))
    }
}

fn read_body(header: Header, from: &mut Reader<'_>) -> Result<RunResult, SummaryError> {
    let grid = header.grid()?;
    if header.about.draws > MOST_DRAWS {
        return Err(SummaryError::Damaged("too many draws"));
    }
    let draws = header.about.draws;
    let designed = !header.about.sampling.is_empty();
    let mut observations = Vec::new();
    for text in header.observations {
        observations.push(read_observed(text, from)?);
    }
    let mut summaries = Summaries::default();
    for text in header.metrics {
        text.check(grid)?;
        summaries.metrics.push(read_metric(text, draws, designed, from)?);
    }
    for left in header.left_range {
        if left.draws > draws || left.first.iter().any(|&(_, step)| step >= grid.steps()) {
            return Err(SummaryError::Damaged("draws that left their range are wrong"));
        }
        summaries.left_range.push(left);
    }
    summaries.targets = targets::read(header.limits, header.targets, (draws, designed), from)?;
    if let Some(conditioned) = &header.conditioned {
        summaries.targets.set_worth(conditioned.each());
    }
    let beside = match header.beside {
        Some(text) => {
            let targets = targets::read(text.limits, text.targets, (draws, false), from)?;
            Some(Beside { name: text.name, targets })
        }
        None => None,
    };
    let limits = match header.lost {
        // Those of a part come of the first draws of the whole run.
        Some(text) => {
            let whole = header.shard.as_ref().map_or(draws, |shard| shard.draws);
            Some(limits::read(text, grid, whole, from)?)
        }
        None => None,
    };
    let mut columns = |texts: Vec<ColumnText>| -> Result<Vec<(String, Vec<f64>)>, SummaryError> {
        texts.into_iter().map(|text| Ok((text.name, from.floats(text.draws)?))).collect()
    };
    let kept = Kept {
        inputs: columns(header.inputs)?,
        results: columns(header.results)?,
        targets: columns(header.firsts)?,
    };
    Ok(RunResult {
        about: header.about,
        given: header.given,
        guidance: header.guidance,
        past_runs: header.past_runs,
        grid,
        summaries,
        kept,
        limits,
        observations,
        beside,
        shard: header.shard,
        conditioned: header.conditioned,
        precision: header.precision,
    })
}

fn read_observed(text: ObservedText, from: &mut Reader<'_>) -> Result<Observed, SummaryError> {
    let [position, value, low, high] = [from.f64()?, from.f64()?, from.f64()?, from.f64()?];
    let end = |x: f64| (!x.is_nan()).then_some(x);
    Ok(Observed {
        metric: text.metric,
        at: text.at,
        position,
        yearly: text.yearly,
        value,
        low: end(low),
        high: end(high),
        known: text.known,
        seen: text.seen,
        source: text.source,
        basis: text.basis,
    })
}

fn read_metric(
    text: MetricText,
    draws: u64,
    designed: bool,
    from: &mut Reader<'_>,
) -> Result<Metric, SummaryError> {
    // Grown one by one: what the header claims is not believed before the bytes are there.
    let mut quarters = Vec::new();
    for _ in 0..text.quarters {
        quarters.push(read_summary(draws, designed, from)?);
    }
    let mut years = Vec::new();
    for year in text.years {
        years.push((year, read_summary(draws, designed, from)?));
    }
    Ok(Metric {
        name: text.name,
        label: text.label,
        unit: text.unit,
        aggregation: text.aggregation,
        doc: text.doc,
        from: text.from,
        quarters,
        years,
    })
}

fn read_summary(
    draws: u64,
    designed: bool,
    from: &mut Reader<'_>,
) -> Result<Summary, SummaryError> {
    let mut summary = summary::read(from, draws)?;
    if designed {
        summary.replicated = Some(summary::read_replicated(from)?);
    }
    Ok(summary)
}

/// What a part stands beside: the whole run tells it, which is made of the parts alone.
fn kept_beside(result: &RunResult) -> Option<&Beside> {
    result.beside.as_ref().filter(|_| result.shard.is_some())
}

fn header_of(result: &RunResult) -> Header {
    let columns = |columns: &[(String, Vec<f64>)]| {
        columns
            .iter()
            .map(|(name, values)| ColumnText { name: name.clone(), draws: values.len() as u64 })
            .collect()
    };
    Header {
        about: result.about.clone(),
        from: result.grid.from().to_string(),
        to: result.grid.to().to_string(),
        metrics: result.summaries.metrics.iter().map(MetricText::of).collect(),
        observations: result.observations.iter().map(ObservedText::of).collect(),
        inputs: columns(&result.kept.inputs),
        results: columns(&result.kept.results),
        limits: result.summaries.targets.limits.clone(),
        targets: targets::texts(&result.summaries.targets),
        firsts: columns(&result.kept.targets),
        lost: result.limits.as_ref().map(limits::text),
        left_range: result.summaries.left_range.clone(),
        given: result.given.clone(),
        guidance: result.guidance.clone(),
        past_runs: result.past_runs.clone(),
        conditioned: result.conditioned.clone(),
        precision: result.precision.clone(),
        shard: result.shard.clone(),
        beside: kept_beside(result).map(|beside| BesideText {
            name: beside.name.clone(),
            limits: beside.targets.limits.clone(),
            targets: targets::texts(&beside.targets),
        }),
    }
}

#[cfg(test)]
mod tests;
