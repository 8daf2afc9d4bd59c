//! Named parameters, their declarations, and the choice of a family's form.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Distribution;

/// The declaration of one parameter of a family.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The key in a scenario.
    pub name: &'static str,
    /// What is written there, and whether it carries the unit of the input.
    pub kind: ParamKind,
    /// One line for help and the reference.
    pub doc: &'static str,
}

impl Param {
    pub(super) const fn new(name: &'static str, kind: ParamKind, doc: &'static str) -> Self {
        Self { name, kind, doc }
    }
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// A value in the input's unit.
    Value,
    /// A difference of two values: the input's unit without its origin, for example an sd.
    Spread,
    /// A number without unit: a shape, an sd on the log scale.
    Number,
    /// A list of values in the input's unit.
    List,
    /// A list of numbers without unit.
    Numbers,
    /// A list of distributions with their weights.
    Parts,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What a scenario gives for a parameter, units already resolved.
#[derive(Clone, Debug)]
pub enum ParamValue {
    /// One number in the canonical unit.
    Number(f64),
    /// Several numbers in the canonical unit.
    List(Vec<f64>),
    /// Distributions with their weights, as for [`ParamKind::Parts`].
    Parts(Vec<Part>),
    /// A word, as for [`ParamKind::Word`].
    Text(String),
}

/// One part of a mixture.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its share of the draws, in proportion to the other weights.
    pub weight: f64,
    /// Where those draws come from.
    pub dist: Arc<dyn Distribution>,
}

/// The parameters of one distribution, by name.
#[derive(Debug)]
pub struct Params<'a> {
    entries: &'a BTreeMap<String, ParamValue>,
}

/// A parameter that a family cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// The parameter at fault; none when the set as a whole is.
    pub param: Option<String>,
    /// What is wrong: a lower-case fragment without full stop.
    pub message: String,
    /// What a right value looks like.
    pub help: String,
}

/// A kind of distribution: what it is called, what it takes and how it is built.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The word after `dist =`.
    pub name: &'static str,
    /// What it is and when to use it, in one or two sentences.
    pub doc: &'static str,
    /// Its formula and source.
    pub formula: &'static str,
    /// All parameters it knows.
    pub params: &'static [Param],
    /// The accepted sets of parameters.
    pub forms: &'static [&'static [&'static str]],
    /// Parameters that may be added to every form.
    pub optional: &'static [&'static str],
    /// A right use of it, as the text of an inline TOML table.
    pub example: &'static str,
    /// Builds it, or says which parameter is at fault.
    pub build: fn(&Params) -> Result<Box<dyn Distribution>, ParamError>,
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.help)
    }
}

impl std::error::Error for ParamError {}

impl ParamError {
    /// An error about one parameter.
    pub(super) fn of(param: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), message: message.into(), help: help.into() }
    }
}

impl<'a> Params<'a> {
    /// The parameters in that table.
    pub fn new(entries: &'a BTreeMap<String, ParamValue>) -> Self {
        Self { entries }
    }

    /// The number of that name, if one is given.
    pub fn value(&self, name: &str) -> Option<f64> {
        match self.entries.get(name) {
            Some(ParamValue::Number(x)) => Some(*x),
            _ => None,
        }
    }

    /// The list of that name, if one is given.
    pub fn list(&self, name: &str) -> Option<&'a [f64]> {
        match self.entries.get(name) {
            Some(ParamValue::List(values)) => Some(values),
            _ => None,
        }
    }

    /// The parts of that name, if they are given.
    pub fn parts(&self, name: &str) -> Option<&'a [Part]> {
        match self.entries.get(name) {
            Some(ParamValue::Parts(parts)) => Some(parts),
            _ => None,
        }
    }

    /// The word of that name, if one is given.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match self.entries.get(name) {
            Some(ParamValue::Text(word)) => Some(word),
            _ => None,
        }
    }

    /// The number of that name, which the chosen form requires.
    pub(super) fn number(&self, name: &str) -> Result<f64, ParamError> {
        self.value(name).ok_or_else(|| {
            ParamError::of(name, format!("`{name}` is missing"), format!("write {name} = 1"))
        })
    }

    /// A number above zero, which the chosen form requires.
    pub(super) fn positive(&self, name: &str) -> Result<f64, ParamError> {
        let x = self.number(name)?;
        if x > 0.0 {
            return Ok(x);
        }
        Err(ParamError::of(
            name,
            format!("`{name}` must be above zero, this is {x}"),
            format!("for example {name} = 0.5"),
        ))
    }

    /// Two numbers, the first strictly below the second; the error names the first.
    pub(super) fn ascending(&self, low: &str, high: &str) -> Result<(f64, f64), ParamError> {
        let (a, b) = (self.number(low)?, self.number(high)?);
        check_ascending(low, a, high, b)?;
        Ok((a, b))
    }

    /// The form of `family` that the given parameters make up.
    ///
    /// Checks on the way that every parameter is known, of the declared kind and finite.
    pub(super) fn form(&self, family: &Family) -> Result<&'static [&'static str], ParamError> {
        for (name, value) in self.entries {
            let Some(param) = family.params.iter().find(|p| p.name == name) else {
                return Err(unknown(family, name, self));
            };
            check_kind(param, value)?;
        }
        let given: Vec<&str> = (self.entries.keys().map(String::as_str))
            .filter(|name| !family.optional.contains(name))
            .collect();
        choose_form(family, &given)
    }
}

