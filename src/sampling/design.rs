//! Designs: random numbers that are spread evenly on purpose, in independent replicates.
//!
//! Draw i belongs to replicate i modulo 16 and is its point number i div 16. Replicates are Latin
//! hypercubes or scrambled Sobol points of their own, so that their means differ by chance alone: how
//! far they lie apart says how well the mean of all is known, whatever the design does for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sobol::{Directions, Order, REPLICATES, ROUNDS, Scrambling, shuffled};
use super::{Address, Variate};
use crate::vector::{
    Aligned, Column, TILE, Tile, normals_from_uniforms, philox4x32_10, uniform_from_bits,
};

/// How draws are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Each draw on its own.
    #[default]
    Independent,
    /// Latin hypercubes.
    Latin,
    /// Scrambled Sobol points.
    Sobol,
}

impl Sampling {
    /// All, with their names.
    pub const ALL: [(&'static str, Self); 3] =
        [("independent", Self::Independent), ("lhs", Self::Latin), ("sobol", Self::Sobol)];

    /// Its name in files and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Latin => "lhs",
            Self::Sobol => "sobol",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, found)| *found)
    }
}

/// Dimensions of the first group of Sobol points.
const FIRST_GROUP: usize = 32;
/// Dimensions of each later group.
const LATER_GROUP: usize = 8;

/// A design for the random numbers of a plan.
#[derive(Clone, Debug)]
pub struct Design {
    method: Sampling,
    draws: u64,
    index: BTreeMap<Variate, usize>,
    coordinates: Vec<Coordinate>,
}

#[derive(Clone, Debug)]
enum Coordinate {
    Latin(Box<Latin>),
    Sobol(Box<Sobol>),
}

impl Design {
    /// A design of `draws` draws for these variates, the most important first: they take the first
    /// Sobol dimensions. Latin hypercubes do not care about the order.
    ///
    /// Sobol dimensions come in groups: 32, then 8 each. All groups use the same first dimensions, whose
    /// pairs are known to be even, and each group but the first takes the points in a random order of
    /// its own; so no pair of dimensions is ever as badly filled as some pairs of high ones are.
    pub fn new(method: Sampling, draws: u64, variates: &[Variate]) -> Self {
        let index = variates.iter().enumerate().map(|(at, variate)| (*variate, at)).collect();
        // The orders of groups depend on the seed, which is in the key of every variate.
        let orders = variates.first().map_or(0, |variate| key(*variate, ORDER));
        let mut order: Option<(usize, Arc<Order>)> = None;
        let coordinates = variates.iter().enumerate().map(|(at, variate)| {
            if method == Sampling::Latin {
                return Coordinate::Latin(Box::new(Latin::new(*variate, draws)));
            }
            let (group, within) = group(at);
            if group > 0 && order.as_ref().is_none_or(|(known, _)| *known != group) {
                let new = Order::new(mixed(orders ^ group as u64, ORDER));
                order = Some((group, Arc::new(new)));
            }
            let order = order.as_ref().map(|(_, order)| Arc::clone(order));
            Coordinate::Sobol(Box::new(Sobol::new(*variate, within, order)))
        });
        let coordinates = coordinates.collect();
        Self { method, draws, index, coordinates }
    }

    /// How it spreads its draws.
    pub fn method(&self) -> Sampling {
        self.method
    }

    /// The draws it is made for.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// The variates in order of their dimensions.
    pub fn variates(&self) -> Vec<Variate> {
        let mut all: Vec<(usize, Variate)> =
            self.index.iter().map(|(variate, at)| (*at, *variate)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, variate)| variate).collect()
    }

    /// Normal scores of a variate from this draw on, which must be a multiple of 64.
    #[inline(always)]
    pub(super) fn fill(&self, variate: Variate, first_draw: u64, out: &mut Column) {
        match self.index.get(&variate).map(|at| &self.coordinates[*at]) {
            Some(Coordinate::Sobol(sobol)) => {
                for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
                    sobol.normals(first_draw + (k * TILE) as u64, tile);
                }
            }
            Some(Coordinate::Latin(latin)) => latin.normals(first_draw, out),
            // What was not known when the design was made is drawn independently.
            None => variate.stream.normals(Address { time: variate.time, first_draw }, out),
        }
    }
}

