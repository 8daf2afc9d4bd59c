//! `scenario.places.json`: the file and line that set each value of a resolved scenario.
//!
//! Not in the resolved scenario itself, whose digest a moved line or a renamed file must not change.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use super::run_folder::RunFolder;
use crate::results::digest;
use crate::scenario::{Place, Places, Scenario};

/// Its name in the folder of a run.
pub(super) const PLACES: &str = "scenario.places.json";
/// Marks the file as ours; the number rises when its meaning changes.
const KIND: &str = "places/1";

/// What the file holds.
#[derive(Deserialize, Serialize)]
struct Kept {
    fleetcast: String,
    /// Of the resolved scenario that it belongs to.
    digest: String,
    keys: BTreeMap<String, String>,
    guidance: Vec<String>,
    observation: Vec<String>,
}

/// `mine.toml:46`; a value of the command line has no line.
pub(super) fn place_text((file, line): &Place) -> String {
    if file.is_empty() || file.starts_with("--set") {
        file.clone()
    } else {
        format!("{file}:{line}")
    }
}

fn place_of(text: &str) -> Place {
    let numbered = text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line) = numbered.unwrap_or((text, 1));
    (file.to_owned(), line)
}

/// The text of the file.
pub(super) fn places_json(scenario: &Scenario) -> String {
    let Places { keys, rows: [guidance, observation] } = scenario.places();
    let texts = |places: &[Place]| places.iter().map(place_text).collect();
    let kept = Kept {
        fleetcast: KIND.to_owned(),
        digest: digest(scenario.resolved_toml()),
        keys: keys.iter().map(|(key, place)| (key.clone(), place_text(place))).collect(),
        guidance: texts(&guidance),
        observation: texts(&observation),
    };
    // Texts and lists of texts always have a form in JSON.
    serde_json::to_string_pretty(&kept).unwrap_or_default() + "\n"
}

/// The text of the file in the folder of a run, if there is one.
pub(super) fn kept_places(folder: &RunFolder) -> Option<String> {
    String::from_utf8(folder.read(PLACES).ok()?).ok()
}

/// Gives a scenario that was read from a resolved file the places that are kept beside it. Without them,
/// as in folders of earlier versions, or after the resolved file was changed, its lines are those of that file.
pub(super) fn restore(scenario: &mut Scenario, file: &str) {
    let found = file.strip_suffix(".resolved.toml").and_then(|start| {
        let kept: Kept =
            serde_json::from_str(&fs::read_to_string(format!("{start}.places.json")).ok()?).ok()?;
        let resolved = fs::read_to_string(file).ok()?;
        (kept.fleetcast == KIND && kept.digest == digest(&resolved)).then_some(kept)
    });
    let Some(Kept { keys, guidance, observation, .. }) = found else { return };
    let places = |texts: &[String]| texts.iter().map(|text| place_of(text)).collect();
    let rows = [places(&guidance), places(&observation)];
    let keys = keys.iter().map(|(key, text)| (key.clone(), place_of(text))).collect();
    scenario.restore_places(file, &Places { keys, rows });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        for (file, line) in [("mine.toml", 46), ("a b/x:y.toml", 7), ("--set 2", 1)] {
            let place = (file.to_owned(), line);
            assert_eq!(place_of(&place_text(&place)), place);
        }
        assert_eq!(place_text(&("C:/s.toml".to_owned(), 3)), "C:/s.toml:3");
    }
}
