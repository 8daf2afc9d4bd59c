//! What a sweep changes: `KEY=SPEC` as ranges, factors and lists.

use crate::results::{SweptKey, SweptValue};
use crate::units::{number_and_unit, unit_named};

/// Most values of one key.
const MOST: usize = 10_000;

/// What is wrong, and what to write.
pub(super) type Problem = (String, String);

/// A key with its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Over {
    /// The key, as after `--set`.
    pub(super) key: String,
    /// What is done with it.
    pub(super) spec: Spec,
}

/// The values of a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spec {
    /// From one number to another.
    Range(Range),
    /// Each of these.
    List(Vec<Item>),
}

/// From one number to another: in equal steps, or factors in equal ratios.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    /// How many values; it may be left out of a sampled design.
    pub(super) count: Option<usize>,
    pub(super) unit: String,
    pub(super) factor: bool,
}

/// A value of a key at a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// As written.
    pub(super) text: String,
    /// The number in it, if it is a single one.
    pub(super) number: Option<f64>,
    /// Its unit.
    pub(super) unit: String,
    /// Whether it is a factor.
    pub(super) factor: bool,
}

impl Over {
    /// Reads `KEY=SPEC`.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let form = || "write KEY=A..B:N, KEY=xA..xB:N or KEY=A,B,C".to_owned();
        let Some((key, spec)) = text.split_once('=') else {
            return Err((format!("`{text}` has no ="), form()));
        };
        let (key, spec) = (key.trim(), spec.trim());
        if key.is_empty() {
            return Err((format!("`{text}` has no key before ="), form()));
        }
        if spec.is_empty() {
            return Err((format!("`{key}` has no values"), form()));
        }
        let range = read_range(key, spec).or_else(|| read_range(key, bare(spec)?));
        let spec = match range {
            Some(range) => Spec::Range(range?),
            None => Spec::List(read_list(key, spec)?),
        };
        Ok(Self { key: key.to_owned(), spec })
    }

    /// The values of a grid.
    pub(super) fn items(&self) -> Result<Vec<Item>, Problem> {
        match &self.spec {
            Spec::List(items) => Ok(items.clone()),
            Spec::Range(range) => match range.count {
                Some(count) => Ok(range.steps(count)),
                None => Err((
                    format!("`{}` does not say how many values", self.key),
                    format!("write {}={}:5", self.key, range.text()),
                )),
            },
        }
    }

    /// The value at a place in the unit interval.
    pub(super) fn at(&self, place: f64) -> Item {
        match &self.spec {
            Spec::Range(range) => range.at(place),
            Spec::List(items) => {
                let at = (place * items.len() as f64) as usize;
                items[at.min(items.len() - 1)].clone()
            }
        }
    }
}

impl Range {
    fn at(&self, place: f64) -> Item {
        let number = if self.factor {
            self.low * libm::pow(self.high / self.low, place)
        } else {
            self.low + (self.high - self.low) * place
        };
        self.item(number)
    }

    fn steps(&self, count: usize) -> Vec<Item> {
        let last = count.saturating_sub(1);
        let step = |k: usize| match k {
            0 => self.item(self.low),
            k if k == last => self.item(self.high),
            k => self.at(k as f64 / last as f64),
        };
        (0..count).map(step).collect()
    }

    /// A number to twelve digits, so that it can be copied after `--set` and is the same number.
    fn item(&self, number: f64) -> Item {
        let number = format!("{number:.11e}").parse().unwrap_or(number);
        let text = match (self.factor, self.unit.as_str()) {
            (true, _) => format!("x{number}"),
            (false, "") => number.to_string(),
            (false, unit) => format!("{number} {unit}"),
        };
        Item { text, number: Some(number), unit: self.unit.clone(), factor: self.factor }
    }

    fn text(&self) -> String {
        format!("{}..{}", self.item(self.low).text, self.item(self.high).text)
    }
}

impl Over {
    /// The same with a unit behind its ends, as after `--over`; none unless it is a range of numbers
    /// without one.
    pub(super) fn with_unit(&self, unit: &str) -> Option<String> {
        let Spec::Range(range) = &self.spec else { return None };
        if range.factor || !range.unit.is_empty() {
            return None;
        }
        let count = range.count.map_or_else(String::new, |count| format!(":{count}"));
        Some(format!("{}={}..{} {unit}{count}", self.key, range.low, range.high))
    }
}

