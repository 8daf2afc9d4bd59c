//! Keyed random words: a draw is addressed by stream, position and word, never drawn in turn.
//!
//! Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as
//! easy as 1, 2, 3", SC 2011, doi:10.1145/2063384.2063405.

use super::column::TILE;

const MULTIPLIER_0: u64 = 0xD251_1F53;
const MULTIPLIER_1: u64 = 0xCD9E_8D57;
const WEYL_0: u32 = 0x9E37_79B9;
const WEYL_1: u32 = 0xBB67_AE85;
const LOW: u64 = 0xFFFF_FFFF;

/// The four random words of a counter under a key (Philox4x32 with ten rounds).
#[inline(always)]
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    rounds(counter.map(u64::from), key).map(|word| word as u32)
}

/// The rounds on 64-bit lanes, each with a word in its low half and anything in its high half: a
/// lane then feeds the packed 32 by 32 bit multiply as it is.
#[inline(always)]
fn rounds(counter: [u64; 4], key: [u32; 2]) -> [u64; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        let a = (c0 & LOW) * MULTIPLIER_0;
        let b = (c2 & LOW) * MULTIPLIER_1;
        c0 = (b >> 32) ^ c1 ^ u64::from(k0);
        c2 = (a >> 32) ^ c3 ^ u64::from(k1);
        c1 = b;
        c3 = a;
        k0 = k0.wrapping_add(WEYL_0);
        k1 = k1.wrapping_add(WEYL_1);
    }
    [c0, c1, c2, c3]
}

/// Draws that share a counter: the four words of one go to draws a quarter of a tile apart.
const ROW: usize = TILE / 4;

/// Fills a tile with the 32-bit words of 64 draws of a stream at a time, from a multiple of 64 on.
///
/// With `row = draw / 64 * 16 + draw % 16`, a draw takes word `draw / 16 % 4` of the counter
/// (row low, row high, `time`, 0) under the stream's key.
///
/// # Panics
/// If the first draw is not a multiple of 64.
#[inline(always)]
pub fn fill_words(key: u64, first_draw: u64, time: u32, out: &mut [u32; TILE]) {
    assert!(first_draw.is_multiple_of(TILE as u64), "tiles of draws start at multiples of 64");
    let key = [key as u32, (key >> 32) as u32];
    let (first_two, last_two) = out.split_at_mut(2 * ROW);
    let ((a, b), (c, d)) = (first_two.split_at_mut(ROW), last_two.split_at_mut(ROW));
    for i in 0..ROW {
        let row = first_draw / 4 + i as u64;
        let words = rounds([row, row >> 32, u64::from(time), 0], key);
        [a[i], b[i], c[i], d[i]] = words.map(|word| word as u32);
    }
}

/// The 64-bit key of a named stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(u64);

impl StreamKey {
    /// The key of the stream `name` under a seed. `engine` is the version of the mapping from keys
    /// to draws, so that a new one gives new numbers on purpose.
    ///
    /// FNV-1a (64 bits, Fowler, Noll and Vo) over the bytes of the name, and the finalizer of
    /// splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) as the mixer:
    /// `mix(fnv1a(name) ^ mix(mix(seed + γ) + γ (engine + 1)))` with γ = 0x9E3779B97F4A7C15.
    /// For a given seed and engine, two names collide only if their FNV-1a hashes do.
    pub fn new(engine: u32, seed: u64, name: &str) -> Self {
        const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
        let version = GAMMA.wrapping_mul(u64::from(engine) + 1);
        let run = mix(mix(seed.wrapping_add(GAMMA)).wrapping_add(version));
        Self(mix(fnv1a(name.as_bytes()) ^ run))
    }

