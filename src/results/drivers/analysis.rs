//! From draws to drivers.

use super::{
    Driver, DriverDraws, DriverGroup, DriverInput, DriverKind, DriverOutput, Drivers, GradePart,
    SourcePart,
};
use crate::results::Given;
use crate::stats::{Effect, Measured, Projection, Response, holm, project};

/// What is known of the inputs beside their draws.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The inputs, in the order of their columns.
    pub inputs: &'a [DriverInput],
    /// The assumptions of the run.
    pub given: &'a [Given],
    /// What cannot be said, and why.
    pub missing: &'a [String],
}

/// What drives an output. `draws` are what is counted; `pilot` are other draws, which set the weights
/// of inputs with several numbers; without any, all numbers of an input count the same. `None` if too
/// few draws have a value.
pub fn drivers(
    output: DriverOutput,
    facts: Facts<'_>,
    draws: &DriverDraws,
    pilot: &DriverDraws,
) -> Option<Drivers> {
    let (response, kept) = with_values(&draws.output)?;
    let (pilot_response, pilot_kept) = with_values(&pilot.output).unzip();
    let pilot_kept = pilot_kept.unwrap_or_default();
    let mut scalars = Vec::new();
    for (position, columns) in draws.inputs.iter().enumerate() {
        let columns = chosen(columns, &kept);
        let others = pilot.inputs.get(position).map(|columns| chosen(columns, &pilot_kept));
        scalars.push(Scalar::of(columns, others.unwrap_or_default(), pilot_response.as_ref()));
    }
    let mut list: Vec<Driver> = facts
        .inputs
        .iter()
        .zip(&scalars)
        .map(|(input, scalar)| driver(input, facts.given, scalar, &response))
        .collect();
    let chances: Vec<f64> = list.iter().filter(|d| d.effect.is_some()).map(|d| d.p).collect();
    let varying = list.iter_mut().filter(|driver| driver.effect.is_some());
    for (driver, p) in varying.zip(holm(&chances)) {
        driver.p = p;
    }
    let mut groups = groups(&list, &scalars, pilot_response.as_ref(), &response);
    share_out(&mut list, &groups);
    let places = sort(&mut list);
    for member in groups.iter_mut().flat_map(|group| &mut group.members) {
        *member = places[*member];
    }
    for group in &mut groups {
        group.members.sort_unstable();
    }
    let grades = grades(&list);
    let sum: Measured = grades.iter().map(|grade| grade.part).fold(Measured::default(), plus);
    Some(Drivers {
        output,
        draws: response.values().len() as u64,
        left_out: (draws.output.len() - response.values().len()) as u64,
        pilot: pilot_response.map_or(0, |response| response.values().len() as u64),
        mean: response.mean,
        sd: response.sd,
        p90: response.p90,
        list,
        groups,
        grades,
        rest: Measured { value: 1.0 - sum.value, error: sum.error },
        missing: facts.missing.to_vec(),
    })
}

/// The output where it has a value, and which draws these are.
fn with_values(output: &[f64]) -> Option<(Response, Vec<usize>)> {
    let kept: Vec<usize> = (0..output.len()).filter(|&at| output[at].is_finite()).collect();
    let response = Response::new(kept.iter().map(|&at| output[at]).collect())?;
    Some((response, kept))
}

fn chosen(columns: &[Vec<f64>], kept: &[usize]) -> Vec<Vec<f64>> {
    columns.iter().map(|column| kept.iter().map(|&at| column[at]).collect()).collect()
}

/// An input as one number, in the counted draws and in the others.
struct Scalar {
    values: Vec<f64>,
    pilot: Vec<f64>,
    numbers: usize,
    fitted: bool,
}

impl Scalar {
    fn of(mut columns: Vec<Vec<f64>>, mut pilot: Vec<Vec<f64>>, output: Option<&Response>) -> Self {
        let numbers = columns.len();
        if numbers == 1 {
            let pilot = pilot.pop().unwrap_or_default();
            return Self { values: columns.remove(0), pilot, numbers, fitted: false };
        }
        let found = match output {
            Some(output) => project(&pilot, output.centered_ranks()),
            None => Projection { weights: vec![1.0; numbers], fitted: false },
        };
        let (values, pilot) = (found.of(&columns), found.of(&pilot));
        Self { values, pilot, numbers, fitted: found.fitted }
    }
}

fn driver(input: &DriverInput, given: &[Given], scalar: &Scalar, response: &Response) -> Driver {
    let effect = response.effect_of(&scalar.values);
    // The weakest of what it rests on; of several, the first by key.
    let basis = input.rests_on.iter().filter_map(|key| given.iter().find(|one| one.key == *key));
    let weakest = basis.reduce(|a, b| if b.grade > a.grade { b } else { a });
    Driver {
        input: input.clone(),
        numbers: scalar.numbers,
        fitted: scalar.fitted,
        grade: weakest.map(|one| one.grade),
        source: weakest.map(|one| one.source.clone()).unwrap_or_default(),
        title: weakest.map(|one| one.title.clone()).unwrap_or_default(),
        known: weakest.map(|one| one.known),
        group: None,
        p: effect.as_ref().map_or(1.0, |effect| effect.p),
        part: effect.as_ref().map_or_else(Measured::default, |effect| effect.share),
        effect,
    }
}

