//! `sensitivity`: measures of what drives an output, on functions whose answers are known.

use std::cell::OnceCell;

use super::functions::Function;
use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key, sample};
use crate::sampling::{Address, Stream, mix};
use crate::stats::{Matrix, Response, cholesky, pearson};
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Column;

pub(super) const KIND: Kind = Kind {
    name: "sensitivity",
    doc: "A test function with inputs drawn as the simulator draws them: moments of its output, \
          and how inputs and output go together.",
    keys: &[
        key("function", "`ishigami`, `sobol_g`, `linear` or `product`"),
        key("a", "ishigami: 7 unless given; sobol_g and linear: a list"),
        key("b", "ishigami: 0.1 unless given"),
        key("sd", "linear and product: standard deviations of the inputs, a list"),
        key("mean", "product: means of the inputs, a list"),
        key("correlation", "linear: one correlation of all pairs of inputs; 0 unless given"),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "`mean`, `variance`, `sd`, and of each input `pearson 1`, `spearman 1` and `first 1` \
            (the share of the variance that it explains by itself) and `change 1` (the mean over the \
            highest fifth of the input less that over the lowest); `total 1` and `shapley 1` are to come",
    example: r#"[[case]]
id       = "ishigami"
kind     = "sensitivity"
source   = "Ishigami and Homma 1990"
function = "ishigami"
draws    = 100_000
expect   = { mean = 3.5, variance = 13.8445879407193, "first 1" = 0.313905191147811 }"#,
    read: |fields, _| read(fields),
};

/// A measure of an input and the output over draws.
type Measure = fn(&[f64], &Response) -> Option<Measured>;

/// Measures of one input by name; those without a function are to come.
const MEASURES: &[(&str, Option<Measure>)] = &[
    ("pearson", Some(linear_correlation)),
    ("spearman", Some(|x, y| y.effect_of(x).map(|effect| estimate(effect.rank)))),
    ("first", Some(|x, y| y.effect_of(x).map(|effect| estimate(effect.share)))),
    ("change", Some(|x, y| y.effect_of(x).map(|effect| estimate(effect.mean.change)))),
    ("total", None),
    ("shapley", None),
];

const LISTED: &[&str] =
    &["mean", "variance", "sd", "pearson 1", "spearman 1", "first 1", "change 1"];

fn estimate(measured: crate::stats::Measured) -> Measured {
    Measured::sampled(measured.value, measured.error)
}

fn linear_correlation(x: &[f64], y: &Response) -> Option<Measured> {
    let y = y.values();
    (x.len() == y.len()).then(|| sample::batched(y.len(), |r| pearson(&x[r.clone()], &y[r])))
}

/// A measure and the position of its input.
fn measure(name: &str) -> Option<(&'static str, Option<Measure>, usize)> {
    let (measure, input) = name.split_once(' ')?;
    let input = input.trim().parse::<usize>().ok()?.checked_sub(1)?;
    let (name, function) = MEASURES.iter().find(|(name, _)| *name == measure)?;
    Some((name, *function, input))
}

#[derive(Debug)]
struct Test {
    function: Function,
    draws: u64,
    seed: u64,
    drawn: OnceCell<(Vec<Column>, Vec<f64>)>,
    response: OnceCell<Option<Response>>,
}

impl Test {
    /// Inputs and output of the draws.
    fn drawn(&self) -> &(Vec<Column>, Vec<f64>) {
        self.drawn.get_or_init(|| {
            let inputs = self.inputs();
            let mut point = vec![0.0; inputs.len()];
            let output = (0..self.draws as usize)
                .map(|draw| {
                    for (x, column) in point.iter_mut().zip(&inputs) {
                        *x = column.as_slice()[draw];
                    }
                    self.function.at(&point)
                })
                .collect();
            (inputs, output)
        })
    }

    fn inputs(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = (0..self.function.inputs())
            .map(|k| sample::scores(self.seed, &format!("x{k}"), 0, self.draws))
            .collect();
        if let Some((low, high)) = self.function.range() {
            for (k, column) in columns.iter_mut().enumerate() {
                let at = Address { time: 0, first_draw: 0 };
                Stream::new(self.seed, &format!("x{k}")).uniforms(at, column);
                column.as_mut_slice().iter_mut().for_each(|u| *u = low + (high - low) * *u);
            }
            return columns;
        }
        if let Function::Linear { factor, .. } = &self.function {
            mix(factor, &mut columns);
        }
        for (k, column) in columns.iter_mut().enumerate() {
            column.as_mut_slice().iter_mut().for_each(|z| *z = self.function.value(k, *z));
        }
        columns
    }

    fn of(&self, name: &str) -> Option<Measured> {
        let (inputs, output) = self.drawn();
        Some(match name {
            "mean" => sample::mean(output),
            "variance" => sample::variance(output),
            "sd" => sample::sd(output),
            _ => {
                let (_, function, input) = measure(name)?;
                let column = inputs.get(input)?.as_slice().get(..output.len())?;
                let response = self.response.get_or_init(|| Response::new(output.clone()));
                function?(column, response.as_ref()?)?
            }
        })
    }
}

impl Subject for Test {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        wanted.iter().map(|w| self.of(&w.name).into_iter().collect()).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let function = match fields.word("function", &["ishigami", "sobol_g", "linear", "product"])? {
        "ishigami" => {
            let (a, b) = (fields.number_if("a"), fields.number_if("b"));
            Some(Function::Ishigami { a: a?.unwrap_or(7.0), b: b?.unwrap_or(0.1) })
        }
        "sobol_g" => sobol_g(fields),
        "linear" => linear(fields),
        _ => product(fields),
    };
    fields.need("draws", "100_000");
    let draws = fields.whole("draws", (3_200, sample::MOST), 3_200);
    let seed = fields.whole("seed", (0, i64::MAX as u64), 1);
    let function = function?;
    refuse_unready(fields);
    let count = function.inputs();
    let known = |name: &str| {
        LISTED[..3].contains(&name) || measure(name).is_some_and(|(_, _, input)| input < count)
    };
    let names = Names { listed: LISTED, known: &known, only: None };
    let expectations = expect::read(fields, &names, &|_| Quantity::Signed)?;
    let test = Test {
        function,
        draws: draws?,
        seed: seed?,
        drawn: OnceCell::new(),
        response: OnceCell::new(),
    };
    Some((Box::new(test), expectations))
}

/// Reports what is expected of measures that are to come.
fn refuse_unready(fields: &mut Fields) {
    let Some(table) = fields.get("expect").and_then(|entry| entry.node.table()) else { return };
    for entry in &table.entries {
        if let Some((name, None, _)) = measure(&entry.key) {
            let message = format!("the measure `{name}` is not there yet");
            let help = "leave it out until a later version has it";
            fields.fail::<()>(codes::NOT_YET, &entry.key_span, message, help);
        }
    }
}

/// A list of numbers from one up.
fn list(fields: &mut Fields, key: &str, least: f64) -> Option<Vec<f64>> {
    let list = fields.numbers(key)?;
    if !list.is_empty() && list.len() <= 100 && list.iter().all(|x| *x >= least) {
        return Some(list);
    }
    let place = fields.get(key)?.node.span.clone();
    let message = format!("`{key}` takes 1 to 100 numbers of at least {least}");
    fields.fail(codes::RANGE, &place, message, format!("for example {key} = [1, 2]"))
}

fn sobol_g(fields: &mut Fields) -> Option<Function> {
    Some(Function::SobolG { a: list(fields, "a", 0.0)? })
}

fn linear(fields: &mut Fields) -> Option<Function> {
    let (a, sd) = (list(fields, "a", f64::NEG_INFINITY), list(fields, "sd", 0.0));
    let rho = fields.number_if("correlation")?.unwrap_or(0.0);
    let (a, sd) = (a?, sd?);
    let place = fields.place.clone();
    if a.len() != sd.len() {
        let message = "`a` and `sd` have different lengths";
        return fields.fail(codes::RANGE, &place, message, "both have one number for each input");
    }
    let matrix = Matrix::from_fn(a.len(), |i, j| if i == j { 1.0 } else { rho });
    let Some(factor) = cholesky(&matrix) else {
        let message = format!("{} inputs cannot all have the correlation {rho}", a.len());
        return fields.fail(codes::IMPOSSIBLE, &place, message, "weaken it");
    };
    let factor = (0..a.len()).map(|i| factor.row(i).to_vec()).collect();
    Some(Function::Linear { a, sd, factor })
}

fn product(fields: &mut Fields) -> Option<Function> {
    let (mean, sd) = (list(fields, "mean", f64::NEG_INFINITY), list(fields, "sd", 0.0));
    let (mean, sd) = (mean?, sd?);
    if mean.len() == sd.len() {
        return Some(Function::Product { mean, sd });
    }
    let place = fields.place.clone();
    let message = "`mean` and `sd` have different lengths";
    fields.fail(codes::RANGE, &place, message, "both have one number for each input")
}
