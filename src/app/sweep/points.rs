//! The points of a sweep: a grid, a Latin hypercube, or the rows of a table.

use super::spec::{Item, Over, Problem, item, swept};
use crate::results::SweptKey;
use crate::sampling::LatinHypercube;

/// Most points of a sweep.
const MOST: usize = 100_000;

/// Points with the keys that they change.
#[derive(Debug)]
pub(super) struct Points {
    /// How they were chosen.
    pub(super) design: &'static str,
    pub(super) keys: Vec<SweptKey>,
    /// The values of each, in the order of the keys.
    pub(super) list: Vec<Vec<Item>>,
}

impl Points {
    /// The texts after `--set` of a point.
    pub(super) fn sets(&self, at: usize) -> Vec<String> {
        let items = self.keys.iter().zip(&self.list[at]);
        items.filter_map(|(key, item)| item.set(&key.name)).collect()
    }
}

/// Every combination of the values; the last key changes fastest.
pub(super) fn grid(overs: &[Over]) -> Result<Points, Problem> {
    let columns: Vec<Vec<Item>> = overs.iter().map(Over::items).collect::<Result<_, _>>()?;
    let count = columns.iter().try_fold(1_usize, |n, items| n.checked_mul(items.len()));
    check(count.unwrap_or(usize::MAX))?;
    let mut list: Vec<Vec<Item>> = vec![Vec::new()];
    for items in &columns {
        list = list
            .iter()
            .flat_map(|point| {
                items.iter().map(move |item| point.iter().chain([item]).cloned().collect())
            })
            .collect();
    }
    let keys = overs.iter().zip(&columns).map(|(over, items)| swept(&over.key, items, true));
    Ok(Points { design: "grid", keys: keys.collect(), list })
}

/// A Latin hypercube of so many points: each key takes every of as many equal parts of its range once.
pub(super) fn sampled(overs: &[Over], count: usize, seed: u64) -> Result<Points, Problem> {
    check(count)?;
    let coordinates: Vec<LatinHypercube> = overs
        .iter()
        .map(|over| LatinHypercube::new(seed, &format!("sweep {}", over.key), count as u64))
        .collect();
    let point = |at: usize| {
        let place =
            |(over, coordinate): (&Over, &LatinHypercube)| over.at(coordinate.uniform(at as u64));
        overs.iter().zip(&coordinates).map(place).collect::<Vec<Item>>()
    };
    let list: Vec<Vec<Item>> = (0..count).map(point).collect();
    Ok(Points {
        design: "sampled",
        keys: keys(overs.iter().map(|over| over.key.clone()), &list),
        list,
    })
}

/// The rows of a CSV table whose header names the keys; an empty cell leaves a key as it is.
pub(super) fn table(text: &str) -> Result<Points, Problem> {
    let help = "write a header with keys, then one point a line; a cell is a value, a factor such as \
                x0.5, or empty";
    let wrong = |error: &dyn std::fmt::Display| (error.to_string(), help.to_owned());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|error| wrong(&error))?.iter().map(str::to_owned).collect();
    if let Some(at) = names.iter().position(String::is_empty) {
        return Err(wrong(&format!("column {} has no key in the header", at + 1)));
    }
    let mut list = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| wrong(&error))?;
        list.push(row.iter().map(item).collect::<Vec<Item>>());
    }
    if list.is_empty() || names.is_empty() {
        return Err(wrong(&"it has no point"));
    }
    check(list.len())?;
    for (at, name) in names.iter().enumerate() {
        let mut given = list.iter().map(|point| &point[at]).filter(|item| !item.text.is_empty());
        let first = given.next().is_some_and(|item| item.factor);
        if given.any(|item| item.factor != first) {
            return Err(wrong(&format!("`{name}` has values and factors in one column")));
        }
    }
    let keys = keys(names.into_iter(), &list);
    Ok(Points { design: "table", keys, list })
}

fn keys(names: impl Iterator<Item = String>, list: &[Vec<Item>]) -> Vec<SweptKey> {
    let column = |at: usize| list.iter().map(|point| point[at].clone()).collect::<Vec<Item>>();
    names.enumerate().map(|(at, name)| swept(&name, &column(at), false)).collect()
}

fn check(count: usize) -> Result<(), Problem> {
    if count > MOST {
        let shown = if count == usize::MAX { "more".to_owned() } else { count.to_string() };
        let help = format!("a sweep has at most {MOST}; --design sampled:N chooses some of them");
        return Err((format!("the design has {shown} points"), help));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overs(texts: &[&str]) -> Vec<Over> {
        texts.iter().map(|text| Over::read(text).unwrap()).collect()
    }

    #[test]
    fn a_grid_has_every_combination_in_order() {
        let points = grid(&overs(&["a=1,2", "b=x1,x3"])).unwrap();
        let sets: Vec<String> = (0..4).map(|at| points.sets(at).join(" ")).collect();
        assert_eq!(
            sets,
            ["a=1 scale.\"b\"=1", "a=1 scale.\"b\"=3", "a=2 scale.\"b\"=1", "a=2 scale.\"b\"=3"]
        );
        assert_eq!(points.keys[0].values.len(), 2);
        let large = overs(&["a=1..2:1000", "b=1..2:1000"]);
        assert!(grid(&large).unwrap_err().0.contains("1000000 points"));
    }

    #[test]
    fn a_sampled_design_has_one_point_in_each_stratum() {
        let overs = overs(&["a=10..30", "b=x0.5..x2", "c=p,q,r,s"]);
        let points = sampled(&overs, 20, 7).unwrap();
        let numbers = |key: usize| points.list.iter().map(move |p| p[key].number.unwrap());
        let mut strata: Vec<usize> = numbers(0).map(|x| (x - 10.0) as usize).collect();
        strata.sort_unstable();
        assert_eq!(strata, (0..20).collect::<Vec<_>>());
        let place = |x: f64| libm::log(x / 0.5) / libm::log(4.0) * 20.0;
        let mut strata: Vec<usize> = numbers(1).map(|x| place(x) as usize).collect();
        strata.sort_unstable();
        assert_eq!(strata, (0..20).collect::<Vec<_>>());
        for letter in ["p", "q", "r", "s"] {
            let times = points.list.iter().filter(|point| point[2].text == letter).count();
            assert_eq!(times, 5, "{letter}");
        }
        let again = sampled(&overs, 20, 7).unwrap();
        assert_eq!(again.list, points.list);
        assert_ne!(sampled(&overs, 20, 8).unwrap().list, points.list);
    }

    #[test]
    fn a_table_gives_points_row_by_row() {
        let points = table("a.b, c\n1 MW,x2\n,x0.5\n").unwrap();
        assert_eq!(points.sets(0), ["a.b=1 MW", "scale.\"c\"=2"]);
        assert_eq!(points.sets(1), ["scale.\"c\"=0.5"]);
        for wrong in ["", "a,b\n", "a,\n1,2\n", "a,b\n1\n", "a\n1\nx2\n"] {
            assert!(table(wrong).is_err(), "{wrong:?}");
        }
    }
}