/// Inputs that share a factor or a correlation, directly or through others; those that share with
/// none are in no group.
fn groups(
    list: &[Driver],
    scalars: &[Scalar],
    pilot: Option<&Response>,
    response: &Response,
) -> Vec<DriverGroup> {
    let mut parts: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (at, driver) in list.iter().enumerate().filter(|(_, driver)| driver.is_input()) {
        let mut joined = (driver.input.shares.clone(), vec![at]);
        if joined.0.is_empty() {
            continue;
        }
        let touches = |part: &(Vec<String>, Vec<usize>)| {
            part.0.iter().any(|name| driver.input.shares.contains(name))
        };
        for (names, members) in parts.extract_if(.., |part| touches(part)) {
            joined.0.extend(names);
            joined.1.extend(members);
        }
        joined.0.sort();
        joined.0.dedup();
        parts.push(joined);
    }
    parts.retain(|(_, members)| members.len() > 1);
    for (_, members) in &mut parts {
        members.sort_unstable();
    }
    parts.sort();
    let group = |(names, members): (Vec<String>, Vec<usize>)| {
        let effect = pilot.and_then(|pilot| {
            let of = |pick: &dyn Fn(&Scalar) -> &Vec<f64>| {
                members.iter().map(|&at| pick(&scalars[at]).clone()).collect::<Vec<_>>()
            };
            let together = project(&of(&|scalar| &scalar.pilot), pilot.centered_ranks());
            response.effect_of(&together.of(&of(&|scalar| &scalar.values)))
        });
        DriverGroup { names, members, effect }
    };
    parts.into_iter().map(group).collect()
}

/// Gives the members of each group their parts of what it explains: in proportion to what each of
/// those with an effect explains by itself. What has no effect has no part.
fn share_out(list: &mut [Driver], groups: &[DriverGroup]) {
    for driver in list.iter_mut() {
        if !driver.found() || !driver.is_input() {
            driver.part = Measured::default();
        }
        driver.part.value = driver.part.value.max(0.0);
    }
    for (number, group) in groups.iter().enumerate() {
        for &member in &group.members {
            list[member].group = Some(number);
        }
        let parts = || group.members.iter().map(|&member| list[member].part.value);
        let sum: f64 = parts().sum();
        let Some(effect) = group.effect.filter(|_| sum > 0.0) else { continue };
        // All of them explain no less than any of them, whatever one linear sum has found.
        let factor = parts().fold(effect.share.value, f64::max) / sum;
        for &member in &group.members {
            let part = list[member].part;
            list[member].part = Measured { value: part.value * factor, error: part.error * factor };
        }
    }
}

/// The largest change of the mean first, those without effect at the end by key: where each went.
fn sort(list: &mut Vec<Driver>) -> Vec<usize> {
    let change = |driver: &Driver| driver.effect.map_or(0.0, |e: Effect| e.mean.change.value.abs());
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&list[a], &list[b]);
        let by_change = if a.found() && b.found() {
            change(b).total_cmp(&change(a))
        } else {
            std::cmp::Ordering::Equal
        };
        b.found().cmp(&a.found()).then(by_change).then_with(|| a.input.key.cmp(&b.input.key))
    });
    let mut places = vec![0; order.len()];
    for (place, &at) in order.iter().enumerate() {
        places[at] = place;
    }
    *list = order.iter().map(|&at| list[at].clone()).collect();
    places
}

fn plus(a: Measured, b: Measured) -> Measured {
    Measured { value: a.value + b.value, error: (a.error * a.error + b.error * b.error).sqrt() }
}

/// Parts of the variance by grade and source.
fn grades(list: &[Driver]) -> Vec<GradePart> {
    let counted = || list.iter().filter(|driver| driver.part.value > 0.0);
    let of = |grade: char| {
        let mut sources: Vec<SourcePart> = Vec::new();
        let mut own: Vec<&Driver> = counted().filter(|d| d.grade == Some(grade)).collect();
        own.sort_by(|a, b| b.part.value.total_cmp(&a.part.value));
        for driver in own {
            let label = driver.input.label();
            match sources.iter_mut().find(|source| source.source == driver.source) {
                Some(source) => {
                    source.part = plus(source.part, driver.part);
                    source.inputs.push(label);
                }
                None => sources.push(SourcePart {
                    source: driver.source.clone(),
                    title: driver.title.clone(),
                    part: driver.part,
                    inputs: vec![label],
                }),
            }
        }
        sources.sort_by(|a, b| {
            b.part.value.total_cmp(&a.part.value).then_with(|| a.source.cmp(&b.source))
        });
        let part = sources.iter().map(|source| source.part).fold(Measured::default(), plus);
        GradePart { grade, part, sources }
    };
    ['A', 'B', 'C', 'D'].map(of).into_iter().filter(|grade| !grade.sources.is_empty()).collect()
}