/// Fails, naming `low`, unless a < b.
pub(super) fn check_ascending(low: &str, a: f64, high: &str, b: f64) -> Result<(), ParamError> {
    if a < b {
        return Ok(());
    }
    Err(ParamError::of(
        low,
        format!("`{low}` must be below `{high}`, but {a} is not below {b}"),
        format!("for example {low} = 2, {high} = 18"),
    ))
}

fn check_kind(param: &Param, value: &ParamValue) -> Result<(), ParamError> {
    let name = param.name;
    let wrong = |message: String, help: String| Err(ParamError::of(name, message, help));
    match (param.kind, value) {
        (ParamKind::Value | ParamKind::Spread | ParamKind::Number, ParamValue::Number(x)) => {
            if x.is_finite() {
                return Ok(());
            }
            wrong(
                format!("`{name}` must be finite, this is {x}"),
                format!("for example {name} = 1"),
            )
        }
        (ParamKind::List | ParamKind::Numbers, ParamValue::List(list)) => {
            match list.iter().find(|x| !x.is_finite()) {
                None if !list.is_empty() => Ok(()),
                None => wrong(format!("`{name}` is empty"), format!("for example {name} = [1, 2]")),
                Some(x) => wrong(
                    format!("every entry of `{name}` must be finite, one is {x}"),
                    format!("for example {name} = [1, 2]"),
                ),
            }
        }
        (ParamKind::Parts, ParamValue::Parts(_)) => Ok(()),
        (ParamKind::Parts, _) => wrong(
            format!("`{name}` takes a list of tables with a weight and a value"),
            format!(
                "for example {name} = [{{ weight = 0.7, value = 2 }}, {{ weight = 0.3, value = 9 }}]"
            ),
        ),
        (ParamKind::Word(words), ParamValue::Text(word)) if words.contains(&word.as_str()) => {
            Ok(())
        }
        (ParamKind::Word(words), _) => wrong(
            format!("`{name}` is one of {}", quoted(words)),
            format!("for example {name} = \"{}\"", words.first().unwrap_or(&"")),
        ),
        (ParamKind::List | ParamKind::Numbers, _) => wrong(
            format!("`{name}` takes a list of numbers"),
            format!("for example {name} = [1, 2]"),
        ),
        _ => wrong(format!("`{name}` takes one number"), format!("for example {name} = 1")),
    }
}

/// The error for a parameter that the family does not have.
fn unknown(family: &Family, name: &str, params: &Params) -> ParamError {
    // Three percentiles are the natural next thing to write after two; say where they are taken.
    let middle = name == "p50" && params.entries.keys().any(|k| k == "p5" || k == "p10");
    if middle {
        return ParamError::of(
            name,
            format!("`{}` has two parameters and cannot meet three percentiles", family.name),
            "write the text \"5 / 50 / 95\" or dist = \"percentiles\" with p5, p50 and p95",
        );
    }
    ParamError::of(name, format!("`{}` has no parameter `{name}`", family.name), usage(family))
}

fn choose_form(family: &Family, given: &[&str]) -> Result<&'static [&'static str], ParamError> {
    let same = |form: &&&[&str]| form.len() == given.len() && covers(given, form);
    if let Some(form) = family.forms.iter().find(same) {
        return Ok(form);
    }
    let complete = family.forms.iter().filter(|form| covers(given, form));
    if let Some(form) = complete.max_by_key(|form| form.len()) {
        let extra = given.iter().find(|name| !form.contains(name)).unwrap_or(&"");
        return Err(ParamError::of(
            extra,
            format!("`{extra}` is one too many beside {}", quoted(form)),
            usage(family),
        ));
    }
    // The form that shares most with what is there; of those, the one that lacks least.
    let nearest = family.forms.iter().max_by_key(|form| {
        let shared = form.iter().filter(|name| given.contains(name)).count();
        (shared, usize::MAX - form.len())
    });
    let lacking = nearest.and_then(|form| form.iter().find(|name| !given.contains(name)));
    let name = lacking.copied().unwrap_or("");
    Err(ParamError {
        param: None,
        message: format!("`{}` lacks `{name}`", family.name),
        help: usage(family),
    })
}

fn covers(given: &[&str], form: &[&str]) -> bool {
    form.iter().all(|name| given.contains(name))
}

/// Which sets of parameters the family accepts, and an example.
fn usage(family: &Family) -> String {
    let forms: Vec<String> = family.forms.iter().map(|form| form.join(", ")).collect();
    let more = match family.optional {
        [] => String::new(),
        names => format!(" (and optionally {})", names.join(", ")),
    };
    format!("it takes {}{more}: for example {}", forms.join("; or "), family.example)
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
