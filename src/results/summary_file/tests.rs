//! Tests of `summary.bin`.

use super::*;
use crate::results::sample;

/// The whole file.
fn written(result: &RunResult) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(result, &mut bytes).unwrap();
    bytes
}

/// The bytes with the checksum that they should have.
fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let checksum = fnv1a(&body);
    body.extend_from_slice(&checksum.to_le_bytes());
    body
}

fn body(result: &RunResult) -> Vec<u8> {
    let mut bytes = written(result);
    bytes.truncate(bytes.len() - CHECKSUM);
    bytes
}

#[test]
fn a_result_comes_back_whole() {
    for result in [sample::tiny(), sample::run("2024Q2", "2027Q1", 500), sample::with_targets(100)]
    {
        let bytes = written(&result);
        let back = read(&bytes).unwrap();
        assert_eq!(back, result);
        assert_eq!(written(&back), bytes);
    }
}

#[test]
fn bytes_do_not_depend_on_the_order_of_merges() {
    let result = sample::tiny();
    let mut other = result.clone();
    for metric in &mut other.summaries.metrics {
        for summary in &mut metric.quarters {
            // The same sums and counts, from other partial sums and another store.
            if summary.low == 0.0 {
                summary.low = -summary.low;
            }
            let mut sum = crate::stats::ExactSum::new();
            sum.add(1e40);
            sum.merge(&summary.moments.sum);
            sum.add(-1e40);
            summary.moments.sum = sum;
            let mut sketch = crate::stats::Sketch::new(summary.sketch.mantissa_bits());
            sketch.merge(&summary.sketch);
            summary.sketch = sketch;
        }
    }
    assert_eq!(written(&other), written(&result));
}

#[test]
fn nothing_at_all_can_be_kept() {
    let mut result = sample::tiny();
    result.summaries = Summaries::default();
    result.kept = Kept::default();
    result.observations.clear();
    result.limits = None;
    assert_eq!(read(&written(&result)).unwrap(), result);
}

#[test]
fn the_first_edition_is_read() {
    // It had neither targets in the header nor bytes of them, and did not say what limits cost.
    let mut result = sample::tiny();
    result.limits = None;
    result.summaries.targets = crate::results::Targets::default();
    result.kept.targets.clear();
    let header = header_of(&result).to_json();
    let arrays = body(&result).split_off(PREFIX + header.len());
    let old = header.replace(",\"limits\":[],\"targets\":[],\"firsts\":[],\"lost\":null", "");
    assert_ne!(old, header);
    let length = (old.len() as u64).to_le_bytes();
    let prefix = [&MAGIC[..], &1_u32.to_le_bytes(), &length].concat();
    assert_eq!(read(&sealed([prefix, old.into_bytes(), arrays].concat())).unwrap(), result);
}

#[test]
fn texts_of_any_kind_come_back() {
    let mut result = sample::tiny();
    result.about.title = "Ünïcode \"quoted\" \\ \n\u{0} 芯片".to_owned();
    result.kept.inputs[0].1 = vec![f64::NAN, f64::NEG_INFINITY, -0.0, 5e-324];
    let back = read(&written(&result)).unwrap();
    assert_eq!(back.about, result.about);
    let bits = |r: &RunResult| r.kept.inputs[0].1.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back), bits(&result));
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = written(&sample::tiny());
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length}");
        if length >= PREFIX && length != bytes.len() - CHECKSUM {
            // With a right checksum the reader itself has to notice.
            assert!(read(&sealed(bytes[..length].to_vec())).is_err(), "{length}");
        }
    }
    let longer = sealed([body(&sample::tiny()), vec![0]].concat());
    assert_eq!(read(&longer), Err(SummaryError::Damaged("there is more at the end")));
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = written(&sample::tiny());
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            assert!(read(&changed).is_err(), "byte {at}");
        }
    }
}