/// The first unit in a value as a scenario writes it: `k USD` in `"30 to 45 k USD"`.
pub(super) fn unit_in(text: &str) -> Option<&str> {
    let mut parts = text.split(['"', ',', '{', '}', '[', ']', '=']);
    let unit = |part| {
        let (_, unit) = single_part(part)?;
        (!unit.is_empty() && unit_named(unit).is_some()).then_some(unit)
    };
    parts.find_map(unit)
}

/// The last number of a text and what stands behind it.
fn single_part(text: &str) -> Option<(f64, &str)> {
    let last = text.split(" to ").last()?.rsplit(" / ").next()?;
    number_and_unit(last.trim())
}

impl Item {
    /// The text after `--set` that makes it: a value, or a factor of the format's own `scale`.
    pub(super) fn set(&self, key: &str) -> Option<String> {
        match (self.text.as_str(), self.factor, self.number) {
            ("", ..) => None,
            (_, true, Some(number)) => Some(format!("scale.\"{key}\"={number}")),
            (text, ..) => Some(format!("{key}={text}")),
        }
    }

    pub(super) fn value(&self) -> SweptValue {
        let text = bare(&self.text).unwrap_or(&self.text);
        SweptValue { text: text.to_owned(), number: self.number }
    }
}

/// How a key stands in results, from all values that it takes.
pub(super) fn swept(key: &str, items: &[Item], listed: bool) -> SweptKey {
    let unit = items.first().map_or("", |item| item.unit.as_str());
    let numeric = items.iter().all(|item| item.number.is_some() && item.unit == unit);
    SweptKey {
        name: key.to_owned(),
        factor: items.iter().any(|item| item.factor),
        unit: if numeric { unit.to_owned() } else { String::new() },
        numeric,
        values: if listed { items.iter().map(Item::value).collect() } else { Vec::new() },
    }
}

/// A range, if it is one.
fn read_range(key: &str, spec: &str) -> Option<Result<Range, Problem>> {
    if spec.starts_with(['"', '\'', '[', '{']) {
        return None;
    }
    let (from, rest) = spec.split_once("..")?;
    let (to, count) = match rest.rsplit_once(':') {
        Some((to, count)) => (to, Some(count.trim())),
        None => (rest, None),
    };
    Some(range(key, from.trim(), to.trim(), count))
}

fn range(key: &str, from: &str, to: &str, count: Option<&str>) -> Result<Range, Problem> {
    let form = || {
        format!(
            "write {key}=A..B:N with two numbers in one unit, such as {key}=0.4..0.8:5, or factors, \
             such as {key}=x0.5..x2:5; anything else as a list, {key}=A,B,C"
        )
    };
    let end = |text: &str| {
        let item = item(text);
        match item.number {
            Some(number) => Ok((number, item.unit, item.factor)),
            None => {
                Err((format!("`{key}`: `{text}` is not a number that a range can end at"), form()))
            }
        }
    };
    let (low, first, factor) = end(from)?;
    let (high, unit, other) = end(to)?;
    // Three numbers have one unit, and so have two: the last one's.
    let same = first.is_empty() || same_unit(&first, &unit);
    if factor != other || !same {
        return Err((format!("`{key}`: `{from}` and `{to}` are not alike"), form()));
    }
    if factor && low <= 0.0 {
        return Err((format!("`{key}`: a factor is above zero"), form()));
    }
    let count = match count {
        None => None,
        Some(text) => Some(read_count(key, text)?),
    };
    let range = Range { low, high, count, unit, factor };
    let number = count.map_or_else(|| "5".to_owned(), |count| count.to_string());
    if low.total_cmp(&high).is_eq() {
        let one = range.item(low).text;
        return Err((
            format!("`{key}`: the range is empty, it ends where it starts"),
            format!("write {key}={one} for one value"),
        ));
    }
    if low > high {
        let [a, b] = [high, low].map(|end| range.item(end).text);
        return Err((
            format!("`{key}`: the range runs backward"),
            format!("write {key}={a}..{b}:{number}"),
        ));
    }
    Ok(range)
}

/// Whether two units are one: `quarter` and `quarters` are, `MW` and `GW` are not.
fn same_unit(first: &str, second: &str) -> bool {
    let named = unit_named(first).zip(unit_named(second));
    first == second || named.is_some_and(|(first, second)| first == second)
}

