//! `dependence`: inputs drawn together by a Gaussian copula.

use std::cell::OnceCell;

use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::dist::{Distribution, Scale, two_piece};
use crate::sampling::{Transform, mix};
use crate::stats::{
    Matrix, Nearest, cholesky, kendall, kendall_from_normal, lognormal_pearson,
    lognormal_pearson_inverse, lognormal_pearson_range, nearest_correlation, normal_from_kendall,
    normal_from_spearman, orthant_probability, pearson, spearman, spearman_from_normal,
};
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Column;

pub(super) const KIND: Kind = Kind {
    name: "dependence",
    doc: "Two inputs drawn together as a correlation group draws them (normal scores with a \
          correlation), or the correlation matrix of a group.",
    keys: &[
        key("normal", "correlation of the normal scores; or one of the next three instead"),
        key("spearman", "rank correlation that is asked for, as in a scenario"),
        key("kendall", "Kendall's tau that is asked for"),
        key("pearson", "correlation that is asked for, of two lognormals"),
        key("sd_log", "log-scale standard deviations of two lognormals, for `pearson`"),
        key("margins", "instead: two distributions, for a sampled `pearson`"),
        key("matrix", "instead of a pair: a correlation matrix, repaired if no draws can have it"),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "of a pair `normal`, `spearman`, `kendall`, `orthant` (both scores above their medians), \
            `pearson`, `pearson_low` and `pearson_high` (what two lognormals can have), `possible` \
            (1 or 0); with `draws` the first five sampled too; of a matrix `valid` (1 or 0), \
            `entry 1 2` (after repair), `distance` (Frobenius)",
    example: r#"[[case]]
id       = "copula"
kind     = "dependence"
source   = "closed form"
normal   = 0.5
draws    = 100_000
expect   = { spearman = 0.482583739530997, orthant = 0.333333333333333 }"#,
    read: |fields, _| read(fields),
};

const OF_PAIRS: &[&str] = &[
    "normal",
    "spearman",
    "kendall",
    "orthant",
    "pearson",
    "pearson_low",
    "pearson_high",
    "possible",
];
const OF_MATRICES: &[&str] = &["valid", "distance", "entry 1 2"];

#[derive(Debug)]
struct Pair {
    /// Correlation of the normal scores; none if what is asked for cannot be.
    normal: Option<f64>,
    sd_log: Option<(f64, f64)>,
    margins: Option<[Transform; 2]>,
    draws: u64,
    seed: u64,
    scores: OnceCell<[Column; 2]>,
}

impl Pair {
    fn exact(&self, name: &str) -> Option<f64> {
        let range = self.sd_log.map(|(s1, s2)| lognormal_pearson_range(s1, s2));
        match name {
            "possible" => return Some(f64::from(u8::from(self.normal.is_some()))),
            "pearson_low" => return range.map(|(low, _)| low),
            "pearson_high" => return range.map(|(_, high)| high),
            _ => {}
        }
        let rho = self.normal?;
        match name {
            "normal" => Some(rho),
            "spearman" => Some(spearman_from_normal(rho)),
            "kendall" => Some(kendall_from_normal(rho)),
            "orthant" => Some(orthant_probability(rho)),
            "pearson" => self.sd_log.map(|(s1, s2)| lognormal_pearson(rho, s1, s2)),
            _ => None,
        }
    }

    /// Correlated scores, mixed as the engine mixes those of a group.
    fn scores(&self, rho: f64) -> &[Column; 2] {
        self.scores.get_or_init(|| {
            let mut scores = ["a", "b"].map(|name| sample::scores(self.seed, name, 0, self.draws));
            let matrix = Matrix::from_fn(2, |i, j| if i == j { 1.0 } else { rho });
            if let Some(factor) = cholesky(&matrix) {
                mix(&[factor.row(0).to_vec(), factor.row(1).to_vec()], &mut scores);
            }
            scores
        })
    }

    fn sampled(&self, name: &str) -> Option<Measured> {
        if self.draws == 0 {
            return None;
        }
        let scores = self.scores(self.normal?);
        let n = self.draws as usize;
        let (x, y) = (&scores[0].as_slice()[..n], &scores[1].as_slice()[..n]);
        Some(match name {
            "normal" => sample::batched(n, |range| pearson(&x[range.clone()], &y[range])),
            "spearman" => sample::batched(n, |range| spearman(&x[range.clone()], &y[range])),
            "kendall" => sample::batched(n, |range| kendall(&x[range.clone()], &y[range])),
            "orthant" => {
                sample::share(x.iter().zip(y).filter(|(x, y)| **x > 0.0 && **y > 0.0).count(), n)
            }
            "pearson" => {
                let margins = self.margins.as_ref()?;
                let mut values = [0, 1].map(|k| {
                    let mut out = Column::new(scores[k].tiles().len());
                    margins[k].apply(&scores[k], &mut out);
                    out
                });
                let [a, b] = &mut values;
                let (a, b) = (&a.as_slice()[..n], &b.as_slice()[..n]);
                sample::batched(n, |range| pearson(&a[range.clone()], &b[range]))
            }
            _ => return None,
        })
    }
}

impl Subject for Pair {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        wanted
            .iter()
            .map(|w| match (self.exact(&w.name), self.sampled(&w.name)) {
                (Some(exact), Some(sampled)) => vec![Measured::exact(exact), sampled.beside()],
                (Some(exact), None) => vec![Measured::exact(exact)],
                (None, sampled) => sampled.into_iter().collect(),
            })
            .collect()
    }
}

