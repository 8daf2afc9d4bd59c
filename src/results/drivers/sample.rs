//! Drivers of sums whose variances are known, for tests.

use super::{
    DriverDraws, DriverInput, DriverKind, DriverOutput, Drivers, Facts, OutputKind, drivers,
};
use crate::results::{Given, sample};

/// A normal score by number: the sum of twelve hashed uniforms less six.
fn normal(seed: u64) -> f64 {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..12).map(|_| next()).sum::<f64>() - 6.0
}

pub(crate) fn input(key: &str, shares: &[&str]) -> DriverInput {
    let shares = shares.iter().map(|&name| name.to_owned()).collect();
    DriverInput { shares, ..DriverInput::kept(key) }
}

/// y = 2a + s + r₁ + r₂ with r's correlated 0.5 in a group, s the sum of ten quarters of which the
/// later half counts, and an input that does nothing. Var y = 4 + 2 + 3 = 9.
pub(crate) fn draws(first: u64, count: u64) -> DriverDraws {
    let mut draws = DriverDraws { output: Vec::new(), inputs: vec![Vec::new(); 5] };
    for (input, numbers) in draws.inputs.iter_mut().zip([1, 10, 1, 1, 1]) {
        *input = vec![Vec::new(); numbers];
    }
    for i in first..first + count {
        let z = |k: u64| normal(i * 1_000 + 17 * k + 5);
        let series: Vec<f64> = (0..10).map(|t| z(20 + t)).collect();
        let late: f64 = series[5..].iter().sum();
        let (r1, r2) = (z(2), 0.5 * z(2) + 0.75_f64.sqrt() * z(3));
        draws.output.push(2.0 * z(1) + 0.4_f64.sqrt() * late + r1 + r2);
        for (column, value) in draws.inputs[1].iter_mut().zip(series) {
            column.push(value);
        }
        for (at, value) in [(0, z(1)), (2, r1), (3, r2), (4, z(9))] {
            draws.inputs[at][0].push(value);
        }
    }
    draws
}

fn given(key: &str, grade: char) -> Given {
    Given { key: key.to_owned(), grade, ..sample::tiny().given[0].clone() }
}

/// What drives it: the first input has grade C, the series and one of the group D, the other B.
pub(crate) fn found() -> Drivers {
    let inputs = [
        input("finance.buffer", &[]),
        DriverInput { kind: DriverKind::Series, ..input("supply.noise", &[]) },
        input("chip.h100.price", &["correlation price"]),
        input("supply.share", &["correlation price"]),
        input("fleet.none", &[]),
    ];
    let given = [
        given("finance.buffer", 'C'),
        given("supply.noise", 'D'),
        given("chip.h100.price", 'B'),
        given("supply.share", 'D'),
    ];
    let facts = Facts { inputs: &inputs, given: &given, missing: &[] };
    let output = DriverOutput {
        name: "fleet.h100e".to_owned(),
        label: "Fleet".to_owned(),
        unit: "H100e".to_owned(),
        at: "2026".to_owned(),
        kind: OutputKind::Value,
    };
    drivers(output, facts, &draws(0, 8_192), &draws(8_192, 4_096)).unwrap()
}