fn read_count(key: &str, text: &str) -> Result<usize, Problem> {
    let count = text.parse::<usize>().ok().filter(|count| (2..=MOST).contains(count));
    count.ok_or_else(|| {
        (
            format!("`{key}`: `{text}` is no number of values"),
            format!("write a whole number from 2 to {MOST} after the colon"),
        )
    })
}

/// A list with commas between its values; commas within quotes, brackets and braces are theirs.
fn read_list(key: &str, spec: &str) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (at, c) in spec.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            (',', None) if depth == 0 => {
                items.push(spec[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(spec[start..].trim());
    if let Some(at) = items.iter().position(|text| text.is_empty()) {
        return Err((
            format!("`{key}`: value {} of the list is empty", at + 1),
            format!("write {key}=A,B,C"),
        ));
    }
    if items.len() > MOST {
        return Err((
            format!("`{key}` has {} values", items.len()),
            format!("a key takes at most {MOST}"),
        ));
    }
    let items: Vec<Item> = items.into_iter().map(item).collect();
    if items.iter().any(|item| item.factor) != items.iter().all(|item| item.factor) {
        return Err((
            format!("`{key}` has values and factors in one list"),
            format!("write {key}=x0.5,x1,x2 or {key}=A,B,C; x1 leaves it as it is"),
        ));
    }
    Ok(items)
}

/// A value as written: a factor where it is `x` and a number.
pub(super) fn item(text: &str) -> Item {
    let text = text.trim();
    let factor = text.strip_prefix('x').and_then(|rest| rest.parse::<f64>().ok());
    if let Some(number) = factor.filter(|number| number.is_finite()) {
        return Item {
            text: text.to_owned(),
            number: Some(number),
            unit: String::new(),
            factor: true,
        };
    }
    let (number, unit) = single_value(bare(text).unwrap_or(text)).unzip();
    Item { text: text.to_owned(), number, unit: unit.unwrap_or_default(), factor: false }
}

/// A single number with the unit behind it.
fn single_value(text: &str) -> Option<(f64, String)> {
    let (number, unit) = number_and_unit(text)?;
    let plain = !unit.contains('/') || unit.starts_with(char::is_alphabetic);
    let single = plain && !unit.starts_with("to ") && !unit.starts_with('-');
    single.then(|| (number, unit.to_owned()))
}

/// A text without the quotes around it.
fn bare(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_without_a_unit_can_be_given_one() {
        let given = |text: &str| Over::read(text).unwrap().with_unit("d");
        assert_eq!(given("a.b=1..2.5:3").as_deref(), Some("a.b=1..2.5 d:3"));
        assert_eq!(given("a.b=1..2").as_deref(), Some("a.b=1..2 d"));
        for other in ["a.b=1 d..2 d:3", "a.b=1..2 d:3", "a.b=x1..x2:3", "a.b=1,2,3"] {
            assert_eq!(given(other), None, "{other}");
        }
        assert!(matches!(
            Over::read("a.b=1..2.5 d:3").unwrap().spec,
            Spec::Range(Range { low: 1.0, high: 2.5, count: Some(3), ref unit, factor: false })
                if unit == "d"
        ));
    }

    #[test]
    fn units_are_those_that_the_scenario_writes() {
        for (text, unit) in [
            ("\"30 to 45 k USD\"", Some("k USD")),
            ("\"20 / 90 / 300 d\"", Some("d")),
            ("{ dist = \"lognormal\", median = \"300 d\", sd_log = 0.90 }", Some("d")),
            ("{ value = \"3.8e25 FLOP\", source = \"llama-3\" }", Some("FLOP")),
            ("0.7", None),
            ("{ dist = \"normal\", mean = 0.0, sd = 0.06 }", None),
        ] {
            assert_eq!(unit_in(text), unit, "{text}");
        }
    }

    /// The texts after `--set` of a grid.
    fn sets(text: &str) -> Vec<String> {
        let over = Over::read(text).unwrap();
        let items = over.items().unwrap();
        items.iter().map(|item| item.set(&over.key).unwrap()).collect()
    }

    #[test]
    fn ranges_factors_and_lists_become_single_values() {
        for (text, expected) in [
            ("a.b=0.4..0.8:5", &["a.b=0.4", "a.b=0.5", "a.b=0.6", "a.b=0.7", "a.b=0.8"][..]),
            ("a=100 MW..500 MW:3", &["a=100 MW", "a=300 MW", "a=500 MW"]),
            ("a=\"100 MW..500 MW:3\"", &["a=100 MW", "a=300 MW", "a=500 MW"]),
            ("a=100..500 MW:2", &["a=100 MW", "a=500 MW"]),
            ("a=1 quarter..3 quarters:3", &["a=1 quarters", "a=2 quarters", "a=3 quarters"]),
            ("a=-1..1:3", &["a=-1", "a=0", "a=1"]),
            ("a.b=x0.5..x2:3", &["scale.\"a.b\"=0.5", "scale.\"a.b\"=1", "scale.\"a.b\"=2"]),
            ("a=x0.5,x2", &["scale.\"a\"=0.5", "scale.\"a\"=2"]),
            ("a=1,2,5", &["a=1", "a=2", "a=5"]),
            ("a=1 MW", &["a=1 MW"]),
            ("a=\"10 to 20 %\",\"20 to 30 %\"", &["a=\"10 to 20 %\"", "a=\"20 to 30 %\""]),
            ("a=30 to 400 d,10 / 20 / 30 d", &["a=30 to 400 d", "a=10 / 20 / 30 d"]),
            ("a={ x = 1, y = 2 },[1, 2]", &["a={ x = 1, y = 2 }", "a=[1, 2]"]),
            ("a=gas,grid", &["a=gas", "a=grid"]),
            ("a=xai", &["a=xai"]),
        ] {
            assert_eq!(sets(text), expected, "{text}");
        }
    }

    #[test]
    fn wrong_specs_say_what_to_write() {
        for (text, message, help) in [
            ("a", "no =", "write KEY=A..B:N"),
            ("=1", "no key", "write KEY"),
            ("a=", "no values", "write KEY"),
            ("a=2..1:4", "backward", "write a=1..2:4"),
            ("a=5 MW..1 MW:3", "backward", "write a=1 MW..5 MW:3"),
            ("a=x2..x0.5:3", "backward", "write a=x0.5..x2:3"),
            ("a=1..1:4", "empty", "write a=1 for one value"),
            ("a=1..2:1", "no number of values", "from 2 to"),
            ("a=1..2:x", "no number of values", "from 2 to"),
            ("a=1..2:20000", "no number of values", "from 2 to"),
            ("a=x0..x2:3", "above zero", "factors"),
            ("a=x1..2:3", "not alike", "in one unit"),
            ("a=1 MW..2 GW:3", "not alike", "in one unit"),
            ("a=one..two:3", "not a number", "as a list"),
            ("a=1,,2", "value 2 of the list is empty", "write a=A,B,C"),
            ("a=1,x2", "values and factors", "x1 leaves it"),
        ] {
            let (found, advice) = Over::read(text).unwrap_err();
            assert!(found.contains(message), "{text}: {found}");
            assert!(advice.contains(help), "{text}: {advice}");
        }
        let (found, advice) = Over::read("a=1..2").unwrap().items().unwrap_err();
        assert!(found.contains("how many") && advice.contains("a=1..2:5"), "{found} {advice}");
    }

    #[test]
    fn numbers_are_told_from_texts() {
        let read = |text: &str| {
            let item = item(text);
            (item.number, item.unit)
        };
        assert_eq!(read("100 MW"), (Some(100.0), "MW".to_owned()));
        assert_eq!(read("\"10 %\""), (Some(10.0), "%".to_owned()));
        assert_eq!(read("3 USD/kWh"), (Some(3.0), "USD/kWh".to_owned()));
        assert_eq!(read("1_000"), (Some(1000.0), String::new()));
        for text in ["10 to 20 %", "1 / 2 / 3 d", "2024-07-01", "gas", "{ a = 1 }"] {
            assert_eq!(read(text).0, None, "{text}");
        }
        let key = swept("a", &[item("1 MW"), item("2 MW")], true);
        assert!(key.numeric && key.column() == "a (MW)");
        assert!(!swept("a", &[item("1 MW"), item("2 GW")], true).numeric);
        assert_eq!(swept("a", &[item("x2")], true).column(), "a (factor)");
    }

    #[test]
    fn factors_are_in_equal_ratios() {
        let over = Over::read("a=x0.5..x2.0:7").unwrap();
        let numbers: Vec<f64> =
            over.items().unwrap().iter().map(|item| item.number.unwrap()).collect();
        for pair in numbers.windows(2) {
            assert!((pair[1] / pair[0] - libm::pow(4.0, 1.0 / 6.0)).abs() < 1e-9);
        }
        assert_eq!((numbers[0], numbers[3], numbers[6]), (0.5, 1.0, 2.0));
    }
}