/// The group of a dimension, and its place within it.
fn group(at: usize) -> (usize, usize) {
    match at.checked_sub(FIRST_GROUP) {
        None => (0, at),
        Some(after) => (1 + after / LATER_GROUP, after % LATER_GROUP),
    }
}

/// One Sobol dimension.
#[derive(Clone, Debug)]
struct Sobol {
    directions: Directions,
    scrambling: Scrambling,
    /// The order of the group's points; their own in the first group.
    order: Option<Arc<Order>>,
}

impl Sobol {
    fn new(variate: Variate, dimension: usize, order: Option<Arc<Order>>) -> Self {
        Self {
            directions: Directions::new(dimension),
            scrambling: Scrambling::new(key(variate, SOBOL)),
            order,
        }
    }

    #[inline(always)]
    fn normals(&self, first_draw: u64, out: &mut Tile) {
        let mut words = Aligned([0; TILE]);
        let first = first_draw / REPLICATES as u64;
        for (k, row) in words.0.as_chunks_mut::<REPLICATES>().0.iter_mut().enumerate() {
            let place = first + k as u64;
            let point = match &self.order {
                Some(order) => order.point(place),
                None => place,
            };
            self.scrambling.scramble(self.directions.digits(point), row);
        }
        let places = Aligned(words.0.map(uniform_from_bits));
        normals_from_uniforms(&places.0, out);
    }
}

/// One coordinate of Latin hypercubes: draw j of a replicate is in stratum π(j) plus a random number
/// of the replicate's own, modulo the number of strata, at a random place within it.
///
/// Replicates share π. Given π they are still independent and each fills every stratum once, so that
/// their spread says how well their mean is known.
#[derive(Clone, Debug)]
struct Latin {
    variate: Variate,
    /// Draws of the replicates that have one more than the others, and how many these are.
    strata: u64,
    longer: usize,
    words: [u64; 2 * ROUNDS],
    shifts: [u64; REPLICATES],
}

impl Latin {
    fn new(variate: Variate, draws: u64) -> Self {
        let key = key(variate, LATIN);
        let key = [key as u32, (key >> 32) as u32];
        let word = |at: u32, of: u32| {
            let [a, b, ..] = philox4x32_10([at, of, 0, 0], key);
            u64::from(a) | u64::from(b) << 32
        };
        let replicates = REPLICATES as u64;
        Self {
            variate,
            strata: draws / replicates,
            longer: (draws % replicates) as usize,
            words: std::array::from_fn(|at| word(at as u32, 0) | u64::from(at % 2 == 0)),
            shifts: std::array::from_fn(|at| word(at as u32, 1)),
        }
    }

    #[inline(always)]
    fn normals(&self, first_draw: u64, out: &mut Column) {
        let address = Address { time: self.variate.time, first_draw };
        self.variate.stream.uniforms(address, out);
        for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
            let first = (first_draw + (k * TILE) as u64) / REPLICATES as u64;
            self.spread(first, tile);
            let places = Aligned(*tile);
            normals_from_uniforms(&places.0, tile);
        }
    }

    /// Moves places within strata to places within all.
    #[inline(always)]
    fn spread(&self, first: u64, tile: &mut Tile) {
        let counts = [self.strata + 1, self.strata.max(1)];
        let parts = counts.map(|count| 1.0 / count as f64);
        for (k, row) in tile.as_chunks_mut::<REPLICATES>().0.iter_mut().enumerate() {
            let places: [u64; 2] = std::array::from_fn(|kind| {
                let number = first + k as u64;
                let used = if kind == 0 { self.longer > 0 } else { self.longer < REPLICATES };
                if used { stratum(number, counts[kind], &self.words) } else { 0 }
            });
            for (replicate, place) in row.iter_mut().enumerate() {
                let kind = usize::from(replicate >= self.longer);
                let count = counts[kind];
                // The high half of a product: a random number below `count`.
                let shift = (u128::from(self.shifts[replicate]) * u128::from(count)) >> 64;
                let moved = places[kind] + shift as u64;
                let moved = if moved >= count { moved - count } else { moved };
                let inside = (moved as f64 + *place) * parts[kind];
                *place = if inside < LAST { inside } else { LAST };
            }
        }
    }
}

/// The largest uniform, as of streams.
const LAST: f64 = 1.0 - 0.5 / (1_u64 << 52) as f64;