#[test]
fn hostile_bytes_with_a_right_checksum_do_no_harm() {
    let body = body(&sample::tiny());
    let (mut refused, mut taken) = (0, 0);
    for at in 0..body.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff, body[at] ^ 1, body[at].wrapping_add(3), b'9', b'"'] {
            let mut changed = body.clone();
            changed[at] = value;
            match read(&sealed(changed)) {
                Err(_) => refused += 1,
                Ok(result) => {
                    // What was taken can be used and written like any other result.
                    taken += 1;
                    let again = written(&result);
                    assert_eq!(written(&read(&again).unwrap()), again, "byte {at} as {value}");
                    for metric in &result.summaries.metrics {
                        for summary in &metric.quarters {
                            let ranks = crate::results::Ranks::new(summary.moments.count);
                            let count = crate::results::Statistics::of(summary, &ranks).count;
                            assert_eq!(count, summary.moments.count);
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 1000 && taken > 1000, "{refused} {taken}");
}

#[test]
fn lengths_are_not_believed() {
    let with_header = |change: fn(&mut Header)| {
        let result = sample::tiny();
        let mut header = header_of(&result);
        let arrays = body(&result).split_off(PREFIX + header.to_json().len());
        change(&mut header);
        let text = header.to_json();
        let length = (text.len() as u64).to_le_bytes();
        let prefix = [&MAGIC[..], &EDITION.to_le_bytes(), &length].concat();
        read(&sealed([prefix, text.into_bytes(), arrays].concat()))
    };
    assert!(with_header(|_| ()).is_ok());
    let damaged = |result: Result<RunResult, SummaryError>| {
        assert!(matches!(result, Err(SummaryError::Damaged(_))), "{result:?}");
    };
    damaged(with_header(|h| h.metrics[0].quarters = usize::MAX));
    damaged(with_header(|h| h.metrics[0].from = usize::MAX));
    damaged(with_header(|h| h.metrics[0].quarters += 1));
    damaged(with_header(|h| (h.to, h.metrics[0].quarters) = ("9999Q4".to_owned(), 30_000)));
    damaged(with_header(|h| h.inputs[0].draws = u64::MAX));
    damaged(with_header(|h| h.inputs[0].draws = u64::MAX / 8 + 1));
    damaged(with_header(|h| h.results[0].draws += 1));
    damaged(with_header(|h| h.metrics[0].years = vec![2024, 2024]));
    damaged(with_header(|h| h.metrics[0].years = vec![i32::MAX]));
    damaged(with_header(|h| h.from = "2030Q1".to_owned()));
    damaged(with_header(|h| h.about.draws = 1));
    damaged(with_header(|h| h.about.draws = u64::MAX));
    damaged(with_header(|h| h.observations.clear()));
    damaged(with_header(|h| h.limits.push("more".to_owned())));
    damaged(with_header(|h| h.targets.truncate(1)));
    damaged(with_header(|h| h.targets[0].dates.truncate(1)));
    damaged(with_header(|h| h.firsts[0].draws += 1));
}

#[test]
fn sums_that_are_not_canonical_are_refused() {
    let with_parts = |parts: &[f64]| {
        let mut out = Writer::default();
        out.u64(0);
        out.u64(0);
        out.floats(&[0.0, f64::INFINITY, f64::NEG_INFINITY]);
        out.u8(parts.len() as u8);
        out.floats(parts);
        out.u8(0);
        out.u8(7);
        out.u64(0);
        for _ in 0..2 {
            out.u32(0);
            out.u32(0);
            out.u8(1);
        }
        summary::read(&mut Reader::new(out.drain(0).unwrap().as_slice()), 1).is_ok()
    };
    assert!(with_parts(&[]));
    assert!(with_parts(&[1.0, 1e-17]));
    let broken: [&[f64]; 8] = [
        &[0.0],
        &[1.0, 2.0],
        &[1.0, 0.5],
        &[f64::NAN],
        &[f64::INFINITY],
        &[f64::MAX],
        &[1.0, 1e-17, 1e-17],
        &[f64::MAX, 9.9e291, f64::MAX],
    ];
    for parts in broken {
        assert!(!with_parts(parts), "{parts:?}");
    }
}

#[test]
fn other_files_and_newer_editions_say_so() {
    assert_eq!(read(b""), Err(SummaryError::NotASummary));
    assert_eq!(read(b"{\"fleetcast\": 1}"), Err(SummaryError::NotASummary));
    let mut bytes = written(&sample::tiny());
    bytes[8] = 6;
    let error = read(&bytes).unwrap_err();
    assert_eq!(error, SummaryError::Newer(6));
    let message =
        "written by a newer version (edition 6 of the format, this version reads up to 5)";
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_sink_that_takes_no_more_is_an_error() {
    /// Takes so many bytes.
    struct Short(usize);
    impl io::Write for Short {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let result = sample::tiny();
    let length = written(&result).len();
    assert!(write(&result, Short(length)).is_ok());
    for room in [0, 7, length / 2, length - 1] {
        assert!(write(&result, Short(room)).is_err(), "{room} of {length}");
    }
}
