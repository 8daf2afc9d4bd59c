//! One key explained: its value, where it comes from, what it was before, and what it implies.

use super::keys::{Leaf, Shelf, is_provenance};
use super::types::{Input, InputValue, Provenance, Scenario, Setting};
use crate::diag::nearest;
use crate::dist::Prob;
use crate::model::declare::InputDecl;

/// The percentiles of a summary.
pub const PERCENTILES: [u32; 7] = [1, 5, 10, 50, 90, 95, 99];

/// What is known of one key.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// Full key.
    pub key: String,
    /// What it means.
    pub doc: &'static str,
    /// Its declaration, if it is an input.
    pub decl: Option<&'static InputDecl>,
    /// The value as written; empty if no file gives it.
    pub text: &'a str,
    /// What holds if no file gives it; empty if nothing does.
    pub default: &'static str,
    /// Where an input's value comes from.
    pub provenance: Option<&'a Provenance>,
    /// What set it, oldest first; the last one holds.
    pub chain: &'a [Setting],
    /// Factor on an input's draws.
    pub scale: f64,
    /// What an input's value implies.
    pub summary: Option<Summary>,
    /// The part of the value that was asked for, if it was one: its key, and what it holds.
    pub part: Option<(String, String)>,
}

/// Mean and percentiles of an input in its canonical unit, scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Values at [`PERCENTILES`]; a constant has all alike.
    pub percentiles: [f64; 7],
}

impl Scenario {
    /// Keys that are no inputs, each with what set it last, by key.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings.iter().filter_map(|(key, chain)| Some((key.as_str(), chain.last()?)))
    }

    /// The inputs that a key stands for: itself, or the slips of all stages.
    pub fn standing_for(&self, key: &str) -> Vec<&Input> {
        let keys = super::dependence::expand(key, &self.inputs);
        keys.iter().filter_map(|key| self.inputs.get(key)).collect()
    }

    /// Explains a key, given or not. An unknown key gives the nearest known one, if any is near.
    pub fn explain(&self, key: &str) -> Result<Explanation<'_>, Option<String>> {
        // Files and `--set` write a part with a dot in quotes, as in factor.loading."supply.noise".
        let key = key.replace('"', "");
        let key = key.as_str();
        if let Some(input) = self.inputs.get(key) {
            return Ok(explain_input(input));
        }
        let shelf = Shelf::new();
        let leaf = shelf.at(key).and_then(|shelf| shelf.leaf);
        let given = || self.inputs.keys().chain(self.settings.keys()).map(String::as_str);
        let Some(leaf) = leaf else {
            if let Some(whole) = self.whole(key) {
                return Ok(whole);
            }
            return Err(nearest(key, given().chain(super::keys::all_paths())).map(str::to_owned));
        };
        if let Some(thing) = thing_of(key)
            && !given().any(|given| given.starts_with(thing))
        {
            return Err(nearest(key, given()).map(str::to_owned));
        }
        let chain = self.settings.get(key).map_or(&[] as &[Setting], Vec::as_slice);
        let (decl, default) = match leaf {
            Leaf::Input(decl) => (Some(decl), ""),
            Leaf::Key(decl) => (None, decl.default),
        };
        Ok(Explanation {
            key: key.to_owned(),
            doc: leaf.doc(),
            decl,
            text: chain.last().map_or("", |setting| setting.text.as_str()),
            default,
            provenance: None,
            chain,
            scale: 1.0,
            summary: None,
            part: None,
        })
    }

    /// The value of which a key is a part, such as `capex.growth` of `capex.growth.stay`.
    fn whole(&self, key: &str) -> Option<Explanation<'_>> {
        let given =
            |owner: &&str| self.inputs.contains_key(*owner) || self.settings.contains_key(*owner);
        let ends = key.match_indices('.').map(|(at, _)| &key[..at]);
        let owner = ends.rev().find(given)?;
        let path = &key[owner.len() + 1..];
        let whole = self.explain(owner).ok()?;
        let part = part_of(whole.text, path);
        let about_it = path == "value" || is_provenance(path);
        (part.is_some() || about_it)
            .then(|| Explanation { part: part.map(|text| (key.to_owned(), text)), ..whole })
    }
}

/// What a value holds below a dotted path, as TOML.
fn part_of(value: &str, path: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(&format!("value = {value}")).ok()?;
    let mut at = table.get("value")?;
    for name in path.split('.') {
        at = at.get(name)?;
    }
    Some(at.to_string())
}

/// The thing that a key is of, such as `chip.h100.` of `chip.h100.price`, if a file names such things.
fn thing_of(key: &str) -> Option<&str> {
    if super::keys::all_paths().contains(&key) {
        return None;
    }
    let (kind, rest) = key.split_once('.')?;
    let (name, _) = rest.split_once('.')?;
    THINGS.contains(&kind).then(|| &key[..kind.len() + name.len() + 2])
}

/// Kinds of things that a file names.
const THINGS: [&str; 4] = ["chip", "training", "target", "source"];

fn explain_input(input: &Input) -> Explanation<'_> {
    Explanation {
        key: input.key.clone(),
        doc: input.decl.doc,
        decl: Some(input.decl),
        text: &input.text,
        default: "",
        provenance: Some(&input.provenance),
        chain: &input.chain,
        scale: input.scale,
        summary: summary(input),
        part: None,
    }
}

/// None for a regime chain and for shares, which are no single distribution.
fn summary(input: &Input) -> Option<Summary> {
    let InputValue::Dist(dist) = &input.value else { return None };
    let at = |percent: u32| {
        let p = f64::from(percent) / 100.0;
        let p = if p > 0.5 {
            Prob::from_upper(f64::from(100 - percent) / 100.0)
        } else {
            Prob::from_lower(p)
        };
        dist.quantile(p) * input.scale
    };
    Some(Summary { mean: dist.mean() * input.scale, percentiles: PERCENTILES.map(at) })
}
