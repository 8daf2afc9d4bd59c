//! `integration`: a test integrand by points of a design.

use super::genz::{FAMILIES, Family, Genz};
use super::{EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::sampling::{
    Address, Directions, ENGINE, LatinHypercube, REPLICATES, Scrambling, Stream,
};
use crate::scenario::document::Data;
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::{Column, StreamKey, TILE, uniform_from_bits};

pub(super) const KIND: Kind = Kind {
    name: "integration",
    doc: "The integral of one of Genz's families over the unit cube by points of a design, \
          repeated with other seeds.",
    keys: &[
        key(
            "family",
            "`oscillatory`, `product_peak`, `corner_peak`, `gaussian`, `continuous`, \
             `discontinuous`, or `linear` (Σ aᵢ xᵢ)",
        ),
        key("dimension", "number of coordinates"),
        key("a", "difficulties: one number for all, a list, or \"2i/d\""),
        key("u", "shifts: one number for all, or a list"),
        key("method", "`random`, `latin` (Latin hypercube) or `sobol` (scrambled Sobol points)"),
        key("draws", "number of points, or a rising list of them for `slope`"),
        key("repeats", "how often, with seeds that follow each other; 32 if it is left out"),
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "`exact` (the closed form), `value` (the mean of the estimates with most draws), `bias` \
            (its distance from the closed form), `variance` (mean square error of one estimate) and \
            `slope` (of the log of the root mean square error over the log of the draws)",
    example: r#"[[case]]
id        = "oscillatory"
kind      = "integration"
source    = "closed form"
family    = "oscillatory"
dimension = 5
a         = "2i/d"
u         = 0.3
method    = "latin"
draws     = [64, 256, 1024]
expect    = { exact = 0.117913253503836, value = 0.117913253503836, slope = { to = -0.5 } }"#,
    read: |fields, _| read(fields),
};

const NAMES: &[&str] = &["exact", "value", "bias", "variance", "slope"];
/// Most values of the integrand in a case.
const MOST_VALUES: u64 = 50_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Random,
    Latin,
    Sobol,
}

#[derive(Debug)]
struct Integration {
    genz: Genz,
    method: Method,
    draws: Vec<u64>,
    repeats: u64,
    seed: u64,
}

impl Integration {
    /// The estimates with so many points, one for each repetition.
    fn estimates(&self, draws: u64) -> Vec<f64> {
        // Sizes do not share their points, so that their errors are independent.
        let size = self.draws.iter().position(|n| *n == draws).unwrap_or(0) as u64;
        let first = self.seed + size * self.repeats;
        (first..first + self.repeats).map(|seed| self.estimate(draws, seed)).collect()
    }

    fn estimate(&self, draws: u64, seed: u64) -> f64 {
        let dimension = self.genz.a.len();
        let coordinates: Vec<Vec<f64>> =
            (0..dimension).map(|k| coordinate(self.method, seed, k, draws)).collect();
        let mut point = vec![0.0; dimension];
        let mut sum = 0.0;
        for draw in 0..draws as usize {
            for (x, column) in point.iter_mut().zip(&coordinates) {
                *x = column[draw];
            }
            sum += self.genz.at(&point);
        }
        sum / draws as f64
    }

    /// Mean square error with its standard error.
    fn square_error(&self, draws: u64) -> Measured {
        let exact = self.genz.integral();
        let squares: Vec<f64> =
            self.estimates(draws).iter().map(|x| (x - exact) * (x - exact)).collect();
        sample::mean(&squares)
    }

    /// Least squares through the logarithms; a mean of R squares of normal errors has a relative
    /// variance of 2/R, its root and logarithm a quarter of it.
    fn slope(&self) -> Measured {
        let x: Vec<f64> = self.draws.iter().map(|n| libm::log(*n as f64)).collect();
        let y: Vec<f64> =
            self.draws.iter().map(|n| 0.5 * libm::log(self.square_error(*n).value)).collect();
        let n = x.len() as f64;
        let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let spread: f64 = x.iter().map(|x| (x - mx) * (x - mx)).sum();
        let product: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
        Measured::sampled(product / spread, (0.5 / self.repeats as f64 / spread).sqrt())
    }

    fn most(&self) -> u64 {
        self.draws.last().copied().unwrap_or(1)
    }

    fn of(&self, name: &str) -> Option<Measured> {
        Some(match name {
            "exact" => Measured::exact(self.genz.integral()),
            "value" => sample::mean(&self.estimates(self.most())),
            "bias" => {
                let mean = sample::mean(&self.estimates(self.most()));
                Measured { value: mean.value - self.genz.integral(), ..mean }
            }
            "variance" => self.square_error(self.most()),
            "slope" => self.slope(),
            _ => return None,
        })
    }
}

/// One coordinate of all points.
fn coordinate(method: Method, seed: u64, dimension: usize, draws: u64) -> Vec<f64> {
    let name = &format!("x{dimension}");
    match method {
        Method::Sobol => {
            let directions = Directions::new(dimension);
            let scrambling = Scrambling::new(StreamKey::new(ENGINE, seed, name).value());
            let point = |draw| {
                let mut words = [0; REPLICATES];
                scrambling.scramble(directions.digits(draw), &mut words);
                uniform_from_bits(words[0])
            };
            (0..draws).map(point).collect()
        }
        Method::Random => {
            let mut column = Column::new((draws as usize).div_ceil(TILE));
            Stream::new(seed, name).uniforms(Address { time: 0, first_draw: 0 }, &mut column);
            column.as_slice()[..draws as usize].to_vec()
        }
        Method::Latin => {
            let design = LatinHypercube::new(seed, name, draws);
            (0..draws).map(|draw| design.uniform(draw)).collect()
        }
    }
}

impl Subject for Integration {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        wanted.iter().map(|w| self.of(&w.name).into_iter().collect()).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let words: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
    let family = fields.word("family", &words);
    let method = method(fields);
    let family = FAMILIES.iter().find(|(name, _)| Some(*name) == family).map(|(_, f)| *f);
    fields.need("dimension", "5");
    let dimension = fields.whole("dimension", (1, 1000), 1);
    let repeats = fields.whole("repeats", (2, 10_000), 32);
    let seed = fields.whole("seed", (0, u64::from(u32::MAX)), 1);
    let draws = draws(fields);
    let (family, dimension) = (family?, dimension?);
    let a = coefficients(fields, "a", dimension as usize);
    let u = if family == Family::Linear && fields.get("u").is_none() {
        Some(vec![0.0; dimension as usize])
    } else {
        coefficients(fields, "u", dimension as usize)
    };
    let (a, u, draws, repeats) = (a?, u?, draws?, repeats?);
    let place = fields.place.clone();
    if let Some(bad) = a.iter().find(|a| **a <= 0.0) {
        let message = format!("every `a` must be above zero, one is {bad}");
        return fields.fail(codes::RANGE, &place, message, "for example a = \"2i/d\"");
    }
    if family == Family::CornerPeak && dimension > 20 {
        let message =
            "the integral of `corner_peak` has a term for each corner: 20 dimensions at most";
        return fields.fail(codes::RANGE, &place, message, "");
    }
    if draws.iter().sum::<u64>().saturating_mul(repeats).saturating_mul(dimension) > MOST_VALUES {
        let message = "draws × repeats × dimension is above 50 million";
        return fields.fail(codes::RANGE, &place, message, "take fewer");
    }
    let known = |name: &str| NAMES.contains(&name) && (name != "slope" || draws.len() > 1);
    let names = Names { listed: NAMES, known: &known, only: Some("value") };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    let genz = Genz { family, a, u };
    let subject = Integration { genz, method: method?, draws, repeats, seed: seed? };
    Some((Box::new(subject), expectations))
}

fn method(fields: &mut Fields) -> Option<Method> {
    match fields.word("method", &["random", "latin", "sobol"])? {
        "latin" => Some(Method::Latin),
        "sobol" => Some(Method::Sobol),
        _ => Some(Method::Random),
    }
}

fn draws(fields: &mut Fields) -> Option<Vec<u64>> {
    let entry = fields.need("draws", "1024")?;
    if !matches!(entry.node.data, Data::List(_)) {
        return fields.whole("draws", (2, sample::MOST), 1).map(|n| vec![n]);
    }
    let list = fields.numbers("draws")?;
    let whole = |x: &f64| x.fract() == 0.0 && *x >= 2.0 && *x <= sample::MOST as f64;
    if list.iter().all(whole) && list.windows(2).all(|pair| pair[0] < pair[1]) && !list.is_empty() {
        return Some(list.iter().map(|x| *x as u64).collect());
    }
    let message = "`draws` takes whole numbers of 2 or more that rise";
    fields.fail(codes::RANGE, &entry.node.span, message, "for example draws = [64, 256, 1024]")
}

fn coefficients(fields: &mut Fields, name: &str, dimension: usize) -> Option<Vec<f64>> {
    let entry = fields.need(name, "0.3")?;
    if matches!(entry.node.data, Data::List(_)) {
        let list = fields.numbers(name)?;
        if list.len() == dimension {
            return Some(list);
        }
        let message = format!("`{name}` has {} numbers for {dimension} dimensions", list.len());
        return fields.fail(codes::RANGE, &entry.node.span, message, "give one, or one for each");
    }
    if entry.node.text().is_some_and(|text| text.trim() == "2i/d") {
        return Some((1..=dimension).map(|i| 2.0 * i as f64 / dimension as f64).collect());
    }
    Some(vec![fields.plain(name, &entry.node)?; dimension])
}