#[derive(Debug)]
struct Group {
    valid: bool,
    matrix: Matrix,
    distance: f64,
}

fn entry(name: &str, size: usize) -> Option<(usize, usize)> {
    let (i, j) = name.strip_prefix("entry ")?.split_once(' ')?;
    let index = |text: &str| text.trim().parse::<usize>().ok().filter(|k| (1..=size).contains(k));
    Some((index(i)? - 1, index(j)? - 1))
}

impl Subject for Group {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let of = |name: &str| match name {
            "valid" => Some(f64::from(u8::from(self.valid))),
            "distance" => Some(self.distance),
            _ => entry(name, self.matrix.size()).map(|(i, j)| self.matrix.at(i, j)),
        };
        wanted.iter().map(|w| of(&w.name).map(Measured::exact).into_iter().collect()).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    if fields.get("matrix").is_some() { group(fields) } else { pair(fields) }
}

fn group(fields: &mut Fields) -> Option<Found> {
    let list = fields.need("matrix", "[[1, 0.5], [0.5, 1]]")?;
    let rows = fields.items(list, "[[1, 0.5], [0.5, 1]]")?;
    let mut numbers: Vec<Vec<f64>> = Vec::new();
    for row in rows {
        let crate::scenario::document::Data::List(items) = &row.data else {
            return fields.wrong(list, "a list of rows", "[[1, 0.5], [0.5, 1]]");
        };
        let row: Option<Vec<f64>> = items.iter().map(|x| fields.plain("matrix", x)).collect();
        numbers.push(row?);
    }
    let size = numbers.len();
    if size < 2 || numbers.iter().any(|row| row.len() != size) {
        let message = "the matrix is not square";
        return fields.fail(codes::RANGE, &list.key_span, message, "two rows or more");
    }
    let known = |name: &str| OF_MATRICES[..2].contains(&name) || entry(name, size).is_some();
    let names = Names { listed: OF_MATRICES, known: &known, only: None };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    let matrix = Matrix::from_fn(size, |i, j| numbers[i][j]);
    let valid = cholesky(&matrix).is_some();
    let Some(Nearest { matrix: nearest, distance, .. }) = nearest_correlation(&matrix) else {
        let message = "the matrix is not symmetric";
        return fields.fail(codes::IMPOSSIBLE, &list.key_span, message, "");
    };
    let group = if valid {
        Group { valid, matrix, distance: 0.0 }
    } else {
        Group { valid, matrix: nearest, distance }
    };
    Some((Box::new(group), expectations))
}