impl DriverKind {
    /// What kind a kept input is, by its key.
    pub(super) fn of_kept(key: &str) -> Self {
        if key.ends_with(".~happens") { Self::Chance } else { Self::Once }
    }
}

impl DriverInput {
    /// An input that was kept as one number of each draw.
    pub fn kept(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            kind: DriverKind::of_kept(key),
            shares: Vec::new(),
            rests_on: bases(key),
        }
    }
}

/// Keys that could hold what an input drawn once rests on; those that are not given are passed over.
fn bases(key: &str) -> Vec<String> {
    if let Some(event) = key.strip_suffix(".~happens") {
        return vec![event.to_owned(), format!("{event}.chance")];
    }
    let mut bases = vec![key.to_owned()];
    let chip = key.strip_prefix("chip.").and_then(|rest| rest.strip_suffix(".slip"));
    if chip.is_some_and(|chip| !chip.contains('.')) {
        // A chip without a slip of its own shares that of all chips.
        bases.push("chip.slip".to_owned());
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::super::sample::{draws, found, input};
    use super::*;

    #[test]
    fn parts_of_a_known_variance() {
        let found = found();
        let driver = |key: &str| found.list.iter().find(|d| d.input.key == key).unwrap();
        let check = |part: Measured, expected: f64| {
            assert!((part.value - expected).abs() < 5.0 * part.error, "{part:?} {expected}");
        };
        check(driver("finance.buffer").part, 4.0 / 9.0);
        // Ten numbers, of which five count: their weights are found on other draws.
        assert!(driver("supply.noise").fitted && driver("supply.noise").numbers == 10);
        check(driver("supply.noise").part, 2.0 / 9.0);
        // By itself r₁ explains (1 + 0.5)² = 2.25 of 9, and so does r₂; together they explain 3.
        check(driver("supply.share").effect.unwrap().share, 2.25 / 9.0);
        check(found.groups[0].effect.unwrap().share, 3.0 / 9.0);
        check(driver("supply.share").part, 1.5 / 9.0);
        check(driver("chip.h100.price").part, 1.5 / 9.0);
        let members = &found.groups[0].members;
        let names: Vec<&str> =
            members.iter().map(|&at| found.list[at].input.key.as_str()).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"supply.share") && names.contains(&"chip.h100.price"));
        assert!(found.rest.value.abs() < 5.0 * found.rest.error, "{:?}", found.rest);
        assert_eq!(found.list[0].input.key, "finance.buffer");
        let none: Vec<&str> = found.not_found().map(|d| d.input.key.as_str()).collect();
        assert_eq!(none, ["fleet.none"]);
    }

    #[test]
    fn parts_by_grade_and_source() {
        let found = found();
        let grades: Vec<char> = found.grades.iter().map(|grade| grade.grade).collect();
        assert_eq!(grades, ['B', 'C', 'D']);
        let weak = &found.grades[2];
        // The series and one of the two that are drawn together.
        assert!((weak.part.value - 3.5 / 9.0).abs() < 5.0 * weak.part.error, "{weak:?}");
        assert_eq!(weak.sources.len(), 1);
        assert_eq!(weak.sources[0].inputs, ["supply.noise", "supply.share"]);
        let sum: f64 = found.grades.iter().map(|grade| grade.part.value).sum();
        assert!((sum + found.rest.value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bars_of_a_tornado_are_means_at_both_ends() {
        let found = found();
        let bars = found.tornado(2);
        assert_eq!(bars.len(), 2);
        // 2 · 1.39981 down and up.
        let (low, high) = (bars[0].low, bars[0].high);
        let off = (high.value - low.value - 4.0 * 1.39981).abs();
        assert!(off < 5.0 * (low.error + high.error), "{bars:?}");
    }

    #[test]
    fn draws_without_a_value_are_left_out() {
        let mut few = draws(0, 1_000);
        for output in few.output.iter_mut().step_by(10) {
            *output = f64::NAN;
        }
        let inputs: Vec<DriverInput> =
            ["a", "b", "c", "d", "e"].iter().map(|key| input(key, &[])).collect();
        let facts = Facts { inputs: &inputs, given: &[], missing: &["the rest".to_owned()] };
        let output = found().output;
        let none = DriverDraws::default();
        let found = drivers(output.clone(), facts, &few, &none).unwrap();
        assert_eq!((found.draws, found.left_out, found.pilot), (900, 100, 0));
        assert_eq!(found.missing, ["the rest"]);
        // Nothing is known of these, so nothing is said to rest on a source.
        assert!(found.grades.is_empty() && (found.rest.value - 1.0).abs() < 1e-15);
        few.output.fill(f64::INFINITY);
        assert_eq!(drivers(output, facts, &few, &none), None);
    }

    #[test]
    fn what_an_input_rests_on() {
        assert_eq!(bases("chip.next.slip"), ["chip.next.slip", "chip.slip"]);
        assert_eq!(bases("chip.trend.next.slip"), ["chip.trend.next.slip"]);
        assert_eq!(
            bases("training.x.cancel.~happens"),
            ["training.x.cancel", "training.x.cancel.chance"]
        );
    }
}