    /// The key for [`fill_words`].
    pub fn value(self) -> u64 {
        self.0
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The finalizer of splitmix64, a bijection.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{normals, uniform_from_word};
    use std::collections::BTreeSet;

    #[test]
    fn philox_gives_the_published_vectors() {
        // Random123, kat_vectors.
        for (counter, key, expected) in [
            ([0; 4], [0; 2], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]),
            (
                [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
                [0xa4093822, 0x299f31d0],
                [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
            ),
        ] {
            assert_eq!(philox4x32_10(counter, key), expected);
        }
    }

    #[test]
    fn a_tile_holds_the_words_of_its_draws() {
        let key = 0x0123_4567_89ab_cdef;
        // The second start crosses the low half of the counter.
        for first in [0, (1 << 34) - 64, u64::MAX - 63] {
            for time in [5, 8096] {
                let mut words = [0; TILE];
                fill_words(key, first, time, &mut words);
                for (draw, word) in (first..=first + 63).zip(words) {
                    let row = draw / 64 * 16 + draw % 16;
                    let counter = [row as u32, (row >> 32) as u32, time, 0];
                    let four = philox4x32_10(counter, [0x89ab_cdef, 0x0123_4567]);
                    assert_eq!(word, four[(draw / 16 % 4) as usize]);
                }
            }
        }
    }

    #[test]
    fn keys_never_change() {
        // Published FNV-1a and splitmix64 values.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(mix(0x9E37_79B9_7F4A_7C15), 0xE220_A839_7B1D_CDAF);
        let keys = [(1, 0, ""), (1, 0, "capex.2026"), (1, 1, "capex.2026"), (2, 1, "capex.2026")]
            .map(|(engine, seed, name)| StreamKey::new(engine, seed, name).value());
        assert_eq!(keys, KEYS);
    }

    /// Kept results depend on these.
    const KEYS: [u64; 4] = [
        0x9f29_06bd_fd69_30a0,
        0x782e_9580_0faf_6817,
        0x33fe_9171_ab05_e7fc,
        0xa71f_3e98_bbe7_842e,
    ];

    #[test]
    fn names_do_not_collide() {
        let mut keys = BTreeSet::new();
        for site in 0..100 {
            for quarter in 0..3000 {
                keys.insert(StreamKey::new(1, 42, &format!("site{site}.power[{quarter}]")));
            }
        }
        assert_eq!(keys.len(), 300_000);
        for seed in 0..1000 {
            for engine in 0..20 {
                keys.insert(StreamKey::new(engine, seed, "capex"));
            }
        }
        assert_eq!(keys.len(), 320_000);
    }

    const NAMES: usize = 96;
    const TILES: usize = 128;

    /// Normal scores by name: similar names, the consecutive draws of each, two times.
    fn streams() -> Vec<Vec<f64>> {
        (0..NAMES)
            .map(|n| {
                let key = StreamKey::new(1, 2026, &format!("input{}", n / 2)).value();
                let mut column = Vec::new();
                for tile in 0..TILES {
                    let (mut words, mut z) = ([0; TILE], [0.0; TILE]);
                    fill_words(key, (tile * TILE) as u64, (n % 2) as u32, &mut words);
                    normals(&words, &mut z);
                    column.extend(z);
                }
                column
            })
            .collect()
    }

    fn assert_within(what: &str, sum: f64, sd: f64) {
        assert!((sum / sd).abs() < 5.0, "{what}: {} standard errors", sum / sd);
    }

    #[test]
    fn keyed_streams_are_normal_and_uncorrelated() {
        let columns = streams();
        let n = (TILE * TILES) as f64;
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
        for (i, x) in columns.iter().enumerate() {
            assert_within("mean", x.iter().sum(), n.sqrt());
            assert_within("variance", dot(x, x) - n, (2.0 * n).sqrt());
            for lag in [1, 2, 3, 4, 8, 16, 32, 48, 63, 64, 65] {
                assert_within("serial", dot(&x[lag..], x), n.sqrt());
            }
            for y in &columns[..i] {
                assert_within("cross", dot(x, y), n.sqrt());
                assert_within("cross, shifted", dot(&x[1..], y), n.sqrt());
                let squares: f64 =
                    x.iter().zip(y).map(|(a, b)| (a * a - 1.0) * (b * b - 1.0)).sum();
                assert_within("cross, squares", squares, 2.0 * n.sqrt());
            }
        }
        // Interleaved: draw by draw through all names, as the simulator consumes them.
        let woven: Vec<f64> =
            (0..TILE * TILES).flat_map(|d| columns.iter().map(move |c| c[d])).collect();
        for lag in [1, 2, 3, NAMES - 1, NAMES, NAMES + 1] {
            assert_within("woven", dot(&woven[lag..], &woven), (woven.len() as f64).sqrt());
        }
    }

    #[test]
    fn bytes_of_interleaved_streams_are_uniform() {
        // Byte position, and pairs of neighbors in the woven order, in 256 cells each.
        let mut counts = [[0_u32; 256]; 5];
        let mut previous = 0;
        let mut words = 0;
        for draw in (0..4096).step_by(TILE) {
            let keys: Vec<u64> =
                (0..NAMES).map(|n| StreamKey::new(1, 7, &format!("x{n}")).value()).collect();
            let tiles: Vec<[u32; TILE]> = keys
                .iter()
                .map(|&key| {
                    let mut words = [0; TILE];
                    fill_words(key, draw, 1, &mut words);
                    words
                })
                .collect();
            for i in 0..TILE {
                for word in tiles.iter().map(|words| words[i]) {
                    for (count, byte) in counts.iter_mut().zip(word.to_le_bytes()) {
                        count[usize::from(byte)] += 1;
                    }
                    counts[4][(word >> 28 << 4 | previous >> 28) as usize] += 1;
                    previous = word;
                    words += 1;
                }
            }
        }
        let expected = f64::from(words) / 256.0;
        for count in &counts {
            let chi_square: f64 =
                count.iter().map(|&c| f64::from(c) - expected).map(|d| d * d / expected).sum();
            assert_within("chi-square", chi_square - 255.0, (2.0 * 255.0_f64).sqrt());
        }
    }

    #[test]
    fn uniforms_fill_the_interval_evenly() {
        // Kolmogorov-Smirnov; the bound is exceeded once in 2e9 samples (DKW inequality).
        let key = StreamKey::new(1, 3, "ks").value();
        let mut words = [0; TILE];
        let mut u = Vec::new();
        for tile in 0..2000 {
            fill_words(key, tile * TILE as u64, 0, &mut words);
            u.extend(words.iter().map(|&word| uniform_from_word(word)));
        }
        u.sort_unstable_by(f64::total_cmp);
        let n = u.len() as f64;
        let gap = u.iter().enumerate().map(|(i, x)| (x - (i as f64 + 0.5) / n).abs());
        let distance = gap.fold(0.0, f64::max) + 0.5 / n;
        assert!(distance < (11.0 / n).sqrt(), "{distance}");
    }
}
