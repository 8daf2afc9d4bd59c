//! Where the values of a scenario stand: kept beside its resolved form, which has only lines of its own.

use std::collections::BTreeMap;

use super::types::{Input, Scenario, Setting};

/// A file as the user named it (or `--set 1`), and a line from 1.
pub type Place = (String, usize);

/// What set each value of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// By key.
    pub keys: BTreeMap<String, Place>,
    /// Of each row: guidance, observations.
    pub rows: [Vec<Place>; 2],
}

impl Scenario {
    /// What set each value of the resolved scenario last.
    pub fn places(&self) -> Places {
        let place = |set: &Setting| (set.file.clone(), set.line);
        let of = |key: &String| {
            let chain = self.inputs.get(key).map(|input| &input.chain);
            chain.or_else(|| self.settings.get(key))?.last().map(place)
        };
        let keys = self.parts.keys.keys();
        Places {
            keys: keys.filter_map(|key| Some((key.clone(), of(key)?))).collect(),
            rows: [0, 1].map(|kind| self.rows[kind].iter().map(place).collect()),
        }
    }

    /// Gives what was read from the file `resolved` the places that it had when that file was made.
    /// What is laid over it keeps its own.
    pub fn restore_places(&mut self, resolved: &str, places: &Places) {
        let restore = |set: &mut Setting, (file, line): &Place| {
            set.file.clone_from(file);
            set.line = *line;
        };
        for (key, place) in &places.keys {
            let input = self.inputs.get_mut(key).map(|Input { chain, .. }| chain);
            let chain = input.into_iter().chain(self.settings.get_mut(key)).flatten();
            chain.filter(|set| set.file == resolved).for_each(|set| restore(set, place));
        }
        for (rows, places) in self.rows.iter_mut().zip(&places.rows) {
            let rows: Vec<&mut Setting> =
                rows.iter_mut().filter(|set| set.file == resolved).collect();
            // All rows of a file count, or none: another number is that of another file.
            if rows.len() == places.len() {
                rows.into_iter().zip(places).for_each(|(set, place)| restore(set, place));
            }
        }
    }
}