/// The stratum of a draw by the shared order: a keyed bijection of twice as many numbers at most, walked
/// along its cycle until it comes back below `count`.
#[inline(always)]
fn stratum(number: u64, count: u64, words: &[u64; 2 * ROUNDS]) -> u64 {
    let bits = u64::BITS - (count - 1).leading_zeros();
    let mut at = number % count;
    if bits == 0 {
        return at;
    }
    loop {
        at = shuffled(at, bits, words);
        if at < count {
            return at;
        }
    }
}

// Words that make keys of one variate for different uses.
const SOBOL: u32 = 0x736f_626f;
const LATIN: u32 = 0x6c61_7469;
const ORDER: u32 = 0x6f72_6465;

fn key(variate: Variate, using: u32) -> u64 {
    mixed(variate.stream.key() ^ u64::from(variate.time).rotate_left(32), using)
}

fn mixed(word: u64, using: u32) -> u64 {
    let [a, b, ..] = philox4x32_10([using, 0, 0, 0x6465_7369], [word as u32, (word >> 32) as u32]);
    u64::from(a) | u64::from(b) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::Stream;
    use crate::vector::normal_cdf;

    fn variates(count: u32) -> Vec<Variate> {
        (0..count).map(|at| Variate { stream: Stream::new(7, "x"), time: at }).collect()
    }

    /// The coordinates of the first draws, by replicate.
    fn coordinates(design: &Design, variate: Variate, draws: usize) -> Vec<Vec<f64>> {
        let mut column = Column::new(draws.div_ceil(TILE));
        // Two parts, as two blocks would ask for them.
        let half = column.tiles().len() / 2;
        let mut first = Column::new(half.max(1));
        design.fill(variate, 0, &mut first);
        design.fill(variate, 0, &mut column);
        assert_eq!(first.as_slice(), &column.as_slice()[..first.len()]);
        let of = |replicate: usize| {
            let own = column.as_slice()[..draws].iter().skip(replicate).step_by(REPLICATES);
            own.map(|score| normal_cdf(*score)).collect()
        };
        (0..REPLICATES).map(of).collect()
    }

    fn each_once(coordinates: &[f64]) -> bool {
        let n = coordinates.len();
        let mut seen = vec![0; n];
        for u in coordinates {
            seen[((u * n as f64) as usize).min(n - 1)] += 1;
        }
        seen.iter().all(|count| *count == 1)
    }

    #[test]
    fn each_replicate_of_latin_hypercubes_fills_its_strata() {
        for draws in [16, 17, 100, 1000, 4096, 5001] {
            let all = variates(3);
            let design = Design::new(Sampling::Latin, draws, &all);
            for variate in all {
                let found = coordinates(&design, variate, draws as usize);
                assert!(found.iter().all(|replicate| each_once(replicate)), "{draws}");
            }
        }
        // Fewer draws than replicates: some have none, the others one.
        let design = Design::new(Sampling::Latin, 5, &variates(1));
        assert!(coordinates(&design, variates(1)[0], 5).iter().flatten().all(|u| *u > 0.0));
    }

    #[test]
    fn each_replicate_of_sobol_points_fills_its_intervals_in_every_group() {
        let all = variates(60);
        let design = Design::new(Sampling::Sobol, 4096, &all);
        assert_eq!(design.variates(), all);
        for variate in all {
            for draws in [64, 512, 4096] {
                let found = coordinates(&design, variate, draws);
                assert!(found.iter().all(|replicate| each_once(replicate)), "{draws}");
            }
        }
    }

    #[test]
    fn what_a_design_does_not_know_comes_from_its_stream() {
        let design = Design::new(Sampling::Sobol, 1024, &variates(2));
        let other = Variate { stream: Stream::new(7, "y"), time: 3 };
        let (mut found, mut expected) = (Column::new(2), Column::new(2));
        design.fill(other, 128, &mut found);
        other.stream.normals(Address { time: 3, first_draw: 128 }, &mut expected);
        assert_eq!(found.as_slice(), expected.as_slice());
    }

    #[test]
    fn ways_of_sampling_go_by_their_names() {
        for (name, sampling) in Sampling::ALL {
            assert_eq!(Sampling::parse(name), Some(sampling));
            assert_eq!(sampling.name(), name);
        }
        assert_eq!(Sampling::parse("random"), None);
    }
}