fn pair(fields: &mut Fields) -> Option<Found> {
    let sd_log = sd_log(fields)?;
    let margins = margins(fields, sd_log)?;
    let normal = normal(fields, sd_log)?;
    let draws = fields.whole("draws", (3_200, sample::MOST), 0)?;
    let seed = fields.whole("seed", (0, i64::MAX as u64), 1)?;
    let known = |name: &str| match name {
        "pearson" => sd_log.is_some() || margins.is_some() && draws > 0,
        "pearson_low" | "pearson_high" => sd_log.is_some(),
        _ => OF_PAIRS.contains(&name),
    };
    let names = Names { listed: OF_PAIRS, known: &known, only: None };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    let pair = Pair { normal, sd_log, margins, draws, seed, scores: OnceCell::new() };
    Some((Box::new(pair), expectations))
}

fn sd_log(fields: &mut Fields) -> Option<Option<(f64, f64)>> {
    let Some(entry) = fields.get("sd_log") else { return Some(None) };
    match fields.numbers("sd_log")?.as_slice() {
        [a, b] if *a > 0.0 && *b > 0.0 => Some(Some((*a, *b))),
        _ => {
            let message = "`sd_log` takes two numbers above zero";
            fields.fail(codes::RANGE, &entry.node.span, message, "for example sd_log = [0.5, 1]")
        }
    }
}

/// How values are made of the scores.
fn margins(fields: &mut Fields, sd_log: Option<(f64, f64)>) -> Option<Option<[Transform; 2]>> {
    let ready = |dist: &dyn Distribution| Transform::new(dist, 1.0);
    if let Some((a, b)) = sd_log {
        // ±1.645 sd are the 5th and the 95th percentile.
        let z = crate::dist::special::Z95;
        let of = |sd: f64| {
            let (low, high) = (libm::exp(-z * sd), libm::exp(z * sd));
            two_piece(Scale::Log, low, None, high).ok().and_then(|dist| ready(dist.as_ref()))
        };
        return Some(of(a).zip(of(b)).map(|(a, b)| [a, b]));
    }
    let Some(list) = fields.get("margins") else { return Some(None) };
    let example =
        "[{ dist = \"uniform\", min = 0, max = 1 }, { dist = \"uniform\", min = 0, max = 1 }]";
    let items = fields.items(list, example)?;
    let read: Vec<Option<Transform>> = items
        .iter()
        .map(|item| {
            let dist = fields.dist("margins", item, &item.span, Quantity::Signed)?;
            ready(dist.as_ref())
        })
        .collect();
    let read: Option<Vec<Transform>> = read.into_iter().collect();
    if let Ok(both) = read?.try_into() {
        return Some(Some(both));
    }
    fields.fail(codes::RANGE, &list.key_span, "`margins` takes two distributions", example)
}

/// The correlation of the scores; `Some(None)` if what is asked for cannot be.
fn normal(fields: &mut Fields, sd_log: Option<(f64, f64)>) -> Option<Option<f64>> {
    let keys = ["normal", "spearman", "kendall", "pearson"];
    let given: Vec<&str> = keys.into_iter().filter(|key| fields.get(key).is_some()).collect();
    let [key] = given.as_slice() else {
        let place = fields.place.clone();
        let message = format!("{} takes one of {} and matrix", fields.what, keys.join(", "));
        return fields.fail(codes::MISSING, &place, message, "for example normal = 0.5");
    };
    let x = fields.number_in(key, -1.0, 1.0)?;
    Some(match *key {
        "spearman" => Some(normal_from_spearman(x)),
        "kendall" => Some(normal_from_kendall(x)),
        "pearson" => {
            let Some((s1, s2)) = sd_log else {
                let place = fields.place.clone();
                let message =
                    "`pearson` asks for a correlation of two lognormals, which needs `sd_log`";
                return fields.fail(codes::MISSING, &place, message, "sd_log = [0.5, 1]");
            };
            lognormal_pearson_inverse(x, s1, s2)
        }
        _ => Some(x),
    })
}
